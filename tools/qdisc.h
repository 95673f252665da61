/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which queueing discipline a device has at its ingress: libbpf makes one and does not ask.
 */
#ifndef CLASP_TOOLS_QDISC_H
#define CLASP_TOOLS_QDISC_H

#include "types.h"

bool qdisc_is(int device, u32 parent, const char *kind);

#endif
