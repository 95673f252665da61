// SPDX-License-Identifier: GPL-2.0
/*
 * Response functions, in segments: @loss is a probability, @rtt in seconds. They leave out timeouts, round trips
 * in which a loss is repaired and nothing grows, and, of CUBIC, fast convergence; the fluid does not leave out
 * the last.
 */
#include <math.h>

#include "flows_theory.h"

#define C 0.4
#define BETA 0.7
#define CYCLES 200
#define STEPS 16			/* of a round trip */

/* RFC 5681's: one loss in so many segments, half of the window each time (Mathis et al., 1997). */
double theory_reno(double loss)
{
	return sqrt(1.5 / loss);
}

/* RFC 9438, 5.1, (6); where that is less, its estimate of RFC 5681 takes over (4.3). */
double theory_cubic(double loss, double rtt)
{
	double cubic = pow(C * (3 + BETA) / (4 * (1 - BETA)), 0.25) * pow(rtt / loss, 0.75);

	return fmax(cubic, theory_reno(loss));
}

/* One cycle of RFC 9438, 4.2 to 4.5: from a reduction to the next loss, @segments later; cwnd there. */
static double cycle(double begin, double w_max, double prior, double segments, double rtt,
		    double *time)
{
	double k = w_max > begin ? cbrt((w_max - begin) / C) : 0, flat = fmax(w_max, begin);
	double estimate = begin, window = begin, t = 0;

	for (double sent = 0; sent < segments; t += rtt / STEPS) {
		window = fmax(C * pow(t - k, 3) + flat, estimate);
		sent += window / STEPS;
		estimate += (estimate < prior ? 3 * (1 - BETA) / (1 + BETA) : 1) / STEPS;
	}
	*time += t;
	return window;
}

/* The same model as (6), with fast convergence (4.7) and the estimate, cycle after cycle. */
double theory_cubic_fluid(double loss, double rtt)
{
	double window = theory_cubic(loss, rtt), w_max = 0, time = 0;

	for (int i = 0; i < CYCLES; i++) {
		w_max = window < w_max ? window * (1 + BETA) / 2 : window;
		window = cycle(BETA * window, w_max, window, 1 / loss, rtt, &time);
		if (i == CYCLES / 2)
			time = 0;
	}
	return (CYCLES - CYCLES / 2 - 1) / loss * rtt / time;
}
