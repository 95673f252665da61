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

#include "explore.h"

#define FAIR_STEPS_MAX 500
#define FAIR_STEPS_TOLD 40
#define STEP_ARGS 8
#define UNKNOWN 0xffffffffU
#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

struct visit {
	struct digest digest;
	u32 parent;
	struct step step;
	bool live;		/* a fair network is known to lead on to the end */
};

struct waiting {
	struct waiting *next;
	u32 visit;
	struct moment moment;
};

/*
 * In the order of what they add. The ones that `make check` leaves out take minutes and gigabytes.
 */
static const struct scenario scenarios[] = {
	{
		.name = "open_and_close", .capacity = 2, .losses = 1, .duplicates = 1,
		.rcv_buf = 65535, .rounds = 1, .iss = { 1000, 5000 },
	}, {
		.name = "reordered", .capacity = 2, .overtakings = 1, .aborts = 1,
		.rcv_buf = 65535, .rounds = 1, .iss = { 1000, 5000 },
	}, {
		.name = "octet_each_way", .octets = { 1, 1 }, .capacity = 1, .aborts = 1,
		.rcv_buf = 65535, .rounds = 1, .iss = { 1000, 5000 },
	}, {
		.name = "octet_each_way_at_the_wrap", .octets = { 1, 1 }, .capacity = 1,
		.aborts = 1, .rcv_buf = 65535, .rounds = 1, .iss = { 0xffffffff, 0xfffffffe },
	}, {
		.name = "refused", .octets = { 1, 0 }, .capacity = 1, .refusals = 1,
		.rcv_buf = 65535, .rounds = 1, .iss = { 1000, 5000 },
	}, {
		.name = "closed_window", .octets = { 2, 0 }, .capacity = 1, .reads = true,
		.patience = true, .rcv_buf = 1, .rounds = 1, .iss = { 1000, 5000 },
	}, {
		.name = "simultaneous_open", .capacity = 2, .both_call = true,
		.rcv_buf = 65535, .rounds = 1, .iss = { 1000, 5000 },
	}, {
		.name = "second_incarnation", .capacity = 2,
		.rcv_buf = 65535, .rounds = 2, .iss = { 1000, 5000 },
	}, {
		.name = "octet_lost_and_duplicated", .octets = { 1, 0 }, .capacity = 2,
		.losses = 1, .duplicates = 1, .rcv_buf = 65535, .rounds = 1,
		.iss = { 1000, 5000 }, .large = true,
	}, {
		.name = "octet_each_way_large", .octets = { 1, 1 }, .capacity = 2,
		.rcv_buf = 65535, .rounds = 1, .iss = { 0xffffffff, 5000 }, .large = true,
	},
};

static struct visit *visits;
static u32 visit_count, visit_room, *table, table_mask;
static struct waiting *first, **last = &first;
static u64 steps;
static u32 current, fair_taken, violations;
static struct step current_step;
static bool retelling;

static u32 *slot_of(const struct digest *digest)
{
	u32 slot = digest->a & table_mask;

	while (table[slot] != UNKNOWN &&
	       memcmp(&visits[table[slot]].digest, digest, sizeof(*digest)))
		slot = (slot + 1) & table_mask;
	return &table[slot];
}

static void grow(void)
{
	visit_room = visit_room ? 2 * visit_room : 1 << 16;
	visits = realloc(visits, visit_room * sizeof(*visits));
	free(table);
	table_mask = 4 * visit_room - 1;
	table = malloc(4ULL * visit_room * sizeof(*table));
	memset(table, 0xff, 4ULL * visit_room * sizeof(*table));
	for (u32 i = 0; i < visit_count; i++)
		*slot_of(&visits[i].digest) = i;
}

/* The index of the moment `now`; new ones are noted and wait to be left. */
static u32 visit(u32 parent, struct step step)
{
	struct waiting *waiting;
	struct digest digest;
	u32 *slot;

	moment_digest(&now, &digest);
	slot = slot_of(&digest);
	if (*slot != UNKNOWN)
		return *slot;
	if (visit_count == visit_room) {
		grow();
		slot = slot_of(&digest);
	}
	*slot = visit_count;
	visits[visit_count] = (struct visit){ .digest = digest, .parent = parent, .step = step };
	waiting = malloc(sizeof(*waiting));
	waiting->next = NULL;
	waiting->visit = visit_count;
	waiting->moment = now;
	*last = waiting;
	last = &waiting->next;
	return visit_count++;
}

static void retell(u32 index)
{
	if (visits[index].parent != UNKNOWN) {
		retell(visits[index].parent);
		step_print(visits[index].step);
		step_take(visits[index].step);
	} else {
		moment_begin(&now);
	}
}

/* The way to the moment being left, then the step being taken, or the fair schedule so far. */
static void retell_all(void)
{
	struct step step;

	retell(current);
	if (fair_taken) {
		printf("# and from there, with a fair network:\n");
	} else {
		step_print(current_step);
		step_take(current_step);
	}
	for (u32 i = 0; i < fair_taken && i < FAIR_STEPS_TOLD && fair_step(&now, &step); i++) {
		step_print(step);
		step_take(step);
	}
}

void violation(const struct host *host, const char *format, ...)
{
	struct moment here = now;
	va_list args;

	if (retelling)
		return;
	printf("# %s, %s: ", host->id ? "server" : "client", clasp_state_name(host_state(host)));
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	if (violations++)
		return;
	retelling = true;
	tell = true;
	retell_all();
	tell = false;
	retelling = false;
	now = here;
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
		u32 *slot;

		moment_digest(&now, &digest);
		slot = slot_of(&digest);
		if (*slot != UNKNOWN) {
			if (visits[*slot].live)
				break;
			path[length] = *slot;
		} else {
			path[length] = UNKNOWN;
		}
		length++;
		if (!fair_step(&now, &step)) {
			if (!moment_over(&now))
				violation(&now.host[now.host[0].flow == FLOW_NONE],
					  "nothing can happen any more");
			break;
		}
		fair_taken++;
		step_take(step);
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
			for (u8 arg = 0; arg < STEP_ARGS; arg++)
				for (u8 refuse = 0; refuse < 2; refuse++) {
					struct step step = { kind, at, arg, refuse };

					if (!step_possible(moment, step))
						continue;
					now = *moment;
					current = index;
					current_step = step;
					if (!step_take(step))
						continue;
					steps++;
					visit(index, step);
				}
}

static void forget(void)
{
	free(visits);
	free(table);
	visits = NULL;
	table = NULL;
	visit_count = 0;
	visit_room = 0;
	steps = 0;
	violations = 0;
	first = NULL;
	last = &first;
}

static void show_rows(void)
{
	u32 walked = 0;

	for (u32 i = 0; i < clasp_state_rows; i++)
		walked += !!shell.rows[i];
	printf("# %u of %u rows walked; not walked:", walked, clasp_state_rows);
	for (u32 i = 0; i < clasp_state_rows; i++)
		if (!shell.rows[i])
			printf(" %s:%s", clasp_state_name(clasp_state_table[i].state),
			       clasp_event_name(clasp_state_table[i].event));
	putchar('\n');
}

static bool explore(const struct scenario *one, u32 number)
{
	struct timespec begin, end;
	struct waiting *waiting;
	bool ok;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	scenario = one;
	forget();
	grow();
	moment_begin(&now);
	visit(UNKNOWN, (struct step){ 0 });
	while ((waiting = first) && violations < 5) {
		first = waiting->next;
		if (!first)
			last = &first;
		if (!visits[waiting->visit].live)
			check_live(waiting->visit, &waiting->moment);
		leave(waiting->visit, &waiting->moment);
		free(waiting);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	ok = !violations;
	printf("%sok %u explore__%s # %u distinct states, %llu steps, %.1f s\n", ok ? "" : "not ",
	       number, scenario->name, visit_count, (unsigned long long)steps,
	       end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9);
	return ok;
}

/* `explore` for all that are not large, `explore --large` for those too, `explore NAME` for one. */
static bool wanted(const struct scenario *one, const char *what)
{
	if (!what || !strcmp(what, "--large"))
		return what || !one->large;
	return !strcmp(what, one->name);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : NULL;
	u32 total = 0, passed = 0, done = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (u32 i = 0; i < SCENARIOS; i++)
		total += wanted(&scenarios[i], what);
	printf("KTAP version 1\n1..%u\n", total);
	for (u32 i = 0; i < SCENARIOS; i++)
		if (wanted(&scenarios[i], what))
			passed += explore(&scenarios[i], ++done);
	show_rows();
	printf("%u passed, %u failed, 0 skipped\n", passed, total - passed);
	return passed == total ? EXIT_SUCCESS : EXIT_FAILURE;
}
