/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paths on which large segments vanish without a word.
 */
#ifndef CLASP_CORE_HOLE_H
#define CLASP_CORE_HOLE_H

#include "tcb.h"

void clasp_hole_begin(struct clasp_tcb *tcb, const struct clasp_env *env);
void clasp_hole_timeout(struct clasp_tcb *tcb, const struct clasp_env *env);
void clasp_hole_acked(struct clasp_tcb *tcb, const struct clasp_env *env, u32 ack);

#endif
