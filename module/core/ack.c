// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 9293, 3.10.7.4, fifth step, as far as it is the same in every synchronized state: SND.UNA moves,
 * the round trip is measured, timers and congestion control hear of it, the window is updated.
 */
#include "ack.h"
#include "ecn.h"
#include "frto.h"
#include "hole.h"
#include "option.h"
#include "rack.h"
#include "recovery.h"
#include "scoreboard.h"
#include "shell.h"
#include "timer.h"
#include "timestamp.h"

/**
 * clasp_ack_acceptable - RFC 5961, 5.2: neither of the future nor of a distant past
 * @tcb: a synchronized connection
 * @ack: SEG.ACK
 */
bool clasp_ack_acceptable(const struct clasp_tcb *tcb, u32 ack)
{
	return seq_after_eq(ack, tcb->snd_una - tcb->snd_wnd_max) &&
	       seq_before_eq(ack, tcb->snd_nxt);
}

/*
 * When were the octets up to an acknowledgment sent that may be measured? 0 when none may: Karn's rule
 * (RFC 6298, section 3), applied to all that one ACK covers, because octets behind a repaired hole waited
 * for the repair.
 */
static u64 measurable_since(struct clasp_tcb *tcb, u32 ack)
{
	struct clasp_segs *segs = clasp_rtx(tcb);
	struct clasp_seg *seg = clasp_segs_first(segs);
	u64 since = 0;

	for (; seg && clasp_seg_arrived(seg, ack); seg = clasp_segs_next(segs, seg)) {
		if (seg->marks & CLASP_SEG_RETRANSMITTED)
			return 0;
		if (!since)
			since = seg->sent_at;
	}
	if (since || seg)
		return since;
	return tcb->ctl_again ? 0 : tcb->ctl_at;
}

/**
 * clasp_ack_measure - a round trip is over
 * @tcb: a synchronized connection
 * @env: config and now
 * @since: ns when it began; 0 where nobody knows
 */
void clasp_ack_measure(struct clasp_tcb *tcb, const struct clasp_env *env, u64 since)
{
	if (since && since < env->now)
		clasp_rto_sample(tcb, env->config, env->now - since);
}

/*
 * RFC 7323, 4: what the peer echoes tells when the very segment was sent that it answers, also where Karn's rule
 * forbids a guess. Less than a tick counts as one.
 */
static void measure_echo(struct clasp_tcb *tcb, const struct clasp_env *env,
			 const struct clasp_options *options)
{
	u32 now = clasp_timestamp(tcb->ts_offset, env->now);

	if (tcb->ts_ok && options->timestamps && options->ts_ecr &&
	    seq_before_eq(options->ts_ecr, now))
		clasp_rto_sample(tcb, env->config,
				 clasp_max(now - options->ts_ecr, 1) * CLASP_MSEC);
}

/**
 * clasp_ack_window - the peer's window is what a segment tells
 * @tcb: a synchronized connection
 * @in: a segment whose ACK is not of the past
 * @wnd: SEG.WND in octets
 * @result: CLASP_OUTPUT is added where the window is another one now
 *
 * Only a segment newer than the last one that told a window may tell one (RFC 9293, 3.10.7.4). Data sent
 * again is older by its number and newer by what it acknowledges: the highest acknowledgment counts, as
 * 3.8.6 advises and Linux does, or SND.UNA would move and the window's edge with it.
 */
void clasp_ack_window(struct clasp_tcb *tcb, const struct clasp_in *in, u32 wnd, struct clasp_result *result)
{
	if (in->ack == tcb->snd_wl2 && seq_before(in->seq, tcb->snd_wl1))
		return;
	if (tcb->snd_wnd != wnd)
		result->flags |= CLASP_OUTPUT;
	tcb->snd_wnd = wnd;
	tcb->snd_wnd_max = clasp_max(tcb->snd_wnd_max, wnd);
	tcb->snd_wl1 = seq_later(tcb->snd_wl1, in->seq);
	tcb->snd_wl2 = in->ack;
}

/* The peer has taken something, or has room for it. */
static void stop_probing(struct clasp_tcb *tcb)
{
	tcb->probes = 0;
	tcb->probe = false;
}

/*
 * Until when that was sent which met a closed window, ns; 0 when nothing was. What was sent while it was closed, or
 * before the peer had to close it, was most likely thrown away. But where no probe was needed, what left less than a
 * round trip ago may be on its way: a peer that is short of memory closes its window for a moment at a time, and would
 * get everything again each time. And where the peer took octets, it was never closed: an ACK of before it opened had
 * been overtaken, with the same numbers as the one that opened it, so that nothing told which of the two was the older.
 */
static u64 met_closed_window(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 ack)
{
	u64 rtt = tcb->srtt_us * CLASP_USEC;

	if (tcb->probes)
		return env->now;
	return ack == tcb->snd_una && env->now > rtt ? env->now - rtt : 0;
}

static u64 first_sent_at(struct clasp_tcb *tcb)
{
	struct clasp_seg *seg = clasp_segs_find(clasp_rtx(tcb), tcb->snd_una);

	return seg && seq_after(clasp_seg_end(seg), tcb->snd_una) ? seg->sent_at : tcb->ctl_at;
}

static void window_opened(struct clasp_tcb *tcb, const struct clasp_env *env, u64 sent_before)
{
	if (sent_before && tcb->sack_ok)
		clasp_recovery_reopened(tcb, sent_before);
	else if (first_sent_at(tcb) <= sent_before)
		tcb->rtx_nxt = tcb->snd_una;
	stop_probing(tcb);
	clasp_cong_resume(&tcb->cong, env->now);
	clasp_timer_outstanding(tcb, env);
}

/**
 * clasp_ack_move - SND.UNA moves
 * @tcb: a synchronized connection
 * @ack: SEG.ACK, beyond SND.UNA
 * @result: CLASP_ACKED and CLASP_OUTPUT are added
 */
void clasp_ack_move(struct clasp_tcb *tcb, u32 ack, struct clasp_result *result)
{
	tcb->acked += seq_distance(tcb->snd_una, ack);
	tcb->snd_una = ack;
	/* 4 GiB later: only a SYN that is under way leaves SND.UNA at ISS (RFC 9293, 3.3.1). */
	if (ack == tcb->iss)
		tcb->iss--;
	tcb->rtx_nxt = seq_later(tcb->rtx_nxt, ack);
	tcb->rtx_head = false;
	tcb->tail.due = false;
	tcb->retries = 0;
	stop_probing(tcb);
	result->flags |= CLASP_ACKED | CLASP_OUTPUT;
}

static void advance(struct clasp_tcb *tcb, const struct clasp_env *env, u32 ack,
		    const struct clasp_options *options, struct clasp_result *result)
{
	u64 since = measurable_since(tcb, ack);

	tcb->cong.rtt_us = 0;
	if (since)
		clasp_ack_measure(tcb, env, since);
	else
		measure_echo(tcb, env, options);
	clasp_hole_acked(tcb, env, ack);
	if (since && !tcb->sack_ok)
		clasp_frto_arrived(tcb, tcb->snd_una);
	clasp_ack_move(tcb, ack, result);
}

static void take_new(struct clasp_tcb *tcb, const struct clasp_env *env, u32 ack,
		     const struct clasp_options *options, struct clasp_result *result)
{
	struct clasp_heard heard = {
		.una = tcb->snd_una, .acked = seq_distance(tcb->snd_una, ack), .echo = options->ts_ecr,
	};

	advance(tcb, env, ack, options, result);
	clasp_recovery_acked(tcb, env, &heard);
	clasp_timer_outstanding(tcb, env);
}

/* RFC 2883, section 4: of octets that the same segment acknowledges, or that the next block tells of too. */
static bool came_twice(const struct clasp_tcb *tcb, u32 ack, const struct clasp_options *told)
{
	const struct clasp_sack *first = &told->sack[0], *next = &told->sack[1];

	if (seq_before_eq(first->end, ack))
		return seq_before_eq(tcb->snd_una - tcb->snd_wnd_max, first->start);
	return told->n_sacks > 1 && seq_after_eq(first->start, next->start) &&
	       seq_before_eq(first->end, next->end);
}

/*
 * What lies between SND.UNA and SND.NXT may be believed (RFC 2018, section 5; RFC 5961 has no more to offer). Not that
 * an ACK which was overtaken tells of octets at SND.UNA: whoever had them would have acknowledged them since, so that
 * they were thrown away (section 8).
 */
static bool possible(const struct clasp_tcb *tcb, u32 ack, const struct clasp_sack *block)
{
	return seq_before(block->start, block->end) && seq_after(block->end, tcb->snd_una) &&
	       seq_before_eq(block->end, tcb->snd_nxt) &&
	       (!seq_before(ack, tcb->snd_una) || seq_after(block->start, tcb->snd_una));
}

/* Our FIN has arrived before octets that left before it: they may be lost. It is heard of once. */
static void hear_fin(struct clasp_tcb *tcb, u64 now)
{
	struct clasp_seg fin = {
		.seq = tcb->snd_end, .len = 1, .sent_at = tcb->ctl_at,
		.marks = tcb->ctl_again ? CLASP_SEG_RETRANSMITTED : 0,
	};

	if (tcb->rack.fack != clasp_seg_end(&fin))
		clasp_rack_delivered(tcb, &fin, now);
}

static void take_blocks(struct clasp_tcb *tcb, const struct clasp_env *env, u32 ack,
			const struct clasp_options *told, struct clasp_heard *heard)
{
	const struct clasp_sack *block = told->sack;
	u32 first = 0, start;

	heard->blocks = told->n_sacks;
	if (told->n_sacks && seq_before(block->start, block->end) && came_twice(tcb, ack, told)) {
		clasp_on_note(tcb, seq_before(block->start, ack) ? CLASP_NOTE_DSACK_RECV :
						       CLASP_NOTE_DSACK_OFO_RECV);
		heard->twice = block[first++];
	}
	for (u32 i = first; i < told->n_sacks; i++) {
		if (!possible(tcb, ack, &block[i]))
			continue;
		start = seq_later(block[i].start, tcb->snd_una);
		heard->delivered += clasp_scoreboard_sacked(tcb, env, start, block[i].end);
		if (tcb->fin_sent && block[i].end == tcb->snd_nxt)
			hear_fin(tcb, env->now);
	}
}

/* An ACK, where SACK is agreed: what is new is found by what it tells, not by how often it is told. */
static void take_with_blocks(struct clasp_tcb *tcb, const struct clasp_env *env,
			     const struct clasp_in *in, const struct clasp_options *options,
			     struct clasp_result *result)
{
	struct clasp_heard heard = {
		.una = tcb->snd_una,
		.acked = seq_distance(tcb->snd_una, seq_later(in->ack, tcb->snd_una)),
		.echo = options->ts_ecr,
	};

	if (heard.acked) {
		heard.delivered = clasp_scoreboard_acked(tcb, env, in->ack);
		advance(tcb, env, in->ack, options, result);
	}
	take_blocks(tcb, env, in->ack, options, &heard);
	/* A probe that could not leave yet has its answer: a probe would repeat what has arrived. */
	tcb->tail.due &= !tcb->sacked;
	clasp_recovery_heard(tcb, env, &heard);
	if (heard.acked)
		clasp_timer_outstanding(tcb, env);
	else if (clasp_tcb_outstanding(tcb) && tcb->snd_wnd)
		clasp_timer_guard(tcb, env);
	else
		tcb->deadline[CLASP_TIMER_REORDER] = 0;
	if (heard.blocks || tcb->lost)
		result->flags |= CLASP_OUTPUT;
}

/* RFC 5681, section 2: the five signs of a duplicate ACK. */
static bool duplicate(const struct clasp_tcb *tcb, const struct clasp_in *in)
{
	return in->ack == tcb->snd_una && !in->len && !(in->flags & (CLASP_SYN | CLASP_FIN)) &&
	       clasp_tcb_outstanding(tcb) && in->wnd == tcb->snd_wnd && in->wnd;
}

/**
 * clasp_ack_heard - the peer is there (RFC 9293, 3.8.4)
 * @tcb: a synchronized connection
 * @now: ns
 *
 * After a silence longer than RTO it begins anew, slowly (RFC 5681, 4.1).
 */
void clasp_ack_heard(struct clasp_tcb *tcb, u64 now)
{
	if (tcb->rto_us && now - tcb->heard_at > tcb->rto_us * CLASP_USEC)
		tcb->hurried = 0;
	tcb->heard_at = now;
	tcb->keepalive = false;
	tcb->unheard = 0;
}

/*
 * RFC 3522, 3.2, of our SYN or SYN,ACK: it was sent twice, and the peer answers the first. RFC 5681, 3.1 and RFC 6298,
 * 5.7 ask for care because it might have been lost; as in Linux a path that is slow gets none of that.
 */
static bool answers_first_syn(const struct clasp_tcb *tcb, const struct clasp_options *options)
{
	return tcb->ts_ok && options->ts_ecr && tcb->resent == 1 && tcb->ctl_at &&
	       seq_before(options->ts_ecr, clasp_timestamp(tcb->ts_offset, tcb->ctl_at));
}

/**
 * clasp_ack_syn - our SYN is acknowledged: the sender's half of a connection begins
 * @tcb: in SYN_SENT or SYN_RCVD, or closed by the program before it got further
 * @env: everything but the receive space
 * @in: a segment whose SEG.ACK is ISS + 1 or more
 * @options: its options
 * @result: CLASP_OUTPUT is added
 */
void clasp_ack_syn(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		   const struct clasp_options *options, struct clasp_result *result)
{
	if (!tcb->ctl_again)
		clasp_ack_measure(tcb, env, tcb->ctl_at);
	else if (tcb->ctl_at)
		measure_echo(tcb, env, options);
	if (answers_first_syn(tcb, options))
		tcb->syn_resent = false;
	tcb->acked = !tcb->passive;
	tcb->snd_una = tcb->iss + 1;
	tcb->rack.fack = tcb->snd_una;
	tcb->rtx_nxt = tcb->snd_nxt;
	clasp_ack_heard(tcb, env->now);
	tcb->interactive = env->choice->interactive;
	tcb->retries = 0;
	tcb->backoff = 0;
	tcb->snd_wnd = in->wnd;
	tcb->snd_wnd_max = clasp_max(tcb->snd_wnd_max, in->wnd);
	tcb->snd_wl1 = in->seq;
	tcb->snd_wl2 = in->ack;
	clasp_hole_begin(tcb, env);
	clasp_cong_init(&tcb->cong, clasp_option_congestion(env), clasp_tcb_snd_mss(tcb, env),
			tcb->syn_resent);
	tcb->cong.filled = tcb->snd_una;
	tcb->snd_small = tcb->snd_una;
	tcb->cong.hystart.end = tcb->snd_una;
	clasp_timer_outstanding(tcb, env);
	if (env->choice->keepalive)
		tcb->deadline[CLASP_TIMER_KEEPALIVE] = env->now + clasp_option_keep_idle(env);
	result->flags |= CLASP_OUTPUT;
}

/**
 * clasp_ack_take - take an acceptable acknowledgment and its window into account
 * @tcb: a synchronized connection whose SYN is acknowledged
 * @env: everything but the receive space
 * @in: a segment with an acceptable ACK
 * @options: its options
 * @result: CLASP_ACKED and CLASP_OUTPUT are added as needed
 */
void clasp_ack_take(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		    const struct clasp_options *options, struct clasp_result *result)
{
	bool was_closed = !tcb->snd_wnd;
	u64 sent_before = was_closed ? met_closed_window(tcb, env, in->ack) : 0;

	clasp_ack_heard(tcb, env->now);
	if (seq_before(in->ack, tcb->snd_una)) {
		/* Overtaken: its window and ACK are old, but its blocks may be told only once (RFC 2883, 4). */
		if (tcb->sack_ok && options->n_sacks)
			take_with_blocks(tcb, env, in, options, result);
		return;
	}
	if (was_closed)
		tcb->retries = 0;
	clasp_ecn_heard(tcb, env, in);
	if (tcb->sack_ok) {
		take_with_blocks(tcb, env, in, options, result);
	} else if (in->ack != tcb->snd_una) {
		take_new(tcb, env, in->ack, options, result);
	} else if (duplicate(tcb, in)) {
		clasp_recovery_duplicate(tcb, env);
		result->flags |= CLASP_OUTPUT;
	}
	clasp_ack_window(tcb, in, in->wnd, result);
	if (was_closed && tcb->snd_wnd)
		window_opened(tcb, env, sent_before);
	else if (!was_closed && !tcb->snd_wnd)
		clasp_timer_outstanding(tcb, env);
}
