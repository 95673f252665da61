/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names of congestion control, to programs and administrators.
 */
#ifndef CLASP_NET_CONGESTION_H
#define CLASP_NET_CONGESTION_H

#include <linux/sockptr.h>

#include "compat.h"

#define CLASP_CONGESTION_NAME 16	/* octets, as TCP's have */

struct sock;

int clasp_congestion_set(struct sock *sk, sockptr_t value, unsigned int len);
void clasp_congestion_get(struct sock *sk, char name[CLASP_CONGESTION_NAME]);
int clasp_congestion_sysctl(CLASP_CTL_TABLE *table, int write, void *buffer, size_t *len,
			    loff_t *pos);
int clasp_congestion_available(CLASP_CTL_TABLE *table, int write, void *buffer, size_t *len,
			       loff_t *pos);

#endif
