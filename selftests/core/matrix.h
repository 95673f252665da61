/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The conformance matrix as both runners see it: the table's cells as text, the moment before the segment,
 * the segment itself, and what came of it. Natively core/ is played (matrix_native.c), in the guest the
 * module (net/matrix.c); both are judged by the same words.
 */
#ifndef CLASP_SELFTESTS_MATRIX_H
#define CLASP_SELFTESTS_MATRIX_H

#include "wire.h"

#define MATRIX_CELLS 1024
#define MATRIX_NOTES 256
#define MATRIX_WINDOW 10000
#define MATRIX_TEXT 64
#define MATRIX_NOBODY 5000		/* SEG.ACK where there is no SND.NXT */
#define MATRIX_PEER_WINDOW 65535
#define MATRIX_PEER_MSS 1460
#define MATRIX_TS 7000			/* of all that the peer says in a state that is stamped */
#define MATRIX_BAD_OPTION 254		/* an experiment's kind, length 0 */
#define MATRIX_BAD_OPTION_OCTETS 4

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
 * struct note - where a runner is different, a line of its list
 * @state: of the cells
 * @kind: theirs, or "*"
 * @position: theirs, or "*"
 * @what: which of the outcome, in the words of a complaint; "not run" for all of it
 * @value: what it is there
 * @clause: that allows it
 * @reason: why
 * @line: line in the file
 */
struct note {
	const char *state;
	const char *kind;
	const char *position;
	const char *what;
	const char *value;
	const char *clause;
	const char *reason;
	unsigned int line;
};

/**
 * struct before - the RFC's variables before the segment arrives
 * @iss: the host's initial sequence number, where it has one
 * @irs: the peer's
 */
struct before {
	u32 iss;
	u32 irs;
	u32 snd_una;
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 rcv_wnd;
};

/**
 * struct arrival - a segment of the matrix
 * @header: its header
 * @len: octets of payload
 * @urgent: urgent pointer
 * @bad_option: it has MATRIX_BAD_OPTION; timestamps are in @header
 */
struct arrival {
	struct clasp_header header;
	u32 len;
	u16 urgent;
	bool bad_option;
};

/**
 * struct outcome - what came of it, in the table's words
 * @replies: segments sent
 * @reply: the first of them
 * @new_iss: where the host chose an initial sequence number, which one
 */
struct outcome {
	u32 replies;
	struct clasp_header reply;
	u32 new_iss;
	const char *state;
	u32 delivered;
	u32 kept;
	const char *timers;
	const char *error;
};

/* matrix.c */
int matrix_run(const char *table, const char *list, u32 plays);
void matrix_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* matrix_table.c */
u32 matrix_read(const char *path, struct cell *cells);
u32 matrix_read_notes(const char *path, struct note *notes);

/* matrix_segment.c */
bool matrix_stamped(const char *state);
bool matrix_forge(const struct cell *cell, const struct before *before, struct arrival *arrival);
bool matrix_reply(const struct cell *cell, const struct before *before,
		  const struct arrival *arrival, u32 new_iss, struct clasp_header *reply);

/* What each runner brings. @play counts how often the cell was played before. */
bool matrix_enter(const char *state, u32 play, struct before *before);
void matrix_arrive(const struct before *before, const struct arrival *arrival,
		   struct outcome *outcome);

#endif
