// SPDX-License-Identifier: GPL-2.0
/*
 * The ladder as a picture: two lifelines in bands of their state's colour, slanted arrows between
 * them. Down the page goes order, not time; the figures at the margins say when. Labels look for a
 * place where they touch no other arrow and no other label.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "label.h"
#include "plot.h"
#include "writers.h"

#define MARGIN 315.0
#define LANE 460.0
#define WIDTH (2 * MARGIN + LANE)
#define BAR 12.0
#define REMARKS 310.0
#define REMARK_COLUMNS 46
#define REMARK_LINE 15.0
#define TOP 104.0
#define SLANT 18.0
#define PLACES 21

static const char *const bands[CLASP_STATES] = {
	[CLASP_CLOSED] = "#d5d8dc",
	[CLASP_LISTEN] = "#f4d35e",
	[CLASP_SYN_SENT] = "#a9d3f2",
	[CLASP_SYN_RCVD] = "#56a3dc",
	[CLASP_ESTABLISHED] = "#5bc486",
	[CLASP_FIN_WAIT_1] = "#f8c471",
	[CLASP_FIN_WAIT_2] = "#e8973a",
	[CLASP_CLOSE_WAIT] = "#d2b4de",
	[CLASP_CLOSING] = "#c98a5b",
	[CLASP_LAST_ACK] = "#9b6bb8",
	[CLASP_TIME_WAIT] = "#ee8f84",
};

/**
 * struct picture - a ladder on its way to paper
 * @file: where to
 * @ladder: what
 * @connection: its number
 * @caption: title and explanations
 * @y: of each line's departure, note or lone arrival
 * @bottom: where the last line ends
 * @arrows: every arrow
 * @arrow_count: of @arrows
 * @labels: middle lines of the labels placed so far, "lost" among them
 * @label_count: of @labels
 * @wide: there are explanations
 */
struct picture {
	FILE *file;
	const struct ladder *ladder;
	u32 connection;
	const struct caption *caption;
	double *y;
	double bottom;
	struct stroke *arrows;
	size_t arrow_count;
	struct stroke *labels;
	size_t label_count;
	bool wide;
};

static double lifeline(u8 side)
{
	return side == LEFT ? MARGIN : MARGIN + LANE;
}

/* Where an arrow touches a lifeline: at the bar's edge. */
static double edge(u8 side)
{
	return side == LEFT ? MARGIN + BAR / 2 : MARGIN + LANE - BAR / 2;
}

/* Where the column of times ends. */
static double figures(u8 side)
{
	return side == LEFT ? 92 : WIDTH - 20;
}

static double remark_height(const char *remark)
{
	double height = 0;
	size_t octets;

	for (; *remark; height += REMARK_LINE)
		remark = label_wrap(remark, REMARK_COLUMNS, &octets);
	return height;
}

static void lay_out(struct picture *picture)
{
	static const double heights[] = { 52, 40, 40, 28 }, rises[] = { 24, 24, 20, 16 };
	const struct ladder *ladder = picture->ladder;
	double top = TOP;
	size_t i;

	picture->y = grow_zeroed(ladder->line_count, sizeof(double));
	for (i = 0; i < ladder->line_count; i++) {
		const struct line *line = &ladder->lines[i];
		const char *remark = caption_remark(picture->caption, picture->connection, line);
		double height = heights[line->kind];

		picture->y[i] = top + rises[line->kind];
		if (remark) {
			picture->wide = true;
			height = fmax(height, remark_height(remark) + 12);
		}
		top += height;
	}
	picture->bottom = top + 12;
}

/* When side @side saw line @i, in y. */
static double seen_at(const struct picture *picture, size_t i, u8 side)
{
	const struct line *line = &picture->ladder->lines[i];

	return picture->y[i] + (line->kind == LINE_ARROW && side != line->side ? SLANT : 0);
}

static double arrival_of(const struct picture *picture, const struct segment *segment)
{
	size_t i;

	for (i = 0; i < picture->ladder->line_count; i++)
		if (picture->ladder->lines[i].segment == segment &&
		    picture->ladder->lines[i].kind == LINE_ARRIVAL)
			return picture->y[i];
	return picture->bottom;
}

/* A duplicate that nobody sent begins in the middle of the lane. */
static struct stroke stroke_of(const struct picture *picture, size_t i)
{
	const struct line *line = &picture->ladder->lines[i];
	const struct segment *segment = line->segment;
	double from = edge(segment->from), to = edge(!segment->from), y = picture->y[i];

	if (line->kind == LINE_ARROW)
		return (struct stroke){ from, y, to, y + SLANT };
	if (line->kind == LINE_ARRIVAL)
		return (struct stroke){ (from + to) / 2, y - SLANT / 2, to, y };
	if (segment_lost(picture->ladder, segment))
		return (struct stroke){ from, y, to, y + SLANT };
	return (struct stroke){ from, y, to, arrival_of(picture, segment) };
}

static bool draws_arrow(const struct line *line)
{
	return line->kind != LINE_NOTE && !(line->kind == LINE_ARRIVAL && line->segment->sent);
}

static bool is_free(const struct picture *picture, const struct stroke *label,
		    const struct stroke *own)
{
	size_t i;

	for (i = 0; i < picture->arrow_count; i++)
		if (&picture->arrows[i] != own &&
		    plot_distance(label, &picture->arrows[i]) < PLOT_TEXT / 2 + 3)
			return false;
	for (i = 0; i < picture->label_count; i++)
		if (plot_distance(label, &picture->labels[i]) < PLOT_TEXT + 2)
			return false;
	return true;
}

/* A lost segment's arrow ends where neither its cross nor the word beside it lies on another one. */
static void break_off(struct picture *picture, struct stroke *arrow)
{
	static const double places[] = { 0.78, 0.7, 0.62, 0.54, 0.46, 0.38, 0.78 };
	const struct stroke whole = *arrow;
	double dx = whole.x2 - whole.x1, dy = whole.y2 - whole.y1;
	struct stroke word;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		arrow->x2 = whole.x1 + places[i] * dx;
		arrow->y2 = whole.y1 + places[i] * dy;
		word = plot_cross_span(arrow->x2, arrow->y2, dx > 0);
		if (is_free(picture, &word, arrow))
			break;
	}
	picture->labels[picture->label_count++] = word;
}

static void collect_arrows(struct picture *picture)
{
	size_t i, next = 0, count = picture->ladder->line_count;

	picture->arrows = grow_zeroed(count, sizeof(struct stroke));
	picture->labels = grow_zeroed(2 * count, sizeof(struct stroke));
	for (i = 0; i < count; i++)
		if (draws_arrow(&picture->ladder->lines[i]))
			picture->arrows[picture->arrow_count++] = stroke_of(picture, i);
	for (i = 0; i < count; i++) {
		const struct line *line = &picture->ladder->lines[i];

		if (draws_arrow(line) && segment_lost(picture->ladder, line->segment))
			break_off(picture, &picture->arrows[next]);
		next += draws_arrow(line);
	}
}

static const char *ink(const struct segment *segment)
{
	const struct event *event = segment_event(segment);

	if (event->flags & CLASP_RST)
		return "#c0392b";
	if (event->flags & CLASP_SYN)
		return "#1f6fb2";
	if (event->flags & CLASP_FIN)
		return "#7d3c98";
	return event->len ? "#1e7d4a" : "#4d5656";
}

/* The first free place along the arrow, from its middle on, above it before below it. */
static bool place_label(const struct picture *picture, const struct stroke *arrow, double width,
			struct stroke *label)
{
	static const double off[] = { -9, 11 };
	size_t j;
	int i;

	for (j = 0; j < ARRAY_SIZE(off); j++)
		for (i = 0; i < PLACES; i++) {
			double away = (i + 1) / 2 * 0.04;

			*label = plot_beside(arrow, i % 2 ? 0.5 - away : 0.5 + away, off[j], width);
			if (fmin(label->x1, label->x2) > edge(LEFT) + 4 &&
			    fmax(label->x1, label->x2) < edge(RIGHT) - 4 &&
			    is_free(picture, label, arrow))
				return true;
		}
	return false;
}

/* Where arrows cross, a label says less, or nothing, rather than touch one. */
static void draw_label(struct picture *picture, const struct segment *segment,
		       const struct stroke *arrow)
{
	struct stroke *label = &picture->labels[picture->label_count];
	char text[LABEL_ROOM];
	size_t columns;

	for (columns = 46; columns > 4; columns -= 4) {
		label_segment(text, sizeof(text), segment, columns);
		if (!place_label(picture, arrow, plot_width(text), label))
			continue;
		picture->label_count++;
		plot_slanted(picture->file, label, "label", text, ink(segment));
		return;
	}
}

static void draw_arrow(struct picture *picture, const struct segment *segment,
		       const struct stroke *arrow)
{
	plot_line(picture->file, arrow, ink(segment), !segment->sent && !segment->untold);
	if (!segment_lost(picture->ladder, segment))
		plot_head(picture->file, arrow, ink(segment));
	else
		plot_cross(picture->file, arrow->x2, arrow->y2, segment->from == LEFT);
	draw_label(picture, segment, arrow);
}

static void draw_arrows(struct picture *picture)
{
	size_t i, next = 0;

	for (i = 0; i < picture->ladder->line_count; i++) {
		const struct line *line = &picture->ladder->lines[i];

		if (draws_arrow(line))
			draw_arrow(picture, line->segment, &picture->arrows[next++]);
	}
}

static void draw_bands(const struct picture *picture, u8 side)
{
	u8 state = picture->ladder->party[side].state;
	double from = TOP - 16, x = lifeline(side) - BAR / 2;
	size_t i;

	for (i = 0; i < picture->ladder->line_count; i++) {
		const struct line *line = &picture->ladder->lines[i];

		if (!line->moved[side])
			continue;
		plot_box(picture->file, x, from, BAR, seen_at(picture, i, side) - from,
			 bands[state]);
		from = seen_at(picture, i, side);
		state = line->state[side];
	}
	plot_box(picture->file, x, from, BAR, picture->bottom - from, bands[state]);
}

static void draw_state(const struct picture *picture, u8 side, double y, const char *note,
		       const char *state)
{
	double x = lifeline(side) + (side == LEFT ? -BAR : BAR);
	enum plot_anchor anchor = side == LEFT ? PLOT_END : PLOT_START;

	plot_pair(picture->file, x, y + 4, anchor, note, state);
}

static void draw_time(const struct picture *picture, u8 side, double y, u64 us)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3f", (us - picture->ladder->start_us) / 1000.0);
	plot_text(picture->file, figures(side), y + 4, PLOT_END, "time", text);
}

static void draw_margin(const struct picture *picture, u8 side)
{
	size_t i;

	draw_state(picture, side, TOP - 12, "",
		   party_state(&picture->ladder->party[side], picture->ladder->party[side].state));
	for (i = 0; i < picture->ladder->line_count; i++) {
		const struct line *line = &picture->ladder->lines[i];
		double y = seen_at(picture, i, side);

		if (!line->timed[side])
			continue;
		draw_time(picture, side, y, line->us[side]);
		draw_state(picture, side, y, line->note,
			   line->moved[side] ? clasp_state_name(line->state[side]) : "");
	}
}

static void draw_remark(const struct picture *picture, double y, const char *text)
{
	while (*text) {
		char front[4 * REMARK_COLUMNS];
		size_t octets;
		const char *rest = label_wrap(text, REMARK_COLUMNS, &octets);

		snprintf(front, sizeof(front), "%.*s", (int)octets, text);
		plot_text(picture->file, WIDTH + 10, y + 4, PLOT_START, "remark", front);
		y += REMARK_LINE;
		text = rest;
	}
}

static void draw_remarks(const struct picture *picture)
{
	size_t i;

	for (i = 0; i < picture->ladder->line_count; i++) {
		const char *remark = caption_remark(picture->caption, picture->connection,
						    &picture->ladder->lines[i]);

		if (remark)
			draw_remark(picture, picture->y[i], remark);
	}
}

static void draw_heading(const struct picture *picture)
{
	char text[80];
	u8 side;

	plot_text(picture->file, 20, 28, PLOT_START, "title",
		  picture->caption->title ? picture->caption->title : "");
	for (side = LEFT; side < SIDES; side++) {
		const struct party *party = &picture->ladder->party[side];

		plot_text(picture->file, lifeline(side), 54, PLOT_MIDDLE, "name", party->name);
		snprintf(text, sizeof(text), "%.45s port %u", party->at.addr, party->at.port);
		plot_text(picture->file, lifeline(side), 70, PLOT_MIDDLE, "time", text);
		plot_text(picture->file, figures(side), 70, PLOT_END, "time", "ms");
	}
}

/**
 * svg_write - draw a ladder as a picture
 * @file: where to
 * @ladder: what
 * @connection: its number, for @caption
 * @caption: title and explanations
 */
void svg_write(FILE *file, const struct ladder *ladder, u32 connection,
	       const struct caption *caption)
{
	struct picture picture = {
		.file = file, .ladder = ladder, .connection = connection, .caption = caption,
	};
	u8 side;

	lay_out(&picture);
	collect_arrows(&picture);
	plot_begin(file, WIDTH + (picture.wide ? REMARKS : 0), picture.bottom + 16);
	draw_heading(&picture);
	for (side = LEFT; side < SIDES; side++) {
		draw_bands(&picture, side);
		draw_margin(&picture, side);
	}
	draw_arrows(&picture);
	draw_remarks(&picture);
	plot_end(file);
	free(picture.y);
	free(picture.arrows);
	free(picture.labels);
}
