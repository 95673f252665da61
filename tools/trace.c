// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the text of tracefs. A line is "task-pid [cpu] flags time: event: key=value ..."; lines of
 * other events, headers and comments pass by. A saved trace may say what its namespaces were
 * called, in comments of the form "# host client net=4026532281".
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grow.h"
#include "trace.h"

static const char *const event_prefixes[] = {
	[EVENT_TRANSITION] = ": clasp_transition: ",
	[EVENT_SENT] = ": clasp_segment_sent: ",
	[EVENT_RECEIVED] = ": clasp_segment_received: ",
	[EVENT_TIMER] = ": clasp_timer_fired: ",
};

/* One line while it is taken apart; @missing is the first key that was not there. */
struct fields {
	const char *text;
	const char *missing;
};

/* Without the key the word is empty. */
static bool find_word(const struct fields *fields, const char *key, char *word, size_t room)
{
	size_t key_len = strlen(key);
	const char *at = fields->text;
	size_t len;

	word[0] = '\0';
	while ((at = strstr(at, key)) && (at[-1] != ' ' || at[key_len] != '='))
		at += key_len;
	if (!at)
		return false;
	at += key_len + 1;
	len = strcspn(at, "\n ");
	if (len >= room)
		len = room - 1;
	memcpy(word, at, len);
	word[len] = '\0';
	return true;
}

static void read_word(struct fields *fields, const char *key, char *word, size_t room)
{
	if (!find_word(fields, key, word, room))
		fields->missing = fields->missing ? fields->missing : key;
}

static u32 read_number(struct fields *fields, const char *key)
{
	char word[16];

	read_word(fields, key, word, sizeof(word));
	return strtoul(word, NULL, 10);
}

/* What a trace does not tell of options was not there. */
static u32 read_option(const struct fields *fields, const char *key)
{
	char word[16];

	return find_word(fields, key, word, sizeof(word)) ? strtoul(word, NULL, 10) : 0;
}

/* "{0x1,0x2,0x3,0x4}": first octet of a block, the one behind its last, and so on. */
static void read_sacks(const struct fields *fields, struct clasp_options *options)
{
	char word[128], *at = word;

	find_word(fields, "sack", word, sizeof(word));
	while (options->n_sacks < CLASP_SACKS && (at = strstr(at, "0x"))) {
		struct clasp_sack *sack = &options->sack[options->n_sacks++];

		sack->start = strtoul(at, &at, 16);
		sack->end = *at == ',' ? strtoul(at + 1, &at, 16) : sack->start;
	}
}

static void read_options(const struct fields *fields, struct clasp_options *options)
{
	options->mss = read_option(fields, "mss");
	options->has_wscale = read_option(fields, "has_wscale");
	options->wscale = read_option(fields, "wscale");
	options->sack_permitted = read_option(fields, "sack_permitted");
	options->timestamps = read_option(fields, "timestamps");
	options->ts_val = read_option(fields, "ts_val");
	options->ts_ecr = read_option(fields, "ts_ecr");
	read_sacks(fields, options);
}

static void read_endpoint(struct fields *fields, const char *addr, const char *port,
			  struct endpoint *endpoint)
{
	static const char mapped[] = "::ffff:";
	char word[64];

	read_word(fields, addr, word, sizeof(word));
	snprintf(endpoint->addr, sizeof(endpoint->addr), "%.45s",
		 !strncmp(word, mapped, sizeof(mapped) - 1) ? word + sizeof(mapped) - 1 : word);
	endpoint->port = read_number(fields, port);
}

static u8 read_state(struct fields *fields, const char *key)
{
	char word[24];
	u8 state;

	read_word(fields, key, word, sizeof(word));
	for (state = CLASP_ESTABLISHED; state < CLASP_STATES; state++)
		if (!strcmp(word, clasp_state_name(state)))
			return state;
	fields->missing = fields->missing ? fields->missing : key;
	return CLASP_CLOSED;
}

static u8 read_cause(struct fields *fields)
{
	char word[32];
	u8 cause;

	read_word(fields, "event", word, sizeof(word));
	for (cause = 0; cause < CLASP_EVENTS; cause++)
		if (!strcmp(word, clasp_event_name(cause)))
			return cause;
	fields->missing = fields->missing ? fields->missing : "event";
	return CLASP_PURGE;
}

static u8 read_object(struct fields *fields)
{
	char word[16];

	read_word(fields, "kind", word, sizeof(word));
	if (!strcmp(word, "embryo"))
		return CLASP_EMBRYO;
	return strcmp(word, "time_wait") ? CLASP_CONNECTION : CLASP_TW;
}

static u8 read_flags(struct fields *fields)
{
	char word[16];

	read_word(fields, "flags", word, sizeof(word));
	return trace_flags(word);
}

static void read_segment(struct fields *fields, struct event *event)
{
	struct endpoint source, destination;

	read_endpoint(fields, "src", "sport", &source);
	read_endpoint(fields, "dst", "dport", &destination);
	event->local = event->kind == EVENT_SENT ? source : destination;
	event->remote = event->kind == EVENT_SENT ? destination : source;
	event->id = read_number(fields, "id");
	event->flags = read_flags(fields);
	event->seq = read_number(fields, "seq");
	event->ack = read_number(fields, "ack");
	event->win = read_number(fields, "win");
	event->len = read_number(fields, "len");
	event->state = read_state(fields, "state");
	read_options(fields, &event->options);
}

static void read_transition(struct fields *fields, struct event *event)
{
	event->object = read_object(fields);
	event->state = read_state(fields, "from");
	event->next = read_state(fields, "to");
	event->cause = read_cause(fields);
	event->row = read_number(fields, "row");
}

static void read_timer(struct fields *fields, struct event *event)
{
	event->object = read_object(fields);
	read_word(fields, "timer", event->timer, sizeof(event->timer));
	event->state = read_state(fields, "state");
	event->retries = read_number(fields, "retries");
}

/* "[000] ..s1.   12.345678" ends at @colon; the third of the flags is the interrupt level. */
static void read_stamp(const char *line, const char *colon, struct event *event)
{
	const char *time = colon, *flags;
	unsigned long sec = 0, usec = 0;

	while (time > line && time[-1] != ' ')
		time--;
	if (sscanf(time, "%lu.%6lu", &sec, &usec) == 2)
		event->us = sec * 1000000ULL + usec;
	while (time > line && time[-1] == ' ')
		time--;
	flags = time;
	while (flags > line && flags[-1] != ' ')
		flags--;
	event->softirq = time - flags >= 4 && strchr("sSH", flags[2]);
}

static void read_comment(struct trace *trace, const char *line)
{
	char name[24];
	unsigned int net;
	const char *lost = strstr(line, "[LOST ");

	if (lost)
		trace->lost += strtoul(lost + 6, NULL, 10);
	else if (sscanf(line, "# host %23s net=%u", name, &net) == 2)
		trace_name(trace, name, net);
}

/**
 * trace_line - take one line of a trace
 * @trace: grows by the line's event, if it has one
 * @line: text, with or without its newline
 *
 * Return: 0, or -1 for an event of the module that lacks something; a message is printed.
 */
int trace_line(struct trace *trace, const char *line)
{
	struct event event = { 0 };
	struct fields fields = { 0 };
	const char *colon = NULL;

	trace->lines++;
	for (event.kind = EVENT_TRANSITION; event.kind <= EVENT_TIMER; event.kind++) {
		colon = strstr(line, event_prefixes[event.kind]);
		if (colon)
			break;
	}
	if (!colon) {
		read_comment(trace, line);
		return 0;
	}
	read_stamp(line, colon, &event);
	fields.text = colon + strlen(event_prefixes[event.kind]);
	event.net = read_number(&fields, "net");
	if (event_is_segment(&event)) {
		read_segment(&fields, &event);
	} else {
		read_endpoint(&fields, "local", "lport", &event.local);
		read_endpoint(&fields, "remote", "rport", &event.remote);
		if (event.kind == EVENT_TRANSITION)
			read_transition(&fields, &event);
		else
			read_timer(&fields, &event);
	}
	if (fields.missing) {
		fprintf(stderr, "clasp: line %lu of the trace: no usable %s\n", trace->lines,
			fields.missing);
		return -1;
	}
	trace->events = grow(trace->events, trace->count, sizeof(event));
	trace->events[trace->count++] = event;
	return 0;
}

/**
 * trace_open - read a saved trace
 * @trace: zeroed, or to be added to
 * @name: of the file, "-" for standard input
 *
 * Return: 0, or -1 after a message.
 */
int trace_open(struct trace *trace, const char *name)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "r") : stdin;
	char line[1024];
	int err = 0;

	if (!file) {
		fprintf(stderr, "clasp: %s: %s\n", name, strerror(errno));
		return -1;
	}
	while (!err && fgets(line, sizeof(line), file))
		err = trace_line(trace, line);
	if (file != stdin)
		fclose(file);
	if (trace->lost)
		fprintf(stderr, "clasp: the kernel lost %lu events\n", trace->lost);
	trace_sort(trace);
	return err;
}

/**
 * trace_sort - put the events in the order of their time
 * @trace: events of the same microsecond stay in the order in which they were read
 *
 * Two CPUs' buffers are merged a page at a time, so an event is never far from its place.
 */
void trace_sort(struct trace *trace)
{
	size_t i, j;

	for (i = 1; i < trace->count; i++) {
		struct event event = trace->events[i];

		for (j = i; j > 0 && trace->events[j - 1].us > event.us; j--)
			trace->events[j] = trace->events[j - 1];
		trace->events[j] = event;
	}
}

/**
 * trace_name - give a namespace a name
 * @trace: where
 * @name: of the host that the namespace plays
 * @net: inode number
 */
void trace_name(struct trace *trace, const char *name, u32 net)
{
	struct trace_host *host;

	if (trace->host_count == TRACE_HOSTS)
		return;
	host = &trace->hosts[trace->host_count++];
	snprintf(host->name, sizeof(host->name), "%.23s", name);
	host->net = net;
}

/**
 * trace_name_namespaces - take the names that "ip netns" gave on this machine
 * @trace: where
 */
void trace_name_namespaces(struct trace *trace)
{
	DIR *dir = opendir("/run/netns");
	struct dirent *entry;
	struct stat status;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && !fstatat(dirfd(dir), entry->d_name, &status, 0))
			trace_name(trace, entry->d_name, status.st_ino);
	closedir(dir);
}

/**
 * trace_flags - the bits that letters stand for
 * @letters: out of "SFRPAUEW", in any order
 */
u8 trace_flags(const char *letters)
{
	static const struct {
		char letter;
		u8 bit;
	} names[] = {
		{ 'S', CLASP_SYN }, { 'F', CLASP_FIN }, { 'R', CLASP_RST },
		{ 'P', CLASP_PSH }, { 'A', CLASP_ACK }, { 'U', CLASP_URG },
		{ 'E', CLASP_ECE }, { 'W', CLASP_CWR },
	};
	u8 flags = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strchr(letters, names[i].letter))
			flags |= names[i].bit;
	return flags;
}

/* The name of a namespace, or NULL. */
const char *trace_host_name(const struct trace *trace, u32 net)
{
	size_t i;

	for (i = 0; i < trace->host_count; i++)
		if (trace->hosts[i].net == net)
			return trace->hosts[i].name;
	return NULL;
}

/* Gives the memory back; the trace may be used again. */
void trace_free(struct trace *trace)
{
	free(trace->events);
	memset(trace, 0, sizeof(*trace));
}
