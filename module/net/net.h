/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a network namespace has of Clasp's. Everything is per namespace but the secret behind initial
 * sequence numbers, the caches that objects come from, the memory of all sockets together and where searches for ports
 * go on.
 *
 * Locks, outermost first: a socket (lock_sock or its spinlock), a small object's lock, a listener's lock, a port
 * bucket's lock, a listener bucket's lock, the flow table's own. The locks of the FIFOs are
 * leaves, and a reaper takes entries off its FIFO before it looks at any other lock.
 */
#ifndef CLASP_NET_NET_H
#define CLASP_NET_NET_H

#include <linux/llist.h>
#include <linux/rhashtable.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "compat.h"
#include "mib.h"
#include "sysctl.h"

#define CLASP_PORT_BUCKETS 1024
#define CLASP_LISTEN_BUCKETS 64
#define CLASP_EMBRYO_STEPS 16

/**
 * struct clasp_bucket - the head of a chain
 * @lock: of the chain and of what its entries own
 * @chain: of struct clasp_port, or of listening sockets
 */
struct clasp_bucket {
	spinlock_t lock; /* of the chain and what its entries own */
	struct hlist_head chain;
};

/**
 * struct clasp_net - Clasp in one namespace
 * @net: the namespace, which holds this
 * @sysctl: what its administrator sets
 * @mib: counters
 * @ctl: stands in for a socket where the IP layer wants one to send without any
 * @flows: of struct clasp_flow: connections, embryos, TIME_WAITs
 * @ports: struct clasp_port by number
 * @listeners: listening sockets by port, walked under RCU
 * @ident: running number of transmissions
 * @orphans: connections that no program holds
 * @tw_count: TIME_WAITs there are
 * @tw_lock: of @tw_fifo
 * @tw_fifo: TIME_WAITs, the one that started first in front
 * @tw_timer: expires when the first of them is due
 * @embryo_lock: of @embryo_fifos
 * @embryo_fifos: embryos by SYN+ACKs sent again, so that each list is in order of deadline
 * @embryo_timer: expires when the earliest head is due
 * @resumable: sockets whose output waits for room below, or for another turn
 * @resume_timer: expires at once when @resumable gets its first
 * @closing: the namespace goes away: nothing new
 */
struct clasp_net {
	struct net *net;
	struct clasp_sysctl sysctl;
	struct clasp_mib __percpu *mib;
	struct sock *ctl;
	struct rhashtable flows;
	struct clasp_bucket *ports;
	struct clasp_bucket *listeners;
	atomic_t ident;

	atomic_t orphans;
	atomic_t tw_count;
	spinlock_t tw_lock; /* a leaf: of tw_fifo */
	struct list_head tw_fifo;
	struct hrtimer tw_timer;

	spinlock_t embryo_lock; /* a leaf: of embryo_fifos */
	struct list_head embryo_fifos[CLASP_EMBRYO_STEPS];
	struct hrtimer embryo_timer;

	struct llist_head resumable;
	struct hrtimer resume_timer;
	bool closing;
};

extern unsigned int clasp_net_id;
extern int clasp_protocol;

static inline struct clasp_net *clasp_net(const struct net *net)
{
	return net_generic(net, clasp_net_id);
}

/*
 * The running number of a transmission, the first of @count: 1 to 65535, which IPv4 carries as its identification.
 */
static inline u16 clasp_net_ident(struct clasp_net *cn, u32 count)
{
	return ((u32)atomic_add_return(count, &cn->ident) - count + 1) % 65535 + 1;
}

int clasp_net_register(void);
void clasp_net_unregister(void);

#endif
