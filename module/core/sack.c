// SPDX-License-Identifier: GPL-2.0
/*
 * Four blocks are remembered, the one that changed last in front, because that is the order in which they
 * are told (RFC 2018, 4). They are a memory of what was told, not of what waits: a block that was pushed out
 * by younger ones stays in the queue, and is told again when something joins it.
 */
#include "sack.h"
#include "shell.h"

static bool is_empty(const struct clasp_sack *block)
{
	return block->start == block->end;
}

/* They overlap, or one begins where the other ends. */
static bool joins(const struct clasp_sack *block, u32 start, u32 end)
{
	return !is_empty(block) && seq_before_eq(block->start, end) &&
	       seq_before_eq(start, block->end);
}

/**
 * clasp_sack_kept - octets wait out of order
 * @tcb: the connection
 * @start: the first of them
 * @end: one past the last
 *
 * The block that they are in comes first from now on: "the first SACK block MUST specify the contiguous block
 * of data containing the segment which triggered this ACK" (RFC 2018, 4).
 */
void clasp_sack_kept(struct clasp_tcb *tcb, u32 start, u32 end)
{
	struct clasp_sack first = { start, end }, *recent = tcb->sacks.recent;
	struct clasp_sack others[CLASP_SACKS] = { 0 };
	u32 count = 0;

	if (!tcb->sack_ok)
		return;
	for (u32 i = 0; i < CLASP_SACKS; i++) {
		if (joins(&recent[i], start, end)) {
			first.start = seq_earlier(first.start, recent[i].start);
			first.end = seq_later(first.end, recent[i].end);
		} else if (!is_empty(&recent[i])) {
			others[count++] = recent[i];
		}
	}
	recent[0] = first;
	memcpy(recent + 1, others, (CLASP_SACKS - 1) * sizeof(*recent));
}

/**
 * clasp_sack_twice - octets came that are here already
 * @tcb: the connection
 * @env: config
 * @start: the first of them
 * @end: one past the last
 */
void clasp_sack_twice(struct clasp_tcb *tcb, const struct clasp_env *env, u32 start, u32 end)
{
	if (!tcb->sack_ok || !env->config->dsack || !seq_before(start, end))
		return;
	clasp_on_note(tcb, seq_before(start, tcb->rcv_nxt) ? CLASP_NOTE_DSACK_OLD_SENT :
							     CLASP_NOTE_DSACK_OFO_SENT);
	tcb->sacks.twice.start = start;
	tcb->sacks.twice.end = end;
}

/**
 * clasp_sack_advanced - RCV.NXT moved: what it passed is acknowledged by it
 * @tcb: the connection
 */
void clasp_sack_advanced(struct clasp_tcb *tcb)
{
	struct clasp_sack *recent = tcb->sacks.recent;
	u32 kept = 0;

	if (is_empty(&recent[0]))
		return;
	for (u32 i = 0; i < CLASP_SACKS; i++)
		if (!is_empty(&recent[i]) && seq_after(recent[i].start, tcb->rcv_nxt))
			recent[kept++] = recent[i];
	memset(recent + kept, 0, (CLASP_SACKS - kept) * sizeof(*recent));
}

/**
 * clasp_sack_forget - what waited out of order was thrown away
 * @tcb: the connection
 *
 * RFC 2018, 8 lets a receiver do so when it runs out of memory; it must not tell of it from then on.
 */
void clasp_sack_forget(struct clasp_tcb *tcb)
{
	memset(tcb->sacks.recent, 0, sizeof(tcb->sacks.recent));
}

/**
 * clasp_sack_fill - the blocks that a segment with an ACK tells
 * @tcb: the connection
 * @options: of the segment; blocks that do not fit behind its other options are left out when it is built
 *
 * A block of octets that came twice stands before all others (RFC 2883, 4).
 */
void clasp_sack_fill(const struct clasp_tcb *tcb, struct clasp_options *options)
{
	const struct clasp_sacks *sacks = &tcb->sacks;
	u32 count = 0;

	if (!is_empty(&sacks->twice))
		options->sack[count++] = sacks->twice;
	for (u32 i = 0; count < CLASP_SACKS && i < CLASP_SACKS && !is_empty(&sacks->recent[i]); i++)
		options->sack[count++] = sacks->recent[i];
	options->n_sacks = count;
}
