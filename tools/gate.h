/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Gates: what befalls single segments on their way from one host to another.
 */
#ifndef CLASP_TOOLS_GATE_H
#define CLASP_TOOLS_GATE_H

#include "lab.h"

/**
 * struct gate_way - the way that a gate stands on
 * @from: name of the sender's namespace
 * @to: name of the receiver's
 * @protocol: IP protocol number of the segments
 */
struct gate_way {
	const char *from;
	const char *to;
	u32 protocol;
};

int gate_set(const struct gate_way *way, const struct step *step);
int gate_cut(const char *netns, u32 protocol);
int gate_mend(const char *netns);
void gate_open(const char *netns);

#endif
