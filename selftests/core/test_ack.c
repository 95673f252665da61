// SPDX-License-Identifier: GPL-2.0
/*
 * The fifth step where it is common to all states: SND.UNA, the send window with WL1 and WL2,
 * duplicate ACKs (RFC 9293, 3.10.7.4; RFC 5681, section 2).
 */
#include "bench.h"

TEST(ack__frees_what_it_covers)
{
	tcb_established();
	program_writes(4380);
	forget_segments();
	EXPECT_EQ(bench.host.ep.rtx.count, 3);
	segment_in("A", THEM(1), US(1461), 0);
	EXPECT_EQ(bench.host.ep.rtx.count, 2);
	EXPECT_EQ(bench.host.snd_queued, 2920);
	EXPECT_EQ(bench.host.ep.tcb.snd_una, US(1461));
	segment_in("A", THEM(1), US(4381), 0);
	EXPECT_EQ(bench.host.ep.rtx.count, 0);
	expect_no_timer(CLASP_TIMER_RETRANSMIT);
}

TEST(ack__in_the_middle_of_a_segment)
{
	tcb_established();
	program_writes(1460);
	forget_segments();
	segment_in("A", THEM(1), US(501), 0);
	EXPECT_EQ(bench.host.ep.tcb.snd_una, US(501));
	next_deadline();
	EXPECT(bench.sent_count == 1);
	EXPECT(seq_before_eq(bench.sent[0].header.seq, US(501)));
	EXPECT_EQ(bench.sent[0].header.seq + bench.sent[0].len, US(1461));
	forget_segments();
	segment_in("A", THEM(1), US(1461), 0);
	EXPECT_EQ(bench.host.ep.rtx.count, 0);
}

TEST(ack__of_all_there_are_numbers_for)
{
	/* 4 GiB after the SYN a segment ends at its number */
	tcb_established();
	bench.host.ep.tcb.iss = US(1461);
	program_writes(1460);
	forget_segments();
	segment_in("A", THEM(1), US(1461), 0);
	EXPECT_EQ(bench.host.ep.tcb.snd_una, US(1461));
	expect_nothing();
	host_output(&bench.host, bench.now);
	expect_nothing();
	program_writes(100);
	expect_segment("PA", US(1461), THEM(1), 100);
	segment_in("A", THEM(1), US(1561), 0);
	EXPECT_EQ(bench.host.ep.tcb.snd_una, US(1561));
	EXPECT_EQ(bench.host.ep.tcb.state, CLASP_ESTABLISHED);
	expect_nothing();
}

TEST(ack__old_duplicates_are_ignored)
{
	tcb_established();
	program_writes(2920);
	forget_segments();
	segment_in("A", THEM(1), US(2921), 0);
	segment_in_wnd("A", THEM(1), US(1461), 0, 5);
	segment_in_wnd("A", THEM(1), US(1), 0, 5);
	EXPECT_EQ(bench.host.ep.tcb.snd_una, US(2921));
	EXPECT_EQ(bench.host.ep.tcb.snd_wnd, PEER_WINDOW);
	expect_nothing();
}

TEST(ack__window_from_a_newer_segment)
{
	/* SND.WL1 < SEG.SEQ */
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 10, 1000);
	EXPECT_EQ(bench.host.ep.tcb.snd_wnd, 1000);
	segment_in_wnd("A", THEM(11), US(1), 10, 2000);
	EXPECT_EQ(bench.host.ep.tcb.snd_wnd, 2000);
	forget_segments();
}

TEST(ack__window_from_an_older_segment_is_ignored)
{
	/* SND.WL1 > SEG.SEQ, the same ACK: overtaken on the way */
	tcb_established();
	segment_in_wnd("A", THEM(11), US(1), 10, 2000);
	segment_in_wnd("A", THEM(1), US(1), 10, 1000);
	EXPECT_EQ(bench.host.ep.tcb.snd_wnd, 2000);
	forget_segments();
}

TEST(ack__window_from_the_same_number)
{
	/* SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK */
	tcb_established();
	program_writes(100);
	forget_segments();
	segment_in_wnd("A", THEM(1), US(1), 0, 1000);
	EXPECT_EQ(bench.host.ep.tcb.snd_wnd, 1000);
	segment_in_wnd("A", THEM(1), US(101), 0, 500);
	EXPECT_EQ(bench.host.ep.tcb.snd_wnd, 500);
}

TEST(ack__window_with_the_highest_acknowledgment)
{
	/* 3.8.6: data sent again has an old number, but its ACK and window are news */
	tcb_established();
	program_writes(1000);
	forget_segments();
	segment_in_wnd("A", THEM(101), US(1), 10, 1000);
	forget_segments();
	segment_in_wnd("A", THEM(1), US(1001), 100, 0);
	EXPECT_EQ(bench.host.ep.tcb.snd_wnd, 0);
	forget_segments();
}

TEST(ack__window_remembers_the_largest)
{
	bench.peer_wnd = 4000;
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 9000);
	segment_in_wnd("A", THEM(1), US(1), 0, 100);
	EXPECT_EQ(bench.host.ep.tcb.snd_wnd_max, 9000);
}

TEST(ack__what_a_shrunk_window_lost_is_sent_when_it_opens)
{
	tcb_established();
	program_writes(2 * 1460);
	expect_segment("A", US(1), THEM(1), 1460);
	expect_segment("PA", US(1461), THEM(1), 1460);
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	expect_nothing();
	expect_no_timer(CLASP_TIMER_RETRANSMIT);
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(1), THEM(1), 1460);
	expect_segment("PA", US(1461), THEM(1), 1460);
	expect_nothing();
}

TEST(ack__a_window_that_only_seemed_to_close)
{
	/* an ACK of before the window opened was overtaken; the flight goes on to be acknowledged */
	tcb_established();
	program_writes(3 * 1460);
	expect_segment("A", US(1), THEM(1), 1460);
	expect_segment("A", US(1461), THEM(1), 1460);
	forget_segments();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	segment_in("A", THEM(1), US(1461), 0);
	expect_nothing();
	EXPECT(bench.host.ep.tcb.deadline[CLASP_TIMER_RETRANSMIT]);
	expect_no_timer(CLASP_TIMER_PERSIST);
}

TEST(ack__a_window_that_opens_with_the_octet_of_a_probe)
{
	/* all of the flight but that octet found no room */
	tcb_established();
	program_writes(2 * 1460);
	forget_segments();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	next_deadline();
	forget_segments();
	segment_in("A", THEM(1), US(1461), 0);
	expect_segment("PA", US(1461), THEM(1), 1460);
	expect_nothing();
}

TEST(ack__window_that_shrinks)
{
	/* MUST-34: a negative usable window is survived; SHLD-15: no new data meanwhile */
	tcb_established();
	program_writes(10 * 1460);
	forget_segments();
	segment_in_wnd("A", THEM(1), US(1461), 0, 1000);
	program_writes(5000);
	expect_nothing();
	/* SHLD-16, MAY-7: what is inside the window is sent again when its time comes */
	next_deadline();
	EXPECT_EQ(bench.sent_count, 1);
	EXPECT_EQ(bench.sent[0].header.seq, US(1461));
	forget_segments();
	segment_in("A", THEM(1), US(14601), 0);
	EXPECT(bench.sent_count > 0);
	forget_segments();
}

TEST(ack__duplicates_are_counted)
{
	tcb_established();
	program_writes(5 * 1460);
	forget_segments();
	segment_in("A", THEM(1), US(1), 0);
	segment_in("A", THEM(1), US(1), 0);
	expect_nothing();
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(1), THEM(1), 1460);
}

TEST(ack__what_is_no_duplicate)
{
	/* RFC 5681, section 2: no data, same window, something outstanding */
	tcb_established();
	program_writes(5 * 1460);
	forget_segments();
	for (u32 i = 0; i < 5; i++)
		segment_in("PA", THEM(1 + 10 * i), US(1), 10);
	for (u32 i = 0; i < 5; i++)
		segment_in_wnd("A", THEM(51), US(1), 0, PEER_WINDOW - 1 - i);
	time_passes(bench.config.delack);
	while (bench.sent_count) {
		EXPECT_EQ(bench.sent[0].len, 0);
		expect_segment("A", US(7301), bench.sent[0].header.ack, 0);
	}
	for (u32 i = 0; i < 5; i++)
		segment_in_wnd("A", THEM(51), US(1), 0, PEER_WINDOW - 5);
	EXPECT_EQ(bench.sent_count, 1);
	expect_segment("A", US(1), THEM(51), 1460);
}
