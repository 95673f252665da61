// SPDX-License-Identifier: GPL-2.0
/*
 * How large segments are: what the peer and the path take, less IP's options and our own (RFC 9293, 3.7.1; RFC 6691).
 */
#include "bench.h"

TEST(mss__segments_of_the_peers_mss)
{
	bench.peer_mss = 1000;
	tcb_established();
	program_writes(2500);
	expect_segment("A", US(1), THEM(1), 1000);
	expect_segment("A", US(1001), THEM(1), 1000);
	segment_in("A", THEM(1), US(2001), 0);
	expect_segment("PA", US(2001), THEM(1), 500);
}

TEST(mss__segments_of_the_paths_mss)
{
	bench.host.mss = 1200;
	tcb_established();
	program_writes(1200);
	expect_segment("PA", US(1), THEM(1), 1200);
}

TEST(mss__segments_of_a_path_below_the_floor)
{
	bench.host.mss = 100;
	tcb_established();
	program_writes(100);
	expect_segment("PA", US(1), THEM(1), 100);
	program_writes(150);
	expect_segment("A", US(101), THEM(1), 100);
	expect_segment("PA", US(201), THEM(1), 50);
}

/* MUST-16, RFC 6691: neither the peer's MSS nor the path's reckons with them, and nor does ours. */
TEST(mss__ip_options_come_off_the_peers_mss)
{
	bench.peer_mss = 1000;
	bench.host.mss = 1460;
	bench.host.ip_options = 40;
	tcb_established();
	program_writes(1000);
	expect_segment("A", US(1), THEM(1), 960);
	segment_in("A", THEM(1), US(961), 0);
	expect_segment("PA", US(961), THEM(1), 40);
}

TEST(mss__ip_options_come_off_the_paths_mss)
{
	bench.host.mss = 1200;
	bench.host.ip_options = 40;
	host_connect(&bench.host, bench.now);
	EXPECT_EQ(last_segment()->header.options.mss, 1200);
	forget_segments();
	segment_in("SA", THEM(0), US(1), 0);
	expect_segment("A", US(1), THEM(1), 0);
	program_writes(1160);
	expect_segment("PA", US(1), THEM(1), 1160);
}

TEST(mss__ip_options_leave_the_floor)
{
	bench.peer_mss = 1;
	bench.host.ip_options = 40;
	tcb_established();
	program_writes(CLASP_MSS_FLOOR);
	expect_segment("PA", US(1), THEM(1), CLASP_MSS_FLOOR);
}

TEST(mss__ip_options_larger_than_a_packet)
{
	/* IPv6's extension headers, which a program may set at any time */
	bench.host.ip_options = 1460;
	tcb_established();
	program_writes(100);
	expect_segment("A", US(1), THEM(1), CLASP_MSS_LEAST);
	bench.host.ip_options = 4000;
	segment_in("A", THEM(1), US(1 + CLASP_MSS_LEAST), 0);
	expect_segment("A", US(1 + CLASP_MSS_LEAST), THEM(1), CLASP_MSS_LEAST);
	forget_segments();
}

TEST(mss__no_mss_option_means_536)
{
	/* MUST-15 */
	bench.peer_mss = 0;
	tcb_established();
	program_writes(536);
	expect_segment("PA", US(1), THEM(1), 536);
	program_writes(537);
	expect_segment("A", US(537), THEM(1), 536);
	segment_in("A", THEM(1), US(1073), 0);
	expect_segment("PA", US(1073), THEM(1), 1);
}

TEST(mss__no_mss_option_in_a_passive_open)
{
	bench.peer_mss = 0;
	tcb_established_passive();
	program_writes(536);
	expect_segment("PA", US(1), THEM(1), 536);
}

TEST(mss__no_mss_option_means_1220_over_ipv6)
{
	bench.host.ipv6 = true;
	bench.peer_mss = 0;
	tcb_established();
	program_writes(1221);
	expect_segment("A", US(1), THEM(1), 1220);
	segment_in("A", THEM(1), US(1221), 0);
	expect_segment("PA", US(1221), THEM(1), 1);
}

TEST(mss__no_mss_option_in_a_passive_open_over_ipv6)
{
	bench.host.ipv6 = true;
	bench.peer_mss = 0;
	tcb_established_passive();
	program_writes(1220);
	expect_segment("PA", US(1), THEM(1), 1220);
}

TEST(mss__an_option_counts_over_ipv6_too)
{
	bench.host.ipv6 = true;
	bench.peer_mss = 1000;
	tcb_established();
	program_writes(1000);
	expect_segment("PA", US(1), THEM(1), 1000);
}

TEST(mss__peers_mss_has_a_floor)
{
	bench.peer_mss = 1;
	tcb_established();
	program_writes(216);
	expect_segment("PA", US(1), THEM(1), 216);
}
