/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A trace in memory: the events of the module, and what the namespaces are called.
 */
#ifndef CLASP_TOOLS_TRACE_H
#define CLASP_TOOLS_TRACE_H

#include <stdio.h>

#include "event.h"

#define TRACE_HOSTS 8

struct trace_host {
	char name[24];
	u32 net;
};

/**
 * struct trace - everything that was read
 * @events: in the order of their time
 * @count: of @events
 * @hosts: names of namespaces
 * @host_count: of @hosts
 * @lost: events that the kernel had no room for
 * @lines: lines read, for messages
 */
struct trace {
	struct event *events;
	size_t count;
	struct trace_host hosts[TRACE_HOSTS];
	size_t host_count;
	unsigned long lost;
	unsigned long lines;
};

int trace_line(struct trace *trace, const char *line);
int trace_open(struct trace *trace, const char *name);
void trace_sort(struct trace *trace);
void trace_name(struct trace *trace, const char *name, u32 net);
void trace_name_namespaces(struct trace *trace);
u8 trace_flags(const char *letters);
const char *trace_host_name(const struct trace *trace, u32 net);
void trace_free(struct trace *trace);

#endif
