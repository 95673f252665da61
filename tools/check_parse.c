// SPDX-License-Identifier: GPL-2.0
/*
 * The checks of a lab, as words:
 *
 *   connections N                so many ladders
 *   segments N                   so many transmissions, lost ones too
 *   segment N HOST FLAGS [seq N] [ack N] [len N] [win N] [lost] [again] [old]
 *                                the N-th transmission is HOST's, with just these flags, PSH apart;
 *                                old: of an earlier connection between the same ports
 *   HOST walks STATE...          all states of HOST, in order
 *   HOST gets N walks STATE...   the states that the arrival of the N-th transmission leads through
 *   HOST enters STATE N times
 *   HOST fires TIMER N times     retransmit, tail, reorder, persist, delayed_ack, fin_wait_2, keepalive, pacing, 2msl
 *   HOST retries N from MS to MS within PERCENT%
 *                                it repeats a segment N times after pauses that double from the
 *                                first figure up to the second, and gives up after one more
 *   HOST received N octets       by its program, over all connections
 *   MOMENT before MOMENT
 *   MOMENT to MOMENT takes MS within PERCENT%
 *
 * A MOMENT is "HOST STATE" (it enters it for the first time), "HOST sends N" or "HOST gets N".
 */
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "lab.h"

/* The words that are left. */
struct words {
	char **word;
	int count;
};

static const char *next(struct words *words)
{
	if (!words->count)
		return "";
	words->count--;
	return *words->word++;
}

static bool next_is(struct words *words, const char *word)
{
	if (!words->count || strcmp(*words->word, word))
		return false;
	next(words);
	return true;
}

static int next_number(struct words *words, u32 *number)
{
	return lab_number(next(words), number);
}

static int next_decimal(struct words *words, double *number, const char *unit)
{
	const char *word = next(words);
	char *end;

	*number = strtod(word, &end);
	return *word && !strcmp(end, unit) ? 0 : -1;
}

static int next_state(struct words *words, u8 *state)
{
	const char *word = next(words);

	for (*state = CLASP_ESTABLISHED; *state < CLASP_STATES; (*state)++)
		if (!strcmp(word, clasp_state_name(*state)))
			return 0;
	return -1;
}

static void take_name(char *name, size_t room, const char *word)
{
	snprintf(name, room, "%s", word);
}

static int next_states(struct words *words, struct check *check)
{
	while (words->count) {
		if (check->state_count == CHECK_STATES ||
		    next_state(words, &check->states[check->state_count]))
			return -1;
		check->state_count++;
	}
	return check->state_count ? 0 : -1;
}

static int next_moment(struct words *words, struct check_moment *moment)
{
	take_name(moment->host, sizeof(moment->host), next(words));
	if (next_is(words, "sends"))
		moment->kind = MOMENT_SENDS;
	else if (next_is(words, "gets"))
		moment->kind = MOMENT_GETS;
	else
		return next_state(words, &moment->state);
	return next_number(words, &moment->number);
}

/* A timer that does not exist would never fire, and be found to fire 0 times. */
static int next_timer(struct words *words, char *name, size_t room)
{
	static const char *const timers[] = {
		"retransmit", "tail", "reorder", "persist", "delayed_ack", "fin_wait_2", "keepalive", "pacing",
		"2msl",
	};
	size_t i;

	take_name(name, room, next(words));
	for (i = 0; i < ARRAY_SIZE(timers); i++)
		if (!strcmp(name, timers[i]))
			return 0;
	return -1;
}

static int parse_segment(struct words *words, struct check *check)
{
	check->kind = CHECK_SEGMENT;
	if (next_number(words, &check->number))
		return -1;
	take_name(check->host, sizeof(check->host), next(words));
	take_name(check->flags, sizeof(check->flags), next(words));
	while (words->count) {
		if (next_is(words, "lost"))
			check->lost = true;
		else if (next_is(words, "again"))
			check->again = true;
		else if (next_is(words, "old"))
			check->old = true;
		else if (next_is(words, "win") && !next_number(words, &check->win))
			check->has |= CHECK_HAS_WIN;
		else if (next_is(words, "seq") && !next_number(words, &check->seq))
			check->has |= CHECK_HAS_SEQ;
		else if (next_is(words, "ack") && !next_number(words, &check->ack))
			check->has |= CHECK_HAS_ACK;
		else if (next_is(words, "len") && !next_number(words, &check->len))
			check->has |= CHECK_HAS_LEN;
		else
			return -1;
	}
	return 0;
}

static int parse_relation(struct words words, struct check *check)
{
	if (next_moment(&words, &check->moment[0]))
		return -1;
	check->kind = next_is(&words, "before") ? CHECK_BEFORE : CHECK_TAKES;
	if (check->kind == CHECK_TAKES && !next_is(&words, "to"))
		return -1;
	if (next_moment(&words, &check->moment[1]))
		return -1;
	if (check->kind == CHECK_TAKES &&
	    (!next_is(&words, "takes") || next_decimal(&words, &check->ms, "") ||
	     !next_is(&words, "within") || next_decimal(&words, &check->percent, "%")))
		return -1;
	return words.count ? -1 : 0;
}

static int parse_times(struct words *words, struct check *check)
{
	if (next_number(words, &check->number) || !next_is(words, "times"))
		return -1;
	return words->count ? -1 : 0;
}

static int parse_retries(struct words *words, struct check *check)
{
	check->kind = CHECK_RETRIES;
	if (next_number(words, &check->number) || !next_is(words, "from") ||
	    next_decimal(words, &check->ms, "") || !next_is(words, "to") ||
	    next_decimal(words, &check->most_ms, "") || !next_is(words, "within") ||
	    next_decimal(words, &check->percent, "%"))
		return -1;
	return words->count ? -1 : 0;
}

/* The programs count, not the ladders: their hosts have no other names than these. */
static int parse_received(struct words *words, struct check *check)
{
	if ((strcmp(check->host, host_names[CLIENT]) && strcmp(check->host, host_names[SERVER])) ||
	    next_number(words, &check->number) || !next_is(words, "octets"))
		return -1;
	return words->count ? -1 : 0;
}

/* HOST and a verb; what is none of these is a relation between moments. */
static int parse_host(struct words words, struct check *check)
{
	struct words all = words;

	take_name(check->host, sizeof(check->host), next(&words));
	if (next_is(&words, "walks")) {
		check->kind = CHECK_WALKS;
		return next_states(&words, check);
	}
	if (next_is(&words, "enters")) {
		check->kind = CHECK_ENTERS;
		return next_state(&words, &check->states[0]) ? -1 : parse_times(&words, check);
	}
	if (next_is(&words, "fires")) {
		check->kind = CHECK_FIRES;
		if (next_timer(&words, check->word, sizeof(check->word)))
			return -1;
		return parse_times(&words, check);
	}
	if (next_is(&words, "retries"))
		return parse_retries(&words, check);
	if (next_is(&words, "received")) {
		check->kind = CHECK_RECEIVED;
		return parse_received(&words, check);
	}
	if (next_is(&words, "gets") && !next_number(&words, &check->number) &&
	    next_is(&words, "walks")) {
		check->kind = CHECK_GETS_WALKS;
		return next_states(&words, check);
	}
	return parse_relation(all, check);
}

/**
 * check_parse - understand one check
 * @check: receives it
 * @words: of the line
 * @count: of @words
 *
 * Return: 0, or -1 when it makes no sense.
 */
int check_parse(struct check *check, char **words, int count)
{
	struct words left = { words, count };

	if (next_is(&left, "segment"))
		return parse_segment(&left, check);
	if (next_is(&left, "connections"))
		check->kind = CHECK_CONNECTIONS;
	else if (next_is(&left, "segments"))
		check->kind = CHECK_SEGMENTS;
	else
		return parse_host(left, check);
	return next_number(&left, &check->number) || left.count ? -1 : 0;
}
