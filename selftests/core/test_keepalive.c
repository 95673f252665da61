// SPDX-License-Identifier: GPL-2.0
/*
 * Keep-alives (RFC 9293, 3.8.4): only where a program asks for them, only in silence, and no single answer that
 * is missing ends anything.
 */
#include "bench.h"

#define IDLE bench.config.keep_idle
#define INTERVAL bench.config.keep_interval

static void expect_probe(void)
{
	expect_segment("A", US(0), THEM(1), 0);
	expect_nothing();
}

static void answered(void)
{
	segment_in("A", THEM(1), US(1), 0);
	expect_nothing();
}

static void established_with_keepalive(void)
{
	bench.host.choice.keepalive = true;
	tcb_established();
}

TEST(keepalive__is_off_by_default)
{
	/* MUST-25 */
	tcb_established();
	expect_no_timer(CLASP_TIMER_KEEPALIVE);
	EXPECT_EQ(host_deadline(&bench.host), 0);
}

TEST(keepalive__is_switched)
{
	/* MUST-24 */
	tcb_established();
	bench.now += CLASP_SEC;
	host_keepalive(&bench.host, true, bench.now);
	expect_timer(CLASP_TIMER_KEEPALIVE, IDLE);
	host_keepalive(&bench.host, false, bench.now);
	expect_no_timer(CLASP_TIMER_KEEPALIVE);
}

TEST(keepalive__begins_with_the_connection)
{
	established_with_keepalive();
	expect_timer(CLASP_TIMER_KEEPALIVE, IDLE);
	bench_reset(bench.iss, bench.irs);
	bench.host.choice.keepalive = true;
	tcb_established_passive();
	expect_timer(CLASP_TIMER_KEEPALIVE, IDLE);
}

TEST(keepalive__waits_for_a_connection)
{
	static void (*const states[])(void) = {
		tcb_closed, tcb_listen, tcb_syn_sent, tcb_syn_rcvd_active,
	};

	for (u32 i = 0; i < 4; i++) {
		bench_reset(bench.iss, bench.irs);
		states[i]();
		host_keepalive(&bench.host, true, bench.now);
		expect_no_timer(CLASP_TIMER_KEEPALIVE);
	}
}

TEST(keepalive__times_are_the_programs_or_the_namespaces)
{
	/* MUST-27 */
	bench.host.choice.keep_idle = 10;
	bench.host.choice.keep_interval = 3;
	established_with_keepalive();
	expect_timer(CLASP_TIMER_KEEPALIVE, 10 * CLASP_SEC);
	next_deadline();
	expect_probe();
	expect_timer(CLASP_TIMER_KEEPALIVE, 3 * CLASP_SEC);
}

TEST(keepalive__probe_is_a_number_that_was_acknowledged)
{
	/* 3.8.4: SEG.SEQ = SND.NXT-1, SHLD-12: without an octet */
	established_with_keepalive();
	next_deadline();
	expect_window(bench.host.ep.tcb.rcv_edge - bench.host.ep.tcb.rcv_nxt);
	expect_probe();
	expect_timer(CLASP_TIMER_KEEPALIVE, INTERVAL);
	EXPECT_EQ(bench.host.ep.tcb.snd_nxt, US(1));
}

TEST(keepalive__probe_tells_no_new_window)
{
	u32 edge;

	/* the peer throws the segment away, and with it what it says */
	established_with_keepalive();
	segment_in("PA", THEM(1), US(1), 1460);
	time_passes(bench.config.delack);
	forget_segments();
	edge = bench.host.ep.tcb.rcv_edge;
	bench.host.rcv_buf *= 2;
	bench.host.rcv_base = bench.host.rcv_next;
	next_deadline();
	expect_window(edge - THEM(1461));
	expect_segment("A", US(0), THEM(1461), 0);
	EXPECT_EQ(bench.host.ep.tcb.rcv_edge, edge);
}

TEST(keepalive__silence_counts_from_when_the_peer_was_heard)
{
	/* MUST-26 */
	established_with_keepalive();
	bench.now += IDLE / 2;
	segment_in("PA", THEM(1), US(1), 10);
	time_passes(bench.config.delack);
	forget_segments();
	time_passes(IDLE / 2 - bench.config.delack);
	expect_nothing();
	time_passes(IDLE / 2 - 1);
	expect_nothing();
	time_passes(1);
	expect_segment("A", US(0), THEM(11), 0);
}

TEST(keepalive__not_while_anything_is_under_way)
{
	/* MUST-26: retransmission watches over that */
	bench.config.keep_idle = CLASP_SEC / 2;
	established_with_keepalive();
	program_writes(100);
	forget_segments();
	time_passes(CLASP_SEC - 1);
	expect_nothing();
	expect_timer(CLASP_TIMER_KEEPALIVE, 1);
	segment_in("A", THEM(1), US(101), 0);
	time_passes(CLASP_SEC / 2 - 1);
	expect_nothing();
	time_passes(1);
	expect_segment("A", US(100), THEM(1), 0);
}

TEST(keepalive__not_while_octets_wait)
{
	bench.config.keep_idle = CLASP_SEC / 10;
	established_with_keepalive();
	bench.host.choice.cork = true;
	program_writes(100);
	time_passes(CLASP_SEC / 10);
	expect_nothing();
	expect_timer(CLASP_TIMER_KEEPALIVE, CLASP_SEC / 10);
}

TEST(keepalive__octets_take_its_place)
{
	established_with_keepalive();
	bench.refusals = 1;
	bench.why = CLASP_REFUSED_LOCALLY;
	next_deadline();
	expect_nothing();
	program_writes(10);
	expect_segment("PA", US(1), THEM(1), 10);
	expect_nothing();
}

TEST(keepalive__an_answer_starts_the_count_again)
{
	established_with_keepalive();
	for (u32 i = 0; i < 30; i++) {
		u64 asked;

		next_deadline();
		expect_probe();
		asked = bench.now;
		answered();
		while (!bench.sent_count && bench.now < asked + IDLE - 1)
			bench.now = clasp_min64(host_deadline(&bench.host), asked + IDLE - 1),
			host_tick(&bench.host, bench.now);
		expect_nothing();
	}
	expect_state(CLASP_ESTABLISHED);
}

TEST(keepalive__no_single_silence_ends_it)
{
	u64 asked;

	/* MUST-29: nine in a row, then the peer is told, and the program */
	established_with_keepalive();
	next_deadline();
	expect_probe();
	for (u32 i = 1; i < bench.config.keep_probes; i++) {
		asked = bench.now;
		next_deadline();
		EXPECT_EQ(bench.now - asked, INTERVAL);
		expect_probe();
		expect_state(CLASP_ESTABLISHED);
	}
	next_deadline();
	expect_segment("R", US(1), 0, 0);
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
}

TEST(keepalive__as_many_as_the_program_says)
{
	bench.host.choice.keep_probes = 2;
	established_with_keepalive();
	next_deadline();
	expect_probe();
	next_deadline();
	expect_probe();
	next_deadline();
	expect_segment("R", US(1), 0, 0);
	EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
}

TEST(keepalive__ends_in_each_state)
{
	static void (*const states[])(void) = { tcb_established, tcb_fin_wait_2, tcb_close_wait };
	static const u32 next[] = { 1, 2, 1 };

	for (u32 i = 0; i < 3; i++) {
		bench_reset(bench.iss, bench.irs);
		bench.config.keep_probes = 1;
		bench.host.choice.keepalive = true;
		states[i]();
		forget_segments();
		while (bench.host.flow == FLOW_CONNECTION)
			next_deadline();
		EXPECT_EQ(bench.sent_count, 2);
		EXPECT_EQ(bench.sent[0].header.seq, US(next[i] - 1));
		EXPECT_EQ(bench.sent[1].header.seq, US(next[i]));
		EXPECT_EQ(bench.sent[1].header.flags, CLASP_RST);
		forget_segments();
		EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
	}
}

TEST(keepalive__patience_in_place_of_a_number)
{
	u64 start;

	/* RFC 5482's local half: silence for so long, and one question at least */
	bench.host.choice.user_timeout = 8000;
	bench.host.choice.keep_idle = 1;
	bench.host.choice.keep_interval = 3;
	bench.host.choice.keep_probes = 1;
	established_with_keepalive();
	start = bench.now;
	for (u32 i = 0; i < 3; i++) {
		next_deadline();
		expect_probe();
	}
	next_deadline();
	expect_segment("R", US(1), 0, 0);
	EXPECT_EQ(bench.now - start, 10 * CLASP_SEC);
	EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
}

TEST(keepalive__patience_asks_once_at_least)
{
	bench.host.choice.user_timeout = 10;
	established_with_keepalive();
	next_deadline();
	expect_probe();
	expect_state(CLASP_ESTABLISHED);
}

TEST(keepalive__a_refused_one_is_not_counted)
{
	bench.config.keep_probes = 1;
	established_with_keepalive();
	bench.refusals = 3;
	bench.why = CLASP_REFUSED_MEMORY;
	for (u32 i = 0; i < 3; i++) {
		next_deadline();
		expect_nothing();
		expect_timer(CLASP_TIMER_KEEPALIVE, 500 * CLASP_MSEC);
	}
	next_deadline();
	expect_probe();
	expect_state(CLASP_ESTABLISHED);
}

TEST(keepalive__turned_off_before_it_could_leave)
{
	established_with_keepalive();
	bench.host.ep.tcb.keepalive = true;
	host_keepalive(&bench.host, false, bench.now);
	EXPECT(!bench.host.ep.tcb.keepalive);
	time_passes(2 * IDLE);
	expect_nothing();
}

TEST(keepalive__turned_off_and_on_asks_again)
{
	/* MUST-29: nobody is given up without being asked */
	established_with_keepalive();
	bench.host.ep.tcb.unheard = 200;
	host_keepalive(&bench.host, false, bench.now);
	host_keepalive(&bench.host, true, bench.now);
	time_passes(IDLE);
	expect_probe();
	expect_state(CLASP_ESTABLISHED);
}

TEST(keepalive__idle_time_is_changed_while_it_runs)
{
	struct clasp_env env;

	established_with_keepalive();
	bench.now += 100 * CLASP_SEC;
	bench.host.choice.keep_idle = 150;
	host_env(&bench.host, bench.now, &env);
	clasp_option_keepalive(&bench.host.ep.tcb, &env, bench.host.ep.tcb.heard_at);
	expect_timer(CLASP_TIMER_KEEPALIVE, 50 * CLASP_SEC);
	bench.host.choice.keep_idle = 1;
	clasp_option_keepalive(&bench.host.ep.tcb, &env, bench.host.ep.tcb.heard_at);
	EXPECT_EQ(bench.host.ep.tcb.deadline[CLASP_TIMER_KEEPALIVE], bench.now);
}

TEST(keepalive__not_for_an_orphan_in_fin_wait_2)
{
	bench.host.choice.keepalive = true;
	tcb_fin_wait_2();
	expect_timer(CLASP_TIMER_KEEPALIVE, IDLE);
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
	expect_no_timer(CLASP_TIMER_KEEPALIVE);
	expect_timer(CLASP_TIMER_FIN_WAIT_2, bench.config.fin_timeout);
}

TEST(keepalive__is_answered)
{
	/* the other end: outside of the window, so acknowledged (3.10.7.4) */
	tcb_established();
	segment_in("A", THEM(0), US(1), 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_nothing();
}
