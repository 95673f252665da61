/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few shapes that a picture of a ladder is made of, and how far apart two of them are.
 */
#ifndef CLASP_TOOLS_PLOT_H
#define CLASP_TOOLS_PLOT_H

#include <stdio.h>

#include "types.h"

#define PLOT_TEXT 13.0

/* A straight line, or the middle line of a label. */
struct stroke {
	double x1, y1, x2, y2;
};

enum plot_anchor {
	PLOT_START,
	PLOT_MIDDLE,
	PLOT_END,
};

void plot_begin(FILE *file, double width, double height);
void plot_end(FILE *file);
void plot_box(FILE *file, double x, double y, double width, double height, const char *colour);
void plot_frame(FILE *file, double x, double y, double width, double height);
void plot_text(FILE *file, double x, double y, enum plot_anchor anchor, const char *style,
	       const char *text);
void plot_pair(FILE *file, double x, double y, enum plot_anchor anchor, const char *note,
	       const char *state);
void plot_slanted(FILE *file, const struct stroke *middle, const char *style, const char *text,
		  const char *colour);
void plot_line(FILE *file, const struct stroke *stroke, const char *colour, bool dashed);
void plot_head(FILE *file, const struct stroke *stroke, const char *colour);
void plot_cross(FILE *file, double x, double y, bool rightwards);
struct stroke plot_cross_span(double x, double y, bool rightwards);

double plot_width(const char *text);
double plot_distance(const struct stroke *a, const struct stroke *b);
struct stroke plot_beside(const struct stroke *stroke, double along, double off, double width);

#endif
