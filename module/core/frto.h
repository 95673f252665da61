/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Was a timeout spurious, where no echo tells (RFC 5682)? The first ACK after it is answered with new octets in place
 * of lost ones; what arrives then that was sent once only has been on its way all the time.
 */
#ifndef CLASP_CORE_FRTO_H
#define CLASP_CORE_FRTO_H

#include "tcb.h"

/* How far the question is. */
enum clasp_frto {
	CLASP_FRTO_OFF,			/* there is none, or it was answered */
	CLASP_FRTO_REPEATED,		/* step 1: the first segment was sent again */
	CLASP_FRTO_NEW,			/* step 2 (b): new octets may leave, and what is lost waits */
	CLASP_FRTO_ORIGINAL,		/* step 3 (b): an original has arrived */
};

void clasp_frto_begin(struct clasp_tcb *tcb, const struct clasp_env *env, bool possible);
void clasp_frto_give_up(struct clasp_tcb *tcb);
bool clasp_frto_heard(struct clasp_tcb *tcb, bool acked);

/* What was sent once has arrived. @seq: of its first octet */
static inline void clasp_frto_arrived(struct clasp_tcb *tcb, u32 seq)
{
	if (tcb->frto && seq_before(seq, tcb->recovery.recover))
		tcb->frto = CLASP_FRTO_ORIGINAL;
}

/* Nothing new has left since the timeout. */
static inline bool clasp_frto_unasked(const struct clasp_tcb *tcb)
{
	return tcb->snd_nxt == tcb->recovery.recover;
}

/*
 * Octets beyond the congestion window that may be outstanding: without blocks those of before the timeout count as
 * outstanding, and may all be lost (RFC 5682, 2.1 step 2: "simply chooses different segments to transmit").
 */
static inline u32 clasp_frto_beyond(const struct clasp_tcb *tcb)
{
	if (tcb->frto != CLASP_FRTO_NEW || tcb->sack_ok)
		return 0;
	return seq_distance(tcb->snd_una, tcb->recovery.recover);
}

#endif
