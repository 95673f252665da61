/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is remembered of one segment that waits: sent and not acknowledged yet, or received out of
 * order. Only data; order and lookup are the shell's, reached through the few functions that each
 * shell defines in its own "shell.h":
 *
 *   struct clasp_segs *clasp_rtx(struct clasp_tcb *tcb)       sent, by sequence number
 *   struct clasp_segs *clasp_ooo(struct clasp_tcb *tcb)       received out of order, likewise
 *   struct clasp_seg *clasp_segs_first(segs)                  lowest sequence number, or NULL
 *   struct clasp_seg *clasp_segs_next(segs, seg)              or NULL
 *   struct clasp_seg *clasp_segs_find(segs, seq)              the last one that starts at or before
 *                                                             seq, or NULL; in O(log n)
 *   struct clasp_seg *clasp_segs_split(segs, seg, len)        cut after len octets, marks copied to
 *                                                             both; the second half, or NULL
 *   struct clasp_seg *clasp_rtx_oldest(tcb)                   of what is in flight, what left first
 *   void clasp_rtx_newest(tcb, seg)                           it is in flight, and left last
 *   void clasp_rtx_gone(tcb, seg)                             it is not in flight, or not any more
 *   void clasp_on_transition(kind, object, row)               a row was walked; core/ sees no change
 *   void clasp_on_note(struct clasp_tcb *tcb, u8 note)        enum clasp_note; likewise
 *
 * They are bound at compile time: the module keeps sk_buffs in a tree, the native tests arrays.
 */
#ifndef CLASP_CORE_SEG_H
#define CLASP_CORE_SEG_H

#include "seq.h"

#define CLASP_SEG_RETRANSMITTED 0x01	/* sent more than once: no RTT sample (Karn) */
#define CLASP_SEG_SACKED 0x02		/* the peer has told that it arrived */
#define CLASP_SEG_LOST 0x04		/* taken for lost, and not sent again since */
#define CLASP_SEG_REPAIRED 0x08		/* taken for lost, and sent again since */

/**
 * struct clasp_seg - one segment's worth of stream
 * @sent_at: ns when it was last sent; unused out of order
 * @seq: first octet
 * @len: octets of data
 * @marks: CLASP_SEG_*
 * @mss: of what was sent: octets of each packet that it left in; the last one may have less
 * @run: of what was SACKed: octets from @seq up to there are known to be SACKed too; else 0
 */
struct clasp_seg {
	u64 sent_at;
	u32 seq;
	u32 len;
	u16 marks;
	u16 mss;
	u32 run;
};

struct clasp_segs;

static inline u32 clasp_seg_end(const struct clasp_seg *seg)
{
	return seg->seq + seg->len;
}

/* Octets of the largest packet that a segment left in. */
static inline u32 clasp_seg_packet(const struct clasp_seg *seg)
{
	return clasp_min(seg->len, seg->mss);
}

/* The packets that it left in. */
static inline u32 clasp_seg_packets(const struct clasp_seg *seg)
{
	return (seg->len + seg->mss - 1) / seg->mss;
}

/**
 * clasp_seg_covered - octets at the front of a segment that lie before a sequence number
 * @seg: the segment
 * @seq: everything before it is done with: acknowledged, or already delivered
 *
 * Return: 0 to @seg->len. A shell frees the node when all of it is covered.
 */
static inline u32 clasp_seg_covered(const struct clasp_seg *seg, u32 seq)
{
	if (seq_before_eq(seq, seg->seq))
		return 0;
	return clasp_min(seq_distance(seg->seq, seq), seg->len);
}

/* Is the first of its packets covered, if not all of them? */
static inline bool clasp_seg_arrived(const struct clasp_seg *seg, u32 seq)
{
	return clasp_seg_covered(seg, seq) >= clasp_seg_packet(seg);
}

#endif
