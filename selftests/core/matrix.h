/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The conformance matrix as the native runner sees it: the table's cells as text, the moment before
 * the segment, and the segment itself.
 */
#ifndef CLASP_SELFTESTS_MATRIX_H
#define CLASP_SELFTESTS_MATRIX_H

#include "bench.h"

#define MATRIX_CELLS 1024
#define MATRIX_WINDOW 10000
#define MATRIX_TEXT 64

/**
 * struct cell - one line of the table, in its own words
 * @line: line in the file
 */
struct cell {
	const char *state;
	const char *kind;
	const char *position;
	const char *reply;
	const char *next;
	const char *delivered;
	const char *kept;
	const char *timers;
	const char *error;
	const char *clause;
	const char *remark;
	unsigned int line;
};

/**
 * struct before - the RFC's variables before the segment arrives
 * @two_msl: ns when TIME_WAIT began
 * @unread: octets that the program could have read
 */
struct before {
	u32 snd_una;
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 rcv_wnd;
	u64 two_msl;
	u32 unread;
	bool eof;
	u8 flow;
};

/* matrix_table.c */
u32 matrix_read(const char *path, struct cell *cells);

/* matrix_state.c */
bool matrix_enter(const char *state);
void matrix_before(struct before *before);
const char *matrix_state(void);
const char *matrix_timers(const struct before *before, char *text);
const char *matrix_error(const struct before *before);

/* matrix_segment.c */
bool matrix_forge(const struct cell *cell, const struct before *before, struct segment *segment);
bool matrix_reply(const struct cell *cell, const struct before *before,
		  const struct segment *segment, struct segment *reply);
void matrix_arrive(const struct cell *cell, const struct segment *segment);

#endif
