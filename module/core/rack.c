// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 8985, 6.2, step by step. The list of what is in flight is in the order of sending, so that a step that
 * finds nothing lost looks at one segment, and one that does at no other.
 */
#include "rack.h"
#include "recovery.h"
#include "scoreboard.h"
#include "shell.h"

/* A path's least round trip is forgotten after so long, as in Linux. */
#define MIN_RTT_LASTS (300 * CLASP_SEC)

/* RFC 8985, 6.2, step 4: episodes without a D-SACK until the window is small again. */
#define PERSIST 16

/* us; a window may stay closed for longer, and there is to be added to it */
#define RTT_MAX 0x7fffffff

static bool sent_after(u64 at, u32 end, u64 other_at, u32 other_end)
{
	return at > other_at || (at == other_at && seq_after(end, other_end));
}

/* Step 1 */
static void learn_least(struct clasp_rack *rack, u32 rtt_us, u64 now)
{
	if (rack->min_rtt_us && rtt_us > rack->min_rtt_us && now - rack->min_at < MIN_RTT_LASTS)
		return;
	rack->min_rtt_us = rtt_us;
	rack->min_at = now;
}

/**
 * clasp_rack_delivered - a segment has arrived: steps 1 to 3
 * @tcb: a synchronized connection
 * @seg: the segment, by an ACK or a block of which was not known before
 * @now: ns
 *
 * What was sent more than once may be the first copy that has arrived: certainly so when the last one left less than
 * a round trip ago.
 */
void clasp_rack_delivered(struct clasp_tcb *tcb, const struct clasp_seg *seg, u64 now)
{
	struct clasp_rack *rack = &tcb->rack;
	u32 rtt_us = clasp_max(1, clasp_min64(clasp_div64(now - seg->sent_at, CLASP_USEC), RTT_MAX));
	u32 end = clasp_seg_end(seg);
	bool again = seg->marks & CLASP_SEG_RETRANSMITTED;

	if (!again) {
		learn_least(rack, rtt_us, now);
		clasp_frto_arrived(tcb, seg->seq);
	}
	if (seq_after(end, rack->fack)) {
		rack->fack = end;
	} else if (!again && end != rack->fack) {
		rack->reordered = true;
		clasp_on_note(tcb, CLASP_NOTE_SACK_REORDER);
	}
	if (again && rtt_us < rack->min_rtt_us)
		return;
	rack->rtt_us = rtt_us;
	if (!sent_after(seg->sent_at, end, rack->sent_at, rack->end))
		return;
	rack->sent_at = seg->sent_at;
	rack->end = end;
}

/**
 * clasp_rack_twice - a D-SACK told that something was sent again without need: step 4, wait longer
 * @tcb: a synchronized connection
 *
 * Once a round trip: what was sent again within one has one cause.
 */
void clasp_rack_twice(struct clasp_tcb *tcb)
{
	struct clasp_rack *rack = &tcb->rack;

	if (rack->widened && seq_before(tcb->snd_una, rack->widened_at))
		return;
	rack->widened = true;
	rack->widened_at = tcb->snd_nxt;
	rack->persist = PERSIST;
	if (rack->quarters < 255)
		rack->quarters++;
}

/**
 * clasp_rack_repaired - an episode of loss is over: step 4, perhaps wait no longer than at first
 * @tcb: a synchronized connection
 */
void clasp_rack_repaired(struct clasp_tcb *tcb)
{
	struct clasp_rack *rack = &tcb->rack;

	if (rack->persist && !--rack->persist)
		rack->quarters = 0;
}

/* Step 4: how long a segment may be overtaken, us. @quarters of the least round trip are added to the first one. */
static u32 patience_us(const struct clasp_tcb *tcb, u32 mss)
{
	const struct clasp_rack *rack = &tcb->rack;
	bool evident = (tcb->recovery.lossy && !tcb->recovery.calm) || tcb->sacked >= CLASP_DUPLICATES * mss;

	if (!rack->reordered && evident)
		return 0;
	return clasp_min64((1ULL + rack->quarters) * (rack->min_rtt_us / 4), tcb->srtt_us);
}

static u64 patience(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	return (tcb->rack.rtt_us + patience_us(tcb, clasp_tcb_snd_mss(tcb, env))) * CLASP_USEC;
}

/**
 * clasp_rack_in_turn - has nothing arrived that left later than what is in flight?
 * @tcb: a synchronized connection
 *
 * Then clasp_rack_detect() finds nothing lost, nor will it before something of that arrives.
 */
bool clasp_rack_in_turn(struct clasp_tcb *tcb)
{
	const struct clasp_rack *rack = &tcb->rack;
	const struct clasp_seg *seg = clasp_rtx_oldest(tcb);

	return !seg || !sent_after(rack->sent_at, rack->end, seg->sent_at, clasp_seg_end(seg));
}

/**
 * clasp_rack_heard - an ACK came: what step 5 changes whatever it finds
 * @tcb: a synchronized connection
 */
void clasp_rack_heard(struct clasp_tcb *tcb)
{
	struct clasp_rack *rack = &tcb->rack;

	if (rack->widened && seq_after_eq(tcb->snd_una, rack->widened_at))
		rack->widened = false;
	tcb->deadline[CLASP_TIMER_REORDER] = 0;
}

/**
 * clasp_rack_detect - step 5: what left a while before the youngest that has arrived is lost
 * @tcb: a synchronized connection
 * @env: mss and now
 *
 * What left before it, but not so long ago, is looked at again when the youngest of it would be overdue.
 */
void clasp_rack_detect(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	const struct clasp_rack *rack = &tcb->rack;
	struct clasp_seg *seg = clasp_rtx_oldest(tcb);
	u64 wait;

	clasp_rack_heard(tcb);
	if (!seg)
		return;
	wait = patience(tcb, env);
	for (; seg && sent_after(rack->sent_at, rack->end, seg->sent_at, clasp_seg_end(seg));
	     seg = clasp_rtx_oldest(tcb)) {
		if (seg->sent_at + wait > env->now) {
			tcb->deadline[CLASP_TIMER_REORDER] = rack->sent_at + wait;
			return;
		}
		clasp_scoreboard_lose(tcb, seg);
	}
}

/**
 * clasp_rack_overdue - what left until then should have been acknowledged by now (6.3)
 * @tcb: a synchronized connection
 * @env: mss and now
 *
 * Return: ns
 */
u64 clasp_rack_overdue(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u64 wait = patience(tcb, env);

	return env->now > wait ? env->now - wait : 0;
}
