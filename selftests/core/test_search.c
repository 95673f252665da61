// SPDX-License-Identifier: GPL-2.0
/*
 * How SND.MSS rises again (RFC 4821, 7.3 to 7.5): what a probe is, and when one is sent.
 */
#include "searching.h"

TEST(search__begins_with_what_the_administrator_says)
{
	begins_small();
	EXPECT(tcb()->hole.sure);
	EXPECT_EQ(mss(), SMALL);
	EXPECT_EQ(tcb()->cong.cwnd, 10 * SMALL);
}

TEST(search__begins_no_smaller_than_the_floors)
{
	bench.config.base_mss = 100;
	bench.config.mtu_probing = 2;
	tcb_established_sack();
	EXPECT_EQ(tcb()->hole.limit, CLASP_MSS_FLOOR);
}

TEST(search__has_nothing_to_begin_with_on_a_small_path)
{
	bench.config.mtu_probing = 2;
	bench.host.mss = SMALL;
	tcb_established_sack();
	EXPECT_EQ(tcb()->hole.limit, 0);
}

TEST(search__needs_blocks)
{
	/* without them nobody would know of a loss in time, and nothing would lead back */
	bench.config.mtu_probing = 2;
	tcb_established();
	EXPECT_EQ(tcb()->hole.limit, 0);
	tcb()->hole = (struct clasp_hole){ .limit = SMALL, .sure = true };
	program_writes(10 * SMALL);
	expect_segment("A", US(1), THEM(1), SMALL);
	forget_segments();
}

TEST(search__is_the_administrators_choice)
{
	bench.config.mtu_probing = 1;
	tcb_established_sack();
	EXPECT_EQ(tcb()->hole.limit, 0);
}

TEST(search__needs_octets_behind_it)
{
	/* or its loss would be told by nothing but a timer */
	begins_small();
	program_writes(LARGE + BEHIND - 1);
	expect_segment("A", US(1), THEM(1), SMALL);
	all_arrives();
	forget_segments();
	program_writes(LARGE + BEHIND);
	expect_segment("A", US(LARGE + BEHIND), THEM(1), LARGE);
	forget_segments();
}

TEST(search__needs_a_congestion_window)
{
	begins_small();
	tcb()->cong.cwnd = LARGE + BEHIND - 1;
	program_writes(10 * SMALL);
	expect_segment("A", US(1), THEM(1), SMALL);
	forget_segments();
}

TEST(search__needs_a_window)
{
	begins_small();
	segment_in_wnd("A", THEM(1), US(1), 0, LARGE + BEHIND - 1);
	program_writes(10 * SMALL);
	expect_segment("A", US(1), THEM(1), SMALL);
	forget_segments();
}

TEST(search__needs_something_to_find)
{
	/* the path takes no more than what has got through, as a router has told since */
	begins_small();
	bench.host.mss = SMALL;
	program_writes(10 * SMALL);
	expect_segment("A", US(1), THEM(1), SMALL);
	forget_segments();
}

TEST(search__one_probe_at_a_time)
{
	begins_small();
	program_writes(10 * SMALL);
	expect_segment("A", US(1), THEM(1), LARGE);
	for (u32 from = 1 + LARGE; from + SMALL <= 1 + 10 * SMALL; from += SMALL)
		expect_segment("A", US(from), THEM(1), SMALL);
	forget_segments();
}

TEST(search__waits_until_there_is_room)
{
	/* what is under way makes it: one segment of it is too little, two are enough */
	begins_small();
	tcb()->hole.at = bench.now + 1;
	program_writes(10 * SMALL);
	bench.now++;
	program_writes(10 * SMALL);
	forget_segments();
	bench.now += RTT;
	tcb()->cong.cwnd -= SMALL;
	segment_in("A", THEM(1), US(AT(1)), 0);
	expect_nothing();
	segment_in("A", THEM(1), US(AT(2)), 0);
	expect_segment("A", US(AT(10)), THEM(1), LARGE);
	forget_segments();
}

TEST(search__waits_until_the_peer_has_room)
{
	begins_small();
	tcb()->hole.at = bench.now + 1;
	segment_in_wnd("A", THEM(1), US(1), 0, 10 * SMALL);
	program_writes(10 * SMALL);
	bench.now++;
	program_writes(10 * SMALL);
	forget_segments();
	tcb()->cong.cwnd = 20 * SMALL;
	bench.now += RTT;
	segment_in_wnd("A", THEM(1), US(AT(1)), 0, 10 * SMALL);
	expect_nothing();
	segment_in_wnd("A", THEM(1), US(AT(2)), 0, 10 * SMALL);
	expect_segment("A", US(AT(10)), THEM(1), LARGE);
	forget_segments();
}

TEST(search__rests_while_anything_is_lost)
{
	begins_small();
	tcb()->hole.at = bench.now + 1;
	program_writes(10 * SMALL);
	forget_segments();
	bench.now += RTT;
	SACK_IN(1, { AT(1), AT(2) });
	program_writes(20 * SMALL);
	expect_segment("A", US(AT(10)), THEM(1), SMALL);
	forget_segments();
}

TEST(search__rests_while_it_has_to_tell_of_octets)
{
	/* blocks take room, as much as there are */
	begins_small();
	segment_in("A", THEM(1001), US(1), 100);
	forget_segments();
	program_writes(10 * SMALL);
	expect_segment("A", US(1), THEM(1), SMALL - 12);
	forget_segments();
}

TEST(search__a_probe_that_could_not_be_built)
{
	/* what is left of it is no probe; or a smaller one */
	begins_small();
	bench.shorten_to = SMALL - 1;
	program_writes(10 * SMALL);
	EXPECT_EQ(tcb()->hole.len, 0);
	bench.shorten_to = 0;
	all_arrives();
	all_arrives();
	bench.shorten_to = SMALL + 1;
	program_writes(10 * SMALL);
	EXPECT_EQ(tcb()->hole.len, SMALL + 1);
	all_arrives();
	EXPECT_EQ(mss(), SMALL + 1);
	forget_segments();
}

TEST(search__options_are_part_of_the_size)
{
	bench.config.timestamps = 1;
	bench.syn.timestamps = true;
	bench.any.timestamps = true;
	bench.host.ip_options = 20;
	begins_small();
	EXPECT_EQ(mss(), SMALL - 20 - CLASP_TIMESTAMPS_LEN);
	program_writes(10 * SMALL);
	expect_segment("A", US(1), THEM(1), LARGE - 20 - CLASP_TIMESTAMPS_LEN);
	bench.any.ts_val = 1;
	forget_segments();
	bench.now += RTT;
	segment_in("A", THEM(1), US(1 + LARGE - 20 - CLASP_TIMESTAMPS_LEN), 0);
	EXPECT_EQ(mss(), LARGE - 20 - CLASP_TIMESTAMPS_LEN);
	EXPECT_EQ(tcb()->hole.limit, 0);
	forget_segments();
}

TEST(search__a_probe_is_one_packet)
{
	/* with super-packets before it and behind it */
	bench.host.together = 64000;
	begins_small();
	tcb()->srtt_us = 1000;
	program_writes(10 * SMALL);
	EXPECT_EQ(bench.host.ep.rtx.node[0].len, LARGE);
	EXPECT_EQ(bench.host.ep.rtx.node[0].mss, LARGE);
	EXPECT(bench.host.ep.rtx.node[1].len > SMALL);
	EXPECT_EQ(bench.host.ep.rtx.node[1].mss, SMALL);
	forget_segments();
}

TEST(search__follows_a_black_hole)
{
	/* which it was sure of when a full segment was lost again: what is less than that may pass */
	bench.config.mtu_probing = 1;
	bench.host.choice.nodelay = true;
	tcb_established_sack();
	program_writes(LARGE);
	forget_segments();
	while (!tcb()->hole.limit)
		next_deadline();
	segment_in("A", THEM(1), tcb()->snd_una + SMALL, 0);
	segment_in("A", THEM(1), tcb()->snd_nxt, 0);
	program_writes(10 * LARGE);
	while (!tcb()->hole.sure)
		next_deadline();
	EXPECT_EQ(tcb()->hole.limit, SMALL);
	EXPECT_EQ(tcb()->hole.most, LARGE - 1);
	while (tcb()->recovery.lossy)
		all_arrives();
	tcb()->cong.cwnd = 10 * SMALL;
	all_arrives();
	EXPECT_EQ(tcb()->hole.len, 1242);
	all_arrives();
	EXPECT_EQ(mss(), 1242);
	forget_segments();
}

TEST(search__begins_below_a_black_hole_again)
{
	/* found while it is under way: what is smaller stays, until probes have passed */
	begins_small();
	program_writes(SMALL);
	while (tcb()->hole.limit == SMALL)
		next_deadline();
	EXPECT_EQ(tcb()->hole.limit, SMALL / 2);
	EXPECT(tcb()->hole.sure);
	EXPECT(!tcb()->hole.open);
	forget_segments();
	while (tcb()->recovery.lossy)
		all_arrives();
	EXPECT_EQ(mss(), SMALL / 2);
	tcb()->cong.cwnd = 10 * SMALL;
	expect_next(LARGE);
	EXPECT_EQ(mss(), LARGE);
	forget_segments();
}

TEST(search__ends_when_nothing_is_left)
{
	bench.config.probe_threshold = 0;
	begins_small();
	tcb()->hole.most = SMALL + 1;
	expect_next(SMALL + 1);
	EXPECT(tcb()->hole.over);
	EXPECT_EQ(mss(), SMALL + 1);
	forget_segments();
}

TEST(search__rests_while_the_tail_is_probed_for)
{
	begins_small();
	program_writes(SMALL);
	forget_segments();
	next_deadline();
	expect_segment("A", US(1), THEM(1), SMALL);
	EXPECT(tcb()->tail.sent);
	program_writes(10 * SMALL);
	expect_segment("A", US(AT(1)), THEM(1), SMALL);
	forget_segments();
}

TEST(search__rests_until_all_is_repaired)
{
	/* nothing is lost any more, and the timer ran out for none of what is under way */
	begins_small();
	program_writes(3 * SMALL);
	while (!tcb()->retries)
		next_deadline();
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(1)), 0);
	EXPECT_EQ(tcb()->lost, 0);
	EXPECT_EQ(tcb()->retries, 0);
	EXPECT(tcb()->recovery.lossy);
	forget_segments();
	tcb()->cong.cwnd = 20 * SMALL;
	program_writes(10 * SMALL);
	expect_segment("A", US(AT(3)), THEM(1), SMALL);
	forget_segments();
}

TEST(search__a_probe_is_paced)
{
	begins_small();
	tcb()->hole.at = bench.now + 1;
	program_writes(10 * SMALL);
	bench.host.pace = 50000;
	all_arrives();
	program_writes(SMALL);
	forget_segments();
	bench.now += CLASP_MSEC;
	program_writes(10 * SMALL);
	expect_nothing();
	next_deadline();
	expect_segment("A", US(AT(11)), THEM(1), LARGE);
	forget_segments();
}

TEST(search__tells_of_a_mark_first)
{
	/* RFC 3168, 6.1.2: were CWR lost with a probe, whose loss reduces nothing, one mark would reduce cwnd twice */
	begins_small();
	tcb()->ecn.ok = true;
	tcb()->ecn.cwr = true;
	program_writes(10 * SMALL);
	expect_segment("AW", US(1), THEM(1), SMALL);
	expect_segment("A", US(AT(1)), THEM(1), LARGE);
	forget_segments();
}

TEST(search__a_probe_is_larger_than_others)
{
	/* where options leave no room SND.MSS is CLASP_MSS_LEAST all the same */
	begins_small();
	bench.host.ip_options = 40;
	tcb()->hole = (struct clasp_hole){ .limit = 48, .sure = true, .most = 80 };
	program_writes(200);
	expect_segment("A", US(1), THEM(1), mss());
	EXPECT_EQ(tcb()->hole.len, 0);
	forget_segments();
}
