/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a tracepoint of the module said, with every name turned into its number again.
 */
#ifndef CLASP_TOOLS_EVENT_H
#define CLASP_TOOLS_EVENT_H

#include "state.h"
#include "wire.h"

enum event_kind {
	EVENT_TRANSITION,
	EVENT_SENT,
	EVENT_RECEIVED,
	EVENT_TIMER,
};

struct endpoint {
	char addr[46];
	u32 port;
};

/**
 * struct event - one line of a trace
 * @us: when, in us of the trace's clock
 * @net: inode number of the network namespace where it happened
 * @kind: enum event_kind
 * @softirq: it happened while a softirq was served
 * @local: this end
 * @remote: the other end; port 0 for a listener
 * @state: enum clasp_state before
 * @next: of a transition: enum clasp_state after
 * @cause: of a transition: enum clasp_event
 * @row: of a transition: index into clasp_state_table
 * @object: of a transition or a timer: enum clasp_kind
 * @flags: of a segment: CLASP_FIN to CLASP_URG
 * @id: of a segment: number of the transmission
 * @seq: of a segment: SEG.SEQ
 * @ack: of a segment: SEG.ACK
 * @win: of a segment: SEG.WND
 * @len: of a segment: octets of payload
 * @options: of a segment
 * @timer: of a timer: its name
 * @retries: of a timer: repetitions so far
 */
struct event {
	u64 us;
	u32 net;
	u8 kind;
	bool softirq;
	struct endpoint local;
	struct endpoint remote;
	u8 state;
	u8 next;
	u8 cause;
	u8 object;
	u32 row;
	u8 flags;
	u32 id;
	u32 seq;
	u32 ack;
	u32 win;
	u32 len;
	struct clasp_options options;
	char timer[16];
	u32 retries;
};

/* The flags that do not depend on how a program cuts its data into writes. */
#define EVENT_FLAGS_FIRM (CLASP_SYN | CLASP_FIN | CLASP_RST | CLASP_ACK)

static inline bool event_is_segment(const struct event *event)
{
	return event->kind == EVENT_SENT || event->kind == EVENT_RECEIVED;
}

/* A transition that the peer or the clock caused, not a program. */
static inline bool event_is_unasked(u8 cause)
{
	return cause >= CLASP_RCV_SYN && cause <= CLASP_2MSL_OVER && cause != CLASP_LISTENER_GONE;
}

static inline bool event_is_arrival(u8 cause)
{
	return cause >= CLASP_RCV_SYN && cause <= CLASP_RCV_NEW_SYN;
}

#endif
