// SPDX-License-Identifier: GPL-2.0
/*
 * TIME_WAIT lasts 2 MSL, to 1 %: one second, one minute, and the four minutes of RFC 9293's own
 * MSL. The transitions' time stamps say how long it was. However many there are, one hrtimer lets
 * them go. A SYN that nobody listens for ends none of them, but is answered.
 */
#include "kselftest.h"
#include "trace_helpers.h"

#define PORT 80
#define MANY 200

static void close_both(int ends[HOSTS])
{
	char octet;

	close(ends[CLIENT]);
	if (read(ends[SERVER], &octet, 1))
		stage_fails("the end of the stream");
	close(ends[SERVER]);
}

static void open_and_close(void)
{
	int ends[HOSTS];

	connection(ends, IPPROTO_CLASP, PORT);
	close_both(ends);
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
		*expiries += !!strstr(line, ": hrtimer_expire_entry: ");
		if (start && sscanf(start, ": hrtimer_start: hrtimer=%31s", timer) == 1) {
			*timers += strcmp(timer, seen) != 0;
			memcpy(seen, timer, sizeof(seen));
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

/* The server's end calls back, on the same two ports: the client, which waits, does not listen. */
static void unheard(void)
{
	int ends[HOSTS], caller, port;
	char line[512];
	FILE *pipe;

	connection(ends, IPPROTO_CLASP, PORT);
	port = local_port(ends[CLIENT]);
	close_both(ends);
	caller = socket_on(SERVER, IPPROTO_CLASP, SOCK_NONBLOCK);
	if (bind(caller, AT(SERVER, PORT)))
		stage_fails("the server's port");
	trace_start("clasp/clasp_segment_sent");
	pipe = trace_pipe();
	connect(caller, AT(CLIENT, port));
	ksft_test_result(trace_line(pipe, " flags=A seq=", 5, line, sizeof(line)) &&
			 strstr(line, " state=TIME_WAIT"),
			 "a new SYN without a listener is challenged\n");
	ksft_test_result(state_of(CLIENT, IPPROTO_CLASP, port, PORT) == TIME_WAIT,
			 "and ends no TIME_WAIT\n");
	fclose(pipe);
	trace_stop();
	close(caller);
}

int main(void)
{
	FILE *pipe;

	ksft_print_header();
	ksft_set_plan(7);
	hosts_up();
	trace_start("clasp/clasp_transition");
	pipe = trace_pipe();
	lasts(pipe, 500);
	lasts(pipe, 30000);
	lasts(pipe, 120000);
	fclose(pipe);
	trace_stop();
	one_timer();
	unheard();
	ksft_finished();
}
