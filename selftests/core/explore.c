// SPDX-License-Identifier: GPL-2.0
/*
 * Visits every moment that a scenario can lead to, each one once, breadth first, so that a
 * violation comes with a shortest path to it. From each of them a fair network must lead to the
 * end.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "explore_check.h"
#include "explore_store.h"
#include "explore_tell.h"

#define FAIR_STEPS_MAX 500
#define FAIR_STEPS_TOLD 40
#define VIOLATIONS_MAX 5

static u64 steps;
static u32 current, fair_taken, violations;
static struct step current_step;
static bool quiet;			/* what goes wrong now is, or will be, told elsewhere */

/**
 * struct options - what was asked for
 * @large: the large scenarios too
 * @trace: where to tell the way to the first violation in the words of the tracepoints; or NULL
 * @find: only violations whose text has this count; or NULL
 * @name: of the only scenario to explore; or NULL
 */
static struct options {
	bool large;
	const char *trace;
	const char *find;
	const char *name;
} options;

static void retake(struct step step)
{
	if (!options.trace)
		step_print(step);
	step_take(step);
}

static void retell(u32 index)
{
	if (visits[index].parent == UNKNOWN)
		return;
	retell(visits[index].parent);
	retake(visits[index].step);
}

/*
 * The way to the moment being left, then the step being taken, until nothing is under way any more; or
 * the fair schedule so far.
 */
static void retell_all(void)
{
	struct step step;

	moment_begin(&now);
	retell(current);
	if (!fair_taken && current_step.kind != STEP_KINDS)
		retake(current_step);
	if (!options.trace)
		puts("# and then, with a fair network:");
	for (u32 i = 0; i < FAIR_STEPS_TOLD && fair_step(&now, &step); i++) {
		if (fair_taken ? i == fair_taken : step.kind != STEP_DELIVER)
			break;
		retake(step);
	}
}

/* Only the first violation is told; finding others on the way to it would be no news. */
static void tell_way(void)
{
	struct moment here = now;
	FILE *file = options.trace ? fopen(options.trace, "w") : NULL;

	if (options.trace && !file) {
		perror(options.trace);
		exit(EXIT_FAILURE);
	}
	quiet = true;
	if (file)
		tell_begin(file);
	retell_all();
	tell_end();
	if (file)
		fclose(file);
	quiet = false;
	now = here;
}

void violation(const struct host *host, const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (quiet || (options.find && (violations || !strstr(text, options.find))))
		return;
	printf("# %s, %s: %s\n", host->id ? "server" : "client",
	       clasp_state_name(host_state(host)), text);
	if (!violations++)
		tell_way();
}

/* A step of the fair schedule is one of those that leave() takes, so only there it is judged. */
static void take_quietly(struct step step)
{
	quiet = true;
	step_take(step);
	quiet = false;
}

/* Follow the fair schedule to the end, or to a moment from which the end is known. */
static void check_live(u32 index, const struct moment *moment)
{
	u32 path[FAIR_STEPS_MAX], length = 0;
	struct digest digest;
	struct step step;

	now = *moment;
	current = index;
	while (length < FAIR_STEPS_MAX) {
		moment_digest(&now, &digest);
		path[length] = store_find(&digest);
		if (path[length] != UNKNOWN && visits[path[length]].live)
			break;
		length++;
		if (!fair_step(&now, &step)) {
			if (!moment_over(&now))
				violation(&now.host[now.host[0].flow == FLOW_NONE],
					  "nothing can happen any more");
			break;
		}
		fair_taken++;
		take_quietly(step);
	}
	if (length == FAIR_STEPS_MAX)
		violation(&now.host[0], "no end in %u fair steps", FAIR_STEPS_MAX);
	fair_taken = 0;
	for (u32 i = 0; i < length; i++)
		if (path[i] != UNKNOWN)
			visits[path[i]].live = true;
}

static void leave(u32 index, const struct moment *moment)
{
	for (u8 kind = 0; kind < STEP_KINDS; kind++)
		for (u8 at = 0; at < 2; at++)
			for (u8 arg = 0; arg < step_args(kind); arg++)
				for (u8 refuse = 0; refuse <= !!scenario->refusals; refuse++) {
					struct step step = { kind, at, arg, refuse };

					if (!step_possible(moment, step))
						continue;
					now = *moment;
					current = index;
					current_step = step;
					if (!step_take(step))
						continue;
					steps++;
					store_visit(index, step);
				}
}

static bool explore(const struct scenario *one, u32 number)
{
	struct timespec begin, end;
	struct moment moment;
	u32 index;
	bool ok;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	scenario = one;
	steps = 0;
	violations = 0;
	moment_begin(&now);
	store_begin();
	store_visit(UNKNOWN, (struct step){ 0 });
	while (violations < VIOLATIONS_MAX && store_leave(&index, &moment)) {
		if (!visits[index].live)
			check_live(index, &moment);
		current_step.kind = STEP_KINDS;
		check_forged(&moment, CLIENT);
		check_forged(&moment, SERVER);
		leave(index, &moment);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	ok = !violations;
	printf("%sok %u explore__%s # %u distinct states, %llu steps, %.1f s\n", ok ? "" : "not ",
	       number, scenario->name, visit_count, (unsigned long long)steps,
	       end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9);
	return ok;
}

static const char *read_value(int *i, int argc, char **argv)
{
	return ++*i < argc ? argv[*i] : NULL;
}

static bool read_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--large"))
			options.large = true;
		else if (!strcmp(argv[i], "--trace"))
			options.trace = read_value(&i, argc, argv);
		else if (!strcmp(argv[i], "--find"))
			options.find = read_value(&i, argc, argv);
		else if (argv[i][0] != '-' && !options.name)
			options.name = argv[i];
		else
			return false;
	}
	return true;
}

static int usage(void)
{
	puts("explore [--large] [--trace FILE] [--find WORDS] [SCENARIO]\n"
	     "explore --bounds\n\n"
	     "Visits every moment of each scenario that is not large, of all with --large, or of one.\n"
	     "--trace tells the way to the first violation for `clasp ladder`; with --find only\n"
	     "violations in these words count. The bounds, which are all that --bounds prints:\n");
	scenarios_print();
	return 2;
}

static bool wanted(const struct scenario *one)
{
	if (options.name)
		return !strcmp(options.name, one->name);
	return options.large || !one->large;
}

int main(int argc, char **argv)
{
	u32 total = 0, passed = 0, done = 0, missed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && !strcmp(argv[1], "--bounds")) {
		scenarios_print();
		return 0;
	}
	if (!read_options(argc, argv))
		return usage();
	for (u32 i = 0; i < scenario_count; i++)
		total += wanted(&scenarios[i]);
	if (!total)
		return usage();
	printf("KTAP version 1\n1..%u\n", total + !options.name);
	for (u32 i = 0; i < scenario_count; i++)
		if (wanted(&scenarios[i]))
			passed += explore(&scenarios[i], ++done);
	if (!options.name) {
		missed = rows_missed();
		printf("%sok %u explore__every_row\n", missed ? "not " : "", ++total);
		passed += !missed;
	}
	printf("%u passed, %u failed, 0 skipped\n", passed, total - passed);
	return passed == total ? EXIT_SUCCESS : EXIT_FAILURE;
}
