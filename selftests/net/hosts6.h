/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two hosts of net_helpers.h for a program that speaks IPv4 and IPv6 by turns: each socket is of the family that it
 * was asked for.
 */
#ifndef CLASP_HOSTS6_H
#define CLASP_HOSTS6_H

#include <net/if.h>

#include "net_helpers.h"

/* Once hosts_up() has made them; for programs whose sockets are of both families. */
HELPER void hosts6_up(void)
{
	int host;

	for (host = CLIENT; host < HOSTS; host++) {
		enter(host);
		run("ip -batch - <<-END\n%sEND", addresses6(host));
		await_addresses6(host);
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
