// SPDX-License-Identifier: GPL-2.0
/*
 * What is explored, and how far. All bounds at once would be more moments than any machine visits: losses,
 * duplicates and overtakings stand at their full bounds together, with and without an octet; two octets each way,
 * ABORTs and refusals beside fewer of them.
 */
#include <stdio.h>

#include "explore.h"

#define USUAL { 1000, 5000 }
#define WRAPPING { 0xffffffff, 0xfffffffe }

/* The short ones first, in the order of what they add. */
const struct scenario scenarios[] = {
	{
		.name = "open_and_close", .what = "a loss and a duplicate",
		.capacity = 2, .losses = 1, .duplicates = 1,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL,
	}, {
		.name = "lost", .what = "a loss, while challenge ACKs are limited",
		.capacity = 2, .losses = 1, .patience = true,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL,
	}, {
		.name = "reordered", .what = "one segment overtakes another",
		.capacity = 2, .overtakings = 1, .aborts = 1,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL,
	}, {
		.name = "octet_each_way", .what = "data while anything else happens",
		.octets = { 1, 1 }, .capacity = 1, .aborts = 1,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL,
	}, {
		.name = "octet_each_way_at_the_wrap", .what = "the same just below 2^32",
		.octets = { 1, 1 }, .capacity = 1, .aborts = 1,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = WRAPPING,
	}, {
		.name = "refused", .what = "any one segment cannot be sent",
		.octets = { 1, 0 }, .capacity = 1, .refusals = 1,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL,
	}, {
		.name = "closed_window", .what = "a window of one octet, reading is a step",
		.octets = { 2, 0 }, .capacity = 1, .reads = true, .patience = true,
		.rcv_buf = 1, .rounds = 1, .iss = USUAL,
	}, {
		.name = "simultaneous_open", .what = "both call",
		.capacity = 2, .both_call = true,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL,
	}, {
		.name = "second_incarnation", .what = "the same ports again",
		.capacity = 2, .rcv_buf = OPEN_WINDOW, .rounds = 2, .iss = USUAL,
	}, {
		.name = "given_up", .what = "who listens stops, routers complain, the client calls again",
		.capacity = 1, .aborts = 1, .errors = 1, .stops = true,
		.rcv_buf = OPEN_WINDOW, .rounds = 2, .iss = USUAL,
	}, {
		.name = "given_up_by_both", .what = "both call, both give up, routers complain",
		.capacity = 1, .aborts = 2, .errors = 1, .both_call = true,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL,
	}, {
		.name = "keepalive", .what = "keep-alives, answered, late or lost",
		.octets = { 1, 0 }, .capacity = 1, .losses = 1, .keepalive = true,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL,
	}, {
		.name = "options", .what = "every option is offered, a loss",
		.octets = { 1, 0 }, .capacity = 1, .losses = 1, .options = true,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL,
	}, {
		.name = "options_of_both", .what = "both call, and offer every option",
		.capacity = 2, .both_call = true, .options = true,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL,
	}, {
		.name = "sack", .what = "SACK, while one segment is lost or overtaken, or comes twice",
		.octets = { 2, 0 }, .capacity = 1, .losses = 1, .sack = true,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = WRAPPING,
	}, {
		.name = "marked", .what = "ECN, every new octet is marked, and a segment is lost",
		.octets = { 2, 0 }, .capacity = 1, .losses = 1, .marks = true,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL,
	}, {
		.name = "paced", .what = "each octet waits for its turn, and a segment is lost",
		.octets = { 2, 0 }, .capacity = 1, .losses = 1, .paced = true,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL,
	}, {
		.name = "full_refused", .what = "data, and any two segments cannot be sent",
		.octets = { 2, 0 }, .capacity = 2, .refusals = 2,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = WRAPPING, .large = true,
	}, {
		.name = "full_lost", .what = "data both ways, and losses",
		.octets = { 2, 2 }, .capacity = 1, .losses = 2,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL, .large = true,
	}, {
		.name = "full_lost_three", .what = "data, and losses, in a long channel",
		.octets = { 2, 0 }, .capacity = 3, .losses = 2,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = WRAPPING, .large = true,
	}, {
		.name = "full_window", .what = "a window of two octets, reading is a step",
		.octets = { 2, 1 }, .capacity = 1, .losses = 1, .reads = true,
		.patience = true,
		.rcv_buf = 2, .rounds = 1, .iss = WRAPPING, .large = true,
	}, {
		.name = "full_simultaneous_octets", .what = "both call, and send",
		.octets = { 2, 2 }, .capacity = 1, .losses = 1, .both_call = true,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = WRAPPING, .large = true,
	}, {
		.name = "full_second_octets", .what = "the same ports again, and data",
		.octets = { 1, 1 }, .capacity = 1, .losses = 2,
		.rcv_buf = OPEN_WINDOW, .rounds = 2, .iss = WRAPPING, .large = true,
	}, {
		.name = "full_mishaps", .what = "all that befalls segments, without data",
		.capacity = 3, .losses = 2, .duplicates = 2, .overtakings = 2,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL, .large = true,
	}, {
		.name = "full_simultaneous", .what = "both call, among all mishaps",
		.capacity = 3, .losses = 2, .duplicates = 2, .overtakings = 2,
		.both_call = true,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL, .large = true,
	}, {
		.name = "full_second", .what = "the same ports again, old segments under way",
		.capacity = 2, .duplicates = 2, .overtakings = 2,
		.rcv_buf = OPEN_WINDOW, .rounds = 2, .iss = USUAL, .large = true,
	}, {
		.name = "full_duplicated", .what = "data, and duplicates",
		.octets = { 2, 0 }, .capacity = 3, .duplicates = 2,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = WRAPPING, .large = true,
	}, {
		.name = "full_overtaken", .what = "data that overtakes data",
		.octets = { 2, 0 }, .capacity = 3, .overtakings = 2,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = WRAPPING, .large = true,
	}, {
		.name = "full_sack_overtaken", .what = "SACK, while a FIN overtakes an octet",
		.octets = { 1, 0 }, .capacity = 2, .overtakings = 1, .sack = true,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = USUAL, .large = true,
	}, {
		.name = "full_aborts", .what = "all that programs do, beside each mishap",
		.octets = { 1, 0 }, .capacity = 2, .losses = 1, .duplicates = 1,
		.overtakings = 1, .refusals = 1, .aborts = 2,
		.rcv_buf = OPEN_WINDOW, .rounds = 1, .iss = WRAPPING, .large = true,
	},
};

const u32 scenario_count = ARRAY_SIZE(scenarios);

/* The rows that no scenario walks. */
static const struct {
	u8 state;
	u8 event;
	const char *reason;
} left_out[] = {
	{ CLASP_TIME_WAIT, CLASP_PURGE, "no call: a namespace goes away, with whoever could call" },
};

static const char *reason_of(const struct clasp_row *row)
{
	for (u32 i = 0; i < ARRAY_SIZE(left_out); i++)
		if (left_out[i].state == row->state && left_out[i].event == row->event)
			return left_out[i].reason;
	return NULL;
}

/* Say how many rows were walked and which were not. Return: how many of these should have been. */
u32 rows_missed(void)
{
	u32 walked = 0, missed = 0;

	for (u32 i = 0; i < clasp_state_rows; i++)
		walked += !!shell.rows[i];
	printf("# %u of %u rows of the table walked\n", walked, clasp_state_rows);
	for (u32 i = 0; i < clasp_state_rows; i++) {
		const struct clasp_row *row = &clasp_state_table[i];
		const char *reason = reason_of(row);

		if (shell.rows[i] && !reason)
			continue;
		printf("# %s, %s: %s\n", clasp_state_name(row->state), clasp_event_name(row->event),
		       shell.rows[i] ? "WALKED AFTER ALL" : reason ? reason : "NOT WALKED");
		missed += !reason || shell.rows[i];
	}
	return missed;
}

/* The bounds of each scenario, as a table in reStructuredText. */
void scenarios_print(void)
{
	static const char rule[] =
		"========================== ====== ======= ====== ========== ===========" /* to overtakings */
		" ======== ====== ==== ====== ===== ========== ========================================\n";

	printf("%s%-26s %-6s %-7s %-6s %-10s %-11s %-8s %-6s %-4s %-6s %-5s %-10s %s\n%s", rule,
	       "scenario", "octets", "channel", "losses", "duplicates", "overtakings", "refusals",
	       "ABORTs", "ICMP", "window", "calls", "ISNs", "what", rule);
	for (u32 i = 0; i < scenario_count; i++) {
		const struct scenario *one = &scenarios[i];

		printf("%-26s %u + %-2u %-7u %-6u %-10u %-11u %-8u %-6u %-4u %-6u %-5s %-10s %s\n",
		       one->name, one->octets[0], one->octets[1], one->capacity, one->losses,
		       one->duplicates, one->overtakings, one->refusals, one->aborts, one->errors,
		       one->rcv_buf, one->both_call ? "both" : one->rounds > 1 ? "twice" : "once",
		       one->iss[0] > one->iss[1] ? "below 2^32" : "1000, 5000",
		       one->what);
	}
	fputs(rule, stdout);
}
