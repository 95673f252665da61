/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is at the other end of a segment: one table of headers. What stands behind a header changes while
 * a connection lives (embryo, socket, TIME_WAIT), its key does not, and each replaces the one before
 * it in place.
 */
#ifndef CLASP_NET_FLOW_H
#define CLASP_NET_FLOW_H

#include <linux/in6.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <net/ipv6.h>

#include "../core/tcb.h"
#include "net.h"

/**
 * struct clasp_key - a connection's name, seen from our end
 * @local: our address, IPv4 as v4-mapped
 * @remote: theirs
 * @lport: our port, network order
 * @rport: theirs
 * @ifindex: device that the socket is bound to, 0 for any; of a segment: the device it came by
 */
struct clasp_key {
	struct in6_addr local;
	struct in6_addr remote;
	__be16 lport;
	__be16 rport;
	int ifindex;
};

/**
 * struct clasp_flow - what every object in the flow table begins with
 * @node: of the table
 * @key: written only while the object is in no table
 * @kind: enum clasp_kind: what the object is, and how it is referred to
 * @hashed: in the table; under the object's lock
 * @automatic: connect() chose the local port; this and the next two under the port bucket's lock
 * @listening: a socket that listens
 * @reuse: a TIME_WAIT whose socket had SO_REUSEADDR set
 * @reuseport: likewise SO_REUSEPORT
 * @ipv6: of a socket of AF_INET6, whatever its addresses are
 */
struct clasp_flow {
	struct rhash_head node;
	struct clasp_key key;
	u8 kind;
	bool hashed;
	bool automatic;
	bool listening;
	bool reuse;
	bool reuseport;
	bool ipv6;
};

/**
 * struct clasp_mini - what embryos and TIME_WAITs have in common
 * @flow: first, so that all three are one pointer
 * @ref: the table holds one, whoever looks the object up another
 * @lock: taken for each verb, and for @flow.hashed; a leaf but for ports, table and FIFOs
 * @fifo: in one of the namespace's FIFOs, under its lock
 * @rcu: for the delayed free, once nobody has a reference who could look at @fifo
 * @cn: the namespace, not held: it purges its own
 */
struct clasp_mini {
	struct clasp_flow flow;
	refcount_t ref;
	spinlock_t lock; /* of what the shape adds */
	union {
		struct list_head fifo;
		struct rcu_head rcu;
	};
	struct clasp_net *cn;
};

/* Purposes of clasp_flow_hash() */
#define CLASP_HASH_OPENING 0
#define CLASP_HASH_ABOVE 1
#define CLASP_HASH_GROUP 2
#define CLASP_HASH_LABEL 3

void clasp_flow_init(void);
int clasp_flow_net_init(struct clasp_net *cn);
void clasp_flow_net_exit(struct clasp_net *cn);
struct clasp_flow *clasp_flow_find(struct clasp_net *cn, const struct clasp_key *key);
int clasp_flow_insert(struct clasp_net *cn, struct clasp_flow *flow);
bool clasp_flow_replace(struct clasp_net *cn, struct clasp_flow *old, struct clasp_flow *flow);
void clasp_flow_remove(struct clasp_net *cn, struct clasp_flow *flow);
void clasp_flow_put(struct clasp_flow *flow);
u32 clasp_flow_hash(const struct clasp_key *key, u8 purpose);
void clasp_flow_opening(const struct clasp_key *key, const struct sock *sk, u64 now,
			struct clasp_opening *opening);

void clasp_mini_init(struct clasp_mini *mini, struct clasp_net *cn, const struct clasp_key *key,
		     enum clasp_kind kind);
void clasp_mini_put(struct clasp_mini *mini);

static inline struct clasp_mini *clasp_mini(struct clasp_flow *flow)
{
	return container_of(flow, struct clasp_mini, flow);
}

/* A socket that is bound to a device hears only what came by it. */
static inline bool clasp_key_device(int bound, int ifindex)
{
	return !bound || bound == ifindex;
}

static inline bool clasp_key_matches(const struct clasp_key *own, const struct clasp_key *key)
{
	return own->lport == key->lport && own->rport == key->rport &&
	       ipv6_addr_equal(&own->remote, &key->remote) &&
	       ipv6_addr_equal(&own->local, &key->local) &&
	       clasp_key_device(own->ifindex, key->ifindex);
}

/* An address that stands for every one of its family. */
static inline bool clasp_key_wildcard(const struct in6_addr *addr)
{
	return ipv6_addr_any(addr) || (ipv6_addr_v4mapped(addr) && !addr->s6_addr32[3]);
}

/* @addr is one of those that @wildcard stands for; IPv6's stands for IPv4's as well, unless IPV6_V6ONLY is set. */
static inline bool clasp_key_covers(const struct in6_addr *wildcard, bool v6only,
				    const struct in6_addr *addr)
{
	bool ipv4 = ipv6_addr_v4mapped(addr);

	return ipv6_addr_any(wildcard) ? !(ipv4 && v6only) : ipv4 && clasp_key_wildcard(wildcard);
}

/* The device that a link-local address is one of, 0 for any other address. */
static inline int clasp_key_scope(const struct clasp_key *key)
{
	bool link_local = (key->remote.s6_addr32[0] & htonl(0xffc00000)) == htonl(0xfe800000);

	return link_local ? key->ifindex : 0;
}

#endif
