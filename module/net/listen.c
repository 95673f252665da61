// SPDX-License-Identifier: GPL-2.0
/*
 * Listeners. A segment that comes for one takes no lock but that of what waits there: the listening
 * socket itself never changes while it listens, and whoever calls accept() does not keep SYNs waiting.
 */
#include <linux/slab.h>
#include <net/sock_reuseport.h>

#include "listen.h"
#include "mini.h"

/**
 * clasp_listen_net_init - give a namespace its table of listeners
 * @cn: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int clasp_listen_net_init(struct clasp_net *cn)
{
	u32 i;

	cn->listeners = kmalloc_array(CLASP_LISTEN_BUCKETS, sizeof(*cn->listeners), GFP_KERNEL);
	if (!cn->listeners)
		return -ENOMEM;
	for (i = 0; i < CLASP_LISTEN_BUCKETS; i++) {
		spin_lock_init(&cn->listeners[i].lock);
		INIT_HLIST_HEAD(&cn->listeners[i].chain);
	}
	return 0;
}

/**
 * clasp_listen_net_exit - free a namespace's table of listeners
 * @cn: the namespace; no socket is left in it
 */
void clasp_listen_net_exit(struct clasp_net *cn)
{
	kfree(cn->listeners);
}

static struct clasp_bucket *bucket_of(const struct clasp_net *cn, __be16 port)
{
	return &cn->listeners[ntohs(port) % CLASP_LISTEN_BUCKETS];
}

/*
 * How closely a listener fits, as TCP has it, if its address does and its device: one that is bound to a device before
 * one that is not, one of AF_INET before one of AF_INET6; 0 when one of them does not.
 */
static int score(const struct clasp_sock *cs, const struct clasp_key *key, bool any)
{
	const struct clasp_key *own = &cs->flow.key;
	int device = READ_ONCE(cs->inet.sk.sk_bound_dev_if);

	if (own->lport != key->lport || !clasp_key_device(device, key->ifindex))
		return 0;
	if (any ? !clasp_key_covers(&own->local, cs->inet.sk.sk_ipv6only, &key->local) :
		  !ipv6_addr_equal(&own->local, &key->local))
		return 0;
	return (device ? 2 : 1) + !cs->flow.ipv6;
}

/* Out of a group a filter of the program's chooses, or a hash. */
static struct sock *group_choice(struct sock *sk, const struct clasp_key *key, struct sk_buff *skb)
{
	if (!sk->sk_reuseport)
		return NULL;
	return reuseport_select_sock(sk, clasp_flow_hash(key, CLASP_HASH_GROUP), skb,
				     CLASP_CB(skb)->in.header_len);
}

/* As TCP has it: who of a group is met first speaks for it, and is not compared with who comes behind. */
static struct sock *closest(const struct clasp_net *cn, const struct clasp_key *key,
			    struct sk_buff *skb, bool any)
{
	struct sock *best = NULL, *chosen;
	struct clasp_listener *listener;
	int highest = 0;

	hlist_for_each_entry_rcu(listener, &bucket_of(cn, key->lport)->chain, node) {
		int fits = score(listener->sock, key, any);

		if (fits <= highest)
			continue;
		highest = fits;
		best = clasp_sock_sk(listener->sock);
		chosen = group_choice(best, key, skb);
		if (chosen)
			return chosen;
	}
	return best;
}

/**
 * clasp_listen_find - who listens for this segment?
 * @cn: the namespace
 * @key: from the segment
 * @skb: the segment, its header first
 *
 * Who listens on its address comes before who listens on all. One without references has left the table meanwhile,
 * and the next closest is found by looking again. A program that chooses for a group may choose nobody.
 *
 * Context: RCU reader.
 * Return: the listener that fits most closely, with a reference, or NULL.
 */
struct sock *clasp_listen_find(struct clasp_net *cn, const struct clasp_key *key,
			       struct sk_buff *skb)
{
	struct sock *best;

	do {
		best = closest(cn, key, skb, false) ?: closest(cn, key, skb, true);
	} while (!IS_ERR_OR_NULL(best) && !refcount_inc_not_zero(&best->sk_refcnt));
	return IS_ERR(best) ? NULL : best;
}

/* SO_REUSEPORT: those of one user, address and device answer as one. */
static bool same_group(struct clasp_sock *cs, struct clasp_sock *other)
{
	struct sock *sk = clasp_sock_sk(cs), *sk2 = clasp_sock_sk(other);

	return cs->flow.key.lport == other->flow.key.lport && sk2->sk_reuseport &&
	       sk->sk_bound_dev_if == sk2->sk_bound_dev_if &&
	       cs->flow.ipv6 == other->flow.ipv6 && sk->sk_ipv6only == sk2->sk_ipv6only &&
	       ipv6_addr_equal(&cs->flow.key.local, &other->flow.key.local) &&
	       uid_eq(sock_i_uid(sk), sock_i_uid(sk2));
}

static int join_group(struct clasp_sock *cs, struct clasp_bucket *bucket)
	__must_hold(&bucket->lock)
{
	bool any = clasp_key_wildcard(&cs->flow.key.local);
	struct clasp_listener *other;

	lockdep_assert_held(&bucket->lock);
	if (!clasp_sock_sk(cs)->sk_reuseport)
		return 0;
	hlist_for_each_entry(other, &bucket->chain, node)
		if (same_group(cs, other->sock))
			return reuseport_add_sock(clasp_sock_sk(cs), clasp_sock_sk(other->sock), any);
	return reuseport_alloc(clasp_sock_sk(cs), any);
}

static void set_accepting(struct clasp_listener *listener, bool accepting)
{
	spin_lock_bh(&listener->lock);
	listener->accepting = accepting;
	spin_unlock_bh(&listener->lock);
}

/* A socket that listened before has it still. */
static int allocate(struct clasp_sock *cs)
{
	struct clasp_listener *listener;

	if (cs->listener)
		return 0;
	listener = kzalloc(sizeof(*listener), GFP_KERNEL_ACCOUNT);
	if (!listener)
		return -ENOMEM;
	listener->sock = cs;
	INIT_HLIST_NODE(&listener->node);
	spin_lock_init(&listener->lock);
	INIT_LIST_HEAD(&listener->embryos);
	INIT_LIST_HEAD(&listener->accept_queue);
	cs->listener = listener;
	return 0;
}

/* As TCP has it: of two groups that fit as closely the last to listen speaks in AF_INET, the first in AF_INET6. */
static void enlist(struct clasp_sock *cs, struct clasp_bucket *bucket)
	__must_hold(&bucket->lock)
{
	if (cs->flow.ipv6 && cs->inet.sk.sk_reuseport)
		hlist_add_tail_rcu(&cs->listener->node, &bucket->chain);
	else
		hlist_add_head_rcu(&cs->listener->node, &bucket->chain);
}

static int begin(struct clasp_sock *cs)
{
	struct clasp_bucket *bucket = bucket_of(clasp_sock_net(cs), cs->flow.key.lport);
	struct sock *sk = clasp_sock_sk(cs);
	int err;

	sk->sk_ack_backlog = 0;
	/* shutdown() before there is a connection fails, and shuts nothing that connections could inherit. */
	WRITE_ONCE(sk->sk_shutdown, 0);
	sk_dst_reset(sk);
	set_accepting(cs->listener, true);
	spin_lock_bh(&bucket->lock);
	err = join_group(cs, bucket);
	if (!err) {
		clasp_call_open_passive(&cs->tcb);
		inet_sk_set_state(sk, cs->tcb.state);
		enlist(cs, bucket);
	}
	spin_unlock_bh(&bucket->lock);
	if (err) {
		set_accepting(cs->listener, false);
		clasp_port_unlisten(cs);
	}
	return err;
}

/* As bind() does, when the program did not. */
static int bind_if_needed(struct clasp_sock *cs)
{
	if (cs->owner.port)
		return 0;
	clasp_family_of(&cs->inet.sk)->address(cs);
	return clasp_ephemeral_bind(cs);
}

/**
 * clasp_listen_start - listen()
 * @sock: of any state
 * @backlog: connections that may wait for accept(), within net.core.somaxconn
 *
 * Return: 0 or a negative errno.
 */
int clasp_listen_start(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	struct clasp_sock *cs = clasp_sk(sk);
	int err = -EINVAL;

	lock_sock(sk);
	if (sock->state != SS_UNCONNECTED || !((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		goto out;
	WRITE_ONCE(sk->sk_max_ack_backlog, backlog);
	err = 0;
	if (sk->sk_state == TCP_LISTEN)
		goto out;
	err = allocate(cs);
	if (!err)
		err = bind_if_needed(cs);
	if (!err)
		err = clasp_port_listen(cs);
	if (!err)
		err = begin(cs);
out:
	release_sock(sk);
	return err;
}

static void end_children(struct list_head *children)
{
	struct clasp_sock *cs, *next;

	list_for_each_entry_safe(cs, next, children, accept_node) {
		struct sock *sk = clasp_sock_sk(cs);

		sock_hold(sk);
		local_bh_disable();
		bh_lock_sock(sk);
		list_del_init(&cs->accept_node);
		clasp_close_left(cs);
		bh_unlock_sock(sk);
		local_bh_enable();
		sock_put(sk);
		cond_resched();
	}
}

/**
 * clasp_listen_stop - no listener any more, and nothing that waited for it
 * @cs: in LISTEN, locked by its user; its block is still to be closed
 */
void clasp_listen_stop(struct clasp_sock *cs)
{
	struct clasp_bucket *bucket = bucket_of(clasp_sock_net(cs), cs->flow.key.lport);
	struct clasp_listener *listener = cs->listener;
	LIST_HEAD(children);

	spin_lock_bh(&bucket->lock);
	hlist_del_init_rcu(&listener->node);
	if (rcu_access_pointer(clasp_sock_sk(cs)->sk_reuseport_cb))
		reuseport_detach_sock(clasp_sock_sk(cs));
	spin_unlock_bh(&bucket->lock);
	spin_lock_bh(&listener->lock);
	listener->accepting = false;
	list_splice_init(&listener->accept_queue, &children);
	spin_unlock_bh(&listener->lock);
	clasp_port_unlisten(cs);
	clasp_embryo_purge(listener);
	end_children(&children);
}

static struct clasp_sock *dequeue(struct clasp_listener *listener)
{
	struct clasp_sock *child;

	spin_lock_bh(&listener->lock);
	child = list_first_entry_or_null(&listener->accept_queue, struct clasp_sock, accept_node);
	if (child) {
		list_del_init(&child->accept_node);
		sk_acceptq_removed(clasp_sock_sk(listener->sock));
	}
	spin_unlock_bh(&listener->lock);
	return child;
}

/* Wait exclusively: one connection wakes one of those who accept. */
static int wait_for_child(struct clasp_sock *cs, long *timeo)
{
	struct sock *sk = clasp_sock_sk(cs);
	DEFINE_WAIT(wait);

	if (!*timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(*timeo);
	prepare_to_wait_exclusive(sk_sleep(sk), &wait, TASK_INTERRUPTIBLE);
	release_sock(sk);
	if (list_empty_careful(&cs->listener->accept_queue))
		*timeo = schedule_timeout(*timeo);
	sched_annotate_sleep();
	lock_sock(sk);
	finish_wait(sk_sleep(sk), &wait);
	return sk->sk_state == TCP_LISTEN ? 0 : -EINVAL;
}

/**
 * clasp_listen_accept - accept()
 * @sk: unlocked
 * @flags: O_NONBLOCK counts
 * @error: why there is nothing to return
 *
 * Return: a connection, or NULL.
 */
struct sock *clasp_listen_accept(struct sock *sk, int flags, int *error)
{
	struct clasp_sock *cs = clasp_sk(sk), *child = NULL;
	long timeo = sock_rcvtimeo(sk, flags & O_NONBLOCK);

	lock_sock(sk);
	*error = sk->sk_state == TCP_LISTEN ? 0 : -EINVAL;
	while (!*error && !(child = dequeue(cs->listener)))
		*error = wait_for_child(cs, &timeo);
	release_sock(sk);
	return child ? clasp_sock_sk(child) : NULL;
}

/**
 * clasp_listen_full - as many connections wait for accept() as may
 * @listener: in LISTEN
 */
bool clasp_listen_full(const struct clasp_sock *listener)
{
	return sk_acceptq_is_full(&listener->inet.sk);
}

/**
 * clasp_listen_enqueue - a connection waits for accept()
 * @sock: may have stopped listening meanwhile
 * @child: with its owner's reference, which passes to the queue
 *
 * Context: softirq.
 * Return: false when nobody will accept it.
 */
bool clasp_listen_enqueue(struct clasp_sock *sock, struct clasp_sock *child)
{
	struct clasp_listener *listener = sock->listener;
	bool accepting;

	spin_lock_bh(&listener->lock);
	accepting = listener->accepting;
	if (accepting) {
		list_add_tail(&child->accept_node, &listener->accept_queue);
		sk_acceptq_added(clasp_sock_sk(sock));
	}
	spin_unlock_bh(&listener->lock);
	return accepting;
}
