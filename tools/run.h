/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What "clasp run" and its preload, which is loaded into every program of the command, have to agree on:
 * an order in the environment, and a tally in memory that all of them share.
 */
#ifndef CLASP_TOOLS_RUN_H
#define CLASP_TOOLS_RUN_H

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

u32 run_protocol(void);
int run_ask(int family, u32 protocol);
int run_need(u32 protocol);
int run_library(char *path, size_t room);

#endif
