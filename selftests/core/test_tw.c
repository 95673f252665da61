// SPDX-License-Identifier: GPL-2.0
/*
 * TIME_WAIT met by every kind of segment (RFC 9293, 3.10.7.4 and 3.10.8; RFC 1337; RFC 5961; RFC
 * 6191).
 */
#include "bench.h"

static u64 left(void)
{
	return host_deadline(&bench.host) - bench.now;
}

static void time_wait_for(u64 ns)
{
	tcb_time_wait();
	time_passes(ns);
	expect_nothing();
}

TEST(tw__lasts_2_msl)
{
	/* MUST-13 */
	tcb_time_wait();
	EXPECT_EQ(left(), 60 * CLASP_SEC);
	time_passes(60 * CLASP_SEC - 1);
	expect_state(CLASP_TIME_WAIT);
	time_passes(1);
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(bench.host.flow, FLOW_NONE);
}

TEST(tw__follows_the_msl)
{
	tcb_time_wait();
	bench.config.msl = 120 * CLASP_SEC;
	EXPECT_EQ(left(), 240 * CLASP_SEC);
	bench.config.msl = CLASP_SEC;
	EXPECT_EQ(left(), 2 * CLASP_SEC);
}

TEST(tw__fin_again)
{
	/* eighth: remain in TIME_WAIT, restart the 2 MSL timeout; fifth: acknowledge it */
	time_wait_for(50 * CLASP_SEC);
	segment_in("FA", THEM(1), US(2), 0);
	expect_segment("A", US(2), THEM(2), 0);
	EXPECT_EQ(left(), 60 * CLASP_SEC);
	time_passes(59 * CLASP_SEC);
	segment_in("FA", THEM(1), US(2), 0);
	expect_segment("A", US(2), THEM(2), 0);
	EXPECT_EQ(left(), 60 * CLASP_SEC);
}

TEST(tw__fin_again_is_always_acknowledged)
{
	/* not rate limited: each may be the one whose answer arrives */
	time_wait_for(CLASP_SEC);
	for (u32 i = 0; i < 5; i++) {
		segment_in("FA", THEM(1), US(2), 0);
		expect_segment("A", US(2), THEM(2), 0);
	}
}

TEST(tw__fin_again_behind_its_data)
{
	tcb_fin_wait_2();
	segment_in("FPA", THEM(1), US(2), 100);
	expect_segment("A", US(2), THEM(102), 0);
	expect_state(CLASP_TIME_WAIT);
	time_passes(10 * CLASP_SEC);
	segment_in("FPA", THEM(1), US(2), 100);
	expect_segment("A", US(2), THEM(102), 0);
	EXPECT_EQ(left(), 60 * CLASP_SEC);
}

TEST(tw__fin_without_ack_restarts_nothing)
{
	/* first: outside the window it is answered; fifth: if the ACK bit is off, drop */
	time_wait_for(10 * CLASP_SEC);
	segment_in("F", THEM(1), 0, 0);
	expect_segment("A", US(2), THEM(2), 0);
	segment_in("F", THEM(2), 0, 0);
	EXPECT_EQ(left(), 50 * CLASP_SEC);
	expect_nothing();
}

TEST(tw__rst_is_ignored)
{
	/* RFC 1337, fix F1: exact, inside, outside */
	time_wait_for(10 * CLASP_SEC);
	segment_in("R", THEM(2), 0, 0);
	segment_in("RA", THEM(2), US(2), 0);
	segment_in("R", THEM(3), 0, 0);
	segment_in("R", THEM(0), 0, 0);
	segment_in("RA", THEM(0), US(2), 10);
	segment_in("RA", THEM(100000), US(2), 0);
	segment_in("RFA", THEM(1), US(2), 0);
	segment_in("SR", THEM(1000), 0, 0);
	expect_nothing();
	expect_state(CLASP_TIME_WAIT);
	EXPECT_EQ(left(), 50 * CLASP_SEC);
}

TEST(tw__old_data_is_acknowledged_and_shortens_nothing)
{
	time_wait_for(10 * CLASP_SEC);
	segment_in("PA", THEM(-20), US(2), 10);
	expect_segment("A", US(2), THEM(2), 0);
	EXPECT_EQ(left(), 50 * CLASP_SEC);
}

TEST(tw__data_beyond_the_window)
{
	time_wait_for(10 * CLASP_SEC);
	segment_in("PA", THEM(100000), US(2), 10);
	expect_segment("A", US(2), THEM(2), 0);
	EXPECT_EQ(left(), 50 * CLASP_SEC);
	EXPECT_EQ(host_unread(&bench.host), 0);
}

TEST(tw__pure_ack_is_silent)
{
	/* or two TIME_WAITs would talk for ever */
	time_wait_for(10 * CLASP_SEC);
	segment_in("A", THEM(2), US(2), 0);
	expect_nothing();
	EXPECT_EQ(left(), 50 * CLASP_SEC);
}

TEST(tw__pure_acks_out_of_window_are_limited)
{
	time_wait_for(10 * CLASP_SEC);
	for (u32 i = 0; i < 10; i++)
		segment_in("A", THEM(1), US(2), 0);
	EXPECT(bench.sent_count <= 1);
	forget_segments();
}

TEST(tw__new_syn_reopens)
{
	/* RFC 6191 by sequence number; RFC 9293, MAY-2: beyond the old one's numbers */
	tcb_listen();
	tcb_time_wait();
	segment_in("S", THEM(1000), 0, 0);
	EXPECT_EQ(bench.sent_count, 1);
	EXPECT_EQ(bench.sent[0].header.flags, CLASP_SYN | CLASP_ACK);
	EXPECT_EQ(bench.sent[0].header.ack, THEM(1001));
	EXPECT(seq_after(bench.sent[0].header.seq, US(2)));
	forget_segments();
	expect_state(CLASP_SYN_RCVD);
	segment_in("A", THEM(1001), bench.host.embryo.iss + 1, 0);
	expect_state(CLASP_ESTABLISHED);
}

TEST(tw__old_syn_does_not)
{
	tcb_listen();
	tcb_time_wait();
	segment_in("S", THEM(0), 0, 0);
	expect_segment("A", US(2), THEM(2), 0);
	expect_state(CLASP_TIME_WAIT);
	time_passes(CLASP_SEC);
	segment_in("S", THEM(-1000), 0, 0);
	expect_segment("A", US(2), THEM(2), 0);
	expect_state(CLASP_TIME_WAIT);
	EXPECT_EQ(left(), 59 * CLASP_SEC);
}

TEST(tw__new_syn_without_a_listener)
{
	/* RFC 5961, 4.2: the challenge that any SYN gets, as seldom; what was taken up stays */
	time_wait_for(10 * CLASP_SEC);
	segment_in("S", THEM(1000), 0, 0);
	expect_segment("A", US(2), THEM(2), 0);
	segment_in("S", THEM(1000), 0, 0);
	expect_nothing();
	expect_state(CLASP_TIME_WAIT);
	EXPECT_EQ(left(), 50 * CLASP_SEC);
	time_passes(bench.config.challenge_interval);
	segment_in("S", THEM(1000), 0, 0);
	expect_segment("A", US(2), THEM(2), 0);
}

TEST(tw__syn_ack_does_not_reopen)
{
	tcb_listen();
	tcb_time_wait();
	segment_in("SA", THEM(1000), US(2), 0);
	expect_state(CLASP_TIME_WAIT);
	EXPECT_EQ(left(), 60 * CLASP_SEC);
	expect_segment("A", US(2), THEM(2), 0);
}

TEST(tw__window_edge_is_kept)
{
	tcb_fin_wait_2();
	segment_in("PA", THEM(1), US(2), 1460);
	time_passes(bench.config.delack);
	forget_segments();
	segment_in("FA", THEM(1461), US(2), 0);
	u32 edge = last_segment()->header.ack + last_segment()->header.wnd;

	forget_segments();
	segment_in("FA", THEM(1461), US(2), 0);
	EXPECT_EQ(last_segment()->header.ack + last_segment()->header.wnd, edge);
	forget_segments();
}

TEST(tw__purge)
{
	tcb_time_wait();
	clasp_tw_end(&bench.host.tw, CLASP_PURGE);
	EXPECT_EQ(bench.host.tw.state, CLASP_CLOSED);
}
