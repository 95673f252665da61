/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is there anything to send? Most of what happens to a connection leaves nothing to be sent, and whoever would run the
 * output loop can know that without it.
 */
#ifndef CLASP_CORE_OUTPUT_H
#define CLASP_CORE_OUTPUT_H

#include "timer.h"

/* Octets or a FIN that were never sent. */
static inline bool clasp_output_waits(const struct clasp_tcb *tcb)
{
	return clasp_tcb_unsent(tcb) || (tcb->fin_queued && !tcb->fin_sent);
}

/* RFC 5681, 4.1: cwnd is out of date when nothing was sent for longer than RTO. */
static inline bool clasp_output_idle(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	return !clasp_tcb_outstanding(tcb) &&
	       env->now - tcb->octets_at > clasp_rto_current(tcb, env->config);
}

/**
 * clasp_output_at_rest - clasp_output_next() has nothing to propose, nor a deadline to arm
 * @tcb: any state
 *
 * Found with less ado than by asking one after the other; false where that is not certain. So ends every run of the
 * output loop.
 */
static inline bool clasp_output_at_rest(const struct clasp_tcb *tcb)
{
	bool urged = tcb->ack_now || tcb->rtx_head || tcb->tail.due || tcb->keepalive || tcb->fin_lost;
	bool lost = tcb->lost || (!tcb->sack_ok && tcb->rtx_nxt != tcb->snd_nxt);

	return !urged && !lost && !clasp_output_waits(tcb) && !clasp_tcb_syn_pending(tcb) &&
	       (!clasp_tcb_outstanding(tcb) || clasp_timer_guarded(tcb));
}

#endif
