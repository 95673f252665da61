/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The receive window and the receiver's half of silly-window avoidance (RFC 9293, 3.8.6.2.2).
 */
#ifndef CLASP_CORE_WINDOW_H
#define CLASP_CORE_WINDOW_H

#include "tcb.h"

#define CLASP_WINDOW_MAX 65535

/* Half of the largest window that can be offered, a measure of room worth telling of. */
static inline u32 clasp_window_half(const struct clasp_env *env)
{
	return clasp_min(env->rcv_buf, CLASP_WINDOW_MAX) / 2;
}

/* Segments that are offered where memory is scarce: as many as Linux offers. */
#define CLASP_WINDOW_SCARCE 4

/* The largest window to offer now; what the peer does not send needs no memory here. */
static inline u32 clasp_window_most(const struct clasp_env *env)
{
	u32 most = clasp_min(env->rcv_space, CLASP_WINDOW_MAX);

	return env->pressure ? clasp_min(most, CLASP_WINDOW_SCARCE * env->mss) : most;
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
	u32 edge = tcb->rcv_nxt + clasp_window_most(env);

	if (seq_before_eq(edge, tcb->rcv_edge) ||
	    seq_distance(tcb->rcv_edge, edge) < clasp_min(env->mss, clasp_window_half(env)))
		return tcb->rcv_edge;
	return edge;
}

/* RCV.WND as the peer knows it. */
static inline u32 clasp_window_offered(const struct clasp_tcb *tcb)
{
	return seq_distance(tcb->rcv_nxt, tcb->rcv_edge);
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
