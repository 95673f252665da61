// SPDX-License-Identifier: GPL-2.0
/*
 * Where the tracepoints of trace.h are defined, and the little work that they ask for beyond
 * copying.
 */
#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * clasp_trace_timer_name - which timer a timer event is about
 * @kind: enum clasp_kind of the object
 * @timer: enum clasp_timer; an embryo and a TIME_WAIT have one timer each and need not say
 */
const char *clasp_trace_timer_name(u8 kind, u8 timer)
{
	switch (kind) {
	case CLASP_EMBRYO:
		return clasp_timer_name(CLASP_TIMER_RETRANSMIT);
	case CLASP_TW:
		return "2msl";
	default:
		return clasp_timer_name(timer);
	}
}

/**
 * clasp_trace_received - record the arrival of a segment
 * @net: inode number of the namespace
 * @id: IPv4 identification, or what stands for one
 * @src: where it came from, IPv4 as v4-mapped
 * @dst: one of our addresses
 * @in: the segment
 * @state: enum clasp_state of the object found for it, CLASP_CLOSED without one
 *
 * Context: softirq, or a socket's backlog.
 */
void clasp_trace_received(u32 net, u32 id, const struct in6_addr *src,
			  const struct in6_addr *dst, const struct clasp_in *in, u8 state)
{
	struct clasp_header header;

	clasp_wire_options(&header.options, in);
	header.seq = in->seq;
	header.ack = in->ack;
	header.wnd = in->wnd;
	header.flags = in->flags;
	trace_clasp_segment_received(net, id, src, in->sport, dst, in->dport, &header, in->len,
				     state);
}
