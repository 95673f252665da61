/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ICMP errors (RFC 9293, 3.9.2.2), taken with the doubts of RFC 5927: anybody can send them.
 */
#ifndef CLASP_CORE_ICMP_H
#define CLASP_CORE_ICMP_H

#include "embryo.h"

void clasp_icmp_error(struct clasp_tcb *tcb, u32 seq, bool hard, struct clasp_result *result);
void clasp_icmp_mtu(struct clasp_tcb *tcb, const struct clasp_env *env, u32 seq,
		    struct clasp_result *result);
void clasp_icmp_embryo(struct clasp_embryo *embryo, u32 seq, bool hard,
		       struct clasp_result *result);

#endif
