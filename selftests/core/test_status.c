// SPDX-License-Identifier: GPL-2.0
/*
 * STATUS: what a program is told is what happened.
 */
#include "bench.h"

static struct clasp_status status(void)
{
	struct clasp_status status;
	struct clasp_env env;

	host_env(&bench.host, bench.now, &env);
	clasp_status_get(&bench.host.ep.tcb, &env, &status);
	return status;
}

TEST(status__of_a_new_connection)
{
	struct clasp_status now;

	tcb_established();
	now = status();
	EXPECT_EQ(now.segs_out, 2);
	EXPECT_EQ(now.segs_in, 1);
	EXPECT_EQ(now.acked, 1);
	EXPECT_EQ(now.received, 0);
	EXPECT_EQ(now.snd_mss, 1460);
	EXPECT_EQ(now.rcv_mss, CLASP_MSS_DEFAULT);
	EXPECT_EQ(now.cwnd, 10);
	EXPECT_EQ(now.ssthresh, CLASP_STATUS_NO_SSTHRESH);
	EXPECT_EQ(now.snd_wnd, PEER_WINDOW);
	EXPECT_EQ(now.ato_us, 40000);
	EXPECT_EQ(now.rto_us, 1000000);
	EXPECT_EQ(now.srtt_us, 0);
}

TEST(status__of_an_accepted_one)
{
	struct clasp_status now;

	/* the SYN counts, the SYN,ACK was the embryo's: as in Linux */
	tcb_established_passive();
	now = status();
	EXPECT_EQ(now.segs_out, 0);
	EXPECT_EQ(now.segs_in, 2);
	EXPECT_EQ(now.acked, 0);
}

TEST(status__counts_a_held_syn_once)
{
	tcb_listen();
	segment_in("S", THEM(0), 0, 10);
	segment_in("A", THEM(1), US(1), 0);
	forget_segments();
	EXPECT_EQ(status().segs_in, 2);
	EXPECT_EQ(status().received, 10);
}

TEST(status__counts_octets)
{
	struct clasp_status now;

	tcb_established();
	bench.host.more = true;
	program_writes(3000);
	forget_segments();
	now = status();
	EXPECT_EQ(now.unacked, 2);
	EXPECT_EQ(now.notsent, 80);
	bench.host.more = false;
	segment_in("A", THEM(1), US(1461), 0);
	segment_in("PA", THEM(11), US(1461), 10);
	EXPECT_EQ(status().received, 0);
	segment_in("PA", THEM(1), US(2921), 10);
	forget_segments();
	now = status();
	EXPECT_EQ(now.acked, 2921);
	EXPECT_EQ(now.received, 20);
	EXPECT_EQ(now.unacked, 1);
	EXPECT_EQ(now.notsent, 0);
	EXPECT_EQ(now.segs_in, 4);
}

TEST(status__counts_what_is_sent_again)
{
	struct clasp_status now;

	tcb_established();
	program_writes(100);
	next_deadline();
	next_deadline();
	forget_segments();
	now = status();
	EXPECT_EQ(now.resent, 2);
	EXPECT_EQ(now.retries, 2);
	EXPECT_EQ(now.backoff, 2);
	EXPECT_EQ(now.rto_us, 4000000);
	EXPECT_EQ(now.cwnd, 1);
	EXPECT_EQ(now.ssthresh, 7);
	EXPECT_EQ(now.segs_out, 5);
	segment_in("A", THEM(1), US(101), 0);
	EXPECT_EQ(status().retries, 0);
}

TEST(status__a_fin_is_a_segment_if_it_stands_alone)
{
	tcb_established();
	program_writes(100);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	EXPECT_EQ(status().unacked, 2);
	bench_reset(bench.iss, bench.irs);
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	program_writes(100);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	EXPECT_EQ(status().unacked, 0);
	segment_in("A", THEM(1), US(1), 0);
	EXPECT_EQ(status().unacked, 1);
	segment_in("A", THEM(1), US(102), 0);
	forget_segments();
	EXPECT_EQ(status().unacked, 0);
	EXPECT_EQ(status().acked, 102);
	segment_in("FA", THEM(1), US(102), 0);
	EXPECT_EQ(status().received, 1);
	forget_segments();
}

TEST(status__of_a_call)
{
	EXPECT_EQ(status().unacked, 0);
	tcb_syn_sent();
	EXPECT_EQ(status().unacked, 1);
	bench.refusals = 1;
	bench_reset(bench.iss, bench.irs);
	bench.refusals = 1;
	host_connect(&bench.host, bench.now);
	EXPECT_EQ(status().unacked, 0);
}

TEST(status__counts_probes)
{
	bench.host.choice.keepalive = true;
	tcb_established();
	next_deadline();
	next_deadline();
	forget_segments();
	EXPECT_EQ(status().probes, 2);
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	EXPECT_EQ(status().probes, 0);
	program_writes(1);
	for (u32 i = 0; i < 3; i++)
		next_deadline();
	forget_segments();
	EXPECT_EQ(status().probes, 3);
}

TEST(status__options_are_those_agreed_on)
{
	bench.config.window_scaling = 1;
	bench.config.timestamps = 1;
	bench.config.sack = 1;
	bench.host.rcv_most = 1 << 20;
	bench.syn = (struct clasp_options){
		.has_wscale = true, .wscale = 3, .sack_permitted = true, .timestamps = true,
	};
	tcb_syn_sent();
	EXPECT(!status().wscale_ok && !status().ts_ok && !status().sack_ok);
	EXPECT_EQ(status().rcv_wscale, 0);
	segment_in("SA", THEM(0), US(1), 0);
	forget_segments();
	EXPECT(status().wscale_ok && status().ts_ok && status().sack_ok);
	EXPECT_EQ(status().snd_wscale, 3);
	EXPECT_EQ(status().rcv_wscale, 5);
}

TEST(status__of_a_loss)
{
	struct clasp_status now;

	/* as TCP_INFO has it: what was sent again stays lost until it has arrived */
	tcb_established_sack();
	program_writes(8 * 1460);
	bench.now += RTT;
	SACK_IN(1, { 1 + 3 * 1460, 1 + 7 * 1460 });
	forget_segments();
	now = status();
	EXPECT(now.sack_ok);
	EXPECT_EQ(now.unacked, 8);
	EXPECT_EQ(now.sacked, 4);
	EXPECT_EQ(now.lost, 3);
	EXPECT_BETWEEN(now.again, 1, 3);
	EXPECT_EQ(now.min_rtt_us, RTT / CLASP_USEC);
	EXPECT(!now.reordered);
	segment_in("A", THEM(1), US(1 + 8 * 1460), 0);
	now = status();
	EXPECT_EQ(now.lost + now.again + now.sacked + now.unacked, 0);
	forget_segments();
}

TEST(status__a_refused_call_agreed_on_nothing)
{
	struct clasp_status status;
	struct clasp_env env;

	bench.config.window_scaling = 1;
	bench.config.timestamps = 1;
	bench.config.sack = 1;
	tcb_syn_sent();
	segment_in("RA", THEM(0), US(1), 0);
	expect_state(CLASP_CLOSED);
	host_env(&bench.host, bench.now, &env);
	clasp_status_get(&bench.host.ep.tcb, &env, &status);
	EXPECT(!status.wscale_ok && !status.ts_ok && !status.sack_ok);
}

TEST(status__counts_the_packets_of_a_super_packet)
{
	bench.host.together = 64000;
	tcb_established_sack();
	bench.host.ep.tcb.srtt_us = 1000;
	program_writes(4 * 1460);
	forget_segments();
	EXPECT_EQ(bench.host.ep.rtx.count, 1);
	EXPECT_EQ(status().unacked, 4);
	SACK_IN(1, { 1 + 2 * 1460, 1 + 4 * 1460 });
	forget_segments();
	EXPECT_EQ(status().unacked, 4);
	EXPECT_EQ(status().sacked, 2);
}
