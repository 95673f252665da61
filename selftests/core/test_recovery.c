// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 5681, 3.2, RFC 6582 and RFC 3042: first the arithmetic alone, then what a sender does with it on the
 * wire.
 */
#include <string.h>

#include "bench.h"
#include "recovery.h"

#define MSS 1000

static struct clasp_tcb tcb;
static struct clasp_env env;

/* A connection with so many segments of MSS octets under way. */
static void under_way(u32 segments)
{
	memset(&tcb, 0, sizeof(tcb));
	memset(&env, 0, sizeof(env));
	env.config = &bench.config;
	env.now = bench.now;
	env.mss = MSS;
	tcb.peer_mss = 65535;
	tcb.snd_una = US(1);
	tcb.snd_nxt = US(1 + segments * MSS);
	clasp_cong_init(&tcb.cong, CLASP_CONG_NEWRENO, MSS, false);
	tcb.cong.filled = tcb.snd_nxt;
}

static void more_under_way(u32 segments)
{
	tcb.snd_nxt += segments * MSS;
}

static void acked(u32 octets)
{
	struct clasp_heard heard = { .una = tcb.snd_una, .acked = octets };

	tcb.snd_una += octets;
	tcb.rtx_head = false;
	clasp_recovery_acked(&tcb, &env, &heard);
}

/* Is the first segment to be sent again? */
static bool duplicate(void)
{
	tcb.rtx_head = false;
	clasp_recovery_duplicate(&tcb, &env);
	return tcb.rtx_head;
}

static u32 window(void)
{
	return clasp_recovery_window(&tcb, tcb.cong.cwnd, env.mss);
}

TEST(recovery__fast_retransmit_arithmetic)
{
	/* 3.2: third duplicate: ssthresh = max(flight / 2, 2 * SMSS), cwnd = ssthresh + 3 * SMSS */
	under_way(10);
	EXPECT(!duplicate());
	EXPECT(!duplicate());
	EXPECT(duplicate());
	EXPECT_EQ(tcb.cong.ssthresh, 5 * MSS);
	EXPECT_EQ(window(), 8 * MSS);
	/* each further duplicate: one segment more, no second retransmission */
	EXPECT(!duplicate());
	EXPECT_EQ(window(), 9 * MSS);
	/* RFC 6582, 3.2 (3), full: cwnd = min(ssthresh, max(FlightSize, SMSS) + SMSS) */
	acked(10 * MSS);
	EXPECT(!tcb.rtx_head);
	EXPECT_EQ(window(), 2 * MSS);
}

TEST(recovery__partial_ack_arithmetic)
{
	/* RFC 6582, 3.2 (3), partial: deflate by what was acknowledged, add a segment */
	under_way(10);
	for (u32 i = 0; i < 3; i++)
		duplicate();
	acked(3 * MSS);
	EXPECT(tcb.rtx_head);
	EXPECT_EQ(window(), 8 * MSS - 3 * MSS + MSS);
	more_under_way(4);
	acked(7 * MSS);
	EXPECT(!tcb.rtx_head);
	EXPECT_EQ(window(), 5 * MSS);
}

TEST(recovery__no_fast_retransmit_below_recover)
{
	/* RFC 6582, 3.2 (2), (4): after a timeout, duplicates below "recover" say nothing */
	under_way(10);
	clasp_recovery_timeout(&tcb, &env, true);
	for (u32 i = 0; i < 5; i++)
		EXPECT(!duplicate());
	acked(10 * MSS);
	more_under_way(5);
	acked(MSS);
	EXPECT(!duplicate());
	EXPECT(!duplicate());
	EXPECT(duplicate());
}

TEST(recovery__slow_start_is_slower_after_a_timeout)
{
	/* RFC 3465, 2.3: until the loss is repaired, an ACK counts for one segment; then for two */
	under_way(10);
	clasp_recovery_timeout(&tcb, &env, true);
	EXPECT_EQ(tcb.cong.cwnd, MSS);
	acked(5 * MSS);
	EXPECT_EQ(tcb.cong.cwnd, 2 * MSS);
	acked(5 * MSS);
	EXPECT_EQ(tcb.cong.cwnd, 4 * MSS);
}

TEST(recovery__limited_transmit_ends_after_two)
{
	/* RFC 3042: also where duplicates lead to no retransmission */
	under_way(10);
	clasp_recovery_timeout(&tcb, &env, true);
	for (u32 i = 1; i <= 4; i++) {
		duplicate();
		EXPECT_EQ(window(), (1 + clasp_min(i, 2)) * MSS);
	}
}

TEST(recovery__what_is_sent_again_needs_no_program)
{
	/* cwnd was never full, and is small now: the program has nothing to do with how it grows */
	under_way(5);
	tcb.cong.filled = tcb.snd_una;
	clasp_recovery_timeout(&tcb, &env, true);
	acked(MSS);
	EXPECT_EQ(tcb.cong.cwnd, 2 * MSS);
}

TEST(recovery__window_never_wraps)
{
	under_way(1);
	tcb.cong.cwnd = MSS;
	for (u32 i = 0; i < 3; i++)
		duplicate();
	/* a segment size that grew in between */
	env.mss = 9 * MSS;
	more_under_way(8);
	tcb.recovery.recover = tcb.snd_nxt;
	acked(8 * MSS);
	EXPECT(window() < 100 * MSS);
}

TEST(recovery__sender_limited_transmit)
{
	/* RFC 3042: the first two duplicates let one new segment out each */
	ten_in_flight(30000);
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(14601), THEM(1), 1460);
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(16061), THEM(1), 1460);
	expect_nothing();
}

TEST(recovery__sender_limited_transmit_ends_after_two)
{
	ten_in_flight(0);
	next_deadline();
	expect_segment("A", US(1), THEM(1), 1460);
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(1461), THEM(1), 1460);
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(2921), THEM(1), 1460);
	segment_in("A", THEM(1), US(1), 0);
	expect_nothing();
}

TEST(recovery__sender_fast_retransmit)
{
	ten_in_flight(0);
	segment_in("A", THEM(1), US(1), 0);
	segment_in("A", THEM(1), US(1), 0);
	expect_nothing();
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(1), THEM(1), 1460);
	for (u32 i = 0; i < 6; i++)
		segment_in("A", THEM(1), US(1), 0);
	expect_nothing();
	segment_in("A", THEM(1), US(14601), 0);
	expect_nothing();
	EXPECT(!bench.host.ep.tcb.recovery.recovering);
}

TEST(recovery__sender_loses_a_retransmission)
{
	/* RFC 5681, 4.3: that is another sign of congestion: the timeout begins with one segment again */
	ten_in_flight(0);
	for (u32 i = 0; i < 9; i++)
		segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(1), THEM(1), 1460);
	expect_nothing();
	EXPECT(bench.host.ep.tcb.cong.cwnd > 10 * 1460);
	next_deadline();
	expect_segment("A", US(1), THEM(1), 1460);
	expect_nothing();
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, 1460);
	EXPECT(!bench.host.ep.tcb.recovery.recovering);
	/* all of it is one episode: what was repeated says no more of the path */
	segment_in("A", THEM(1), US(14601), 0);
	expect_nothing();
	EXPECT(!bench.host.ep.tcb.recovery.lossy);
}

TEST(recovery__sender_partial_ack)
{
	/* NewReno: a partial ACK has the next hole filled at once, without duplicates */
	ten_in_flight(0);
	for (u32 i = 0; i < 3; i++)
		segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(1), THEM(1), 1460);
	segment_in("A", THEM(1), US(1 + 4 * 1460), 0);
	expect_segment("A", US(1 + 4 * 1460), THEM(1), 1460);
	expect_nothing();
	segment_in("A", THEM(1), US(1 + 7 * 1460), 0);
	expect_segment("A", US(1 + 7 * 1460), THEM(1), 1460);
	expect_nothing();
	segment_in("A", THEM(1), US(14601), 0);
	expect_nothing();
}

TEST(recovery__sender_partial_acks_restart_the_timer)
{
	/* RFC 6582, 4: slow but steady, so that many holes do not end in a timeout */
	ten_in_flight(0);
	for (u32 i = 0; i < 3; i++)
		segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(1), THEM(1), 1460);
	for (u32 i = 1; i <= 8; i++) {
		time_passes(bench.config.rto_init / 2);
		segment_in("A", THEM(1), US(1 + i * 1460), 0);
		expect_segment("A", US(1 + i * 1460), THEM(1), 1460);
		expect_nothing();
		expect_timer(CLASP_TIMER_RETRANSMIT, bench.config.rto_init);
	}
}

TEST(recovery__sender_goes_on_after_recovery)
{
	ten_in_flight(60000);
	for (u32 i = 0; i < 9; i++)
		segment_in("A", THEM(1), US(1), 0);
	forget_segments();
	segment_in("A", THEM(1), bench.host.ep.tcb.snd_nxt, 0);
	EXPECT(bench.sent_count >= 2);
	EXPECT_EQ(bench.sent[0].header.seq, bench.host.ep.tcb.snd_una);
	forget_segments();
}

TEST(recovery__a_closed_window_is_no_time_of_growth)
{
	/* RFC 9438, 5.8 */
	struct clasp_tcb *tcb = &bench.host.ep.tcb;
	u64 since;

	tcb_established_sack();
	clasp_cong_choose(&tcb->cong, CLASP_CONG_CUBIC);
	tcb->cong.ssthresh = tcb->cong.cwnd;
	program_writes(60000);
	bench.now += RTT;
	segment_in("A", THEM(1), US(1461), 0);
	since = tcb->cong.since;
	EXPECT(since);
	segment_in_wnd("A", THEM(1), US(1461), 0, 0);
	bench.now += 60 * CLASP_SEC;
	segment_in("A", THEM(1), US(1461), 0);
	EXPECT_EQ(tcb->cong.since, bench.now);
	forget_segments();
}

TEST(recovery__a_loss_that_no_block_told_of_is_repaired)
{
	/* the reordering timer is late: an ACK finds the loss, and what is lost leaves with it */
	struct clasp_tcb *tcb = &bench.host.ep.tcb;

	tcb_established_sack();
	program_writes(10 * 1460);
	forget_segments();
	bench.now += RTT;
	SACK_IN(1, { 1461, 4381 });
	expect_nothing();
	bench.now += RTT;
	segment_in("A", THEM(1), US(1), 0);
	EXPECT(tcb->recovery.recovering);
	expect_segment("A", US(1), THEM(1), 1460);
	forget_segments();
	EXPECT(tcb->cong.cwnd <= clasp_tcb_pipe(tcb) + 1460);
}

TEST(recovery__a_timeout_within_fast_recovery)
{
	/* RFC 9438, 4.6: of cwnd, but not of what duplicates have added to it */
	struct clasp_tcb *tcb = &bench.host.ep.tcb;

	ten_in_flight(0);
	clasp_cong_choose(&tcb->cong, CLASP_CONG_CUBIC);
	for (u32 i = 0; i < 8; i++)
		segment_in("A", THEM(1), US(1), 0);
	EXPECT_EQ(tcb->cong.ssthresh, 10220);
	EXPECT(tcb->cong.cwnd > 10220);
	while (!tcb->retries)
		next_deadline();
	EXPECT_EQ(tcb->cong.ssthresh, 7154);
	forget_segments();
}

TEST(recovery__the_timer_waits_for_the_first_repair)
{
	/* a round trip of 600 ms and an RTO of 800 */
	struct clasp_tcb *tcb = &bench.host.ep.tcb;

	tcb_established_sack();
	program_writes(1460);
	segment_in("A", THEM(1), US(1461), 0);
	tcb->srtt_us = 600000;
	tcb->rttvar_us = 1000;
	tcb->rto_us = 800000;
	tcb->rack.min_rtt_us = 600000;
	tcb->rack.rtt_us = 600000;
	program_writes(8 * 1460);
	forget_segments();
	bench.now += 600 * CLASP_MSEC;
	SACK_IN(1461, { 2921, 13141 });
	expect_segment("A", US(1461), THEM(1), 1460);
	time_passes(599 * CLASP_MSEC);
	EXPECT_EQ(tcb->retries, 0);
	forget_segments();
}
