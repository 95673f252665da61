// SPDX-License-Identifier: GPL-2.0
/*
 * A loss that was none: what an episode changed is changed back (RFC 3708, RFC 4015).
 */
#include "bench.h"

#define MSS 1460
#define AT(n) (1 + (n) * MSS)

static struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

/* Timestamps are agreed on: what the peer echoes from now on was sent at some moment. */
static void stamped(void)
{
	bench.config.timestamps = 2;
	bench.syn.timestamps = true;
	bench.syn.ts_val = 1;
	bench.any = bench.syn;
	bench.any.sack_permitted = false;
}

static void echoes(u64 sent_at)
{
	bench.any.ts_ecr = sent_at / CLASP_MSEC;
}

/* The first of ten segments is taken for lost, and sent again. */
static void mistaken(void)
{
	tcb_established_sack();
	program_writes(10 * MSS);
	forget_segments();
	bench.now += RTT;
	SACK_IN(1, { AT(1), AT(4) });
	expect_segment("A", US(AT(0)), THEM(1), MSS);
	EXPECT(tcb()->cong.ssthresh == 5 * MSS);
	forget_segments();
}

TEST(undo__all_came_twice)
{
	mistaken();
	bench.now += CLASP_MSEC;
	segment_in("A", THEM(1), US(AT(10)), 0);
	EXPECT_EQ(tcb()->cong.cwnd, 5 * MSS);
	SACK_IN(AT(10), { AT(0), AT(1) });
	EXPECT_EQ(tcb()->cong.cwnd, 10 * MSS);
	EXPECT_EQ(tcb()->cong.ssthresh, CLASP_CWND_MAX);
	EXPECT_EQ(tcb()->rack.quarters, 1);
}

TEST(undo__within_the_episode)
{
	mistaken();
	segment_in("A", THEM(1), US(AT(4)), 0);
	EXPECT(tcb()->recovery.recovering);
	SACK_IN(AT(4), { AT(0), AT(1) });
	EXPECT(!tcb()->recovery.lossy);
	EXPECT_EQ(tcb()->cong.cwnd, 10 * MSS);
	forget_segments();
}

TEST(undo__not_of_what_was_lost)
{
	/* one of two repetitions was needed */
	tcb_established_sack();
	program_writes(10 * MSS);
	forget_segments();
	bench.now += RTT;
	SACK_IN(1, { AT(2), AT(8) });
	EXPECT_EQ(bench.sent_count, 2);
	forget_segments();
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(10)), 0);
	SACK_IN(AT(10), { AT(1), AT(2) });
	EXPECT_EQ(tcb()->cong.cwnd, 5 * MSS);
}

TEST(undo__not_by_other_octets)
{
	/* what came twice is not what was sent again in this episode */
	mistaken();
	segment_in("A", THEM(1), US(AT(10)), 0);
	program_writes(MSS);
	forget_segments();
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(11)), 0);
	SACK_IN(AT(11), { AT(10), AT(11) });
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
}

TEST(undo__not_by_octets_of_before)
{
	tcb_established_sack();
	program_writes(MSS);
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(1)), 0);
	program_writes(10 * MSS);
	forget_segments();
	bench.now += RTT;
	SACK_IN(AT(1), { AT(2), AT(5) });
	forget_segments();
	segment_in("A", THEM(1), US(AT(11)), 0);
	SACK_IN(AT(11), { AT(0), AT(1) });
	EXPECT(tcb()->cong.ssthresh < 6 * MSS);
}

TEST(undo__a_timeout_too_early)
{
	/* what was taken for lost, and not sent again yet, need not be */
	tcb_established_sack();
	program_writes(10 * MSS);
	forget_segments();
	next_deadline();		/* the probe */
	next_deadline();
	EXPECT_EQ(tcb()->retries, 1);
	EXPECT_EQ(tcb()->cong.cwnd, MSS);
	EXPECT(tcb()->lost);
	forget_segments();
	SACK_IN(AT(1), { AT(0), AT(1) });
	EXPECT_EQ(tcb()->lost, 0);
	EXPECT_BETWEEN(tcb()->cong.cwnd, 10 * MSS, 11 * MSS);
	expect_nothing();
}

#define STAMPED_MSS (MSS - CLASP_TIMESTAMPS_LEN)

/* A flight of ten, whose first ACK is late; the timer has expired. */
static u64 timed_out(void)
{
	u64 sent_at;

	stamped();
	tcb_established_sack();
	program_writes(10 * STAMPED_MSS);
	sent_at = bench.now;
	next_deadline();		/* the probe */
	next_deadline();
	EXPECT_EQ(tcb()->retries, 1);
	EXPECT(tcb()->lost);
	forget_segments();
	bench.now += 10 * CLASP_MSEC;
	return sent_at;
}

TEST(undo__an_echo_of_the_original)
{
	/* RFC 3522, 3.2 (Eifel): the timer expired too early: nothing but the first segment is sent again */
	echoes(timed_out());
	segment_in("A", THEM(1), US(1 + STAMPED_MSS), 0);
	EXPECT_EQ(tcb()->lost, 0);
	EXPECT(!tcb()->recovery.lossy);
	EXPECT(tcb()->cong.cwnd >= 10 * STAMPED_MSS);
	expect_nothing();
}

TEST(undo__an_echo_of_the_repetition)
{
	timed_out();
	echoes(bench.now - 10 * CLASP_MSEC);
	segment_in("A", THEM(1), US(1 + STAMPED_MSS), 0);
	EXPECT(tcb()->recovery.lossy);
	EXPECT(tcb()->cong.cwnd <= 2 * STAMPED_MSS);
	EXPECT(bench.sent_count);
	forget_segments();
}

TEST(undo__only_by_the_first_answer)
{
	/* what comes later may echo what was sent long ago, because holes keep the echo back (RFC 7323, 4.3) */
	u64 sent_at = timed_out();

	echoes(bench.now - 10 * CLASP_MSEC);
	segment_in("A", THEM(1), US(1 + STAMPED_MSS), 0);
	echoes(sent_at);
	segment_in("A", THEM(1), US(1 + 2 * STAMPED_MSS), 0);
	EXPECT(tcb()->recovery.lossy);
	forget_segments();
}

/* Full windows for so many round trips; cwnd afterwards. */
static u32 goes_on(u32 round_trips, u32 mss)
{
	for (u32 i = 0; i < round_trips; i++) {
		u32 end = tcb()->snd_nxt;

		bench.now += RTT;
		echoes(bench.now - RTT);
		while (seq_before(tcb()->snd_una, end)) {
			segment_in("A", THEM(1), seq_earlier(tcb()->snd_una + mss, end), 0);
			forget_segments();
		}
		if (clasp_tcb_unsent(tcb()) < 60000)
			program_writes(60000);
		forget_segments();
	}
	return tcb()->cong.cwnd;
}

TEST(undo__a_silence_is_no_time_of_growth)
{
	/* RFC 9438, 5.8: nothing was acknowledged for 40 s, and nothing had been lost */
	u32 una, cwnd;
	u64 sent_at;

	stamped();
	tcb_established_sack();
	clasp_cong_choose(&tcb()->cong, CLASP_CONG_CUBIC);
	program_writes(60000);
	tcb()->cong.ssthresh = tcb()->cong.cwnd;
	forget_segments();
	cwnd = goes_on(1, STAMPED_MSS);
	una = tcb()->snd_una;
	sent_at = bench.now;
	time_passes(40 * CLASP_SEC);
	EXPECT(tcb()->retries);
	forget_segments();
	echoes(sent_at);
	segment_in("A", THEM(1), una + STAMPED_MSS, 0);
	forget_segments();
	EXPECT(!tcb()->recovery.lossy);
	EXPECT_BETWEEN(goes_on(3, STAMPED_MSS), cwnd, cwnd + 6 * STAMPED_MSS);
}

TEST(undo__not_by_an_echo_of_nothing)
{
	/* RFC 7323, 3.2: a TSecr of 0 may be no echo */
	timed_out();
	bench.any.ts_ecr = 0;
	segment_in("A", THEM(1), US(1 + STAMPED_MSS), 0);
	EXPECT(tcb()->recovery.lossy);
	forget_segments();
}

TEST(undo__told_by_an_ack_that_was_overtaken)
{
	/* RFC 2883, 4: a block is told once, on whichever ACK */
	mistaken();
	bench.now += CLASP_MSEC;
	segment_in("A", THEM(1), US(AT(10)), 0);
	SACK_IN(AT(4), { AT(0), AT(1) });
	EXPECT_EQ(tcb()->cong.cwnd, 10 * MSS);
	EXPECT_EQ(tcb()->cong.ssthresh, CLASP_CWND_MAX);
	forget_segments();
}

TEST(undo__not_by_an_old_block)
{
	/* what waited when it was told of, and is acknowledged since, came once */
	mistaken();
	bench.now += CLASP_MSEC;
	segment_in("A", THEM(1), US(AT(10)), 0);
	SACK_IN(AT(4), { AT(5), AT(6) });
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	forget_segments();
}

/* The tail of a flight of ten is probed for, and its first segment taken for lost right after. */
static void probed(void)
{
	tcb_established_sack();
	program_writes(10 * MSS);
	forget_segments();
	next_deadline();
	expect_segment("PA", US(AT(9)), THEM(1), MSS);
	bench.now += CLASP_MSEC;
	SACK_IN(1, { AT(1), AT(10) });
	expect_segment("A", US(AT(0)), THEM(1), MSS);
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	forget_segments();
	bench.now += CLASP_MSEC;
}

TEST(undo__not_by_a_probe)
{
	/* RFC 3708: what the probe repeated came twice, and the first segment was lost all the same */
	probed();
	SACK_IN(1, { AT(9), AT(10) }, { AT(1), AT(10) });
	EXPECT(tcb()->recovery.recovering);
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	segment_in("A", THEM(1), US(AT(10)), 0);
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	forget_segments();
}

TEST(undo__of_what_was_sent_again_beside_a_probe)
{
	probed();
	segment_in("A", THEM(1), US(AT(10)), 0);
	SACK_IN(AT(10), { AT(0), AT(1) });
	EXPECT_EQ(tcb()->cong.ssthresh, CLASP_CWND_MAX);
	forget_segments();
}

TEST(undo__a_probe_comes_twice_once)
{
	/* the last segment was taken for lost, too, and came a third time */
	tcb_established_sack();
	program_writes(10 * MSS);
	forget_segments();
	next_deadline();		/* the probe */
	forget_segments();
	next_deadline();
	EXPECT_EQ(tcb()->retries, 1);
	forget_segments();
	segment_in("A", THEM(1), US(AT(9)), 0);
	expect_segment("PA", US(AT(9)), THEM(1), MSS);
	SACK_IN(AT(10), { AT(0), AT(1) });
	SACK_IN(AT(10), { AT(9), AT(10) });
	EXPECT(tcb()->cong.ssthresh != CLASP_CWND_MAX);
	SACK_IN(AT(10), { AT(9), AT(10) });
	EXPECT_EQ(tcb()->cong.ssthresh, CLASP_CWND_MAX);
	forget_segments();
}

TEST(undo__what_was_not_lost_is_younger)
{
	/* it left right before the timer expired, and is not lost because others count as sent after it */
	u64 sent_at;

	stamped();
	tcb_established_sack();
	program_writes(STAMPED_MSS);
	bench.now += RTT;
	segment_in("A", THEM(1), US(1 + STAMPED_MSS), 0);
	program_writes(3 * STAMPED_MSS);
	sent_at = bench.now;
	next_deadline();		/* the probe */
	bench.now = tcb()->rto_at - CLASP_MSEC;
	program_writes(STAMPED_MSS);
	next_deadline();
	EXPECT_EQ(tcb()->retries, 1);
	forget_segments();
	bench.now += RTT / 2;
	echoes(sent_at);
	segment_in("A", THEM(1), US(1 + 2 * STAMPED_MSS), 0);
	EXPECT_EQ(tcb()->lost, 0);
	bench.now += RTT;
	segment_in("A", THEM(1), US(1 + 3 * STAMPED_MSS), 0);
	EXPECT_EQ(tcb()->lost, 0);
	expect_nothing();
}

TEST(undo__teaches_that_there_is_reordering)
{
	/* RFC 8985, 6.2: what was sent again never shows it: the same mistake would be made each time */
	mistaken();
	EXPECT(!tcb()->rack.reordered);
	bench.now += CLASP_MSEC;
	segment_in("A", THEM(1), US(AT(10)), 0);
	SACK_IN(AT(10), { AT(0), AT(1) });
	EXPECT(tcb()->rack.reordered);
}

/* The first of ten is taken for lost, and may not leave before all have arrived. */
static void kept_back(void)
{
	bench.now += RTT;
	bench.refusals = 2;
	bench.why = CLASP_REFUSED_QUEUE;
	SACK_IN(1, { AT(1), AT(4) });
	expect_nothing();
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	bench.now += CLASP_MSEC;
	segment_in("A", THEM(1), US(AT(10)), 0);
	expect_nothing();
}

TEST(undo__what_was_never_sent_again)
{
	tcb_established_sack();
	program_writes(10 * MSS);
	forget_segments();
	kept_back();
	EXPECT_EQ(tcb()->cong.cwnd, 10 * MSS);
	EXPECT_EQ(tcb()->cong.ssthresh, CLASP_CWND_MAX);
}

/* The last of them was, as a probe: it may have been lost. */
TEST(undo__not_of_what_a_probe_sent_again)
{
	tcb_established_sack();
	program_writes(10 * MSS);
	next_deadline();
	forget_segments();
	kept_back();
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
}

TEST(undo__not_of_a_fin_that_was_lost)
{
	tcb_established_sack();
	tcb()->tail.unmeasured = true;	/* too early for another probe */
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	expect_segment("FA", US(1), THEM(1), 0);
	next_deadline();
	expect_segment("FA", US(1), THEM(1), 0);
	EXPECT(tcb()->recovery.lossy);
	segment_in("A", THEM(1), US(2), 0);
	EXPECT(!tcb()->recovery.lossy);
	EXPECT_EQ(tcb()->cong.cwnd, MSS);
}

/* What did not fit any more and arrived all the same was no reason to send less. */
TEST(undo__not_of_the_episode_before)
{
	mistaken();
	segment_in("A", THEM(1), US(AT(10)), 0);
	program_writes(3 * MSS);
	forget_segments();
	bench.refusals = 2;
	bench.why = CLASP_REFUSED_QUEUE;
	bench.host.mss = 1000;
	host_too_large(&bench.host, US(AT(10)), bench.now);
	expect_nothing();
	EXPECT(tcb()->lost);
	segment_in("A", THEM(1), US(AT(13)), 0);
	EXPECT(!tcb()->recovery.lossy);
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
}
