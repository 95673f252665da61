/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /proc/net/clasp and /proc/net/clasp_snmp.
 */
#ifndef CLASP_NET_PROC_H
#define CLASP_NET_PROC_H

struct clasp_net;

int clasp_proc_init(struct clasp_net *cn);
void clasp_proc_exit(struct clasp_net *cn);

#endif
