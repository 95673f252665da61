// SPDX-License-Identifier: GPL-2.0
/*
 * connect(AF_UNSPEC) in every state, what is left of the connection then, and the socket's second life.
 */
#include "places.h"

static int disconnect(int fd)
{
	return connect(fd, NOTHING);
}

/* What the peer hears next: the segment's flags, 0 for nothing. */
static int heard(void)
{
	struct segment segment;

	return peer_hears(&scene.peer, &segment, 20) ? segment.flags : 0;
}

TEST_F(on, disconnect__in_every_state)
{
	IN_EVERY_STATE(disconnect(fd), EVERYWHERE = 0);
}

TEST_F(on, disconnect__twice_in_every_state)
{
	IN_EVERY_STATE((disconnect(fd), disconnect(fd)), EVERYWHERE = 0);
}

/* RFC 9293, 3.10.5: ABORT tells the peer where it needs to know. */
TEST_F(on, disconnect__tells_the_peer)
{
	IN_EVERY_STATE((disconnect(fd), heard() & TH_RST),
		       [SYN_RECV] = TH_RST, [ESTABLISHED] = TH_RST, [FIN_WAIT_1] = TH_RST,
		       [FIN_WAIT_2] = TH_RST, [CLOSE_WAIT] = TH_RST);
}

TEST_F(on, disconnect__leaves_nothing_but_time_wait)
{
	IN_EVERY_STATE((disconnect(fd), place_listed()), [TIME_WAIT] = TIME_WAIT);
}

TEST_F(on, disconnect__is_an_error_where_there_was_a_connection)
{
	IN_EVERY_STATE((disconnect(fd), error_of(fd)),
		       [SYN_SENT] = ECONNRESET, [SYN_RECV] = ECONNRESET,
		       [ESTABLISHED] = ECONNRESET, [FIN_WAIT_1] = ECONNRESET,
		       [FIN_WAIT_2] = ECONNRESET, [CLOSE_WAIT] = ECONNRESET, [RESET] = ECONNRESET);
}

TEST_F(on, disconnect__and_poll)
{
	IN_EVERY_STATE((disconnect(fd), polled(fd, ALL, 0)),
		       EVERYWHERE = POLLOUT | POLLHUP | POLLERR, [CLOSED] = POLLOUT | POLLHUP,
		       [LISTENING] = POLLOUT | POLLHUP, [CLOSING] = POLLOUT | POLLHUP,
		       [LAST_ACK] = POLLOUT | POLLHUP, [TIME_WAIT] = POLLOUT | POLLHUP);
}

TEST_F(on, disconnect__keeps_the_port_that_was_asked_for)
{
	IN_EVERY_STATE((disconnect(fd), local_port(fd) == scene.peer.host_port),
		       EVERYWHERE = true, [CLOSED] = false);
}

TEST_F(on, disconnect__forgets_the_peer)
{
	IN_EVERY_STATE((disconnect(fd), peer_port(fd)), EVERYWHERE = -ENOTCONN);
}

TEST_F(on, disconnect__and_bind)
{
	IN_EVERY_STATE((disconnect(fd), bind(fd, AT(CLIENT, 0))),
		       EVERYWHERE = -EINVAL, [CLOSED] = 0);
}

TEST_F(on, disconnect__and_accept)
{
	IN_EVERY_STATE((disconnect(fd), accept(fd, NULL, NULL)), EVERYWHERE = -EINVAL);
}

TEST_F(on, disconnect__and_send)
{
	IN_EVERY_STATE((disconnect(fd), send(fd, "x", 1, 0)),
		       EVERYWHERE = -ECONNRESET, [CLOSED] = -EPIPE, [LISTENING] = -EPIPE,
		       [CLOSING] = -EPIPE, [LAST_ACK] = -EPIPE, [TIME_WAIT] = -EPIPE);
}

TEST_F(on, disconnect__and_receive)
{
	IN_EVERY_STATE((disconnect(fd), recv(fd, &(char){ 0 }, 1, 0)),
		       EVERYWHERE = -ECONNRESET, [CLOSED] = -ENOTCONN, [LISTENING] = -ENOTCONN,
		       [CLOSING] = -ENOTCONN, [LAST_ACK] = -ENOTCONN, [TIME_WAIT] = -ENOTCONN);
}

TEST_F(on, disconnect__and_shut_down)
{
	IN_EVERY_STATE((disconnect(fd), shutdown(fd, SHUT_RDWR)), EVERYWHERE = -ENOTCONN);
}

TEST_F(on, disconnect__what_was_not_read_is_gone)
{
	IN_EVERY_STATE(({
		if (state == ESTABLISHED || state == FIN_WAIT_1 || state == FIN_WAIT_2)
			peer_says(&scene.peer, TH_ACK, 100);
		disconnect(fd);
		error_of(fd);
		recv(fd, &(char){ 0 }, 1, 0);
	}),
		       EVERYWHERE = -ENOTCONN);
}

TEST_F(on, disconnect__and_listen)
{
	IN_EVERY_STATE((disconnect(fd), listen(fd, 1)), EVERYWHERE = 0);
}

TEST_F(on, disconnect__and_connect)
{
	IN_EVERY_STATE((disconnect(fd), connect(fd, PEER)),
		       EVERYWHERE = -EINPROGRESS, [TIME_WAIT] = -EADDRNOTAVAIL);
}

TEST_F(on, disconnect__and_connect_elsewhere)
{
	IN_EVERY_STATE((disconnect(fd), connect(fd, AT(SERVER, PEER_PORT + 1))),
		       EVERYWHERE = -EINPROGRESS);
}

static bool hears_octets(struct peer *peer, int octets)
{
	struct segment segment;

	while (peer_hears(peer, &segment, 100))
		if (segment.len)
			return segment.len == octets;
	return false;
}

/* The whole of a second connection on the same socket, as if it were its first. */
static int second_life(int fd)
{
	struct peer peer = { .port = PEER_PORT + 1, .next = 77000 };
	struct segment segment;
	char text[8];

	disconnect(fd);
	if (ERRNO(connect(fd, AT(SERVER, peer.port))) != EINPROGRESS)
		return 1;
	peer.host_port = local_port(fd);
	if (!peer_hears(&peer, &segment, 100) || segment.flags != TH_SYN)
		return 2;
	peer_says(&peer, TH_SYN | TH_ACK, 0);
	if (!peer_hears(&peer, &segment, 100) || segment.flags != TH_ACK)
		return 3;
	peer_says(&peer, TH_ACK, 5);
	if (polled(fd, ALL, 0) != (POLLIN | POLLOUT) || recv(fd, text, 8, 0) != 5)
		return 4;
	if (send(fd, "clasp", 5, 0) != 5 || !hears_octets(&peer, 5))
		return 5;
	peer_says(&peer, TH_FIN | TH_ACK, 0);
	if (recv(fd, text, 8, 0) || shutdown(fd, SHUT_WR))
		return 6;
	while (peer_hears(&peer, &segment, 100) && !(segment.flags & TH_FIN))
		;
	peer_says(&peer, TH_ACK, 0);
	return state_of(CLIENT, peer_protocol, peer.host_port, peer.port);
}

TEST_F(on, disconnect__and_live_again)
{
	IN_EVERY_STATE(second_life(fd), EVERYWHERE = GONE);
}

TEST_F(on, disconnect__listens_again)
{
	IN_EVERY_STATE(({
		struct peer peer;

		disconnect(fd);
		if (listen(fd, 1))
			stage_fails("listen");
		peer = (struct peer){ PEER_PORT + 1, local_port(fd), PEER_ISS };
		peer_says(&peer, TH_SYN, 0);
		peer_hears(&peer, &(struct segment){ 0 }, 100);
		peer_says(&peer, TH_ACK, 0);
		close(accept(fd, NULL, NULL));
	}),
		       EVERYWHERE = 0);
}

/* The port that connect() chose is given up, and another is chosen. */
TEST_F(on, disconnect__gives_up_the_port_that_connect_chose)
{
	int fd = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK), other, port;

	EXPECT_EQ(EINPROGRESS, ERRNO(connect(fd, PEER)));
	port = local_port(fd);
	EXPECT_EQ(0, disconnect(fd));
	other = socket_on(CLIENT, variant->protocol, 0);
	EXPECT_EQ(0, bind(other, AT(CLIENT, port)));
	EXPECT_EQ(EINPROGRESS, ERRNO(connect(fd, PEER)));
	EXPECT_NE(port, local_port(fd));
}

/* A FIN that has not left yet is no FIN to the peer, who is told (RFC 9293, 3.10.4 and 3.10.5). */
TEST_F(on, disconnect__tells_the_peer_of_octets_that_never_left)
{
	char octets[100000] = { 0 };
	struct segment segment;
	int fd = place_enter(variant->protocol, CLOSE_WAIT);

	EXPECT_LT(0, send(fd, octets, sizeof(octets), 0));
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_EQ(LAST_ACK, place_listed());
	while (peer_hears(&scene.peer, &segment, 20))
		EXPECT_FALSE(segment.flags & TH_FIN);
	EXPECT_EQ(0, disconnect(fd));
	EXPECT_TRUE(heard() & TH_RST);
	EXPECT_EQ(ECONNRESET, error_of(fd));
}

TEST_F(on, connect__fails_and_is_made_again)
{
	int fd = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK), turn;
	struct segment segment;
	struct peer peer = { .port = PEER_PORT };

	if (peer_wire < 0)
		peer_takes_part(variant->protocol);
	for (turn = 0; turn < 3; turn++) {
		EXPECT_EQ(EINPROGRESS, ERRNO(connect(fd, PEER)));
		peer.host_port = local_port(fd);
		ASSERT_TRUE(peer_hears(&peer, &segment, 100));
		peer_says(&peer, TH_RST | TH_ACK, 0);
		EXPECT_EQ(POLLOUT | POLLERR | POLLHUP | POLLIN | POLLRDHUP, polled(fd, ALL, 0));
		EXPECT_EQ(ECONNREFUSED, ERRNO(connect(fd, PEER)));
		EXPECT_EQ(0, error_of(fd));
	}
	EXPECT_EQ(POLLOUT | POLLHUP, polled(fd, ALL, 0));
}

STAGE_HARNESS_MAIN
