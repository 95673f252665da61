// SPDX-License-Identifier: GPL-2.0
/*
 * Deadlines: retransmission with backoff, R2, the persist timer, and what a tick may not do before
 * its time (RFC 9293, 3.8.1, 3.8.3, 3.8.6.1; RFC 6298, section 5).
 */
#include <string.h>

#include "bench.h"

TEST(timer__names)
{
	EXPECT(!strcmp(clasp_timer_name(CLASP_TIMER_RETRANSMIT), "retransmit"));
	EXPECT(!strcmp(clasp_timer_name(CLASP_TIMER_PERSIST), "persist"));
	EXPECT(!strcmp(clasp_timer_name(CLASP_TIMER_DELACK), "delayed_ack"));
	EXPECT(!strcmp(clasp_timer_name(CLASP_TIMER_FIN_WAIT_2), "fin_wait_2"));
	EXPECT(!strcmp(clasp_timer_name(CLASP_TIMER_KEEPALIVE), "keepalive"));
	EXPECT(!strcmp(clasp_timer_name(CLASP_TIMERS), "?"));
}

TEST(timer__deadline_is_the_earliest)
{
	struct clasp_tcb tcb = { .state = CLASP_ESTABLISHED };

	EXPECT_EQ(clasp_timer_deadline(&tcb), 0);
	tcb.deadline[CLASP_TIMER_FIN_WAIT_2] = 300;
	EXPECT_EQ(clasp_timer_deadline(&tcb), 300);
	tcb.deadline[CLASP_TIMER_PERSIST] = 200;
	tcb.deadline[CLASP_TIMER_DELACK] = 250;
	EXPECT_EQ(clasp_timer_deadline(&tcb), 200);
}

TEST(timer__early_tick_does_nothing)
{
	struct clasp_tcb before;

	tcb_established();
	program_writes(100);
	forget_segments();
	before = bench.host.ep.tcb;
	bench.now = host_deadline(&bench.host) - 1;
	host_tick(&bench.host, bench.now);
	expect_nothing();
	EXPECT(!memcmp(&before, &bench.host.ep.tcb, sizeof(before)));
}

TEST(timer__due_is_what_has_come)
{
	struct clasp_tcb tcb = { .state = CLASP_ESTABLISHED };

	tcb.deadline[CLASP_TIMER_DELACK] = 200;
	tcb.deadline[CLASP_TIMER_FIN_WAIT_2] = 300;
	EXPECT_EQ(clasp_timer_due(&tcb, 199), 0);
	EXPECT_EQ(clasp_timer_due(&tcb, 200), 1 << CLASP_TIMER_DELACK);
	EXPECT_EQ(clasp_timer_due(&tcb, 300), 1 << CLASP_TIMER_DELACK | 1 << CLASP_TIMER_FIN_WAIT_2);
}

TEST(timer__only_what_is_due_fires)
{
	struct clasp_tcb *tcb = &bench.host.ep.tcb;
	struct clasp_result result;
	struct clasp_env env;

	tcb_established();
	program_writes(100);
	forget_segments();
	segment_in("PA", THEM(1), US(1), 10);
	bench.now += 50 * CLASP_MSEC;
	EXPECT_EQ(clasp_timer_due(tcb, bench.now), 1 << CLASP_TIMER_DELACK);
	host_env(&bench.host, bench.now, &env);
	clasp_timer_expired(tcb, &env, &result);
	EXPECT(result.flags & CLASP_OUTPUT);
	EXPECT_EQ(clasp_timer_due(tcb, bench.now), 0);
	EXPECT(tcb->deadline[CLASP_TIMER_RETRANSMIT]);
}

TEST(timer__retransmits_the_first_segment)
{
	/* RFC 6298, 5.4: the earliest segment; with one segment of congestion window, only it */
	tcb_established();
	program_writes(5 * 1460);
	forget_segments();
	next_deadline();
	expect_segment("A", US(1), THEM(1), 1460);
	expect_nothing();
}

TEST(timer__backs_off)
{
	u64 last, wait = bench.config.rto_init;

	/* RFC 6298, 5.5: RTO <- RTO * 2, up to the ceiling */
	tcb_established();
	program_writes(100);
	forget_segments();
	last = bench.now;
	for (u32 i = 0; i < 12; i++) {
		EXPECT_EQ(host_deadline(&bench.host) - last, wait);
		next_deadline();
		expect_segment("PA", US(1), THEM(1), 100);
		last = bench.now;
		wait = clasp_min64(2 * wait, bench.config.rto_max);
	}
}

TEST(timer__restarts_on_progress)
{
	/* RFC 6298, 5.3 */
	tcb_established();
	program_writes(2920);
	forget_segments();
	time_passes(600 * CLASP_MSEC);
	segment_in("A", THEM(1), US(1461), 0);
	EXPECT(bench.host.ep.tcb.deadline[CLASP_TIMER_RETRANSMIT] > bench.now + 500 * CLASP_MSEC);
	segment_in("A", THEM(1), US(2921), 0);
	expect_no_timer(CLASP_TIMER_RETRANSMIT);
}

TEST(timer__does_not_restart_on_more_data)
{
	/* RFC 6298, 5.1: if the timer is not running, start it */
	u64 deadline;

	tcb_established();
	program_writes(1460);
	deadline = bench.host.ep.tcb.deadline[CLASP_TIMER_RETRANSMIT];
	time_passes(500 * CLASP_MSEC);
	program_writes(1460);
	forget_segments();
	EXPECT_EQ(bench.host.ep.tcb.deadline[CLASP_TIMER_RETRANSMIT], deadline);
}

TEST(timer__duplicate_acks_do_not_restart_it)
{
	u64 deadline;

	tcb_established();
	program_writes(1460);
	forget_segments();
	deadline = bench.host.ep.tcb.deadline[CLASP_TIMER_RETRANSMIT];
	time_passes(500 * CLASP_MSEC);
	segment_in("A", THEM(1), US(1), 0);
	EXPECT_EQ(bench.host.ep.tcb.deadline[CLASP_TIMER_RETRANSMIT], deadline);
}

static u32 ticks_until_closed(void)
{
	u32 ticks = 0;

	while (bench.host.flow == FLOW_CONNECTION && ticks++ < 1000)
		next_deadline();
	return ticks;
}

TEST(timer__doubts_the_route_from_r1_on)
{
	/* 3.8.3: at least three retransmissions (SHLD-10) */
	struct clasp_result result;
	struct clasp_env env;

	tcb_established();
	program_writes(100);
	forget_segments();
	for (u32 i = 1; i <= 5; i++) {
		bench.now = host_deadline(&bench.host);
		host_env(&bench.host, bench.now, &env);
		clasp_timer_expired(&bench.host.ep.tcb, &env, &result);
		EXPECT_EQ(result.flags & CLASP_DOUBT, i < 3 ? 0 : CLASP_DOUBT);
		host_output(&bench.host, bench.now);
		forget_segments();
	}
	segment_in("A", THEM(1), US(101), 0);
	program_writes(100);
	forget_segments();
	bench.now = host_deadline(&bench.host);
	host_env(&bench.host, bench.now, &env);
	clasp_timer_expired(&bench.host.ep.tcb, &env, &result);
	EXPECT_EQ(result.flags & CLASP_DOUBT, 0);
}

TEST(timer__gives_up_at_r2)
{
	/* 3.8.3: R2 retransmissions, at least 100 s; then "aborted due to user timeout" */
	u64 start;

	tcb_established();
	start = bench.now;
	program_writes(100);
	EXPECT_EQ(ticks_until_closed(), bench.config.retries2 + 1);
	EXPECT_EQ(bench.sent_count, bench.config.retries2 + 1);
	forget_segments();
	EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
	expect_state(CLASP_CLOSED);
	EXPECT(bench.now - start >= 100 * CLASP_SEC);
}

TEST(timer__gives_up_in_each_state)
{
	static void (*const states[])(void) = {
		tcb_syn_rcvd_active, tcb_fin_wait_1, tcb_closing, tcb_last_ack,
	};

	for (u32 i = 0; i < 4; i++) {
		bench_reset(bench.iss, bench.irs);
		states[i]();
		ticks_until_closed();
		forget_segments();
		EXPECT_EQ(bench.host.flow, FLOW_NONE);
		EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
	}
}

TEST(timer__gives_up_what_close_wait_sends)
{
	tcb_close_wait();
	program_writes(100);
	ticks_until_closed();
	forget_segments();
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(bench.host.flow, FLOW_NONE);
	EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
}

TEST(timer__syn_is_repeated_for_three_minutes)
{
	/* MUST-23 */
	u64 start = bench.now;

	tcb_syn_sent();
	EXPECT_EQ(ticks_until_closed(), 8);
	for (u32 i = 0; i < 7; i++)
		expect_segment("S", US(0), 0, 0);
	expect_nothing();
	EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
	EXPECT(bench.now - start >= 180 * CLASP_SEC);
}

TEST(timer__an_orphan_gives_up_sooner)
{
	tcb_established();
	program_writes(100);
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
	/* RTO is 1 s: 1 + 2 + 4 + 8 + 16 + 32 + 64 s are the first sum beyond 102.2 s */
	EXPECT_EQ(ticks_until_closed(), 7);
	forget_segments();
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
}

/* What a FIN of an orphan is worth: 0.2 s x (2^(retries + 1) - 1), RTO being at its floor. */
TEST(timer__an_orphan_repeats_as_often_as_is_set)
{
	for (u32 retries = 0; retries < 4; retries++) {
		bench_reset(bench.iss, bench.irs);
		bench.config.orphan_retries = retries;
		bench.config.rto_init = bench.config.rto_min;
		tcb_established();
		host_close(&bench.host, CLASP_END_SOCKET, bench.now);
		EXPECT_EQ(ticks_until_closed(), retries ? retries + 1 : 9);
		forget_segments();
		expect_state(CLASP_CLOSED);
	}
}

TEST(timer__an_orphan_outlives_no_backoff_of_before)
{
	u64 start;

	/* losses before close() left RTO at its ceiling: once more, and no 8 times */
	tcb_established();
	program_writes(100);
	for (u32 i = 0; i < 10; i++)
		next_deadline();
	segment_in("A", THEM(1), US(101), 0);
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
	start = bench.now;
	EXPECT_EQ(ticks_until_closed(), 2);
	EXPECT_EQ(bench.now - start, 2 * bench.config.rto_max);
	forget_segments();
	expect_state(CLASP_CLOSED);
}

TEST(timer__an_orphan_counts_from_the_last_progress)
{
	tcb_established();
	program_writes(2920);
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
	for (u32 i = 0; i < 5; i++)
		next_deadline();
	segment_in("A", THEM(1), US(1461), 0);
	next_deadline();
	expect_state(CLASP_FIN_WAIT_1);
	/* RTO stands at 32 s: 32 + 64 s are not enough, 128 s more are, cut to 120 */
	EXPECT_EQ(ticks_until_closed(), 2);
	forget_segments();
}

TEST(timer__progress_starts_the_count_again)
{
	tcb_established();
	program_writes(2920);
	for (u32 i = 0; i < 10; i++)
		next_deadline();
	segment_in("A", THEM(1), US(1461), 0);
	for (u32 i = 0; i < 10; i++)
		next_deadline();
	forget_segments();
	expect_state(CLASP_ESTABLISHED);
}

static void window_closes(void)
{
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	program_writes(1000);
	expect_nothing();
}

TEST(timer__persist_probes_with_one_octet)
{
	/* MUST-36, SHLD-29: first after a retransmission timeout */
	window_closes();
	expect_timer(CLASP_TIMER_PERSIST, bench.config.rto_init);
	next_deadline();
	expect_segment("A", US(1), THEM(1), 1);
	expect_nothing();
}

TEST(timer__persist_backs_off)
{
	/* SHLD-30: the intervals grow exponentially, here doubling as Linux does, to a ceiling */
	u64 last, wait = bench.config.rto_init;

	window_closes();
	last = bench.now;
	for (u32 i = 0; i < 12; i++) {
		EXPECT_EQ(host_deadline(&bench.host) - last, wait);
		next_deadline();
		last = bench.now;
		expect_segment("A", US(1), THEM(1), 1);
		segment_in_wnd("A", THEM(1), US(1), 0, 0);
		expect_nothing();
		wait = clasp_min64(2 * wait, bench.config.rto_max);
	}
}

TEST(timer__persist_backs_off_alike_without_answers)
{
	u64 last, wait = bench.config.rto_init;

	window_closes();
	last = bench.now;
	for (u32 i = 0; i < 12; i++) {
		EXPECT_EQ(host_deadline(&bench.host) - last, wait);
		next_deadline();
		last = bench.now;
		expect_segment("A", US(1), THEM(1), 1);
		wait = clasp_min64(2 * wait, bench.config.rto_max);
	}
}

TEST(timer__persist_lasts_while_probes_are_answered)
{
	/* MUST-37 */
	window_closes();
	for (u32 i = 0; i < 200; i++) {
		next_deadline();
		expect_segment("A", US(1), THEM(1), 1);
		segment_in_wnd("A", THEM(1), US(1), 0, 0);
	}
	expect_state(CLASP_ESTABLISHED);
	/* the probe's octet again, the rest behind it or behind its ACK (Nagle) */
	segment_in("A", THEM(1), US(1), 0);
	EXPECT_EQ(bench.sent[0].header.seq, US(1));
	forget_segments();
	segment_in("A", THEM(1), US(2), 0);
	forget_segments();
	segment_in("A", THEM(1), US(1001), 0);
	EXPECT_EQ(bench.host.snd_queued, 0);
}

TEST(timer__persist_ends_when_nobody_answers)
{
	window_closes();
	EXPECT_BETWEEN(ticks_until_closed(), 8, bench.config.retries2 + 1);
	forget_segments();
	EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
}

TEST(timer__persist_octet_that_is_taken)
{
	window_closes();
	next_deadline();
	expect_segment("A", US(1), THEM(1), 1);
	segment_in_wnd("A", THEM(1), US(2), 0, 0);
	next_deadline();
	expect_segment("A", US(2), THEM(1), 1);
	segment_in("A", THEM(1), US(3), 0);
	expect_segment("PA", US(3), THEM(1), 998);
}

TEST(timer__persist_window_opens)
{
	window_closes();
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("PA", US(1), THEM(1), 1000);
	expect_no_timer(CLASP_TIMER_PERSIST);
	EXPECT(bench.host.ep.tcb.deadline[CLASP_TIMER_RETRANSMIT]);
}

TEST(timer__persist_probe_is_sent_again_when_the_window_opens)
{
	/* the octet of the probe had no room: it was thrown away */
	window_closes();
	next_deadline();
	expect_segment("A", US(1), THEM(1), 1);
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(1), THEM(1), 1);
	forget_segments();
}

TEST(timer__persist_for_what_was_sent_before_the_window_closed)
{
	/* MUST-35: the window shrinks to zero: probe in the standard way, do not time out */
	tcb_established();
	program_writes(2920);
	forget_segments();
	segment_in_wnd("A", THEM(1), US(1461), 0, 0);
	for (u32 i = 0; i < 50; i++) {
		next_deadline();
		EXPECT(bench.sent_count);
		EXPECT_EQ(bench.sent[0].header.seq, US(1461));
		forget_segments();
		segment_in_wnd("A", THEM(1), US(1461), 0, 0);
	}
	expect_state(CLASP_ESTABLISHED);
}

TEST(timer__persist_at_both_ends)
{
	/* A.2: our probe and the peer's were taken, both ACKs were lost, and so all segments look old */
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	program_writes(2);
	next_deadline();
	expect_segment("A", US(1), THEM(1), 1);
	segment_in_wnd("PA", THEM(1), US(1), 1, 0);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(2), 0);
	segment_in_wnd("A", THEM(1), US(2), 0, 0);
	EXPECT_EQ(bench.host.ep.tcb.snd_una, US(2));
	forget_segments();
	/* what acknowledges nothing new, or what was never sent, does not count */
	segment_in("PA", THEM(1), US(2), 1);
	segment_in("PA", THEM(1), US(100), 1);
	EXPECT_EQ(bench.host.ep.tcb.snd_una, US(2));
	EXPECT_EQ(bench.host.ep.tcb.snd_wnd, 0);
	forget_segments();
}

TEST(timer__persist_at_both_ends_and_a_fin)
{
	tcb_established();
	segment_in_wnd("FA", THEM(1), US(1), 0, 0);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(2), 0);
	next_deadline();
	expect_segment("FA", US(1), THEM(2), 0);
	expect_state(CLASP_LAST_ACK);
	segment_in_wnd("FA", THEM(1), US(2), 0, 0);
	expect_state(CLASP_CLOSED);
	EXPECT(bench.host.ended);
	forget_segments();
}

TEST(timer__persist_for_a_fin)
{
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	expect_state(CLASP_FIN_WAIT_1);
	expect_nothing();
	next_deadline();
	expect_segment("FA", US(1), THEM(1), 0);
	segment_in_wnd("A", THEM(1), US(2), 0, 0);
	expect_state(CLASP_FIN_WAIT_2);
	EXPECT_EQ(host_deadline(&bench.host), 0);
}

TEST(timer__orphan_behind_a_closed_window_ends)
{
	u64 start;

	/* RFC 1122, 4.2.2.17 lets a connection stay; without a program it would stay for nobody */
	window_closes();
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
	start = bench.now;
	for (u32 i = 0; i < 100 && bench.host.flow == FLOW_CONNECTION; i++) {
		next_deadline();
		forget_segments();
		if (bench.host.flow == FLOW_CONNECTION)
			segment_in_wnd("A", THEM(1), US(1), 0, 0);
	}
	EXPECT_EQ(bench.host.flow, FLOW_NONE);
	EXPECT_EQ(bench.now - start, 127 * CLASP_SEC);
}

TEST(timer__an_expiry_that_found_no_way_out_counts_once)
{
	/* the queue below is full: each duplicate ACK meanwhile is no timeout more */
	tcb_established_sack();
	program_writes(10 * 1460);
	SACK_IN(1, { 1461, 2921 });
	bench.refusals = 1000;
	bench.why = CLASP_REFUSED_QUEUE;
	while (!bench.host.ep.tcb.retries)
		next_deadline();
	for (u32 i = 0; i < 20; i++) {
		bench.now += CLASP_MSEC;
		SACK_IN(1, { 1461, 2921 });
		time_passes(1);
	}
	EXPECT_EQ(bench.host.ep.tcb.retries, 1);
	expect_state(CLASP_ESTABLISHED);
	forget_segments();
}
