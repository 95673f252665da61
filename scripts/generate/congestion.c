// SPDX-License-Identifier: GPL-2.0
/*
 * Draws what selftests/core/flows or streams measured: a mark for each mean window with losses at equal distances, a
 * line for theory, loss and window on logarithmic scales, one panel an algorithm; or prints the same numbers as a
 * table.
 *
 *   congestion svg|table    from `flows --data` or `streams --data`
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plot.h"

#define LINES 64
#define WIDTH 400.0
#define HEIGHT 340.0
#define LEFT 60.0
#define TOP 60.0
#define GAP 70.0
#define DECADES_X 3.0			/* 0.01 % to 10 % */
#define DECADES_Y 3.0			/* 1 to 1000 segments */

/* loss and RTT, reno, cubic, both again with losses at random, RFC 5681, RFC 9438's (6), and with 4.7 */
enum { LOSS, DELAY, RENO, CUBIC, RENO_RANDOM, CUBIC_RANDOM, RFC_5681, RFC_9438, FLUID, COLUMNS };

static double line[LINES][COLUMNS];
static int lines;

static const char *colour_of(double delay)
{
	return delay < 5 ? "#2471a3" : delay < 20 ? "#1e8449" : delay < 100 ? "#b9770e" : "#b03a2e";
}

static double x_of(double panel, double loss)
{
	return panel + WIDTH * (log10(loss) + 2) / DECADES_X;
}

static double y_of(double window)
{
	return TOP + HEIGHT * (1 - fmax(0, fmin(DECADES_Y, log10(window))) / DECADES_Y);
}

static void draw_axes(FILE *out, double panel, const char *title)
{
	char text[32];

	plot_frame(out, panel, TOP, WIDTH, HEIGHT);
	plot_text(out, panel + WIDTH / 2, TOP - 20, PLOT_MIDDLE, "name", title);
	for (double loss = 0.01; loss < 11; loss *= 10) {
		snprintf(text, sizeof(text), "%g %%", loss);
		plot_text(out, x_of(panel, loss), TOP + HEIGHT + 18, PLOT_MIDDLE, "time", text);
	}
	for (double window = 1; window < 1001; window *= 10) {
		snprintf(text, sizeof(text), "%g", window);
		plot_text(out, panel - 8, y_of(window) + 4, PLOT_END, "time", text);
	}
	plot_text(out, panel + WIDTH / 2, TOP + HEIGHT + 38, PLOT_MIDDLE, "note",
		  "segments lost; upwards: mean window in segments");
}

static void draw_panel(FILE *out, double panel, const char *title, int measured, int theory)
{
	char text[32];

	draw_axes(out, panel, title);
	for (int i = 0; i < lines; i++) {
		const double *now = line[i], *before = line[i - !!i];
		const char *colour = colour_of(now[DELAY]);
		double x = x_of(panel, now[LOSS]), y = y_of(now[theory]);

		plot_box(out, x - 3, y_of(now[measured]) - 3, 6, 6, colour);
		if (before[DELAY] == now[DELAY] && i) {
			plot_line(out, &(struct stroke){ x_of(panel, before[LOSS]),
				  y_of(before[theory]), x, y }, colour, false);
			continue;
		}
		snprintf(text, sizeof(text), "%g ms", now[DELAY]);
		plot_box(out, panel + WIDTH - 80, TOP + 12 + 3 * i, 10, 10, colour);
		plot_text(out, panel + WIDTH - 62, TOP + 22 + 3 * i, PLOT_START, "remark", text);
	}
}

static void draw(FILE *out)
{
	plot_begin(out, LEFT + 2 * WIDTH + GAP + 20, TOP + HEIGHT + 60);
	draw_panel(out, LEFT, "reno, and RFC 5681", RENO, RFC_5681);
	draw_panel(out, LEFT + WIDTH + GAP, "cubic, and RFC 9438", CUBIC, FLUID);
	plot_end(out);
}

static void print_table(void)
{
	static const char *const heads[COLUMNS] = {
		"loss, %", "RTT, ms", "reno", "cubic", "reno, random", "cubic, random", "RFC 5681",
		"RFC 9438, (6)", "with 4.7",
	};

	printf(".. list-table::\n   :header-rows: 1\n\n");
	for (int i = -1; i < lines; i++)
		for (int column = 0; column < COLUMNS; column++) {
			printf("   %c - ", column ? ' ' : '*');
			if (i < 0)
				printf("%s\n", heads[column]);
			else
				printf("%g\n", line[i][column]);
		}
}

static int read_lines(void)
{
	for (; lines < LINES; lines++)
		for (int column = 0; column < COLUMNS; column++)
			if (scanf("%lf", &line[lines][column]) != 1)
				return column == 0 && lines > 0;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2 || !read_lines()) {
		fprintf(stderr, "usage: flows|streams --data | congestion svg|table\n");
		return 1;
	}
	if (!strcmp(argv[1], "svg"))
		draw(stdout);
	else
		print_table();
	return 0;
}
