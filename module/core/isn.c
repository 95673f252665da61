// SPDX-License-Identifier: GPL-2.0
/*
 * Where a new incarnation starts when the old one still stands in TIME_WAIT.
 */
#include "isn.h"
#include "seq.h"

/* All that the old incarnation sent was acknowledged: any number above it is new, and as far off as Linux's. */
#define BEYOND 65536

u32 clasp_isn_above(u32 isn, u32 hash, u32 snd_nxt)
{
	u32 floor = snd_nxt + BEYOND;

	if (seq_after(isn, floor) && seq_after(isn, snd_nxt))
		return isn;
	return floor + (hash & 0xffffff);
}
