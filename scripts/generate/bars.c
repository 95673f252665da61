// SPDX-License-Identifier: GPL-2.0
/*
 * bars BENCH: the figures of `make bench` as a picture, Clasp's share of TCP's, a bar a row and kernel. What
 * depends on a path or on another host is left out.
 */
#include <stdlib.h>
#include <string.h>

#include "plot.h"

#define NAMES 190.0
#define SCALE 260.0	/* of TCP's whole */
#define WIDTH (NAMES + 2 * SCALE + 70)
#define TOP 86.0
#define BAR 13.0
#define ROWS 200
#define KERNELS 4

struct row {
	char kernel[64];
	char name[80];
	char unit[32];
	double ratio;
};

static const char *const colours[KERNELS] = { "#56a3dc", "#1f6fb2", "#f8c471", "#e8973a" };

static struct row rows[ROWS];
static int count;

/* The value of a key of one line, without its quotes. */
static void field(const char *line, const char *key, char *value, size_t size)
{
	char quoted[32];
	const char *at;
	size_t len;

	snprintf(quoted, sizeof(quoted), "\"%s\": ", key);
	at = strstr(line, quoted);
	*value = '\0';
	if (!at)
		return;
	at += strlen(quoted);
	at += *at == '"';
	len = strcspn(at, "\",}");
	snprintf(value, size, "%.*s", (int)len, at);
}

static void understand(const char *line)
{
	struct row *row = &rows[count];
	char value[32], ratio[32];
	const char *over = value;

	field(line, "kernel", row->kernel, sizeof(row->kernel));
	field(line, "name", row->name, sizeof(row->name) - sizeof(", IPv6"));
	field(line, "unit", row->unit, sizeof(row->unit));
	field(line, "over", value, sizeof(value));
	field(line, "ratio", ratio, sizeof(ratio));
	row->ratio = atof(ratio);
	if (!strncmp(over, "IPv6 ", 5)) {
		strcat(row->name, ", IPv6");
		over += 5;
	}
	if (*ratio && (!strcmp(over, "loopback") || !strcmp(over, "wire")) && count < ROWS - 1)
		count++;
}

/* Which of the kernels it is, in the order in which they come. */
static int kernel_of(const struct row *row)
{
	int i, n = 0;

	for (i = 0; &rows[i] != row && strcmp(rows[i].kernel, row->kernel); i++)
		n += !i || strcmp(rows[i].kernel, rows[i - 1].kernel);
	return n < KERNELS ? n : KERNELS - 1;
}

static double draw_bar(double y, const struct row *row)
{
	double length = row->ratio < 2 ? row->ratio * SCALE : 2 * SCALE;
	char text[32];

	plot_box(stdout, NAMES, y, length, BAR - 2, colours[kernel_of(row)]);
	snprintf(text, sizeof(text), "%.2f", row->ratio);
	plot_text(stdout, NAMES + 2 * SCALE + 10, y + BAR - 3, PLOT_START, "time", text);
	return y + BAR;
}

static bool is_first(int at)
{
	int i;

	for (i = 0; i < at; i++)
		if (!strcmp(rows[i].name, rows[at].name))
			return false;
	return true;
}

/* All kernels' bars of that row's name, and the name. */
static double draw_group(double y, int at)
{
	double top = y;
	char text[128];
	int i;

	for (i = at; i < count; i++)
		if (!strcmp(rows[i].name, rows[at].name))
			y = draw_bar(y, &rows[i]);
	snprintf(text, sizeof(text), "%s, %s", rows[at].name, rows[at].unit);
	plot_text(stdout, NAMES - 8, (top + y) / 2 + 3, PLOT_END, "remark", text);
	return y + 7;
}

static void draw_legend(void)
{
	double x = 14;
	int i;

	plot_text(stdout, 14, 28, PLOT_START, "title", "Clasp's share of what TCP takes in the same guest");
	for (i = 0; i < count; i++) {
		if (i && !strcmp(rows[i].kernel, rows[i - 1].kernel))
			continue;
		plot_box(stdout, x, 44, 12, 12, colours[kernel_of(&rows[i])]);
		plot_text(stdout, x + 17, 54, PLOT_START, "remark", rows[i].kernel);
		x += 40 + plot_width(rows[i].kernel);
	}
}

int main(int argc, char **argv)
{
	double y = TOP, height = TOP + 20;
	char line[2048];
	FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	int i;

	if (!file)
		return 2;
	while (fgets(line, sizeof(line), file))
		understand(line);
	for (i = 0; i < count; i++)
		height += BAR + (is_first(i) ? 7 : 0);
	plot_begin(stdout, WIDTH, height);
	draw_legend();
	for (i = 0; i < count; i++)
		if (is_first(i))
			y = draw_group(y, i);
	plot_line(stdout, &(struct stroke){ NAMES + SCALE, TOP - 8, NAMES + SCALE, y }, "#c0392b", true);
	plot_text(stdout, NAMES + SCALE, TOP - 12, PLOT_MIDDLE, "time", "TCP");
	plot_end(stdout);
	return 0;
}
