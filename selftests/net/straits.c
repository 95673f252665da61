// SPDX-License-Identifier: GPL-2.0
/*
 * Where there is little room: no memory for octets that arrive, a path that takes less than before, or nothing.
 */
#include "sockets.h"
#include "peer.h"

#define SOON 150	/* ms; less than anything takes that is sent again */

/* Buffers of so few octets each hold more memory than the window reckons with. */
#define MEAGRE 257

/* Somebody else holds what arrives, too: such buffers are not joined, and take more memory than their octets. */
static void shared_with_another(void)
{
	enter(CLIENT);
	if (socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)) < 0)
		stage_fails("a packet socket");
}

TEST(memory__without_it_an_ack_counts)
{
	struct segment segment;
	int listener, fd, waiting = -1, sent;
	struct peer peer;

	hosts_up();
	shared_with_another();
	peer_up(IPPROTO_CLASP);
	listener = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	EXPECT_EQ(0, option_set(listener, SOL_SOCKET, SO_RCVBUF, 16384));
	peer = peer_connects(PORT);
	fd = accept(listener, NULL, NULL);
	EXPECT_EQ(5, send(fd, "hello", 5, 0));
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	peer.expected -= 5;
	for (sent = 0; sent < peer.window && !counter(CLIENT, "DropBufferFull"); sent += MEAGRE)
		peer_says(&peer, TH_ACK, MEAGRE);
	EXPECT_EQ(1, counter(CLIENT, "DropBufferFull"));
	EXPECT_EQ(0, ioctl(fd, TIOCOUTQ, &waiting));
	EXPECT_EQ(5, waiting);

	peer_forget();
	peer.expected += 5;
	peer.next -= MEAGRE;
	peer_says(&peer, TH_ACK | TH_FIN, MEAGRE);
	EXPECT_EQ(2, counter(CLIENT, "DropBufferFull"));
	EXPECT_EQ(0, ioctl(fd, TIOCOUTQ, &waiting));
	EXPECT_EQ(0, waiting);
	EXPECT_TRUE(peer_hears(&peer, &segment, 0));
	EXPECT_EQ(peer.next - MEAGRE - 1, segment.ack);
	EXPECT_EQ(ESTABLISHED, state_of(CLIENT, IPPROTO_CLASP, PORT, PEER_PORT));

	while (recv(fd, segment.data, sizeof(segment.data), MSG_DONTWAIT) > 0)
		;
	peer.next -= MEAGRE + 1;
	peer_says(&peer, TH_ACK | TH_FIN, MEAGRE);
	EXPECT_EQ(MEAGRE, recv(fd, segment.data, sizeof(segment.data), MSG_DONTWAIT));
	EXPECT_EQ(0, recv(fd, segment.data, sizeof(segment.data), MSG_DONTWAIT));
}

/* A router tells the client that a segment of its did not fit. */
static void too_large(const struct segment *segment, uint16_t mtu)
{
	const uint32_t begins[] = { htonl(segment->sport << 16 | segment->dport), htonl(segment->seq) };
	uint8_t quoted[QUOTED_MAX];
	int raw;

	fill_header(quoted, segment);
	memcpy(quoted + QUOTED - sizeof(begins), begins, sizeof(begins));
	enter(SERVER);
	raw = socket(family(), SOCK_RAW, BY_FAMILY(IPPROTO_ICMP, IPPROTO_ICMPV6));
	icmp_answer(raw, quoted, BY_FAMILY(ICMP_DEST_UNREACH, ICMP6_PACKET_TOO_BIG),
		    BY_FAMILY(ICMP_FRAG_NEEDED, 0), mtu);
	close(raw);
}

TEST(path__takes_less_than_before)
{
	const uint16_t mtu = BY_FAMILY(1000, 1300), largest = mtu - BY_FAMILY(40, 60);
	struct segment segment, first;
	struct peer peer;
	uint64_t since;
	int fd;

	hosts_up();
	peer_up(IPPROTO_CLASP);
	fd = peer_is_accepted(&peer, PORT);
	EXPECT_EQ(PEER_MSS, send(fd, first.data, PEER_MSS, 0));
	EXPECT_TRUE(peer_hears(&peer, &first, SOON));
	EXPECT_EQ(PEER_MSS, first.len);
	EXPECT_TRUE(first.whole);
	since = now_ns();
	too_large(&first, mtu);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(first.seq, segment.seq);
	EXPECT_EQ(largest, segment.len);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(first.seq + largest, segment.seq);
	EXPECT_EQ(PEER_MSS - largest, segment.len);
	EXPECT_LT(now_ns() - since, SOON * 1000000ull);

	/* What the router says once more is old. */
	too_large(&first, mtu);
	EXPECT_FALSE(peer_hears(&peer, &segment, SOON));
	peer_says(&peer, TH_ACK, 0);
	EXPECT_EQ(PEER_MSS, send(fd, first.data, PEER_MSS, 0));
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(largest, segment.len);
}

#define TRACEFS "/sys/kernel/tracing/"

/* How often IP was advised against a route, from a file that a host's own /sys does not have. */
static long times_doubted(int profile)
{
	char line[64] = "";
	long times;

	if (pread(profile, line, sizeof(line) - 1, 0) < 0 || sscanf(line, " doubt %ld", &times) != 1)
		stage_fails("kprobe_profile");
	return times;
}

/* RFC 9293, MUST-20 and SHLD-10: IP hears of the third retransmission and of each from then on. */
TEST(path__may_be_dead)
{
	struct segment segment;
	struct peer peer;
	int profile, fd;
	unsigned int i;

	file_write(TRACEFS "kprobe_events",
		   BY_FAMILY("p:doubt ipv4_negative_advice", "p:doubt ip6_negative_advice"));
	file_write(TRACEFS "events/kprobes/doubt/enable", "1");
	profile = open(TRACEFS "kprobe_profile", O_RDONLY);
	hosts_up();
	peer_up(IPPROTO_CLASP);
	fd = peer_is_accepted(&peer, PORT);
	EXPECT_EQ(5, send(fd, "hello", 5, 0));
	for (i = 0; i < 6; i++) {
		EXPECT_TRUE(peer_hears(&peer, &segment, 30000));
		EXPECT_EQ(5, segment.len);
		EXPECT_EQ(i < 3 ? 0 : i - 2, times_doubted(profile));
	}
}

TEST_HARNESS_MAIN
