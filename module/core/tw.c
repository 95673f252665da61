// SPDX-License-Identifier: GPL-2.0
/*
 * SEGMENT ARRIVES in TIME_WAIT (RFC 9293, 3.10.7.4, with RFC 1337, RFC 5961 and RFC 6191). It answers
 * the peer's FIN as often as that comes, and lets nothing but time or a new SYN end it.
 */
#include "tw.h"
#include "challenge.h"
#include "timestamp.h"
#include "window.h"

/**
 * clasp_tw_from_tcb - what remains of a connection that entered TIME_WAIT
 * @tw: to be filled in
 * @tcb: in TIME_WAIT
 * @now: ns
 */
void clasp_tw_from_tcb(struct clasp_tw *tw, const struct clasp_tcb *tcb, u64 now)
{
	memset(tw, 0, sizeof(*tw));
	tw->started_at = now;
	tw->challenged_at = tcb->challenged_at;
	tw->snd_nxt = tcb->snd_nxt;
	tw->rcv_nxt = tcb->rcv_nxt;
	tw->rcv_wnd = clasp_window_scaled(clasp_window_offered(tcb), tcb->rcv_wscale);
	tw->snd_wscale = tcb->snd_wscale;
	tw->rcv_wscale = tcb->rcv_wscale;
	tw->ts_ok = tcb->ts_ok;
	tw->ts_offset = tcb->ts_offset;
	tw->ts_recent = tcb->ts_recent;
	tw->state = CLASP_TIME_WAIT;
}

/**
 * clasp_tw_handed_over - TIME_WAIT lives on elsewhere, or not at all
 * @tcb: was in TIME_WAIT; CLOSED now, and what it counted can still be read
 */
void clasp_tw_handed_over(struct clasp_tcb *tcb)
{
	memset(tcb->deadline, 0, sizeof(tcb->deadline));
	tcb->state = CLASP_CLOSED;
}

static u32 window(const struct clasp_tw *tw)
{
	return (u32)tw->rcv_wnd << tw->rcv_wscale;
}

static void reply_ack(const struct clasp_tw *tw, u64 now, struct clasp_result *result)
{
	result->reply.seq = tw->snd_nxt;
	result->reply.ack = tw->rcv_nxt;
	result->reply.wnd = tw->rcv_wnd;
	result->reply.flags = CLASP_ACK;
	if (tw->ts_ok)
		clasp_timestamp_put(&result->reply.options, tw->ts_offset, now, tw->ts_recent);
}

static void answer(struct clasp_tw *tw, const struct clasp_env *env, bool limited,
		   struct clasp_result *result)
{
	if (!limited || clasp_challenge_allowed(&tw->challenged_at, env))
		result->flags |= CLASP_REPLY;
}

/*
 * RFC 6191, 2, and RFC 9293, MAY-2: a SYN later than all of the old incarnation, by its timestamp if the new one will
 * have timestamps, else beyond all that was received. Where only the new one has them, nothing of the old one can be
 * taken for a part of it.
 */
static bool may_reopen(const struct clasp_tw *tw, const struct clasp_env *env,
		       const struct clasp_in *in, const struct clasp_options *options)
{
	bool beyond = seq_after(in->seq, tw->rcv_nxt);

	if ((in->flags & (CLASP_SYN | CLASP_ACK | CLASP_FIN)) != CLASP_SYN)
		return false;
	if (!options->timestamps || !env->config->timestamps)
		return beyond;
	if (!tw->ts_ok || seq_after(options->ts_val, tw->ts_recent))
		return true;
	return beyond && options->ts_val == tw->ts_recent;
}

/* The peer did not see our ACK of its FIN, and sends the FIN again, perhaps behind its last data. */
static bool fin_again(const struct clasp_tw *tw, const struct clasp_in *in)
{
	return (in->flags & CLASP_FIN) && in->seq + in->len + 1 == tw->rcv_nxt;
}

/* RFC 7323, 3.2 and 5.3, R1. */
static bool step_timestamp(struct clasp_tw *tw, const struct clasp_env *env,
			   const struct clasp_in *in, const struct clasp_options *options,
			   struct clasp_result *result)
{
	if (!tw->ts_ok)
		return true;
	result->drop = clasp_timestamp_check(options, tw->ts_recent);
	if (result->drop == CLASP_DROP_OLD_TIMESTAMP)
		answer(tw, env, !clasp_in_seq_len(in), result);
	return result->drop == CLASP_DROP_NONE;
}

/* First: check the sequence number; the peer's FIN, which was taken, is outside the window. */
static bool step_sequence(struct clasp_tw *tw, const struct clasp_env *env,
			  const struct clasp_in *in, struct clasp_result *result)
{
	if (clasp_window_acceptable(in->seq, clasp_in_seq_len(in), tw->rcv_nxt, window(tw)))
		return true;
	if ((in->flags & CLASP_ACK) && fin_again(tw, in)) {
		tw->started_at = env->now;
		result->flags = CLASP_RESTART;
	} else {
		result->drop = CLASP_DROP_SEQUENCE;
	}
	answer(tw, env, !clasp_in_seq_len(in), result);
	return false;
}

/*
 * Fifth to eighth: check the ACK field (RFC 5961, 5.2; MAX.SND.WND is the largest there can be). What
 * stands behind the peer's FIN is ignored, and answered as Linux does: who still sends has not seen
 * our last ACK.
 */
static void step_ack(struct clasp_tw *tw, const struct clasp_env *env, const struct clasp_in *in,
		     struct clasp_result *result)
{
	if (!(in->flags & CLASP_ACK)) {
		result->drop = CLASP_DROP_NO_ACK;
	} else if (seq_after(in->ack, tw->snd_nxt) ||
		   seq_before(in->ack, tw->snd_nxt - clasp_window_limit(tw->snd_wscale))) {
		result->drop = CLASP_DROP_ACK;
		answer(tw, env, true, result);
	} else if (in->seq != tw->rcv_nxt || clasp_in_seq_len(in)) {
		result->drop = CLASP_DROP_SEQUENCE;
		answer(tw, env, !clasp_in_seq_len(in), result);
	}
}

/**
 * clasp_tw_segment - SEGMENT ARRIVES in TIME_WAIT
 * @tw: the object
 * @env: config and now
 * @in: the segment
 * @result: CLASP_REPLY with an ACK, CLASP_RESTART, CLASP_REOPEN, or nothing
 *
 * RFC 9293's table lets an RST end TIME_WAIT; RFC 1337 shows what that costs, so it does not here.
 * A FIN without ACK restarts nothing: the fifth step is not for it. With CLASP_REOPEN the shell looks
 * for a listener: found, it calls clasp_tw_end() with CLASP_RCV_NEW_SYN and gives the SYN to it; not
 * found, it calls clasp_tw_unheard().
 */
void clasp_tw_segment(struct clasp_tw *tw, const struct clasp_env *env, const struct clasp_in *in,
		      struct clasp_result *result)
{
	struct clasp_options options;

	memset(result, 0, sizeof(*result));
	reply_ack(tw, env->now, result);
	clasp_wire_options(&options, in);
	if (in->flags & CLASP_RST) {
		result->drop = CLASP_DROP_RST;
	} else if (may_reopen(tw, env, in, &options)) {
		result->flags = CLASP_REOPEN;
	} else if (in->flags & CLASP_SYN) {
		result->drop = CLASP_DROP_CHALLENGED;
		answer(tw, env, true, result);
	} else if (step_timestamp(tw, env, in, &options, result) &&
		   step_sequence(tw, env, in, result)) {
		step_ack(tw, env, in, result);
	}
}

/**
 * clasp_tw_unheard - a SYN that might have reopened the connection finds nobody who listens
 * @tw: the object
 * @env: config and now
 * @result: as clasp_tw_segment() filled it; CLASP_REPLY with a challenge ACK, or nothing
 *
 * RFC 9293, 3.10.7.4, fourth: without a new connection the SYN is one like any other (RFC 5961, 4.2), and
 * TIME_WAIT stays: RFC 9293, 3.6.1 lets only a SYN that is accepted cut it short.
 */
void clasp_tw_unheard(struct clasp_tw *tw, const struct clasp_env *env, struct clasp_result *result)
{
	result->flags = 0;
	result->drop = CLASP_DROP_CHALLENGED;
	answer(tw, env, true, result);
}

/**
 * clasp_tw_deadline - when TIME_WAIT is over
 * @tw: the object
 * @config: as it is now: changing the MSL moves every deadline
 *
 * Return: ns.
 */
u64 clasp_tw_deadline(const struct clasp_tw *tw, const struct clasp_config *config)
{
	return tw->started_at + 2 * config->msl;
}

/**
 * clasp_tw_end - TIME_WAIT ends
 * @tw: the object
 * @event: CLASP_2MSL_OVER, CLASP_RCV_NEW_SYN or CLASP_PURGE
 */
void clasp_tw_end(struct clasp_tw *tw, u8 event)
{
	clasp_state_walk(&tw->state, CLASP_TW, tw, event);
}
