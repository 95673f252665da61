/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a full block ends: in failure, in silence, with an RST, or in TIME_WAIT.
 */
#ifndef CLASP_CORE_END_H
#define CLASP_CORE_END_H

#include "tcb.h"

bool clasp_end(struct clasp_tcb *tcb, u8 event, struct clasp_result *result);
void clasp_end_failed(struct clasp_tcb *tcb, u8 event, enum clasp_error error,
		      struct clasp_result *result);
void clasp_end_reset(struct clasp_tcb *tcb, u64 now, struct clasp_result *result);
void clasp_end_unheard(struct clasp_tcb *tcb, u64 now, struct clasp_result *result);
bool clasp_end_fin_wait_2(struct clasp_tcb *tcb, const struct clasp_env *env,
			  struct clasp_result *result);
void clasp_end_time_wait(struct clasp_tcb *tcb, struct clasp_result *result);
void clasp_end_reply_rst(const struct clasp_in *in, struct clasp_result *result);

#endif
