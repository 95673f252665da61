/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much the receive buffer should take, out of how fast the program reads.
 */
#ifndef CLASP_CORE_SPACE_H
#define CLASP_CORE_SPACE_H

#include "tcb.h"

#define CLASP_SPACE_MAX 0x40000000U	/* octets; more than any buffer */

/* Octets that the program has read, the peer's SYN among them; from 0 on, as sequence numbers go. */
static inline u32 clasp_space_position(const struct clasp_tcb *tcb, u32 unread)
{
	return tcb->rcv_nxt - tcb->irs - unread;
}

/**
 * clasp_space_suffices - whatever a round trip may be, what was read has not filled it
 * @tcb: any connection
 * @unread: octets in order that the program has not read
 * @rcv_buf: octets that the receive buffer could take when empty
 *
 * Six times what was read is the most that clasp_space_wanted() would answer.
 */
static inline bool clasp_space_suffices(const struct clasp_tcb *tcb, u32 unread, u32 rcv_buf)
{
	return clasp_space_position(tcb, unread) - tcb->space.from <= rcv_buf / 6;
}

void clasp_space_echoed(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in, u32 echo);
u32 clasp_space_wanted(struct clasp_tcb *tcb, const struct clasp_env *env);

#endif
