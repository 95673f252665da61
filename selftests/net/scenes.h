/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every call of a socket: what stands before it, the call, and what must hold afterwards.
 */
#ifndef CLASP_SCENES_H
#define CLASP_SCENES_H

#include <linux/filter.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "loopback.h"

#define PORT 80
#define OWN_PORT 4000
#define SOME 1000
#define MUCH 65536
#define PIECES 64
#define LIST_LINE 150

/**
 * struct stage - what a scene plays with; descriptors are -1 when there is none
 * @protocol: 6 or Clasp's
 * @listener: at PORT
 * @here: the socket that connects
 * @there: the one that is accepted
 * @other: an epoll descriptor
 * @sent: octets that a call has taken
 */
struct stage {
	int protocol;
	int listener;
	int here;
	int there;
	int other;
	size_t sent;
};

/**
 * struct scene - one call
 * @prepare: without faults
 * @call: with one; its result is a call's: negative with an errno, or anything else
 * @sane: without faults again: is everything as it has to be after that result?
 * @copies: does it say EFAULT when a copy is refused?
 * @errors: what it may say when memory is refused; where there are any, it does say one of them
 */
struct scene {
	const char *name;
	void (*prepare)(struct stage *stage);
	long (*call)(struct stage *stage);
	bool (*sane)(struct stage *stage, long result);
	bool copies;
	int errors[3];
};

static unsigned char pattern[MUCH];

static void fresh(struct stage *s)
{
	s->here = socket(family(), SOCK_STREAM, s->protocol);
	if (s->here < 0)
		stage_fails("a socket");
}

static void listening(struct stage *s)
{
	int one = 1;

	fresh(s);
	s->listener = socket(family(), SOCK_STREAM | SOCK_NONBLOCK, s->protocol);
	setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s->listener, LOOPBACK(PORT)) || listen(s->listener, 8))
		stage_fails("a listener");
}

static void waiting(struct stage *s)
{
	listening(s);
	if (connect(s->here, LOOPBACK(PORT)))
		stage_fails("a connection");
}

static bool accepts(struct stage *s)
{
	return WITHIN(10, (s->there = accept(s->listener, NULL, NULL)) >= 0);
}

static void connected(struct stage *s)
{
	waiting(s);
	if (!accepts(s))
		stage_fails("the other end");
}

static void sent(struct stage *s)
{
	connected(s);
	s->sent = write(s->here, pattern, SOME);
	if (s->sent != SOME)
		stage_fails("octets");
}

static void much_sent(struct stage *s)
{
	connected(s);
	s->sent = write(s->here, pattern, MUCH);
	if (s->sent != MUCH || !WITHIN(10, recv(s->there, NULL, MUCH, MSG_PEEK | MSG_TRUNC |
						MSG_DONTWAIT) == MUCH))
		stage_fails("many octets");
}

/* From octet @from on, what was taken comes whole and in order, and then the end. */
static bool arrives(struct stage *s, size_t from)
{
	static unsigned char text[MUCH];
	ssize_t n = 1;

	if (s->here >= 0)
		shutdown(s->here, SHUT_WR);
	while (n > 0 && readable(s->there, 10)) {
		n = read(s->there, text, sizeof(text));
		if (n > 0 && (from + n > s->sent || memcmp(text, pattern + from, n)))
			return false;
		from += n > 0 ? n : 0;
	}
	return n == 0 && from == s->sent;
}

/* Both ways, to the end. */
static bool works(struct stage *s)
{
	char text[SOME];

	s->sent = write(s->there, pattern, SOME);
	if (s->sent != SOME || recv(s->here, text, SOME, MSG_WAITALL) != SOME)
		return false;
	s->sent = write(s->here, pattern, SOME);
	return arrives(s, 0);
}

/* The peer hears that nobody is there any more. */
static bool is_reset(int fd)
{
	return WITHIN(30, send(fd, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN);
}

static long call_socket(struct stage *s)
{
	return s->here = socket(family(), SOCK_STREAM, s->protocol);
}

static bool sane_socket(struct stage *s, long result)
{
	return result >= 0 || call_socket(s) >= 0;
}

static long call_bind(struct stage *s)
{
	return bind(s->here, LOOPBACK(OWN_PORT));
}

static bool sane_bind(struct stage *s, long result)
{
	return (!result || !call_bind(s)) && local_port(s->here) == OWN_PORT && call_bind(s) < 0;
}

static long call_bind_any(struct stage *s)
{
	return bind(s->here, LOOPBACK(0));
}

static bool sane_bind_any(struct stage *s, long result)
{
	return (!result || !call_bind_any(s)) && local_port(s->here);
}

static long call_listen(struct stage *s)
{
	return listen(s->here, 8);
}

static bool sane_listen(struct stage *s, long result)
{
	if (result && listen(s->here, 8))
		return false;
	s->listener = s->here;
	fresh(s);
	return !connect(s->here, LOOPBACK(local_port(s->listener))) && accepts(s) && works(s);
}

static long call_connect(struct stage *s)
{
	return connect(s->here, LOOPBACK(PORT));
}

static bool sane_connect(struct stage *s, long result)
{
	return (!result || !call_connect(s) || errno == EISCONN) && accepts(s) && works(s);
}

static long call_connect_later(struct stage *s)
{
	fcntl(s->here, F_SETFL, O_NONBLOCK);
	return connect(s->here, LOOPBACK(PORT)) && errno != EINPROGRESS ? -1 : 0;
}

static bool sane_connect_later(struct stage *s, long result)
{
	fcntl(s->here, F_SETFL, 0);
	return (!call_connect(s) || errno == EISCONN || errno == EALREADY) && accepts(s) && works(s);
}

static long call_disconnect(struct stage *s)
{
	return connect(s->here, &(struct sockaddr){ .sa_family = AF_UNSPEC }, sizeof(struct sockaddr));
}

static bool sane_disconnect(struct stage *s, long result)
{
	if ((result && call_disconnect(s)) || !is_reset(s->there))
		return false;
	close(s->there);
	return sane_connect(s, -1);
}

static long call_accept(struct stage *s)
{
	return s->there = accept(s->listener, NULL, NULL);
}

static bool sane_accept(struct stage *s, long result)
{
	return (result >= 0 || accepts(s)) && works(s);
}

/* Where the address does not reach the program, neither does the connection: it has left the queue. */
static long call_accept_from(struct stage *s)
{
	union address peer;
	socklen_t size = sizeof(peer);

	return s->there = accept4(s->listener, &peer.any, &size, SOCK_CLOEXEC);
}

static bool sane_accept_from(struct stage *s, long result)
{
	if (result < 0 && errno == EFAULT)
		return is_reset(s->here);
	return sane_accept(s, result);
}

static long took(struct stage *s, long result)
{
	s->sent = result > 0 ? result : 0;
	return result;
}

static long call_send(struct stage *s)
{
	return took(s, send(s->here, pattern, 1, 0));
}

static long call_send_much(struct stage *s)
{
	return took(s, send(s->here, pattern, MUCH, 0));
}

static long call_send_now(struct stage *s)
{
	return took(s, send(s->here, pattern, MUCH, MSG_DONTWAIT));
}

static void in_pieces(struct iovec pieces[PIECES], void *octets)
{
	int i;

	for (i = 0; i < PIECES; i++)
		pieces[i] = (struct iovec){ octets + i * (MUCH / PIECES), MUCH / PIECES };
}

static long call_sendmsg(struct stage *s)
{
	struct iovec pieces[PIECES];
	struct msghdr msg = { .msg_iov = pieces, .msg_iovlen = PIECES };

	in_pieces(pieces, pattern);
	return took(s, sendmsg(s->here, &msg, 0));
}

static bool sane_send(struct stage *s, long result)
{
	return arrives(s, 0);
}

static long call_recv(struct stage *s)
{
	static char text[MUCH];

	return recv(s->there, text, sizeof(text), 0);
}

static long call_recvmsg(struct stage *s)
{
	static char text[MUCH];
	struct iovec pieces[PIECES];
	struct msghdr msg = { .msg_iov = pieces, .msg_iovlen = PIECES };

	in_pieces(pieces, text);
	return recvmsg(s->there, &msg, 0);
}

static long call_peek(struct stage *s)
{
	static char text[MUCH];

	return recv(s->there, text, sizeof(text), MSG_PEEK);
}

static bool sane_recv(struct stage *s, long result)
{
	return arrives(s, result > 0 ? result : 0);
}

static bool sane_peek(struct stage *s, long result)
{
	return arrives(s, 0);
}

static long call_nodelay(struct stage *s)
{
	return setsockopt(s->here, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
}

static long call_filter(struct stage *s)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	struct sock_fprog program = { .len = 1, .filter = &all };

	return setsockopt(s->here, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static long call_ip_options(struct stage *s)
{
	return setsockopt(s->here, IPPROTO_IP, IP_OPTIONS, "\1\1\1\1", 4);
}

static long call_getsockopt(struct stage *s)
{
	return getsockopt(s->here, IPPROTO_TCP, TCP_NODELAY, &(int){ 0 }, &(socklen_t){ sizeof(int) });
}

static long call_name(struct stage *s)
{
	union address peer;

	return getpeername(s->here, &peer.any, &(socklen_t){ sizeof(peer) });
}

static bool sane_works(struct stage *s, long result)
{
	return works(s);
}

static long call_shutdown(struct stage *s)
{
	return shutdown(s->here, SHUT_WR);
}

static long call_close(struct stage *s)
{
	int fd = s->here;

	s->here = -1;
	return close(fd);
}

static long call_abort(struct stage *s)
{
	int fd = s->here;

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
	s->here = -1;
	return close(fd);
}

static bool sane_abort(struct stage *s, long result)
{
	return is_reset(s->there);
}

static long call_close_listener(struct stage *s)
{
	int fd = s->listener;

	s->listener = -1;
	return close(fd);
}

static bool sane_close_listener(struct stage *s, long result)
{
	return is_reset(s->here);
}

static long call_poll(struct stage *s)
{
	struct pollfd many[256];
	int i;

	for (i = 0; i < 256; i++)
		many[i] = (struct pollfd){ .fd = s->there, .events = POLLIN };
	return poll(many, 256, 10000);
}

static void watched(struct stage *s)
{
	sent(s);
	s->other = epoll_create1(0);
}

static long call_epoll(struct stage *s)
{
	return epoll_ctl(s->other, EPOLL_CTL_ADD, s->there, &(struct epoll_event){ .events = EPOLLIN });
}

static bool sane_epoll(struct stage *s, long result)
{
	struct epoll_event event;

	if (!call_epoll(s) == !result)
		return false;
	return epoll_wait(s->other, &event, 1, 10000) == 1 && arrives(s, 0);
}

static long call_ioctl(struct stage *s)
{
	return ioctl(s->there, SIOCINQ, &(int){ 0 });
}

/* All of a file; the file is there again for the next. */
static long read_all(const char *path)
{
	static char text[MUCH];
	int fd = open(path, O_RDONLY), error;
	long n, total = 0;

	if (fd < 0)
		return -1;
	while ((n = read(fd, text, sizeof(text))) > 0)
		total += n;
	error = errno;
	close(fd);
	errno = error;
	return n ? n : total;
}

static const char *file_of(const struct stage *s, const char *clasp, const char *tcp)
{
	return s->protocol == IPPROTO_TCP ? tcp : clasp;
}

static long call_list(struct stage *s)
{
	return read_all(BY_FAMILY(file_of(s, "/proc/net/clasp", "/proc/net/tcp"),
				  file_of(s, "/proc/net/clasp6", "/proc/net/tcp6")));
}

/*
 * A head, a listener and two ends, of IPv4's all of the same length, of IPv6's none shorter; a TIME_WAIT of the play
 * before may be there or not.
 */
static bool lists_whole(long octets)
{
	return octets >= 4 * LIST_LINE && (family() == AF_INET6 || octets % LIST_LINE == 0);
}

static bool sane_list(struct stage *s, long result)
{
	return lists_whole(call_list(s)) && (result < 0 || lists_whole(result)) && works(s);
}

static long call_counters(struct stage *s)
{
	return read_all(file_of(s, "/proc/net/clasp_snmp", "/proc/net/snmp"));
}

static bool sane_counters(struct stage *s, long result)
{
	return call_counters(s) > 0;
}

static const char *knob(const struct stage *s)
{
	return file_of(s, "/proc/sys/net/clasp/fin_timeout", "/proc/sys/net/ipv4/tcp_fin_timeout");
}

static long call_knob(struct stage *s)
{
	return read_all(knob(s));
}

static bool sane_knob(struct stage *s, long result)
{
	return call_knob(s) > 0;
}

static long call_turn(struct stage *s)
{
	int fd = open(knob(s), O_WRONLY), error;
	long n;

	if (fd < 0)
		return -1;
	n = write(fd, "61", 2);
	error = errno;
	close(fd);
	errno = error;
	return n;
}

static bool sane_turn(struct stage *s, long result)
{
	long now = number_in(knob(s));

	file_write(knob(s), "60");
	return now == (result == 2 ? 61 : 60) && number_in(knob(s)) == 60;
}

static void nothing(struct stage *s)
{
}

static const struct scene scenes[] = {
	{ "socket", nothing, call_socket, sane_socket, false, { ENOMEM, ENFILE, ENOBUFS } },
	{ "bind", fresh, call_bind, sane_bind, true, { ENOMEM } },
	{ "bind to any port", fresh, call_bind_any, sane_bind_any, true, { ENOMEM } },
	{ "listen", fresh, call_listen, sane_listen, false, { ENOMEM } },
	{ "connect", listening, call_connect, sane_connect, true, { ENOMEM, ENOBUFS } },
	{ "connect, nonblocking", listening, call_connect_later, sane_connect_later, true, { ENOMEM, ENOBUFS } },
	{ "connect to AF_UNSPEC", connected, call_disconnect, sane_disconnect, true },
	{ "accept", waiting, call_accept, sane_accept, false, { ENOMEM, ENFILE } },
	{ "accept with the address", waiting, call_accept_from, sane_accept_from, true, { ENOMEM, ENFILE } },
	{ "send an octet", connected, call_send, sane_send, true },
	{ "send 64 KiB", connected, call_send_much, sane_send, true },
	{ "send 64 KiB, nonblocking", connected, call_send_now, sane_send, true, { EAGAIN } },
	{ "sendmsg in 64 pieces", connected, call_sendmsg, sane_send, true, { ENOMEM } },
	{ "recv", much_sent, call_recv, sane_recv, true },
	{ "recvmsg in 64 pieces", much_sent, call_recvmsg, sane_recv, true, { ENOMEM } },
	{ "recv with MSG_PEEK", much_sent, call_peek, sane_peek, true },
	{ "setsockopt TCP_NODELAY", connected, call_nodelay, sane_works, true },
	{ "setsockopt SO_ATTACH_FILTER", connected, call_filter, sane_works, true, { ENOMEM } },
	{ "setsockopt IP_OPTIONS", connected, call_ip_options, sane_works, true, { ENOMEM } },
	{ "getsockopt TCP_NODELAY", connected, call_getsockopt, sane_works, true },
	{ "getpeername", connected, call_name, sane_works, true },
	{ "shutdown", sent, call_shutdown, sane_send, false },
	{ "close", sent, call_close, sane_send, false },
	{ "close with a reset", sent, call_abort, sane_abort, false },
	{ "close of a listener", waiting, call_close_listener, sane_close_listener, false },
	{ "poll of 256", sent, call_poll, sane_send, true, { ENOMEM } },
	{ "epoll_ctl", watched, call_epoll, sane_epoll, true, { ENOMEM } },
	{ "ioctl SIOCINQ", sent, call_ioctl, sane_send, false },
	{ "reading the list", connected, call_list, sane_list, true, { ENOMEM } },
	{ "reading the counters", nothing, call_counters, sane_counters, true, { ENOMEM } },
	{ "reading a sysctl", nothing, call_knob, sane_knob, true, { ENOMEM } },
	{ "writing a sysctl", nothing, call_turn, sane_turn, true, { ENOMEM } },
};

#endif
