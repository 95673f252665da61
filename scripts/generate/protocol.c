// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the state table of core/ for Documentation/protocol: as reStructuredText, or as a graph for
 * dot. What it prints is what the code consults.
 */
#include <stdio.h>
#include <string.h>

#include "state.h"

static void print_rst(void)
{
	printf(".. list-table::\n   :header-rows: 1\n   :widths: 5 14 18 14 10 12 27\n\n");
	printf("   * - row\n     - state\n     - event\n     - next state\n     - sends\n     - RFC\n     -\n");
	for (u32 i = 0; i < clasp_state_rows; i++) {
		const struct clasp_row *row = &clasp_state_table[i];

		printf("   * - %u\n     - %s\n     - %s\n     - %s\n     - %s\n     - %s\n     - %s\n", i,
		       clasp_state_name(row->state), clasp_event_name(row->event),
		       clasp_state_name(row->next), row->sends, row->clause, row->sentence);
	}
}

/* Failures, which nearly every state can have, would hide the life of a connection: the table has them. */
static bool drawn(const struct clasp_row *row)
{
	switch (row->event) {
	case CLASP_RCV_RST:
	case CLASP_RCV_RST_PASSIVE:
	case CLASP_ABORT:
	case CLASP_GIVE_UP:
	case CLASP_GIVE_UP_PASSIVE:
	case CLASP_KEEPALIVE_OVER:
	case CLASP_LISTENER_GONE:
	case CLASP_PURGE:
		return false;
	default:
		return true;
	}
}

static void print_dot(void)
{
	printf("digraph clasp {\n\tnode [shape=box, style=rounded, fontname=\"sans-serif\"];\n");
	printf("\tedge [fontname=\"sans-serif\", fontsize=10];\n");
	for (u32 i = 0; i < clasp_state_rows; i++) {
		const struct clasp_row *row = &clasp_state_table[i];

		if (drawn(row))
			printf("\t%s -> %s [label=\"%u %s%s%s\"];\n", clasp_state_name(row->state),
			       clasp_state_name(row->next), i, clasp_event_name(row->event),
			       row->sends[0] ? "\\n/ " : "", row->sends);
	}
	printf("}\n");
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "rst")) {
		print_rst();
	} else if (argc == 2 && !strcmp(argv[1], "dot")) {
		print_dot();
	} else {
		fprintf(stderr, "usage: protocol rst|dot\n");
		return 2;
	}
	return 0;
}
