// SPDX-License-Identifier: GPL-2.0
/*
 * How the matrix gets into each of the eleven states, and what it can see there, in the table's
 * words. A state after the peer's FIN is given one octet of buffer more, so that the window is the
 * same everywhere.
 */
#include <stdio.h>
#include <string.h>

#include "matrix.h"

#define NOBODY 5000		/* SEG.ACK where there is no SND.NXT */

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
};

bool matrix_enter(const char *state)
{
	for (u32 i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		if (strcmp(entries[i].name, state))
			continue;
		bench.host.rcv_buf = entries[i].rcv_buf;
		entries[i].enter();
		return true;
	}
	return false;
}

static void before_connection(const struct clasp_tcb *tcb, struct before *before)
{
	before->snd_una = tcb->snd_una;
	before->snd_nxt = tcb->snd_nxt;
	before->rcv_nxt = tcb->state == CLASP_SYN_SENT ? THEM(0) : tcb->rcv_nxt;
	before->rcv_wnd = tcb->rcv_edge - (tcb->state == CLASP_SYN_SENT ? 0 : tcb->rcv_nxt);
}

void matrix_before(struct before *before)
{
	const struct host *host = &bench.host;

	*before = (struct before){
		.snd_una = NOBODY, .snd_nxt = NOBODY, .rcv_nxt = THEM(0), .rcv_wnd = MATRIX_WINDOW,
		.unread = host_unread(host), .eof = host->eof, .flow = host->flow,
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
		before->two_msl = host->tw.started_at;
	}
}

const char *matrix_state(void)
{
	u8 state = host_state(&bench.host);

	if (state == CLASP_SYN_RCVD && bench.host.flow == FLOW_CONNECTION)
		return bench.host.ep.tcb.passive ? "SYN_RCVD/full" : "SYN_RCVD/active";
	return clasp_state_name(state);
}

static const char *tw_timers(const struct before *before)
{
	bool restarted = before->flow == FLOW_TW && bench.host.tw.started_at != before->two_msl;

	return restarted ? "2msl-restarted" : "2msl";
}

const char *matrix_timers(const struct before *before, char *text)
{
	const struct host *host = &bench.host;
	int length = 0;

	text[0] = '\0';
	if (host->flow == FLOW_TW)
		return tw_timers(before);
	if (host->flow == FLOW_EMBRYO)
		return host->embryo.deadline ? "retransmit" : "none";
	for (u8 i = 0; host->flow == FLOW_CONNECTION && i < CLASP_TIMERS; i++)
		if (host->ep.tcb.deadline[i])
			length += sprintf(text + length, "%s%s", length ? "+" : "",
					  clasp_timer_name(i));
	return length ? text : "none";
}

const char *matrix_error(const struct before *before)
{
	static const char *const names[] = {
		[CLASP_OK] = "-", [CLASP_REFUSED] = "ECONNREFUSED", [CLASP_RESET] = "ECONNRESET",
		[CLASP_BROKEN] = "EPIPE", [CLASP_TIMED_OUT] = "ETIMEDOUT",
	};

	if (!bench.host.error && bench.host.eof && !before->eof)
		return "eof";
	return names[bench.host.error];
}
