// SPDX-License-Identifier: GPL-2.0
/*
 * Measurements are compared with theory where it applies: losses rare enough (one in a thousand segments or less) that
 * a window is 35 segments or more and a repair, in which nothing grows, a small part of a cycle. Everything else is
 * shown.
 */
#include <math.h>
#include <stdio.h>

#include "flows_tell.h"
#include "flows_theory.h"

const u32 losses[LOSSES] = { 100, 300, 1000, 3000, 10000, 30000, 100000 };
const u32 delays[DELAYS] = { 1, 10, 50, 200 };

static int cases, failed;

void verdict(bool ok, const char *program, const char *name)
{
	cases++;
	failed += !ok;
	printf("%sok %d %s__%s\n", ok ? "" : "not ", cases, program, name);
}

/* Return: what the program ends with. */
int verdicts(void)
{
	printf("1..%d\n", cases);
	printf("%d passed, %d failed, 0 skipped\n", cases - failed, failed);
	return failed != 0;
}

double theory_of(const struct question *question)
{
	double loss = question->loss / 1e6, rtt = question->delay / 1e3;

	return question->algorithm == CUBIC ? theory_cubic_fluid(loss, rtt) : theory_reno(loss);
}

/* Seconds in which so many segments are lost. */
double long_enough(const struct question *question, double segments)
{
	return segments / question->loss * 1e6 / theory_of(question) * question->delay / 1e3;
}

bool near(double got, double wanted)
{
	return got >= wanted * (1 - WITHIN) && got <= wanted * (1 + WITHIN);
}

/* Without a limit but the losses. */
struct path path_of(const struct question *question)
{
	return (struct path){
		.rate = UNLIMITED, .queue = 1ULL << 40, .delay = question->delay * CLASP_MSEC,
		.loss = question->loss, .periodic = question->periodic, .seed = SEED,
	};
}

/* From @least of 1,000,000 on. */
bool responds(u8 algorithm, bool periodic, u32 least, measure measured)
{
	bool ok = true;

	for (u32 d = 0; d < DELAYS; d++)
		for (u32 l = 0; losses[l] <= RARE; l++) {
			struct question question = { algorithm, losses[l], delays[d], periodic };
			double wanted = theory_of(&question), got;

			if (losses[l] < least)
				continue;
			got = measured(&question);
			if (near(got, wanted))
				continue;
			printf("# %s, %u ms, %u lost of 1,000,000: %.1f segments, theory %.1f, seed %u\n",
			       clasp_cong_name(algorithm), delays[d], losses[l], got, wanted, SEED);
			ok = false;
		}
	return ok;
}

/* Jain's index of fairness of two. */
double jain(double x, double y)
{
	return (x + y) * (x + y) / 2 / (x * x + y * y);
}

/* What was measured and what theory says, a line each: numbers with a blank between two. */
void print_data(measure measured)
{
	for (u32 d = 0; d < DELAYS; d++)
		for (u32 l = 0; l < LOSSES; l++) {
			double p = losses[l] / 1e6, rtt = delays[d] / 1e3;

			printf("%g %u", losses[l] / 1e4, delays[d]);
			for (int periodic = 1; periodic >= 0; periodic--)
				printf(" %.1f %.1f",
				       measured(&(struct question){ RENO, losses[l], delays[d], periodic }),
				       measured(&(struct question){ CUBIC, losses[l], delays[d], periodic }));
			printf(" %.1f %.1f %.1f\n", theory_reno(p), theory_cubic(p, rtt),
			       theory_cubic_fluid(p, rtt));
		}
}
