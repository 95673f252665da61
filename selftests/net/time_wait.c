// SPDX-License-Identifier: GPL-2.0
/*
 * TIME_WAIT lasts 2 MSL, to 1 %: one second, one minute, and the four minutes of RFC 9293's own
 * MSL. The transitions' time stamps say how long it was. However many there are, one hrtimer lets
 * them go.
 */
#include "kselftest.h"
#include "trace_helpers.h"

#define PORT 80
#define MANY 200

static void open_and_close(void)
{
	int ends[HOSTS];
	char octet;

	connection(ends, IPPROTO_CLASP, PORT);
	close(ends[CLIENT]);
	if (read(ends[SERVER], &octet, 1))
		stage_fails("the end of the stream");
	close(ends[SERVER]);
}

static void lasts(FILE *pipe, int msl_ms)
{
	uint64_t expected_us = msl_ms * 2000ull, entered, left, lasted;
	char line[512];

	sysctl_set(CLIENT, "clasp/msl_ms", msl_ms);
	open_and_close();
	if (!trace_line(pipe, " to=TIME_WAIT ", 10, line, sizeof(line))) {
		ksft_test_result_fail("TIME_WAIT was entered\n");
		return;
	}
	entered = trace_time_us(line);
	if (!trace_line(pipe, " from=TIME_WAIT ", msl_ms / 250 + 2, line, sizeof(line))) {
		ksft_test_result_fail("TIME_WAIT was left\n");
		return;
	}
	left = trace_time_us(line);
	lasted = left - entered;
	ksft_test_result(lasted >= expected_us && lasted - expected_us <= expected_us / 100,
			 "MSL of %d ms: TIME_WAIT lasted %llu us\n", msl_ms,
			 (unsigned long long)lasted);
}

/* What the recording says of Clasp's hrtimers; @timers: different ones that were started. */
static void count_timers(int *timers, int *starts, int *expiries)
{
	char line[512], timer[32], seen[32] = "";
	FILE *record = trace_record();

	*timers = *starts = *expiries = 0;
	while (fgets(line, sizeof(line), record)) {
		char *start = strstr(line, ": hrtimer_start: hrtimer=");

		if (!strstr(line, " [clasp]"))
			continue;
		*expiries += strstr(line, ": hrtimer_expire_entry: ") != NULL;
		if (start && sscanf(start, ": hrtimer_start: hrtimer=%31s", timer) == 1) {
			*timers += strcmp(timer, seen) != 0;
			strcpy(seen, timer);
			++*starts;
		}
	}
	fclose(record);
}

static void one_timer(void)
{
	int i, timers, starts, expiries;

	sysctl_set(CLIENT, "clasp/msl_ms", 5000);
	for (i = 0; i < MANY; i++)
		open_and_close();
	if (!WITHIN(5, state_of(SERVER, IPPROTO_CLASP, PORT, 0) == GONE))
		stage_fails("the servers' ends");
	trace_start("timer/hrtimer_start");
	trace_start("timer/hrtimer_expire_entry");
	if (!WITHIN(15, state_of(CLIENT, IPPROTO_CLASP, 0, PORT) == GONE))
		stage_fails("2 MSL");
	trace_stop();
	count_timers(&timers, &starts, &expiries);
	ksft_test_result(timers == 1, "%d TIME_WAITs wait for %d hrtimer\n", MANY, timers);
	ksft_test_result(expiries && starts <= expiries, "started %d times in %d batches\n", starts,
			 expiries);
}

int main(void)
{
	FILE *pipe;

	ksft_print_header();
	ksft_set_plan(5);
	hosts_up();
	trace_start("clasp/clasp_transition");
	pipe = trace_pipe();
	lasts(pipe, 500);
	lasts(pipe, 30000);
	lasts(pipe, 120000);
	fclose(pipe);
	trace_stop();
	one_timer();
	ksft_finished();
}
