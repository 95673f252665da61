/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recording: an instance of tracefs of our own, with the module's events and nothing else.
 */
#ifndef CLASP_TOOLS_TRACEFS_H
#define CLASP_TOOLS_TRACEFS_H

#include "trace.h"

#define TRACEFS "/sys/kernel/tracing"
#define TRACEFS_SHELL TRACEFS "/instances/clasp"
#define TRACEFS_LAB TRACEFS "/instances/clasp-lab"

/**
 * struct recording - an instance that is being read while it records
 * @path: of the instance
 * @fd: its trace_pipe
 * @part: a line that has not ended yet
 * @part_len: octets in @part
 */
struct recording {
	const char *path;
	int fd;
	char part[1024];
	size_t part_len;
};

int tracefs_start(const char *path);
int tracefs_clear(const char *path);
int tracefs_stop(const char *path);
int recording_begin(struct recording *recording, const char *path);
int recording_read(struct recording *recording, struct trace *trace);
void recording_end(struct recording *recording);

#endif
