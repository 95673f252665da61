// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 8985, section 6: what is lost, when, and what is not.
 */
#include "bench.h"

#define MSS 1460
#define AT(n) (1 + (n) * MSS)

static struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

/* Segments that left together; a round trip, which is the least and the smoothed one, is known. */
static void flies(u32 segments)
{
	tcb_established_sack();
	program_writes(MSS);
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(1)), 0);
	program_writes(segments * MSS);
	EXPECT_EQ(bench.sent_count, segments + 1);
	forget_segments();
	EXPECT_EQ(tcb()->rack.min_rtt_us, RTT / CLASP_USEC);
	bench.now += RTT;
}

/* The segments behind the first one under way have arrived. */
static void beyond(u32 from, u32 to)
{
	SACK_IN(AT(1), { AT(1 + from), AT(1 + to) });
}

TEST(rack__three_beyond_a_hole_are_evidence)
{
	/* 6.2, step 4: no reordering seen, three segments SACKed: no time is lost */
	flies(8);
	beyond(1, 4);
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	expect_nothing();
	EXPECT(tcb()->recovery.recovering);
}

TEST(rack__one_beyond_a_hole_may_have_overtaken)
{
	/* step 5: a quarter of the least round trip is waited for */
	flies(4);
	beyond(1, 2);
	expect_nothing();
	expect_timer(CLASP_TIMER_REORDER, RTT / 4);
	next_deadline();
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	EXPECT(tcb()->recovery.recovering);
}

TEST(rack__a_fin_may_have_overtaken)
{
	/* a FIN without octets says of those before it what octets behind them would */
	tcb_established_sack();
	program_writes(MSS);
	bench.now += CLASP_MSEC;
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	forget_segments();
	bench.now += RTT;
	for (u32 i = 0; i < 2; i++) {
		SACK_IN(1, { AT(1), AT(1) + 1 });
		expect_timer(CLASP_TIMER_REORDER, RTT / 4 - i * CLASP_MSEC);
		EXPECT_EQ(tcb()->rack.rtt_us, RTT / CLASP_USEC);
		bench.now += CLASP_MSEC;
	}
	next_deadline();
	expect_segment("FPA", US(1), THEM(1), MSS);
	EXPECT(tcb()->recovery.recovering);
}

TEST(rack__only_one_timer)
{
	/* section 8 */
	flies(4);
	expect_no_timer(CLASP_TIMER_RETRANSMIT);
	EXPECT(tcb()->deadline[CLASP_TIMER_TAIL]);
	beyond(1, 2);
	EXPECT(tcb()->deadline[CLASP_TIMER_REORDER]);
	expect_no_timer(CLASP_TIMER_RETRANSMIT);
	expect_no_timer(CLASP_TIMER_TAIL);
	beyond(1, 4);
	forget_segments();
	expect_no_timer(CLASP_TIMER_REORDER);
	expect_no_timer(CLASP_TIMER_TAIL);
	EXPECT(tcb()->deadline[CLASP_TIMER_RETRANSMIT]);
}

TEST(rack__overtaken_is_not_lost)
{
	/* the late one comes within the window: nothing is sent twice, cwnd is not lowered */
	flies(4);
	beyond(1, 2);
	bench.now += RTT / 5;
	segment_in("A", THEM(1), US(AT(3)), 0);
	expect_nothing();
	EXPECT(tcb()->rack.reordered);
	EXPECT(!tcb()->recovery.lossy);
	EXPECT(tcb()->cong.cwnd >= 10 * MSS);
}

TEST(rack__where_segments_overtake_three_are_no_evidence)
{
	/* step 4: once reordering has been seen the window is never 0 */
	flies(8);
	beyond(1, 2);
	segment_in("A", THEM(1), US(AT(3)), 0);
	EXPECT(tcb()->rack.reordered);
	SACK_IN(AT(3), { AT(4), AT(8) });
	expect_nothing();
	EXPECT(!tcb()->recovery.lossy);
	expect_timer(CLASP_TIMER_REORDER, RTT / 4);
}

TEST(rack__an_ack_of_the_repeated_is_no_reordering)
{
	/* step 3: what was sent again comes late because of that */
	flies(8);
	beyond(1, 4);
	forget_segments();
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(9)), 0);
	EXPECT(!tcb()->rack.reordered);
}

static void comes_twice(void)
{
	SACK_IN(AT(1), { AT(0), AT(1) });
}

TEST(rack__twice_widens_the_window_once_a_round_trip)
{
	/* step 4: RACK.reo_wnd_mult */
	flies(8);
	comes_twice();
	EXPECT_EQ(tcb()->rack.quarters, 1);
	comes_twice();
	EXPECT_EQ(tcb()->rack.quarters, 1);
	tcb()->rack.reordered = true;
	beyond(1, 2);
	expect_timer(CLASP_TIMER_REORDER, RTT / 2);
	segment_in("A", THEM(1), US(AT(9)), 0);
	program_writes(MSS);
	SACK_IN(AT(9), { AT(8), AT(9) });
	EXPECT_EQ(tcb()->rack.quarters, 2);
	forget_segments();
}

TEST(rack__twice_within_a_block_is_twice)
{
	/* RFC 2883, 4.2: above the cumulative ACK the next block is the one that it is in */
	flies(8);
	tcb()->rack.reordered = true;
	beyond(1, 2);
	SACK_IN(AT(1), { AT(2), AT(3) }, { AT(2), AT(4) });
	EXPECT_EQ(tcb()->rack.quarters, 1);
	SACK_IN(AT(1), { AT(6), AT(7) }, { AT(2), AT(4) });
	EXPECT_EQ(tcb()->sacked, 3 * MSS);
	forget_segments();
}

TEST(rack__the_window_is_no_longer_than_a_round_trip)
{
	flies(8);
	tcb()->rack.quarters = 200;
	tcb()->rack.reordered = true;
	beyond(1, 2);
	expect_timer(CLASP_TIMER_REORDER, RTT);
}

/* An episode with a loss that is repaired. */
static void episode(u32 from)
{
	tcb()->cong.cwnd = 20 * MSS;
	program_writes(6 * MSS);
	bench.now += RTT;
	SACK_IN(AT(from), { AT(from + 1), AT(from + 6) });
	time_passes(RTT);
	EXPECT(tcb()->recovery.lossy);
	segment_in("A", THEM(1), US(AT(from + 6)), 0);
	EXPECT(!tcb()->recovery.lossy);
	forget_segments();
}

TEST(rack__a_wide_window_lasts_sixteen_episodes)
{
	/* step 4: RACK.reo_wnd_persist */
	flies(1);
	comes_twice();
	segment_in("A", THEM(1), US(AT(2)), 0);
	for (u32 i = 0; i < 15; i++)
		episode(2 + 6 * i);
	EXPECT_EQ(tcb()->rack.quarters, 1);
	episode(2 + 6 * 15);
	EXPECT_EQ(tcb()->rack.quarters, 0);
}

TEST(rack__a_repetition_that_is_lost_is_found)
{
	/* section 3: by what left after it, which no count of duplicates can tell */
	flies(9);
	beyond(1, 5);
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	forget_segments();
	program_writes(9 * MSS);
	bench.now += CLASP_MSEC;
	beyond(1, 9);
	EXPECT(bench.sent_count);
	forget_segments();
	bench.now += RTT;
	beyond(1, 10);
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	forget_segments();
}

TEST(rack__an_early_answer_is_to_the_first_copy)
{
	/* step 2: a repetition that is answered sooner than a round trip takes measures nothing */
	flies(8);
	beyond(1, 4);
	forget_segments();
	bench.now += RTT / 4;
	segment_in("A", THEM(1), US(AT(5)), 0);
	EXPECT_EQ(tcb()->rack.rtt_us, RTT / CLASP_USEC);
	EXPECT_EQ(tcb()->rack.end, US(AT(5)));
	forget_segments();
}

TEST(rack__the_front_of_a_super_packet)
{
	/* its packets left when the others did, and end earlier; part of a packet tells nothing */
	tcb_established_sack();
	bench.host.together = 64000;
	tcb()->srtt_us = 1000;
	program_writes(5 * MSS);
	EXPECT_EQ(bench.host.ep.rtx.count, 1);
	forget_segments();
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(2)), 0);
	EXPECT_EQ(tcb()->rack.end, US(AT(2)));
	EXPECT_EQ(tcb()->rack.rtt_us, RTT / CLASP_USEC);
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(2) + 100), 0);
	EXPECT_EQ(tcb()->rack.rtt_us, RTT / CLASP_USEC);
	EXPECT(!tcb()->rack.reordered);
	forget_segments();
}

TEST(rack__a_timeout_takes_what_is_overdue)
{
	/* 6.3: the first segment in any case, others when they have had their time */
	flies(2);
	next_deadline();		/* the probe */
	bench.now = tcb()->rto_at - CLASP_MSEC;
	program_writes(MSS);
	forget_segments();
	next_deadline();
	EXPECT_EQ(tcb()->retries, 1);
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	expect_nothing();
	EXPECT_EQ(tcb()->lost, MSS);
	EXPECT_EQ(bench.host.ep.rtx.node[2].marks, 0);
}

TEST(rack__the_least_round_trip_is_forgotten)
{
	flies(1);
	segment_in("A", THEM(1), US(AT(2)), 0);
	program_writes(MSS);
	bench.now += 2 * RTT;
	segment_in("A", THEM(1), US(AT(3)), 0);
	EXPECT_EQ(tcb()->rack.min_rtt_us, RTT / CLASP_USEC);
	bench.now += 300 * CLASP_SEC;
	program_writes(MSS);
	bench.now += 2 * RTT;
	segment_in("A", THEM(1), US(AT(4)), 0);
	EXPECT_EQ(tcb()->rack.min_rtt_us, 2 * RTT / CLASP_USEC);
	forget_segments();
}

TEST(rack__a_round_of_long_ago_is_over)
{
	/* RFC 8985, 6.2, step 4: RACK.dsack_round is none again: sequence numbers go round */
	struct clasp_tcb *tcb = &bench.host.ep.tcb;

	tcb_established_sack();
	program_writes(2 * 1460);
	tcb->rack.widened = true;
	tcb->rack.widened_at = tcb->snd_una;
	bench.now += RTT;
	segment_in("A", THEM(1), US(2921), 0);
	EXPECT(!tcb->rack.widened);
	forget_segments();
}

TEST(rack__a_round_trip_of_more_than_an_hour)
{
	/* a window was closed for so long that 32 bits of microseconds do not hold it */
	tcb_established_sack();
	program_writes(MSS);
	bench.now += 4295 * CLASP_SEC;
	segment_in("A", THEM(1), US(AT(1)), 0);
	EXPECT_EQ(tcb()->rack.rtt_us, 0x7fffffff);
	forget_segments();
}

#define SMALL 500
#define BEHIND(n) (AT(2) + (n) * SMALL)	/* where the nth small segment begins */

/* A segment that the path does not take any more, which is sent again in two, and small ones behind it. */
static void path_shrinks(u32 segments)
{
	flies(1);
	bench.host.choice.nodelay = true;
	for (u32 i = 0; i < segments; i++)
		program_writes(SMALL);
	forget_segments();
	bench.now += RTT / 2;
	bench.host.mss = 1000;
	host_too_large(&bench.host, US(AT(1)), bench.now);
	host_output(&bench.host, bench.now);
	bench.now += RTT / 2;
}

TEST(rack__a_loss_beside_what_was_too_large_is_congestion)
{
	u32 cwnd;

	/* RFC 5681, 3.1: nobody has answered this one yet */
	path_shrinks(8);
	cwnd = tcb()->cong.cwnd;
	EXPECT(tcb()->recovery.calm);
	forget_segments();
	SACK_IN(AT(1), { BEHIND(1), BEHIND(8) });
	EXPECT(tcb()->recovery.recovering);
	EXPECT(!tcb()->recovery.calm);
	EXPECT(tcb()->cong.ssthresh < cwnd);
	expect_segment("A", US(BEHIND(0)), THEM(1), SMALL);

	/* a piece that came twice is none of what this episode has sent */
	EXPECT(!tcb()->undo.possible);
	SACK_IN(BEHIND(0), { AT(1), AT(1) + SMALL }, { BEHIND(1), BEHIND(8) });
	EXPECT(tcb()->recovery.recovering);
	EXPECT(tcb()->cong.ssthresh < cwnd);
}

TEST(rack__a_loss_beside_what_was_too_large_is_a_marks)
{
	/* RFC 3168, 6.1.2: of a window for which a mark was answered already */
	path_shrinks(8);
	tcb()->ecn.ok = true;
	tcb()->ecn.reducing = true;
	tcb()->cong.ssthresh = tcb()->cong.cwnd;
	forget_segments();
	SACK_IN(AT(1), { BEHIND(1), BEHIND(8) });
	EXPECT(tcb()->recovery.recovering);
	EXPECT_EQ(tcb()->cong.ssthresh, 10 * MSS);
	expect_segment("A", US(BEHIND(0)), THEM(1), SMALL);
}

TEST(rack__what_was_too_large_is_no_evidence)
{
	/* RFC 8985, 6.2, step 4: no loss is repaired that congestion might explain */
	path_shrinks(8);
	forget_segments();
	SACK_IN(AT(1), { BEHIND(1), BEHIND(2) });
	expect_nothing();
	EXPECT(!tcb()->recovery.recovering);
	next_deadline();
	EXPECT(tcb()->recovery.recovering);
	expect_segment("A", US(BEHIND(0)), THEM(1), SMALL);
}

TEST(rack__what_was_too_large_is_congestion_when_lost_again)
{
	/* RFC 5681, 4.3: the loss of a retransmission */
	path_shrinks(1);
	program_writes(3 * 1000);
	bench.now += RTT;
	forget_segments();
	SACK_IN(AT(1), { BEHIND(0), BEHIND(1) + 3000 });
	EXPECT(tcb()->recovery.recovering);
	expect_segment("A", US(AT(1)), THEM(1), 1000);
	expect_segment("A", US(AT(1) + 1000), THEM(1), 460);
}

TEST(rack__what_was_too_large_is_none_while_it_waits)
{
	u32 cwnd;

	flies(1);
	bench.host.choice.nodelay = true;
	program_writes(SMALL);
	program_writes(SMALL);
	forget_segments();
	cwnd = tcb()->cong.cwnd;
	bench.refusals = 2;
	bench.why = CLASP_REFUSED_QUEUE;
	bench.host.mss = 1000;
	host_too_large(&bench.host, US(AT(1)), bench.now);
	EXPECT_EQ(tcb()->lost, MSS);
	SACK_IN(AT(1), { BEHIND(0), BEHIND(1) });
	EXPECT(tcb()->recovery.calm);
	EXPECT(!tcb()->recovery.recovering);
	EXPECT_EQ(tcb()->cong.cwnd, cwnd);
	EXPECT_EQ(clasp_tcb_outstanding(tcb()), MSS + 2 * SMALL);
}
