/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Clasp's own tracepoints: every walked row of the state table, every segment in and out, every
 * timer that was due. They are all that the ladder tool sees. The fields are scalars and addresses
 * of 16 octets (IPv4 as v4-mapped); names are looked up when an event is printed, never when it
 * happens.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM clasp

#if !defined(CLASP_NET_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define CLASP_NET_TRACE_H

#include <linux/in6.h>
#include <linux/tracepoint.h>

#include "../core/state.h"
#include "../core/tcb.h"

#define clasp_show_kind(kind)			\
	__print_symbolic(kind,			\
		{ CLASP_CONNECTION, "connection" },	\
		{ CLASP_EMBRYO, "embryo" },	\
		{ CLASP_TW, "time_wait" })

#define clasp_show_flags(flags)			\
	__print_flags(flags, "",		\
		{ CLASP_SYN, "S" },		\
		{ CLASP_FIN, "F" },		\
		{ CLASP_RST, "R" },		\
		{ CLASP_PSH, "P" },		\
		{ CLASP_ACK, "A" },		\
		{ CLASP_URG, "U" },		\
		{ CLASP_ECE, "E" },		\
		{ CLASP_CWR, "W" })

/* A row of the state table was walked. @net: inode number of the namespace; ports in host order. */
TRACE_EVENT(clasp_transition,
	    TP_PROTO(u32 net, const struct in6_addr *local, u16 lport,
		     const struct in6_addr *remote, u16 rport,
		     u8 kind, u8 from, u8 to, u8 event, u16 row),
	    TP_ARGS(net, local, lport, remote, rport, kind, from, to, event, row),
	    TP_STRUCT__entry(__field(u32, net)
			     __array(u8, local, 16)
			     __array(u8, remote, 16)
			     __field(u16, lport)
			     __field(u16, rport)
			     __field(u16, row)
			     __field(u8, kind)
			     __field(u8, from)
			     __field(u8, to)
			     __field(u8, event)
	    ),
	    TP_fast_assign(__entry->net = net;
			   memcpy(__entry->local, local, sizeof(*local));
			   memcpy(__entry->remote, remote, sizeof(*remote));
			   __entry->lport = lport;
			   __entry->rport = rport;
			   __entry->row = row;
			   __entry->kind = kind;
			   __entry->from = from;
			   __entry->to = to;
			   __entry->event = event;
	    ),
	    TP_printk("net=%u local=%pI6c lport=%u remote=%pI6c rport=%u kind=%s from=%s to=%s event=%s row=%u",
		      __entry->net, __entry->local, __entry->lport, __entry->remote, __entry->rport,
		      clasp_show_kind(__entry->kind), clasp_state_name(__entry->from),
		      clasp_state_name(__entry->to), clasp_event_name(__entry->event), __entry->row)
);

/*
 * @id: running number of the transmission, its IPv4 identification, by which an arrival is matched
 * with the very transmission that it was. @state: own state before the segment counts. Of the options
 * what they say; @sack has two numbers a block, its first octet and the one behind its last.
 */
DECLARE_EVENT_CLASS(clasp_segment,
		    TP_PROTO(u32 net, u32 id, const struct in6_addr *src, u16 sport,
			     const struct in6_addr *dst, u16 dport,
			     const struct clasp_header *header, u32 len, u8 state),
		    TP_ARGS(net, id, src, sport, dst, dport, header, len, state),
		    TP_STRUCT__entry(__field(u32, net)
				     __field(u32, id)
				     __array(u8, src, 16)
				     __array(u8, dst, 16)
				     __field(u32, seq)
				     __field(u32, ack)
				     __field(u32, len)
				     __field(u32, ts_val)
				     __field(u32, ts_ecr)
				     __array(u32, sack, 2 * CLASP_SACKS)
				     __field(u16, sport)
				     __field(u16, dport)
				     __field(u16, win)
				     __field(u16, mss)
				     __field(u8, has_wscale)
				     __field(u8, wscale)
				     __field(u8, sack_permitted)
				     __field(u8, timestamps)
				     __field(u8, n_sacks)
				     __field(u8, flags)
				     __field(u8, state)
		    ),
		    TP_fast_assign(__entry->net = net;
				   __entry->id = id;
				   memcpy(__entry->src, src, sizeof(*src));
				   memcpy(__entry->dst, dst, sizeof(*dst));
				   __entry->seq = header->seq;
				   __entry->ack = header->ack;
				   __entry->len = len;
				   __entry->sport = sport;
				   __entry->dport = dport;
				   __entry->win = header->wnd;
				   __entry->mss = header->options.mss;
				   __entry->has_wscale = header->options.has_wscale;
				   __entry->wscale = header->options.wscale;
				   __entry->sack_permitted = header->options.sack_permitted;
				   __entry->timestamps = header->options.timestamps;
				   __entry->ts_val = header->options.ts_val;
				   __entry->ts_ecr = header->options.ts_ecr;
				   __entry->n_sacks = clasp_options_sacks(&header->options);
				   memset(__entry->sack, 0, sizeof(__entry->sack));
				   memcpy(__entry->sack, header->options.sack,
					  __entry->n_sacks * sizeof(*header->options.sack));
				   __entry->flags = header->flags;
				   __entry->state = state;
		    ),
		    TP_printk("net=%u id=%u src=%pI6c sport=%u dst=%pI6c dport=%u flags=%s seq=%u ack=%u win=%u len=%u state=%s mss=%u has_wscale=%u wscale=%u sack_permitted=%u timestamps=%u ts_val=%u ts_ecr=%u sack=%s",
			      __entry->net, __entry->id, __entry->src, __entry->sport, __entry->dst,
			      __entry->dport, clasp_show_flags(__entry->flags), __entry->seq, __entry->ack,
			      __entry->win, __entry->len, clasp_state_name(__entry->state), __entry->mss,
			      __entry->has_wscale, __entry->wscale, __entry->sack_permitted,
			      __entry->timestamps, __entry->ts_val, __entry->ts_ecr,
			      __print_array(__entry->sack, 2 * __entry->n_sacks, sizeof(u32)))
);

/* Handed over to IP; a refused segment does not show. */
DEFINE_EVENT(clasp_segment, clasp_segment_sent,
	     TP_PROTO(u32 net, u32 id, const struct in6_addr *src, u16 sport,
		      const struct in6_addr *dst, u16 dport,
		      const struct clasp_header *header, u32 len, u8 state),
	     TP_ARGS(net, id, src, sport, dst, dport, header, len, state)
);

/* Arrived and well formed; use clasp_trace_received(), which does the parsing that this needs. */
DEFINE_EVENT(clasp_segment, clasp_segment_received,
	     TP_PROTO(u32 net, u32 id, const struct in6_addr *src, u16 sport,
		      const struct in6_addr *dst, u16 dport,
		      const struct clasp_header *header, u32 len, u8 state),
	     TP_ARGS(net, id, src, sport, dst, dport, header, len, state)
);

/*
 * A deadline was reached. @timer: enum clasp_timer for a connection, ignored for the other kinds.
 */
TRACE_EVENT(clasp_timer_fired,
	    TP_PROTO(u32 net, const struct in6_addr *local, u16 lport,
		     const struct in6_addr *remote, u16 rport,
		     u8 kind, u8 timer, u8 state, u8 retries),
	    TP_ARGS(net, local, lport, remote, rport, kind, timer, state, retries),
	    TP_STRUCT__entry(__field(u32, net)
			     __array(u8, local, 16)
			     __array(u8, remote, 16)
			     __field(u16, lport)
			     __field(u16, rport)
			     __field(u8, kind)
			     __field(u8, timer)
			     __field(u8, state)
			     __field(u8, retries)
	    ),
	    TP_fast_assign(__entry->net = net;
			   memcpy(__entry->local, local, sizeof(*local));
			   memcpy(__entry->remote, remote, sizeof(*remote));
			   __entry->lport = lport;
			   __entry->rport = rport;
			   __entry->kind = kind;
			   __entry->timer = timer;
			   __entry->state = state;
			   __entry->retries = retries;
	    ),
	    TP_printk("net=%u local=%pI6c lport=%u remote=%pI6c rport=%u kind=%s timer=%s state=%s retries=%u",
		      __entry->net, __entry->local, __entry->lport, __entry->remote, __entry->rport,
		      clasp_show_kind(__entry->kind),
		      clasp_trace_timer_name(__entry->kind, __entry->timer),
		      clasp_state_name(__entry->state), __entry->retries)
);

const char *clasp_trace_timer_name(u8 kind, u8 timer);
void clasp_trace_received(u32 net, u32 id, const struct in6_addr *src,
			  const struct in6_addr *dst, const struct clasp_in *in, u8 state);

#endif

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
