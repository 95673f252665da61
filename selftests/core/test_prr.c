// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 6937, section 3: the sums of its algorithm, then what a sender does by them.
 */
#include "bench.h"
#include "prr.h"

#define MSS 1000

static struct clasp_tcb *under_way(u32 flight, u32 ssthresh)
{
	struct clasp_tcb *tcb = &bench.host.ep.tcb;

	memset(tcb, 0, sizeof(*tcb));
	tcb->snd_una = US(1);
	tcb->snd_nxt = US(1) + flight * MSS;
	tcb->cong.ssthresh = ssthresh * MSS;
	tcb->recovery.recovering = true;
	clasp_prr_begin(tcb);
	return tcb;
}

/* One segment more has arrived: may one leave? */
static u32 arrived(struct clasp_tcb *tcb)
{
	u32 pipe, room;

	tcb->sacked += MSS;
	clasp_prr_acked(tcb, MSS, MSS);
	pipe = clasp_tcb_pipe(tcb);
	room = tcb->cong.cwnd > pipe ? (tcb->cong.cwnd - pipe) / MSS : 0;
	clasp_prr_sent(tcb, room * MSS);
	tcb->snd_nxt += room * MSS;
	return room;
}

TEST(prr__every_second_segment_when_half_is_to_remain)
{
	/* proportional: 10 of 20 segments leave while 20 arrive */
	struct clasp_tcb *tcb = under_way(20, 10);
	u32 left = 0;

	EXPECT_EQ(arrived(tcb), 1);	/* the first is sent at once */
	for (u32 i = 1; i < 20; i++)
		left += arrived(tcb);
	EXPECT_BETWEEN(left, 8, 9);
}

TEST(prr__losses_do_not_empty_the_network)
{
	/* SSRB: below ssthresh a segment more than arrived may leave, until it is reached */
	struct clasp_tcb *tcb = under_way(20, 10);
	u32 left = 0;

	tcb->lost = 15 * MSS;
	for (u32 i = 0; i < 3; i++)
		left += arrived(tcb);
	EXPECT_BETWEEN(left, 5, 7);
	EXPECT(clasp_tcb_pipe(tcb) <= 10 * MSS);
	for (u32 i = 0; i < 20; i++) {
		arrived(tcb);
		EXPECT(clasp_tcb_pipe(tcb) <= 10 * MSS);
	}
}

TEST(prr__what_is_sent_outside_of_recovery_does_not_count)
{
	struct clasp_tcb *tcb = under_way(20, 10);

	tcb->recovery.recovering = false;
	clasp_prr_sent(tcb, MSS);
	EXPECT_EQ(tcb->prr.out, 0);
}

#define SEGMENT 1460
#define AT(n) (1 + (n) * SEGMENT)

TEST(prr__sender)
{
	/* ten under way, the first is lost: it leaves at once, then every second ACK lets one out */
	u32 left = 0;

	tcb_established_sack();
	program_writes(30 * SEGMENT);
	forget_segments();
	bench.now += RTT;
	SACK_IN(1, { AT(1), AT(4) });
	expect_segment("A", US(AT(0)), THEM(1), SEGMENT);
	for (u32 i = 5; i <= 10; i++) {
		SACK_IN(1, { AT(1), AT(i) });
		left += bench.sent_count;
		forget_segments();
	}
	EXPECT_BETWEEN(left, 3, 4);
	bench.now += RTT;
	segment_in("A", THEM(1), US(AT(10)), 0);
	EXPECT(!bench.host.ep.tcb.recovery.lossy);
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, 5 * SEGMENT);
	forget_segments();
}

TEST(prr__acks_that_tell_nothing_let_nothing_out)
{
	tcb_established_sack();
	program_writes(30 * SEGMENT);
	forget_segments();
	bench.now += RTT;
	SACK_IN(1, { AT(7), AT(10) });
	EXPECT(bench.host.ep.tcb.lost);
	forget_segments();
	for (u32 i = 0; i < 20; i++)
		SACK_IN(1, { AT(7), AT(10) });
	expect_nothing();
}

TEST(prr__an_octet_arrives_once)
{
	/* by a block, and not again when it is acknowledged */
	tcb_established_sack();
	program_writes(10 * SEGMENT);
	bench.now += RTT;
	SACK_IN(1, { AT(1), AT(9) });
	EXPECT_EQ(bench.host.ep.tcb.prr.delivered, 8 * SEGMENT);
	segment_in("A", THEM(1), US(AT(5)), 0);
	EXPECT(bench.host.ep.tcb.recovery.recovering);
	EXPECT_EQ(bench.host.ep.tcb.prr.delivered, 9 * SEGMENT);
	forget_segments();
}
