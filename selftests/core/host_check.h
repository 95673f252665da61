/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The native shell's own suspicions; each of them ends in violation().
 */
#ifndef CLASP_SELFTESTS_HOST_CHECK_H
#define CLASP_SELFTESTS_HOST_CHECK_H

#include "host.h"

void host_check_walk(const struct host *host, u8 before, u8 after);
void host_check_tcb(const struct host *host);
void host_check_rtx(const struct host *host);
void host_check_received(const struct host *host);
void host_check_rest(struct host *host, const struct clasp_env *env);

#endif
