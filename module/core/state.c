// SPDX-License-Identifier: GPL-2.0
/*
 * The table, made of the rows in rows.h, and where in it a row stands.
 */
#include "state.h"
#include "shell.h"

const struct clasp_row clasp_state_table[] = {
#define CLASP_ROW(state, event, next, sends, clause, sentence) \
	{ CLASP_##state, CLASP_##event, CLASP_##next, sends, clause, sentence },
#include "rows.h"
#undef CLASP_ROW
};

const u32 clasp_state_rows = ARRAY_SIZE(clasp_state_table);

/* The rows' numbers. */
enum {
#define CLASP_ROW(state, event, ...) ROW_##state##_##event,
#include "rows.h"
#undef CLASP_ROW
};

/* One more than the number of the row for a state and an event; 0 where the table has none. */
static const u8 places[CLASP_STATES][CLASP_EVENTS] = {
#define CLASP_ROW(state, event, ...) \
	[CLASP_##state][CLASP_##event] = ROW_##state##_##event + 1,
#include "rows.h"
#undef CLASP_ROW
};

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
	u8 place = 0;

	if (state < CLASP_STATES && event < CLASP_EVENTS)
		place = places[state][event];
	return place ? &clasp_state_table[place - 1] : NULL;
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
