/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must hold once a lab was run.
 */
#ifndef CLASP_TOOLS_CHECK_H
#define CLASP_TOOLS_CHECK_H

#include "ladder.h"

#define CHECK_STATES 16

enum check_kind {
	CHECK_CONNECTIONS,		/* connections N */
	CHECK_SEGMENTS,			/* segments N */
	CHECK_SEGMENT,			/* segment N HOST FLAGS [seq N]... [lost] [again] [old] */
	CHECK_WALKS,			/* HOST walks STATE... */
	CHECK_GETS_WALKS,		/* HOST gets N walks STATE... */
	CHECK_BEFORE,			/* MOMENT before MOMENT */
	CHECK_TAKES,			/* MOMENT to MOMENT takes MS within PERCENT% */
	CHECK_ENTERS,			/* HOST enters STATE N times */
	CHECK_FIRES,			/* HOST fires TIMER N times */
	CHECK_RETRIES,			/* HOST retries N from MS to MS within PERCENT% */
	CHECK_RECEIVED,			/* HOST received N octets */
};

enum check_moment_kind {
	MOMENT_ENTERS,			/* HOST STATE: the first time */
	MOMENT_SENDS,			/* HOST sends N */
	MOMENT_GETS,			/* HOST gets N */
};

#define CHECK_HAS_SEQ 0x01
#define CHECK_HAS_ACK 0x02
#define CHECK_HAS_LEN 0x04
#define CHECK_HAS_WIN 0x08

struct check_moment {
	char host[24];
	u8 kind;
	u8 state;
	u32 number;
};

/**
 * struct check - one line of a lab's checks
 * @kind: enum check_kind
 * @connection: which ladder, 1 for the first
 * @host: name of a party
 * @number: the N of the line
 * @states: those named, in order
 * @state_count: of @states
 * @flags: of a segment
 * @has: CHECK_HAS_SEQ to CHECK_HAS_WIN: which numbers are given
 * @seq: relative
 * @ack: relative
 * @len: octets
 * @win: SEG.WND
 * @lost: the segment must be lost
 * @again: the segment must be a repetition
 * @old: the segment must be one of an earlier incarnation
 * @word: name of a timer
 * @moment: the one or two moments
 * @ms: duration; of the first pause between repetitions
 * @most_ms: the longest pause
 * @percent: how far off it may be
 * @line: in the file
 * @text: as it stands in the file
 */
struct check {
	u8 kind;
	u32 connection;
	char host[24];
	u32 number;
	u8 states[CHECK_STATES];
	u8 state_count;
	char flags[8];
	u8 has;
	u32 seq;
	u32 ack;
	u32 len;
	u32 win;
	bool lost;
	bool again;
	bool old;
	char word[16];
	struct check_moment moment[2];
	double ms;
	double most_ms;
	double percent;
	u32 line;
	char text[120];
};

int check_parse(struct check *check, char **words, int count);
bool check_holds(const struct check *check, const struct ladders *ladders, const u64 received[2],
		 char *found, size_t room);

#endif
