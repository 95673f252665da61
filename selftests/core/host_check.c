// SPDX-License-Identifier: GPL-2.0
/*
 * What must hold between any two verbs, whatever happened: checked by the native shell for every
 * one of the millions of moments that the simulator and the explorer see.
 */
#include "host_check.h"

/* A state may change by rows of the table and by nothing else. */
void host_check_walk(const struct host *host, u8 before, u8 after)
{
	u8 at = before;

	for (u32 i = 0; i < shell.walked; i++) {
		if (shell.walks[i].from != at)
			violation(host, "row %s:%s does not start where the last one ended, in %s",
				  clasp_state_name(shell.walks[i].from),
				  clasp_event_name(shell.walks[i].event), clasp_state_name(at));
		at = shell.walks[i].to;
	}
	if (at != after)
		violation(host, "state went from %s to %s without a row",
			  clasp_state_name(before), clasp_state_name(after));
	shell.walked = 0;
}

void host_check_tcb(const struct host *host)
{
	const struct clasp_tcb *tcb = &host->ep.tcb;

	if (tcb->state == CLASP_CLOSED)
		return;
	if (seq_after(tcb->snd_una, tcb->snd_nxt))
		violation(host, "SND.UNA %u is beyond SND.NXT %u", tcb->snd_una, tcb->snd_nxt);
	if (seq_after(tcb->rtx_nxt, tcb->snd_nxt))
		violation(host, "rtx_nxt %u is beyond SND.NXT %u", tcb->rtx_nxt, tcb->snd_nxt);
	if (seq_after(tcb->snd_nxt, tcb->snd_end + 1))
		violation(host, "SND.NXT %u is beyond the last octet %u and its FIN", tcb->snd_nxt,
			  tcb->snd_end);
	if (tcb->state != CLASP_SYN_SENT && seq_before(tcb->rcv_edge, tcb->rcv_nxt))
		violation(host, "RCV.NXT %u is beyond the window's edge %u", tcb->rcv_nxt,
			  tcb->rcv_edge);
}

/* What the scoreboard counts is what its nodes say, and everything that is neither here nor lost has its turn. */
static void check_scoreboard(const struct host *host)
{
	const struct clasp_tcb *tcb = &host->ep.tcb;
	const struct clasp_segs *rtx = &host->ep.rtx;
	u32 sacked = 0, lost = 0, in_flight = 0;

	for (u32 i = 0; i < rtx->count; i++) {
		const struct clasp_seg *seg = &rtx->node[i];
		u32 live = seg->len - clasp_seg_covered(seg, tcb->snd_una);
		bool out = seg->marks & (CLASP_SEG_SACKED | CLASP_SEG_LOST);

		sacked += seg->marks & CLASP_SEG_SACKED ? live : 0;
		lost += seg->marks & CLASP_SEG_LOST ? live : 0;
		in_flight += !!rtx->turn[i];
		if (out == !!rtx->turn[i])
			violation(host, "node %u with marks %x has turn %u", i, seg->marks,
				  rtx->turn[i]);
		if ((seg->marks & CLASP_SEG_LOST) && live &&
		    seq_before_eq(clasp_seg_end(seg), tcb->lost_from))
			violation(host, "what is lost at %u will not be found from %u on", seg->seq,
				  tcb->lost_from);
	}
	if (sacked != tcb->sacked || lost != tcb->lost || in_flight != rtx->in_flight)
		violation(host, "%u octets SACKed and %u lost, counted are %u and %u", sacked, lost,
			  tcb->sacked, tcb->lost);
	if (tcb->sacked + tcb->lost > clasp_tcb_outstanding(tcb))
		violation(host, "%u octets in flight of %u", clasp_tcb_pipe(tcb),
			  clasp_tcb_outstanding(tcb));
}

/* The queue of what was sent holds exactly the octets from at most SND.UNA to SND.NXT. */
void host_check_rtx(const struct host *host)
{
	const struct clasp_tcb *tcb = &host->ep.tcb;
	const struct clasp_segs *rtx = &host->ep.rtx;
	u32 end = seq_earlier(tcb->snd_nxt, tcb->snd_end), at = host->snd_base;

	if (tcb->state == CLASP_CLOSED || tcb->state == CLASP_SYN_SENT ||
	    tcb->state == CLASP_SYN_RCVD || tcb->error)
		return;
	for (u32 i = 0; i < rtx->count; i++) {
		if (!rtx->node[i].len)
			violation(host, "node %u of the queue of sent segments is empty", i);
		if (rtx->node[i].seq != at)
			violation(host, "node %u starts at %u, not at %u", i, rtx->node[i].seq, at);
		at = clasp_seg_end(&rtx->node[i]);
	}
	if (at != end && seq_before(host->snd_base, end))
		violation(host, "sent octets up to %u, remembered up to %u", end, at);
	check_scoreboard(host);
}

/* RFC 2018, 4: whatever a block tells of waits. */
static void check_block(const struct host *host, const struct clasp_sack *block)
{
	const struct clasp_segs *ooo = &host->ep.ooo;
	u32 at = block->start;

	for (u32 i = 0; i < ooo->count; i++)
		if (seq_before_eq(ooo->node[i].seq, at))
			at = seq_later(at, clasp_seg_end(&ooo->node[i]));
	at += host->ep.tcb.fin_known && at == host->ep.tcb.rcv_fin;
	if (seq_before(at, block->end))
		violation(host, "octets %u to %u are told of, and those from %u on do not wait",
			  block->start, block->end, at);
}

void host_check_received(const struct host *host)
{
	const struct clasp_tcb *tcb = &host->ep.tcb;
	u32 next = tcb->rcv_nxt - tcb->eof;

	if (tcb->state == CLASP_CLOSED || tcb->state == CLASP_SYN_SENT)
		return;
	if (next != host->rcv_next)
		violation(host, "RCV.NXT says %u, delivered up to %u", next, host->rcv_next);
	for (u32 i = 0; i < CLASP_SACKS && !tcb->error; i++)
		check_block(host, &tcb->sacks.recent[i]);
}

static bool all_full(const struct host *host, u32 mss)
{
	const struct clasp_segs *rtx = &host->ep.rtx;

	for (u32 i = 0; i < rtx->count; i++) {
		const struct clasp_seg *seg = &rtx->node[i];

		if (seq_after(clasp_seg_end(seg), host->ep.tcb.snd_una) && (seg->len < mss || seg->len % seg->mss))
			return false;
	}
	return true;
}

/*
 * Nothing more leaves now: a small segment waits for what is small under way (Minshall), or for its turn. Where full
 * segments became smaller, nothing here tells what was small when it left.
 */
void host_check_rest(struct host *host, const struct clasp_env *env)
{
	const struct clasp_tcb *tcb = &host->ep.tcb;
	u32 mss = clasp_tcb_snd_mss(tcb, env), unsent = clasp_tcb_unsent(tcb);
	bool repairs = tcb->lost || tcb->recovery.lossy || tcb->rtx_head ||
		       (!tcb->sack_ok && tcb->rtx_nxt != tcb->snd_nxt);
	bool early = env->pace && tcb->pace_at > env->now;

	host->full_most = clasp_max(host->full_most, mss);
	if (!clasp_state_can_send(tcb->state) || env->more || env->choice->cork || repairs || early || !unsent ||
	    unsent >= mss || mss < host->full_most || !all_full(host, mss))
		return;
	if (clasp_tcb_outstanding(tcb) + unsent <= tcb->snd_wnd && clasp_tcb_pipe(tcb) + unsent <= tcb->cong.cwnd)
		violation(host, "%u octets wait for an ACK of full segments", unsent);
}
