// SPDX-License-Identifier: GPL-2.0
/*
 * A block's canonical form: two blocks that will behave alike from now on compare equal, whatever
 * their initial sequence numbers and whenever they live. For tests that compare or hash states; not
 * part of the module.
 */
#include "tcb.h"

static u64 age(u64 since, u64 now)
{
	return since ? now - since + 1 : 0;
}

static void rebase_send(struct clasp_tcb *tcb)
{
	u32 iss = tcb->iss;

	tcb->snd_una -= iss;
	tcb->snd_nxt -= iss;
	tcb->rtx_nxt -= iss;
	tcb->snd_end -= iss;
	tcb->snd_push -= iss;
	tcb->snd_wl2 -= iss;
	tcb->snd_small -= iss;
	if (!seq_within(tcb->snd_small, tcb->snd_una + 1, tcb->snd_nxt + 1))
		tcb->snd_small = 0;
	tcb->cong.filled -= iss;
	tcb->cong.hystart.end -= iss;
	tcb->recovery.recover = tcb->recovery.lossy || tcb->ecn.reducing ? tcb->recovery.recover - iss : 0;
	tcb->rack.end = tcb->rack.sent_at ? tcb->rack.end - iss : 0;
	tcb->rack.fack -= iss;
	tcb->rack.widened_at = tcb->rack.widened ? tcb->rack.widened_at - iss : 0;
	tcb->tail.end = tcb->tail.sent || tcb->tail.again ? tcb->tail.end - iss : 0;
	tcb->hole.start = tcb->hole.len ? tcb->hole.start - iss : 0;
	tcb->undo.start = tcb->undo.possible ? tcb->undo.start - iss : 0;
	tcb->undo.end = tcb->undo.possible ? tcb->undo.end - iss : 0;
	tcb->undo.stamp = tcb->undo.octets ? tcb->undo.stamp - tcb->ts_offset : 0;
	if (tcb->sack_ok && !tcb->lost)
		tcb->lost_from = tcb->snd_nxt;
	tcb->iss = 0;
}

static void rebase_block(struct clasp_sack *block, u32 irs)
{
	bool empty = block->start == block->end;

	block->start = empty ? 0 : block->start - irs;
	block->end = empty ? 0 : block->end - irs;
}

static void rebase_receive(struct clasp_tcb *tcb)
{
	u32 irs = tcb->irs;

	tcb->rcv_nxt -= irs;
	tcb->rcv_edge -= irs;
	tcb->rcv_acked -= irs;
	tcb->snd_wl1 -= irs;
	tcb->rcv_fin = tcb->fin_known ? tcb->rcv_fin - irs : 0;
	for (u32 i = 0; i < CLASP_SACKS; i++)
		rebase_block(&tcb->sacks.recent[i], irs);
	rebase_block(&tcb->sacks.twice, irs);
	tcb->irs = 0;
}

/* What was counted tells the past, and nothing that is to come. */
static void forget_counts(struct clasp_tcb *tcb)
{
	tcb->acked = 0;
	tcb->received = 0;
	tcb->segs_in = 0;
	tcb->segs_out = 0;
	tcb->resent = 0;
	tcb->ctl_laden = tcb->fin_sent && !clasp_tcb_fin_acked(tcb) && tcb->ctl_laden;
}

/* The retransmission timer waits behind another. */
static bool stood_for(const struct clasp_tcb *tcb)
{
	return tcb->deadline[CLASP_TIMER_REORDER] || tcb->deadline[CLASP_TIMER_TAIL];
}

/**
 * clasp_tcb_canon - bring a copy of a block into canonical form
 * @tcb: the copy; not usable as a connection afterwards
 * @now: ns; deadlines become time left, stamps become ages
 */
void clasp_tcb_canon(struct clasp_tcb *tcb, u64 now)
{
	rebase_send(tcb);
	rebase_receive(tcb);
	forget_counts(tcb);
	for (u32 i = 0; i < CLASP_TIMERS; i++)
		if (tcb->deadline[i])
			tcb->deadline[i] = clasp_max64(tcb->deadline[i], now + 1) - now;
	tcb->challenged_at = age(tcb->challenged_at, now);
	tcb->octets_at = age(tcb->octets_at, now);
	tcb->pace_at = clasp_max64(tcb->pace_at, now) - now;
	tcb->heard_at = age(tcb->heard_at, now);
	tcb->ts_recent_at = age(tcb->ts_recent_at, now);
	tcb->rto_at = stood_for(tcb) ? age(tcb->rto_at, now) : 0;
	tcb->rack.sent_at = age(tcb->rack.sent_at, now);
	tcb->rack.min_at = age(tcb->rack.min_at, now);
	tcb->space.since = age(tcb->space.since, now);
	tcb->hole.at = clasp_max64(tcb->hole.at, now) - now;
	tcb->cong.since = age(tcb->cong.since, now);
	tcb->cong.prior.since = age(tcb->cong.prior.since, now);
	tcb->stalled_at = tcb->retries || tcb->probes ? age(tcb->stalled_at, now) : 0;
	tcb->ctl_at = age(tcb->ctl_at, now);
}
