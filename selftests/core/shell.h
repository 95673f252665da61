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
#define SHELL_NODES 512		/* segments that a queue can hold */
#endif
#define SHELL_ROWS 128		/* rows that the counters can tell apart */
#define SHELL_WALKS 16		/* rows that one verb may walk */

struct clasp_segs {
	u32 count;
	u32 spare;
	struct clasp_seg node[SHELL_NODES];
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
 * @splits_fail: this many of the next splits find no memory
 * @on_walk: told of each row that is walked, or NULL
 */
struct shell_record {
	u64 rows[SHELL_ROWS];
	struct shell_walk walks[SHELL_WALKS];
	u32 walked;
	u32 splits_fail;
	void (*on_walk)(enum clasp_kind kind, const struct clasp_row *row);
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
	return seg + 1 < segs->node + segs->count ? seg + 1 : NULL;
}

static inline struct clasp_seg *clasp_segs_find(struct clasp_segs *segs, u32 seq)
{
	u32 low = 0, high = segs->count;

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
	for (u32 i = segs->count; i > index; i--)
		segs->node[i] = segs->node[i - 1];
	segs->count++;
	return &segs->node[index];
}

static inline void shell_segs_remove(struct clasp_segs *segs, struct clasp_seg *seg)
{
	segs->count--;
	for (; seg < segs->node + segs->count; seg++)
		*seg = seg[1];
	memset(seg, 0, sizeof(*seg));
}

/* Keep a copy of a node in order; false when the array is full. */
static inline bool shell_segs_insert(struct clasp_segs *segs, const struct clasp_seg *seg)
{
	const struct clasp_seg *before = clasp_segs_find(segs, seg->seq);

	if (segs->count == SHELL_NODES)
		return false;
	*shell_segs_open(segs, before ? (u32)(before - segs->node) + 1 : 0) = *seg;
	return true;
}

static inline struct clasp_seg *clasp_segs_split(struct clasp_segs *segs, struct clasp_seg *seg,
						 u32 len)
{
	struct clasp_seg *second;

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

#endif
