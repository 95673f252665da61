// SPDX-License-Identifier: GPL-2.0
/*
 * SEGMENT ARRIVES by the steps of RFC 9293, 3.10.7.4, over all states that share them; until both ends
 * are synchronized see test_input_open.c, for TIME_WAIT test_tw.c.
 */
#include "bench.h"

struct position {
	void (*make)(void);
	u8 state;
	u32 snd_nxt;		/* US() */
	u32 rcv_nxt;		/* THEM() */
	u8 error;		/* what an exact RST reports */
};

static const struct position synchronized[] = {
	{ tcb_syn_rcvd_active, CLASP_SYN_RCVD, 1, 1, CLASP_REFUSED },
	{ tcb_established, CLASP_ESTABLISHED, 1, 1, CLASP_RESET },
	{ tcb_established_passive, CLASP_ESTABLISHED, 1, 1, CLASP_RESET },
	{ tcb_fin_wait_1, CLASP_FIN_WAIT_1, 2, 1, CLASP_RESET },
	{ tcb_fin_wait_2, CLASP_FIN_WAIT_2, 2, 1, CLASP_RESET },
	{ tcb_close_wait, CLASP_CLOSE_WAIT, 1, 2, CLASP_BROKEN },
	{ tcb_closing, CLASP_CLOSING, 2, 2, CLASP_RESET },
	{ tcb_last_ack, CLASP_LAST_ACK, 2, 2, CLASP_RESET },
};

#define POSITIONS ARRAY_SIZE(synchronized)

static const struct position *enter(u32 i)
{
	bench_reset(bench.iss, bench.irs);
	synchronized[i].make();
	time_passes(100 * CLASP_MSEC);
	expect_nothing();
	return &synchronized[i];
}

static void expect_unmoved(const struct position *at)
{
	expect_state(at->state);
	EXPECT_EQ(bench.host.ep.tcb.snd_nxt, US(at->snd_nxt));
	EXPECT_EQ(bench.host.ep.tcb.rcv_nxt, THEM(at->rcv_nxt));
	EXPECT_EQ(host_unread(&bench.host), 0);
	EXPECT_EQ(bench.host.ep.ooo.count, 0);
}

TEST(input__first_left_of_the_window)
{
	for (u32 i = 0; i < POSITIONS; i++) {
		const struct position *at = enter(i);

		/* an empty segment left of RCV.NXT, an old octet, an old FIN */
		segment_in("A", THEM(at->rcv_nxt - 1), US(at->snd_nxt), 0);
		expect_segment("A", US(at->snd_nxt), THEM(at->rcv_nxt), 0);
		time_passes(bench.config.challenge_interval);
		forget_segments();
		segment_in("PA", THEM(at->rcv_nxt - 20), US(at->snd_nxt), 10);
		expect_segment("A", US(at->snd_nxt), THEM(at->rcv_nxt), 0);
		expect_unmoved(at);
	}
}

TEST(input__first_right_of_the_window)
{
	for (u32 i = 0; i < POSITIONS; i++) {
		const struct position *at = enter(i);
		u32 wnd = seq_distance(bench.host.ep.tcb.rcv_nxt, bench.host.ep.tcb.rcv_edge);

		segment_in("PA", THEM(at->rcv_nxt + wnd), US(at->snd_nxt), 10);
		expect_segment("A", US(at->snd_nxt), THEM(at->rcv_nxt), 0);
		expect_unmoved(at);
		time_passes(bench.config.challenge_interval);
		forget_segments();
		segment_in("FA", THEM(at->rcv_nxt + wnd + 1000), US(at->snd_nxt), 0);
		expect_segment("A", US(at->snd_nxt), THEM(at->rcv_nxt), 0);
		expect_unmoved(at);
	}
}

TEST(input__first_unacceptable_says_nothing_about_the_ack)
{
	/* an unacceptable segment is dropped whole: its ACK moves nothing */
	tcb_fin_wait_1();
	segment_in("A", THEM(0), US(2), 0);
	expect_segment("A", US(2), THEM(1), 0);
	expect_state(CLASP_FIN_WAIT_1);
}

TEST(input__first_closed_window_still_hears_acks)
{
	/* 3.10.7.4: "special allowance should be made to accept valid ACKs" */
	bench.host.rcv_buf = 2000;
	tcb_established();
	segment_in("PA", THEM(1), US(1), 1460);
	segment_in("PA", THEM(1461), US(1), 540);
	forget_segments();
	time_passes(bench.config.delack);
	forget_segments();
	program_writes(100);
	expect_segment("PA", US(1), THEM(2001), 100);
	segment_in("A", THEM(2001), US(101), 0);
	EXPECT_EQ(bench.host.ep.tcb.snd_una, US(101));
	program_writes(100);
	expect_segment("PA", US(101), THEM(2001), 100);
	/* a probe of one octet: not taken, answered, its ACK heard */
	segment_in("A", THEM(2001), US(201), 1);
	EXPECT_EQ(bench.host.ep.tcb.snd_una, US(201));
	expect_window(0);
	expect_segment("A", US(201), THEM(2001), 0);
	EXPECT_EQ(host_unread(&bench.host), 2000);
}

TEST(input__first_closed_window_still_hears_rst)
{
	bench.host.rcv_buf = 2000;
	tcb_established();
	segment_in("PA", THEM(1), US(1), 1460);
	segment_in("PA", THEM(1461), US(1), 540);
	time_passes(bench.config.delack);
	forget_segments();
	segment_in("R", THEM(2001), 0, 0);
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(bench.host.error, CLASP_RESET);
}

TEST(input__second_rst_exact)
{
	/* RFC 5961, 3.2, and 3.10.7.4 by state: refused, reset, nothing */
	for (u32 i = 0; i < POSITIONS; i++) {
		const struct position *at = enter(i);

		segment_in("R", THEM(at->rcv_nxt), 0, 0);
		expect_nothing();
		expect_state(bench.host.listener.state);
		EXPECT_EQ(bench.host.flow, FLOW_NONE);
		EXPECT_EQ(host_deadline(&bench.host), 0);
		if (at->state != CLASP_CLOSING && at->state != CLASP_LAST_ACK)
			EXPECT_EQ(bench.host.error, at->error);
	}
}

TEST(input__second_rst_with_ack_exact)
{
	for (u32 i = 0; i < POSITIONS; i++) {
		const struct position *at = enter(i);

		/* the number alone decides (RFC 5961, 3.2) */
		segment_in("RA", THEM(at->rcv_nxt), US(at->snd_nxt + 5000), 0);
		expect_nothing();
		EXPECT_EQ(bench.host.flow, FLOW_NONE);
	}
}

TEST(input__second_rst_in_the_window)
{
	static const u32 beyond[] = { 1, 2, 1000, 65000 };

	for (u32 i = 0; i < POSITIONS; i++)
		for (u32 j = 0; j < 4; j++) {
			const struct position *at = enter(i);

			/* challenge ACK: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> */
			segment_in("R", THEM(at->rcv_nxt + beyond[j]), 0, 0);
			expect_segment("A", US(at->snd_nxt), THEM(at->rcv_nxt), 0);
			expect_unmoved(at);
		}
}

TEST(input__second_rst_outside_the_window)
{
	for (u32 i = 0; i < POSITIONS; i++) {
		const struct position *at = enter(i);
		u32 wnd = seq_distance(bench.host.ep.tcb.rcv_nxt, bench.host.ep.tcb.rcv_edge);

		/* silently; RCV.NXT + RCV.WND is outside, where Linux would challenge */
		segment_in("R", THEM(at->rcv_nxt + wnd), 0, 0);
		segment_in("R", THEM(at->rcv_nxt - 1), 0, 0);
		segment_in("RA", THEM(at->rcv_nxt + 0x40000000), US(at->snd_nxt), 0);
		expect_nothing();
		expect_unmoved(at);
	}
}

TEST(input__fourth_syn)
{
	static const int offsets[] = { 0, 1, 1000, -1000, 100000 };

	/* RFC 5961, 4.2: irrespective of the sequence number, challenge ACK, drop */
	for (u32 i = 0; i < POSITIONS; i++)
		for (u32 j = 0; j < 5; j++) {
			const struct position *at = enter(i);

			segment_in("S", THEM(at->rcv_nxt + offsets[j]), 0, 0);
			expect_segment("A", US(at->snd_nxt), THEM(at->rcv_nxt), 0);
			expect_unmoved(at);
		}
}

TEST(input__fourth_old_syn_ack_again)
{
	/* the third segment was lost: the listener's SYN,ACK comes again and is answered */
	tcb_established();
	segment_in("SA", THEM(0), US(1), 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_state(CLASP_ESTABLISHED);
}

TEST(input__fifth_no_ack)
{
	for (u32 i = 0; i < POSITIONS; i++) {
		const struct position *at = enter(i);

		segment_in("P", THEM(at->rcv_nxt), 0, 10);
		segment_in("F", THEM(at->rcv_nxt), 0, 0);
		segment_in("", THEM(at->rcv_nxt), 0, 0);
		expect_nothing();
		expect_unmoved(at);
	}
}

TEST(input__fifth_ack_of_what_was_never_sent)
{
	/* 3.10.7.4: send an ACK, drop the segment; in SYN_RCVD an RST (tested above) */
	for (u32 i = 1; i < POSITIONS; i++) {
		const struct position *at = enter(i);

		segment_in("FPA", THEM(at->rcv_nxt), US(at->snd_nxt + 1), 10);
		expect_segment("A", US(at->snd_nxt), THEM(at->rcv_nxt), 0);
		expect_unmoved(at);
	}
}

TEST(input__fifth_ack_of_long_ago)
{
	/* RFC 5961, 5.2: below SND.UNA - MAX.SND.WND */
	for (u32 i = 1; i < POSITIONS; i++) {
		const struct position *at = enter(i);
		const struct clasp_tcb *tcb = &bench.host.ep.tcb;

		segment_in("PA", THEM(at->rcv_nxt), tcb->snd_una - PEER_WINDOW - 1, 10);
		expect_segment("A", US(at->snd_nxt), THEM(at->rcv_nxt), 0);
		expect_unmoved(at);
	}
}

TEST(input__fifth_old_ack_still_carries_data)
{
	/* RFC 5961, 5.2: SND.UNA - MAX.SND.WND itself is acceptable; a duplicate ACK is ignored */
	tcb_established();
	segment_in("PA", THEM(1), bench.host.ep.tcb.snd_una - PEER_WINDOW, 10);
	EXPECT_EQ(program_reads(100), 10);
	EXPECT_EQ(bench.host.ep.tcb.snd_una, US(1));
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(11), 0);
}

TEST(input__fifth_fin_acknowledged)
{
	tcb_fin_wait_1();
	segment_in("A", THEM(1), US(2), 0);
	expect_state(CLASP_FIN_WAIT_2);
	bench_reset(bench.iss, bench.irs);
	tcb_closing();
	segment_in("A", THEM(2), US(2), 0);
	expect_state(CLASP_TIME_WAIT);
	EXPECT_EQ(bench.host.flow, FLOW_TW);
	bench_reset(bench.iss, bench.irs);
	tcb_last_ack();
	segment_in("A", THEM(2), US(2), 0);
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(bench.host.error, CLASP_OK);
	expect_nothing();
}

TEST(input__fifth_fin_not_acknowledged_yet)
{
	/* data before the FIN is acknowledged, the FIN is not */
	tcb_established();
	program_writes(100);
	forget_segments();
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	expect_segment("FA", US(101), THEM(1), 0);
	segment_in("A", THEM(1), US(101), 0);
	expect_state(CLASP_FIN_WAIT_1);
	segment_in("A", THEM(1), US(102), 0);
	expect_state(CLASP_FIN_WAIT_2);
}

TEST(input__three_states_in_one_segment)
{
	/* FIN and the ACK of ours together: FIN_WAIT_1, FIN_WAIT_2, TIME_WAIT */
	u64 before;

	tcb_fin_wait_1();
	before = shell.rows[clasp_state_find(CLASP_FIN_WAIT_2, CLASP_RCV_FIN) - clasp_state_table];
	segment_in("FA", THEM(1), US(2), 0);
	expect_segment("A", US(2), THEM(2), 0);
	expect_state(CLASP_TIME_WAIT);
	EXPECT_EQ(shell.rows[clasp_state_find(CLASP_FIN_WAIT_2, CLASP_RCV_FIN) -
			     clasp_state_table], before + 1);
}

TEST(input__simultaneous_close)
{
	tcb_fin_wait_1();
	segment_in("FA", THEM(1), US(1), 0);
	expect_segment("A", US(2), THEM(2), 0);
	expect_state(CLASP_CLOSING);
	EXPECT(bench.host.eof);
	segment_in("A", THEM(2), US(2), 0);
	expect_state(CLASP_TIME_WAIT);
	expect_nothing();
}

TEST(input__sixth_urgent_does_no_harm)
{
	tcb_established();
	segment_in("PAU", THEM(1), US(1), 10);
	EXPECT_EQ(program_reads(100), 10);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(11), 0);
}

TEST(input__seventh_text_after_the_fin_is_ignored)
{
	static void (*const states[])(void) = { tcb_close_wait, tcb_closing, tcb_last_ack };

	for (u32 i = 0; i < 3; i++) {
		bench_reset(bench.iss, bench.irs);
		states[i]();
		u8 state = host_state(&bench.host);
		u32 snd_nxt = bench.host.ep.tcb.snd_nxt;

		segment_in("PA", THEM(2), snd_nxt - (state != CLASP_CLOSE_WAIT), 10);
		EXPECT_EQ(host_unread(&bench.host), 0);
		EXPECT_EQ(bench.host.ep.tcb.rcv_nxt, THEM(2));
		expect_state(state);
		forget_segments();	/* an ACK is neither asked for nor forbidden */
	}
}

TEST(input__eighth_fin)
{
	tcb_established();
	segment_in("FA", THEM(1), US(1), 0);
	expect_state(CLASP_CLOSE_WAIT);
	EXPECT(bench.host.eof);
	EXPECT_EQ(bench.host.ep.tcb.rcv_nxt, THEM(2));
	/* the ACK may wait for the program's own FIN, 40 ms at most */
	expect_nothing();
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(2), 0);
}

TEST(input__eighth_fin_behind_data)
{
	tcb_established();
	segment_in("FPA", THEM(1), US(1), 100);
	expect_state(CLASP_CLOSE_WAIT);
	EXPECT_EQ(program_reads(1000), 100);
	EXPECT(bench.host.eof);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(102), 0);
}

TEST(input__eighth_fin_before_its_data)
{
	tcb_established();
	segment_in("FPA", THEM(101), US(1), 50);
	expect_segment("A", US(1), THEM(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT(!bench.host.eof);
	segment_in("A", THEM(1), US(1), 100);
	expect_state(CLASP_CLOSE_WAIT);
	EXPECT(bench.host.eof);
	EXPECT_EQ(program_reads(1000), 150);
	expect_segment("A", US(1), THEM(152), 0);
}

TEST(input__eighth_fin_again)
{
	static void (*const states[])(void) = { tcb_close_wait, tcb_closing, tcb_last_ack };

	/* outside the window now: answered with an ACK, no state changes */
	for (u32 i = 0; i < 3; i++) {
		bench_reset(bench.iss, bench.irs);
		states[i]();
		u8 state = host_state(&bench.host);

		segment_in("FA", THEM(1), US(1), 0);
		expect_segment("A", bench.host.ep.tcb.snd_nxt, THEM(2), 0);
		expect_state(state);
	}
}

TEST(input__eighth_bare_fin_beyond_a_hole)
{
	tcb_established();
	segment_in("FA", THEM(11), US(1), 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_state(CLASP_ESTABLISHED);
	segment_in("A", THEM(1), US(1), 10);
	expect_state(CLASP_CLOSE_WAIT);
	EXPECT_EQ(program_reads(100), 10);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(12), 0);
}
