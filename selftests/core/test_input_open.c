// SPDX-License-Identifier: GPL-2.0
/*
 * SEGMENT ARRIVES until both ends are synchronized: CLOSED, SYN_SENT, and SYN_RCVD after a simultaneous
 * open (RFC 9293, 3.10.7.1, 3.10.7.3 and what 3.10.7.4 says of SYN_RCVD). LISTEN and embryos are in
 * test_embryo.c.
 */
#include "bench.h"

TEST(input__closed_answers_with_rst)
{
	/* 3.10.7.1: without ACK <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> */
	tcb_closed();
	segment_in("S", THEM(0), 0, 0);
	expect_segment("RA", 0, THEM(1), 0);
	segment_in("FP", THEM(10), 0, 100);
	expect_segment("RA", 0, THEM(111), 0);
	/* with ACK <SEQ=SEG.ACK><CTL=RST> */
	segment_in("A", THEM(5), US(7), 0);
	expect_segment("R", US(7), 0, 0);
	segment_in("SA", THEM(5), US(9), 0);
	expect_segment("R", US(9), 0, 0);
	segment_in("FPA", THEM(5), US(9), 10);
	expect_segment("R", US(9), 0, 0);
}

TEST(input__closed_is_silent_to_rst)
{
	segment_in("R", THEM(0), 0, 0);
	segment_in("RA", THEM(0), US(0), 0);
	expect_nothing();
}

TEST(input__closed_block_is_deaf)
{
	struct clasp_tcb before, tcb = { .state = CLASP_CLOSED };
	struct clasp_in in = { .seq = 5, .ack = 7, .len = 9, .flags = CLASP_ACK | CLASP_SYN };
	struct clasp_result result;
	struct clasp_env env;

	/* a socket that left the table may still be handed a segment: nothing comes of it */
	host_env(&bench.host, bench.now, &env);
	for (u32 i = 0; i < 2; i++) {
		before = tcb;
		clasp_input_segment(&tcb, &env, &in, &result);
		EXPECT_EQ(result.flags, 0);
		EXPECT(!__builtin_memcmp(&before, &tcb, sizeof(tcb)));
		tcb.state = CLASP_LISTEN;
	}
}

TEST(input__syn_sent_unacceptable_ack)
{
	/* 3.10.7.3, first: SEG.ACK =< ISS or SEG.ACK > SND.NXT: <SEQ=SEG.ACK><CTL=RST> */
	static const int acks[] = { 0, -1, -70000, 2, 3, 70000 };
	static const char *const kinds[] = { "A", "SA", "FA" };

	tcb_syn_sent();
	for (u32 i = 0; i < 6; i++)
		for (u32 j = 0; j < 3; j++) {
			segment_in(kinds[j], THEM(0), US(acks[i]), 0);
			expect_segment("R", US(acks[i]), 0, 0);
			expect_state(CLASP_SYN_SENT);
		}
	/* Linux brings the next SYN forward here; RFC 6298, section 5 does not */
	expect_timer(CLASP_TIMER_RETRANSMIT, bench.config.rto_init);
}

TEST(input__syn_sent_unacceptable_ack_with_rst)
{
	tcb_syn_sent();
	segment_in("RA", THEM(0), US(0), 0);
	segment_in("RA", THEM(0), US(2), 0);
	expect_nothing();
	expect_state(CLASP_SYN_SENT);
}

TEST(input__syn_sent_rst)
{
	/* second: acceptable ACK: "connection reset", which a program knows as refused */
	tcb_syn_sent();
	segment_in("RA", THEM(0), US(1), 0);
	expect_nothing();
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(bench.host.error, CLASP_REFUSED);
	EXPECT_EQ(host_deadline(&bench.host), 0);
}

TEST(input__syn_sent_rst_without_ack)
{
	tcb_syn_sent();
	segment_in("R", THEM(0), 0, 0);
	expect_nothing();
	expect_state(CLASP_SYN_SENT);
}

TEST(input__syn_sent_syn_ack)
{
	/* fourth: RCV.NXT = SEG.SEQ + 1, <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> */
	tcb_syn_sent();
	segment_in("SA", THEM(0), US(1), 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT(bench.host.connected);
	EXPECT_EQ(host_deadline(&bench.host), 0);
	EXPECT_EQ(bench.host.ep.tcb.snd_una, US(1));
	EXPECT_EQ(bench.host.ep.tcb.snd_wnd, PEER_WINDOW);
	EXPECT_EQ(bench.host.ep.tcb.snd_wl1, THEM(0));
	EXPECT_EQ(bench.host.ep.tcb.snd_wl2, US(1));
}

TEST(input__syn_sent_syn_ack_with_data)
{
	/* fourth: "if there are other controls or text, continue at the sixth step" */
	tcb_syn_sent();
	segment_in("SA", THEM(0), US(1), 100);
	expect_segment("A", US(1), THEM(101), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(program_reads(1000), 100);
}

TEST(input__syn_sent_syn_ack_with_fin)
{
	tcb_syn_sent();
	segment_in("SFA", THEM(0), US(1), 100);
	expect_segment("A", US(1), THEM(102), 0);
	expect_state(CLASP_CLOSE_WAIT);
	EXPECT(bench.host.connected);
	EXPECT(bench.host.eof);
	EXPECT_EQ(program_reads(1000), 100);
	EXPECT_EQ(shell.walked, 0);
}

TEST(input__syn_sent_crossing_syn)
{
	/* fourth, no ACK: SYN_RCVD, <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> */
	tcb_syn_sent();
	segment_in("S", THEM(0), 0, 0);
	EXPECT_EQ(last_segment()->header.options.mss, SEGMENT_MAX);
	expect_segment("SA", US(0), THEM(1), 0);
	expect_state(CLASP_SYN_RCVD);
	EXPECT(!bench.host.connected);
}

TEST(input__crossing_syn_with_octets_and_fin)
{
	/* 3.10.7.3: "queue them for processing after the ESTABLISHED state has been reached" */
	tcb_syn_sent();
	segment_in("SFP", THEM(0), 0, 100);
	expect_segment("SA", US(0), THEM(1), 0);
	EXPECT_EQ(host_unread(&bench.host), 0);
	segment_in("A", THEM(102), US(1), 0);
	EXPECT_EQ(program_reads(1000), 100);
	EXPECT(bench.host.eof);
	expect_state(CLASP_CLOSE_WAIT);
}

TEST(input__crossing_syn_with_fin)
{
	tcb_syn_sent();
	segment_in("SF", THEM(0), 0, 0);
	expect_segment("SA", US(0), THEM(1), 0);
	segment_in("SA", THEM(0), US(1), 0);
	EXPECT(bench.host.eof);
	expect_state(CLASP_CLOSE_WAIT);
}

TEST(input__crossing_syn_without_octets_is_not_held)
{
	tcb_syn_sent();
	segment_in("S", THEM(0), 0, 0);
	expect_segment("SA", US(0), THEM(1), 0);
	EXPECT(!bench.host.holds);
}

TEST(input__octets_of_a_crossing_syn_find_no_memory)
{
	tcb_syn_sent();
	bench.host.no_memory = true;
	segment_in("SP", THEM(0), 0, 100);
	expect_segment("SA", US(0), THEM(1), 0);
	EXPECT(!bench.host.holds);
}

TEST(input__octets_of_the_syn_say_nothing_new_of_the_window)
{
	tcb_syn_sent();
	segment_in_wnd("SP", THEM(0), 0, 100, 1000);
	expect_segment("SA", US(0), THEM(1), 0);
	segment_in_wnd("A", THEM(1), US(1), 0, 500);
	EXPECT_EQ(host_unread(&bench.host), 100);
	EXPECT_EQ(bench.host.ep.tcb.snd_wnd, 500);
}

TEST(input__syn_sent_neither_syn_nor_rst)
{
	/* fifth: drop the segment */
	tcb_syn_sent();
	segment_in("A", THEM(0), US(1), 10);
	segment_in("F", THEM(0), 0, 0);
	segment_in("", THEM(0), 0, 10);
	expect_nothing();
	expect_state(CLASP_SYN_SENT);
}

TEST(input__simultaneous_open)
{
	/* 3.5, figure 8: the crossing SYN,ACK, or a plain ACK, completes it */
	tcb_syn_rcvd_active();
	segment_in("SA", THEM(0), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT(bench.host.connected);
	time_passes(bench.config.delack);
	if (bench.sent_count)
		expect_segment("A", US(1), THEM(1), 0);
	bench_reset(bench.iss, bench.irs);
	tcb_syn_rcvd_active();
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	expect_nothing();
}

TEST(input__syn_rcvd_sends_its_syn_ack_again)
{
	tcb_syn_rcvd_active();
	next_deadline();
	expect_segment("SA", US(0), THEM(1), 0);
	next_deadline();
	expect_segment("SA", US(0), THEM(1), 0);
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
}

TEST(input__syn_rcvd_unacceptable_ack)
{
	/* fifth, SYN_RCVD: not acceptable: <SEQ=SEG.ACK><CTL=RST> */
	tcb_syn_rcvd_active();
	segment_in("A", THEM(1), US(0), 0);
	expect_segment("R", US(0), 0, 0);
	segment_in("A", THEM(1), US(2), 0);
	expect_segment("R", US(2), 0, 0);
	expect_state(CLASP_SYN_RCVD);
}

TEST(input__syn_rcvd_ack_with_data_and_fin)
{
	tcb_syn_rcvd_active();
	segment_in("FPA", THEM(1), US(1), 10);
	expect_state(CLASP_CLOSE_WAIT);
	EXPECT_EQ(program_reads(100), 10);
	EXPECT(bench.host.eof);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(12), 0);
}
