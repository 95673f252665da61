/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The native shell: what core/ finds when it runs without a kernel. The two queues are sorted
 * arrays, so that a whole endpoint may be copied and compared as plain memory; a split can be told
 * to fail, and every row that is walked is counted and remembered. core/ is compiled with this file
 * and no other header but its own, so nothing of the C library may be named here.
 */
#ifndef CLASP_SELFTESTS_SHELL_H
#define CLASP_SELFTESTS_SHELL_H

#include "tcb.h"

#ifndef SHELL_NODES
#define SHELL_NODES 1024	/* segments that a queue can hold */
#endif
#define SHELL_ROWS 128		/* rows that the counters can tell apart */
#define SHELL_WALKS 16		/* rows that one verb may walk */

/**
 * struct clasp_segs - a queue of segments
 * @count: of them
 * @in_flight: of those that were sent, so many are in flight
 * @node: in order of sequence numbers
 * @turn: of each node: 1 for the one in flight that left first, and so on; 0 when it is not in flight
 */
struct clasp_segs {
	u32 count;
	u32 in_flight;
	struct clasp_seg node[SHELL_NODES];
	u32 turn[SHELL_NODES];
};

/**
 * struct endpoint - a connection as the native shell keeps it
 * @tcb: the connection; first, so that the queues are found from it
 * @rtx: sent and not acknowledged
 * @ooo: received out of order
 */
struct endpoint {
	struct clasp_tcb tcb;
	struct clasp_segs rtx;
	struct clasp_segs ooo;
};

/**
 * struct shell_walk - one row walked
 * @kind: enum clasp_kind of the object
 * @from: state before
 * @event: enum clasp_event
 * @to: state after
 */
struct shell_walk {
	u8 kind;
	u8 from;
	u8 event;
	u8 to;
};

/**
 * struct shell_record - what the shell noticed while core ran
 * @rows: how often each row of the table was walked
 * @walks: the rows walked since @walked was last set to 0
 * @walked: how many of them
 * @steps: nodes that core/ was shown, one by one or by number
 * @splits_fail: this many of the next splits find no memory
 * @on_walk: told of each row that is walked, or NULL
 * @notes: how often each enum clasp_note came
 */
struct shell_record {
	u64 rows[SHELL_ROWS];
	struct shell_walk walks[SHELL_WALKS];
	u32 walked;
	u64 steps;
	u32 splits_fail;
	void (*on_walk)(enum clasp_kind kind, const struct clasp_row *row);
	u32 notes[CLASP_NOTES];
};

extern struct shell_record shell;

static inline struct clasp_segs *clasp_rtx(struct clasp_tcb *tcb)
{
	return &((struct endpoint *)tcb)->rtx;
}

static inline struct clasp_segs *clasp_ooo(struct clasp_tcb *tcb)
{
	return &((struct endpoint *)tcb)->ooo;
}

static inline struct clasp_seg *clasp_segs_first(struct clasp_segs *segs)
{
	return segs->count ? segs->node : NULL;
}

static inline struct clasp_seg *clasp_segs_next(struct clasp_segs *segs, struct clasp_seg *seg)
{
	shell.steps++;
	return seg + 1 < segs->node + segs->count ? seg + 1 : NULL;
}

static inline struct clasp_seg *clasp_segs_find(struct clasp_segs *segs, u32 seq)
{
	u32 low = 0, high = segs->count;

	shell.steps++;
	while (low < high) {
		u32 middle = (low + high) / 2;

		if (seq_before_eq(segs->node[middle].seq, seq))
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &segs->node[low - 1] : NULL;
}

/* Room for one more node at an index; the caller knows that there is some. */
static inline struct clasp_seg *shell_segs_open(struct clasp_segs *segs, u32 index)
{
	for (u32 i = segs->count; i > index; i--) {
		segs->node[i] = segs->node[i - 1];
		segs->turn[i] = segs->turn[i - 1];
	}
	segs->count++;
	segs->turn[index] = 0;
	return &segs->node[index];
}

/* All whose turn is at least this one move by one. */
static inline void shell_turns_shift(struct clasp_segs *segs, u32 from, int by)
{
	for (u32 i = 0; i < segs->count; i++)
		if (segs->turn[i] >= from)
			segs->turn[i] += by;
	segs->in_flight += by;
}

static inline void shell_turn_end(struct clasp_segs *segs, u32 index)
{
	u32 turn = segs->turn[index];

	if (!turn)
		return;
	segs->turn[index] = 0;
	shell_turns_shift(segs, turn, -1);
}

static inline void clasp_rtx_gone(struct clasp_tcb *tcb, struct clasp_seg *seg)
{
	struct clasp_segs *segs = clasp_rtx(tcb);

	shell_turn_end(segs, (u32)(seg - segs->node));
}

static inline void clasp_rtx_newest(struct clasp_tcb *tcb, struct clasp_seg *seg)
{
	struct clasp_segs *segs = clasp_rtx(tcb);

	clasp_rtx_gone(tcb, seg);
	segs->turn[seg - segs->node] = ++segs->in_flight;
}

static inline struct clasp_seg *clasp_rtx_oldest(struct clasp_tcb *tcb)
{
	struct clasp_segs *segs = clasp_rtx(tcb);

	for (u32 i = 0; segs->in_flight && i < segs->count; i++)
		if (segs->turn[i] == 1)
			return &segs->node[i];
	return NULL;
}

static inline void shell_segs_remove(struct clasp_segs *segs, struct clasp_seg *seg)
{
	u32 index = (u32)(seg - segs->node);

	shell_turn_end(segs, index);
	segs->count--;
	for (; index < segs->count; index++) {
		segs->node[index] = segs->node[index + 1];
		segs->turn[index] = segs->turn[index + 1];
	}
	memset(&segs->node[index], 0, sizeof(*seg));
	segs->turn[index] = 0;
}

/* Keep a copy of a node in order; NULL when the array is full. */
static inline struct clasp_seg *shell_segs_insert(struct clasp_segs *segs,
						  const struct clasp_seg *seg)
{
	const struct clasp_seg *before = clasp_segs_find(segs, seg->seq);
	struct clasp_seg *place;

	if (segs->count == SHELL_NODES)
		return NULL;
	place = shell_segs_open(segs, before ? (u32)(before - segs->node) + 1 : 0);
	*place = *seg;
	return place;
}

static inline struct clasp_seg *clasp_segs_split(struct clasp_segs *segs, struct clasp_seg *seg,
						 u32 len)
{
	struct clasp_seg *second;
	u32 turn;

	if (shell.splits_fail) {
		shell.splits_fail--;
		return NULL;
	}
	if (segs->count == SHELL_NODES)
		return NULL;
	second = shell_segs_open(segs, (u32)(seg - segs->node) + 1);
	*second = *seg;
	second->seq += len;
	second->len -= len;
	seg->len = len;
	turn = segs->turn[seg - segs->node];
	if (turn) {
		shell_turns_shift(segs, turn + 1, 1);
		segs->turn[second - segs->node] = turn + 1;
	}
	return second;
}

static inline void clasp_on_transition(enum clasp_kind kind, void *object,
				       const struct clasp_row *row)
{
	u32 index = (u32)(row - clasp_state_table);

	(void)object;
	if (index < SHELL_ROWS)
		shell.rows[index]++;
	if (shell.walked < SHELL_WALKS)
		shell.walks[shell.walked++] = (struct shell_walk){
			.kind = kind, .from = row->state, .event = row->event, .to = row->next,
		};
	if (shell.on_walk)
		shell.on_walk(kind, row);
}

static inline void clasp_on_note(struct clasp_tcb *tcb, u8 note)
{
	(void)tcb;
	shell.notes[note]++;
}

#endif
