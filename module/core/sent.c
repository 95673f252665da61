// SPDX-License-Identifier: GPL-2.0
/*
 * Commit: only clasp_output_sent() moves SND.NXT, starts timers and stamps segments. So a segment that output.c
 * proposed, and that could not be built or was refused below, leaves no lie behind.
 */
#include "output.h"
#include "pace.h"
#include "recovery.h"
#include "sack.h"
#include "scoreboard.h"
#include "search.h"

static bool is_keepalive(const struct clasp_tcb *tcb, const struct clasp_out *out)
{
	return tcb->keepalive && out->header.seq == tcb->snd_nxt - 1;
}

static void commit_ack(struct clasp_tcb *tcb, const struct clasp_header *header)
{
	u8 shift = header->flags & CLASP_SYN ? 0 : tcb->rcv_wscale;
	u32 window = (u32)header->wnd << shift;

	tcb->rcv_edge = seq_later(tcb->rcv_edge, tcb->rcv_nxt + window);
	if (!(header->flags & CLASP_ACK))
		return;
	tcb->ack_now = false;
	tcb->rcv_pushed = false;
	clasp_sack_told(tcb);
	tcb->rcv_acked = tcb->rcv_nxt;
	tcb->deadline[CLASP_TIMER_DELACK] = 0;
}

/*
 * Is cwnd full up to @end? What has to wait for more of it may wait until a third of it is free, where it can leave
 * together (clasp_pace_defers()).
 */
static bool fills_cwnd(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 end, u32 mss)
{
	u32 used = seq_distance(tcb->snd_una, end), cwnd = tcb->cong.cwnd;

	return used + mss > cwnd ||
	       (env->together >= 2 * mss && cwnd <= tcb->snd_wnd && seq_before(end, tcb->snd_end) &&
		used > cwnd - cwnd / 3);
}

/* New octets, up to @end: is cwnd still true, and is it full now? */
static void commit_new(struct clasp_tcb *tcb, const struct clasp_env *env, bool idle, u32 end)
{
	u32 mss = clasp_tcb_snd_mss(tcb, env);

	if (!clasp_tcb_outstanding(tcb)) {
		if (idle)
			clasp_cong_restart(&tcb->cong, mss);
		clasp_cong_resume(&tcb->cong, env->now);
	}
	if (fills_cwnd(tcb, env, end, mss))
		tcb->cong.filled = end;
}

static void commit_octets(struct clasp_tcb *tcb, const struct clasp_env *env,
			  const struct clasp_out *out, struct clasp_seg *seg, u32 len)
{
	if (out->kind == CLASP_OUT_DATA) {
		seg->seq = out->header.seq;
		seg->len = len;
		seg->marks = 0;
		tcb->pushed -= clasp_min(tcb->pushed, len);
		if (len % out->mss)
			tcb->snd_small = clasp_seg_end(seg);
		tcb->ecn.cwr &= !(out->header.flags & CLASP_CWR);
		commit_new(tcb, env, out->idle, clasp_seg_end(seg));
	}
	seg->mss = out->mss;
	if (tcb->hole.sure)
		clasp_search_sent(tcb, env, seg);
	tcb->segs_out += clasp_seg_packets(seg) - 1;
	tcb->octets_at = env->now;
	tcb->quick = false;
	clasp_scoreboard_sent(tcb, seg, env->now, out->kind == CLASP_OUT_AGAIN);
	clasp_recovery_sent(tcb, env->now, len, out->kind == CLASP_OUT_AGAIN);
	tcb->override = false;
}

static void commit_positions(struct clasp_tcb *tcb, const struct clasp_out *out, u32 len)
{
	u8 flags = out->header.flags;
	u32 end = out->header.seq + len + !!(flags & CLASP_SYN) + !!(flags & CLASP_FIN);

	if (flags & CLASP_FIN) {
		tcb->fin_sent = true;
		tcb->fin_lost = false;
	}
	tcb->snd_nxt = seq_later(tcb->snd_nxt, end);
	if (!tcb->lost)
		tcb->rtx_nxt = seq_later(tcb->rtx_nxt, end);
	tcb->rtx_head = false;
	tcb->probe = false;
	tcb->keepalive = false;
}

/* An ACK waited: what the program sends is an answer, and it will go on so. */
static void note_answer(struct clasp_tcb *tcb)
{
	if (tcb->deadline[CLASP_TIMER_DELACK])
		tcb->interactive = true;
}

/*
 * RFC 6298 leaves open whether what fast recovery sends again restarts the timer. For the first segment it does, as in
 * Linux: where a round trip is longer than RTO_MIN the timer would expire before that could be acknowledged. So it does
 * for a probe of the path that was lost.
 */
static bool repairs_first(const struct clasp_tcb *tcb, const struct clasp_out *out)
{
	return out->kind == CLASP_OUT_AGAIN && tcb->sack_ok && (tcb->recovery.recovering || tcb->hole.failed) &&
	       seq_before_eq(out->header.seq, tcb->snd_una);
}

/**
 * clasp_output_sent - the proposed segment left
 * @tcb: the block that proposed it; nothing happened to it in between
 * @env: as it was for clasp_output_next()
 * @out: the proposal, shortened by clasp_out_shorten() when less was built
 * @seg: the node that remembers the octets: new with CLASP_OUT_DATA, @out->seg with CLASP_OUT_AGAIN,
 *       NULL with CLASP_OUT_ACK
 * @len: octets of payload that left
 */
__flatten void clasp_output_sent(struct clasp_tcb *tcb, const struct clasp_env *env,
				 const struct clasp_out *out, struct clasp_seg *seg, u32 len)
{
	bool occupies = len || (out->header.flags & (CLASP_SYN | CLASP_FIN));
	bool again = seq_before(out->header.seq, tcb->snd_nxt);
	bool guarded = clasp_tcb_outstanding(tcb) && clasp_timer_guarded(tcb);

	tcb->segs_out++;
	if (is_keepalive(tcb, out)) {
		tcb->keepalive = false;
		tcb->unheard++;
		return;
	}
	if (len)
		note_answer(tcb);
	commit_ack(tcb, &out->header);
	if (!occupies)
		return;
	if (again)
		tcb->resent++;
	if (len)
		commit_octets(tcb, env, out, seg, len);
	if (out->header.flags & (CLASP_SYN | CLASP_FIN)) {
		tcb->ctl_at = env->now;
		tcb->ctl_again = again;
		tcb->ctl_laden = len;
	}
	commit_positions(tcb, out, len);
	if (env->pace)
		clasp_pace_sent(tcb, env, len);
	if (tcb->tail.due)
		clasp_tail_probed(tcb, again);
	if (!guarded || repairs_first(tcb, out))
		clasp_timer_outstanding(tcb, env);
	else if (tcb->deadline[CLASP_TIMER_TAIL])
		clasp_timer_guard(tcb, env);
}

/**
 * clasp_output_refused - the proposed segment did not leave
 * @tcb: the block that proposed it
 * @env: as it was for clasp_output_next()
 * @out: the proposal
 * @why: who said no
 *
 * The output loop ends here, with what clasp_output_ack() proposes. What waits below will call the shell
 * when it has drained; anything else is tried again when a timer comes, which counts like a loss, so that R2
 * ends it if need be.
 */
void clasp_output_refused(struct clasp_tcb *tcb, const struct clasp_env *env,
			  const struct clasp_out *out, enum clasp_refusal why)
{
	u64 *deadline = tcb->deadline;
	bool occupies = out->len || (out->header.flags & (CLASP_SYN | CLASP_FIN));

	if (is_keepalive(tcb, out)) {
		tcb->keepalive = false;
		deadline[CLASP_TIMER_KEEPALIVE] = env->now + CLASP_KEEPALIVE_AGAIN;
		return;
	}
	if (!occupies) {
		tcb->ack_now = false;
		deadline[CLASP_TIMER_DELACK] = env->now + env->config->delack;
		return;
	}
	if (why == CLASP_REFUSED_QUEUE && clasp_tcb_outstanding(tcb))
		return;
	if (deadline[CLASP_TIMER_PERSIST] || clasp_timer_guarded(tcb))
		return;
	tcb->rto_at = env->now + clasp_rto_current(tcb, env->config);
	deadline[CLASP_TIMER_RETRANSMIT] = tcb->rto_at;
}
