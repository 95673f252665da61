/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Selective acknowledgment, the receiver's half (RFC 2018, RFC 2883): which octets wait out of order, and
 * which came twice. Who asks for blocks where SACK was not agreed gets none.
 */
#ifndef CLASP_CORE_SACK_H
#define CLASP_CORE_SACK_H

#include "tcb.h"

void clasp_sack_kept(struct clasp_tcb *tcb, u32 start, u32 end);
void clasp_sack_twice(struct clasp_tcb *tcb, const struct clasp_env *env, u32 start, u32 end);
void clasp_sack_advanced(struct clasp_tcb *tcb);
void clasp_sack_forget(struct clasp_tcb *tcb);
void clasp_sack_fill(const struct clasp_tcb *tcb, struct clasp_options *options);

/* RFC 2883, 4: a block is told once, in the next segment with an ACK. */
static inline void clasp_sack_told(struct clasp_tcb *tcb)
{
	tcb->sacks.twice.end = tcb->sacks.twice.start;
}

/* There is something to tell of; the others stand behind the first. */
static inline bool clasp_sack_any(const struct clasp_tcb *tcb)
{
	const struct clasp_sack *first = tcb->sacks.recent, *twice = &tcb->sacks.twice;

	return first->start != first->end || twice->start != twice->end;
}

#endif
