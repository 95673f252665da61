/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which rows of the state table labs walk, and why they do not walk the others.
 */
#ifndef CLASP_TOOLS_ROWS_H
#define CLASP_TOOLS_ROWS_H

#include <stdio.h>

#include "state.h"

size_t rows_tell(const bool *walked);
void diagram_write(FILE *file, const bool *walked);

#endif
