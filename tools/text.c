// SPDX-License-Identifier: GPL-2.0
/*
 * The ladder for a terminal, 100 columns: time and state of the left end, the lane between two
 * lifelines, state and time of the right end. Each end has its own time, so an arrow shows when it
 * left and when it arrived.
 */
#include <string.h>

#include "label.h"
#include "writers.h"

#define LANE 51
#define STATE 11
#define TIME 10

/*
 * One row of the lane while it is filled: a cell a column, each a UTF-8 character. The second cell of a wide
 * one is empty.
 */
struct lane {
	char cell[LANE][8];
	const char *left;
	const char *right;
};

static void fill(struct lane *lane, int from, int to, const char *what)
{
	for (; from < to; from++)
		snprintf(lane->cell[from], sizeof(lane->cell[from]), "%s", what);
}

static void clear(struct lane *lane)
{
	fill(lane, 0, LANE, " ");
	lane->left = "│";
	lane->right = "│";
}

/* Text from column @at on; what goes beyond the lane is cut. */
static void put(struct lane *lane, int at, const char *text)
{
	for (; *text && at + (int)label_width(text) <= LANE; text += label_octets(text)) {
		snprintf(lane->cell[at], sizeof(lane->cell[at]), "%.*s", (int)label_octets(text),
			 text);
		if (label_width(text) == 2)
			lane->cell[at + 1][0] = '\0';
		at += label_width(text);
	}
}

static void put_centred(struct lane *lane, const char *text)
{
	put(lane, (LANE - (int)label_columns(text)) / 2, text);
}

static void put_beside(struct lane *lane, u8 side, const char *text)
{
	put(lane, side == LEFT ? 1 : LANE - 1 - (int)label_columns(text), text);
}

/* Departures and arrivals on lines of their own carry the segment's number, to be found again. */
static void put_number(struct lane *lane, u8 side, u32 number)
{
	char text[16];

	snprintf(text, sizeof(text), " #%u ", number);
	put_beside(lane, side, text);
	put(lane, side == LEFT ? 0 : LANE - 1, "┄");
}

/* The shaft breaks off before it reaches the other side. */
static void put_loss(struct lane *lane, bool right)
{
	static const char mark[] = "╳ lost";
	int columns = label_columns(mark) + 1;

	fill(lane, right ? LANE - columns : 0, right ? LANE : columns, " ");
	put_beside(lane, right ? RIGHT : LEFT, right ? mark : "lost ╳");
}

static void draw_arrow(struct lane *lane, const struct line *line)
{
	const struct segment *segment = line->segment;
	bool right = segment->from == LEFT;
	bool leaves = line->kind != LINE_ARRIVAL, arrives = line->kind != LINE_DEPARTURE;
	char text[LABEL_ROOM], label[LABEL_ROOM + 2];

	label_segment(text, sizeof(text), segment, LANE - 14);
	snprintf(label, sizeof(label), " %s ", text);
	fill(lane, 0, LANE, leaves ? "─" : "┄");
	put_centred(lane, label);
	if (leaves && right)
		lane->left = "├";
	else if (leaves)
		lane->right = "┤";
	if (arrives)
		put(lane, right ? LANE - 1 : 0, right ? "▶" : "◀");
	else if (segment->received)
		put_number(lane, !segment->from, segment->number);
	else
		put_loss(lane, right);
	if (!leaves && segment->sent)
		put_number(lane, segment->from, segment->number);
}

static void put_time(FILE *file, u64 us, bool timed)
{
	double ms = us / 1000.0;

	if (timed)
		fprintf(file, "%*.*f", TIME, ms < 999999.9995 ? 3 : 1, ms);
	else
		fprintf(file, "%*s", TIME, "");
}

static void put_lane(FILE *file, const struct lane *lane)
{
	int i;

	fputs(lane->left, file);
	for (i = 0; i < LANE; i++)
		fputs(lane->cell[i], file);
	fputs(lane->right, file);
}

static void write_line(FILE *file, const struct ladder *ladder, const struct line *line)
{
	struct lane lane;

	clear(&lane);
	if (line->kind == LINE_NOTE)
		put_beside(&lane, line->side, line->note);
	else
		draw_arrow(&lane, line);
	put_time(file, line->us[LEFT] - ladder->start_us, line->timed[LEFT]);
	fprintf(file, "  %*s ", STATE, party_state(&ladder->party[LEFT], line->state[LEFT]));
	put_lane(file, &lane);
	if (line->timed[RIGHT]) {
		fprintf(file, " %-*s ", STATE, party_state(&ladder->party[RIGHT], line->state[RIGHT]));
		put_time(file, line->us[RIGHT] - ladder->start_us, true);
	} else if (!ladder->party[RIGHT].untraced) {
		fprintf(file, " %s", clasp_state_name(line->state[RIGHT]));
	}
	fputc('\n', file);
}

static void write_remark(FILE *file, const char *text)
{
	while (*text) {
		struct lane lane;
		char front[4 * LANE];
		size_t octets;
		const char *rest = label_wrap(text, LANE - 6, &octets);

		clear(&lane);
		snprintf(front, sizeof(front), "%.*s", (int)octets, text);
		put(&lane, 3, front);
		fprintf(file, "%*s", TIME + STATE + 3, "");
		put_lane(file, &lane);
		fputc('\n', file);
		text = rest;
	}
}

static void put_name(FILE *file, u8 side, const char *name)
{
	bool cut = strlen(name) > STATE;
	int columns = cut ? STATE - 1 : (int)strlen(name);
	int pad = STATE - columns - cut;

	fprintf(file, "%*s%.*s%s%*s", side == LEFT ? pad : 0, "", columns, name, cut ? "…" : "",
		side == LEFT ? 0 : pad, "");
}

/* Both addresses on one line, or on two when they are long. */
static void put_addresses(FILE *file, const char *left, const char *right)
{
	int gap = LANE - 2 - (int)(strlen(left) + strlen(right));

	fprintf(file, "%*s┌ %s", TIME + STATE + 3, "", left);
	if (gap < 2) {
		gap = LANE - 2 - (int)strlen(right);
		fprintf(file, "\n%*s│ ", TIME + STATE + 3, "");
	}
	fprintf(file, "%*s%s ┐\n", gap, "", right);
}

static void write_heading(FILE *file, const struct ladder *ladder)
{
	const struct party *left = &ladder->party[LEFT], *right = &ladder->party[RIGHT];
	char from[64], to[64];

	fprintf(file, "%*s  ", TIME, "ms");
	put_name(file, LEFT, left->name);
	fprintf(file, "%*s", LANE + 4, "");
	put_name(file, RIGHT, right->name);
	fprintf(file, " %*s\n", TIME, "ms");
	snprintf(from, sizeof(from), "%.45s port %u", left->at.addr, left->at.port);
	snprintf(to, sizeof(to), "%.45s port %u", right->at.addr, right->at.port);
	put_addresses(file, from, to);
}

/**
 * text_write - draw a ladder with box characters
 * @file: where to
 * @ladder: what
 * @connection: its number, for @caption
 * @caption: explanations
 */
void text_write(FILE *file, const struct ladder *ladder, u32 connection,
		const struct caption *caption)
{
	size_t i;

	write_heading(file, ladder);
	for (i = 0; i < ladder->line_count; i++) {
		const char *remark = caption_remark(caption, connection, &ladder->lines[i]);

		write_line(file, ladder, &ladder->lines[i]);
		if (remark)
			write_remark(file, remark);
	}
}
