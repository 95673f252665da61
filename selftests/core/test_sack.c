// SPDX-License-Identifier: GPL-2.0
/*
 * The receiver's half of SACK: RFC 2018, sections 3, 4 and 8, and the cases of RFC 2883, section 4.
 */
#include "bench.h"
#include "sack.h"

static void arrives(u32 from, u32 to)
{
	forget_segments();
	segment_in("A", THEM(from), US(1), to - from);
}

TEST(sack__none_without_agreement)
{
	tcb_established();
	arrives(101, 201);
	arrives(101, 201);
	EXPECT_NO_BLOCKS();
	EXPECT_EQ(bench.host.ep.tcb.sacks.recent[0].end, 0);
}

TEST(sack__first_block_holds_what_came)
{
	/* RFC 2018, 4: and the others follow, the one that changed last in front */
	tcb_established_sack();
	arrives(101, 201);
	EXPECT_BLOCKS({ 101, 201 });
	arrives(301, 401);
	EXPECT_BLOCKS({ 301, 401 }, { 101, 201 });
	arrives(501, 601);
	EXPECT_BLOCKS({ 501, 601 }, { 301, 401 }, { 101, 201 });
	arrives(201, 251);
	EXPECT_BLOCKS({ 101, 251 }, { 501, 601 }, { 301, 401 });
}

TEST(sack__a_fin_that_waits_is_told)
{
	/* RFC 5681, 4.2: at once, and as often as it comes */
	tcb_established_sack();
	for (u32 i = 0; i < 2; i++) {
		forget_segments();
		segment_in("FA", THEM(101), US(1), 0);
		EXPECT_EQ(bench.sent_count, 1);
		EXPECT_BLOCKS({ 101, 102 });
	}
	arrives(51, 101);
	EXPECT_BLOCKS({ 51, 102 });
	arrives(1, 51);
	EXPECT_NO_BLOCKS();
	expect_state(CLASP_CLOSE_WAIT);
}

TEST(sack__blocks_join)
{
	tcb_established_sack();
	arrives(101, 201);
	arrives(301, 401);
	arrives(201, 301);
	EXPECT_BLOCKS({ 101, 401 });
}

TEST(sack__four_are_remembered)
{
	tcb_established_sack();
	for (u32 i = 1; i <= 5; i++)
		arrives(100 * i + 1, 100 * i + 51);
	EXPECT_BLOCKS({ 501, 551 }, { 401, 451 }, { 301, 351 }, { 201, 251 });
	/* what was pushed out is told again when something joins it */
	arrives(151, 171);
	EXPECT_BLOCKS({ 151, 171 }, { 501, 551 }, { 401, 451 }, { 301, 351 });
}

TEST(sack__not_of_what_is_acknowledged)
{
	tcb_established_sack();
	arrives(101, 201);
	arrives(301, 401);
	arrives(1, 101);
	EXPECT_BLOCKS({ 301, 401 });
	arrives(201, 301);
	EXPECT_EQ(last_segment()->header.ack, THEM(401));
	EXPECT_NO_BLOCKS();
}

TEST(sack__travels_with_octets)
{
	/* and takes room from them, so that the packet is no larger than the path takes */
	tcb_established_sack();
	arrives(101, 201);
	forget_segments();
	program_writes(3000);
	EXPECT_EQ(bench.sent[0].header.options.n_sacks, 1);
	EXPECT_EQ(bench.sent[0].len, 1460 - 12);
	forget_segments();
}

TEST(sack__an_acknowledged_octet_came_twice)
{
	/* RFC 2883, 4.1: the block is below the cumulative ACK; and it is told once */
	tcb_established_sack();
	arrives(1, 101);
	arrives(1, 101);
	EXPECT_EQ(last_segment()->header.ack, THEM(101));
	EXPECT_BLOCKS({ 1, 101 });
	arrives(301, 401);
	EXPECT_BLOCKS({ 301, 401 });
}

TEST(sack__an_octet_that_waits_came_twice)
{
	/* RFC 2883, 4.1.2 and 4.2: the next block is the one that it is in */
	tcb_established_sack();
	arrives(101, 301);
	arrives(401, 501);
	arrives(201, 301);
	EXPECT_BLOCKS({ 201, 301 }, { 101, 301 }, { 401, 501 });
}

TEST(sack__in_part_known)
{
	/* RFC 2883, 4.2.3: only what came twice, not the new octets beside it */
	tcb_established_sack();
	arrives(1, 101);
	arrives(51, 151);
	time_passes(bench.config.delack);
	EXPECT_EQ(last_segment()->header.ack, THEM(151));
	EXPECT_BLOCKS({ 51, 101 });
	arrives(201, 301);
	arrives(251, 351);
	EXPECT_BLOCKS({ 251, 301 }, { 201, 351 });
}

TEST(sack__twice_comes_first_of_as_many_as_fit)
{
	/* RFC 2883, 4: as many as fit: Linux leaves one out */
	tcb_established_sack();
	for (u32 i = 1; i <= 4; i++)
		arrives(100 * i + 1, 100 * i + 51);
	arrives(101, 151);
	EXPECT_BLOCKS({ 101, 151 }, { 101, 151 }, { 401, 451 }, { 301, 351 });
}

TEST(sack__twice_can_be_kept_to_oneself)
{
	/* sysctl net.clasp.dsack */
	tcb_established_sack();
	bench.config.dsack = false;
	arrives(1, 101);
	arrives(1, 101);
	EXPECT_NO_BLOCKS();
}

TEST(sack__what_is_thrown_away_is_not_told)
{
	/* RFC 2018, 8 */
	tcb_established_sack();
	arrives(101, 201);
	memset(&bench.host.ep.ooo, 0, sizeof(bench.host.ep.ooo));
	clasp_sack_forget(&bench.host.ep.tcb);
	arrives(301, 401);
	EXPECT_BLOCKS({ 301, 401 });
}

TEST(sack__a_refused_ack_tells_later)
{
	tcb_established_sack();
	arrives(1, 101);
	time_passes(bench.config.delack);
	forget_segments();
	bench.refusals = 1;
	bench.why = CLASP_REFUSED_LOCALLY;
	arrives(1, 101);
	expect_nothing();
	time_passes(bench.config.delack);
	EXPECT_BLOCKS({ 1, 101 });
}

TEST(sack__tells_only_what_it_keeps)
{
	/* RFC 2018, 4: of what begins in one of two neighbours, and ends beyond both, nothing is kept */
	tcb_established_sack();
	arrives(1001, 1051);
	arrives(1051, 1061);
	arrives(1001, 1101);
	EXPECT_BLOCKS({ 1001, 1051 }, { 1001, 1061 });
	arrives(1, 1001);
	EXPECT_EQ(bench.host.ep.tcb.rcv_nxt, THEM(1061));
	forget_segments();
}
