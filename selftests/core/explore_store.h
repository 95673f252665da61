/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the explorer remembers: of each moment that it visited a digest of 128 bits and the way to
 * it; of those that it has not left yet the whole, packed.
 */
#ifndef CLASP_SELFTESTS_EXPLORE_STORE_H
#define CLASP_SELFTESTS_EXPLORE_STORE_H

#include "explore.h"

#define UNKNOWN 0xffffffffU

/**
 * struct visit - a moment that was reached
 * @digest: of it
 * @parent: the visit from which it was reached first; UNKNOWN for the beginning
 * @step: by which
 * @spent: what the network and the programs have done of what they may do, see moment_spent()
 * @live: a fair network is known to lead on to the end
 */
struct visit {
	struct digest digest;
	u32 parent;
	struct step step;
	u32 spent : 31;
	u32 live : 1;
};

extern struct visit *visits;
extern u32 visit_count;

void store_begin(void);
u32 store_find(const struct digest *digest);
void store_visit(u32 parent, struct step step);
bool store_leave(u32 *index, struct moment *moment);

#endif
