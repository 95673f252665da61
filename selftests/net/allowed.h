/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What of a sequence may be different, call by call: each a difference of differences.h, and how to know it.
 */
#ifndef CLASP_ALLOWED_H
#define CLASP_ALLOWED_H

#include "calls.h"
#include "differences.h"

/* Before call @at, and since it last connected, poll() has told an error of that slot. */
static bool failed_before(const struct play *play, const struct sequence *sequence, int at, int slot)
{
	while (at-- > 0 && play->seen[at].polled[slot] >= 0) {
		if (play->seen[at].polled[slot] & POLLERR)
			return true;
		if (sequence->call[at].verb == CONNECT && sequence->call[at].slot == slot)
			return false;
	}
	return false;
}

static bool looks_the_same(const struct seen *tcp, const struct seen *clasp)
{
	return !memcmp(tcp->polled, clasp->polled, sizeof(tcp->polled)) &&
	       !memcmp(tcp->state, clasp->state, sizeof(tcp->state));
}

/* Who reads nothing is told the error, which is then over; who reads octets is not. */
static bool flushed(const struct play plays[2], const struct sequence *sequence, int at)
{
	const struct call *call = &sequence->call[at];
	struct seen tcp = plays[0].seen[at], clasp = plays[1].seen[at];

	if ((!receives(call->verb) && call->verb != INQ) || tcp.result < 0 || clasp.result > 0 ||
	    !failed_before(&plays[1], sequence, at, call->slot))
		return false;
	if (clasp.result < 0)
		clasp.polled[call->slot] |= tcp.polled[call->slot] & POLLERR;
	return looks_the_same(&tcp, &clasp);
}

/* TCP answers with what is left of its sequence numbers. */
static bool nothing_queued(const struct play plays[2], const struct sequence *sequence, int at)
{
	const struct seen *tcp = &plays[0].seen[at], *clasp = &plays[1].seen[at];
	const struct call *call = &sequence->call[at];

	return (call->verb == OUTQ || call->verb == OUTQNSD) && !clasp->result &&
	       tcp->state[call->slot] == TCP_CLOSE && looks_the_same(tcp, clasp);
}

/* How much of what was sent had left when the connection ended depends on how it was cut into segments. */
static bool cut_otherwise(const struct play plays[2], const struct sequence *sequence, int at)
{
	const struct seen *tcp = &plays[0].seen[at], *clasp = &plays[1].seen[at];
	const struct call *call = &sequence->call[at];

	return call->verb == OUTQNSD && tcp->result >= 0 && clasp->result >= 0 &&
	       tcp->state[call->slot] == TCP_CLOSE && looks_the_same(tcp, clasp) &&
	       failed_before(&plays[1], sequence, at, call->slot);
}

/*
 * Which sockets had been shut down when they had no connection, and then connected or listened; and which may be
 * at the other end of such a one, or come out of it.
 */
static void mark_shut(const struct play *play, const struct sequence *sequence, int at, bool marked[SLOTS])
{
	bool shut[SLOTS] = { 0 }, any = false;
	int i, slot;

	for (i = 0; i <= at; i++) {
		const struct call *call = &sequence->call[i];
		int result = play->seen[i].result;

		slot = call->verb == ACCEPT && result > 0 ? result : call->slot;
		if (call->verb == SHUTDOWN && result == -ENOTCONN)
			shut[slot] = true;
		if (call->verb == DISCONNECT || call->verb == CLOSE)
			shut[slot] = false;
		if (call->verb == LISTEN || call->verb == CONNECT)
			any |= shut[slot];
		if (call->verb == LISTEN || call->verb == CONNECT || call->verb == ACCEPT)
			marked[slot] = any;
		else if (call->verb == DISCONNECT || call->verb == CLOSE)
			marked[slot] = false;
	}
}

/* All that differs is of such sockets. */
static bool shut_before(const struct play plays[2], const struct sequence *sequence, int at)
{
	const struct seen *tcp = &plays[0].seen[at], *clasp = &plays[1].seen[at];
	bool marked[SLOTS] = { 0 };
	int slot;

	mark_shut(&plays[0], sequence, at, marked);
	for (slot = 0; slot < SLOTS; slot++)
		if (!marked[slot] && (tcp->polled[slot] != clasp->polled[slot] ||
				      tcp->state[slot] != clasp->state[slot]))
			return false;
	return marked[sequence->call[at].slot] ||
	       (tcp->result == clasp->result && tcp->octets == clasp->octets);
}

static const struct {
	enum difference why;
	bool (*is)(const struct play plays[2], const struct sequence *sequence, int at);
} allowed[] = {
	{ FLUSHED_BY_AN_ERROR, flushed },
	{ SHUTDOWN_BEFORE_OPEN, shut_before },
	{ QUEUE_OF_NOTHING, nothing_queued },
	{ UNSENT_AT_THE_END, cut_otherwise },
};

/* Which of the differences it is that begins at a call; DIFFERENCES when it is none. */
static enum difference difference_of(const struct play plays[2], const struct sequence *sequence, int at)
{
	int i;

	for (i = 0; i < (int)ARRAY_SIZE(allowed); i++)
		if (allowed[i].is(plays, sequence, at))
			return allowed[i].why;
	return DIFFERENCES;
}

#endif
