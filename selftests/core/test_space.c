// SPDX-License-Identifier: GPL-2.0
/*
 * How large the receive buffer should be (Fisk and Feng, "Dynamic Right-Sizing in TCP").
 */
#include "bench.h"

#define PART 1000			/* octets in a segment; the window is 65535, and IW ten segments */

static u32 came;			/* octets that the peer has sent */

static struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

/* A connection whose handshake took RTT, and whose receive buffer may grow. */
static void may_grow(void)
{
	came = 0;
	bench.config.moderate_rcvbuf = true;
	bench.host.rcv_most = HOST_RING;
	bench.host.mss = PART;
	tcb_syn_sent();
	bench.now += RTT;
	segment_in("SA", THEM(0), US(1), 0);
	expect_segment("A", US(1), THEM(1), 0);
	EXPECT_EQ(tcb()->srtt_us, RTT / CLASP_USEC);
	expect_nothing();
}

static void arrive(u32 len)
{
	for (; len; len -= PART, came += PART)
		segment_in("A", THEM(1 + came), US(1), PART);
	forget_segments();
}

/* @len octets come and are read, and a round trip passes before the next are. */
static void round_of(u32 len)
{
	arrive(len);
	program_reads(len);
	forget_segments();
	bench.now += RTT;
}

/* What clasp_space_wanted() answered is what the buffer has, if it is more. */
static u32 buffer(void)
{
	return bench.host.rcv_buf;
}

static void buffer_of(u32 octets)
{
	bench.host.rcv_buf = octets;
}

TEST(space__is_twice_what_is_read_in_a_round_trip)
{
	may_grow();
	buffer_of(15000);
	round_of(PART);
	round_of(10 * PART);
	EXPECT_EQ(buffer(), 20000);
}

TEST(space__no_sooner_than_a_round_trip)
{
	may_grow();
	buffer_of(15000);
	arrive(10 * PART);
	program_reads(PART);
	bench.now += RTT - 1;
	program_reads(9 * PART);
	EXPECT_EQ(buffer(), 15000);
	bench.now += 1;
	arrive(PART);
	program_reads(PART);
	EXPECT_EQ(buffer(), 20000);
}

TEST(space__of_a_stream_that_grows_is_what_it_will_be)
{
	/* what is more than IW has grown already, though nothing was counted before */
	may_grow();
	buffer_of(15000);
	round_of(PART);
	round_of(12 * PART);		/* a fifth more than IW: 24000, and twice a fifth of that */
	EXPECT_EQ(buffer(), 33600);
	round_of(18 * PART);		/* half as much again: 36000, and twice half of that */
	EXPECT_EQ(buffer(), 72000);
	round_of(18 * PART);
	round_of(19 * PART);
	EXPECT_EQ(buffer(), 72000);
}

TEST(space__a_connection_that_begins_slowly_has_not_grown)
{
	may_grow();
	buffer_of(15000);
	round_of(PART);
	round_of(PART);
	round_of(10 * PART);
	EXPECT_EQ(buffer(), 20000);
}

TEST(space__no_more_than_six_times)
{
	may_grow();
	bench.host.mss = PART / 5;
	buffer_of(20000);
	round_of(PART);
	round_of(10 * PART);		/* five times IW: no window grows like that */
	EXPECT_EQ(buffer(), 60000);
}

TEST(space__large_segments_begin_with_two)
{
	may_grow();
	bench.host.mss = 8 * PART;
	buffer_of(20000);
	round_of(PART);
	round_of(20 * PART);		/* a quarter more */
	EXPECT_EQ(buffer(), 60000);
}

TEST(space__no_more_than_any_buffer)
{
	struct clasp_env env;

	may_grow();
	host_env(&bench.host, bench.now, &env);
	EXPECT_EQ(clasp_space_wanted(tcb(), &env), 0);
	tcb()->space.octets = 1 << 30;
	tcb()->space.from -= 3u << 29;
	env.now += RTT;
	EXPECT_EQ(clasp_space_wanted(tcb(), &env), CLASP_SPACE_MAX);
}

TEST(space__does_not_shrink_nor_grow_by_a_pause)
{
	may_grow();
	buffer_of(15000);
	round_of(PART);
	round_of(12 * PART);
	round_of(18 * PART);
	EXPECT_EQ(buffer(), 72000);
	round_of(PART);
	round_of(PART);
	EXPECT_EQ(buffer(), 72000);
	round_of(18 * PART);
	round_of(18 * PART);
	EXPECT_EQ(buffer(), 72000);
}

TEST(space__is_not_for_what_waits)
{
	/* a program that reads slowly does not need it */
	may_grow();
	buffer_of(20000);
	round_of(PART);
	arrive(15 * PART);
	bench.now += RTT;
	program_reads(PART);
	EXPECT_EQ(buffer(), 20000);
}

TEST(space__stays_where_the_administrator_says_so)
{
	may_grow();
	bench.config.moderate_rcvbuf = false;
	buffer_of(20000);
	round_of(PART);
	round_of(15 * PART);
	round_of(15 * PART);
	EXPECT_EQ(buffer(), 20000);
}

TEST(space__without_a_measure_a_window_is_a_round_trip)
{
	may_grow();
	buffer_of(12000);
	tcb()->srtt_us = 0;
	tcb()->rcv_edge = tcb()->rcv_nxt + 10 * PART;
	arrive(PART);
	program_reads(PART);
	arrive(8 * PART);
	program_reads(8 * PART);
	bench.now += CLASP_SEC;
	EXPECT_EQ(tcb()->space.octets, 0);
	arrive(5 * PART);
	program_reads(5 * PART);
	EXPECT_EQ(tcb()->space.octets, 13 * PART);
	EXPECT_EQ(buffer(), 26000 + 2 * 7800);
	forget_segments();
}

/* The peer echoes what we said @ms ago. */
static void echo(u32 ms)
{
	bench.any.timestamps = true;
	bench.any.ts_val = 1;
	bench.any.ts_ecr = bench.now / CLASP_MSEC - ms;
}

static void may_grow_by_echoes(void)
{
	bench.config.timestamps = 2;
	bench.syn.timestamps = true;
	bench.syn.ts_val = 1;
	bench.syn.ts_ecr = bench.now / CLASP_MSEC;
	may_grow();
	buffer_of(20000);
	tcb()->rcv_mss = PART;
}

TEST(space__round_trips_by_the_echo_of_what_we_said)
{
	/* the handshake was as quick as the path is when it is empty */
	may_grow_by_echoes();
	echo(200);
	arrive(PART);
	program_reads(PART);
	bench.now += 100 * CLASP_MSEC;
	echo(200);
	arrive(14 * PART);
	program_reads(14 * PART);
	EXPECT_EQ(tcb()->space.octets, 0);
	bench.now += 100 * CLASP_MSEC;
	echo(200);
	arrive(PART);
	program_reads(PART);
	EXPECT_EQ(tcb()->space.octets, 15 * PART);
	EXPECT_EQ(tcb()->space.rtt_ms, 200);
}

TEST(space__the_least_echo_counts)
{
	/* the others tell of a program that was in no hurry */
	may_grow_by_echoes();
	echo(5000);
	arrive(PART);
	echo(80);
	arrive(PART);
	echo(3000);
	arrive(PART);
	program_reads(3 * PART);
	EXPECT_EQ(tcb()->space.rtt_ms, 80);
	EXPECT_EQ(tcb()->space.least_ms, 0);
	echo(70);
	arrive(PART);
	bench.now += 70 * CLASP_MSEC;
	program_reads(PART);
	EXPECT_EQ(tcb()->space.rtt_ms, 70);
}

TEST(space__echoes_that_say_nothing)
{
	may_grow_by_echoes();
	echo(0);			/* no sooner than our clock ticks: 1 ms */
	arrive(PART);
	EXPECT_EQ(tcb()->space.least_ms, 1);
	tcb()->space.least_ms = 0;
	echo(-5);			/* of what is not said yet */
	arrive(PART);
	echo(bench.config.rto_max / CLASP_MSEC + 1);
	arrive(PART);
	bench.any.ts_ecr = 0;
	arrive(PART);
	EXPECT_EQ(tcb()->space.least_ms, 0);
	echo(50);			/* a small segment is no part of a stream */
	segment_in("A", THEM(1 + came), US(1), PART - 1);
	EXPECT_EQ(tcb()->space.least_ms, 0);
	bench.config.moderate_rcvbuf = false;
	segment_in("A", THEM(PART + came), US(1), PART);
	EXPECT_EQ(tcb()->space.least_ms, 0);
	forget_segments();
}

TEST(space__of_a_program_that_pauses)
{
	/* what it reads in two round trips is twice as much as in one */
	may_grow();
	buffer_of(15000);
	round_of(PART);
	bench.now += RTT;
	round_of(20 * PART);
	EXPECT_EQ(buffer(), 20000);
	bench.now += 5000 * CLASP_SEC;
	round_of(40 * PART);
	EXPECT_EQ(buffer(), 20000);
	forget_segments();
}

TEST(space__suffices)
{
	/* a sixth of the buffer may be read, in whatever time, before there is anything to ask */
	may_grow();
	buffer_of(30000);
	round_of(PART);
	arrive(5 * PART);
	EXPECT(clasp_space_suffices(tcb(), 0, 30000));
	arrive(PART);
	EXPECT(!clasp_space_suffices(tcb(), 0, 30000));
	EXPECT(clasp_space_suffices(tcb(), PART, 30000));
	program_reads(6 * PART);
	forget_segments();
}
