// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol runs in softirq: in a recording of what is here and of all labs, every transition
 * that a segment or a timer caused carries ftrace's softirq flag, and every hrtimer of Clasp is
 * started in a soft mode. The wire delays, so that no program is inside a call when an answer
 * comes; it would have to wait.
 */
#include "kselftest.h"
#include "trace_helpers.h"

#define PORT 80

static const char * const asked_for[] = {
	" event=OPEN_PASSIVE ", " event=OPEN_ACTIVE ", " event=CLOSE ", " event=ABORT ",
	" event=LISTENER_GONE ", " event=PURGE ",
};

static void open_and_close(enum host first)
{
	int ends[HOSTS];
	char text[16];

	connection(ends, IPPROTO_CLASP, PORT);
	if (write(ends[CLIENT], "clasp", 5) != 5 || read(ends[SERVER], text, 16) != 5)
		stage_fails("data");
	close(ends[first]);
	if (read(ends[!first], text, 16))
		stage_fails("the end of the stream");
	close(ends[!first]);
}

static void close_at_once(void)
{
	int ends[HOSTS];

	connection(ends, IPPROTO_CLASP, PORT);
	close(ends[CLIENT]);
	close(ends[SERVER]);
}

static void reset(void)
{
	struct linger none = { .l_onoff = 1 };
	int ends[HOSTS];

	connection(ends, IPPROTO_CLASP, PORT);
	setsockopt(ends[CLIENT], SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(ends[CLIENT]);
	readable(ends[SERVER], 5);
	close(ends[SERVER]);
}

static void refused(void)
{
	int fd = socket_on(CLIENT, IPPROTO_CLASP, 0);

	connect(fd, AT(SERVER, PORT));
	close(fd);
}

static void timed_out(void)
{
	int fd = socket_on(CLIENT, IPPROTO_CLASP, 0);

	wire(CLIENT, "loss 100%");
	connect(fd, AT(SERVER, PORT));
	close(fd);
	wire(CLIENT, "delay 5ms");
}

static bool by_a_program(const char *line)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(asked_for); i++)
		if (strstr(line, asked_for[i]))
			return true;
	return false;
}

static void everything(void)
{
	hosts_up();
	wire(CLIENT, "delay 5ms");
	wire(SERVER, "delay 5ms");
	sysctl_set(CLIENT, "clasp/msl_ms", 100);
	sysctl_set(CLIENT, "clasp/syn_retries", 1);
	sysctl_set(SERVER, "clasp/msl_ms", 100);
	open_and_close(CLIENT);
	open_and_close(SERVER);
	close_at_once();
	reset();
	refused();
	timed_out();
	if (!WITHIN(5, state_of(CLIENT, IPPROTO_CLASP, 0, PORT) == GONE &&
		    state_of(SERVER, IPPROTO_CLASP, PORT, 0) == GONE))
		stage_fails("2 MSL");
}

static void record(void (*what)(void))
{
	trace_start("clasp/clasp_transition");
	trace_start("timer/hrtimer_start");
	what();
	trace_stop();
}

/* The labs trace too, into an instance of their own. */
static void all_labs(void)
{
	run("clasp lab all >/tmp/labs");
}

static bool bad_transition(const char *line)
{
	return !strchr("sH", trace_context(line));
}

static bool bad_timer(const char *line)
{
	return !strstr(line, "SOFT");
}

static void judge(const char *what)
{
	int transitions = 0, timers = 0, bad_transitions = 0, bad_timers = 0;
	char line[1024];
	FILE *recording = trace_record();
	bool bad;

	while (fgets(line, sizeof(line), recording)) {
		bad = false;
		if (strstr(line, ": clasp_transition: ") && !by_a_program(line)) {
			transitions++;
			bad_transitions += bad = bad_transition(line);
		} else if (strstr(line, ": hrtimer_start: ") && strstr(line, " [clasp]")) {
			timers++;
			bad_timers += bad = bad_timer(line);
		}
		if (bad)
			ksft_print_msg("%s", line);
	}
	fclose(recording);
	ksft_test_result(transitions > 20 && !bad_transitions,
			 "%s: %d transitions by segments and timers, %d not in softirq\n", what,
			 transitions, bad_transitions);
	ksft_test_result(timers > 5 && !bad_timers, "%s: %d hrtimers started, %d not soft\n", what,
			 timers, bad_timers);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(4);
	if (access("/guest/bin/clasp", X_OK)) {
		ksft_test_result_skip("no labs in this guest\n");
		ksft_test_result_skip("no labs in this guest\n");
	} else {
		record(all_labs);
		judge("all labs");
	}
	record(everything);
	judge("here");
	ksft_finished();
}
