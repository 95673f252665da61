/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OPTION: a program changes its mind about a connection that is there already; and what its choice, or
 * the namespace where it has none, comes to.
 */
#ifndef CLASP_CORE_OPTION_H
#define CLASP_CORE_OPTION_H

#include "tcb.h"

void clasp_option_push(struct clasp_tcb *tcb);
void clasp_option_keepalive(struct clasp_tcb *tcb, const struct clasp_env *env, u64 since);
bool clasp_option_quickack(struct clasp_tcb *tcb, struct clasp_choice *choice, u32 value);
void clasp_option_congest(struct clasp_tcb *tcb, struct clasp_choice *choice, u8 algorithm);
u8 clasp_option_congested(const struct clasp_tcb *tcb, const struct clasp_env *env);
void clasp_option_inherit(struct clasp_choice *choice);
void clasp_option_disconnect(struct clasp_choice *choice);
u32 clasp_option_window(u32 clamp, u32 room);
u8 clasp_option_defer(const struct clasp_config *config, u32 seconds);
u32 clasp_option_deferred(const struct clasp_config *config, u8 timeouts);
bool clasp_option_may_queue(const struct clasp_tcb *tcb, const struct clasp_choice *choice,
			    const struct clasp_config *config, u32 fresh, bool wake);

/* Silence before the first keep-alive, ns. */
static inline u64 clasp_option_keep_idle(const struct clasp_env *env)
{
	u16 seconds = env->choice->keep_idle;

	return seconds ? seconds * CLASP_SEC : env->config->keep_idle;
}

/* Between one keep-alive and the next, ns. */
static inline u64 clasp_option_keep_interval(const struct clasp_env *env)
{
	u16 seconds = env->choice->keep_interval;

	return seconds ? seconds * CLASP_SEC : env->config->keep_interval;
}

static inline u8 clasp_option_keep_probes(const struct clasp_env *env)
{
	return env->choice->keep_probes ? env->choice->keep_probes : env->config->keep_probes;
}

/* enum clasp_cong_algorithm */
static inline u8 clasp_option_congestion(const struct clasp_env *env)
{
	u8 chosen = env->choice->congestion;

	return chosen ? chosen - 1 : env->config->congestion;
}

static inline u8 clasp_option_syn_retries(const struct clasp_env *env)
{
	return env->choice->syn_retries ? env->choice->syn_retries : env->config->syn_retries;
}

static inline u8 clasp_option_synack_retries(const struct clasp_env *env)
{
	return env->choice->syn_retries ? env->choice->syn_retries : env->config->synack_retries;
}

/* An orphan does not wait for the peer's FIN. */
static inline bool clasp_option_no_linger(const struct clasp_env *env)
{
	return env->choice->linger < 0;
}

/* How long an orphan waits in FIN_WAIT_2, ns. */
static inline u64 clasp_option_linger(const struct clasp_env *env)
{
	s16 seconds = env->choice->linger;

	return seconds > 0 ? (u16)seconds * CLASP_SEC : env->config->fin_timeout;
}

/* Octets not sent yet from which on the program waits. */
static inline u32 clasp_option_notsent_lowat(const struct clasp_choice *choice,
					     const struct clasp_config *config)
{
	return choice->notsent_lowat ? choice->notsent_lowat : config->notsent_lowat;
}

/* The MSS that a segment may have, @mss, less what the program does not want. */
static inline u16 clasp_option_mss(const struct clasp_env *env, u16 mss)
{
	u16 most = env->choice->mss;

	return most && most < mss ? most : mss;
}

/*
 * What the peer's MSS option comes to, 0 if it sent none: then it is @unsaid (RFC 9293, MUST-15). It cannot talk us
 * into tiny segments, the program can.
 */
static inline u16 clasp_option_peer_mss(const struct clasp_env *env, u16 mss, u16 unsaid)
{
	u16 allowed = mss ? clasp_max(mss, env->config->min_snd_mss + env->ip_options) : unsaid;

	return clasp_option_mss(env, allowed);
}

#endif
