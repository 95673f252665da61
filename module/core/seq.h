/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sequence numbers live on a circle of 2^32 (RFC 9293, 3.4): every comparison in Clasp goes through
 * these functions, a raw '<' between two sequence numbers is a bug.
 */
#ifndef CLASP_CORE_SEQ_H
#define CLASP_CORE_SEQ_H

#include "types.h"

static inline bool seq_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool seq_after(u32 a, u32 b)
{
	return seq_before(b, a);
}

static inline bool seq_before_eq(u32 a, u32 b)
{
	return !seq_before(b, a);
}

static inline bool seq_after_eq(u32 a, u32 b)
{
	return !seq_before(a, b);
}

/* low <= seq < high */
static inline bool seq_within(u32 seq, u32 low, u32 high)
{
	return seq - low < high - low;
}

/**
 * seq_distance - octets from one sequence number forward to another
 * @from: where counting starts
 * @to: where it ends, at or after @from
 */
static inline u32 seq_distance(u32 from, u32 to)
{
	return to - from;
}

static inline u32 seq_later(u32 a, u32 b)
{
	return seq_before(a, b) ? b : a;
}

static inline u32 seq_earlier(u32 a, u32 b)
{
	return seq_before(a, b) ? a : b;
}

#endif
