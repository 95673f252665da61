/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arming the deadlines that sending and acknowledging share.
 */
#ifndef CLASP_CORE_TIMER_H
#define CLASP_CORE_TIMER_H

#include "rto.h"
#include "tail.h"

/* Longest that Nagle's and silly-window avoidance's patience lasts (RFC 9293, 3.8.6.2.1). */
#define CLASP_OVERRIDE (200 * CLASP_MSEC)

/* A keep-alive that could not leave is tried again so soon, as in Linux. */
#define CLASP_KEEPALIVE_AGAIN (500 * CLASP_MSEC)

/* Retransmissions of an orphan, where the administrator leaves it to us: 102 s with an RTO of 200 ms. */
#define CLASP_ORPHAN_RETRIES 8

/*
 * A deadline of what was sent again, or probed for, but no later than when the program's patience ends
 * (TCP_USER_TIMEOUT).
 */
static inline u64 clasp_timer_within(const struct clasp_tcb *tcb, const struct clasp_env *env,
				     u64 deadline)
{
	u32 ms = env->choice->user_timeout;

	if (!ms || (!tcb->retries && !tcb->probes))
		return deadline;
	return clasp_min64(deadline, clasp_max64(tcb->stalled_at + ms * CLASP_MSEC, env->now + 1));
}

/* When a closed window is probed next. */
static inline u64 clasp_timer_probe(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u64 pause = clasp_rto_backoff(clasp_rto_current(tcb, env->config), tcb->probes,
				      env->config->rto_max);

	return clasp_timer_within(tcb, env, env->now + pause);
}

/* Something guards what is under way; persist may also stand for the override's patience. */
static inline bool clasp_timer_guarded(const struct clasp_tcb *tcb)
{
	const u64 *guard = tcb->deadline;

	return guard[CLASP_TIMER_RETRANSMIT] || guard[CLASP_TIMER_TAIL] || guard[CLASP_TIMER_REORDER] ||
	       (guard[CLASP_TIMER_PERSIST] && !tcb->snd_wnd);
}

/**
 * clasp_timer_guard - which of three timers guards what is under way: never more than one (RFC 8985, 8)
 * @tcb: the connection, with something outstanding and the peer's window open
 * @env: config, mss and now
 *
 * None of them stands beyond the moment when the retransmission timer would expire.
 */
static inline void clasp_timer_guard(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u64 *guard = tcb->deadline;

	guard[CLASP_TIMER_RETRANSMIT] = 0;
	guard[CLASP_TIMER_TAIL] = 0;
	if (guard[CLASP_TIMER_REORDER] >= tcb->rto_at)
		guard[CLASP_TIMER_REORDER] = 0;
	if (guard[CLASP_TIMER_REORDER])
		return;
	if (clasp_tail_watched(tcb, env))
		guard[CLASP_TIMER_TAIL] =
			clasp_min64(env->now + clasp_tail_patience(tcb, env), tcb->rto_at);
	else
		guard[CLASP_TIMER_RETRANSMIT] = tcb->rto_at;
}

/**
 * clasp_timer_postpone - the first segment under way is to be sent again, but later
 * @tcb: the connection, with the peer's window open
 * @env: config, mss and now
 * @leaves_at: ns when it will be
 *
 * As RTO counts from when that leaves (clasp_output_sent()), nothing may expire before.
 */
static inline void clasp_timer_postpone(struct clasp_tcb *tcb, const struct clasp_env *env,
					u64 leaves_at)
{
	tcb->rto_at = leaves_at + clasp_rto_current(tcb, env->config);
	clasp_timer_guard(tcb, env);
}

/**
 * clasp_timer_outstanding - something was sent, or the peer made progress: restart what guards it
 * @tcb: the connection
 * @env: config and now
 *
 * RFC 6298, 5.1 to 5.3. Octets that wait at a closed window are guarded by the persist timer instead,
 * which never takes a silent window for a lost segment (RFC 9293, 3.8.6.1).
 */
static inline void clasp_timer_outstanding(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u64 *guard = tcb->deadline;
	bool closed = !tcb->snd_wnd && !clasp_tcb_syn_pending(tcb);

	guard[CLASP_TIMER_PERSIST] = 0;
	if (clasp_tcb_outstanding(tcb) && !closed) {
		tcb->rto_at = clasp_timer_within(tcb, env,
						 env->now + clasp_rto_current(tcb, env->config));
		clasp_timer_guard(tcb, env);
		return;
	}
	guard[CLASP_TIMER_RETRANSMIT] = 0;
	guard[CLASP_TIMER_REORDER] = 0;
	guard[CLASP_TIMER_TAIL] = 0;
	if (closed && clasp_tcb_outstanding(tcb))
		guard[CLASP_TIMER_PERSIST] = clasp_timer_probe(tcb, env);
}

#endif
