// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 6298 by numbers: each expectation is worked out by hand from the formulas of section 2. The
 * floor of 200 ms, in place of a second, is Linux's, and like Linux's it stands under the variance
 * term.
 */
#include "bench.h"
#include "rto.h"

static void handshake(u64 rtt)
{
	host_connect(&bench.host, bench.now);
	bench.now += rtt;
	segment_in("SA", THEM(0), US(1), 0);
	forget_segments();
	expect_state(CLASP_ESTABLISHED);
}

/* One write, acknowledged after rtt; answers how far the write's timer stood from now. */
static u64 exchange(u64 rtt)
{
	u32 end = bench.host.ep.tcb.snd_end + 10;
	u64 armed;

	program_writes(10);
	forget_segments();
	armed = bench.host.ep.tcb.deadline[CLASP_TIMER_RETRANSMIT] - bench.now;
	bench.now += rtt;
	segment_in("A", bench.host.ep.tcb.rcv_nxt, end, 0);
	return armed;
}

/* Within 1 %, and never early: section 5 forbids it. */
#define EXPECT_RTO(got, ms) EXPECT_BETWEEN(got, (ms) * CLASP_MSEC - 10 * CLASP_USEC, \
					   (ms) * CLASP_MSEC * 101 / 100)

TEST(rto__before_the_first_measurement)
{
	/* 2.1: 1 s */
	host_connect(&bench.host, bench.now);
	forget_segments();
	expect_timer(CLASP_TIMER_RETRANSMIT, CLASP_SEC);
}

TEST(rto__first_measurement)
{
	/* 2.2: R = 100 ms: SRTT = 100, RTTVAR = 50, RTO = 100 + 4 * 50 */
	handshake(100 * CLASP_MSEC);
	EXPECT_RTO(exchange(100 * CLASP_MSEC), 300);
}

TEST(rto__later_measurements)
{
	/*
	 * 2.3: R = 100, 100: RTTVAR = 37.5, RTO = 100 + the floor of 200
	 *      R = 100, 100, 200: RTTVAR = 0.75 * 37.5 + 0.25 * 100 = 53.125, SRTT = 112.5,
	 *      RTO = 325
	 *      R = 100, 100, 200, 50: RTTVAR = 39.84 + 0.25 * 62.5 = 55.47, SRTT = 104.69,
	 *      RTO = 326.6
	 */
	handshake(100 * CLASP_MSEC);
	EXPECT_RTO(exchange(100 * CLASP_MSEC), 300);
	EXPECT_RTO(exchange(200 * CLASP_MSEC), 300);
	EXPECT_RTO(exchange(50 * CLASP_MSEC), 325);
	EXPECT_BETWEEN(exchange(100 * CLASP_MSEC), 326500 * CLASP_USEC, 329900 * CLASP_USEC);
}

TEST(rto__steady_round_trips_leave_room_for_a_delayed_ack)
{
	u64 armed = 0;

	handshake(1000 * CLASP_MSEC);
	for (u32 i = 0; i < 60; i++)
		armed = exchange(1000 * CLASP_MSEC);
	EXPECT_RTO(armed, 1200);
}

TEST(rto__floor_and_ceiling)
{
	handshake(10 * CLASP_USEC);
	EXPECT_RTO(exchange(10 * CLASP_USEC), 200);
	bench_reset(bench.iss, bench.irs);
	bench.config.rto_max = 2 * CLASP_SEC;
	bench.config.rto_init = 1900 * CLASP_MSEC;
	handshake(1800 * CLASP_MSEC);
	EXPECT_RTO(exchange(100), 2000);
}

TEST(rto__karn)
{
	struct clasp_tcb before;

	/* section 3: no sample from a segment sent twice */
	handshake(100 * CLASP_MSEC);
	program_writes(10);
	next_deadline();
	forget_segments();
	before = bench.host.ep.tcb;
	bench.now += 5 * CLASP_MSEC;
	segment_in("A", THEM(1), US(11), 0);
	EXPECT_EQ(bench.host.ep.tcb.srtt_us, before.srtt_us);
	EXPECT_EQ(bench.host.ep.tcb.rttvar_us, before.rttvar_us);
}

TEST(rto__karn_for_a_fin)
{
	u32 srtt;

	handshake(100 * CLASP_MSEC);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	next_deadline();
	forget_segments();
	srtt = bench.host.ep.tcb.srtt_us;
	bench.now += 5 * CLASP_MSEC;
	segment_in("A", THEM(1), US(2), 0);
	EXPECT_EQ(bench.host.ep.tcb.srtt_us, srtt);
}

TEST(rto__backoff_stays_until_a_measurement)
{
	/*
	 * 5.5, and the note behind 5.7: only a new measurement collapses RTO. Otherwise a path
	 * slower than the first RTO would see every segment twice, for ever, and none of them
	 * measurable.
	 */
	tcb_established();
	program_writes(10);
	next_deadline();
	forget_segments();
	bench.now += 100 * CLASP_MSEC;
	segment_in("A", THEM(1), US(11), 0);
	EXPECT_RTO(exchange(500 * CLASP_MSEC), 2000);
	/* R = 500: SRTT = 500, RTTVAR = 250 */
	EXPECT_RTO(exchange(500 * CLASP_MSEC), 1500);
}

TEST(rto__slow_path_is_learned)
{
	u32 twice = 0;

	/* a path of 4 s, RTO 1 s at the start: soon nothing is sent twice any more */
	host_connect(&bench.host, bench.now);
	time_passes(4 * CLASP_SEC);
	segment_in("SA", THEM(0), US(1), 0);
	forget_segments();
	for (u32 i = 0; i < 10; i++) {
		program_writes(10);
		time_passes(4 * CLASP_SEC);
		twice = bench.sent_count - 1;
		forget_segments();
		segment_in("A", THEM(1), US(11 + 10 * i), 0);
	}
	EXPECT_EQ(twice, 0);
}

TEST(rto__syn_that_was_lost)
{
	/* 5.7: RTO = 3 s when data transmission begins */
	host_connect(&bench.host, bench.now);
	next_deadline();
	forget_segments();
	bench.now += 10 * CLASP_MSEC;
	segment_in("SA", THEM(0), US(1), 0);
	forget_segments();
	EXPECT_RTO(exchange(100 * CLASP_MSEC), 3000);
	EXPECT_RTO(exchange(100 * CLASP_MSEC), 300);
}

TEST(rto__syn_ack_that_was_lost)
{
	tcb_syn_rcvd();
	next_deadline();
	forget_segments();
	bench.now += 10 * CLASP_MSEC;
	segment_in("A", THEM(1), US(1), 0);
	EXPECT_RTO(exchange(100 * CLASP_MSEC), 3000);
}

TEST(rto__handshake_is_measured_by_the_passive_end)
{
	tcb_syn_rcvd();
	bench.now += 100 * CLASP_MSEC;
	segment_in("A", THEM(1), US(1), 0);
	EXPECT_RTO(exchange(100 * CLASP_MSEC), 300);
}

TEST(rto__the_front_of_a_super_packet_is_measured)
{
	handshake(RTT);
	bench.host.together = 64000;
	bench.host.ep.tcb.srtt_us = 1000;
	program_writes(5 * 1460);
	EXPECT_EQ(bench.host.ep.rtx.count, 1);
	forget_segments();
	bench.now += RTT;
	segment_in("A", THEM(1), US(1460), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.rtt_us, 0);
	segment_in("A", THEM(1), US(1461), 0);
	EXPECT_EQ(bench.host.ep.tcb.cong.rtt_us, RTT / CLASP_USEC);
	forget_segments();
}

TEST(rto__octets_behind_a_hole_are_not_measured)
{
	u32 srtt;

	/* the second segment waited at the receiver for the first to be sent again */
	handshake(100 * CLASP_MSEC);
	bench.host.choice.nodelay = true;
	program_writes(10);
	program_writes(10);
	next_deadline();
	forget_segments();
	srtt = bench.host.ep.tcb.srtt_us;
	bench.now += 700 * CLASP_MSEC;
	segment_in("A", THEM(1), US(21), 0);
	EXPECT_EQ(bench.host.ep.tcb.srtt_us, srtt);
}

TEST(rto__backoff)
{
	EXPECT_EQ(clasp_rto_backoff(CLASP_SEC, 0, 120 * CLASP_SEC), CLASP_SEC);
	EXPECT_EQ(clasp_rto_backoff(CLASP_SEC, 3, 120 * CLASP_SEC), 8 * CLASP_SEC);
	EXPECT_EQ(clasp_rto_backoff(CLASP_SEC, 7, 120 * CLASP_SEC), 120 * CLASP_SEC);
	EXPECT_EQ(clasp_rto_backoff(CLASP_SEC, 255, 120 * CLASP_SEC), 120 * CLASP_SEC);
	EXPECT_EQ(clasp_rto_backoff(200 * CLASP_SEC, 0, 120 * CLASP_SEC), 120 * CLASP_SEC);
}

TEST(rto__sum)
{
	EXPECT_EQ(clasp_rto_sum(CLASP_SEC, 0, 120 * CLASP_SEC), CLASP_SEC);
	EXPECT_EQ(clasp_rto_sum(CLASP_SEC, 2, 120 * CLASP_SEC), 7 * CLASP_SEC);
	EXPECT_EQ(clasp_rto_sum(CLASP_SEC, 8, 120 * CLASP_SEC), 367 * CLASP_SEC);
	EXPECT_EQ(clasp_rto_sum(200 * CLASP_SEC, 1, 120 * CLASP_SEC), 240 * CLASP_SEC);
}
