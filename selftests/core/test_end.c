// SPDX-License-Identifier: GPL-2.0
/*
 * The ways out of a connection, where the table has none: nothing may look like an end then.
 */
#include <string.h>

#include "bench.h"
#include "end.h"

TEST(end__nothing_fails_without_a_row)
{
	struct clasp_result result = { 0 }, nothing = { 0 };
	struct clasp_tcb before;

	/* in FIN_WAIT_2 nothing of ours is under way that could be given up */
	tcb_fin_wait_2();
	before = bench.host.ep.tcb;
	clasp_end_failed(&bench.host.ep.tcb, CLASP_GIVE_UP, CLASP_TIMED_OUT, &result);
	EXPECT(!memcmp(&before, &bench.host.ep.tcb, sizeof(before)));
	EXPECT(!memcmp(&nothing, &result, sizeof(result)));
}

TEST(end__a_row_fails_as_it_should)
{
	struct clasp_result result = { 0 };

	tcb_last_ack();
	clasp_end_failed(&bench.host.ep.tcb, CLASP_GIVE_UP, CLASP_TIMED_OUT, &result);
	EXPECT_EQ(bench.host.ep.tcb.state, CLASP_CLOSED);
	EXPECT_EQ(bench.host.ep.tcb.error, CLASP_TIMED_OUT);
	EXPECT_EQ(clasp_timer_deadline(&bench.host.ep.tcb), 0);
	EXPECT_EQ(result.flags, CLASP_ENDED | CLASP_FAILED);
}
