// SPDX-License-Identifier: GPL-2.0
/*
 * Header prediction (Van Jacobson, "4BSD Header Prediction", 1990): while nothing is lost or on its way out, nearly all
 * that comes are the next octets, or the ACK of what was sent once. Of SEGMENT ARRIVES' steps, and of those of an ACK,
 * each finds nothing then but a few facts; here they stand together. This is no second set of rules: natively every
 * segment is given to both ways, and they must leave the same block behind, to the bit.
 */
#include "expected.h"
#include "ack.h"
#include "data.h"
#include "rack.h"
#include "recovery.h"
#include "shell.h"
#include "space.h"
#include "timer.h"
#include "timestamp.h"
#include "window.h"

/* No loss is being repaired or about to be found, no probe is under way, no mark or larger size to be looked after. */
static bool is_calm(struct clasp_tcb *tcb)
{
	return tcb->sack_ok && !tcb->ecn.ok && !tcb->recovery.lossy && !tcb->tail.sent && !tcb->hole.open &&
	       tcb->snd_wnd && !tcb->starved && !tcb->fin_known && clasp_rack_in_turn(tcb);
}

/* All of its octets have room, and so have ours. */
static bool fits(const struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in)
{
	return in->len <= clasp_window_offered(tcb) && !env->full && in->wnd;
}

/* Its timestamps, which are all of its options, let it pass. */
static bool is_young(const struct clasp_tcb *tcb, const struct clasp_in *in, u32 *val, u32 *echo)
{
	return tcb->ts_ok && in->options && clasp_wire_stamps(in, val, echo) && seq_after_eq(*val, tcb->ts_recent);
}

/*
 * Does an ACK cover whole segments that left once, and no part of another one? None that is of the past or the future
 * does.
 */
static bool covers_whole(struct clasp_tcb *tcb, u32 ack)
{
	struct clasp_segs *segs = clasp_rtx(tcb);
	struct clasp_seg *seg = clasp_segs_first(segs);

	while (seg && !seg->marks && seq_before(clasp_seg_end(seg), ack))
		seg = clasp_segs_next(segs, seg);
	return seg && !seg->marks && clasp_seg_end(seg) == ack;
}

/* Return: ns when the first of what an ACK covers was sent. */
static u64 take_arrived(struct clasp_tcb *tcb, u32 ack, u64 now)
{
	struct clasp_segs *segs = clasp_rtx(tcb);
	struct clasp_seg *seg = clasp_segs_first(segs);
	u64 since = seg->sent_at;

	for (; seg && seq_before(seg->seq, ack); seg = clasp_segs_next(segs, seg)) {
		clasp_rack_delivered(tcb, seg, now);
		clasp_rtx_gone(tcb, seg);
	}
	return since;
}

static void take_ack(struct clasp_tcb *tcb, const struct clasp_env *env, u32 ack, struct clasp_result *result)
{
	u32 acked = seq_distance(tcb->snd_una, ack);

	tcb->cong.rtt_us = 0;
	clasp_ack_measure(tcb, env, take_arrived(tcb, ack, env->now));
	clasp_ack_move(tcb, ack, result);
	clasp_rack_heard(tcb);
	clasp_recovery_calm(tcb, env, acked);
	clasp_timer_outstanding(tcb, env);
}

/* SEG.ACK is SND.UNA: where something is under way a probe has time until the peer is silent. */
static void take_no_ack(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	clasp_rack_heard(tcb);
	if (clasp_tcb_outstanding(tcb))
		clasp_timer_guard(tcb, env);
}

static void take(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in, u32 echo,
		 struct clasp_result *result)
{
	clasp_ack_heard(tcb, env->now);
	if (in->ack != tcb->snd_una)
		take_ack(tcb, env, in->ack, result);
	else
		take_no_ack(tcb, env);
	clasp_ack_window(tcb, in, in->wnd << tcb->snd_wscale, result);
	if (in->len) {
		clasp_space_echoed(tcb, env, in, echo);
		clasp_data_next(tcb, env, in, result);
	}
	if (tcb->ack_now)
		result->flags |= CLASP_OUTPUT;
}

/**
 * clasp_expected_segment - SEGMENT ARRIVES, for what is neither special nor meets anything special
 * @tcb: any state
 * @env: everything in it
 * @in: a segment that clasp_expected_next()
 * @result: what to do now, where this is true
 *
 * Return: false when nothing was done: the segment is clasp_input_any()'s.
 */
__flatten bool clasp_expected_segment(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
				      struct clasp_result *result)
{
	u32 val, echo;

	if (!is_calm(tcb) || !fits(tcb, env, in) || !is_young(tcb, in, &val, &echo) ||
	    (in->ack != tcb->snd_una && !covers_whole(tcb, in->ack)))
		return false;
	memset(result, 0, offsetof(struct clasp_result, reply));
	tcb->segs_in += clasp_in_packets(in);
	clasp_timestamp_take(tcb, env->now, in->seq, val);
	take(tcb, env, in, echo, result);
	return true;
}
