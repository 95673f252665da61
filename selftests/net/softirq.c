// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol runs in softirq: in a recording, every transition that a segment or a timer caused carries
 * ftrace's softirq flag, and every hrtimer of Clasp is started in a soft mode. The wire delays, so that no
 * program is inside a call when an answer comes; what comes then would have to wait for it, as with TCP.
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

int main(void)
{
	int transitions = 0, in_task = 0, starts = 0, hard = 0;
	char line[1024];
	FILE *record;

	ksft_print_header();
	ksft_set_plan(2);
	trace_start("clasp/clasp_transition");
	trace_start("timer/hrtimer_start");
	everything();
	trace_stop();
	record = fopen(TRACING "trace", "r");
	while (fgets(line, sizeof(line), record)) {
		if (strstr(line, ": clasp_transition: ") && !by_a_program(line)) {
			transitions++;
			if (!strchr("sH", trace_context(line))) {
				in_task++;
				ksft_print_msg("%s", line);
			}
		} else if (strstr(line, ": hrtimer_start: ") && strstr(line, " [clasp]")) {
			starts++;
			if (!strstr(line, "SOFT")) {
				hard++;
				ksft_print_msg("%s", line);
			}
		}
	}
	fclose(record);
	ksft_test_result(transitions > 20 && !in_task, "%d transitions, %d not in softirq\n",
			 transitions, in_task);
	ksft_test_result(starts > 5 && !hard, "%d hrtimers, %d not soft\n", starts, hard);
	ksft_finished();
}
