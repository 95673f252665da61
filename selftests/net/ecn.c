// SPDX-License-Identifier: GPL-2.0
/*
 * Explicit congestion notification on the wire (RFC 3168): agreed on as TCP does it, said in the ECN field of the IP
 * header and in two flags, with a peer made by hand and over a wire that marks in place of dropping.
 */

#include "info.h"
#include "moments.h"
#include "stream.h"

#ifndef TH_ECE
#define TH_ECE 0x40
#define TH_CWR 0x80
#endif

#define SETUP (TH_ECE | TH_CWR)
#define FIELD 3			/* of the IP header: */
#define ECT_0 2
#define CE 3

static void ecn_set(enum host host, int protocol, const char *name, int value)
{
	char path[64];

	snprintf(path, sizeof(path), "%s%s", protocol == IPPROTO_TCP ? "ipv4/tcp_" : "clasp/", name);
	sysctl_set(host, path, value);
}

static struct segment heard_of(struct peer *peer)
{
	struct segment segment;

	if (!peer_hears(peer, &segment, 1500))
		stage_fails("a segment");
	segment.flags &= ~TH_PUSH;
	segment.tos &= FIELD;
	return segment;
}

#define HEARS(wanted, field) do {				\
	struct segment heard = heard_of(&peer);			\
								\
	EXPECT_EQ(wanted, heard.flags);				\
	EXPECT_EQ(field, heard.tos);				\
} while (0)

/* The peer says so with octets that a router has marked, or may. */
static void peer_says_marked(struct peer *peer, uint8_t flags, uint8_t field, int len)
{
	struct segment segment = peer_segment(peer, flags);

	segment.tos = field;
	segment.len = len;
	peer_send(&segment);
	peer->next += len;
}

/* A connection of the peer's, which has asked for ECN, and was granted it or not. */
static int accepted_with(struct peer *peer, int protocol, uint8_t syn, uint8_t answer)
{
	int listener = listen_on(CLIENT, protocol, PORT), fd;
	static int calls;
	struct segment segment;

	*peer = (struct peer){ .port = PEER_PORT + calls++, .host_port = PORT, .next = PEER_ISS };
	peer_says(peer, syn, 0);
	segment = heard_of(peer);
	if (segment.flags != answer || segment.tos)
		stage_fails("the answer %02x", segment.flags);
	peer_says(peer, TH_ACK, 0);
	fd = accept(listener, NULL, NULL);
	close(listener);
	return fd;
}

/* net.ipv4.tcp_ecn, net.clasp.ecn: 6.1.1, 6.1.1.1 */
TEST_F(on, ecn__is_asked_for)
{
	static const uint8_t asks[] = { 0, SETUP, 0 };
	struct peer peer = { .port = PEER_PORT };
	int value, fd;

	peer_up(variant->protocol);
	for (value = 2; value >= 0; value--) {
		ecn_set(CLIENT, variant->protocol, "ecn", value);
		fd = call(variant->protocol, TCP_NODELAY, 1);
		peer.host_port = local_port(fd);
		HEARS(TH_SYN | asks[value], 0);
		HEARS(TH_SYN, 0);
		close(fd);
		peer_forget();
	}
	ecn_set(CLIENT, variant->protocol, "ecn", 1);
	ecn_set(CLIENT, variant->protocol, "ecn_fallback", 0);
	fd = call(variant->protocol, TCP_NODELAY, 1);
	peer.host_port = local_port(fd);
	HEARS(TH_SYN | SETUP, 0);
	HEARS(TH_SYN | SETUP, 0);
	close(fd);
}

TEST_F(on, ecn__is_granted)
{
	static const uint8_t grants[] = { 0, TH_ECE, TH_ECE };
	struct peer peer;
	int value, fd;

	peer_up(variant->protocol);
	for (value = 2; value >= 0; value--) {
		ecn_set(CLIENT, variant->protocol, "ecn", value);
		fd = accepted_with(&peer, variant->protocol, TH_SYN | SETUP,
				   TH_SYN | TH_ACK | grants[value]);
		EXPECT_EQ(!!value, !!(info_of(fd, variant->level).tcp.tcpi_options & TCPI_OPT_ECN));
		close(fd);
		peer_forget();
	}
	ecn_set(CLIENT, variant->protocol, "ecn", 2);
	fd = accepted_with(&peer, variant->protocol, TH_SYN | TH_ECE, TH_SYN | TH_ACK);
	close(fd);
}

/* 6.1.2 to 6.1.5, both ways */
TEST_F(on, ecn__of_a_dialogue)
{
	static char block[4 * PEER_MSS];
	struct peer peer;
	int fd;

	no_super_packets();
	peer_up(variant->protocol);
	fd = accepted_with(&peer, variant->protocol, TH_SYN | SETUP, TH_SYN | TH_ACK | TH_ECE);
	set(fd, TCP_NODELAY, 1);
	set(fd, TCP_QUICKACK, 1);
	/* marked: said in each ACK, in that of octets too, until the peer knows */
	EXPECT_FALSE(info_of(fd, variant->level).tcp.tcpi_options & TCPI_OPT_ECN_SEEN);
	peer_says_marked(&peer, TH_ACK, CE, 100);
	HEARS(TH_ACK | TH_ECE, 0);
	EXPECT_TRUE(info_of(fd, variant->level).tcp.tcpi_options & TCPI_OPT_ECN_SEEN);
	EXPECT_EQ(1, write(fd, "x", 1));
	HEARS(TH_ACK | TH_ECE, ECT_0);
	peer_says_marked(&peer, TH_ACK | TH_CWR, ECT_0, 100);
	HEARS(TH_ACK, 0);
	/* an echo: less than half of ten segments remains of the window, and the next new octets say so */
	EXPECT_EQ(sizeof(block), write(fd, block, sizeof(block)));
	HEARS(TH_ACK, ECT_0);
	HEARS(TH_ACK, ECT_0);
	HEARS(TH_ACK, ECT_0);
	HEARS(TH_ACK, ECT_0);
	peer_says(&peer, TH_ACK | TH_ECE, 0);
	EXPECT_GT(10, info_of(fd, variant->level).tcp.tcpi_snd_cwnd);
	EXPECT_EQ(2 * PEER_MSS, write(fd, block, 2 * PEER_MSS));
	HEARS(TH_ACK | TH_CWR, ECT_0);
	HEARS(TH_ACK, ECT_0);
	/* nobody answers: what is sent again may not be marked */
	HEARS(TH_ACK, 0);
	peer_says(&peer, TH_ACK, 0);
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	HEARS(TH_FIN | TH_ACK, 0);
	close(fd);
}

/**
 * struct seen - segments of a connection on the server's wire
 * @marked: of the client's octets, by a router
 * @markable: of them, those that might have been
 * @bare: without octets, and might have been all the same
 * @echoes: of the server's, with ECE
 * @reductions: of the client's, with CWR
 */
struct seen {
	unsigned int marked;
	unsigned int markable;
	unsigned int bare;
	unsigned int echoes;
	unsigned int reductions;
};

static int watch_server(void)
{
	struct sockaddr_ll place = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd, size = 16 << 20;

	enter(SERVER);
	place.sll_ifindex = if_nametoindex("eth0");
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    bind(fd, (struct sockaddr *)&place, sizeof(place)))
		stage_fails("a place on the wire");
	return fd;
}

static void count_segment(const struct segment *segment, struct seen *seen)
{
	uint8_t field = segment->tos & FIELD;

	if (segment->flags & TH_SYN)
		return;
	if (segment->from != CLIENT_ADDRESS) {
		seen->echoes += !!(segment->flags & TH_ECE);
		seen->bare += field && !segment->len;
		return;
	}
	seen->markable += segment->len && field;
	seen->marked += field == CE;
	seen->bare += field && !segment->len;
	seen->reductions += !!(segment->flags & TH_CWR);
}

static struct seen seen_on(int fd, int protocol)
{
	struct seen seen = { 0 };
	struct peer_frame frame;
	struct segment segment;

	while (recv(fd, &frame.eth, sizeof(frame) - sizeof(frame.align), 0) > 0) {
		if (peer_understands(&segment, &frame, protocol))
			count_segment(&segment, &seen);
	}
	return seen;
}

static void send_stream(int protocol, unsigned int total)
{
	int fd = connect_from(CLIENT, protocol, PORT);

	stream_write(fd, 0, total);
	if (shutdown(fd, SHUT_WR) || read(fd, (char [1]) { 0 }, 1) != 0)
		stage_fails("end of the stream");
}

/* One in 50 is marked, or lost where it may not be marked: nothing of the stream is lost, and the client slows down. */
TEST_F(on, ecn__over_a_wire_that_marks)
{
	const unsigned int total = 2 << 20;
	unsigned char block[4096];
	unsigned int done = 0;
	int listener, fd, tap;
	struct seen seen;
	ssize_t len;
	pid_t sender;

	ecn_set(CLIENT, variant->protocol, "ecn", 1);
	no_super_packets();
	wire(SERVER, "delay 10ms limit 10000");
	wire(CLIENT, "delay 10ms limit 10000");
	tap = watch_server();
	listener = listen_on(SERVER, variant->protocol, PORT);
	sender = IN_CHILD(send_stream(variant->protocol, total));
	fd = accept(listener, NULL, NULL);
	/* Not before: a SYN may not be marked, and who has lost one does not ask for ECN again. */
	wire(CLIENT, "delay 10ms limit 10000 loss 2% ecn");
	while ((len = read(fd, block, sizeof(block))) > 0 && stream_continues(block, done, len))
		done += len;
	EXPECT_EQ(total, done);
	close(fd);
	EXPECT_TRUE(child_succeeds(sender));
	seen = seen_on(tap, variant->protocol);
	printf("# %u octets' segments might be marked, %u were; %u echoes, %u reductions\n", seen.markable,
	       seen.marked, seen.echoes, seen.reductions);
	EXPECT_LE(total / PEER_MSS, seen.markable);
	EXPECT_LT(5, seen.marked);
	EXPECT_LE(seen.reductions, seen.marked);
	EXPECT_LT(1, seen.reductions);
	EXPECT_LE(seen.marked, seen.echoes);
	EXPECT_EQ(0, seen.bare);
	if (variant->protocol == IPPROTO_CLASP)
		EXPECT_GE(2, counter(CLIENT, "RetransSegs"));	/* a SYN, a FIN */
}

SOCKETS_HARNESS_MAIN
