// SPDX-License-Identifier: GPL-2.0
/*
 * Local ports: bind() conflicts by TCP's rules, connect() chooses by RFC 6056. A port that connect() chose
 * is shared by everybody whom connect() gives it; that no two of them have the same peer is the flow
 * table's business, which refuses a key that it has.
 */
#include <linux/random.h>
#include <linux/slab.h>
#include <net/ip.h>

#include "port.h"
#include "sock.h"

/* RFC 6056, 3.3.4: where the search for a port went on last time, by a hash of the destination. */
#define TRACES 256

/* How often connect() waits for the flow table to grow before it gives up. */
#define GROWTH_PATIENCE 64

static u32 traces[TRACES];

/**
 * clasp_port_init - begin the searches for ports where nobody can guess
 */
void clasp_port_init(void)
{
	get_random_bytes(traces, sizeof(traces));
}

/**
 * clasp_port_net_init - give a namespace its ports
 * @cn: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int clasp_port_net_init(struct clasp_net *cn)
{
	u32 i;

	cn->ports = kvmalloc_array(CLASP_PORT_BUCKETS, sizeof(*cn->ports), GFP_KERNEL);
	if (!cn->ports)
		return -ENOMEM;
	for (i = 0; i < CLASP_PORT_BUCKETS; i++) {
		spin_lock_init(&cn->ports[i].lock);
		INIT_HLIST_HEAD(&cn->ports[i].chain);
	}
	return 0;
}

/**
 * clasp_port_net_exit - free a namespace's ports
 * @cn: the namespace; all owners have gone
 */
void clasp_port_net_exit(struct clasp_net *cn)
{
	u32 i;

	for (i = 0; i < CLASP_PORT_BUCKETS; i++)
		WARN_ON_ONCE(!hlist_empty(&cn->ports[i].chain));
	kvfree(cn->ports);
}

static struct clasp_bucket *bucket_of(const struct clasp_net *cn, u16 number)
{
	return &cn->ports[number % CLASP_PORT_BUCKETS];
}

static struct clasp_port *find(const struct clasp_bucket *bucket, u16 number)
{
	struct clasp_port *port;

	lockdep_assert_held(&bucket->lock);
	hlist_for_each_entry(port, &bucket->chain, node)
		if (port->number == number)
			return port;
	return NULL;
}

static struct clasp_port *find_or_create(struct clasp_bucket *bucket, u16 number)
{
	struct clasp_port *port = find(bucket, number);

	if (port)
		return port;
	port = kzalloc(sizeof(*port), GFP_ATOMIC);
	if (!port)
		return NULL;
	port->number = number;
	INIT_HLIST_HEAD(&port->owners);
	hlist_add_head(&port->node, &bucket->chain);
	return port;
}

static void free_unowned(struct clasp_port *port)
{
	if (!hlist_empty(&port->owners))
		return;
	hlist_del(&port->node);
	kfree(port);
}

static void own(struct clasp_port *port, struct clasp_owner *owner)
{
	hlist_add_head(&owner->node, &port->owners);
	owner->port = port;
	if (!owner->flow->automatic)
		port->bound++;
}

static int device_of(const struct clasp_flow *flow)
{
	if (flow->kind != CLASP_CONNECTION)
		return flow->key.ifindex;
	return READ_ONCE(container_of(flow, struct clasp_sock, flow)->inet.sk.sk_bound_dev_if);
}

static bool reusable(const struct clasp_flow *flow)
{
	if (flow->kind != CLASP_CONNECTION)
		return flow->reuse;
	return !flow->listening && container_of(flow, struct clasp_sock, flow)->inet.sk.sk_reuse;
}

/* @strict: a port is being chosen, and one that others use is not wanted. */
static bool conflicts(const struct clasp_sock *cs, const struct clasp_flow *other, bool strict)
{
	int device = device_of(&cs->flow), its_device = device_of(other);

	if (other == &cs->flow || (device && its_device && device != its_device))
		return false;
	if (!clasp_key_overlap(&cs->flow.key.local, &other->key.local))
		return false;
	return strict || !cs->inet.sk.sk_reuse || !reusable(other);
}

static bool conflicts_with_any(const struct clasp_sock *cs, const struct clasp_port *port,
			       bool strict)
{
	const struct clasp_owner *owner;

	hlist_for_each_entry(owner, &port->owners, node)
		if (conflicts(cs, owner->flow, strict))
			return true;
	return false;
}

static void set_number(struct clasp_sock *cs, u16 number)
{
	cs->flow.key.lport = htons(number);
	cs->inet.inet_num = number;
	cs->inet.inet_sport = htons(number);
}

static int bind_to(struct clasp_sock *cs, u16 number, bool strict)
{
	struct clasp_bucket *bucket = bucket_of(clasp_sock_net(cs), number);
	struct clasp_port *port;
	int err = 0;

	spin_lock_bh(&bucket->lock);
	port = find_or_create(bucket, number);
	if (!port) {
		err = -ENOMEM;
	} else if (conflicts_with_any(cs, port, strict)) {
		err = -EADDRINUSE;
	} else {
		set_number(cs, number);
		cs->flow.automatic = false;
		own(port, &cs->owner);
	}
	spin_unlock_bh(&bucket->lock);
	return err;
}

static int bind_in_range(struct clasp_sock *cs, u32 low, u32 count, bool strict)
{
	u32 start = get_random_u32(), i;
	int err = -EADDRINUSE;

	for (i = 0; i < count && err == -EADDRINUSE; i++) {
		u16 number = low + (start + i) % count;

		if (!inet_is_local_reserved_port(sock_net(&cs->inet.sk), number))
			err = bind_to(cs, number, strict);
		cond_resched();
	}
	return err;
}

/**
 * clasp_port_bind - bind() and the binding that listen() does
 * @cs: owns no port; its local address is in its key
 * @number: the port, host order; 0 for any
 *
 * Context: process, socket locked.
 * Return: 0, -EADDRINUSE or -ENOMEM.
 */
int clasp_port_bind(struct clasp_sock *cs, u16 number)
{
	int low, high, err;

	if (number)
		return bind_to(cs, number, false);
	inet_sk_get_local_port_range(&cs->inet.sk, &low, &high);
	err = bind_in_range(cs, low, high - low + 1, true);
	if (err == -EADDRINUSE && cs->inet.sk.sk_reuse)
		err = bind_in_range(cs, low, high - low + 1, false);
	return err;
}

/**
 * clasp_port_listen - may a bound socket listen, seeing who else is bound now?
 * @cs: owns a port; from now on nobody shares it who has not already
 *
 * Context: process, socket locked.
 * Return: 0 or -EADDRINUSE.
 */
int clasp_port_listen(struct clasp_sock *cs)
{
	struct clasp_bucket *bucket = bucket_of(clasp_sock_net(cs), cs->inet.inet_num);
	int err = 0;

	spin_lock_bh(&bucket->lock);
	if (conflicts_with_any(cs, cs->owner.port, false))
		err = -EADDRINUSE;
	else
		cs->flow.listening = true;
	spin_unlock_bh(&bucket->lock);
	return err;
}

/**
 * clasp_port_unlisten - the reverse of clasp_port_listen()
 * @cs: keeps its port
 */
void clasp_port_unlisten(struct clasp_sock *cs)
{
	struct clasp_bucket *bucket = bucket_of(clasp_sock_net(cs), cs->inet.inet_num);

	spin_lock_bh(&bucket->lock);
	cs->flow.listening = false;
	spin_unlock_bh(&bucket->lock);
}

static int connect_from(struct clasp_sock *cs, u16 number)
{
	struct clasp_net *cn = clasp_sock_net(cs);
	struct clasp_bucket *bucket = bucket_of(cn, number);
	struct clasp_port *port;
	int err = -ENOMEM;

	spin_lock_bh(&bucket->lock);
	port = find_or_create(bucket, number);
	if (!port)
		goto out;
	err = -EADDRNOTAVAIL;
	if (port->bound)
		goto out;
	set_number(cs, number);
	cs->flow.automatic = true;
	err = clasp_flow_insert(cn, &cs->flow);
	if (err)
		set_number(cs, 0);
	else
		own(port, &cs->owner);
	free_unowned(port);
out:
	spin_unlock_bh(&bucket->lock);
	return err;
}

static int connect_from_any(struct clasp_sock *cs)
{
	u64 offset = cs->family->port_offset(&cs->flow.key);
	u32 *trace = &traces[offset % TRACES];
	int low, high, err = -EADDRNOTAVAIL;
	u32 start, count, i, patience = GROWTH_PATIENCE;

	inet_sk_get_local_port_range(&cs->inet.sk, &low, &high);
	count = high - low + 1;
	start = READ_ONCE(*trace) + (offset >> 32);
	for (i = 0; i < count; i++) {
		u16 number = low + (start + i) % count;

		cond_resched();
		if (inet_is_local_reserved_port(sock_net(&cs->inet.sk), number))
			continue;
		err = connect_from(cs, number);
		if (!err)
			WRITE_ONCE(*trace, READ_ONCE(*trace) + i + 1);
		if (err == -EAGAIN && patience--)
			continue;
		if (err != -EADDRNOTAVAIL)
			break;
	}
	return err;
}

static int connect_bound(struct clasp_sock *cs)
{
	u32 patience = GROWTH_PATIENCE;
	int err;

	do {
		cond_resched();
		err = clasp_flow_insert(clasp_sock_net(cs), &cs->flow);
	} while (err == -EAGAIN && patience--);
	return err;
}

/**
 * clasp_port_connect - put a socket that connects into the flow table, with a port of ours if it has none
 * @cs: not in the table; its key lacks at most the local port
 *
 * Context: process, socket locked.
 * Return: 0: the table holds a reference; or -EADDRNOTAVAIL, -ENOMEM.
 */
int clasp_port_connect(struct clasp_sock *cs)
{
	int err;

	sock_hold(&cs->inet.sk);
	err = cs->owner.port ? connect_bound(cs) : connect_from_any(cs);
	if (err)
		__sock_put(&cs->inet.sk);
	/* The table may still be growing: there is no memory for more than that, for the program. */
	return err == -EAGAIN ? -ENOMEM : err;
}

/**
 * clasp_port_share - one owner's port becomes another's as well
 * @cn: the namespace
 * @from: an owner; it may be giving its port up at this moment
 * @to: owns nothing; has its flow, and there the port's number
 *
 * Return: 0, or -ENOENT when @from owns that port no more.
 */
int clasp_port_share(struct clasp_net *cn, const struct clasp_owner *from, struct clasp_owner *to)
{
	u16 number = ntohs(to->flow->key.lport);
	struct clasp_bucket *bucket = bucket_of(cn, number);
	struct clasp_port *port;
	int err = -ENOENT;

	spin_lock_bh(&bucket->lock);
	port = find(bucket, number);
	if (port && port == from->port) {
		to->flow->automatic = from->flow->automatic;
		own(port, to);
		err = 0;
	}
	spin_unlock_bh(&bucket->lock);
	return err;
}

/**
 * clasp_port_release - give a port up
 * @cn: the namespace
 * @owner: may own nothing
 */
void clasp_port_release(struct clasp_net *cn, struct clasp_owner *owner)
{
	struct clasp_port *port = owner->port;
	struct clasp_bucket *bucket;

	if (!port)
		return;
	bucket = bucket_of(cn, port->number);
	spin_lock_bh(&bucket->lock);
	hlist_del_init(&owner->node);
	if (!owner->flow->automatic)
		port->bound--;
	owner->port = NULL;
	free_unowned(port);
	spin_unlock_bh(&bucket->lock);
}
