/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between address families. The rest of net/ knows addresses only as the 128 bits of a key.
 */
#ifndef CLASP_NET_FAMILY_H
#define CLASP_NET_FAMILY_H

#include <linux/skbuff.h>
#include <linux/ipv6.h>
#include <linux/sockptr.h>
#include <net/dst.h>
#include <net/ip.h>

#include "flow.h"

struct clasp_sock;
struct sockaddr;

/* Head-room of a segment: whatever lies below, IP with options, our header. */
#define CLASP_HEADROOM (MAX_HEADER + 60 + CLASP_HEADER_MAX)

/**
 * struct clasp_manner - what IP's header says of who sends, beside addresses
 * @mark: of the packet
 * @label: IPv6's flow label, 0 for the namespace's
 * @tos: IPv6 calls it the traffic class
 * @ttl: IPv6 calls it the hop limit; 0 for the route's
 */
struct clasp_manner {
	u32 mark;
	__be32 label;
	u8 tos;
	u8 ttl;
};

/**
 * struct clasp_reply - a segment that no socket sends
 * @key: the connection, seen from our end; @key.ifindex is the device to leave by, or 0
 * @header: what to say
 * @dst: route to take; looked up when NULL
 * @cookie: that came with @dst
 * @manner: of the answer
 * @state: enum clasp_state, for the tracepoint
 */
struct clasp_reply {
	struct clasp_key key;
	struct clasp_header header;
	struct dst_entry *dst;
	u32 cookie;
	struct clasp_manner manner;
	u8 state;
};

/**
 * struct clasp_family - operations of an address family
 *
 * A socket of AF_INET6 may have a connection over IPv4: what is about the socket is its own family's business
 * (clasp_family_of()), what is about segments that of the family in which they come and go.
 *
 * @name: PF_*
 * @gso: SKB_GSO_* of its super-packets
 * @overhead: octets of IP's and our own header, without options
 * @pseudo: sum of the pseudo-header of a segment that arrives
 * @policy: does IPsec policy let a segment pass? @sk may be NULL
 * @key: fill a key from a segment that arrives; with the transport header set
 * @ident: running number that a segment carries, or what stands for one
 * @answer: fill in the manner of the answer to a segment that is nobody's, and a link-local address's device
 * @manner: in which a socket sends
 * @address: of the socket's: fill @cs->flow.key.local from what bind() left in the socket
 * @connect: of the socket's: check the address, find the route, fill @cs->flow.key but for the local port
 * @connected: the local port is known: the final route
 * @reroute: a fresh route to the peer, if the socket's is not valid any more; 0 or a negative errno
 * @disconnect: of the socket's: forget the peer, and our address unless bind() set it
 * @cloned: of the socket's: what a clone of a listener must not share with it
 * @destruct: of the socket's: what the kernel has to free of it
 * @set_option: of the socket's: setsockopt() at a level that is not ours
 * @get_option: likewise getsockopt()
 * @port_offset: where the search for a port begins, RFC 6056
 * @child: fill in the addresses of a connection that a listener got, from @cs->flow.key
 * @route: a route for answers, and its cookie
 * @store: a socket is given a route that came with a cookie, and a reference to it
 * @xmit: send a segment of a socket, whose lock is held; takes the buffer; its parts, if it is a super-packet, are
 *	numbered from @number on; @ecn: the ECN field of its IP header
 * @reply: build and send a segment without a socket
 */
struct clasp_family {
	int name;
	u16 gso;
	u16 overhead;
	typeof(inet_compute_pseudo) *pseudo;
	bool (*policy)(struct sock *sk, struct sk_buff *skb);
	void (*key)(struct clasp_key *key, const struct sk_buff *skb);
	u16 (*ident)(const struct sk_buff *skb);
	void (*answer)(struct clasp_reply *reply, const struct clasp_net *cn,
		       const struct sk_buff *skb);
	void (*manner)(const struct sock *sk, struct clasp_manner *manner);
	void (*address)(struct clasp_sock *cs);
	int (*connect)(struct clasp_sock *cs, struct sockaddr *addr, int len);
	int (*connected)(struct clasp_sock *cs);
	int (*reroute)(struct clasp_sock *cs);
	void (*disconnect)(struct clasp_sock *cs);
	void (*cloned)(struct clasp_sock *cs, const struct sock *listener);
	void (*destruct)(struct sock *sk);
	int (*set_option)(struct sock *sk, int level, int name, sockptr_t value, unsigned int len);
	int (*get_option)(struct sock *sk, int level, int name, char __user *value, int __user *len);
	u64 (*port_offset)(const struct clasp_key *key);
	void (*child)(struct clasp_sock *cs);
	struct dst_entry *(*route)(struct clasp_net *cn, const struct clasp_reply *reply, u32 *cookie);
	void (*store)(struct clasp_sock *cs, struct dst_entry *dst, u32 cookie);
	int (*xmit)(struct clasp_sock *cs, struct sk_buff *skb, u16 ident, u8 ecn);
	int (*reply)(struct clasp_net *cn, const struct clasp_reply *reply, u16 ident);
};

extern const struct clasp_family clasp_ipv4;
extern const struct clasp_family clasp_ipv6;

int clasp_ipv4_register(void);
void clasp_ipv4_unregister(void);
void clasp_ipv4_open(void);
void clasp_ipv4_close(void);
int clasp_ipv6_register(void);
void clasp_ipv6_unregister(void);

/* A kernel may have been built without it, or booted with ipv6.disable=1; that does not change while it runs. */
static inline bool clasp_ipv6_there(void)
{
	return IS_ENABLED(CONFIG_IPV6) && ipv6_mod_enabled();
}

/* The family of a socket, which need not be that of its connection. */
static inline const struct clasp_family *clasp_family_of(const struct sock *sk)
{
	return IS_ENABLED(CONFIG_IPV6) && sk->sk_family == AF_INET6 ? &clasp_ipv6 : &clasp_ipv4;
}

/* The family of a packet; its socket may be about to have a connection over the other one. */
static inline const struct clasp_family *clasp_family_of_packet(const struct sk_buff *skb)
{
	return IS_ENABLED(CONFIG_IPV6) && skb->protocol == htons(ETH_P_IPV6) ? &clasp_ipv6 : &clasp_ipv4;
}

/*
 * Hardware that checksums "IP" looks at the protocol number, and finds one that it does not know; and the
 * kernel takes our checksum's offset for TCP's. A virtual device may have such hardware behind it, so that
 * only the loopback is sure to be the end of the way; super-packets are cut by us before they get there.
 *
 * Return: true when the segment's sum is not to be computed now: its header needs the pseudo-header's alone.
 */
static inline bool clasp_family_sums_later(struct sk_buff *skb, const struct dst_entry *dst)
{
	if (!skb_is_gso(skb) && !(dst && (dst->dev->flags & IFF_LOOPBACK))) {
		skb->ip_summed = CHECKSUM_NONE;
		return false;
	}
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = CLASP_CHECKSUM_OFFSET;
	return true;
}

/*
 * Pages that others may write to (sendfile(), splice()) are copied before they are summed here, as skb_checksum_help()
 * does for TCP: what is written while the packet waits below would make the sum a wrong one, and the packet lost. What
 * is cut from super-packets is summed while it is copied; and whoever sums later sees to it himself.
 *
 * Return: 0 or -ENOMEM.
 */
static inline int clasp_family_take_pages(struct sk_buff *skb)
{
	return skb_has_shared_frag(skb) ? __skb_linearize(skb) : 0;
}

/* What a packet that fits a route can carry. */
static inline u16 clasp_family_mss(const struct clasp_family *family, const struct dst_entry *dst)
{
	/* A route may be told any MTU; with less than this there is no room for options. */
	return clamp_t(u32, dst_mtu(dst), 128, U16_MAX) - family->overhead;
}

#endif
