// SPDX-License-Identifier: GPL-2.0
/*
 * Judges a runner by the conformance matrix. Says "ok" for a state whose cells all hold, "not ok" for each
 * cell that does not. A runner may have a list of notes: what it may do otherwise it must do otherwise, so
 * that no note outlives its reason.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "letters.h"
#include "matrix.h"

/**
 * struct verdict - what became of a cell
 * @complaint: what was wrong, empty when nothing was
 * @not_run: the note that says why it was not run
 * @noted: the outcome is another one than the table's, as a note says
 */
struct verdict {
	char complaint[512];
	const struct note *not_run;
	bool noted;
};

static struct cell cells[MATRIX_CELLS];
static struct verdict verdicts[MATRIX_CELLS];
static struct note notes[MATRIX_NOTES];
static bool note_used[MATRIX_NOTES];
static u32 note_count;
static struct verdict *current;

void matrix_wrong(const char *format, ...)
{
	size_t used = strlen(current->complaint);
	va_list args;

	if (used)
		used += snprintf(current->complaint + used, sizeof(current->complaint) - used,
				 "; ");
	if (used >= sizeof(current->complaint))
		return;
	va_start(args, format);
	vsnprintf(current->complaint + used, sizeof(current->complaint) - used, format, args);
	va_end(args);
}

static bool covers(const char *pattern, const char *text)
{
	return !strcmp(pattern, "*") || !strcmp(pattern, text);
}

static const struct note *find_note(const struct cell *cell, const char *what)
{
	for (u32 i = 0; i < note_count; i++) {
		if (strcmp(notes[i].state, cell->state) || strcmp(notes[i].what, what) ||
		    !covers(notes[i].kind, cell->kind) ||
		    !covers(notes[i].position, cell->position))
			continue;
		note_used[i] = true;
		return &notes[i];
	}
	return NULL;
}

static void compare(const struct cell *cell, const char *what, const char *got, const char *wanted)
{
	const struct note *note = find_note(cell, what);

	if (!note && strcmp(got, wanted))
		matrix_wrong("%s is %s, should be %s", what, got, wanted);
	if (note && strcmp(got, note->value))
		matrix_wrong("%s is %s, noted as %s (line %u of the list)", what, got,
			     note->value, note->line);
	current->noted |= !!note;
}

static void compare_count(const struct cell *cell, const char *what, u32 got, const char *wanted)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", got);
	compare(cell, what, text, wanted);
}

static void describe(const struct before *before, const struct clasp_header *header, char *text)
{
	text += strlen(letters_of(header->flags, text));
	text += sprintf(text, " seq US(%d)", (int)(header->seq - before->iss));
	if (header->flags & CLASP_ACK)
		sprintf(text, " ack THEM(%d)", (int)(header->ack - before->irs));
}

static void compare_reply(const struct cell *cell, const struct before *before,
			  const struct arrival *arrival, const struct outcome *outcome)
{
	char got[MATRIX_TEXT] = "-", wanted[MATRIX_TEXT] = "-";
	struct clasp_header reply;

	if (outcome->replies)
		describe(before, &outcome->reply, got);
	if (strcmp(cell->reply, "-")) {
		if (!matrix_reply(cell, before, arrival, outcome->new_iss, &reply))
			matrix_wrong("the table's reply \"%s\" cannot be read", cell->reply);
		describe(before, &reply, wanted);
	}
	compare(cell, "reply", got, wanted);
	if (outcome->replies > 1)
		matrix_wrong("%u segments sent, should be one", outcome->replies);
}

static void play(const struct cell *cell, u32 number)
{
	struct outcome outcome;
	struct arrival arrival;
	struct before before;

	if (!matrix_enter(cell->state, number, &before)) {
		matrix_wrong("there is no such state");
		return;
	}
	if (!matrix_forge(cell, &before, &arrival)) {
		matrix_wrong("there is no such kind");
		return;
	}
	if (before.rcv_wnd != MATRIX_WINDOW)
		matrix_wrong("RCV.WND is %u before the segment", before.rcv_wnd);
	matrix_arrive(&before, &arrival, &outcome);
	compare_reply(cell, &before, &arrival, &outcome);
	compare(cell, "next state", outcome.state, cell->next);
	compare_count(cell, "delivered", outcome.delivered, cell->delivered);
	compare_count(cell, "kept", outcome.kept, cell->kept);
	compare(cell, "timers", outcome.timers, cell->timers);
	compare(cell, "error", outcome.error, cell->error);
}

static void judge(const struct cell *cell, struct verdict *verdict, u32 plays)
{
	current = verdict;
	verdict->not_run = find_note(cell, "not run");
	for (u32 i = 0; i < plays && !verdict->not_run && !verdict->complaint[0]; i++)
		play(cell, i);
}

/*
 * A passive SYN_RCVD exists twice: every cell of the embryo holds for the full block that it turns
 * into, unless the table has a cell "SYN_RCVD/full" that says how that one differs.
 */
static u32 add_full(u32 count)
{
	u32 total = count, i, j;

	for (i = 0; i < count; i++) {
		if (strcmp(cells[i].state, "SYN_RCVD"))
			continue;
		for (j = 0; j < count; j++)
			if (!strcmp(cells[j].state, "SYN_RCVD/full") &&
			    !strcmp(cells[j].kind, cells[i].kind) &&
			    !strcmp(cells[j].position, cells[i].position))
				break;
		if (j < count || total == MATRIX_CELLS)
			continue;
		cells[total] = cells[i];
		cells[total].state = "SYN_RCVD/full";
		if (!strcmp(cells[i].next, "SYN_RCVD"))
			cells[total].next = "SYN_RCVD/full";
		total++;
	}
	return total;
}

static bool seen_before(u32 index)
{
	for (u32 i = 0; i < index; i++)
		if (!strcmp(cells[i].state, cells[index].state))
			return true;
	return false;
}

/**
 * struct count - of the cells of a state
 */
struct count {
	u32 cells;
	u32 bad;
	u32 noted;
	u32 not_run;
	const char *reason;
};

static struct count count_state(u32 total, const char *state)
{
	struct count count = { 0 };

	for (u32 i = 0; i < total; i++) {
		if (strcmp(cells[i].state, state))
			continue;
		count.cells++;
		count.bad += verdicts[i].complaint[0] != '\0';
		count.noted += verdicts[i].noted;
		if (!verdicts[i].not_run)
			continue;
		count.not_run++;
		count.reason = verdicts[i].not_run->reason;
	}
	return count;
}

static void report_state(const char *state, const struct count *count, u32 number)
{
	printf("ok %u matrix__%s: %u cells", number, state, count->cells);
	if (count->noted)
		printf(", %u of them as the list has it", count->noted);
	if (count->not_run == count->cells)
		printf(" # SKIP %s", count->reason);
	else if (count->not_run)
		printf(", %u not run: %s", count->not_run, count->reason);
	printf("\n");
}

/* A note that no cell was measured by says something that is not so. */
static u32 report_notes(u32 *number)
{
	u32 failed = 0;

	for (u32 i = 0; i < note_count; i++) {
		if (note_used[i])
			continue;
		failed++;
		printf("not ok %u matrix__list: line %u is about no cell\n", ++*number,
		       notes[i].line);
	}
	return failed;
}

static u32 report(u32 total)
{
	u32 number = 0, failed = 0, skipped = 0;
	struct count count;

	for (u32 i = 0; i < total; i++) {
		if (verdicts[i].complaint[0]) {
			failed++;
			printf("not ok %u matrix__%s: %s %s (line %u): %s\n", ++number,
			       cells[i].state, cells[i].kind, cells[i].position, cells[i].line,
			       verdicts[i].complaint);
		}
		if (seen_before(i))
			continue;
		count = count_state(total, cells[i].state);
		if (count.bad)
			continue;
		report_state(cells[i].state, &count, ++number);
		skipped += count.not_run == count.cells;
	}
	failed += report_notes(&number);
	printf("1..%u\n%u passed, %u failed, %u skipped\n", number, number - failed - skipped,
	       failed, skipped);
	return failed;
}

/**
 * matrix_run - play every cell, and report
 * @table: path of the table
 * @list: path of the runner's notes, NULL for none
 * @plays: how often each cell is played
 *
 * Return: the exit status of the program.
 */
int matrix_run(const char *table, const char *list, u32 plays)
{
	u32 total = add_full(matrix_read(table, cells));

	if (list)
		note_count = matrix_read_notes(list, notes);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n");
	for (u32 i = 0; i < total; i++)
		judge(&cells[i], &verdicts[i], plays);
	return report(total) ? EXIT_FAILURE : EXIT_SUCCESS;
}
