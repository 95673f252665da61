// SPDX-License-Identifier: GPL-2.0
/*
 * Dynamic right-sizing (Fisk and Feng, "Dynamic Right-Sizing in TCP", 2001). What the program reads in a round trip is
 * what the sender had under way: the window has to be larger, or it would be what limits the sender. A program that
 * reads slowly asks for nothing.
 */
#include "cong.h"
#include "space.h"
#include "timestamp.h"

/**
 * clasp_space_echoed - octets arrive: how long is the round trip?
 * @tcb: in a state in which the peer may still send
 * @env: config and now
 * @in: a segment that passed the steps before
 * @echo: its TSecr
 *
 * An end that sends nothing has no other measure than the echo of its timestamps (RFC 7323). Small segments are left
 * out, which are no part of a stream that a window could limit.
 */
void clasp_space_echoed(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in, u32 echo)
{
	struct clasp_space *space = &tcb->space;
	u32 ms;

	if (!env->config->moderate_rcvbuf || !tcb->ts_ok || in->len < tcb->rcv_mss || !echo)
		return;
	ms = seq_distance(echo, clasp_timestamp(tcb->ts_offset, env->now));
	if (ms * CLASP_MSEC > env->config->rto_max)
		return;
	ms = clasp_max(ms, 1);
	space->least_ms = space->least_ms ? clasp_min(space->least_ms, ms) : ms;
}

/* ns of a round trip, as far as is known; 0 when nothing is. The least is what no thinking program is in. */
static u64 round_trip(const struct clasp_tcb *tcb)
{
	const struct clasp_space *space = &tcb->space;

	if (!space->rtt_ms && !space->least_ms)
		return tcb->srtt_us * CLASP_USEC;
	if (!space->rtt_ms || !space->least_ms)
		return (space->rtt_ms + space->least_ms) * CLASP_MSEC;
	return clasp_min(space->rtt_ms, space->least_ms) * CLASP_MSEC;
}

/* Without any measure a round trip is over when all has come that the window allowed when it began. */
static bool round_is_over(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u64 rtt = round_trip(tcb);

	if (rtt)
		return env->now - tcb->space.since >= rtt;
	return seq_after_eq(tcb->rcv_nxt - tcb->irs, tcb->space.edge);
}

static void begin_round(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	struct clasp_space *space = &tcb->space;

	if (space->least_ms)
		space->rtt_ms = space->least_ms;
	space->least_ms = 0;
	space->since = env->now;
	space->from = clasp_space_position(tcb, env->unread);
	space->edge = tcb->rcv_edge - tcb->irs;
}

/*
 * For a sender that stays as it is, twice as much as it sends. One whose window grows may double it in each round trip,
 * and what is counted is a round trip old, and two when the next is counted: it will have four times as much under way.
 * Half of that besides, since a round trip is counted a little short or long, and a window that is as large as what it
 * has to hold lets nothing more grow.
 */
static u32 room_for(u32 octets, u32 before)
{
	u64 room = 2ULL * octets;

	if (octets > before)
		room += 2 * clasp_min64(clasp_div64(room * (octets - before), before), room);
	return clasp_min64(room, CLASP_SPACE_MAX);
}

/* Of what was read since the count began, what a round trip's share is; the program may have paused. */
static u32 share(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u64 octets = clasp_space_position(tcb, env->unread) - tcb->space.from;
	u64 us = clasp_div64(env->now - tcb->space.since, CLASP_USEC);
	u64 rtt_us = clasp_div64(round_trip(tcb), CLASP_USEC);

	if (!rtt_us || us <= rtt_us)
		return octets;
	return us >> 32 ? 0 : clasp_div64(octets * rtt_us, us);
}

/**
 * clasp_space_wanted - RECEIVE: the program has read; what should the window be able to grow to?
 * @tcb: any connection
 * @env: config, now, unread and mss
 *
 * Who sends no more than a connection begins with (RFC 6928) has not grown, however little was counted before.
 *
 * Return: octets; 0 as long as there is nothing new to say.
 */
u32 clasp_space_wanted(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	struct clasp_space *space = &tcb->space;
	u32 octets, room = 0;

	if (!env->config->moderate_rcvbuf)
		return 0;
	if (!space->since) {
		begin_round(tcb, env);
		return 0;
	}
	if (!round_is_over(tcb, env))
		return 0;
	octets = share(tcb, env);
	if (octets > space->octets) {
		room = room_for(octets, clasp_max(space->octets, clasp_cong_initial(env->mss)));
		space->octets = octets;
	}
	begin_round(tcb, env);
	return room;
}
