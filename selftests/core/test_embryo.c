// SPDX-License-Identifier: GPL-2.0
/*
 * LISTEN and the SYN_RCVD that comes from it (RFC 9293, 3.10.7.2 and 3.10.7.4), and how an embryo
 * becomes a connection.
 */
#include "bench.h"

TEST(embryo__listen_ignores_rst)
{
	/* first */
	tcb_listen();
	segment_in("R", THEM(0), 0, 0);
	segment_in("RA", THEM(0), US(0), 0);
	segment_in("SR", THEM(0), 0, 0);
	expect_nothing();
	expect_state(CLASP_LISTEN);
}

TEST(embryo__listen_answers_ack_with_rst)
{
	/* second: <SEQ=SEG.ACK><CTL=RST> */
	tcb_listen();
	segment_in("A", THEM(0), US(5), 0);
	expect_segment("R", US(5), 0, 0);
	segment_in("SA", THEM(0), US(6), 0);
	expect_segment("R", US(6), 0, 0);
	segment_in("FPA", THEM(0), US(7), 10);
	expect_segment("R", US(7), 0, 0);
	expect_state(CLASP_LISTEN);
}

TEST(embryo__listen_answers_syn)
{
	/* third: <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> */
	tcb_listen();
	segment_in("S", THEM(0), 0, 0);
	EXPECT_EQ(last_segment()->header.options.mss, SEGMENT_MAX);
	expect_window(65535);
	expect_segment("SA", US(0), THEM(1), 0);
	expect_state(CLASP_SYN_RCVD);
	EXPECT_EQ(bench.host.flow, FLOW_EMBRYO);
	EXPECT_EQ(bench.host.listener.state, CLASP_LISTEN);
}

TEST(embryo__listen_acknowledges_only_the_syn_of_a_syn_with_data)
{
	tcb_listen();
	segment_in("SP", THEM(0), 0, 100);
	expect_segment("SA", US(0), THEM(1), 0);
}

TEST(embryo__octets_of_the_syn_wait_for_the_connection)
{
	/* 3.10.7.2: "any other incoming control or data ... will be processed in SYN-RECEIVED" */
	tcb_listen();
	segment_in("SP", THEM(0), 0, 100);
	expect_segment("SA", US(0), THEM(1), 0);
	EXPECT_EQ(host_unread(&bench.host), 0);
	segment_in("A", THEM(101), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(host_unread(&bench.host), 100);
	EXPECT_EQ(bench.host.ep.tcb.rcv_nxt, THEM(101));
	expect_nothing();
	expect_timer(CLASP_TIMER_DELACK, bench.config.delack);
}

TEST(embryo__octets_of_the_syn_and_of_the_third_segment)
{
	tcb_listen();
	segment_in("SP", THEM(0), 0, 100);
	expect_segment("SA", US(0), THEM(1), 0);
	segment_in("FPA", THEM(101), US(1), 50);
	expect_segment("A", US(1), THEM(1), 0);
	expect_segment("A", US(1), THEM(152), 0);
	EXPECT_EQ(host_unread(&bench.host), 150);
	EXPECT(bench.host.eof);
	expect_state(CLASP_CLOSE_WAIT);
}

TEST(embryo__octets_of_the_syn_come_again_with_the_third_segment)
{
	/* As a peer does that does not see them acknowledged. */
	tcb_listen();
	segment_in("SP", THEM(0), 0, 100);
	expect_segment("SA", US(0), THEM(1), 0);
	segment_in_wnd("PA", THEM(1), US(1), 100, 500);
	EXPECT_EQ(host_unread(&bench.host), 100);
	EXPECT_EQ(bench.host.ep.tcb.rcv_nxt, THEM(101));
	EXPECT_EQ(bench.host.ep.tcb.snd_wnd, 500);
	expect_segment("A", US(1), THEM(101), 0);
}

TEST(embryo__octets_of_the_syn_find_no_memory)
{
	tcb_listen();
	bench.host.no_memory = true;
	segment_in("SP", THEM(0), 0, 100);
	expect_segment("SA", US(0), THEM(1), 0);
	EXPECT(!bench.host.holds);
	bench.host.no_memory = false;
	segment_in("A", THEM(101), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(bench.host.ep.tcb.rcv_nxt, THEM(1));
}

TEST(embryo__a_syn_with_octets_comes_again)
{
	/* They lie in the window, and yet it is the old SYN: SYN,ACK, no challenge. */
	tcb_listen();
	segment_in("SP", THEM(0), 0, 100);
	expect_segment("SA", US(0), THEM(1), 0);
	time_passes(bench.config.challenge_interval);
	segment_in("SP", THEM(0), 0, 100);
	expect_segment("SA", US(0), THEM(1), 0);
	expect_nothing();
}

TEST(embryo__listen_drops_what_is_nothing)
{
	/* fourth; and SYN with FIN, as Linux does */
	tcb_listen();
	segment_in("", THEM(0), 0, 10);
	segment_in("F", THEM(0), 0, 0);
	segment_in("SF", THEM(0), 0, 0);
	expect_nothing();
	expect_state(CLASP_LISTEN);
}

TEST(embryo__listen_full)
{
	tcb_listen();
	bench.host.full = true;
	segment_in("S", THEM(0), 0, 0);
	expect_nothing();
	bench.host.full = false;
	segment_in("S", THEM(0), 0, 0);
	expect_segment("SA", US(0), THEM(1), 0);
}

TEST(embryo__third_segment)
{
	tcb_syn_rcvd();
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(bench.host.flow, FLOW_CONNECTION);
	EXPECT(bench.host.connected);
	EXPECT(bench.host.ep.tcb.passive);
	EXPECT_EQ(host_deadline(&bench.host), 0);
	expect_nothing();
}

TEST(embryo__third_segment_with_data)
{
	tcb_syn_rcvd();
	segment_in("PA", THEM(1), US(1), 100);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(program_reads(1000), 100);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(101), 0);
}

TEST(embryo__third_segment_with_fin)
{
	tcb_syn_rcvd();
	segment_in("FPA", THEM(1), US(1), 100);
	expect_state(CLASP_CLOSE_WAIT);
	EXPECT(bench.host.connected);
	EXPECT(bench.host.eof);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(102), 0);
}

TEST(embryo__third_segment_lost_data_completes_it)
{
	tcb_syn_rcvd();
	segment_in("PA", THEM(11), US(1), 10);
	expect_state(CLASP_ESTABLISHED);
	expect_segment("A", US(1), THEM(1), 0);
	segment_in("PA", THEM(1), US(1), 10);
	EXPECT_EQ(program_reads(100), 20);
	expect_segment("A", US(1), THEM(21), 0);
}

TEST(embryo__third_segment_tells_the_window)
{
	/* fifth, SYN_RCVD: SND.WND = SEG.WND, WL1 = SEG.SEQ, WL2 = SEG.ACK */
	tcb_syn_rcvd();
	segment_in_wnd("A", THEM(1), US(1), 0, 777);
	EXPECT_EQ(bench.host.ep.tcb.snd_wnd, 777);
	EXPECT_EQ(bench.host.ep.tcb.snd_wl1, THEM(1));
	EXPECT_EQ(bench.host.ep.tcb.snd_wl2, US(1));
}

TEST(embryo__unacceptable_ack)
{
	/* fifth: <SEQ=SEG.ACK><CTL=RST> */
	tcb_syn_rcvd();
	segment_in("A", THEM(1), US(0), 0);
	expect_segment("R", US(0), 0, 0);
	segment_in("A", THEM(1), US(2), 0);
	expect_segment("R", US(2), 0, 0);
	segment_in("PA", THEM(1), US(70000), 10);
	expect_segment("R", US(70000), 0, 0);
	expect_state(CLASP_SYN_RCVD);
	EXPECT_EQ(bench.host.flow, FLOW_EMBRYO);
}

TEST(embryo__no_ack)
{
	tcb_syn_rcvd();
	segment_in("P", THEM(1), 0, 10);
	segment_in("F", THEM(1), 0, 0);
	expect_nothing();
	expect_state(CLASP_SYN_RCVD);
}

TEST(embryo__syn_again)
{
	/* the peer did not see our SYN,ACK: it gets the same one */
	tcb_syn_rcvd();
	time_passes(CLASP_SEC - 1);
	segment_in("S", THEM(0), 0, 0);
	expect_segment("SA", US(0), THEM(1), 0);
	expect_state(CLASP_SYN_RCVD);
}

TEST(embryo__a_round_trip_is_not_measured_over_two_syn_acks)
{
	/* RFC 6298, section 3: which of them is it that is acknowledged? */
	tcb_syn_rcvd();
	time_passes(CLASP_SEC - 1);
	segment_in("S", THEM(0), 0, 0);
	expect_segment("SA", US(0), THEM(1), 0);
	bench.now += CLASP_MSEC;
	segment_in("A", THEM(1), US(1), 0);
	EXPECT_EQ(bench.host.ep.tcb.srtt_us, 0);
	EXPECT_EQ(bench.host.ep.tcb.resent, 1);
	EXPECT(!bench.host.ep.tcb.syn_resent);
}

TEST(embryo__outside_the_window)
{
	/* first: an ACK <SEQ=SND.NXT><ACK=RCV.NXT>, unless RST */
	tcb_syn_rcvd();
	segment_in("PA", THEM(70000), US(1), 10);
	expect_segment("A", US(1), THEM(1), 0);
	segment_in("R", THEM(70000), 0, 0);
	segment_in("R", THEM(0), 0, 0);
	segment_in("R", THEM(1 + 65535), 0, 0);
	expect_nothing();
	expect_state(CLASP_SYN_RCVD);
}

TEST(embryo__rst)
{
	/* second: return to LISTEN; the program is not told */
	tcb_syn_rcvd();
	segment_in("R", THEM(1), 0, 0);
	expect_nothing();
	expect_state(CLASP_LISTEN);
	EXPECT_EQ(bench.host.flow, FLOW_NONE);
	segment_in("S", THEM(500), 0, 0);
	expect_segment("SA", US(0), THEM(501), 0);
}

TEST(embryo__rst_that_is_not_exact)
{
	/* RFC 5961, 3.2 holds in SYN_RCVD too: challenge ACK */
	tcb_syn_rcvd();
	segment_in("R", THEM(2), 0, 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_state(CLASP_SYN_RCVD);
}

TEST(embryo__syn_in_the_window)
{
	/*
	 * RFC 5961, 4.2 in place of "return to LISTEN": challenge ACK; a peer that began anew
	 * answers with an RST
	 */
	tcb_syn_rcvd();
	segment_in("S", THEM(100), 0, 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_state(CLASP_SYN_RCVD);
	segment_in("R", THEM(1), 0, 0);
	expect_state(CLASP_LISTEN);
}

TEST(embryo__repeats_and_ends)
{
	static const u64 waits[] = { 1, 2, 4, 8, 16, 32, 64, 120 };
	u64 start = bench.now;

	/* SYN,ACK at 0, 1, 3, 7, 15, 31, 63 and 127 s; over at 247 s */
	tcb_syn_rcvd();
	for (u32 i = 0; i < 8; i++) {
		EXPECT_EQ(host_deadline(&bench.host) - bench.now, waits[i] * CLASP_SEC);
		next_deadline();
		if (i < 7)
			expect_segment("SA", US(0), THEM(1), 0);
	}
	expect_nothing();
	/* MUST-23: a SYN,ACK is a SYN segment too */
	EXPECT(bench.now - start >= 180 * CLASP_SEC);
	expect_state(CLASP_LISTEN);
	EXPECT_EQ(bench.host.flow, FLOW_NONE);
}

/* How often the SYN,ACK comes again while so many others wait too. */
static u32 repeats_among(u32 count, u32 young, u32 most)
{
	u32 repeats = 0;

	tcb_syn_rcvd();
	bench.host.crowd = (struct clasp_crowd){ count, young, most };
	for (;;) {
		next_deadline();
		if (bench.host.flow != FLOW_EMBRYO)
			break;
		expect_segment("SA", US(0), THEM(1), 0);
		repeats++;
	}
	expect_nothing();
	expect_state(CLASP_LISTEN);
	return repeats;
}

TEST(embryo__half_of_the_room_is_no_crowd)
{
	EXPECT_EQ(repeats_among(4, 0, 8), 7);
}

TEST(embryo__a_crowd_of_young_ones_is_patient)
{
	EXPECT_EQ(repeats_among(8, 5, 8), 7);
}

TEST(embryo__a_crowd_that_grows_old_is_not)
{
	EXPECT_EQ(repeats_among(8, 4, 8), 6);
}

TEST(embryo__a_crowd_of_old_ones_is_less_so)
{
	EXPECT_EQ(repeats_among(8, 1, 8), 4);
}

TEST(embryo__in_any_crowd_two_repeats)
{
	EXPECT_EQ(repeats_among(5, 0, 8), 2);
}

TEST(embryo__a_crowd_allows_no_more_than_the_administrator)
{
	bench.config.synack_retries = 1;
	EXPECT_EQ(repeats_among(8, 0, 8), 1);
}

TEST(embryo__offers_little_where_memory_is_scarce)
{
	bench.host.pressure = true;
	tcb_listen();
	segment_in("S", THEM(0), 0, 0);
	expect_window(4 * 1460);
	expect_segment("SA", US(0), THEM(1), 0);
}

TEST(embryo__completed_after_repeats)
{
	tcb_syn_rcvd();
	next_deadline();
	next_deadline();
	forget_segments();
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(bench.host.ep.tcb.retries, 0);
}

TEST(embryo__accept_queue_is_full)
{
	/* the third segment is not heard; the SYN,ACK comes again and asks for it */
	tcb_syn_rcvd();
	bench.host.accept_full = true;
	segment_in("A", THEM(1), US(1), 0);
	expect_nothing();
	expect_state(CLASP_SYN_RCVD);
	bench.host.accept_full = false;
	next_deadline();
	expect_segment("SA", US(0), THEM(1), 0);
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
}

TEST(embryo__listener_closes)
{
	tcb_syn_rcvd();
	host_unlisten(&bench.host, false, bench.now);
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(bench.host.flow, FLOW_NONE);
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("R", US(1), 0, 0);
}

TEST(embryo__window_offered_is_kept)
{
	/* SHLD-14: the edge that the SYN,ACK offered does not move left */
	bench.host.rcv_buf = 3000;
	tcb_listen();
	segment_in("S", THEM(0), 0, 0);
	expect_window(3000);
	forget_segments();
	segment_in("A", THEM(1), US(1), 1460);
	segment_in("A", THEM(1461), US(1), 1460);
	EXPECT_EQ(last_segment()->header.ack + last_segment()->header.wnd, THEM(3001));
	forget_segments();
}

TEST(embryo__mss_of_the_syn_is_used)
{
	bench.peer_mss = 700;
	tcb_established_passive();
	program_writes(1400);
	expect_segment("A", US(1), THEM(1), 700);
	expect_segment("PA", US(701), THEM(1), 700);
}

TEST(embryo__size)
{
	/* a flood deserves few octets; no padding, so that it may be compared as memory */
	EXPECT(sizeof(struct clasp_embryo) <= 64);
	EXPECT(sizeof(struct clasp_tw) <= 48);
	EXPECT(sizeof(struct clasp_seg) <= 40);
}

TEST(embryo__caller_that_tries_with_less)
{
	/* nobody answered its first SYN: what it offers no more is not agreed on */
	bench.config.window_scaling = 1;
	bench.config.timestamps = 1;
	bench.config.sack = 1;
	bench.syn.has_wscale = true;
	bench.syn.wscale = 7;
	bench.syn.sack_permitted = true;
	bench.syn.timestamps = true;
	bench.syn.ts_val = 1000;
	tcb_listen();
	segment_in("S", THEM(0), 0, 0);
	forget_segments();
	time_passes(CLASP_SEC / 2);
	memset(&bench.syn, 0, sizeof(bench.syn));
	segment_in("S", THEM(0), 0, 0);
	EXPECT(!last_segment()->header.options.timestamps);
	EXPECT(!last_segment()->header.options.has_wscale);
	EXPECT(!last_segment()->header.options.sack_permitted);
	forget_segments();
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(bench.host.ep.tcb.snd_wscale, 0);
	EXPECT_EQ(bench.host.ep.tcb.rcv_wscale, 0);
}
