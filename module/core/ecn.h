/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Explicit congestion notification (RFC 3168): a router that has to slow a sender down marks a packet in place of
 * dropping it, the receiver tells the sender, and that tells back that it has heard.
 */
#ifndef CLASP_CORE_ECN_H
#define CLASP_CORE_ECN_H

#include "tcb.h"

bool clasp_ecn_asked(const struct clasp_config *config, const struct clasp_in *syn);
void clasp_ecn_agree(struct clasp_tcb *tcb, const struct clasp_in *syn);
void clasp_ecn_fall_back(struct clasp_tcb *tcb, const struct clasp_config *config);
void clasp_ecn_take(struct clasp_tcb *tcb, const struct clasp_in *in);
void clasp_ecn_heard(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in);
void clasp_ecn_reduced(struct clasp_tcb *tcb);

/* The flags of our SYN; in a SYN,ACK the answer to those of the peer's (6.1.1). */
static inline u8 clasp_ecn_of_syn(const struct clasp_tcb *tcb)
{
	if (!tcb->ecn.ect)
		return 0;
	return tcb->state == CLASP_SYN_SENT ? CLASP_ECE | CLASP_CWR : CLASP_ECE;
}

/*
 * A reduction has answered the congestion of this window of octets, one told of by marks: what is lost of the same
 * window tells nothing new, and until it is over cwnd does not grow (6.1.2).
 */
static inline bool clasp_ecn_answered(const struct clasp_tcb *tcb)
{
	return tcb->ecn.reducing && (!tcb->recovery.lossy || tcb->recovery.calm);
}

/* Octets are proposed that were never sent before: nothing else may be marked (6.1.4 to 6.1.6), or carries CWR. */
static inline void clasp_ecn_fill(const struct clasp_tcb *tcb, struct clasp_header *header)
{
	header->ecn = tcb->ecn.ect ? CLASP_ECT_0 : 0;
	if (tcb->ecn.cwr)
		header->flags |= CLASP_CWR;
}

#endif
