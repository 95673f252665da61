// SPDX-License-Identifier: GPL-2.0
/*
 * The table of connections in all their shapes. A reader takes the reference first and compares the key
 * again afterwards: a socket that disconnects and connects anew has another key without ever being freed.
 */
#include <linux/workqueue.h>

/*
 * The only work that rhashtable's inlines here could ask for is to shrink a table that shrinks by itself;
 * ours does not, and Clasp asks for no work. Growing is rhashtable's own affair, inside the kernel.
 */
#define schedule_work(work) WARN_ON_ONCE(1)
#include <linux/rhashtable.h>
#undef schedule_work

#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/siphash.h>

#include "../core/isn.h"
#include "../core/option.h"
#include "flow.h"
#include "grace.h"
#include "memory.h"
#include "mini.h"
#include "sock.h"

static siphash_aligned_key_t secret;

static u32 ports_of(const struct clasp_key *key)
{
	return (__force u32)key->lport << 16 | (__force u32)key->rport;
}

/* Cheap: rhashtable seeds it anew for each table, and again when a chain gets long. */
static u32 hash(const void *data, u32 len, u32 seed)
{
	const struct clasp_key *key = data;

	if (ipv6_addr_v4mapped(&key->remote))
		return jhash_3words((__force u32)key->local.s6_addr32[3],
				    (__force u32)key->remote.s6_addr32[3], ports_of(key), seed);
	return jhash2((const u32 *)key, offsetof(struct clasp_key, lport) / sizeof(u32),
		      seed ^ ports_of(key));
}

static int compare(struct rhashtable_compare_arg *arg, const void *object)
{
	return !clasp_key_matches(&((const struct clasp_flow *)object)->key, arg->key);
}

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct clasp_flow, node),
	.key_offset = offsetof(struct clasp_flow, key),
	.key_len = sizeof_field(struct clasp_flow, key),
	.min_size = 1024,
	.hashfn = hash,
	.obj_cmpfn = compare,
};

/* What is left when the namespace goes: TIME_WAITs; whoever has a socket holds the namespace. */
static void purge(void *object, void *unused)
{
	struct clasp_flow *flow = object;

	if (!WARN_ON_ONCE(flow->kind != CLASP_TW))
		clasp_timewait_purge(clasp_mini(flow));
}

/**
 * clasp_flow_init - draw the secret that clasp_flow_hash() keys with
 */
void clasp_flow_init(void)
{
	get_random_bytes(&secret, sizeof(secret));
}

/**
 * clasp_flow_net_init - give a namespace its table
 * @cn: the namespace
 *
 * Return: 0 or a negative errno.
 */
int clasp_flow_net_init(struct clasp_net *cn)
{
	return rhashtable_init(&cn->flows, &params);
}

/**
 * clasp_flow_net_exit - end what is left in a namespace, and its table
 * @cn: the namespace; nothing arrives any more and its timers are cancelled
 */
void clasp_flow_net_exit(struct clasp_net *cn)
{
	rhashtable_free_and_destroy(&cn->flows, purge, NULL);
}

static bool hold(struct clasp_flow *flow)
{
	if (flow->kind == CLASP_CONNECTION)
		return refcount_inc_not_zero(&clasp_sock_sk(clasp_flow_sock(flow))->sk_refcnt);
	return refcount_inc_not_zero(&clasp_mini(flow)->ref);
}

/**
 * clasp_flow_find - who is this segment for?
 * @cn: the namespace
 * @key: from the segment
 *
 * Context: RCU reader.
 * Return: with a reference, or NULL. Its owner's lock shows whether it is still in the table.
 */
struct clasp_flow *clasp_flow_find(struct clasp_net *cn, const struct clasp_key *key)
{
	struct clasp_flow *flow;

	while ((flow = rhashtable_lookup(&cn->flows, key, params))) {
		if (!hold(flow))
			continue;
		if (likely(clasp_key_matches(&flow->key, key)))
			return flow;
		clasp_flow_put(flow);
	}
	return NULL;
}

/**
 * clasp_flow_insert - put an object into the table
 * @cn: the namespace
 * @flow: ready in every respect; the table takes a reference, which the caller has counted
 *
 * Return: 0; -EADDRNOTAVAIL when its key is taken; -EAGAIN when the table cannot grow just now.
 */
int clasp_flow_insert(struct clasp_net *cn, struct clasp_flow *flow)
{
	struct clasp_flow *other;

	flow->hashed = true;
	other = rhashtable_insert_slow(&cn->flows, &flow->key, &flow->node);
	if (!other)
		return 0;
	flow->hashed = false;
	return IS_ERR(other) ? -EAGAIN : -EADDRNOTAVAIL;
}

/**
 * clasp_flow_replace - one object takes the place of another
 * @cn: the namespace
 * @old: leaves the table; its reference is the caller's to drop
 * @flow: with the same key, ready in every respect; the table takes a reference
 *
 * Return: false when somebody else was faster: then nothing happened to @flow.
 */
bool clasp_flow_replace(struct clasp_net *cn, struct clasp_flow *old, struct clasp_flow *flow)
{
	flow->hashed = true;
	if (!rhashtable_replace_fast(&cn->flows, &old->node, &flow->node, params)) {
		old->hashed = false;
		return true;
	}
	flow->hashed = false;
	return false;
}

/**
 * clasp_flow_remove - take an object out of the table
 * @cn: the namespace
 * @flow: @flow->hashed is true, and its lock is held
 *
 * The table's reference is the caller's to drop.
 */
void clasp_flow_remove(struct clasp_net *cn, struct clasp_flow *flow)
{
	flow->hashed = false;
	WARN_ON_ONCE(rhashtable_remove_fast(&cn->flows, &flow->node, params));
}

/**
 * clasp_flow_put - drop a reference
 * @flow: of any kind
 */
void clasp_flow_put(struct clasp_flow *flow)
{
	if (flow->kind == CLASP_CONNECTION)
		sock_put(clasp_sock_sk(clasp_flow_sock(flow)));
	else
		clasp_mini_put(clasp_mini(flow));
}

/* Of IPv4's addresses the octets that differ. */
static u64 keyed_hash(const struct clasp_key *key, u32 purpose)
{
	struct {
		struct in6_addr local;
		struct in6_addr remote;
		__be16 lport;
		__be16 rport;
		u32 purpose;
	} __aligned(SIPHASH_ALIGNMENT) input;

	if (ipv6_addr_v4mapped(&key->remote))
		return siphash_4u32((__force u32)key->local.s6_addr32[3],
				    (__force u32)key->remote.s6_addr32[3], ports_of(key), purpose, &secret);
	input = (typeof(input)){
		.local = key->local,
		.remote = key->remote,
		.lport = key->lport,
		.rport = key->rport,
		.purpose = purpose,
	};

	return siphash(&input, sizeof(input), &secret);
}

/**
 * clasp_flow_hash - a keyed hash of a connection's name
 * @key: the connection
 * @purpose: hashes for different purposes have nothing in common
 */
u32 clasp_flow_hash(const struct clasp_key *key, u8 purpose)
{
	return keyed_hash(key, purpose);
}

/**
 * clasp_flow_opening - what core/ has to be told of a new connection
 * @key: its name
 * @sk: its socket, or its listener
 * @now: ns
 * @opening: filled in
 */
void clasp_flow_opening(const struct clasp_key *key, const struct sock *sk, u64 now,
			struct clasp_opening *opening)
{
	/* RFC 6528: F. Its halves tell nothing of each other. */
	u64 hash = keyed_hash(key, CLASP_HASH_OPENING);

	opening->iss = clasp_isn(lower_32_bits(hash), now);
	opening->ts_hash = upper_32_bits(hash);
	opening->rcv_most = clasp_option_window(READ_ONCE(clasp_sk(sk)->choice.window_clamp),
						clasp_memory_receive_most(sk));
	opening->peer_mss = ipv6_addr_v4mapped(&key->remote) ? CLASP_MSS_DEFAULT : CLASP_MSS_DEFAULT_IPV6;
}

/**
 * clasp_mini_init - fill in the header of a small object
 * @mini: its members are zero; gets one reference
 * @cn: the namespace
 * @key: the connection
 * @kind: CLASP_EMBRYO or CLASP_TW
 */
void clasp_mini_init(struct clasp_mini *mini, struct clasp_net *cn, const struct clasp_key *key,
		     enum clasp_kind kind)
{
	mini->flow.key = *key;
	mini->flow.kind = kind;
	refcount_set(&mini->ref, 1);
	spin_lock_init(&mini->lock);
	INIT_LIST_HEAD(&mini->fifo);
	mini->cn = cn;
}

static void mini_free(struct rcu_head *rcu)
{
	struct clasp_mini *mini = container_of(rcu, struct clasp_mini, rcu);

	if (mini->flow.kind == CLASP_EMBRYO)
		clasp_embryo_free(mini);
	else
		clasp_timewait_free(mini);
}

/**
 * clasp_mini_put - drop a reference
 * @mini: gone after a grace period when it was the last one
 */
void clasp_mini_put(struct clasp_mini *mini)
{
	if (refcount_dec_and_test(&mini->ref))
		clasp_grace_wait(&mini->rcu, mini_free);
}
