/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A peer made by hand. It stands in the server's place on the wire, whose own stack hears nothing: it sends
 * the client any segment that a test can think of, and reads what the client sends, octet by octet. The
 * format is spelled with the C library's headers, so that no code of the module vouches for itself. Over IPv6 an
 * address keeps its number: the last octet is that of fd00::, or all four are those of 2001:db8:: where another network
 * is meant; broadcast and multicast are ff02::1.
 */
#ifndef CLASP_PEER_H
#define CLASP_PEER_H

#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netpacket/packet.h>

#include "packets.h"

#define CLIENT_ADDRESS 0x0a000001
#define PEER_ADDRESS 0x0a000002
#define PEER_PORT 2000
#define PEER_MARKS 2001		/* of UDP */
#define PEER_ISS 5000
#define PEER_WINDOW 65535
#define PEER_MSS 1460
#define FLAGS (TH_FIN | TH_SYN | TH_RST | TH_PUSH | TH_ACK | TH_URG)

/**
 * struct segment - with what IP says about it; numbers in host order
 * @options: in the header, a multiple of four octets
 * @ip_options_len: octets of IP options, where the segment was read
 * @to_all: the frame is sent to everybody on the wire
 * @broken: the checksum is wrong
 * @whole: may not be fragmented, where the segment was read
 * @len: octets of @data
 */
struct segment {
	uint32_t from;
	uint32_t to;
	uint16_t sport;
	uint16_t dport;
	uint32_t seq;
	uint32_t ack;
	uint16_t window;
	uint16_t urgent;
	uint8_t flags;
	uint8_t tos;
	uint8_t ttl;
	uint8_t options_len;
	uint8_t options[40];
	uint8_t ip_options_len;
	bool to_all;
	bool broken;
	bool whole;
	uint16_t len;
	uint8_t data[PEER_MSS];
};

/**
 * struct peer - the hand-made end of one connection
 * @port: its own
 * @host_port: the client's
 * @next: sequence number that it sends next
 * @expected: sequence number that it expects next
 * @window: that the client offered last, as its header says
 * @scales: its SYN has a Window Scale option
 * @wscale: which
 * @sacks: its SYN permits SACK
 * @stamps: all its segments have timestamps
 * @ts_val: which, RFC 7323's TSval; TSecr is what the client said last
 */
struct peer {
	uint16_t port;
	uint16_t host_port;
	uint32_t next;
	uint32_t expected;
	uint16_t window;
	bool scales;
	uint8_t wscale;
	bool sacks;
	bool stamps;
	uint32_t ts_val;
	uint32_t ts_ecr;
};

static int peer_wire = -1, peer_protocol, peer_marks[HOSTS];

/* A header, its options and data. */
#define SEGMENT_SIZE (sizeof(struct tcphdr) + 40 + PEER_MSS)

/* IP's headers without options, aligned as a stack would have them. */
struct peer_frame {
	uint8_t align[2];
	struct ethhdr eth;
	union {
		struct {
			struct iphdr ip;
			uint8_t in_ip[SEGMENT_SIZE];
		};
		struct {
			struct ip6_hdr ip6;
			uint8_t in_ip6[SEGMENT_SIZE];
		};
	};
};

static int marks_on(enum host host)
{
	int fd;

	enter(host);
	fd = socket(family(), SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, AT(host, PEER_MARKS)) ||
	    (host == SERVER && connect(fd, AT(CLIENT, PEER_MARKS))))
		stage_fails("the sockets for marks");
	return fd;
}

/*
 * What was sent has been processed when this returns, also where a busy CPU left it to its softirq thread: a
 * datagram goes the same way behind it, and arrives.
 */
static void wait_for_client(void)
{
	char mark = 0;

	if (send(peer_marks[SERVER], &mark, 1, 0) != 1 || recv(peer_marks[CLIENT], &mark, 1, 0) != 1)
		stage_fails("a mark");
}

static void peer_marks_on(void)
{
	if (peer_marks[CLIENT])
		return;
	peer_marks[CLIENT] = marks_on(CLIENT);
	peer_marks[SERVER] = marks_on(SERVER);
}

/* The peer looks at segments: none may come as a part of a larger packet. */
HELPER void no_super_packets(void)
{
	enter(CLIENT);
	run("ip link set eth0 gso_max_segs 1");
}

/* What the peer needs of the stage, for as many processes as there will be. */
HELPER void peer_stage(int protocol)
{
	/* Orphans need not hold the module for long when the peer has fallen silent. */
	sysctl_set(CLIENT, protocol == IPPROTO_TCP ? "ipv4/tcp_orphan_retries" :
		   "clasp/orphan_retries", 1);
	wall_up(SERVER, protocol);
	no_super_packets();
	peer_marks_on();
}

/* Stand beside the server on the wire; take its place where there is a wall in front of it. */
HELPER void peer_takes_part(int protocol)
{
	struct sockaddr_ll place = {
		.sll_family = AF_PACKET, .sll_protocol = htons(BY_FAMILY(ETH_P_IP, ETH_P_IPV6)),
	};

	peer_marks_on();
	enter(SERVER);
	peer_protocol = protocol;
	place.sll_ifindex = if_nametoindex("eth0");
	peer_wire = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
	if (peer_wire < 0 || bind(peer_wire, (struct sockaddr *)&place, sizeof(place)))
		stage_fails("the peer's place on the wire");
}

/* Take the server's place on the wire. */
HELPER void peer_up(int protocol)
{
	peer_stage(protocol);
	peer_takes_part(protocol);
}

/*
 * RFC 9293, 3.1: over a pseudo-header too, with the protocol's own number. What the longer one of RFC 8200, 8.1 has
 * besides longer addresses is zero.
 */
static uint16_t segment_checksum(const void *packet, const void *octets, uint16_t len)
{
	const struct iphdr *ip = packet;
	const struct ip6_hdr *ip6 = packet;
	uint16_t tail[2] = { htons(peer_protocol), htons(len) };
	uint32_t sum = BY_FAMILY(checksum_add(0, &ip->saddr, 8), checksum_add(0, &ip6->ip6_src, 32));

	sum = checksum_add(sum, tail, sizeof(tail));
	return ~checksum_add(sum, octets, len);
}

static uint16_t segment_len(const struct segment *segment)
{
	return sizeof(struct tcphdr) + segment->options_len + segment->len;
}

static void fill_tcp(struct peer_frame *frame, const struct segment *segment)
{
	uint8_t *octets = BY_FAMILY(frame->in_ip, frame->in_ip6);
	struct tcphdr *tcp = (void *)octets;

	tcp->source = htons(segment->sport);
	tcp->dest = htons(segment->dport);
	tcp->seq = htonl(segment->seq);
	tcp->ack_seq = htonl(segment->ack);
	tcp->th_off = (sizeof(*tcp) + segment->options_len) / 4;
	tcp->th_flags = segment->flags;
	tcp->window = htons(segment->window);
	tcp->urg_ptr = htons(segment->urgent);
	octets += sizeof(*tcp);
	memcpy(octets, segment->options, segment->options_len);
	memcpy(octets + segment->options_len, segment->data, segment->len);
	tcp->check = htons(segment_checksum(&frame->ip, tcp, segment_len(segment)) + segment->broken);
}

static void fill_ip(struct iphdr *ip, const struct segment *segment)
{
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = segment->tos;
	ip->tot_len = htons(sizeof(*ip) + segment_len(segment));
	ip->frag_off = htons(IP_DF);
	ip->ttl = segment->ttl;
	ip->protocol = peer_protocol;
	ip->saddr = htonl(segment->from);
	ip->daddr = htonl(segment->to);
	ip->check = htons(checksum(ip, sizeof(*ip)));
}

static struct in6_addr address6(uint32_t number)
{
	const uint8_t network = number >> 24;

	if (network == CLIENT_ADDRESS >> 24)
		return (struct in6_addr){ .s6_addr = { 0xfd, [15] = number } };
	if (network >= 0xe0)
		return (struct in6_addr){ .s6_addr = { 0xff, 0x02, [15] = 1 } };
	if (!network || network == IN_LOOPBACKNET)
		return (struct in6_addr){ .s6_addr = { [15] = number } };
	return (struct in6_addr){ .s6_addr = {
		0x20, 0x01, 0x0d, 0xb8, [12] = number >> 24, number >> 16, number >> 8, number
	} };
}

static void fill_ip6(struct ip6_hdr *ip, const struct segment *segment)
{
	ip->ip6_flow = htonl(6u << 28 | segment->tos << 20);
	ip->ip6_plen = htons(segment_len(segment));
	ip->ip6_nxt = peer_protocol;
	ip->ip6_hlim = segment->ttl;
	ip->ip6_src = address6(segment->from);
	ip->ip6_dst = address6(segment->to);
}

/* The header that IP puts in front of a segment. */
static void fill_header(void *header, const struct segment *segment)
{
	if (family() == AF_INET6)
		fill_ip6(header, segment);
	else
		fill_ip(header, segment);
}

/* Put a segment on the wire; from any thread. */
HELPER void peer_put(const struct segment *segment)
{
	struct peer_frame frame = {
		.eth.h_dest = { 2, 0, 0, 0, 0, CLIENT + 1 },
		.eth.h_source = { 2, 0, 0, 0, 0, SERVER + 1 },
		.eth.h_proto = htons(BY_FAMILY(ETH_P_IP, ETH_P_IPV6)),
	};
	ssize_t len = sizeof(frame.eth) + BY_FAMILY(sizeof(frame.ip), sizeof(frame.ip6)) + segment_len(segment);

	if (segment->to_all)
		memset(frame.eth.h_dest, 0xff, sizeof(frame.eth.h_dest));
	fill_header(&frame.ip, segment);
	fill_tcp(&frame, segment);
	if (send(peer_wire, &frame.eth, len, 0) != len)
		stage_fails("the peer sends");
}

/* Put a segment on the wire. The client has heard it when this returns. */
HELPER void peer_send(const struct segment *segment)
{
	peer_put(segment);
	wait_for_client();
}

/* What the packet says of the segment is known already, and that it is so long. */
static void understand_tcp(struct segment *segment, const struct tcphdr *tcp)
{
	segment->sport = ntohs(tcp->source);
	segment->dport = ntohs(tcp->dest);
	segment->seq = ntohl(tcp->seq);
	segment->ack = ntohl(tcp->ack_seq);
	segment->window = ntohs(tcp->window);
	segment->urgent = ntohs(tcp->urg_ptr);
	segment->flags = tcp->th_flags;
	segment->options_len = tcp->th_off * 4 - sizeof(*tcp);
	segment->len -= tcp->th_off * 4;
	memcpy(segment->options, tcp + 1, segment->options_len);
	memcpy(segment->data, (const uint8_t *)tcp + tcp->th_off * 4, segment->len);
}

static void understand(struct segment *segment, const struct iphdr *ip)
{
	const struct tcphdr *tcp = (const void *)((const uint8_t *)ip + ip->ihl * 4);
	uint16_t len = ntohs(ip->tot_len) - ip->ihl * 4;

	*segment = (struct segment){
		.from = ntohl(ip->saddr), .to = ntohl(ip->daddr), .tos = ip->tos, .ttl = ip->ttl,
		.ip_options_len = ip->ihl * 4 - sizeof(*ip),
		.broken = segment_checksum(ip, tcp, len) != 0,
		.whole = ntohs(ip->frag_off) & IP_DF,
		.len = len,
	};
	understand_tcp(segment, tcp);
}

static uint32_t number_of(const struct in6_addr *address)
{
	return CLIENT_ADDRESS - 1 + address->s6_addr[15];
}

/* Without extension headers; nobody on the way may fragment it. */
static void understand6(struct segment *segment, const struct ip6_hdr *ip)
{
	uint16_t len = ntohs(ip->ip6_plen);

	*segment = (struct segment){
		.from = number_of(&ip->ip6_src), .to = number_of(&ip->ip6_dst),
		.tos = ntohl(ip->ip6_flow) >> 20, .ttl = ip->ip6_hlim,
		.broken = segment_checksum(ip, ip + 1, len) != 0,
		.whole = true,
		.len = len,
	};
	understand_tcp(segment, (const void *)(ip + 1));
}

static bool wire_readable(uint64_t until)
{
	struct pollfd one = { .fd = peer_wire, .events = POLLIN };
	uint64_t now = now_ns();

	return poll(&one, 1, now < until ? (until - now + 999999) / 1000000 : 0) == 1;
}

/* A frame's segment, if it carries one of the protocol. */
HELPER bool peer_understands(struct segment *segment, const struct peer_frame *frame, int protocol)
{
	if (frame->eth.h_proto != htons(BY_FAMILY(ETH_P_IP, ETH_P_IPV6)) ||
	    BY_FAMILY(frame->ip.protocol, frame->ip6.ip6_nxt) != protocol)
		return false;
	if (family() == AF_INET6)
		understand6(segment, &frame->ip6);
	else
		understand(segment, &frame->ip);
	return true;
}

/* The next segment that the client sent, within so many milliseconds. */
HELPER bool peer_read(struct segment *segment, int ms)
{
	uint64_t until = now_ns() + ms * 1000000ull;
	struct peer_frame frame;
	struct sockaddr_ll from;
	socklen_t size;

	do {
		size = sizeof(from);
		if (recvfrom(peer_wire, &frame.eth, sizeof(frame) - sizeof(frame.align), 0,
			     (struct sockaddr *)&from, &size) < 0)
			continue;
		if (from.sll_pkttype != PACKET_OUTGOING && peer_understands(segment, &frame, peer_protocol))
			return true;
	} while (wire_readable(until));
	return false;
}

/* What stands on the wire unread is of no interest any more. */
HELPER void peer_forget(void)
{
	struct segment segment;

	while (peer_read(&segment, 0))
		;
}

/* Where an option of a well formed list stands, or NULL. */
HELPER const uint8_t *option_at(const struct segment *segment, uint8_t kind)
{
	const uint8_t *at = segment->options, *end = at + segment->options_len;

	while (at < end && *at != TCPOPT_EOL) {
		if (*at == kind)
			return at;
		at += *at == TCPOPT_NOP ? 1 : at[1];
	}
	return NULL;
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* The next segment of this connection, within so many milliseconds; it is taken if it is in order. */
HELPER bool peer_hears(struct peer *peer, struct segment *segment, int ms)
{
	uint64_t until = now_ns() + ms * 1000000ull;

	do {
		if (!peer_read(segment, (until - now_ns()) / 1000000))
			return false;
	} while (segment->sport != peer->host_port || segment->dport != peer->port);
	if (segment->flags & TH_SYN)
		peer->expected = segment->seq;
	if (segment->seq == peer->expected)
		peer->expected += segment->len + !!(segment->flags & TH_SYN) +
				  !!(segment->flags & TH_FIN);
	peer->window = segment->window;
	if (option_at(segment, TCPOPT_TIMESTAMP))
		peer->ts_ecr = get32(option_at(segment, TCPOPT_TIMESTAMP) + 2);
	return true;
}

static void put_option(struct segment *segment, uint8_t kind, uint8_t len, const void *octets)
{
	uint8_t *at = segment->options + segment->options_len;

	at[0] = kind;
	at[1] = len;
	if (len > 2)
		memcpy(at + 2, octets, len - 2);
	memset(at + len, TCPOPT_NOP, -len & 3);
	segment->options_len += (len + 3) & ~3;
}

static void put_timestamps(struct segment *segment, uint32_t ts_val, uint32_t ts_ecr)
{
	const uint32_t numbers[] = { htonl(ts_val), htonl(ts_ecr) };

	put_option(segment, TCPOPT_TIMESTAMP, TCPOLEN_TIMESTAMP, numbers);
}

/* A segment of this connection, as the RFC would have it at this moment: to be changed, and sent. */
HELPER struct segment peer_segment(const struct peer *peer, uint8_t flags)
{
	struct segment segment = {
		.from = PEER_ADDRESS, .to = CLIENT_ADDRESS, .sport = peer->port,
		.dport = peer->host_port, .seq = peer->next,
		.ack = flags & TH_ACK ? peer->expected : 0, .window = PEER_WINDOW, .flags = flags,
		.ttl = 64,
	};
	const uint8_t mss[] = { PEER_MSS >> 8, PEER_MSS & 0xff };

	if (flags & TH_SYN)
		put_option(&segment, TCPOPT_MAXSEG, TCPOLEN_MAXSEG, mss);
	if ((flags & TH_SYN) && peer->scales)
		put_option(&segment, TCPOPT_WINDOW, TCPOLEN_WINDOW, &peer->wscale);
	if ((flags & TH_SYN) && peer->sacks)
		put_option(&segment, TCPOPT_SACK_PERMITTED, TCPOLEN_SACK_PERMITTED, NULL);
	if (peer->stamps)
		put_timestamps(&segment, peer->ts_val, flags & TH_ACK ? peer->ts_ecr : 0);
	return segment;
}

/* Send what comes next: flags, and so many octets, each made of its sequence number. */
HELPER void peer_says(struct peer *peer, uint8_t flags, uint16_t len)
{
	struct segment segment = peer_segment(peer, flags);
	uint16_t i;

	for (i = 0; i < len; i++)
		segment.data[i] = segment.seq + i;
	segment.len = len;
	peer_send(&segment);
	peer->next += len + !!(flags & TH_SYN) + !!(flags & TH_FIN);
}

/* The peer connects to the port of the client's where somebody listens. */
HELPER void peer_opens(struct peer *peer)
{
	struct segment segment;

	peer_says(peer, TH_SYN, 0);
	if (!peer_hears(peer, &segment, 1000) || segment.flags != (TH_SYN | TH_ACK))
		stage_fails("the answer to a SYN");
	peer_says(peer, TH_ACK, 0);
}

/* A peer that does so without any option that it might do without. */
HELPER struct peer peer_connects(int port)
{
	struct peer peer = { .port = PEER_PORT, .host_port = port, .next = PEER_ISS };

	peer_opens(&peer);
	return peer;
}

/* A connection of a peer's that is about to open: what accept() gives the client. */
HELPER int peer_gets_through(struct peer *peer)
{
	int listener = listen_on(CLIENT, peer_protocol, peer->host_port), fd;

	peer_opens(peer);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		stage_fails("accept");
	close(listener);
	return fd;
}

/* A connection of a peer's without such options. */
HELPER int peer_is_accepted(struct peer *peer, int port)
{
	*peer = (struct peer){ .port = PEER_PORT, .host_port = port, .next = PEER_ISS };
	return peer_gets_through(peer);
}

#endif
