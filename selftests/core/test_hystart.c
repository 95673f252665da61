// SPDX-License-Identifier: GPL-2.0
/*
 * HyStart++: RFC 9406, section 4.
 */
#include "bench.h"

#define MSS 1460
#define AT(n) (1 + (n) * MSS)

static struct clasp_cong cong;
static u32 una, nxt;

static void begin(void)
{
	clasp_cong_init(&cong, CLASP_CONG_NEWRENO, MSS, false);
	una = US(1);
	nxt = una + 100 * MSS;
	cong.hystart.end = nxt;
}

static void acked(u32 rtt_us)
{
	struct clasp_cong_event event = {
		.now = bench.now, .mss = MSS, .acked = MSS, .burst = 2 * MSS, .rtt_us = rtt_us,
		.limited = true,
	};

	una += MSS;
	event.una = una;
	event.nxt = nxt;
	clasp_cong_acked(&cong, &event);
}

/* The last ACK of a round: another one has begun. */
static void ends(u32 rtt_us)
{
	una = cong.hystart.end - MSS;
	nxt = una + 101 * MSS;
	acked(rtt_us);
}

/* A round of so many measurements, all alike. */
static void round_of(u32 samples, u32 rtt_us)
{
	while (--samples)
		acked(rtt_us);
	ends(rtt_us);
}

TEST(hystart__a_longer_round_slows_growth)
{
	u32 cwnd;

	/* 4.2: a quarter from the eighth measurement on */
	begin();
	round_of(10, 50000);
	EXPECT_EQ(cong.cwnd, 20 * MSS);
	for (u32 i = 0; i < 7; i++)
		acked(60000);
	EXPECT_EQ(cong.cwnd, 27 * MSS);
	acked(60000);
	EXPECT_EQ(cong.cwnd, 27 * MSS + MSS / 4);
	cwnd = cong.cwnd;
	acked(60000);
	EXPECT_EQ(cong.cwnd, cwnd + MSS / 4);
	EXPECT_EQ(cong.ssthresh, CLASP_CWND_MAX);
}

/* Does a round of the second round trip after one of the first slow growth down? */
static bool slows(u32 first_us, u32 second_us)
{
	begin();
	round_of(8, first_us);
	for (u32 i = 0; i < 8; i++)
		acked(second_us);
	return cong.hystart.rounds;
}

TEST(hystart__threshold)
{
	/* 4.2: an eighth, but 4 ms at least, and 16 at most */
	EXPECT(!slows(80000, 89999));
	EXPECT(slows(80000, 90000));
	EXPECT(!slows(1000, 4999));
	EXPECT(slows(1000, 5000));
	EXPECT(!slows(400000, 415999));
	EXPECT(slows(400000, 416000));
	EXPECT(!slows(80000, 40000));
}

TEST(hystart__the_least_of_a_round_counts)
{
	/* an ACK that waited says nothing */
	begin();
	round_of(8, 50000);
	for (u32 i = 0; i < 20; i++)
		acked(i == 3 ? 51000 : 90000);
	EXPECT(!cong.hystart.rounds);
}

TEST(hystart__needs_eight_measurements)
{
	begin();
	round_of(8, 50000);
	for (u32 i = 0; i < 7; i++)
		acked(90000);
	for (u32 i = 0; i < 20; i++)
		acked(0);
	EXPECT(!cong.hystart.rounds);
	acked(90000);
	EXPECT_EQ(cong.hystart.rounds, 1);
}

TEST(hystart__what_measures_nothing)
{
	/* what was sent again, or answered within a microsecond */
	begin();
	round_of(8, 50000);
	for (u32 i = 0; i < 4; i++) {
		acked(0);
		acked(90000);
	}
	EXPECT(!cong.hystart.rounds);
	ten_in_flight(0);
	bench.now += 50 * CLASP_MSEC;
	segment_in("A", THEM(1), US(AT(10)), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.rtt_us, 50000);
	program_writes(MSS);
	segment_in("A", THEM(1), US(AT(11)), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.rtt_us, 0);
	forget_segments();
}

TEST(hystart__needs_a_round_before)
{
	/* of which something is known */
	begin();
	for (u32 i = 0; i < 30; i++)
		acked(90000);
	EXPECT(!cong.hystart.rounds);
	begin();
	una = nxt - MSS;
	acked(0);
	for (u32 i = 0; i < 30; i++)
		acked(90000);
	EXPECT(!cong.hystart.rounds);
}

TEST(hystart__shorter_again)
{
	/* 4.2: it was no queue */
	begin();
	round_of(8, 50000);
	round_of(8, 60000);
	EXPECT_EQ(cong.hystart.rounds, 2);
	for (u32 i = 0; i < 8; i++)
		acked(60000);
	EXPECT_EQ(cong.hystart.rounds, 2);
	ends(59999);
	EXPECT_EQ(cong.hystart.rounds, 0);
	EXPECT_EQ(cong.ssthresh, CLASP_CWND_MAX);
}

TEST(hystart__five_rounds)
{
	u32 cwnd;

	/* 4.2: the one in which it begins counted in; then congestion avoidance */
	begin();
	round_of(8, 50000);
	for (u32 i = 1; i <= 4; i++) {
		round_of(8, 60000 + i);
		EXPECT_EQ(cong.ssthresh, CLASP_CWND_MAX);
	}
	for (u32 i = 0; i < 7; i++)
		acked(70000);
	EXPECT_EQ(cong.ssthresh, CLASP_CWND_MAX);
	cwnd = cong.cwnd;
	ends(70000);
	EXPECT_EQ(cong.ssthresh, cwnd);
	EXPECT_EQ(cong.cwnd, cwnd);
}

TEST(hystart__only_the_first_slow_start)
{
	/* 4.3: afterwards ssthresh says where to stop */
	begin();
	cong.ssthresh = 1000 * MSS;
	round_of(8, 50000);
	round_of(8, 90000);
	EXPECT_EQ(cong.hystart.rounds, 0);
	EXPECT_EQ(cong.cwnd, 26 * MSS);
}

TEST(hystart__sender)
{
	u32 cwnd;

	/* measured by ACKs: of what was sent again none is */
	ten_in_flight(40 * MSS);
	bench.now += 50 * CLASP_MSEC;
	segment_in("A", THEM(1), US(AT(1)), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.hystart.end, US(AT(10)));
	for (u32 i = 2; i <= 10; i++)
		segment_in("A", THEM(1), US(AT(i)), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.hystart.last_us, 50000);
	bench.now += 60 * CLASP_MSEC;
	for (u32 i = 11; i <= 18; i++)
		segment_in("A", THEM(1), US(AT(i)), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.hystart.rounds, 1);
	cwnd = bench.host.ep.tcb.cong.cwnd;
	segment_in("A", THEM(1), US(AT(19)), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, cwnd + MSS / 4);
	forget_segments();
}
