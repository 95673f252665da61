// SPDX-License-Identifier: GPL-2.0
/*
 * The bottleneck is a queue before a wire of some rate; behind it everything takes the same time, so that
 * nothing is overtaken.
 */
#include "flows_path.h"

/**
 * bottleneck_begin - nothing waits
 * @bottleneck: of any content
 * @path: outlives it
 */
void bottleneck_begin(struct bottleneck *bottleneck, const struct path *path)
{
	*bottleneck = (struct bottleneck){ .path = path, .random = path->seed };
}

/* splitmix64 */
static u64 dice(struct bottleneck *bottleneck)
{
	u64 z = bottleneck->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/**
 * bottleneck_first_loss - segments of a flow before the first that is lost, where losses are periodic
 * @bottleneck: begun
 * @flow: its number: two do not lose at one moment
 */
u64 bottleneck_first_loss(const struct bottleneck *bottleneck, u32 flow)
{
	return bottleneck->path->loss ? 1000000 / bottleneck->path->loss / (flow + 2) : 0;
}

/**
 * bottleneck_loses - is a segment lost on the way?
 * @bottleneck: begun
 * @until_loss: the flow's, from bottleneck_first_loss() on
 */
bool bottleneck_loses(struct bottleneck *bottleneck, u64 *until_loss)
{
	const struct path *path = bottleneck->path;

	if (!path->loss)
		return false;
	if (!path->periodic)
		return dice(bottleneck) % 1000000 < path->loss;
	if ((*until_loss)--)
		return false;
	*until_loss = 1000000 / path->loss - 1;
	return true;
}

/**
 * bottleneck_passes - a segment comes to the queue
 * @bottleneck: begun
 * @now: ns
 * @octets: of it
 * @marked: set to whether it is marked
 *
 * Return: ns when it has passed; 0 when the queue has no room for it.
 */
u64 bottleneck_passes(struct bottleneck *bottleneck, u64 now, u32 octets, bool *marked)
{
	const struct path *path = bottleneck->path;
	u64 *free_at = &bottleneck->free_at;
	u64 waiting = *free_at > now ? (*free_at - now) * path->rate / CLASP_SEC : 0;

	*marked = path->mark && waiting > path->mark;
	if (waiting + octets > path->queue)
		return 0;
	*free_at = clasp_max64(*free_at, now) + octets * CLASP_SEC / path->rate;
	return *free_at;
}
