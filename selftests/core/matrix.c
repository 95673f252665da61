// SPDX-License-Identifier: GPL-2.0
/*
 * Runs core/ against the conformance matrix: `matrix TABLE`. Every cell is played for several pairs
 * of initial sequence numbers, in a host of its own. Says "ok" for a state whose cells all hold,
 * "not ok" for each cell that does not.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matrix.h"

static const u32 numbers[][2] = {
	{ 1000, 5000 },
	{ 0xfffffffe, 0xffffffff },
	{ 0x7fffffff, 0xffffd8f0 },
};

/**
 * struct verdict - what became of a cell
 * @complaint: what was wrong, empty when nothing was
 */
struct verdict {
	char complaint[512];
};

static struct cell cells[MATRIX_CELLS];
static struct verdict verdicts[MATRIX_CELLS];
static struct verdict *current;

static void complain(const char *format, va_list args)
{
	size_t used = strlen(current->complaint);

	if (used)
		used += snprintf(current->complaint + used, sizeof(current->complaint) - used,
				 "; ");
	if (used < sizeof(current->complaint))
		vsnprintf(current->complaint + used, sizeof(current->complaint) - used, format,
			  args);
}

__attribute__((format(printf, 1, 2)))
static void wrong(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
}

void violation(const struct host *host, const char *format, ...)
{
	va_list args;

	(void)host;
	va_start(args, format);
	complain(format, args);
	va_end(args);
}

void test_failed(const char *file, int line, const char *format, ...)
{
	va_list args;

	(void)file;
	(void)line;
	va_start(args, format);
	complain(format, args);
	va_end(args);
}

static void compare(const char *what, const char *got, const char *wanted)
{
	if (strcmp(got, wanted))
		wrong("%s is %s, should be %s", what, got, wanted);
}

static void compare_count(const char *what, u32 got, const char *wanted)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", got);
	compare(what, text, wanted);
}

static void describe(const struct segment *segment, char *text)
{
	static const char letters[] = "FSRPAU";
	const struct clasp_header *header = &segment->header;

	for (int i = 5; i >= 0; i--)
		if (header->flags & 1 << i)
			*text++ = letters[i];
	text += sprintf(text, " seq US(%d)", (int)(header->seq - bench.iss));
	if (header->flags & CLASP_ACK)
		sprintf(text, " ack THEM(%d)", (int)(header->ack - bench.irs));
}

static void compare_reply(const struct cell *cell, const struct before *before,
			  const struct segment *segment)
{
	char got[MATRIX_TEXT] = "-", wanted[MATRIX_TEXT] = "-";
	struct segment reply;

	if (bench.sent_count)
		describe(&bench.sent[0], got);
	if (strcmp(cell->reply, "-")) {
		if (!matrix_reply(cell, before, segment, &reply))
			wrong("the table's reply \"%s\" cannot be read", cell->reply);
		describe(&reply, wanted);
	}
	compare("reply", got, wanted);
	if (bench.sent_count > 1)
		wrong("%u segments sent, should be one", bench.sent_count);
}

static void compare_all(const struct cell *cell, const struct before *before,
			const struct segment *segment)
{
	const struct host *host = &bench.host;
	char timers[MATRIX_TEXT];
	u32 kept = 0;

	for (u32 i = 0; i < host->ep.ooo.count; i++)
		kept += host->ep.ooo.node[i].len;
	compare_reply(cell, before, segment);
	compare("next state", matrix_state(), cell->next);
	compare_count("delivered", host_unread(host) - before->unread, cell->delivered);
	compare_count("kept", kept, cell->kept);
	compare("timers", matrix_timers(before, timers), cell->timers);
	compare("error", matrix_error(before), cell->error);
}

static void play(const struct cell *cell)
{
	struct segment segment;
	struct before before;

	if (!matrix_enter(cell->state)) {
		wrong("there is no such state");
		return;
	}
	matrix_before(&before);
	if (!matrix_forge(cell, &before, &segment)) {
		wrong("there is no such kind");
		return;
	}
	if (before.rcv_wnd != MATRIX_WINDOW)
		wrong("RCV.WND is %u before the segment", before.rcv_wnd);
	matrix_arrive(cell, &segment);
	compare_all(cell, &before, &segment);
}

static void judge(const struct cell *cell, struct verdict *verdict)
{
	current = verdict;
	for (u32 i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		bench_reset(numbers[i][0], numbers[i][1]);
		play(cell);
		if (verdict->complaint[0])
			return;
	}
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

static void count_state(u32 count, const char *state, u32 *of, u32 *bad)
{
	*of = 0;
	*bad = 0;
	for (u32 i = 0; i < count; i++) {
		if (strcmp(cells[i].state, state))
			continue;
		++*of;
		*bad += verdicts[i].complaint[0] != '\0';
	}
}

static u32 lines(u32 count)
{
	u32 total = 0, of, bad;

	for (u32 i = 0; i < count; i++) {
		total += verdicts[i].complaint[0] != '\0';
		if (seen_before(i))
			continue;
		count_state(count, cells[i].state, &of, &bad);
		total += !bad;
	}
	return total;
}

static u32 report(u32 count)
{
	u32 number = 0, failed = 0, of, bad;

	printf("KTAP version 1\n1..%u\n", lines(count));
	for (u32 i = 0; i < count; i++) {
		if (verdicts[i].complaint[0]) {
			failed++;
			printf("not ok %u matrix__%s: %s %s (line %u): %s\n", ++number,
			       cells[i].state, cells[i].kind, cells[i].position, cells[i].line,
			       verdicts[i].complaint);
		}
		if (seen_before(i))
			continue;
		count_state(count, cells[i].state, &of, &bad);
		if (!bad)
			printf("ok %u matrix__%s: %u cells\n", ++number, cells[i].state, of);
	}
	printf("%u passed, %u failed, 0 skipped\n", number - failed, failed);
	return failed;
}

int main(int argc, char **argv)
{
	u32 count;

	if (argc != 2) {
		fprintf(stderr, "usage: matrix TABLE\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	count = add_full(matrix_read(argv[1], cells));
	for (u32 i = 0; i < count; i++)
		judge(&cells[i], &verdicts[i]);
	return report(count) ? EXIT_FAILURE : EXIT_SUCCESS;
}
