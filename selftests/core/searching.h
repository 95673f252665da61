/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection that looks for a larger SND.MSS: for the tests of what a probe is, and of what its fate tells.
 */
#ifndef CLASP_SELFTESTS_SEARCHING_H
#define CLASP_SELFTESTS_SEARCHING_H

#include "bench.h"

#define SMALL 1024			/* base_mss, with which all begin here */
#define LARGE 1460			/* what peer and path would take, as far as anybody knows */
#define BEHIND (3 * SMALL)
#define AT(n) (1 + (n) * SMALL)

static inline struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

static inline u32 mss(void)
{
	struct clasp_env env;

	host_env(&bench.host, bench.now, &env);
	return clasp_tcb_snd_mss(tcb(), &env);
}

static inline void begins_small(void)
{
	bench.config.mtu_probing = 2;
	bench.host.choice.nodelay = true;
	tcb_established_sack();
	EXPECT_EQ(tcb()->hole.limit, SMALL);
}

static inline void all_arrives(void)
{
	forget_segments();
	bench.now += RTT;
	segment_in("A", THEM(1), tcb()->snd_nxt, 0);
}

/* The next octets, of which none has left yet, are sent in segments of so many each. */
static inline void expect_next(u32 len)
{
	u32 from = tcb()->snd_nxt;

	program_writes(len + 4 * mss());
	expect_segment("A", from, THEM(1), len);
	all_arrives();
}

#endif
