// SPDX-License-Identifier: GPL-2.0
/*
 * What the sender makes of the blocks that it is told: RFC 2018, sections 5 and 8; RFC 6675, sections 3 and 4.
 */
#include "bench.h"
#include "scoreboard.h"

#define MSS 1460
#define AT(n) (1 + (n) * MSS)		/* where segment n begins */

static const struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

static u8 marks(u32 n)
{
	return bench.host.ep.rtx.node[n].marks;
}

static void sends(u32 segments)
{
	tcb_established_sack();
	program_writes(segments * MSS);
	EXPECT_EQ(bench.sent_count, segments);
	forget_segments();
}

/* Up to five of them in one super-packet; the path is fast enough for that. */
static void sends_together(u32 segments)
{
	tcb_established_sack();
	bench.host.together = 64000;
	bench.host.ep.tcb.srtt_us = 1000;
	program_writes(segments * MSS);
	EXPECT_EQ(bench.host.ep.rtx.count, (segments + 4) / 5);
	forget_segments();
}

TEST(scoreboard__what_is_sacked_stays_until_acknowledged)
{
	/* RFC 2018, 8: "a segment that has been SACKed MUST NOT be discarded until" the cumulative ACK covers it */
	sends(4);
	SACK_IN(1, { AT(2), AT(3) });
	EXPECT_EQ(bench.host.ep.rtx.count, 4);
	EXPECT_EQ(marks(2), CLASP_SEG_SACKED);
	EXPECT_EQ(tcb()->sacked, MSS);
	EXPECT_EQ(clasp_tcb_pipe(tcb()), 3 * MSS);
	SACK_IN(AT(3), { 0, 0 });
	EXPECT_EQ(bench.host.ep.rtx.count, 1);
	EXPECT_EQ(tcb()->sacked, 0);
}

TEST(scoreboard__told_again_counts_once)
{
	sends(4);
	for (u32 i = 0; i < 3; i++)
		SACK_IN(1, { AT(2), AT(4) }, { AT(2), AT(3) }, { AT(3), AT(4) });
	EXPECT_EQ(tcb()->sacked, 2 * MSS);
}

TEST(scoreboard__what_was_not_sent_is_not_believed)
{
	sends(4);
	SACK_IN(1, { AT(2), AT(5) });
	SACK_IN(1, { AT(3), AT(2) });
	SACK_IN(1, { AT(2), AT(2) });
	SACK_IN(1, { AT(9) + 0x7fff0000, AT(9) + 0x7fff1000 });
	EXPECT_EQ(tcb()->sacked, 0);
}

TEST(scoreboard__a_block_that_ends_before_it_begins)
{
	sends_together(4);
	SACK_IN(1, { AT(2), AT(1) });
	EXPECT_EQ(bench.host.ep.rtx.count, 1);
}

TEST(scoreboard__a_fin_alone_has_no_octets_to_tell_of)
{
	tcb_established_sack();
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	forget_segments();
	SACK_IN(1, { 1, 2 });
	EXPECT_EQ(tcb()->sacked, 0);
}

TEST(scoreboard__in_part_is_not_at_all)
{
	/* a segment that left whole arrives whole: who says otherwise would have us cut it to pieces */
	sends(4);
	SACK_IN(1, { AT(1) + 1, AT(3) - 1 });
	EXPECT_EQ(tcb()->sacked, 0);
	EXPECT_EQ(bench.host.ep.rtx.count, 4);
	SACK_IN(1, { AT(1) + 1, AT(3) });
	EXPECT_EQ(tcb()->sacked, MSS);
	EXPECT_EQ(marks(2), CLASP_SEG_SACKED);
}

TEST(scoreboard__a_large_one_is_split_at_whole_packets)
{
	sends_together(4);
	SACK_IN(1, { AT(1) - 40, AT(3) + 40 });
	EXPECT_EQ(bench.host.ep.rtx.count, 3);
	EXPECT_EQ(bench.host.ep.rtx.node[1].seq, US(AT(1)));
	EXPECT_EQ(bench.host.ep.rtx.node[1].len, 2 * MSS);
	EXPECT_EQ(marks(1), CLASP_SEG_SACKED);
	EXPECT_EQ(tcb()->sacked, 2 * MSS);
}

TEST(scoreboard__a_large_one_is_split_where_its_packets_end)
{
	/* whatever a packet has room for by now */
	sends_together(4);
	bench.host.mss = 1000;
	SACK_IN(1, { AT(1), AT(3) });
	EXPECT_EQ(tcb()->sacked, 2 * MSS);
}

TEST(scoreboard__of_a_large_one_what_is_lost_is_sent_again)
{
	sends_together(5);
	bench.now += RTT;
	SACK_IN(1, { AT(1), AT(2) }, { AT(3), AT(5) });
	expect_segment("A", US(AT(0)), THEM(1), MSS);
	expect_segment("A", US(AT(2)), THEM(1), MSS);
	expect_nothing();
	EXPECT_EQ(tcb()->sacked, 3 * MSS);
}

TEST(scoreboard__a_large_one_that_cannot_be_cut_waits)
{
	sends_together(10);
	bench.now += RTT;
	shell.splits_fail = 1;
	SACK_IN(1, { AT(5), AT(10) });
	expect_nothing();
	EXPECT_EQ(tcb()->lost, 5 * MSS);
	next_deadline();
	expect_segment("A", US(1), THEM(1), MSS);
	forget_segments();
}

TEST(scoreboard__a_split_that_fails_is_no_sack)
{
	sends_together(4);
	shell.splits_fail = 1;
	SACK_IN(1, { AT(1), AT(4) });
	EXPECT_EQ(tcb()->sacked, 0);
	shell.splits_fail = 1;
	SACK_IN(1, { 1, AT(1) });
	EXPECT_EQ(tcb()->sacked, 0);
	SACK_IN(1, { AT(1), AT(4) });
	EXPECT_EQ(tcb()->sacked, 3 * MSS);
	forget_segments();
}

TEST(scoreboard__room_for_what_has_left)
{
	/* RFC 3042 follows from pipe: each segment that has arrived lets one out */
	sends(10);
	program_writes(4 * MSS);
	expect_nothing();
	SACK_IN(1, { AT(1), AT(2) });
	expect_segment("A", US(AT(10)), THEM(1), MSS);
	expect_nothing();
	SACK_IN(1, { AT(1), AT(3) });
	expect_segment("A", US(AT(11)), THEM(1), MSS);
	expect_nothing();
}

TEST(scoreboard__lost_ones_go_first_and_in_order)
{
	/* RFC 6675, 4, NextSeg (1), (2) */
	sends(10);
	program_writes(4 * MSS);
	bench.now += RTT;
	SACK_IN(1, { AT(1), AT(2) }, { AT(3), AT(9) });
	expect_segment("A", US(AT(0)), THEM(1), MSS);
	expect_segment("A", US(AT(2)), THEM(1), MSS);
	forget_segments();
	EXPECT_EQ(marks(0), CLASP_SEG_RETRANSMITTED | CLASP_SEG_REPAIRED);
	EXPECT_EQ(marks(2), CLASP_SEG_RETRANSMITTED | CLASP_SEG_REPAIRED);
	EXPECT_EQ(tcb()->lost, 0);
}

TEST(scoreboard__reneging)
{
	/* RFC 2018, 8: at a timeout with the first segment SACKed all blocks are forgotten */
	sends(3);
	SACK_IN(1, { AT(0), AT(1) }, { AT(2), AT(3) });
	EXPECT_EQ(tcb()->sacked, 2 * MSS);
	while (!tcb()->retries)
		next_deadline();
	EXPECT_EQ(tcb()->sacked, 0);
	EXPECT_EQ(last_segment()->header.seq, US(1));
	forget_segments();
	segment_in("A", THEM(1), US(AT(1)), 0);
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	expect_segment("PA", US(AT(2)), THEM(1), MSS);
}

TEST(scoreboard__what_an_overtaken_ack_tells_of_the_first_segment_is_over)
{
	/* RFC 2018, 8: who still had it would not have acknowledged what is before it alone */
	sends(4);
	segment_in("A", THEM(1), US(AT(1)), 0);
	SACK_IN(1, { AT(1), AT(2) });
	EXPECT_EQ(tcb()->sacked, 0);
	SACK_IN(1, { AT(2), AT(3) });
	EXPECT_EQ(tcb()->sacked, MSS);
	SACK_IN(AT(1), { AT(1), AT(2) });
	EXPECT_EQ(tcb()->sacked, 2 * MSS);
	forget_segments();
}

TEST(scoreboard__a_timeout_keeps_what_blocks_told)
{
	/* RFC 6675, 5.1: only what is missing is sent again */
	sends(3);
	SACK_IN(1, { AT(1), AT(2) });
	while (!tcb()->retries)
		next_deadline();
	EXPECT_EQ(tcb()->sacked, MSS);
	forget_segments();
	segment_in("A", THEM(1), US(AT(2)), 0);
	expect_segment("PA", US(AT(2)), THEM(1), MSS);
	expect_nothing();
}

TEST(scoreboard__the_first_is_lost_in_any_case)
{
	/* RFC 8985, 6.3, however young it is */
	sends(3);
	clasp_scoreboard_timeout(&bench.host.ep.tcb, 0);
	EXPECT_EQ(tcb()->lost, MSS);
	EXPECT_EQ(marks(0), CLASP_SEG_LOST);
}

TEST(scoreboard__reopened_window)
{
	/* what met a closed one is sent again, though nothing was lost to congestion */
	sends(3);
	bench.now += RTT;
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(AT(0)), THEM(1), MSS);
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	expect_segment("PA", US(AT(2)), THEM(1), MSS);
	EXPECT_EQ(tcb()->cong.cwnd, 10 * MSS);
}

/* So many segments of 300 octets are under way. */
static void sends_small(u32 segments)
{
	tcb_established_sack();
	bench.host.mss = 300;
	program_writes(300);
	bench.host.ep.tcb.cong.cwnd = 1000 * MSS;
	program_writes((segments - 1) * 300);
	for (u32 i = 0; i < segments / 64; i++)
		host_output(&bench.host, bench.now);
	EXPECT_EQ(bench.host.ep.rtx.count, segments);
	forget_segments();
}

/* Whatever a peer tells, and however often, an ACK costs a few steps and those segments that it changes. */
TEST(scoreboard__a_flood_of_blocks_costs_little)
{
	u32 n = 200, rounds = 2000;
	u64 before;

	sends_small(n);
	before = shell.steps;
	for (u32 i = 0; i < rounds; i++) {
		u32 a = 2 + i % (n - 3), b = n - i % 3;

		SACK_IN(1, { 1 + a * 300, 1 + b * 300 }, { 1 + (n / 2) * 300, 1 + n * 300 },
			{ 1 + 300, 1 + b * 300 });
		forget_segments();
	}
	EXPECT_BETWEEN(shell.steps - before, rounds, 40 * rounds);
}

TEST(scoreboard__what_the_peer_lacks_all_the_same)
{
	/*
	 * RFC 2018, 8: it fills the hole, and has thrown away what it had told of, and its window is closed: what
	 * asks for the window is no repetition of what has arrived
	 */
	sends(3);
	bench.now += RTT / 10;
	SACK_IN(1, { AT(1), AT(3) });
	forget_segments();
	segment_in_wnd("A", THEM(1), US(AT(1)), 0, 0);
	forget_segments();
	next_deadline();
	EXPECT_EQ(tcb()->sacked, 0);
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	segment_in("A", THEM(1), US(AT(2)), 0);
	expect_segment("PA", US(AT(2)), THEM(1), MSS);
	segment_in("A", THEM(1), US(AT(3)), 0);
	EXPECT_EQ(clasp_tcb_pipe(tcb()), 0);
	program_writes(MSS);
	expect_segment("PA", US(AT(3)), THEM(1), MSS);
}

TEST(scoreboard__sent_again_is_not_sacked)
{
	sends(3);
	SACK_IN(1, { AT(1), AT(2) });
	clasp_scoreboard_sent(&bench.host.ep.tcb, &bench.host.ep.rtx.node[1], bench.now, true);
	EXPECT_EQ(tcb()->sacked, 0);
	EXPECT_EQ(marks(1), CLASP_SEG_RETRANSMITTED);
	forget_segments();
}

/* Of the first of two segments the peer acknowledges 900 octets; then blocks leave room for less than a segment. */
static void acknowledged_in_part(void)
{
	sends(2);
	segment_in("A", THEM(1), US(901), 0);
	segment_in("A", THEM(3), US(901), 1);
	segment_in("A", THEM(5), US(901), 1);
	segment_in("A", THEM(7), US(901), 1);
	forget_segments();
	bench.host.mss = 600;
}

TEST(scoreboard__what_is_acknowledged_is_not_sent_again)
{
	acknowledged_in_part();
	while (!tcb()->retries) {
		forget_segments();
		next_deadline();
	}
	expect_segment("A", US(901), THEM(1), 560);
	forget_segments();
}

TEST(scoreboard__the_first_is_the_first_that_is_missing)
{
	/* not an acknowledged piece in front of it */
	acknowledged_in_part();
	EXPECT(clasp_segs_split(&bench.host.ep.rtx, &bench.host.ep.rtx.node[0], 900));
	clasp_scoreboard_timeout(&bench.host.ep.tcb, 0);
	EXPECT_EQ(tcb()->lost, 560);
	EXPECT_EQ(tcb()->lost_from, US(901));
	EXPECT_EQ(marks(1), CLASP_SEG_LOST);
}

TEST(scoreboard__what_is_lost_in_part_is_found_behind_the_acknowledged)
{
	acknowledged_in_part();
	clasp_scoreboard_lose(&bench.host.ep.tcb, &bench.host.ep.rtx.node[0]);
	EXPECT_EQ(tcb()->lost, 560);
	EXPECT_EQ(tcb()->lost_from, US(901));
}

TEST(scoreboard__a_window_that_flutters)
{
	/* what left less than a round trip ago may be on its way: it is sent again once in that time */
	u32 again = 0;

	sends(10);
	bench.now += RTT;
	for (u32 i = 0; i < 20; i++) {
		bench.now += CLASP_MSEC;
		segment_in_wnd("A", THEM(1), US(1), 0, 0);
		segment_in("A", THEM(1), US(1), 0);
		again += bench.sent_count;
		forget_segments();
	}
	EXPECT_EQ(again, 10);
}

TEST(scoreboard__a_window_that_had_to_be_asked_for)
{
	/* all that is under way met it, how ever long ago it left */
	sends(2);
	bench.now += RTT;
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	next_deadline();
	expect_segment("A", US(AT(0)), THEM(1), MSS);
	segment_in("A", THEM(1), US(1), 0);
	expect_segment("A", US(AT(0)), THEM(1), MSS);
	expect_segment("PA", US(AT(1)), THEM(1), MSS);
}

TEST(scoreboard__what_may_not_be_sent_yet_is_not_looked_for_again)
{
	/* the first segment was lost twice, 150 that were sent again are under way, others wait for cwnd */
	u32 rounds = 100;
	u64 before;

	sends_small(200);
	bench.now += RTT;
	SACK_IN(1, { 1 + 197 * 300, 1 + 200 * 300 });
	bench.host.ep.tcb.cong.cwnd = 150 * 300;
	for (u32 i = 0; i < 3; i++)
		host_output(&bench.host, ++bench.now);
	bench.now += 2 * RTT;
	SACK_IN(1, { 301, 601 }, { 1 + 197 * 300, 1 + 200 * 300 });
	EXPECT(tcb()->lost);
	EXPECT(clasp_tcb_pipe(tcb()) > 100 * 300);
	before = shell.steps;
	for (u32 i = 0; i < rounds; i++)
		SACK_IN(1, { 301, 601 }, { 1 + 197 * 300, 1 + 200 * 300 });
	forget_segments();
	EXPECT_BETWEEN(shell.steps - before, rounds, 20 * rounds);
}

TEST(scoreboard__what_cannot_be_split_waits)
{
	/* a path that takes less by now, and no memory: the timer tries again */
	tcb_established_sack();
	program_writes(4 * 1460);
	forget_segments();
	bench.now += RTT;
	bench.host.mss = 1000;
	shell.splits_fail = 1;
	SACK_IN(1, { 1461, 1 + 4 * 1460 });
	expect_nothing();
	next_deadline();
	expect_segment("A", US(1), THEM(1), 1000);
	forget_segments();
}
