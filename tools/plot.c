// SPDX-License-Identifier: GPL-2.0
/*
 * SVG 1.1 by hand. The style sheet names only generic fonts and light, opaque paper, so that a
 * picture looks the same in a browser, in a document and on a dark page.
 */
#include <math.h>

#include "label.h"
#include "plot.h"

static const char *const anchors[] = {
	[PLOT_START] = "start",
	[PLOT_MIDDLE] = "middle",
	[PLOT_END] = "end",
};

static const char style_sheet[] =
	"<style>\n"
	"text { font-family: \"DejaVu Sans\", Verdana, sans-serif; font-size: 12px; fill: #1c2833 }\n"
	".title { font-size: 17px; font-weight: bold }\n"
	".name { font-size: 15px; font-weight: bold }\n"
	".time { font-size: 11px; fill: #7b8a8b }\n"
	".state { font-weight: bold }\n"
	".note { font-style: italic; fill: #566573 }\n"
	".label { stroke: #ffffff; stroke-width: 3px; paint-order: stroke }\n"
	".walked { font-size: 11.5px; fill: #1e7d4a }\n"
	".unwalked { font-size: 11.5px; fill: #a3abb0; font-style: italic }\n"
	".remark { font-size: 11.5px; fill: #424949 }\n"
	"</style>\n";

static void put_escaped(FILE *file, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '<':
			fputs("&lt;", file);
			break;
		case '&':
			fputs("&amp;", file);
			break;
		default:
			fputc(*text, file);
		}
}

/* Opens the picture, with its paper and its style sheet. */
void plot_begin(FILE *file, double width, double height)
{
	fputs("<svg xmlns=\"http://www.w3.org/2000/svg\"", file);
	fprintf(file, " width=\"%.0f\" height=\"%.0f\"", width, height);
	fprintf(file, " viewBox=\"0 0 %.0f %.0f\">\n", width, height);
	fputs(style_sheet, file);
	fprintf(file, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n", width, height);
}

/* Closes the picture. */
void plot_end(FILE *file)
{
	fputs("</svg>\n", file);
}

/* A filled box. */
void plot_box(FILE *file, double x, double y, double width, double height, const char *colour)
{
	fprintf(file, "<rect x=\"%.1f\" y=\"%.1f\"", x, y);
	fprintf(file, " width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", width, height, colour);
}

/* An outlined box with round corners. */
void plot_frame(FILE *file, double x, double y, double width, double height)
{
	fprintf(file, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"8\"", x, y,
		width, height);
	fputs(" fill=\"#f4f6f7\" stroke=\"#566573\" stroke-width=\"1.4\"/>\n", file);
}

/* One piece of level text; @style is a class of the style sheet. */
void plot_text(FILE *file, double x, double y, enum plot_anchor anchor, const char *style,
	       const char *text)
{
	fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y,
		anchors[anchor], style);
	put_escaped(file, text);
	fputs("</text>\n", file);
}

/* What happened and the state that it led to; the state stands next to the lifeline. */
void plot_pair(FILE *file, double x, double y, enum plot_anchor anchor, const char *note,
	       const char *state)
{
	bool note_first = anchor == PLOT_END;

	if (!*note && !*state)
		return;
	fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchors[anchor]);
	fprintf(file, "<tspan class=\"%s\">%s</tspan>", note_first ? "note" : "state",
		note_first ? note : state);
	fprintf(file, "<tspan class=\"%s\" dx=\"%d\">%s</tspan></text>\n",
		note_first ? "state" : "note", *note && *state ? 8 : 0, note_first ? state : note);
}

/* Text along a line that may be tilted, never upside down; in the style's own colour for NULL. */
void plot_slanted(FILE *file, const struct stroke *middle, const char *style, const char *text,
		  const char *colour)
{
	double x = (middle->x1 + middle->x2) / 2, y = (middle->y1 + middle->y2) / 2;
	double slope = (middle->y2 - middle->y1) / (middle->x2 - middle->x1);

	fprintf(file, "<text y=\"4\" text-anchor=\"middle\" class=\"%s\"", style);
	if (colour)
		fprintf(file, " style=\"fill: %s\"", colour);
	fprintf(file, " transform=\"translate(%.1f %.1f) rotate(%.2f)\">", x, y,
		atan(slope) * 180 / M_PI);
	put_escaped(file, text);
	fputs("</text>\n", file);
}

/* An arrow's shaft. */
void plot_line(FILE *file, const struct stroke *stroke, const char *colour, bool dashed)
{
	fprintf(file, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"", stroke->x1,
		stroke->y1, stroke->x2, stroke->y2);
	fprintf(file, " stroke=\"%s\" stroke-width=\"1.6\"%s/>\n", colour,
		dashed ? " stroke-dasharray=\"5 4\"" : "");
}

/* An arrow's head, at the second end of the line. */
void plot_head(FILE *file, const struct stroke *stroke, const char *colour)
{
	double length = hypot(stroke->x2 - stroke->x1, stroke->y2 - stroke->y1);
	double x = (stroke->x2 - stroke->x1) / length, y = (stroke->y2 - stroke->y1) / length;
	double back_x = stroke->x2 - 11 * x, back_y = stroke->y2 - 11 * y;

	fprintf(file, "<polygon points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f\" fill=\"%s\"/>\n",
		stroke->x2, stroke->y2, back_x - 4.5 * y, back_y + 4.5 * x, back_x + 4.5 * y,
		back_y - 4.5 * x, colour);
}

static const char lost[] = "lost";

/* What plot_cross() fills, from end to end. */
struct stroke plot_cross_span(double x, double y, bool rightwards)
{
	double near = 7, far = 13 + plot_width(lost);

	return rightwards ? (struct stroke){ x - near, y, x + far, y } :
			    (struct stroke){ x + near, y, x - far, y };
}

/* Where a segment was lost; the word stands on the far side of it. */
void plot_cross(FILE *file, double x, double y, bool rightwards)
{
	fprintf(file, "<path d=\"M%.1f %.1fl14 14m0 -14l-14 14\"", x - 7, y - 7);
	fputs(" stroke=\"#c0392b\" stroke-width=\"2.6\" fill=\"none\"/>\n", file);
	plot_text(file, rightwards ? x + 13 : x - 13, y + 4, rightwards ? PLOT_START : PLOT_END,
		  "note", lost);
}

/* How long a text becomes, on the safe side for the fonts of the style sheet. */
double plot_width(const char *text)
{
	return label_columns(text) * 7.3;
}

static double to_point(const struct stroke *s, double x, double y)
{
	double dx = s->x2 - s->x1, dy = s->y2 - s->y1;
	double length = dx * dx + dy * dy;
	double t = length > 0 ? ((x - s->x1) * dx + (y - s->y1) * dy) / length : 0;

	t = fmin(1, fmax(0, t));
	return hypot(s->x1 + t * dx - x, s->y1 + t * dy - y);
}

/* On which side of a stroke a point is: the sign says. */
static double turn(const struct stroke *s, double x, double y)
{
	return (s->x2 - s->x1) * (y - s->y1) - (s->y2 - s->y1) * (x - s->x1);
}

static bool cross(const struct stroke *a, const struct stroke *b)
{
	return turn(a, b->x1, b->y1) * turn(a, b->x2, b->y2) < 0 &&
	       turn(b, a->x1, a->y1) * turn(b, a->x2, a->y2) < 0;
}

/* The least distance between two strokes, 0 when they cross. */
double plot_distance(const struct stroke *a, const struct stroke *b)
{
	if (cross(a, b))
		return 0;
	return fmin(fmin(to_point(a, b->x1, b->y1), to_point(a, b->x2, b->y2)),
		    fmin(to_point(b, a->x1, a->y1), to_point(b, a->x2, a->y2)));
}

/**
 * plot_beside - a stroke parallel to another
 * @stroke: the other
 * @along: where its middle is, from 0 (at the start) to 1
 * @off: how far below it is, negative above
 * @width: how long it is
 */
struct stroke plot_beside(const struct stroke *stroke, double along, double off, double width)
{
	double dx = stroke->x2 - stroke->x1, dy = stroke->y2 - stroke->y1;
	double length = hypot(dx, dy), down = dx < 0 ? -1 : 1;
	double x = stroke->x1 + along * dx - off * down * dy / length;
	double y = stroke->y1 + along * dy + off * down * dx / length;
	double half_x = width / 2 * dx / length, half_y = width / 2 * dy / length;

	return (struct stroke){ x - half_x, y - half_y, x + half_x, y + half_y };
}
