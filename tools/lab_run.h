/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A lab on its way: what its hosts are doing, what was recorded, what was found.
 */
#ifndef CLASP_TOOLS_LAB_RUN_H
#define CLASP_TOOLS_LAB_RUN_H

#include "host.h"
#include "tracefs.h"

/* One line of the verdict; a telling one shows what was found even when all is well. */
struct finding {
	bool ok;
	bool telling;
	char text[120];
	char found[160];
};

/**
 * struct run - a lab on its way
 * @lab: what is run
 * @options: how
 * @host: both hosts
 * @recording: of the module's events; unused for other protocols
 * @trace: what was recorded so far
 * @traced: the protocol is the module's
 * @findings: verdict so far
 * @finding_count: of @findings
 */
struct run {
	const struct lab *lab;
	const struct lab_options *options;
	struct host host[HOSTS];
	struct recording recording;
	struct trace trace;
	bool traced;
	struct finding *findings;
	size_t finding_count;
};

struct finding *run_find(struct run *run, bool ok, const char *text, const char *found);
int run_begin(struct run *run);
void run_steps(struct run *run);
void run_end(struct run *run);

#endif
