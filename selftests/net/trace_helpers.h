/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Clasp's tracepoints for a test: recorded from trace_start() on, one line at a time from
 * trace_line(), which waits for the next.
 */
#ifndef CLASP_TRACE_HELPERS_H
#define CLASP_TRACE_HELPERS_H

#include <sys/stat.h>

#include "net_helpers.h"

/* An instance of our own, which whoever else traces does not disturb. */
#define TRACING "/sys/kernel/tracing/instances/selftest/"

/* Time stamps are CLOCK_MONOTONIC's; what an earlier recording held is gone. */
HELPER void trace_start(const char *event)
{
	char path[128];

	if (mkdir(TRACING, 0700) && errno != EEXIST)
		stage_fails(TRACING);
	file_write(TRACING "tracing_on", "0");
	file_write(TRACING "buffer_size_kb", "16384");
	file_write(TRACING "trace", "");
	file_write(TRACING "trace_clock", "mono");
	snprintf(path, sizeof(path), TRACING "events/%s/enable", event);
	file_write(path, "1");
	file_write(TRACING "tracing_on", "1");
}

HELPER void trace_stop(void)
{
	file_write(TRACING "tracing_on", "0");
	file_write(TRACING "events/enable", "0");
}

/* Events that were overwritten before anybody read them. */
static long trace_lost(void)
{
	char path[128], line[64];
	long lost = 0, count;
	FILE *stats;
	int cpu;

	for (cpu = 0;; cpu++) {
		snprintf(path, sizeof(path), TRACING "per_cpu/cpu%d/stats", cpu);
		stats = fopen(path, "r");
		if (!stats)
			return cpu ? lost : -1;
		while (fgets(line, sizeof(line), stats))
			lost += sscanf(line, "overrun: %ld", &count) == 1 ? count : 0;
		fclose(stats);
	}
}

/* What was recorded, once it has stopped: all of it, or nothing could be said of it. */
HELPER FILE *trace_record(void)
{
	FILE *record = fopen(TRACING "trace", "r");

	if (!record || trace_lost())
		stage_fails("the recording");
	return record;
}

/* The recording as it goes on, for trace_line(). */
HELPER FILE *trace_pipe(void)
{
	int fd = open(TRACING "trace_pipe", O_RDONLY | O_NONBLOCK);

	if (fd < 0)
		stage_fails("trace_pipe");
	return fdopen(fd, "r");
}

/* The next line with @text in it, within so many seconds; the pipe consumes what it gives. */
HELPER bool trace_line(FILE *pipe, const char *text, int seconds, char *line, int size)
{
	uint64_t give_up = now_ns() + seconds * 1000000000ull;

	while (now_ns() < give_up) {
		if (!fgets(line, size, pipe))
			readable(fileno(pipe), 1);
		else if (strstr(line, text))
			return true;
	}
	return false;
}

/* "  task-123   [000] ..s2.    12.345678: event: ...": the time in microseconds. */
HELPER uint64_t trace_time_us(const char *line)
{
	unsigned long seconds, fraction;

	if (sscanf(line, "%*[^]]] %*s %lu.%lu:", &seconds, &fraction) != 2)
		stage_fails("no time in: %s", line);
	return seconds * 1000000ull + fraction;
}

/*
 * Third column of the flags: s in softirq, H in a hard interrupt above one, h in one above a task.
 */
HELPER char trace_context(const char *line)
{
	char flags[16];

	if (sscanf(line, "%*[^]]] %15s", flags) != 1)
		stage_fails("no flags in: %s", line);
	return flags[2];
}

#endif
