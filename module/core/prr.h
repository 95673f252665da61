/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Proportional rate reduction (RFC 6937): how much may be sent while a loss is repaired.
 */
#ifndef CLASP_CORE_PRR_H
#define CLASP_CORE_PRR_H

#include "tcb.h"

void clasp_prr_begin(struct clasp_tcb *tcb);
void clasp_prr_acked(struct clasp_tcb *tcb, u32 delivered, u32 mss);

static inline void clasp_prr_sent(struct clasp_tcb *tcb, u32 len)
{
	if (tcb->recovery.recovering)
		tcb->prr.out += len;
}

#endif
