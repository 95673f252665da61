// SPDX-License-Identifier: GPL-2.0
/*
 * Packetization layer path MTU discovery (RFC 4821, 7), upward: the next octets that have to be sent anyway leave as
 * one segment that is larger than SND.MSS. Does it arrive, SND.MSS is its size; is it lost, and nothing with it, then
 * the path takes less. The largest size comes first: a path that took it once most likely does again, and then one
 * probe is all. What is left between what has passed and what has not is halved, as in Linux.
 *
 * Nothing but blocks shows in time that a probe alone was lost: without SACK there are none.
 */
#include "search.h"
#include "rto.h"
#include "sack.h"
#include "shell.h"

/* Full segments that wait behind a probe: as many as it takes to show its loss (RFC 4821, 7.4). */
#define BEHIND 3

/* The next size worth a probe, as an MSS; 0 when the search is over. @most: search_high, 0 for any */
static u32 next_size(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 most)
{
	u32 limit = tcb->hole.limit, top = clasp_search_most(tcb, env), size = top;

	if (most && most < top) {
		if (most < limit + env->config->probe_threshold)
			return 0;
		size = (limit + most + 1) / 2;
	}
	return size > limit ? size : 0;
}

/*
 * RFC 4821, 7.3: no probe while anything is lost, or seems so; nor with blocks to tell, which are of no fixed size. Nor
 * with CWR to tell: lost with a probe it would leave the peer telling of a mark (RFC 3168, 6.1.2).
 */
static bool is_calm_enough(const struct clasp_tcb *tcb)
{
	return !tcb->sacked && !tcb->lost && !tcb->recovery.lossy && !tcb->retries && !tcb->tail.sent &&
	       !tcb->ecn.cwr && !clasp_sack_any(tcb);
}

/**
 * clasp_search_probe - shall the next octets leave as a probe?
 * @tcb: a synchronized connection with a limit that is sure
 * @env: config, mss, ip_options and now
 * @unsent: octets that wait
 * @cwnd: octets that may be outstanding, as far as congestion control has a say
 *
 * Only where all of what shows its loss can follow it.
 *
 * Return: its octets; the windows may have no room for them yet, but will have when what is under way is acknowledged.
 * 0 for no probe.
 */
u32 clasp_search_probe(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 unsent, u32 cwnd)
{
	const struct clasp_hole *hole = &tcb->hole;
	u32 size, len, mss = clasp_tcb_snd_mss(tcb, env);

	if (!tcb->sack_ok || hole->len || env->now < hole->at || !is_calm_enough(tcb))
		return 0;
	size = next_size(tcb, env, hole->over ? 0 : hole->most);
	if (size <= clasp_search_options(tcb, env))
		return 0;
	len = size - clasp_search_options(tcb, env);
	if (len <= mss || len + BEHIND * mss > clasp_min(unsent, clasp_min(cwnd, tcb->snd_wnd)))
		return 0;
	return len;
}

/**
 * clasp_search_sent - octets left: as a probe?
 * @tcb: a synchronized connection with a limit that is sure
 * @env: as for clasp_search_probe()
 * @seg: what left
 */
void clasp_search_sent(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_seg *seg)
{
	struct clasp_hole *hole = &tcb->hole;

	if (clasp_seg_packet(seg) <= clasp_tcb_snd_mss(tcb, env))
		return;
	if (hole->over)
		hole->most = 0;
	hole->over = false;
	hole->start = seg->seq;
	hole->len = seg->len;
	hole->open = true;
}

/**
 * clasp_search_forget - whatever becomes of the probe, it tells nothing
 * @tcb: a synchronized connection
 *
 * RFC 4821, 7.6.4: the same size is tried again.
 */
void clasp_search_forget(struct clasp_tcb *tcb)
{
	struct clasp_hole *hole = &tcb->hole;

	if (!hole->len)
		return;
	hole->len = 0;
	hole->failed = false;
	hole->open = false;
}

/* Is there anything left to search? Else a new search begins after a while (RFC 4821, 7.6.2; RFC 8899, 5.1.1). */
static void conclude(struct clasp_tcb *tcb, const struct clasp_env *env, u64 pause)
{
	struct clasp_hole *hole = &tcb->hole;

	hole->over = !next_size(tcb, env, hole->most);
	if (hole->over)
		pause = clasp_max64(pause, env->config->probe_interval);
	hole->at = env->now + pause;
}

static void succeed(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	struct clasp_hole *hole = &tcb->hole;

	clasp_on_note(tcb, CLASP_NOTE_MTUP_SUCCESS);
	hole->limit = hole->len + clasp_search_options(tcb, env);
	clasp_search_forget(tcb);
	if (hole->limit >= clasp_search_most(tcb, env))
		memset(hole, 0, sizeof(*hole));
	else
		conclude(tcb, env, 0);
}

/*
 * RFC 4821, 7.6.2: cwnd does not answer to this loss, which must therefore be rarer than those that it answers to.
 * Those are as many round trips apart as cwnd has segments.
 */
static void fail(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u32 window = tcb->cong.cwnd / clasp_tcb_snd_mss(tcb, env);
	struct clasp_hole *hole = &tcb->hole;

	clasp_on_note(tcb, CLASP_NOTE_MTUP_FAIL);
	hole->failed = true;
	hole->most = hole->len + clasp_search_options(tcb, env) - 1;
	conclude(tcb, env, (u64)window * tcb->srtt_us * CLASP_USEC);
}

/* What is still a node of the probe, or of its front. */
static struct clasp_seg *first_of(struct clasp_tcb *tcb)
{
	struct clasp_seg *seg = clasp_segs_find(clasp_rtx(tcb), tcb->hole.start);

	return seg ? seg : clasp_segs_first(clasp_rtx(tcb));
}

static u32 live_octets(const struct clasp_tcb *tcb, const struct clasp_seg *seg)
{
	return seg->len - clasp_seg_covered(seg, tcb->snd_una);
}

/* What became of it? Something else may have been taken for lost before, or may be now (RFC 4821, 7.6.4). */
static void weigh(struct clasp_tcb *tcb, const struct clasp_env *env, u32 end)
{
	struct clasp_segs *segs = clasp_rtx(tcb);
	struct clasp_seg *seg;
	u32 lost = 0, marks = 0, waits = 0;

	for (seg = first_of(tcb); seg && seq_before(seg->seq, end); seg = clasp_segs_next(segs, seg)) {
		marks |= seg->marks;
		lost += seg->marks & CLASP_SEG_LOST ? live_octets(tcb, seg) : 0;
		waits += seg->marks & CLASP_SEG_SACKED ? 0 : live_octets(tcb, seg);
	}
	if (lost && lost == tcb->lost && !tcb->recovery.lossy)
		fail(tcb, env);
	else if (marks & (CLASP_SEG_LOST | CLASP_SEG_RETRANSMITTED))
		clasp_search_forget(tcb);
	else if (!waits)
		succeed(tcb, env);
}

/**
 * clasp_search_heard - an ACK came, or time has passed: what became of the probe?
 * @tcb: a synchronized connection with a probe; SND.UNA and the scoreboard know what was told
 * @env: config, mss, ip_options and now
 */
void clasp_search_heard(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	const struct clasp_hole *hole = &tcb->hole;
	u32 end = hole->start + hole->len;

	if (!hole->failed)
		weigh(tcb, env, end);
	else if (seq_after_eq(tcb->snd_una, end))
		clasp_search_forget(tcb);
}

/**
 * clasp_search_excused - octets that are lost for the size of their segment alone
 * @tcb: a synchronized connection
 *
 * Until they have left again: if they are lost once more it was not their size.
 */
u32 clasp_search_excused(struct clasp_tcb *tcb)
{
	const struct clasp_hole *hole = &tcb->hole;
	struct clasp_segs *segs = clasp_rtx(tcb);
	u32 end = hole->start + hole->len, octets = 0;
	struct clasp_seg *seg;

	if (!hole->failed)
		return 0;
	for (seg = first_of(tcb); seg && seq_before(seg->seq, end); seg = clasp_segs_next(segs, seg))
		if ((seg->marks & (CLASP_SEG_LOST | CLASP_SEG_REPAIRED)) == CLASP_SEG_LOST)
			octets += live_octets(tcb, seg);
	return octets;
}
