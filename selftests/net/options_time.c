// SPDX-License-Identifier: GPL-2.0
/*
 * The options about time, as a peer made by hand sees it, on TCP and on Clasp: when segments leave, when a connection
 * ends and with which error.
 */
#include <linux/sockios.h>
#include <stddef.h>

#include "moments.h"

TEST_F_TIMEOUT(on, keepalive__is_off_unless_asked_for, 20000)
{
	struct peer peer;

	peer_up(variant->protocol);
	ACCEPT();
	EXPECT_TRUE(hears_nothing(&peer, 8000000));
}

TEST_F_TIMEOUT(on, keepalive__asks_after_two_hours, 20000)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	start();
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	EXPECT_TRUE(hears_probe(&peer, 9000000));
	EXPECT_TRUE(about(variant->protocol, 7200000));
	peer_says(&peer, TH_ACK, 0);
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_KEEPALIVE, 0));
	EXPECT_TRUE(hears_nothing(&peer, 8000000));
}

TEST_F(on, keepalive__ends_what_nobody_answers)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	start();
	keepalive(fd, 2, 1, 3);
	EXPECT_TRUE(hears_probe(&peer, 5000));
	EXPECT_TRUE(about(variant->protocol, 2000));
	peer_says(&peer, TH_ACK, 0);
	start();
	EXPECT_TRUE(hears_probe(&peer, 5000));
	EXPECT_TRUE(about(variant->protocol, 2000));
	EXPECT_TRUE(hears_probe(&peer, 5000));
	EXPECT_TRUE(about(variant->protocol, 3000));
	EXPECT_TRUE(hears_probe(&peer, 5000));
	EXPECT_TRUE(about(variant->protocol, 4000));
	EXPECT_FALSE(polled(fd, POLLIN, 0) & POLLERR);
	EXPECT_EQ(TH_RST, polled(fd, POLLIN, 5) & POLLERR ? TH_RST : 0);
	EXPECT_TRUE(about(variant->protocol, 5000));
	EXPECT_EQ(ETIMEDOUT, ERRNO(recv(fd, &(char){ 0 }, 1, 0)));
	EXPECT_EQ(GONE, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
}

TEST_F(on, keepalive__tells_the_peer_of_the_end)
{
	struct segment segment;
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	keepalive(fd, 1, 1, 1);
	EXPECT_TRUE(hears_probe(&peer, 5000));
	ASSERT_TRUE(peer_hears(&peer, &segment, 5000));
	EXPECT_TRUE(segment.flags & TH_RST);
	EXPECT_EQ(peer.expected, segment.seq);
}

/* MUST-26 */
TEST_F(on, keepalive__waits_for_what_is_under_way)
{
	struct segment segment;
	struct peer peer;
	int fd, asked = 0;

	peer_up(variant->protocol);
	fd = ACCEPT();
	keepalive(fd, 1, 1, 1);
	EXPECT_EQ(1, write(fd, "x", 1));
	start();
	while (elapsed_ms() < 5000)
		if (peer_hears(&peer, &segment, 5000 - elapsed_ms()))
			asked += segment.len != 1;
	EXPECT_EQ(0, asked);
	peer_says(&peer, TH_ACK, 0);
	EXPECT_TRUE(hears_probe(&peer, 5000));
}

TEST_F(on, keepalive__of_a_half_closed_connection)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	keepalive(fd, 1, 1, 2);
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_TRUE(hears_flags(&peer, TH_FIN | TH_ACK, 1000));
	peer_says(&peer, TH_ACK, 0);
	EXPECT_EQ(FIN_WAIT_2, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
	EXPECT_TRUE(hears_probe(&peer, 5000));
	EXPECT_TRUE(hears_probe(&peer, 5000));
	EXPECT_TRUE(polled(fd, POLLIN, 5) & POLLERR);
	EXPECT_EQ(ETIMEDOUT, option(fd, SOL_SOCKET, SO_ERROR));
}

TEST_F(on, keepalive__time_set_while_it_runs)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	start();
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	EXPECT_TRUE(hears_nothing(&peer, 3000));
	set(fd, TCP_KEEPIDLE, 4);
	EXPECT_TRUE(hears_probe(&peer, 5000));
	EXPECT_TRUE(about(variant->protocol, 4000));
}

/* Silence for so long and one question are enough then, and no number of them is. */
TEST_F(on, user_timeout__ends_keepalives)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	start();
	set(fd, TCP_USER_TIMEOUT, 3500);
	keepalive(fd, 1, 1, 1);
	EXPECT_TRUE(polled(fd, POLLIN, 20) & POLLERR);
	EXPECT_TRUE(about(variant->protocol, 4000));
	EXPECT_EQ(ETIMEDOUT, option(fd, SOL_SOCKET, SO_ERROR));
}

TEST_F(on, user_timeout__ends_retransmission)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	set(fd, TCP_USER_TIMEOUT, 3000);
	EXPECT_EQ(1, write(fd, "x", 1));
	EXPECT_EQ(1, hears_octets(&peer, 1000));
	EXPECT_EQ(1, hears_octets(&peer, 1000));
	start();
	EXPECT_TRUE(polled(fd, POLLIN, 20) & POLLERR);
	EXPECT_TRUE(about(variant->protocol, 3000));
	EXPECT_EQ(ETIMEDOUT, option(fd, SOL_SOCKET, SO_ERROR));
}

/* Also where the peer answers every probe of its closed window. */
TEST_F(on, user_timeout__ends_probing)
{
	struct segment answer, probe;
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	set(fd, TCP_USER_TIMEOUT, 3000);
	answer = peer_segment(&peer, TH_ACK);
	answer.window = 0;
	peer_send(&answer);
	EXPECT_EQ(1, write(fd, "x", 1));
	EXPECT_TRUE(peer_hears(&peer, &probe, 1000));
	start();
	do {
		peer_send(&answer);
	} while (elapsed_ms() < 5000 && peer_hears(&peer, &probe, 2000) && !(probe.flags & TH_RST));
	EXPECT_EQ(ETIMEDOUT, option(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_LT(elapsed_ms(), 5500);
}

TEST_F(on, user_timeout__ends_a_call)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	peer_up(variant->protocol);
	enter(CLIENT);
	set(fd, TCP_USER_TIMEOUT, 2500);
	start();
	EXPECT_EQ(ETIMEDOUT, ERRNO(connect(fd, AT(SERVER, PEER_PORT))));
	EXPECT_TRUE(about(variant->protocol, 2500));
}

/* Linux 6.5 and later repeat the first few SYNs without doubling the time, unless told not to. */
static void double_at_once(int protocol)
{
	enter(CLIENT);
	if (protocol == IPPROTO_TCP && !access("/proc/sys/net/ipv4/tcp_syn_linear_timeouts", F_OK))
		sysctl_set(CLIENT, "ipv4/tcp_syn_linear_timeouts", 0);
}

TEST_F(on, syncnt__repeats_of_a_syn)
{
	int fd = socket_on(CLIENT, variant->protocol, 0), syns = 0;
	struct segment segment;

	peer_up(variant->protocol);
	double_at_once(variant->protocol);
	set(fd, TCP_SYNCNT, 2);
	start();
	EXPECT_EQ(ETIMEDOUT, ERRNO(connect(fd, AT(SERVER, PEER_PORT))));
	EXPECT_TRUE(about(variant->protocol, 7000));
	while (peer_read(&segment, 0))
		syns += segment.flags == TH_SYN;
	EXPECT_EQ(3, syns);
}

TEST_F(on, syncnt__repeats_of_a_syn_ack)
{
	struct peer peer = { .port = PEER_PORT, .host_port = PORT, .next = PEER_ISS };
	int listener, answers = 0;
	struct segment segment;

	peer_up(variant->protocol);
	listener = listen_on(CLIENT, variant->protocol, PORT);
	set(listener, TCP_SYNCNT, 1);
	peer_says(&peer, TH_SYN, 0);
	while (peer_hears(&peer, &segment, 10000))
		answers += segment.flags == (TH_SYN | TH_ACK);
	EXPECT_EQ(2, answers);
	EXPECT_EQ(GONE, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
}

TEST_F(on, linger2__is_the_time_in_fin_wait_2)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	set(fd, TCP_LINGER2, 2);
	close(fd);
	EXPECT_TRUE(hears_flags(&peer, TH_FIN | TH_ACK, 1000));
	peer_says(&peer, TH_ACK, 0);
	start();
	EXPECT_EQ(FIN_WAIT_2, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
	EXPECT_TRUE(WITHIN(10, state_of(CLIENT, variant->protocol, PORT, PEER_PORT) == GONE));
	EXPECT_TRUE(about(variant->protocol, 2000));
}

TEST_F(on, linger2__none_is_a_reset)
{
	struct segment segment;
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	set(fd, TCP_LINGER2, -1);
	close(fd);
	EXPECT_TRUE(hears_flags(&peer, TH_FIN | TH_ACK, 1000));
	peer_says(&peer, TH_ACK, 0);
	ASSERT_TRUE(peer_hears(&peer, &segment, 1000));
	EXPECT_TRUE(segment.flags & TH_RST);
	EXPECT_EQ(peer.expected, segment.seq);
	EXPECT_EQ(GONE, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
}

/* Closed when the FIN is acknowledged already. */
TEST_F(on, linger2__none_after_shutdown)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	set(fd, TCP_LINGER2, -1);
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_TRUE(hears_flags(&peer, TH_FIN | TH_ACK, 1000));
	peer_says(&peer, TH_ACK, 0);
	EXPECT_EQ(FIN_WAIT_2, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
	close(fd);
	EXPECT_EQ(GONE, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
}

TEST_F(on, defer_accept__until_there_are_octets)
{
	struct peer peer;
	int listener, fd;

	peer_up(variant->protocol);
	listener = listen_on(CLIENT, variant->protocol, PORT);
	set(listener, TCP_DEFER_ACCEPT, 3);
	nonblocking(listener);
	peer = peer_connects(PORT);
	EXPECT_EQ(EAGAIN, ERRNO(accept(listener, NULL, NULL)));
	EXPECT_EQ(SYN_RECV, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
	peer_says(&peer, TH_ACK | TH_PUSH, 5);
	fd = accept(listener, NULL, NULL);
	ASSERT_LT(0, fd);
	EXPECT_EQ(5, read(fd, (char[16]) { 0 }, 16));
}

/* After that time the SYN,ACK comes once more, and an answer to it is enough. */
TEST_F(on, defer_accept__not_for_ever)
{
	struct peer peer;
	int listener;

	peer_up(variant->protocol);
	listener = listen_on(CLIENT, variant->protocol, PORT);
	set(listener, TCP_DEFER_ACCEPT, 2);
	nonblocking(listener);
	start();
	peer = peer_connects(PORT);
	EXPECT_EQ(EAGAIN, ERRNO(accept(listener, NULL, NULL)));
	EXPECT_TRUE(hears_flags(&peer, TH_SYN | TH_ACK, 10000));
	EXPECT_TRUE(about(variant->protocol, 3000));
	peer_says(&peer, TH_ACK, 0);
	EXPECT_LT(0, accept(listener, NULL, NULL));
}

TEST_F(on, defer_accept__and_nobody_answers)
{
	struct peer peer = { .port = PEER_PORT, .host_port = PORT, .next = PEER_ISS };
	int listener, answers = 0;
	struct segment segment;

	peer_up(variant->protocol);
	listener = listen_on(CLIENT, variant->protocol, PORT);
	set(listener, TCP_DEFER_ACCEPT, 10);
	set(listener, TCP_SYNCNT, 1);
	peer_says(&peer, TH_SYN, 0);
	while (peer_hears(&peer, &segment, 10000))
		answers += segment.flags == (TH_SYN | TH_ACK);
	EXPECT_EQ(2, answers);
	EXPECT_EQ(GONE, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
}

SOCKETS_HARNESS_MAIN
