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
#include "flows_tell.h"

/* More loss is less goodput, and no loss in twenty stops a flow. */
static bool falls(u8 algorithm)
{
	double last = INFINITY, got;
	bool ok = true;

	for (u32 l = 0; l < LOSSES; l++) {
		got = flows_measured(&(struct question){ algorithm, losses[l], 50, false });
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
		.jain = jain(x, y),
		.use = (x + y) * FLOW_MSS / 500 / rate,
		.ratio = x / y,
	};
}

static bool fair(u8 algorithm)
{
	bool ok = true;

	for (u32 d = 1; d < DELAYS; d++) {
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

	for (u32 d = 1; d < DELAYS; d++)
		ok = ok && alone(algorithm, delays[d], false).delivered * FLOW_MSS >= 100ULL * MBIT * 50 * 95 / 100;
	return ok;
}

/* RFC 9406: slow start that looks at round trips loses less; less than half where 4 ms are a small part of one. */
static bool starts_with_care(u8 algorithm)
{
	bool ok = true;

	for (u32 d = 1; d < DELAYS; d++) {
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
		for (u32 d = 1; d < DELAYS; d++)
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

	for (u32 d = 1; d < DELAYS; d++) {
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

/* Another algorithm, whose window is @factor / p on any path. */
static int scales(const char *name, double factor)
{
	u8 algorithm = 0;
	bool ok = true;

	while (clasp_cong_name(algorithm) && strcmp(clasp_cong_name(algorithm), name))
		algorithm++;
	if (!clasp_cong_name(algorithm))
		return 1;
	for (u32 d = 0; d < DELAYS; d++)
		for (u32 l = 0; losses[l] <= RARE; l++) {
			struct question question = { algorithm, losses[l], delays[d], true };
			double got = flows_measured(&question), wanted = factor / losses[l] * 1e6;

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
		print_data(flows_measured);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--overshoot")) {
		print_overshoot();
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "--scale"))
		return scales(argv[2], atof(argv[3]));
	printf("KTAP version 1\n");
	verdict(responds(RENO, true, losses[0], flows_measured), "flows", "reno_responds_as_rfc_5681");
	verdict(responds(RENO, false, losses[0], flows_measured), "flows", "reno_responds_so_to_losses_at_random");
	verdict(responds(CUBIC, true, losses[0], flows_measured), "flows", "cubic_responds_as_rfc_9438");
	verdict(falls(RENO), "flows", "reno_with_more_loss");
	verdict(falls(CUBIC), "flows", "cubic_with_more_loss");
	verdict(fair(RENO), "flows", "two_of_reno_share");
	verdict(fair(CUBIC), "flows", "two_of_cubic_share");
	verdict(friendly(), "flows", "cubic_leaves_reno_its_share");
	verdict(fills(RENO), "flows", "reno_fills_a_link");
	verdict(fills(CUBIC), "flows", "cubic_fills_a_link");
	verdict(starts_with_care(RENO), "flows", "reno_starts_with_care");
	verdict(starts_with_care(CUBIC), "flows", "cubic_starts_with_care");
	verdict(fills_marked(RENO), "flows", "reno_loses_nothing_where_marks_are");
	verdict(fills_marked(CUBIC), "flows", "cubic_loses_nothing_where_marks_are");
	return verdicts();
}
