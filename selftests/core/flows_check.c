// SPDX-License-Identifier: GPL-2.0
/*
 * Response functions, fairness, and what slow start costs, of each algorithm that core/ has. What is compared
 * with theory is compared where theory applies: losses at equal distances, as the models have them, rare enough
 * (one in a thousand segments or less) that a window is 35 segments or more and a repair, in which nothing grows,
 * a small part of a cycle. Everything else is shown.
 *
 *   flows                      check
 *   flows --data               what was measured beside theory, for a picture
 *   flows --overshoot          what slow start loses, for a table
 *   flows --scale NAME FACTOR  is FACTOR / p the window of an algorithm?
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flows.h"
#include "flows_theory.h"

#define SEED 20
#define WITHIN 0.15
#define RARE 0.001
#define MBIT (1000000 / 8)
#define UNLIMITED (100000ULL * MBIT)
#define RENO CLASP_CONG_NEWRENO
#define CUBIC CLASP_CONG_CUBIC

static const u32 losses[] = { 100, 300, 1000, 3000, 10000, 30000, 100000 };
static const u32 delays[] = { 1, 10, 50, 200 };
static int cases, failed;

static void verdict(bool ok, const char *name)
{
	cases++;
	failed += !ok;
	printf("%sok %d flows__%s\n", ok ? "" : "not ", cases, name);
}

static double theory(u8 algorithm, double loss, double rtt)
{
	return algorithm == CUBIC ? theory_cubic_fluid(loss, rtt) : theory_reno(loss);
}

/* The mean window by what arrives: over sixty losses at least, and twenty seconds. */
static double measured(u8 algorithm, u32 loss, u32 delay, bool periodic)
{
	double rtt = delay / 1e3, p = loss / 1e6;
	double seconds = fmax(20, 60 / p / theory(algorithm, p, rtt) * rtt);
	struct path path = {
		.rate = UNLIMITED, .queue = 1ULL << 40, .delay = delay * CLASP_MSEC,
		.loss = loss, .periodic = periodic, .seed = SEED,
	};
	struct flow_result result;

	flows_run(&path, &algorithm, 1, seconds / 5 * 1e9, seconds * 1e9, &result);
	return result.delivered * rtt / (seconds * 0.8);
}

static bool near(double got, double wanted)
{
	return got >= wanted * (1 - WITHIN) && got <= wanted * (1 + WITHIN);
}

static bool responds(u8 algorithm, bool periodic)
{
	bool ok = true;

	for (u32 d = 0; d < ARRAY_SIZE(delays); d++)
		for (u32 l = 0; losses[l] <= RARE * 1e6; l++) {
			double wanted = theory(algorithm, losses[l] / 1e6, delays[d] / 1e3);
			double got = measured(algorithm, losses[l], delays[d], periodic);

			if (near(got, wanted))
				continue;
			printf("# %s, %u ms, %u lost of 1,000,000: %.1f segments, theory %.1f, seed %u\n",
			       clasp_cong_name(algorithm), delays[d], losses[l], got, wanted, SEED);
			ok = false;
		}
	return ok;
}

/* More loss is less goodput, and no loss in twenty stops a flow. */
static bool falls(u8 algorithm)
{
	double last = INFINITY, got;
	bool ok = true;

	for (u32 l = 0; l < ARRAY_SIZE(losses); l++) {
		got = measured(algorithm, losses[l], 50, false);
		ok = ok && got < last && got > 1;
		last = got;
	}
	return ok;
}

struct pair {
	double jain;
	double use;
	double ratio;
};

/* Two flows, 50 Mbit/s, a queue as long as the path: their goodput from the hundredth second on. */
static struct pair beside(u8 one, u8 other, u32 delay)
{
	u64 rate = 50 * MBIT;
	struct path path = {
		.rate = rate, .queue = rate * delay / 1000, .delay = delay * CLASP_MSEC, .seed = SEED,
	};
	struct flow_result result[2];
	double x, y;

	flows_run(&path, (u8[]){ one, other }, 2, 100 * CLASP_SEC, 600 * CLASP_SEC, result);
	x = result[0].delivered;
	y = result[1].delivered;
	return (struct pair){
		.jain = (x + y) * (x + y) / 2 / (x * x + y * y),
		.use = (x + y) * FLOW_MSS / 500 / rate,
		.ratio = x / y,
	};
}

static bool fair(u8 algorithm)
{
	bool ok = true;

	for (u32 d = 1; d < ARRAY_SIZE(delays); d++) {
		struct pair pair = beside(algorithm, algorithm, delays[d]);

		if (pair.jain >= 0.95 && pair.use >= 0.95)
			continue;
		printf("# two of %s, %u ms: Jain's index %.3f, %.0f %% used, seed %u\n",
		       clasp_cong_name(algorithm), delays[d], pair.jain, pair.use * 100, SEED);
		ok = false;
	}
	return ok;
}

/* RFC 9438, 4.3: on a short path CUBIC takes no more than its share from RFC 5681's. */
static bool friendly(void)
{
	struct pair pair = beside(CUBIC, RENO, 10);

	printf("# cubic beside reno, 10 ms: %.2f to one, Jain's index %.3f, seed %u\n", pair.ratio,
	       pair.jain, SEED);
	return pair.jain >= 0.95;
}

/* Alone, with a queue as long as the path, of 100 Mbit/s. */
static struct flow_result alone(u8 algorithm, u32 delay, bool untimed)
{
	u64 rate = 100 * MBIT;
	struct path path = {
		.rate = rate, .queue = rate * delay / 1000, .untimed = untimed,
		.delay = delay * CLASP_MSEC, .seed = SEED,
	};
	struct flow_result result;

	flows_run(&path, &algorithm, 1, 10 * CLASP_SEC, 60 * CLASP_SEC, &result);
	return result;
}

static bool fills(u8 algorithm)
{
	bool ok = true;

	for (u32 d = 1; d < ARRAY_SIZE(delays); d++)
		ok = ok && alone(algorithm, delays[d], false).delivered * FLOW_MSS >= 100ULL * MBIT * 50 * 95 / 100;
	return ok;
}

/* RFC 9406: slow start that looks at round trips loses less; less than half where 4 ms are a small part of one. */
static bool starts_with_care(u8 algorithm)
{
	bool ok = true;

	for (u32 d = 1; d < ARRAY_SIZE(delays); d++) {
		u64 with = alone(algorithm, delays[d], false).first_dropped;
		u64 without = alone(algorithm, delays[d], true).first_dropped;

		printf("# %s, %u ms: slow start loses %llu segments, without HyStart++ %llu\n",
		       clasp_cong_name(algorithm), delays[d], (unsigned long long)with, (unsigned long long)without);
		ok = ok && with < without && (delays[d] < 50 || 2 * with < without);
	}
	return ok;
}

/* Segments that slow start loses, as a table in reStructuredText. */
static void print_overshoot(void)
{
	static const char rule[] = "========== ========== ======= ========== ===========\n";

	printf("%salgorithm  round trip path    HyStart++  without it\n%s", rule, rule);
	for (u8 a = 0; a < CLASP_CONG_ALGORITHMS; a++)
		for (u32 d = 1; d < ARRAY_SIZE(delays); d++)
			printf("%-10s %3u ms     %-7llu %-10llu %llu\n", clasp_cong_name(a), delays[d],
			       100ULL * MBIT * delays[d] / 1000 / FLOW_MSS,
			       (unsigned long long)alone(a, delays[d], false).first_dropped,
			       (unsigned long long)alone(a, delays[d], true).first_dropped);
	fputs(rule, stdout);
}

/* The same where the queue marks from a tenth of it on: nothing is lost, and the link is used but for the valleys. */
static bool fills_marked(u8 algorithm)
{
	u64 rate = 100 * MBIT;
	bool ok = true;

	for (u32 d = 1; d < ARRAY_SIZE(delays); d++) {
		struct path path = {
			.rate = rate, .queue = rate * delays[d] / 1000, .mark = rate * delays[d] / 10000,
			.delay = delays[d] * CLASP_MSEC, .seed = SEED,
		};
		struct flow_result result;

		flows_run(&path, &algorithm, 1, 200 * CLASP_SEC, 600 * CLASP_SEC, &result);
		printf("# %s, %u ms, marked: %llu segments lost, %.0f %% used\n", clasp_cong_name(algorithm), delays[d],
		       (unsigned long long)result.dropped, 100.0 * result.delivered * FLOW_MSS / rate / 400);
		ok = ok && !result.dropped && result.delivered * FLOW_MSS >= rate * 400 * 75 / 100;
	}
	return ok;
}

/* What was measured and what theory says, a line each: numbers with a blank between two. */
static void print_data(void)
{
	for (u32 d = 0; d < ARRAY_SIZE(delays); d++)
		for (u32 l = 0; l < ARRAY_SIZE(losses); l++) {
			double p = losses[l] / 1e6, rtt = delays[d] / 1e3;

			printf("%g %u", losses[l] / 1e4, delays[d]);
			for (int periodic = 1; periodic >= 0; periodic--)
				printf(" %.1f %.1f",
				       measured(RENO, losses[l], delays[d], periodic),
				       measured(CUBIC, losses[l], delays[d], periodic));
			printf(" %.1f %.1f %.1f\n", theory_reno(p), theory_cubic(p, rtt),
			       theory_cubic_fluid(p, rtt));
		}
}

/* Another algorithm, whose window is @factor / p on any path. */
static int scales(const char *name, double factor)
{
	u8 algorithm = 0;
	bool ok = true;

	while (clasp_cong_name(algorithm) && strcmp(clasp_cong_name(algorithm), name))
		algorithm++;
	if (!clasp_cong_name(algorithm))
		return 1;
	for (u32 d = 0; d < ARRAY_SIZE(delays); d++)
		for (u32 l = 0; losses[l] <= RARE * 1e6; l++) {
			double got = measured(algorithm, losses[l], delays[d], true);
			double wanted = factor / losses[l] * 1e6;

			if (near(got, wanted))
				continue;
			printf("# %s, %u ms, %u lost of 1,000,000: %.1f segments, theory %.1f\n", name,
			       delays[d], losses[l], got, wanted);
			ok = false;
		}
	return !ok;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--data")) {
		print_data();
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--overshoot")) {
		print_overshoot();
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "--scale"))
		return scales(argv[2], atof(argv[3]));
	printf("KTAP version 1\n1..14\n");
	verdict(responds(RENO, true), "reno_responds_as_rfc_5681");
	verdict(responds(RENO, false), "reno_responds_so_to_losses_at_random");
	verdict(responds(CUBIC, true), "cubic_responds_as_rfc_9438");
	verdict(falls(RENO), "reno_with_more_loss");
	verdict(falls(CUBIC), "cubic_with_more_loss");
	verdict(fair(RENO), "two_of_reno_share");
	verdict(fair(CUBIC), "two_of_cubic_share");
	verdict(friendly(), "cubic_leaves_reno_its_share");
	verdict(fills(RENO), "reno_fills_a_link");
	verdict(fills(CUBIC), "cubic_fills_a_link");
	verdict(starts_with_care(RENO), "reno_starts_with_care");
	verdict(starts_with_care(CUBIC), "cubic_starts_with_care");
	verdict(fills_marked(RENO), "reno_loses_nothing_where_marks_are");
	verdict(fills_marked(CUBIC), "cubic_loses_nothing_where_marks_are");
	printf("%d passed, %d failed, 0 skipped\n", cases - failed, failed);
	return failed != 0;
}
