// SPDX-License-Identifier: GPL-2.0
/*
 * Tail loss probes: RFC 8985, section 7.
 */
#include "bench.h"

#define MSS 1460
#define AT(n) (1 + (n) * MSS)
#define PTO (2 * RTT)

static struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

static void flies(u32 segments)
{
	tcb_established_sack();
	program_writes(segments * MSS);
	EXPECT_EQ(bench.sent_count, segments);
	forget_segments();
}

TEST(tail__the_last_segment_is_the_probe)
{
	/* 7.2, 7.3 */
	flies(3);
	expect_timer(CLASP_TIMER_TAIL, PTO);
	next_deadline();
	expect_segment("PA", US(AT(2)), THEM(1), MSS);
	expect_nothing();
	EXPECT_EQ(tcb()->cong.cwnd, 10 * MSS);
	EXPECT_EQ(tcb()->retries, 0);
}

TEST(tail__new_octets_are_preferred)
{
	/* 7.3: whatever the congestion window says */
	flies(10);
	program_writes(2 * MSS);
	expect_nothing();
	next_deadline();
	expect_segment("A", US(AT(10)), THEM(1), MSS);
	expect_nothing();
	EXPECT(!tcb()->tail.again);
}

TEST(tail__new_octets_within_the_window)
{
	bench.peer_wnd = 3 * MSS;
	flies(3);
	program_writes(MSS);
	next_deadline();
	expect_segment("A", US(AT(2)), THEM(1), MSS);
	expect_nothing();
}

TEST(tail__one_probe_a_tail)
{
	/* 7.3: and the retransmission timer begins anew */
	flies(3);
	next_deadline();
	forget_segments();
	expect_no_timer(CLASP_TIMER_TAIL);
	expect_timer(CLASP_TIMER_RETRANSMIT, RTT + 2 * RTT);
	next_deadline();
	EXPECT_EQ(tcb()->retries, 1);
	expect_segment("A", US(AT(0)), THEM(1), MSS);
	expect_nothing();
}

TEST(tail__not_before_the_last_probe_is_answered)
{
	/* 7.2 */
	flies(3);
	next_deadline();
	forget_segments();
	segment_in("A", THEM(1), US(AT(1)), 0);
	expect_no_timer(CLASP_TIMER_TAIL);
	EXPECT(tcb()->deadline[CLASP_TIMER_RETRANSMIT]);
}

TEST(tail__an_ack_of_less_than_two_segments_may_be_delayed)
{
	/* 7.2: no sooner than the peer's longest delay; the timer that guards is the earlier */
	tcb_established_sack();
	program_writes(MSS);
	forget_segments();
	expect_timer(CLASP_TIMER_TAIL, 3 * RTT);
	EXPECT(tcb()->rto_at == tcb()->deadline[CLASP_TIMER_TAIL]);
	next_deadline();
	expect_segment("PA", US(AT(0)), THEM(1), MSS);
	EXPECT_EQ(tcb()->retries, 0);
}

TEST(tail__no_probe_within_a_millisecond)
{
	tcb_established_sack();
	tcb()->srtt_us = 499;
	program_writes(3 * MSS);
	expect_timer(CLASP_TIMER_TAIL, CLASP_MSEC);
	tcb()->srtt_us = 501;
	program_writes(MSS);
	expect_timer(CLASP_TIMER_TAIL, 1002 * CLASP_USEC);
	forget_segments();
}

TEST(tail__new_octets_begin_it_anew)
{
	/* 7.2; but never beyond the retransmission timer */
	flies(3);
	bench.now += RTT / 2;
	program_writes(MSS);
	expect_timer(CLASP_TIMER_TAIL, PTO);
	bench.now += 2 * RTT;
	program_writes(MSS);
	expect_timer(CLASP_TIMER_TAIL, RTT / 2);
	forget_segments();
}

TEST(tail__not_while_a_loss_is_known)
{
	flies(4);
	SACK_IN(1, { AT(2), AT(3) });
	expect_no_timer(CLASP_TIMER_TAIL);
	forget_segments();
}

TEST(tail__a_probe_that_repaired_is_a_loss)
{
	/* 7.4.2: what nobody but the probe has told of: the congestion window answers */
	flies(4);
	next_deadline();
	forget_segments();
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(4)), 0);
	EXPECT(tcb()->cong.cwnd >= 10 * MSS);
	program_writes(MSS);
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(5)), 0);
	EXPECT(tcb()->cong.cwnd <= 6 * MSS);
	EXPECT(!tcb()->tail.sent);
	forget_segments();
}

TEST(tail__a_probe_that_came_twice_is_none)
{
	flies(4);
	next_deadline();
	forget_segments();
	SACK_IN(AT(4), { AT(3), AT(4) });
	EXPECT(!tcb()->tail.sent);
	EXPECT(tcb()->cong.cwnd >= 10 * MSS);
	EXPECT_EQ(tcb()->rack.quarters, 0);
}

TEST(tail__what_else_came_twice_says_nothing)
{
	flies(4);
	next_deadline();
	forget_segments();
	SACK_IN(AT(4), { AT(0), AT(1) });
	EXPECT(tcb()->tail.sent);
	program_writes(MSS);
	segment_in("A", THEM(1), US(AT(5)), 0);
	EXPECT(tcb()->cong.cwnd <= 6 * MSS);
	forget_segments();
}

TEST(tail__a_plain_duplicate_says_the_same)
{
	/* 7.4.2: from a peer that keeps D-SACKs to itself */
	flies(4);
	next_deadline();
	forget_segments();
	segment_in("A", THEM(1), US(AT(4)), 0);
	EXPECT(tcb()->tail.sent);
	segment_in("A", THEM(1), US(AT(4)), 0);
	EXPECT(!tcb()->tail.sent);
	EXPECT(tcb()->cong.cwnd >= 10 * MSS);
}

TEST(tail__a_fin_is_a_tail)
{
	tcb_established_sack();
	program_writes(3 * MSS);
	segment_in("A", THEM(1), US(AT(2)), 0);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	segment_in("A", THEM(1), US(AT(3)), 0);
	forget_segments();
	next_deadline();
	expect_segment("FA", US(AT(3)), THEM(1), 0);
}

TEST(tail__octets_take_a_fin_along)
{
	/* either of the two may be what was lost */
	tcb_established_sack();
	program_writes(2 * MSS);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	expect_segment("A", US(1), THEM(1), MSS);
	expect_segment("PA", US(AT(1)), THEM(1), MSS);
	expect_segment("FA", US(AT(2)), THEM(1), 0);
	next_deadline();
	expect_segment("FPA", US(AT(1)), THEM(1), MSS);
	expect_nothing();
}

TEST(tail__a_refused_probe_waits_for_no_timer)
{
	flies(3);
	bench.refusals = 1;
	bench.why = CLASP_REFUSED_QUEUE;
	next_deadline();
	expect_nothing();
	EXPECT(tcb()->deadline[CLASP_TIMER_RETRANSMIT]);
	host_output(&bench.host, bench.now);
	expect_segment("PA", US(AT(2)), THEM(1), MSS);
}

TEST(tail__refused_and_not_needed_any_more)
{
	/* a block has told of what it would have repeated */
	flies(3);
	bench.refusals = 1;
	bench.why = CLASP_REFUSED_QUEUE;
	next_deadline();
	SACK_IN(1, { AT(2), AT(3) });
	expect_nothing();
	EXPECT(!tcb()->tail.due);
	segment_in("A", THEM(1), US(AT(3)), 0);
	EXPECT_EQ(clasp_tcb_pipe(tcb()), 0);
	program_writes(MSS);
	expect_segment("PA", US(AT(3)), THEM(1), MSS);
}

TEST(tail__a_repaired_tail_keeps_what_is_proven)
{
	/* RFC 9438, 4.6: how few were under way says nothing about the path */
	tcb_established_sack();
	clasp_cong_choose(&tcb()->cong, CLASP_CONG_CUBIC);
	program_writes(MSS);
	tcb()->cong.cwnd = 30 * MSS;
	program_writes(3 * MSS);
	next_deadline();
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(4)), 0);
	program_writes(MSS);
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(5)), 0);
	EXPECT_EQ(tcb()->cong.ssthresh, 21 * MSS);
	EXPECT_EQ(tcb()->cong.cwnd, 21 * MSS);
	EXPECT(!tcb()->undo.possible);
	forget_segments();
}

TEST(tail__what_was_outstanding_is_what_the_probe_guarded)
{
	/* RFC 8985, 7.4.2: as fast recovery would: with what this ACK took away (RFC 5681, (4)) */
	flies(10);
	next_deadline();
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(10)), 0);
	program_writes(8 * MSS);
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(18)), 0);
	EXPECT_EQ(tcb()->cong.ssthresh, 4 * MSS);
	forget_segments();
}

TEST(tail__a_loss_is_paid_for_once)
{
	/* RFC 8985, 7.1: who repairs a loss asks for no tail */
	flies(10);
	next_deadline();
	bench.now += CLASP_MSEC;
	SACK_IN(1, { AT(3), AT(10) });
	EXPECT(tcb()->recovery.recovering);
	EXPECT(!tcb()->tail.sent);
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(10)), 0);
	program_writes(2 * MSS);
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(12)), 0);
	EXPECT_EQ(tcb()->cong.ssthresh, 5 * MSS);
	forget_segments();
}

TEST(tail__not_before_a_round_trip_is_measured)
{
	/* RFC 8985, 7.3: Karn's rule takes the measurement of what the probe repeated, and another flight's is due */
	flies(1);
	next_deadline();
	segment_in("A", THEM(1), US(AT(1)), 0);
	SACK_IN(AT(1), { AT(0), AT(1) });
	EXPECT(!tcb()->tail.sent);
	program_writes(MSS);
	forget_segments();
	expect_no_timer(CLASP_TIMER_TAIL);
	EXPECT(tcb()->deadline[CLASP_TIMER_RETRANSMIT]);
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(2)), 0);
	program_writes(MSS);
	forget_segments();
	EXPECT(tcb()->deadline[CLASP_TIMER_TAIL]);
}

TEST(tail__not_where_the_administrator_wants_none)
{
	/* sysctl net.clasp.early_retrans */
	bench.config.early_retrans = 2;
	flies(3);
	expect_no_timer(CLASP_TIMER_TAIL);
	next_deadline();
	EXPECT_EQ(tcb()->retries, 1);
	forget_segments();
}

TEST(tail__not_where_the_administrator_wants_none_any_more)
{
	flies(3);
	expect_timer(CLASP_TIMER_TAIL, PTO);
	bench.config.early_retrans = 0;
	next_deadline();
	expect_nothing();
	next_deadline();
	EXPECT_EQ(tcb()->retries, 1);
	forget_segments();
}
