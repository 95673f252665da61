/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an acknowledgment and the window beside it mean for the sender.
 */
#ifndef CLASP_CORE_ACK_H
#define CLASP_CORE_ACK_H

#include "tcb.h"

void clasp_ack_heard(struct clasp_tcb *tcb, u64 now);
void clasp_ack_measure(struct clasp_tcb *tcb, const struct clasp_env *env, u64 since);
void clasp_ack_move(struct clasp_tcb *tcb, u32 ack, struct clasp_result *result);
void clasp_ack_window(struct clasp_tcb *tcb, const struct clasp_in *in, u32 wnd, struct clasp_result *result);
bool clasp_ack_acceptable(const struct clasp_tcb *tcb, u32 ack);
void clasp_ack_syn(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		   const struct clasp_options *options, struct clasp_result *result);
void clasp_ack_take(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		    const struct clasp_options *options, struct clasp_result *result);

#endif
