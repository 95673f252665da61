// SPDX-License-Identifier: GPL-2.0
/*
 * Who owns a local port, and who may beside them: bind() conflicts by TCP's rules. A port that connect() chose
 * is shared by everybody whom connect() gives it; that no two of them have the same peer is the flow
 * table's business, which refuses a key that it has.
 */
#include <linux/slab.h>

#include "port.h"
#include "sock.h"

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
	__must_hold(&bucket->lock)
{
	struct clasp_port *port;

	lockdep_assert_held(&bucket->lock);
	hlist_for_each_entry(port, &bucket->chain, node)
		if (port->number == number)
			return port;
	return NULL;
}

static struct clasp_port *find_or_create(struct clasp_bucket *bucket, u16 number)
	__must_hold(&bucket->lock)
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

static bool shares_address(const struct clasp_flow *flow)
{
	if (flow->kind != CLASP_CONNECTION)
		return flow->reuse;
	return !flow->listening && container_of(flow, struct clasp_sock, flow)->inet.sk.sk_reuse;
}

/* Nobody has it, so that it is everybody's: what TCP, too, keeps in a small object. */
static bool left_alone(const struct sock *sk)
{
	return sock_flag(sk, SOCK_DEAD) && sk->sk_state == TCP_FIN_WAIT2;
}

/* SO_REUSEPORT shares among the sockets of one user. */
static bool shares_port(const struct clasp_flow *flow, kuid_t uid)
{
	struct sock *sk;

	if (flow->kind != CLASP_CONNECTION)
		return flow->reuseport;
	sk = &container_of(flow, struct clasp_sock, flow)->inet.sk;
	return sk->sk_reuseport && (left_alone(sk) || uid_eq(uid, sock_i_uid(sk)));
}

/* A group of its own, for which a filter was attached, has to be left before another can be joined. */
static bool joins(const struct sock *sk)
{
	return sk->sk_reuseport && !rcu_access_pointer(sk->sk_reuseport_cb);
}

static bool v6only(const struct clasp_flow *flow)
{
	return flow->kind == CLASP_CONNECTION &&
	       container_of(flow, struct clasp_sock, flow)->inet.sk.sk_ipv6only;
}

static bool covers(const struct clasp_flow *flow, const struct clasp_flow *other)
{
	return clasp_key_covers(&flow->key.local, v6only(flow), &other->key.local);
}

static bool overlap(const struct clasp_flow *flow, const struct clasp_flow *other)
{
	int device = device_of(flow), its_device = device_of(other);

	return (!device || !its_device || device == its_device) &&
	       (covers(flow, other) || covers(other, flow) ||
		ipv6_addr_equal(&flow->key.local, &other->key.local));
}

static bool conflicts(struct clasp_sock *cs, const struct clasp_flow *other,
		      enum clasp_port_effort effort)
{
	struct sock *sk = clasp_sock_sk(cs);
	bool group;

	if (other == &cs->flow || !overlap(&cs->flow, other))
		return false;
	if (effort == CLASP_PORT_UNSHARED)
		return true;
	group = joins(sk) && shares_port(other, sock_i_uid(sk));
	if (sk->sk_reuse && shares_address(other))
		return effort == CLASP_PORT_SHARED && group;
	return effort != CLASP_PORT_ASKED || !group;
}

static bool conflicts_with_any(struct clasp_sock *cs, const struct clasp_port *port,
			       enum clasp_port_effort effort)
{
	const struct clasp_owner *owner;

	hlist_for_each_entry(owner, &port->owners, node)
		if (conflicts(cs, owner->flow, effort))
			return true;
	return false;
}

static void set_number(struct clasp_sock *cs, u16 number)
{
	cs->flow.key.lport = htons(number);
	cs->inet.inet_num = number;
	cs->inet.inet_sport = htons(number);
}

/**
 * clasp_port_bind - own a port
 * @cs: owns none; its local address is in its key
 * @number: the port, host order
 * @effort: how much it is wanted
 *
 * Context: process, socket locked.
 * Return: 0, -EADDRINUSE or -ENOMEM.
 */
int clasp_port_bind(struct clasp_sock *cs, u16 number, enum clasp_port_effort effort)
{
	struct clasp_bucket *bucket = bucket_of(clasp_sock_net(cs), number);
	struct clasp_port *port;
	int err = 0;

	spin_lock_bh(&bucket->lock);
	port = find_or_create(bucket, number);
	if (!port) {
		err = -ENOMEM;
	} else if (conflicts_with_any(cs, port, effort)) {
		err = -EADDRINUSE;
	} else {
		set_number(cs, number);
		cs->flow.automatic = false;
		own(port, &cs->owner);
	}
	spin_unlock_bh(&bucket->lock);
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
	if (conflicts_with_any(cs, cs->owner.port, CLASP_PORT_ASKED))
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

/**
 * clasp_port_connect - put a socket that connects into the flow table, under a port that nobody asked for
 * @cs: owns no port, is not in the table; its key lacks only the local port. The table takes a reference, which the
 *	caller has counted
 * @number: the port, host order
 *
 * Context: process, socket locked.
 * Return: 0; -EADDRNOTAVAIL when the port is not to be had for this peer; -ENOMEM; -EAGAIN when the table cannot grow
 *	   just now.
 */
int clasp_port_connect(struct clasp_sock *cs, u16 number)
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
