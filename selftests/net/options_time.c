// SPDX-License-Identifier: GPL-2.0
/*
 * What the options do, as a peer made by hand sees it, on TCP and on Clasp: when segments leave, when a
 * connection ends and with which error, and what TCP_INFO makes of the same play.
 */
#include <linux/sockios.h>
#include <stddef.h>

#include "peer.h"
#include "sockets.h"

#define ACCEPT() peer_is_accepted(&peer, PORT)

/* The peer looks at segments: none may come as a part of a larger packet. */
static void no_super_packets(void)
{
	enter(CLIENT);
	run("ip link set eth0 gso_max_segs 1");
}

static uint64_t started;

static void start(void)
{
	started = now_ns();
}

static long elapsed_ms(void)
{
	return (now_ns() - started) / 1000000;
}

/* Linux's timers may come an eighth late, the longer ones; ours may not, but whoever looks is not at once there. */
static bool about(int protocol, long ms)
{
	long now = elapsed_ms(), late = protocol == IPPROTO_TCP ? ms / 8 + 30 : 15;

	if (now >= ms - 10 && now <= ms + late)
		return true;
	printf("# after %ld ms, should be %ld\n", now, ms);
	return false;
}

static void set(int fd, int name, int value)
{
	if (option_set(fd, IPPROTO_TCP, name, value))
		stage_fails("option %d", name);
}

static void keepalive(int fd, int idle, int interval, int count)
{
	set(fd, TCP_KEEPIDLE, idle);
	set(fd, TCP_KEEPINTVL, interval);
	set(fd, TCP_KEEPCNT, count);
	if (option_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1))
		stage_fails("SO_KEEPALIVE");
}

/* RFC 9293, 3.8.4: a number that was acknowledged, and nothing else. */
static bool hears_probe(struct peer *peer, int ms)
{
	struct segment segment;

	return peer_hears(peer, &segment, ms) && segment.flags == TH_ACK && !segment.len &&
	       segment.seq == peer->expected - 1 && segment.ack == peer->next;
}

static bool hears_flags(struct peer *peer, uint8_t flags, int ms)
{
	struct segment segment;

	return peer_hears(peer, &segment, ms) && (segment.flags & ~TH_PUSH) == flags;
}

static bool hears_nothing(struct peer *peer, int ms)
{
	struct segment segment;

	return !peer_hears(peer, &segment, ms);
}

/* Octets in the next segment; -1 for none. */
static int hears_octets(struct peer *peer, int ms)
{
	struct segment segment;

	return peer_hears(peer, &segment, ms) ? segment.len : -1;
}

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

/* A peer that somebody calls: the SYN is heard, and answered. */
static void peer_answers(struct peer *peer)
{
	struct segment syn;

	*peer = (struct peer){ .port = PEER_PORT, .next = PEER_ISS };
	if (!peer_read(&syn, 1000) || syn.flags != TH_SYN)
		stage_fails("a SYN");
	peer->host_port = syn.sport;
	peer->expected = syn.seq + 1;
	peer_says(peer, TH_SYN | TH_ACK, 0);
}

static int call(int protocol, int name, int value)
{
	int fd = socket_on(CLIENT, protocol, SOCK_NONBLOCK);

	set(fd, name, value);
	if (ERRNO(connect(fd, AT(SERVER, PEER_PORT))) != EINPROGRESS)
		stage_fails("connect");
	return fd;
}

TEST_F(on, defer_accept__of_who_calls)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = call(variant->protocol, TCP_DEFER_ACCEPT, 1);
	peer_answers(&peer);
	EXPECT_EQ(5, write(fd, "clasp", 5));
	EXPECT_EQ(5, hears_octets(&peer, 1000));
}

TEST_F(on, quickack__none_of_who_calls)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = call(variant->protocol, TCP_QUICKACK, 0);
	peer_answers(&peer);
	EXPECT_EQ(5, write(fd, "clasp", 5));
	EXPECT_EQ(5, hears_octets(&peer, 1000));
}

TEST_F(on, quickack__at_once_or_later)
{
	struct peer peer;
	char some[16];
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	set(fd, TCP_QUICKACK, 0);
	start();
	peer_says(&peer, TH_ACK | TH_PUSH, 10);
	EXPECT_TRUE(hears_flags(&peer, TH_ACK, 1000));
	EXPECT_TRUE(about(variant->protocol, 40));
	EXPECT_EQ(10, read(fd, some, sizeof(some)));
	set(fd, TCP_QUICKACK, 1);
	start();
	peer_says(&peer, TH_ACK | TH_PUSH, 10);
	EXPECT_TRUE(hears_flags(&peer, TH_ACK, 1000));
	EXPECT_TRUE(about(variant->protocol, 0));
	EXPECT_EQ(10, read(fd, some, sizeof(some)));
	set(fd, TCP_QUICKACK, 0);
	peer_says(&peer, TH_ACK | TH_PUSH, 10);
	EXPECT_TRUE(hears_nothing(&peer, 10));
	EXPECT_EQ(10, read(fd, some, sizeof(some)));
	set(fd, TCP_QUICKACK, 2);
	EXPECT_TRUE(hears_flags(&peer, TH_ACK, 5));
	EXPECT_EQ(0, option(fd, variant->level, TCP_QUICKACK));
}

TEST_F(on, quickack__a_dialogue_ends_it)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	set(fd, TCP_QUICKACK, 0);
	set(fd, TCP_QUICKACK, 1);
	EXPECT_EQ(1, option(fd, variant->level, TCP_QUICKACK));
	set(fd, TCP_QUICKACK, 0);
	peer_says(&peer, TH_ACK | TH_PUSH, 10);
	EXPECT_EQ(1, write(fd, "x", 1));
	EXPECT_EQ(0, option(fd, variant->level, TCP_QUICKACK));
}

static const char octets[20000];

TEST_F(on, cork__holds_for_a_moment)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	set(fd, TCP_CORK, 1);
	start();
	EXPECT_EQ(100, write(fd, octets, 100));
	EXPECT_EQ(100, hears_octets(&peer, 1000));
	EXPECT_TRUE(about(variant->protocol, 200));
}

TEST_F(on, cork__comes_off)
{
	struct peer peer;
	int fd;

	no_super_packets();
	peer_up(variant->protocol);
	fd = ACCEPT();
	set(fd, TCP_CORK, 1);
	EXPECT_EQ(2000, write(fd, octets, 2000));
	EXPECT_EQ(PEER_MSS, hears_octets(&peer, 50));
	peer_says(&peer, TH_ACK, 0);
	EXPECT_TRUE(hears_nothing(&peer, 50));
	set(fd, TCP_CORK, 0);
	EXPECT_EQ(2000 - PEER_MSS, hears_octets(&peer, 20));
}

TEST_F(on, cork__gives_way_to_nodelay_once)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	set(fd, TCP_CORK, 1);
	EXPECT_EQ(100, write(fd, octets, 100));
	EXPECT_TRUE(hears_nothing(&peer, 50));
	set(fd, TCP_NODELAY, 1);
	EXPECT_EQ(100, hears_octets(&peer, 20));
	peer_says(&peer, TH_ACK, 0);
	EXPECT_EQ(100, write(fd, octets, 100));
	EXPECT_TRUE(hears_nothing(&peer, 50));
}

TEST_F(on, cork__goes_with_the_last)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	set(fd, TCP_CORK, 1);
	EXPECT_EQ(100, write(fd, octets, 100));
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_EQ(100, hears_octets(&peer, 20));
}

static uint16_t mss_option(const struct segment *segment)
{
	return segment->options[0] == TCPOPT_MAXSEG ? segment->options[2] << 8 | segment->options[3] : 0;
}

TEST_F(on, maxseg__of_a_listener)
{
	struct peer peer = { .port = PEER_PORT, .host_port = PORT, .next = PEER_ISS };
	struct segment segment;
	int listener, fd;

	no_super_packets();
	peer_up(variant->protocol);
	listener = listen_on(CLIENT, variant->protocol, PORT);
	set(listener, TCP_MAXSEG, 1000);
	peer_says(&peer, TH_SYN, 0);
	ASSERT_TRUE(peer_hears(&peer, &segment, 1000));
	EXPECT_EQ(1000, mss_option(&segment));
	peer_says(&peer, TH_ACK, 0);
	fd = accept(listener, NULL, NULL);
	EXPECT_EQ(1000, option(fd, variant->level, TCP_MAXSEG));
	EXPECT_EQ(3000, write(fd, octets, 3000));
	EXPECT_EQ(1000, hears_octets(&peer, 20));
}

TEST_F(on, maxseg__of_who_calls)
{
	struct segment segment;
	struct peer peer;
	int fd;

	no_super_packets();
	peer_up(variant->protocol);
	fd = call(variant->protocol, TCP_MAXSEG, 100);
	ASSERT_TRUE(peer_read(&segment, 1000));
	EXPECT_EQ(100, mss_option(&segment));
	peer = (struct peer){ .port = PEER_PORT, .host_port = segment.sport, .next = PEER_ISS,
			      .expected = segment.seq + 1 };
	peer_says(&peer, TH_SYN | TH_ACK, 0);
	EXPECT_TRUE(hears_flags(&peer, TH_ACK, 20));
	EXPECT_EQ(100, option(fd, variant->level, TCP_MAXSEG));
	EXPECT_EQ(300, write(fd, octets, 300));
	EXPECT_EQ(100, hears_octets(&peer, 20));
}

TEST_F(on, maxseg__comes_too_late)
{
	struct peer peer;
	int fd;

	no_super_packets();
	peer_up(variant->protocol);
	fd = ACCEPT();
	set(fd, TCP_MAXSEG, 500);
	EXPECT_EQ(PEER_MSS, option(fd, variant->level, TCP_MAXSEG));
	EXPECT_EQ(3000, write(fd, octets, 3000));
	EXPECT_EQ(PEER_MSS, hears_octets(&peer, 20));
}

static int unsent(int fd)
{
	int count = -1;

	ioctl(fd, SIOCOUTQNSD, &count);
	return count;
}

/* All that the program may give now. */
static int fill(int fd)
{
	int total = 0;
	ssize_t n;

	while ((n = send(fd, octets, 1000, MSG_DONTWAIT)) > 0)
		total += n;
	return total;
}

TEST_F(on, notsent_lowat__makes_a_program_wait)
{
	struct peer peer;
	int fd, taken;

	no_super_packets();
	peer_up(variant->protocol);
	fd = ACCEPT();
	set(fd, TCP_NOTSENT_LOWAT, 8000);
	taken = fill(fd);
	EXPECT_GT(taken, 10 * PEER_MSS);
	EXPECT_LT(taken, 4 * 10 * PEER_MSS + 8000);
	EXPECT_GE(unsent(fd), 8000);
	EXPECT_EQ(0, polled(fd, POLLOUT, 0));
	while (unsent(fd) >= 8000) {
		while (hears_octets(&peer, 1) >= 0)
			;
		peer_says(&peer, TH_ACK, 0);
	}
	while (unsent(fd) >= 4000) {
		EXPECT_EQ(0, polled(fd, POLLOUT, 0));
		while (hears_octets(&peer, 1) >= 0)
			;
		peer_says(&peer, TH_ACK, 0);
	}
	EXPECT_EQ(POLLOUT, polled(fd, POLLOUT, 5));
	set(fd, TCP_NOTSENT_LOWAT, 0);
	EXPECT_GT(fill(fd), taken);
}

TEST_F(on, notsent_lowat__of_the_namespace)
{
	char path[64];
	struct peer peer;
	int fd, taken;

	no_super_packets();
	peer_up(variant->protocol);
	fd = ACCEPT();
	option_set(fd, SOL_SOCKET, SO_SNDBUF, 200000);
	snprintf(path, sizeof(path), "%snotsent_lowat", variant->sysctls);
	sysctl_set(CLIENT, path, 8000);
	taken = fill(fd);
	EXPECT_LT(taken, 4 * 10 * PEER_MSS + 8000);
	EXPECT_EQ(0, polled(fd, POLLOUT, 0));
	set(fd, TCP_NOTSENT_LOWAT, 200000);
	EXPECT_EQ(POLLOUT, polled(fd, POLLOUT, 0));
	EXPECT_GT(fill(fd), 0);
}

/* A program that waits for room is woken when octets leave. */
TEST_F(on, notsent_lowat__wakes_who_waits)
{
	pid_t child;

	connection(self->ends, variant->protocol, PORT);
	set(self->ends[CLIENT], TCP_NOTSENT_LOWAT, 1);
	child = IN_CHILD({
		int i;

		for (i = 0; i < 50; i++)
			if (write(self->ends[CLIENT], octets, sizeof(octets)) != sizeof(octets))
				_exit(1);
	});
	for (int left = 50 * sizeof(octets); left > 0;) {
		char some[4096];
		ssize_t n = read(self->ends[SERVER], some, sizeof(some));

		ASSERT_LT(0, n);
		left -= n;
	}
	EXPECT_TRUE(child_succeeds(child));
}

/**
 * struct info - the kernel's struct tcp_info, of which the C library's is the beginning
 * @tcp: what both have
 */
struct info {
	struct tcp_info tcp;
	uint64_t pacing_rate;
	uint64_t max_pacing_rate;
	uint64_t bytes_acked;
	uint64_t bytes_received;
	uint32_t segs_out;
	uint32_t segs_in;
	uint32_t notsent_bytes;
	uint32_t min_rtt;
	uint32_t data_segs_in;
	uint32_t data_segs_out;
	uint64_t times[4];
	uint32_t delivered[2];
	uint64_t bytes[2];
	uint32_t disorder[3];
	uint32_t snd_wnd;
};

_Static_assert(offsetof(struct info, bytes_acked) == 120 && offsetof(struct info, snd_wnd) == 228,
	       "struct tcp_info of linux/tcp.h");

static struct info info_of(int fd, int level)
{
	struct info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, level, TCP_INFO, &info, &len))
		stage_fails("TCP_INFO");
	return info;
}

/* What the peer says and hears in this play is what the program is told. */
TEST_F(on, info__of_a_dialogue)
{
	struct info info;
	struct peer peer;
	int fd;

	no_super_packets();
	peer_up(variant->protocol);
	fd = ACCEPT();
	info = info_of(fd, variant->level);
	EXPECT_EQ(ESTABLISHED, info.tcp.tcpi_state);
	EXPECT_EQ(2, info.segs_in);
	EXPECT_EQ(0, info.segs_out);
	EXPECT_EQ(0, info.bytes_acked);
	EXPECT_EQ(PEER_MSS, info.tcp.tcpi_snd_mss);
	EXPECT_EQ(536, info.tcp.tcpi_rcv_mss);
	EXPECT_EQ(10, info.tcp.tcpi_snd_cwnd);
	EXPECT_EQ(0x7fffffff, info.tcp.tcpi_snd_ssthresh);
	set(fd, TCP_QUICKACK, 1);
	peer_says(&peer, TH_ACK | TH_PUSH, 1000);
	EXPECT_TRUE(hears_flags(&peer, TH_ACK, 20));
	set(fd, TCP_CORK, 1);
	EXPECT_EQ(2 * PEER_MSS + 80, write(fd, octets, 2 * PEER_MSS + 80));
	EXPECT_EQ(PEER_MSS, hears_octets(&peer, 20));
	EXPECT_EQ(PEER_MSS, hears_octets(&peer, 20));
	info = info_of(fd, variant->level);
	EXPECT_EQ(2, info.tcp.tcpi_unacked);
	EXPECT_EQ(3, info.segs_out);
	EXPECT_EQ(80, info.notsent_bytes);
	EXPECT_EQ(1000, info.tcp.tcpi_rcv_mss);
	EXPECT_EQ(40000, info.tcp.tcpi_ato);
	peer_says(&peer, TH_ACK, 0);
	set(fd, TCP_CORK, 0);
	EXPECT_EQ(80, hears_octets(&peer, 20));
	peer_says(&peer, TH_ACK, 0);
	info = info_of(fd, variant->level);
	EXPECT_EQ(5, info.segs_in);
	EXPECT_EQ(4, info.segs_out);
	EXPECT_EQ(3000, info.bytes_acked);
	EXPECT_EQ(1000, info.bytes_received);
	EXPECT_EQ(0, info.tcp.tcpi_unacked);
	EXPECT_EQ(0, info.tcp.tcpi_total_retrans);
	EXPECT_EQ(PEER_WINDOW, info.snd_wnd);
	close(fd);
}

TEST_F(on, info__of_who_called)
{
	struct info info;
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = call(variant->protocol, TCP_NODELAY, 1);
	info = info_of(fd, variant->level);
	EXPECT_EQ(SYN_SENT, info.tcp.tcpi_state);
	EXPECT_EQ(1, info.tcp.tcpi_unacked);
	peer_answers(&peer);
	EXPECT_TRUE(hears_flags(&peer, TH_ACK, 20));
	info = info_of(fd, variant->level);
	EXPECT_EQ(1, info.segs_in);
	EXPECT_EQ(2, info.segs_out);
	EXPECT_EQ(1, info.bytes_acked);
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_TRUE(hears_flags(&peer, TH_FIN | TH_ACK, 20));
	EXPECT_EQ(1, info_of(fd, variant->level).tcp.tcpi_unacked);
	EXPECT_EQ(FIN_WAIT_1, info_of(fd, variant->level).tcp.tcpi_state);
	peer_says(&peer, TH_ACK, 0);
	info = info_of(fd, variant->level);
	EXPECT_EQ(FIN_WAIT_2, info.tcp.tcpi_state);
	EXPECT_EQ(2, info.bytes_acked);
	peer_says(&peer, TH_FIN | TH_ACK, 0);
	info = info_of(fd, variant->level);
	EXPECT_EQ(CLOSED, info.tcp.tcpi_state);
	EXPECT_EQ(1, info.bytes_received);
}

/* The wire takes 30 ms each way: so long is a round trip, and no longer. */
TEST_F(on, info__measures_round_trips)
{
	struct info info;

	wire(CLIENT, "delay 30ms");
	wire(SERVER, "delay 30ms");
	connection(self->ends, variant->protocol, PORT);
	info = info_of(self->ends[CLIENT], variant->level);
	EXPECT_GE(info.tcp.tcpi_rtt, 60000);
	EXPECT_LT(info.tcp.tcpi_rtt, 65000);
	EXPECT_GE(info.tcp.tcpi_rttvar, 30000);
	EXPECT_LT(info.tcp.tcpi_rttvar, 33000);
	EXPECT_GE(info.tcp.tcpi_rto, 260000);
	EXPECT_LT(info.tcp.tcpi_rto, 270000);
}

TEST_F(on, info__of_a_peer_that_falls_silent)
{
	struct info before, info;
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	before = info_of(fd, variant->level);
	EXPECT_EQ(1, write(fd, "x", 1));
	EXPECT_EQ(1, hears_octets(&peer, 1000));
	EXPECT_EQ(1, hears_octets(&peer, 1000));
	EXPECT_EQ(1, hears_octets(&peer, 1000));
	info = info_of(fd, variant->level);
	EXPECT_EQ(2, info.tcp.tcpi_retransmits);
	EXPECT_EQ(2, info.tcp.tcpi_backoff);
	EXPECT_EQ(2, info.tcp.tcpi_total_retrans);
	EXPECT_EQ(1, info.tcp.tcpi_unacked);
	EXPECT_EQ(1, info.tcp.tcpi_snd_cwnd);
	EXPECT_EQ(3, info.segs_out);
	EXPECT_GE(info.tcp.tcpi_rto + 4000, 4 * before.tcp.tcpi_rto);
	EXPECT_LE(info.tcp.tcpi_rto, 4 * before.tcp.tcpi_rto + 4000);
	peer_says(&peer, TH_ACK, 0);
	info = info_of(fd, variant->level);
	EXPECT_EQ(0, info.tcp.tcpi_retransmits);
	EXPECT_EQ(0, info.tcp.tcpi_unacked);
	EXPECT_LT(info.tcp.tcpi_snd_ssthresh, 0x7fffffff);
}

TEST_F(on, info__counts_unanswered_questions)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	keepalive(fd, 1, 1, 9);
	EXPECT_TRUE(hears_probe(&peer, 5000));
	EXPECT_TRUE(hears_probe(&peer, 5000));
	EXPECT_EQ(2, info_of(fd, variant->level).tcp.tcpi_probes);
	peer_says(&peer, TH_ACK, 0);
	EXPECT_EQ(0, info_of(fd, variant->level).tcp.tcpi_probes);
}

TEST_F(on, info__of_a_listener)
{
	int fd = listen_on(SERVER, variant->protocol, PORT);
	struct info info;

	connect_from(CLIENT, variant->protocol, PORT);
	info = info_of(fd, variant->level);
	EXPECT_EQ(LISTENING, info.tcp.tcpi_state);
	EXPECT_EQ(1, info.tcp.tcpi_unacked);
	EXPECT_EQ(128, info.tcp.tcpi_sacked);
}

TEST_HARNESS_MAIN
