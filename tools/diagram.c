// SPDX-License-Identifier: GPL-2.0
/*
 * The state table as a picture: a box a state, an arrow for every way to another one. The many ways
 * to CLOSED would be a tangle of arrows, so they are lines inside the box that they lead from. Rows
 * that were walked are drawn in ink, the others in grey. Where a box stands and where an arrow
 * leaves it is decided here by hand; the rows come from the table.
 */
#include <string.h>

#include "grow.h"
#include "label.h"
#include "plot.h"
#include "rows.h"

#define WIDTH 1120
#define HEIGHT 830
#define BOX 176.0
#define HEAD 30.0
#define LINE 15.0
#define WALKED "#1e7d4a"
#define LEFT_OUT "#a3abb0"

enum border {
	ABOVE,
	BELOW,
	BEFORE,
	BEHIND,
};

/* Middle of the upper edge of each box. */
static const struct {
	double x, y;
} places[CLASP_STATES] = {
	[CLASP_CLOSED] = { 560, 60 },
	[CLASP_LISTEN] = { 190, 160 },
	[CLASP_SYN_SENT] = { 930, 160 },
	[CLASP_SYN_RCVD] = { 190, 340 },
	[CLASP_ESTABLISHED] = { 560, 340 },
	[CLASP_CLOSE_WAIT] = { 930, 340 },
	[CLASP_FIN_WAIT_1] = { 190, 520 },
	[CLASP_CLOSING] = { 560, 520 },
	[CLASP_LAST_ACK] = { 930, 520 },
	[CLASP_FIN_WAIT_2] = { 190, 680 },
	[CLASP_TIME_WAIT] = { 560, 680 },
};

/**
 * struct route - how the rows from one state to another are drawn
 * @from: enum clasp_state
 * @to: enum clasp_state
 * @leaves: border of the first box
 * @leaves_at: where, from the middle of an upper or lower border, from the top of one at a side
 * @enters: border of the second box
 * @enters_at: where, in the same way
 */
struct route {
	u8 from;
	u8 to;
	u8 leaves;
	double leaves_at;
	u8 enters;
	double enters_at;
};

static const struct route routes[] = {
	{ CLASP_CLOSED, CLASP_LISTEN, BEFORE, 15, ABOVE, 0 },
	{ CLASP_CLOSED, CLASP_SYN_SENT, BEHIND, 15, ABOVE, 0 },
	{ CLASP_LISTEN, CLASP_SYN_RCVD, BELOW, -84, ABOVE, -84 },
	{ CLASP_SYN_RCVD, CLASP_LISTEN, ABOVE, 80, BELOW, 80 },
	{ CLASP_SYN_SENT, CLASP_ESTABLISHED, BELOW, -50, ABOVE, 60 },
	{ CLASP_SYN_SENT, CLASP_SYN_RCVD, BEFORE, 54, BEHIND, 22 },
	{ CLASP_SYN_RCVD, CLASP_ESTABLISHED, BEHIND, 54, BEFORE, 54 },
	{ CLASP_SYN_RCVD, CLASP_FIN_WAIT_1, BELOW, -60, ABOVE, -60 },
	{ CLASP_ESTABLISHED, CLASP_FIN_WAIT_1, BELOW, -50, ABOVE, 70 },
	{ CLASP_ESTABLISHED, CLASP_CLOSE_WAIT, BEHIND, 54, BEFORE, 54 },
	{ CLASP_FIN_WAIT_1, CLASP_FIN_WAIT_2, BELOW, -60, ABOVE, -60 },
	{ CLASP_FIN_WAIT_1, CLASP_CLOSING, BEHIND, 54, BEFORE, 54 },
	{ CLASP_FIN_WAIT_2, CLASP_TIME_WAIT, BEHIND, 54, BEFORE, 54 },
	{ CLASP_CLOSING, CLASP_TIME_WAIT, BELOW, -60, ABOVE, -60 },
	{ CLASP_CLOSE_WAIT, CLASP_LAST_ACK, BELOW, -60, ABOVE, -60 },
};

struct point {
	double x, y;
};

static double height_of(u8 state)
{
	double height = HEAD;
	u32 row;

	for (row = 0; row < clasp_state_rows; row++)
		if (clasp_state_table[row].state == state &&
		    clasp_state_table[row].next == CLASP_CLOSED)
			height += LINE;
	return height;
}

static struct point border_point(u8 state, u8 border, double at)
{
	double x = places[state].x, y = places[state].y;

	switch (border) {
	case ABOVE:
		return (struct point){ x + at, y };
	case BELOW:
		return (struct point){ x + at, y + height_of(state) };
	case BEFORE:
		return (struct point){ x - BOX / 2, y + at };
	default:
		return (struct point){ x + BOX / 2, y + at };
	}
}

static void draw_box(FILE *file, u8 state, const bool *walked)
{
	double x = places[state].x, y = places[state].y, at = y + HEAD + 8;
	char text[60], cause[40];
	u32 row;

	plot_frame(file, x - BOX / 2, y, BOX, height_of(state));
	plot_text(file, x, y + 20, PLOT_MIDDLE, "state", clasp_state_name(state));
	for (row = 0; row < clasp_state_rows; row++) {
		const struct clasp_row *way = &clasp_state_table[row];

		if (way->state != state || way->next != CLASP_CLOSED)
			continue;
		label_cause(cause, sizeof(cause), way->event);
		snprintf(text, sizeof(text), "%s%s%s", cause, *way->sends ? " / " : "", way->sends);
		plot_text(file, x, at, PLOT_MIDDLE, walked[row] ? "walked" : "unwalked", text);
		at += LINE;
	}
}

/* Level beside an upright arrow, along any other; @n counts the rows that share the arrow. */
static void draw_words(FILE *file, const struct stroke *arrow, u32 n, const char *style,
		       const char *text)
{
	double middle = (arrow->y1 + arrow->y2) / 2;
	struct stroke along;

	if (arrow->x1 == arrow->x2) {
		plot_text(file, arrow->x1 + 8, middle + 4 + LINE * n, PLOT_START, style, text);
		return;
	}
	along = plot_beside(arrow, 0.5, -9 + 20.0 * n, plot_width(text));
	plot_slanted(file, &along, style, text, NULL);
}

static void draw_route(FILE *file, const struct route *route, const bool *walked)
{
	struct point from = border_point(route->from, route->leaves, route->leaves_at);
	struct point to = border_point(route->to, route->enters, route->enters_at);
	struct stroke arrow = { from.x, from.y, to.x, to.y };
	bool any = false;
	char text[60], cause[40];
	u32 row, n = 0;

	for (row = 0; row < clasp_state_rows; row++) {
		const struct clasp_row *way = &clasp_state_table[row];

		if (way->state != route->from || way->next != route->to)
			continue;
		any = any || walked[row];
		label_cause(cause, sizeof(cause), way->event);
		snprintf(text, sizeof(text), "%s%s%s", cause, *way->sends ? " / " : "", way->sends);
		draw_words(file, &arrow, n++, walked[row] ? "walked" : "unwalked", text);
	}
	plot_line(file, &arrow, any ? WALKED : LEFT_OUT, !any);
	plot_head(file, &arrow, any ? WALKED : LEFT_OUT);
}

/**
 * diagram_write - draw the state table
 * @file: where to
 * @walked: by row
 */
void diagram_write(FILE *file, const bool *walked)
{
	u8 state;
	size_t i;

	plot_begin(file, WIDTH, HEIGHT);
	plot_text(file, 20, 30, PLOT_START, "title", "The state table, as the labs walked it");
	plot_text(file, WIDTH - 20, 30, PLOT_END, "walked", "walked: what happened / what is sent");
	plot_text(file, WIDTH - 20, 46, PLOT_END, "unwalked", "in the table, but not walked");
	plot_text(file, WIDTH - 20, HEIGHT - 20, PLOT_END, "note",
		  "What stands inside a box leads to CLOSED.");
	for (i = 0; i < ARRAY_SIZE(routes); i++)
		draw_route(file, &routes[i], walked);
	for (state = CLASP_ESTABLISHED; state < CLASP_STATES; state++)
		draw_box(file, state, walked);
	plot_end(file);
}
