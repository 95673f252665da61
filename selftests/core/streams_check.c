// SPDX-License-Identifier: GPL-2.0
/*
 * What all of core/ makes of a path: beside theory where that applies, beside congestion control alone, which has no
 * ACKs that are delayed, no timer and no doubt about what is lost, where it does not.
 *
 *   streams              check
 *   streams --data       what was measured beside theory, for a picture
 *   streams --recovery   what SACK is worth, for a table
 */
#include <stdio.h>
#include <string.h>

#include "flows.h"
#include "streams.h"
#include "tcb.h"

#define LEAST 300			/* lost of 1,000,000: what is rarer takes too long for a test */
#define PATH 100			/* segments that a path holds, where a link limits */
#define TRANSFERS 200

/* Of the link with a strait: 20 segments in a round trip. */
#define STRAIT_RATE (1000 * STREAM_MSS)
#define STRAIT_DELAY (20 * CLASP_MSEC)

/* Of all that was measured so far. */
static struct stream_result all;
static bool no_sack;

static void add(const struct stream_result *result)
{
	all.lost += result->lost;
	all.resent += result->resent;
	all.timeouts += result->timeouts;
	all.told_wrong += result->told_wrong;
}

/* Over forty losses at least, and over more where a window is small and one of them matters less. */
static double measured(const struct question *question)
{
	double seconds = long_enough(question, question->loss > RARE ? 400 : 40);
	struct setting setting = {
		.path = path_of(question), .algorithm = { question->algorithm }, .count = 1,
		.no_sack = no_sack, .warm_up = seconds / 5 * 1e9, .end = seconds * 1e9,
	};
	struct stream_result result;

	streams_run(&setting, &result);
	add(&result);
	return result.octets * question->delay / 1e3 / (seconds * 0.8) / STREAM_MSS;
}

/* Not much less than congestion control alone, with losses at random, rare or not. */
static bool keeps_up(u8 algorithm)
{
	bool ok = true;

	for (u32 d = 1; d < DELAYS; d++)
		for (u32 l = 0; l < LOSSES; l++) {
			struct question question = { algorithm, losses[l], delays[d], false };
			double wanted = flows_measured(&question), got;

			if (losses[l] < RARE)
				continue;
			got = measured(&question);
			if (got >= wanted * (1 - WITHIN))
				continue;
			printf("# %s, %u ms, %u lost of 1,000,000: %.1f segments, control alone %.1f, seed %u\n",
			       clasp_cong_name(algorithm), delays[d], losses[l], got, wanted, SEED);
			ok = false;
		}
	return ok;
}

/*
 * RFC 8985: what is lost is sent again once, and nothing else is; a timer runs out only where what was sent again is
 * lost, and all that would have told so: at most at one loss in a hundred.
 */
static bool repairs(void)
{
	printf("# %llu segments lost, %llu sent again, %llu timeouts\n", (unsigned long long)all.lost,
	       (unsigned long long)all.resent, (unsigned long long)all.timeouts);
	return all.resent <= all.lost && all.timeouts * 100 <= all.lost;
}

/*
 * However few segments there are, and one in ten is lost: what tells of a loss, if no octets follow, is a FIN, or a
 * probe (RFC 8985, 7). What was sent again may be lost as well, and then nothing tells: at most at one loss in four a
 * timer has to run out.
 */
static bool ends_without_timeouts(void)
{
	static const u32 sizes[] = { 1, 3, 10, 30 };
	struct question question = { CUBIC, 100000, 50, false };
	struct setting setting = {
		.path = path_of(&question), .algorithm = { CUBIC }, .count = 1, .end = 100 * CLASP_SEC,
	};
	bool ok = true;

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		all = (struct stream_result){ 0 };
		setting.octets = sizes[i] * STREAM_MSS;
		for (setting.path.seed = SEED; setting.path.seed < SEED + TRANSFERS; setting.path.seed++) {
			struct stream_result result;

			streams_run(&setting, &result);
			add(&result);
			ok = ok && result.took;
		}
		printf("# %u transfers of %u segments: %llu lost, %llu timeouts\n", TRANSFERS, sizes[i],
		       (unsigned long long)all.lost, (unsigned long long)all.timeouts);
		ok = ok && all.timeouts * 4 <= all.lost && !all.told_wrong;
	}
	return ok;
}

/*
 * Pieces that are small, each written when the one before has been acknowledged, as by a program whose send buffer
 * takes no more: one takes a round trip, and no delayed ACK. The call takes another, the end a half.
 */
static bool small_pieces_never_wait(void)
{
	enum { PIECES = 100, DELAY = 20 };
	struct question question = { CUBIC, 0, DELAY, false };
	struct setting setting = {
		.path = path_of(&question), .algorithm = { CUBIC }, .count = 1, .octets = 100 * PIECES,
		.piece = 100, .end = 100 * CLASP_SEC,
	};
	struct stream_result result;

	streams_run(&setting, &result);
	printf("# %u small pieces, a round trip of %u ms: %.3f s\n", PIECES, DELAY, result.took / 1e9);
	return result.took && result.took <= (PIECES + 1) * DELAY * CLASP_MSEC && !result.told_wrong;
}

/*
 * A path that loses nothing holds its breath for a second. The timer runs out, more than once, and takes the first
 * segment with it each time; but what follows goes on as before, and all comes as soon as if nobody had doubted.
 */
static bool survives_a_delay(bool sack, bool stamps)
{
	struct question question = { CUBIC, 0, 100, false };
	struct setting setting = {
		.path = path_of(&question), .algorithm = { CUBIC }, .count = 1, .no_sack = !sack,
		.no_stamps = !stamps, .octets = 600 * STREAM_MSS, .end = 100 * CLASP_SEC,
	};
	struct stream_result calm, result;

	streams_run(&setting, &calm);
	setting.held_at = 550 * CLASP_MSEC;
	setting.held_for = CLASP_SEC;
	streams_run(&setting, &result);
	printf("# a delay of a second, %s SACK, %s timestamps: %.3f s, else %.3f s, %llu sent again, %llu timeouts\n",
	       sack ? "with" : "without", stamps ? "with" : "without", result.took / 1e9, calm.took / 1e9,
	       (unsigned long long)result.resent, (unsigned long long)result.timeouts);
	return result.took && result.timeouts && result.resent <= result.timeouts + 1 && !result.told_wrong &&
	       result.took <= calm.took + setting.held_for + setting.path.delay;
}

/* A link on whose way what is larger vanishes for a minute, as it is when so many seconds have passed. */
static struct stream_result through_strait(u32 seconds, u32 strait, u32 queue)
{
	struct setting setting = {
		.path = {
			.rate = STRAIT_RATE, .queue = queue * STREAM_MSS, .delay = STRAIT_DELAY, .seed = SEED,
		},
		.algorithm = { CUBIC }, .count = 1, .strait = strait, .widens_at = 60 * CLASP_SEC,
		.probe_interval = 20 * CLASP_SEC, .end = seconds * CLASP_SEC,
	};
	struct stream_result result;

	streams_run(&setting, &result);
	printf("# a strait of %u octets, a queue of %u, %u s: segments of %llu octets, %llu lost, %llu timeouts\n",
	       strait, queue, seconds, (unsigned long long)result.mss, (unsigned long long)result.lost,
	       (unsigned long long)result.timeouts);
	return result;
}

/*
 * RFC 4821, 7: what the path takes is found, but for what is not worth a probe, and again when it takes more. Once the
 * hole was found no timer runs out any more.
 */
static bool finds_what_a_path_takes(u32 strait, u32 queue)
{
	struct stream_result found = through_strait(10, strait, queue), narrow = through_strait(59, strait, queue);
	struct stream_result wide = through_strait(120, strait, queue);
	u32 most = strait - CLASP_TIMESTAMPS_LEN;

	return narrow.mss <= most && narrow.mss > most - 8 && wide.mss == STREAM_MSS && !wide.told_wrong &&
	       wide.timeouts == found.timeouts;
}

/* One or two through a link, with a queue as long as the path. */
static void through_link(const u8 *algorithms, u32 count, u32 delay, struct stream_result *results)
{
	u64 rate = PATH * STREAM_MSS * 1000 / delay;
	struct setting setting = {
		.path = {
			.rate = rate, .queue = PATH * STREAM_MSS, .delay = delay * CLASP_MSEC, .seed = SEED,
		},
		.algorithm = { algorithms[0], algorithms[count - 1] }, .count = count,
		.warm_up = 300 * delay * CLASP_MSEC, .end = 1500 * delay * CLASP_MSEC,
	};

	streams_run(&setting, results);
	for (u32 i = 0; i < count; i++)
		add(&results[i]);
}

/* Octets that could have come in the time that counts. */
static double capacity(void)
{
	return 1200.0 * PATH * STREAM_MSS;
}

static bool fills(u8 algorithm)
{
	struct stream_result result;
	bool ok = true;

	for (u32 d = 1; d < DELAYS; d++) {
		through_link(&algorithm, 1, delays[d], &result);
		printf("# %s, %u ms: %.1f %% used\n", clasp_cong_name(algorithm), delays[d],
		       100 * result.octets / capacity());
		ok = ok && result.octets >= 0.95 * capacity();
	}
	return ok;
}

static bool fair(u8 algorithm)
{
	struct stream_result result[2];
	bool ok = true;

	for (u32 d = 1; d < DELAYS; d++) {
		double x, y;

		through_link((u8[]){ algorithm, algorithm }, 2, delays[d], result);
		x = result[0].octets;
		y = result[1].octets;
		printf("# two of %s, %u ms: Jain's index %.3f, %.0f %% used, seed %u\n", clasp_cong_name(algorithm),
		       delays[d], jain(x, y), 100 * (x + y) / capacity(), SEED);
		ok = ok && jain(x, y) >= 0.95 && x + y >= 0.95 * capacity();
	}
	return ok;
}

static void print_how(const struct question *question, bool sack)
{
	double window, timeouts;

	no_sack = !sack;
	all = (struct stream_result){ 0 };
	window = measured(question);
	timeouts = 100.0 * all.timeouts / all.lost;
	printf("   * - %g\n     - %u\n     - %s\n     - %.1f\n     - %.1f\n", question->loss / 1e4, question->delay,
	       sack ? "RACK" : "NewReno", window, timeouts);
}

/* Mean windows, and timeouts of a hundred losses, as a table in reStructuredText. */
static void print_recovery(void)
{
	printf(".. list-table::\n   :header-rows: 1\n\n   * - loss, %%\n     - RTT, ms\n     - repair\n"
	       "     - mean window\n     - timeouts of 100 losses\n");
	for (u32 d = 0; d < DELAYS; d += 2)
		for (u32 l = 0; l < LOSSES; l++)
			for (int sack = 1; sack >= 0 && losses[l] >= RARE; sack--)
				print_how(&(struct question){ CUBIC, losses[l], delays[d], false }, sack);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--data")) {
		print_data(measured);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--recovery")) {
		print_recovery();
		return 0;
	}
	printf("KTAP version 1\n");
	verdict(responds(RENO, true, LEAST, measured), "streams", "reno_responds_as_rfc_5681");
	verdict(responds(RENO, false, LEAST, measured), "streams", "reno_responds_so_to_losses_at_random");
	verdict(responds(CUBIC, true, LEAST, measured), "streams", "cubic_responds_as_rfc_9438");
	verdict(keeps_up(RENO), "streams", "reno_keeps_up_with_control_alone");
	verdict(keeps_up(CUBIC), "streams", "cubic_keeps_up_with_control_alone");
	verdict(fills(RENO), "streams", "reno_fills_a_link");
	verdict(fills(CUBIC), "streams", "cubic_fills_a_link");
	verdict(fair(RENO), "streams", "two_of_reno_share");
	verdict(fair(CUBIC), "streams", "two_of_cubic_share");
	verdict(repairs(), "streams", "what_is_lost_is_repaired_without_timeouts");
	no_sack = true;
	verdict(responds(RENO, true, RARE, measured), "streams", "reno_responds_without_sack");
	verdict(responds(RENO, false, RARE, measured), "streams", "reno_responds_without_sack_to_losses_at_random");
	verdict(responds(CUBIC, true, RARE, measured), "streams", "cubic_responds_without_sack");
	verdict(!all.told_wrong, "streams", "each_octet_is_what_was_written");
	no_sack = false;
	verdict(ends_without_timeouts(), "streams", "what_is_short_ends_without_timeouts");
	verdict(small_pieces_never_wait(), "streams", "small_pieces_never_wait_for_a_delayed_ack");
	verdict(survives_a_delay(true, true), "streams", "a_delay_is_no_loss");
	verdict(survives_a_delay(false, true), "streams", "a_delay_is_no_loss_without_sack");
	verdict(survives_a_delay(true, false), "streams", "a_delay_is_no_loss_without_timestamps");
	verdict(survives_a_delay(false, false), "streams", "a_delay_is_no_loss_without_both");
	verdict(finds_what_a_path_takes(400, 40), "streams", "what_a_path_takes_is_found");
	verdict(finds_what_a_path_takes(300, 40), "streams", "what_a_narrow_path_takes_is_found");
	verdict(finds_what_a_path_takes(400, 10), "streams", "what_a_path_takes_is_found_beside_congestion");
	return verdicts();
}
