// SPDX-License-Identifier: GPL-2.0
/*
 * A connection of a socket with itself: both ends are one block, so that what leaves is what arrives
 * (RFC 9293, figures 7 and 13: simultaneous open and close).
 */
#include <string.h>

#include "bench.h"

/* Whatever leaves arrives at the same end, in the order in which it left. */
static void hears_itself(void)
{
	struct segment segment;

	while (bench.sent_count) {
		segment = bench.sent[0];
		bench.sent_count--;
		memmove(bench.sent, bench.sent + 1, bench.sent_count * sizeof(segment));
		host_segment(&bench.host, &segment, bench.now);
	}
}

static void hears_itself_for(u64 ns)
{
	u64 end = bench.now + ns;

	for (;;) {
		hears_itself();
		if (!host_deadline(&bench.host) || host_deadline(&bench.host) > end)
			break;
		next_deadline();
	}
	bench.now = end;
}

TEST(self__opens_and_closes)
{
	host_connect(&bench.host, bench.now);
	expect_state(CLASP_SYN_SENT);
	hears_itself();
	expect_state(CLASP_ESTABLISHED);
	EXPECT(bench.host.connected);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	hears_itself_for(CLASP_SEC);
	EXPECT(bench.host.eof);
	expect_state(CLASP_TIME_WAIT);
	time_passes(2 * bench.config.msl);
	EXPECT_EQ(bench.host.flow, FLOW_NONE);
	EXPECT_EQ(bench.host.error, CLASP_OK);
}

TEST(self__reads_what_it_writes)
{
	u8 wrote[3000], read[3000] = { 0 };

	for (u32 i = 0; i < sizeof(wrote); i++)
		wrote[i] = i * 7;
	host_connect(&bench.host, bench.now);
	hears_itself();
	EXPECT_EQ(host_write(&bench.host, wrote, sizeof(wrote), true, bench.now), sizeof(wrote));
	hears_itself_for(CLASP_SEC);
	EXPECT_EQ(host_read(&bench.host, read, sizeof(read), bench.now), sizeof(read));
	EXPECT(!memcmp(wrote, read, sizeof(read)));
	EXPECT_EQ(bench.host.snd_queued, 0);
	hears_itself_for(CLASP_SEC);
	EXPECT_EQ(host_deadline(&bench.host), 0);
}
