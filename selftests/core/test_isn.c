// SPDX-License-Identifier: GPL-2.0
/*
 * Initial sequence numbers: RFC 9293, 3.4.1 (MUST-8), RFC 6528, and RFC 6191 above a TIME_WAIT.
 */
#include "harness.h"

TEST(isn__counts_about_every_4_us)
{
	u32 first = clasp_isn(12345, 10 * CLASP_SEC);

	/* "incremented roughly every 4 microseconds": 250,000 a second, within 5 % */
	EXPECT_BETWEEN(clasp_isn(12345, 11 * CLASP_SEC) - first, 237500, 262500);
	EXPECT_EQ(clasp_isn(12345, 10 * CLASP_SEC), first);
}

TEST(isn__cycles_in_about_4_55_hours)
{
	u64 cycle = 0, one = 3600 * CLASP_SEC;

	/* RFC 9293, 3.4.1: 4.55 hours; MSL must be far below */
	for (u64 hour = 1; !cycle && hour < 10; hour++)
		if (clasp_isn(0, hour * one) < clasp_isn(0, (hour - 1) * one))
			cycle = hour;
	EXPECT_EQ(cycle, 5);
}

TEST(isn__hash_moves_it)
{
	EXPECT_EQ(clasp_isn(1000, 5) - clasp_isn(0, 5), 1000);
	EXPECT_EQ(clasp_isn(0x80000000, 5) - clasp_isn(0, 5), 0x80000000);
}

TEST(isn__above_is_above_whatever_the_clock_says)
{
	static const u32 ends[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffff0000, 0xffffffff };

	for (u32 i = 0; i < 6; i++)
		for (u32 j = 0; j < 6; j++)
			for (u32 k = 0; k < 6; k++)
				EXPECT(seq_after(clasp_isn_above(ends[i], ends[j], ends[k]),
						 ends[k]));
}

TEST(isn__above_keeps_a_clock_that_is_ahead)
{
	EXPECT_EQ(clasp_isn_above(5000000, 77, 1000), 5000000);
}

TEST(isn__above_cannot_be_guessed)
{
	/* RFC 6528: not a constant distance from the old number */
	EXPECT(clasp_isn_above(900, 1, 1000) != clasp_isn_above(900, 2, 1000));
}
