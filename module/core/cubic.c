// SPDX-License-Identifier: GPL-2.0
/*
 * CUBIC (RFC 9438): after a loss cwnd returns to where it was along a cubic of the time, flat where the loss
 * was found, and goes on from there; but it is nowhere behind what RFC 5681 would have.
 */
#include "cong.h"

/*
 * Its words. T, the RFC's t, counts time while cwnd is the limit, from the first ACK of congestion avoidance
 * on; "since" is when the last one came.
 */
enum {
	W_MAX,				/* octets at which the cubic is flat */
	CWND_PRIOR,			/* cwnd before the last reduction */
	K,				/* us from the epoch's beginning to W_MAX */
	T,				/* us so far */
	W_EST,				/* what RFC 5681 would have, octets */
	CREDIT,				/* octets acknowledged since W_EST last grew */
};

/*
 * Segments of Ethernet's size have reached CLASP_CWND_MAX by then from anywhere; what smaller ones have reached stays
 * until RFC 5681 is ahead of it.
 */
#define T_MAX 200000000U		/* us */
#define OFF_MAX 131072U			/* ms: the same for the distance from K */

/* RFC 9438, 4.6 */
static u32 beta(u32 octets)
{
	return clasp_div64(7ULL * octets, 10);
}

/* The largest root whose cube is not above x, digit by digit. */
static u32 cube_root(u64 x)
{
	u64 root = 0, step;

	for (int shift = 63; shift >= 0; shift -= 3) {
		root *= 2;
		step = 3 * root * (root + 1) + 1;
		if (x >> shift >= step) {
			x -= step << shift;
			root++;
		}
	}
	return root;
}

/* RFC 9438, (2): K = cbrt((W_max - cwnd) / C) in s, with C = 0.4 segments a cubic second */
static u32 time_to(u32 octets, u32 mss)
{
	return 1000 * cube_root(clasp_div64(2500000000ULL * octets, mss));
}

/* RFC 9438, (1): W_cubic(t) = C * (t - K)^3 + W_max */
static u64 w_cubic(const struct clasp_cong *cong, u32 t, u32 mss)
{
	u32 k = cong->word[K], w_max = cong->word[W_MAX];
	u64 off = clasp_min((t > k ? t - k : k - t) / 1000, OFF_MAX);
	u64 octets = clasp_div64(clasp_div64(off * off * off, 125) * mss, 20000000);

	if (t >= k)
		return w_max + octets;
	return w_max - clasp_min64(octets, w_max);
}

/* RFC 9438, 4.2: where nothing was lost, or a timeout told so, the cubic begins in its flat. */
static void begin_epoch(struct clasp_cong *cong, const struct clasp_cong_event *event)
{
	u32 *word = cong->word;

	word[K] = 0;
	if (word[W_MAX] > cong->cwnd)
		word[K] = time_to(word[W_MAX] - cong->cwnd, event->mss);
	else
		word[W_MAX] = cong->cwnd;
	word[T] = 0;
	word[W_EST] = cong->cwnd;
	word[CREDIT] = 0;
	cong->since = event->now;
}

/*
 * RFC 9438, 5.8: time in which something else held the sender back is none. What is less than a microsecond is
 * counted with the next ACK: they may come closer together than that.
 */
static void pass_time(struct clasp_cong *cong, const struct clasp_cong_event *event)
{
	u64 passed = clasp_div64(event->now - cong->since, CLASP_USEC);

	if (!event->limited) {
		cong->since = event->now;
		return;
	}
	cong->word[T] = clasp_min64(cong->word[T] + passed, T_MAX);
	cong->since += passed * CLASP_USEC;
}

/*
 * RFC 9438, 4.3, (4): alpha = 3 * (1 - beta) / (1 + beta) = 9/17 segments a window, until what the reduction
 * took has been regained, and one from then on.
 */
static void grow_estimate(struct clasp_cong *cong, const struct clasp_cong_event *event)
{
	u32 *word = cong->word;
	u64 due = cong->cwnd;

	if (word[W_EST] < word[CWND_PRIOR])
		due = clasp_div64(17 * due, 9);
	word[CREDIT] += event->acked;
	if (word[CREDIT] >= due) {
		word[CREDIT] -= due;
		word[W_EST] = clasp_min(word[W_EST] + event->mss, CLASP_CWND_MAX);
	}
}

/* RFC 9438, 4.2, 4.4 and 4.5: a window of ACKs takes cwnd to where the cubic is a round trip from now. */
static void grow_cubic(struct clasp_cong *cong, const struct clasp_cong_event *event)
{
	u32 t = cong->word[T] + clasp_min(event->srtt_us, T_MAX), cwnd = cong->cwnd;
	u64 target = clasp_min64(w_cubic(cong, t, event->mss), cwnd + cwnd / 2);

	if (target > cwnd)
		clasp_cong_grow(cong, clasp_div64((target - cwnd) * clasp_min(event->acked, cwnd),
						  cwnd));
}

static void acked(struct clasp_cong *cong, const struct clasp_cong_event *event)
{
	if (clasp_cong_slow_start(cong, event))
		return;
	if (!cong->since)
		begin_epoch(cong, event);
	pass_time(cong, event);
	if (!event->limited)
		return;
	grow_estimate(cong, event);
	grow_cubic(cong, event);
	cong->cwnd = clasp_max(cong->cwnd, cong->word[W_EST]);
}

/*
 * RFC 9438, 4.6 and 4.7: a window that did not get as far as the last one leaves room to a newcomer: the next
 * flat is at (1 + beta) / 2 of it. RFC says: flight_size, or cwnd where that does not grow unless it is full. It does
 * not here, and what happens to be under way when a loss is found says less about the path.
 */
static u32 reduce(struct clasp_cong *cong, const struct clasp_cong_event *event)
{
	u32 *word = cong->word, cwnd = cong->cwnd;

	(void)event;
	word[W_MAX] = cwnd < word[W_MAX] ? clasp_div64(17ULL * cwnd, 20) : cwnd;
	word[CWND_PRIOR] = cwnd;
	cong->since = 0;
	return beta(cwnd);
}

/* RFC 9438, 4.8 */
static void timeout(struct clasp_cong *cong)
{
	cong->word[W_MAX] = 0;
	cong->since = 0;
}

/* cwnd may be far below the cubic now: another epoch, with what is known of the path. */
static void restart(struct clasp_cong *cong)
{
	cong->since = 0;
}

const struct clasp_cong_ops clasp_cubic = {
	.name = "cubic",
	.acked = acked,
	.reduce = reduce,
	.timeout = timeout,
	.restart = restart,
};
