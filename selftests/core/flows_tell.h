/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What flows and whole connections are asked in common, beside theory, and how it is told.
 */
#ifndef CLASP_SELFTESTS_FLOWS_TELL_H
#define CLASP_SELFTESTS_FLOWS_TELL_H

#include "cong.h"
#include "flows_path.h"

#define SEED 20
#define WITHIN 0.15
#define RARE 1000			/* lost of 1,000,000: as many or fewer, and theory applies */
#define MBIT (1000000 / 8)
#define UNLIMITED (100000ULL * MBIT)
#define RENO CLASP_CONG_NEWRENO
#define CUBIC CLASP_CONG_CUBIC

#define LOSSES 7
#define DELAYS 4

/* Lost of 1,000,000, and ms of a round trip. */
extern const u32 losses[LOSSES], delays[DELAYS];

/**
 * struct question - one point of what is measured
 * @algorithm: enum clasp_cong_algorithm
 * @loss: of 1,000,000
 * @delay: ms of a round trip
 * @periodic: losses come at equal distances
 */
struct question {
	u8 algorithm;
	u32 loss;
	u32 delay;
	bool periodic;
};

/* Mean window by what arrives, in segments. */
typedef double (*measure)(const struct question *question);

void verdict(bool ok, const char *program, const char *name);
int verdicts(void);
double theory_of(const struct question *question);
double long_enough(const struct question *question, double segments);
bool near(double got, double wanted);
struct path path_of(const struct question *question);
bool responds(u8 algorithm, bool periodic, u32 least, measure measured);
double jain(double x, double y);
void print_data(measure measured);

#endif
