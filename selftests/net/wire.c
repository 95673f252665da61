// SPDX-License-Identifier: GPL-2.0
/*
 * What only the wire shows: a peer made by hand looks at every octet that the client sends, and sends what no
 * decent stack would.
 */
#include "sockets.h"
#include "peer.h"

#define SOON 200	/* ms; less than anything takes that is sent again */

/* The client listens, the peer connects. */
static int accepted_from(struct peer *peer, int protocol)
{
	int listener = listen_on(CLIENT, protocol, PORT), fd;

	*peer = peer_connects(PORT);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		stage_fails("accept");
	close(listener);
	return fd;
}

static bool silent(int ms)
{
	struct segment segment;

	return !peer_read(&segment, ms);
}

/*
 * Every kind of segment: to nobody, out of an embryo, of a socket with even, odd and no octets. (TCP leaves
 * its checksums to this wire, which computes none.)
 */
TEST(checksum__is_right)
{
	struct peer stranger = { .port = PEER_PORT + 1, .host_port = PORT + 1 }, peer;
	struct segment segment;
	int fd;

	hosts_up();
	peer_up(IPPROTO_CLASP);
	peer_says(&stranger, TH_SYN, 0);
	EXPECT_TRUE(peer_hears(&stranger, &segment, SOON));
	EXPECT_EQ(TH_RST | TH_ACK, segment.flags);
	EXPECT_FALSE(segment.broken);

	fd = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	peer = (struct peer){ .port = PEER_PORT, .host_port = PORT };
	peer_says(&peer, TH_SYN, 0);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(TH_SYN | TH_ACK, segment.flags);
	EXPECT_FALSE(segment.broken);
	peer_says(&peer, TH_ACK, 0);
	fd = accept(fd, NULL, NULL);

	EXPECT_EQ(100, send(fd, segment.data, 100, 0));
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(100, segment.len);
	EXPECT_FALSE(segment.broken);
	peer_says(&peer, TH_ACK, 0);
	EXPECT_EQ(7, send(fd, "seventh", 7, 0));
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(7, segment.len);
	EXPECT_FALSE(segment.broken);
	peer_says(&peer, TH_ACK | TH_FIN, 10);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(TH_ACK, segment.flags);
	EXPECT_FALSE(segment.broken);
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(TH_ACK | TH_FIN, segment.flags);
	EXPECT_FALSE(segment.broken);
}

TEST_F(on, checksum__a_wrong_one_opens_nothing)
{
	struct peer peer = { .port = PEER_PORT, .host_port = PORT };
	struct segment syn = peer_segment(&peer, TH_SYN);

	listen_on(CLIENT, variant->protocol, PORT);
	peer_up(variant->protocol);
	syn.broken = true;
	peer_send(&syn);
	EXPECT_TRUE(silent(SOON));
	EXPECT_EQ(GONE, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
	if (variant->protocol == IPPROTO_CLASP)
		EXPECT_EQ(1, counter(CLIENT, "InCsumErrors"));
	syn.broken = false;
	peer_send(&syn);
	EXPECT_FALSE(silent(SOON));
	EXPECT_EQ(SYN_RECV, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
}

TEST_F(on, checksum__a_wrong_one_changes_nothing)
{
	struct segment segment;
	struct peer peer;
	char octet;
	int fd;

	peer_up(variant->protocol);
	fd = accepted_from(&peer, variant->protocol);
	nonblocking(fd);
	segment = peer_segment(&peer, TH_ACK);
	segment.len = 1;
	segment.broken = true;
	peer_send(&segment);
	segment.flags = TH_FIN | TH_ACK;
	peer_send(&segment);
	segment.flags = TH_RST;
	segment.len = 0;
	peer_send(&segment);
	EXPECT_TRUE(silent(SOON));
	EXPECT_EQ(ESTABLISHED, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
	EXPECT_EQ(EAGAIN, ERRNO(read(fd, &octet, 1)));
	if (variant->protocol == IPPROTO_CLASP)
		EXPECT_EQ(3, counter(CLIENT, "InCsumErrors"));
	segment.broken = false;
	peer_send(&segment);
	EXPECT_EQ(ECONNRESET, ERRNO(read(fd, &octet, 1)));
}

/* RFC 9293, MUST-46 */
TEST_F(on, connect__refuses_who_is_not_one_host)
{
	static const uint32_t addresses[] = { 0xffffffff, 0x0a0000ff, 0xe0000001, 0xefffffff };
	struct sockaddr_in to = address(SERVER, PORT);
	unsigned int i;

	peer_up(variant->protocol);
	enter(CLIENT);
	run("ip route add 224.0.0.0/4 dev eth0");
	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		int fd = socket_on(CLIENT, variant->protocol, 0);

		to.sin_addr.s_addr = htonl(addresses[i]);
		EXPECT_EQ(ENETUNREACH, ERRNO(connect(fd, (struct sockaddr *)&to, sizeof(to))))
			TH_LOG("address %08x", addresses[i]);
		close(fd);
	}
	EXPECT_TRUE(silent(SOON));
}

TEST_HARNESS_MAIN
