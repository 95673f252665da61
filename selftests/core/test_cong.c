// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 5681, RFC 6582, RFC 3042 and RFC 6928: first the arithmetic alone, then what a sender does
 * with it on the wire.
 */
#include "bench.h"

#define MSS 1000

TEST(cong__initial_window)
{
	struct clasp_cong cong;

	/* RFC 6928: min(10 * MSS, max(2 * MSS, 14600)) */
	clasp_cong_init(&cong, 1460, false);
	EXPECT_EQ(clasp_cong_window(&cong, 1460), 14600);
	clasp_cong_init(&cong, 536, false);
	EXPECT_EQ(clasp_cong_window(&cong, 536), 5360);
	clasp_cong_init(&cong, 4312, false);
	EXPECT_EQ(clasp_cong_window(&cong, 4312), 14600);
	clasp_cong_init(&cong, 8960, false);
	EXPECT_EQ(clasp_cong_window(&cong, 8960), 17920);
	EXPECT(cong.ssthresh >= 65535);
}

TEST(cong__initial_window_after_a_lost_syn)
{
	struct clasp_cong cong;

	/* RFC 5681, 3.1: one segment */
	clasp_cong_init(&cong, MSS, true);
	EXPECT_EQ(clasp_cong_window(&cong, MSS), MSS);
}

TEST(cong__slow_start)
{
	struct clasp_cong cong;
	bool resend = false;

	/* 3.1: at most the octets acknowledged, and at most a segment (two by RFC 3465) an ACK */
	clasp_cong_init(&cong, MSS, false);
	clasp_cong_acked(&cong, MSS, MSS, 1000, 9000, &resend);
	EXPECT_EQ(cong.cwnd, 11 * MSS);
	clasp_cong_acked(&cong, MSS, 10, 1010, 9000, &resend);
	EXPECT_EQ(cong.cwnd, 11 * MSS + 10);
	clasp_cong_acked(&cong, MSS, 9 * MSS, 9010, 0, &resend);
	EXPECT_BETWEEN(cong.cwnd, 12 * MSS + 10, 13 * MSS + 10);
	EXPECT(!resend);
}

TEST(cong__ack_division_gains_nothing)
{
	struct clasp_cong cong;
	bool resend = false;

	/* RFC 5681, 3.1: a segment acknowledged octet by octet counts once */
	clasp_cong_init(&cong, MSS, false);
	for (u32 i = 1; i <= MSS; i++)
		clasp_cong_acked(&cong, MSS, 1, i, 9000, &resend);
	EXPECT_EQ(cong.cwnd, 11 * MSS);
}

TEST(cong__congestion_avoidance)
{
	struct clasp_cong cong;
	bool resend = false;
	u32 una = 0;

	/* 3.1: at most one segment a round trip */
	clasp_cong_init(&cong, MSS, false);
	clasp_cong_timeout(&cong, MSS, 20 * MSS, 0, true);
	cong.lossy = false;
	cong.cwnd = cong.ssthresh;
	EXPECT_EQ(cong.cwnd, 10 * MSS);
	for (u32 i = 0; i < 10; i++)
		clasp_cong_acked(&cong, MSS, MSS, una += MSS, 9 * MSS, &resend);
	EXPECT_EQ(cong.cwnd, 11 * MSS);
	for (u32 i = 0; i < 11; i++)
		clasp_cong_acked(&cong, MSS, MSS, una += MSS, 9 * MSS, &resend);
	EXPECT_EQ(cong.cwnd, 12 * MSS);
}

TEST(cong__timeout)
{
	struct clasp_cong cong;

	/* (4): ssthresh = max(FlightSize / 2, 2 * SMSS), cwnd = one segment */
	clasp_cong_init(&cong, MSS, false);
	clasp_cong_timeout(&cong, MSS, 9000, 9000, true);
	EXPECT_EQ(cong.ssthresh, 4500);
	EXPECT_EQ(clasp_cong_window(&cong, MSS), MSS);
	/* the same octets again: ssthresh stays */
	clasp_cong_timeout(&cong, MSS, 4000, 9000, false);
	EXPECT_EQ(cong.ssthresh, 4500);
	clasp_cong_init(&cong, MSS, false);
	clasp_cong_timeout(&cong, MSS, 1500, 1500, true);
	EXPECT_EQ(cong.ssthresh, 2 * MSS);
}

TEST(cong__fast_retransmit_arithmetic)
{
	struct clasp_cong cong;
	bool resend = false;

	/* 3.2: third duplicate: ssthresh = max(flight / 2, 2 * SMSS), cwnd = ssthresh + 3 * SMSS */
	clasp_cong_init(&cong, MSS, false);
	EXPECT(!clasp_cong_duplicate(&cong, MSS, 0, 10 * MSS));
	EXPECT(!clasp_cong_duplicate(&cong, MSS, 0, 10 * MSS));
	EXPECT(clasp_cong_duplicate(&cong, MSS, 0, 10 * MSS));
	EXPECT_EQ(cong.ssthresh, 5 * MSS);
	EXPECT_EQ(clasp_cong_window(&cong, MSS), 8 * MSS);
	/* each further duplicate: one segment more, no second retransmission */
	EXPECT(!clasp_cong_duplicate(&cong, MSS, 0, 10 * MSS));
	EXPECT_EQ(clasp_cong_window(&cong, MSS), 9 * MSS);
	/* RFC 6582, 3.2 (3), full: cwnd = min(ssthresh, max(FlightSize, SMSS) + SMSS) */
	clasp_cong_acked(&cong, MSS, 10 * MSS, 10 * MSS, 0, &resend);
	EXPECT(!resend);
	EXPECT_EQ(clasp_cong_window(&cong, MSS), 2 * MSS);
}

TEST(cong__partial_ack_arithmetic)
{
	struct clasp_cong cong;
	bool resend = false;

	/* RFC 6582, 3.2 (3), partial: deflate by what was acknowledged, add a segment */
	clasp_cong_init(&cong, MSS, false);
	for (u32 i = 0; i < 3; i++)
		clasp_cong_duplicate(&cong, MSS, 0, 10 * MSS);
	clasp_cong_acked(&cong, MSS, 3 * MSS, 3 * MSS, 7 * MSS, &resend);
	EXPECT(resend);
	EXPECT_EQ(clasp_cong_window(&cong, MSS), 8 * MSS - 3 * MSS + MSS);
	resend = false;
	clasp_cong_acked(&cong, MSS, 7 * MSS, 10 * MSS, 4 * MSS, &resend);
	EXPECT(!resend);
	EXPECT_EQ(clasp_cong_window(&cong, MSS), 5 * MSS);
}

TEST(cong__no_fast_retransmit_below_recover)
{
	struct clasp_cong cong;
	bool resend = false;

	/* RFC 6582, 3.2 (2), (4): after a timeout, duplicates below "recover" say nothing */
	clasp_cong_init(&cong, MSS, false);
	clasp_cong_timeout(&cong, MSS, 10 * MSS, 10 * MSS, true);
	for (u32 i = 0; i < 5; i++)
		EXPECT(!clasp_cong_duplicate(&cong, MSS, MSS, 10 * MSS));
	clasp_cong_acked(&cong, MSS, 9 * MSS, 10 * MSS, 0, &resend);
	clasp_cong_acked(&cong, MSS, MSS, 11 * MSS, 4 * MSS, &resend);
	EXPECT(!clasp_cong_duplicate(&cong, MSS, 11 * MSS, 15 * MSS));
	EXPECT(!clasp_cong_duplicate(&cong, MSS, 11 * MSS, 15 * MSS));
	EXPECT(clasp_cong_duplicate(&cong, MSS, 11 * MSS, 15 * MSS));
}

TEST(cong__limited_transmit_ends_after_two)
{
	struct clasp_cong cong;

	/* RFC 3042: also where duplicates lead to no retransmission */
	clasp_cong_init(&cong, MSS, false);
	clasp_cong_timeout(&cong, MSS, 10 * MSS, 10 * MSS, true);
	for (u32 i = 1; i <= 4; i++) {
		clasp_cong_duplicate(&cong, MSS, MSS, 10 * MSS);
		EXPECT_EQ(clasp_cong_window(&cong, MSS), (1 + clasp_min(i, 2)) * MSS);
	}
}

TEST(cong__avoidance_keeps_what_it_has_not_used)
{
	struct clasp_cong cong;
	bool resend = false;

	/* RFC 5681, 3.1 with RFC 3465: octets beyond a window's worth count for the next one */
	clasp_cong_init(&cong, MSS, false);
	cong.cwnd = 2 * MSS;
	cong.ssthresh = 2 * MSS;
	clasp_cong_acked(&cong, MSS, 3 * MSS, 3 * MSS, 0, &resend);
	EXPECT_EQ(cong.cwnd, 3 * MSS);
	clasp_cong_acked(&cong, MSS, 2 * MSS, 5 * MSS, 0, &resend);
	EXPECT_EQ(cong.cwnd, 4 * MSS);
}

TEST(cong__window_never_wraps)
{
	struct clasp_cong cong;
	bool resend = false;

	clasp_cong_init(&cong, MSS, true);
	for (u32 i = 0; i < 3; i++)
		clasp_cong_duplicate(&cong, MSS, 0, MSS);
	/* a segment size that grew in between */
	clasp_cong_acked(&cong, 9 * MSS, 8 * MSS, 0, 0, &resend);
	EXPECT(clasp_cong_window(&cong, 9 * MSS) < 100 * MSS);
}

TEST(cong__restart_arithmetic)
{
	struct clasp_cong cong;

	/* RFC 5681, 4.1: RW = min(IW, cwnd); what was learnt of the path in ssthresh stays */
	clasp_cong_init(&cong, MSS, false);
	cong.cwnd = 40 * MSS;
	cong.ssthresh = 30 * MSS;
	cong.credit = 5 * MSS;
	clasp_cong_restart(&cong, MSS);
	EXPECT_EQ(cong.cwnd, 10 * MSS);
	EXPECT_EQ(cong.ssthresh, 30 * MSS);
	EXPECT_EQ(cong.credit, 0);
	cong.cwnd = 3 * MSS;
	clasp_cong_restart(&cong, MSS);
	EXPECT_EQ(cong.cwnd, 3 * MSS);
}

static void ten_in_flight(u32 waiting)
{
	tcb_established();
	program_writes(10 * 1460 + waiting);
	for (u32 i = 0; i < 10; i++)
		expect_segment("A", US(1 + i * 1460), THEM(1), 1460);
	expect_nothing();
}

TEST(cong__sender_starts_with_ten)
{
	ten_in_flight(30000);
}

TEST(cong__sender_slow_starts)
{
	ten_in_flight(30000);
	segment_in("A", THEM(1), US(1461), 0);
	expect_segment("A", US(14601), THEM(1), 1460);
	expect_segment("A", US(16061), THEM(1), 1460);
	expect_nothing();
}

TEST(cong__sender_after_a_timeout)
{
	ten_in_flight(30000);
	next_deadline();
	expect_segment("A", US(1), THEM(1), 1460);
	expect_nothing();
	/* slow start from one: two segments, beginning where the hole may be */
	segment_in("A", THEM(1), US(1461), 0);
	expect_segment("A", US(1461), THEM(1), 1460);
	expect_segment("A", US(2921), THEM(1), 1460);
	expect_nothing();
}

TEST(cong__sender_limited_transmit)
{
	/* RFC 3042: the first two duplicates let one new segment out each */
	ten_in_flight(30000);
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(14601), THEM(1), 1460);
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(16061), THEM(1), 1460);
	expect_nothing();
}

TEST(cong__sender_fast_retransmit)
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
	EXPECT(!bench.host.ep.tcb.cong.recovering);
}

TEST(cong__sender_partial_ack)
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

TEST(cong__sender_partial_acks_restart_the_timer)
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

TEST(cong__sender_goes_on_after_recovery)
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

/* Twenty segments of congestion window, all acknowledged, and then a while of silence. */
static u32 sent_after(u64 silence)
{
	u32 sent;

	bench_reset(bench.iss, bench.irs);
	ten_in_flight(0);
	for (u32 i = 1; i <= 10; i++)
		segment_in("A", THEM(1), US(1 + i * 1460), 0);
	time_passes(silence);
	program_writes(40 * 1460);
	sent = bench.sent_count;
	forget_segments();
	return sent;
}

TEST(cong__sender_restarts_after_silence)
{
	/* "has not sent data in an interval exceeding the retransmission timeout" */
	EXPECT_EQ(sent_after(0), 20);
	EXPECT_EQ(sent_after(bench.config.rto_init), 20);
	EXPECT_EQ(sent_after(bench.config.rto_init + 1), 10);
	/* and goes on from there */
	segment_in("A", THEM(1), US(1 + 11 * 1460), 0);
	EXPECT_EQ(bench.sent_count, 2);
	forget_segments();
}

TEST(cong__sender_does_not_restart_while_it_sends)
{
	/* the first of many counts as little as the last: each is another of the same burst */
	sent_after(0);
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, 20 * 1460);
	segment_in("A", THEM(1), US(1 + 30 * 1460), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, 22 * 1460);
	forget_segments();
}
