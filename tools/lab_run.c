// SPDX-License-Identifier: GPL-2.0
/*
 * Runs one lab: sets the stage, gives the hosts their steps one after the other, draws what
 * happened and holds the checks against it. Only the tracepoints say what happened; the programs
 * say how their calls ended.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "grow.h"
#include "host.h"
#include "label.h"
#include "stage.h"
#include "tracefs.h"

#define WIDTH 100
#define POLL_MS 5
#define POLL_MAX_MS 200
#define SETTLE_MS 200

/* One line of the verdict. */
struct finding {
	bool ok;
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

static void sleep_ms(u32 ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

static bool find(struct run *run, bool ok, const char *text, const char *found)
{
	struct finding *finding;

	run->findings = grow(run->findings, run->finding_count, sizeof(*run->findings));
	finding = &run->findings[run->finding_count++];
	finding->ok = ok;
	snprintf(finding->text, sizeof(finding->text), "%s", text);
	snprintf(finding->found, sizeof(finding->found), "%s", found);
	return ok;
}

static const char *errno_name(int err)
{
	return err ? strerrorname_np(err) : "success";
}

/* Did the call end as the step said? When it did, only an expected errno is worth a line. */
static bool judge(struct run *run, const struct step *step, int err)
{
	bool ok = *step->expect ? err && !strcmp(step->expect, errno_name(err)) : !err;

	return (ok && !*step->expect) || find(run, ok, step->text, errno_name(err));
}

static bool await(struct run *run, struct host *host)
{
	const struct step *step = host->pending;
	struct answer answer;

	if (host_await(host, run->lab->limit_s, &answer))
		return find(run, false, step->text, "the program is gone");
	if (answer.err == ETIME)
		return find(run, false, step->text, "did not end in time");
	return judge(run, step, answer.err);
}

static bool tell(struct run *run, const struct step *step)
{
	struct host *host = &run->host[step->host];

	if (host->pending)
		return find(run, false, step->text, "the host is still busy");
	if (host_tell(host, step))
		return find(run, false, step->text, "the program is gone");
	return step->async || await(run, host);
}

static u8 latest_state(const struct run *run, u32 net)
{
	size_t i;

	for (i = run->trace.count; i-- > 0;) {
		const struct event *event = &run->trace.events[i];

		if (event->kind == EVENT_TRANSITION && event->net == net && event->remote.port)
			return event->next;
	}
	return CLASP_CLOSED;
}

static bool wait_state(struct run *run, const struct step *step)
{
	u32 waited, pause = POLL_MS;

	for (waited = 0; run->traced; waited += pause) {
		if (recording_read(&run->recording, &run->trace))
			return find(run, false, step->text, "the trace cannot be read");
		if (!strcmp(clasp_state_name(latest_state(run, run->host[step->host].net)),
			    step->word))
			break;
		if (waited > run->lab->limit_s * 1000)
			return find(run, false, step->text, "did not end in time");
		pause = POLL_MS + waited / 64 < POLL_MAX_MS ? POLL_MS + waited / 64 : POLL_MAX_MS;
		sleep_ms(pause);
	}
	return true;
}

static bool set(struct run *run, const struct step *step)
{
	struct step each = *step;
	u8 id;

	for (id = CLIENT; run->traced && id < HOSTS; id++) {
		each.host = id;
		if ((step->host == HOSTS || step->host == id) && stage_sysctl(&each))
			return find(run, false, step->text, "refused");
	}
	return true;
}

static bool perform(struct run *run, const struct step *step)
{
	switch (step->verb) {
	case VERB_WAIT:
		if (run->host[step->host].pending)
			return await(run, &run->host[step->host]);
		return find(run, false, step->text, "there is nothing to wait for");
	case VERB_WAIT_STATE:
		return wait_state(run, step);
	case VERB_SYSCTL:
		return set(run, step);
	case VERB_SLEEP:
		sleep_ms(step->number);
		return true;
	case VERB_DROP:
		return !stage_drop(step, run->options->protocol) ||
		       find(run, false, step->text, "refused");
	default:
		return tell(run, step);
	}
}

/* The programs begin before the recording does, so that they do not inherit it and keep it busy. */
static int begin(struct run *run)
{
	u8 id;

	if (stage_set(run->lab->delay_ms))
		return -1;
	for (id = CLIENT; id < HOSTS; id++) {
		if (host_start(&run->host[id], id, run->options->protocol))
			return -1;
		trace_name(&run->trace, host_names[id], run->host[id].net);
	}
	return run->traced ? recording_begin(&run->recording, TRACEFS_LAB) : 0;
}

static void play(struct run *run)
{
	size_t i;

	for (i = 0; i < run->lab->step_count; i++)
		if (!perform(run, &run->lab->steps[i]))
			break;
	sleep_ms(SETTLE_MS);
	if (run->traced)
		recording_read(&run->recording, &run->trace);
}

/* What other namespaces did at the same time is none of ours. */
static void forget_others(struct trace *trace)
{
	size_t i, kept = 0;

	for (i = 0; i < trace->count; i++)
		if (trace_host_name(trace, trace->events[i].net))
			trace->events[kept++] = trace->events[i];
	trace->count = kept;
}

static void finish(struct run *run)
{
	u8 id;

	if (run->recording.path)
		recording_end(&run->recording);
	for (id = CLIENT; id < HOSTS; id++)
		host_end(&run->host[id]);
	stage_clear();
}

static int perform_all(struct run *run)
{
	int err = begin(run);

	if (!err)
		play(run);
	finish(run);
	return err;
}

static void print_wrapped(const char *text)
{
	while (*text) {
		size_t octets;
		const char *rest = label_wrap(text, WIDTH, &octets);

		printf("%.*s\n", (int)octets, text);
		text = rest;
	}
}

static void print_heading(const struct lab *lab)
{
	char title[160];
	size_t column;

	snprintf(title, sizeof(title), "━━ Lab %u: %s ", lab->number, lab->title);
	printf("\n%s", title);
	for (column = label_columns(title); column < WIDTH; column++)
		fputs("━", stdout);
	putchar('\n');
	print_wrapped(lab->notice);
	putchar('\n');
}

/* The mission's own rule: what a segment or a timer causes is done in softirq context. */
static void check_softirq(struct run *run)
{
	char found[64];
	size_t i, all = 0, soft = 0;

	for (i = 0; i < run->trace.count; i++) {
		const struct event *event = &run->trace.events[i];

		if (event->kind != EVENT_TRANSITION || !event_is_unasked(event->cause))
			continue;
		all++;
		soft += event->softirq;
	}
	snprintf(found, sizeof(found), "%zu of %zu", soft, all);
	find(run, soft == all, "transitions by segments and timers: all in softirq", found);
	if (run->trace.lost)
		find(run, false, "nothing is lost from the trace", "events lost");
}

static void hold_checks(struct run *run, const struct ladders *ladders)
{
	const u64 received[HOSTS] = { run->host[CLIENT].octets, run->host[SERVER].octets };
	char found[160];
	size_t i;

	for (i = 0; i < run->lab->check_count; i++) {
		const struct check *check = &run->lab->checks[i];
		bool ok = check_holds(check, ladders, received, found, sizeof(found));

		find(run, ok, check->text, found);
	}
	check_softirq(run);
}

static int save(const struct run *run, const struct ladders *ladders,
		const struct caption *caption)
{
	const struct lab_options *options = run->options;
	char svg[256], json[256];

	snprintf(svg, sizeof(svg), "%s/lab-%02u.svg", options->svg ? options->svg : "",
		 run->lab->number);
	snprintf(json, sizeof(json), "%s/lab-%02u.json", options->json ? options->json : "",
		 run->lab->number);
	return ladders_save(ladders, &run->trace, caption, options->svg ? svg : NULL,
			    options->json ? json : NULL);
}

static int show(struct run *run)
{
	struct caption caption = {
		.title = run->lab->title, .remarks = run->lab->remarks,
		.remark_count = run->lab->remark_count,
	};
	struct ladders ladders = { 0 };
	int err;

	forget_others(&run->trace);
	ladder_build(&ladders, &run->trace);
	if (!run->options->quiet)
		ladders_print(&ladders, &caption);
	err = save(run, &ladders, &caption);
	hold_checks(run, &ladders);
	ladder_free(&ladders);
	return err;
}

static void sum_up(const struct run *run, bool *walked, struct outcome *outcome)
{
	size_t i;

	for (i = 0; i < run->trace.count; i++) {
		const struct event *event = &run->trace.events[i];

		if (event->kind != EVENT_TRANSITION)
			continue;
		outcome->transitions++;
		if (event->row < clasp_state_rows)
			walked[event->row] = true;
	}
	putchar('\n');
	for (i = 0; i < run->finding_count; i++) {
		const struct finding *finding = &run->findings[i];

		outcome->failed += !finding->ok;
		if (finding->ok)
			printf("  ok    %s\n", finding->text);
		else
			printf("  FAIL  %s\n        found: %s\n", finding->text, finding->found);
	}
}

/**
 * lab_run - run a lab, draw it, check it
 * @lab: parsed
 * @options: how
 * @walked: by row of the state table; set for each that was walked
 * @outcome: receives the sums
 *
 * Return: 0, or -1 after a message when the lab could not be run or its pictures not be written.
 */
int lab_run(const struct lab *lab, const struct lab_options *options, bool *walked,
	    struct outcome *outcome)
{
	struct run run = {
		.lab = lab, .options = options, .traced = options->protocol != 6,
	};
	int err;

	memset(outcome, 0, sizeof(*outcome));
	print_heading(lab);
	fflush(stdout);
	err = options->trace ? trace_open(&run.trace, options->trace) : perform_all(&run);
	if (!err && run.traced)
		err = show(&run);
	sum_up(&run, walked, outcome);
	fflush(stdout);
	trace_free(&run.trace);
	free(run.findings);
	return err;
}
