/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a window should be on the average, by the response functions and by the equations themselves.
 */
#ifndef CLASP_SELFTESTS_FLOWS_THEORY_H
#define CLASP_SELFTESTS_FLOWS_THEORY_H

double theory_reno(double loss);
double theory_cubic(double loss, double rtt);
double theory_cubic_fluid(double loss, double rtt);

#endif
