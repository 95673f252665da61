// SPDX-License-Identifier: GPL-2.0
/*
 * What only the wire shows: a peer made by hand looks at every octet that the client sends, and sends what no
 * decent stack would.
 */
#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "sockets.h"
#include "peer.h"
#include "trace_helpers.h"

#define SOON 200	/* ms; less than anything takes that is sent again */

static bool silent(int ms)
{
	struct segment segment;

	return !peer_read(&segment, ms);
}

/* What a device says it does to checksums, as `ethtool -K eth0 tx on` has it. */
static void offload(enum host host, bool on)
{
	struct ethtool_value value = { ETHTOOL_STXCSUM, on };
	struct ifreq device = { .ifr_name = "eth0", .ifr_data = (void *)&value };
	int fd = socket_on(host, IPPROTO_TCP, 0);

	if (ioctl(fd, SIOCETHTOOL, &device))
		stage_fails("checksums of a device");
	value.cmd = ETHTOOL_GTXCSUM;
	if (ioctl(fd, SIOCETHTOOL, &device) || value.data != on)
		stage_fails("checksums of a device are not %d", on);
	close(fd);
}

/* Every kind of segment: to nobody, out of an embryo, of a socket with even, odd and no octets. */
static void checksums_are_right(struct __test_metadata *_metadata, int port)
{
	struct peer stranger = { .port = PEER_PORT + 1, .host_port = port + 1 };
	struct peer peer = { .port = PEER_PORT, .host_port = port };
	int fd = listen_on(CLIENT, IPPROTO_CLASP, port);
	struct segment segment;

	peer_says(&stranger, TH_SYN, 0);
	EXPECT_TRUE(peer_hears(&stranger, &segment, SOON));
	EXPECT_EQ(TH_RST | TH_ACK, segment.flags);
	EXPECT_FALSE(segment.broken);

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

/* Also on a device that would compute them, of which it is not known whether it can. (TCP leaves its own to it.) */
TEST(checksum__is_right)
{
	hosts_up();
	peer_up(IPPROTO_CLASP);
	offload(CLIENT, true);
	checksums_are_right(_metadata, PORT);
	offload(CLIENT, false);
	checksums_are_right(_metadata, PORT + 2);
}

/*
 * What left as one, and met a device that does not take it so: nobody tells the socket that it takes one segment at a
 * time by now.
 */
TEST(super_packet__is_cut_where_it_has_to_be)
{
	const int len = 3 * PEER_MSS + 101;
	uint8_t octets[3 * PEER_MSS + 101];
	struct segment segment;
	char line[512] = "";
	struct peer peer;
	long counted;
	FILE *pipe;
	int fd, i;

	hosts_up();
	peer_up(IPPROTO_CLASP);
	enter(CLIENT);
	run("ip link set eth0 gso_max_segs 65535");
	fd = peer_is_accepted(&peer, PORT);
	run("ip link set eth0 gso_max_segs 1");
	trace_start("clasp/clasp_segment_sent");
	pipe = trace_pipe();
	for (i = 0; i < len; i++)
		octets[i] = i * 7 + i / PEER_MSS;
	EXPECT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int)));
	counted = counter(CLIENT, "OutSegs");
	EXPECT_EQ(len, send(fd, octets, len, 0));
	EXPECT_TRUE(trace_line(pipe, " len=4481 ", 5, line, sizeof(line)));
	EXPECT_EQ(counted + 4, counter(CLIENT, "OutSegs"));
	for (i = 0; i < 4; i++) {
		EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
		EXPECT_FALSE(segment.broken);
		EXPECT_EQ(i < 3 ? PEER_MSS : 101, segment.len);
		EXPECT_EQ(i < 3 ? TH_ACK : TH_ACK | TH_PUSH, segment.flags);
		EXPECT_EQ(segment.seq + segment.len, peer.expected);
		EXPECT_EQ(0, memcmp(segment.data, octets + i * PEER_MSS, segment.len));
	}
	EXPECT_TRUE(silent(SOON / 4));
	fclose(pipe);
	trace_stop();
}

/* Or a ladder would draw the listener as gone. */
TEST(trace__a_listener_listens_while_it_refuses)
{
	struct peer peer = { .port = PEER_PORT, .host_port = PORT };
	char line[512] = "";
	FILE *pipe;

	hosts_up();
	peer_up(IPPROTO_CLASP);
	listen_on(CLIENT, IPPROTO_CLASP, PORT);
	trace_start("clasp/clasp_segment_sent");
	pipe = trace_pipe();
	peer_says(&peer, TH_ACK, 0);
	EXPECT_TRUE(trace_line(pipe, " flags=R ", 5, line, sizeof(line)));
	EXPECT_NE(NULL, strstr(line, " state=LISTEN"));
	fclose(pipe);
	trace_stop();
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
	fd = peer_is_accepted(&peer, PORT);
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
	static const char *const addresses[][4] = {
		{ "255.255.255.255", "10.0.0.255", "224.0.0.1", "239.255.255.255" },
		{ "ff02::1", "ff01::1", "ff0e::1", "ff05::2" },
	};
	unsigned int i;

	peer_up(variant->protocol);
	enter(CLIENT);
	if (family() == AF_INET)
		run("ip route add 224.0.0.0/4 dev eth0");
	for (i = 0; i < ARRAY_SIZE(addresses[0]); i++) {
		const char *text = BY_FAMILY(addresses[0][i], addresses[1][i]);
		int fd = socket_on(CLIENT, variant->protocol, 0);

		EXPECT_EQ(ENETUNREACH, ERRNO(connect(fd, TO(text, PORT)))) TH_LOG("address %s", text);
		close(fd);
	}
	EXPECT_TRUE(silent(SOON));
}

/* A listener on every address that the client has, broadcast and multicast included. */
static void listen_everywhere(int protocol)
{
	int fd = socket_on(CLIENT, protocol, 0);

	if (bind(fd, TO(BY_FAMILY("0.0.0.0", "::"), PORT)) || listen(fd, 8))
		stage_fails("listen");
}

/* RFC 9293, MUST-57: whatever the frame says, and whatever the segment is. */
TEST_F(on, syn__to_everybody_is_discarded)
{
	static const uint32_t addresses[] = { 0xffffffff, 0x0a0000ff, 0xe0000001 };
	struct peer peer = { .port = PEER_PORT, .host_port = PORT };
	unsigned int i;

	peer_up(variant->protocol);
	listen_everywhere(variant->protocol);
	for (i = 0; i < 12; i++) {
		struct segment segment = peer_segment(&peer, i < 6 ? TH_SYN : TH_ACK);

		segment.to = addresses[i % 3];
		segment.to_all = i % 6 < 3;
		peer_send(&segment);
		EXPECT_TRUE(silent(SOON))
			TH_LOG("to %08x, frame %d, flags %d", segment.to, segment.to_all,
			       segment.flags);
		EXPECT_EQ(GONE, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
	}
	peer_says(&peer, TH_SYN, 0);
	EXPECT_FALSE(silent(SOON));
}

/*
 * RFC 9293, MUST-63: also with nobody else to look, as where rp_filter is off. (Linux's TCP then answers
 * a network's own broadcast address.)
 */
TEST(syn__from_nobody_is_ignored)
{
	static const uint32_t addresses[] = { 0xffffffff, 0xe0000001, 0, 0x7f000001, 0x0a0000ff };
	/* no address of IPv6 is a network's own broadcast */
	const unsigned int count = ARRAY_SIZE(addresses) - BY_FAMILY(0, 1);
	struct peer peer = { .port = PEER_PORT, .host_port = PORT };
	unsigned int i;

	hosts_up();
	sysctl_set(CLIENT, "ipv4/conf/all/rp_filter", 0);
	sysctl_set(CLIENT, "ipv4/conf/eth0/rp_filter", 0);
	peer_up(IPPROTO_CLASP);
	listen_everywhere(IPPROTO_CLASP);
	for (i = 0; i < 2 * count; i++) {
		struct segment segment = peer_segment(&peer, i < count ? TH_SYN : TH_ACK);

		segment.from = addresses[i % count];
		peer_send(&segment);
		EXPECT_TRUE(silent(SOON)) TH_LOG("from %08x", segment.from);
		EXPECT_EQ(GONE, state_of(CLIENT, IPPROTO_CLASP, PORT, PEER_PORT));
	}
	peer_says(&peer, TH_SYN, 0);
	EXPECT_FALSE(silent(SOON));
}

static int reusing(int protocol)
{
	int fd = socket_on(CLIENT, protocol, SOCK_NONBLOCK);

	if (option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1) || bind(fd, AT(CLIENT, PORT)))
		stage_fails("bind");
	return fd;
}

/* RFC 9293, MUST-42 */
TEST_F(on, listen__beside_a_connection_that_opens)
{
	struct peer peer = { .port = PEER_PORT, .host_port = PORT, .next = PEER_ISS }, other = peer;
	struct segment segment;
	int opening, listener;

	peer_up(variant->protocol);
	opening = reusing(variant->protocol);
	EXPECT_EQ(EINPROGRESS, ERRNO(connect(opening, AT(SERVER, PEER_PORT))));
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(SYN_SENT, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
	listener = reusing(variant->protocol);
	EXPECT_EQ(0, ERRNO(listen(listener, 8)));
	close(listener);

	peer_says(&peer, TH_SYN, 0);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(SYN_RECV, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
	listener = reusing(variant->protocol);
	EXPECT_EQ(0, ERRNO(listen(listener, 8)));
	other.port++;
	peer_says(&other, TH_SYN, 0);
	EXPECT_TRUE(peer_hears(&other, &segment, SOON));
	EXPECT_EQ(TH_SYN | TH_ACK, segment.flags);

	peer_says(&peer, TH_ACK, 0);
	EXPECT_EQ(ESTABLISHED, state_of(CLIENT, variant->protocol, PORT, PEER_PORT));
}

#define LEVEL_OF_IP BY_FAMILY(IPPROTO_IP, IPPROTO_IPV6)
#define CLASS BY_FAMILY(IP_TOS, IPV6_TCLASS)
#define HOPS BY_FAMILY(IP_TTL, IPV6_UNICAST_HOPS)

#define EXPECT_IP(segment, a_tos, a_ttl)	\
	do {					\
		EXPECT_EQ(a_tos, (segment).tos);	\
		EXPECT_EQ(a_ttl, (segment).ttl);	\
	} while (0)

/* RFC 9293, MUST-48, MUST-49, SHLD-21 and SHLD-22 */
TEST_F(on, ip__fields_are_the_programs)
{
	struct peer peer = { .port = PEER_PORT, .next = PEER_ISS };
	struct segment segment;
	int fd = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK);

	peer_up(variant->protocol);
	EXPECT_EQ(0, option_set(fd, LEVEL_OF_IP, CLASS, 0xb8));
	EXPECT_EQ(0, option_set(fd, LEVEL_OF_IP, HOPS, 42));
	enter(CLIENT);
	connect(fd, AT(SERVER, PEER_PORT));
	peer.host_port = local_port(fd);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_IP(segment, 0xb8, 42);
	peer_says(&peer, TH_SYN | TH_ACK, 0);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_IP(segment, 0xb8, 42);

	EXPECT_EQ(0, option_set(fd, LEVEL_OF_IP, CLASS, 0x28));
	EXPECT_EQ(0, option_set(fd, LEVEL_OF_IP, HOPS, 43));
	EXPECT_EQ(1, send(fd, "x", 1, 0));
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(1, segment.len);
	EXPECT_IP(segment, 0x28, 43);

	peer_says(&peer, TH_ACK, 0);
	shutdown(fd, SHUT_WR);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_IP(segment, 0x28, 43);
	peer_says(&peer, TH_FIN | TH_ACK, 0);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_IP(segment, 0x28, 43);
	EXPECT_EQ(TIME_WAIT, state_of(CLIENT, variant->protocol, peer.host_port, PEER_PORT));

	peer.next--;
	peer_says(&peer, TH_FIN | TH_ACK, 0);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(TH_ACK, segment.flags);
	/* Linux's TCP remembers only one of the two. */
	EXPECT_IP(segment, 0x28, variant->protocol == IPPROTO_TCP ? 64 : 43);
}

/* Of a listener's, before there is a socket; and of the socket that it becomes. */
TEST_F(on, ip__fields_are_inherited)
{
	struct peer peer = { .port = PEER_PORT, .host_port = PORT, .next = PEER_ISS };
	int listener = listen_on(CLIENT, variant->protocol, PORT), fd;
	struct segment segment;

	peer_up(variant->protocol);
	EXPECT_EQ(0, option_set(listener, LEVEL_OF_IP, CLASS, 0xb8));
	EXPECT_EQ(0, option_set(listener, LEVEL_OF_IP, HOPS, 42));
	peer_says(&peer, TH_SYN, 0);
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_IP(segment, 0xb8, 42);
	peer_says(&peer, TH_ACK, 0);
	fd = accept(listener, NULL, NULL);
	EXPECT_EQ(1, send(fd, "x", 1, 0));
	EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
	EXPECT_EQ(1, segment.len);
	EXPECT_IP(segment, 0xb8, 42);
}

#define NUMBERS 64
#define CLOCK_SLACK 1000	/* ticks of 4 us, for what passes between two SYNs */

/* The initial sequence number that the client chooses for the peer's port, whose SYN it then forgets. */
static uint32_t number_for(uint16_t port)
{
	struct peer peer = { .port = port, .host_port = PORT, .next = PEER_ISS };
	struct segment segment;

	peer_says(&peer, TH_SYN, 0);
	if (!peer_hears(&peer, &segment, SOON))
		stage_fails("a SYN,ACK");
	peer_says(&peer, TH_RST, 0);
	return segment.seq;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/*
 * RFC 9293, MUST-9, and RFC 6528: who sees the numbers of some connections knows nothing of the next one's.
 * Neighbours' distances are all different, so that they lie on no line, and the numbers are everywhere.
 */
TEST(isn__of_connections_do_not_depend_on_each_other)
{
	uint32_t number[NUMBERS], distance[NUMBERS - 1];
	unsigned int i, sixteenths = 0;

	hosts_up();
	peer_up(IPPROTO_CLASP);
	listen_everywhere(IPPROTO_CLASP);
	for (i = 0; i < NUMBERS; i++)
		number[i] = number_for(PEER_PORT + i);
	for (i = 0; i < NUMBERS - 1; i++)
		distance[i] = number[i + 1] - number[i];
	qsort(distance, NUMBERS - 1, sizeof(distance[0]), compare_numbers);
	for (i = 1; i < NUMBERS - 1; i++)
		EXPECT_LT(CLOCK_SLACK, distance[i] - distance[i - 1]);
	for (i = 0; i < NUMBERS; i++)
		sixteenths |= 1 << (number[i] >> 28);
	EXPECT_LE(12, __builtin_popcount(sixteenths));
}

/* RFC 9293, MUST-8: of one four-tuple the numbers follow the clock, about 4 us a tick. */
TEST(isn__of_one_connection_follows_the_clock)
{
	uint64_t since;
	uint32_t number;

	hosts_up();
	peer_up(IPPROTO_CLASP);
	listen_everywhere(IPPROTO_CLASP);
	since = now_ns();
	number = number_for(PEER_PORT);
	pause_ms(1000);
	number = number_for(PEER_PORT) - number;
	since = (now_ns() - since) / 1000;
	EXPECT_LE(since / 5, number);
	EXPECT_GE(since / 3, number);
}

/* RFC 9293, MUST-16 and RFC 6691: IP options are the sender's to reckon with, never the MSS option's. */
TEST(mss__leaves_room_for_ip_options)
{
	static const uint8_t options[8] = { [0 ... 6] = IPOPT_NOP, IPOPT_EOL };
	static const uint8_t mss_1460[4] = { TCPOPT_MAXSEG, TCPOLEN_MAXSEG, 1460 >> 8, 1460 & 0xff };
	static const uint16_t peers_mss[] = { 1000, 9000 }, largest[] = { 992, 1452 };
	struct segment segment;
	unsigned int i;

	if (family() == AF_INET6)
		SKIP(return, "the peer reads no extension headers");
	hosts_up();
	peer_up(IPPROTO_CLASP);
	for (i = 0; i < 2; i++) {
		struct peer peer = { .port = PEER_PORT + i, .next = PEER_ISS };
		int fd = socket_on(CLIENT, IPPROTO_CLASP, SOCK_NONBLOCK);
		static char block[3000];

		EXPECT_EQ(0, setsockopt(fd, SOL_IP, IP_OPTIONS, options, sizeof(options)));
		connect(fd, AT(SERVER, peer.port));
		peer.host_port = local_port(fd);
		EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
		EXPECT_EQ(8, segment.ip_options_len);
		EXPECT_EQ(0, memcmp(segment.options, mss_1460, sizeof(mss_1460)));

		segment = peer_segment(&peer, TH_SYN | TH_ACK);
		segment.options[2] = peers_mss[i] >> 8;
		segment.options[3] = peers_mss[i] & 0xff;
		peer_send(&segment);
		peer.next++;
		EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
		EXPECT_EQ(sizeof(block), send(fd, block, sizeof(block), 0));
		EXPECT_TRUE(peer_hears(&peer, &segment, SOON));
		EXPECT_EQ(8, segment.ip_options_len);
		EXPECT_EQ(largest[i], segment.len);
	}
}

#define PORTS 32

/* RFC 6056, 3.3: who knows the ports of some connections does not know the next one's. */
TEST_F(on, port__is_not_the_next_one)
{
	uint32_t distance[PORTS - 1];
	unsigned int i, different = 1;
	int before = 0, now;

	peer_up(variant->protocol);
	for (i = 0; i < PORTS; i++) {
		int fd = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK);

		EXPECT_EQ(EINPROGRESS, ERRNO(connect(fd, AT(SERVER, PEER_PORT + i))));
		now = local_port(fd);
		if (i)
			distance[i - 1] = now - before;
		before = now;
	}
	qsort(distance, PORTS - 1, sizeof(distance[0]), compare_numbers);
	for (i = 1; i < PORTS - 1; i++)
		different += distance[i] != distance[i - 1];
	EXPECT_LE(PORTS * 3 / 4, different);
}

SOCKETS_HARNESS_MAIN
