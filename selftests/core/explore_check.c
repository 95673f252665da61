// SPDX-License-Identifier: GPL-2.0
/*
 * What must hold over a step, whichever it was, and in every moment. What one end alone must keep to
 * is checked by its shell (host_check.c); here are the promises that two ends make to each other.
 */
#include "explore_check.h"

/* What one end knew before the step. */
struct past {
	u8 flow;
	struct clasp_tcb tcb;
	u32 waiting;
};

static struct past past[2];
static struct step taken;
static struct segment arrived;

static bool arrives(void)
{
	return taken.kind == STEP_DELIVER || taken.kind == STEP_DUPLICATE;
}

static struct past past_of(const struct host *host)
{
	return (struct past){ host->flow, host->ep.tcb, host->ep.ooo.count };
}

/* A step is about to be taken. */
void check_before(struct step step)
{
	taken = step;
	for (u8 i = 0; i < 2; i++)
		past[i] = past_of(&now.host[i]);
	if (arrives())
		arrived = now.to[step.at].segment[step.arg];
}

/* Its FIN was acknowledged, or it has entered TIME_WAIT: it owes nobody an answer. */
static bool ended_in_order(u8 at)
{
	const struct clasp_tcb *tcb = &now.host[at].ep.tcb;

	return past[at].flow == FLOW_CONNECTION && arrives() && !tcb->error &&
	       (past[at].tcb.state == CLASP_LAST_ACK || tcb->state == CLASP_TIME_WAIT);
}

/* Only who gave a connection up may answer its segments with an RST (RFC 9293, 3.5.2 and 3.6.1). */
static void check_reset(u8 at)
{
	const struct host *host = &now.host[at];
	u8 error = host->ep.tcb.error;

	if (past[at].flow == FLOW_NONE || host->flow != FLOW_NONE)
		return;
	if (!ended_in_order(at))
		now.program[at].gave_up = true;
	if (past[at].flow == FLOW_CONNECTION && clasp_state_synchronized(past[at].tcb.state) &&
	    (error == CLASP_RESET || error == CLASP_BROKEN) && !now.program[!at].gave_up)
		violation(host, "was reset in %s, though neither end gave up",
			  clasp_state_name(past[at].tcb.state));
}

/* Is it established with the peer as it is now, or with one that was? (RFC 9293, 3.5, figure 9) */
static void check_incarnation(u8 at)
{
	const struct host *host = &now.host[at], *peer = &now.host[!at];
	u32 irs = host->flow == FLOW_EMBRYO ? host->embryo.irs : host->ep.tcb.irs;

	if ((host->flow == FLOW_CONNECTION || host->flow == FLOW_EMBRYO) &&
	    clasp_state_synchronized(host_state(host)) && peer->flow == FLOW_CONNECTION &&
	    peer->ep.tcb.iss != irs)
		violation(host, "is established with an old number, which the peer does not use");
}

/* Did it take anything of what arrived? An answer may have left, and what waited with it. */
static bool changed(const struct past *past, const struct host *host)
{
	const struct clasp_tcb *was = &past->tcb, *is = &host->ep.tcb;

	return host->flow != past->flow || was->state != is->state ||
	       was->rcv_nxt != is->rcv_nxt || was->snd_una != is->snd_una ||
	       was->snd_wnd != is->snd_wnd || was->fin_known != is->fin_known ||
	       past->waiting != host->ep.ooo.count;
}

/* Numbers only grow from one incarnation to the next, so what lies before the SYN is old. */
static void check_arrival(u8 at)
{
	const struct clasp_tcb *was = &past[at].tcb;
	const struct clasp_header *header = &arrived.header;
	const struct host *host = &now.host[at];
	bool in_sync = clasp_state_synchronized(was->state);

	if (past[at].flow != FLOW_CONNECTION || !(in_sync || was->state == CLASP_SYN_SENT))
		return;
	if (in_sync && seq_before(header->seq, was->irs) && changed(&past[at], host))
		violation(host, "a segment of an old incarnation is accepted");
	if ((header->flags & CLASP_ACK) && seq_after(header->ack, was->snd_nxt) && changed(&past[at], host))
		violation(host, "an ACK of what was never sent is accepted");
	if (!in_sync && (header->flags & CLASP_ACK) && header->ack != was->snd_nxt && changed(&past[at], host))
		violation(host, "an ACK of an old SYN is accepted");
}

/* Who hears that its FIN arrived may rely on the peer's program having heard of it. */
static void check_fin(u8 at)
{
	const struct clasp_tcb *tcb = &now.host[at].ep.tcb, *peer = &now.host[!at].ep.tcb;

	if (past[at].flow == FLOW_CONNECTION && clasp_tcb_fin_acked(tcb) &&
	    !clasp_tcb_fin_acked(&past[at].tcb) && peer->irs == tcb->iss && !peer->eof)
		violation(&now.host[at], "its FIN is acknowledged, but was not delivered");
}

/* A program that still holds its socket hears of the end, one way or the other. */
static void check_told(u8 at)
{
	const struct program *program = &now.program[at];
	const struct host *host = &now.host[at];

	if (program->running && !program->closed && !host->eof && !host->error &&
	    (host->flow == FLOW_NONE || host->flow == FLOW_TW))
		violation(host, "it is over, and the program was told neither FIN nor error");
}

static void check_edge(u8 at)
{
	const struct clasp_tcb *was = &past[at].tcb, *tcb = &now.host[at].ep.tcb;

	if (was->state != CLASP_CLOSED && was->state != CLASP_SYN_SENT && tcb->irs == was->irs &&
	    tcb->iss == was->iss && seq_before(tcb->rcv_edge, was->rcv_edge))
		violation(&now.host[at], "the window's edge moves left");
}

/* The step was taken. */
void check_after(void)
{
	for (u8 at = 0; at < 2; at++) {
		check_edge(at);
		check_reset(at);
		check_incarnation(at);
		check_fin(at);
		check_told(at);
	}
	if (arrives())
		check_arrival(taken.at);
}

/* The same for what is no full block. */
static bool small_changed(struct host *host, const struct host *was)
{
	host->embryo.challenged_at = was->embryo.challenged_at;
	host->tw.challenged_at = was->tw.challenged_at;
	return __builtin_memcmp(&host->embryo, &was->embryo, sizeof(was->embryo)) ||
	       __builtin_memcmp(&host->tw, &was->tw, sizeof(was->tw));
}

/*
 * Somebody sends, in the right place of the stream, an octet and a FIN with an ACK of what was never
 * sent. `now` is lost, and nothing is sent by it.
 */
void check_forged(const struct moment *moment, u8 at)
{
	const struct host *was = &moment->host[at];
	struct segment forged = { .header = { .wnd = 1, .flags = CLASP_ACK | CLASP_FIN }, .len = 1 };
	struct host *host = &now.host[at];
	struct past before = past_of(was);

	if (was->flow == FLOW_NONE)
		return;
	if (was->flow == FLOW_EMBRYO) {
		forged.header.seq = was->embryo.irs + 1;
		forged.header.ack = was->embryo.iss + 2;
	} else {
		forged.header.seq = was->ep.tcb.rcv_nxt;
		forged.header.ack = was->ep.tcb.snd_nxt + 1;
	}
	now = *moment;
	wire_cut = true;
	host_segment(host, &forged, NOW);
	wire_cut = false;
	if (changed(&before, host) || small_changed(host, was))
		violation(was, "an ACK of what was never sent is believed");
}
