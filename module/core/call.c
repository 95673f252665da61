// SPDX-License-Identifier: GPL-2.0
/*
 * The program's half of RFC 9293, section 3.10: OPEN, SEND, RECEIVE, CLOSE and ABORT. None of them can
 * fail here: whether a call is allowed at all is the socket layer's question, and SYN and FIN are
 * positions in sequence space that need no memory.
 */
#include "end.h"
#include "timestamp.h"
#include "window.h"

/**
 * clasp_call_forget - a block without a connection
 * @tcb: CLOSED from now on; whatever it held is forgotten
 */
void clasp_call_forget(struct clasp_tcb *tcb)
{
	memset(tcb, 0, sizeof(*tcb));
	tcb->state = CLASP_CLOSED;
	tcb->peer_mss = CLASP_MSS_DEFAULT;
	tcb->rcv_mss = CLASP_MSS_DEFAULT;
}

/**
 * clasp_call_open_passive - OPEN, passive: listen()
 * @tcb: a block in CLOSED; whatever it held is forgotten
 */
void clasp_call_open_passive(struct clasp_tcb *tcb)
{
	clasp_call_forget(tcb);
	clasp_tcb_walk(tcb, CLASP_OPEN_PASSIVE);
}

/**
 * clasp_call_open_active - OPEN, active: connect()
 * @tcb: a block in CLOSED; whatever it held is forgotten
 * @config: of the namespace: which options are offered
 * @opening: what the shell knows
 */
void clasp_call_open_active(struct clasp_tcb *tcb, const struct clasp_config *config,
			    const struct clasp_opening *opening)
{
	u32 iss = opening->iss;

	clasp_call_forget(tcb);
	tcb->peer_mss = opening->peer_mss;
	tcb->wscale_ok = config->window_scaling;
	tcb->ts_ok = config->timestamps;
	tcb->sack_ok = config->sack;
	tcb->ecn.ok = config->ecn == 1;
	tcb->ecn.ect = tcb->ecn.ok;
	tcb->ts_offset = clasp_timestamp_offset(config, opening->ts_hash);
	tcb->rcv_wscale = tcb->wscale_ok ? clasp_window_shift(opening->rcv_most) : 0;
	tcb->iss = iss;
	tcb->snd_una = iss;
	tcb->snd_nxt = iss;
	tcb->rtx_nxt = iss;
	tcb->snd_end = iss + 1;
	tcb->snd_push = iss + 1;
	clasp_tcb_walk(tcb, CLASP_OPEN_ACTIVE);
}

/**
 * clasp_call_send - SEND: octets were put behind the last ones
 * @tcb: not yet closed by the program
 * @len: octets
 * @push: nothing is known to follow soon: the last of them carries PSH
 *
 * The output loop follows.
 */
void clasp_call_send(struct clasp_tcb *tcb, u32 len, bool push)
{
	tcb->snd_end += len;
	if (push)
		tcb->snd_push = tcb->snd_end;
}

/*
 * A window that has not doubled keeps the peer busy for a while, and the ACKs of what it sends tell the rest, as in
 * Linux; and who reads by the octet shall not chatter: two segments or half of the buffer.
 */
static bool worth_telling(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u32 told = clasp_window_told(tcb);
	u32 next = (u32)clasp_window_units(tcb, env) << tcb->rcv_wscale;
	u32 least = clasp_min(2 * env->mss, clasp_window_half(env, tcb->rcv_wscale));

	if (!told)
		return next >= clasp_window_step(env, tcb->rcv_wscale);
	return next >= told + clasp_max(told, least);
}

/**
 * clasp_call_receive - RECEIVE: the program has read, there is room
 * @tcb: any state
 * @env: rcv_space after reading; full
 *
 * Return: true when the peer should be told now: run the output loop. A window that was closed is
 * told as soon as it may move or there is memory, an open one when it has doubled, or an ACK has waited for room.
 */
bool clasp_call_receive(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	if (!clasp_state_can_receive(tcb->state) || clasp_window_wide(tcb, env->rcv_buf))
		return false;
	if (tcb->starved) {
		tcb->starved = env->full;
		tcb->ack_now |= !env->full;
		return !env->full;
	}
	if (!worth_telling(tcb, env) && !clasp_window_owes_now(tcb, env))
		return false;
	tcb->ack_now = true;
	return true;
}

/**
 * clasp_call_await - RECEIVE finds nothing more to take: the program waits for octets
 * @tcb: any state
 *
 * A delayed ACK waits for an answer that might carry it (RFC 9293, 3.8.6.3), and who waits gives none. But the peer may
 * be waiting for that very ACK, because what it wrote is small (RFC 9293, 3.7.4), and nothing but the timer would end
 * that. RFC says: within half a second. Linux and Clasp: at once, where what came may be all that the peer sends
 * without an ACK. Where answers have carried ACKs so far another one is on its way: its thread need not be the one that
 * waits.
 *
 * Return: true when an ACK should leave now: run the output loop.
 */
bool clasp_call_await(struct clasp_tcb *tcb)
{
	bool much = seq_distance(tcb->rcv_acked, tcb->rcv_nxt) > tcb->rcv_mss;

	if (!clasp_state_can_receive(tcb->state) || (!much && (!tcb->rcv_pushed || tcb->interactive)))
		return false;
	tcb->ack_now = true;
	return true;
}

static void wait_as_orphan(struct clasp_tcb *tcb, const struct clasp_env *env,
			   struct clasp_result *result)
{
	tcb->orphan = true;
	if (tcb->state == CLASP_FIN_WAIT_2)
		clasp_end_fin_wait_2(tcb, env, result);
}

/**
 * clasp_call_close - CLOSE: the program will send no more (RFC 9293, 3.10.4)
 * @tcb: any state
 * @env: config and now
 * @ending: shutdown() or close()
 * @unread: octets wait that the program did not read, and never will
 * @result: CLASP_OUTPUT, or CLASP_ENDED, perhaps with CLASP_REPLY
 *
 * The state changes now; the FIN leaves behind the last octet, whenever that is. A socket closed with
 * data unread is reset, so that the peer learns of the loss (RFC 9293, 3.6.1).
 */
void clasp_call_close(struct clasp_tcb *tcb, const struct clasp_env *env, enum clasp_ending ending,
		      bool unread, struct clasp_result *result)
{
	memset(result, 0, sizeof(*result));
	if (unread && tcb->state != CLASP_CLOSED) {
		clasp_end_reset(tcb, env->now, result);
		return;
	}

	switch (tcb->state) {
	case CLASP_CLOSED:
		result->flags = CLASP_ENDED;
		return;
	case CLASP_LISTEN:
	case CLASP_SYN_SENT:
		clasp_end(tcb, CLASP_CLOSE, result);
		return;
	case CLASP_SYN_RCVD:
	case CLASP_ESTABLISHED:
	case CLASP_CLOSE_WAIT:
		tcb->fin_queued = true;
		tcb->snd_push = tcb->snd_end;
		clasp_tcb_walk(tcb, CLASP_CLOSE);
		result->flags = CLASP_OUTPUT;
		break;
	default:
		break;
	}
	if (ending == CLASP_END_SOCKET)
		wait_as_orphan(tcb, env, result);
}

/**
 * clasp_call_abort - ABORT (RFC 9293, 3.10.5)
 * @tcb: any state
 * @now: ns
 * @result: CLASP_ENDED, perhaps with CLASP_REPLY
 */
void clasp_call_abort(struct clasp_tcb *tcb, u64 now, struct clasp_result *result)
{
	memset(result, 0, sizeof(*result));
	clasp_end_reset(tcb, now, result);
	result->flags |= CLASP_ENDED;
}
