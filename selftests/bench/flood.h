/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SYNs that nobody follows up. The client listens; what it answers goes by way of the server, whose stack has
 * no business with it, and ends there.
 */
#ifndef CLASP_BENCH_FLOOD_H
#define CLASP_BENCH_FLOOD_H

#include "../net/peer.h"
#include "figure.h"

#define FLOOD_BACKLOG 4096
#define FLOOD_PORT 80
#define FLOOD_FROM 0xc6120000	/* 198.18.0.0/15 is for benchmarks (RFC 2544). */

static uint32_t flood_sent;

/* A place on the wire from which one only sends: reading what it hears is not to be measured. */
HELPER void flood_stage(int protocol)
{
	struct sockaddr_ll place = { .sll_family = AF_PACKET };

	if (peer_wire >= 0)
		close(peer_wire);
	enter(SERVER);
	peer_protocol = protocol;
	place.sll_ifindex = if_nametoindex("eth0");
	peer_wire = socket(AF_PACKET, SOCK_RAW, 0);
	fine(peer_wire >= 0 && !bind(peer_wire, (struct sockaddr *)&place, sizeof(place)), "the wire");
	enter(CLIENT);
	run("ip route replace default via %s", BY_FAMILY("10.0.0.2", "fd00::2"));
}

HELPER int flood_listen(int protocol)
{
	int fd = socket_on(CLIENT, protocol, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	fine(!bind(fd, AT(CLIENT, FLOOD_PORT)) && !listen(fd, FLOOD_BACKLOG), "listen");
	return fd;
}

/* So many, each from another address. */
HELPER void flood(int count)
{
	struct segment segment = {
		.to = CLIENT_ADDRESS, .sport = PEER_PORT, .dport = FLOOD_PORT, .seq = PEER_ISS,
		.window = PEER_WINDOW, .flags = TH_SYN, .ttl = 64, .options_len = TCPOLEN_MAXSEG,
		.options = { TCPOPT_MAXSEG, TCPOLEN_MAXSEG, PEER_MSS >> 8, PEER_MSS & 0xff },
	};

	while (count--) {
		segment.from = FLOOD_FROM + flood_sent++;
		peer_put(&segment);
	}
}

#endif
