/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loss, an episode of it from its beginning to its end: found and repaired with what SACK tells (RFC 6675 with
 * RFC 8985 and RFC 6937), or without more from the peer than its ACKs (RFC 5681, RFC 6582, RFC 3042).
 */
#ifndef CLASP_CORE_RECOVERY_H
#define CLASP_CORE_RECOVERY_H

#include "frto.h"
#include "scoreboard.h"

/*
 * RFC 5681, 3.2: so many duplicate ACKs are a loss; RFC 6675, section 2, DupThresh: so many segments beyond a hole are
 * not reordering any more.
 */
#define CLASP_DUPLICATES 3

void clasp_recovery_acked(struct clasp_tcb *tcb, const struct clasp_env *env,
			  const struct clasp_heard *heard);
void clasp_recovery_calm(struct clasp_tcb *tcb, const struct clasp_env *env, u32 acked);
void clasp_recovery_duplicate(struct clasp_tcb *tcb, const struct clasp_env *env);
void clasp_recovery_heard(struct clasp_tcb *tcb, const struct clasp_env *env,
			  const struct clasp_heard *heard);
void clasp_recovery_overdue(struct clasp_tcb *tcb, const struct clasp_env *env);
void clasp_recovery_reopened(struct clasp_tcb *tcb, u64 sent_before);
void clasp_recovery_too_large(struct clasp_tcb *tcb, const struct clasp_env *env);
void clasp_recovery_probe(struct clasp_tcb *tcb);
void clasp_recovery_sent(struct clasp_tcb *tcb, u64 now, u32 len, bool again);
void clasp_recovery_timeout(struct clasp_tcb *tcb, const struct clasp_env *env, bool first);

/**
 * clasp_recovery_window - octets that may be outstanding
 * @tcb: a synchronized connection
 * @cwnd: its congestion window
 * @mss: SND.MSS
 *
 * The first two duplicate ACKs each let one more segment out (RFC 3042).
 */
static inline u32 clasp_recovery_window(const struct clasp_tcb *tcb, u32 cwnd, u32 mss)
{
	if (tcb->recovery.recovering)
		return cwnd;
	return cwnd + clasp_min(tcb->recovery.dup_acks, 2) * mss;
}

#endif
