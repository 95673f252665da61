/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loss found by time (RFC 8985, section 6): what was sent a while before something that has arrived has
 * most likely not.
 */
#ifndef CLASP_CORE_RACK_H
#define CLASP_CORE_RACK_H

#include "tcb.h"

void clasp_rack_delivered(struct clasp_tcb *tcb, const struct clasp_seg *seg, u64 now);
void clasp_rack_twice(struct clasp_tcb *tcb);
void clasp_rack_repaired(struct clasp_tcb *tcb);
bool clasp_rack_in_turn(struct clasp_tcb *tcb);
void clasp_rack_heard(struct clasp_tcb *tcb);
void clasp_rack_detect(struct clasp_tcb *tcb, const struct clasp_env *env);
u64 clasp_rack_overdue(const struct clasp_tcb *tcb, const struct clasp_env *env);

#endif
