// SPDX-License-Identifier: GPL-2.0
/*
 * How fast octets may leave, as Linux has it, how many of them together, and when the next ones may: each segment takes
 * its time at that rate, and what follows waits until that is over.
 */
#include "pace.h"
#include "shell.h"

/* What leaves at one moment may take so long, as in Linux: a timer for each segment of a fast path is too dear. */
#define BURST CLASP_MSEC

/* Octets a second, 34 Gbit/s: what is faster is not paced. */
#define FASTEST 0xffffffffU

/**
 * clasp_pace_rate - octets a second
 * @tcb: any state
 * @config: of the namespace
 * @most: what the program allows, or CLASP_PACE_NONE
 *
 * cwnd in a round trip, and more than that, so that cwnd can be filled and slow start can double it.
 *
 * Return: CLASP_PACE_NONE, as long as no round trip was measured; 0 has no other meaning.
 */
u64 clasp_pace_rate(const struct clasp_tcb *tcb, const struct clasp_config *config, u64 most)
{
	const struct clasp_cong *cong = &tcb->cong;
	u64 window = clasp_max(cong->cwnd, clasp_tcb_outstanding(tcb));
	u32 percent = cong->cwnd < cong->ssthresh / 2 ? config->pacing_ss_ratio : config->pacing_ca_ratio;

	if (!tcb->srtt_us)
		return most;
	return clasp_min64(most, clasp_div64(window * percent * (CLASP_SEC / CLASP_USEC / 100),
					     tcb->srtt_us));
}

/* At least one packet, and no part of one. */
static u32 whole_packets(u32 octets, u32 mss)
{
	return octets > mss ? octets - octets % mss : mss;
}

/**
 * clasp_pace_together - the most octets that leave in one go where nobody paces
 * @tcb: a synchronized connection
 * @env: together
 * @mss: octets of a full packet
 *
 * With half of a window under way, what acknowledges it lets the other half out: a flight that is one packet would
 * leave nothing to keep the time by, nor to find a loss by. And as in Linux no more than would leave in a millisecond
 * if it were paced, unless that is less than two packets: else one of a slow path would be a queue of its own.
 *
 * Return: octets, full packets of them, at least one.
 */
u32 clasp_pace_together(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 mss)
{
	u32 window = clasp_min(tcb->cong.cwnd, tcb->snd_wnd_max);
	u32 most = clasp_min(env->together, window / 2);
	u64 rate;

	if (most <= mss)
		return mss;
	rate = clasp_pace_rate(tcb, env->config, CLASP_PACE_NONE);
	if (rate)
		most = clasp_min64(most, clasp_max64(clasp_div64(rate, CLASP_SEC / BURST), 2 * mss));
	return whole_packets(most, mss);
}

/**
 * clasp_pace_defers - do octets wait for the next ACK, to leave in one go with what it lets out?
 * @tcb: a synchronized connection
 * @env: now
 * @room: octets that the windows have room for, fewer than could leave in one go and than wait
 *
 * As in Linux: within a millisecond after the last octets they may, while two thirds of a window are under way whose
 * first ACK is due within half a round trip. Else a packet would never be larger than what one ACK lets out. Not while
 * a loss is repaired, nor after a duplicate ACK, behind which no other may follow (RFC 3042).
 */
bool clasp_pace_defers(struct clasp_tcb *tcb, const struct clasp_env *env, u32 room)
{
	const struct clasp_seg *first = clasp_segs_first(clasp_rtx(tcb));

	if (!first || !tcb->srtt_us || tcb->recovery.lossy || tcb->recovery.dup_acks ||
	    room >= clasp_min(tcb->cong.cwnd, tcb->snd_wnd) / 3)
		return false;
	return env->now <= tcb->octets_at + BURST && env->now - first->sent_at >= tcb->srtt_us * (CLASP_USEC / 2);
}

static bool is_paced(u64 rate)
{
	return rate && rate <= FASTEST;
}

/**
 * clasp_pace_now - the most octets that leave in one go now
 * @tcb: a synchronized connection
 * @env: config, now, pace and together
 * @mss: octets of a full packet
 *
 * What is paced has as many as its rate lets out of what is left of the time for one moment.
 *
 * Return: octets, full packets of them, at least one; any number where clasp_pace_waits().
 */
u32 clasp_pace_now(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 mss)
{
	u32 most = clasp_pace_together(tcb, env, mss);
	u64 rate, left;

	if (!env->pace || most <= mss)
		return most;
	rate = clasp_pace_rate(tcb, env->config, env->pace);
	left = env->now + BURST - clasp_max64(tcb->pace_at, env->now);
	if (is_paced(rate))
		most = clasp_min64(most, clasp_div64(rate * left, CLASP_SEC));
	return whole_packets(most, mss);
}

/**
 * clasp_pace_waits - may octets not leave yet?
 * @tcb: a synchronized connection
 * @env: pace is not 0
 *
 * Return: true when they have to wait: the deadline is armed that brings the output loop back.
 */
bool clasp_pace_waits(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u64 ahead = tcb->octets_at == env->now ? BURST : 0;

	if (tcb->pace_at <= env->now + ahead)
		return false;
	tcb->deadline[CLASP_TIMER_PACING] = tcb->pace_at;
	return true;
}

/* As in Linux, where ten segments leave as if nobody paced. */
static bool in_first_window(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	return tcb->acked + clasp_tcb_outstanding(tcb) <
	       clasp_cong_initial(clasp_tcb_snd_mss(tcb, env));
}

/**
 * clasp_pace_sent - octets left
 * @tcb: SND.NXT counts them
 * @env: pace is not 0
 * @len: how many
 *
 * A silence gives no credit; a timer that comes late costs nothing, as far as half the time of a segment makes up for
 * it, as in Linux.
 */
void clasp_pace_sent(struct clasp_tcb *tcb, const struct clasp_env *env, u32 len)
{
	u64 rate = clasp_pace_rate(tcb, env->config, env->pace), time;

	if (!is_paced(rate))
		return;
	time = in_first_window(tcb, env) ? 0 : clasp_div64(len * CLASP_SEC, rate);
	tcb->pace_at = clasp_max64(tcb->pace_at + time, env->now + time - time / 2);
}
