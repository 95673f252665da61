/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flows through one bottleneck: core/'s congestion control alone, with an endless program, a peer that
 * acknowledges every segment, and a sender that knows which were lost once three later ones have arrived. What
 * is left is what response functions are about: the window, loss, and the round trip.
 */
#ifndef CLASP_SELFTESTS_FLOWS_H
#define CLASP_SELFTESTS_FLOWS_H

#include <stdbool.h>

#include "cong.h"
#include "flows_path.h"
#include "flows_tell.h"

#define FLOW_MSS 1448
#define FLOWS_MAX 2

/**
 * struct flow_result - what became of a flow
 * @delivered: segments since the warm-up
 * @dropped: segments that the queue had no room for, all of the run
 * @first_dropped: those of them before the first reduction had taken effect: slow start's overshoot
 * @window: mean of cwnd since the warm-up, in segments, over time
 */
struct flow_result {
	u64 delivered;
	u64 dropped;
	u64 first_dropped;
	double window;
};

void flows_run(const struct path *path, const u8 *algorithms, u32 count, u64 warm_up, u64 end,
	       struct flow_result *results);
double flows_measured(const struct question *question);

#endif
