// SPDX-License-Identifier: GPL-2.0
/*
 * Which timeouts were spurious, by what arrives after them: RFC 5682, 2.1 without SACK, 3.1 with it.
 */
#include "bench.h"

#define MSS 1460
#define AT(n) (1 + (n) * MSS)

static struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

/* Ten are under way, and so many wait behind them, when the timer has expired so often. */
static void timed_out(bool sack, u32 waiting, u32 times)
{
	bench.config.frto = 2;
	if (sack) {
		tcb_established_sack();
		tcb()->tail.unmeasured = true;	/* too early for a probe */
	} else {
		bench.config.congestion = CLASP_CONG_NEWRENO;
		tcb_syn_sent();
		bench.now += RTT;
		segment_in("SA", THEM(0), US(1), 0);
	}
	program_writes((10 + waiting) * MSS);
	forget_segments();
	while (times--) {
		next_deadline();
		expect_segment("A", US(AT(0)), THEM(1), MSS);
	}
	EXPECT_EQ(tcb()->cong.cwnd, MSS);
}

static void acknowledged(u32 segments)
{
	segment_in("A", THEM(1), US(AT(segments)), 0);
}

static void expect_spurious(u32 times)
{
	EXPECT_EQ(shell.notes[CLASP_NOTE_SPURIOUS_RTOS], times);
	EXPECT_EQ(shell.notes[CLASP_NOTE_LOSS_UNDO], times);
	if (times)
		EXPECT(tcb()->cong.cwnd >= 10 * MSS);
	else
		EXPECT(tcb()->cong.cwnd <= 3 * MSS);
	EXPECT_EQ(tcb()->frto, 0);
}

static void expect_new(u32 first)
{
	expect_segment("A", US(AT(first)), THEM(1), MSS);
	expect_segment("PA", US(AT(first + 1)), THEM(1), MSS);
	expect_nothing();
}

TEST(frto__originals_arrive)
{
	/* 2.1, step 2 (b): up to two new segments; step 3 (b): spurious */
	timed_out(false, 2, 1);
	acknowledged(1);
	expect_new(10);
	acknowledged(2);
	expect_nothing();
	expect_spurious(1);
	EXPECT_EQ(tcb()->rtx_nxt, tcb()->snd_nxt);
}

TEST(frto__the_loss_was_real)
{
	/* step 3 (a): what left before the timeout is sent again, by slow start */
	timed_out(false, 2, 1);
	acknowledged(1);
	expect_new(10);
	acknowledged(1);
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	forget_segments();
	expect_spurious(0);
}

TEST(frto__a_duplicate_comes_first)
{
	/* step 2 (a) */
	timed_out(false, 2, 1);
	acknowledged(0);
	acknowledged(1);
	forget_segments();
	EXPECT_EQ(tcb()->snd_nxt, US(AT(10)));
	acknowledged(2);
	forget_segments();
	EXPECT_EQ(shell.notes[CLASP_NOTE_SPURIOUS_RTOS], 0);
}

TEST(frto__an_ack_of_all_tells_nothing)
{
	/* step 2 (a): it may be of what was sent again */
	timed_out(false, 4, 1);
	acknowledged(10);
	EXPECT_EQ(tcb()->frto, 0);
	forget_segments();
	acknowledged(11);
	forget_segments();
	EXPECT_EQ(shell.notes[CLASP_NOTE_SPURIOUS_RTOS], 0);
}

TEST(frto__an_ack_of_what_was_repeated_too_tells_nothing)
{
	timed_out(false, 2, 1);
	acknowledged(4);
	expect_new(10);
	EXPECT_EQ(shell.notes[CLASP_NOTE_SPURIOUS_RTOS], 0);
	acknowledged(5);
	expect_spurious(1);
}

TEST(frto__nothing_is_new)
{
	/* then the conventional recovery follows */
	timed_out(false, 0, 1);
	acknowledged(1);
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	forget_segments();
	expect_spurious(0);
}

TEST(frto__nothing_new_has_room)
{
	timed_out(false, 2, 1);
	segment_in_wnd("A", THEM(1), US(AT(0)), 0, 10 * MSS);
	bench.peer_wnd = 9 * MSS;
	EXPECT_EQ(tcb()->snd_wnd, 10 * MSS);
	tcb()->snd_wnd = 9 * MSS;
	acknowledged(1);
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	expect_segment("A", US(AT(2)), THEM(1), MSS);
	expect_nothing();
	expect_spurious(0);
}

TEST(frto__what_is_new_is_held_back)
{
	/* Nagle: a rest that is small leaves no segment to ask with */
	timed_out(false, 0, 1);
	program_writes(10);
	tcb()->snd_small = tcb()->snd_nxt;
	acknowledged(1);
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	expect_segment("A", US(AT(2)), THEM(1), MSS);
	expect_nothing();
	EXPECT_EQ(tcb()->frto, 0);
	EXPECT_EQ(shell.notes[CLASP_NOTE_SPURIOUS_RTOS], 0);
}

TEST(frto__of_a_repeated_timeout)
{
	/* 3.2 */
	timed_out(false, 2, 3);
	acknowledged(1);
	expect_new(10);
	acknowledged(2);
	expect_spurious(1);
}

TEST(frto__not_while_a_loss_is_repaired)
{
	timed_out(false, 2, 0 + 1);
	acknowledged(1);
	expect_new(10);
	acknowledged(1);
	forget_segments();
	/* the episode goes on, and so do timeouts in it */
	EXPECT(tcb()->recovery.lossy);
	next_deadline();
	EXPECT_EQ(tcb()->frto, 0);
	forget_segments();
}

TEST(frto__not_where_an_echo_tells)
{
	bench.config.timestamps = 1;
	bench.syn.timestamps = true;
	bench.syn.ts_val = 1;
	bench.any = bench.syn;
	bench.config.frto = 2;
	tcb_syn_sent();
	segment_in("SA", THEM(0), US(1), 0);
	program_writes(MSS);
	forget_segments();
	next_deadline();
	EXPECT_EQ(tcb()->retries, 1);
	EXPECT_EQ(tcb()->frto, 0);
	forget_segments();
}

TEST(frto__not_if_the_administrator_says_so)
{
	tcb_established();
	program_writes(MSS);
	forget_segments();
	next_deadline();
	EXPECT_EQ(tcb()->retries, 1);
	EXPECT_EQ(tcb()->frto, 0);
	forget_segments();
}

TEST(frto__with_sack_originals_are_acknowledged)
{
	timed_out(true, 2, 1);
	acknowledged(1);
	expect_new(10);
	EXPECT(tcb()->lost);
	acknowledged(2);
	expect_nothing();
	EXPECT_EQ(tcb()->lost, 0);
	expect_spurious(1);
}

TEST(frto__with_sack_a_block_tells)
{
	/* 3.1, step 3 (b), of an octet that left once and before the timeout */
	timed_out(true, 2, 1);
	SACK_IN(1, { AT(3), AT(4) });
	forget_segments();
	expect_spurious(1);
}

TEST(frto__with_sack_new_octets_tell_nothing)
{
	/* step 3 (a) */
	timed_out(true, 2, 1);
	acknowledged(1);
	expect_new(10);
	SACK_IN(AT(1), { AT(10), AT(11) });
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	forget_segments();
	expect_spurious(0);
}

TEST(frto__with_sack_the_peers_octets_tell_nothing)
{
	timed_out(true, 2, 1);
	acknowledged(1);
	expect_new(10);
	segment_in("PA", THEM(1), US(AT(1)), 100);
	forget_segments();
	segment_in("A", THEM(101), US(AT(2)), 0);
	forget_segments();
	expect_spurious(1);
}

TEST(frto__with_sack_what_a_probe_repeated_tells_nothing)
{
	bench.config.frto = 2;
	bench.config.early_retrans = 3;
	tcb_established_sack();
	program_writes(10 * MSS);
	forget_segments();
	next_deadline();
	expect_segment("PA", US(AT(9)), THEM(1), MSS);
	next_deadline();
	EXPECT_EQ(tcb()->retries, 1);
	forget_segments();
	SACK_IN(1, { AT(9), AT(10) });
	forget_segments();
	EXPECT_EQ(shell.notes[CLASP_NOTE_SPURIOUS_RTOS], 0);
	SACK_IN(1, { AT(8), AT(10) });
	forget_segments();
	EXPECT_EQ(shell.notes[CLASP_NOTE_SPURIOUS_RTOS], 1);
}

static void window_closes(bool sack)
{
	timed_out(sack, 2, 1);
	acknowledged(1);
	expect_new(10);
	segment_in_wnd("A", THEM(1), US(AT(1)), 0, 0);
	EXPECT_EQ(tcb()->frto, 2);
	expect_nothing();
	next_deadline();
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	EXPECT_EQ(tcb()->frto, 0);
	acknowledged(1);
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	forget_segments();
	expect_spurious(0);
}

TEST(frto__a_window_that_closes_ends_the_question)
{
	/* it is probed with what is under way, and nothing new may leave */
	window_closes(false);
	window_closes(true);
}
