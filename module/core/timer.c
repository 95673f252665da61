// SPDX-License-Identifier: GPL-2.0
/*
 * TIMEOUT: what happens when a deadline has come (RFC 9293, 3.10.8; RFC 6298, section 5).
 */
#include "timer.h"
#include "end.h"

/**
 * clasp_timer_name - a timer's name, as traces print it
 * @timer: enum clasp_timer
 *
 * Return: a constant string, "?" for what is no timer.
 */
const char *clasp_timer_name(u8 timer)
{
	static const char *const names[CLASP_TIMERS] = {
		[CLASP_TIMER_RETRANSMIT] = "retransmit",
		[CLASP_TIMER_PERSIST] = "persist",
		[CLASP_TIMER_DELACK] = "delayed_ack",
		[CLASP_TIMER_FIN_WAIT_2] = "fin_wait_2",
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

	for (u32 i = 0; i < CLASP_TIMERS; i++)
		if (tcb->deadline[i] && (!earliest || tcb->deadline[i] < earliest))
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

/* R2 (RFC 9293, 3.8.3), for what is under way now. */
static bool too_many_retries(const struct clasp_tcb *tcb, const struct clasp_config *config)
{
	if (tcb->orphan)
		return orphan_over(tcb, config, clasp_rto_first(tcb, config), tcb->retries);
	return tcb->retries >= (clasp_tcb_syn_pending(tcb) ? config->syn_retries :
							     config->retries2);
}

/*
 * Count a retransmission; false when there was one too many and the connection is over. From R1 on IP is told
 * of each (RFC 9293, 3.8.3).
 */
static bool count_retry(struct clasp_tcb *tcb, const struct clasp_config *config,
			struct clasp_result *result)
{
	if (too_many_retries(tcb, config)) {
		clasp_end_failed(tcb, CLASP_GIVE_UP, CLASP_TIMED_OUT, result);
		return false;
	}
	tcb->retries++;
	if (tcb->retries >= config->retries1)
		result->flags |= CLASP_DOUBT;
	return true;
}

static void retransmit_expired(struct clasp_tcb *tcb, const struct clasp_env *env,
			       struct clasp_result *result)
{
	if (!count_retry(tcb, env->config, result))
		return;
	if (tcb->backoff < 255)
		tcb->backoff++;
	if (clasp_tcb_syn_pending(tcb))
		tcb->syn_resent = true;
	else if (clasp_tcb_outstanding(tcb))
		clasp_cong_timeout(&tcb->cong, clasp_tcb_snd_mss(tcb, env),
				   clasp_tcb_outstanding(tcb), tcb->snd_nxt, tcb->retries == 1);
	tcb->rtx_nxt = tcb->snd_una;
	tcb->rtx_head = false;
	result->flags |= CLASP_OUTPUT;
}

/*
 * The window is closed: ask for it. Or it is open and what waits is small: send it all the same.
 * RFC 9293, 3.8.6.1: as long as the peer acknowledges probes the connection stays, unless nobody here
 * waits for it any more.
 */
static void persist_expired(struct clasp_tcb *tcb, const struct clasp_env *env,
			    struct clasp_result *result)
{
	if (tcb->snd_wnd) {
		tcb->override = true;
		result->flags |= CLASP_OUTPUT;
		return;
	}
	if (orphan_over(tcb, env->config, clasp_rto_current(tcb, env->config), tcb->probes)) {
		clasp_end_failed(tcb, CLASP_GIVE_UP, CLASP_TIMED_OUT, result);
		return;
	}
	if (!count_retry(tcb, env->config, result))
		return;
	if (tcb->probes < 255)
		tcb->probes++;
	if (clasp_tcb_outstanding(tcb))
		tcb->rtx_head = true;
	else
		tcb->probe = true;
	result->flags |= CLASP_OUTPUT;
}

static void expired(struct clasp_tcb *tcb, const struct clasp_env *env, u8 timer,
		    struct clasp_result *result)
{
	switch (timer) {
	case CLASP_TIMER_RETRANSMIT:
		retransmit_expired(tcb, env, result);
		break;
	case CLASP_TIMER_PERSIST:
		persist_expired(tcb, env, result);
		break;
	case CLASP_TIMER_DELACK:
		tcb->ack_now = true;
		result->flags |= CLASP_OUTPUT;
		break;
	case CLASP_TIMER_FIN_WAIT_2:
		clasp_end(tcb, CLASP_FIN_WAIT_2_OVER, result);
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
