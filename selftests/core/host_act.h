/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the native endpoint's own files share: acting on a verb's answer.
 */
#ifndef CLASP_SELFTESTS_HOST_ACT_H
#define CLASP_SELFTESTS_HOST_ACT_H

#include "host_check.h"

void host_act(struct host *host, const struct clasp_result *result, const u8 *payload, u32 len,
	      u8 before, u64 now);
void host_reply(struct host *host, const struct clasp_result *result, u64 now);
void host_fresh(struct host *host);

#endif
