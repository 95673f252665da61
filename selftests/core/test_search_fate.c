// SPDX-License-Identifier: GPL-2.0
/*
 * What the fate of a probe tells (RFC 4821, 7.6): of the path, and of congestion nothing.
 */
#include "icmp.h"
#include "searching.h"

/* A probe is the first of what is under way, and as much behind it as there is room for. */
static void probe_leaves(void)
{
	begins_small();
	program_writes(10 * SMALL);
	expect_segment("A", US(1), THEM(1), LARGE);
	expect_segment("A", US(1 + LARGE), THEM(1), SMALL);
	EXPECT_EQ(tcb()->hole.len, LARGE);
	EXPECT_EQ(mss(), SMALL);
	forget_segments();
	bench.now += RTT;
}

/* Nothing is lost but the probe. */
static void probe_is_lost(void)
{
	probe_leaves();
	SACK_IN(1, { 1 + LARGE, 1 + LARGE + BEHIND });
	EXPECT_EQ(shell.notes[CLASP_NOTE_MTUP_FAIL], 1);
	EXPECT_EQ(tcb()->hole.most, LARGE - 1);
}

TEST(search__a_probe_that_arrives)
{
	/* RFC 4821, 7.6.1; cwnd, in octets, is what it would be without */
	u32 cwnd;

	probe_leaves();
	cwnd = tcb()->cong.cwnd;
	segment_in("A", THEM(1), US(1 + LARGE), 0);
	EXPECT_EQ(mss(), LARGE);
	EXPECT_EQ(tcb()->hole.limit, 0);
	EXPECT_EQ(shell.notes[CLASP_NOTE_MTUP_SUCCESS], 1);
	EXPECT_EQ(tcb()->cong.cwnd, cwnd + LARGE);
	forget_segments();
}

TEST(search__a_probe_arrives_as_a_block_tells)
{
	begins_small();
	tcb()->hole.at = bench.now + 1;
	program_writes(SMALL);
	bench.now++;
	program_writes(10 * SMALL);
	expect_segment("A", US(1), THEM(1), SMALL);
	expect_segment("A", US(AT(1)), THEM(1), LARGE);
	bench.now += RTT;
	SACK_IN(1, { AT(1), AT(1) + LARGE - 1 });
	EXPECT_EQ(mss(), SMALL);
	SACK_IN(1, { AT(1), AT(1) + LARGE });
	EXPECT_EQ(mss(), LARGE);
	forget_segments();
}

TEST(search__part_of_a_probe_tells_nothing)
{
	probe_leaves();
	segment_in("A", THEM(1), US(LARGE), 0);
	EXPECT_EQ(mss(), SMALL);
	EXPECT_EQ(tcb()->hole.len, LARGE);
	segment_in("A", THEM(1), US(1 + LARGE), 0);
	EXPECT_EQ(mss(), LARGE);
	forget_segments();
}

TEST(search__a_probe_that_is_lost_is_no_congestion)
{
	/* RFC 4821, 7.6.2: it is repaired at once, in segments that the path takes */
	u32 cwnd, ssthresh;

	probe_leaves();
	cwnd = tcb()->cong.cwnd;
	ssthresh = tcb()->cong.ssthresh;
	SACK_IN(1, { 1 + LARGE, 1 + LARGE + BEHIND });
	expect_segment("A", US(1), THEM(1), SMALL);
	expect_segment("A", US(1 + SMALL), THEM(1), LARGE - SMALL);
	EXPECT(!tcb()->recovery.lossy);
	EXPECT_EQ(tcb()->cong.cwnd, cwnd);
	EXPECT_EQ(tcb()->cong.ssthresh, ssthresh);
	EXPECT_EQ(shell.notes[CLASP_NOTE_SACK_RECOVERY], 0);
	EXPECT_EQ(shell.notes[CLASP_NOTE_MTUP_FAIL], 1);
	forget_segments();
	SACK_IN(1, { 1 + LARGE, 1 + LARGE + BEHIND + SMALL });
	EXPECT(!tcb()->recovery.lossy);
	all_arrives();
	EXPECT_EQ(tcb()->hole.len, 0);
	EXPECT(!tcb()->hole.open);
	EXPECT_EQ(shell.notes[CLASP_NOTE_MTUP_FAIL], 1);
	EXPECT_EQ(shell.notes[CLASP_NOTE_MTUP_SUCCESS], 0);
	forget_segments();
}

TEST(search__a_timer_finds_the_loss_of_a_probe)
{
	u32 cwnd;

	probe_leaves();
	cwnd = tcb()->cong.cwnd;
	SACK_IN(1, { 1 + LARGE, 1 + LARGE + SMALL });
	forget_segments();
	EXPECT_EQ(shell.notes[CLASP_NOTE_MTUP_FAIL], 0);
	expect_timer(CLASP_TIMER_REORDER, RTT / 4);
	next_deadline();
	expect_segment("A", US(1), THEM(1), SMALL);
	EXPECT_EQ(tcb()->cong.cwnd, cwnd);
	EXPECT_EQ(shell.notes[CLASP_NOTE_MTUP_FAIL], 1);
	forget_segments();
}

TEST(search__its_repair_is_excused_until_it_has_left)
{
	u32 cwnd;

	probe_leaves();
	cwnd = tcb()->cong.cwnd;
	bench.refusals = 1;
	bench.why = CLASP_REFUSED_LOCALLY;
	SACK_IN(1, { 1 + LARGE, 1 + LARGE + BEHIND });
	expect_nothing();
	SACK_IN(1, { 1 + LARGE, 1 + LARGE + BEHIND + SMALL });
	expect_segment("A", US(1), THEM(1), SMALL);
	EXPECT_EQ(tcb()->cong.cwnd, cwnd);
	EXPECT(!tcb()->recovery.lossy);
	forget_segments();
}

TEST(search__its_repair_restarts_the_timer)
{
	probe_leaves();
	bench.now += CLASP_MSEC;
	SACK_IN(1, { 1 + LARGE, 1 + LARGE + BEHIND });
	EXPECT_EQ(tcb()->rto_at, bench.now + tcb()->rto_us * CLASP_USEC);
	forget_segments();
}

TEST(search__a_repair_that_is_lost_is_congestion)
{
	probe_is_lost();
	forget_segments();
	program_writes(10 * SMALL);
	bench.now += RTT;
	SACK_IN(1, { 1 + LARGE, tcb()->snd_nxt - bench.iss });
	EXPECT(tcb()->recovery.recovering);
	EXPECT_EQ(shell.notes[CLASP_NOTE_SACK_RECOVERY], 1);
	forget_segments();
}

TEST(search__another_loss_is_congestion)
{
	/* also while the probe is being repaired */
	probe_leaves();
	bench.refusals = 1;
	bench.why = CLASP_REFUSED_LOCALLY;
	SACK_IN(1, { 1 + LARGE, 1 + LARGE + BEHIND });
	EXPECT(!tcb()->recovery.lossy);
	SACK_IN(1, { 1 + LARGE, 1 + LARGE + BEHIND },
		{ 1 + LARGE + BEHIND + SMALL, 1 + LARGE + BEHIND + 3 * SMALL });
	EXPECT(tcb()->recovery.recovering);
	forget_segments();
}

TEST(search__a_probe_lost_among_others_tells_nothing)
{
	/* RFC 4821, 7.6.4: congestion may have been the reason */
	probe_leaves();
	SACK_IN(1, { 1 + LARGE + SMALL, 1 + LARGE + SMALL + BEHIND });
	EXPECT(tcb()->recovery.recovering);
	EXPECT_EQ(shell.notes[CLASP_NOTE_MTUP_FAIL], 0);
	EXPECT_EQ(tcb()->hole.len, 0);
	EXPECT(!tcb()->hole.open);
	EXPECT_EQ(tcb()->hole.most, 0);
	all_arrives();
	EXPECT_EQ(mss(), SMALL);
	/* it is tried again, as large as before */
	expect_next(LARGE);
	EXPECT_EQ(mss(), LARGE);
	forget_segments();
}

TEST(search__a_probe_lost_in_an_episode_tells_nothing)
{
	begins_small();
	tcb()->hole.at = bench.now + 1;
	program_writes(SMALL);
	bench.now++;
	program_writes(9 * SMALL);
	forget_segments();
	EXPECT_EQ(tcb()->hole.start, US(AT(1)));
	bench.now += RTT;
	SACK_IN(1, { AT(1) + LARGE, AT(1) + LARGE + BEHIND });
	EXPECT(tcb()->recovery.lossy);
	EXPECT_EQ(tcb()->hole.len, 0);
	EXPECT_EQ(tcb()->hole.most, 0);
	forget_segments();
}

TEST(search__a_timeout_tells_nothing)
{
	/* a single loss would have shown otherwise */
	probe_leaves();
	while (!tcb()->retries)
		next_deadline();
	EXPECT_EQ(tcb()->hole.len, 0);
	EXPECT_EQ(tcb()->hole.most, 0);
	EXPECT_EQ(shell.notes[CLASP_NOTE_MTUP_FAIL], 0);
	EXPECT_EQ(tcb()->cong.cwnd, SMALL);
	forget_segments();
}

TEST(search__a_router_that_speaks_has_told_more)
{
	struct clasp_result result;
	struct clasp_env env;

	probe_leaves();
	bench.host.mss = 1200;
	host_env(&bench.host, bench.now, &env);
	clasp_icmp_mtu(tcb(), &env, US(1), &result);
	EXPECT(result.flags & CLASP_OUTPUT);
	host_output(&bench.host, bench.now);
	expect_segment("A", US(1), THEM(1), SMALL);
	all_arrives();
	EXPECT_EQ(tcb()->hole.len, 0);
	EXPECT_EQ(mss(), SMALL);
	expect_next(1200);
	EXPECT_EQ(mss(), 1200);
	EXPECT_EQ(tcb()->hole.limit, 0);
	forget_segments();
}

TEST(search__waits_after_a_failure)
{
	/* RFC 4821, 7.6.2: as many round trips as cwnd has segments */
	u64 pause;

	probe_is_lost();
	pause = (u64)(tcb()->cong.cwnd / SMALL) * tcb()->srtt_us * CLASP_USEC;
	EXPECT_EQ(tcb()->hole.at, bench.now + pause);
	EXPECT(!tcb()->hole.over);
	all_arrives();
	program_writes(10 * SMALL);
	expect_segment("A", US(1 + 10 * SMALL), THEM(1), SMALL);
	all_arrives();
	bench.now = tcb()->hole.at;
	expect_next((SMALL + LARGE) / 2);
}

TEST(search__halves_what_is_left)
{
	probe_is_lost();
	all_arrives();
	tcb()->hole.at = 0;
	expect_next(1242);			/* 1024 to 1459 */
	EXPECT_EQ(mss(), 1242);
	EXPECT_EQ(tcb()->hole.at, bench.now);
	expect_next(1351);			/* 1242 to 1459 */
	expect_next(1405);
	expect_next(1432);
	expect_next(1446);
	expect_next(1453);
	EXPECT(tcb()->hole.over);
	EXPECT_EQ(mss(), 1453);
	EXPECT_EQ(tcb()->hole.at, bench.now + 600 * CLASP_SEC);
	EXPECT_EQ(shell.notes[CLASP_NOTE_MTUP_SUCCESS], 6);
	forget_segments();
}

TEST(search__begins_anew_after_a_while)
{
	/* with the largest size, which had failed: the path may have become another one */
	u32 from;

	bench.config.probe_threshold = LARGE;
	probe_is_lost();
	EXPECT(tcb()->hole.over);
	EXPECT_EQ(tcb()->hole.at, bench.now + 600 * CLASP_SEC);
	all_arrives();
	bench.now = tcb()->hole.at - 1;
	from = tcb()->snd_nxt;
	program_writes(10 * SMALL);
	expect_segment("A", from, THEM(1), SMALL);
	forget_segments();
	segment_in("A", THEM(1), tcb()->snd_nxt, 0);
	bench.now++;
	from = tcb()->snd_nxt;
	program_writes(10 * SMALL);
	expect_segment("A", from, THEM(1), LARGE);
	EXPECT(!tcb()->hole.over);
	EXPECT_EQ(tcb()->hole.most, 0);
	all_arrives();
	EXPECT_EQ(mss(), LARGE);
	forget_segments();
}

TEST(search__survives_a_probe_that_was_late)
{
	/* taken for lost, and acknowledged before its repair could be: nothing is learnt from it, nor forgotten */
	probe_is_lost();
	forget_segments();
	segment_in("A", THEM(1), US(1 + LARGE + BEHIND), 0);
	EXPECT_EQ(tcb()->hole.len, 0);
	EXPECT_EQ(mss(), SMALL);
	EXPECT_EQ(tcb()->hole.most, LARGE - 1);
	forget_segments();
}

TEST(search__a_probe_lost_after_others_tells_nothing)
{
	/* what had left long before it is taken for lost at once, the probe when the timer runs out */
	begins_small();
	tcb()->hole.at = bench.now + 1;
	program_writes(SMALL);
	bench.now += RTT / 2;
	program_writes(9 * SMALL);
	EXPECT_EQ(tcb()->hole.start, US(AT(1)));
	bench.now += RTT;
	forget_segments();
	SACK_IN(1, { AT(1) + LARGE, AT(2) + LARGE });
	expect_segment("A", US(1), THEM(1), SMALL);
	EXPECT(tcb()->recovery.recovering);
	EXPECT_EQ(tcb()->hole.len, LARGE);
	next_deadline();
	expect_segment("A", US(AT(1)), THEM(1), SMALL);
	EXPECT_EQ(tcb()->hole.len, 0);
	EXPECT_EQ(tcb()->hole.most, 0);
	EXPECT_EQ(shell.notes[CLASP_NOTE_MTUP_FAIL], 0);
	forget_segments();
}

TEST(search__a_failure_at_a_closed_window_is_no_congestion)
{
	u32 cwnd;

	probe_leaves();
	cwnd = tcb()->cong.cwnd;
	bench.peer_wnd = 0;
	SACK_IN(1, { 1 + LARGE, 1 + LARGE + BEHIND });
	forget_segments();
	while (!tcb()->probes)
		next_deadline();
	forget_segments();
	bench.peer_wnd = 65535;
	SACK_IN(1 + SMALL, { 1 + LARGE, 1 + LARGE + BEHIND });
	EXPECT_EQ(shell.notes[CLASP_NOTE_SACK_RECOVERY], 0);
	EXPECT(tcb()->cong.cwnd >= cwnd);
	forget_segments();
}
