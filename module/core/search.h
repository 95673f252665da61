/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The search for larger segments on a path of which ICMP tells nothing: SND.MSS rises with what has got through.
 */
#ifndef CLASP_CORE_SEARCH_H
#define CLASP_CORE_SEARCH_H

#include "tcb.h"

u32 clasp_search_probe(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 unsent, u32 cwnd);
void clasp_search_sent(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_seg *seg);
void clasp_search_heard(struct clasp_tcb *tcb, const struct clasp_env *env);
u32 clasp_search_excused(struct clasp_tcb *tcb);
void clasp_search_forget(struct clasp_tcb *tcb);

/* Octets of options in a segment that tells of no blocks; an MSS counts them. */
static inline u32 clasp_search_options(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	return env->ip_options + (tcb->ts_ok ? CLASP_TIMESTAMPS_LEN : 0);
}

/* The largest segment that the peer and the path, as far as IP knows, may take; as an MSS. */
static inline u32 clasp_search_most(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	return clasp_min(tcb->peer_mss, env->mss);
}

#endif
