// SPDX-License-Identifier: GPL-2.0
/*
 * LISTEN, and SYN_RCVD as long as it is an embryo: SEGMENT ARRIVES in the same order as for a full
 * block, cut down to what can matter to something that has neither data nor a program.
 */
#include "embryo.h"
#include "challenge.h"
#include "ecn.h"
#include "end.h"
#include "option.h"
#include "rto.h"
#include "timestamp.h"
#include "window.h"

static void drop(struct clasp_result *result, enum clasp_drop why)
{
	result->drop = why;
}

/**
 * clasp_closed_segment - SEGMENT ARRIVES, and nobody is there (RFC 9293, 3.10.7.1)
 * @in: the segment
 * @result: CLASP_REPLY with an RST, or nothing
 */
void clasp_closed_segment(const struct clasp_in *in, struct clasp_result *result)
{
	memset(result, 0, sizeof(*result));
	if (in->flags & CLASP_RST)
		drop(result, CLASP_DROP_RST);
	else
		clasp_end_reply_rst(in, result);
}

/**
 * clasp_listen_segment - SEGMENT ARRIVES at a listener (RFC 9293, 3.10.7.2)
 * @in: the segment
 * @full: no embryo may be added
 * @result: CLASP_ADMIT, or CLASP_REPLY with an RST, or nothing
 *
 * As Linux does, SYN with FIN is dropped without a word.
 */
void clasp_listen_segment(const struct clasp_in *in, bool full, struct clasp_result *result)
{
	memset(result, 0, sizeof(*result));
	if (in->flags & CLASP_RST)
		drop(result, CLASP_DROP_RST);
	else if (in->flags & CLASP_ACK)
		clasp_end_reply_rst(in, result);
	else if (!(in->flags & CLASP_SYN) || (in->flags & CLASP_FIN))
		drop(result, CLASP_DROP_FLAGS);
	else if (full)
		drop(result, CLASP_DROP_QUEUE_FULL);
	else
		result->flags = CLASP_ADMIT;
}

static void put_timestamp(const struct clasp_embryo *embryo, u64 now,
			  struct clasp_options *options)
{
	if (embryo->ts_ok)
		clasp_timestamp_put(options, embryo->ts_offset, now, embryo->ts_recent);
}

static void reply_syn_ack(struct clasp_embryo *embryo, u64 now, struct clasp_result *result)
{
	struct clasp_header *reply = &result->reply;

	reply->seq = embryo->iss;
	reply->ack = embryo->irs + 1;
	reply->wnd = embryo->rcv_wnd;
	reply->flags = CLASP_SYN | CLASP_ACK | (embryo->ecn_ect ? CLASP_ECE : 0);
	reply->options.mss = embryo->mss;
	reply->options.has_wscale = embryo->wscale_ok;
	reply->options.wscale = embryo->rcv_wscale;
	reply->options.sack_permitted = embryo->sack_ok;
	put_timestamp(embryo, now, &reply->options);
	embryo->sent_at = now;
	result->flags |= CLASP_REPLY;
}

static void reply_again(struct clasp_embryo *embryo, u64 now, struct clasp_result *result)
{
	if (embryo->again < 255)
		embryo->again++;
	reply_syn_ack(embryo, now, result);
}

static void challenge(struct clasp_embryo *embryo, const struct clasp_env *env,
		      enum clasp_drop why, struct clasp_result *result)
{
	drop(result, why);
	if (!clasp_challenge_allowed(&embryo->challenged_at, env))
		return;
	result->reply.seq = embryo->iss + 1;
	result->reply.ack = embryo->irs + 1;
	result->reply.wnd = clasp_window_scaled(embryo->rcv_wnd, embryo->rcv_wscale);
	result->reply.flags = CLASP_ACK;
	put_timestamp(embryo, env->now, &result->reply.options);
	result->flags |= CLASP_REPLY;
}

/* What the SYN offers and the administrator allows (RFC 7323, 2.2 and 3.2; RFC 2018, 2). */
static void agree(struct clasp_embryo *embryo, const struct clasp_config *config,
		  const struct clasp_opening *opening, const struct clasp_options *options)
{
	embryo->sack_ok = config->sack && options->sack_permitted;
	embryo->wscale_ok = config->window_scaling && options->has_wscale;
	if (embryo->wscale_ok) {
		embryo->snd_wscale = options->wscale;
		embryo->rcv_wscale = clasp_window_shift(opening->rcv_most);
	}
	embryo->ts_ok = config->timestamps && options->timestamps;
	if (embryo->ts_ok) {
		embryo->ts_offset = clasp_timestamp_offset(config, opening->ts_hash);
		embryo->ts_recent = options->ts_val;
	}
}

/**
 * clasp_embryo_open - a listener's SYN_RCVD begins
 * @embryo: to be filled in
 * @env: rcv_space, mss, now, config, full, pressure
 * @in: the SYN
 * @opening: what the shell knows
 * @result: CLASP_REPLY with the SYN,ACK; CLASP_HOLD
 *
 * The SYN,ACK acknowledges the SYN alone, as RFC 9293, 3.10.7.2 has it, also when its octets are held.
 */
void clasp_embryo_open(struct clasp_embryo *embryo, const struct clasp_env *env,
		       const struct clasp_in *in, const struct clasp_opening *opening,
		       struct clasp_result *result)
{
	struct clasp_options options;

	memset(result, 0, sizeof(*result));
	memset(embryo, 0, sizeof(*embryo));
	clasp_wire_options(&options, in);
	agree(embryo, env->config, opening, &options);
	embryo->ecn_ok = clasp_ecn_asked(env->config, in);
	embryo->ecn_ect = embryo->ecn_ok;
	embryo->iss = opening->iss;
	embryo->irs = in->seq;
	embryo->snd_wnd = in->wnd;
	embryo->rcv_wnd = clasp_window_of_syn(clasp_window_most(env, 0), embryo->rcv_wscale);
	embryo->peer_mss = clasp_option_peer_mss(env, options.mss, opening->peer_mss);
	embryo->mss = clasp_option_mss(env, env->mss);
	embryo->deadline = env->now + env->config->rto_init;
	embryo->state = CLASP_LISTEN;
	clasp_state_walk(&embryo->state, CLASP_EMBRYO, embryo, CLASP_RCV_SYN);
	reply_syn_ack(embryo, env->now, result);
	embryo->holds = in->len && !env->full;
	if (embryo->holds)
		result->flags |= CLASP_HOLD;
}

/* The SYN that made the embryo, once more: whatever came with it lies in the window. */
static bool same_syn(const struct clasp_embryo *embryo, const struct clasp_in *in)
{
	return in->seq == embryo->irs &&
	       (in->flags & (CLASP_SYN | CLASP_ACK | CLASP_RST)) == CLASP_SYN;
}

/*
 * RFC 7323, 3.2 and 5.3, as for a full block. A SYN without timestamps is heard: a caller whom nobody answered may
 * try with less.
 */
static bool step_timestamp(struct clasp_embryo *embryo, const struct clasp_env *env,
			   const struct clasp_in *in, const struct clasp_options *options,
			   struct clasp_result *result)
{
	u8 why;

	if (!embryo->ts_ok || (in->flags & CLASP_RST) ||
	    ((in->flags & CLASP_SYN) && !options->timestamps))
		return true;
	why = clasp_timestamp_check(options, embryo->ts_recent);
	if (why == CLASP_DROP_OLD_TIMESTAMP)
		challenge(embryo, env, why, result);
	else if (why != CLASP_DROP_NONE)
		drop(result, why);
	return why == CLASP_DROP_NONE;
}

/* A caller whom nobody answered may try with less; that is agreed on then. */
static void agree_on_less(struct clasp_embryo *embryo, const struct clasp_options *options)
{
	embryo->sack_ok &= options->sack_permitted;
	embryo->wscale_ok &= options->has_wscale;
	if (!embryo->wscale_ok) {
		embryo->snd_wscale = 0;
		embryo->rcv_wscale = 0;
	}
	embryo->ts_ok &= options->timestamps;
	if (embryo->ts_ok)
		embryo->ts_recent = options->ts_val;
}

/*
 * First: the sequence number. A SYN that comes again gets the same SYN,ACK again, which echoes that SYN's timestamp
 * (RFC 7323, 4.3).
 */
static bool step_sequence(struct clasp_embryo *embryo, const struct clasp_env *env,
			  const struct clasp_in *in, const struct clasp_options *options,
			  struct clasp_result *result)
{
	if (same_syn(embryo, in)) {
		agree_on_less(embryo, options);
		embryo->ecn_ect &= clasp_ecn_asked(env->config, in);
		if (clasp_challenge_allowed(&embryo->challenged_at, env))
			reply_again(embryo, env->now, result);
		return false;
	}
	if (clasp_window_acceptable(in->seq, clasp_in_seq_len(in), embryo->irs + 1,
				    embryo->rcv_wnd))
		return true;
	if (in->flags & CLASP_RST)
		drop(result, CLASP_DROP_SEQUENCE);
	else
		challenge(embryo, env, CLASP_DROP_SEQUENCE, result);
	return false;
}

/* Second and fourth: RST and SYN (RFC 5961). */
static bool step_control(struct clasp_embryo *embryo, const struct clasp_env *env,
			 const struct clasp_in *in, struct clasp_result *result)
{
	if (!(in->flags & (CLASP_RST | CLASP_SYN)))
		return true;
	if ((in->flags & CLASP_RST) && in->seq == embryo->irs + 1) {
		clasp_embryo_end(embryo, CLASP_RCV_RST_PASSIVE);
		result->flags |= CLASP_ENDED;
	} else {
		challenge(embryo, env, CLASP_DROP_CHALLENGED, result);
	}
	return false;
}

/* TCP_DEFER_ACCEPT: a third segment that brings nothing is not heard before so many timeouts are over. */
static bool deferred(const struct clasp_embryo *embryo, const struct clasp_env *env,
		     const struct clasp_in *in)
{
	return embryo->retries < env->choice->defer && !clasp_in_seq_len(in) && !embryo->holds;
}

/* Fifth: the ACK that makes a connection of it. */
static void step_ack(struct clasp_embryo *embryo, const struct clasp_env *env,
		     const struct clasp_in *in, bool accept_full, struct clasp_result *result)
{
	if (!(in->flags & CLASP_ACK)) {
		drop(result, CLASP_DROP_NO_ACK);
	} else if (in->ack != embryo->iss + 1) {
		clasp_end_reply_rst(in, result);
		drop(result, CLASP_DROP_ACK);
	} else if (deferred(embryo, env, in)) {
		embryo->acked = true;
		drop(result, CLASP_DROP_DEFERRED);
	} else if (accept_full) {
		drop(result, CLASP_DROP_QUEUE_FULL);
	} else {
		result->flags |= CLASP_PROMOTE;
	}
}

/**
 * clasp_embryo_segment - SEGMENT ARRIVES at an embryo (RFC 9293, 3.10.7.4)
 * @embryo: in SYN_RCVD
 * @env: config, choice and now
 * @in: the segment
 * @accept_full: the accept queue has no room: the third segment is not heard yet
 * @result: CLASP_PROMOTE, CLASP_REPLY, CLASP_ENDED or nothing
 */
void clasp_embryo_segment(struct clasp_embryo *embryo, const struct clasp_env *env,
			  const struct clasp_in *in, bool accept_full, struct clasp_result *result)
{
	struct clasp_options options;

	memset(result, 0, sizeof(*result));
	clasp_wire_options(&options, in);
	if (step_timestamp(embryo, env, in, &options, result) &&
	    step_sequence(embryo, env, in, &options, result) &&
	    step_control(embryo, env, in, result))
		step_ack(embryo, env, in, accept_full, result);
}

/*
 * Who has acknowledged the SYN,ACK need not hear it again; but once more when its octets were waited for long
 * enough: the answer to that makes a connection all the same, as in Linux.
 */
static bool wants_again(const struct clasp_embryo *embryo, const struct clasp_env *env)
{
	return !embryo->acked || embryo->retries >= env->choice->defer;
}

/*
 * Retransmissions of a SYN,ACK that an embryo may have. Once half of the room is taken, and by old ones, these are
 * hardly calls that somebody waits for: each halving of the young ones' share costs one, but not the first two
 * (RFC 4987, 3.3 shortens the wait; Linux measures it so).
 */
static u32 retries_allowed(const struct clasp_env *env, const struct clasp_crowd *crowd)
{
	u32 allowed = clasp_option_synack_retries(env), young = crowd->young;

	if (crowd->count <= crowd->most / 2)
		return allowed;
	for (; allowed > CLASP_EMBRYO_PATIENCE && 2 * young <= crowd->count; allowed--)
		young *= 2;
	return allowed;
}

static bool over(const struct clasp_embryo *embryo, const struct clasp_env *env,
		 const struct clasp_crowd *crowd)
{
	return embryo->retries >= retries_allowed(env, crowd) &&
	       (!embryo->acked || embryo->retries >= env->choice->defer);
}

/**
 * clasp_embryo_timeout - the SYN,ACK was not answered, or not with octets
 * @embryo: in SYN_RCVD, its deadline has come
 * @env: config, choice and now
 * @crowd: the listener's embryos, this one among them
 * @result: CLASP_REPLY with the SYN,ACK, or CLASP_ENDED, or nothing but a new deadline
 */
void clasp_embryo_timeout(struct clasp_embryo *embryo, const struct clasp_env *env,
			  const struct clasp_crowd *crowd, struct clasp_result *result)
{
	memset(result, 0, sizeof(*result));
	if (over(embryo, env, crowd)) {
		clasp_embryo_end(embryo, CLASP_GIVE_UP_PASSIVE);
		result->flags |= CLASP_ENDED;
		return;
	}
	embryo->retries++;
	embryo->deadline = env->now + clasp_rto_backoff(env->config->rto_init, embryo->retries,
							env->config->rto_max);
	if (!wants_again(embryo, env))
		return;
	embryo->resent = true;
	reply_again(embryo, env->now, result);
}

/**
 * clasp_embryo_end - an embryo ends without becoming a connection
 * @embryo: in SYN_RCVD
 * @event: CLASP_RCV_RST_PASSIVE, CLASP_GIVE_UP_PASSIVE, CLASP_UNREACHABLE_PASSIVE or
 *         CLASP_LISTENER_GONE
 */
void clasp_embryo_end(struct clasp_embryo *embryo, u8 event)
{
	clasp_state_walk(&embryo->state, CLASP_EMBRYO, embryo, event);
}

/**
 * clasp_tcb_from_embryo - the same SYN_RCVD as a full block
 * @tcb: to be filled in
 * @embryo: in SYN_RCVD
 *
 * The segment that promoted it is then given to clasp_input_segment().
 */
void clasp_tcb_from_embryo(struct clasp_tcb *tcb, const struct clasp_embryo *embryo)
{
	memset(tcb, 0, sizeof(*tcb));
	tcb->state = CLASP_SYN_RCVD;
	tcb->passive = true;
	tcb->deadline[CLASP_TIMER_RETRANSMIT] = embryo->deadline;
	tcb->iss = embryo->iss;
	tcb->snd_una = embryo->iss;
	tcb->snd_nxt = embryo->iss + 1;
	tcb->rtx_nxt = embryo->iss + 1;
	tcb->snd_end = embryo->iss + 1;
	tcb->snd_push = embryo->iss + 1;
	tcb->snd_wnd = embryo->snd_wnd;
	tcb->snd_wnd_max = embryo->snd_wnd;
	tcb->snd_wl1 = embryo->irs;
	tcb->snd_wl2 = embryo->iss;
	tcb->irs = embryo->irs;
	tcb->rcv_nxt = embryo->irs + 1;
	tcb->rcv_acked = embryo->irs + 1;
	tcb->rcv_edge = embryo->irs + 1 + embryo->rcv_wnd;
	tcb->peer_mss = embryo->peer_mss;
	tcb->rcv_mss = CLASP_MSS_DEFAULT;
	tcb->challenged_at = embryo->challenged_at;
	tcb->retries = embryo->retries;
	tcb->syn_resent = embryo->resent;
	tcb->segs_in = 1;
	tcb->resent = embryo->again;
	tcb->snd_wscale = embryo->snd_wscale;
	tcb->rcv_wscale = embryo->rcv_wscale;
	tcb->wscale_ok = embryo->wscale_ok;
	tcb->sack_ok = embryo->sack_ok;
	tcb->ecn.ok = embryo->ecn_ok;
	tcb->ecn.ect = embryo->ecn_ect;
	tcb->ts_ok = embryo->ts_ok;
	tcb->ts_offset = embryo->ts_offset;
	tcb->ts_recent = embryo->ts_recent;
	tcb->ts_recent_at = embryo->sent_at;
	/* The answer that octets were waited for tells how long the peer thought. */
	tcb->ctl_at = embryo->acked ? 0 : embryo->sent_at;
	tcb->ctl_again = embryo->again;
}
