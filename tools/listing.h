/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ss and netstat list on a host.
 */
#ifndef CLASP_TOOLS_LISTING_H
#define CLASP_TOOLS_LISTING_H

#include <stdio.h>

#include "lab.h"

bool listing_shows(const char *netns, const struct step *step, char *found, size_t room);

#endif
