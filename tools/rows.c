// SPDX-License-Identifier: GPL-2.0
/*
 * All labs together walk most rows of the state table. Each row that they leave out stands here
 * with its reason; a row that is left out without one, or walked in spite of one, is a mistake.
 */
#include "grow.h"
#include "rows.h"

static const struct {
	u8 state;
	u8 event;
	const char *reason;
} left_out[] = {
	{ CLASP_LISTEN, CLASP_ABORT, "only shutdown() or a disconnect ends a listener so" },
	{ CLASP_SYN_SENT, CLASP_CLOSE, "only a program that does not wait for connect() can" },
	{ CLASP_SYN_SENT, CLASP_ABORT, "only a program that does not wait for connect() can" },
	{ CLASP_SYN_SENT, CLASP_UNREACHABLE, "only a router's ICMP error; the wire has no router" },
	{ CLASP_SYN_RCVD, CLASP_UNREACHABLE, "only a router's ICMP error; the wire has no router" },
	{ CLASP_SYN_RCVD, CLASP_UNREACHABLE_PASSIVE,
	  "only a router's ICMP error; the wire has no router" },
	{ CLASP_SYN_RCVD, CLASP_RCV_RST, "only an RST while two calls cross" },
	{ CLASP_SYN_RCVD, CLASP_CLOSE, "only a program that gives up while two calls cross" },
	{ CLASP_SYN_RCVD, CLASP_ABORT, "only a program that gives up while two calls cross" },
	{ CLASP_SYN_RCVD, CLASP_GIVE_UP, "only a peer that vanishes while two calls cross" },
	{ CLASP_SYN_RCVD, CLASP_LISTENER_GONE, "only a listener closed while somebody calls" },
	{ CLASP_ESTABLISHED, CLASP_KEEPALIVE_OVER, "only a peer that vanishes, and SO_KEEPALIVE" },
	{ CLASP_FIN_WAIT_1, CLASP_ABORT, "only SO_LINGER with 0 seconds after shutdown()" },
	{ CLASP_FIN_WAIT_2, CLASP_RCV_RST, "only an RST at that moment" },
	{ CLASP_FIN_WAIT_2, CLASP_ABORT, "only SO_LINGER with 0 seconds after shutdown()" },
	{ CLASP_FIN_WAIT_2, CLASP_KEEPALIVE_OVER,
	  "only a peer that vanishes after shutdown(), and SO_KEEPALIVE" },
	{ CLASP_CLOSE_WAIT, CLASP_ABORT, "only SO_LINGER with 0 seconds after the peer's FIN" },
	{ CLASP_CLOSE_WAIT, CLASP_GIVE_UP, "only a peer that vanishes after its FIN, while we send" },
	{ CLASP_CLOSE_WAIT, CLASP_KEEPALIVE_OVER,
	  "only a peer that vanishes after its FIN, and SO_KEEPALIVE" },
	{ CLASP_CLOSING, CLASP_RCV_RST, "only an RST at that moment" },
	{ CLASP_CLOSING, CLASP_ABORT, "only SO_LINGER with 0 seconds after shutdown()" },
	{ CLASP_LAST_ACK, CLASP_ABORT, "only SO_LINGER with 0 seconds after shutdown()" },
};

static const char *reason_of(const struct clasp_row *row)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(left_out); i++)
		if (left_out[i].state == row->state && left_out[i].event == row->event)
			return left_out[i].reason;
	return NULL;
}

static void tell_row(const struct clasp_row *row, const char *reason)
{
	printf("  %s, %s -> %s: %s\n", clasp_state_name(row->state), clasp_event_name(row->event),
	       clasp_state_name(row->next), reason);
}

/**
 * rows_tell - say of each row that was not walked why it was not
 * @walked: by row, in all labs
 *
 * Return: rows without a reason, and reasons without their row.
 */
size_t rows_tell(const bool *walked)
{
	size_t i, wrong = 0;
	u32 row;

	for (row = 0; row < clasp_state_rows; row++) {
		const char *reason = reason_of(&clasp_state_table[row]);

		if (walked[row] && !reason)
			continue;
		if (!walked[row] && reason) {
			tell_row(&clasp_state_table[row], reason);
			continue;
		}
		tell_row(&clasp_state_table[row], reason ? "walked after all" : "NO REASON");
		wrong++;
	}
	for (i = 0; i < ARRAY_SIZE(left_out); i++)
		wrong += !clasp_state_find(left_out[i].state, left_out[i].event);
	return wrong;
}
