// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the table: a line a cell, fields between tabs, "#" and empty lines are for people.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matrix.h"

#define FIELDS 11
#define FIELDS_NEEDED 10

static void fail(const char *path, unsigned int line, const char *what)
{
	fprintf(stderr, "%s:%u: %s\n", path, line, what);
	exit(2);
}

static unsigned int split(char *line, const char **field)
{
	unsigned int count = 0;
	char *at;

	line[strcspn(line, "\n")] = '\0';
	while ((at = strsep(&line, "\t")) && count < FIELDS)
		field[count++] = at;
	return at ? FIELDS + 1 : count;
}

static bool same_place(const struct cell *a, const struct cell *b)
{
	return !strcmp(a->state, b->state) && !strcmp(a->kind, b->kind) &&
	       !strcmp(a->position, b->position);
}

static void read_cell(const char *path, char *line, unsigned int number, struct cell *cell)
{
	const char *field[FIELDS] = { 0 };
	unsigned int count = split(line, field);

	if (count < FIELDS_NEEDED || count > FIELDS)
		fail(path, number, "not 10 or 11 fields");
	*cell = (struct cell){
		.state = field[0], .kind = field[1], .position = field[2], .reply = field[3],
		.next = field[4], .delivered = field[5], .kept = field[6], .timers = field[7],
		.error = field[8], .clause = field[9], .remark = field[10] ? field[10] : "",
		.line = number,
	};
}

/* The cells of a table; lines stay allocated as long as the program runs. */
u32 matrix_read(const char *path, struct cell *cells)
{
	FILE *file = fopen(path, "r");
	unsigned int number = 0;
	size_t room = 0;
	char *line = NULL;
	u32 count = 0;

	if (!file)
		fail(path, 0, "cannot be read");
	while (getline(&line, &room, file) > 0) {
		number++;
		if (*line == '#' || *line == '\n')
			continue;
		if (count == MATRIX_CELLS)
			fail(path, number, "too many cells");
		read_cell(path, line, number, &cells[count]);
		for (u32 i = 0; i < count; i++)
			if (same_place(&cells[i], &cells[count]))
				fail(path, number, "this cell was there before");
		count++;
		line = NULL;
		room = 0;
	}
	free(line);
	fclose(file);
	return count;
}
