// SPDX-License-Identifier: GPL-2.0
/*
 * Runs one lab: plays its steps, draws what happened and holds the checks against it. Only the
 * tracepoints say what happened; the programs say how their calls ended.
 */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "label.h"
#include "lab_run.h"
#include "stage.h"

#define WIDTH 100

/* What other namespaces did at the same time is none of ours. */
static void forget_others(struct trace *trace)
{
	size_t i, kept = 0;

	for (i = 0; i < trace->count; i++)
		if (trace_host_name(trace, trace->events[i].net))
			trace->events[kept++] = trace->events[i];
	trace->count = kept;
}

static int perform_all(struct run *run)
{
	int err = run_begin(run);

	if (!err)
		run_steps(run);
	run_end(run);
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
	char title[200];
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
	run_find(run, soft == all, "transitions by segments and timers: all in softirq", found);
	if (run->trace.lost)
		run_find(run, false, "nothing is lost from the trace", "events lost");
}

static void hold_checks(struct run *run, const struct ladders *ladders)
{
	const u64 received[HOSTS] = { run->host[CLIENT].octets, run->host[SERVER].octets };
	char found[160];
	size_t i;

	for (i = 0; i < run->lab->check_count; i++) {
		const struct check *check = &run->lab->checks[i];
		bool ok = check_holds(check, ladders, received, found, sizeof(found));

		run_find(run, ok, check->text, found)->telling = check->kind == CHECK_RETRIES;
	}
	check_softirq(run);
}

static int save(const struct run *run, const struct ladders *ladders,
		const struct caption *caption)
{
	const struct lab_options *options = run->options;
	const char *kind = run->lab->mutant[0] ? "mutant" : "lab";
	char svg[256], json[256];

	snprintf(svg, sizeof(svg), "%s/%s-%02u.svg", options->svg ? options->svg : "", kind,
		 run->lab->number);
	snprintf(json, sizeof(json), "%s/%s-%02u.json", options->json ? options->json : "", kind,
		 run->lab->number);
	return ladders_save(ladders, &run->trace, caption, options->svg ? svg : NULL,
			    options->json ? json : NULL);
}

/* An end that is not traced has a name all the same. */
static void name_untraced(const struct ladders *ladders, const struct stage_family *family)
{
	size_t i;
	u8 side, id;

	for (i = 0; i < ladders->count; i++)
		for (side = LEFT; side < SIDES; side++) {
			struct party *party = &ladders->all[i].party[side];

			for (id = CLIENT; party->untraced && id < HOSTS; id++)
				if (!strcmp(party->at.addr, family->addresses[id]))
					snprintf(party->name, sizeof(party->name), "%s", host_names[id]);
		}
}

static int show(struct run *run)
{
	struct caption caption = {
		.title = run->lab->title, .remarks = run->lab->remarks,
		.remark_count = run->lab->remark_count, .shown = run->lab->shown,
	};
	struct ladders ladders = { 0 };
	int err;

	forget_others(&run->trace);
	ladder_build(&ladders, &run->trace);
	name_untraced(&ladders, stage_family(run->options->ipv6));
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
		const struct clasp_row *row;

		if (event->kind != EVENT_TRANSITION)
			continue;
		outcome->transitions++;
		row = clasp_state_find(event->state, event->cause);
		if (row)
			walked[row - clasp_state_table] = true;
	}
	putchar('\n');
	for (i = 0; i < run->finding_count; i++) {
		const struct finding *finding = &run->findings[i];

		outcome->failed += !finding->ok;
		if (finding->ok)
			printf("  ok    %s\n", finding->text);
		else
			printf("  FAIL  %s\n", finding->text);
		if (!finding->ok || finding->telling)
			printf("        found: %s\n", finding->found);
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
