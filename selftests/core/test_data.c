// SPDX-License-Identifier: GPL-2.0
/*
 * The seventh step: octets in order, out of order, overlapping and beyond the window, and when each
 * is acknowledged (RFC 9293, 3.8.6.2.2, 3.8.6.3; RFC 5681, 4.2).
 */
#include "bench.h"

TEST(data__in_order)
{
	tcb_established();
	segment_in("PA", THEM(1), US(1), 100);
	EXPECT_EQ(program_reads(1000), 100);
	EXPECT_EQ(bench.host.ep.tcb.rcv_nxt, THEM(101));
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(101), 0);
}

TEST(data__ack_is_delayed_40_ms)
{
	tcb_established();
	segment_in("PA", THEM(1), US(1), 1460);
	expect_nothing();
	expect_timer(CLASP_TIMER_DELACK, 40 * CLASP_MSEC);
	time_passes(39 * CLASP_MSEC);
	expect_nothing();
	time_passes(1 * CLASP_MSEC);
	expect_segment("A", US(1), THEM(1461), 0);
	EXPECT_EQ(host_deadline(&bench.host), 0);
}

TEST(data__a_later_octet_does_not_delay_it_further)
{
	tcb_established();
	segment_in("PA", THEM(1), US(1), 10);
	time_passes(30 * CLASP_MSEC);
	segment_in("PA", THEM(11), US(1), 10);
	expect_nothing();
	time_passes(10 * CLASP_MSEC);
	expect_segment("A", US(1), THEM(21), 0);
}

TEST(data__every_second_full_segment)
{
	/* SHLD-19 */
	tcb_established();
	for (u32 i = 0; i < 10; i++) {
		segment_in("A", THEM(1 + i * 1460), US(1), 1460);
		if (i % 2)
			expect_segment("A", US(1), THEM(1461 + i * 1460), 0);
		expect_nothing();
	}
}

/* Of a window of twenty segments half is taken, and acknowledged; four more come. */
static void half_waits_to_be_read(void)
{
	bench.host.rcv_buf = 20 * 1460;
	tcb_established();
	for (u32 i = 0; i < 14; i++) {
		segment_in("A", THEM(1 + i * 1460), US(1), 1460);
		if (i % 2 && i < 10)
			expect_segment("A", US(1), THEM(1461 + i * 1460), 0);
		expect_nothing();
	}
}

TEST(data__behind_half_a_window_an_ack_waits_for_the_program)
{
	half_waits_to_be_read();
	program_reads(4 * 1460 - 1);
	expect_nothing();
	program_reads(1);
	expect_window(10 * 1460);
	expect_segment("A", US(1), THEM(1 + 14 * 1460), 0);
	/* then none waits, and none is due for one segment */
	segment_in("A", THEM(1 + 14 * 1460), US(1), 1460);
	program_reads(2 * 1460);
	expect_nothing();
	segment_in("A", THEM(1 + 15 * 1460), US(1), 1460);
	expect_segment("A", US(1), THEM(1 + 16 * 1460), 0);
}

TEST(data__an_ack_waits_for_less_than_the_peer_waits_for_it)
{
	/* RFC 8985, 7.2: two round trips, here no less than a millisecond; each segment does not begin anew */
	half_waits_to_be_read();
	time_passes(CLASP_MSEC / 2 - 1);
	segment_in("A", THEM(1 + 14 * 1460), US(1), 1460);
	expect_nothing();
	time_passes(1);
	expect_window(5 * 1460);
	expect_segment("A", US(1), THEM(1 + 15 * 1460), 0);
}

TEST(data__an_ack_waits_though_more_is_offered_than_there_is_room_for)
{
	/* octets take memory beside themselves, and what was offered stays so */
	tcb_established();
	bench.host.rcv_buf = 4 * 1460;
	segment_in("A", THEM(1), US(1), 1460);
	segment_in("A", THEM(1461), US(1), 1460);
	expect_segment("A", US(1), THEM(2921), 0);
	segment_in("A", THEM(2921), US(1), 1460);
	segment_in("A", THEM(4381), US(1), 1460);
	expect_nothing();
	program_reads(2 * 1460);
	expect_segment("A", US(1), THEM(5841), 0);
}

/* The peer's octets are the first. */
static void peer_begins(void)
{
	tcb_established_sack();
	bench.host.ep.tcb.hurried = 0;
}

TEST(data__the_first_full_segments_are_acknowledged_at_once)
{
	u32 i;

	peer_begins();
	for (i = 1; i <= 16; i++) {
		segment_in("A", THEM(1 + (i - 1) * 1460), US(1), 1460);
		expect_segment("A", US(1), THEM(1 + i * 1460), 0);
	}
	segment_in("A", THEM(1 + 16 * 1460), US(1), 1460);
	expect_nothing();
	segment_in("A", THEM(1 + 17 * 1460), US(1), 1460);
	expect_segment("A", US(1), THEM(1 + 18 * 1460), 0);
}

TEST(data__at_once_is_half_of_what_the_buffer_takes)
{
	bench.host.rcv_buf = 6 * 1460;
	peer_begins();
	for (u32 i = 0; i < 3; i++)
		segment_in("A", THEM(1 + i * 1460), US(1), 1460);
	EXPECT_EQ(bench.sent_count, 3);
	forget_segments();
	segment_in("A", THEM(1 + 3 * 1460), US(1), 1460);
	expect_nothing();
}

TEST(data__what_is_small_is_a_question)
{
	peer_begins();
	segment_in("PA", THEM(1), US(1), CLASP_MSS_DEFAULT - 1);
	expect_nothing();
	segment_in("A", THEM(CLASP_MSS_DEFAULT), US(1), CLASP_MSS_DEFAULT);
	expect_segment("A", US(1), THEM(2 * CLASP_MSS_DEFAULT), 0);
	segment_in("A", THEM(2 * CLASP_MSS_DEFAULT), US(1), 1460);
	expect_segment("A", US(1), THEM(2 * CLASP_MSS_DEFAULT + 1460), 0);
	segment_in("A", THEM(2 * CLASP_MSS_DEFAULT + 1460), US(1), 1459);
	expect_nothing();
}

TEST(data__who_answers_does_not_hurry)
{
	peer_begins();
	segment_in("PA", THEM(1), US(1), 100);
	program_writes(100);
	expect_segment("PA", US(1), THEM(101), 100);
	segment_in("A", THEM(101), US(101), 1460);
	expect_nothing();
}

TEST(data__after_a_silence_at_once_again)
{
	u64 rto;

	tcb_established_sack();
	rto = bench.host.ep.tcb.rto_us * CLASP_USEC;
	bench.now += rto;
	segment_in("A", THEM(1), US(1), 1460);
	expect_nothing();
	bench.now += rto + 1;
	segment_in("A", THEM(1461), US(1), 1460);
	forget_segments();
	segment_in("A", THEM(2921), US(1), 1460);
	expect_segment("A", US(1), THEM(4381), 0);
}

TEST(data__how_long_a_silence_is_was_never_measured)
{
	tcb_established();
	bench.now += 10 * CLASP_SEC;
	segment_in("A", THEM(1), US(1), 1460);
	expect_nothing();
}

TEST(data__a_super_packet_has_as_many_full_segments_as_it_was)
{
	tcb_established();
	bench.host.comes_in = 600;
	segment_in("A", THEM(1), US(1), 1200);
	EXPECT_EQ(bench.host.ep.tcb.rcv_mss, 600);
	expect_segment("A", US(1), THEM(1201), 0);
	bench.host.comes_in = 1000;
	segment_in("A", THEM(1201), US(1), 100);
	expect_nothing();
	EXPECT_EQ(bench.host.ep.tcb.rcv_mss, 600);
	time_passes(bench.config.delack);
	forget_segments();
}

TEST(data__a_super_packet_counts_as_many_segments_as_it_was)
{
	static const struct {
		u32 len, packets;
	} cases[] = { { 1201, 4 }, { 1200, 3 }, { 401, 2 }, { 400, 1 }, { 1, 1 }, { 0, 1 } };
	u32 from = THEM(1), before;

	tcb_established();
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		bench.host.comes_in = 400;
		before = bench.host.ep.tcb.segs_in;
		segment_in("A", from, US(1), cases[i].len);
		EXPECT_EQ(bench.host.ep.tcb.segs_in - before, cases[i].packets);
		from += cases[i].len;
	}
	forget_segments();
}

TEST(data__ack_travels_with_data)
{
	tcb_established();
	segment_in("PA", THEM(1), US(1), 100);
	program_writes(50);
	expect_segment("PA", US(1), THEM(101), 50);
	expect_no_timer(CLASP_TIMER_DELACK);
	time_passes(bench.config.delack);
	expect_nothing();
}

TEST(data__out_of_order_is_kept_and_acknowledged_at_once)
{
	/* SHLD-31; RFC 5681, 4.2: an immediate duplicate ACK */
	tcb_established();
	segment_in("A", THEM(101), US(1), 100);
	expect_segment("A", US(1), THEM(1), 0);
	segment_in("A", THEM(301), US(1), 100);
	expect_segment("A", US(1), THEM(1), 0);
	EXPECT_EQ(bench.host.ep.ooo.count, 2);
	EXPECT_EQ(host_unread(&bench.host), 0);
	segment_in("A", THEM(1), US(1), 100);
	expect_segment("A", US(1), THEM(201), 0);
	EXPECT_EQ(program_reads(1000), 200);
	segment_in("A", THEM(201), US(1), 100);
	expect_segment("A", US(1), THEM(401), 0);
	EXPECT_EQ(program_reads(1000), 200);
	EXPECT_EQ(bench.host.ep.ooo.count, 0);
}

TEST(data__straddling_the_left_edge)
{
	/* "only the new parts are processed" */
	tcb_established();
	segment_in("A", THEM(1), US(1), 100);
	segment_in("A", THEM(51), US(1), 100);
	EXPECT_EQ(program_reads(1000), 150);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(151), 0);
}

TEST(data__straddling_the_right_edge)
{
	bench.host.rcv_buf = 1000;
	tcb_established();
	segment_in("A", THEM(1), US(1), 1460);
	EXPECT_EQ(host_unread(&bench.host), 1000);
	EXPECT_EQ(bench.host.ep.tcb.rcv_nxt, THEM(1001));
	time_passes(bench.config.delack);
	expect_window(0);
	expect_segment("A", US(1), THEM(1001), 0);
}

TEST(data__fin_beyond_the_right_edge_is_not_taken)
{
	bench.host.rcv_buf = 1000;
	tcb_established();
	segment_in("FPA", THEM(1), US(1), 1000);
	EXPECT_EQ(host_unread(&bench.host), 1000);
	EXPECT(!bench.host.eof);
	expect_state(CLASP_ESTABLISHED);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(1001), 0);
	program_reads(1000);
	expect_segment("A", US(1), THEM(1001), 0);
	segment_in("FA", THEM(1001), US(1), 0);
	EXPECT(bench.host.eof);
	expect_state(CLASP_CLOSE_WAIT);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(1002), 0);
}

TEST(data__duplicates_are_acknowledged_at_once)
{
	tcb_established();
	segment_in("A", THEM(1), US(1), 100);
	segment_in("A", THEM(1), US(1), 100);
	expect_segment("A", US(1), THEM(101), 0);
	EXPECT_EQ(program_reads(1000), 100);
}

TEST(data__overlaps_out_of_order)
{
	static const u32 pieces[][2] = {
		{ 300, 100 }, { 100, 100 }, { 150, 200 }, { 90, 400 }, { 500, 10 }, { 50, 30 },
		{ 495, 30 }, { 0, 60 }, { 40, 60 }, { 10, 515 },
	};

	/* what a receiver keeps of an overlap is its own affair; the last piece repeats all */
	tcb_established();
	for (u32 i = 0; i < ARRAY_SIZE(pieces); i++)
		segment_in("A", THEM(1 + pieces[i][0]), US(1), pieces[i][1]);
	EXPECT_EQ(bench.host.ep.tcb.rcv_nxt, THEM(526));
	EXPECT_EQ(program_reads(1000), 525);	/* each octet what the peer sent there */
	EXPECT_EQ(bench.host.ep.ooo.count, 0);
	forget_segments();
}

TEST(data__no_octet_waits_twice)
{
	const struct clasp_segs *ooo = &bench.host.ep.ooo;

	tcb_established();
	segment_in("A", THEM(101), US(1), 10);
	segment_in("A", THEM(106), US(1), 10);
	segment_in("A", THEM(96), US(1), 10);
	EXPECT_EQ(ooo->count, 3);
	for (u32 i = 0; i + 1 < ooo->count; i++)
		EXPECT_EQ(clasp_seg_end(&ooo->node[i]), ooo->node[i + 1].seq);
	forget_segments();
}

TEST(data__the_first_fin_counts)
{
	/* a second one elsewhere is a lie, and neither ends nor lengthens the stream */
	tcb_established();
	segment_in("FA", THEM(101), US(1), 0);
	segment_in("FA", THEM(51), US(1), 0);
	segment_in("A", THEM(1), US(1), 50);
	expect_state(CLASP_ESTABLISHED);
	segment_in("A", THEM(51), US(1), 50);
	expect_state(CLASP_CLOSE_WAIT);
	EXPECT_EQ(program_reads(1000), 100);
	forget_segments();
}

TEST(data__fin_position_ends_the_stream)
{
	/* octets beyond a FIN that is known are nobody's */
	tcb_established();
	segment_in("FA", THEM(101), US(1), 0);
	segment_in("A", THEM(51), US(1), 100);
	segment_in("A", THEM(1), US(1), 50);
	EXPECT_EQ(program_reads(1000), 100);
	EXPECT(bench.host.eof);
	EXPECT_EQ(bench.host.ep.tcb.rcv_nxt, THEM(102));
	forget_segments();
}

TEST(data__only_beyond_the_fin)
{
	tcb_established();
	segment_in("FA", THEM(11), US(1), 0);
	segment_in("A", THEM(21), US(1), 10);
	EXPECT_EQ(bench.host.ep.ooo.count, 0);
	segment_in("A", THEM(1), US(1), 10);
	EXPECT_EQ(program_reads(100), 10);
	expect_state(CLASP_CLOSE_WAIT);
	forget_segments();
}

TEST(data__window_keeps_its_right_edge)
{
	/* 3.8.6.2.2: RCV.NXT + RCV.WND is fixed while octets arrive and nobody reads */
	bench.host.rcv_buf = 10000;
	tcb_established();
	for (u32 i = 0; i < 6; i++)
		segment_in("A", THEM(1 + i * 1460), US(1), 1460);
	time_passes(bench.config.delack);
	EXPECT_EQ(bench.sent_count, 3);
	for (u32 i = 0; i < 3; i++)
		EXPECT_EQ(bench.sent[i].header.ack + bench.sent[i].header.wnd, THEM(10001));
	forget_segments();
}

TEST(data__window_moves_by_whole_segments)
{
	bench.host.rcv_buf = 10000;
	tcb_established();
	segment_in("A", THEM(1), US(1), 1460);
	program_reads(1459);
	segment_in("A", THEM(1461), US(1), 1460);
	EXPECT_EQ(last_segment()->header.ack + last_segment()->header.wnd, THEM(10001));
	program_reads(1);
	segment_in("A", THEM(2921), US(1), 1460);
	segment_in("A", THEM(4381), US(1), 1460);
	EXPECT_EQ(last_segment()->header.ack + last_segment()->header.wnd, THEM(11461));
	forget_segments();
}

TEST(data__buffer_smaller_than_a_segment)
{
	/* min(Fr * RCV.BUFF, MSS): half of a small buffer is enough */
	bench.host.rcv_buf = 100;
	tcb_established();
	segment_in("A", THEM(1), US(1), 100);
	time_passes(bench.config.delack);
	expect_window(0);
	forget_segments();
	program_reads(49);
	expect_nothing();
	program_reads(1);
	expect_window(50);
	expect_segment("A", US(1), THEM(101), 0);
}

TEST(data__without_memory_the_ack_counts)
{
	tcb_established();
	program_writes(100);
	expect_segment("PA", US(1), THEM(1), 100);
	bench.host.no_memory = true;
	segment_in("FPA", THEM(1), US(101), 50);
	expect_segment("A", US(101), THEM(1), 0);
	EXPECT_EQ(bench.host.ep.tcb.snd_una, US(101));
	EXPECT_EQ(host_unread(&bench.host), 0);
	EXPECT(!bench.host.ep.tcb.fin_known);
	expect_state(CLASP_ESTABLISHED);
	bench.host.no_memory = false;
	segment_in("FPA", THEM(1), US(101), 50);
	expect_window(65535 - 51);
	expect_segment("A", US(101), THEM(52), 0);
	EXPECT_EQ(host_unread(&bench.host), 50);
	expect_state(CLASP_CLOSE_WAIT);
}

TEST(data__without_memory_the_window_is_closed)
{
	tcb_established();
	bench.host.no_memory = true;
	segment_in("PA", THEM(1), US(1), 50);
	expect_window(0);
	expect_segment("A", US(1), THEM(1), 0);
	program_writes(10);
	expect_window(0);
	expect_segment("PA", US(1), THEM(1), 10);
	/* the peer may have sent on before it knew, or probes */
	bench.host.no_memory = false;
	segment_in("PA", THEM(1), US(11), 1000);
	expect_window(65535 - 1000);
	expect_segment("A", US(11), THEM(1001), 0);
	EXPECT_EQ(host_unread(&bench.host), 1000);
}

TEST(data__without_memory_a_bare_fin_is_taken)
{
	tcb_established();
	bench.host.no_memory = true;
	segment_in("FA", THEM(1), US(1), 0);
	expect_state(CLASP_CLOSE_WAIT);
}

TEST(data__without_memory_a_third_segment_opens)
{
	tcb_syn_rcvd();
	bench.host.no_memory = true;
	segment_in("PA", THEM(1), US(1), 50);
	expect_state(CLASP_ESTABLISHED);
	expect_segment("A", US(1), THEM(1), 0);
	EXPECT_EQ(host_unread(&bench.host), 0);
}
