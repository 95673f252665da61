/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A way through the explorer's world, told in the words of the module's tracepoints, so that
 * `clasp ladder` draws it.
 */
#ifndef CLASP_SELFTESTS_EXPLORE_TELL_H
#define CLASP_SELFTESTS_EXPLORE_TELL_H

#include <stdio.h>

#include "explore.h"

void tell_begin(FILE *file);
void tell_end(void);
void tell_step(u8 at);
void tell_timer(const struct host *host, const char *name);
void tell_sent(const struct host *host, const struct segment *segment, bool lost);
void tell_received(const struct host *host, const struct segment *segment, u8 place);
void tell_gone(u8 at, u8 place);

#endif
