// SPDX-License-Identifier: GPL-2.0
/*
 * A SYN may bring octets (RFC 9293, 3.10.7.2 and 3.10.7.3): they wait for the connection, unless too many
 * wait already. TCP has no part in this: without a cookie it drops them.
 */
#include "sockets.h"
#include "peer.h"

#define SOON 200	/* ms; less than anything takes that is sent again */

static void set_up(void)
{
	hosts_up();
	peer_up(IPPROTO_CLASP);
}

static struct peer caller(int port)
{
	return (struct peer){ .port = port, .host_port = PORT, .next = PEER_ISS };
}

/* The octets that the client could read now are the peer's, made of their numbers from there on. */
static bool reads(int fd, uint32_t from, int count)
{
	uint8_t octets[2048];
	int got = recv(fd, octets, sizeof(octets), MSG_DONTWAIT), i;

	for (i = 0; i < got; i++)
		if (octets[i] != (uint8_t)(from + i))
			return false;
	return got == count;
}

TEST(listener__octets_wait_for_the_connection)
{
	struct peer peer = caller(PEER_PORT);
	struct segment segment;
	int listener, fd;

	set_up();
	listener = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	nonblocking(listener);
	peer_says(&peer, TH_SYN, 500);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(TH_SYN | TH_ACK, segment.flags);
	EXPECT_EQ(PEER_ISS + 1, segment.ack);
	EXPECT_EQ(EAGAIN, ERRNO(accept(listener, NULL, NULL)));

	peer_says(&peer, TH_ACK, 0);
	fd = accept(listener, NULL, NULL);
	EXPECT_TRUE(reads(fd, PEER_ISS, 500));
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(PEER_ISS + 501, segment.ack);
}

TEST(listener__octets_before_those_of_the_third_segment)
{
	struct peer peer = caller(PEER_PORT);
	struct segment segment;
	char octet;
	int fd;

	set_up();
	fd = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	peer_says(&peer, TH_SYN, 500);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	peer_says(&peer, TH_ACK | TH_FIN, 0);
	fd = accept(fd, NULL, NULL);
	EXPECT_TRUE(reads(fd, PEER_ISS, 500));
	EXPECT_EQ(0, recv(fd, &octet, 1, MSG_DONTWAIT));
}

/* Of a backlog of 8, two embryos may hold what came with their SYNs. */
TEST(listener__a_crowd_brings_no_octets)
{
	struct segment segment;
	struct peer peers[3];
	int listener, fd;
	unsigned int i;

	set_up();
	listener = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	EXPECT_EQ(0, listen(listener, 8));
	for (i = 0; i < 3; i++) {
		peers[i] = caller(PEER_PORT + i);
		peer_says(&peers[i], TH_SYN, 500);
		EXPECT_TRUE(peer_hears(&peers[i], &segment, SOON));
	}
	for (i = 0; i < 3; i++) {
		peer_says(&peers[i], TH_ACK, 0);
		fd = accept(listener, NULL, NULL);
		EXPECT_TRUE(reads(fd, PEER_ISS, i < 2 ? 500 : -1));
	}
	peers[2].next = PEER_ISS + 1;
	peer_says(&peers[2], TH_ACK, 500);
	EXPECT_TRUE(reads(fd, PEER_ISS + 1, 500));
}

/* More than the path carries in one packet: without fragments it could not have come. */
TEST(listener__octets_of_many_packets)
{
	const int most = BY_FAMILY(600 - 40, 1300 - 60);
	struct peer peer = caller(PEER_PORT);
	struct segment segment;
	int listener, fd;

	set_up();
	enter(CLIENT);
	run("ip route replace %s mtu %d",
	    BY_FAMILY("10.0.0.0/24 dev eth0 src 10.0.0.1", "fd00::/64 dev eth0 metric 256"), BY_FAMILY(600, 1300));
	listener = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	peer_says(&peer, TH_SYN, most + 1);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(TH_SYN | TH_ACK, segment.flags);
	EXPECT_EQ(PEER_ISS + 1, segment.ack);
	peer.next = PEER_ISS + 1;
	peer_says(&peer, TH_ACK, 0);
	fd = accept(listener, NULL, NULL);
	EXPECT_TRUE(reads(fd, PEER_ISS, -1));

	peer = caller(PEER_PORT + 1);
	peer_says(&peer, TH_SYN, most);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	peer_says(&peer, TH_ACK, 0);
	fd = accept(listener, NULL, NULL);
	EXPECT_TRUE(reads(fd, PEER_ISS, most));
}

TEST(listener__a_syn_with_octets_again)
{
	struct peer peer = caller(PEER_PORT);
	struct segment segment;

	set_up();
	listen_on(CLIENT, IPPROTO_CLASP, PORT);
	peer_says(&peer, TH_SYN, 500);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	peer.next = PEER_ISS;
	peer_says(&peer, TH_SYN, 500);
	EXPECT_TRUE(peer_hears(&peer, &segment, 600));
	EXPECT_EQ(TH_SYN | TH_ACK, segment.flags);
}

TEST(listener__closed_while_octets_wait)
{
	struct peer peer = caller(PEER_PORT);
	struct segment segment;
	int listener;

	set_up();
	listener = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	peer_says(&peer, TH_SYN, 500);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	close(listener);
	peer_says(&peer, TH_ACK, 0);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(TH_RST, segment.flags);
}

static int calling(struct peer *peer)
{
	struct segment segment;
	int fd = socket_on(CLIENT, IPPROTO_CLASP, SOCK_NONBLOCK);

	if (!connect(fd, AT(SERVER, PEER_PORT)) || errno != EINPROGRESS)
		stage_fails("connect");
	*peer = (struct peer){ .port = PEER_PORT, .host_port = local_port(fd), .next = PEER_ISS };
	if (!peer_hears(peer, &segment, SOON) || segment.flags != TH_SYN)
		stage_fails("the call");
	return fd;
}

TEST(caller__octets_of_a_crossing_syn)
{
	struct segment segment;
	struct peer peer;
	char octet;
	int fd;

	set_up();
	fd = calling(&peer);
	peer_says(&peer, TH_SYN, 500);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(TH_SYN | TH_ACK, segment.flags);
	EXPECT_EQ(PEER_ISS + 1, segment.ack);
	EXPECT_NE(0, ERRNO(recv(fd, &octet, 1, MSG_DONTWAIT)));
	peer_says(&peer, TH_ACK, 0);
	EXPECT_TRUE(reads(fd, PEER_ISS, 500));
	linger(fd, 0);
}

TEST(caller__gives_up_while_octets_wait)
{
	struct segment segment;
	struct peer peer;
	int fd;

	set_up();
	fd = calling(&peer);
	peer_says(&peer, TH_SYN, 500);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	linger(fd, 0);
	close(fd);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(TH_RST, segment.flags & TH_RST);
	EXPECT_EQ(GONE, state_of(CLIENT, IPPROTO_CLASP, peer.host_port, PEER_PORT));
}

TEST_HARNESS_MAIN
