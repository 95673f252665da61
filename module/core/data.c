// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 9293, 3.10.7.4, seventh step, and the part of the eighth that is about position: octets are
 * trimmed to the window, put in order, and acknowledged now or soon. Of octets that come twice the
 * first copy counts. The peer's FIN is a position; it is reached when RCV.NXT gets there.
 */
#include "data.h"
#include "sack.h"
#include "shell.h"
#include "tail.h"
#include "window.h"

/* ns that an ACK waits for the program: the peer misses it after CLASP_TAIL_LEAST or later (RFC 8985, 7.2). */
#define ROOM_PATIENCE (CLASP_TAIL_LEAST / 2)

/*
 * A peer in slow start grows by what is acknowledged, and an ACK in two lets it grow half as fast. Linux hurries with
 * whatever comes, Clasp with full segments: what is small is a question, whose answer will carry the ACK.
 */
static bool hurry(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 len)
{
	return tcb->hurried < CLASP_HURRIED && len >= tcb->rcv_mss && !tcb->interactive &&
	       2 * (tcb->hurried + 1u) * tcb->rcv_mss <= env->rcv_buf;
}

static void ack_within(struct clasp_tcb *tcb, const struct clasp_env *env, u64 ns)
{
	u64 *deadline = &tcb->deadline[CLASP_TIMER_DELACK];

	if (!*deadline || env->now + ns < *deadline)
		*deadline = env->now + ns;
}

/*
 * RFC 9293, MUST-58, MUST-59 and RFC 5681, 4.2: every second full segment, or when the program makes room, or soon.
 * @len: octets that came
 */
static void schedule_ack(struct clasp_tcb *tcb, const struct clasp_env *env, u32 len)
{
	bool hurries = hurry(tcb, env, len);

	tcb->hurried += hurries;
	if (hurries || tcb->quick || clasp_window_owes_now(tcb, env))
		tcb->ack_now = true;
	else
		ack_within(tcb, env, clasp_window_owes(tcb) ? ROOM_PATIENCE : env->config->delack);
}

/* RCV.NXT moves over what waited out of order. */
static void drain(struct clasp_tcb *tcb, struct clasp_result *result)
{
	struct clasp_segs *segs = clasp_ooo(tcb);
	struct clasp_seg *seg = clasp_segs_first(segs);

	if (!seg)
		return;
	tcb->ack_now = true;	/* RFC 5681, 4.2: a gap is filled, in whole or in part */
	for (; seg && seq_before_eq(seg->seq, tcb->rcv_nxt); seg = clasp_segs_next(segs, seg)) {
		tcb->rcv_nxt = seq_later(tcb->rcv_nxt, clasp_seg_end(seg));
		result->flags |= CLASP_DRAIN;
	}
}

/* Cut [start, end) down to what no waiting segment holds yet. */
static bool fit_between(struct clasp_tcb *tcb, const struct clasp_env *env, u32 *start, u32 *end)
{
	struct clasp_segs *segs = clasp_ooo(tcb);
	struct clasp_seg *before = clasp_segs_find(segs, *start);
	struct clasp_seg *after = before ? clasp_segs_next(segs, before) : clasp_segs_first(segs);

	if (before) {
		clasp_sack_twice(tcb, env, *start, seq_earlier(*end, clasp_seg_end(before)));
		*start = seq_later(*start, clasp_seg_end(before));
	}
	if (after)
		*end = seq_earlier(*end, after->seq);
	return seq_before(*start, *end);
}

static void range(const struct clasp_in *in, u32 start, u32 end, u32 flag,
		  struct clasp_result *result)
{
	result->flags |= flag;
	result->data_seq = start;
	result->data_off = seq_distance(in->seq, start);
	result->data_len = seq_distance(start, end);
}

/* Out of order: kept, unless it is here already; the peer hears of it at once in either case. */
static void wait(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		 u32 start, u32 end, struct clasp_result *result)
{
	u32 from = start, to = end;

	if (fit_between(tcb, env, &start, &end)) {
		range(in, start, end, CLASP_KEEP, result);
		from = start;
		to = end;
	} else {
		to = seq_earlier(to, clasp_seg_end(clasp_segs_find(clasp_ooo(tcb), from)));
	}
	clasp_sack_kept(tcb, from, to);
}

static void note_size(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in)
{
	tcb->rcv_mss = clasp_min(clasp_max(tcb->rcv_mss, clasp_in_packet(in)), env->mss);
}

/* The octets from RCV.NXT up to @end. */
static void deliver(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in, u32 end,
		    struct clasp_result *result)
{
	u32 start = tcb->rcv_nxt;

	range(in, start, end, CLASP_DELIVER, result);
	tcb->rcv_pushed |= (in->flags & CLASP_PSH) || in->len < tcb->rcv_mss;
	tcb->rcv_nxt = end;
	drain(tcb, result);
	clasp_sack_advanced(tcb);
	tcb->received += seq_distance(start, tcb->rcv_nxt);
	schedule_ack(tcb, env, in->len);
}

static void take_text(struct clasp_tcb *tcb, const struct clasp_env *env,
		      const struct clasp_in *in, struct clasp_result *result)
{
	u32 start = seq_later(in->seq, tcb->rcv_nxt);
	u32 end = seq_earlier(in->seq + in->len, tcb->rcv_edge);

	clasp_sack_twice(tcb, env, in->seq, start);
	if (tcb->fin_known)
		end = seq_earlier(end, tcb->rcv_fin);
	note_size(tcb, env, in);
	if (!seq_before(start, end)) {
		tcb->ack_now = true;
		return;
	}
	if (start != tcb->rcv_nxt) {
		tcb->ack_now = true;
		wait(tcb, env, in, start, end, result);
		return;
	}
	deliver(tcb, env, in, end, result);
}

/**
 * clasp_data_next - take the octets of a segment that is all in order and within the window
 * @tcb: in a state in which the peer may still send
 * @env: config, now, mss
 * @in: a segment from RCV.NXT on
 * @result: CLASP_DELIVER with a range, CLASP_DRAIN
 */
void clasp_data_next(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		     struct clasp_result *result)
{
	note_size(tcb, env, in);
	deliver(tcb, env, in, in->seq + in->len, result);
}

/*
 * RFC 2018 speaks of data. Linux and Clasp tell of a FIN too, which has a number as octets have: what it has overtaken
 * the sender knows to be missing when the ACK of it comes, and not when a timer runs out.
 */
static void note_fin(struct clasp_tcb *tcb, const struct clasp_in *in)
{
	u32 position = in->seq + in->len;

	if (!tcb->fin_known && !seq_within(position, tcb->rcv_nxt, tcb->rcv_edge))
		return;
	if (!tcb->fin_known)
		tcb->rcv_fin = position;
	tcb->fin_known = true;
	if (tcb->rcv_fin == tcb->rcv_nxt)
		return;
	tcb->ack_now = true;
	clasp_sack_kept(tcb, tcb->rcv_fin, tcb->rcv_fin + 1);
}

/**
 * clasp_data_take - take the octets of a segment, and note where its FIN stands
 * @tcb: in a state in which the peer may still send
 * @env: config, now, mss, full
 * @in: a segment that passed steps one to five
 * @result: CLASP_DELIVER or CLASP_KEEP with a range, CLASP_DRAIN
 *
 * Octets that find no memory are dropped, and with them a FIN behind them; the ACK tells the peer at once
 * from where to repeat, and that it should wait. RFC says (SHLD-14): do not shrink the window. Linux does so here, and
 * so does Clasp: else the peer would take for lost what cannot be kept, and after R2 give up a peer that is well. What
 * it sends within the old window is welcome all the same.
 */
void clasp_data_take(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		     struct clasp_result *result)
{
	if (in->len && env->full) {
		tcb->ack_now = true;
		tcb->starved = true;
		result->drop = CLASP_DROP_BUFFER_FULL;
		return;
	}
	if (in->len) {
		tcb->ack_now |= tcb->starved;
		tcb->starved = false;
		take_text(tcb, env, in, result);
	}
	if (in->flags & CLASP_FIN)
		note_fin(tcb, in);
}

/**
 * clasp_data_fin_due - the peer's FIN is the next octet in order
 * @tcb: any connection
 */
bool clasp_data_fin_due(const struct clasp_tcb *tcb)
{
	return tcb->fin_known && tcb->rcv_nxt == tcb->rcv_fin;
}
