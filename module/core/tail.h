/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tail loss probes (RFC 8985, section 7): the last segments of a flight have nothing behind them whose
 * arrival would tell of their loss.
 */
#ifndef CLASP_CORE_TAIL_H
#define CLASP_CORE_TAIL_H

#include "scoreboard.h"

/* net.clasp.early_retrans from which on they are sent; in Linux less was another repair, which they have replaced. */
#define CLASP_TAIL_PROBES 3

/* PTO is no less than this, ns. */
#define CLASP_TAIL_LEAST CLASP_MSEC

bool clasp_tail_watched(const struct clasp_tcb *tcb, const struct clasp_env *env);
u64 clasp_tail_patience(const struct clasp_tcb *tcb, const struct clasp_env *env);
void clasp_tail_probed(struct clasp_tcb *tcb, bool again);
bool clasp_tail_twice(struct clasp_tcb *tcb, const struct clasp_sack *twice);
bool clasp_tail_repaired(struct clasp_tcb *tcb, const struct clasp_heard *heard);

#endif
