// SPDX-License-Identifier: GPL-2.0
/*
 * One soft hrtimer a connection, re-armed lazily: a deadline that moves out leaves the timer alone, which
 * then comes early, finds nothing due, and is set again. Whoever arms it takes a reference, the
 * callback or whoever cancels it drops that.
 */
#include "memory.h"
#include "sock.h"
#include "watch.h"

/*
 * How much later than asked a timer may come: what user programs get, so that 40 ms of delayed ACK stay 40. At a few
 * hundred Mbit/s pacing would take twice the time with it.
 */
#define SLACK (50 * NSEC_PER_USEC)

/* A timer is named before what it causes. */
static void fire(struct clasp_sock *cs, struct clasp_env *env)
{
	u8 due = clasp_timer_due(&cs->tcb, env->now), timer;
	struct clasp_net *cn = clasp_sock_net(cs);
	struct clasp_result result;

	for (timer = 0; timer < CLASP_TIMERS; timer++)
		if (due & BIT(timer))
			clasp_watch_timer(cn, &cs->flow, timer, cs->tcb.state, cs->tcb.retries);
	if (due & BIT(CLASP_TIMER_RETRANSMIT))
		CLASP_INC(cn, Timeouts);
	if (due & BIT(CLASP_TIMER_DELACK))
		CLASP_INC(cn, DelayedACKs);
	if (cs->orphan && clasp_memory_out(clasp_sock_sk(cs))) {
		clasp_close_orphan(cs);
		return;
	}
	clasp_timer_expired(&cs->tcb, env, &result);
	clasp_act(cs, NULL, env, &result);
}

/**
 * clasp_timer_run - do what is due, if anything is
 * @cs: any state
 *
 * Context: socket locked, bottom halves off.
 */
void clasp_timer_run(struct clasp_sock *cs)
{
	u64 deadline = clasp_timer_deadline(&cs->tcb);
	struct clasp_env env;

	sock_owned_by_me(clasp_sock_sk(cs));
	if (!deadline)
		return;
	clasp_act_env(cs, &env);
	if (deadline <= env.now)
		fire(cs, &env);
	else
		clasp_timer_arm(cs);
}

/*
 * Is the reference of the timer that just fired the callback's? Whoever armed it again meanwhile found it
 * taken, and it is the queued timer's now, which cannot fire before this callback is done.
 */
static bool take_reference(struct clasp_sock *cs)
{
	bool mine;

	spin_lock(&cs->timer_lock);
	mine = !hrtimer_is_queued(&cs->timer);
	if (mine)
		cs->timer_held = false;
	spin_unlock(&cs->timer_lock);
	return mine;
}

static enum hrtimer_restart expired(struct hrtimer *timer)
{
	struct clasp_sock *cs = container_of(timer, struct clasp_sock, timer);
	struct sock *sk = clasp_sock_sk(cs);
	bool mine = take_reference(cs);

	bh_lock_sock(sk);
	if (sock_owned_by_user(sk))
		set_bit(CLASP_DEFER_TIMER, &cs->deferred);
	else
		clasp_timer_run(cs);
	bh_unlock_sock(sk);
	if (mine)
		sock_put(sk);
	return HRTIMER_NORESTART;
}

/**
 * clasp_timer_setup - make a new socket's timer ready
 * @cs: new
 */
void clasp_timer_setup(struct clasp_sock *cs)
{
	spin_lock_init(&cs->timer_lock);
	cs->timer_held = false;
	clasp_hrtimer_setup(&cs->timer, expired);
}

static noinline void start(struct clasp_sock *cs, u64 deadline)
{
	u64 slack = deadline == cs->tcb.deadline[CLASP_TIMER_PACING] ? 0 : SLACK;

	spin_lock_bh(&cs->timer_lock);
	if (!cs->timer_held)
		sock_hold(clasp_sock_sk(cs));
	cs->timer_held = true;
	hrtimer_start_range_ns(&cs->timer, ns_to_ktime(deadline), slack,
			       HRTIMER_MODE_ABS_PINNED_SOFT);
	spin_unlock_bh(&cs->timer_lock);
}

/**
 * clasp_timer_arm - see to it that the timer comes at the earliest deadline, or before
 * @cs: any state
 *
 * Context: socket locked.
 */
void clasp_timer_arm(struct clasp_sock *cs)
{
	u64 deadline = clasp_timer_deadline(&cs->tcb);

	sock_owned_by_me(clasp_sock_sk(cs));
	if (!deadline || (hrtimer_is_queued(&cs->timer) &&
			  hrtimer_get_softexpires_tv64(&cs->timer) <= (s64)deadline))
		return;
	start(cs, deadline);
}

/**
 * clasp_timer_cancel - nothing is due any more
 * @cs: the caller has a reference of its own
 *
 * Context: socket locked. A callback that waits for the lock will find nothing to do.
 */
void clasp_timer_cancel(struct clasp_sock *cs)
{
	spin_lock_bh(&cs->timer_lock);
	if (hrtimer_try_to_cancel(&cs->timer) == 1) {
		cs->timer_held = false;
		__sock_put(clasp_sock_sk(cs));
	}
	spin_unlock_bh(&cs->timer_lock);
}
