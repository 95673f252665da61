// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_DEFER_ACCEPT: a listener that wants octets before a connection, but not for ever.
 */
#include "bench.h"

static void deferring(u8 timeouts)
{
	bench.host.choice.defer = timeouts;
	tcb_syn_rcvd();
	segment_in("A", THEM(1), US(1), 0);
	expect_nothing();
	expect_state(CLASP_SYN_RCVD);
}

TEST(defer__until_octets_come)
{
	deferring(3);
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_SYN_RCVD);
	segment_in("PA", THEM(1), US(1), 10);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(host_unread(&bench.host), 10);
}

TEST(defer__a_fin_is_enough)
{
	deferring(3);
	segment_in("FA", THEM(1), US(1), 0);
	expect_state(CLASP_CLOSE_WAIT);
}

TEST(defer__octets_of_the_syn_are_enough)
{
	bench.host.choice.defer = 3;
	tcb_listen();
	segment_in("S", THEM(0), 0, 10);
	expect_segment("SA", US(0), THEM(1), 0);
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
}

TEST(defer__who_has_answered_is_not_asked_again)
{
	u64 start = bench.now;

	deferring(3);
	next_deadline();
	next_deadline();
	expect_nothing();
	next_deadline();
	EXPECT_EQ(bench.now - start, 7 * CLASP_SEC);
	expect_segment("SA", US(0), THEM(1), 0);
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
}

TEST(defer__who_has_not_is)
{
	bench.host.choice.defer = 3;
	tcb_syn_rcvd();
	for (u32 i = 0; i < 3; i++) {
		next_deadline();
		expect_segment("SA", US(0), THEM(1), 0);
	}
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
}

TEST(defer__outlasts_the_retransmissions)
{
	bench.config.synack_retries = 1;
	deferring(4);
	for (u32 i = 0; i < 3; i++) {
		next_deadline();
		expect_nothing();
	}
	next_deadline();
	expect_segment("SA", US(0), THEM(1), 0);
	expect_state(CLASP_SYN_RCVD);
	next_deadline();
	expect_nothing();
	expect_state(CLASP_LISTEN);
}

TEST(defer__of_nobody_does_not)
{
	bench.config.synack_retries = 1;
	bench.host.choice.defer = 4;
	tcb_syn_rcvd();
	next_deadline();
	expect_segment("SA", US(0), THEM(1), 0);
	next_deadline();
	expect_nothing();
	expect_state(CLASP_LISTEN);
}

TEST(defer__is_no_loss)
{
	/* RFC 6298, 5.7 and RFC 5681, 3.1 speak of SYNs that were lost; nor is it a round trip */
	deferring(3);
	next_deadline();
	segment_in("PA", THEM(1), US(1), 10);
	EXPECT(!bench.host.ep.tcb.syn_resent);
	EXPECT_EQ(bench.host.ep.tcb.srtt_us, 0);
	EXPECT(bench.host.ep.tcb.cong.cwnd >= 10 * 1460);
}

TEST(defer__seconds_become_timeouts)
{
	static const struct { u32 seconds; u8 timeouts; u32 back; } known[] = {
		{ 0, 0, 0 }, { 1, 1, 1 }, { 2, 2, 3 }, { 3, 2, 3 }, { 4, 3, 7 }, { 127, 7, 127 },
		{ 128, 8, 247 }, { 0x7fffffff, 255, 127 + 248 * 120 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
		EXPECT_EQ(clasp_option_defer(&bench.config, known[i].seconds), known[i].timeouts);
		EXPECT_EQ(clasp_option_deferred(&bench.config, known[i].timeouts), known[i].back);
	}
}

TEST(defer__is_the_listeners)
{
	struct clasp_choice choice = { .defer = 3, .nodelay = true };

	clasp_option_inherit(&choice);
	EXPECT_EQ(choice.defer, 0);
	EXPECT(choice.nodelay);
}
