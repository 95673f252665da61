// SPDX-License-Identifier: GPL-2.0
/*
 * The options of RFC 7323 and RFC 2018 as they are on the wire: agreed on octet for octet as TCP does it beside us,
 * and meaning what they mean.
 */

#include "info.h"
#include "peer.h"
#include "sockets.h"

#define PORT 80
#define SOON 1000		/* ms */
#define TS 7000
#define SHIFT 7

enum {
	SCALING = 1,
	STAMPS = 2,
	SACK = 4,
	ALL = 7,
};

static const char *prefix_of(int protocol)
{
	return protocol == IPPROTO_TCP ? "ipv4/tcp_" : "clasp/";
}

static void set_one(int protocol, const char *name, long value)
{
	char path[64];

	snprintf(path, sizeof(path), "%s%s", prefix_of(protocol), name);
	sysctl_set(CLIENT, path, value);
}

static void allow(int protocol, int options)
{
	set_one(protocol, "window_scaling", !!(options & SCALING));
	set_one(protocol, "timestamps", !!(options & STAMPS));
	set_one(protocol, "sack", !!(options & SACK));
}

static struct peer peer_with(int options, int port)
{
	return (struct peer){
		.port = PEER_PORT, .host_port = port, .next = PEER_ISS,
		.scales = options & SCALING, .wscale = SHIFT, .sacks = options & SACK,
		.stamps = options & STAMPS, .ts_val = TS,
	};
}

/* The SYN of a call, its timestamp without its number. */
static struct segment syn_of(int protocol)
{
	struct segment segment;
	struct peer peer = { .port = PEER_PORT };
	int fd = socket_on(CLIENT, protocol, SOCK_NONBLOCK);
	uint8_t *stamp;

	connect(fd, AT(SERVER, PEER_PORT));
	peer.host_port = local_port(fd);
	if (!peer_hears(&peer, &segment, SOON))
		stage_fails("a SYN");
	close(fd);
	stamp = (uint8_t *)option_at(&segment, TCPOPT_TIMESTAMP);
	if (stamp)
		memset(stamp + 2, 0, 4);
	return segment;
}

/* Likewise of the answer to a peer's SYN. */
static struct segment syn_ack_of(int protocol, int options)
{
	int listener = listen_on(CLIENT, protocol, PORT);
	struct peer peer = peer_with(options, PORT);
	struct segment segment;
	uint8_t *stamp;

	peer_says(&peer, TH_SYN, 0);
	if (!peer_hears(&peer, &segment, SOON))
		stage_fails("a SYN,ACK");
	peer_says(&peer, TH_RST, 0);
	close(listener);
	stamp = (uint8_t *)option_at(&segment, TCPOPT_TIMESTAMP);
	if (stamp)
		memset(stamp + 2, 0, 4);
	return segment;
}

/* RFC 7323, 2.2 and 3.2; RFC 2018, 2: offered as each of three knobs says, in TCP's order. */
TEST(options__of_a_syn_are_tcps)
{
	struct segment tcp[ALL + 1], clasp;
	int allowed;

	hosts_up();
	peer_up(IPPROTO_TCP);
	for (allowed = 0; allowed <= ALL; allowed++) {
		allow(IPPROTO_TCP, allowed);
		tcp[allowed] = syn_of(IPPROTO_TCP);
	}
	peer_up(IPPROTO_CLASP);
	for (allowed = 0; allowed <= ALL; allowed++) {
		allow(IPPROTO_CLASP, allowed);
		clasp = syn_of(IPPROTO_CLASP);
		EXPECT_EQ(tcp[allowed].options_len, clasp.options_len);
		EXPECT_EQ(0, memcmp(tcp[allowed].options, clasp.options, clasp.options_len));
		EXPECT_EQ(!!(allowed & STAMPS), !!option_at(&clasp, TCPOPT_TIMESTAMP));
	}
}

/* Answered where the SYN has offered it, and only then. */
TEST(options__of_a_syn_ack_are_tcps)
{
	struct segment tcp[ALL + 1], clasp;
	int offered;

	hosts_up();
	peer_up(IPPROTO_TCP);
	for (offered = 0; offered <= ALL; offered++)
		tcp[offered] = syn_ack_of(IPPROTO_TCP, offered);
	peer_up(IPPROTO_CLASP);
	allow(IPPROTO_CLASP, ALL);
	for (offered = 0; offered <= ALL; offered++) {
		clasp = syn_ack_of(IPPROTO_CLASP, offered);
		EXPECT_EQ(tcp[offered].options_len, clasp.options_len);
		EXPECT_EQ(0, memcmp(tcp[offered].options, clasp.options, clasp.options_len));
		EXPECT_EQ(!!(offered & SCALING), !!option_at(&clasp, TCPOPT_WINDOW));
	}
	allow(IPPROTO_CLASP, 0);
	EXPECT_EQ(TCPOLEN_MAXSEG, syn_ack_of(IPPROTO_CLASP, ALL).options_len);
}

/* RFC 7323, 3.2 and appendix A: in every segment, aligned, its octets off the segment's. */
TEST_F(on, options__of_each_segment)
{
	static const uint8_t aligned[] = { 1, 1, TCPOPT_TIMESTAMP, TCPOLEN_TIMESTAMP };
	static char block[2 * PEER_MSS];
	struct peer peer = peer_with(STAMPS, PORT);
	struct segment segment;
	uint32_t sent = 0;
	int fd;

	peer_up(variant->protocol);
	enter(CLIENT);
	run("ip link set eth0 gso_max_segs 1");
	fd = peer_gets_through(&peer);
	EXPECT_EQ(0, option_set(fd, variant->level, TCP_NODELAY, 1));
	peer.ts_val++;
	peer_says(&peer, TH_PUSH | TH_ACK, 10);
	EXPECT_EQ(sizeof(block), send(fd, block, sizeof(block), 0));
	while (peer_hears(&peer, &segment, 20)) {
		EXPECT_EQ(12, segment.options_len);
		EXPECT_EQ(0, memcmp(segment.options, aligned, sizeof(aligned)));
		EXPECT_EQ(TS + 1, get32(segment.options + 8));
		EXPECT_LE(segment.len, PEER_MSS - 12);
		sent += segment.len;
		if (sent == sizeof(block))
			break;
	}
	EXPECT_EQ(sizeof(block), sent);
	close(fd);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));		/* octets unread: an RST */
	EXPECT_EQ(12, segment.options_len);
}

/* RFC 7323, 5.3: of another time; 3.2: of nobody. */
TEST_F(on, options__of_an_old_segment)
{
	struct peer peer = peer_with(STAMPS, PORT);
	struct segment segment;
	char octets[64];
	int fd;

	peer_up(variant->protocol);
	fd = peer_gets_through(&peer);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	peer.ts_val -= 10;		/* TCP takes one that is a tick too old */
	peer_says(&peer, TH_PUSH | TH_ACK, 10);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(PEER_ISS + 1, segment.ack);
	EXPECT_EQ(-1, recv(fd, octets, sizeof(octets), 0));
	peer.next -= 10;
	peer.ts_val += 10;
	peer_says(&peer, TH_PUSH | TH_ACK, 10);
	EXPECT_EQ(10, recv(fd, octets, sizeof(octets), 0));
	close(fd);
}

/* RFC 7323, 2.3: more than 64 KiB, both ways. */
TEST_F(on, options__scale_the_window)
{
	struct peer peer = peer_with(SCALING, PORT);
	uint32_t window = 0, shift;
	struct segment segment;
	struct info info;
	int fd, i;

	peer_up(variant->protocol);
	fd = peer_gets_through(&peer);
	info = info_of(fd, variant->level);
	EXPECT_TRUE(info.tcp.tcpi_options & TCPI_OPT_WSCALE);
	EXPECT_FALSE(info.tcp.tcpi_options & (TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK));
	EXPECT_EQ(SHIFT, info.tcp.tcpi_snd_wscale + 0);
	EXPECT_EQ((uint32_t)PEER_WINDOW << SHIFT, info.snd_wnd);
	shift = info.tcp.tcpi_rcv_wscale;
	EXPECT_LT(0, shift);
	for (i = 0; i < 100; i++) {
		char octets[1000];

		peer_says(&peer, TH_PUSH | TH_ACK, sizeof(octets));
		EXPECT_EQ(sizeof(octets), recv(fd, octets, sizeof(octets), MSG_WAITALL));
		while (peer_read(&segment, 0))
			window = (uint32_t)segment.window << shift;
	}
	EXPECT_LT(65535, window);
	close(fd);
}

/* A size that the program asked for before it listened is the most that there will be. */
TEST_F(on, options__scale_for_the_buffer_asked_for)
{
	int size = 20000, listener = socket_on(CLIENT, variant->protocol, 0);
	struct peer peer = peer_with(ALL, PORT);
	struct segment segment;

	peer_up(variant->protocol);
	EXPECT_EQ(0, setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
	EXPECT_EQ(0, bind(listener, AT(CLIENT, PORT)));
	EXPECT_EQ(0, listen(listener, 5));
	peer_says(&peer, TH_SYN, 0);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(0, option_at(&segment, TCPOPT_WINDOW)[2]);
	close(listener);
}

/* Two full segments leave, and nobody says anything. Which octet is the first to come again, counted from the first? */
static uint32_t repeated_first(int protocol, int early_retrans)
{
	struct peer peer = peer_with(SACK, PORT + early_retrans);
	static const char octets[PEER_MSS];
	struct segment segment = {};
	uint32_t first;
	int fd, i;

	set_one(protocol, "early_retrans", early_retrans);
	fd = peer_gets_through(&peer);
	first = peer.expected;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int)))
		stage_fails("TCP_NODELAY");
	for (i = 0; i < 2; i++)
		if (send(fd, octets, sizeof(octets), 0) != sizeof(octets) || !peer_hears(&peer, &segment, SOON))
			stage_fails("a segment");
	if (!peer_hears(&peer, &segment, SOON))
		stage_fails("a segment again");
	close(fd);
	return segment.seq - first;
}

/* RFC 8985, 7.3: the probe repeats the last one, the retransmission timer the first one. */
TEST_F(on, tail__is_probed_for_if_the_administrator_likes)
{
	int early_retrans;

	peer_up(variant->protocol);
	wire(CLIENT, "delay 10ms");
	for (early_retrans = 0; early_retrans <= 4; early_retrans++)
		EXPECT_EQ(early_retrans < 3 ? 0 : PEER_MSS, repeated_first(variant->protocol, early_retrans));
}

/* With 1 a clock of the connection's own, with 2 the milliseconds since the system has started. */
TEST_F(on, options__clock)
{
	uint32_t stamps[2], now;
	struct segment segment;
	int i;

	peer_up(variant->protocol);
	set_one(variant->protocol, "timestamps", 2);
	for (i = 0; i < 2; i++) {
		struct peer peer = { .port = PEER_PORT + i };
		int fd = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK);

		connect(fd, AT(SERVER, peer.port));
		peer.host_port = local_port(fd);
		EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
		stamps[i] = peer.ts_ecr;
	}
	now = now_ns() / 1000000;
	EXPECT_LE(now - stamps[0], 2000);
	EXPECT_LE(now - stamps[1], 2000);
	set_one(variant->protocol, "timestamps", 1);
	for (i = 0; i < 2; i++) {
		struct peer peer = { .port = PEER_PORT + 10 + i };
		int fd = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK);

		connect(fd, AT(SERVER, peer.port));
		peer.host_port = local_port(fd);
		EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
		stamps[i] = peer.ts_ecr;
	}
	EXPECT_LT(100000, stamps[1] - stamps[0] + 50000);
}

SOCKETS_HARNESS_MAIN
