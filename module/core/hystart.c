// SPDX-License-Identifier: GPL-2.0
/*
 * Slow start that ends before it loses anything (HyStart++, RFC 9406): where the least round trip of a window is
 * longer than that of the window before, the queue has begun to fill. Five windows of slower growth, conservative
 * slow start, show whether that was so.
 */
#include "cong.h"

#define MIN_THRESHOLD 4000U		/* us (4.2, 4.3) */
#define MAX_THRESHOLD 16000U
#define DIVISOR 8
#define SAMPLES 8			/* N_RTT_SAMPLE */
#define GROWTH_DIVISOR 4		/* CSS_GROWTH_DIVISOR */
#define ROUNDS 5			/* CSS_ROUNDS */

static void take_sample(struct clasp_hystart *hystart, u32 rtt_us)
{
	if (!rtt_us)
		return;
	if (!hystart->now_us || rtt_us < hystart->now_us)
		hystart->now_us = rtt_us;
	hystart->samples += hystart->samples < SAMPLES;
}

/* Is this round trip longer than the last one by more than they differ anyway? */
static bool longer(const struct clasp_hystart *hystart)
{
	u32 last_us = hystart->last_us;
	u32 threshold = clasp_max(MIN_THRESHOLD, clasp_min(last_us / DIVISOR, MAX_THRESHOLD));

	return last_us && hystart->now_us >= last_us + threshold;
}

/* What is left of a round in which conservative slow start begins is the first of its rounds. */
static void judge(struct clasp_hystart *hystart)
{
	if (hystart->samples < SAMPLES)
		return;
	if (!hystart->rounds && longer(hystart)) {
		hystart->base_us = hystart->now_us;
		hystart->rounds = 1;
	} else if (hystart->rounds && hystart->now_us < hystart->base_us) {
		hystart->rounds = 0;
	}
}

/* Return: false when conservative slow start has lasted long enough. */
static bool next_round(struct clasp_hystart *hystart, u32 nxt)
{
	hystart->end = nxt;
	hystart->last_us = hystart->now_us;
	hystart->now_us = 0;
	hystart->samples = 0;
	hystart->rounds += hystart->rounds != 0;
	return hystart->rounds <= ROUNDS;
}

/**
 * clasp_hystart_growth - an ACK of a connection that has found no loss yet
 * @cong: congestion state; ssthresh becomes cwnd when slow start is over
 * @event: una, nxt and rtt_us
 * @octets: by which slow start would let cwnd grow
 *
 * Return: by how many it shall grow.
 */
u32 clasp_hystart_growth(struct clasp_cong *cong, const struct clasp_cong_event *event, u32 octets)
{
	struct clasp_hystart *hystart = &cong->hystart;

	take_sample(hystart, event->rtt_us);
	judge(hystart);
	if (hystart->rounds)
		octets /= GROWTH_DIVISOR;
	if (seq_after_eq(event->una, hystart->end) && !next_round(hystart, event->nxt)) {
		cong->ssthresh = cong->cwnd;
		octets = 0;
	}
	return octets;
}
