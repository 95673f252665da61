/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pacing: octets leave spread over the round trip, or no faster than the program wants it. What nothing else may hold
 * back is not held back by this either, but counts: the first segment under way after a timeout, a tail loss probe, a
 * probe of a closed window. SYN, FIN and ACKs neither wait nor count.
 */
#ifndef CLASP_CORE_PACE_H
#define CLASP_CORE_PACE_H

#include "tcb.h"

#define CLASP_PACE_NONE 0xffffffffffffffffULL	/* octets a second: as fast as can be */

u64 clasp_pace_rate(const struct clasp_tcb *tcb, const struct clasp_config *config, u64 most);
u32 clasp_pace_together(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 mss);
u32 clasp_pace_now(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 mss);
bool clasp_pace_defers(struct clasp_tcb *tcb, const struct clasp_env *env, u32 room);
bool clasp_pace_waits(struct clasp_tcb *tcb, const struct clasp_env *env);
void clasp_pace_sent(struct clasp_tcb *tcb, const struct clasp_env *env, u32 len);

#endif
