// SPDX-License-Identifier: GPL-2.0
/*
 * What follows at once when a program sets an option of a connection, and the two units in which it may
 * ask for a handshake that waits.
 */
#include "option.h"
#include "rto.h"

/**
 * clasp_option_push - OPTION: TCP_NODELAY was set: nothing that waits for company waits any longer
 * @tcb: any state
 *
 * As in Linux what was written until now leaves even if TCP_CORK is set. The output loop follows.
 */
void clasp_option_push(struct clasp_tcb *tcb)
{
	tcb->pushed = clasp_tcb_unsent(tcb);
}

/**
 * clasp_option_keepalive - OPTION: keep-alives were turned on or off, or their time has changed
 * @tcb: any state
 * @env: config, choice and now
 * @since: ns from which on silence counts: now, or when the peer was last heard
 *
 * Before there is a connection nothing happens: clasp_ack_syn() will see to it.
 */
void clasp_option_keepalive(struct clasp_tcb *tcb, const struct clasp_env *env, u64 since)
{
	u64 *deadline = &tcb->deadline[CLASP_TIMER_KEEPALIVE];

	*deadline = 0;
	tcb->keepalive = false;
	tcb->unheard = 0;
	if (!env->choice->keepalive || !clasp_state_synchronized(tcb->state) ||
	    tcb->state == CLASP_TIME_WAIT)
		return;
	*deadline = clasp_max64(since + clasp_option_keep_idle(env), env->now);
}

/**
 * clasp_option_quickack - OPTION: TCP_QUICKACK
 * @tcb: any state
 * @choice: of the same socket; remembers what was said before there is a connection
 * @value: 0 to delay ACKs, an odd number to send each at once, any other for the one that waits
 *
 * Return: true when an ACK that waited is due: run the output loop.
 */
bool clasp_option_quickack(struct clasp_tcb *tcb, struct clasp_choice *choice, u32 value)
{
	bool waits = tcb->deadline[CLASP_TIMER_DELACK];

	tcb->interactive = !value || (waits && !(value & 1));
	choice->interactive = tcb->interactive;
	tcb->quick = value & 1;
	tcb->ack_now |= value && waits;
	return value && waits;
}

/**
 * clasp_option_congest - TCP_CONGESTION: another congestion control from now on
 * @tcb: any state
 * @choice: of the same socket, for the connections that it will have
 * @algorithm: enum clasp_cong_algorithm
 */
void clasp_option_congest(struct clasp_tcb *tcb, struct clasp_choice *choice, u8 algorithm)
{
	choice->congestion = algorithm + 1;
	clasp_cong_choose(&tcb->cong, algorithm);
}

/**
 * clasp_option_congested - what it is
 * @tcb: any state
 * @env: config and choice
 *
 * Return: enum clasp_cong_algorithm.
 */
u8 clasp_option_congested(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	return tcb->cong.cwnd ? tcb->cong.algorithm : clasp_option_congestion(env);
}

/**
 * clasp_option_inherit - a connection begins with what was chosen for its listener
 * @choice: a copy of the listener's; what only listeners have is gone
 */
void clasp_option_inherit(struct clasp_choice *choice)
{
	choice->defer = 0;
}

/**
 * clasp_option_disconnect - DISCONNECT: what a socket forgets with its connection
 * @choice: of the socket; the rest stays, as in Linux
 */
void clasp_option_disconnect(struct clasp_choice *choice)
{
	choice->mss = 0;
	choice->window_clamp = 0;
	choice->interactive = false;
}

/**
 * clasp_option_window - TCP_WINDOW_CLAMP: what a window may tell of
 * @clamp: of the socket, 0 for none; the shell reads it once, since a listener's may change meanwhile
 * @room: octets that there is room for
 */
u32 clasp_option_window(u32 clamp, u32 room)
{
	return clamp ? clasp_min(clamp, room) : room;
}

/**
 * clasp_option_defer - TCP_DEFER_ACCEPT, from seconds to timeouts of an embryo
 * @config: of the namespace
 * @seconds: for which the third segment of a handshake may wait for octets
 *
 * Return: as many timeouts as are over no sooner, 255 at most.
 */
u8 clasp_option_defer(const struct clasp_config *config, u32 seconds)
{
	u8 timeouts = seconds != 0;

	while (timeouts && timeouts < 255 &&
	       clasp_rto_sum(config->rto_init, timeouts - 1, config->rto_max) < seconds * CLASP_SEC)
		timeouts++;
	return timeouts;
}

/**
 * clasp_option_deferred - the reverse
 * @config: of the namespace
 * @timeouts: from clasp_option_defer()
 *
 * Return: whole seconds.
 */
u32 clasp_option_deferred(const struct clasp_config *config, u8 timeouts)
{
	if (!timeouts)
		return 0;
	return clasp_div64(clasp_rto_sum(config->rto_init, timeouts - 1, config->rto_max), CLASP_SEC);
}

/**
 * clasp_option_may_queue - TCP_NOTSENT_LOWAT: may the program give more octets?
 * @tcb: any state
 * @choice: of the same socket
 * @config: of the namespace
 * @fresh: octets that the block was not told of yet
 * @wake: it waits already: it is woken when half of what is allowed is free
 */
bool clasp_option_may_queue(const struct clasp_tcb *tcb, const struct clasp_choice *choice,
			    const struct clasp_config *config, u32 fresh, bool wake)
{
	u64 unsent = (u64)clasp_tcb_unsent(tcb) + fresh;

	return unsent << wake < clasp_option_notsent_lowat(choice, config);
}
