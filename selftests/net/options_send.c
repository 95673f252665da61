// SPDX-License-Identifier: GPL-2.0
/*
 * What the options about sending and answering do, as a peer made by hand sees it, on TCP and on Clasp.
 */
#include <linux/sockios.h>
#include <stddef.h>

#include "moments.h"

/* Who calls, with an option set, lets its octets carry the ACK of the SYN,ACK. */
static void octets_carry_the_ack(struct __test_metadata *_metadata, int protocol, int name, int value)
{
	struct peer peer;
	int fd;

	peer_up(protocol);
	fd = call(protocol, name, value);
	peer_answers(&peer);
	EXPECT_EQ(5, write(fd, "clasp", 5));
	EXPECT_EQ(5, hears_octets(&peer, 1000));
}

TEST_F(on, defer_accept__of_who_calls)
{
	octets_carry_the_ack(_metadata, variant->protocol, TCP_DEFER_ACCEPT, 1);
}

TEST_F(on, quickack__none_of_who_calls)
{
	octets_carry_the_ack(_metadata, variant->protocol, TCP_QUICKACK, 0);
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

/* Minshall's rule: what is small waits for what is small. */
TEST_F(on, nagle__holds_nothing_behind_full_segments)
{
	struct peer peer;
	int fd;

	no_super_packets();
	peer_up(variant->protocol);
	fd = ACCEPT();
	EXPECT_EQ(PEER_MSS + 700, write(fd, octets, PEER_MSS + 700));
	EXPECT_EQ(PEER_MSS, hears_octets(&peer, 20));
	EXPECT_EQ(700, hears_octets(&peer, 20));
	EXPECT_EQ(PEER_MSS + 300, write(fd, octets, PEER_MSS + 300));
	EXPECT_EQ(PEER_MSS, hears_octets(&peer, 20));
	EXPECT_TRUE(hears_nothing(&peer, 50));
	peer_says(&peer, TH_ACK, 0);
	EXPECT_EQ(300, hears_octets(&peer, 20));
}

/* Full segments until one is not acknowledged at once; how many were. */
static int acknowledged_at_once(struct peer *peer, int fd)
{
	char all[40 * PEER_MSS];
	int acks = -1;

	do {
		peer_says(peer, TH_ACK, PEER_MSS);
		acks++;
	} while (acks < 40 && hears_octets(peer, 1) == 0);
	recv(fd, all, (acks + 1) * PEER_MSS, MSG_WAITALL);
	while (hears_octets(peer, 100) == 0)
		;
	return acks;
}

/*
 * Slow start grows by ACKs: the first ones are not delayed, nor those after a silence. TCP counts otherwise, and comes
 * to a few more.
 */
TEST_F(on, quickack__at_the_start)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	EXPECT_LE(16, acknowledged_at_once(&peer, fd));
	EXPECT_GE(2, acknowledged_at_once(&peer, fd));
	pause_ms(2000);
	EXPECT_LE(16, acknowledged_at_once(&peer, fd));
}

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

/**
 * struct pattern - what a program does, and the segments that come of it
 * @calls: w write, m with MSG_MORE, each with a number of octets; c cork, u uncork, n TCP_NODELAY, s shutdown,
 *	a all that has come is acknowledged, t some time
 * @octets: of the segments, up to a 0
 */
static const struct pattern {
	const char *calls;
	int octets[6];
} patterns[] = {
	{ "m100 m100 w100", { 300 } },
	{ "m2000 w100", { PEER_MSS, 640 } },
	{ "m100 t w50 a", { 100, 50 } },
	{ "m100 s", { 100 } },
	{ "m100 n", { 100 } },
	{ "n m100 w50", { 150 } },
	{ "n w100 w100", { 100, 100 } },
	{ "n w2000 w100", { PEER_MSS, 540, 100 } },
	{ "w100 w100 w100 a", { 100, 200 } },
	{ "w100 m100 a w100 a", { 100, 100, 100 } },
	{ "w1460 w100 w100 a", { PEER_MSS, 100, 100 } },
	{ "w2000 w2000 a", { PEER_MSS, 540, PEER_MSS, 540 } },
	{ "c w100 w100 u", { 200 } },
	{ "c w3000 a u", { PEER_MSS, PEER_MSS, 80 } },
	{ "c w1460 w1460 w100 s", { PEER_MSS, PEER_MSS, 100 } },
	{ "c w100 t w100 u a", { 100, 100 } },
	{ "w100 c w100 a u", { 100, 100 } },
	{ "c n w100 w100 u", { 200 } },
	{ "n c w100 w100 u", { 200 } },
	{ "c m100 u", { 100 } },
};

static void one_call(int fd, struct peer *peer, const char *call)
{
	int number = atoi(call + 1);

	switch (*call) {
	case 'w':
	case 'm':
		if (send(fd, octets, number, *call == 'm' ? MSG_MORE : 0) != number)
			stage_fails("send");
		break;
	case 'c':
	case 'u':
		set(fd, TCP_CORK, *call == 'c');
		break;
	case 'n':
		set(fd, TCP_NODELAY, 1);
		break;
	case 's':
		shutdown(fd, SHUT_WR);
		break;
	case 'a':
		peer_says(peer, TH_ACK, 0);
		break;
	case 't':
		pause_ms(300);
	}
}

/* Octets of the segments that come now; those of new octets only. */
static int take_segments(struct peer *peer, int *lens, int count, int most)
{
	uint32_t expected = peer->expected;
	struct segment segment;

	while (peer_hears(peer, &segment, 5)) {
		if (segment.len && segment.seq == expected && count < most)
			lens[count++] = segment.len;
		expected = peer->expected;
	}
	return count;
}

static void play(int fd, struct peer *peer, const char *calls, int *lens, int most)
{
	int count = 0;

	while (calls) {
		one_call(fd, peer, calls);
		count = take_segments(peer, lens, count, most);
		calls = strchr(calls, ' ');
		calls += !!calls;
	}
}

TEST_F(on, patterns__make_these_segments)
{
	size_t i;
	int j;

	no_super_packets();
	peer_up(variant->protocol);
	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		struct peer peer = { .port = PEER_PORT + i, .host_port = PORT, .next = PEER_ISS };
		int fd = peer_gets_through(&peer), lens[6] = { 0 };

		play(fd, &peer, patterns[i].calls, lens, 6);
		for (j = 0; j < 6; j++)
			EXPECT_EQ(patterns[i].octets[j], lens[j])
				TH_LOG("%s, segment %d", patterns[i].calls, j);
		close(fd);
	}
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

SOCKETS_HARNESS_MAIN
