// SPDX-License-Identifier: GPL-2.0
/*
 * What an echo tells where nothing else does (RFC 3522, RFC 4015): SACK was not agreed on, or it was the SYN that was
 * sent again.
 */
#include "bench.h"

#define MSS (1460 - CLASP_TIMESTAMPS_LEN)
#define AT(n) (1 + (n) * MSS)

static struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

/* Timestamps are agreed on, and SACK is not. */
static void stamped(void)
{
	bench.config.timestamps = 2;
	bench.config.congestion = CLASP_CONG_NEWRENO;
	bench.syn.timestamps = true;
	bench.syn.ts_val = 1;
	bench.any = bench.syn;
}

static void echoes(u64 sent_at)
{
	bench.any.ts_ecr = sent_at / CLASP_MSEC;
}

/* A flight of ten; when it left. */
static u64 flight(void)
{
	stamped();
	tcb_syn_sent();
	bench.now += RTT;
	segment_in("SA", THEM(0), US(1), 0);
	program_writes(10 * MSS);
	forget_segments();
	return bench.now;
}

/* Its first ACK is late: the first segment was sent so often again. */
static u64 timed_out(u32 times)
{
	u64 sent_at = flight();

	for (u32 i = 0; i < times; i++) {
		next_deadline();
		expect_segment("A", US(AT(0)), THEM(1), MSS);
	}
	EXPECT_EQ(tcb()->cong.cwnd, MSS);
	bench.now += 10 * CLASP_MSEC;
	return sent_at;
}

static void acknowledged(u32 segments)
{
	segment_in("A", THEM(1), US(AT(segments)), 0);
}

TEST(undo_echo__of_the_original)
{
	echoes(timed_out(1));
	acknowledged(1);
	expect_nothing();
	EXPECT(tcb()->cong.cwnd >= 10 * MSS);
	EXPECT_EQ(tcb()->cong.ssthresh, CLASP_CWND_MAX);
	EXPECT_EQ(tcb()->rtx_nxt, tcb()->snd_nxt);
	EXPECT_EQ(shell.notes[CLASP_NOTE_LOSS_UNDO], 1);
	/* and the program goes on */
	program_writes(MSS);
	expect_segment("PA", US(AT(10)), THEM(1), MSS);
}

TEST(undo_echo__of_the_repetition)
{
	timed_out(1);
	echoes(bench.now - 10 * CLASP_MSEC);
	acknowledged(1);
	expect_segment("A", US(AT(1)), THEM(1), MSS);
	forget_segments();
	EXPECT(tcb()->cong.cwnd <= 2 * MSS);
	EXPECT_EQ(shell.notes[CLASP_NOTE_LOSS_UNDO], 0);
}

TEST(undo_echo__only_of_the_first_answer)
{
	u64 sent_at = timed_out(1);

	echoes(bench.now - 10 * CLASP_MSEC);
	acknowledged(1);
	forget_segments();
	echoes(sent_at);
	acknowledged(2);
	EXPECT(tcb()->cong.cwnd <= 4 * MSS);
	forget_segments();
}

TEST(undo_echo__is_none_without_timestamps)
{
	tcb_established();
	program_writes(3 * 1460);
	forget_segments();
	next_deadline();
	EXPECT(!tcb()->undo.possible);
	forget_segments();
}

TEST(undo_echo__duplicates_of_what_was_repeated_are_no_loss)
{
	/* RFC 6582, 3.2 step 2: it was sent three times, so that it comes twice too often */
	echoes(timed_out(3));
	acknowledged(1);
	for (u32 i = 0; i < 4; i++)
		acknowledged(1);
	expect_nothing();
	EXPECT(tcb()->cong.cwnd >= 10 * MSS);
	acknowledged(10);
	EXPECT(!tcb()->recovery.lossy);
	expect_nothing();
}

TEST(undo_echo__of_what_duplicates_took_for_lost)
{
	/* the first of ten was overtaken by three */
	u64 sent_at = flight();

	bench.now += RTT;
	echoes(sent_at);
	for (u32 i = 0; i < 3; i++)
		acknowledged(0);
	expect_segment("A", US(AT(0)), THEM(1), MSS);
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	bench.now += CLASP_MSEC;
	acknowledged(4);
	EXPECT_EQ(tcb()->cong.ssthresh, CLASP_CWND_MAX);
	EXPECT(tcb()->cong.cwnd >= 10 * MSS);
	EXPECT(!tcb()->recovery.recovering);
	EXPECT_EQ(shell.notes[CLASP_NOTE_PARTIAL_UNDO], 1);
	expect_nothing();
}

TEST(undo_echo__tells_of_a_loss)
{
	u64 sent_at = flight();

	bench.now += RTT;
	echoes(sent_at);
	for (u32 i = 0; i < 3; i++)
		acknowledged(0);
	forget_segments();
	echoes(bench.now);
	bench.now += RTT;
	acknowledged(10);
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	EXPECT(tcb()->cong.cwnd <= 5 * MSS);
	forget_segments();
}

/* Our SYN has left so often, and what the peer answers echoes the one of this time. */
static void called(u32 times, u64 echo)
{
	for (u32 i = 1; i < times; i++)
		next_deadline();
	forget_segments();
	bench.now += RTT;
	bench.syn.ts_ecr = echo / CLASP_MSEC;
	segment_in("SA", THEM(0), US(1), 0);
	forget_segments();
	expect_state(CLASP_ESTABLISHED);
}

TEST(undo_echo__of_the_first_syn)
{
	u64 at;

	stamped();
	tcb_syn_sent();
	at = bench.now;
	called(2, at);
	EXPECT_EQ(tcb()->cong.cwnd, 10 * MSS);
	EXPECT(!tcb()->syn_resent);
	EXPECT(tcb()->srtt_us >= bench.config.rto_init / CLASP_USEC);
}

TEST(undo_echo__of_the_second_syn)
{
	stamped();
	tcb_syn_sent();
	called(2, bench.now + bench.config.rto_init);
	EXPECT_EQ(tcb()->cong.cwnd, MSS);
	EXPECT(tcb()->syn_resent);
}

TEST(undo_echo__of_a_syn_that_may_be_any_of_three)
{
	stamped();
	tcb_syn_sent();
	called(3, bench.now);
	EXPECT_EQ(tcb()->cong.cwnd, MSS);
}

TEST(undo_echo__of_no_syn)
{
	/* a TSecr of 0 may be no echo; and without timestamps it is none */
	stamped();
	tcb_syn_sent();
	called(2, 0);
	EXPECT_EQ(tcb()->cong.cwnd, MSS);
}

/* The SYN,ACK left twice; the third segment echoes what was sent at this time. */
static void answered(u64 echo)
{
	next_deadline();
	forget_segments();
	bench.now += RTT;
	echoes(echo);
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
}

TEST(undo_echo__of_the_first_syn_ack)
{
	u64 at;

	stamped();
	tcb_syn_rcvd();
	at = bench.now;
	answered(at);
	EXPECT_EQ(tcb()->cong.cwnd, 10 * MSS);
}

TEST(undo_echo__of_the_second_syn_ack)
{
	stamped();
	tcb_syn_rcvd();
	answered(bench.now + bench.config.rto_init);
	EXPECT_EQ(tcb()->cong.cwnd, MSS);
}
