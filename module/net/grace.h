/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Grace periods, shared.
 */
#ifndef CLASP_NET_GRACE_H
#define CLASP_NET_GRACE_H

#include <linux/rcupdate.h>

void clasp_grace_wait(struct rcu_head *head, rcu_callback_t func);
void clasp_grace_exit(void);

#endif
