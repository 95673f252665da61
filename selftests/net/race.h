/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two threads on two CPUs that meet, round after round, and do what must not disturb each other; a different
 * number of moments apart each time. What such a test may show is the debug kernel's to see: a splat, a leak,
 * a socket or the module that nobody lets go of. Rounds are counted, never timed.
 */
#ifndef CLASP_RACE_H
#define CLASP_RACE_H

#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "kselftest.h"
#include "slabs.h"

/* The longest head start of either, in turns of an empty loop. */
#define RACE_SKEW 4000

/* Rounds that went wrong; then no more are needed. */
#define RACE_BAD 5

/**
 * struct race - what is done in each round
 * @rounds: how many
 * @prepare: before they meet
 * @left: on one CPU
 * @right: on the other, at the same time
 * @judge: after both, whether all is well; NULL for always
 *
 * Each is given the number of the round. All but @right run in the thread that called race_run().
 */
struct race {
	int rounds;
	void (*prepare)(int round);
	void (*left)(int round);
	void (*right)(int round);
	bool (*judge)(int round);
};

static struct {
	const struct race *race;
	int rounds;
	int ready;
	int started;
	int ended;
	unsigned int seed;
} race_now;

static void race_on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		stage_fails("two CPUs");
}

static void race_await(const int *flag, int value)
{
	while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) < value)
		sched_yield();
}

static void race_raise(int *flag, int value)
{
	__atomic_store_n(flag, value, __ATOMIC_RELEASE);
}

static void race_spin(int turns)
{
	_Atomic int turn;

	for (turn = 0; turn < turns; turn++)
		;
}

/* Who starts later, and by how much, in this round: below zero it is the left one. */
static int race_skew(int round)
{
	return (int)((round * 2654435761u + race_now.seed) % (2 * RACE_SKEW)) - RACE_SKEW;
}

static void *race_right(void *unused)
{
	const struct race *race = race_now.race;
	int round, skew;

	race_on_cpu(1);
	for (round = 1; round <= race_now.rounds; round++) {
		race_await(&race_now.ready, round);
		race_raise(&race_now.started, round);
		skew = race_skew(round);
		race_spin(skew > 0 ? skew : 0);
		race->right(round);
		race_raise(&race_now.ended, round);
	}
	return NULL;
}

static bool race_round(const struct race *race, int round)
{
	int skew = race_skew(round);

	race->prepare(round);
	race_raise(&race_now.ready, round);
	race_await(&race_now.started, round);
	race_spin(skew < 0 ? -skew : 0);
	race->left(round);
	race_await(&race_now.ended, round);
	return !race->judge || race->judge(round);
}

/* Rounds in which the judge was not content. */
HELPER int race_run(const struct race *race)
{
	const char *seed = getenv("CLASP_SEED");
	pthread_t right;
	int round, bad = 0;

	race_now.race = race;
	race_now.rounds = rounds_wanted(race->rounds);
	race_now.ready = 0;
	race_now.started = 0;
	race_now.ended = 0;
	race_now.seed = seed ? atoi(seed) * 40503u : 0;
	race_on_cpu(0);
	if (pthread_create(&right, NULL, race_right, NULL))
		stage_fails("a thread");
	for (round = 1; round <= race_now.rounds; round++) {
		bad += !race_round(race, round);
		if (bad == RACE_BAD)
			stage_fails("round %d, the %dth that went wrong", round, bad);
	}
	pthread_join(right, NULL);
	return bad;
}

HELPER void race_report(const char *name, const struct race *race)
{
	int bad = race_run(race);

	ksft_test_result(!bad, "%s, %d rounds, %d bad\n", name, race_now.rounds, bad);
}

/*
 * Times short enough that what is left of one round is gone a few rounds later. Not those of the handshake: on a
 * busy machine it may take long.
 */
HELPER void race_hurry(void)
{
	int host;

	for (host = CLIENT; host < HOSTS; host++) {
		sysctl_set(host, "clasp/msl_ms", 20);
		sysctl_set(host, "clasp/rto_min_ms", 5);
		sysctl_set(host, "clasp/rto_max_ms", 1000);
		sysctl_set(host, "clasp/fin_timeout", 1);
		sysctl_set(host, "clasp/syn_retries", 2);
		sysctl_set(host, "clasp/orphan_retries", 2);
	}
}

HELPER void race_reset(int fd)
{
	struct linger none = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

/* The last word of every race: whoever held a socket has let go of it. */
HELPER void race_ends(void)
{
	ksft_test_result(WITHIN(60, module_is_free()), "nobody holds the module\n");
}

#endif
