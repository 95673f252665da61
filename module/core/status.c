// SPDX-License-Identifier: GPL-2.0
/*
 * The block as a program sees it: octets of windows become segments, times become microseconds.
 */
#include "status.h"
#include "rto.h"
#include "shell.h"

/* As in Linux a segment that was lost counts so until it has arrived, and beside it when it was sent again. */
static void count_segment(const struct clasp_seg *seg, struct clasp_status *status)
{
	bool again = seg->marks & CLASP_SEG_RETRANSMITTED;
	u32 packets = clasp_seg_packets(seg);

	status->unacked += packets;
	if (seg->marks & CLASP_SEG_SACKED) {
		status->sacked += packets;
		return;
	}
	if (again || (seg->marks & CLASP_SEG_LOST))
		status->lost += packets;
	if (again && !(seg->marks & CLASP_SEG_LOST))
		status->again += packets;
}

/* A SYN or FIN that left without octets is a segment too. */
static void count_segments(struct clasp_tcb *tcb, struct clasp_status *status)
{
	struct clasp_segs *segs = clasp_rtx(tcb);
	struct clasp_seg *seg;

	if (tcb->state == CLASP_CLOSED)
		return;
	if (clasp_tcb_syn_pending(tcb)) {
		status->unacked = tcb->snd_nxt != tcb->iss;
		return;
	}
	for (seg = clasp_segs_first(segs); seg; seg = clasp_segs_next(segs, seg))
		count_segment(seg, status);
	status->unacked += tcb->fin_sent && !clasp_tcb_fin_acked(tcb) && !tcb->ctl_laden;
}

static u32 ssthresh(const struct clasp_cong *cong, u32 mss)
{
	if (!cong->ssthresh || cong->ssthresh == CLASP_CWND_MAX)
		return CLASP_STATUS_NO_SSTHRESH;
	return cong->ssthresh / mss;
}

/* What there is before the peer's SYN has come is an offer, also of a call that was refused. */
static void options(const struct clasp_tcb *tcb, struct clasp_status *status)
{
	if (tcb->rcv_nxt == tcb->irs)
		return;
	status->snd_wscale = tcb->snd_wscale;
	status->rcv_wscale = tcb->rcv_wscale;
	status->wscale_ok = tcb->wscale_ok;
	status->ts_ok = tcb->ts_ok;
	status->sack_ok = tcb->sack_ok;
	status->ecn_ok = tcb->ecn.ok;
	status->ecn_seen = tcb->ecn.seen;
}

/**
 * clasp_status_get - STATUS
 * @tcb: any state; not changed
 * @env: config and mss
 * @status: filled in
 */
void clasp_status_get(struct clasp_tcb *tcb, const struct clasp_env *env,
		      struct clasp_status *status)
{
	u32 mss = clasp_tcb_snd_mss(tcb, env);

	memset(status, 0, sizeof(*status));
	status->acked = tcb->acked;
	status->received = tcb->received;
	status->segs_in = tcb->segs_in;
	status->segs_out = tcb->segs_out;
	status->resent = tcb->resent;
	status->rto_us = clasp_div64(clasp_rto_current(tcb, env->config), CLASP_USEC);
	status->ato_us = clasp_div64(env->config->delack, CLASP_USEC);
	status->srtt_us = tcb->srtt_us;
	status->rttvar_us = tcb->rttvar_us;
	status->snd_mss = mss;
	status->rcv_mss = tcb->rcv_mss;
	count_segments(tcb, status);
	status->min_rtt_us = tcb->rack.min_rtt_us;
	status->reordered = tcb->rack.reordered;
	status->cwnd = tcb->cong.cwnd / mss;
	status->ssthresh = ssthresh(&tcb->cong, mss);
	status->notsent = clasp_tcb_unsent(tcb);
	status->snd_wnd = tcb->snd_wnd;
	status->retries = tcb->retries;
	status->probes = clasp_max(tcb->probes, tcb->unheard);
	status->backoff = tcb->backoff;
	options(tcb, status);
}
