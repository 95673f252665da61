// SPDX-License-Identifier: GPL-2.0
/*
 * What a program may ask and set about the octets that wait: SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, low water marks,
 * timeouts and buffers.
 */
#include "places.h"

#define CONNECTED() place_enter(variant->protocol, ESTABLISHED)

static char octets[16384];

static void peer_talks(int count)
{
	peer_says(&scene.peer, TH_ACK, count);
}

static void peer_acknowledges(uint16_t window)
{
	struct segment segment;

	while (peer_hears(&scene.peer, &segment, 60))
		;
	segment = peer_segment(&scene.peer, TH_ACK);
	segment.window = window;
	peer_send(&segment);
}

TEST_F(on, inq__counts_what_is_in_order)
{
	int fd = CONNECTED();
	struct peer later = scene.peer;

	later.next += 10;
	peer_says(&later, TH_ACK, 10);
	EXPECT_EQ(0, asked(fd, FIONREAD));
	peer_talks(10);
	EXPECT_EQ(20, asked(fd, FIONREAD));
	EXPECT_EQ(5, recv(fd, octets, 5, 0));
	EXPECT_EQ(15, asked(fd, FIONREAD));
	EXPECT_EQ(15, recv(fd, octets, 20, MSG_PEEK));
	EXPECT_EQ(15, asked(fd, FIONREAD));
}

TEST_F(on, inq__does_not_count_a_fin)
{
	int fd = CONNECTED();

	peer_talks(10);
	peer_says(&scene.peer, TH_FIN | TH_ACK, 0);
	EXPECT_EQ(10, asked(fd, FIONREAD));
	EXPECT_EQ(10, recv(fd, octets, 20, 0));
	EXPECT_EQ(0, asked(fd, FIONREAD));
	EXPECT_EQ(0, recv(fd, octets, 20, 0));
	EXPECT_EQ(0, asked(fd, FIONREAD));
}

TEST_F(on, inq__in_time_wait)
{
	int fd = place_enter(variant->protocol, FIN_WAIT_2);

	peer_talks(10);
	peer_says(&scene.peer, TH_FIN | TH_ACK, 0);
	EXPECT_EQ(TIME_WAIT, place_listed());
	EXPECT_EQ(10, asked(fd, FIONREAD));
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP | POLLHUP, polled(fd, ALL, 0));
	EXPECT_EQ(10, recv(fd, octets, 20, 0));
	EXPECT_EQ(0, recv(fd, octets, 20, 0));
	EXPECT_EQ(0, error_of(fd));
}

TEST_F(on, outq__counts_what_is_not_acknowledged)
{
	int fd = CONNECTED();

	EXPECT_EQ(100, send(fd, octets, 100, 0));
	EXPECT_EQ(100, asked(fd, TIOCOUTQ));
	EXPECT_EQ(0, asked(fd, SIOCOUTQNSD));
	peer_acknowledges(65535);
	EXPECT_EQ(0, asked(fd, TIOCOUTQ));
}

TEST_F(on, outq__behind_a_closed_window)
{
	int fd = CONNECTED();

	EXPECT_EQ(100, send(fd, octets, 100, 0));
	peer_acknowledges(0);
	EXPECT_EQ(100, send(fd, octets, 100, 0));
	EXPECT_EQ(100, asked(fd, TIOCOUTQ));
	EXPECT_EQ(100, asked(fd, SIOCOUTQNSD));
}

/* Short writes, of which the window has room for less than one: each is cut where it has to be. */
TEST_F(on, outq__leaves_through_a_small_window)
{
	int fd = CONNECTED(), i, got = 0;
	struct segment segment;
	char wrote[120], read[120] = { 0 };

	for (i = 0; i < 120; i++)
		wrote[i] = i;
	EXPECT_EQ(100, send(fd, octets, 100, 0));
	peer_acknowledges(50);
	EXPECT_EQ(60, send(fd, wrote, 60, 0));
	EXPECT_EQ(60, send(fd, wrote + 60, 60, 0));
	while (got < 120 && peer_hears(&scene.peer, &segment, 10000)) {
		EXPECT_GE(50, segment.len);
		EXPECT_GE(120, got + segment.len);
		memcpy(read + got, segment.data, segment.len);
		got += segment.len;
		segment = peer_segment(&scene.peer, TH_ACK);
		segment.window = 50;
		peer_send(&segment);
	}
	EXPECT_EQ(120, got);
	EXPECT_EQ(0, memcmp(wrote, read, 120));
	EXPECT_EQ(0, asked(fd, TIOCOUTQ));
}

TEST_F(on, outq__with_a_fin_that_waits)
{
	int fd = CONNECTED();

	EXPECT_EQ(100, send(fd, octets, 100, 0));
	peer_acknowledges(0);
	EXPECT_EQ(100, send(fd, octets, 100, 0));
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_EQ(101, asked(fd, TIOCOUTQ));
	EXPECT_EQ(101, asked(fd, SIOCOUTQNSD));
}

TEST_F(on, outq__with_a_fin_that_was_sent)
{
	int fd = CONNECTED();

	EXPECT_EQ(100, send(fd, octets, 100, 0));
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_EQ(101, asked(fd, TIOCOUTQ));
	EXPECT_EQ(0, asked(fd, SIOCOUTQNSD));
	peer_acknowledges(65535);
	EXPECT_EQ(0, asked(fd, TIOCOUTQ));
}

TEST_F(on, outq__after_an_rst)
{
	int fd = CONNECTED();

	EXPECT_EQ(100, send(fd, octets, 100, 0));
	scene_says(TH_RST);
	EXPECT_EQ(100, asked(fd, TIOCOUTQ));
	EXPECT_EQ(0, asked(fd, SIOCOUTQNSD));
}

TEST_F(on, outq__after_a_disconnection)
{
	int fd = CONNECTED();

	EXPECT_EQ(100, send(fd, octets, 100, 0));
	EXPECT_EQ(0, connect(fd, NOTHING));
	EXPECT_EQ(0, asked(fd, FIONREAD));
}

TEST_F(on, low_water__what_is_set_is_told)
{
	int fd = CONNECTED();

	EXPECT_EQ(1, option(fd, SOL_SOCKET, SO_RCVLOWAT));
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 100));
	EXPECT_EQ(100, option(fd, SOL_SOCKET, SO_RCVLOWAT));
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 0));
	EXPECT_EQ(1, option(fd, SOL_SOCKET, SO_RCVLOWAT));
	EXPECT_EQ(1, option(fd, SOL_SOCKET, SO_SNDLOWAT));
	EXPECT_EQ(-ENOPROTOOPT, option_set(fd, SOL_SOCKET, SO_SNDLOWAT, 100));
}

TEST_F(on, low_water__at_most_half_of_the_buffer)
{
	int fd = CONNECTED();

	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVBUF, 10000));
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 1000000));
	EXPECT_EQ(10000, option(fd, SOL_SOCKET, SO_RCVLOWAT));
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, -1));
	EXPECT_EQ(10000, option(fd, SOL_SOCKET, SO_RCVLOWAT));
}

TEST_F(on, low_water__room_for_it_is_made)
{
	int fd = place_enter(variant->protocol, CLOSED);
	int before = option(fd, SOL_SOCKET, SO_RCVBUF);

	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 1000000));
	EXPECT_EQ(1000000, option(fd, SOL_SOCKET, SO_RCVLOWAT));
	EXPECT_LT(before, option(fd, SOL_SOCKET, SO_RCVBUF));
	EXPECT_LE(1000000, option(fd, SOL_SOCKET, SO_RCVBUF));
}

/* What was copied already does not count: as many again have to come. */
TEST_F(on, low_water__receive_waits_for_it)
{
	int fd = CONNECTED();
	pid_t child;

	blocking(fd);
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 10));
	peer_talks(5);
	child = LATER(peer_talks(5); pause_ms(SOON); peer_talks(5));
	EXPECT_EQ(15, recv(fd, octets, 20, 0));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, low_water__less_is_asked_for)
{
	int fd = CONNECTED();

	blocking(fd);
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 10));
	peer_talks(5);
	EXPECT_EQ(5, recv(fd, octets, 5, 0));
}

TEST_F(on, low_water__the_end_comes_before)
{
	int fd = CONNECTED();
	pid_t child;

	blocking(fd);
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 10));
	peer_talks(5);
	child = LATER(peer_says(&scene.peer, TH_FIN | TH_ACK, 0));
	EXPECT_EQ(5, recv(fd, octets, 20, 0));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, low_water__nonblocking_takes_what_there_is)
{
	int fd = CONNECTED();

	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 10));
	peer_talks(5);
	EXPECT_EQ(5, recv(fd, octets, 20, 0));
	EXPECT_EQ(EAGAIN, ERRNO(recv(fd, octets, 20, 0)));
}

TEST_F(on, timeout__what_is_set_is_told)
{
	struct timeval limit = { 1, 500000 }, told;
	socklen_t size = sizeof(told);
	int fd = CONNECTED();

	EXPECT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
	EXPECT_EQ(0, getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &told, &size));
	EXPECT_EQ(1, told.tv_sec);
	EXPECT_EQ(500000, told.tv_usec);
	EXPECT_EQ(0, getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &told, &size));
	EXPECT_EQ(0, told.tv_sec + told.tv_usec);
	limit.tv_usec = 1000000;
	EXPECT_EQ(EDOM, ERRNO(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit))));
	EXPECT_EQ(EINVAL, ERRNO(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, 1)));
}

TEST_F(on, timeout__of_one_direction_is_none_of_the_other)
{
	int fd = CONNECTED();
	uint64_t started = now_ns();

	blocking(fd);
	timeout_set(fd, SO_SNDTIMEO, 50);
	timeout_set(fd, SO_RCVTIMEO, 500);
	EXPECT_EQ(EAGAIN, ERRNO(recv(fd, octets, 1, 0)));
	EXPECT_LT(490000000, now_ns() - started);
}

TEST_F(on, timeout__is_inherited)
{
	int listener = place_enter(variant->protocol, LISTENING), fd;
	struct peer peer = { .port = 3000, .host_port = scene.peer.host_port, .next = PEER_ISS };

	timeout_set(listener, SO_RCVTIMEO, 50);
	EXPECT_EQ(0, option_set(listener, SOL_SOCKET, SO_RCVLOWAT, 10));
	peer_says(&peer, TH_SYN, 0);
	peer_hears(&peer, &(struct segment){ 0 }, 100);
	peer_says(&peer, TH_ACK, 5);
	fd = accept(listener, NULL, NULL);
	EXPECT_EQ(0, fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(10, option(fd, SOL_SOCKET, SO_RCVLOWAT));
	EXPECT_EQ(5, recv(fd, octets, 20, 0));
	EXPECT_EQ(EAGAIN, ERRNO(recv(fd, octets, 1, 0)));
}

TEST_F(on, timeout__is_for_each_call)
{
	int fd = CONNECTED();
	uint64_t started = now_ns();

	blocking(fd);
	timeout_set(fd, SO_RCVTIMEO, 100);
	EXPECT_EQ(EAGAIN, ERRNO(recv(fd, octets, 1, 0)));
	EXPECT_EQ(EAGAIN, ERRNO(recv(fd, octets, 1, 0)));
	EXPECT_LT(190000000, now_ns() - started);
	EXPECT_GT(400000000, now_ns() - started);
}

TEST_F(on, peek_offset__as_the_kernel_has_it)
{
	int fd = CONNECTED();

	if (option(fd, SOL_SOCKET, SO_PEEK_OFF) == -EOPNOTSUPP)
		return;
	EXPECT_EQ(-1, option(fd, SOL_SOCKET, SO_PEEK_OFF));
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_PEEK_OFF, 0));
	peer_talks(10);
	EXPECT_EQ(4, recv(fd, octets, 4, MSG_PEEK));
	EXPECT_TRUE(octets_of_peer(octets, 0, 4));
	EXPECT_EQ(6, recv(fd, octets, 20, MSG_PEEK));
	EXPECT_TRUE(octets_of_peer(octets, 4, 6));
	EXPECT_EQ(EAGAIN, ERRNO(recv(fd, octets, 20, MSG_PEEK)));
	EXPECT_EQ(3, recv(fd, octets, 3, 0));
	EXPECT_EQ(7, option(fd, SOL_SOCKET, SO_PEEK_OFF));
	peer_talks(10);
	EXPECT_EQ(10, recv(fd, octets, 20, MSG_PEEK));
	EXPECT_TRUE(octets_of_peer(octets, 10, 10));
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_PEEK_OFF, -1));
	EXPECT_EQ(17, recv(fd, octets, 20, MSG_PEEK));
	EXPECT_TRUE(octets_of_peer(octets, 3, 17));
}

TEST_F(on, peek_offset__is_there_on_both_or_on_neither)
{
	int fd = CONNECTED(), other = socket_on(CLIENT, IPPROTO_TCP, 0);

	EXPECT_EQ(option_set(other, SOL_SOCKET, SO_PEEK_OFF, 0),
		  option_set(fd, SOL_SOCKET, SO_PEEK_OFF, 0));
}

TEST_F(on, errors__timestamps_and_marks_are_none)
{
	struct timeval then;
	int fd = CONNECTED();

	EXPECT_EQ(ENOENT, ERRNO(ioctl(fd, SIOCGSTAMP, &then)));
	EXPECT_EQ(0, sockatmark(fd));
}

STAGE_HARNESS_MAIN
