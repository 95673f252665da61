// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 5681, RFC 3465 and RFC 6928: first the arithmetic alone, as the algorithm of RFC 5681 has it, then what
 * a sender does with it on the wire.
 */
#include <string.h>

#include "bench.h"
#include "option.h"

#define MSS 1000

static struct clasp_cong reno(bool syn_resent)
{
	struct clasp_cong cong;

	clasp_cong_init(&cong, CLASP_CONG_NEWRENO, MSS, syn_resent);
	return cong;
}

static u32 initial_window(u32 mss)
{
	struct clasp_cong cong;

	clasp_cong_init(&cong, CLASP_CONG_NEWRENO, mss, false);
	return cong.cwnd;
}

static void acked(struct clasp_cong *cong, u32 octets)
{
	struct clasp_cong_event event = {
		.now = bench.now, .mss = MSS, .acked = octets, .burst = 2 * MSS, .limited = true,
	};

	clasp_cong_acked(cong, &event);
}

static struct clasp_cong_event loss(u32 flight)
{
	return (struct clasp_cong_event){ .now = bench.now, .mss = MSS, .flight = flight };
}

static void timeout(struct clasp_cong *cong, u32 flight, bool first)
{
	struct clasp_cong_event event = loss(flight);

	clasp_cong_timeout(cong, &event, first);
}

TEST(cong__initial_window)
{
	/* RFC 6928: min(10 * MSS, max(2 * MSS, 14600)) */
	EXPECT_EQ(initial_window(1460), 14600);
	EXPECT_EQ(initial_window(536), 5360);
	EXPECT_EQ(initial_window(4312), 14600);
	EXPECT_EQ(initial_window(8960), 17920);
	EXPECT(reno(false).ssthresh >= 65535);
}

TEST(cong__initial_window_after_a_lost_syn)
{
	/* RFC 5681, 3.1: one segment */
	EXPECT_EQ(reno(true).cwnd, MSS);
}

TEST(cong__slow_start)
{
	struct clasp_cong cong = reno(false);

	/* 3.1: at most the octets acknowledged, and at most a segment (two by RFC 3465) an ACK */
	acked(&cong, MSS);
	EXPECT_EQ(cong.cwnd, 11 * MSS);
	acked(&cong, 10);
	EXPECT_EQ(cong.cwnd, 11 * MSS + 10);
	acked(&cong, 9 * MSS);
	EXPECT_EQ(cong.cwnd, 13 * MSS + 10);
}

TEST(cong__slow_start_ends_at_ssthresh)
{
	struct clasp_cong cong = reno(false);

	cong.ssthresh = cong.cwnd;
	acked(&cong, MSS);
	EXPECT_EQ(cong.cwnd, 10 * MSS);
	/* as in Linux: there, not beyond it */
	cong.ssthresh += 10;
	acked(&cong, 2 * MSS);
	EXPECT_EQ(cong.cwnd, 10 * MSS + 10);
	acked(&cong, MSS);
	EXPECT_EQ(cong.cwnd, 10 * MSS + 10);
}

TEST(cong__ack_division_gains_nothing)
{
	struct clasp_cong cong = reno(false);

	/* RFC 5681, 3.1: a segment acknowledged octet by octet counts once */
	for (u32 i = 1; i <= MSS; i++)
		acked(&cong, 1);
	EXPECT_EQ(cong.cwnd, 11 * MSS);
}

TEST(cong__congestion_avoidance)
{
	struct clasp_cong cong = reno(false);

	/* 3.1: at most one segment a round trip */
	timeout(&cong, 20 * MSS, true);
	cong.cwnd = cong.ssthresh;
	EXPECT_EQ(cong.cwnd, 10 * MSS);
	for (u32 i = 0; i < 10; i++)
		acked(&cong, MSS);
	EXPECT_EQ(cong.cwnd, 11 * MSS);
	for (u32 i = 0; i < 11; i++)
		acked(&cong, MSS);
	EXPECT_EQ(cong.cwnd, 12 * MSS);
}

TEST(cong__avoidance_keeps_what_it_has_not_used)
{
	struct clasp_cong cong = reno(false);

	/* RFC 5681, 3.1 with RFC 3465: octets beyond a window's worth count for the next one */
	cong.cwnd = 2 * MSS;
	cong.ssthresh = 2 * MSS;
	acked(&cong, 3 * MSS);
	EXPECT_EQ(cong.cwnd, 3 * MSS);
	acked(&cong, 2 * MSS);
	EXPECT_EQ(cong.cwnd, 4 * MSS);
	/* what was counted on a path of long ago, or before a loss, is forgotten */
	acked(&cong, 3 * MSS);
	clasp_cong_restart(&cong, MSS);
	acked(&cong, MSS);
	EXPECT_EQ(cong.cwnd, 4 * MSS);
}

TEST(cong__avoidance_waits_for_the_program)
{
	struct clasp_cong cong = reno(false);
	struct clasp_cong_event event = loss(0);

	cong.ssthresh = cong.cwnd;
	event.acked = 10 * MSS;
	clasp_cong_acked(&cong, &event);
	EXPECT_EQ(cong.cwnd, 10 * MSS);
}

TEST(cong__timeout)
{
	struct clasp_cong cong = reno(false);

	/* (4): ssthresh = max(FlightSize / 2, 2 * SMSS), cwnd = one segment */
	timeout(&cong, 9000, true);
	EXPECT_EQ(cong.ssthresh, 4500);
	EXPECT_EQ(cong.cwnd, MSS);
	/* the same octets again: ssthresh stays */
	timeout(&cong, 4000, false);
	EXPECT_EQ(cong.ssthresh, 4500);
	cong = reno(false);
	timeout(&cong, 1500, true);
	EXPECT_EQ(cong.ssthresh, 2 * MSS);
}

TEST(cong__undo)
{
	struct clasp_cong cong = reno(false), before;
	struct clasp_cong_event event = loss(10 * MSS);

	cong.ssthresh = 8 * MSS;
	acked(&cong, 4 * MSS);
	before = cong;
	clasp_cong_reduce(&cong, &event);
	EXPECT_EQ(cong.ssthresh, 5 * MSS);
	cong.cwnd = 5 * MSS;
	clasp_cong_undo(&cong);
	EXPECT_EQ(cong.cwnd, before.cwnd);
	EXPECT_EQ(cong.ssthresh, before.ssthresh);
	/* the octets that had been counted are counted still: six more complete a window */
	acked(&cong, 6 * MSS);
	EXPECT_EQ(cong.cwnd, 11 * MSS);
}

TEST(cong__undo_happens_once)
{
	struct clasp_cong cong = reno(false);

	/* nothing was reduced */
	clasp_cong_undo(&cong);
	EXPECT_EQ(cong.cwnd, 10 * MSS);
	EXPECT_EQ(cong.ssthresh, CLASP_CWND_MAX);
	timeout(&cong, 10 * MSS, true);
	clasp_cong_undo(&cong);
	EXPECT_EQ(cong.cwnd, 10 * MSS);
	cong.cwnd = 2 * MSS;
	clasp_cong_undo(&cong);
	EXPECT_EQ(cong.cwnd, 2 * MSS);
	/* and never takes away what has grown since */
	timeout(&cong, 10 * MSS, true);
	cong.cwnd = 20 * MSS;
	clasp_cong_undo(&cong);
	EXPECT_EQ(cong.cwnd, 20 * MSS);
}

TEST(cong__window_never_wraps)
{
	struct clasp_cong cong = reno(false);

	cong.cwnd = CLASP_CWND_MAX - 1;
	acked(&cong, 2 * MSS);
	EXPECT_EQ(cong.cwnd, CLASP_CWND_MAX);
}

TEST(cong__restart_arithmetic)
{
	struct clasp_cong cong = reno(false);

	/* RFC 5681, 4.1: RW = min(IW, cwnd); what was learnt of the path in ssthresh stays */
	cong.cwnd = 40 * MSS;
	cong.ssthresh = 30 * MSS;
	clasp_cong_restart(&cong, MSS);
	EXPECT_EQ(cong.cwnd, 10 * MSS);
	EXPECT_EQ(cong.ssthresh, 30 * MSS);
	cong.cwnd = 3 * MSS;
	clasp_cong_restart(&cong, MSS);
	EXPECT_EQ(cong.cwnd, 3 * MSS);
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

TEST(cong__sender_grows_what_it_fills)
{
	/* RFC 9438, 5.8, RFC 9293's companions: a window that the program does not fill proves nothing */
	tcb_established();
	for (u32 i = 0; i < 5; i++) {
		program_writes(5 * 1460);
		segment_in("A", THEM(1), US(1 + (i + 1) * 5 * 1460), 0);
	}
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, 10 * 1460);
	forget_segments();
	/* a segment more would not fit: all that was sent until then counts */
	bench.host.choice.nodelay = true;
	program_writes(9 * 1460 + 1);
	segment_in("A", THEM(1), US(1 + 34 * 1460), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, 12 * 1460);
	segment_in("A", THEM(1), US(1 + 34 * 1460 + 1), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, 12 * 1460 + 1);
	program_writes(1460);
	segment_in("A", THEM(1), US(1 + 35 * 1460 + 1), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, 12 * 1460 + 1);
	forget_segments();
}

static u8 algorithm(u8 of_namespace, u8 of_socket)
{
	bench_reset(bench.iss, bench.irs);
	bench.config.congestion = of_namespace;
	bench.host.choice.congestion = of_socket;
	tcb_established();
	return bench.host.ep.tcb.cong.algorithm;
}

TEST(cong__sender_has_the_algorithm_that_was_chosen)
{
	EXPECT_EQ(algorithm(CLASP_CONG_CUBIC, 0), CLASP_CONG_CUBIC);
	EXPECT_EQ(algorithm(CLASP_CONG_NEWRENO, 0), CLASP_CONG_NEWRENO);
	EXPECT_EQ(algorithm(CLASP_CONG_NEWRENO, 1 + CLASP_CONG_CUBIC), CLASP_CONG_CUBIC);
	EXPECT_EQ(algorithm(CLASP_CONG_CUBIC, 1 + CLASP_CONG_NEWRENO), CLASP_CONG_NEWRENO);
}

TEST(cong__option)
{
	struct clasp_env env = { .config = &bench.config, .choice = &bench.host.choice };
	struct clasp_tcb *tcb = &bench.host.ep.tcb;

	/* before there is a connection, the socket's or the namespace's */
	bench.config.congestion = CLASP_CONG_NEWRENO;
	EXPECT_EQ(clasp_option_congested(tcb, &env), CLASP_CONG_NEWRENO);
	clasp_option_congest(tcb, &bench.host.choice, CLASP_CONG_CUBIC);
	EXPECT_EQ(clasp_option_congested(tcb, &env), CLASP_CONG_CUBIC);
	/* a connection's: changed at once, and for the next one too */
	tcb_established();
	EXPECT_EQ(clasp_option_congested(tcb, &env), CLASP_CONG_CUBIC);
	clasp_option_congest(tcb, &bench.host.choice, CLASP_CONG_NEWRENO);
	EXPECT_EQ(clasp_option_congested(tcb, &env), CLASP_CONG_NEWRENO);
	EXPECT_EQ(bench.host.choice.congestion, 1 + CLASP_CONG_NEWRENO);
	/* what the namespace has is no matter to a connection that is there */
	bench.host.choice.congestion = 0;
	bench.config.congestion = CLASP_CONG_CUBIC;
	EXPECT_EQ(clasp_option_congested(tcb, &env), CLASP_CONG_NEWRENO);
}

TEST(cong__names)
{
	EXPECT(!strcmp(clasp_cong_name(CLASP_CONG_CUBIC), "cubic"));
	EXPECT(!strcmp(clasp_cong_name(CLASP_CONG_NEWRENO), "reno"));
	EXPECT(!clasp_cong_name(CLASP_CONG_ALGORITHMS));
	EXPECT(!clasp_cong_name(255));
}

TEST(cong__sender_counts_no_time_of_silence)
{
	/* RFC 9438, 5.8: less than RTO, so that cwnd stays, but nothing was under way */
	tcb_established();
	bench.host.ep.tcb.cong.ssthresh = 10 * 1460;
	program_writes(10 * 1460);
	segment_in("A", THEM(1), US(1 + 10 * 1460), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.since, bench.now);
	time_passes(100 * CLASP_MSEC);
	program_writes(10 * 1460);
	EXPECT_EQ(bench.host.ep.tcb.cong.since, bench.now);
	/* what is under way is no silence */
	time_passes(100 * CLASP_MSEC);
	program_writes(1460);
	EXPECT_EQ(bench.host.ep.tcb.cong.since, bench.now - 100 * CLASP_MSEC);
	forget_segments();
}

TEST(cong__a_probe_of_a_closed_window_ends_a_silence)
{
	/* RFC 5681, 4.1: its octet is the first one for longer than RTO */
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	program_writes(1460);
	bench.host.ep.tcb.cong.cwnd = 40 * 1460;
	next_deadline();
	expect_segment("A", US(1), THEM(1), 1);
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, 10 * 1460);
}
