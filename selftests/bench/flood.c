// SPDX-License-Identifier: GPL-2.0
/*
 * What a SYN costs that makes an embryo and is answered. It comes from a hand-made peer, whose own part, sending
 * on a packet socket, is in the figures of either transport.
 */
#include "flood.h"
#include "marks.h"

#define SYNS 500	/* in a sample, so that all of them fit into the backlog */

static int embryos(int protocol)
{
	unsigned int state;
	char line[256];
	FILE *list;
	int count = 0;

	snprintf(line, sizeof(line), "/proc/net/%s%s", protocol == IPPROTO_TCP ? "tcp" : "clasp", BY_FAMILY("", "6"));
	list = fopen(line, "r");
	fine(list, "the list of connections");
	while (fgets(line, sizeof(line), list))
		count += sscanf(line, "%*d: %*x:%*x %*x:%*x %x", &state) == 1 && state == SYN_RECV;
	fclose(list);
	return count;
}

static double syn(int protocol)
{
	int listener = flood_listen(protocol), i;
	double cost[SAMPLES];
	uint64_t started;

	flood(SYNS);
	MARK_NEXT();
	MARK_BEGIN();
	for (i = 0; i < SAMPLES; i++) {
		started = now_ns();
		flood(SYNS);
		cost[i] = (now_ns() - started) / (double)SYNS;
	}
	MARK_END();
	fine(embryos(protocol) == (SAMPLES + 1) * SYNS, "an embryo for every SYN");
	close(listener);
	return median(cost, SAMPLES);
}

int main(void)
{
	static const struct figure figure = { "wire", "syn", "instructions", SAMPLES * SYNS };
	static const int protocols[] = { IPPROTO_TCP, IPPROTO_CLASP };
	static const char *const names[] = { "tcp", "clasp" };
	int i;

	hosts_up();
	for (i = 0; i < 2; i++) {
		flood_stage(protocols[i]);
		figure_is(&figure, names[i], syn(protocols[i]));
	}
	return 0;
}
