// SPDX-License-Identifier: GPL-2.0
/*
 * The algorithm of RFC 5681: a segment more each round trip, half of the flight after a loss.
 */
#include "cong.h"

#define CREDIT 0			/* word: octets acknowledged since cwnd last grew */

/* RFC 5681, 3.1 with RFC 3465, 2.1: what is beyond a window's worth counts for the next one. */
static void acked(struct clasp_cong *cong, const struct clasp_cong_event *event)
{
	if (clasp_cong_slow_start(cong, event) || !event->limited)
		return;
	cong->word[CREDIT] += event->acked;
	if (cong->word[CREDIT] >= cong->cwnd) {
		cong->word[CREDIT] -= cong->cwnd;
		clasp_cong_grow(cong, event->mss);
	}
}

static void restart(struct clasp_cong *cong)
{
	cong->word[CREDIT] = 0;
}

/* RFC 5681, (4) */
static u32 reduce(struct clasp_cong *cong, const struct clasp_cong_event *event)
{
	restart(cong);
	return event->flight / 2;
}

const struct clasp_cong_ops clasp_newreno = {
	.name = "reno",
	.acked = acked,
	.reduce = reduce,
	.timeout = restart,
	.restart = restart,
};
