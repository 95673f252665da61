/* SPDX-License-Identifier: GPL-2.0 */
/*
 * net.clasp: what an administrator may set, in each namespace for itself. Where TCP has the knob,
 * name, unit and meaning are TCP's, less the "tcp_".
 */
#ifndef CLASP_NET_SYSCTL_H
#define CLASP_NET_SYSCTL_H

#include "../core/tcb.h"

struct clasp_net;
struct ctl_table_header;

/**
 * struct clasp_sysctl - the knobs of one namespace
 * @config: those that core/ asks for, in its units; read without a lock
 * @max_orphans: most connections that no program holds at a time
 * @max_tw_buckets: most TIME_WAITs at a time; 0 turns TIME_WAIT off
 * @header: of the registered table
 */
struct clasp_sysctl {
	struct clasp_config config;
	u32 max_orphans;
	u32 max_tw_buckets;
	struct ctl_table_header *header;
};

int clasp_sysctl_init(struct clasp_net *cn);
void clasp_sysctl_exit(struct clasp_net *cn);

#endif
