// SPDX-License-Identifier: GPL-2.0
/*
 * Constructors reach each state by the events that lead there, never by writing into a block: a
 * state that cannot be reached so is no state.
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "data.h"

#define TICKS_MAX 10000

struct bench bench;

static const struct clasp_config defaults = {
	.msl = 30 * CLASP_SEC,
	.rto_init = CLASP_SEC,
	.rto_min = 200 * CLASP_MSEC,
	.rto_max = 120 * CLASP_SEC,
	.delack = 40 * CLASP_MSEC,
	.fin_timeout = 60 * CLASP_SEC,
	.keep_idle = 7200 * CLASP_SEC,
	.keep_interval = 75 * CLASP_SEC,
	.keep_probes = 9,
	.notsent_lowat = 0xffffffff,
	.base_mss = 1024,
	.mtu_probe_floor = CLASP_MSS_FLOOR,
	.probe_threshold = 8,
	.probe_interval = 600 * CLASP_SEC,
	.min_snd_mss = CLASP_MSS_FLOOR,
	.pacing_ss_ratio = 200,
	.pacing_ca_ratio = 120,
	.early_retrans = 3,
	.challenge_interval = 500 * CLASP_MSEC,
	.syn_retries = 7,
	.synack_retries = 7,
	.retries1 = 3,
	.retries2 = 15,
	.orphan_retries = 0,
};

void bench_reset(u32 iss, u32 irs)
{
	memset(&bench, 0, sizeof(bench));
	memset(&shell, 0, sizeof(shell));
	bench.config = defaults;
	bench.now = 1000 * CLASP_SEC;
	bench.iss = iss;
	bench.irs = irs;
	bench.peer_wnd = PEER_WINDOW;
	bench.peer_mss = PEER_MSS;
	host_init(&bench.host, &bench.config, 0);
	bench.host.iss = iss;
}

bool wire_takes(struct host *host, const struct clasp_out *out, enum clasp_refusal *why)
{
	(void)host;
	(void)out;
	if (!bench.refusals)
		return true;
	bench.refusals--;
	*why = bench.why;
	return false;
}

u32 wire_shorten(struct host *host, u32 len)
{
	(void)host;
	return bench.shorten_to ? clasp_min(len, bench.shorten_to) : len;
}

void wire_transmit(struct host *host, const struct segment *segment, u64 now)
{
	(void)host;
	(void)now;
	if (bench.sent_count == SENT_MAX)
		violation(host, "too many segments sent");
	else
		bench.sent[bench.sent_count++] = *segment;
}

static void payload(u8 *data, u32 seq, u32 len)
{
	for (u32 i = 0; i < len; i++)
		data[i] = (seq + i - bench.irs) * 7;
}

void segment_in_wnd(const char *flags, u32 seq, u32 ack, u32 len, u16 wnd)
{
	struct segment segment = {
		.header = { .seq = seq, .ack = ack, .wnd = wnd, .flags = flags_of(flags) },
		.len = len,
	};

	segment.header.ecn = bench.ecn;
	segment.header.options = bench.any;
	if (segment.header.flags & CLASP_SYN) {
		segment.header.options = bench.syn;
		segment.header.options.mss = bench.peer_mss;
	}
	payload(segment.data, seq + !!(segment.header.flags & CLASP_SYN), len);
	host_segment(&bench.host, &segment, bench.now);
}

void segment_in(const char *flags, u32 seq, u32 ack, u32 len)
{
	segment_in_wnd(flags, seq, ack, len, bench.peer_wnd);
}

void sack_in(u32 ack, u32 count, const struct clasp_sack *blocks)
{
	struct segment segment = {
		.header = { .seq = bench.host.ep.tcb.rcv_nxt, .ack = ack, .wnd = bench.peer_wnd,
			    .flags = CLASP_ACK, .options = bench.any },
	};

	segment.header.options.n_sacks = count;
	for (u32 i = 0; i < count; i++) {
		segment.header.options.sack[i].start = US(blocks[i].start);
		segment.header.options.sack[i].end = US(blocks[i].end);
	}
	host_segment(&bench.host, &segment, bench.now);
}

void program_writes(u32 len)
{
	static u8 bytes[HOST_RING];

	if (host_write(&bench.host, bytes, len, true, bench.now) != len)
		violation(&bench.host, "the program may not write in %s",
			  clasp_state_name(host_state(&bench.host)));
}

u32 program_reads(u32 len)
{
	static u8 bytes[HOST_RING], wanted[HOST_RING];
	u32 seq = bench.host.rcv_base;

	len = host_read(&bench.host, bytes, len, bench.now);
	payload(wanted, seq, len);
	if (memcmp(bytes, wanted, len))
		violation(&bench.host, "the program read other octets than the peer sent");
	return len;
}

void program_waits(void)
{
	host_await(&bench.host, bench.now);
}

void next_deadline(void)
{
	u64 deadline = host_deadline(&bench.host);

	if (!deadline) {
		violation(&bench.host, "nothing is armed");
		return;
	}
	bench.now = clasp_max64(bench.now, deadline);
	host_tick(&bench.host, bench.now);
}

void time_passes(u64 ns)
{
	u64 end = bench.now + ns, deadline;

	for (u32 i = 0; i < TICKS_MAX; i++) {
		deadline = host_deadline(&bench.host);
		if (!deadline || deadline > end) {
			bench.now = end;
			return;
		}
		bench.now = clasp_max64(bench.now, deadline);
		host_tick(&bench.host, bench.now);
	}
	violation(&bench.host, "timers never rest");
}

void forget_segments(void)
{
	bench.sent_count = 0;
}

const struct segment *last_segment(void)
{
	static const struct segment none;

	return bench.sent_count ? &bench.sent[bench.sent_count - 1] : &none;
}

static void take(struct segment *segment)
{
	*segment = bench.sent[0];
	bench.sent_count--;
	memmove(bench.sent, bench.sent + 1, bench.sent_count * sizeof(bench.sent[0]));
}

/* PSH is compared only where a test names it. */
void expect_segment_at(const char *file, int line, const char *flags, u32 seq, u32 ack, u32 len)
{
	struct segment got;
	char letters[9];
	u8 sent, wanted = flags_of(flags);

	if (!bench.sent_count) {
		test_failed(file, line, "nothing sent, should be %s seq US(%d) ack THEM(%d) len %u",
			    flags, (int)(seq - bench.iss), (int)(ack - bench.irs), len);
		return;
	}
	take(&got);
	sent = got.header.flags;
	if (!(wanted & CLASP_PSH))
		sent &= ~CLASP_PSH;
	if (sent == wanted && got.header.seq == seq && got.len == len &&
	    (!(wanted & CLASP_ACK) || got.header.ack == ack))
		return;
	test_failed(file, line,
		    "sent %s seq US(%d) ack THEM(%d) len %u, should be %s seq US(%d) ack THEM(%d) len %u",
		    letters_of(got.header.flags, letters), (int)(got.header.seq - bench.iss),
		    (int)(got.header.ack - bench.irs), got.len, flags, (int)(seq - bench.iss),
		    (int)(ack - bench.irs), len);
}

void expect_nothing_at(const char *file, int line)
{
	struct segment got;
	char letters[9];

	while (bench.sent_count) {
		take(&got);
		test_failed(file, line, "sent %s seq US(%d) ack THEM(%d) len %u, should be nothing",
			    letters_of(got.header.flags, letters),
			    (int)(got.header.seq - bench.iss), (int)(got.header.ack - bench.irs),
			    got.len);
	}
}

void expect_state_at(const char *file, int line, u8 state)
{
	u8 got = host_state(&bench.host);

	if (got != state)
		test_failed(file, line, "in %s, should be in %s", clasp_state_name(got),
			    clasp_state_name(state));
}

/* The window in the last segment sent; to be asked before it is taken. */
void expect_window_at(const char *file, int line, u32 wnd)
{
	if (last_segment()->header.wnd != wnd)
		test_failed(file, line, "window %u offered, should be %u",
			    last_segment()->header.wnd, wnd);
}

/* The blocks in the last segment sent; to be asked before it is taken. */
void expect_blocks_at(const char *file, int line, u32 count, const struct clasp_sack *blocks)
{
	const struct clasp_options *told = &last_segment()->header.options;

	if (told->n_sacks != count)
		test_failed(file, line, "%u blocks sent, should be %u", told->n_sacks, count);
	for (u32 i = 0; i < count && i < told->n_sacks; i++)
		if (told->sack[i].start != THEM(blocks[i].start) ||
		    told->sack[i].end != THEM(blocks[i].end))
			test_failed(file, line, "block %u is THEM(%d) to THEM(%d), should be %u to %u",
				    i, (int)(told->sack[i].start - bench.irs),
				    (int)(told->sack[i].end - bench.irs), blocks[i].start,
				    blocks[i].end);
}

/* A deadline may be up to 1 % late, never early; @after 0: not armed. */
void expect_timer_at(const char *file, int line, u8 timer, u64 after)
{
	u64 deadline = bench.host.ep.tcb.deadline[timer];
	u64 wanted = after ? bench.now + after : 0;

	if (deadline < wanted || deadline > wanted + after / 100)
		test_failed(file, line, "%s timer stands at %lld us from now, should be %lld us",
			    clasp_timer_name(timer),
			    deadline ? ((long long)deadline - (long long)bench.now) / 1000 : -1,
			    after ? (long long)after / 1000 : -1);
}

void tcb_closed(void)
{
	expect_state(CLASP_CLOSED);
}

void tcb_listen(void)
{
	host_listen(&bench.host);
	expect_state(CLASP_LISTEN);
}

void tcb_syn_sent(void)
{
	host_connect(&bench.host, bench.now);
	expect_segment("S", US(0), 0, 0);
	expect_state(CLASP_SYN_SENT);
}

void tcb_syn_rcvd(void)
{
	tcb_listen();
	segment_in("S", THEM(0), 0, 0);
	expect_segment("SA", US(0), THEM(1), 0);
	expect_state(CLASP_SYN_RCVD);
}

void tcb_syn_rcvd_active(void)
{
	tcb_syn_sent();
	segment_in("S", THEM(0), 0, 0);
	expect_segment("SA", US(0), THEM(1), 0);
	expect_state(CLASP_SYN_RCVD);
}

/* ACKs are delayed from now on. */
static void hurry_no_more(void)
{
	bench.host.ep.tcb.hurried = CLASP_HURRIED;
}

void tcb_established(void)
{
	tcb_syn_sent();
	segment_in("SA", THEM(0), US(1), 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_state(CLASP_ESTABLISHED);
	hurry_no_more();
}

void tcb_established_sack(void)
{
	bench.config.sack = true;
	bench.config.dsack = true;
	bench.config.congestion = CLASP_CONG_NEWRENO;
	bench.syn.sack_permitted = true;
	tcb_syn_sent();
	bench.now += RTT;
	segment_in("SA", THEM(0), US(1), 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT(bench.host.ep.tcb.sack_ok);
	hurry_no_more();
}

void tcb_established_passive(void)
{
	tcb_syn_rcvd();
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	expect_nothing();
	hurry_no_more();
}

/* The ACK of a FIN may be delayed (RFC 9293, 3.8.6.3): it is waited for. */
void tcb_close_wait(void)
{
	tcb_established();
	segment_in("FA", THEM(1), US(1), 0);
	time_passes(bench.config.delack);
	expect_segment("A", US(1), THEM(2), 0);
	expect_state(CLASP_CLOSE_WAIT);
}

void tcb_fin_wait_1(void)
{
	tcb_established();
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	expect_segment("FA", US(1), THEM(1), 0);
	expect_state(CLASP_FIN_WAIT_1);
}

void tcb_fin_wait_2(void)
{
	tcb_fin_wait_1();
	segment_in("A", THEM(1), US(2), 0);
	expect_state(CLASP_FIN_WAIT_2);
	expect_nothing();
}

void tcb_closing(void)
{
	tcb_fin_wait_1();
	segment_in("FA", THEM(1), US(1), 0);
	time_passes(bench.config.delack);
	expect_segment("A", US(2), THEM(2), 0);
	expect_state(CLASP_CLOSING);
}

void tcb_last_ack(void)
{
	tcb_close_wait();
	host_close(&bench.host, CLASP_END_SOCKET, bench.now);
	expect_segment("FA", US(1), THEM(2), 0);
	expect_state(CLASP_LAST_ACK);
}

void tcb_time_wait(void)
{
	tcb_fin_wait_2();
	segment_in("FA", THEM(1), US(2), 0);
	expect_segment("A", US(2), THEM(2), 0);
	expect_state(CLASP_TIME_WAIT);
	EXPECT_EQ(bench.host.flow, FLOW_TW);
}

void ten_in_flight(u32 waiting)
{
	tcb_established();
	program_writes(10 * 1460 + waiting);
	for (u32 i = 0; i < 10; i++)
		expect_segment("A", US(1 + i * 1460), THEM(1), 1460);
	expect_nothing();
}
