// SPDX-License-Identifier: GPL-2.0
/*
 * The table itself. The order within a state is the order in which RFC 9293, 3.10 speaks of the
 * events; the row's position is its number in traces and in Documentation/protocol.
 */
#include "state.h"
#include "shell.h"

const struct clasp_row clasp_state_table[] = {
	{ CLASP_CLOSED, CLASP_OPEN_PASSIVE, CLASP_LISTEN, "", "9293 3.10.1",
	  "The program waits for whoever may call." },
	{ CLASP_CLOSED, CLASP_OPEN_ACTIVE, CLASP_SYN_SENT, "SYN", "9293 3.10.1",
	  "The program calls: its initial sequence number goes out." },

	{ CLASP_LISTEN, CLASP_RCV_SYN, CLASP_SYN_RCVD, "SYN,ACK", "9293 3.10.7.2",
	  "Somebody calls: the listener answers and stays; an embryo waits for the third segment." },
	{ CLASP_LISTEN, CLASP_CLOSE, CLASP_CLOSED, "", "9293 3.10.4",
	  "The program stops listening." },
	{ CLASP_LISTEN, CLASP_ABORT, CLASP_CLOSED, "", "9293 3.10.5",
	  "The program stops listening, in a hurry." },

	{ CLASP_SYN_SENT, CLASP_RCV_SYN_ACK, CLASP_ESTABLISHED, "ACK", "9293 3.10.7.3",
	  "The peer answers and acknowledges our SYN: both numbers are known here." },
	{ CLASP_SYN_SENT, CLASP_RCV_SYN, CLASP_SYN_RCVD, "SYN,ACK", "9293 3.10.7.3",
	  "The peer calls at the same moment: a simultaneous open." },
	{ CLASP_SYN_SENT, CLASP_RCV_RST, CLASP_CLOSED, "", "9293 3.10.7.3",
	  "Nobody listens there: connection refused." },
	{ CLASP_SYN_SENT, CLASP_CLOSE, CLASP_CLOSED, "", "9293 3.10.4",
	  "The program changed its mind before anybody answered." },
	{ CLASP_SYN_SENT, CLASP_ABORT, CLASP_CLOSED, "", "9293 3.10.5",
	  "The program gives up the call." },
	{ CLASP_SYN_SENT, CLASP_UNREACHABLE, CLASP_CLOSED, "", "9293 3.9.2.2",
	  "ICMP says that nobody can be reached there." },
	{ CLASP_SYN_SENT, CLASP_GIVE_UP, CLASP_CLOSED, "", "9293 3.8.3",
	  "No answer to the last SYN either: timed out." },

	{ CLASP_SYN_RCVD, CLASP_RCV_ACK_OF_SYN, CLASP_ESTABLISHED, "", "9293 3.10.7.4",
	  "Our SYN is acknowledged: both numbers are known at both ends." },
	{ CLASP_SYN_RCVD, CLASP_RCV_RST, CLASP_CLOSED, "", "9293 3.10.7.4",
	  "The peer of a simultaneous open takes it back: connection refused." },
	{ CLASP_SYN_RCVD, CLASP_RCV_RST_PASSIVE, CLASP_LISTEN, "", "9293 3.10.7.4",
	  "The caller takes it back: the embryo ends, the listener never notices." },
	{ CLASP_SYN_RCVD, CLASP_CLOSE, CLASP_FIN_WAIT_1, "FIN,ACK", "9293 3.10.4",
	  "The program closes before the other end has answered." },
	{ CLASP_SYN_RCVD, CLASP_ABORT, CLASP_CLOSED, "RST", "9293 3.10.5",
	  "The program gives the connection up." },
	{ CLASP_SYN_RCVD, CLASP_UNREACHABLE, CLASP_CLOSED, "", "9293 3.9.2.2",
	  "ICMP says that our SYN,ACK of a simultaneous open cannot arrive." },
	{ CLASP_SYN_RCVD, CLASP_UNREACHABLE_PASSIVE, CLASP_LISTEN, "", "9293 3.9.2.2",
	  "ICMP says that our SYN,ACK cannot arrive: the embryo ends." },
	{ CLASP_SYN_RCVD, CLASP_GIVE_UP, CLASP_CLOSED, "", "9293 3.8.3",
	  "Our SYN,ACK of a simultaneous open was never acknowledged." },
	{ CLASP_SYN_RCVD, CLASP_GIVE_UP_PASSIVE, CLASP_LISTEN, "", "9293 3.8.3",
	  "The third segment never came: the embryo ends." },
	{ CLASP_SYN_RCVD, CLASP_LISTENER_GONE, CLASP_CLOSED, "", "9293 3.10.4",
	  "The listener was closed, its embryos go with it." },

	{ CLASP_ESTABLISHED, CLASP_CLOSE, CLASP_FIN_WAIT_1, "FIN,ACK", "9293 3.10.4",
	  "The program closes first: our FIN follows the last octet." },
	{ CLASP_ESTABLISHED, CLASP_RCV_FIN, CLASP_CLOSE_WAIT, "ACK", "9293 3.10.7.4",
	  "The peer closed first: it is the program's turn now." },
	{ CLASP_ESTABLISHED, CLASP_RCV_RST, CLASP_CLOSED, "", "9293 3.10.7.4",
	  "The peer gave the connection up: connection reset." },
	{ CLASP_ESTABLISHED, CLASP_ABORT, CLASP_CLOSED, "RST", "9293 3.10.5",
	  "The program gives the connection up, or left data unread." },
	{ CLASP_ESTABLISHED, CLASP_GIVE_UP, CLASP_CLOSED, "", "9293 3.8.3",
	  "The peer acknowledges no more: timed out." },
	{ CLASP_ESTABLISHED, CLASP_KEEPALIVE_OVER, CLASP_CLOSED, "RST", "9293 3.8.4",
	  "Keep-alives are not answered: timed out." },

	{ CLASP_FIN_WAIT_1, CLASP_RCV_ACK_OF_FIN, CLASP_FIN_WAIT_2, "", "9293 3.10.7.4",
	  "Our FIN is acknowledged; the peer may go on sending." },
	{ CLASP_FIN_WAIT_1, CLASP_RCV_FIN, CLASP_CLOSING, "ACK", "9293 3.10.7.4",
	  "The peer closed too before it saw our FIN: a simultaneous close." },
	{ CLASP_FIN_WAIT_1, CLASP_RCV_RST, CLASP_CLOSED, "", "9293 3.10.7.4",
	  "The peer gave the connection up." },
	{ CLASP_FIN_WAIT_1, CLASP_ABORT, CLASP_CLOSED, "RST", "9293 3.10.5",
	  "The program gives the connection up after all." },
	{ CLASP_FIN_WAIT_1, CLASP_GIVE_UP, CLASP_CLOSED, "", "9293 3.8.3",
	  "Our FIN, or data before it, was never acknowledged." },

	{ CLASP_FIN_WAIT_2, CLASP_RCV_FIN, CLASP_TIME_WAIT, "ACK", "9293 3.10.7.4",
	  "The peer closed too: all is said, old segments may still be under way." },
	{ CLASP_FIN_WAIT_2, CLASP_RCV_RST, CLASP_CLOSED, "", "9293 3.10.7.4",
	  "The peer gave the connection up." },
	{ CLASP_FIN_WAIT_2, CLASP_ABORT, CLASP_CLOSED, "RST", "9293 3.10.5",
	  "The program gives the connection up after all." },
	{ CLASP_FIN_WAIT_2, CLASP_KEEPALIVE_OVER, CLASP_CLOSED, "RST", "9293 3.8.4",
	  "Keep-alives are not answered: timed out." },
	{ CLASP_FIN_WAIT_2, CLASP_FIN_WAIT_2_OVER, CLASP_CLOSED, "", "1122 4.2.2.13",
	  "Nobody reads here any more and the peer's FIN does not come." },

	{ CLASP_CLOSE_WAIT, CLASP_CLOSE, CLASP_LAST_ACK, "FIN,ACK", "9293 3.10.4",
	  "The program closes too: our FIN follows the last octet." },
	{ CLASP_CLOSE_WAIT, CLASP_RCV_RST, CLASP_CLOSED, "", "9293 3.10.7.4",
	  "The peer, which had closed, does not even listen any more." },
	{ CLASP_CLOSE_WAIT, CLASP_ABORT, CLASP_CLOSED, "RST", "9293 3.10.5",
	  "The program gives the connection up." },
	{ CLASP_CLOSE_WAIT, CLASP_GIVE_UP, CLASP_CLOSED, "", "9293 3.8.3",
	  "The peer acknowledges no more: timed out." },
	{ CLASP_CLOSE_WAIT, CLASP_KEEPALIVE_OVER, CLASP_CLOSED, "RST", "9293 3.8.4",
	  "Keep-alives are not answered: timed out." },

	{ CLASP_CLOSING, CLASP_RCV_ACK_OF_FIN, CLASP_TIME_WAIT, "", "9293 3.10.7.4",
	  "Both FINs are acknowledged." },
	{ CLASP_CLOSING, CLASP_RCV_RST, CLASP_CLOSED, "", "9293 3.10.7.4",
	  "The peer is gone already." },
	{ CLASP_CLOSING, CLASP_ABORT, CLASP_CLOSED, "", "9293 3.10.5",
	  "The program does not want to wait." },
	{ CLASP_CLOSING, CLASP_GIVE_UP, CLASP_CLOSED, "", "9293 3.8.3",
	  "Our FIN was never acknowledged." },

	{ CLASP_LAST_ACK, CLASP_RCV_ACK_OF_FIN, CLASP_CLOSED, "", "9293 3.10.7.4",
	  "Our FIN is acknowledged: nothing is left to say or to hear." },
	{ CLASP_LAST_ACK, CLASP_RCV_RST, CLASP_CLOSED, "", "9293 3.10.7.4",
	  "The peer has forgotten the connection." },
	{ CLASP_LAST_ACK, CLASP_ABORT, CLASP_CLOSED, "", "9293 3.10.5",
	  "The program does not want to wait." },
	{ CLASP_LAST_ACK, CLASP_GIVE_UP, CLASP_CLOSED, "", "9293 3.8.3",
	  "Our FIN was never acknowledged." },

	{ CLASP_TIME_WAIT, CLASP_2MSL_OVER, CLASP_CLOSED, "", "9293 3.10.8",
	  "No segment of this connection can be under way any more." },
	{ CLASP_TIME_WAIT, CLASP_RCV_NEW_SYN, CLASP_CLOSED, "", "9293 3.10.7.4",
	  "A new incarnation begins beyond everything the old one sent (RFC 6191)." },
	{ CLASP_TIME_WAIT, CLASP_PURGE, CLASP_CLOSED, "", "9293 3.10.8",
	  "The namespace goes away." },
};

const u32 clasp_state_rows = ARRAY_SIZE(clasp_state_table);

static const char *const state_names[CLASP_STATES] = {
	[CLASP_ESTABLISHED] = "ESTABLISHED",
	[CLASP_SYN_SENT] = "SYN_SENT",
	[CLASP_SYN_RCVD] = "SYN_RCVD",
	[CLASP_FIN_WAIT_1] = "FIN_WAIT_1",
	[CLASP_FIN_WAIT_2] = "FIN_WAIT_2",
	[CLASP_TIME_WAIT] = "TIME_WAIT",
	[CLASP_CLOSED] = "CLOSED",
	[CLASP_CLOSE_WAIT] = "CLOSE_WAIT",
	[CLASP_LAST_ACK] = "LAST_ACK",
	[CLASP_LISTEN] = "LISTEN",
	[CLASP_CLOSING] = "CLOSING",
};

static const char *const event_names[CLASP_EVENTS] = {
	[CLASP_OPEN_PASSIVE] = "OPEN_PASSIVE",
	[CLASP_OPEN_ACTIVE] = "OPEN_ACTIVE",
	[CLASP_CLOSE] = "CLOSE",
	[CLASP_ABORT] = "ABORT",
	[CLASP_RCV_SYN] = "RCV_SYN",
	[CLASP_RCV_SYN_ACK] = "RCV_SYN_ACK",
	[CLASP_RCV_ACK_OF_SYN] = "RCV_ACK_OF_SYN",
	[CLASP_RCV_ACK_OF_FIN] = "RCV_ACK_OF_FIN",
	[CLASP_RCV_FIN] = "RCV_FIN",
	[CLASP_RCV_RST] = "RCV_RST",
	[CLASP_RCV_RST_PASSIVE] = "RCV_RST_PASSIVE",
	[CLASP_RCV_NEW_SYN] = "RCV_NEW_SYN",
	[CLASP_GIVE_UP] = "GIVE_UP",
	[CLASP_GIVE_UP_PASSIVE] = "GIVE_UP_PASSIVE",
	[CLASP_UNREACHABLE] = "UNREACHABLE",
	[CLASP_UNREACHABLE_PASSIVE] = "UNREACHABLE_PASSIVE",
	[CLASP_LISTENER_GONE] = "LISTENER_GONE",
	[CLASP_KEEPALIVE_OVER] = "KEEPALIVE_OVER",
	[CLASP_FIN_WAIT_2_OVER] = "FIN_WAIT_2_OVER",
	[CLASP_2MSL_OVER] = "2MSL_OVER",
	[CLASP_PURGE] = "PURGE",
};

/**
 * clasp_state_name - RFC 9293's name of a state
 * @state: enum clasp_state
 *
 * Return: a constant string, "?" for what is no state.
 */
const char *clasp_state_name(u8 state)
{
	return state < CLASP_STATES && state_names[state] ? state_names[state] : "?";
}

/**
 * clasp_event_name - the name of an event, as traces and documents print it
 * @event: enum clasp_event
 *
 * Return: a constant string, "?" for what is no event.
 */
const char *clasp_event_name(u8 event)
{
	return event < CLASP_EVENTS ? event_names[event] : "?";
}

/**
 * clasp_state_find - look a row up
 * @state: enum clasp_state
 * @event: enum clasp_event
 *
 * Return: the row, or NULL when the table lacks it.
 */
const struct clasp_row *clasp_state_find(u8 state, u8 event)
{
	for (u32 i = 0; i < clasp_state_rows; i++)
		if (clasp_state_table[i].state == state && clasp_state_table[i].event == event)
			return &clasp_state_table[i];
	return NULL;
}

/**
 * clasp_state_walk - the one setter of a state
 * @state: the state member of @object
 * @kind: what @object is
 * @object: struct clasp_tcb, clasp_embryo or clasp_tw, handed to the shell's clasp_on_transition()
 * @event: what happened
 *
 * Context: whatever lock guards @object.
 * Return: false, with nothing changed, when the table has no such row.
 */
bool clasp_state_walk(u8 *state, enum clasp_kind kind, void *object, u8 event)
{
	const struct clasp_row *row = clasp_state_find(*state, event);

	if (!row)
		return false;
	*state = row->next;
	clasp_on_transition(kind, object, row);
	return true;
}
