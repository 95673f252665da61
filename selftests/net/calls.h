/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls that sequences are made of: which there are, and how one is made on a protocol's sockets. What its four
 * octets do not say is the same for both.
 */
#ifndef CLASP_CALLS_H
#define CLASP_CALLS_H

#include <limits.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "net_helpers.h"

#define CALLS 24		/* in a sequence at most */
#define SLOTS 4			/* descriptors: 0 and 2 on the server, 1 and 3 on the client */
#define PORTS 2			/* that a sequence calls by number */
#define FILE_SIZE 8000		/* of the file that is sent */
#define LEFT 10000		/* what recvmsg() tells is left, in units of octets read */

enum verb {
	OPEN, BIND, LISTEN, CONNECT, ACCEPT, SEND, RECEIVE, SHUTDOWN, CLOSE, DISCONNECT, ERROR, NAME, PEER,
	INQ, OUTQ, OUTQNSD, OPTION, ASK, SENDFILE, SPLICE, RECVMSG, VERBS
};

static const struct {
	const char *name;
	int weight;
	int talk;
} verbs[VERBS] = {
	[OPEN] = { "socket", 4 }, [BIND] = { "bind", 3 }, [LISTEN] = { "listen", 3 },
	[CONNECT] = { "connect", 6 }, [ACCEPT] = { "accept", 4 }, [SEND] = { "send", 12, 24 },
	[RECEIVE] = { "recv", 12, 40 }, [SHUTDOWN] = { "shutdown", 6, 2 }, [CLOSE] = { "close", 4, 1 },
	[DISCONNECT] = { "disconnect", 3, 1 }, [ERROR] = { "SO_ERROR", 2, 1 }, [NAME] = { "getsockname", 2 },
	[PEER] = { "getpeername", 2 }, [INQ] = { "SIOCINQ", 2, 4 }, [OUTQ] = { "SIOCOUTQ", 2, 2 },
	[OUTQNSD] = { "SIOCOUTQNSD", 1, 1 }, [OPTION] = { "setsockopt", 3, 6 },
	[ASK] = { "getsockopt", 2, 2 }, [SENDFILE] = { "sendfile", 3, 8 }, [SPLICE] = { "splice", 3, 8 },
	[RECVMSG] = { "recvmsg", 3, 8 },
};

/**
 * struct call - one call of a sequence
 * @verb: enum verb
 * @slot: on which descriptor
 * @a: how much, how, to which port: what it means is the verb's
 * @b: flags
 */
struct call {
	uint8_t verb;
	uint8_t slot;
	uint8_t a;
	uint8_t b;
};

struct sequence {
	int count;
	struct call call[CALLS];
};

/**
 * struct seen - what can be seen of one call
 * @result: or a negative errno
 * @octets: a hash of what was received
 * @polled: of each slot, -1 without a socket
 * @state: of each slot, as TCP_INFO tells it
 */
struct seen {
	int result;
	uint32_t octets;
	int polled[SLOTS];
	int state[SLOTS];
};

/**
 * struct play - a sequence on one protocol
 * @fd: by slot
 * @first: number of the first port, whose others follow
 * @chosen: ports that the kernel chose, in the order in which they were seen
 */
struct play {
	int protocol;
	int fd[SLOTS];
	int first;
	int chosen[CALLS];
	int chosen_count;
	struct seen seen[CALLS];
};

static bool sends(uint8_t verb)
{
	return verb == SEND || verb == SENDFILE;
}

static bool receives(uint8_t verb)
{
	return verb == RECEIVE || verb == SPLICE || verb == RECVMSG;
}

static enum host host_of(int slot)
{
	return slot % 2 ? CLIENT : SERVER;
}

/* Two in three name the first port, the others the second or none. */
static int port_of(const struct play *play, uint8_t choice)
{
	return choice % 6 < 4 ? play->first : choice % 6 == 4 ? play->first + 1 : 0;
}

/* Ports that the kernel chose are told by when they were first seen. */
static int name_of(struct play *play, int port)
{
	int i;

	if (!port || (port >= play->first && port < play->first + PORTS))
		return port ? port - play->first + 1 : 0;
	for (i = 0; i < play->chosen_count && play->chosen[i] != port; i++)
		;
	if (i == play->chosen_count)
		play->chosen[play->chosen_count++] = port;
	return 100 + i;
}

static int call_open(struct play *play, const struct call *call)
{
	if (play->fd[call->slot] >= 0)
		return 0;
	play->fd[call->slot] = socket_on(host_of(call->slot), play->protocol, SOCK_NONBLOCK);
	return 1;
}

static int call_connect(const struct play *play, const struct call *call, int fd)
{
	enum host host = call->b % 8 ? !host_of(call->slot) : host_of(call->slot);
	int port = port_of(play, call->a);

	return connect(fd, AT(host, port ? port : play->first));
}

/* What was accepted takes the next free slot, or goes at once. */
static int call_accept(struct play *play, int fd)
{
	int accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK), slot;

	if (accepted < 0)
		return -1;
	for (slot = 2; slot < SLOTS && play->fd[slot] >= 0; slot++)
		;
	if (slot == SLOTS)
		close(accepted);
	else
		play->fd[slot] = accepted;
	return slot;
}

static int call_send(const struct call *call, int fd)
{
	static const int sizes[] = { 0, 1, 10, 100, 1000, 5000 };
	static const int flags[] = { 0, 0, 0, MSG_MORE, MSG_DONTWAIT, MSG_NOSIGNAL };
	static uint8_t octets[5000];
	int i;

	for (i = 0; i < sizeof(octets); i++)
		octets[i] = i * 31 + call->a;
	return send(fd, octets, sizes[call->a % 6], flags[call->b % 6]);
}

static void hash_octets(uint32_t *hash, const uint8_t *octets, int count)
{
	int i;

	for (i = 0; i < count; i++)
		*hash = (*hash ^ octets[i]) * 0x01000193;
}

static int call_receive(const struct call *call, int fd, uint32_t *hash)
{
	static const int sizes[] = { 0, 1, 10, 50, 100, 1000, 2000, 8000 };
	static const int flags[] = {
		0, 0, 0, MSG_PEEK, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_WAITALL, MSG_PEEK | MSG_WAITALL,
		MSG_PEEK | MSG_TRUNC, MSG_TRUNC | MSG_WAITALL, MSG_DONTWAIT, MSG_DONTWAIT | MSG_WAITALL,
		MSG_CMSG_CLOEXEC, MSG_ERRQUEUE, MSG_OOB,
	};
	static uint8_t octets[8000];
	int how = flags[call->b % 16], n = recv(fd, octets, sizes[call->a % 8], how);

	if (!(how & MSG_TRUNC))
		hash_octets(hash, octets, n);
	return n;
}

static int call_name(struct play *play, int fd, bool peer)
{
	union address name = {};
	socklen_t size = sizeof(name);

	if (peer ? getpeername(fd, &name.any, &size) : getsockname(fd, &name.any, &size))
		return -1;
	return BY_FAMILY(ntohl(name.v4.sin_addr.s_addr) & 0xff, name.v6.sin6_addr.s6_addr[15]) * 1000 +
		name_of(play, ntohs(name.v4.sin_port));
}

static int call_ioctl(int fd, unsigned long what)
{
	int octets = -1;

	return ioctl(fd, what, &octets) ? -1 : octets;
}

static int call_error(int fd)
{
	socklen_t size = sizeof(int);
	int error;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) ? -1 : error;
}

/* What may be set to a number and asked for; what the other end sees of it in time is the same. */
static const struct { int level; int name; } settable[] = {
	{ SOL_SOCKET, SO_REUSEADDR }, { SOL_SOCKET, SO_RCVLOWAT }, { SOL_SOCKET, SO_OOBINLINE },
	{ SOL_SOCKET, SO_KEEPALIVE }, { SOL_SOCKET, SO_PRIORITY }, { SOL_SOCKET, SO_MARK },
	{ IPPROTO_TCP, TCP_NODELAY }, { IPPROTO_TCP, TCP_CORK }, { IPPROTO_TCP, TCP_INQ },
	{ IPPROTO_TCP, TCP_KEEPIDLE }, { IPPROTO_TCP, TCP_LINGER2 }, { IPPROTO_TCP, TCP_TIMESTAMP },
	{ IPPROTO_TCP, 9999 }, { IPPROTO_IP, IP_TOS }, { IPPROTO_IP, IP_TTL }, { IPPROTO_IP, IP_FREEBIND },
	{ IPPROTO_IP, IP_RECVERR }, { IPPROTO_IPV6, IPV6_TCLASS }, { IPPROTO_IPV6, IPV6_UNICAST_HOPS },
	{ IPPROTO_IPV6, IPV6_RECVERR },
};

static int call_option(const struct call *call, int fd)
{
	static const int values[] = { 0, 1, 2, 50, 1000, 6000 };
	struct linger how = { .l_onoff = call->b & 1 };
	size_t which = call->a % (ARRAY_SIZE(settable) + 1);

	if (which == ARRAY_SIZE(settable))
		return setsockopt(fd, SOL_SOCKET, SO_LINGER, &how, sizeof(how));
	return setsockopt(fd, settable[which].level, settable[which].name, &values[call->b % 6], sizeof(int));
}

/* The clock's time is its own. */
static int call_ask(const struct call *call, int fd)
{
	size_t which = call->a % ARRAY_SIZE(settable);
	socklen_t size = sizeof(int);
	int value = -1;

	if (getsockopt(fd, settable[which].level, settable[which].name, &value, &size))
		return -1;
	return settable[which].name == TCP_TIMESTAMP && settable[which].level == IPPROTO_TCP ? 0 : value & INT_MAX;
}

static int call_sendfile(const struct call *call, int fd)
{
	static const int sizes[] = { 1, 100, 1000, 5000, 20000 };
	static int file = -1;
	uint8_t octets[FILE_SIZE];
	off_t at = call->b * 10;
	int i;

	for (i = 0; file < 0 && i < FILE_SIZE; i++)
		octets[i] = i * 37 + i / 256;
	if (file < 0) {
		file = memfd_create("octets", 0);
		if (file < 0 || write(file, octets, FILE_SIZE) != FILE_SIZE)
			stage_fails("a file");
	}
	return sendfile(fd, file, &at, sizes[call->a % 5]);
}

static int call_splice(const struct call *call, int fd, uint32_t *hash)
{
	static const int sizes[] = { 1, 50, 1000, 8000 };
	static uint8_t octets[8000];
	int to[2], n, error;

	if (pipe(to))
		stage_fails("a pipe");
	n = splice(fd, NULL, to[1], NULL, sizes[call->a % 4], 0);
	error = errno;
	if (n > 0 && read(to[0], octets, n) == n)
		hash_octets(hash, octets, n);
	close(to[0]);
	close(to[1]);
	errno = error;
	return n;
}

/* What a control message tells is left counts into the result. */
static int call_recvmsg(const struct call *call, int fd, uint32_t *hash)
{
	static const int sizes[] = { 0, 1, 100, 2000 };
	static const int flags[] = { 0, 0, MSG_PEEK, MSG_TRUNC, MSG_WAITALL };
	static uint8_t octets[2000];
	char control[64];
	struct iovec part = { octets, sizes[call->a % 4] };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	int how = flags[call->b % 5], n = recvmsg(fd, &message, how), left = 0;
	struct cmsghdr *told = n < 0 ? NULL : CMSG_FIRSTHDR(&message);

	if (n > 0 && !(how & MSG_TRUNC))
		hash_octets(hash, octets, n);
	if (told)
		memcpy(&left, CMSG_DATA(told), sizeof(left));
	return told ? n + LEFT * (left + 1) : n;
}

static int call_close(struct play *play, int slot)
{
	int fd = play->fd[slot];

	play->fd[slot] = -1;
	return close(fd);
}

static int make_call(struct play *play, const struct call *call, uint32_t *hash)
{
	const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	int fd = play->fd[call->slot];

	switch (call->verb) {
	case OPEN:
		return call_open(play, call);
	case BIND:
		return bind(fd, AT(host_of(call->slot), port_of(play, call->a)));
	case LISTEN:
		return listen(fd, 8);
	case CONNECT:
		return call_connect(play, call, fd);
	case ACCEPT:
		return call_accept(play, fd);
	case SEND:
		return call_send(call, fd);
	case RECEIVE:
		return call_receive(call, fd, hash);
	case SHUTDOWN:
		return shutdown(fd, call->a % 3);
	case CLOSE:
		return call_close(play, call->slot);
	case DISCONNECT:
		return connect(fd, &nowhere, sizeof(nowhere));
	case ERROR:
		return call_error(fd);
	case NAME:
		return call_name(play, fd, false);
	case PEER:
		return call_name(play, fd, true);
	case INQ:
		return call_ioctl(fd, SIOCINQ);
	case OUTQ:
		return call_ioctl(fd, SIOCOUTQ);
	case OUTQNSD:
		return call_ioctl(fd, SIOCOUTQNSD);
	case ASK:
		return call_ask(call, fd);
	case SENDFILE:
		return call_sendfile(call, fd);
	case SPLICE:
		return call_splice(call, fd, hash);
	case RECVMSG:
		return call_recvmsg(call, fd, hash);
	default:
		return call_option(call, fd);
	}
}

#endif
