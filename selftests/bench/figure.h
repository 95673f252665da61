/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a program here prints: one figure a line, each an object of JSON, to be taken together over seeds and
 * kernels on the other side.
 */
#ifndef CLASP_BENCH_FIGURE_H
#define CLASP_BENCH_FIGURE_H

#include "../net/net_helpers.h"

#define SAMPLES 5

/**
 * struct figure - what is measured
 * @over: what the segments cross: loopback, veth, a path, or a wire with a hand-made peer at its other end; what the
 *	program was called for (NAME_inet6) is said of it
 * @name: of the operation
 * @unit: of which there are so many
 * @times: operations between two marks, where there are marks
 */
struct figure {
	const char *over;
	const char *name;
	const char *unit;
	int times;
};

static void figure_begin(const struct figure *figure, const char *of)
{
	printf("{\"over\": \"%s%s\", \"name\": \"%s\", \"unit\": \"%s\", \"of\": \"%s\", ", BY_FAMILY("", "IPv6 "),
	       figure->over, figure->name, figure->unit, of);
}

HELPER void figure_is(const struct figure *figure, const char *of, double value)
{
	figure_begin(figure, of);
	if (figure->times)
		printf("\"times\": %d, ", figure->times);
	printf("\"value\": %.10g}\n", value);
	fflush(stdout);
}

HELPER void figure_absent(const struct figure *figure, const char *of, const char *why)
{
	figure_begin(figure, of);
	printf("\"absent\": \"%s\"}\n", why);
	fflush(stdout);
}

static int ascending(const void *a, const void *b)
{
	return *(const double *)a < *(const double *)b ? -1 : 1;
}

HELPER double median(double *samples, int n)
{
	qsort(samples, n, sizeof(samples[0]), ascending);
	return samples[n / 2];
}

HELPER void fine(bool condition, const char *what)
{
	if (!condition)
		stage_fails("%s", what);
}

#endif
