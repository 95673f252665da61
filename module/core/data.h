/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the octets and the FIN of an acceptable segment mean for the receiver.
 */
#ifndef CLASP_CORE_DATA_H
#define CLASP_CORE_DATA_H

#include "tcb.h"

/* So many full segments at the start are acknowledged one by one, or half of what the receive buffer takes. */
#define CLASP_HURRIED 16

void clasp_data_take(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		     struct clasp_result *result);
void clasp_data_next(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		     struct clasp_result *result);
bool clasp_data_fin_due(const struct clasp_tcb *tcb);

#endif
