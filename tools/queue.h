/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A queue of the kernel's packet filter, in which a packet waits until a program says what becomes
 * of it.
 */
#ifndef CLASP_TOOLS_QUEUE_H
#define CLASP_TOOLS_QUEUE_H

#include "types.h"

int queue_open(u32 number);
int queue_read(int fd, u32 *id);
int queue_pass(int fd, u32 number, u32 id);

#endif
