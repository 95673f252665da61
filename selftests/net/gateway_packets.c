// SPDX-License-Identifier: GPL-2.0
/*
 * What a gateway makes of single packets, octet by octet: each is made by hand once with either protocol's number, its
 * sums from nothing, and what is sent as the one must arrive as the other.
 */
#include <net/if.h>
#include <netpacket/packet.h>

#include "kselftest_harness.h"
#include "packets.h"

#define OCTETS 45			/* of a segment; an odd number, so that sums have to be filled up */
#define HEADER 20
#define SEGMENT (HEADER + OCTETS)
#define CUT 32				/* where a packet is torn, and */
#define TOO_EARLY 16			/* where its sum is torn off */
#define QUOTED_LEAST 8
#define HEADER6 40

/**
 * struct packet - as it is on the wire, from IP's header on
 * @end: where the next octet goes
 */
struct packet {
	uint8_t octets[256];
	uint8_t *end;
};

/**
 * struct sight - what is to be seen
 * @six: over IPv6
 * @from: the sender's address
 * @to: the receiver's
 * @ports: of both
 * @packets: what is sent, or arrives
 * @count: of @packets
 */
struct sight {
	bool six;
	uint8_t from[16];
	uint8_t to[16];
	uint8_t ports[2][2];
	struct packet packets[2];
	int count;
};

static struct packet *fresh(struct sight *sight)
{
	struct packet *packet = &sight->packets[sight->count++];

	packet->end = packet->octets;
	return packet;
}

static void put(struct packet *packet, const void *octets, size_t len)
{
	memcpy(packet->end, octets, len);
	packet->end += len;
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static size_t address_len(const struct sight *sight)
{
	return sight->six ? 16 : 4;
}

static uint16_t sum_of(const struct sight *sight, uint8_t protocol, const uint8_t *octets, size_t len)
{
	uint8_t tail[4] = { len >> 8, len, 0, protocol };
	uint32_t sum = checksum_add(0, sight->from, address_len(sight));

	sum = checksum_add(sum, sight->to, address_len(sight));
	return ~checksum_add(checksum_add(sum, tail, sizeof(tail)), octets, len);
}

static void make_segment(const struct sight *sight, uint8_t protocol, uint8_t segment[SEGMENT])
{
	int i;

	memset(segment, 0, HEADER);
	memcpy(segment, sight->ports, 4);
	segment[7] = 9;
	segment[12] = HEADER / 4 << 4;
	segment[13] = 0x10;
	for (i = 0; i < OCTETS; i++)
		segment[HEADER + i] = 3 * i + 1;
	put16(segment + 16, sum_of(sight, protocol, segment, SEGMENT));
}

static uint16_t ident;			/* of the packets that are made next */

/* @place: of a fragment, as IP's header has it; @options: octets of IP's */
static void put_ipv4(struct packet *packet, const struct sight *sight, uint8_t protocol, uint16_t place, size_t options,
		     size_t len)
{
	uint8_t head[60] = { 0x45 + options / 4, [8] = 64, protocol };
	size_t size = 20 + options;

	put16(head + 2, size + len);
	put16(head + 4, ident);
	put16(head + 6, place);
	memcpy(head + 12, sight->from, 4);
	memcpy(head + 16, sight->to, 4);
	memset(head + 20, 1, options);
	put16(head + 10, checksum(head, size));
	put(packet, head, size);
}

static void put_ipv6(struct packet *packet, const struct sight *sight, uint8_t next, size_t len)
{
	uint8_t head[HEADER6] = { 0x60, [6] = next, 64 };

	put16(head + 4, len);
	memcpy(head + 8, sight->from, 16);
	memcpy(head + 24, sight->to, 16);
	put(packet, head, sizeof(head));
}

static void put_head(struct packet *packet, const struct sight *sight, uint8_t next, size_t len)
{
	if (sight->six)
		put_ipv6(packet, sight, next, len);
	else
		put_ipv4(packet, sight, next, 0x4000, 0, len);
}

static void whole(struct sight *sight, uint8_t protocol)
{
	struct packet *packet = fresh(sight);
	uint8_t segment[SEGMENT];

	make_segment(sight, protocol, segment);
	put_head(packet, sight, protocol, SEGMENT);
	put(packet, segment, SEGMENT);
}

static void with_options(struct sight *sight, uint8_t protocol)
{
	struct packet *packet = fresh(sight);
	uint8_t segment[SEGMENT];

	make_segment(sight, protocol, segment);
	put_ipv4(packet, sight, protocol, 0, 8, SEGMENT);
	put(packet, segment, SEGMENT);
}

#define HOP_BY_HOP 0
#define DESTINATION 60
#define FRAGMENT 44
#define AUTHENTICATION 51

/* Two headers, of which one is longer than it has to be. */
static void with_extensions(struct sight *sight, uint8_t protocol)
{
	const uint8_t hops[8] = { DESTINATION, 0, 1, 4 }, there[16] = { protocol, 1, 1, 12 };
	struct packet *packet = fresh(sight);
	uint8_t segment[SEGMENT];

	make_segment(sight, protocol, segment);
	put_ipv6(packet, sight, HOP_BY_HOP, sizeof(hops) + sizeof(there) + SEGMENT);
	put(packet, hops, sizeof(hops));
	put(packet, there, sizeof(there));
	put(packet, segment, SEGMENT);
}

static void put_fragment(struct sight *sight, uint8_t protocol, size_t from, size_t len, bool more)
{
	uint8_t head[8] = { protocol, [6] = ident >> 8, ident }, segment[SEGMENT];
	struct packet *packet = fresh(sight);

	make_segment(sight, protocol, segment);
	if (sight->six) {
		put16(head + 2, from | more);
		put_ipv6(packet, sight, FRAGMENT, sizeof(head) + len);
		put(packet, head, sizeof(head));
	} else {
		put_ipv4(packet, sight, protocol, from / 8 | more << 13, 0, len);
	}
	put(packet, segment + from, len);
}

static void torn(struct sight *sight, uint8_t protocol)
{
	put_fragment(sight, protocol, 0, CUT, true);
	put_fragment(sight, protocol, CUT, SEGMENT - CUT, false);
}

/* RFC 6946: a fragment that is the whole packet. */
static void atomic(struct sight *sight, uint8_t protocol)
{
	put_fragment(sight, protocol, 0, SEGMENT, false);
}

/* An error about a packet that went the other way. */
static void put_error(struct sight *sight, uint8_t icmp, uint8_t type, void (*make)(struct sight *, uint8_t),
		      uint8_t protocol, size_t left_out)
{
	uint8_t error[8 + sizeof(sight->packets[0].octets)] = { type, [6] = 1300 >> 8, 1300 & 0xff };
	struct sight back = { .six = sight->six };
	struct packet *packet = fresh(sight);
	size_t len;

	memcpy(back.from, sight->to, sizeof(back.from));
	memcpy(back.to, sight->from, sizeof(back.to));
	memcpy(back.ports[0], sight->ports[1], 2);
	memcpy(back.ports[1], sight->ports[0], 2);
	make(&back, protocol);
	len = back.packets[0].end - back.packets[0].octets - left_out;
	memcpy(error + 8, back.packets[0].octets, len);
	len += 8;
	put16(error + 2, sight->six ? sum_of(sight, icmp, error, len) : checksum(error, len));
	put_head(packet, sight, icmp, len);
	put(packet, error, len);
}

static void put_error_of(struct sight *sight, void (*make)(struct sight *, uint8_t), uint8_t protocol, size_t left_out)
{
	if (sight->six)
		put_error(sight, IPPROTO_ICMPV6, 2, make, protocol, left_out);
	else
		put_error(sight, IPPROTO_ICMP, ICMP_DEST_UNREACH, make, protocol, left_out);
}

static void error(struct sight *sight, uint8_t protocol)
{
	put_error_of(sight, whole, protocol, 0);
}

static void short_error(struct sight *sight, uint8_t protocol)
{
	put_error_of(sight, whole, protocol, SEGMENT - QUOTED_LEAST);
}

static void error_with_options(struct sight *sight, uint8_t protocol)
{
	put_error_of(sight, sight->six ? with_extensions : with_options, protocol, 0);
}

static void error_of_a_fragment(struct sight *sight, uint8_t protocol)
{
	put_error_of(sight, torn, protocol, 0);
}

/* What stays as it is, whichever protocol is asked for. */
static void udp(struct sight *sight, uint8_t protocol)
{
	whole(sight, IPPROTO_UDP);
}

static void error_about_udp(struct sight *sight, uint8_t protocol)
{
	put_error_of(sight, whole, IPPROTO_UDP, 0);
}

/* An echo may carry anything. */
static void echo(struct sight *sight, uint8_t protocol)
{
	if (sight->six)
		put_error(sight, IPPROTO_ICMPV6, 128, whole, IPPROTO_TCP, 0);
	else
		put_error(sight, IPPROTO_ICMP, ICMP_ECHO, whole, IPPROTO_TCP, 0);
}

static uint8_t untouched;		/* the number that the sender's packets have */

static void later_alone(struct sight *sight, uint8_t protocol)
{
	put_fragment(sight, untouched, CUT, SEGMENT - CUT, false);
}

/* Nobody would find its sum wrong: it goes nowhere. */
static void torn_in_the_header(struct sight *sight, uint8_t protocol)
{
	if (protocol == untouched)
		put_fragment(sight, untouched, 0, TOO_EARLY, true);
}

/* Its header vouches for the number. */
static void authenticated(struct sight *sight, uint8_t protocol)
{
	const uint8_t head[16] = { untouched, 2 };
	struct packet *packet = fresh(sight);
	uint8_t segment[SEGMENT];

	make_segment(sight, untouched, segment);
	put_head(packet, sight, AUTHENTICATION, sizeof(head) + SEGMENT);
	put(packet, head, sizeof(head));
	put(packet, segment, SEGMENT);
}

static int packet_socket(enum host host, bool six)
{
	struct sockaddr_ll here = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(six ? ETH_P_IPV6 : ETH_P_IP),
	};
	int fd;

	enter(host);
	here.sll_ifindex = if_nametoindex("eth0");
	fd = socket(AF_PACKET, SOCK_DGRAM, here.sll_protocol);
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)))
		stage_fails("a socket for packets");
	return fd;
}

/* What is dropped on its way out its sender hears of. */
static void put_on_the_wire(int fd, enum host from, const struct packet *packet, bool six)
{
	struct sockaddr_ll there = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(six ? ETH_P_IPV6 : ETH_P_IP),
		.sll_halen = 6,
		.sll_addr = { 2, [5] = !from + 1 },
	};
	size_t len = packet->end - packet->octets;

	enter(from);
	there.sll_ifindex = if_nametoindex("eth0");
	if (sendto(fd, packet->octets, len, 0, (struct sockaddr *)&there, sizeof(there)) != (ssize_t)len &&
	    errno != ENOBUFS)
		stage_fails("a packet");
}

/* The next packet from that address, and no multicast's. Return: its length, 0 for none. */
static ssize_t take_off_the_wire(int fd, const struct sight *sight, uint8_t octets[256])
{
	struct pollfd one = { .fd = fd, .events = POLLIN };
	ssize_t len;

	while (poll(&one, 1, 500) == 1) {
		len = recv(fd, octets, 256, 0);
		if (!memcmp(octets + (sight->six ? 8 : 12), sight->from, address_len(sight)))
			return len;
	}
	return 0;
}

static struct sight sight_from(enum host from, bool six)
{
	static const char *const texts[HOSTS][2] = { { "10.0.0.1", "fd00::1" }, { "10.0.0.2", "fd00::2" } };
	struct sight sight = { .six = six, .ports = { { 0x40, 0 }, { 0, 80 } } };

	inet_pton(six ? AF_INET6 : AF_INET, texts[from][six], sight.from);
	inet_pton(six ? AF_INET6 : AF_INET, texts[!from][six], sight.to);
	return sight;
}

static void compare(struct __test_metadata *_metadata, int fd, const struct sight *expected, const char *name)
{
	uint8_t octets[256];
	ssize_t len;
	int i;

	for (i = 0; i < expected->count; i++) {
		const struct packet *packet = &expected->packets[i];

		len = take_off_the_wire(fd, expected, octets);
		EXPECT_EQ(packet->end - packet->octets, len) TH_LOG("%s, packet %d", name, i);
		while (len-- > 0)
			EXPECT_EQ(packet->octets[len], octets[len]) TH_LOG("%s, packet %d, octet %zd", name, i, len);
	}
}

#define FOUR 1
#define SIX 2

static const struct {
	const char *name;
	void (*make)(struct sight *sight, uint8_t protocol);
	int families;
} cases[] = {
	{ "a segment", whole, FOUR | SIX },
	{ "IP options", with_options, FOUR },
	{ "extension headers", with_extensions, SIX },
	{ "fragments", torn, FOUR | SIX },
	{ "an atomic fragment", atomic, SIX },
	{ "an error", error, FOUR | SIX },
	{ "an error that quotes 8 octets", short_error, FOUR | SIX },
	{ "an error that quotes options", error_with_options, FOUR | SIX },
	{ "an error that quotes a fragment", error_of_a_fragment, FOUR | SIX },
	{ "UDP", udp, FOUR | SIX },
	{ "an error that quotes UDP", error_about_udp, FOUR | SIX },
	{ "an echo", echo, FOUR | SIX },
	{ "a later fragment of an unknown packet", later_alone, FOUR | SIX },
	{ "a fragment without a sum", torn_in_the_header, FOUR | SIX },
	{ "an authenticated segment", authenticated, FOUR | SIX },
};

FIXTURE(gateway)
{
};

FIXTURE_VARIANT(gateway)
{
	bool six;
	const char *protocol;
};

FIXTURE_VARIANT_ADD(gateway, ipv4)
{
	.protocol = "253",
};

FIXTURE_VARIANT_ADD(gateway, ipv6)
{
	.protocol = "253",
	.six = true,
};

FIXTURE_VARIANT_ADD(gateway, another_number)
{
	.protocol = "254",
};

/* No host answers what it gets. */
FIXTURE_SETUP(gateway)
{
	int host;

	hosts_up();
	for (host = CLIENT; host < HOSTS; host++) {
		enter(host);
		run("ip -batch - <<-END\n%sEND", addresses6(host));
		await_addresses6(host);
		run("nft 'table inet wall { chain in { type filter hook input priority 0; policy drop; }; }'");
	}
	enter(CLIENT);
	run("clasp gateway start eth0 --protocol %s", variant->protocol);
}

FIXTURE_TEARDOWN(gateway)
{
}

static void play(struct __test_metadata *_metadata, bool six, enum host from, uint8_t was, uint8_t is)
{
	int out = packet_socket(from, six), in = packet_socket(!from, six), i, j;
	int wanted = six ? SIX : FOUR;

	untouched = was;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sight sent = sight_from(from, six), arrives = sent;

		if (!(cases[i].families & wanted))
			continue;
		ident++;
		cases[i].make(&sent, was);
		cases[i].make(&arrives, is);
		for (j = 0; j < sent.count; j++)
			put_on_the_wire(out, from, &sent.packets[j], six);
		compare(_metadata, in, &arrives, cases[i].name);
	}
	close(out);
	close(in);
}

TEST_F(gateway, tcp__arrives_as_clasp)
{
	play(_metadata, variant->six, SERVER, IPPROTO_TCP, atoi(variant->protocol));
}

TEST_F(gateway, clasp__leaves_as_tcp)
{
	play(_metadata, variant->six, CLIENT, atoi(variant->protocol), IPPROTO_TCP);
}

/* What comes with the number that a gateway gives is nobody's that has to be translated. */
TEST_F(gateway, clasp__arrives_as_clasp)
{
	int protocol = atoi(variant->protocol);

	play(_metadata, variant->six, SERVER, protocol, protocol);
}

TEST_F(gateway, tcp__leaves_as_tcp)
{
	play(_metadata, variant->six, CLIENT, IPPROTO_TCP, IPPROTO_TCP);
}

/* An error about what a socket of TCP's has sent is for that. */
TEST_F(gateway, error__is_left_to_tcp)
{
	int in = packet_socket(CLIENT, variant->six), out = packet_socket(SERVER, variant->six), fd;
	struct sight sight = sight_from(SERVER, variant->six);
	union address own = address_of(variant->six ? "fd00::1" : "10.0.0.1", 80);
	union address peer = address_of(variant->six ? "fd00::2" : "10.0.0.2", 0x4000);

	enter(CLIENT);
	fd = socket(variant->six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ASSERT_EQ(0, bind(fd, &own.any, address_size(&own)));
	connect(fd, &peer.any, address_size(&peer));
	error(&sight, IPPROTO_TCP);
	put_on_the_wire(out, SERVER, &sight.packets[0], variant->six);
	compare(_metadata, in, &sight, "an error for TCP");
}

static void listen_anywhere(bool six, int port)
{
	union address any = address_of(six ? "::" : "0.0.0.0", port);
	int fd = socket(any.any.sa_family, SOCK_STREAM, 0);

	if (bind(fd, &any.any, address_size(&any)) || listen(fd, 1))
		stage_fails("a listener");
}

static void comes_as(struct __test_metadata *_metadata, const struct sight *way, uint8_t protocol, const char *name)
{
	int in = packet_socket(CLIENT, way->six), out = packet_socket(SERVER, way->six);
	struct sight sent = *way, arrives = *way;

	whole(&sent, IPPROTO_TCP);
	whole(&arrives, protocol);
	put_on_the_wire(out, SERVER, &sent.packets[0], way->six);
	compare(_metadata, in, &arrives, name);
	close(in);
	close(out);
}

/* Who listens on any address does so for what stays at the host; a router passes the rest on. */
TEST_F(gateway, listener__hears_what_stays)
{
	struct sight here = sight_from(SERVER, variant->six), beyond = here;
	int protocol = atoi(variant->protocol);

	inet_pton(variant->six ? AF_INET6 : AF_INET, variant->six ? "fd09::9" : "10.9.9.9", beyond.to);
	comes_as(_metadata, &here, protocol, "nobody listens");
	enter(CLIENT);
	listen_anywhere(variant->six, 80);
	run("ip route add %s", variant->six ? "fd09::/64 via fd00::2" : "10.9.9.0/24 via 10.0.0.2");
	comes_as(_metadata, &here, IPPROTO_TCP, "somebody listens");
	comes_as(_metadata, &beyond, IPPROTO_TCP, "no router");
	sysctl_set(CLIENT, variant->six ? "ipv6/conf/all/forwarding" : "ipv4/ip_forward", 1);
	comes_as(_metadata, &here, IPPROTO_TCP, "somebody listens on a router");
	comes_as(_metadata, &beyond, protocol, "a router");
}

/* The counters say what became of each. */
TEST_F(gateway, show__counts)
{
	play(_metadata, variant->six, SERVER, IPPROTO_TCP, atoi(variant->protocol));
	enter(CLIENT);
	run("clasp gateway show eth0 | grep -qx 'eth0: protocol %s, all ports'", variant->protocol);
	run("clasp gateway show eth0 | grep -qx '  TCP to Clasp: %d segments, %s'", variant->six ? 3 : 2,
	    "2 fragments, 4 errors; 1 left, 1 dropped");
}

TEST_HARNESS_MAIN
