/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words on a ladder, the same in every format.
 */
#ifndef CLASP_TOOLS_LABEL_H
#define CLASP_TOOLS_LABEL_H

#include "ladder.h"

#define LABEL_ROOM 256

void label_cause(char *text, size_t room, u8 cause);
void label_timer(char *text, size_t room, const struct event *event);
void label_flags(char *text, size_t room, u8 flags);
void label_segment(char *text, size_t room, const struct segment *segment, size_t columns);
size_t label_octets(const char *text);
size_t label_width(const char *text);
size_t label_columns(const char *text);
const char *label_wrap(const char *text, size_t columns, size_t *octets);

#endif
