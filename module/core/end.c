// SPDX-License-Identifier: GPL-2.0
/*
 * Every way out of the eleven states that leads to CLOSED passes here, so that no deadline outlives its
 * connection.
 */
#include "end.h"
#include "option.h"
#include "timestamp.h"

/**
 * clasp_end - a connection becomes CLOSED, nobody is told an error
 * @tcb: in a state from which @event leads to CLOSED
 * @event: enum clasp_event
 * @result: CLASP_ENDED is added
 *
 * Return: false, with nothing changed, when the table has no such row.
 */
bool clasp_end(struct clasp_tcb *tcb, u8 event, struct clasp_result *result)
{
	if (!clasp_tcb_walk(tcb, event))
		return false;
	memset(tcb->deadline, 0, sizeof(tcb->deadline));
	result->flags &= ~(CLASP_OUTPUT | CLASP_CONNECTED);
	result->flags |= CLASP_ENDED;
	return true;
}

/**
 * clasp_end_failed - a connection becomes CLOSED and the program will learn why
 * @tcb: in a state from which @event leads to CLOSED
 * @event: enum clasp_event
 * @error: what to tell
 * @result: CLASP_ENDED and CLASP_FAILED are added, unless the table has no such row
 */
void clasp_end_failed(struct clasp_tcb *tcb, u8 event, enum clasp_error error,
		      struct clasp_result *result)
{
	if (!clasp_end(tcb, event, result))
		return;
	tcb->error = error;
	result->flags |= CLASP_FAILED;
}

/*
 * RFC 9293, 3.10.4: a CLOSE is queued until all before it has been sent. Until its FIN leaves, the peer holds
 * the connection, by whatever state this end has reached.
 */
static bool peer_needs_to_know(const struct clasp_tcb *tcb, u8 event)
{
	const struct clasp_row *row = clasp_state_find(tcb->state, event);

	return row && (row->sends[0] || (tcb->fin_queued && !tcb->fin_sent));
}

/* Without ACK there is nothing to echo (RFC 7323, 3.2). */
static void tell_peer(const struct clasp_tcb *tcb, u8 event, u64 now, struct clasp_result *result)
{
	struct clasp_header *reply = &result->reply;

	if (!peer_needs_to_know(tcb, event))
		return;
	memset(reply, 0, sizeof(*reply));
	reply->seq = clasp_tcb_bare_seq(tcb);
	reply->flags = CLASP_RST;
	if (tcb->ts_ok)
		clasp_timestamp_put(&reply->options, tcb->ts_offset, now, 0);
	result->flags |= CLASP_REPLY;
}

/**
 * clasp_end_reset - ABORT (RFC 9293, 3.10.5): the peer is told where it needs to know
 * @tcb: any state; in CLOSED nothing happens
 * @now: ns
 * @result: CLASP_ENDED is added, CLASP_REPLY with an RST where the table's row sends one or a FIN still waits
 */
void clasp_end_reset(struct clasp_tcb *tcb, u64 now, struct clasp_result *result)
{
	tell_peer(tcb, CLASP_ABORT, now, result);
	clasp_end(tcb, CLASP_ABORT, result);
}

/**
 * clasp_end_unheard - as many keep-alives as may go unanswered did (RFC 9293, 3.8.4)
 * @tcb: in a state in which the peer could be silent and nothing was under way
 * @now: ns
 * @result: CLASP_ENDED and CLASP_FAILED are added, CLASP_REPLY with an RST, as Linux has it
 */
void clasp_end_unheard(struct clasp_tcb *tcb, u64 now, struct clasp_result *result)
{
	tell_peer(tcb, CLASP_KEEPALIVE_OVER, now, result);
	clasp_end_failed(tcb, CLASP_KEEPALIVE_OVER, CLASP_TIMED_OUT, result);
}

/**
 * clasp_end_fin_wait_2 - an orphan is in FIN_WAIT_2: it waits for the peer's FIN, but not for ever
 * @tcb: in FIN_WAIT_2, and no program holds it
 * @env: config, choice and now
 * @result: CLASP_ENDED with an RST where the program said so (TCP_LINGER2)
 *
 * The silence of a peer that has nothing to say is no reason to ask for a sign of life any more.
 *
 * Return: false when the connection has ended.
 */
bool clasp_end_fin_wait_2(struct clasp_tcb *tcb, const struct clasp_env *env,
			  struct clasp_result *result)
{
	if (clasp_option_no_linger(env)) {
		clasp_end_reset(tcb, env->now, result);
		return false;
	}
	tcb->deadline[CLASP_TIMER_KEEPALIVE] = 0;
	tcb->deadline[CLASP_TIMER_FIN_WAIT_2] = env->now + clasp_option_linger(env);
	return true;
}

/**
 * clasp_end_time_wait - a connection has entered TIME_WAIT: the block has no time left to keep
 * @tcb: in TIME_WAIT
 * @result: CLASP_WAIT_2MSL is added
 */
void clasp_end_time_wait(struct clasp_tcb *tcb, struct clasp_result *result)
{
	memset(tcb->deadline, 0, sizeof(tcb->deadline));
	tcb->keepalive = false;
	result->flags |= CLASP_WAIT_2MSL;
}

/**
 * clasp_end_reply_rst - answer a segment with the RST that fits it (RFC 9293, 3.10.7.1)
 * @in: a segment without RST
 * @result: CLASP_REPLY is added
 */
void clasp_end_reply_rst(const struct clasp_in *in, struct clasp_result *result)
{
	struct clasp_header *reply = &result->reply;

	memset(reply, 0, sizeof(*reply));
	if (in->flags & CLASP_ACK) {
		reply->seq = in->ack;
		reply->flags = CLASP_RST;
	} else {
		reply->ack = in->seq + clasp_in_seq_len(in);
		reply->flags = CLASP_RST | CLASP_ACK;
	}
	result->flags |= CLASP_REPLY;
}
