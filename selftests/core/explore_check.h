/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The promises of the protocol, held against every step of the explorer.
 */
#ifndef CLASP_SELFTESTS_EXPLORE_CHECK_H
#define CLASP_SELFTESTS_EXPLORE_CHECK_H

#include "explore.h"

extern bool wire_cut;			/* what is sent disappears without a trace */

void check_before(struct step step);
void check_after(void);
void check_forged(const struct moment *moment, u8 at);

#endif
