// SPDX-License-Identifier: GPL-2.0
/*
 * OPEN, SEND, RECEIVE, CLOSE and ABORT in each state: RFC 9293, 3.10.1 to 3.10.5, and 3.6.1 for a
 * program that leaves octets unread.
 */
#include "bench.h"

static void shutdown_write(void)
{
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
}

static void close_socket(void)
{
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
}

static void abort_socket(void)
{
	host_abort(&bench.host, bench.now);
}

TEST(call__open_active_sends_syn)
{
	/* 3.10.1: <SEQ=ISS><CTL=SYN>, SND.UNA = ISS, SND.NXT = ISS + 1 */
	host_connect(&bench.host, bench.now);
	EXPECT_EQ(last_segment()->header.options.mss, SEGMENT_MAX);
	EXPECT_EQ(last_segment()->header.wnd, 65535);
	expect_segment("S", US(0), 0, 0);
	EXPECT_EQ(bench.host.ep.tcb.snd_una, US(0));
	EXPECT_EQ(bench.host.ep.tcb.snd_nxt, US(1));
	expect_timer(CLASP_TIMER_RETRANSMIT, bench.config.rto_init);
}

TEST(call__open_passive_waits)
{
	tcb_listen();
	expect_nothing();
	EXPECT_EQ(clasp_timer_deadline(&bench.host.listener), 0);
}

TEST(call__send_in_syn_sent_waits_for_established)
{
	/* 3.10.2: queue the data for transmission after entering ESTABLISHED */
	tcb_syn_sent();
	program_writes(100);
	expect_nothing();
	segment_in("SA", THEM(0), US(1), 0);
	expect_segment("A", US(1), THEM(1), 100);
}

TEST(call__send_in_syn_rcvd_waits_for_established)
{
	tcb_syn_rcvd_active();
	program_writes(100);
	expect_nothing();
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(1), THEM(1), 100);
}

TEST(call__send_in_close_wait)
{
	tcb_close_wait();
	program_writes(100);
	expect_segment("PA", US(1), THEM(2), 100);
}

TEST(call__close_in_listen)
{
	tcb_listen();
	host_unlisten(&bench.host, false, bench.now);
	expect_state(CLASP_CLOSED);
}

TEST(call__close_in_closed)
{
	struct clasp_result result;
	struct clasp_env env;

	host_env(&bench.host, bench.now, &env);
	clasp_call_close(&bench.host.ep.tcb, &env, CLASP_END_SOCKET, false, &result);
	EXPECT_EQ(result.flags, CLASP_ENDED);
	clasp_call_abort(&bench.host.ep.tcb, bench.now, &result);
	EXPECT_EQ(result.flags, CLASP_ENDED);
	EXPECT_EQ(shell.walked, 0);
}

TEST(call__close_in_syn_sent)
{
	tcb_syn_sent();
	close_socket();
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(host_deadline(&bench.host), 0);
}

TEST(call__close_in_syn_rcvd)
{
	/* 3.10.4: no SENDs issued and no pending data: form a FIN segment and send it */
	tcb_syn_rcvd_active();
	close_socket();
	expect_state(CLASP_FIN_WAIT_1);
	forget_segments();	/* now or behind the ACK of the SYN: RFC leaves room */
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_FIN_WAIT_1);
	if (bench.sent_count)
		expect_segment("FA", US(1), THEM(1), 0);
	segment_in("A", THEM(1), US(2), 0);
	expect_state(CLASP_FIN_WAIT_2);
}

TEST(call__close_in_syn_rcvd_with_data_waiting)
{
	/* 3.10.4: otherwise, queue for processing after entering ESTABLISHED */
	tcb_syn_rcvd_active();
	program_writes(100);
	close_socket();
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("FPA", US(1), THEM(1), 100);
	expect_state(CLASP_FIN_WAIT_1);
	segment_in("A", THEM(1), US(102), 0);
	expect_state(CLASP_FIN_WAIT_2);
}

TEST(call__close_in_established)
{
	tcb_established();
	close_socket();
	expect_segment("FA", US(1), THEM(1), 0);
	expect_state(CLASP_FIN_WAIT_1);
	EXPECT_EQ(bench.host.ep.tcb.snd_nxt, US(2));
	expect_timer(CLASP_TIMER_RETRANSMIT, bench.config.rto_init);
}

TEST(call__close_behind_data)
{
	/* 3.10.4: queued until all preceding SENDs have been segmentized; in any case FIN_WAIT_1 */
	tcb_established();
	program_writes(1460 * 12);
	shutdown_write();
	expect_state(CLASP_FIN_WAIT_1);
	for (u32 i = 0; i < 10; i++)
		expect_segment("A", US(1 + i * 1460), THEM(1), 1460);
	expect_nothing();
	segment_in("A", THEM(1), US(1 + 1460 * 10), 0);
	expect_segment("A", US(1 + 10 * 1460), THEM(1), 1460);
	expect_segment("FPA", US(1 + 11 * 1460), THEM(1), 1460);
	EXPECT_EQ(bench.host.ep.tcb.snd_nxt, US(2 + 12 * 1460));
}

TEST(call__close_behind_a_closed_window)
{
	/* the state changes at CLOSE, not when the FIN can leave */
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	program_writes(100);
	shutdown_write();
	expect_state(CLASP_FIN_WAIT_1);
	expect_nothing();
	segment_in_wnd("A", THEM(1), US(1), 0, 1000);
	expect_segment("FPA", US(1), THEM(1), 100);
}

TEST(call__close_in_close_wait)
{
	tcb_close_wait();
	close_socket();
	expect_segment("FA", US(1), THEM(2), 0);
	expect_state(CLASP_LAST_ACK);
}

TEST(call__close_before_the_fin_is_acknowledged)
{
	/* the delayed ACK of the peer's FIN travels with our own */
	tcb_established();
	segment_in("FA", THEM(1), US(1), 0);
	expect_nothing();
	close_socket();
	expect_segment("FA", US(1), THEM(2), 0);
	expect_state(CLASP_LAST_ACK);
	expect_no_timer(CLASP_TIMER_DELACK);
}

TEST(call__close_twice_sends_one_fin)
{
	static void (*const states[])(void) = {
		tcb_fin_wait_1, tcb_fin_wait_2, tcb_closing, tcb_last_ack,
	};

	/* 3.10.4: as long as a second FIN is not emitted */
	for (u32 i = 0; i < 4; i++) {
		bench_reset(bench.iss, bench.irs);
		states[i]();
		u8 state = host_state(&bench.host);

		shutdown_write();
		close_socket();
		expect_nothing();
		expect_state(state);
	}
}

TEST(call__close_with_data_unread_resets)
{
	/* 3.6.1: "SHOULD send a RST to show that data was lost" (RFC 1122, 4.2.2.13) */
	tcb_established();
	segment_in("PA", THEM(1), US(1), 10);
	close_socket();
	expect_segment("R", US(1), 0, 0);
	expect_state(CLASP_CLOSED);
}

TEST(call__close_with_data_unread_in_close_wait)
{
	tcb_established();
	segment_in("FPA", THEM(1), US(1), 10);
	forget_segments();
	close_socket();
	expect_segment("R", US(1), 0, 0);
	expect_state(CLASP_CLOSED);
}

TEST(call__shutdown_with_data_unread_does_not)
{
	tcb_established();
	segment_in("PA", THEM(1), US(1), 10);
	shutdown_write();
	expect_segment("FA", US(1), THEM(11), 0);
	expect_state(CLASP_FIN_WAIT_1);
	EXPECT_EQ(program_reads(100), 10);
}

TEST(call__data_after_close_resets)
{
	static void (*const states[])(void) = { tcb_fin_wait_1, tcb_fin_wait_2 };

	/* 3.6.1 and RFC 1122, 4.2.2.13: the program is gone, the data can reach nobody */
	for (u32 i = 0; i < 2; i++) {
		bench_reset(bench.iss, bench.irs);
		states[i]();
		close_socket();
		segment_in("PA", THEM(1), US(2), 10);
		expect_segment("R", US(2), 0, 0);
		expect_state(CLASP_CLOSED);
	}
}

TEST(call__data_after_both_halves_are_shut_resets)
{
	static void (*const states[])(void) = { tcb_fin_wait_1, tcb_fin_wait_2 };

	/* 3.6.1 speaks of a CLOSE by which the program gives up reading too; it hears of the loss */
	for (u32 i = 0; i < 2; i++) {
		bench_reset(bench.iss, bench.irs);
		states[i]();
		bench.host.deaf = true;
		segment_in("PA", THEM(1), US(2), 10);
		expect_segment("R", US(2), 0, 0);
		expect_state(CLASP_CLOSED);
		EXPECT_EQ(bench.host.error, CLASP_RESET);
	}
}

TEST(call__shut_for_reading_alone_takes_data)
{
	tcb_established();
	bench.host.deaf = true;
	segment_in("PA", THEM(1), US(1), 10);
	EXPECT_EQ(program_reads(100), 10);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(bench.host.error, CLASP_OK);
}

TEST(call__half_close_still_receives)
{
	tcb_fin_wait_2();
	segment_in("PA", THEM(1), US(2), 10);
	EXPECT_EQ(program_reads(100), 10);
	expect_state(CLASP_FIN_WAIT_2);
	time_passes(bench.config.delack);
	expect_segment("A", US(2), THEM(11), 0);
}

TEST(call__fin_wait_2_waits_for_ever_while_somebody_reads)
{
	tcb_fin_wait_2();
	EXPECT_EQ(host_deadline(&bench.host), 0);
	time_passes(1000 * CLASP_SEC);
	expect_state(CLASP_FIN_WAIT_2);
}

TEST(call__fin_wait_2_of_an_orphan_ends)
{
	tcb_fin_wait_2();
	close_socket();
	time_passes(bench.config.fin_timeout - 1);
	expect_state(CLASP_FIN_WAIT_2);
	time_passes(CLASP_SEC);
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(bench.host.error, CLASP_OK);
}

TEST(call__orphan_takes_a_fin_behind_old_data)
{
	/* 3.6.1 asks for an RST when new data comes; what was read before is not new */
	tcb_established();
	segment_in("A", THEM(1), US(1), 10);
	EXPECT_EQ(program_reads(10), 10);
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
	expect_segment("FA", US(1), THEM(11), 0);
	segment_in("A", THEM(11), US(2), 0);
	segment_in("FA", THEM(1), US(2), 10);
	expect_segment("A", US(2), THEM(12), 0);
	expect_state(CLASP_TIME_WAIT);
}

TEST(call__orphan_before_fin_wait_2_ends_too)
{
	tcb_fin_wait_1();
	close_socket();
	time_passes(500 * CLASP_MSEC);
	segment_in("A", THEM(1), US(2), 0);
	expect_state(CLASP_FIN_WAIT_2);
	expect_timer(CLASP_TIMER_FIN_WAIT_2, bench.config.fin_timeout);
	time_passes(bench.config.fin_timeout);
	expect_state(CLASP_CLOSED);
}

TEST(call__abort_in_each_state)
{
	static const struct {
		void (*make)(void);
		bool rst;
		u32 seq;
	} states[] = {
		/* 3.10.5: <SEQ=SND.NXT><CTL=RST> where the peer holds a connection */
		{ tcb_syn_sent, false, 0 },
		{ tcb_syn_rcvd_active, true, 1 },
		{ tcb_established, true, 1 },
		{ tcb_established_passive, true, 1 },
		{ tcb_fin_wait_1, true, 2 },
		{ tcb_fin_wait_2, true, 2 },
		{ tcb_close_wait, true, 1 },
		{ tcb_closing, false, 0 },
		{ tcb_last_ack, false, 0 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(states); i++) {
		bench_reset(bench.iss, bench.irs);
		states[i].make();
		abort_socket();
		if (states[i].rst)
			expect_segment("R", US(states[i].seq), 0, 0);
		expect_nothing();
		expect_state(bench.host.listener.state);
		EXPECT_EQ(bench.host.flow, FLOW_NONE);
		EXPECT_EQ(host_deadline(&bench.host), 0);
	}
}

TEST(call__abort_of_a_listener)
{
	struct clasp_result result;

	tcb_listen();
	clasp_call_abort(&bench.host.listener, bench.now, &result);
	EXPECT_EQ(result.flags, CLASP_ENDED);
	expect_state(CLASP_CLOSED);
}

TEST(call__abort_forgets_what_waits)
{
	tcb_established();
	program_writes(30000);
	forget_segments();
	abort_socket();
	expect_segment("R", US(1 + 14600), 0, 0);
	time_passes(100 * CLASP_SEC);
}

/* 3.10.4: a FIN behind octets that wait is only queued: to the peer this is still CLOSE-WAIT, or ESTABLISHED */
TEST(call__abort_before_the_fin_has_left)
{
	tcb_close_wait();
	program_writes(30000);
	shutdown_write();
	forget_segments();
	expect_state(CLASP_LAST_ACK);
	abort_socket();
	expect_segment("R", US(1 + 14600), 0, 0);

	bench_reset(bench.iss, bench.irs);
	tcb_established();
	program_writes(30000);
	shutdown_write();
	forget_segments();
	segment_in("FA", THEM(1), US(1), 0);
	expect_state(CLASP_CLOSING);
	forget_segments();
	abort_socket();
	expect_segment("R", US(1 + 14600), 0, 0);
	expect_state(bench.host.listener.state);
}

TEST(call__abort_at_a_closed_window)
{
	/* an RST at SND.NXT, behind the probe, would be outside of the peer's window: dropped */
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	program_writes(1000);
	next_deadline();
	expect_segment("A", US(1), THEM(1), 1);
	abort_socket();
	expect_segment("R", US(1), 0, 0);
}

TEST(call__receive_tells_a_window_that_was_closed)
{
	bench.host.rcv_buf = 4000;
	tcb_established();
	segment_in("A", THEM(1), US(1), 1460);
	segment_in("A", THEM(1461), US(1), 1460);
	segment_in("PA", THEM(2921), US(1), 1080);
	time_passes(bench.config.delack);
	expect_window(0);
	forget_segments();
	/* 3.8.6.2.2: the edge stays until min(MSS, half of the buffer) can be offered */
	program_reads(1459);
	expect_nothing();
	program_reads(1);
	expect_window(1460);
	expect_segment("A", US(1), THEM(4001), 0);
}

TEST(call__receive_tells_a_window_that_has_doubled)
{
	/* one that cannot, because more than half of the buffer is offered already, is not looked at */
	bench.host.rcv_buf = 40000;
	tcb_established();
	for (u32 i = 0; i < 16; i++)
		segment_in("A", THEM(1 + 1460 * i), US(1), 1460);
	time_passes(bench.config.delack);
	expect_window(40000 - 16 * 1460);
	forget_segments();
	program_reads(3000);
	expect_nothing();
	program_reads(16 * 1460 - 3000);
	expect_window(40000);
	expect_segment("A", US(1), THEM(1 + 16 * 1460), 0);
}

TEST(call__receive_offers_little_where_memory_is_scarce)
{
	bench.host.pressure = true;
	tcb_established();
	segment_in("A", THEM(1), US(1), 1460);
	segment_in("PA", THEM(1461), US(1), 1460);
	/* nothing was read, and yet there is all that may be offered now */
	expect_window(4 * 1460);
	expect_segment("A", US(1), THEM(2921), 0);
	bench.host.pressure = false;
	program_reads(1);
	expect_window(65535 - 2919);
	expect_segment("A", US(1), THEM(2921), 0);
}

TEST(call__receive_tells_that_there_is_memory_again)
{
	tcb_established();
	segment_in("PA", THEM(1), US(1), 100);
	bench.host.no_memory = true;
	segment_in("PA", THEM(101), US(1), 100);
	expect_window(0);
	expect_segment("A", US(1), THEM(101), 0);
	program_reads(50);
	expect_nothing();
	bench.host.no_memory = false;
	program_reads(1);
	expect_window(65535 - 100);
	expect_segment("A", US(1), THEM(101), 0);
	program_reads(1);
	expect_nothing();
}

TEST(call__scarce_memory_takes_nothing_back)
{
	/* SHLD-14 */
	tcb_established();
	bench.host.pressure = true;
	segment_in("A", THEM(1), US(1), 1460);
	segment_in("PA", THEM(1461), US(1), 1460);
	expect_window(65535 - 2920);
	expect_segment("A", US(1), THEM(2921), 0);
}

TEST(call__receive_does_not_chatter)
{
	bench.host.rcv_buf = 60000;
	tcb_established();
	segment_in("A", THEM(1), US(1), 1460);
	segment_in("PA", THEM(1461), US(1), 1460);
	expect_segment("A", US(1), THEM(2921), 0);
	/* 29 reads of 100 octets move the edge by less than half of the buffer and two segments */
	for (u32 i = 0; i < 29; i++)
		program_reads(100);
	expect_nothing();
}

TEST(call__receive_tells_a_small_window_by_two_segments)
{
	bench.host.rcv_buf = 10 * 1460 + 1000;
	tcb_established();
	for (u32 i = 0; i < 10; i++)
		segment_in("PA", THEM(1 + 1460 * i), US(1), 1460);
	time_passes(bench.config.delack);
	expect_window(1000);
	forget_segments();
	program_reads(1460);
	expect_nothing();
	program_reads(1460);
	expect_window(1000 + 2 * 1460);
	expect_segment("A", US(1), THEM(14601), 0);
}

TEST(call__who_waits_acknowledges)
{
	/* 3.7.4: the peer's Nagle may be waiting for it */
	tcb_established();
	segment_in("PA", THEM(1), US(1), 100);
	program_reads(100);
	expect_nothing();
	program_waits();
	expect_segment("A", US(1), THEM(101), 0);
	expect_no_timer(CLASP_TIMER_DELACK);
	program_waits();
	expect_nothing();
}

TEST(call__who_waits_acknowledges_a_write_of_a_segment)
{
	/* or a segment, however full, that ends a write */
	tcb_established();
	segment_in("PA", THEM(1), US(1), 1460);
	program_reads(1460);
	program_waits();
	expect_segment("A", US(1), THEM(1461), 0);
}

TEST(call__who_waits_acknowledges_what_is_not_pushed)
{
	/* however much it may be, of a sender that pushes nothing */
	tcb_established();
	segment_in("A", THEM(1), US(1), 1460);
	segment_in("A", THEM(1461), US(1), 1460);
	expect_segment("A", US(1), THEM(2921), 0);
	segment_in("A", THEM(2921), US(1), 1459);
	program_reads(4379);
	program_waits();
	expect_segment("A", US(1), THEM(4380), 0);
}

TEST(call__who_waits_for_the_rest_of_a_write_does_not_chatter)
{
	tcb_established();
	segment_in("A", THEM(1), US(1), 1460);
	program_reads(1460);
	program_waits();
	expect_nothing();
	expect_timer(CLASP_TIMER_DELACK, bench.config.delack);
	segment_in("A", THEM(1461), US(1), 1460);
	expect_segment("A", US(1), THEM(2921), 0);
}

TEST(call__who_waits_acknowledges_more_than_a_segment)
{
	/* 3.8.6.3: nothing is known of what comes, but more than a full segment waits for its ACK */
	tcb_established();
	bench.host.choice.interactive = true;
	bench.host.ep.tcb.interactive = true;
	segment_in("A", THEM(1), US(1), 1460);
	segment_in("PA", THEM(1461), US(1), 1);
	program_reads(1461);
	program_waits();
	expect_segment("A", US(1), THEM(1462), 0);
}

TEST(call__who_answers_carries_the_ack_later_too)
{
	tcb_established();
	segment_in("PA", THEM(1), US(1), 100);
	program_reads(100);
	program_writes(10);
	expect_segment("PA", US(1), THEM(101), 10);
	program_waits();
	expect_nothing();
	/* a program of several threads waits and answers at the same time */
	segment_in("PA", THEM(101), US(11), 100);
	program_reads(100);
	program_waits();
	expect_nothing();
	program_writes(10);
	expect_segment("PA", US(11), THEM(201), 10);
	/* until an answer fails to come */
	segment_in("PA", THEM(201), US(21), 100);
	program_reads(100);
	time_passes(bench.config.delack);
	expect_segment("A", US(21), THEM(301), 0);
	segment_in("PA", THEM(301), US(21), 100);
	program_reads(100);
	program_waits();
	expect_segment("A", US(21), THEM(401), 0);
}

TEST(call__an_ack_answers_what_was_pushed_before_it)
{
	tcb_established();
	segment_in("PA", THEM(1), US(1), 100);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(101), 0);
	segment_in("A", THEM(101), US(1), 1460);
	program_reads(1560);
	program_waits();
	expect_nothing();
}

TEST(call__who_waits_leaves_the_ack_of_a_fin_to_the_answer)
{
	tcb_established();
	segment_in("A", THEM(1), US(1), 1460);
	segment_in("FPA", THEM(1461), US(1), 100);
	program_reads(1560);
	program_waits();
	expect_nothing();
	program_writes(10);
	expect_segment("PA", US(1), THEM(1562), 10);
}
