// SPDX-License-Identifier: GPL-2.0
/*
 * Which segments take the short way, and what keeps one from it. That it leads where the long one does host_arrive.c
 * sees to, whatever arrives: what each test here says of a special case is that it is looked for.
 */
#include "bench.h"
#include "expected.h"

#define MSS (1460 - CLASP_TIMESTAMPS_LEN)
#define AT(n) (1 + (n) * MSS)
#define TS 7000			/* the peer's */

static struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

/* The peer has timestamps; whether we agree to them is the administrator's. */
static void peer_stamps(void)
{
	bench.syn.timestamps = true;
	bench.syn.ts_val = TS;
	bench.any.timestamps = true;
	bench.any.ts_val = TS;
}

/* ESTABLISHED, SACK and timestamps agreed on, and so many segments under way. */
static void flies(u32 segments)
{
	bench.config.timestamps = 1;
	peer_stamps();
	tcb_established_sack();
	bench.any.ts_ecr = bench.now / CLASP_MSEC;
	if (segments)
		program_writes(segments * MSS);
	forget_segments();
	bench.now += RTT;
}

/* What is sent in answer other tests look at. */
static void arrives(const char *flags, u32 seq, u32 ack, u32 len)
{
	segment_in(flags, seq, ack, len);
	forget_segments();
}

/* The short way's answer; it is a copy that takes it. */
static bool is_expected(u8 flags, u32 seq, u32 ack, u32 len)
{
	struct clasp_header header = { .seq = seq, .ack = ack, .wnd = PEER_WINDOW, .flags = flags,
				       .options = bench.any };
	static struct endpoint twin;
	struct clasp_result result;
	u8 bytes[CLASP_HEADER_MAX];
	struct clasp_env env;
	struct clasp_in in;
	u32 header_len;

	twin = bench.host.ep;
	host_env(&bench.host, bench.now, &env);
	header_len = clasp_wire_build(bytes, &header, 1, 2);
	EXPECT(clasp_wire_parse(&in, bytes, header_len, header_len + len));
	return clasp_expected_next(&twin.tcb, &in) && clasp_expected_segment(&twin.tcb, &env, &in, &result);
}

TEST(expected__are_the_next_octets)
{
	flies(0);
	EXPECT(is_expected(CLASP_ACK, THEM(1), US(1), 100));
	EXPECT(is_expected(CLASP_ACK | CLASP_PSH, THEM(1), US(1), 100));
	arrives("PA", THEM(1), US(1), 100);
	EXPECT_EQ(program_reads(1000), 100);
	EXPECT(is_expected(CLASP_ACK, THEM(101), US(1), 1));
}

TEST(expected__is_the_ACK_of_whole_segments)
{
	flies(3);
	EXPECT(is_expected(CLASP_ACK, THEM(1), US(AT(1)), 0));
	EXPECT(is_expected(CLASP_ACK, THEM(1), US(AT(3)), 0));
	arrives("A", THEM(1), US(AT(2)), 0);
	EXPECT_EQ(tcb()->snd_una, US(AT(2)));
	EXPECT(is_expected(CLASP_ACK, THEM(1), US(AT(3)), 0));
}

TEST(expected__are_octets_with_an_ACK)
{
	flies(1);
	EXPECT(is_expected(CLASP_ACK | CLASP_PSH, THEM(1), US(AT(1)), 100));
	arrives("PA", THEM(1), US(AT(1)), 100);
	EXPECT_EQ(tcb()->snd_una, US(AT(1)));
	EXPECT_EQ(program_reads(1000), 100);
}

TEST(expected__is_no_part_of_a_segment)
{
	flies(2);
	EXPECT(!is_expected(CLASP_ACK, THEM(1), US(2), 0));
	arrives("A", THEM(1), US(2), 0);
	arrives("A", THEM(1), US(AT(1) + 1), 0);
}

TEST(expected__is_no_ACK_of_the_past_or_the_future)
{
	flies(2);
	arrives("A", THEM(1), US(AT(1)), 0);
	EXPECT(!is_expected(CLASP_ACK, THEM(1), US(1), 10));
	EXPECT(!is_expected(CLASP_ACK, THEM(1), US(AT(2) + 1), 10));
}

TEST(expected__is_nothing_out_of_order)
{
	flies(0);
	arrives("A", THEM(101), US(1), 100);
	arrives("A", THEM(0), US(1), 1);
	EXPECT_EQ(tcb()->rcv_nxt, THEM(1));
}

TEST(expected__fills_a_hole)
{
	flies(0);
	arrives("A", THEM(101), US(1), 100);
	forget_segments();
	EXPECT(is_expected(CLASP_ACK, THEM(1), US(1), 50));
	arrives("A", THEM(1), US(1), 50);
	arrives("A", THEM(51), US(1), 50);
	EXPECT_EQ(program_reads(1000), 200);
}

TEST(expected__is_no_other_flag)
{
	flies(0);
	arrives("AF", THEM(1), US(1), 10);
	EXPECT(tcb()->eof);
}

TEST(expected__is_no_other_state)
{
	flies(0);
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	forget_segments();
	arrives("A", THEM(1), US(2), 0);
	expect_state(CLASP_FIN_WAIT_2);
}

TEST(expected__is_nothing_where_the_FIN_is_known)
{
	flies(0);
	arrives("AF", THEM(101), US(1), 0);
	arrives("A", THEM(1), US(1), 100);
	EXPECT(tcb()->eof);
}

TEST(expected__is_nothing_beyond_the_window)
{
	bench.host.rcv_buf = 1000;
	flies(0);
	arrives("A", THEM(1), US(1), 1001);
	EXPECT_EQ(program_reads(2000), 1000);
	forget_segments();
}

TEST(expected__is_nothing_without_memory)
{
	flies(0);
	bench.host.no_memory = true;
	arrives("A", THEM(1), US(1), 100);
	bench.host.no_memory = false;
	EXPECT(tcb()->starved);
	arrives("A", THEM(1), US(1), 100);
	EXPECT(!tcb()->starved);
}

TEST(expected__is_no_closed_window)
{
	flies(1);
	segment_in_wnd("A", THEM(1), US(AT(1)), 0, 0);
	EXPECT_EQ(tcb()->snd_wnd, 0);
	arrives("A", THEM(1), US(AT(1)), 0);
	EXPECT(tcb()->snd_wnd);
}

TEST(expected__is_nothing_without_SACK)
{
	bench.config.timestamps = 1;
	peer_stamps();
	tcb_established();
	EXPECT(tcb()->ts_ok);
	program_writes(3 * MSS);
	forget_segments();
	arrives("A", THEM(1), US(1), 0);
	EXPECT_EQ(tcb()->recovery.dup_acks, 1);
	arrives("A", THEM(1), US(AT(3)), 0);
}

TEST(expected__are_timestamps_that_were_agreed_on)
{
	peer_stamps();
	tcb_established_sack();
	EXPECT(!tcb()->ts_ok);
	arrives("A", THEM(1), US(1), 100);
	EXPECT_EQ(tcb()->ts_recent, 0);
}

TEST(expected__are_no_old_timestamps)
{
	flies(0);
	bench.any.ts_val = TS - 1;
	arrives("A", THEM(1), US(1), 100);
	EXPECT_EQ(tcb()->rcv_nxt, THEM(1));
}

TEST(expected__are_no_other_options)
{
	flies(0);
	bench.any.n_sacks = 1;
	bench.any.sack[0] = (struct clasp_sack){ US(0), US(1) };
	EXPECT(!is_expected(CLASP_ACK, THEM(1), US(1), 100));
	memset(&bench.any, 0, sizeof(bench.any));
	arrives("A", THEM(1), US(1), 100);
	EXPECT_EQ(tcb()->rcv_nxt, THEM(1));
}

TEST(expected__is_nothing_that_was_held_with_a_SYN)
{
	bench.config.timestamps = 1;
	bench.config.sack = true;
	bench.syn.sack_permitted = true;
	peer_stamps();
	host_listen(&bench.host);
	arrives("S", THEM(0), 0, 100);
	forget_segments();
	arrives("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(program_reads(1000), 100);
}

TEST(expected__is_no_mark)
{
	flies(0);
	tcb()->ecn.ok = true;
	bench.ecn = CLASP_CE;
	arrives("A", THEM(1), US(1), 100);
	EXPECT(tcb()->ecn.echo);
}

TEST(expected__is_no_ACK_in_an_episode_of_loss)
{
	flies(2);
	tcb()->recovery.lossy = true;
	tcb()->recovery.recover = US(AT(2));
	arrives("A", THEM(1), US(AT(2)), 0);
	EXPECT(!tcb()->recovery.lossy);
}

TEST(expected__is_no_ACK_of_a_probe)
{
	flies(10);
	program_writes(MSS);
	next_deadline();
	forget_segments();
	EXPECT(tcb()->tail.sent);
	arrives("A", THEM(1), US(AT(11)), 0);
	EXPECT(!tcb()->tail.sent);
}

TEST(expected__is_no_ACK_of_what_was_sent_again)
{
	flies(3);
	bench.any.ts_ecr = 0;
	bench.host.ep.rtx.node[0].marks = CLASP_SEG_RETRANSMITTED;
	arrives("A", THEM(1), US(AT(1)), 0);
	bench.host.ep.rtx.node[0].marks = CLASP_SEG_RETRANSMITTED;
	arrives("A", THEM(1), US(AT(3)), 0);
}

TEST(expected__is_nothing_while_a_segment_is_overtaken)
{
	flies(4);
	tcb()->rack.reordered = true;
	SACK_IN(1, { AT(1), AT(2) });
	EXPECT(tcb()->deadline[CLASP_TIMER_REORDER]);
	bench.now += CLASP_MSEC;
	arrives("A", THEM(1), US(1), 100);
	EXPECT(tcb()->deadline[CLASP_TIMER_REORDER]);
}

TEST(expected__is_no_ACK_behind_a_hole_in_the_path)
{
	flies(2);
	tcb()->hole.limit = MSS / 2;
	tcb()->hole.open = true;
	arrives("A", THEM(1), US(AT(1)), 0);
	EXPECT_EQ(tcb()->hole.limit, 0);
	tcb()->hole.passed = MSS / 2;
	tcb()->hole.open = true;
	arrives("A", THEM(1), US(AT(2)), 0);
	EXPECT_EQ(tcb()->hole.passed, 0);
}

TEST(expected__probes_wait_for_a_peer_that_sends)
{
	/* RFC 8985, 7.2, as the long way has it */
	flies(1);
	arrives("A", THEM(1), US(1), 100);
	EXPECT(tcb()->deadline[CLASP_TIMER_TAIL] > bench.now + RTT);
}
