// SPDX-License-Identifier: GPL-2.0
/*
 * Challenge ACKs: limited in time, for each connection alone (RFC 5961, section 7; CVE-2016-5696).
 */
#include "bench.h"
#include "challenge.h"

TEST(challenge__first_is_allowed)
{
	struct clasp_env env = { .config = &bench.config, .now = 1 };
	u64 at = 0;

	EXPECT(clasp_challenge_allowed(&at, &env));
	EXPECT(!clasp_challenge_allowed(&at, &env));
	env.now += bench.config.challenge_interval - 1;
	EXPECT(!clasp_challenge_allowed(&at, &env));
	env.now += 1;
	EXPECT(clasp_challenge_allowed(&at, &env));
}

TEST(challenge__connection_is_limited)
{
	tcb_established();
	for (u32 i = 0; i < 1000; i++)
		segment_in("R", THEM(2 + i), 0, 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_nothing();
	time_passes(bench.config.challenge_interval);
	for (u32 i = 0; i < 1000; i++)
		segment_in("S", THEM(i), 0, 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_nothing();
	expect_state(CLASP_ESTABLISHED);
}

TEST(challenge__embryo_is_limited)
{
	tcb_syn_rcvd();
	for (u32 i = 0; i < 1000; i++)
		segment_in("R", THEM(2 + i), 0, 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_nothing();
}

TEST(challenge__time_wait_is_limited)
{
	tcb_time_wait();
	for (u32 i = 0; i < 1000; i++)
		segment_in("S", THEM(-1000 - (int)i), 0, 0);
	expect_segment("A", US(2), THEM(2), 0);
	expect_nothing();
}

TEST(challenge__packet_war)
{
	u32 sent;

	/* a peer that answers each of our ACKs with an unacceptable one: at most 10 in 10 s */
	tcb_established();
	segment_in("A", THEM(100000), US(1), 0);
	for (sent = 0; bench.sent_count && sent < 1000; sent++) {
		forget_segments();
		bench.now += CLASP_MSEC;
		segment_in("A", THEM(100000), US(1), 0);
	}
	EXPECT(sent <= 10);
}

TEST(challenge__data_goes_on_meanwhile)
{
	tcb_established();
	for (u32 i = 0; i < 10; i++) {
		segment_in("R", THEM(50000), 0, 0);
		segment_in("S", THEM(3), 0, 0);
		forget_segments();
		segment_in("PA", THEM(1 + 10 * i), US(1), 10);
	}
	EXPECT_EQ(program_reads(1000), 100);
	forget_segments();
}

TEST(challenge__exact_rst_after_a_challenge)
{
	/* RFC 5961, 3.2: the peer answers the challenge with the number that counts */
	tcb_established();
	segment_in("R", THEM(500), 0, 0);
	expect_segment("A", US(1), THEM(1), 0);
	segment_in("R", THEM(1), 0, 0);
	expect_state(CLASP_CLOSED);
	EXPECT_EQ(bench.host.error, CLASP_RESET);
}
