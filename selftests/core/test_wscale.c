// SPDX-License-Identifier: GPL-2.0
/*
 * Windows of more than 65535 octets (RFC 7323, section 2): agreed on by two SYNs or not at all, told in
 * units of both directions' own, and never taken back by rounding.
 */
#include "bench.h"
#include "scoreboard.h"
#include "window.h"

#define MEGABYTE 0x100000
#define SYN_WINDOW 65504	/* in whole units */
#define SHIFT 5			/* what a buffer of a megabyte needs: 65535 << 4 is 16 octets less */

static struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

static void scaling(u32 buffer, u8 peer_shift)
{
	bench.config.window_scaling = 1;
	bench.host.rcv_buf = buffer;
	bench.syn.has_wscale = true;
	bench.syn.wscale = peer_shift;
}

/* The edge as the peer understands the last segment, which is no SYN. */
static u32 understood(u8 shift)
{
	return last_segment()->header.ack + ((u32)last_segment()->header.wnd << shift);
}

TEST(wscale__shift_of_a_buffer)
{
	EXPECT_EQ(clasp_window_shift(0), 0);
	EXPECT_EQ(clasp_window_shift(65535), 0);
	EXPECT_EQ(clasp_window_shift(65536), 1);
	EXPECT_EQ(clasp_window_shift(131071), 1);
	EXPECT_EQ(clasp_window_shift(6 * MEGABYTE), 7);
	EXPECT_EQ(clasp_window_shift(0xffffffff), 14);
}

TEST(wscale__rounds_up_and_within_a_header)
{
	EXPECT_EQ(clasp_window_scaled(0, 7), 0);
	EXPECT_EQ(clasp_window_scaled(1, 7), 1);
	EXPECT_EQ(clasp_window_scaled(128, 7), 1);
	EXPECT_EQ(clasp_window_scaled(129, 7), 2);
	EXPECT_EQ(clasp_window_scaled(70000, 0), 65535);
	EXPECT_EQ(clasp_window_scaled(0xffffffff, 14), 65535);
	EXPECT_EQ(clasp_window_limit(14), 65535U << 14);
}

TEST(wscale__is_offered_as_the_administrator_says)
{
	host_connect(&bench.host, bench.now);
	EXPECT(!last_segment()->header.options.has_wscale);
	host_abort(&bench.host, bench.now);
	bench.config.window_scaling = 1;
	host_connect(&bench.host, bench.now);
	EXPECT(last_segment()->header.options.has_wscale);
	EXPECT_EQ(last_segment()->header.options.wscale, 0);
	host_abort(&bench.host, bench.now);
	bench.host.rcv_most = MEGABYTE;		/* what the buffer may grow to counts */
	host_connect(&bench.host, bench.now);
	EXPECT_EQ(last_segment()->header.options.wscale, SHIFT);
	forget_segments();
}

TEST(wscale__is_answered_only_if_it_was_offered)
{
	/* RFC 7323, 2.2: MUST NOT in a SYN,ACK unless the SYN had it */
	scaling(MEGABYTE, 3);
	bench.syn.has_wscale = false;
	tcb_listen();
	segment_in("S", THEM(0), 0, 0);
	EXPECT(!last_segment()->header.options.has_wscale);
	forget_segments();
	segment_in_wnd("A", THEM(1), US(1), 0, 1000);
	EXPECT_EQ(tcb()->snd_wnd, 1000);
	EXPECT_EQ(tcb()->rcv_wscale, 0);
}

TEST(wscale__is_not_answered_where_it_is_turned_off)
{
	scaling(MEGABYTE, 3);
	bench.config.window_scaling = 0;
	tcb_listen();
	segment_in("S", THEM(0), 0, 0);
	EXPECT(!last_segment()->header.options.has_wscale);
	forget_segments();
	segment_in_wnd("A", THEM(1), US(1), 0, 1000);
	EXPECT_EQ(tcb()->snd_wnd, 1000);
}

TEST(wscale__of_a_peer_that_was_not_asked)
{
	scaling(MEGABYTE, 3);
	bench.config.window_scaling = 0;
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 1000);
	EXPECT_EQ(tcb()->snd_wnd, 1000);
}

TEST(wscale__of_a_peer_that_does_not_answer_it)
{
	scaling(MEGABYTE, 3);
	bench.syn.has_wscale = false;
	tcb_syn_sent();
	segment_in("SA", THEM(0), US(1), 0);
	expect_window(SYN_WINDOW);
	expect_segment("A", US(1), THEM(1), 0);
	EXPECT_EQ(tcb()->rcv_wscale, 0);
	segment_in_wnd("A", THEM(1), US(1), 0, 1000);
	EXPECT_EQ(tcb()->snd_wnd, 1000);
}

TEST(wscale__window_of_a_syn_is_not_scaled)
{
	/* RFC 7323, 2.2: not even where the SYN itself has the option */
	scaling(MEGABYTE, 3);
	bench.peer_wnd = 1000;
	tcb_syn_sent();
	segment_in("SA", THEM(0), US(1), 0);
	EXPECT_EQ(tcb()->snd_wnd, 1000);
	expect_window(MEGABYTE >> SHIFT);
	expect_segment("A", US(1), THEM(1), 0);
	segment_in("A", THEM(1), US(1), 0);
	EXPECT_EQ(tcb()->snd_wnd, 8000);
	EXPECT_EQ(tcb()->snd_wnd_max, 8000);
}

TEST(wscale__window_of_our_syn_is_not_scaled)
{
	scaling(MEGABYTE, 3);
	host_connect(&bench.host, bench.now);
	expect_window(SYN_WINDOW);
	EXPECT_EQ(tcb()->rcv_edge, SYN_WINDOW);	/* counted from 0 until the peer's number is known */
	forget_segments();
}

TEST(wscale__window_of_a_syn_is_in_whole_units)
{
	/* so that the segments after it can say the same */
	EXPECT_EQ(clasp_window_of_syn(70000, 0), 65535);
	EXPECT_EQ(clasp_window_of_syn(70000, 5), SYN_WINDOW);
	EXPECT_EQ(clasp_window_of_syn(1000, 5), 1024);
	EXPECT_EQ(clasp_window_of_syn(1000, 14), 16384);
	EXPECT_EQ(clasp_window_of_syn(65535, 14), 49152);
	EXPECT_EQ(clasp_window_of_syn(0, 14), 0);
}

TEST(wscale__of_an_embryo)
{
	scaling(MEGABYTE, 3);
	bench.peer_wnd = 1000;
	tcb_listen();
	segment_in("S", THEM(0), 0, 0);
	expect_window(SYN_WINDOW);
	EXPECT_EQ(last_segment()->header.options.wscale, SHIFT);
	expect_segment("SA", US(0), THEM(1), 0);
	EXPECT_EQ(bench.host.embryo.snd_wnd, 1000);
	segment_in("A", THEM(100000), US(1), 0);	/* outside the window that it offers */
	expect_window(SYN_WINDOW >> SHIFT);
	expect_segment("A", US(1), THEM(1), 0);
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(tcb()->snd_wnd, 8000);
	EXPECT_EQ(tcb()->rcv_edge, THEM(1 + SYN_WINDOW));
}

TEST(wscale__what_a_syn_ack_could_not_say_waits_for_an_ack)
{
	/* nor does any other step of less than what is offered need a segment of its own */
	scaling(100000, 3);
	tcb_established_passive();
	segment_in("PA", THEM(1), US(1), 100);
	program_reads(100);
	expect_nothing();
	time_passes(bench.config.delack);
	expect_window(100000 / 2);
	expect_segment("A", US(1), THEM(101), 0);
	for (u32 i = 0; i < 10; i++)
		segment_in("PA", THEM(101 + 1460 * i), US(1), 1460);
	forget_segments();
	program_reads(14600);
	expect_nothing();
}

TEST(wscale__of_a_simultaneous_open)
{
	scaling(MEGABYTE, 3);
	bench.peer_wnd = 1000;
	tcb_syn_sent();
	segment_in("S", THEM(0), 0, 0);
	expect_window(SYN_WINDOW);
	EXPECT_EQ(last_segment()->header.options.wscale, SHIFT);
	expect_segment("SA", US(0), THEM(1), 0);
	segment_in("SA", THEM(0), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(tcb()->snd_wnd, 1000);
	forget_segments();
	segment_in("A", THEM(1), US(1), 0);
	EXPECT_EQ(tcb()->snd_wnd, 8000);
}

TEST(wscale__octets_of_a_syn_do_not_change_it)
{
	scaling(MEGABYTE, 14);
	bench.peer_wnd = 1000;
	tcb_listen();
	segment_in("S", THEM(0), 0, 100);
	expect_segment("SA", US(0), THEM(1), 0);
	segment_in("A", THEM(101), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(host_unread(&bench.host), 100);
	EXPECT_EQ(tcb()->snd_wnd, 1000 << 14);
}

TEST(wscale__more_than_64_kib_under_way)
{
	scaling(65535, 2);
	bench.peer_wnd = 30000;
	tcb_established();
	segment_in("A", THEM(1), US(1), 0);
	program_writes(100000);
	for (u32 acked = 0; acked < 40; acked++) {
		segment_in("A", THEM(1), US(1 + 1460 * acked), 0);
		forget_segments();
	}
	EXPECT(clasp_tcb_outstanding(tcb()) > 41000);
	EXPECT_EQ(tcb()->snd_wnd, 120000);
}

TEST(wscale__window_that_says_the_same_is_a_duplicate)
{
	scaling(65535, 2);
	bench.peer_wnd = 30000;
	tcb_established();
	segment_in("A", THEM(1), US(1), 0);
	program_writes(5 * 1460);
	forget_segments();
	for (u32 i = 0; i < 3; i++)
		segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(1), THEM(1), 1460);	/* fast retransmit */
}

TEST(wscale__edge_never_moves_left)
{
	u32 edge, at = 1;

	scaling(MEGABYTE, 3);
	tcb_established_passive();
	edge = tcb()->rcv_edge;
	for (u32 len = 1; len < 400; len += 7) {
		segment_in("PA", THEM(at), US(1), len);
		at += len;
		time_passes(bench.config.delack);
		EXPECT(seq_after_eq(tcb()->rcv_edge, edge));
		edge = tcb()->rcv_edge;
		EXPECT_BETWEEN(seq_distance(understood(SHIFT), edge), 0, 31);	/* in whole units */
		EXPECT(seq_before_eq(edge, THEM(1 + MEGABYTE)));
		forget_segments();
	}
}

TEST(wscale__full_buffer_closes_the_window)
{
	u32 at = 1;

	scaling(3000, 0);
	bench.host.rcv_most = MEGABYTE;
	tcb_established_passive();
	while (seq_before(THEM(at), tcb()->rcv_edge)) {
		u32 len = clasp_min(seq_distance(THEM(at), tcb()->rcv_edge), 1000);

		segment_in("PA", THEM(at), US(1), len);
		at += len;
		time_passes(bench.config.delack);
		expect_window(seq_distance(THEM(at), tcb()->rcv_edge) >> SHIFT);
		forget_segments();
	}
	EXPECT_BETWEEN(at - 1, 3000, 3000 + 31);	/* the SYN,ACK rounds up */
	program_reads(3000);
	EXPECT(last_segment()->header.wnd > 0);
	forget_segments();
}

TEST(wscale__buffer_of_less_than_a_unit_is_offered)
{
	scaling(1000, 0);
	bench.host.rcv_most = 0x40000000;	/* a unit is 16 KiB */
	tcb_listen();
	segment_in("S", THEM(0), 0, 0);
	expect_window(16384);
	forget_segments();
	segment_in("A", THEM(1), US(1), 0);
	segment_in("PA", THEM(1), US(1), 1000);
	time_passes(bench.config.delack);
	expect_window(0);
	forget_segments();
	program_reads(500);
	expect_window(1);
	forget_segments();
}

TEST(wscale__what_was_promised_is_taken)
{
	u32 edge = THEM(1025);

	/* RFC 7323, 2.4: whatever is told since, in whole units */
	scaling(1000, 0);
	bench.host.rcv_most = MEGABYTE;
	tcb_established_passive();
	segment_in("PA", THEM(1), US(1), 1);
	time_passes(bench.config.delack);
	EXPECT_EQ(understood(SHIFT), edge - 31);
	forget_segments();
	segment_in("PA", edge - 1, US(1), 1);
	EXPECT_EQ(bench.host.ep.ooo.count, 1);
	segment_in("PA", edge, US(1), 1);
	EXPECT_EQ(bench.host.ep.ooo.count, 1);
	forget_segments();
}

TEST(wscale__keepalive_tells_the_known_window)
{
	scaling(MEGABYTE, 3);
	bench.host.choice.keepalive = true;
	tcb_established();
	time_passes(bench.config.keep_idle);
	expect_window(MEGABYTE >> SHIFT);
	expect_segment("A", US(0), THEM(1), 0);
}

TEST(wscale__ack_of_known_octets_from_far_behind)
{
	/* RFC 9293, A.2: the peer's number may lie a whole window, as it is scaled, behind */
	scaling(0x40000, 3);
	bench.peer_wnd = 0;
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 100);
	program_writes(10);
	forget_segments();
	for (u32 i = 0; i < 100; i++) {
		segment_in("PA", THEM(1 + 1000 * i), US(1), 1000);
		forget_segments();
	}
	EXPECT_EQ(tcb()->snd_wnd, 0);
	segment_in("A", THEM(1), US(11), 0);
	EXPECT_EQ(tcb()->snd_una, US(11));
	forget_segments();
}

TEST(wscale__time_wait_tells_the_window_it_had)
{
	scaling(MEGABYTE, 3);
	tcb_fin_wait_2();
	segment_in("FA", THEM(1), US(2), 0);
	expect_window(MEGABYTE >> SHIFT);
	expect_segment("A", US(2), THEM(2), 0);
	segment_in("FA", THEM(1), US(2), 0);
	expect_window(MEGABYTE >> SHIFT);
	expect_segment("A", US(2), THEM(2), 0);
	segment_in("PA", THEM(2 + 500000), US(2), 10);	/* inside: no challenge is due, but an ACK */
	expect_segment("A", US(2), THEM(2), 0);
}

TEST(wscale__time_wait_knows_the_largest_window)
{
	/* RFC 5961, 5.2: MAX.SND.WND back from SND.NXT an ACK is merely old */
	scaling(65535, 3);
	tcb_time_wait();
	segment_in("A", THEM(2), US(2 - 65535 * 8), 0);
	expect_nothing();
	segment_in("A", THEM(2), US(1 - 65535 * 8), 0);
	expect_segment("A", US(2), THEM(2), 0);
}

TEST(wscale__peer_that_rounds_down)
{
	/* RFC 7323, appendix F: it tells up to a unit less than it had: an ACK before octets that got there is old */
	scaling(MEGABYTE, 7);
	bench.peer_wnd = 10240;
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 80);
	program_writes(10220);
	forget_segments();
	segment_in_wnd("A", THEM(1), US(1001), 0, (10240 - 1000) / 128);
	forget_segments();
	segment_in_wnd("A", THEM(0), US(1001), 1, (10240 - 1000) / 128);
	expect_segment("A", US(10221), THEM(1), 0);
}

TEST(wscale__peer_that_shrinks_its_window)
{
	/* by a whole unit more: what lies beyond it cannot hear */
	scaling(MEGABYTE, 7);
	bench.peer_wnd = 10240;
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 80);
	program_writes(10240);
	forget_segments();
	segment_in_wnd("A", THEM(1), US(1001), 0, (10240 - 1000) / 128 - 1);
	forget_segments();
	segment_in_wnd("A", THEM(0), US(1001), 1, (10240 - 1000) / 128 - 1);
	expect_segment("A", US(1001 + 71 * 128), THEM(1), 0);
}

TEST(wscale__of_a_simultaneous_open_is_told_once_it_is_agreed)
{
	/* no ACK promises what a repeated SYN,ACK could not say */
	scaling(MEGABYTE, 3);
	tcb_syn_sent();
	segment_in("S", THEM(0), 0, 0);
	forget_segments();
	segment_in("A", THEM(1) + SYN_WINDOW + 1000, US(0), 10);
	EXPECT_EQ(understood(SHIFT), THEM(1) + SYN_WINDOW);
	forget_segments();
}

/* The last two of seven segments are lost, and the window rounds down from the end of the last one by so much. */
static void lost_beyond(u32 shrunk)
{
	program_writes(7 * 1460);
	forget_segments();
	bench.now += RTT;
	segment_in_wnd("A", THEM(1), US(1 + 5 * 1460), 0, (2 * 1460 - shrunk) / 128);
}

TEST(wscale__what_is_lost_beyond_a_rounded_edge_is_sent_again)
{
	/* RFC 7323, 2.4: less than a unit beyond it */
	bench.config.rto_min = CLASP_SEC;
	scaling(MEGABYTE, 7);
	tcb_established_sack();
	lost_beyond(0);
	EXPECT_EQ(tcb()->snd_wnd, 2816);
	clasp_scoreboard_lose(tcb(), &bench.host.ep.rtx.node[1]);
	host_output(&bench.host, bench.now);
	expect_segment("PA", US(1 + 6 * 1460), THEM(1), 1460);
}

TEST(wscale__what_is_lost_beyond_a_shrunk_edge_waits)
{
	bench.config.rto_min = CLASP_SEC;
	scaling(MEGABYTE, 7);
	tcb_established_sack();
	lost_beyond(128);
	clasp_scoreboard_lose(tcb(), &bench.host.ep.rtx.node[1]);
	host_output(&bench.host, bench.now);
	expect_nothing();
}

TEST(wscale__what_a_timeout_sends_again_beyond_a_rounded_edge)
{
	scaling(MEGABYTE, 7);
	tcb_established();
	lost_beyond(0);
	time_passes(CLASP_SEC);
	expect_segment("A", US(1 + 5 * 1460), THEM(1), 1460);
	segment_in_wnd("A", THEM(1), US(1 + 5 * 1460), 0, 2 * 1460 / 128);
	forget_segments();
	tcb()->cong.cwnd = 10 * 1460;
	tcb()->rtx_nxt = US(1 + 6 * 1460);
	host_output(&bench.host, bench.now);
	expect_segment("PA", US(1 + 6 * 1460), THEM(1), 1460);
}

/* The peer sends, two segments an ACK, as long as it is told of a window; octets that it got rid of. Nobody reads. */
static u32 poured(u32 segment, u8 shift)
{
	u32 at = 1, edge = tcb()->rcv_edge;

	for (u32 i = 0; i < 2000 && seq_before(THEM(at), edge); i++) {
		u32 len = clasp_min(segment, seq_distance(THEM(at), edge));

		segment_in("PA", THEM(at), US(1), len);
		at += len;
		if (i % 2)
			continue;
		time_passes(bench.config.delack);
		edge = understood(shift);
		forget_segments();
	}
	return at - 1;
}

TEST(wscale__an_edge_does_not_creep)
{
	/* RFC 7323, 2.4: rounding moves it beyond the buffer once, not each ACK. A unit is more than two segments. */
	scaling(60000, 0);
	bench.host.rcv_most = 200 * MEGABYTE;
	tcb_established_passive();
	EXPECT_EQ(tcb()->rcv_wscale, 12);
	EXPECT_BETWEEN(poured(1460, 12), 50000, 61440);
	expect_nothing();
}

TEST(wscale__an_edge_does_not_creep_by_small_segments)
{
	scaling(60000, 0);
	bench.host.rcv_most = 6 * MEGABYTE;
	tcb_established_passive();
	EXPECT_EQ(tcb()->rcv_wscale, 7);
	EXPECT_BETWEEN(poured(60, 7), 59000, 60032);
	expect_nothing();
}

TEST(wscale__a_unit_is_no_window_worth_telling)
{
	/* RFC 9293, 3.8.6.2.2: some of it had been promised, and it has room now */
	scaling(60000, 0);
	bench.host.rcv_most = 6 * MEGABYTE;
	tcb_established_passive();
	poured(1000, 7);
	EXPECT_EQ(clasp_window_told(tcb()), 0);
	EXPECT_BETWEEN(clasp_window_offered(tcb()), 1, 127);
	program_reads(300);
	expect_nothing();
	program_reads(1500);
	expect_segment("A", US(1), tcb()->rcv_nxt, 0);
}

TEST(wscale__a_closed_window_of_less_than_a_unit_opens)
{
	/* what was promised, and is told no more, reaches as far as the program has made room */
	scaling(4096, 0);
	bench.host.rcv_most = 0x40000000;	/* a unit is 16 KiB */
	tcb_established_passive();
	EXPECT_BETWEEN(poured(1460, 14), 2000, 16384);
	EXPECT_EQ(clasp_window_told(tcb()), 0);
	program_reads(60000);
	expect_window(1);
	expect_segment("A", US(1), tcb()->rcv_nxt, 0);
	EXPECT_EQ(clasp_window_told(tcb()), 16384);
}
