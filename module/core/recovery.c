// SPDX-License-Identifier: GPL-2.0
/*
 * Fast retransmit and NewReno's fast recovery: an episode begins with the loss that three duplicates tell,
 * or a timeout, and ends when all is acknowledged that had been sent until then. While fast recovery is under
 * way it moves cwnd itself; outside of it congestion control does.
 */
#include "recovery.h"

#define DUPLICATES 3			/* RFC 5681, 3.2 */

static struct clasp_cong_event moment(const struct clasp_tcb *tcb, const struct clasp_env *env,
				      u32 acked)
{
	return (struct clasp_cong_event){
		.now = env->now,
		.mss = clasp_tcb_snd_mss(tcb, env),
		.acked = acked,
		.flight = clasp_tcb_outstanding(tcb),
		.srtt_us = tcb->srtt_us,
	};
}

/*
 * RFC 3465, 2.3: L is 2; after a timeout it is 1 until the loss is repaired, and what is sent again needs no
 * program to fill cwnd.
 */
static void grow(struct clasp_tcb *tcb, struct clasp_cong_event *event)
{
	u32 una = tcb->snd_una - event->acked;

	event->burst = tcb->recovery.lossy ? event->mss : 2 * event->mss;
	event->limited = tcb->recovery.lossy || seq_before(una, tcb->cong.filled);
	clasp_cong_acked(&tcb->cong, event);
}

/* RFC 6582, 3.2 step 3: all that was lost has arrived. */
static void full_ack(struct clasp_tcb *tcb, u32 mss)
{
	u32 flight = clasp_tcb_outstanding(tcb);

	tcb->recovery.recovering = false;
	tcb->cong.cwnd = clasp_min(tcb->cong.ssthresh, clasp_max(flight, mss) + mss);
}

/* Likewise: the next hole is to be filled; what has left the network makes room. */
static void partial_ack(struct clasp_tcb *tcb, u32 acked, u32 mss)
{
	struct clasp_cong *cong = &tcb->cong;

	tcb->rtx_head = true;
	cong->cwnd = clasp_max(cong->cwnd - clasp_min(acked, cong->cwnd), mss);
	if (acked >= mss)
		clasp_cong_grow(cong, mss);
}

/**
 * clasp_recovery_acked - new octets were acknowledged
 * @tcb: a synchronized connection; SND.UNA is the new one
 * @env: mss and now
 * @acked: octets
 */
void clasp_recovery_acked(struct clasp_tcb *tcb, const struct clasp_env *env, u32 acked)
{
	struct clasp_recovery *recovery = &tcb->recovery;
	struct clasp_cong_event event = moment(tcb, env, acked);
	u32 *filled = &tcb->cong.filled;
	bool repaired = recovery->lossy && seq_after_eq(tcb->snd_una, recovery->recover);

	if (repaired)
		recovery->lossy = false;
	if (recovery->recovering && !repaired) {
		partial_ack(tcb, acked, event.mss);
		return;
	}
	recovery->dup_acks = 0;
	if (recovery->recovering)
		full_ack(tcb, event.mss);
	else
		grow(tcb, &event);
	*filled = seq_later(*filled, tcb->snd_una);
}

static void begin(struct clasp_tcb *tcb, bool fast)
{
	tcb->recovery.recover = tcb->snd_nxt;
	tcb->recovery.recovering = fast;
	tcb->recovery.lossy = true;
	tcb->rtx_head = fast;
}

/**
 * clasp_recovery_duplicate - a duplicate ACK came (RFC 5681, section 2)
 * @tcb: a synchronized connection; the third has its first segment sent again
 * @env: mss and now
 */
void clasp_recovery_duplicate(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	struct clasp_recovery *recovery = &tcb->recovery;
	struct clasp_cong_event event = moment(tcb, env, 0);

	if (recovery->recovering) {
		clasp_cong_grow(&tcb->cong, event.mss);
		return;
	}
	if (recovery->dup_acks < DUPLICATES)
		recovery->dup_acks++;
	/* RFC 6582, 3.2 step 2: duplicates of an episode that a timeout already repairs say nothing. */
	if (recovery->dup_acks < DUPLICATES || recovery->lossy)
		return;

	clasp_cong_reduce(&tcb->cong, &event);
	tcb->cong.cwnd = tcb->cong.ssthresh + DUPLICATES * event.mss;
	begin(tcb, true);
}

/**
 * clasp_recovery_timeout - the retransmission timer expired (RFC 5681, 3.1)
 * @tcb: a synchronized connection with octets outstanding
 * @env: mss and now
 * @first: not a repeated timeout of the same octets
 */
void clasp_recovery_timeout(struct clasp_tcb *tcb, const struct clasp_env *env, bool first)
{
	struct clasp_cong_event event = moment(tcb, env, 0);

	clasp_cong_timeout(&tcb->cong, &event, first);
	tcb->recovery.dup_acks = 0;
	begin(tcb, false);
}
