/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The retransmission timeout (RFC 6298).
 */
#ifndef CLASP_CORE_RTO_H
#define CLASP_CORE_RTO_H

#include "tcb.h"

void clasp_rto_sample(struct clasp_tcb *tcb, const struct clasp_config *config, u64 rtt);
u64 clasp_rto_backoff(u64 rto, u8 retries, u64 ceiling);
u64 clasp_rto_sum(u64 rto, u8 retries, u64 ceiling);
u64 clasp_rto_first(const struct clasp_tcb *tcb, const struct clasp_config *config);
u64 clasp_rto_current(const struct clasp_tcb *tcb, const struct clasp_config *config);

#endif
