// SPDX-License-Identifier: GPL-2.0
/*
 * TIMEOUT: what happens when a deadline has come (RFC 9293, 3.10.8; RFC 6298, section 5).
 */
#include "timer.h"
#include "ecn.h"
#include "end.h"
#include "hole.h"
#include "option.h"
#include "rack.h"
#include "recovery.h"
#include "scoreboard.h"

/**
 * clasp_timer_name - a timer's name, as traces print it
 * @timer: enum clasp_timer
 *
 * Return: a constant string, "?" for what is no timer.
 */
const char *clasp_timer_name(u8 timer)
{
	static const char *const names[CLASP_TIMERS] = {
		[CLASP_TIMER_REORDER] = "reorder",
		[CLASP_TIMER_TAIL] = "tail",
		[CLASP_TIMER_RETRANSMIT] = "retransmit",
		[CLASP_TIMER_PERSIST] = "persist",
		[CLASP_TIMER_DELACK] = "delayed_ack",
		[CLASP_TIMER_FIN_WAIT_2] = "fin_wait_2",
		[CLASP_TIMER_KEEPALIVE] = "keepalive",
		[CLASP_TIMER_PACING] = "pacing",
	};

	return timer < CLASP_TIMERS ? names[timer] : "?";
}

/**
 * clasp_timer_deadline - when to call clasp_timer_expired()
 * @tcb: any state
 *
 * Return: ns, the earliest deadline; 0 when none is armed.
 */
u64 clasp_timer_deadline(const struct clasp_tcb *tcb)
{
	u64 earliest = 0;

	/* Less one, what is not armed comes last. */
	for (u32 i = 0; i < CLASP_TIMERS; i++)
		if (tcb->deadline[i] - 1 < earliest - 1)
			earliest = tcb->deadline[i];
	return earliest;
}

/**
 * clasp_timer_due - which deadlines have come
 * @tcb: any state
 * @now: ns
 *
 * Return: a bit for each enum clasp_timer. clasp_timer_expired() takes them in this order; an earlier one may
 * call off a later one.
 */
u8 clasp_timer_due(const struct clasp_tcb *tcb, u64 now)
{
	u8 due = 0;

	for (u32 i = 0; i < CLASP_TIMERS; i++)
		if (tcb->deadline[i] && tcb->deadline[i] <= now)
			due |= 1U << i;
	return due;
}

/*
 * Nobody waits for an orphan: it gets the time that its retransmissions would take with the least RTO, as
 * in Linux, however slow the path is; but one retransmission at least. @rto: of the first, ns.
 */
static bool orphan_over(const struct clasp_tcb *tcb, const struct clasp_config *config, u64 rto,
			u8 retries)
{
	u8 allowed = config->orphan_retries ? config->orphan_retries : CLASP_ORPHAN_RETRIES;

	return tcb->orphan && retries && clasp_rto_sum(rto, retries, config->rto_max) >=
	       clasp_rto_sum(config->rto_min, allowed, config->rto_max);
}

/* The program has said how long it waits, and it did: R2 in time (RFC 9293, MUST-21; RFC 5482). */
static bool patience_over(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	return env->now >= tcb->stalled_at + env->choice->user_timeout * CLASP_MSEC;
}

/* R2 (RFC 9293, 3.8.3), for what is under way now. As in Linux a SYN has both of its measures. */
static bool too_many_retries(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	const struct clasp_config *config = env->config;
	bool timed = env->choice->user_timeout;

	if (timed && tcb->retries && patience_over(tcb, env))
		return true;
	if (tcb->orphan && !timed)
		return orphan_over(tcb, config, clasp_rto_first(tcb, config), tcb->retries);
	if (clasp_tcb_syn_pending(tcb))
		return tcb->retries >= clasp_option_syn_retries(env);
	return !timed && tcb->retries >= config->retries2;
}

/*
 * Count a retransmission; false when there was one too many and the connection is over. From R1 on IP is told
 * of each (RFC 9293, 3.8.3).
 */
static bool count_retry(struct clasp_tcb *tcb, const struct clasp_env *env,
			struct clasp_result *result)
{
	if (too_many_retries(tcb, env)) {
		clasp_end_failed(tcb, CLASP_GIVE_UP, CLASP_TIMED_OUT, result);
		return false;
	}
	if (tcb->retries < 255)
		tcb->retries++;
	if (tcb->retries >= env->config->retries1)
		result->flags |= CLASP_DOUBT;
	return true;
}

/* From when on the program's patience counts: a call's from its first SYN, as in Linux. */
static u64 stalled_since(const struct clasp_tcb *tcb, u64 now)
{
	return clasp_tcb_syn_pending(tcb) && tcb->ctl_at ? tcb->ctl_at : now;
}

static void retransmit_expired(struct clasp_tcb *tcb, const struct clasp_env *env,
			       struct clasp_result *result)
{
	if (!tcb->retries)
		tcb->stalled_at = stalled_since(tcb, env->now);
	if (!count_retry(tcb, env, result))
		return;
	if (tcb->backoff < 255)
		tcb->backoff++;
	tcb->rto_at = clasp_timer_within(tcb, env, env->now + clasp_rto_current(tcb, env->config));
	if (clasp_tcb_syn_pending(tcb)) {
		tcb->syn_resent = true;
		clasp_ecn_fall_back(tcb, env->config);
	} else if (clasp_tcb_outstanding(tcb)) {
		clasp_hole_timeout(tcb, env);
		clasp_recovery_timeout(tcb, env, tcb->retries == 1);
	}
	if (tcb->sack_ok && !clasp_tcb_syn_pending(tcb)) {
		clasp_scoreboard_timeout(tcb, clasp_rack_overdue(tcb, env));
		tcb->fin_lost = clasp_tcb_fin_bare(tcb);
	} else {
		tcb->rtx_nxt = tcb->snd_una;
	}
	tcb->rtx_head = false;
	result->flags |= CLASP_OUTPUT;
}

/* RFC 8985, 7.3: the timer that would have expired runs anew, whether the probe finds its way out or not. */
static void tail_expired(struct clasp_tcb *tcb, const struct clasp_env *env,
			 struct clasp_result *result)
{
	tcb->tail.due = clasp_tail_watched(tcb, env);
	tcb->rto_at = env->now + clasp_rto_current(tcb, env->config);
	tcb->deadline[CLASP_TIMER_RETRANSMIT] = tcb->rto_at;
	result->flags |= CLASP_OUTPUT;
}

static void reorder_expired(struct clasp_tcb *tcb, const struct clasp_env *env,
			    struct clasp_result *result)
{
	clasp_recovery_overdue(tcb, env);
	clasp_timer_guard(tcb, env);
	result->flags |= CLASP_OUTPUT;
}

/* However well they are answered: no octet gets through. */
static bool probes_over(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	const struct clasp_config *config = env->config;

	if (env->choice->user_timeout && tcb->probes && patience_over(tcb, env))
		return true;
	return orphan_over(tcb, config, clasp_rto_current(tcb, config), tcb->probes);
}

/*
 * The window is closed: ask for it. Or it is open and what waits is small: send it all the same.
 * RFC 9293, 3.8.6.1: as long as the peer acknowledges probes the connection stays, unless nobody here
 * waits for it any more, or not so long.
 */
static void persist_expired(struct clasp_tcb *tcb, const struct clasp_env *env,
			    struct clasp_result *result)
{
	if (tcb->snd_wnd) {
		tcb->override = true;
		result->flags |= CLASP_OUTPUT;
		return;
	}
	if (!tcb->probes)
		tcb->stalled_at = env->now;
	if (probes_over(tcb, env)) {
		clasp_end_failed(tcb, CLASP_GIVE_UP, CLASP_TIMED_OUT, result);
		return;
	}
	if (!count_retry(tcb, env, result))
		return;
	if (tcb->probes < 255)
		tcb->probes++;
	if (clasp_tcb_outstanding(tcb)) {
		clasp_hole_timeout(tcb, env);
		clasp_recovery_probe(tcb);
		tcb->rtx_head = true;
	} else {
		tcb->probe = true;
	}
	result->flags |= CLASP_OUTPUT;
}

/* As many as may be lost (RFC 9293, MUST-29); or, with TCP_USER_TIMEOUT, one, and silence for so long. */
static bool keepalives_over(const struct clasp_tcb *tcb, const struct clasp_env *env, u64 silence)
{
	u32 patience = env->choice->user_timeout;

	if (patience)
		return tcb->unheard && silence >= patience * CLASP_MSEC;
	return tcb->unheard >= clasp_option_keep_probes(env);
}

/*
 * RFC 9293, MUST-26: only when nothing is under way, and the peer was not heard for as long as was agreed. What
 * is under way, or waits, has a guard of its own.
 */
static void keepalive_expired(struct clasp_tcb *tcb, const struct clasp_env *env,
			      struct clasp_result *result)
{
	u64 *deadline = &tcb->deadline[CLASP_TIMER_KEEPALIVE];
	u64 idle = clasp_option_keep_idle(env), silence = env->now - tcb->heard_at;

	if (clasp_tcb_outstanding(tcb) || clasp_tcb_unsent(tcb)) {
		*deadline = env->now + idle;
	} else if (silence < idle) {
		*deadline = tcb->heard_at + idle;
	} else if (keepalives_over(tcb, env, silence)) {
		clasp_end_unheard(tcb, env->now, result);
	} else {
		tcb->keepalive = true;
		*deadline = env->now + clasp_option_keep_interval(env);
		result->flags |= CLASP_OUTPUT;
	}
}

static void expired(struct clasp_tcb *tcb, const struct clasp_env *env, u8 timer,
		    struct clasp_result *result)
{
	switch (timer) {
	case CLASP_TIMER_REORDER:
		reorder_expired(tcb, env, result);
		break;
	case CLASP_TIMER_TAIL:
		tail_expired(tcb, env, result);
		break;
	case CLASP_TIMER_RETRANSMIT:
		retransmit_expired(tcb, env, result);
		break;
	case CLASP_TIMER_PERSIST:
		persist_expired(tcb, env, result);
		break;
	case CLASP_TIMER_DELACK:
		tcb->interactive = false;	/* no answer came that could have carried it */
		tcb->ack_now = true;
		result->flags |= CLASP_OUTPUT;
		break;
	case CLASP_TIMER_FIN_WAIT_2:
		clasp_end(tcb, CLASP_FIN_WAIT_2_OVER, result);
		break;
	case CLASP_TIMER_KEEPALIVE:
		keepalive_expired(tcb, env, result);
		break;
	case CLASP_TIMER_PACING:
		result->flags |= CLASP_OUTPUT;
		break;
	}
}

/**
 * clasp_timer_expired - TIMEOUT: do what is due
 * @tcb: any state
 * @env: config and now; what is not due yet stays armed
 * @result: CLASP_OUTPUT, perhaps with CLASP_DOUBT; or CLASP_ENDED, perhaps with CLASP_FAILED
 */
void clasp_timer_expired(struct clasp_tcb *tcb, const struct clasp_env *env,
			 struct clasp_result *result)
{
	memset(result, 0, sizeof(*result));
	for (u8 i = 0; i < CLASP_TIMERS; i++) {
		if (!(clasp_timer_due(tcb, env->now) & 1U << i))
			continue;
		tcb->deadline[i] = 0;
		expired(tcb, env, i, result);
	}
}
