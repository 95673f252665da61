/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The transports that are measured side by side, and the two ends of a connection of one, opened and used by
 * one process. On loopback both are the server's. A program that is called by its name and _inet6 measures the two
 * rivals over IPv6.
 */
#ifndef CLASP_BENCH_ENDS_H
#define CLASP_BENCH_ENDS_H

#include <linux/dccp.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/un.h>

#include "figure.h"

/* It leans on the headers before it. */
#include <linux/sctp.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef SOL_DCCP
#define SOL_DCCP 269
#endif

#define PORT 80
#define BACKLOG 4096
#define TIME_WAITS_ARE_OVER 61000	/* ms */

/**
 * struct transport - what a socket is made of
 * @module: to be loaded first, where a stock kernel has it as one that it does not load by itself
 * @most: octets that go into one write, 0 for any number
 */
struct transport {
	const char *name;
	int family;
	int type;
	int protocol;
	const char *module;
	int most;
};

static const struct transport transports[] = {
	{ "tcp", AF_INET, SOCK_STREAM, IPPROTO_TCP },
	{ "clasp", AF_INET, SOCK_STREAM, IPPROTO_CLASP },
	{ "mptcp", AF_INET, SOCK_STREAM, IPPROTO_MPTCP },
	{ "sctp", AF_INET, SOCK_STREAM, IPPROTO_SCTP, .module = "sctp" },
	{ "dccp", AF_INET, SOCK_DCCP, IPPROTO_DCCP, .module = "dccp_ipv4", .most = 1024 },
	{ "unix", AF_UNIX, SOCK_STREAM, 0 },
};

#define TRANSPORTS (sizeof(transports) / sizeof(*transports))

struct ends {
	const struct transport *transport;
	int listener;
	int fd[HOSTS];
};

/* The two that are compared wherever only they can be. */
HELPER bool transport_is_rival(const struct transport *transport)
{
	return transport->protocol == IPPROTO_TCP || transport->protocol == IPPROTO_CLASP;
}

/* What is of the internet is of the family that the program was called for. */
static int ends_family(const struct transport *transport)
{
	return transport->family == AF_INET ? family() : transport->family;
}

/* Why the kernel has none of it, or NULL when it has. */
HELPER const char *transport_missing(const struct transport *transport)
{
	int fd;

	if (transport->module)
		run("modprobe -q %s || :", transport->module);
	fd = socket(ends_family(transport), transport->type, transport->protocol);
	if (fd < 0)
		return strerror(errno);
	close(fd);
	return NULL;
}

static int ends_socket(const struct transport *transport)
{
	int fd = socket(ends_family(transport), transport->type, transport->protocol), one = 1;
	uint32_t service = htonl(PORT);

	fine(fd >= 0, "socket");
	if (transport->type == SOCK_DCCP)
		fine(!setsockopt(fd, SOL_DCCP, DCCP_SOCKOPT_SERVICE, &service, sizeof(service)), "service");
	else if (transport->protocol == IPPROTO_SCTP)
		fine(!setsockopt(fd, IPPROTO_SCTP, SCTP_NODELAY, &one, sizeof(one)), "SCTP_NODELAY");
	else if (transport->family == AF_INET)
		fine(!setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), "TCP_NODELAY");
	return fd;
}

/* Where the listener is: at the server's address, or at a name that stands for it. */
static socklen_t ends_place(const struct transport *transport, struct sockaddr_storage *place)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "\0server" };
	union address at = address(SERVER, PORT);

	if (transport->family == AF_UNIX) {
		memcpy(place, &name, sizeof(name));
		return offsetof(struct sockaddr_un, sun_path) + sizeof("\0server") - 1;
	}
	memcpy(place, &at, sizeof(at));
	return address_size(&at);
}

/* A listener; from here on the process acts on the client's host, or on loopback. */
HELPER struct ends ends_listen(const struct transport *transport, bool loopback)
{
	struct ends ends = { .transport = transport };
	struct sockaddr_storage place;
	socklen_t size = ends_place(transport, &place);
	int one = 1;

	enter(SERVER);
	ends.listener = ends_socket(transport);
	setsockopt(ends.listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	fine(!bind(ends.listener, (struct sockaddr *)&place, size), "bind");
	fine(!listen(ends.listener, BACKLOG), "listen");
	enter(loopback ? SERVER : CLIENT);
	return ends;
}

HELPER void ends_connect(struct ends *ends)
{
	struct sockaddr_storage place;
	socklen_t size = ends_place(ends->transport, &place);

	ends->fd[CLIENT] = ends_socket(ends->transport);
	fine(!connect(ends->fd[CLIENT], (struct sockaddr *)&place, size), "connect");
	ends->fd[SERVER] = accept(ends->listener, NULL, NULL);
	fine(ends->fd[SERVER] >= 0, "accept");
}

HELPER void ends_close(struct ends *ends)
{
	close(ends->fd[CLIENT]);
	close(ends->fd[SERVER]);
}

HELPER void ends_write(struct ends *ends, enum host from, const char *octets, int count)
{
	fine(write(ends->fd[from], octets, count) == count, "write");
}

HELPER void ends_read(struct ends *ends, enum host to, char *octets, int count)
{
	ssize_t n;

	for (; count; count -= n) {
		n = read(ends->fd[to], octets, count);
		fine(n > 0, "read");
	}
}

HELPER void ends_pass(struct ends *ends, enum host from, char *octets, int count)
{
	ends_write(ends, from, octets, count);
	ends_read(ends, !from, octets, count);
}

HELPER void ends_round_trip(struct ends *ends)
{
	char octet = 0;

	ends_pass(ends, CLIENT, &octet, 1);
	ends_pass(ends, SERVER, &octet, 1);
}

#endif
