// SPDX-License-Identifier: GPL-2.0
/*
 * What the shell is told for its counters: each note comes when it should, and as often.
 */
#include "bench.h"

#define MSS 1460
#define AT(n) (1 + (n) * MSS)
#define STAMPED_MSS (MSS - CLASP_TIMESTAMPS_LEN)

static void flight(u32 segments)
{
	tcb_established_sack();
	program_writes(segments * MSS);
	forget_segments();
	bench.now += RTT;
}

static u32 noted(u8 note)
{
	return shell.notes[note];
}

TEST(note__fast_recovery)
{
	flight(10);
	SACK_IN(1, { AT(2), AT(8) });
	EXPECT_EQ(noted(CLASP_NOTE_SACK_RECOVERY), 1);
	EXPECT_EQ(noted(CLASP_NOTE_FAST_RETRANS), 2);
	EXPECT_EQ(noted(CLASP_NOTE_RENO_RECOVERY), 0);
	EXPECT_EQ(noted(CLASP_NOTE_SACK_REORDER), 0);
	bench.now += RTT;
	EXPECT_EQ(noted(CLASP_NOTE_LOST_RETRANSMIT), 0);
	SACK_IN(1, { AT(1), AT(8) });
	/* the last two, too, left before what has arrived */
	EXPECT_EQ(noted(CLASP_NOTE_LOST_RETRANSMIT), 1);
	EXPECT_EQ(noted(CLASP_NOTE_FAST_RETRANS), 2 + 3);
	EXPECT_EQ(noted(CLASP_NOTE_SACK_RECOVERY), 1);
	forget_segments();
}

TEST(note__fast_recovery_that_an_expired_timer_begins)
{
	flight(10);
	SACK_IN(1, { AT(1), AT(2) });
	next_deadline();
	EXPECT_EQ(noted(CLASP_NOTE_SACK_RECOVERY), 1);
	EXPECT_EQ(noted(CLASP_NOTE_FAST_RETRANS), 1);
	forget_segments();
}

TEST(note__fast_recovery_without_blocks)
{
	tcb_established();
	program_writes(10 * MSS);
	for (u32 i = 0; i < 5; i++)
		segment_in("A", THEM(1), US(1), 0);
	EXPECT_EQ(noted(CLASP_NOTE_RENO_RECOVERY), 1);
	EXPECT_EQ(noted(CLASP_NOTE_FAST_RETRANS), 1);
	EXPECT_EQ(noted(CLASP_NOTE_SACK_RECOVERY), 0);
	forget_segments();
}

TEST(note__a_timeout_is_no_fast_recovery)
{
	flight(1);
	next_deadline();
	EXPECT_EQ(noted(CLASP_NOTE_LOSS_PROBES), 1);
	next_deadline();
	/* what the probe repeated was not taken for lost then */
	EXPECT_EQ(noted(CLASP_NOTE_LOST_RETRANSMIT), 0);
	next_deadline();
	EXPECT_EQ(noted(CLASP_NOTE_LOST_RETRANSMIT), 1);
	EXPECT_EQ(noted(CLASP_NOTE_LOSS_PROBES), 1);
	EXPECT_EQ(noted(CLASP_NOTE_FAST_RETRANS), 0);
	EXPECT_EQ(noted(CLASP_NOTE_SACK_RECOVERY), 0);
	EXPECT_EQ(noted(CLASP_NOTE_SACK_RENEGING), 0);
	forget_segments();
}

TEST(note__a_probe_that_repaired)
{
	flight(1);
	next_deadline();
	segment_in("A", THEM(1), US(AT(1)), 0);
	EXPECT_EQ(noted(CLASP_NOTE_LOSS_PROBE_RECOVERY), 0);
	program_writes(MSS);
	segment_in("A", THEM(1), US(AT(2)), 0);
	EXPECT_EQ(noted(CLASP_NOTE_LOSS_PROBE_RECOVERY), 1);
	forget_segments();
}

TEST(note__octets_that_came_twice)
{
	flight(4);
	segment_in("A", THEM(1), US(AT(1)), 0);
	SACK_IN(AT(1), { AT(0), AT(1) });
	EXPECT_EQ(noted(CLASP_NOTE_DSACK_RECV), 1);
	EXPECT_EQ(noted(CLASP_NOTE_DSACK_OFO_RECV), 0);
	SACK_IN(AT(1), { AT(2), AT(3) }, { AT(2), AT(4) });
	EXPECT_EQ(noted(CLASP_NOTE_DSACK_RECV), 1);
	EXPECT_EQ(noted(CLASP_NOTE_DSACK_OFO_RECV), 1);
	forget_segments();
}

TEST(note__octets_that_come_twice)
{
	tcb_established_sack();
	segment_in("A", THEM(1), US(1), 100);
	segment_in("A", THEM(1), US(1), 100);
	EXPECT_EQ(noted(CLASP_NOTE_DSACK_OLD_SENT), 1);
	segment_in("A", THEM(51), US(1), 100);
	EXPECT_EQ(noted(CLASP_NOTE_DSACK_OLD_SENT), 2);
	EXPECT_EQ(noted(CLASP_NOTE_DSACK_OFO_SENT), 0);
	segment_in("A", THEM(201), US(1), 100);
	segment_in("A", THEM(201), US(1), 100);
	EXPECT_EQ(noted(CLASP_NOTE_DSACK_OLD_SENT), 2);
	EXPECT_EQ(noted(CLASP_NOTE_DSACK_OFO_SENT), 1);
	forget_segments();
}

TEST(note__overtaking)
{
	flight(4);
	SACK_IN(1, { AT(1), AT(2) });
	EXPECT_EQ(noted(CLASP_NOTE_SACK_REORDER), 0);
	segment_in("A", THEM(1), US(AT(2)), 0);
	EXPECT_EQ(noted(CLASP_NOTE_SACK_REORDER), 1);
	segment_in("A", THEM(1), US(AT(4)), 0);
	EXPECT_EQ(noted(CLASP_NOTE_SACK_REORDER), 1);
}

TEST(note__reneging)
{
	flight(3);
	SACK_IN(1, { AT(0), AT(1) }, { AT(2), AT(3) });
	while (!noted(CLASP_NOTE_SACK_RENEGING) && !bench.host.ep.tcb.retries)
		next_deadline();
	EXPECT_EQ(bench.host.ep.tcb.retries, 1);
	EXPECT_EQ(noted(CLASP_NOTE_SACK_RENEGING), 1);
	forget_segments();
}

TEST(note__undone_by_what_came_twice)
{
	flight(10);
	SACK_IN(1, { AT(1), AT(4) });
	segment_in("A", THEM(1), US(AT(10)), 0);
	EXPECT_EQ(noted(CLASP_NOTE_DSACK_UNDO), 0);
	SACK_IN(AT(10), { AT(0), AT(1) });
	EXPECT_EQ(noted(CLASP_NOTE_DSACK_UNDO), 1);
	EXPECT_EQ(noted(CLASP_NOTE_FULL_UNDO) + noted(CLASP_NOTE_PARTIAL_UNDO) +
		  noted(CLASP_NOTE_LOSS_UNDO), 0);
	forget_segments();
}

/* The program has always more to send, and each flight is acknowledged segment by segment, so long after it left. */
static void rounds(u32 count, u64 rtt)
{
	struct clasp_tcb *tcb = &bench.host.ep.tcb;

	while (count--) {
		u32 end = tcb->snd_nxt;

		bench.now += rtt;
		while (tcb->snd_una != end) {
			program_writes(2 * MSS);
			segment_in("A", THEM(1), tcb->snd_una + MSS, 0);
			forget_segments();
		}
	}
}

TEST(note__slow_start_ends_by_delay)
{
	/* RFC 9406, 4.2: one round to compare with, what is left of the second, and four more */
	flight(10);			/* takes one */
	rounds(1, 0);
	rounds(4, 2 * RTT);
	EXPECT_EQ(noted(CLASP_NOTE_HYSTART_DELAY), 0);
	rounds(1, 2 * RTT);
	EXPECT_EQ(noted(CLASP_NOTE_HYSTART_DELAY), 1);
	rounds(2, 2 * RTT);
	EXPECT_EQ(noted(CLASP_NOTE_HYSTART_DELAY), 1);
}

TEST(note__slow_start_ends_by_loss)
{
	flight(10);
	SACK_IN(1, { AT(2), AT(8) });
	segment_in("A", THEM(1), US(AT(10)), 0);
	EXPECT_EQ(noted(CLASP_NOTE_HYSTART_DELAY), 0);
	forget_segments();
}

/* Ten segments with timestamps; the peer echoes that of the first from now on. */
static void stamped_flight(void)
{
	bench.config.timestamps = 2;
	bench.syn.timestamps = true;
	bench.syn.ts_val = 1;
	bench.any = bench.syn;
	bench.any.sack_permitted = false;
	tcb_established_sack();
	program_writes(10 * STAMPED_MSS);
	bench.any.ts_ecr = bench.now / CLASP_MSEC;
	forget_segments();
}

/* The first is sent again in vain; what the peer acknowledges then. */
static void mistaken(u32 acked)
{
	stamped_flight();
	bench.now += RTT;
	SACK_IN(1, { 1 + STAMPED_MSS, 1 + 4 * STAMPED_MSS });
	bench.now += CLASP_MSEC;
	segment_in("A", THEM(1), US(1 + acked * STAMPED_MSS), 0);
	forget_segments();
}

TEST(note__undone_by_an_echo_at_the_end)
{
	mistaken(10);
	EXPECT_EQ(noted(CLASP_NOTE_FULL_UNDO), 1);
	EXPECT_EQ(noted(CLASP_NOTE_PARTIAL_UNDO), 0);
	EXPECT_EQ(noted(CLASP_NOTE_LOSS_UNDO), 0);
	EXPECT_EQ(noted(CLASP_NOTE_DSACK_UNDO), 0);
}

TEST(note__undone_by_an_echo_before_the_end)
{
	mistaken(9);
	EXPECT_EQ(noted(CLASP_NOTE_FULL_UNDO), 0);
	EXPECT_EQ(noted(CLASP_NOTE_PARTIAL_UNDO), 1);
	/* what is not lost after all was not sent again for it */
	EXPECT_EQ(noted(CLASP_NOTE_LOST_RETRANSMIT), 0);
}

TEST(note__a_timeout_undone)
{
	stamped_flight();
	next_deadline();		/* the probe */
	next_deadline();
	bench.now += CLASP_MSEC;
	segment_in("A", THEM(1), US(1 + STAMPED_MSS), 0);
	EXPECT_EQ(noted(CLASP_NOTE_LOSS_UNDO), 1);
	EXPECT_EQ(noted(CLASP_NOTE_FULL_UNDO), 0);
	/* the others count as sent just now, but were not taken for lost when they were */
	next_deadline();
	while (!bench.host.ep.tcb.retries)
		next_deadline();
	EXPECT_EQ(noted(CLASP_NOTE_LOST_RETRANSMIT), 0);
	forget_segments();
}
