/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A path: losses on the way, and a queue before a wire of some rate. What flows and what whole connections meet.
 */
#ifndef CLASP_SELFTESTS_FLOWS_PATH_H
#define CLASP_SELFTESTS_FLOWS_PATH_H

#include <stdbool.h>

#include "types.h"

/**
 * struct path - what the flows share
 * @rate: octets a second of the bottleneck
 * @queue: octets that may wait before it
 * @mark: octets that may wait before what comes is marked (RFC 3168), 0 where nothing is
 * @untimed: nobody measures round trips, so that slow start ends with a loss
 * @delay: ns of a round trip in which nothing waits
 * @loss: segments lost of 1,000,000
 * @periodic: they are lost at equal distances, as RFC 9438's model has it, not at random
 * @seed: of the randomness
 */
struct path {
	u64 rate;
	u64 queue;
	u64 mark;
	u64 delay;
	u32 loss;
	bool periodic;
	bool untimed;
	u64 seed;
};

/**
 * struct bottleneck - the narrowest part of a path
 * @path: what it is like
 * @free_at: ns when all that waits will have left
 * @random: of its losses
 */
struct bottleneck {
	const struct path *path;
	u64 free_at;
	u64 random;
};

void bottleneck_begin(struct bottleneck *bottleneck, const struct path *path);
u64 bottleneck_first_loss(const struct bottleneck *bottleneck, u32 flow);
bool bottleneck_loses(struct bottleneck *bottleneck, u64 *until_loss);
u64 bottleneck_passes(struct bottleneck *bottleneck, u64 now, u32 octets, bool *marked);

#endif
