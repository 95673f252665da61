/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two hosts of net_helpers.h with addresses of IPv6 beside IPv4's: fd00::1 and fd00::2, and fe80::1 and fe80::2,
 * and each other's, so that nothing has to be asked for on their wire.
 */
#ifndef CLASP_HOSTS6_H
#define CLASP_HOSTS6_H

#include <net/if.h>

#include "net_helpers.h"

/* Any address, as bind(), connect() and accept() take it. */
union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* An address as text, IPv6's or IPv4's. */
HELPER union address address_of(const char *text, int port)
{
	union address address = {};

	if (inet_pton(AF_INET6, text, &address.v6.sin6_addr) == 1) {
		address.v6.sin6_family = AF_INET6;
		address.v6.sin6_port = htons(port);
	} else if (inet_pton(AF_INET, text, &address.v4.sin_addr) == 1) {
		address.v4.sin_family = AF_INET;
		address.v4.sin_port = htons(port);
	} else {
		stage_fails("address %s", text);
	}
	return address;
}

HELPER socklen_t address_size(const union address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
}

/* Address and size, as bind() and connect() take them. */
#define TO(text, port) ({ static union address to; to = address_of(text, port); &to.any; }),	\
	(strchr(text, ':') ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in))

/* Once hosts_up() has made them. */
HELPER void hosts6_up(void)
{
	int host;

	for (host = CLIENT; host < HOSTS; host++) {
		enter(host);
		run("ip -batch - <<-END\n"
		    "addr add fd00::%d/64 dev eth0 nodad\n"
		    "addr add fe80::%d/64 dev eth0 nodad\n"
		    "neigh add fd00::%d lladdr 02:00:00:00:00:0%d dev eth0 nud permanent\n"
		    "neigh add fe80::%d lladdr 02:00:00:00:00:0%d dev eth0 nud permanent\n"
		    "END", host + 1, host + 1, !host + 1, !host + 1, !host + 1, !host + 1);
	}
	enter(CLIENT);
}

HELPER int socket6_on(enum host host, int family, int protocol)
{
	int fd;

	enter(host);
	fd = socket(family, SOCK_STREAM, protocol);
	if (fd < 0)
		stage_fails("socket of family %d and protocol %d", family, protocol);
	return fd;
}

/* A listener of AF_INET6, on an address of the server's. */
HELPER int listen6(int protocol, const char *text, int port, int v6only)
{
	int fd = socket6_on(SERVER, AF_INET6, protocol), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
	if (bind(fd, TO(text, port)) || listen(fd, 16))
		stage_fails("listen on %s port %d", text, port);
	return fd;
}

/* A connection from the client's fd00::1 to the server's fd00::2. */
HELPER void connection6(int ends[HOSTS], int protocol, int port)
{
	int listener = listen6(protocol, "fd00::2", port, 0);

	ends[CLIENT] = socket6_on(CLIENT, AF_INET6, protocol);
	if (connect(ends[CLIENT], TO("fd00::2", port)))
		stage_fails("connect to fd00::2 port %d", port);
	ends[SERVER] = accept(listener, NULL, NULL);
	if (ends[SERVER] < 0)
		stage_fails("accept on port %d", port);
	close(listener);
}

#endif
