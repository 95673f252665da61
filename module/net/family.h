/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between address families. The rest of net/ knows addresses only as the 128 bits of a key.
 */
#ifndef CLASP_NET_FAMILY_H
#define CLASP_NET_FAMILY_H

#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/ip.h>

#include "flow.h"

struct clasp_sock;
struct sockaddr;

/* Head-room of a segment: whatever lies below, IP with options, our header. */
#define CLASP_HEADROOM (MAX_HEADER + 60 + CLASP_HEADER_MAX)

/**
 * struct clasp_reply - a segment that no socket sends
 * @key: the connection, seen from our end; @key.ifindex is the device to leave by, or 0
 * @header: what to say
 * @dst: route to take; looked up when NULL
 * @mark: of the packet that is answered
 * @tos: of the answer
 * @ttl: likewise, 0 for the route's
 * @state: enum clasp_state, for the tracepoint
 */
struct clasp_reply {
	struct clasp_key key;
	struct clasp_header header;
	struct dst_entry *dst;
	u32 mark;
	u8 tos;
	u8 ttl;
	u8 state;
};

/**
 * struct clasp_family - operations of an address family
 * @name: PF_*
 * @gso: SKB_GSO_* of its super-packets
 * @overhead: octets of IP's and our own header, without options
 * @pseudo: sum of the pseudo-header of a segment that arrives
 * @policy: does IPsec policy let a segment pass? @sk may be NULL
 * @key: fill a key from a segment that arrives; with the transport header set
 * @ident: running number that a segment carries
 * @answer: fill in mark and tos of the answer to a segment that is nobody's
 * @address: fill @cs->flow.key.local from what bind() left in the socket
 * @connect: check the address, find the route, fill @cs->flow.key but for the local port
 * @connected: the local port is known: the final route
 * @reroute: a fresh route to the peer, if the socket's is not valid any more; 0 or a negative errno
 * @disconnect: forget the peer, and our address unless bind() set it
 * @port_offset: where the search for a port begins, RFC 6056
 * @child: fill in the addresses of a connection that a listener got, from @cs->flow.key
 * @route: a route for answers
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
	void (*address)(struct clasp_sock *cs);
	int (*connect)(struct clasp_sock *cs, struct sockaddr *addr, int len);
	int (*connected)(struct clasp_sock *cs);
	int (*reroute)(struct clasp_sock *cs);
	void (*disconnect)(struct clasp_sock *cs);
	u64 (*port_offset)(const struct clasp_key *key);
	void (*child)(struct clasp_sock *cs);
	struct dst_entry *(*route)(struct clasp_net *cn, const struct clasp_reply *reply);
	int (*xmit)(struct clasp_sock *cs, struct sk_buff *skb, u16 ident, u8 ecn);
	int (*reply)(struct clasp_net *cn, const struct clasp_reply *reply, u16 ident);
};

extern const struct clasp_family clasp_ipv4;

int clasp_ipv4_register(void);
void clasp_ipv4_unregister(void);

/* What a packet that fits a route can carry. */
static inline u16 clasp_family_mss(const struct clasp_family *family, const struct dst_entry *dst)
{
	/* A route may be told any MTU; with less than this there is no room for options. */
	return clamp_t(u32, dst_mtu(dst), 128, U16_MAX) - family->overhead;
}

#endif
