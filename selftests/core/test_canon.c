// SPDX-License-Identifier: GPL-2.0
/*
 * The canonical form: the same history with other numbers at another time gives the same octets,
 * and a different history does not.
 */
#include <string.h>

#include "bench.h"

static struct clasp_tcb history(u32 iss, u32 irs, u64 later, u32 len, void (*established)(void))
{
	struct clasp_tcb tcb;

	bench_reset(iss, irs);
	bench.now += later;
	established();
	program_writes(len);
	time_passes(500 * CLASP_MSEC);
	segment_in("PA", THEM(1), US(1), 50);
	segment_in("R", THEM(100), 0, 0);
	forget_segments();
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	forget_segments();
	tcb = bench.host.ep.tcb;
	clasp_tcb_canon(&tcb, bench.now);
	return tcb;
}

TEST(canon__numbers_and_time_do_not_matter)
{
	struct clasp_tcb a = history(1000, 5000, 0, 100, tcb_established);
	struct clasp_tcb b = history(0xfffffff0, 0x7fffff00, 12345678, 100, tcb_established);

	EXPECT(!memcmp(&a, &b, sizeof(a)));
}

TEST(canon__nor_where_sack_is_agreed)
{
	struct clasp_tcb a = history(1000, 5000, 0, 100, tcb_established_sack);
	struct clasp_tcb b = history(0xfffffff0, 0x7fffff00, 12345678, 100, tcb_established_sack);

	EXPECT(!memcmp(&a, &b, sizeof(a)));
}

TEST(canon__history_matters)
{
	struct clasp_tcb a = history(1000, 5000, 0, 100, tcb_established);
	struct clasp_tcb b = history(1000, 5000, 0, 101, tcb_established);

	EXPECT(memcmp(&a, &b, sizeof(a)));
}

/* A FIN under way, in a segment of its own or with the octets before it; the latter are acknowledged alone. */
static struct clasp_tcb closing(bool apart)
{
	struct clasp_tcb tcb;

	bench_reset(1000, 5000);
	bench.host.choice.cork = !apart;
	tcb_established_sack();
	program_writes(100);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	segment_in("A", THEM(1), US(51), 0);
	forget_segments();
	tcb = bench.host.ep.tcb;
	clasp_tcb_canon(&tcb, bench.now);
	return tcb;
}

TEST(canon__what_left_with_the_fin_matters)
{
	/* alone it is sent again by itself, else with those octets */
	struct clasp_tcb a = closing(true), b = closing(false);

	EXPECT_EQ(a.ctl_laden, 0);
	EXPECT_EQ(b.ctl_laden, 1);
}

TEST(canon__a_small_segment_matters_while_it_is_under_way)
{
	struct clasp_tcb tcb;

	tcb_established();
	program_writes(100);
	forget_segments();
	tcb = bench.host.ep.tcb;
	clasp_tcb_canon(&tcb, bench.now);
	EXPECT_EQ(tcb.snd_small, 101);
	segment_in("A", THEM(1), US(101), 0);
	tcb = bench.host.ep.tcb;
	clasp_tcb_canon(&tcb, bench.now);
	EXPECT_EQ(tcb.snd_small, 0);
}

TEST(canon__the_timer_that_waits_behind_another_matters)
{
	struct clasp_tcb tcb;

	tcb_established_sack();
	program_writes(100);
	forget_segments();
	tcb = bench.host.ep.tcb;
	EXPECT(tcb.deadline[CLASP_TIMER_TAIL]);
	clasp_tcb_canon(&tcb, bench.now);
	EXPECT(tcb.rto_at);
	next_deadline();		/* the probe */
	forget_segments();
	tcb = bench.host.ep.tcb;
	clasp_tcb_canon(&tcb, bench.now);
	EXPECT_EQ(tcb.rto_at, 0);
}
