// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 9438 with an ACK clock: a window of segments is acknowledged each round trip, and cwnd must be where the
 * RFC's equations have it. The numbers expected are theirs, worked out by hand for C = 0.4 and beta = 0.7.
 */
#include "bench.h"

#define MSS 1000

static struct clasp_cong cong;
static u64 now;

static struct clasp_cong_event moment(u32 acked, u32 rtt_us)
{
	return (struct clasp_cong_event){
		.now = now, .mss = MSS, .acked = acked, .burst = 2 * MSS, .flight = cong.cwnd,
		.srtt_us = rtt_us, .limited = true,
	};
}

static void cubic(u32 segments)
{
	now = bench.now;
	clasp_cong_init(&cong, CLASP_CONG_CUBIC, MSS, false);
	cong.cwnd = segments * MSS;
}

static void reduce(void)
{
	struct clasp_cong_event event = moment(0, 0);

	clasp_cong_reduce(&cong, &event);
	cong.cwnd = cong.ssthresh;
}

static void acknowledge(u32 octets, u32 rtt_us, bool limited)
{
	struct clasp_cong_event event = moment(octets, rtt_us);

	event.limited = limited;
	clasp_cong_acked(&cong, &event);
}

/* So much time of full windows, a segment an ACK. */
static void flow(u64 us, u32 rtt_us)
{
	u64 end = now + us * CLASP_USEC;

	while (now < end) {
		u32 acks = cong.cwnd / MSS;

		for (u32 i = 0; i < acks && now < end; i++) {
			now += rtt_us * CLASP_USEC / acks;
			acknowledge(MSS, rtt_us, true);
		}
	}
}

TEST(cubic__reduces_to_seven_tenths)
{
	/* 4.6: ssthresh = cwnd * beta, and no less than two segments */
	cubic(100);
	reduce();
	EXPECT_EQ(cong.ssthresh, 70 * MSS);
	cubic(2);
	reduce();
	EXPECT_EQ(cong.ssthresh, 2 * MSS);
}

TEST(cubic__slow_start_is_everybodys)
{
	cubic(10);
	acknowledge(MSS, 100000, true);
	EXPECT_EQ(cong.cwnd, 11 * MSS);
	acknowledge(9 * MSS, 100000, true);
	EXPECT_EQ(cong.cwnd, 13 * MSS);
}

TEST(cubic__concave_flat_convex)
{
	/* K = cbrt(30 / 0.4) = 4.217 s; W(K / 2) = 100 - 30 / 8, W(K) = 100, W(2 K) = 130 */
	cubic(100);
	reduce();
	flow(2108500, 100000);
	EXPECT_BETWEEN(cong.cwnd, 95500, 97000);
	flow(2108500, 100000);
	EXPECT_BETWEEN(cong.cwnd, 99500, 100100);
	flow(1000000, 100000);
	EXPECT_BETWEEN(cong.cwnd, 99900, 100700);
	flow(3217000, 100000);
	EXPECT_BETWEEN(cong.cwnd, 128000, 132500);
}

TEST(cubic__time_to_the_flat)
{
	/* K = cbrt(0.75 W_max): 9.086 s of a thousand segments, 19.574 s of ten thousand */
	cubic(1000);
	reduce();
	flow(9086000, 500000);
	EXPECT_BETWEEN(cong.cwnd, 999 * MSS, 1001 * MSS);
	cubic(10000);
	reduce();
	flow(19574000, 500000);
	EXPECT_BETWEEN(cong.cwnd, 9990 * MSS, 10010 * MSS);
}

TEST(cubic__is_nowhere_behind_reno)
{
	/* 4.3: 9/17 of a segment a round trip up to 100 again, 57 round trips, then a whole one */
	cubic(100);
	reduce();
	flow(56000, 1000);
	EXPECT_BETWEEN(cong.cwnd, 97 * MSS, 101 * MSS);
	flow(30000, 1000);
	EXPECT_BETWEEN(cong.cwnd, 123 * MSS, 131 * MSS);
}

TEST(cubic__leaves_room_to_a_newcomer)
{
	/* 4.7: less than the last time: flat at 0.85 * 90; K = cbrt((76.5 - 63) / 0.4) = 3.232 s */
	cubic(100);
	reduce();
	cong.cwnd = 90 * MSS;
	reduce();
	EXPECT_EQ(cong.cwnd, 63 * MSS);
	flow(3232000, 200000);
	EXPECT_BETWEEN(cong.cwnd, 76000, 76600);
	flow(1000000, 200000);
	EXPECT_BETWEEN(cong.cwnd, 76500, 77700);
	/* as much or more: flat where it was */
	cong.cwnd = 110 * MSS;
	reduce();
	cong.cwnd = 110 * MSS;
	reduce();
	flow(4353000, 200000);
	EXPECT_BETWEEN(cong.cwnd, 109 * MSS, 110 * MSS + 100);
}

TEST(cubic__begins_flat_after_a_timeout)
{
	struct clasp_cong_event event;

	/* 4.8: K = 0 and W_max = cwnd when congestion avoidance begins: W(2 s) = 70 + 3.2 */
	cubic(100);
	event = moment(0, 0);
	clasp_cong_timeout(&cong, &event, true);
	EXPECT_EQ(cong.cwnd, MSS);
	EXPECT_EQ(cong.ssthresh, 70 * MSS);
	cong.cwnd = 70 * MSS;
	flow(2000000, 500000);
	EXPECT_BETWEEN(cong.cwnd, 72 * MSS, 76 * MSS);
}

TEST(cubic__time_stands_while_the_program_is_slow)
{
	u32 cwnd;

	/* 5.8: a minute in which the program did not fill cwnd, and one of silence */
	cubic(100);
	reduce();
	flow(2108500, 100000);
	cwnd = cong.cwnd;
	for (u32 i = 0; i < 600; i++) {
		now += 100 * CLASP_MSEC;
		acknowledge(MSS, 100000, false);
	}
	EXPECT_EQ(cong.cwnd, cwnd);
	now += 60 * CLASP_SEC;
	clasp_cong_resume(&cong, now);
	flow(2108500, 100000);
	EXPECT_BETWEEN(cong.cwnd, 99500, 100100);
}

TEST(cubic__slow_start_waits_for_the_program)
{
	cubic(10);
	acknowledge(MSS, 100000, false);
	EXPECT_EQ(cong.cwnd, 10 * MSS);
	EXPECT_EQ(cong.since, 0);
}

TEST(cubic__a_round_trip_adds_half_at_most)
{
	/* 4.2: the target is no more than 1.5 cwnd, however late it is */
	cubic(100);
	reduce();
	acknowledge(MSS, 100000, true);
	now += 100 * CLASP_SEC;
	acknowledge(10 * 70 * MSS, 100000, true);
	EXPECT_BETWEEN(cong.cwnd, 104 * MSS, 105 * MSS + MSS);
}

TEST(cubic__goes_on_where_a_loss_was_none)
{
	u32 cwnd, ssthresh;

	/* 4.9: W_max, K, t and the estimate are as if nothing had been */
	cubic(100);
	reduce();
	flow(2108500, 100000);
	cwnd = cong.cwnd;
	ssthresh = cong.ssthresh;
	reduce();
	EXPECT(cong.cwnd < cwnd);
	clasp_cong_undo(&cong);
	EXPECT_EQ(cong.cwnd, cwnd);
	EXPECT_EQ(cong.ssthresh, ssthresh);
	flow(2108500, 100000);
	EXPECT_BETWEEN(cong.cwnd, 99500, 100100);
}

TEST(cubic__another_epoch_after_silence)
{
	/* RFC 5681, 4.1: slow start from the initial window to ssthresh, and the cubic from there */
	cubic(100);
	reduce();
	flow(1000000, 100000);
	clasp_cong_restart(&cong, MSS);
	EXPECT_EQ(cong.cwnd, 10 * MSS);
	EXPECT_EQ(cong.since, 0);
	cong.cwnd = cong.ssthresh;
	now += 3600 * CLASP_SEC;
	flow(4217000, 100000);
	EXPECT_BETWEEN(cong.cwnd, 99500, 100100);
}

TEST(cubic__the_largest_window)
{
	cubic(CLASP_CWND_MAX / MSS);
	reduce();
	EXPECT_EQ(cong.cwnd, 751618700);
	for (u32 i = 0; i < 1000; i++) {
		now += CLASP_SEC;
		acknowledge(700000000, 1000000, true);
	}
	EXPECT_EQ(cong.cwnd, CLASP_CWND_MAX);
}

TEST(cubic__a_reno_that_becomes_cubic)
{
	/* another algorithm finds cwnd and ssthresh, and none of the other's words */
	clasp_cong_init(&cong, CLASP_CONG_NEWRENO, MSS, false);
	cong.ssthresh = 5 * MSS;
	acknowledge(9 * MSS, 100000, true);
	clasp_cong_choose(&cong, CLASP_CONG_NEWRENO);
	acknowledge(MSS, 100000, true);
	EXPECT_EQ(cong.cwnd, 11 * MSS);
	acknowledge(10 * MSS, 100000, true);
	clasp_cong_choose(&cong, CLASP_CONG_CUBIC);
	EXPECT_EQ(cong.cwnd, 11 * MSS);
	EXPECT_EQ(cong.ssthresh, 5 * MSS);
	EXPECT_EQ(cong.prior.cwnd, 0);
	for (u32 i = 0; i < CLASP_CONG_WORDS; i++)
		EXPECT_EQ(cong.word[i], 0);
}

TEST(cubic__time_is_not_lost_between_acks)
{
	/* however close together they come: 5,000 of them 900 ns apart are 4.5 ms */
	cubic(100000);
	reduce();
	acknowledge(MSS, 90000, true);
	for (u32 i = 0; i < 5000; i++) {
		now += 900;
		acknowledge(MSS, 90000, true);
	}
	EXPECT_BETWEEN(cong.word[3], 4499, 4500);
}

TEST(cubic__reduces_what_is_proven)
{
	struct clasp_cong_event event;

	/* 4.6: cwnd in place of flight_size, since it does not grow unless it is full */
	cubic(60);
	event = moment(0, 0);
	event.flight = MSS;
	clasp_cong_reduce(&cong, &event);
	EXPECT_EQ(cong.ssthresh, 42 * MSS);
}
