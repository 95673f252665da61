/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The receive window and the receiver's half of silly-window avoidance (RFC 9293, 3.8.6.2.2).
 */
#ifndef CLASP_CORE_WINDOW_H
#define CLASP_CORE_WINDOW_H

#include "tcb.h"

#define CLASP_WINDOW_MAX 65535	/* that a header has room for */

/**
 * clasp_window_shift - Rcv.Wind.Shift: what a buffer will ever need (RFC 7323, 2.3)
 * @most: octets that it might take some day
 */
static inline u8 clasp_window_shift(u32 most)
{
	u8 shift = 0;

	for (; most > CLASP_WINDOW_MAX && shift < CLASP_WSCALE_MAX; most /= 2)
		shift++;
	return shift;
}

/* The largest window that a header can tell when windows are scaled so. */
static inline u32 clasp_window_limit(u8 shift)
{
	return (u32)CLASP_WINDOW_MAX << shift;
}

/* The window as a header tells it, rounded up, so that what was promised stays so. */
static inline u16 clasp_window_scaled(u32 window, u8 shift)
{
	return (clasp_min(window, clasp_window_limit(shift)) + (1U << shift) - 1) >> shift;
}

/*
 * The window of a SYN, which is not scaled (RFC 7323, 2.2), but already in whole units: what follows can say the same,
 * neither less nor more.
 */
static inline u16 clasp_window_of_syn(u32 window, u8 shift)
{
	u32 units = clasp_window_scaled(clasp_min(window, CLASP_WINDOW_MAX), shift);

	return clasp_min(units, CLASP_WINDOW_MAX >> shift) << shift;
}

/* Half of the largest window that can be offered, a measure of room worth telling of. */
static inline u32 clasp_window_half(const struct clasp_env *env, u8 shift)
{
	return clasp_min(env->rcv_buf, clasp_window_limit(shift)) / 2;
}

/* Segments that are offered where memory is scarce: as many as Linux offers. */
#define CLASP_WINDOW_SCARCE 4

/* The largest window to offer now; what the peer does not send needs no memory here. */
static inline u32 clasp_window_most(const struct clasp_env *env, u8 shift)
{
	u32 most = clasp_min(env->rcv_space, clasp_window_limit(shift));

	return env->pressure ? clasp_min(most, CLASP_WINDOW_SCARCE * env->mss) : most;
}

/* The least by which the edge moves right: a segment or half of the buffer. */
static inline u32 clasp_window_step(const struct clasp_env *env, u8 shift)
{
	return clasp_min(env->mss, clasp_window_half(env, shift));
}

/**
 * clasp_window_edge - the right edge to advertise now
 * @tcb: a connection that knows its IRS, or has none yet
 * @env: rcv_space, rcv_buf, mss, pressure
 *
 * The edge never moves left (RFC 9293, 3.8.6: SHLD-14), and moves right by no less than a segment or
 * half of the buffer.
 */
static inline u32 clasp_window_edge(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u32 edge = tcb->rcv_nxt + clasp_window_most(env, tcb->rcv_wscale);

	if (seq_before_eq(edge, tcb->rcv_edge) ||
	    seq_distance(tcb->rcv_edge, edge) < clasp_window_step(env, tcb->rcv_wscale))
		return tcb->rcv_edge;
	return edge;
}

/**
 * clasp_window_units - the window that the next segment tells, in units
 * @tcb: a connection that knows its IRS
 * @env: as for clasp_window_edge()
 *
 * RFC 7323, 2.4 lets it be rounded up or down. Up it is as long as there is room for that, but a whole unit where all
 * the room worth telling of is less than one; else each ACK would move the edge on, though nobody reads.
 */
static inline u16 clasp_window_units(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u8 shift = tcb->rcv_wscale;
	u32 window = clasp_min(seq_distance(tcb->rcv_nxt, clasp_window_edge(tcb, env)),
			       clasp_window_limit(shift));
	u32 most = clasp_window_most(env, shift), up = clasp_window_scaled(window, shift);

	if (most >= clasp_window_step(env, shift))
		most = clasp_max(most, 1U << shift);
	return up << shift <= most ? up : window >> shift;
}

/* RCV.WND: what the peer may send, because some segment told it so. */
static inline u32 clasp_window_offered(const struct clasp_tcb *tcb)
{
	return seq_distance(tcb->rcv_nxt, tcb->rcv_edge);
}

/* The part of it that the last segment told of: all but what was rounded down, if the peer has not sent that, too. */
static inline u32 clasp_window_told(const struct clasp_tcb *tcb)
{
	u32 told = seq_distance(tcb->rcv_acked, tcb->rcv_edge) >> tcb->rcv_wscale << tcb->rcv_wscale;
	u32 taken = seq_distance(tcb->rcv_acked, tcb->rcv_nxt);

	return told > taken ? told - taken : 0;
}

/* Are two full segments not acknowledged (RFC 9293, SHLD-19)? */
static inline bool clasp_window_owes(const struct clasp_tcb *tcb)
{
	return seq_distance(tcb->rcv_acked, tcb->rcv_nxt) >= 2u * tcb->rcv_mss;
}

/**
 * clasp_window_owes_now - is an ACK due for every second full segment, and does it tell of more than itself?
 * @tcb: a connection that knows its IRS
 * @env: rcv_space and rcv_buf
 *
 * Where half of the window waits for the program, an ACK would tell of a window that is smaller each time. It is the
 * program that makes room, and has the ACK leave when it does: fewer of them, of which each is worth more. Linux waits
 * as soon as the window gets smaller at all.
 */
static inline bool clasp_window_owes_now(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	return clasp_window_owes(tcb) && env->rcv_space >= clasp_window_half(env, tcb->rcv_wscale);
}

/**
 * clasp_window_wide - whatever the program reads, there will be nothing to tell the peer of (clasp_call_receive())
 * @tcb: any state
 * @rcv_buf: octets that the receive buffer could take when empty
 *
 * An open window is told when it has doubled, and this one cannot: neither within the buffer nor by being rounded up.
 * Nor does an ACK wait for the program.
 */
static inline bool clasp_window_wide(const struct clasp_tcb *tcb, u32 rcv_buf)
{
	return !tcb->starved && !clasp_window_owes(tcb) &&
	       clasp_window_told(tcb) > clasp_max(rcv_buf / 2, 1U << tcb->rcv_wscale);
}

/**
 * clasp_window_acceptable - RFC 9293, 3.10.7.4, first step: the four cases
 * @seq: SEG.SEQ
 * @seq_len: SEG.LEN, SYN and FIN included
 * @rcv_nxt: RCV.NXT
 * @rcv_wnd: RCV.WND
 */
static inline bool clasp_window_acceptable(u32 seq, u32 seq_len, u32 rcv_nxt, u32 rcv_wnd)
{
	if (!rcv_wnd)
		return !seq_len && seq == rcv_nxt;
	return seq_within(seq, rcv_nxt, rcv_nxt + rcv_wnd) ||
	       (seq_len && seq_within(seq + seq_len - 1, rcv_nxt, rcv_nxt + rcv_wnd));
}

#endif
