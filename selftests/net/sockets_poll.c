// SPDX-License-Identifier: GPL-2.0
/*
 * What poll(), select() and epoll say, at a level and at edges, of each thing that can happen to a socket; and
 * that whoever waits in them is woken by it.
 */
#include <sys/select.h>

#include "places.h"

static int epoll_of(int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };
	int set = epoll_create1(0);

	if (set < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &event))
		stage_fails("epoll");
	return set;
}

/* What is told of the one descriptor in the set, 0 for nothing. */
static int told(int set, int ms)
{
	struct epoll_event event;

	return epoll_wait(set, &event, 1, ms) == 1 ? (int)event.events : 0;
}

static void modify(int set, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };

	if (epoll_ctl(set, EPOLL_CTL_MOD, fd, &event))
		stage_fails("EPOLL_CTL_MOD");
}

static void peer_resets(void)
{
	scene_says(TH_RST);
}

static void peer_finishes(void)
{
	peer_says(&scene.peer, TH_FIN | TH_ACK, 0);
}

static void peer_talks(int octets)
{
	peer_says(&scene.peer, TH_ACK, octets);
}

/* Octets until the socket takes no more. */
static int fill(int fd)
{
	static char octets[16384];
	int total = 0, n;

	while ((n = send(fd, octets, sizeof(octets), MSG_DONTWAIT)) > 0)
		total += n;
	return total;
}

/* The peer acknowledges all there is, until nothing more comes. */
static void peer_takes_all(void)
{
	struct segment segment;

	while (peer_hears(&scene.peer, &segment, 100))
		peer_says(&scene.peer, TH_ACK, 0);
}

/* Someone else's connection to the scene's listener. */
static void somebody_calls(int port)
{
	struct peer peer = { .port = port, .host_port = scene.peer.host_port, .next = PEER_ISS };
	struct segment segment;

	peer_says(&peer, TH_SYN, 0);
	if (!peer_hears(&peer, &segment, 100))
		stage_fails("the answer to a call");
	peer_says(&peer, TH_ACK, 0);
}

TEST_F(on, poll__octets)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);

	EXPECT_EQ(0, polled(fd, POLLIN | POLLRDHUP, 0));
	peer_talks(10);
	EXPECT_EQ(POLLIN, polled(fd, POLLIN | POLLRDHUP | POLLPRI, 0));
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM,
		  polled(fd, ALL | POLLRDNORM | POLLWRNORM | POLLRDBAND | POLLWRBAND, 0));
	EXPECT_EQ(9, recv(fd, (char[9]) { 0 }, 9, 0));
	EXPECT_EQ(POLLIN, polled(fd, POLLIN, 0));
	EXPECT_EQ(1, recv(fd, (char[9]) { 0 }, 9, 0));
	EXPECT_EQ(0, polled(fd, POLLIN, 0));
}

TEST_F(on, poll__octets_out_of_order_are_none)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);
	struct peer later = scene.peer;

	later.next += 10;
	peer_says(&later, TH_ACK, 10);
	EXPECT_EQ(0, polled(fd, POLLIN, 0));
	peer_talks(10);
	EXPECT_EQ(POLLIN, polled(fd, POLLIN, 0));
	EXPECT_EQ(20, recv(fd, (char[30]) { 0 }, 30, 0));
}

TEST_F(on, poll__a_fin)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);

	peer_finishes();
	EXPECT_EQ(POLLIN, polled(fd, POLLIN, 0));
	EXPECT_EQ(POLLRDHUP, polled(fd, POLLRDHUP, 0));
	EXPECT_EQ(0, polled(fd, 0, 0));
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP, polled(fd, ALL, 0));
	EXPECT_EQ(0, recv(fd, (char[1]) { 0 }, 1, 0));
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP, polled(fd, ALL, 0));
}

TEST_F(on, poll__a_fin_behind_a_hole_is_none)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);
	struct peer later = scene.peer;

	later.next += 10;
	peer_says(&later, TH_FIN | TH_ACK, 0);
	EXPECT_EQ(0, polled(fd, POLLIN | POLLRDHUP, 0));
	peer_talks(10);
	EXPECT_EQ(POLLIN | POLLRDHUP, polled(fd, POLLIN | POLLRDHUP, 0));
}

TEST_F(on, poll__both_fins)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);

	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_EQ(POLLOUT, polled(fd, ALL, 0));
	peer_finishes();
	EXPECT_EQ(ALL | POLLHUP, polled(fd, ALL, 0));
}

TEST_F(on, poll__after_an_error_was_asked_for)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);

	peer_resets();
	EXPECT_EQ(ALL | POLLHUP | POLLERR, polled(fd, ALL, 0));
	EXPECT_EQ(ECONNRESET, error_of(fd));
	EXPECT_EQ(ALL | POLLHUP, polled(fd, ALL, 0));
}

TEST_F(on, poll__after_an_rst_that_crossed_a_fin)
{
	int fd = place_enter(variant->protocol, CLOSE_WAIT);

	peer_resets();
	EXPECT_EQ(ALL | POLLHUP | POLLERR, polled(fd, ALL, 0));
	EXPECT_EQ(EPIPE, error_of(fd));
	EXPECT_EQ(0, recv(fd, (char[1]) { 0 }, 1, 0));
}

TEST_F(on, poll__shut_for_reading)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);

	EXPECT_EQ(0, shutdown(fd, SHUT_RD));
	EXPECT_EQ(ALL, polled(fd, ALL, 0));
	EXPECT_EQ(0, recv(fd, (char[1]) { 0 }, 1, 0));
	peer_talks(10);
	EXPECT_EQ(10, recv(fd, (char[20]) { 0 }, 20, 0));
	EXPECT_EQ(0, recv(fd, (char[1]) { 0 }, 1, 0));
}

TEST_F(on, poll__a_connection_refused)
{
	int fd = place_enter(variant->protocol, SYN_SENT);

	scene_says(TH_RST | TH_ACK);
	EXPECT_EQ(ALL | POLLHUP | POLLERR, polled(fd, ALL, 0));
	EXPECT_EQ(ECONNREFUSED, error_of(fd));
	EXPECT_EQ(ALL | POLLHUP, polled(fd, ALL, 0));
	EXPECT_EQ(ECONNABORTED, ERRNO(connect(fd, PEER)));
	EXPECT_EQ(POLLOUT | POLLHUP, polled(fd, ALL, 0));
}

TEST_F(on, poll__no_room)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);

	EXPECT_LT(0, fill(fd));
	EXPECT_EQ(0, polled(fd, ALL, 0));
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_EQ(POLLOUT, polled(fd, ALL, 0));
}

TEST_F(on, poll__low_water)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);

	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 100));
	peer_talks(99);
	EXPECT_EQ(0, polled(fd, POLLIN, 0));
	EXPECT_EQ(99, recv(fd, (char[200]) { 0 }, 200, MSG_PEEK));
	peer_talks(1);
	EXPECT_EQ(POLLIN, polled(fd, POLLIN, 0));
	EXPECT_EQ(1, recv(fd, (char[1]) { 0 }, 1, 0));
	EXPECT_EQ(0, polled(fd, POLLIN, 0));
	peer_finishes();
	EXPECT_EQ(POLLIN | POLLRDHUP, polled(fd, POLLIN | POLLRDHUP, 0));
}

TEST_F(on, poll__low_water_is_lowered)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);

	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 100));
	peer_talks(10);
	EXPECT_EQ(0, polled(fd, POLLIN, 0));
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 10));
	EXPECT_EQ(POLLIN, polled(fd, POLLIN, 0));
}

TEST_F(on, poll__a_listener)
{
	int fd = place_enter(variant->protocol, LISTENING);

	somebody_calls(3000);
	EXPECT_EQ(POLLIN, polled(fd, ALL, 0));
	somebody_calls(3001);
	EXPECT_NE(-1, accept(fd, NULL, NULL));
	EXPECT_EQ(POLLIN, polled(fd, ALL, 0));
	EXPECT_NE(-1, accept(fd, NULL, NULL));
	EXPECT_EQ(0, polled(fd, ALL, 0));
	EXPECT_EQ(EAGAIN, ERRNO(accept(fd, NULL, NULL)));
}

#define WAKES(state, what, result) do {						\
	int fd = place_enter(variant->protocol, state);				\
	pid_t child = LATER(what);						\
										\
	EXPECT_EQ(result, polled(fd, POLLIN | POLLRDHUP, 5));			\
	EXPECT_TRUE(child_succeeds(child));					\
} while (0)

TEST_F(on, wait__for_octets)
{
	WAKES(ESTABLISHED, peer_talks(1), POLLIN);
}

TEST_F(on, wait__for_a_fin)
{
	WAKES(ESTABLISHED, peer_finishes(), POLLIN | POLLRDHUP);
}

TEST_F(on, wait__for_a_second_fin)
{
	WAKES(FIN_WAIT_2, peer_finishes(), POLLIN | POLLRDHUP | POLLHUP);
}

TEST_F(on, wait__for_an_rst)
{
	WAKES(ESTABLISHED, peer_resets(), POLLIN | POLLRDHUP | POLLHUP | POLLERR);
}

TEST_F(on, wait__for_a_refusal)
{
	WAKES(SYN_SENT, scene_says(TH_RST | TH_ACK), POLLIN | POLLRDHUP | POLLHUP | POLLERR);
}

TEST_F(on, wait__for_a_connection_to_accept)
{
	WAKES(LISTENING, somebody_calls(3000), POLLIN);
}

TEST_F(on, wait__for_a_shutdown)
{
	WAKES(ESTABLISHED, shutdown(fd, SHUT_RD), POLLIN | POLLRDHUP);
}

TEST_F(on, wait__for_a_disconnection)
{
	WAKES(ESTABLISHED, connect(fd, NOTHING), POLLHUP | POLLERR);
}

TEST_F(on, wait__for_a_listener_to_end)
{
	WAKES(LISTENING, shutdown(fd, SHUT_RD), POLLHUP);
}

TEST_F(on, wait__for_a_connection)
{
	int fd = place_enter(variant->protocol, SYN_SENT);
	pid_t child = LATER(scene_says(TH_SYN | TH_ACK));

	EXPECT_EQ(POLLOUT, polled(fd, ALL, 5));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, wait__for_a_connection_both_call)
{
	int fd = place_enter(variant->protocol, SYN_RECV);
	pid_t child = LATER(scene_says(TH_ACK));

	EXPECT_EQ(POLLOUT, polled(fd, ALL, 5));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, wait__for_room)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);
	pid_t child;

	fill(fd);
	child = LATER(peer_takes_all());
	EXPECT_EQ(POLLOUT, polled(fd, POLLOUT, 5));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, wait__without_end_for_room_until_an_rst)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);
	pid_t child;

	fill(fd);
	child = LATER(peer_resets());
	EXPECT_EQ(POLLOUT | POLLHUP | POLLERR, polled(fd, POLLOUT, 5));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, edge__each_arrival)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);
	int set = epoll_of(fd, ALL | EPOLLET);

	EXPECT_EQ(EPOLLOUT, told(set, 0));
	EXPECT_EQ(0, told(set, 0));
	peer_talks(10);
	EXPECT_EQ(EPOLLIN | EPOLLOUT, told(set, 0));
	EXPECT_EQ(0, told(set, 0));
	peer_talks(10);
	EXPECT_EQ(EPOLLIN | EPOLLOUT, told(set, 0));
	EXPECT_EQ(5, recv(fd, (char[5]) { 0 }, 5, 0));
	EXPECT_EQ(0, told(set, 0));
	peer_finishes();
	EXPECT_EQ(ALL, told(set, 0));
	EXPECT_EQ(0, told(set, 0));
}

TEST_F(on, edge__not_of_an_ack)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);
	int set = epoll_of(fd, ALL | EPOLLET);

	EXPECT_EQ(EPOLLOUT, told(set, 0));
	EXPECT_EQ(5, send(fd, "clasp", 5, 0));
	peer_takes_all();
	EXPECT_EQ(0, told(set, 0));
}

TEST_F(on, edge__not_of_octets_out_of_order)
{
	int fd = place_enter(variant->protocol, ESTABLISHED), set = epoll_of(fd, EPOLLIN | EPOLLET);
	struct peer later = scene.peer;

	later.next += 10;
	peer_says(&later, TH_ACK, 10);
	EXPECT_EQ(0, told(set, 0));
	peer_talks(10);
	EXPECT_EQ(EPOLLIN, told(set, 0));
}

TEST_F(on, edge__not_below_the_low_water_mark)
{
	int fd = place_enter(variant->protocol, ESTABLISHED), set = epoll_of(fd, EPOLLIN | EPOLLET);

	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 20));
	peer_talks(10);
	EXPECT_EQ(0, told(set, 0));
	peer_talks(10);
	EXPECT_EQ(EPOLLIN, told(set, 0));
}

TEST_F(on, edge__a_low_water_mark_that_sinks)
{
	int fd = place_enter(variant->protocol, ESTABLISHED), set = epoll_of(fd, EPOLLIN | EPOLLET);

	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 20));
	peer_talks(10);
	EXPECT_EQ(0, told(set, 0));
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 10));
	EXPECT_EQ(EPOLLIN, told(set, 0));
}

TEST_F(on, edge__a_connection)
{
	int fd = place_enter(variant->protocol, SYN_SENT), set = epoll_of(fd, ALL | EPOLLET);

	EXPECT_EQ(0, told(set, 0));
	scene_says(TH_SYN | TH_ACK);
	EXPECT_EQ(EPOLLOUT, told(set, 0));
	EXPECT_EQ(0, told(set, 0));
}

TEST_F(on, edge__a_whole_life)
{
	int fd = place_enter(variant->protocol, CLOSED), set = epoll_of(fd, ALL | EPOLLET);

	EXPECT_EQ(EPOLLOUT | EPOLLHUP, told(set, 0));
	EXPECT_EQ(EINPROGRESS, ERRNO(connect(fd, PEER)));
	EXPECT_EQ(0, told(set, 0));
	scene.peer.host_port = local_port(fd);
	scene_hears(TH_SYN);
	scene_says(TH_SYN | TH_ACK);
	EXPECT_EQ(EPOLLOUT, told(set, 0));
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_EQ(EPOLLOUT, told(set, 0));
	scene_hears(TH_ACK);
	scene_hears(TH_FIN | TH_ACK);
	scene_says(TH_ACK);
	EXPECT_EQ(EPOLLOUT, told(set, 0));
	peer_finishes();
	EXPECT_EQ(ALL | EPOLLHUP, told(set, 0));
}

TEST_F(on, edge__an_rst)
{
	int fd = place_enter(variant->protocol, ESTABLISHED), set = epoll_of(fd, ALL | EPOLLET);

	EXPECT_EQ(EPOLLOUT, told(set, 0));
	peer_resets();
	EXPECT_EQ(ALL | EPOLLHUP | EPOLLERR, told(set, 0));
	EXPECT_EQ(0, told(set, 0));
}

TEST_F(on, edge__errors_come_unasked)
{
	int fd = place_enter(variant->protocol, ESTABLISHED), set = epoll_of(fd, EPOLLET);

	EXPECT_EQ(0, told(set, 0));
	peer_talks(10);
	EXPECT_EQ(0, told(set, 0));
	peer_resets();
	EXPECT_EQ(EPOLLHUP | EPOLLERR, told(set, 0));
}

TEST_F(on, edge__room)
{
	int fd = place_enter(variant->protocol, ESTABLISHED), set = epoll_of(fd, EPOLLOUT | EPOLLET);

	EXPECT_EQ(EPOLLOUT, told(set, 0));
	fill(fd);
	EXPECT_EQ(0, told(set, 0));
	peer_takes_all();
	EXPECT_EQ(EPOLLOUT, told(set, 0));
	EXPECT_EQ(0, told(set, 0));
}

TEST_F(on, edge__each_connection_to_accept)
{
	int fd = place_enter(variant->protocol, LISTENING), set = epoll_of(fd, EPOLLIN | EPOLLET);

	somebody_calls(3000);
	EXPECT_EQ(EPOLLIN, told(set, 0));
	EXPECT_EQ(0, told(set, 0));
	somebody_calls(3001);
	EXPECT_EQ(EPOLLIN, told(set, 0));
	EXPECT_EQ(0, told(set, 0));
}

TEST_F(on, edge__wakes_who_waits)
{
	int fd = place_enter(variant->protocol, ESTABLISHED), set = epoll_of(fd, EPOLLIN | EPOLLET);
	pid_t child = LATER(peer_talks(1));

	EXPECT_EQ(EPOLLIN, told(set, 5000));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, level__tells_until_read)
{
	int fd = place_enter(variant->protocol, ESTABLISHED), set = epoll_of(fd, EPOLLIN | EPOLLRDHUP);

	peer_talks(10);
	EXPECT_EQ(EPOLLIN, told(set, 0));
	EXPECT_EQ(EPOLLIN, told(set, 0));
	EXPECT_EQ(10, recv(fd, (char[20]) { 0 }, 20, 0));
	EXPECT_EQ(0, told(set, 0));
	peer_finishes();
	EXPECT_EQ(EPOLLIN | EPOLLRDHUP, told(set, 0));
	EXPECT_EQ(0, recv(fd, (char[20]) { 0 }, 20, 0));
	EXPECT_EQ(EPOLLIN | EPOLLRDHUP, told(set, 0));
}

TEST_F(on, oneshot__tells_once)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);
	int set = epoll_of(fd, EPOLLIN | EPOLLONESHOT);

	peer_talks(10);
	EXPECT_EQ(EPOLLIN, told(set, 0));
	peer_talks(10);
	EXPECT_EQ(0, told(set, 0));
	modify(set, fd, EPOLLIN | EPOLLONESHOT);
	EXPECT_EQ(EPOLLIN, told(set, 0));
	peer_finishes();
	EXPECT_EQ(0, told(set, 0));
	modify(set, fd, EPOLLRDHUP | EPOLLONESHOT);
	EXPECT_EQ(EPOLLRDHUP, told(set, 0));
}

TEST_F(on, edge__again_by_modifying)
{
	int fd = place_enter(variant->protocol, ESTABLISHED), set = epoll_of(fd, EPOLLIN | EPOLLET);

	peer_talks(10);
	EXPECT_EQ(EPOLLIN, told(set, 0));
	EXPECT_EQ(0, told(set, 0));
	modify(set, fd, EPOLLIN | EPOLLET);
	EXPECT_EQ(EPOLLIN, told(set, 0));
}

TEST_F(on, epoll__in_epoll)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);
	int inner = epoll_of(fd, EPOLLIN), outer = epoll_of(inner, EPOLLIN);

	EXPECT_EQ(0, told(outer, 0));
	peer_talks(1);
	EXPECT_EQ(EPOLLIN, told(outer, 0));
	EXPECT_EQ(1, recv(fd, (char[1]) { 0 }, 1, 0));
	EXPECT_EQ(0, told(outer, 0));
}

TEST_F(on, select__sorts_into_three_sets)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);
	struct timeval now = { 0 };
	fd_set in, out, except;

#define SELECTED ({								\
	FD_ZERO(&in); FD_ZERO(&out); FD_ZERO(&except);				\
	FD_SET(fd, &in); FD_SET(fd, &out); FD_SET(fd, &except);			\
	select(fd + 1, &in, &out, &except, &now);				\
	(FD_ISSET(fd, &in) ? 1 : 0) + (FD_ISSET(fd, &out) ? 2 : 0) +		\
		(FD_ISSET(fd, &except) ? 4 : 0);				\
})
	EXPECT_EQ(2, SELECTED);
	fill(fd);
	EXPECT_EQ(0, SELECTED);
	peer_talks(1);
	EXPECT_EQ(1, SELECTED);
	peer_resets();
	EXPECT_EQ(3, SELECTED);
}

STAGE_HARNESS_MAIN
