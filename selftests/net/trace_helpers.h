/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Clasp's tracepoints for a test: recorded from trace_start() on, one line at a time from trace_line(),
 * which waits for the next.
 */
#ifndef CLASP_TRACE_HELPERS_H
#define CLASP_TRACE_HELPERS_H

#include "net_helpers.h"

#define TRACING "/sys/kernel/tracing/"

/* Time stamps are CLOCK_MONOTONIC's. */
HELPER void trace_start(const char *event)
{
	char path[128];

	file_write(TRACING "tracing_on", "0");
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

/* The next line with @text in it, within so many seconds; the pipe consumes what it gives. */
HELPER bool trace_line(FILE *pipe, const char *text, int seconds, char *line, int size)
{
	uint64_t give_up = now_ns() + seconds * 1000000000ull;

	while (now_ns() < give_up)
		if (!fgets(line, size, pipe))
			pause_ms(1);
		else if (strstr(line, text))
			return true;
	return false;
}

/* A name's number in a line, as in "lport=80". */
HELPER unsigned int trace_number(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	return at ? strtoul(at + strlen(name) + 1, NULL, 10) : 0;
}

/* "  task-123   [000] ..s2.    12.345678: event: ...": the time in microseconds. */
HELPER uint64_t trace_time_us(const char *line)
{
	unsigned long seconds, fraction;

	if (sscanf(line, "%*[^]]] %*s %lu.%lu:", &seconds, &fraction) != 2)
		stage_fails("no time in: %s", line);
	return seconds * 1000000ull + fraction;
}

/* Third column of the flags: s in softirq, H in a hard interrupt above one, h in one above a task. */
HELPER char trace_context(const char *line)
{
	char flags[16];

	if (sscanf(line, "%*[^]]] %15s", flags) != 1)
		stage_fails("no flags in: %s", line);
	return flags[2];
}

#endif
