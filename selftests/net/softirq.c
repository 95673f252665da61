// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol runs in softirq: in a recording of what is here and of all labs, every transition
 * that a segment or a timer caused carries ftrace's softirq flag, and every hrtimer of Clasp is
 * started in a soft mode. The wire delays, so that no program is inside a call when an answer
 * comes; it would have to wait. And a timer is named before what it causes, or a ladder could not tell.
 */
#include "kselftest.h"
#include "trace_helpers.h"

#define PORT 80

static const char * const asked_for[] = {
	" event=OPEN_PASSIVE ", " event=OPEN_ACTIVE ", " event=CLOSE ", " event=ABORT ",
	" event=LISTENER_GONE ", " event=PURGE ",
};

static const char * const timed[] = {
	" event=GIVE_UP ", " event=GIVE_UP_PASSIVE ", " event=FIN_WAIT_2_OVER ", " event=2MSL_OVER ",
	" event=KEEPALIVE_OVER ",
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

static bool has_one(const char *line, const char *const *events, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (strstr(line, events[i]))
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
	trace_start("clasp/clasp_timer_fired");
	trace_start("timer/hrtimer_start");
	what();
	trace_stop();
}

/* The labs trace too, into an instance of their own. */
static void all_labs(void)
{
	run("clasp lab %s all >/tmp/labs", BY_FAMILY("", "-6"));
}

static bool bad_transition(const char *line)
{
	return !strchr("sH", trace_context(line));
}

static bool bad_timer(const char *line)
{
	return !strstr(line, "SOFT");
}

/* What a recording has of each kind; @fired_us: when a timer was named of which nothing has come yet. */
struct tally {
	int transitions, not_in_softirq;
	int by_timers, unannounced;
	int timers, not_soft;
	uint64_t fired_us;
};

/* Is it as it should not be? */
static bool count_transition(struct tally *tally, const char *line)
{
	bool by_timer = has_one(line, timed, ARRAY_SIZE(timed));
	bool unannounced = by_timer && trace_time_us(line) - tally->fired_us > 1000;
	bool unasked = !has_one(line, asked_for, ARRAY_SIZE(asked_for));
	bool elsewhere = unasked && bad_transition(line);

	tally->fired_us = 0;
	tally->by_timers += by_timer;
	tally->unannounced += unannounced;
	tally->transitions += unasked;
	tally->not_in_softirq += elsewhere;
	return unannounced || elsewhere;
}

static bool count_line(struct tally *tally, const char *line)
{
	bool bad = false;

	if (strstr(line, ": clasp_transition: "))
		return count_transition(tally, line);
	if (strstr(line, ": clasp_timer_fired: "))
		tally->fired_us = trace_time_us(line);
	if (strstr(line, ": hrtimer_start: ") && strstr(line, " [clasp]")) {
		tally->timers++;
		tally->not_soft += bad = bad_timer(line);
	}
	return bad;
}

static void judge(const char *what)
{
	struct tally tally = { 0 };
	char line[1024];
	FILE *recording = trace_record();

	while (fgets(line, sizeof(line), recording))
		if (count_line(&tally, line))
			ksft_print_msg("%s", line);
	fclose(recording);
	ksft_test_result(tally.transitions > 20 && !tally.not_in_softirq,
			 "%s: %d transitions by segments and timers, %d not in softirq\n", what,
			 tally.transitions, tally.not_in_softirq);
	ksft_test_result(tally.by_timers && !tally.unannounced,
			 "%s: %d transitions by timers, %d before the timer was named\n", what,
			 tally.by_timers, tally.unannounced);
	ksft_test_result(tally.timers > 5 && !tally.not_soft,
			 "%s: %d hrtimers started, %d not soft\n", what, tally.timers,
			 tally.not_soft);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(6);
	if (access("/guest/bin/clasp", X_OK)) {
		ksft_test_result_skip("no labs in this guest\n");
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
