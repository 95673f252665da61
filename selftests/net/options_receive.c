// SPDX-License-Identifier: GPL-2.0
/*
 * Options about what is received: how much is left to be read, how large a window is offered, and which clock the
 * timestamps show.
 */
#include <sys/param.h>

#include "info.h"
#include "peer.h"
#include "sockets.h"

#define CLAMP 4000
#define NOTHING (-1)

#define CONNECT() connection(self->ends, variant->protocol, PORT)

/* Reads, and what a control message says is left; NOTHING when there is none. */
static int left_after(int fd, size_t size, int flags, int *left)
{
	char octets[4096], control[256];
	struct iovec part = { octets, size };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	int result = RESULT(recvmsg(fd, &message, flags));
	struct cmsghdr *one = CMSG_FIRSTHDR(&message);

	*left = NOTHING;
	if (result >= 0 && one && one->cmsg_level == IPPROTO_TCP && one->cmsg_type == TCP_CM_INQ &&
	    one->cmsg_len == CMSG_LEN(sizeof(int)) && !CMSG_NXTHDR(&message, one))
		memcpy(left, CMSG_DATA(one), sizeof(int));
	return result;
}

#define EXPECT_LEFT(octets, rest, fd, size, flags) do {					\
	int left;									\
											\
	EXPECT_EQ(octets, left_after(fd, size, flags, &left));				\
	EXPECT_EQ(rest, left);								\
} while (0)

static void send_octets(int fd, size_t count)
{
	char octets[4096] = { 0 };

	if (send(fd, octets, count, 0) != count)
		stage_fails("%zu octets", count);
	pause_ms(100);
}

TEST_F(on, inq__is_told_when_asked_for)
{
	int fd;

	CONNECT();
	fd = self->ends[SERVER];
	send_octets(self->ends[CLIENT], 1000);
	EXPECT_LEFT(100, NOTHING, fd, 100, 0);
	EXPECT_EQ(0, option_set(fd, variant->level, TCP_INQ, 1));
	EXPECT_LEFT(100, 800, fd, 100, 0);
	EXPECT_LEFT(800, 800, fd, 1000, MSG_PEEK);
	EXPECT_LEFT(0, 800, fd, 0, 0);
	EXPECT_LEFT(300, 500, fd, 300, MSG_TRUNC);
	EXPECT_EQ(0, option_set(fd, IPPROTO_TCP, TCP_INQ, 0));
	EXPECT_LEFT(300, NOTHING, fd, 300, 0);
	EXPECT_EQ(0, option_set(fd, IPPROTO_TCP, TCP_INQ, 1));
	EXPECT_LEFT(200, 0, fd, 1000, 0);
	EXPECT_LEFT(-EAGAIN, NOTHING, fd, 1000, MSG_DONTWAIT);
}

/* Who waits for readiness at edges would never ask for it otherwise. */
TEST_F(on, inq__counts_the_end_of_the_stream)
{
	int fd;

	CONNECT();
	fd = self->ends[SERVER];
	EXPECT_EQ(0, option_set(fd, variant->level, TCP_INQ, 1));
	send_octets(self->ends[CLIENT], 1000);
	close(self->ends[CLIENT]);
	pause_ms(100);
	EXPECT_LEFT(300, 701, fd, 300, 0);
	EXPECT_LEFT(700, 1, fd, 1000, 0);
	EXPECT_LEFT(0, 1, fd, 1000, 0);
}

TEST_F(on, inq__without_room_for_it)
{
	char octet, control[CMSG_LEN(sizeof(int)) - 1];
	struct iovec part = { &octet, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	CONNECT();
	EXPECT_EQ(0, option_set(self->ends[SERVER], variant->level, TCP_INQ, 1));
	send_octets(self->ends[CLIENT], 3);
	EXPECT_EQ(1, recvmsg(self->ends[SERVER], &message, 0));
	EXPECT_EQ(MSG_CTRUNC, message.msg_flags);
	message.msg_control = control;
	message.msg_controllen = sizeof(control);
	EXPECT_EQ(1, recvmsg(self->ends[SERVER], &message, 0));
	EXPECT_EQ(MSG_CTRUNC, message.msg_flags);
	EXPECT_EQ(1, read(self->ends[SERVER], &octet, 1));
}

TEST_F(on, inq__numbers)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(0, option(fd, variant->level, TCP_INQ));
	EXPECT_EQ(-EINVAL, option_set(fd, variant->level, TCP_INQ, 2));
	EXPECT_EQ(-EINVAL, option_set(fd, variant->level, TCP_INQ, -1));
	EXPECT_EQ(0, option_set(fd, variant->level, TCP_INQ, 1));
	EXPECT_EQ(1, option(fd, IPPROTO_TCP, TCP_INQ));
}

static int child_of(int listener, int protocol, int ends[HOSTS])
{
	ends[CLIENT] = connect_from(CLIENT, protocol, PORT);
	ends[SERVER] = accept(listener, NULL, NULL);
	return ends[SERVER];
}

TEST_F(on, options__a_child_has_its_listeners)
{
	int listener = listen_on(SERVER, variant->protocol, PORT), fd;

	EXPECT_EQ(0, option_set(listener, variant->level, TCP_INQ, 1));
	EXPECT_EQ(0, option_set(listener, variant->level, TCP_WINDOW_CLAMP, CLAMP));
	fd = child_of(listener, variant->protocol, self->ends);
	EXPECT_EQ(1, option(fd, variant->level, TCP_INQ));
	EXPECT_EQ(CLAMP, option(fd, variant->level, TCP_WINDOW_CLAMP));
}

TEST_F(on, options__after_disconnect)
{
	int fd;

	CONNECT();
	fd = self->ends[CLIENT];
	EXPECT_EQ(0, option_set(fd, variant->level, TCP_INQ, 1));
	EXPECT_EQ(0, option_set(fd, variant->level, TCP_WINDOW_CLAMP, CLAMP));
	EXPECT_EQ(0, connect(fd, &(struct sockaddr){ AF_UNSPEC }, sizeof(struct sockaddr_in)));
	EXPECT_EQ(1, option(fd, variant->level, TCP_INQ));
	EXPECT_EQ(0, option(fd, variant->level, TCP_WINDOW_CLAMP));
}

static int clamped(int fd, int level, int value)
{
	int result = option_set(fd, level, TCP_WINDOW_CLAMP, value);

	return result ? result : option(fd, level, TCP_WINDOW_CLAMP);
}

TEST_F(on, clamp__numbers)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(0, option(fd, variant->level, TCP_WINDOW_CLAMP));
	EXPECT_EQ(1152, clamped(fd, variant->level, 1));
	EXPECT_EQ(-5, clamped(fd, variant->level, -5));
	EXPECT_EQ(1 << 30, clamped(fd, variant->level, 1 << 30));
	EXPECT_EQ(0, clamped(fd, variant->level, 0));
	close(fd);
	fd = listen_on(CLIENT, variant->protocol, PORT);
	EXPECT_EQ(CLAMP, clamped(fd, variant->level, CLAMP));
	EXPECT_EQ(-EINVAL, clamped(fd, variant->level, 0));
	close(fd);
	CONNECT();
	EXPECT_LT(0, option(self->ends[CLIENT], variant->level, TCP_WINDOW_CLAMP));
	EXPECT_EQ(CLAMP, clamped(self->ends[CLIENT], variant->level, CLAMP));
	EXPECT_EQ(-EINVAL, clamped(self->ends[CLIENT], variant->level, 0));
	EXPECT_EQ(CLAMP, option(self->ends[CLIENT], variant->level, TCP_WINDOW_CLAMP));
}

/* The window that a connection is offered, once octets have gone each way that do not wait to be read. */
static unsigned int offered(int from, int to)
{
	char octets[4096];
	int i;

	for (i = 0; i < 40; i++) {
		send_octets(from, 1000);
		while (recv(to, octets, sizeof(octets), MSG_DONTWAIT) > 0)
			;
	}
	return info_of(from, IPPROTO_TCP).snd_wnd;
}

/* So many octets arrive, however small the window is. */
static bool carries(int from, int to, size_t count)
{
	char octets[4096] = { 0 };
	size_t got = 0;
	ssize_t n;

	if (!fork()) {
		while (count -= MIN(count, sizeof(octets)))
			if (write(from, octets, sizeof(octets)) < 0)
				_exit(1);
		_exit(0);
	}
	while (got < count - sizeof(octets) && readable(to, 5) && (n = read(to, octets, sizeof(octets))) > 0)
		got += n;
	return got >= count - sizeof(octets);
}

/*
 * TCP of 6.12 takes the limit for its own as soon as octets arrive (tcp_measure_rcv_mss()), and offers more: here it is
 * no judge.
 */
TEST(clamp__of_a_listener_from_the_first_segment)
{
	int ends[HOSTS], listener, fd;

	hosts_up();
	listener = listen_on(SERVER, IPPROTO_CLASP, PORT);
	EXPECT_EQ(0, option_set(listener, SOL_CLASP, TCP_WINDOW_CLAMP, CLAMP));
	fd = child_of(listener, IPPROTO_CLASP, ends);
	/* The window of a SYN,ACK is in whole units of those that follow. */
	EXPECT_GT(CLAMP + 64, info_of(ends[CLIENT], IPPROTO_TCP).snd_wnd);
	EXPECT_GE(CLAMP, offered(ends[CLIENT], fd));
	EXPECT_LT(CLAMP - 1500, offered(ends[CLIENT], fd));
	EXPECT_TRUE(carries(ends[CLIENT], fd, 200000));
}

TEST(clamp__of_who_calls)
{
	int ends[HOSTS], listener, fd;

	hosts_up();
	listener = listen_on(SERVER, IPPROTO_CLASP, PORT);
	fd = socket_on(CLIENT, IPPROTO_CLASP, 0);
	EXPECT_EQ(0, option_set(fd, SOL_CLASP, TCP_WINDOW_CLAMP, CLAMP));
	EXPECT_EQ(0, connect(fd, AT(SERVER, PORT)));
	ends[SERVER] = accept(listener, NULL, NULL);
	EXPECT_GE(CLAMP, offered(ends[SERVER], fd));
	EXPECT_LT(CLAMP - 1500, offered(ends[SERVER], fd));
	EXPECT_TRUE(carries(ends[SERVER], fd, 200000));
}

/* No larger units than the limit needs, at either end. */
TEST_F(on, clamp__of_the_scale)
{
	static const int limits[] = { 1, CLAMP, 65535, 65536, 131071, 200000, 1 << 20 };
	unsigned int i;

	for (i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		int listener = listen_on(SERVER, variant->protocol, PORT + i), fd, scale = 0;

		while (scale < 14 && limits[i] >> (scale + 16))
			scale++;
		EXPECT_EQ(0, option_set(listener, variant->level, TCP_WINDOW_CLAMP, limits[i]));
		fd = socket_on(CLIENT, variant->protocol, 0);
		EXPECT_EQ(0, option_set(fd, variant->level, TCP_WINDOW_CLAMP, limits[i]));
		EXPECT_EQ(0, connect(fd, AT(SERVER, PORT + i)));
		EXPECT_EQ(scale, (int)info_of(fd, IPPROTO_TCP).tcp.tcpi_rcv_wscale);
		fd = accept(listener, NULL, NULL);
		EXPECT_EQ(scale, (int)info_of(fd, IPPROTO_TCP).tcp.tcpi_rcv_wscale);
	}
}

/* What was offered before stays so; from then on no more is. */
TEST(clamp__of_a_connection)
{
	int ends[HOSTS], fd;

	hosts_up();
	connection(ends, IPPROTO_CLASP, PORT);
	fd = ends[SERVER];
	EXPECT_LT(CLAMP, offered(ends[CLIENT], fd));
	EXPECT_EQ(0, option_set(fd, SOL_CLASP, TCP_WINDOW_CLAMP, CLAMP));
	EXPECT_TRUE(carries(ends[CLIENT], fd, 200000));
	EXPECT_GE(CLAMP, offered(ends[CLIENT], fd));
	EXPECT_EQ(0, option_set(fd, SOL_CLASP, TCP_WINDOW_CLAMP, 1 << 30));
	EXPECT_TRUE(carries(ends[CLIENT], fd, 200000));
	EXPECT_LT(CLAMP, offered(ends[CLIENT], fd));
}

/* The least there is: less than a segment. */
TEST(clamp__of_less_than_a_segment)
{
	int ends[HOSTS], listener, fd;

	hosts_up();
	listener = listen_on(SERVER, IPPROTO_CLASP, PORT);
	EXPECT_EQ(0, option_set(listener, SOL_CLASP, TCP_WINDOW_CLAMP, 1));
	fd = child_of(listener, IPPROTO_CLASP, ends);
	EXPECT_GE(1152, offered(ends[CLIENT], fd));
	EXPECT_TRUE(carries(ends[CLIENT], fd, 100000));
}

TEST_F(on, timestamp__is_that_of_segments)
{
	struct peer peer = { .port = PEER_PORT };
	struct segment segment;
	const uint8_t *stamp;
	uint32_t sent;
	int fd, shown;

	peer_up(variant->protocol);
	fd = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK);
	EXPECT_EQ(EINPROGRESS, ERRNO(connect(fd, AT(SERVER, PEER_PORT))));
	peer.host_port = local_port(fd);
	shown = option(fd, variant->level, TCP_TIMESTAMP);
	ASSERT_TRUE(peer_hears(&peer, &segment, 1000));
	stamp = option_at(&segment, TCPOPT_TIMESTAMP);
	ASSERT_NE(NULL, stamp);
	sent = (uint32_t)stamp[2] << 24 | stamp[3] << 16 | stamp[4] << 8 | stamp[5];
	EXPECT_GE(20, shown - (int)sent);
	EXPECT_LE(-1, shown - (int)sent);	/* TCP's two clocks need not turn over together */
	pause_ms(1000);
	EXPECT_LE(1000, option(fd, variant->level, TCP_TIMESTAMP) - shown);
	EXPECT_GE(1020, option(fd, variant->level, TCP_TIMESTAMP) - shown);
	EXPECT_EQ(-EPERM, option_set(fd, variant->level, TCP_TIMESTAMP, 1));
}

SOCKETS_HARNESS_MAIN
