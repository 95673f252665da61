// SPDX-License-Identifier: GPL-2.0
/*
 * What programs choose for their connections: R2 in time, how often a SYN is repeated, how long FIN_WAIT_2 may
 * last, how large segments are and when small ones leave, when ACKs do.
 */
#include "bench.h"

static u64 ends_after(void)
{
	u64 start = bench.now;

	while (bench.host.flow == FLOW_CONNECTION) {
		next_deadline();
		forget_segments();
	}
	EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
	return bench.now - start;
}

TEST(choice__user_timeout_is_r2_in_time)
{
	/* MUST-21; as in Linux it counts from the first retransmission */
	bench.host.choice.user_timeout = 5000;
	tcb_established();
	program_writes(100);
	EXPECT_EQ(ends_after(), bench.config.rto_init + 5 * CLASP_SEC);
}

TEST(choice__user_timeout_of_more_than_r2)
{
	bench.host.choice.user_timeout = 3600 * 1000;
	tcb_established();
	program_writes(100);
	EXPECT_EQ(ends_after(), bench.config.rto_init + 3600 * CLASP_SEC);
}

TEST(choice__user_timeout_lets_one_retransmission_leave)
{
	bench.host.choice.user_timeout = 1;
	tcb_established();
	program_writes(100);
	next_deadline();
	expect_segment("PA", US(1), THEM(1), 100);
	expect_segment("PA", US(1), THEM(1), 100);
	next_deadline();
	expect_nothing();
	EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
}

TEST(choice__user_timeout_begins_again_with_progress)
{
	bench.host.choice.user_timeout = 5000;
	tcb_established();
	program_writes(2920);
	time_passes(4 * CLASP_SEC);
	segment_in("A", THEM(1), US(1461), 0);
	time_passes(4 * CLASP_SEC);
	expect_state(CLASP_ESTABLISHED);
	forget_segments();
	EXPECT_BETWEEN(ends_after(), 3 * CLASP_SEC, 7 * CLASP_SEC);
}

TEST(choice__user_timeout_of_a_call)
{
	/* as in Linux from the first SYN, and SYNs are counted all the same */
	bench.host.choice.user_timeout = 2500;
	tcb_syn_sent();
	EXPECT_EQ(ends_after(), 2500 * CLASP_MSEC);
	bench_reset(bench.iss, bench.irs);
	bench.host.choice.user_timeout = 1000 * 1000;
	tcb_syn_sent();
	EXPECT_EQ(ends_after(), 247 * CLASP_SEC);
}

TEST(choice__user_timeout_lets_one_more_syn_leave)
{
	bench.host.choice.user_timeout = 500;
	tcb_syn_sent();
	next_deadline();
	expect_segment("S", US(0), 0, 0);
	EXPECT_EQ(bench.host.error, 0);
	next_deadline();
	EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
}

TEST(choice__user_timeout_of_an_orphan)
{
	bench.host.choice.user_timeout = 500 * 1000;
	tcb_fin_wait_1();
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
	EXPECT_EQ(ends_after(), bench.config.rto_init + 500 * CLASP_SEC);
}

TEST(choice__user_timeout_ends_answered_probes)
{
	u64 first;

	/* 3.8.6.1 would let it stay; the program does not */
	bench.host.choice.user_timeout = 5000;
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	program_writes(100);
	next_deadline();
	first = bench.now;
	for (u32 i = 0; i < 100 && bench.host.flow == FLOW_CONNECTION; i++) {
		forget_segments();
		segment_in_wnd("A", THEM(1), US(1), 0, 0);
		next_deadline();
	}
	forget_segments();
	EXPECT_EQ(bench.now - first, 5 * CLASP_SEC);
	EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
}

TEST(choice__user_timeout_forgets_a_window_that_opened)
{
	bench.host.choice.user_timeout = 3000;
	tcb_established();
	for (u32 i = 0; i < 5; i++) {
		segment_in_wnd("A", THEM(1), US(1 + i), 0, 0);
		program_writes(1);
		time_passes(2 * CLASP_SEC);
		segment_in("A", THEM(1), US(1 + i), 0);
		forget_segments();
		segment_in("A", THEM(1), US(2 + i), 0);
	}
	expect_state(CLASP_ESTABLISHED);
	expect_nothing();
}

TEST(choice__user_timeout_forgets_probes_that_were_taken)
{
	/* the peer's window stays closed, but its program takes one octet after another */
	bench.host.choice.user_timeout = 5000;
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	for (u32 i = 0; i < 10; i++) {
		program_writes(1);
		next_deadline();
		expect_segment("PA", US(1 + i), THEM(1), 1);
		segment_in_wnd("A", THEM(1), US(2 + i), 0, 0);
		time_passes(60 * CLASP_SEC);
	}
	expect_state(CLASP_ESTABLISHED);
	expect_nothing();
}

TEST(choice__user_timeout_of_many_retransmissions)
{
	/* more than a count of eight bits holds */
	bench.host.choice.user_timeout = 1000 * 1000;
	bench.config.rto_max = CLASP_SEC;
	tcb_established();
	program_writes(100);
	EXPECT_BETWEEN(ends_after(), 1000 * CLASP_SEC, 1002 * CLASP_SEC);
}

TEST(choice__syn_is_repeated_so_often)
{
	bench.host.choice.syn_retries = 2;
	tcb_syn_sent();
	EXPECT_EQ(ends_after(), 7 * CLASP_SEC);
}

TEST(choice__syn_ack_is_repeated_so_often)
{
	bench.host.choice.syn_retries = 1;
	tcb_syn_rcvd();
	next_deadline();
	expect_segment("SA", US(0), THEM(1), 0);
	next_deadline();
	expect_nothing();
	expect_state(CLASP_LISTEN);
}

TEST(choice__linger_is_the_time_in_fin_wait_2)
{
	bench.host.choice.linger = 17;
	tcb_fin_wait_2();
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
	expect_timer(CLASP_TIMER_FIN_WAIT_2, 17 * CLASP_SEC);
	bench_reset(bench.iss, bench.irs);
	bench.host.choice.linger = 18;
	tcb_fin_wait_1();
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
	segment_in("A", THEM(1), US(2), 0);
	expect_timer(CLASP_TIMER_FIN_WAIT_2, 18 * CLASP_SEC);
}

TEST(choice__linger_none_resets)
{
	bench.host.choice.linger = -1;
	tcb_fin_wait_2();
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
	expect_segment("R", US(2), 0, 0);
	expect_state(CLASP_CLOSED);
	bench_reset(bench.iss, bench.irs);
	bench.host.choice.linger = -1;
	tcb_fin_wait_1();
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
	expect_nothing();
	segment_in("A", THEM(1), US(2), 0);
	expect_segment("R", US(2), 0, 0);
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(bench.host.error, CLASP_OK);
}

TEST(choice__linger_means_nothing_to_who_still_reads)
{
	bench.host.choice.linger = -1;
	tcb_fin_wait_2();
	expect_nothing();
	EXPECT_EQ(host_deadline(&bench.host), 0);
}

TEST(choice__mss_is_announced_and_kept_to)
{
	bench.host.choice.mss = 1000;
	host_connect(&bench.host, bench.now);
	EXPECT_EQ(last_segment()->header.options.mss, 1000);
	forget_segments();
	segment_in("SA", THEM(0), US(1), 0);
	forget_segments();
	program_writes(1500);
	expect_segment("A", US(1), THEM(1), 1000);
	expect_segment("PA", US(1001), THEM(1), 500);
}

TEST(choice__mss_of_a_listener)
{
	bench.host.choice.mss = 1000;
	tcb_listen();
	segment_in("S", THEM(0), 0, 0);
	EXPECT_EQ(last_segment()->header.options.mss, 1000);
	forget_segments();
	segment_in("A", THEM(1), US(1), 0);
	program_writes(1500);
	expect_segment("A", US(1), THEM(1), 1000);
	expect_segment("PA", US(1001), THEM(1), 500);
}

TEST(choice__mss_may_be_less_than_a_peer_may_ask_for)
{
	bench.host.choice.mss = 88;
	bench.peer_mss = 1;
	tcb_established();
	program_writes(300);
	expect_segment("A", US(1), THEM(1), 88);
	forget_segments();
}

TEST(choice__mss_is_no_more_than_the_paths)
{
	bench.host.choice.mss = 9000;
	host_connect(&bench.host, bench.now);
	EXPECT_EQ(last_segment()->header.options.mss, bench.host.mss);
	forget_segments();
	bench_reset(bench.iss, bench.irs);
	bench.host.choice.mss = 1000;
	bench.peer_mss = 0;
	tcb_established();
	program_writes(2000);
	expect_segment("A", US(1), THEM(1), CLASP_MSS_DEFAULT);
	forget_segments();
}

TEST(choice__mss_of_an_open_connection_stays)
{
	tcb_established();
	bench.host.choice.mss = 500;
	program_writes(1460);
	expect_segment("PA", US(1), THEM(1), 1460);
}

TEST(choice__cork_holds_what_is_small)
{
	tcb_established();
	bench.host.choice.cork = true;
	bench.host.choice.nodelay = true;
	program_writes(1500);
	expect_segment("A", US(1), THEM(1), 1460);
	segment_in("A", THEM(1), US(1461), 0);
	expect_nothing();
	expect_timer(CLASP_TIMER_PERSIST, 200 * CLASP_MSEC);
	next_deadline();
	expect_segment("PA", US(1461), THEM(1), 40);
}

TEST(choice__nodelay_pushes_what_is_corked)
{
	tcb_established();
	bench.host.choice.cork = true;
	program_writes(100);
	expect_nothing();
	host_push(&bench.host, bench.now);
	expect_segment("PA", US(1), THEM(1), 100);
	program_writes(100);
	segment_in("A", THEM(1), US(101), 0);
	expect_nothing();
}

TEST(choice__push_of_nothing_pushes_nothing_later)
{
	tcb_established();
	bench.host.choice.cork = true;
	host_push(&bench.host, bench.now);
	program_writes(100);
	expect_nothing();
}

TEST(choice__quickack_at_once)
{
	tcb_established();
	host_quickack(&bench.host, 1, bench.now);
	expect_nothing();
	for (u32 i = 0; i < 3; i++) {
		segment_in("PA", THEM(1 + 10 * i), US(1), 10);
		expect_segment("A", US(1), THEM(11 + 10 * i), 0);
	}
	program_writes(5);
	forget_segments();
	segment_in("PA", THEM(31), US(6), 10);
	expect_nothing();
}

TEST(choice__quickack_of_what_waits)
{
	tcb_established();
	segment_in("PA", THEM(1), US(1), 10);
	expect_nothing();
	host_quickack(&bench.host, 2, bench.now);
	expect_segment("A", US(1), THEM(11), 0);
	EXPECT(bench.host.ep.tcb.interactive);
	segment_in("PA", THEM(11), US(1), 10);
	expect_nothing();
	host_quickack(&bench.host, 0, bench.now);
	expect_nothing();
}

TEST(choice__interactive_is_who_answers_soon)
{
	struct clasp_tcb *tcb = &bench.host.ep.tcb;

	tcb_established();
	program_writes(5);
	EXPECT(!tcb->interactive);
	forget_segments();
	segment_in("PA", THEM(1), US(6), 10);
	program_writes(5);
	EXPECT(tcb->interactive);
	segment_in("PA", THEM(11), US(11), 10);
	time_passes(bench.config.delack);
	EXPECT(!tcb->interactive);
	forget_segments();
	segment_in("FA", THEM(21), US(11), 0);
	EXPECT(tcb->interactive);
}

TEST(choice__third_segment_may_wait_for_octets)
{
	for (u32 i = 0; i < 2; i++) {
		bench_reset(bench.iss, bench.irs);
		bench.host.choice.interactive = i;
		bench.host.choice.defer = !i;
		tcb_syn_sent();
		segment_in("SA", THEM(0), US(1), 0);
		expect_nothing();
		expect_timer(CLASP_TIMER_DELACK, bench.config.delack);
		program_writes(5);
		expect_segment("PA", US(1), THEM(1), 5);
	}
}

TEST(choice__disconnect_forgets_three)
{
	struct clasp_choice choice = {
		.mss = 1, .window_clamp = 3, .interactive = true, .cork = true, .keep_idle = 2,
	};

	clasp_option_disconnect(&choice);
	EXPECT_EQ(choice.mss, 0);
	EXPECT_EQ(choice.window_clamp, 0);
	EXPECT(!choice.interactive);
	EXPECT(choice.cork);
	EXPECT_EQ(choice.keep_idle, 2);
}

TEST(choice__window_clamp)
{
	EXPECT_EQ(clasp_option_window(0, 0), 0);
	EXPECT_EQ(clasp_option_window(0, 5000), 5000);
	EXPECT_EQ(clasp_option_window(2000, 5000), 2000);
	EXPECT_EQ(clasp_option_window(2000, 1999), 1999);
}

TEST(choice__notsent_lowat)
{
	struct clasp_choice choice = { 0 };
	struct clasp_tcb *tcb = &bench.host.ep.tcb;

	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	program_writes(1000);
	EXPECT(clasp_option_may_queue(tcb, &choice, &bench.config, 0, false));
	bench.config.notsent_lowat = 1001;
	EXPECT(clasp_option_may_queue(tcb, &choice, &bench.config, 0, false));
	EXPECT(!clasp_option_may_queue(tcb, &choice, &bench.config, 1, false));
	EXPECT(!clasp_option_may_queue(tcb, &choice, &bench.config, 0, true));
	choice.notsent_lowat = 2001;
	EXPECT(clasp_option_may_queue(tcb, &choice, &bench.config, 1000, false));
	EXPECT(!clasp_option_may_queue(tcb, &choice, &bench.config, 1001, false));
	EXPECT(clasp_option_may_queue(tcb, &choice, &bench.config, 0, true));
	choice.notsent_lowat = 1000;
	EXPECT(!clasp_option_may_queue(tcb, &choice, &bench.config, 0, false));
}
