// SPDX-License-Identifier: GPL-2.0
/*
 * In the kernel, at both hooks of a device: TCP that arrives becomes Clasp, Clasp that leaves becomes TCP. The two
 * differ in one number, which stands in IP's header and in the pseudo-header; every sum is mended by the difference.
 * An ICMP error tells of a packet as its sender had it, so what it quotes is translated in the way it goes itself.
 *
 * A segment for which the host has a socket of TCP's is left to it: a gateway takes nothing away from TCP.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "gateway.h"

#define AF_INET 2
#define AF_INET6 10
#define CHECKSUM_OFFSET 16		/* of TCP's header and of Clasp's */
#define ICMP_HEADER 8
#define ICMP_CHECKSUM_OFFSET 2
#define ICMPV6_INFORMATION 128		/* from here on no type is an error's */
#define EXTENSIONS 8			/* headers of IPv6 that are looked through */
#define FRAGMENTED 4096			/* packets whose later fragments are known */

#define IPV4_OFFSET 0x1fff
#define IPV4_MORE 0x2000
#define IPV6_OFFSET 0xfff8
#define IPV6_MORE 0x0001

enum icmp_error {			/* linux/icmp.h leads to headers of C's library */
	ICMP_DEST_UNREACH = 3,
	ICMP_SOURCE_QUENCH = 4,
	ICMP_REDIRECT = 5,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETERPROB = 12,
};

/**
 * struct packet - what is known of a packet, or of one that an error quotes
 * @from: its sender; IPv4's in the first word
 * @to: its receiver
 * @ident: of the packet that this is a fragment of
 * @ip: offset of its first header
 * @naming: offset of the octet that names the transport protocol
 * @transport: offset of the transport header
 * @next: that octet
 * @four: IPv4
 * @first: has the transport header
 * @whole: is no fragment
 */
struct packet {
	__u32 from[4];
	__u32 to[4];
	__u32 ident;
	__u32 ip;
	__u32 naming;
	__u32 transport;
	__u8 next;
	bool four;
	bool first;
	bool whole;
};

/* By what the fragments of a packet know each other; no more is asked of the later ones. */
struct fragment {
	__u32 from[4];
	__u32 to[4];
	__u32 ident;
	__u32 way;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct gateway_choice);
} choices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, GATEWAY_WAYS);
	__type(key, __u32);
	__type(value, struct gateway_count);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FRAGMENTED);
	__type(key, struct fragment);
	__type(value, __u8);
} fragments SEC(".maps");

static __always_inline bool read_ipv4(struct __sk_buff *skb, __u32 at, struct packet *packet)
{
	struct iphdr head;
	__u16 place;

	if (bpf_skb_load_bytes(skb, at, &head, sizeof(head)) || head.version != 4 || head.ihl < 5)
		return false;
	place = bpf_ntohs(head.frag_off);
	packet->from[0] = head.saddr;
	packet->to[0] = head.daddr;
	packet->ident = head.id;
	packet->ip = at;
	packet->naming = at + offsetof(struct iphdr, protocol);
	packet->transport = at + head.ihl * 4;
	packet->next = head.protocol;
	packet->four = true;
	packet->first = !(place & IPV4_OFFSET);
	packet->whole = !(place & (IPV4_OFFSET | IPV4_MORE));
	return true;
}

/* What follows a later fragment's header stands in the first. */
static __always_inline bool read_fragment(struct __sk_buff *skb, struct packet *packet)
{
	struct {
		__u8 next;
		__u8 reserved;
		__be16 place;
		__u32 ident;
	} head;
	__u16 place;

	if (bpf_skb_load_bytes(skb, packet->transport, &head, sizeof(head)))
		return false;
	place = bpf_ntohs(head.place);
	packet->ident = head.ident;
	packet->naming = packet->transport;
	packet->transport += sizeof(head);
	packet->next = head.next;
	packet->first = !(place & IPV6_OFFSET);
	packet->whole = !(place & (IPV6_OFFSET | IPV6_MORE));
	return true;
}

static __always_inline bool read_extension(struct __sk_buff *skb, struct packet *packet)
{
	struct {
		__u8 next;
		__u8 len;
	} head;

	if (bpf_skb_load_bytes(skb, packet->transport, &head, sizeof(head)))
		return false;
	packet->naming = packet->transport;
	packet->transport += (head.len + 1) * 8;
	packet->next = head.next;
	return true;
}

static __always_inline bool read_ipv6(struct __sk_buff *skb, __u32 at, struct packet *packet)
{
	struct ipv6hdr head;
	int i;

	if (bpf_skb_load_bytes(skb, at, &head, sizeof(head)) || head.version != 6)
		return false;
	__builtin_memcpy(packet->from, &head.saddr, sizeof(packet->from));
	__builtin_memcpy(packet->to, &head.daddr, sizeof(packet->to));
	packet->ip = at;
	packet->naming = at + offsetof(struct ipv6hdr, nexthdr);
	packet->transport = at + sizeof(head);
	packet->next = head.nexthdr;
	packet->first = true;
	packet->whole = true;
	for (i = 0; i < EXTENSIONS; i++) {
		switch (packet->next) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
			if (!read_extension(skb, packet))
				return false;
			break;
		case IPPROTO_FRAGMENT:
			if (!read_fragment(skb, packet))
				return false;
			if (!packet->first)
				return true;
			break;
		default:
			return true;
		}
	}
	return false;
}

static __always_inline bool read(struct __sk_buff *skb, __u32 at, struct packet *packet)
{
	__builtin_memset(packet, 0, sizeof(*packet));
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return read_ipv4(skb, at, packet);
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return read_ipv6(skb, at, packet);
	return false;
}

/* Who listens on any address would be found for a packet that only passes through, too. */
static __always_inline bool stays_here(struct __sk_buff *skb, const struct packet *packet)
{
	struct bpf_fib_lookup route = { .ifindex = skb->ingress_ifindex };
	long answer;

	route.family = packet->four ? AF_INET : AF_INET6;
	__builtin_memcpy(route.ipv6_src, packet->from, sizeof(packet->from));
	__builtin_memcpy(route.ipv6_dst, packet->to, sizeof(packet->to));
	answer = bpf_fib_lookup(skb, &route, sizeof(route), 0);
	return answer == BPF_FIB_LKUP_RET_NOT_FWDED || answer == BPF_FIB_LKUP_RET_FWD_DISABLED;
}

static __always_inline bool is_of_tcp(struct __sk_buff *skb, const struct packet *packet,
				      const __be16 ports[2])
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk;
	__u32 size, state;

	if (packet->four) {
		tuple.ipv4.saddr = packet->from[0];
		tuple.ipv4.daddr = packet->to[0];
		tuple.ipv4.sport = ports[0];
		tuple.ipv4.dport = ports[1];
		size = sizeof(tuple.ipv4);
	} else {
		__builtin_memcpy(tuple.ipv6.saddr, packet->from, sizeof(packet->from));
		__builtin_memcpy(tuple.ipv6.daddr, packet->to, sizeof(packet->to));
		tuple.ipv6.sport = ports[0];
		tuple.ipv6.dport = ports[1];
		size = sizeof(tuple.ipv6);
	}
	sk = bpf_skc_lookup_tcp(skb, &tuple, size, BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return false;
	state = sk->state;
	bpf_sk_release(sk);
	return state != BPF_TCP_LISTEN || stays_here(skb, packet);
}

static __always_inline bool chosen_port(const struct gateway_choice *choice, __be16 port)
{
	__u16 number = bpf_ntohs(port);

	return choice->ports[number / 8] & (1 << number % 8);
}

/* @packet: has the transport header. What is quoted went the other way: its sender is here. */
static __always_inline bool chosen(struct __sk_buff *skb, const struct gateway_choice *choice,
				   const struct packet *packet, __u32 way, bool quoted)
{
	struct packet turned = *packet;
	__be16 ports[2], turned_ports[2];

	if (bpf_skb_load_bytes(skb, packet->transport, ports, sizeof(ports)))
		return false;
	if (choice->some && !chosen_port(choice, ports[0]) && !chosen_port(choice, ports[1]))
		return false;
	if (way == GATEWAY_LEAVING)
		return true;
	if (!quoted)
		return !is_of_tcp(skb, packet, ports);
	__builtin_memcpy(turned.from, packet->to, sizeof(turned.from));
	__builtin_memcpy(turned.to, packet->from, sizeof(turned.to));
	turned_ports[0] = ports[1];
	turned_ports[1] = ports[0];
	return !is_of_tcp(skb, &turned, turned_ports);
}

/* A later fragment goes as the first one went. */
static __always_inline bool fragment_chosen(struct __sk_buff *skb, const struct gateway_choice *choice,
					    const struct packet *packet, __u32 way)
{
	struct fragment key = { .ident = packet->ident, .way = way };
	__u8 yes = 1;

	__builtin_memcpy(key.from, packet->from, sizeof(key.from));
	__builtin_memcpy(key.to, packet->to, sizeof(key.to));
	if (!packet->first)
		return bpf_map_lookup_elem(&fragments, &key);
	if (chosen(skb, choice, packet, way, false))
		return !bpf_map_update_elem(&fragments, &key, &yes, BPF_ANY);
	bpf_map_delete_elem(&fragments, &key);
	return false;
}

/*
 * The kernel knows of a sum that hardware has still to finish, and of one that it made of the whole packet. To the
 * latter a change of IPv4's header is none, since that has a sum of its own.
 */
static __always_inline int exchange(struct __sk_buff *skb, const struct packet *packet, __u8 from, __u8 to)
{
	if (packet->first &&
	    bpf_l4_csum_replace(skb, packet->transport + CHECKSUM_OFFSET, bpf_htons(from), bpf_htons(to),
				BPF_F_PSEUDO_HDR | sizeof(__be16)))
		return -1;
	if (!packet->four)
		return bpf_skb_store_bytes(skb, packet->naming, &to, sizeof(to), BPF_F_RECOMPUTE_CSUM);
	if (bpf_l3_csum_replace(skb, packet->ip + offsetof(struct iphdr, check), bpf_htons(from), bpf_htons(to),
				sizeof(__be16)))
		return -1;
	return bpf_skb_store_bytes(skb, packet->naming, &to, sizeof(to), 0);
}

/* RFC 1624, equation 3. */
static __always_inline __sum16 mended(__sum16 sum, __be16 from, __be16 to)
{
	__u32 all = (__u16)~sum + (__u16)~from + to;

	all = (all & 0xffff) + (all >> 16);
	return ~(all + (all >> 16));
}

/* Two octets of what an ICMP error quotes change, and its own sum with them. */
static __always_inline int exchange_quoted(struct __sk_buff *skb, __u32 icmp, __u32 at, __be16 from, __be16 to)
{
	if (bpf_l4_csum_replace(skb, icmp + ICMP_CHECKSUM_OFFSET, from, to, sizeof(from)))
		return -1;
	return bpf_skb_store_bytes(skb, at, &to, sizeof(to), 0);
}

/* A transport header may be quoted without its sum. */
static __always_inline int mend_quoted(struct __sk_buff *skb, __u32 icmp, __u32 at, __be16 from, __be16 to)
{
	__sum16 sum;

	if (bpf_skb_load_bytes(skb, at, &sum, sizeof(sum)))
		return 0;
	return exchange_quoted(skb, icmp, at, sum, mended(sum, from, to));
}

static __always_inline int exchange_in_error(struct __sk_buff *skb, __u32 icmp, const struct packet *quoted,
					     __u8 from, __u8 to)
{
	/* Sums are made of two octets at a time. Which of them names the protocol is of the family. */
	__u32 at = quoted->four ? quoted->naming - 1 : quoted->naming;
	__be16 was, is;

	if (bpf_skb_load_bytes(skb, at, &was, sizeof(was)))
		return -1;
	is = quoted->four ? (was & bpf_htons(0xff00)) | bpf_htons(to) : (was & bpf_htons(0xff)) | bpf_htons(to << 8);
	if (exchange_quoted(skb, icmp, at, was, is))
		return -1;
	if (quoted->four && mend_quoted(skb, icmp, quoted->ip + offsetof(struct iphdr, check), was, is))
		return -1;
	if (!quoted->first)
		return 0;
	return mend_quoted(skb, icmp, quoted->transport + CHECKSUM_OFFSET, bpf_htons(from), bpf_htons(to));
}

static __always_inline bool is_error(const struct packet *packet, __u8 type)
{
	if (!packet->four)
		return packet->next == IPPROTO_ICMPV6 && type < ICMPV6_INFORMATION;
	if (packet->next != IPPROTO_ICMP)
		return false;
	switch (type) {
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return true;
	default:
		return false;
	}
}

/* What a packet has that goes this way. */
static __always_inline __u8 number(const struct gateway_choice *choice, __u32 way)
{
	return way == GATEWAY_ARRIVING ? GATEWAY_TCP : choice->protocol;
}

/* Of a later fragment that is quoted nothing tells whose it was. */
static __always_inline int error(struct __sk_buff *skb, const struct gateway_choice *choice,
				 const struct packet *packet, struct gateway_count *count, __u32 way)
{
	__u8 from = number(choice, way), to = number(choice, !way), type;
	struct packet quoted;

	if (!packet->whole || bpf_skb_load_bytes(skb, packet->transport, &type, sizeof(type)) ||
	    !is_error(packet, type) || !read(skb, packet->transport + ICMP_HEADER, &quoted) ||
	    quoted.next != from)
		return TC_ACT_UNSPEC;
	if (!quoted.first || !chosen(skb, choice, &quoted, way, true)) {
		count->left++;
		return TC_ACT_UNSPEC;
	}
	if (exchange_in_error(skb, packet->transport, &quoted, from, to)) {
		count->dropped++;
		return TC_ACT_SHOT;
	}
	count->errors++;
	return TC_ACT_UNSPEC;
}

static __always_inline int translate(struct __sk_buff *skb, __u32 way)
{
	struct gateway_count *count = bpf_map_lookup_elem(&counts, &way);
	const struct gateway_choice *choice;
	struct packet packet;
	__u32 only = 0;

	choice = bpf_map_lookup_elem(&choices, &only);
	if (!count || !choice || !read(skb, choice->link, &packet))
		return TC_ACT_UNSPEC;
	if (packet.next != number(choice, way))
		return error(skb, choice, &packet, count, way);
	if (!(packet.whole ? chosen(skb, choice, &packet, way, false) : fragment_chosen(skb, choice, &packet, way))) {
		count->left++;
		return TC_ACT_UNSPEC;
	}
	if (exchange(skb, &packet, number(choice, way), number(choice, !way))) {
		count->dropped++;
		return TC_ACT_SHOT;
	}
	if (packet.whole)
		count->segments++;
	else
		count->fragments++;
	return TC_ACT_UNSPEC;
}

SEC("tc")
int clasp_arriving(struct __sk_buff *skb)
{
	return translate(skb, GATEWAY_ARRIVING);
}

SEC("tc")
int clasp_leaving(struct __sk_buff *skb)
{
	return translate(skb, GATEWAY_LEAVING);
}

static const char gpl[] SEC("license") __attribute__((used)) = "GPL";
