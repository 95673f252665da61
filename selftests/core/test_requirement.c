// SPDX-License-Identifier: GPL-2.0
/*
 * What RFC 9293 asks and no other test shows by the way.
 */
#include "bench.h"

TEST(requirement__data_in_an_rst_is_ignored)
{
	/* SHLD-2: such an RST is as good as any, and its octets are nobody's */
	tcb_established();
	segment_in("R", THEM(1), 0, 10);
	expect_nothing();
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(bench.host.error, CLASP_RESET);
	EXPECT_EQ(host_unread(&bench.host), 0);
}
