/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Segments of which one can tell beforehand what they will say.
 */
#ifndef CLASP_CORE_EXPECTED_H
#define CLASP_CORE_EXPECTED_H

#include "tcb.h"

/* An ACK, PSH or not, from RCV.NXT on: what most segments are. */
static inline bool clasp_expected_next(const struct clasp_tcb *tcb, const struct clasp_in *in)
{
	return tcb->state == CLASP_ESTABLISHED && (in->flags & ~CLASP_PSH) == CLASP_ACK && in->seq == tcb->rcv_nxt;
}

bool clasp_expected_segment(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
			    struct clasp_result *result);

#endif
