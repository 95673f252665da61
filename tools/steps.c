// SPDX-License-Identifier: GPL-2.0
/*
 * The steps of a lab, as words. What a host's program does:
 *
 *   HOST listen PORT [backlog N] [plain]
 *                                plain: without SO_REUSEADDR
 *   HOST stop                    listens no more
 *   HOST connect PORT [from PORT]
 *   HOST accept
 *   HOST send OCTETS
 *   HOST recv OCTETS             reads until there are as many
 *   HOST recv-eof                reads the end of the stream, and no octet before it
 *   HOST shutdown                it will send no more, but still read
 *   HOST linger0                 SO_LINGER with 0 seconds
 *   HOST error                   asks for SO_ERROR
 *   HOST close
 *   HOST rcvbuf|sndbuf OCTETS    SO_RCVBUF, SO_SNDBUF of the sockets that it makes from now on
 *
 * What is done about a host:
 *
 *   HOST wait                    for its step that was begun with "&"
 *   HOST wait-state STATE        until its latest connection is in that state
 *   HOST lists STATE [N]         ss and netstat there show N (1) sockets in that state
 *   HOST|both sysctl NAME VALUE  of net.clasp
 *
 * What is done about the wire, to the N-th (first) segment with these flags, letters out of SFRA,
 * that travels to HOST from now on:
 *
 *   drop HOST FLAGS [N]          it is lost
 *   hold HOST FLAGS [N]          it waits on its way
 *   release HOST FLAGS           those that wait go on
 *   delay HOST FLAGS MS [N]      it goes on later
 *   cut, mend                    nothing arrives at either host, until the wire is mended
 *
 * And:
 *
 *   sleep MS
 *   repeat N, end                the steps between them, N times
 *
 * HOST is client or server, or client/x for a further socket x of that host. "&" at the end: the
 * next step does not wait. "-> ERRNO" at the end: the call must fail with it.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "lab.h"

#define ERRNO_MAX 4096

/*
 * @arguments: n number, c one that may be left out, N the same but not 0, p port, m ms, w word, s state,
 * h host, f flags.
 */
struct verb_form {
	const char *name;
	u8 verb;
	const char *arguments;
};

static const struct verb_form host_verbs[] = {
	{ "listen", VERB_LISTEN, "p" },
	{ "stop", VERB_STOP, "" },
	{ "connect", VERB_CONNECT, "p" },
	{ "accept", VERB_ACCEPT, "" },
	{ "send", VERB_SEND, "n" },
	{ "recv", VERB_RECV, "n" },
	{ "recv-eof", VERB_RECV_EOF, "" },
	{ "shutdown", VERB_SHUTDOWN, "" },
	{ "linger0", VERB_LINGER0, "" },
	{ "error", VERB_ERROR, "" },
	{ "close", VERB_CLOSE, "" },
	{ "rcvbuf", VERB_RCVBUF, "n" },
	{ "sndbuf", VERB_SNDBUF, "n" },
	{ "wait", VERB_WAIT, "" },
	{ "wait-state", VERB_WAIT_STATE, "s" },
	{ "lists", VERB_LISTS, "sc" },
	{ "sysctl", VERB_SYSCTL, "wn" },
};

static const struct verb_form plain_verbs[] = {
	{ "sleep", VERB_SLEEP, "n" },
	{ "drop", VERB_DROP, "hfN" },
	{ "hold", VERB_HOLD, "hfN" },
	{ "delay", VERB_DELAY, "hfmN" },
	{ "release", VERB_RELEASE, "hf" },
	{ "cut", VERB_CUT, "" },
	{ "mend", VERB_MEND, "" },
	{ "repeat", VERB_REPEAT, "N" },
	{ "end", VERB_END, "" },
};

/* What may follow a verb's arguments: a word, and a number unless the word says it all. */
static const struct {
	u8 verb;
	const char *word;
	size_t number;
} verb_options[] = {
	{ VERB_CONNECT, "from", offsetof(struct step, from) },
	{ VERB_LISTEN, "backlog", offsetof(struct step, backlog) },
	{ VERB_LISTEN, "plain", 0 },
};

/**
 * lab_number - a decimal number, and nothing else
 * @word: digits
 * @number: receives it
 *
 * Return: 0, or -1 when it is none or does not fit.
 */
int lab_number(const char *word, u32 *number)
{
	unsigned long value;
	char *end;

	value = strtoul(word, &end, 10);
	*number = value;
	return *word >= '0' && *word <= '9' && !*end && value == *number ? 0 : -1;
}

static int read_port(const char *word, u32 *port)
{
	return lab_number(word, port) || *port > 65535 ? -1 : 0;
}

static int read_host(struct step *step, const char *word, bool may_be_both)
{
	const char *slash = strchr(word, '/');
	size_t len = slash ? (size_t)(slash - word) : strlen(word);

	for (step->host = CLIENT; step->host < HOSTS; step->host++)
		if (len == strlen(host_names[step->host]) &&
		    !strncmp(word, host_names[step->host], len))
			break;
	if (slash)
		snprintf(step->socket, sizeof(step->socket), "%s", slash + 1);
	return step->host < HOSTS || (may_be_both && !strcmp(word, "both")) ? 0 : -1;
}

static bool is_errno(const char *word)
{
	const char *name;
	int err;

	for (err = 1; err < ERRNO_MAX; err++) {
		name = strerrorname_np(err);
		if (name && !strcmp(name, word))
			return true;
	}
	return false;
}

/* Takes "&" and "-> ERRNO" off the end; -1 when there is no such errno. */
static int read_endings(struct step *step, char **words, int count)
{
	if (count > 2 && !strcmp(words[count - 1], "&")) {
		step->async = true;
		count--;
	}
	if (count > 3 && !strcmp(words[count - 2], "->")) {
		if (!is_errno(words[count - 1]))
			return -1;
		snprintf(step->expect, sizeof(step->expect), "%s", words[count - 1]);
		count -= 2;
	}
	return count;
}

static int read_state(struct step *step, const char *word)
{
	for (step->state = CLASP_ESTABLISHED; step->state < CLASP_STATES; step->state++)
		if (!strcmp(word, clasp_state_name(step->state)))
			return 0;
	return -1;
}

static int read_word(struct step *step, const char *word, const char *letters)
{
	snprintf(step->word, sizeof(step->word), "%s", word);
	return letters && word[strspn(word, letters)] ? -1 : 0;
}

static int read_argument(struct step *step, char kind, const char *word)
{
	switch (kind) {
	case 'h':
		return read_host(step, word, false);
	case 'f':
		return read_word(step, word, "SFRA");
	case 'w':
		return read_word(step, word, NULL);
	case 's':
		return read_state(step, word);
	case 'p':
		return read_port(word, &step->number);
	case 'm':
		return lab_number(word, &step->ms);
	case 'N':
		return lab_number(word, &step->number) || !step->number ? -1 : 0;
	default:
		return lab_number(word, &step->number);
	}
}

static int read_option(struct step *step, char **words, int count)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verb_options); i++) {
		if (step->verb != verb_options[i].verb || strcmp(words[0], verb_options[i].word))
			continue;
		if (!verb_options[i].number) {
			step->plain = true;
			return 1;
		}
		if (count < 2 ||
		    lab_number(words[1], (u32 *)((char *)step + verb_options[i].number)))
			return -1;
		return 2;
	}
	return -1;
}

static int parse_arguments(struct step *step, const char *arguments, char **words, int count)
{
	int i, used;

	for (i = 0; arguments[i]; i++) {
		if (i == count && i && strchr("cN", arguments[i]))
			return 0;
		if (i == count || read_argument(step, arguments[i], words[i]))
			return -1;
	}
	for (; i < count; i += used) {
		used = read_option(step, words + i, count - i);
		if (used < 0)
			return -1;
	}
	return 0;
}

static const struct verb_form *find_form(const struct verb_form *forms, size_t count,
					 const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(forms[i].name, name))
			return &forms[i];
	return NULL;
}

/**
 * step_parse - understand one step
 * @step: zeroed; receives it
 * @words: of the line
 * @count: of @words
 *
 * Return: 0, or -1 when it makes no sense.
 */
int step_parse(struct step *step, char **words, int count)
{
	const struct verb_form *form = find_form(plain_verbs, ARRAY_SIZE(plain_verbs), words[0]);
	int used = 1;

	step->number = 1;
	step->backlog = 16;
	if (!form) {
		count = read_endings(step, words, count);
		if (count < 2)
			return -1;
		form = find_form(host_verbs, ARRAY_SIZE(host_verbs), words[1]);
		if (!form || read_host(step, words[0], form->verb == VERB_SYSCTL))
			return -1;
		used = 2;
	}
	step->verb = form->verb;
	if (parse_arguments(step, form->arguments, words + used, count - used))
		return -1;
	return step->from > 65535 ? -1 : 0;
}
