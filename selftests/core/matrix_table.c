// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the table and a runner's list: a line a cell or a note, fields between tabs, "#" and empty
 * lines are for people. What was read stays allocated as long as the program runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matrix.h"

#define FIELDS 11
#define FIELDS_NEEDED 10
#define NOTE_FIELDS 7

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

static void read_note(const char *path, char *line, unsigned int number, struct note *note)
{
	const char *field[FIELDS] = { 0 };

	if (split(line, field) != NOTE_FIELDS)
		fail(path, number, "not 7 fields");
	*note = (struct note){
		.state = field[0], .kind = field[1], .position = field[2], .what = field[3],
		.value = field[4], .clause = field[5], .reason = field[6], .line = number,
	};
}

static FILE *open_file(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		fail(path, 0, "cannot be read");
	return file;
}

/* The next line that is not for people; NULL at the end. */
static char *next_line(FILE *file, unsigned int *number)
{
	size_t room = 0;
	char *line = NULL;

	while (getline(&line, &room, file) > 0) {
		++*number;
		if (*line != '#' && *line != '\n')
			return line;
	}
	free(line);
	fclose(file);
	return NULL;
}

/* The cells of a table. */
u32 matrix_read(const char *path, struct cell *cells)
{
	FILE *file = open_file(path);
	unsigned int number = 0;
	u32 count = 0;
	char *line;

	while ((line = next_line(file, &number))) {
		if (count == MATRIX_CELLS)
			fail(path, number, "too many cells");
		read_cell(path, line, number, &cells[count]);
		for (u32 i = 0; i < count; i++)
			if (same_place(&cells[i], &cells[count]))
				fail(path, number, "this cell was there before");
		count++;
	}
	return count;
}

/* The notes of a list. */
u32 matrix_read_notes(const char *path, struct note *notes)
{
	FILE *file = open_file(path);
	unsigned int number = 0;
	u32 count = 0;
	char *line;

	while ((line = next_line(file, &number))) {
		if (count == MATRIX_NOTES)
			fail(path, number, "too many notes");
		read_note(path, line, number, &notes[count++]);
	}
	return count;
}
