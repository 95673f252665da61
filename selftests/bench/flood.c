// SPDX-License-Identifier: GPL-2.0
/*
 * What a SYN costs that makes an embryo and is answered. It comes from a hand-made peer, whose own part, sending
 * on a packet socket, is in the figures of either transport.
 */
#include "flood.h"

#define SYNS 1000

static double syn(int protocol)
{
	int listener = flood_listen(protocol), i;
	double cost[SAMPLES];
	uint64_t started;

	flood(SYNS);
	for (i = 0; i < SAMPLES; i++) {
		started = now_ns();
		flood(SYNS);
		cost[i] = (now_ns() - started) / (double)SYNS;
	}
	fine(state_of(CLIENT, protocol, FLOOD_PORT, PEER_PORT) == SYN_RECV, "an embryo");
	close(listener);
	return median(cost);
}

int main(void)
{
	static const struct figure figure = { "wire", "syn", "instructions" };
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
