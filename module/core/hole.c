// SPDX-License-Identifier: GPL-2.0
/*
 * Black holes (RFC 2923, 2.1; RFC 4821, 7.7): a router drops what is too large and tells nobody, or whoever filters
 * ICMP keeps it from us. That looks like a path that is dead, until something smaller is tried. Once that has got
 * through, one more full segment tells the two apart: a path that was dead takes it, a hole does not.
 *
 * Linux, with net.ipv4.tcp_mtu_probing 1, tries the same sizes after as many timeouts. Clasp comes back at once or,
 * when it is sure, as Linux does, by probes of larger ones, which are search.c's.
 */
#include "hole.h"
#include "search.h"
#include "shell.h"

/* Timeouts of a full segment that are needed where a smaller one has got through: one may be congestion's. */
#define SURE_AFTER 2

/* What a segment takes of an MSS, which is without options. */
static u32 size_of(const struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_seg *seg)
{
	return clasp_seg_packet(seg) + clasp_search_options(tcb, env);
}

/* The next size to try where @size does not get through; as in Linux never less than either floor. */
static u32 smaller(const struct clasp_env *env, u32 size)
{
	const struct clasp_config *config = env->config;
	u32 floor = clasp_max(config->mtu_probe_floor, config->min_snd_mss) + env->ip_options;

	return clasp_max(config->base_mss < size ? config->base_mss : size / 2, floor);
}

static void put(struct clasp_tcb *tcb, struct clasp_hole hole)
{
	hole.open = hole.passed || (hole.limit && !hole.sure);
	tcb->hole = hole;
}

/**
 * clasp_hole_begin - a connection begins
 * @tcb: a synchronized connection; its peer's SYN has said what the peer takes
 * @env: config, mss and ip_options
 *
 * Where the administrator suspects every path it begins as if a hole had been found, as in Linux. Nothing leads out of
 * that without SACK.
 */
void clasp_hole_begin(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u32 most = clasp_search_most(tcb, env), first = smaller(env, most);

	if (env->config->mtu_probing > 1 && tcb->sack_ok && env->config->base_mss < most && first < most)
		put(tcb, (struct clasp_hole){ .limit = first, .sure = true });
}

/**
 * clasp_hole_timeout - octets are to be sent again: is it the size of what does not arrive?
 * @tcb: a synchronized connection with something outstanding; @retries counts this timeout, or this probe of a closed
 *	window, and none that was answered
 * @env: config and ip_options
 */
void clasp_hole_timeout(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	const struct clasp_seg *seg = clasp_segs_find(clasp_rtx(tcb), tcb->snd_una);
	struct clasp_hole *hole = &tcb->hole;
	u32 size, next;

	clasp_search_forget(tcb);
	if (!env->config->mtu_probing || !seg)
		return;
	size = size_of(tcb, env, seg);
	if (hole->passed && size > hole->passed) {
		if (tcb->retries >= SURE_AFTER)
			put(tcb, (struct clasp_hole){ .limit = hole->passed, .sure = true, .most = size - 1 });
		return;
	}
	next = smaller(env, size);
	if (next < size && tcb->retries >= env->config->retries1)
		put(tcb, (struct clasp_hole){ .limit = next, .sure = hole->sure && tcb->sack_ok });
}

/* The largest of the packets that an ACK covers. */
static u32 largest(struct clasp_tcb *tcb, const struct clasp_env *env, u32 ack)
{
	struct clasp_segs *segs = clasp_rtx(tcb);
	struct clasp_seg *seg = clasp_segs_first(segs);
	u32 size = 0;

	for (; seg && clasp_seg_arrived(seg, ack); seg = clasp_segs_next(segs, seg))
		size = clasp_max(size, size_of(tcb, env, seg));
	return size;
}

/**
 * clasp_hole_acked - an ACK moves SND.UNA: what has got through?
 * @tcb: a synchronized connection; SND.UNA is still what it was
 * @env: ip_options
 * @ack: SEG.ACK
 */
void clasp_hole_acked(struct clasp_tcb *tcb, const struct clasp_env *env, u32 ack)
{
	struct clasp_hole *hole = &tcb->hole;
	u32 size;

	if (hole->sure || !hole->open)
		return;
	size = largest(tcb, env, ack);
	if (size > clasp_max(hole->limit, hole->passed))
		put(tcb, (struct clasp_hole){ 0 });
	else if (hole->limit && size)
		put(tcb, (struct clasp_hole){ .passed = hole->limit });
}
