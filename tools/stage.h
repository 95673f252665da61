/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a lab plays: the namespaces of its hosts and the link between them.
 */
#ifndef CLASP_TOOLS_STAGE_H
#define CLASP_TOOLS_STAGE_H

#include "lab.h"

extern const char *const stage_namespaces[HOSTS];
extern const char *const stage_addresses[HOSTS];

int stage_set(u32 delay_ms);
void stage_clear(void);
int stage_sysctl(const struct step *step);
int stage_enter(const char *netns);
int stage_run(const char *netns, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
