/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a verb answers: what is to be done with the segment that came, with the connection and with those who wait
 * for it. The shell has it done; why, it need not know.
 */
#ifndef CLASP_CORE_RESULT_H
#define CLASP_CORE_RESULT_H

#include "wire.h"

/* Why a connection ended; the shell has an errno for each. */
enum clasp_error {
	CLASP_OK,
	CLASP_REFUSED,			/* RST upon our SYN: "connection refused" */
	CLASP_RESET,			/* "connection reset" */
	CLASP_BROKEN,			/* RST after the peer had closed: EPIPE, as TCP has it */
	CLASP_TIMED_OUT,		/* R2: "connection aborted due to user timeout" */
	CLASP_NOT_REACHED,		/* ICMP said so; the shell knows which error it was */
};

/* Why an arriving segment was thrown away, or answered and then thrown away. */
enum clasp_drop {
	CLASP_DROP_NONE,
	CLASP_DROP_SEQUENCE,		/* outside the window */
	CLASP_DROP_ACK,			/* acknowledges what was never sent, or long ago */
	CLASP_DROP_NO_ACK,		/* no ACK bit where there must be one */
	CLASP_DROP_CHALLENGED,		/* RST or SYN in the window: challenge ACK (RFC 5961) */
	CLASP_DROP_RST,			/* RST that is not for us */
	CLASP_DROP_FLAGS,		/* not allowed in this state */
	CLASP_DROP_AFTER_CLOSE,		/* data for a program that is gone */
	CLASP_DROP_BUFFER_FULL,		/* data for which there is no memory; its ACK counts */
	CLASP_DROP_QUEUE_FULL,		/* no room to wait: backlog, accept queue */
	CLASP_DROP_ICMP,		/* an ICMP error about no segment that is under way */
	CLASP_DROP_DEFERRED,		/* a third segment without octets: TCP_DEFER_ACCEPT */
	CLASP_DROP_OLD_TIMESTAMP,	/* older than what came before: PAWS (RFC 7323, 5.3) */
	CLASP_DROP_NO_TIMESTAMP,	/* without the timestamps that were agreed on */
	CLASP_DROPS
};

/* struct clasp_result, flags */
#define CLASP_DELIVER	0x0001	/* data_len octets of this segment, from data_off, are in order */
#define CLASP_KEEP	0x0002	/* the same range, at data_seq, waits out of order */
#define CLASP_DRAIN	0x0004	/* octets that waited, up to RCV.NXT, are in order now */
#define CLASP_ACKED	0x0008	/* SND.UNA moved: free what it covers, there is room to write */
#define CLASP_CONNECTED	0x0010	/* the connection is established: wake connect(), fill accept() */
#define CLASP_EOF	0x0020	/* the peer's FIN is in order: nothing more to read */
#define CLASP_FAILED	0x0040	/* tcb->error says why; queues are to be flushed */
#define CLASP_ENDED	0x0080	/* state is CLOSED: the block leaves the table */
#define CLASP_WAIT_2MSL	0x0100	/* state is TIME_WAIT: clasp_tw_from_tcb() and hand over */
#define CLASP_REPLY	0x0200	/* send `reply`, once, for nobody to remember */
#define CLASP_OUTPUT	0x0400	/* run the output loop */
#define CLASP_PROMOTE	0x0800	/* embryo: becomes a connection, then gets this same segment */
#define CLASP_ADMIT	0x1000	/* listener: make an embryo of this SYN */
#define CLASP_RESTART	0x2000	/* TIME_WAIT: wait for another 2 MSL from now */
#define CLASP_REOPEN	0x4000	/* TIME_WAIT: give way to this SYN if somebody listens */
#define CLASP_SOFT_ERROR 0x8000	/* ICMP: to be told instead of a timeout, should one come */
#define CLASP_HOLD	0x10000	/* this SYN's octets wait: clasp_input_held() when CLASP_CONNECTED */
#define CLASP_DOUBT	0x20000	/* R1: IP should look for another way */

/**
 * struct clasp_result - what a verb asks of the shell, in the order of the flags
 * @flags: CLASP_DELIVER to CLASP_DOUBT
 * @data_seq: sequence number of the first octet of the range
 * @data_off: where the range starts in this segment's payload
 * @data_len: octets in the range
 * @drop: enum clasp_drop, for the counters; a segment may be dropped in part
 * @reply: a segment of its own; says nothing without CLASP_REPLY
 */
struct clasp_result {
	u32 flags;
	u32 data_seq;
	u32 data_off;
	u32 data_len;
	u8 drop;
	struct clasp_header reply;
};

#endif
