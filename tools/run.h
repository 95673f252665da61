/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What "clasp run" has to agree on with what opens Clasp sockets for it. With its preload, which is loaded into every
 * program of the command: an order in the environment, and a tally in memory that all of them share. With its program
 * in the kernel, which is compiled with this too: a choice, and the same tally.
 */
#ifndef CLASP_TOOLS_RUN_H
#define CLASP_TOOLS_RUN_H

#include <stddef.h>

#include "types.h"

#define RUN_LIBRARY "libclasp-run.so"

/* The order: the protocol's number, "strict" or "fallback", and where the tally is, if there is one. */
#define RUN_ORDER "CLASP_RUN"
#define RUN_STRICT "strict"
#define RUN_FALLBACK "fallback"

/**
 * struct run_tally - how the command's stream sockets of the internet families came out
 * @clasp: are Clasp's
 * @other: are another protocol's
 * @refused: would have been, and were not opened
 */
struct run_tally {
	u64 clasp;
	u64 other;
	u64 refused;
};

/**
 * struct run_choice - what the command's sockets are to be
 * @protocol: Clasp's number
 * @strict: Clasp's also where the kernel has none of a family
 * @ipv4: the kernel has Clasp for AF_INET
 * @ipv6: and for AF_INET6
 */
struct run_choice {
	u32 protocol;
	bool strict;
	bool ipv4;
	bool ipv6;
};

struct run_hook;

#ifndef __bpf__

/* What clang made of run.bpf.c; the linker gives the names. */
extern const char _binary_run_bpf_o_start[], _binary_run_bpf_o_end[];

u32 run_protocol(void);
int run_ask(int family, u32 protocol);
int run_need(u32 protocol);
int run_library(char *path, size_t room);
struct run_hook *run_hook(const struct run_choice *choice);
int run_hook_join(const struct run_hook *hook);
void run_hook_leave(struct run_hook *hook, struct run_tally *tally);

#endif

#endif
