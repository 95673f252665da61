// SPDX-License-Identifier: GPL-2.0
/*
 * What waits for the next ACK, to leave together with what that lets out; and a cwnd that becomes large enough for what
 * a program writes at once to leave together.
 */
#include "bench.h"

#define MSS 1460

static struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

/* A window of twelve packets left so many ns ago, and much waits. */
static void twelve_under_way(u64 ago)
{
	bench.host.together = 64000;
	tcb_established_sack();
	tcb()->cong.cwnd = tcb()->cong.ssthresh = 12 * MSS;
	tcb()->srtt_us = 1000;
	tcb()->octets_at = bench.now - 1;
	program_writes(40 * MSS);
	EXPECT_EQ(tcb()->snd_nxt, US(1 + 12 * MSS));
	forget_segments();
	time_passes(ago);
}

static void acknowledged(u32 packets)
{
	segment_in("A", THEM(1), US(1 + packets * MSS), 0);
}

TEST(together__octets_wait_for_what_the_next_ack_lets_out)
{
	/* one, two and three of twelve are less than a third: four leave as one */
	twelve_under_way(600 * CLASP_USEC);
	for (u32 i = 1; i < 4; i++) {
		acknowledged(i);
		expect_nothing();
	}
	acknowledged(4);
	EXPECT_EQ(tcb()->snd_nxt, US(1 + 16 * MSS));
	EXPECT_EQ(bench.host.ep.rtx.node[bench.host.ep.rtx.count - 1].len, 4 * MSS);
	forget_segments();
}

TEST(together__octets_wait_for_no_ack_that_is_far_away)
{
	/* less than half a round trip under way, or the last ones a millisecond ago */
	twelve_under_way(400 * CLASP_USEC);
	acknowledged(1);
	expect_segment("A", US(1 + 12 * MSS), THEM(1), MSS);
	twelve_under_way(CLASP_MSEC + 1);
	acknowledged(1);
	expect_segment("A", US(1 + 12 * MSS), THEM(1), MSS);
	expect_nothing();
}

TEST(together__octets_do_not_wait_while_a_loss_is_repaired)
{
	twelve_under_way(600 * CLASP_USEC);
	tcb()->recovery.lossy = true;
	tcb()->recovery.recover = US(1 + 12 * MSS);
	acknowledged(1);
	expect_segment("A", US(1 + 12 * MSS), THEM(1), MSS);
	expect_nothing();
}

TEST(together__what_is_left_waits_for_no_other_packet)
{
	twelve_under_way(600 * CLASP_USEC);
	tcb()->snd_end = US(1 + 13 * MSS);
	acknowledged(1);
	expect_segment("PA", US(1 + 12 * MSS), THEM(1), MSS);
	expect_nothing();
}

TEST(together__octets_wait_for_the_peers_window)
{
	twelve_under_way(600 * CLASP_USEC);
	tcb()->cong.cwnd = 100 * MSS;
	bench.peer_wnd = 12 * MSS;
	acknowledged(1);
	expect_nothing();
	acknowledged(4);
	EXPECT_EQ(tcb()->snd_nxt, US(1 + 16 * MSS));
	forget_segments();
}

TEST(together__a_window_of_which_octets_wait_is_full)
{
	/* six of eight leave as one, and two wait: it is not the program that has no more */
	twelve_under_way(600 * CLASP_USEC);
	acknowledged(8);
	EXPECT_EQ(tcb()->snd_nxt, US(1 + 18 * MSS));
	EXPECT_EQ(tcb()->cong.filled, US(1 + 18 * MSS));
	forget_segments();
}

TEST(together__a_window_is_not_full_where_the_program_has_no_more)
{
	twelve_under_way(600 * CLASP_USEC);
	tcb()->snd_end = US(1 + 18 * MSS);
	acknowledged(8);
	EXPECT_EQ(tcb()->snd_nxt, US(1 + 18 * MSS));
	EXPECT_EQ(tcb()->cong.filled, US(1 + 12 * MSS));
	forget_segments();
}

TEST(together__a_window_is_not_full_with_a_third_free)
{
	twelve_under_way(600 * CLASP_USEC);
	bench.peer_wnd = 8 * MSS;
	acknowledged(8);
	EXPECT_EQ(tcb()->snd_nxt, US(1 + 16 * MSS));
	EXPECT_EQ(tcb()->cong.filled, US(1 + 12 * MSS));
	forget_segments();
}

/* What becomes of a cwnd of ten when the program writes so many octets at once, and each ACK is of so many packets. */
static u32 cwnd_of_writes(u32 octets, u32 packets)
{
	bench_reset(bench.iss, bench.irs);
	bench.host.together = 64000;
	tcb_established_sack();
	bench.host.choice.nodelay = true;
	for (u32 i = 0; i < 10; i++) {
		program_writes(octets);
		forget_segments();
		while (clasp_tcb_outstanding(tcb()) > packets * MSS)
			segment_in("A", THEM(1), tcb()->snd_una + packets * MSS, 0);
		segment_in("A", THEM(1), tcb()->snd_nxt, 0);
	}
	forget_segments();
	return tcb()->cong.cwnd;
}

TEST(together__slow_start_doubles_what_is_written_at_once)
{
	/* until half of it has room for one packet more */
	EXPECT_EQ(cwnd_of_writes(4 * MSS, 8), 10 * MSS);
	EXPECT_EQ(cwnd_of_writes(4 * MSS + 1, 8), 12 * MSS);
	EXPECT_EQ(cwnd_of_writes(8 * MSS, 8), 18 * MSS);
	EXPECT_EQ(cwnd_of_writes(9 * MSS, 9), 20 * MSS);
}

TEST(together__slow_start_asks_again_with_each_ack)
{
	/* what was enough for the first ACK of a write need not be for the next */
	EXPECT_EQ(cwnd_of_writes(4 * MSS, 1), 10 * MSS);
	EXPECT_EQ(cwnd_of_writes(9 * MSS, 2), 20 * MSS);
	EXPECT_EQ(cwnd_of_writes(10 * MSS, 10), 22 * MSS);
}

TEST(together__what_is_written_at_once_leaves_as_one)
{
	cwnd_of_writes(8 * MSS, 8);
	tcb()->srtt_us = 1000;
	program_writes(8 * MSS);
	EXPECT_EQ(bench.host.ep.rtx.count, 1);
	EXPECT_EQ(bench.host.ep.rtx.node[0].len, 8 * MSS);
	forget_segments();
}

TEST(together__half_a_window_is_not_full_after_slow_start)
{
	/* three windows of octets, each half of one when it leaves */
	bench.config.congestion = CLASP_CONG_NEWRENO;
	bench.host.together = 64000;
	tcb_established_sack();
	tcb()->cong.ssthresh = tcb()->cong.cwnd;
	for (u32 i = 0; i < 6; i++) {
		program_writes(5 * MSS);
		segment_in("A", THEM(1), tcb()->snd_nxt, 0);
	}
	EXPECT_EQ(tcb()->snd_una, US(1 + 30 * MSS));
	EXPECT_EQ(tcb()->cong.cwnd, 10 * MSS);
	forget_segments();
}

TEST(together__most_of_a_window_is_not_full_packet_by_packet)
{
	/* what Nagle holds back, behind another small one, waits for no cwnd */
	tcb_established_sack();
	tcb()->cong.cwnd = tcb()->cong.ssthresh = 12 * MSS;
	tcb()->octets_at = bench.now - 1;
	program_writes(100);
	program_writes(9 * MSS + 100);
	EXPECT_EQ(tcb()->snd_nxt, US(1 + 9 * MSS + 100));
	EXPECT_EQ(tcb()->cong.filled, tcb()->snd_una);
	forget_segments();
}

TEST(together__half_a_window_is_not_full_packet_by_packet)
{
	/* no two of this size leave together */
	bench.host.together = 2 * MSS - 1;
	tcb_established_sack();
	program_writes(5 * MSS);
	EXPECT_EQ(bench.host.ep.rtx.node[0].len, MSS);
	segment_in("A", THEM(1), US(1 + 5 * MSS), 0);
	EXPECT_EQ(tcb()->cong.cwnd, 10 * MSS);
	forget_segments();
}

TEST(together__the_peers_window_fills_no_cwnd)
{
	twelve_under_way(600 * CLASP_USEC);
	tcb()->cong.cwnd = 13 * MSS;
	bench.peer_wnd = 12 * MSS;
	acknowledged(12);
	EXPECT_EQ(tcb()->snd_nxt, US(1 + 24 * MSS));
	EXPECT_EQ(tcb()->cong.filled, US(1 + 12 * MSS));
	forget_segments();
}

TEST(together__limited_transmit_waits_for_nothing)
{
	/* RFC 3042: behind two duplicates no other ACK may follow */
	bench.host.together = 64000;
	tcb_established();
	tcb()->cong.cwnd = tcb()->cong.ssthresh = 8 * MSS;
	tcb()->srtt_us = 500;
	tcb()->octets_at = bench.now - 1;
	program_writes(20 * MSS);
	EXPECT_EQ(tcb()->snd_nxt, US(1 + 8 * MSS));
	forget_segments();
	time_passes(500 * CLASP_USEC);
	segment_in("A", THEM(1), US(1), 0);
	segment_in("A", THEM(1), US(1), 0);
	EXPECT_EQ(tcb()->snd_nxt, US(1 + 10 * MSS));
	forget_segments();
}

TEST(together__nothing_waits_before_a_round_trip_is_known)
{
	/* of a connection that its first octets have established none is */
	bench.host.choice.defer = 3;
	bench.host.together = 64000;
	tcb_syn_rcvd();
	segment_in("A", THEM(1), US(1), 0);
	time_passes(100 * CLASP_MSEC);
	segment_in("PA", THEM(1), US(1), 10);
	EXPECT_EQ(tcb()->srtt_us, 0);
	program_writes(7 * MSS);
	time_passes(100 * CLASP_USEC);
	program_writes(6 * MSS);
	EXPECT_EQ(tcb()->snd_nxt, US(1 + 10 * MSS));
	forget_segments();
}
