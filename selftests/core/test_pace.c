// SPDX-License-Identifier: GPL-2.0
/*
 * Pacing: the rate, and when a segment's turn comes.
 */
#include "bench.h"
#include "pace.h"
#include "rto.h"

#define MSS 1460
#define TURN (100 * CLASP_MSEC)		/* of a segment, at this pace */
#define PACE (10 * MSS)			/* octets a second */

static struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

static u64 rate(u32 cwnd, u32 ssthresh, u64 most)
{
	tcb()->cong.cwnd = cwnd;
	tcb()->cong.ssthresh = ssthresh;
	return clasp_pace_rate(tcb(), &bench.config, most);
}

static void round_trip(u32 us)
{
	tcb_closed();
	tcb()->srtt_us = us;
}

TEST(pace__twice_the_window_in_slow_start)
{
	round_trip(100000);
	EXPECT_EQ(rate(20000, CLASP_CWND_MAX, CLASP_PACE_NONE), 400000);
	EXPECT_EQ(rate(19999, 40000, CLASP_PACE_NONE), 399980);
	bench.config.pacing_ss_ratio = 150;
	EXPECT_EQ(rate(20000, CLASP_CWND_MAX, CLASP_PACE_NONE), 300000);
}

TEST(pace__a_fifth_more_towards_its_end)
{
	round_trip(100000);
	EXPECT_EQ(rate(20000, 40000, CLASP_PACE_NONE), 240000);
	EXPECT_EQ(rate(20000, 10000, CLASP_PACE_NONE), 240000);
	bench.config.pacing_ca_ratio = 100;
	EXPECT_EQ(rate(20000, 10000, CLASP_PACE_NONE), 200000);
}

TEST(pace__what_is_under_way_counts_where_it_is_more)
{
	round_trip(100000);
	tcb()->snd_nxt = tcb()->snd_una + 30000;
	EXPECT_EQ(rate(20000, 10000, CLASP_PACE_NONE), 360000);
}

TEST(pace__no_faster_than_the_program_allows)
{
	round_trip(100000);
	EXPECT_EQ(rate(20000, 10000, 239999), 239999);
	EXPECT_EQ(rate(20000, 10000, 240001), 240000);
}

TEST(pace__is_not_known_before_the_round_trip)
{
	round_trip(0);
	EXPECT_EQ(rate(20000, 10000, CLASP_PACE_NONE), CLASP_PACE_NONE);
	EXPECT_EQ(rate(20000, 10000, 5), 5);
}

TEST(pace__does_not_overflow)
{
	round_trip(1);
	bench.config.pacing_ca_ratio = 1000;
	EXPECT_EQ(rate(CLASP_CWND_MAX, 0, CLASP_PACE_NONE), 10737418240000000ULL);
}

/* The congestion window, of a connection that was busy a moment ago. */
static void window(u32 segments)
{
	tcb()->cong.cwnd = segments * MSS;
	tcb()->octets_at = bench.now - 1;
}

/* A window of 40 segments, of which ten have left; so many are acknowledged, in an ACK of their own. */
static void ten_left(u32 acked)
{
	bench.host.pace = PACE;
	tcb_established_sack();
	window(40);
	program_writes(40 * MSS);
	for (u32 i = 0; i < 10; i++)
		expect_segment("A", US(1 + i * MSS), THEM(1), MSS);
	expect_nothing();
	if (acked)
		segment_in("A", THEM(1), US(1 + acked * MSS), 0);
	expect_nothing();
}

/* The next segment leaves so much later, and not before. */
static void next_after(u32 segment, u64 ns)
{
	time_passes(ns - 1);
	expect_nothing();
	time_passes(1);
	expect_segment("A", US(1 + segment * MSS), THEM(1), MSS);
	expect_nothing();
}

TEST(pace__first_window_leaves_at_once)
{
	ten_left(0);
	expect_timer(CLASP_TIMER_PACING, TURN);
	next_after(10, TURN);
}

TEST(pace__each_in_its_turn)
{
	ten_left(10);
	for (u32 i = 10; i < 20; i++) {
		next_after(i, TURN);
		segment_in("A", THEM(1), US(1 + (i + 1) * MSS), 0);
	}
	expect_nothing();
}

TEST(pace__nobody_else_is_wanted_while_they_wait)
{
	ten_left(10);
	expect_no_timer(CLASP_TIMER_PERSIST);
	expect_no_timer(CLASP_TIMER_RETRANSMIT);
	expect_no_timer(CLASP_TIMER_TAIL);
}

/* As of half a segment: what comes later than that is late. */
TEST(pace__a_late_timer_costs_nothing)
{
	ten_left(10);
	bench.now += TURN + 30 * CLASP_MSEC;
	host_tick(&bench.host, bench.now);
	expect_segment("A", US(1 + 10 * MSS), THEM(1), MSS);
	next_after(11, TURN - 30 * CLASP_MSEC);
	segment_in("A", THEM(1), US(1 + 12 * MSS), 0);
	bench.now += TURN + 80 * CLASP_MSEC;
	host_tick(&bench.host, bench.now);
	expect_segment("A", US(1 + 12 * MSS), THEM(1), MSS);
	next_after(13, TURN / 2);
}

TEST(pace__silence_is_no_credit)
{
	bench.host.pace = PACE;
	tcb_established_sack();
	program_writes(10 * MSS);
	segment_in("A", THEM(1), US(1 + 10 * MSS), 0);
	forget_segments();
	time_passes(20 * CLASP_SEC);
	program_writes(3 * MSS);
	expect_segment("A", US(1 + 10 * MSS), THEM(1), MSS);
	next_after(11, TURN / 2);
	next_after(12, TURN);
}

/* A hundred segments in 10 ms: what takes a millisecond leaves in one. */
TEST(pace__fast_ones_leave_by_the_millisecond)
{
	u32 sent = 0;

	bench.host.pace = 10000 * MSS;
	tcb_established_sack();
	window(80);
	tcb()->snd_wnd = 80 * MSS;
	tcb()->srtt_us = 1000;
	program_writes(80 * MSS);
	EXPECT_EQ(bench.sent_count, 20);
	expect_timer(CLASP_TIMER_PACING, CLASP_MSEC + CLASP_MSEC / 10);
	sent = bench.sent_count;
	for (u32 i = 0; i < 3; i++) {
		next_deadline();
		EXPECT_EQ(bench.sent_count - sent, 11);
		sent = bench.sent_count;
		bench.now += CLASP_MSEC / 2;
		segment_in("A", THEM(1), US(1 + 10 * MSS), 0);
		EXPECT_EQ(bench.sent_count, sent);
	}
	forget_segments();
}

/* A path that would take all at once, at another rate of a program. */
static void together_at(u32 rate, u32 srtt_us)
{
	bench.host.together = 64000;
	bench.host.pace = rate;
	tcb_established_sack();
	window(80);
	tcb()->snd_wnd = 80 * MSS;
	tcb()->snd_wnd_max = 80 * MSS;
	tcb()->srtt_us = srtt_us;
	program_writes(80 * MSS);
}

#define TURNS(segments) ((segments) * CLASP_SEC / 10500)

/* 10.5 segments a millisecond: in one packet, and what single ones would have left too. */
TEST(pace__many_together_leave_by_the_millisecond)
{
	u32 nodes, sent;

	together_at(10500 * MSS, 1000);
	EXPECT_EQ(bench.host.ep.rtx.node[0].len, 10 * MSS);
	EXPECT_EQ(bench.host.ep.rtx.node[1].len, 5 * MSS);
	EXPECT_EQ(bench.host.ep.rtx.node[2].len, MSS);
	expect_timer(CLASP_TIMER_PACING, TURNS(10) - TURNS(10) / 2 + TURNS(5) + TURNS(1));
	for (u32 i = 0; i < 3; i++) {
		nodes = bench.host.ep.rtx.count;
		sent = bench.sent_count;
		next_deadline();
		EXPECT_EQ(bench.sent_count, sent + 11);
		EXPECT_EQ(bench.host.ep.rtx.count, nodes + 2);
	}
	forget_segments();
}

TEST(pace__silence_is_no_credit_for_many_together)
{
	together_at(10500 * MSS, 1000);
	while (bench.host.ep.tcb.snd_nxt != US(1 + 80 * MSS))
		next_deadline();
	segment_in("A", THEM(1), US(1 + 80 * MSS), 0);
	forget_segments();
	bench.now += CLASP_SEC / 10;
	bench.host.ep.tcb.octets_at = bench.now - 1;
	program_writes(80 * MSS);
	EXPECT_EQ(bench.host.ep.rtx.node[0].len, 10 * MSS);
	forget_segments();
}

TEST(pace__together_is_one_segment_at_least)
{
	together_at(PACE, 1000000);
	EXPECT_EQ(bench.sent_count, 10);
	EXPECT_EQ(bench.host.ep.rtx.count, 10);
	forget_segments();
	next_after(10, TURN);
}

TEST(pace__together_without_a_rate)
{
	bench.config.pacing_ss_ratio = 0;
	together_at(1, 1000);
	EXPECT_EQ(bench.host.ep.rtx.count, 2);
	EXPECT_EQ(bench.sent_count, 80);
	forget_segments();
}

TEST(pace__an_ack_in_between_is_no_turn)
{
	ten_left(1);
	time_passes(TURN / 2);
	segment_in("A", THEM(1), US(1 + 2 * MSS), 0);
	expect_nothing();
	next_after(10, TURN / 2);
}

TEST(pace__acks_and_a_lone_fin_do_not_wait)
{
	bench.host.pace = PACE;
	tcb_established_sack();
	program_writes(11 * MSS);
	segment_in("A", THEM(1), US(1 + 10 * MSS), 0);
	forget_segments();
	segment_in("PA", THEM(1), US(1 + 10 * MSS), MSS);
	segment_in("PA", THEM(1 + MSS), US(1 + 10 * MSS), MSS);
	expect_segment("A", US(1 + 10 * MSS), THEM(1 + 2 * MSS), 0);
	time_passes(TURN);
	expect_segment("A", US(1 + 10 * MSS), THEM(1 + 2 * MSS), MSS);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	expect_segment("FA", US(1 + 11 * MSS), THEM(1 + 2 * MSS), 0);
}

TEST(pace__a_fin_waits_with_its_octets)
{
	bench.host.pace = PACE;
	tcb_established_sack();
	program_writes(11 * MSS);
	forget_segments();
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
	segment_in("A", THEM(1), US(1 + 10 * MSS), 0);
	expect_nothing();
	time_passes(TURN);
	expect_segment("FA", US(1 + 10 * MSS), THEM(1), MSS);
	expect_state(CLASP_FIN_WAIT_1);
}

/* The first of three lost: it waits too, and the retransmission timer for it. */
TEST(pace__what_is_lost_waits_and_rto_for_it)
{
	u64 rto;

	bench.host.pace = PACE;
	tcb_established_sack();
	program_writes(10 * MSS);
	forget_segments();
	time_passes(TURN);
	bench.host.pace = MSS / 10;	/* a turn of ten seconds */
	program_writes(MSS);
	segment_in("A", THEM(1), US(1 + 2 * MSS), 0);
	expect_segment("A", US(1 + 10 * MSS), THEM(1), MSS);
	bench.now += 10 * CLASP_MSEC;
	SACK_IN(1 + 2 * MSS, { 1 + 5 * MSS, 1 + 11 * MSS });
	expect_nothing();
	EXPECT_EQ(tcb()->lost, 3 * MSS);
	rto = clasp_rto_current(tcb(), &bench.config);
	expect_timer(CLASP_TIMER_RETRANSMIT, 10 * CLASP_SEC - 10 * CLASP_MSEC + rto);
	next_after(2, 10 * CLASP_SEC - 10 * CLASP_MSEC);
	expect_timer(CLASP_TIMER_RETRANSMIT, rto);
	EXPECT_EQ(tcb()->retries, 0);
}

TEST(pace__so_does_the_first_without_sack)
{
	bench.host.pace = PACE;
	tcb_established();
	program_writes(10 * MSS);
	forget_segments();
	tcb()->pace_at = bench.now + TURN;
	for (u32 i = 0; i < 3; i++)
		segment_in("A", THEM(1), US(1), 0);
	EXPECT(tcb()->recovery.recovering);
	next_after(0, TURN);
}

/* RFC 6298, 5.4: the first one; what follows waits. */
TEST(pace__what_a_timeout_sends_again_does_not_wait)
{
	bench.host.pace = PACE;
	tcb_established_sack();
	program_writes(10 * MSS);
	forget_segments();
	bench.host.pace = 10;
	next_deadline();		/* a probe, out of turn */
	expect_segment("A", US(1 + 9 * MSS), THEM(1), MSS);
	EXPECT(tcb()->pace_at > bench.now + 60 * CLASP_SEC);
	next_deadline();
	expect_segment("A", US(1), THEM(1), MSS);
	expect_nothing();
	segment_in("A", THEM(1), US(1 + MSS), 0);
	expect_nothing();
	expect_timer(CLASP_TIMER_PACING, tcb()->pace_at - bench.now);
	EXPECT(tcb()->rto_at > tcb()->pace_at);
}

TEST(pace__a_timeout_without_sack_does_not_wait)
{
	bench.host.pace = PACE;
	tcb_established();
	program_writes(10 * MSS);
	forget_segments();
	tcb()->pace_at = bench.now + 60 * CLASP_SEC;
	next_deadline();
	expect_segment("A", US(1), THEM(1), MSS);
	segment_in("A", THEM(1), US(1 + MSS), 0);
	expect_nothing();
}

/* A closed window is asked for in time, and no retransmission timer runs. */
TEST(pace__a_closed_window_has_its_own_guard)
{
	ten_left(9);
	segment_in_wnd("A", THEM(1), US(1 + 10 * MSS), 0, 0);
	time_passes(TURN);
	expect_nothing();
	EXPECT(tcb()->deadline[CLASP_TIMER_PERSIST]);
	next_deadline();
	expect_segment("A", US(1 + 10 * MSS), THEM(1), 1);
}

/* Nor does one run while the first that is lost waits for its turn. */
TEST(pace__a_closed_window_keeps_it)
{
	bench.host.pace = PACE;
	tcb_established_sack();
	program_writes(10 * MSS);
	forget_segments();
	bench.now += 10 * CLASP_MSEC;
	SACK_IN(1, { 1 + 5 * MSS, 1 + 10 * MSS });
	expect_nothing();
	EXPECT(tcb()->lost);
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	expect_nothing();
	EXPECT(tcb()->deadline[CLASP_TIMER_PERSIST]);
	expect_no_timer(CLASP_TIMER_RETRANSMIT);
}

/* SO_MAX_PACING_RATE was set to 0, say. */
TEST(pace__ends_at_once)
{
	ten_left(10);
	bench.host.pace = 0;
	segment_in_wnd("A", THEM(1), US(1 + 10 * MSS), 0, 60000);
	EXPECT(bench.sent_count > 10);
	forget_segments();
}

TEST(pace__costs_nothing_where_nobody_paces)
{
	tcb_established_sack();
	window(20);
	program_writes(20 * MSS);
	EXPECT_EQ(bench.sent_count, 20);
	EXPECT_EQ(tcb()->pace_at, 0);
	expect_no_timer(CLASP_TIMER_PACING);
	forget_segments();
}

/* None that could be kept, or that anybody could mean. */
TEST(pace__no_rate_is_no_pacing)
{
	bench.config.pacing_ss_ratio = 0;
	bench.host.pace = CLASP_PACE_NONE;
	tcb_established_sack();
	window(20);
	program_writes(20 * MSS);
	EXPECT_EQ(bench.sent_count, 20);
	bench.config.pacing_ss_ratio = 200;
	tcb()->srtt_us = 1;
	segment_in("A", THEM(1), US(1 + 20 * MSS), 0);
	program_writes(20 * MSS);
	EXPECT_EQ(bench.sent_count, 40);
	EXPECT_EQ(tcb()->pace_at, 0);
	forget_segments();
}
