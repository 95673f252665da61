/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The connection state machine as one table (RFC 9293, 3.3.2 and 3.10). A row says: in this state,
 * upon this event, enter that state, send this. clasp_state_walk() is the only place where a state
 * changes; what has no row does not happen.
 */
#ifndef CLASP_CORE_STATE_H
#define CLASP_CORE_STATE_H

#include "types.h"

/**
 * enum clasp_state - the eleven states of RFC 9293, section 3.3.2
 * @CLASP_ESTABLISHED: open at both ends
 * @CLASP_SYN_SENT: we called
 * @CLASP_SYN_RCVD: both have called, and the peer has not confirmed ours
 * @CLASP_FIN_WAIT_1: we closed first, which the peer has not confirmed
 * @CLASP_FIN_WAIT_2: likewise, and it has
 * @CLASP_TIME_WAIT: both have closed; who closed first waits for what is still under way
 * @CLASP_CLOSED: no connection
 * @CLASP_CLOSE_WAIT: the peer closed first, our program has not
 * @CLASP_LAST_ACK: likewise, and our FIN is not confirmed
 * @CLASP_LISTEN: whoever calls is welcome
 * @CLASP_CLOSING: both closed at once, and ours is not confirmed
 * @CLASP_STATES: one more than the last
 *
 * The numbers are those of the kernel's TCP_* states, which ss, netstat and the sock:* tracepoints
 * already know how to name.
 */
enum clasp_state {
	CLASP_ESTABLISHED = 1,
	CLASP_SYN_SENT,
	CLASP_SYN_RCVD,
	CLASP_FIN_WAIT_1,
	CLASP_FIN_WAIT_2,
	CLASP_TIME_WAIT,
	CLASP_CLOSED,
	CLASP_CLOSE_WAIT,
	CLASP_LAST_ACK,
	CLASP_LISTEN,
	CLASP_CLOSING,
	CLASP_STATES
};

/**
 * enum clasp_event - what can move a connection from one state to the next
 * @CLASP_OPEN_PASSIVE: listen()
 * @CLASP_OPEN_ACTIVE: connect()
 * @CLASP_CLOSE: the program will send no more: shutdown() or close()
 * @CLASP_ABORT: the program gives the connection up, or closes it with data unread
 * @CLASP_RCV_SYN: an acceptable SYN without an acceptable ACK
 * @CLASP_RCV_SYN_ACK: a SYN that acknowledges ours
 * @CLASP_RCV_ACK_OF_SYN: our SYN is acknowledged
 * @CLASP_RCV_ACK_OF_FIN: our FIN is acknowledged
 * @CLASP_RCV_FIN: the peer's FIN is next in order
 * @CLASP_RCV_RST: an acceptable RST, connection opened by us or already synchronized
 * @CLASP_RCV_RST_PASSIVE: an acceptable RST in a SYN_RCVD that came from LISTEN
 * @CLASP_RCV_NEW_SYN: a SYN that may start a new incarnation in the place of a TIME_WAIT (RFC 6191)
 * @CLASP_GIVE_UP: R2 is reached (RFC 9293, 3.8.3)
 * @CLASP_GIVE_UP_PASSIVE: the same for a SYN_RCVD that came from LISTEN
 * @CLASP_UNREACHABLE: ICMP says for good that our SYN cannot arrive
 * @CLASP_UNREACHABLE_PASSIVE: the same in a SYN_RCVD that came from LISTEN
 * @CLASP_LISTENER_GONE: the listener of a SYN_RCVD was closed
 * @CLASP_KEEPALIVE_OVER: no keep-alive was answered (RFC 9293, 3.8.4)
 * @CLASP_FIN_WAIT_2_OVER: an orphan waited fin_timeout for the peer's FIN
 * @CLASP_2MSL_OVER: TIME_WAIT has lasted 2 MSL
 * @CLASP_PURGE: the namespace goes away, or room is needed
 * @CLASP_EVENTS: how many there are
 */
enum clasp_event {
	CLASP_OPEN_PASSIVE,
	CLASP_OPEN_ACTIVE,
	CLASP_CLOSE,
	CLASP_ABORT,
	CLASP_RCV_SYN,
	CLASP_RCV_SYN_ACK,
	CLASP_RCV_ACK_OF_SYN,
	CLASP_RCV_ACK_OF_FIN,
	CLASP_RCV_FIN,
	CLASP_RCV_RST,
	CLASP_RCV_RST_PASSIVE,
	CLASP_RCV_NEW_SYN,
	CLASP_GIVE_UP,
	CLASP_GIVE_UP_PASSIVE,
	CLASP_UNREACHABLE,
	CLASP_UNREACHABLE_PASSIVE,
	CLASP_LISTENER_GONE,
	CLASP_KEEPALIVE_OVER,
	CLASP_FIN_WAIT_2_OVER,
	CLASP_2MSL_OVER,
	CLASP_PURGE,
	CLASP_EVENTS
};

/**
 * enum clasp_kind - which object a connection is at the moment
 * @CLASP_CONNECTION: a full transmission control block, struct clasp_tcb (listeners too)
 * @CLASP_EMBRYO: a listener's SYN_RCVD, struct clasp_embryo
 * @CLASP_TW: what remains in TIME_WAIT, struct clasp_tw
 */
enum clasp_kind {
	CLASP_CONNECTION,
	CLASP_EMBRYO,
	CLASP_TW,
};

/**
 * struct clasp_row - one row of the state table
 * @state: enum clasp_state before
 * @event: enum clasp_event
 * @next: enum clasp_state after
 * @sends: the segment that answers, "" for none
 * @clause: section of the RFC that asks for it
 * @sentence: the row in plain words
 */
struct clasp_row {
	u8 state;
	u8 event;
	u8 next;
	const char *sends;
	const char *clause;
	const char *sentence;
};

extern const struct clasp_row clasp_state_table[];
extern const u32 clasp_state_rows;

const char *clasp_state_name(u8 state);
const char *clasp_event_name(u8 event);
const struct clasp_row *clasp_state_find(u8 state, u8 event);
bool clasp_state_walk(u8 *state, enum clasp_kind kind, void *object, u8 event);

/* RFC 9293, 3.4: both ends know each other's initial sequence number. */
static inline bool clasp_state_synchronized(u8 state)
{
	return state != CLASP_CLOSED && state != CLASP_LISTEN && state != CLASP_SYN_SENT &&
	       state != CLASP_SYN_RCVD;
}

/* States in which the program may still SEND, or its data may still wait to leave. */
static inline bool clasp_state_can_send(u8 state)
{
	return state == CLASP_ESTABLISHED || state == CLASP_CLOSE_WAIT;
}

/* States in which the peer may still send data. */
static inline bool clasp_state_can_receive(u8 state)
{
	return state == CLASP_ESTABLISHED || state == CLASP_FIN_WAIT_1 ||
	       state == CLASP_FIN_WAIT_2;
}

#endif
