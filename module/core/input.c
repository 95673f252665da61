// SPDX-License-Identifier: GPL-2.0
/*
 * SEGMENT ARRIVES for full blocks, in the order of RFC 9293, 3.10.7.3 and 3.10.7.4: one function a
 * step. A step answers whether the next one follows.
 */
#include "ack.h"
#include "challenge.h"
#include "data.h"
#include "ecn.h"
#include "end.h"
#include "expected.h"
#include "option.h"
#include "sack.h"
#include "space.h"
#include "timestamp.h"
#include "window.h"

static bool dropped(struct clasp_result *result, enum clasp_drop why)
{
	result->drop = why;
	return false;
}

static bool challenged(struct clasp_tcb *tcb, const struct clasp_env *env, enum clasp_drop why,
		       struct clasp_result *result)
{
	if (clasp_challenge_allowed(&tcb->challenged_at, env)) {
		tcb->ack_now = true;
		result->flags |= CLASP_OUTPUT;
	}
	return dropped(result, why);
}

/* What both have offered is agreed on (RFC 7323, 2.2 and 3.2; RFC 2018, 2). */
static void agree(struct clasp_tcb *tcb, const struct clasp_env *env,
		  const struct clasp_options *options)
{
	tcb->peer_mss = clasp_option_peer_mss(env, options->mss, tcb->peer_mss);
	tcb->sack_ok &= options->sack_permitted;
	tcb->wscale_ok &= options->has_wscale;
	if (tcb->wscale_ok)
		tcb->snd_wscale = options->wscale;
	else
		tcb->rcv_wscale = 0;
	tcb->ts_ok &= options->timestamps;
	if (tcb->ts_ok)
		clasp_timestamp_note(tcb, env->now, options->ts_val);
}

static void learn_irs(struct clasp_tcb *tcb, const struct clasp_in *in)
{
	tcb->irs = in->seq;
	tcb->rcv_nxt = in->seq + 1;
	tcb->rcv_acked = in->seq;
	/* Until now the edge was counted from 0: it is the window that our SYN offered. */
	tcb->rcv_edge += tcb->rcv_nxt;
	tcb->snd_wnd = in->wnd;
	tcb->snd_wnd_max = in->wnd;
	tcb->snd_wl1 = in->seq;
	tcb->snd_wl2 = in->ack;
}

/* 3.10.7.3, first: check the ACK bit. */
static bool syn_sent_ack(struct clasp_tcb *tcb, const struct clasp_in *in,
			 struct clasp_result *result)
{
	if (!(in->flags & CLASP_ACK))
		return true;
	if (seq_after(in->ack, tcb->iss) && seq_before_eq(in->ack, tcb->snd_nxt))
		return true;
	/*
	 * Linux also brings the next SYN forward here. RFC 6298, section 5 knows no such thing: the
	 * timer stays as it is.
	 */
	if (!(in->flags & CLASP_RST))
		clasp_end_reply_rst(in, result);
	return dropped(result, CLASP_DROP_ACK);
}

/* 3.10.7.3, second: check the RST bit. Only one that acknowledges our SYN is believed. */
static bool syn_sent_rst(struct clasp_tcb *tcb, const struct clasp_in *in,
			 struct clasp_result *result)
{
	if (!(in->flags & CLASP_RST))
		return true;
	if (!(in->flags & CLASP_ACK))
		return dropped(result, CLASP_DROP_RST);
	clasp_end_failed(tcb, CLASP_RCV_RST, CLASP_REFUSED, result);
	return false;
}

/* Eighth: check the FIN bit, or find that the one that came before its data is due now. */
static void take_fin(struct clasp_tcb *tcb, const struct clasp_env *env,
		     struct clasp_result *result)
{
	if (!clasp_data_fin_due(tcb))
		return;
	tcb->rcv_nxt++;
	tcb->received++;
	tcb->eof = true;
	result->flags |= CLASP_EOF;
	clasp_tcb_walk(tcb, CLASP_RCV_FIN);
	if (tcb->state == CLASP_TIME_WAIT)
		clasp_end_time_wait(tcb, result);
	/*
	 * In CLOSE_WAIT the program is likely to close soon: as Linux does, the ACK waits a little for
	 * our own FIN (RFC 9293, MUST-58 lets it).
	 */
	tcb->interactive |= tcb->state == CLASP_CLOSE_WAIT;
	if (tcb->state != CLASP_CLOSE_WAIT)
		tcb->ack_now = true;
	else if (!tcb->deadline[CLASP_TIMER_DELACK])
		tcb->deadline[CLASP_TIMER_DELACK] = env->now + env->config->delack;
}

/* 3.10.7.3, fourth: check the SYN bit. */
static void syn_sent_syn(struct clasp_tcb *tcb, const struct clasp_env *env,
			 const struct clasp_in *in, struct clasp_result *result)
{
	struct clasp_in rest = *in;
	struct clasp_options options;

	if (!(in->flags & CLASP_SYN)) {
		dropped(result, CLASP_DROP_FLAGS);
		return;
	}
	clasp_wire_options(&options, in);
	agree(tcb, env, &options);
	clasp_ecn_agree(tcb, in);
	learn_irs(tcb, in);
	result->flags |= CLASP_OUTPUT;
	if (!(in->flags & CLASP_ACK)) {
		tcb->rtx_nxt = tcb->iss;
		clasp_tcb_walk(tcb, CLASP_RCV_SYN);
		if (clasp_in_seq_len(&rest) > 1 && !env->full)
			result->flags |= CLASP_HOLD;
		return;
	}
	clasp_ack_syn(tcb, env, in, &options, result);
	clasp_tcb_walk(tcb, CLASP_RCV_SYN_ACK);
	/* Where the program has said so, the third segment waits for its octets, as in Linux. */
	if (tcb->interactive || env->choice->defer)
		tcb->deadline[CLASP_TIMER_DELACK] = env->now + env->config->delack;
	else
		tcb->ack_now = true;
	result->flags |= CLASP_CONNECTED;

	rest.seq++;
	rest.flags &= ~CLASP_SYN;
	clasp_data_take(tcb, env, &rest, result);
	take_fin(tcb, env, result);
}

/**
 * clasp_input_held - octets that came with a SYN, as a segment of their own
 * @tcb: synchronized by now; has counted the SYN when that arrived
 * @syn: of the SYN that was held; becomes what is to be given to clasp_input_segment()
 *
 * RFC 9293, 3.10.7.2 and 3.10.7.3: "other controls or text" are queued for processing once the connection
 * is established, "but processing of SYN and ACK should not be repeated".
 */
void clasp_input_held(struct clasp_tcb *tcb, struct clasp_in *syn)
{
	tcb->segs_in--;
	syn->seq++;
	syn->ack = tcb->snd_una;
	syn->wnd = tcb->snd_wnd;
	syn->options = NULL;
	syn->ecn = 0;
	syn->flags = CLASP_ACK | (syn->flags & CLASP_FIN);
}

static void syn_sent_segment(struct clasp_tcb *tcb, const struct clasp_env *env,
			     const struct clasp_in *in, struct clasp_result *result)
{
	if (syn_sent_ack(tcb, in, result) && syn_sent_rst(tcb, in, result))
		syn_sent_syn(tcb, env, in, result);
}

/* Fifth: is our FIN acknowledged? False when the connection is over. */
static bool step_ack_of_fin(struct clasp_tcb *tcb, const struct clasp_env *env,
			    struct clasp_result *result)
{
	if (!clasp_tcb_fin_acked(tcb))
		return true;
	switch (tcb->state) {
	case CLASP_FIN_WAIT_1:
		clasp_tcb_walk(tcb, CLASP_RCV_ACK_OF_FIN);
		return !tcb->orphan || clasp_end_fin_wait_2(tcb, env, result);
	case CLASP_CLOSING:
		clasp_tcb_walk(tcb, CLASP_RCV_ACK_OF_FIN);
		clasp_end_time_wait(tcb, result);
		return false;
	case CLASP_LAST_ACK:
		clasp_end(tcb, CLASP_RCV_ACK_OF_FIN, result);
		return false;
	default:
		return true;
	}
}

/*
 * Windows closed both ways, and both ends had probes taken without hearing of it: each numbers its segments by a window
 * that is not where the other's is, and the first step would drop every ACK of either for ever (RFC 9293, A.2). So as
 * long as the peer's window is closed, what a segment of known octets is the first to acknowledge counts.
 * Return: false when the connection is over.
 */
static bool take_ack_of_known(struct clasp_tcb *tcb, const struct clasp_env *env,
			      const struct clasp_in *in, const struct clasp_options *options,
			      struct clasp_result *result)
{
	u8 kind = in->flags & (CLASP_SYN | CLASP_ACK | CLASP_RST);

	if (tcb->snd_wnd || kind != CLASP_ACK || clasp_tcb_syn_pending(tcb) ||
	    !seq_within(in->seq, tcb->rcv_nxt - clasp_window_limit(tcb->rcv_wscale),
			tcb->rcv_nxt) ||
	    !seq_within(in->ack, tcb->snd_una + 1, tcb->snd_nxt + 1))
		return true;
	clasp_ack_take(tcb, env, in, options, result);
	return step_ack_of_fin(tcb, env, result);
}

/*
 * Throw a segment away, and answer with an ACK; an answer to one that carries nothing is limited, or two confused ends
 * could go on for ever.
 */
static bool refused(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		    enum clasp_drop why, struct clasp_result *result)
{
	if ((in->flags & CLASP_SYN) || !clasp_in_seq_len(in))
		return challenged(tcb, env, why, result);
	tcb->ack_now = true;
	result->flags |= CLASP_OUTPUT;
	return dropped(result, why);
}

/*
 * Before all else, where timestamps were agreed on (RFC 7323, 3.2 and 5.3, R1). An RST is exempt (5.2), and so is
 * what was held with a SYN that was looked at; a timestamp of long ago is not compared with (5.5).
 */
static bool step_timestamp(struct clasp_tcb *tcb, const struct clasp_env *env,
			   const struct clasp_in *in, const struct clasp_options *options,
			   struct clasp_result *result)
{
	bool valid = env->now - tcb->ts_recent_at <= CLASP_TIMESTAMP_LIFE;
	u8 why;

	if (!tcb->ts_ok || (in->flags & CLASP_RST) || !in->options ||
	    ((in->flags & CLASP_SYN) && !options->timestamps))
		return true;
	why = clasp_timestamp_check(options, valid ? tcb->ts_recent : options->ts_val);
	if (why == CLASP_DROP_OLD_TIMESTAMP)
		return refused(tcb, env, in, why, result);
	return why == CLASP_DROP_NONE || dropped(result, why);
}

/* Not before its ACK is found acceptable: else whoever hits the window could have all that follows refused. */
static void note_timestamp(struct clasp_tcb *tcb, const struct clasp_env *env,
			   const struct clasp_in *in, const struct clasp_options *options)
{
	if (tcb->ts_ok && options->timestamps)
		clasp_timestamp_take(tcb, env->now, in->seq, options->ts_val);
}

/*
 * First: check the sequence number. What is not acceptable is answered with an ACK, unless it is an RST.
 */
static bool step_sequence(struct clasp_tcb *tcb, const struct clasp_env *env,
			  const struct clasp_in *in, const struct clasp_options *options,
			  struct clasp_result *result)
{
	if (clasp_window_acceptable(in->seq, clasp_in_seq_len(in), tcb->rcv_nxt,
				    clasp_window_offered(tcb)))
		return true;
	if ((in->flags & CLASP_RST) || !take_ack_of_known(tcb, env, in, options, result))
		return dropped(result, CLASP_DROP_SEQUENCE);
	if (seq_before_eq(in->seq + in->len, tcb->rcv_nxt))
		clasp_sack_twice(tcb, env, in->seq, in->seq + in->len);
	return refused(tcb, env, in, CLASP_DROP_SEQUENCE, result);
}

/* Second: check the RST bit (RFC 5961, 3.2: only the exact number resets). */
static bool step_rst(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		     struct clasp_result *result)
{
	enum clasp_error error = CLASP_RESET;

	if (!(in->flags & CLASP_RST))
		return true;
	if (in->seq != tcb->rcv_nxt)
		return challenged(tcb, env, CLASP_DROP_CHALLENGED, result);
	if (tcb->state == CLASP_SYN_RCVD)
		error = CLASP_REFUSED;
	else if (tcb->state == CLASP_CLOSE_WAIT)
		error = CLASP_BROKEN;
	clasp_end_failed(tcb, CLASP_RCV_RST, error, result);
	return false;
}

/* Fourth: check the SYN bit (RFC 5961, 4.2: never believed, always challenged). */
static bool step_syn(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		     struct clasp_result *result)
{
	if (!(in->flags & CLASP_SYN))
		return true;
	return challenged(tcb, env, CLASP_DROP_CHALLENGED, result);
}

/* Fifth, while our SYN is not acknowledged: does this segment acknowledge it? */
static bool step_ack_of_syn(struct clasp_tcb *tcb, const struct clasp_env *env,
			    const struct clasp_in *in, const struct clasp_options *options,
			    struct clasp_result *result)
{
	if (!seq_after(in->ack, tcb->snd_una) || !seq_before_eq(in->ack, tcb->snd_nxt)) {
		clasp_end_reply_rst(in, result);
		return dropped(result, CLASP_DROP_ACK);
	}
	clasp_ack_syn(tcb, env, in, options, result);
	if (tcb->state == CLASP_SYN_RCVD) {
		clasp_tcb_walk(tcb, CLASP_RCV_ACK_OF_SYN);
		result->flags |= CLASP_CONNECTED;
	}
	return true;
}

/* Fifth: check the ACK field. */
static bool step_ack(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		     const struct clasp_options *options, struct clasp_result *result)
{
	if (!(in->flags & CLASP_ACK))
		return dropped(result, CLASP_DROP_NO_ACK);
	if (clasp_tcb_syn_pending(tcb) && !step_ack_of_syn(tcb, env, in, options, result))
		return false;
	if (!clasp_ack_acceptable(tcb, in->ack))
		return challenged(tcb, env, CLASP_DROP_ACK, result);
	note_timestamp(tcb, env, in, options);
	clasp_ack_take(tcb, env, in, options, result);
	return step_ack_of_fin(tcb, env, result);
}

/*
 * Data for a program that is gone, or has shut both halves, can reach nobody: RFC 9293, 3.6.1 asks for an RST,
 * so that the peer does not take it for delivered.
 */
static bool step_orphan(struct clasp_tcb *tcb, const struct clasp_env *env,
			const struct clasp_in *in, struct clasp_result *result)
{
	bool closed = tcb->orphan || (env->deaf && tcb->fin_queued);

	if (!closed || !in->len || !clasp_state_can_receive(tcb->state) ||
	    !seq_after(in->seq + in->len, tcb->rcv_nxt))
		return true;
	clasp_end_reset(tcb, env->now, result);
	if (!tcb->orphan) {
		tcb->error = CLASP_RESET;
		result->flags |= CLASP_FAILED;
	}
	return dropped(result, CLASP_DROP_AFTER_CLOSE);
}

/*
 * The window in octets, unless a SYN told it, which scales none (RFC 7323, 2.2). And take away what is known
 * already or has no room, so that the rest of a segment still counts:
 * the SYN of a crossing SYN,ACK (RFC 9293, 3.5, figure 8); data or a FIN at a closed window, because
 * "special allowance should be made to accept valid ACKs" there (3.10.7.4).
 */
static struct clasp_in trimmed(struct clasp_tcb *tcb, const struct clasp_in *in)
{
	u8 kind = in->flags & (CLASP_SYN | CLASP_ACK | CLASP_RST);
	struct clasp_in rest = *in;

	if (in->options && !(in->flags & CLASP_SYN))
		rest.wnd <<= tcb->snd_wscale;
	if (tcb->state == CLASP_SYN_RCVD && in->seq == tcb->irs &&
	    kind == (CLASP_SYN | CLASP_ACK)) {
		rest.seq++;
		rest.flags &= ~(CLASP_SYN | CLASP_ECE);
	} else if (!clasp_window_offered(tcb) && in->seq == tcb->rcv_nxt && kind == CLASP_ACK &&
		   clasp_in_seq_len(in)) {
		rest.len = 0;
		rest.flags &= ~CLASP_FIN;
		tcb->ack_now = true;
	}
	return rest;
}

/* Read only where some were agreed on that may stand in any segment. */
static void read_options(const struct clasp_tcb *tcb, const struct clasp_in *in,
			 struct clasp_options *options)
{
	if (in->options && (tcb->ts_ok || tcb->sack_ok))
		clasp_wire_options(options, in);
	else
		clasp_options_none(options);
}

static void other_segment(struct clasp_tcb *tcb, const struct clasp_env *env,
			  const struct clasp_in *arrived, struct clasp_result *result)
{
	const struct clasp_in rest = trimmed(tcb, arrived), *in = &rest;
	struct clasp_options options;

	read_options(tcb, in, &options);
	if (!step_timestamp(tcb, env, in, &options, result) ||
	    !step_sequence(tcb, env, in, &options, result) ||
	    !step_rst(tcb, env, in, result) || !step_syn(tcb, env, in, result) ||
	    !step_ack(tcb, env, in, &options, result) || !step_orphan(tcb, env, in, result))
		return;
	if (clasp_state_can_receive(tcb->state)) {
		clasp_ecn_take(tcb, in);
		clasp_space_echoed(tcb, env, in, options.ts_ecr);
		clasp_data_take(tcb, env, in, result);
		take_fin(tcb, env, result);
	}
	if (tcb->ack_now)
		result->flags |= CLASP_OUTPUT;
}

/**
 * clasp_input_any - SEGMENT ARRIVES, step by step
 * @tcb: any state
 * @env: everything in it
 * @in: the segment
 * @result: what to do now
 */
void clasp_input_any(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		     struct clasp_result *result)
{
	memset(result, 0, offsetof(struct clasp_result, reply));
	if (tcb->state == CLASP_CLOSED || tcb->state == CLASP_LISTEN) {
		dropped(result, CLASP_DROP_FLAGS);
		return;
	}
	tcb->segs_in += clasp_in_packets(in);
	if (tcb->state == CLASP_SYN_SENT)
		syn_sent_segment(tcb, env, in, result);
	else
		other_segment(tcb, env, in, result);
}

/**
 * clasp_input_segment - SEGMENT ARRIVES, for a full block (RFC 9293, 3.10.7.3 and 3.10.7.4)
 * @tcb: any state; CLOSED and LISTEN drop what comes: those two answer elsewhere
 * @env: everything in it
 * @in: the segment
 * @result: what to do now
 */
void clasp_input_segment(struct clasp_tcb *tcb, const struct clasp_env *env,
			 const struct clasp_in *in, struct clasp_result *result)
{
	if (!clasp_expected_next(tcb, in) || !clasp_expected_segment(tcb, env, in, result))
		clasp_input_any(tcb, env, in, result);
}
