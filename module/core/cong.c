// SPDX-License-Identifier: GPL-2.0
/*
 * What all algorithms share: the initial window, slow start, the timeout, the restart after a silence, the
 * undoing of a reduction that was none; counted in octets (RFC 5681, RFC 3465, RFC 6928).
 */
#include "cong.h"

#define INITIAL_SEGMENTS 10		/* RFC 6928, and no more than 2 or 14,600 octets */
#define INITIAL_OCTETS 14600

static const struct clasp_cong_ops *const table[CLASP_CONG_ALGORITHMS] = {
	[CLASP_CONG_CUBIC] = &clasp_cubic,
	[CLASP_CONG_NEWRENO] = &clasp_newreno,
};

/**
 * clasp_cong_initial - IW, and the most that RW may be
 * @mss: SND.MSS
 *
 * Return: octets.
 */
u32 clasp_cong_initial(u32 mss)
{
	return clasp_min(INITIAL_SEGMENTS * mss, clasp_max(2 * mss, INITIAL_OCTETS));
}

/**
 * clasp_cong_init - a connection becomes established
 * @cong: its congestion state
 * @algorithm: enum clasp_cong_algorithm
 * @mss: SND.MSS
 * @syn_resent: our SYN was lost: start with one segment (RFC 5681, 3.1)
 */
void clasp_cong_init(struct clasp_cong *cong, u8 algorithm, u32 mss, bool syn_resent)
{
	memset(cong, 0, sizeof(*cong));
	cong->cwnd = syn_resent ? mss : clasp_cong_initial(mss);
	cong->ssthresh = CLASP_CWND_MAX;
	cong->algorithm = algorithm;
}

/**
 * clasp_cong_choose - another algorithm from now on
 * @cong: congestion state, of any connection; what is known of the path stays
 * @algorithm: enum clasp_cong_algorithm
 */
void clasp_cong_choose(struct clasp_cong *cong, u8 algorithm)
{
	if (cong->algorithm == algorithm)
		return;
	cong->algorithm = algorithm;
	cong->since = 0;
	memset(cong->word, 0, sizeof(cong->word));
	memset(&cong->prior, 0, sizeof(cong->prior));
}

/**
 * clasp_cong_name - as programs and administrators write it
 * @algorithm: any number
 *
 * Return: NULL from the first number on that no algorithm has.
 */
const char *clasp_cong_name(u8 algorithm)
{
	return algorithm < CLASP_CONG_ALGORITHMS ? table[algorithm]->name : NULL;
}

/**
 * clasp_cong_slow_start - slow start's part of an ACK, for an algorithm that has no other
 * @cong: congestion state
 * @event: acked, burst, limited, and what HyStart++ asks for, which looks after the first one
 *
 * RFC says (5681, 3.1): it ends when cwnd exceeds ssthresh. Linux and Clasp: when it is there. Else each episode that
 * NewReno repairs, which leaves a bit less than ssthresh, would give back a part of what was reduced.
 *
 * Return: false when slow start is over: the ACK is congestion avoidance's.
 */
bool clasp_cong_slow_start(struct clasp_cong *cong, const struct clasp_cong_event *event)
{
	u32 octets = clasp_min(event->acked, event->burst);

	if (cong->cwnd >= cong->ssthresh)
		return false;
	if (cong->ssthresh == CLASP_CWND_MAX)
		octets = clasp_hystart_growth(cong, event, octets);
	if (event->limited)
		clasp_cong_grow(cong, clasp_min(octets, cong->ssthresh - cong->cwnd));
	return true;
}

/**
 * clasp_cong_acked - octets were acknowledged while no loss is being repaired
 * @cong: congestion state
 * @event: all of it
 */
void clasp_cong_acked(struct clasp_cong *cong, const struct clasp_cong_event *event)
{
	table[cong->algorithm]->acked(cong, event);
}

static void remember(struct clasp_cong *cong)
{
	struct clasp_cong_prior *prior = &cong->prior;

	prior->since = cong->since;
	prior->cwnd = cong->cwnd;
	prior->ssthresh = cong->ssthresh;
	memcpy(prior->word, cong->word, sizeof(prior->word));
}

/**
 * clasp_cong_reduce - a loss was found: ssthresh becomes what the algorithm thinks of the path
 * @cong: congestion state; cwnd is left to whoever repairs the loss
 * @event: acked and burst may be 0
 */
void clasp_cong_reduce(struct clasp_cong *cong, const struct clasp_cong_event *event)
{
	remember(cong);
	cong->ssthresh = clasp_max(table[cong->algorithm]->reduce(cong, event), 2 * event->mss);
}

/**
 * clasp_cong_marked - a router has marked a segment in place of dropping it
 * @cong: congestion state; cwnd is reduced at once: nothing need be repaired
 * @event: acked and burst may be 0
 *
 * RFC 9438, 4.6, and RFC 3168, 6.1.2: a window of less than two segments, but of one, may remain. Marks are no
 * mistake: nothing of it is undone.
 */
void clasp_cong_marked(struct clasp_cong *cong, const struct clasp_cong_event *event)
{
	u32 left = table[cong->algorithm]->reduce(cong, event);

	cong->cwnd = clasp_min(cong->cwnd, clasp_max(left, event->mss));
	cong->ssthresh = clasp_max(left, 2 * event->mss);
	clasp_cong_confirm(cong);
}

/**
 * clasp_cong_confirm - there was congestion, whatever becomes of the loss that told of it
 * @cong: congestion state
 */
void clasp_cong_confirm(struct clasp_cong *cong)
{
	cong->prior.cwnd = 0;
}

/**
 * clasp_cong_undo - the last reduction was none: nothing had been lost
 * @cong: congestion state; not changed a second time
 */
void clasp_cong_undo(struct clasp_cong *cong)
{
	struct clasp_cong_prior *prior = &cong->prior;

	if (!prior->cwnd)
		return;
	cong->since = prior->since;
	cong->cwnd = clasp_max(cong->cwnd, prior->cwnd);
	cong->ssthresh = prior->ssthresh;
	memcpy(cong->word, prior->word, sizeof(prior->word));
	prior->cwnd = 0;
}

/**
 * clasp_cong_timeout - the retransmission timer expired (RFC 5681, 3.1)
 * @cong: congestion state
 * @event: acked and burst may be 0
 * @first: not a repeated timeout of the same octets: those do not lower ssthresh again
 */
void clasp_cong_timeout(struct clasp_cong *cong, const struct clasp_cong_event *event, bool first)
{
	if (first)
		clasp_cong_reduce(cong, event);
	cong->cwnd = event->mss;
	table[cong->algorithm]->timeout(cong);
}

/**
 * clasp_cong_restart - no octet was sent for longer than RTO: cwnd describes a path of long ago
 * @cong: congestion state
 * @mss: SND.MSS
 *
 * RFC 5681, 4.1: RW = min(IW, cwnd). Linux halves cwnd for each RTO instead.
 */
void clasp_cong_restart(struct clasp_cong *cong, u32 mss)
{
	cong->cwnd = clasp_min(cong->cwnd, clasp_cong_initial(mss));
	table[cong->algorithm]->restart(cong);
}
