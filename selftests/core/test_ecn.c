// SPDX-License-Identifier: GPL-2.0
/*
 * Explicit congestion notification: RFC 3168, section 6.1.
 */
#include "bench.h"
#include "ecn.h"

#define MSS 1460
#define AT(n) (1 + (n) * MSS)

static struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

/* ESTABLISHED, both have agreed, so many segments are under way; what left last was of the given flags. */
static void agreed(u32 segments)
{
	bench.config.ecn = 1;
	bench.config.congestion = CLASP_CONG_NEWRENO;
	host_connect(&bench.host, bench.now);
	expect_segment("SEW", US(0), 0, 0);
	bench.now += RTT;
	segment_in("SAE", THEM(0), US(1), 0);
	expect_segment("A", US(1), THEM(1), 0);
	if (segments)
		program_writes(segments * MSS);
	bench.now += RTT;
}

static u8 last_ecn(void)
{
	return last_segment()->header.ecn;
}

TEST(ecn__is_asked_for_as_the_administrator_says)
{
	/* 6.1.1: both flags in the SYN, which itself may not be marked; net.clasp.ecn */
	static const char *const syns[] = { "S", "SEW", "S" };

	for (u32 i = 0; i <= 2; i++) {
		bench_reset(bench.iss, bench.irs);
		bench.config.ecn = i;
		host_connect(&bench.host, bench.now);
		EXPECT_EQ(last_ecn(), 0);
		expect_segment(syns[i], US(0), 0, 0);
	}
}

TEST(ecn__is_agreed_on_by_the_callers_peer)
{
	/* 6.1.1: an ECN-setup SYN,ACK has ECE and no CWR */
	static const struct { const char *flags; bool ok; } answers[] = {
		{ "SAE", true }, { "SA", false }, { "SAEW", false }, { "SAW", false },
	};

	for (u32 i = 0; i < ARRAY_SIZE(answers); i++) {
		bench_reset(bench.iss, bench.irs);
		bench.config.ecn = 1;
		host_connect(&bench.host, bench.now);
		segment_in(answers[i].flags, THEM(0), US(1), 0);
		EXPECT_EQ(tcb()->ecn.ok, answers[i].ok);
		EXPECT_EQ(tcb()->ecn.ect, answers[i].ok);
		EXPECT_EQ(last_ecn(), 0);
		forget_segments();
		program_writes(MSS);
		EXPECT_EQ(last_ecn(), answers[i].ok ? CLASP_ECT_0 : 0);
		expect_segment("PA", US(1), THEM(1), MSS);
	}
}

TEST(ecn__is_granted_as_the_administrator_says)
{
	/* 6.1.1: to a SYN with both flags alone; 0 grants it to nobody */
	static const struct { const char *syn; u8 config; u8 field; const char *answer; } cases[] = {
		{ "SEW", 2, 0, "SAE" }, { "SEW", 1, 0, "SAE" }, { "SEW", 0, 0, "SA" },
		{ "SE", 2, 0, "SA" }, { "SW", 2, 0, "SA" }, { "S", 2, 0, "SA" },
		{ "SEW", 2, CLASP_CE, "SA" }, { "SEW", 2, CLASP_ECT_0, "SA" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		bench_reset(bench.iss, bench.irs);
		tcb_listen();
		bench.config.ecn = cases[i].config;
		bench.ecn = cases[i].field;
		segment_in(cases[i].syn, THEM(0), 0, 0);
		EXPECT_EQ(last_ecn(), 0);
		expect_segment(cases[i].answer, US(0), THEM(1), 0);
		segment_in("A", THEM(1), US(1), 0);
		EXPECT_EQ(tcb()->ecn.ok, !strcmp(cases[i].answer, "SAE"));
		EXPECT_EQ(tcb()->ecn.ect, tcb()->ecn.ok);
		forget_segments();
	}
}

TEST(ecn__of_a_caller_who_falls_back)
{
	/* 6.1.1: it has sent a SYN that does not ask; but its first octets might be marked all the same */
	tcb_listen();
	bench.config.ecn = 2;
	segment_in("SEW", THEM(0), 0, 0);
	expect_segment("SAE", US(0), THEM(1), 0);
	segment_in("S", THEM(0), 0, 0);
	expect_segment("SA", US(0), THEM(1), 0);
	time_passes(bench.config.rto_init);
	expect_segment("SA", US(0), THEM(1), 0);
	segment_in("A", THEM(1), US(1), 0);
	EXPECT(tcb()->ecn.ok && !tcb()->ecn.ect);
	bench.ecn = CLASP_CE;
	segment_in("A", THEM(1), US(1), 10);
	expect_segment("AE", US(1), THEM(11), 0);
	program_writes(10);
	EXPECT_EQ(last_ecn(), 0);
	expect_segment("PAE", US(1), THEM(11), 10);
}

TEST(ecn__granted_again)
{
	/* a SYN,ACK that is sent again says the same */
	tcb_listen();
	bench.config.ecn = 2;
	segment_in("SEW", THEM(0), 0, 0);
	expect_segment("SAE", US(0), THEM(1), 0);
	segment_in("SEW", THEM(0), 0, 0);
	expect_segment("SAE", US(0), THEM(1), 0);
	time_passes(bench.config.rto_init);
	expect_segment("SAE", US(0), THEM(1), 0);
}

TEST(ecn__falls_back)
{
	/* 6.1.1.1, and 6.1.1: after a SYN that does not ask no octets of ours may be marked */
	bench.config.ecn = 1;
	bench.config.ecn_fallback = true;
	host_connect(&bench.host, bench.now);
	expect_segment("SEW", US(0), 0, 0);
	next_deadline();
	expect_segment("S", US(0), 0, 0);
	segment_in("SAE", THEM(0), US(1), 0);
	forget_segments();
	program_writes(MSS);
	EXPECT_EQ(last_ecn(), 0);
	/* but what the peer took from our first one is kept */
	bench.ecn = CLASP_CE;
	segment_in("A", THEM(1), US(1), 10);
	EXPECT(last_segment()->header.flags & CLASP_ECE);
	forget_segments();
}

TEST(ecn__does_not_fall_back_where_it_must_not)
{
	/* net.clasp.ecn_fallback */
	bench.config.ecn = 1;
	host_connect(&bench.host, bench.now);
	forget_segments();
	next_deadline();
	expect_segment("SEW", US(0), 0, 0);
	segment_in("SAE", THEM(0), US(1), 0);
	EXPECT(tcb()->ecn.ect);
	forget_segments();
}

TEST(ecn__when_both_call)
{
	/* 6.1.1: a SYN,ACK answers the other's SYN, and the ECE of a crossing one is no echo */
	bench.config.ecn = 1;
	host_connect(&bench.host, bench.now);
	expect_segment("SEW", US(0), 0, 0);
	segment_in("SEW", THEM(0), 0, 0);
	expect_segment("SAE", US(0), THEM(1), 0);
	segment_in("SAE", THEM(0), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT(tcb()->ecn.ect);
	EXPECT(!tcb()->ecn.reducing);
	EXPECT_EQ(tcb()->cong.cwnd, 10 * MSS);
	forget_segments();
}

TEST(ecn__when_both_call_and_one_does_not_ask)
{
	bench.config.ecn = 1;
	host_connect(&bench.host, bench.now);
	forget_segments();
	segment_in("SE", THEM(0), 0, 0);
	expect_segment("SA", US(0), THEM(1), 0);
	EXPECT(!tcb()->ecn.ok);
}

TEST(ecn__only_new_octets_may_be_marked)
{
	/* 6.1.4, 6.1.5: neither a bare ACK or FIN nor what is sent again */
	agreed(2);
	EXPECT_EQ(last_ecn(), CLASP_ECT_0);
	forget_segments();
	next_deadline();
	EXPECT_EQ(last_ecn(), 0);
	expect_segment("A", US(1), THEM(1), MSS);
	segment_in("A", THEM(1), US(AT(2)), 0);
	segment_in("A", THEM(1), US(AT(2)), MSS);
	EXPECT_EQ(last_ecn(), 0);
	expect_segment("A", US(AT(2)), THEM(AT(1)), 0);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	EXPECT_EQ(last_ecn(), 0);
	expect_segment("FA", US(AT(2)), THEM(AT(1)), 0);
}

TEST(ecn__a_probe_of_a_closed_window_may_not)
{
	/* 6.1.6: what lies outside of the window says nothing about it */
	agreed(1);
	forget_segments();
	segment_in_wnd("AE", THEM(1), US(AT(1)), 0, 0);
	program_writes(MSS);
	expect_nothing();
	next_deadline();
	EXPECT_EQ(last_ecn(), 0);
	expect_segment("A", US(AT(1)), THEM(1), 1);
	EXPECT(tcb()->ecn.cwr);
}

TEST(ecn__is_echoed_until_the_peer_knows)
{
	/* 6.1.3: in every ACK, at once where there was none before */
	agreed(0);
	bench.ecn = CLASP_CE;
	segment_in("A", THEM(1), US(1), 10);
	expect_segment("AE", US(1), THEM(11), 0);
	bench.ecn = CLASP_ECT_0;
	segment_in("A", THEM(11), US(1), 10);
	expect_nothing();
	time_passes(bench.config.delack);
	expect_segment("AE", US(1), THEM(21), 0);
	program_writes(10);
	expect_segment("PAE", US(1), THEM(21), 10);
	segment_in("AW", THEM(21), US(11), 10);
	expect_segment("A", US(11), THEM(31), 0);
	/* "If another CE packet is received": a new echo, also where CWR itself was marked */
	bench.ecn = CLASP_CE;
	segment_in("AW", THEM(31), US(11), 10);
	expect_segment("AE", US(11), THEM(41), 0);
}

TEST(ecn__marks_that_mean_nothing)
{
	/* 6.1.5: outside of the window; of what has no octets; where nothing was agreed on */
	agreed(0);
	bench.ecn = CLASP_CE;
	segment_in("A", THEM(0) - 10, US(1), 10);
	expect_segment("A", US(1), THEM(1), 0);
	segment_in("A", THEM(1), US(1), 0);
	expect_nothing();
	EXPECT(!tcb()->ecn.echo && !tcb()->ecn.seen);
	bench_reset(bench.iss, bench.irs);
	tcb_established();
	bench.ecn = CLASP_CE;
	segment_in("A", THEM(1), US(1), 10);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(11), 0);
	EXPECT(!tcb()->ecn.seen);
}

TEST(ecn__is_seen)
{
	agreed(0);
	segment_in("A", THEM(1), US(1), 10);
	EXPECT(!tcb()->ecn.seen);
	bench.ecn = CLASP_ECT_1;
	segment_in("A", THEM(11), US(1), 10);
	EXPECT(tcb()->ecn.seen);
	forget_segments();
}

TEST(ecn__an_echo_halves_the_window_once)
{
	/* 6.1.2: "only once in response to a series": until something sent afterwards is acknowledged */
	agreed(10);
	forget_segments();
	segment_in("AE", THEM(1), US(AT(1)), 0);
	EXPECT_EQ(tcb()->cong.cwnd, 5 * MSS);
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	for (u32 i = 2; i <= 10; i++)
		segment_in("AE", THEM(1), US(AT(i)), 0);
	EXPECT_EQ(tcb()->cong.cwnd, 5 * MSS);
	expect_nothing();
	program_writes(5 * MSS);
	forget_segments();
	segment_in("AE", THEM(1), US(AT(10)), 0);
	EXPECT_EQ(tcb()->cong.cwnd, 5 * MSS);
	segment_in("AE", THEM(1), US(AT(11)), 0);
	EXPECT_EQ(tcb()->cong.cwnd, 5 * MSS / 2);
}

TEST(ecn__an_echo_does_not_let_the_window_grow)
{
	/* 6.1.2; and it grows again when the peer has heard */
	agreed(10);
	segment_in("AE", THEM(1), US(AT(1)), 0);
	program_writes(10 * MSS);
	for (u32 i = 2; i <= 10; i++)
		segment_in("AE", THEM(1), US(AT(i)), 0);
	EXPECT_EQ(tcb()->cong.cwnd, 5 * MSS);
	for (u32 i = 11; i <= 15; i++)
		segment_in("A", THEM(1), US(AT(i)), 0);
	EXPECT_EQ(tcb()->cong.cwnd, 6 * MSS);
	forget_segments();
}

TEST(ecn__the_peer_is_told_with_new_octets)
{
	/* 6.1.2: CWR "in the first new data packet sent after the window reduction", and only there */
	agreed(10);
	forget_segments();
	segment_in("AE", THEM(1), US(AT(1)), 0);
	segment_in("AE", THEM(1), US(AT(9)), 0);
	program_writes(2 * MSS);
	EXPECT_EQ(last_ecn(), CLASP_ECT_0);
	expect_segment("AW", US(AT(10)), THEM(1), MSS);
	expect_segment("A", US(AT(11)), THEM(1), MSS);
}

TEST(ecn__the_peer_is_told_with_the_first_of_many_packets)
{
	bench.host.together = 64000;
	agreed(10);
	forget_segments();
	segment_in("AE", THEM(1), US(AT(1)), 0);
	segment_in("AE", THEM(1), US(AT(9)), 0);
	program_writes(2 * MSS);
	EXPECT_EQ(bench.host.ep.rtx.node[bench.host.ep.rtx.count - 1].len, 2 * MSS);
	expect_segment("AW", US(AT(10)), THEM(1), MSS);
	expect_segment("A", US(AT(11)), THEM(1), MSS);
}

TEST(ecn__what_is_refused_has_told_nothing)
{
	agreed(10);
	forget_segments();
	segment_in("AE", THEM(1), US(AT(10)), 0);
	bench.refusals = 1;
	program_writes(MSS);
	expect_nothing();
	next_deadline();
	expect_segment("PAW", US(AT(10)), THEM(1), MSS);
}

TEST(ecn__an_echo_without_agreement)
{
	tcb_established();
	program_writes(10 * MSS);
	forget_segments();
	segment_in("AE", THEM(1), US(AT(1)), 0);
	EXPECT_EQ(tcb()->cong.cwnd, 12 * MSS - MSS);
	EXPECT(!tcb()->ecn.reducing);
}

TEST(ecn__an_echo_that_was_overtaken)
{
	agreed(10);
	forget_segments();
	segment_in("A", THEM(1), US(AT(2)), 0);
	segment_in("AE", THEM(1), US(AT(1)), 0);
	EXPECT(!tcb()->ecn.reducing);
}

TEST(ecn__leaves_a_segment)
{
	/* RFC 9438, 4.6: less than two segments, but one; ssthresh is two at least */
	struct clasp_cong cong;
	struct clasp_cong_event event = { .now = bench.now, .mss = MSS, .flight = MSS };

	for (u32 i = 0; i < CLASP_CONG_ALGORITHMS; i++) {
		clasp_cong_init(&cong, i, MSS, false);
		cong.cwnd = MSS + MSS / 2;
		clasp_cong_marked(&cong, &event);
		EXPECT(cong.cwnd >= MSS && cong.cwnd < MSS + MSS / 2);
		EXPECT_EQ(cong.ssthresh, 2 * MSS);
		clasp_cong_marked(&cong, &event);
		EXPECT_EQ(cong.cwnd, MSS);
	}
}

TEST(ecn__cubic_leaves_seven_tenths)
{
	/* RFC 9438, 4.6 */
	struct clasp_cong cong;
	struct clasp_cong_event event = { .now = bench.now, .mss = MSS, .flight = 10 * MSS };

	clasp_cong_init(&cong, CLASP_CONG_CUBIC, MSS, false);
	clasp_cong_marked(&cong, &event);
	EXPECT_EQ(cong.cwnd, 7 * MSS);
	EXPECT_EQ(cong.ssthresh, 7 * MSS);
}

TEST(ecn__a_loss_of_the_same_window_is_no_other_congestion)
{
	/* 6.1.2: "dropped and/or CE packets from a single window of data" */
	bench.config.sack = true;
	bench.syn.sack_permitted = true;
	agreed(10);
	forget_segments();
	segment_in("AE", THEM(1), US(AT(1)), 0);
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	SACK_IN(AT(1), { AT(2), AT(6) });
	EXPECT(tcb()->recovery.recovering);
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	/* nor is an echo while that is repaired */
	segment_in("AE", THEM(1), US(AT(1)), 0);
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	forget_segments();
}

TEST(ecn__a_timeout_of_the_same_window)
{
	agreed(10);
	segment_in("AE", THEM(1), US(AT(1)), 0);
	next_deadline();
	EXPECT_EQ(tcb()->cong.cwnd, MSS);
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	/* from where it grows as after any other */
	segment_in("AE", THEM(1), US(AT(2)), 0);
	EXPECT_EQ(tcb()->cong.cwnd, 2 * MSS);
	forget_segments();
}

TEST(ecn__any_reduction_is_told)
{
	/* 6.1.2: "for any reason (because of a retransmit timeout, a Fast Retransmit, ...)" */
	agreed(4);
	next_deadline();
	forget_segments();
	segment_in("A", THEM(1), US(AT(4)), 0);
	program_writes(MSS);
	expect_segment("PAW", US(AT(4)), THEM(1), MSS);
	bench_reset(bench.iss, bench.irs);
	agreed(10);
	program_writes(4 * MSS);
	for (u32 i = 0; i < 3; i++)
		segment_in("A", THEM(1), US(1), 0);
	EXPECT(tcb()->recovery.recovering);
	EXPECT(tcb()->ecn.cwr);
	forget_segments();
}

TEST(ecn__a_second_loss_after_one_is_another)
{
	/* 6.1.2: "if any retransmitted packets are dropped": what began with a loss is not a mark's */
	agreed(10);
	for (u32 i = 0; i < 3; i++)
		segment_in("A", THEM(1), US(1), 0);
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	segment_in("A", THEM(1), US(AT(4)), 0);
	next_deadline();
	EXPECT_EQ(tcb()->cong.ssthresh, 3 * MSS);
	forget_segments();
}

TEST(ecn__marks_are_no_mistake)
{
	/* what is undone of a loss that was none is not what an echo has asked for */
	struct clasp_cong cong;
	struct clasp_cong_event event = { .now = bench.now, .mss = MSS, .flight = 10 * MSS };

	clasp_cong_init(&cong, CLASP_CONG_NEWRENO, MSS, false);
	clasp_cong_reduce(&cong, &event);
	clasp_cong_marked(&cong, &event);
	clasp_cong_undo(&cong);
	EXPECT_EQ(cong.cwnd, 5 * MSS);
	agreed(10);
	next_deadline();
	segment_in("AE", THEM(1), US(AT(1)), 0);
	clasp_cong_undo(&tcb()->cong);
	EXPECT_EQ(tcb()->cong.cwnd, 2 * MSS);
	forget_segments();
}

TEST(ecn__an_undone_loss_of_a_marked_window)
{
	/* the loss was none, the mark was one: what the repair has taken away comes back, as far as ssthresh */
	bench.config.sack = true;
	bench.config.dsack = true;
	bench.syn.sack_permitted = true;
	agreed(10);
	segment_in("AE", THEM(1), US(AT(1)), 0);
	SACK_IN(AT(1), { AT(7), AT(10) });
	EXPECT(tcb()->recovery.recovering);
	EXPECT_EQ(tcb()->cong.cwnd, 4 * MSS);
	SACK_IN(AT(10), { AT(1), AT(5) });
	EXPECT(!tcb()->recovery.recovering);
	EXPECT_EQ(tcb()->cong.cwnd, 5 * MSS);
	forget_segments();
}
