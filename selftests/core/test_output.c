// SPDX-License-Identifier: GPL-2.0
/*
 * What leaves and when: propose and commit, super-packets, Nagle and silly windows at the sender (RFC 9293, 3.7.4,
 * 3.8.6.2.1), PSH, and FIN as a position.
 */
#include <string.h>

#include "bench.h"

static struct clasp_out propose(void)
{
	struct clasp_env env;
	struct clasp_out out;

	host_env(&bench.host, bench.now, &env);
	clasp_output_next(&bench.host.ep.tcb, &env, &out);
	return out;
}

TEST(output__next_changes_nothing)
{
	struct clasp_tcb before;
	struct clasp_out first, second;

	tcb_established();
	bench.refusals = 1;
	program_writes(3000);
	before = bench.host.ep.tcb;
	first = propose();
	second = propose();
	EXPECT(!memcmp(&before, &bench.host.ep.tcb, sizeof(before)));
	EXPECT(!memcmp(&first, &second, sizeof(first)));
	EXPECT_EQ(first.kind, CLASP_OUT_DATA);
	EXPECT_EQ(first.header.seq, US(1));
	EXPECT_EQ(first.len, 1460);
}

TEST(output__refused_data_is_sent_later)
{
	for (u8 why = CLASP_REFUSED_MEMORY; why <= CLASP_REFUSED_QUEUE; why++) {
		bench_reset(bench.iss, bench.irs);
		tcb_established();
		bench.refusals = 3;
		bench.why = why;
		program_writes(100);
		expect_nothing();
		EXPECT_EQ(bench.host.ep.tcb.snd_nxt, US(1));
		EXPECT_EQ(bench.host.ep.rtx.count, 0);
		EXPECT(host_deadline(&bench.host));
		time_passes(10 * CLASP_SEC);
		expect_segment("PA", US(1), THEM(1), 100);
		forget_segments();
	}
}

TEST(output__refused_syn_is_sent_later)
{
	bench.refusals = 1;
	host_connect(&bench.host, bench.now);
	expect_nothing();
	expect_state(CLASP_SYN_SENT);
	next_deadline();
	expect_segment("S", US(0), 0, 0);
	segment_in("SA", THEM(0), US(1), 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_state(CLASP_ESTABLISHED);
}

TEST(output__refused_fin_is_sent_later)
{
	tcb_established();
	bench.refusals = 1;
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	expect_nothing();
	expect_state(CLASP_FIN_WAIT_1);
	EXPECT_EQ(bench.host.ep.tcb.snd_nxt, US(1));
	next_deadline();
	expect_segment("FA", US(1), THEM(1), 0);
}

TEST(output__refused_ack_is_sent_later)
{
	tcb_established();
	segment_in("A", THEM(1), US(1), 1460);
	bench.refusals = 1;
	segment_in("A", THEM(1461), US(1), 1460);
	expect_nothing();
	next_deadline();
	expect_segment("A", US(1), THEM(2921), 0);
}

TEST(output__refused_data_keeps_no_ack_back)
{
	/* MUST-40, SHLD-19: what carried the ACK cannot leave, time and again; the ACK can */
	for (u8 why = CLASP_REFUSED_MEMORY; why <= CLASP_REFUSED_QUEUE; why++) {
		bench_reset(bench.iss, bench.irs);
		tcb_established();
		program_writes(1460);
		forget_segments();
		bench.refusals = 1;
		bench.why = why;
		program_writes(1460);
		segment_in("A", THEM(1), US(1), 1460);
		bench.refusals = 1;
		segment_in("A", THEM(1461), US(1), 1460);
		expect_segment("A", US(1461), THEM(2921), 0);
		expect_nothing();
		expect_no_timer(CLASP_TIMER_DELACK);
		bench.refusals = 2;
		segment_in("A", THEM(2921), US(1), 1460);
		segment_in("A", THEM(4381), US(1), 1460);
		expect_nothing();
		next_deadline();
		expect_segment("A", US(1461), THEM(5841), 1460);
	}
}

TEST(output__refused_retransmission_is_sent_later)
{
	tcb_established();
	program_writes(100);
	forget_segments();
	bench.refusals = 1;
	next_deadline();
	expect_nothing();
	next_deadline();
	expect_segment("PA", US(1), THEM(1), 100);
}

TEST(output__refused_by_a_full_queue_waits_for_it)
{
	/* something of ours is below: the shell calls when it drained, no timer is needed for that */
	tcb_established();
	program_writes(1460);
	forget_segments();
	bench.refusals = 1;
	bench.why = CLASP_REFUSED_QUEUE;
	program_writes(1460);
	expect_nothing();
	host_output(&bench.host, bench.now);
	expect_segment("PA", US(1461), THEM(1), 1460);
}

TEST(output__window_limits_what_is_sent_again)
{
	/* SHLD-16: after a timeout, between SND.UNA and SND.UNA + SND.WND; the first one always */
	tcb_established();
	program_writes(10 * 1460);
	forget_segments();
	next_deadline();
	expect_segment("A", US(1), THEM(1), 1460);
	segment_in_wnd("A", THEM(1), US(1461), 0, 1500);
	expect_segment("A", US(1461), THEM(1), 1460);
	expect_nothing();
}

TEST(output__nothing_in_closed_and_listen)
{
	struct clasp_tcb listener = { .state = CLASP_LISTEN, .ack_now = true };
	struct clasp_out out = propose();
	struct clasp_env env;

	EXPECT_EQ(out.kind, CLASP_OUT_NOTHING);
	host_env(&bench.host, bench.now, &env);
	clasp_output_next(&listener, &env, &out);
	EXPECT_EQ(out.kind, CLASP_OUT_NOTHING);
}

TEST(output__refused_for_ever_ends)
{
	/* a device that never takes anything counts like a peer that never answers: R2 */
	tcb_established();
	bench.refusals = 1000000;
	program_writes(100);
	for (u32 i = 0; i < 100 && bench.host.flow == FLOW_CONNECTION; i++)
		next_deadline();
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(bench.host.error, CLASP_TIMED_OUT);
	bench.refusals = 0;
}

TEST(output__built_shorter_than_proposed)
{
	tcb_established();
	bench.host.choice.nodelay = true;
	bench.shorten_to = 700;
	program_writes(1460);
	expect_segment("A", US(1), THEM(1), 700);
	expect_segment("A", US(701), THEM(1), 700);
	expect_segment("PA", US(1401), THEM(1), 60);
}

TEST(output__fin_stays_behind_when_built_shorter)
{
	tcb_established();
	bench.host.choice.nodelay = true;
	bench.shorten_to = 60;
	bench.refusals = 1;
	program_writes(100);
	expect_nothing();
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	expect_segment("A", US(1), THEM(1), 60);
	expect_segment("FPA", US(61), THEM(1), 40);
}

TEST(output__split_that_fails)
{
	/* a node larger than a segment, no memory to cut it: nothing is lost, only later */
	tcb_established();
	program_writes(1460);
	forget_segments();
	bench.host.mss = 500;
	shell.splits_fail = 2;
	for (u32 i = 0; i < 10 && !bench.sent_count; i++)
		next_deadline();
	expect_segment("A", US(1), THEM(1), 500);
	shell.splits_fail = 0;
	segment_in("A", THEM(1), US(501), 0);
	expect_segment("A", US(501), THEM(1), 500);
	forget_segments();
	segment_in("A", THEM(1), US(1461), 0);
	EXPECT_EQ(bench.host.ep.rtx.count, 0);
}

TEST(output__super_packets)
{
	/* full packets, and no more than half a window of them */
	struct clasp_out out;

	bench.host.together = 64000;
	tcb_established();
	bench.refusals = 1;
	program_writes(20 * 1460);
	out = propose();
	EXPECT_EQ(out.len, 5 * 1460);
	EXPECT_EQ(out.mss, 1460);
	EXPECT_EQ(out.header.flags, CLASP_ACK);
	host_output(&bench.host, bench.now);
	EXPECT_EQ(bench.sent_count, 10);
	EXPECT_EQ(bench.host.ep.rtx.count, 2);
	EXPECT_EQ(bench.host.ep.rtx.node[0].mss, 1460);
	EXPECT_EQ(bench.host.ep.tcb.segs_out, 2 + 10);
	expect_segment("A", US(1), THEM(1), 1460);
	expect_segment("A", US(1461), THEM(1), 1460);
	forget_segments();
}

TEST(output__super_packets_of_a_slow_path)
{
	/* no more than would leave in a millisecond at twice its rate, in slow start, but two packets */
	bench.host.together = 64000;
	tcb_established();
	bench.refusals = 1;
	program_writes(20 * 1460);
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, 14600);
	bench.host.ep.tcb.srtt_us = 6666;
	EXPECT_EQ(propose().len, 3 * 1460);
	bench.host.ep.tcb.cong.ssthresh = 14600;
	EXPECT_EQ(propose().len, 2 * 1460);
	bench.host.ep.tcb.srtt_us = 3999;
	EXPECT_EQ(propose().len, 3 * 1460);
	bench.host.ep.tcb.srtt_us = 100000;
	EXPECT_EQ(propose().len, 2 * 1460);
	bench.host.ep.tcb.srtt_us = 1;
	EXPECT_EQ(propose().len, 5 * 1460);
	bench.host.together = 2000;
	EXPECT_EQ(propose().len, 1460);
	bench.host.together = 0;
	EXPECT_EQ(propose().len, 1460);
}

TEST(output__super_packets_within_a_small_window)
{
	bench.host.together = 64000;
	bench.peer_wnd = 5000;
	tcb_established();
	bench.refusals = 1;
	program_writes(20 * 1460);
	EXPECT_EQ(propose().len, 1460);
	bench.host.together = 1000;
	EXPECT_EQ(propose().len, 1460);
	host_output(&bench.host, bench.now);
	EXPECT_EQ(bench.sent_count, 3);
	forget_segments();
}

TEST(output__super_packet_leaves_behind_what_has_to_wait)
{
	/* Nagle: the rest is less than a packet, and something small is under way */
	bench.host.together = 64000;
	tcb_established();
	program_writes(100);
	forget_segments();
	program_writes(3 * 1460 + 100);
	EXPECT_EQ(bench.host.ep.rtx.count, 2);
	expect_segment("A", US(101), THEM(1), 1460);
	expect_segment("A", US(1561), THEM(1), 1460);
	expect_segment("A", US(3021), THEM(1), 1460);
	expect_nothing();
	segment_in("A", THEM(1), US(101), 0);
	expect_segment("PA", US(4481), THEM(1), 100);
}

TEST(output__super_packet_that_ends_small_is_small)
{
	bench.host.together = 64000;
	tcb_established();
	program_writes(3 * 1460 + 100);
	EXPECT_EQ(bench.host.ep.rtx.count, 1);
	forget_segments();
	program_writes(100);
	expect_nothing();
}

TEST(output__super_packet_takes_along_what_need_not_wait)
{
	bench.host.together = 64000;
	tcb_established();
	bench.host.choice.nodelay = true;
	program_writes(1460 + 100);
	EXPECT_EQ(bench.host.ep.rtx.count, 1);
	expect_segment("A", US(1), THEM(1), 1460);
	expect_segment("PA", US(1461), THEM(1), 100);
	bench.host.choice.nodelay = false;
	bench.refusals = 1;
	program_writes(1460 + 200);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	EXPECT_EQ(bench.host.ep.rtx.count, 2);
	expect_segment("A", US(1561), THEM(1), 1460);
	expect_segment("FPA", US(3021), THEM(1), 200);
}

TEST(output__super_packet_ends_with_a_full_packet)
{
	/* of what a window has no room for, another ACK makes one */
	bench.host.together = 64000;
	bench.peer_wnd = 10 * 1460;
	tcb_established();
	bench.host.choice.nodelay = true;
	bench.host.ep.tcb.snd_wnd = 4 * 1460 + 700;
	program_writes(20 * 1460);
	EXPECT_EQ(bench.sent_count, 4);
	EXPECT_EQ(bench.host.ep.tcb.snd_nxt, US(1 + 4 * 1460));
	forget_segments();
}

TEST(output__super_packets_open_slow_start_as_they_are_acknowledged)
{
	/* RFC 3465, 2.3: L is no less than what one ACK stands for */
	u32 cwnd;

	bench.host.together = 64000;
	tcb_established();
	program_writes(20 * 1460);
	forget_segments();
	cwnd = bench.host.ep.tcb.cong.cwnd;
	segment_in("A", THEM(1), US(1 + 5 * 1460), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, cwnd + 5 * 1460);
	forget_segments();
}

TEST(output__push_marks_the_last_octet_of_a_write)
{
	/* RFC 9293, MUST-60, 61: PSH at the end of what was given */
	tcb_established();
	program_writes(2920);
	EXPECT_EQ(bench.sent[0].header.flags & CLASP_PSH, 0);
	EXPECT_EQ(bench.sent[1].header.flags & CLASP_PSH, CLASP_PSH);
	forget_segments();
}

TEST(output__push_stays_where_it_was_asked_for)
{
	static const u8 octets[2920];

	/* the second write follows before the first could leave */
	tcb_established();
	bench.refusals = 1;
	program_writes(1460);
	host_write(&bench.host, octets, 2920, false, bench.now);
	expect_segment("PA", US(1), THEM(1), 1460);
	EXPECT(!(bench.sent[0].header.flags & CLASP_PSH));
	forget_segments();
}

TEST(output__nagle_holds_a_small_segment)
{
	/* 3.7.4: unacknowledged data, and less than a segment */
	tcb_established();
	program_writes(100);
	expect_segment("PA", US(1), THEM(1), 100);
	program_writes(50);
	program_writes(50);
	expect_nothing();
	segment_in("A", THEM(1), US(101), 0);
	expect_segment("PA", US(101), THEM(1), 100);
}

TEST(output__nagle_lets_a_full_segment_go)
{
	tcb_established();
	program_writes(100);
	forget_segments();
	program_writes(1500);
	expect_segment("A", US(101), THEM(1), 1460);
	expect_nothing();
	segment_in("A", THEM(1), US(1561), 0);
	expect_segment("PA", US(1561), THEM(1), 40);
}

TEST(output__nagle_holds_nothing_behind_full_segments)
{
	/* Minshall's rule: only what is small is waited for, to its last octet */
	tcb_established();
	program_writes(1460 + 700);
	expect_segment("A", US(1), THEM(1), 1460);
	expect_segment("PA", US(1461), THEM(1), 700);
	program_writes(1460 + 300);
	expect_segment("A", US(2161), THEM(1), 1460);
	segment_in("A", THEM(1), US(2160), 0);
	expect_nothing();
	segment_in("A", THEM(1), US(2161), 0);
	expect_segment("PA", US(3621), THEM(1), 300);
}

TEST(output__nagle_knows_a_full_segment_with_blocks)
{
	/* RFC 2018, 3: what blocks take of a segment, its octets lack */
	tcb_established_sack();
	segment_in("A", THEM(101), US(1), 100);
	forget_segments();
	program_writes(1460 + 100);
	expect_segment("A", US(1), THEM(1), 1460 - 12);
	expect_segment("PA", US(1449), THEM(1), 112);
}

TEST(output__nagle_of_what_was_built_shorter)
{
	tcb_established();
	bench.shorten_to = 1000;
	program_writes(1460);
	bench.shorten_to = 0;
	expect_segment("A", US(1), THEM(1), 1000);
	expect_nothing();
	segment_in("A", THEM(1), US(1001), 0);
	expect_segment("PA", US(1001), THEM(1), 460);
}

TEST(output__nodelay_turns_nagle_off)
{
	/* MUST-17 */
	tcb_established();
	bench.host.choice.nodelay = true;
	program_writes(100);
	expect_segment("PA", US(1), THEM(1), 100);
	program_writes(50);
	expect_segment("PA", US(101), THEM(1), 50);
}

TEST(output__nagle_lets_the_last_octets_go_with_the_fin)
{
	tcb_established();
	program_writes(100);
	forget_segments();
	program_writes(50);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	expect_segment("FPA", US(101), THEM(1), 50);
}

TEST(output__more_holds_back_for_a_while)
{
	tcb_established();
	bench.host.more = true;
	program_writes(100);
	expect_nothing();
	/* the override of 3.8.6.2.1 (4): 0.1 to 1 s */
	EXPECT_BETWEEN(host_deadline(&bench.host) - bench.now, 100 * CLASP_MSEC, CLASP_SEC);
	next_deadline();
	expect_segment("PA", US(1), THEM(1), 100);
}

TEST(output__sending_ends_the_patience)
{
	/* what held octets back is over: what guards them now is the retransmission timer */
	tcb_established();
	bench.host.more = true;
	program_writes(100);
	EXPECT(bench.host.ep.tcb.deadline[CLASP_TIMER_PERSIST]);
	bench.host.more = false;
	program_writes(100);
	expect_segment("PA", US(1), THEM(1), 200);
	expect_no_timer(CLASP_TIMER_PERSIST);
	EXPECT(bench.host.ep.tcb.deadline[CLASP_TIMER_RETRANSMIT]);
}

TEST(output__override_does_not_wait_for_a_slow_path)
{
	/* 0.1 to 1 s, whatever RTO has become */
	host_connect(&bench.host, bench.now);
	bench.now += 900 * CLASP_MSEC;
	segment_in("SA", THEM(0), US(1), 0);
	forget_segments();
	bench.host.more = true;
	program_writes(100);
	EXPECT_BETWEEN(host_deadline(&bench.host) - bench.now, 100 * CLASP_MSEC, CLASP_SEC);
	next_deadline();
	expect_segment("PA", US(1), THEM(1), 100);
}

TEST(output__what_was_pushed_leaves_to_its_last_octet)
{
	/* full segments go first, and whatever stands behind them has been pushed too */
	bench.peer_wnd = 1460;
	tcb_established();
	bench.host.more = true;
	program_writes(2 * 1460 + 80);
	expect_segment("A", US(1), THEM(1), 1460);
	host_push(&bench.host, bench.now);
	expect_nothing();
	bench.peer_wnd = 9000;
	segment_in("A", THEM(1), US(1461), 0);
	expect_segment("A", US(1461), THEM(1), 1460);
	expect_segment("PA", US(2921), THEM(1), 80);
	program_writes(80);
	expect_nothing();
}

TEST(output__what_was_pushed_does_not_fill_a_silly_window)
{
	bench.peer_wnd = 2400;
	tcb_established();
	bench.host.more = true;
	program_writes(3000);
	expect_segment("A", US(1), THEM(1), 1460);
	host_push(&bench.host, bench.now);
	expect_nothing();
}

TEST(output__silly_window_is_not_used)
{
	/* 3.8.6.2.1: U < MSS, less than all, below half of the largest window */
	bench.peer_wnd = 4000;
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 100);
	program_writes(1000);
	expect_nothing();
	EXPECT_BETWEEN(host_deadline(&bench.host) - bench.now, 100 * CLASP_MSEC, CLASP_SEC);
	next_deadline();
	expect_segment("A", US(1), THEM(1), 100);
	expect_nothing();
}

TEST(output__half_of_the_largest_window_is_used)
{
	bench.peer_wnd = 2000;
	bench.peer_mss = 1460;
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 1000);
	program_writes(3000);
	expect_segment("A", US(1), THEM(1), 1000);
}

TEST(output__all_that_waits_is_sent_into_a_small_window)
{
	/* PUSHed and D <= U */
	bench.peer_wnd = 4000;
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 100);
	program_writes(100);
	expect_segment("PA", US(1), THEM(1), 100);
}

TEST(output__never_beyond_the_window)
{
	bench.peer_wnd = 3000;
	tcb_established();
	program_writes(10000);
	expect_segment("A", US(1), THEM(1), 1460);
	expect_segment("A", US(1461), THEM(1), 1460);
	expect_nothing();
}

TEST(output__ack_is_acceptable_while_a_probe_is_out)
{
	/* A.2: the peer at its closed window takes only SEG.SEQ = RCV.NXT, which is our SND.UNA */
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	program_writes(1000);
	next_deadline();
	expect_segment("A", US(1), THEM(1), 1);
	segment_in_wnd("PA", THEM(1), US(1), 10, 0);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(11), 0);
	segment_in_wnd("PA", THEM(21), US(1), 10, 0);
	expect_segment("A", US(1), THEM(11), 0);
}

TEST(output__closed_window_answers_what_needs_room)
{
	/* 3.10.7.4, first: with RCV.WND 0 only an empty segment at RCV.NXT is acceptable */
	bench.host.rcv_buf = 10;
	tcb_established();
	segment_in("A", THEM(1), US(1), 10);
	time_passes(bench.config.delack);
	forget_segments();
	segment_in("", THEM(11), 0, 1);
	expect_segment("A", US(1), THEM(11), 0);
	segment_in("", THEM(11), 0, 0);
	expect_nothing();
}

TEST(output__fin_is_a_position)
{
	/* it needs room in the window like an octet; sent again with the data before it */
	tcb_established();
	program_writes(100);
	forget_segments();
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	expect_segment("FA", US(101), THEM(1), 0);
	next_deadline();
	expect_segment("FPA", US(1), THEM(1), 100);
	segment_in("A", THEM(1), US(102), 0);
	expect_state(CLASP_FIN_WAIT_2);
}

TEST(output__fin_alone_is_sent_again)
{
	tcb_established();
	program_writes(100);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	forget_segments();
	segment_in("A", THEM(1), US(101), 0);
	next_deadline();
	expect_segment("FA", US(101), THEM(1), 0);
	next_deadline();
	expect_segment("FA", US(101), THEM(1), 0);
}

TEST(output__rst_carries_no_options_and_no_window_is_invented)
{
	tcb_established();
	host_abort(&bench.host, bench.now);
	EXPECT_EQ(last_segment()->header.options.mss, 0);
	expect_segment("R", US(1), 0, 0);
}

TEST(output__rests_only_with_a_timer)
{
	/* RFC 6298, 5.1: whoever stopped it, what is under way has one again once nothing is left to be sent */
	tcb_established();
	program_writes(10);
	forget_segments();
	bench.host.ep.tcb.deadline[CLASP_TIMER_RETRANSMIT] = 0;
	host_output(&bench.host, bench.now);
	expect_nothing();
	EXPECT(bench.host.ep.tcb.deadline[CLASP_TIMER_RETRANSMIT] != 0);
}

TEST(output__mss_option_only_with_syn)
{
	/* MUST-14; RFC 9293, 3.2: only in segments with SYN */
	host_connect(&bench.host, bench.now);
	EXPECT_EQ(last_segment()->header.options.mss, SEGMENT_MAX);
	forget_segments();
	segment_in("SA", THEM(0), US(1), 0);
	EXPECT_EQ(last_segment()->header.options.mss, 0);
	program_writes(10);
	EXPECT_EQ(last_segment()->header.options.mss, 0);
	forget_segments();
}

TEST(output__a_FIN_has_no_room_behind_octets_that_fill_the_window)
{
	/* SHLD-16: it leaves when there is more */
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 100);
	bench.host.more = true;
	program_writes(100);
	expect_nothing();
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	expect_segment("PA", US(1), THEM(1), 100);
	segment_in("A", THEM(1), US(101), 0);
	expect_segment("FA", US(101), THEM(1), 0);
}
