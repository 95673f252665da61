// SPDX-License-Identifier: GPL-2.0
/*
 * The matrix played on core/: `matrix TABLE`. Every cell is played for several pairs of initial
 * sequence numbers, in a host of its own. A state after the peer's FIN is given one octet of buffer
 * more, so that the window is the same everywhere.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "matrix.h"

static const u32 numbers[][2] = {
	{ 1000, 5000 },
	{ 0xfffffffe, 0xffffffff },
	{ 0x7fffffff, 0xffffd8f0 },
};

#define PLAYS ARRAY_SIZE(numbers)

/* The constructors of bench.c play the same peer. */
_Static_assert(PEER_WINDOW == MATRIX_PEER_WINDOW && PEER_MSS == MATRIX_PEER_MSS, "one peer");

/**
 * struct moment - what else stood before the segment arrived
 * @two_msl: ns when TIME_WAIT began
 * @unread: octets that the program could have read
 */
struct moment {
	u64 two_msl;
	u32 unread;
	bool eof;
	u8 flow;
};

static struct moment moment;

static void complain(const char *format, va_list args)
{
	char text[256];

	vsnprintf(text, sizeof(text), format, args);
	matrix_wrong("%s", text);
}

void violation(const struct host *host, const char *format, ...)
{
	va_list args;

	(void)host;
	va_start(args, format);
	complain(format, args);
	va_end(args);
}

void test_failed(const char *file, int line, const char *format, ...)
{
	va_list args;

	(void)file;
	(void)line;
	va_start(args, format);
	complain(format, args);
	va_end(args);
}

static void last_ack(void)
{
	tcb_close_wait();
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	expect_segment("FA", US(1), THEM(2), 0);
	expect_state(CLASP_LAST_ACK);
}

/* Somebody listens, and the clock has moved since TIME_WAIT began. */
static void time_wait(void)
{
	tcb_time_wait();
	host_listen(&bench.host);
	time_passes(CLASP_SEC);
}

/* The full block that an embryo turns into, given what the embryo would have been given. */
static void syn_rcvd_full(void)
{
	struct host *host = &bench.host;

	tcb_syn_rcvd();
	clasp_tcb_from_embryo(&host->ep.tcb, &host->embryo);
	host->flow = FLOW_CONNECTION;
	host->snd_base = US(1);
	host->rcv_base = THEM(1);
	host->rcv_next = THEM(1);
}

static const struct entry {
	const char *name;
	void (*enter)(void);
	u32 rcv_buf;
} entries[] = {
	{ "CLOSED", tcb_closed, MATRIX_WINDOW },
	{ "LISTEN", tcb_listen, MATRIX_WINDOW },
	{ "SYN_SENT", tcb_syn_sent, MATRIX_WINDOW },
	{ "SYN_RCVD", tcb_syn_rcvd, MATRIX_WINDOW },
	{ "SYN_RCVD/full", syn_rcvd_full, MATRIX_WINDOW },
	{ "SYN_RCVD/active", tcb_syn_rcvd_active, MATRIX_WINDOW },
	{ "ESTABLISHED", tcb_established, MATRIX_WINDOW },
	{ "FIN_WAIT_1", tcb_fin_wait_1, MATRIX_WINDOW },
	{ "FIN_WAIT_2", tcb_fin_wait_2, MATRIX_WINDOW },
	{ "CLOSE_WAIT", tcb_close_wait, MATRIX_WINDOW + 1 },
	{ "CLOSING", tcb_closing, MATRIX_WINDOW + 1 },
	{ "LAST_ACK", last_ack, MATRIX_WINDOW + 1 },
	{ "TIME_WAIT", time_wait, MATRIX_WINDOW + 1 },
	{ "ESTABLISHED/stamped", tcb_established, MATRIX_WINDOW },
	{ "TIME_WAIT/stamped", time_wait, MATRIX_WINDOW + 1 },
};

static void before_connection(const struct clasp_tcb *tcb, struct before *before)
{
	before->snd_una = tcb->snd_una;
	before->snd_nxt = tcb->snd_nxt;
	before->rcv_nxt = tcb->state == CLASP_SYN_SENT ? THEM(0) : tcb->rcv_nxt;
	before->rcv_wnd = tcb->rcv_edge - (tcb->state == CLASP_SYN_SENT ? 0 : tcb->rcv_nxt);
}

static void look(struct before *before)
{
	const struct host *host = &bench.host;

	*before = (struct before){
		.iss = bench.iss, .irs = bench.irs, .snd_una = MATRIX_NOBODY,
		.snd_nxt = MATRIX_NOBODY, .rcv_nxt = THEM(0), .rcv_wnd = MATRIX_WINDOW,
	};
	if (host->flow == FLOW_EMBRYO) {
		before->snd_una = host->embryo.iss;
		before->snd_nxt = host->embryo.iss + 1;
		before->rcv_nxt = host->embryo.irs + 1;
		before->rcv_wnd = host->embryo.rcv_wnd;
	} else if (host->flow == FLOW_CONNECTION) {
		before_connection(&host->ep.tcb, before);
	} else if (host->flow == FLOW_TW) {
		before->snd_una = host->tw.snd_nxt;
		before->snd_nxt = host->tw.snd_nxt;
		before->rcv_nxt = host->tw.rcv_nxt;
		before->rcv_wnd = host->tw.rcv_wnd;
	}
	moment = (struct moment){
		.two_msl = host->tw.started_at, .unread = host_unread(host), .eof = host->eof,
		.flow = host->flow,
	};
}

static void stamp_all(void)
{
	bench.config.timestamps = 1;
	bench.syn.timestamps = true;
	bench.syn.ts_val = MATRIX_TS;
	bench.any = bench.syn;
}

bool matrix_enter(const char *state, u32 play, struct before *before)
{
	bench_reset(numbers[play][0], numbers[play][1]);
	for (u32 i = 0; i < ARRAY_SIZE(entries); i++) {
		if (strcmp(entries[i].name, state))
			continue;
		bench.host.rcv_buf = entries[i].rcv_buf;
		if (matrix_stamped(state))
			stamp_all();
		entries[i].enter();
		look(before);
		return true;
	}
	return false;
}

/* As octets: neither an urgent pointer nor a bad option can be built. */
static void hand_over(const struct arrival *arrival)
{
	u8 octets[CLASP_HEADER_MAX + SEGMENT_MAX] = { 0 };
	u32 len = clasp_wire_build(octets, &arrival->header, 1, 2);

	octets[19] = arrival->urgent;
	if (arrival->bad_option) {
		octets[len] = MATRIX_BAD_OPTION;
		octets[12] += MATRIX_BAD_OPTION_OCTETS << 2;
		len += MATRIX_BAD_OPTION_OCTETS;
	}
	host_octets(&bench.host, octets, len + arrival->len, bench.now);
}

static const char *state_now(void)
{
	u8 state = host_state(&bench.host);

	if (state == CLASP_SYN_RCVD && bench.host.flow == FLOW_CONNECTION)
		return bench.host.ep.tcb.passive ? "SYN_RCVD/full" : "SYN_RCVD/active";
	return clasp_state_name(state);
}

static const char *tw_timers(void)
{
	bool restarted = moment.flow == FLOW_TW && bench.host.tw.started_at != moment.two_msl;

	return restarted ? "2msl-restarted" : "2msl";
}

static const char *timers_now(void)
{
	const struct host *host = &bench.host;
	static char text[MATRIX_TEXT];
	int length = 0;

	if (host->flow == FLOW_TW)
		return tw_timers();
	if (host->flow == FLOW_EMBRYO)
		return host->embryo.deadline ? "retransmit" : "none";
	for (u8 i = 0; host->flow == FLOW_CONNECTION && i < CLASP_TIMERS; i++)
		if (host->ep.tcb.deadline[i])
			length += sprintf(text + length, "%s%s", length ? "+" : "",
					  clasp_timer_name(i));
	return length ? text : "none";
}

static const char *error_now(void)
{
	static const char *const names[] = {
		[CLASP_OK] = "-", [CLASP_REFUSED] = "ECONNREFUSED", [CLASP_RESET] = "ECONNRESET",
		[CLASP_BROKEN] = "EPIPE", [CLASP_TIMED_OUT] = "ETIMEDOUT",
	};

	if (!bench.host.error && bench.host.eof && !moment.eof)
		return "eof";
	return names[bench.host.error];
}

/* Where TIME_WAIT gave way the number is the host's to choose: host.c checks it. */
void matrix_arrive(const struct before *before, const struct arrival *arrival,
		   struct outcome *outcome)
{
	const struct host *host = &bench.host;

	(void)before;
	hand_over(arrival);
	*outcome = (struct outcome){
		.replies = bench.sent_count, .reply = bench.sent[0].header,
		.new_iss = moment.flow == FLOW_TW ? host->embryo.iss : bench.iss,
		.state = state_now(), .delivered = host_unread(host) - moment.unread,
		.timers = timers_now(), .error = error_now(),
	};
	for (u32 i = 0; i < host->ep.ooo.count; i++)
		outcome->kept += host->ep.ooo.node[i].len;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: matrix TABLE\n");
		return 2;
	}
	return matrix_run(argv[1], NULL, PLAYS);
}
