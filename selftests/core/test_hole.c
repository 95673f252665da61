// SPDX-License-Identifier: GPL-2.0
/*
 * Paths on which large segments vanish (RFC 4821, 7.7), and those that only seem to be such.
 */
#include "bench.h"

static struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

static u32 mss(void)
{
	struct clasp_env env;

	host_env(&bench.host, bench.now, &env);
	return clasp_tcb_snd_mss(tcb(), &env);
}

/* A full segment is under way, the first of as many octets. */
static void full_in_flight(u32 octets)
{
	bench.config.mtu_probing = true;
	bench.host.choice.nodelay = true;
	tcb_established();
	program_writes(octets);
	forget_segments();
}

static void time_outs(u32 count)
{
	while (count--) {
		forget_segments();
		next_deadline();
	}
}

TEST(hole__first_the_base)
{
	full_in_flight(1460);
	time_outs(2);
	expect_segment("PA", US(1), THEM(1), 1460);
	EXPECT_EQ(mss(), 1460);
	time_outs(1);
	expect_segment("A", US(1), THEM(1), 1024);
	EXPECT_EQ(tcb()->cong.cwnd, 1024);
}

/* A probe that the peer answers has got through; one that it does not answer may have been too large. */
TEST(hole__swallows_probes_of_a_closed_window)
{
	full_in_flight(1460);
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	time_outs(2);
	expect_segment("PA", US(1), THEM(1), 1460);
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	time_outs(2);
	expect_segment("PA", US(1), THEM(1), 1460);
	time_outs(1);
	expect_segment("A", US(1), THEM(1), 1024);
}

TEST(hole__then_halves_as_far_as_the_floor)
{
	full_in_flight(1460);
	time_outs(4);
	expect_segment("A", US(1), THEM(1), 512);
	time_outs(1);
	expect_segment("A", US(1), THEM(1), 256);
	time_outs(1);
	expect_segment("A", US(1), THEM(1), CLASP_MSS_FLOOR);
	time_outs(1);
	expect_segment("A", US(1), THEM(1), CLASP_MSS_FLOOR);
}

TEST(hole__behind_what_is_acknowledged_of_a_segment)
{
	/* the part of it that has arrived is small */
	full_in_flight(1460);
	time_outs(3);
	segment_in("A", THEM(1), US(101), 0);
	time_outs(3);
	expect_segment("A", US(101), THEM(1), 512);
	time_outs(1);
	expect_segment("A", US(101), THEM(1), 256);
	expect_nothing();
}

TEST(hole__floors)
{
	full_in_flight(1460);
	bench.config.mtu_probe_floor = 700;
	time_outs(4);
	expect_segment("A", US(1), THEM(1), 700);
	bench.config.mtu_probe_floor = 48;
	bench.config.min_snd_mss = 400;
	time_outs(1);
	expect_segment("A", US(1), THEM(1), 400);
	expect_nothing();
}

TEST(hole__base_above_the_path_is_none)
{
	bench.host.mss = 1000;
	full_in_flight(1000);
	time_outs(3);
	expect_segment("A", US(1), THEM(1), 500);
	expect_nothing();
}

TEST(hole__options_are_part_of_the_size)
{
	bench.config.timestamps = 1;
	bench.syn.timestamps = true;
	bench.any.timestamps = true;
	bench.host.ip_options = 20;
	full_in_flight(3000);
	time_outs(3);
	EXPECT_EQ(tcb()->hole.limit, 1024);
	expect_segment("A", US(1), THEM(1), 1024 - 20 - CLASP_TIMESTAMPS_LEN);
	time_outs(1);
	EXPECT_EQ(tcb()->hole.limit, 512);
	time_outs(3);
	EXPECT_EQ(tcb()->hole.limit, CLASP_MSS_FLOOR + 20);
	segment_in("A", THEM(1), US(1 + CLASP_MSS_FLOOR - CLASP_TIMESTAMPS_LEN), 0);
	EXPECT_EQ(tcb()->hole.passed, CLASP_MSS_FLOOR + 20);
	forget_segments();
}

TEST(hole__is_not_why_a_small_segment_is_lost)
{
	full_in_flight(CLASP_MSS_FLOOR);
	time_outs(6);
	expect_segment("PA", US(1), THEM(1), CLASP_MSS_FLOOR);
	EXPECT_EQ(mss(), 1460);
	EXPECT_EQ(tcb()->hole.limit, 0);
}

TEST(hole__is_not_looked_for_unless_the_administrator_wants_it)
{
	full_in_flight(1460);
	bench.config.mtu_probing = false;
	time_outs(6);
	expect_segment("PA", US(1), THEM(1), 1460);
}

/* 1024 octets have got through, and what follows is full again; it is lost too. */
static void small_one_passes(void)
{
	full_in_flight(5000);
	time_outs(3);
	forget_segments();
	segment_in("A", THEM(1), US(1025), 0);
	EXPECT_EQ(mss(), 1460);
	EXPECT_EQ(tcb()->hole.passed, 1024);
}

TEST(hole__is_sure_when_a_larger_one_fails_again)
{
	small_one_passes();
	expect_segment("A", US(1025), THEM(1), 436);
	expect_segment("A", US(1461), THEM(1), 1460);
	segment_in("A", THEM(1), US(1461), 0);
	time_outs(1);
	expect_segment("A", US(1461), THEM(1), 1460);
	time_outs(1);
	expect_segment("A", US(1461), THEM(1), 1024);
	EXPECT(tcb()->hole.sure);
	segment_in("A", THEM(1), US(1461 + 1024), 0);
	expect_segment("A", US(2485), THEM(1), 436);
	expect_segment("A", US(2921), THEM(1), 1024);
	EXPECT_EQ(mss(), 1024);
	forget_segments();
}

TEST(hole__is_not_sure_when_a_small_one_is_lost)
{
	small_one_passes();
	time_outs(2);
	expect_segment("A", US(1025), THEM(1), 436);
	EXPECT(!tcb()->hole.sure);
	EXPECT_EQ(mss(), 1460);
	forget_segments();
}

TEST(hole__that_was_a_path_out_of_order)
{
	/* a full segment gets through: there was none */
	small_one_passes();
	segment_in("A", THEM(1), US(1461), 0);
	segment_in("A", THEM(1), US(2921), 0);
	EXPECT_EQ(tcb()->hole.passed, 0);
	EXPECT_EQ(mss(), 1460);
	forget_segments();
}

TEST(hole__that_was_a_late_ack)
{
	/* of what was sent before, a full segment in the middle of it */
	full_in_flight(2920 + 100);
	time_outs(3);
	EXPECT_EQ(tcb()->hole.limit, 1024);
	segment_in("A", THEM(1), US(3021), 0);
	EXPECT_EQ(tcb()->hole.limit, 0);
	EXPECT_EQ(tcb()->hole.passed, 0);
	forget_segments();
}

TEST(hole__is_not_passed_by_part_of_a_segment)
{
	full_in_flight(1460);
	time_outs(3);
	segment_in("A", THEM(1), US(100), 0);
	EXPECT_EQ(tcb()->hole.limit, 1024);
	EXPECT_EQ(tcb()->hole.passed, 0);
	forget_segments();
}

TEST(hole__looks_at_the_packets_of_a_super_packet)
{
	/* of which the first may have got through */
	bench.host.together = 64000;
	bench.host.mss = 800;
	tcb_established();
	tcb()->srtt_us = 1000;
	tcb()->hole.passed = 1024;
	tcb()->hole.open = true;
	program_writes(2400);
	segment_in("A", THEM(1), US(2401), 0);
	EXPECT_EQ(tcb()->hole.passed, 1024);
	bench.host.mss = 1460;
	program_writes(2920);
	EXPECT_EQ(bench.host.ep.rtx.count, 1);
	segment_in("A", THEM(1), US(2401 + 1459), 0);
	EXPECT_EQ(tcb()->hole.passed, 1024);
	segment_in("A", THEM(1), US(2401 + 1460), 0);
	EXPECT_EQ(tcb()->hole.passed, 0);
	forget_segments();
}

TEST(hole__narrows)
{
	/* what got through before does not any more */
	small_one_passes();
	segment_in("A", THEM(1), US(1461), 0);
	time_outs(2);
	EXPECT_EQ(tcb()->hole.limit, 1024);
	segment_in("A", THEM(1), US(1461 + 1024), 0);
	forget_segments();
	segment_in("A", THEM(1), US(2921), 0);
	time_outs(3);
	expect_segment("A", US(2921), THEM(1), 512);
	EXPECT_EQ(tcb()->hole.limit, 512);
	EXPECT(!tcb()->hole.sure);
	segment_in("A", THEM(1), US(2921 + 512), 0);
	EXPECT_EQ(tcb()->hole.passed, 512);
	forget_segments();
}
