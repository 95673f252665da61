// SPDX-License-Identifier: GPL-2.0
/*
 * The table against a second one, written from RFC 9293 alone: figure 5 and its notes, and the
 * state changes that section 3.10 names. A row too many is as wrong as a row too few.
 */
#include <string.h>

#include "harness.h"

struct expected {
	u8 state;
	u8 event;
	u8 next;
};

static const struct expected expected[] = {
	/* 3.10.1 OPEN */
	{ CLASP_CLOSED, CLASP_OPEN_PASSIVE, CLASP_LISTEN },
	{ CLASP_CLOSED, CLASP_OPEN_ACTIVE, CLASP_SYN_SENT },
	/* 3.10.4 CLOSE */
	{ CLASP_LISTEN, CLASP_CLOSE, CLASP_CLOSED },
	{ CLASP_SYN_SENT, CLASP_CLOSE, CLASP_CLOSED },
	{ CLASP_SYN_RCVD, CLASP_CLOSE, CLASP_FIN_WAIT_1 },
	{ CLASP_ESTABLISHED, CLASP_CLOSE, CLASP_FIN_WAIT_1 },
	{ CLASP_CLOSE_WAIT, CLASP_CLOSE, CLASP_LAST_ACK },
	/* 3.10.5 ABORT, from every state but CLOSED; TIME_WAIT has no program left to abort it */
	{ CLASP_LISTEN, CLASP_ABORT, CLASP_CLOSED },
	{ CLASP_SYN_SENT, CLASP_ABORT, CLASP_CLOSED },
	{ CLASP_SYN_RCVD, CLASP_ABORT, CLASP_CLOSED },
	{ CLASP_ESTABLISHED, CLASP_ABORT, CLASP_CLOSED },
	{ CLASP_FIN_WAIT_1, CLASP_ABORT, CLASP_CLOSED },
	{ CLASP_FIN_WAIT_2, CLASP_ABORT, CLASP_CLOSED },
	{ CLASP_CLOSE_WAIT, CLASP_ABORT, CLASP_CLOSED },
	{ CLASP_CLOSING, CLASP_ABORT, CLASP_CLOSED },
	{ CLASP_LAST_ACK, CLASP_ABORT, CLASP_CLOSED },
	/* 3.10.7.2 and 3.10.7.3 SYN */
	{ CLASP_LISTEN, CLASP_RCV_SYN, CLASP_SYN_RCVD },
	{ CLASP_SYN_SENT, CLASP_RCV_SYN, CLASP_SYN_RCVD },
	{ CLASP_SYN_SENT, CLASP_RCV_SYN_ACK, CLASP_ESTABLISHED },
	/* 3.10.7.4, second: RST; RFC 1337 takes TIME_WAIT out */
	{ CLASP_SYN_SENT, CLASP_RCV_RST, CLASP_CLOSED },
	{ CLASP_SYN_RCVD, CLASP_RCV_RST, CLASP_CLOSED },
	{ CLASP_SYN_RCVD, CLASP_RCV_RST_PASSIVE, CLASP_LISTEN },
	{ CLASP_ESTABLISHED, CLASP_RCV_RST, CLASP_CLOSED },
	{ CLASP_FIN_WAIT_1, CLASP_RCV_RST, CLASP_CLOSED },
	{ CLASP_FIN_WAIT_2, CLASP_RCV_RST, CLASP_CLOSED },
	{ CLASP_CLOSE_WAIT, CLASP_RCV_RST, CLASP_CLOSED },
	{ CLASP_CLOSING, CLASP_RCV_RST, CLASP_CLOSED },
	{ CLASP_LAST_ACK, CLASP_RCV_RST, CLASP_CLOSED },
	/* 3.10.7.4, fifth: ACK */
	{ CLASP_SYN_RCVD, CLASP_RCV_ACK_OF_SYN, CLASP_ESTABLISHED },
	{ CLASP_FIN_WAIT_1, CLASP_RCV_ACK_OF_FIN, CLASP_FIN_WAIT_2 },
	{ CLASP_CLOSING, CLASP_RCV_ACK_OF_FIN, CLASP_TIME_WAIT },
	{ CLASP_LAST_ACK, CLASP_RCV_ACK_OF_FIN, CLASP_CLOSED },
	/* 3.10.7.4, eighth: FIN */
	{ CLASP_ESTABLISHED, CLASP_RCV_FIN, CLASP_CLOSE_WAIT },
	{ CLASP_FIN_WAIT_1, CLASP_RCV_FIN, CLASP_CLOSING },
	{ CLASP_FIN_WAIT_2, CLASP_RCV_FIN, CLASP_TIME_WAIT },
	/* 3.8.3 R2, wherever something can be sent again */
	{ CLASP_SYN_SENT, CLASP_UNREACHABLE, CLASP_CLOSED },
	{ CLASP_SYN_RCVD, CLASP_UNREACHABLE, CLASP_CLOSED },
	{ CLASP_SYN_RCVD, CLASP_UNREACHABLE_PASSIVE, CLASP_LISTEN },
	{ CLASP_SYN_SENT, CLASP_GIVE_UP, CLASP_CLOSED },
	{ CLASP_SYN_RCVD, CLASP_GIVE_UP, CLASP_CLOSED },
	{ CLASP_SYN_RCVD, CLASP_GIVE_UP_PASSIVE, CLASP_LISTEN },
	{ CLASP_ESTABLISHED, CLASP_GIVE_UP, CLASP_CLOSED },
	{ CLASP_FIN_WAIT_1, CLASP_GIVE_UP, CLASP_CLOSED },
	{ CLASP_CLOSE_WAIT, CLASP_GIVE_UP, CLASP_CLOSED },
	{ CLASP_CLOSING, CLASP_GIVE_UP, CLASP_CLOSED },
	{ CLASP_LAST_ACK, CLASP_GIVE_UP, CLASP_CLOSED },
	/* 3.8.4 keep-alives, wherever nothing is under way and somebody still waits */
	{ CLASP_ESTABLISHED, CLASP_KEEPALIVE_OVER, CLASP_CLOSED },
	{ CLASP_FIN_WAIT_2, CLASP_KEEPALIVE_OVER, CLASP_CLOSED },
	{ CLASP_CLOSE_WAIT, CLASP_KEEPALIVE_OVER, CLASP_CLOSED },
	/* the implementation's own: RFC 1122 4.2.2.13, RFC 6191, a listener's or namespace's end */
	{ CLASP_SYN_RCVD, CLASP_LISTENER_GONE, CLASP_CLOSED },
	{ CLASP_FIN_WAIT_2, CLASP_FIN_WAIT_2_OVER, CLASP_CLOSED },
	{ CLASP_TIME_WAIT, CLASP_2MSL_OVER, CLASP_CLOSED },
	{ CLASP_TIME_WAIT, CLASP_RCV_NEW_SYN, CLASP_CLOSED },
	{ CLASP_TIME_WAIT, CLASP_PURGE, CLASP_CLOSED },
};

#define EXPECTED ARRAY_SIZE(expected)

TEST(state__table_is_the_rfcs)
{
	for (size_t i = 0; i < EXPECTED; i++) {
		const struct clasp_row *row;

		row = clasp_state_find(expected[i].state, expected[i].event);
		if (!row || row->next != expected[i].next)
			test_failed(__FILE__, __LINE__, "%s, %s should lead to %s",
				    clasp_state_name(expected[i].state),
				    clasp_event_name(expected[i].event),
				    clasp_state_name(expected[i].next));
	}
	EXPECT_EQ(clasp_state_rows, EXPECTED);
}

TEST(state__rows_are_unique_and_explained)
{
	for (u32 i = 0; i < clasp_state_rows; i++) {
		const struct clasp_row *row = &clasp_state_table[i];

		EXPECT(clasp_state_find(row->state, row->event) == row);
		EXPECT(row->clause[0] && row->sentence[0] && row->sends);
		EXPECT(row->sentence[strlen(row->sentence) - 1] == '.');
	}
}

TEST(state__walk_refuses_what_the_table_lacks)
{
	for (u8 state = 0; state < CLASP_STATES + 2; state++)
		for (u8 event = 0; event < CLASP_EVENTS + 2; event++) {
			const struct clasp_row *row = clasp_state_find(state, event);
			u8 now = state;

			shell.walked = 0;
			EXPECT_EQ(clasp_state_walk(&now, CLASP_CONNECTION, NULL, event), !!row);
			EXPECT_EQ(now, row ? row->next : state);
			EXPECT_EQ(shell.walked, !!row);
		}
}

TEST(state__names)
{
	EXPECT(!strcmp(clasp_state_name(CLASP_ESTABLISHED), "ESTABLISHED"));
	EXPECT(!strcmp(clasp_state_name(CLASP_FIN_WAIT_1), "FIN_WAIT_1"));
	EXPECT(!strcmp(clasp_state_name(CLASP_TIME_WAIT), "TIME_WAIT"));
	EXPECT(!strcmp(clasp_state_name(0), "?"));
	EXPECT(!strcmp(clasp_state_name(CLASP_STATES), "?"));
	EXPECT(!strcmp(clasp_event_name(CLASP_RCV_FIN), "RCV_FIN"));
	EXPECT(!strcmp(clasp_event_name(CLASP_EVENTS), "?"));
}

TEST(state__numbers_are_the_kernels)
{
	/* include/net/tcp_states.h, which ss and netstat know */
	EXPECT_EQ(CLASP_ESTABLISHED, 1);
	EXPECT_EQ(CLASP_SYN_SENT, 2);
	EXPECT_EQ(CLASP_SYN_RCVD, 3);
	EXPECT_EQ(CLASP_FIN_WAIT_1, 4);
	EXPECT_EQ(CLASP_FIN_WAIT_2, 5);
	EXPECT_EQ(CLASP_TIME_WAIT, 6);
	EXPECT_EQ(CLASP_CLOSED, 7);
	EXPECT_EQ(CLASP_CLOSE_WAIT, 8);
	EXPECT_EQ(CLASP_LAST_ACK, 9);
	EXPECT_EQ(CLASP_LISTEN, 10);
	EXPECT_EQ(CLASP_CLOSING, 11);
}

TEST(state__synchronized)
{
	/* RFC 9293, 3.4 and 3.5: everything after SYN_RCVD */
	EXPECT(!clasp_state_synchronized(CLASP_CLOSED));
	EXPECT(!clasp_state_synchronized(CLASP_LISTEN));
	EXPECT(!clasp_state_synchronized(CLASP_SYN_SENT));
	EXPECT(!clasp_state_synchronized(CLASP_SYN_RCVD));
	EXPECT(clasp_state_synchronized(CLASP_ESTABLISHED));
	EXPECT(clasp_state_synchronized(CLASP_TIME_WAIT));
	EXPECT(clasp_state_can_receive(CLASP_FIN_WAIT_2));
	EXPECT(!clasp_state_can_receive(CLASP_CLOSE_WAIT));
	EXPECT(clasp_state_can_send(CLASP_CLOSE_WAIT));
	EXPECT(!clasp_state_can_send(CLASP_FIN_WAIT_1));
}

TEST(state__sequence_numbers_wrap)
{
	EXPECT(seq_before(0xffffffff, 0));
	EXPECT(seq_after(5, 0xfffffff0));
	EXPECT(seq_before_eq(7, 7) && seq_after_eq(7, 7) && !seq_before(7, 7));
	EXPECT(seq_within(0xffffffff, 0xfffffff0, 0x10));
	EXPECT(seq_within(0, 0xfffffff0, 0x10));
	EXPECT(!seq_within(0x10, 0xfffffff0, 0x10));
	EXPECT(!seq_within(0xffffffef, 0xfffffff0, 0x10));
	EXPECT_EQ(seq_distance(0xfffffff0, 0x10), 0x20);
	EXPECT_EQ(seq_later(0xfffffff0, 0x10), 0x10);
	EXPECT_EQ(seq_earlier(0xfffffff0, 0x10), 0xfffffff0);
}

TEST(state__seg_covered)
{
	struct clasp_seg seg = { .seq = 0xfffffffe, .len = 10 };

	EXPECT_EQ(clasp_seg_covered(&seg, 0xfffffff0), 0);
	EXPECT_EQ(clasp_seg_covered(&seg, 0xfffffffe), 0);
	EXPECT_EQ(clasp_seg_covered(&seg, 3), 5);
	EXPECT_EQ(clasp_seg_covered(&seg, 8), 10);
	EXPECT_EQ(clasp_seg_covered(&seg, 100), 10);
	EXPECT_EQ(clasp_seg_end(&seg), 8);
}
