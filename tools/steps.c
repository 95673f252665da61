// SPDX-License-Identifier: GPL-2.0
/*
 * The steps of a lab, as words:
 *
 *   HOST listen PORT
 *   HOST connect PORT [from PORT]
 *   HOST accept
 *   HOST send OCTETS
 *   HOST recv OCTETS             reads until there are as many
 *   HOST recv-eof                reads the end of the stream, and no octet before it
 *   HOST shutdown                it will send no more, but still read
 *   HOST linger0                 SO_LINGER with 0 seconds
 *   HOST close
 *   HOST wait                    for its step that was begun with "&"
 *   HOST wait-state STATE        until its latest connection is in that state
 *   HOST|both sysctl NAME VALUE  of net.clasp
 *   sleep MS
 *   drop HOST FLAGS [N]          of the segments with these flags, letters out of SFRA, that
 *                                arrive there from now on, the N-th is lost
 *
 * HOST is client or server, or client/x for a further socket x of that host. "&" at the end: the
 * next step does not wait. "-> ERRNO" at the end: the call must fail with it.
 */
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "lab.h"

/* @arguments: n for a number, w for a word. */
static const struct {
	const char *name;
	u8 verb;
	const char *arguments;
} verbs[] = {
	{ "listen", VERB_LISTEN, "n" },
	{ "connect", VERB_CONNECT, "n" },
	{ "accept", VERB_ACCEPT, "" },
	{ "send", VERB_SEND, "n" },
	{ "recv", VERB_RECV, "n" },
	{ "recv-eof", VERB_RECV_EOF, "" },
	{ "shutdown", VERB_SHUTDOWN, "" },
	{ "linger0", VERB_LINGER0, "" },
	{ "close", VERB_CLOSE, "" },
	{ "wait", VERB_WAIT, "" },
	{ "wait-state", VERB_WAIT_STATE, "w" },
	{ "sysctl", VERB_SYSCTL, "wn" },
};

static int read_number(const char *word, u32 *number)
{
	char *end;

	*number = strtoul(word, &end, 10);
	return *word && !*end ? 0 : -1;
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

/* Takes "&" and "-> ERRNO" off the end. */
static int read_endings(struct step *step, char **words, int count)
{
	if (count > 2 && !strcmp(words[count - 1], "&")) {
		step->async = true;
		count--;
	}
	if (count > 3 && !strcmp(words[count - 2], "->")) {
		snprintf(step->expect, sizeof(step->expect), "%s", words[count - 1]);
		count -= 2;
	}
	return count;
}

static int parse_drop(struct step *step, char **words, int count)
{
	step->verb = VERB_DROP;
	step->number = 1;
	if (count < 3 || count > 4 || read_host(step, words[1], false) ||
	    words[2][strspn(words[2], "SFRA")])
		return -1;
	snprintf(step->word, sizeof(step->word), "%s", words[2]);
	return count == 4 ? read_number(words[3], &step->number) : 0;
}

static bool is_state(const char *word)
{
	u8 state;

	for (state = CLASP_ESTABLISHED; state < CLASP_STATES; state++)
		if (!strcmp(word, clasp_state_name(state)))
			return true;
	return false;
}

static int parse_arguments(struct step *step, const char *arguments, char **words, int count)
{
	int i;

	for (i = 0; arguments[i]; i++) {
		if (i == count)
			return -1;
		if (arguments[i] == 'w')
			snprintf(step->word, sizeof(step->word), "%s", words[i]);
		else if (read_number(words[i], &step->number))
			return -1;
	}
	if (step->verb == VERB_WAIT_STATE && !is_state(step->word))
		return -1;
	if (step->verb == VERB_CONNECT && count == i + 2 && !strcmp(words[i], "from"))
		return read_number(words[i + 1], &step->from);
	return i == count ? 0 : -1;
}

/**
 * step_parse - understand one step
 * @step: receives it
 * @words: of the line
 * @count: of @words
 *
 * Return: 0, or -1 when it makes no sense.
 */
int step_parse(struct step *step, char **words, int count)
{
	size_t i;

	if (count == 2 && !strcmp(words[0], "sleep")) {
		step->verb = VERB_SLEEP;
		return read_number(words[1], &step->number);
	}
	if (!strcmp(words[0], "drop"))
		return parse_drop(step, words, count);
	count = read_endings(step, words, count);
	if (count < 2)
		return -1;
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(words[1], verbs[i].name))
			break;
	if (i == ARRAY_SIZE(verbs))
		return -1;
	step->verb = verbs[i].verb;
	if (read_host(step, words[0], step->verb == VERB_SYSCTL))
		return -1;
	return parse_arguments(step, verbs[i].arguments, words + 2, count - 2);
}
