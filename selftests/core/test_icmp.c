// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors (RFC 9293, 3.9.2.2; RFC 5927): who may end what.
 */
#include "bench.h"
#include "icmp.h"

static struct clasp_result result;

static void icmp(u32 seq, bool hard)
{
	clasp_icmp_error(&bench.host.ep.tcb, seq, hard, &result);
}

static void mtu(u32 seq)
{
	struct clasp_env env;

	host_env(&bench.host, bench.now, &env);
	clasp_icmp_mtu(&bench.host.ep.tcb, &env, seq, &result);
}

static void expect_ignored(void)
{
	EXPECT_EQ(result.flags, 0);
	EXPECT_EQ(result.drop, CLASP_DROP_ICMP);
}

TEST(icmp__hard_error_refuses_an_open)
{
	tcb_syn_sent();
	icmp(US(0), true);
	EXPECT_EQ(result.flags, CLASP_FAILED | CLASP_ENDED);
	EXPECT_EQ(bench.host.ep.tcb.error, CLASP_NOT_REACHED);
	EXPECT_EQ(bench.host.ep.tcb.state, CLASP_CLOSED);
	EXPECT_EQ(clasp_timer_deadline(&bench.host.ep.tcb), 0);
}

TEST(icmp__hard_error_refuses_a_simultaneous_open)
{
	tcb_syn_rcvd_active();
	icmp(US(0), true);
	EXPECT_EQ(result.flags, CLASP_FAILED | CLASP_ENDED);
	EXPECT_EQ(bench.host.ep.tcb.state, CLASP_CLOSED);
}

TEST(icmp__soft_error_ends_nothing)
{
	/* MUST-56 and SHLD-25 */
	tcb_syn_sent();
	icmp(US(0), false);
	EXPECT_EQ(result.flags, CLASP_SOFT_ERROR);
	EXPECT_EQ(bench.host.ep.tcb.state, CLASP_SYN_SENT);
}

TEST(icmp__hard_error_is_soft_once_synchronized)
{
	/* RFC 5927, 5.2 */
	tcb_fin_wait_1();
	icmp(US(1), true);
	EXPECT_EQ(result.flags, CLASP_SOFT_ERROR);
	expect_state(CLASP_FIN_WAIT_1);
}

TEST(icmp__error_must_quote_what_is_under_way)
{
	/* RFC 5927, 4.1: SND.UNA <= SEQ < SND.NXT; Linux takes SND.NXT too */
	tcb_syn_sent();
	icmp(US(1), true);
	expect_ignored();
	icmp(US(-1), true);
	expect_ignored();
	expect_state(CLASP_SYN_SENT);
}

TEST(icmp__nothing_is_under_way)
{
	tcb_established();
	icmp(US(1), true);
	expect_ignored();
	icmp(US(0), false);
	expect_ignored();
	expect_state(CLASP_ESTABLISHED);
}

TEST(icmp__listener_and_closed_hear_nothing)
{
	clasp_icmp_error(&bench.host.listener, 0, true, &result);
	expect_ignored();
	tcb_listen();
	clasp_icmp_error(&bench.host.listener, 0, true, &result);
	expect_ignored();
	expect_state(CLASP_LISTEN);
}

TEST(icmp__quotes_eight_octets)
{
	const u8 quoted[8] = { 0x12, 0x34, 0, 80, 0x89, 0xab, 0xcd, 0xef };

	EXPECT_EQ(clasp_wire_seq(quoted), 0x89abcdef);
}

TEST(icmp__hard_error_ends_an_embryo)
{
	tcb_syn_rcvd();
	clasp_icmp_embryo(&bench.host.embryo, US(0), true, &result);
	EXPECT_EQ(result.flags, CLASP_ENDED);
	EXPECT_EQ(bench.host.embryo.state, CLASP_LISTEN);
}

TEST(icmp__embryo_ignores_the_rest)
{
	tcb_syn_rcvd();
	clasp_icmp_embryo(&bench.host.embryo, US(1), true, &result);
	expect_ignored();
	clasp_icmp_embryo(&bench.host.embryo, US(0), false, &result);
	EXPECT_EQ(result.flags, 0);
	expect_state(CLASP_SYN_RCVD);
}

TEST(icmp__smaller_path_repeats_what_was_too_large)
{
	/* RFC 1191, 6.4: at once, and not as a loss */
	u32 cwnd;

	tcb_established();
	bench.host.choice.nodelay = true;
	program_writes(1460);
	expect_segment("PA", US(1), THEM(1), 1460);
	program_writes(100);
	expect_segment("PA", US(1461), THEM(1), 100);
	cwnd = bench.host.ep.tcb.cong.cwnd;

	bench.host.mss = 1000;
	mtu(US(1));
	EXPECT_EQ(result.flags, CLASP_OUTPUT);
	host_output(&bench.host, bench.now);
	expect_segment("A", US(1), THEM(1), 1000);
	expect_segment("A", US(1001), THEM(1), 460);
	expect_segment("PA", US(1461), THEM(1), 100);
	expect_nothing();
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, cwnd);
}

TEST(icmp__smaller_path_repeats_nothing_that_fits)
{
	tcb_established();
	bench.host.choice.nodelay = true;
	program_writes(100);
	expect_segment("PA", US(1), THEM(1), 100);
	program_writes(1460);
	expect_segment("PA", US(101), THEM(1), 1460);

	bench.host.mss = 1000;
	mtu(US(1));
	EXPECT_EQ(result.flags, 0);
	mtu(US(101));
	EXPECT_EQ(result.flags, CLASP_OUTPUT);
	host_output(&bench.host, bench.now);
	expect_segment("A", US(101), THEM(1), 1000);
	expect_segment("PA", US(1101), THEM(1), 460);
	expect_nothing();
}

TEST(icmp__smaller_path_leaves_an_earlier_repetition_alone)
{
	tcb_established();
	bench.host.choice.nodelay = true;
	program_writes(1460);
	expect_segment("PA", US(1), THEM(1), 1460);
	program_writes(1460);
	expect_segment("PA", US(1461), THEM(1), 1460);
	bench.host.ep.tcb.rtx_nxt = US(1);
	bench.host.mss = 1000;
	mtu(US(1461));
	EXPECT_EQ(bench.host.ep.tcb.rtx_nxt, US(1));
}

TEST(icmp__smaller_path_leaves_packets_alone_that_fit)
{
	/* however many of them left together */
	bench.host.together = 64000;
	bench.host.mss = 1000;
	tcb_established_sack();
	bench.host.ep.tcb.srtt_us = 1000;
	program_writes(3000);
	EXPECT_EQ(bench.host.ep.rtx.count, 1);
	forget_segments();
	mtu(US(1));
	EXPECT_EQ(result.flags, 0);
	bench.host.mss = 1460;
	program_writes(4380);
	EXPECT_EQ(bench.host.ep.rtx.count, 2);
	forget_segments();
	bench.host.mss = 1000;
	mtu(US(3001));
	EXPECT_EQ(result.flags, CLASP_OUTPUT);
	EXPECT_EQ(bench.host.ep.tcb.lost, 4380);
}

TEST(icmp__smaller_path_where_sack_is_agreed)
{
	/* all that is too large, but what has arrived all the same */
	tcb_established_sack();
	program_writes(4 * 1460);
	SACK_IN(1, { 2921, 4381 });
	forget_segments();
	bench.host.mss = 1000;
	mtu(US(1));
	EXPECT_EQ(result.flags, CLASP_OUTPUT);
	host_output(&bench.host, bench.now);
	expect_segment("A", US(1), THEM(1), 1000);
	expect_segment("A", US(1001), THEM(1), 460);
	expect_segment("A", US(1461), THEM(1), 1000);
	expect_segment("A", US(2461), THEM(1), 460);
	expect_segment("A", US(4381), THEM(1), 1000);
	expect_segment("PA", US(5381), THEM(1), 460);
	expect_nothing();
	EXPECT_EQ(bench.host.ep.tcb.cong.cwnd, 14600);
	EXPECT_EQ(bench.host.ep.tcb.cong.ssthresh, CLASP_CWND_MAX);
	mtu(US(1));
	EXPECT_EQ(result.flags, 0);
}
