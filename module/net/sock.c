// SPDX-License-Identifier: GPL-2.0
/*
 * A socket's life, from socket() to the last reference, and the tables by which the kernel's socket layer
 * knows Clasp. What Clasp does not do itself is inet's.
 */
#include <linux/module.h>
#include <net/inet_common.h>
#include <net/xfrm.h>

#include "../core/option.h"
#include "grace.h"
#include "listen.h"
#include "memory.h"
#include "shell.h"
#include "sock.h"

static_assert(!CLASP_PLAIN_LOCKS || sizeof(struct clasp_sock) - sizeof(struct inet_sock) <= 896);

/* Same for a new socket and for one that was cloned from a listener. */
static void prepare(struct clasp_sock *cs, const struct clasp_family *family)
{
	cs->cn = clasp_net(sock_net(clasp_sock_sk(cs)));
	cs->flow.kind = CLASP_CONNECTION;
	cs->flow.hashed = false;
	cs->flow.automatic = false;
	cs->flow.listening = false;
	cs->flow.ipv6 = clasp_sock_sk(cs)->sk_family == AF_INET6;
	cs->family = family;
	cs->inet.sk.sk_gso_type = family->gso;
	cs->owner.port = NULL;
	cs->owner.flow = &cs->flow;
	cs->rtx.root = RB_ROOT;
	INIT_LIST_HEAD(&cs->in_flight);
	cs->ooo.root = RB_ROOT;
	cs->held = NULL;
	cs->deferred = 0;
	cs->unread = 0;
	cs->path_mss = CLASP_MSS_DEFAULT;
	cs->extensions = 0;
	cs->more = false;
	cs->page_follows = false;
	cs->orphan = false;
	cs->listener = NULL;
	INIT_LIST_HEAD(&cs->accept_node);
	clasp_timer_setup(cs);
}

/* When nobody finds it any more, not even under RCU. */
static void destruct(struct sock *sk)
{
	kfree(clasp_sk(sk)->listener);
	clasp_family_of(sk)->destruct(sk);
}

static int init(struct sock *sk)
{
	struct clasp_sock *cs = clasp_sk(sk);

	prepare(cs, clasp_family_of(sk));
	clasp_sock_reset(cs);
	clasp_memory_open(sk);
	sk->sk_write_space = clasp_poll_write_space;
	sk->sk_destruct = destruct;
	sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);
	sk_sockets_allocated_inc(sk);
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, 1);
	return 0;
}

/**
 * clasp_sock_reset - the block of a socket that has no connection
 * @cs: not in the flow table
 */
void clasp_sock_reset(struct clasp_sock *cs)
{
	clasp_call_forget(&cs->tcb);
	clasp_option_disconnect(&cs->choice);
}

/**
 * clasp_sock_child - a socket for a connection that a listener got
 * @listener: whose options it inherits
 * @key: of the connection
 * @family: of the connection
 *
 * Context: softirq.
 * Return: locked, with one reference for its owner and one for the flow table; or NULL.
 */
struct clasp_sock *clasp_sock_child(struct sock *listener, const struct clasp_key *key,
				    const struct clasp_family *family)
{
	struct sock *sk = sk_clone_lock(listener, GFP_ATOMIC);
	struct clasp_sock *cs = clasp_sk(sk);

	if (!sk)
		return NULL;
	prepare(cs, family);
	clasp_option_inherit(&cs->choice);
	cs->flow.key = *key;
	cs->inet.inet_num = ntohs(key->lport);
	cs->inet.inet_sport = key->lport;
	atomic64_set(&sk->sk_cookie, 0);
	sk->sk_max_ack_backlog = 0;
	sk->sk_ack_backlog = 0;
	family->child(cs);
	clasp_family_of(sk)->cloned(cs, listener);
	clasp_sock_set_hash(cs);
	clasp_memcg_inherit(sk, listener);
	inet_sk_set_state(sk, TCP_SYN_RECV);
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, 1);
	return cs;
}

/**
 * clasp_sock_purge - drop all that waits to be sent, or was received and cannot be read
 * @cs: any state
 *
 * Context: socket locked.
 */
void clasp_sock_purge(struct clasp_sock *cs)
{
	clasp_send_purge(cs);
	clasp_recv_purge(cs);
	kfree_skb(cs->held);
	cs->held = NULL;
	clear_bit(CLASP_DEFER_OUTPUT, &cs->deferred);
	clear_bit(CLASP_THROTTLED, &cs->deferred);
}

/**
 * clasp_sock_unhash - take a socket out of the flow table
 * @sk: in it or not
 *
 * Context: socket locked.
 */
void clasp_sock_unhash(struct sock *sk)
{
	struct clasp_sock *cs = clasp_sk(sk);

	if (!cs->flow.hashed)
		return;
	clasp_flow_remove(clasp_sock_net(cs), &cs->flow);
	__sock_put(sk);
}

/**
 * clasp_sock_put_port - give a socket's port up
 * @sk: owns one or not
 *
 * Context: socket locked.
 */
void clasp_sock_put_port(struct sock *sk)
{
	struct clasp_sock *cs = clasp_sk(sk);

	clasp_port_release(clasp_sock_net(cs), &cs->owner);
	cs->inet.inet_num = 0;
}

static int get_port(struct sock *sk, unsigned short number)
{
	struct clasp_sock *cs = clasp_sk(sk);

	clasp_family_of(sk)->address(cs);
	if (!number)
		return clasp_ephemeral_bind(cs);
	return clasp_port_bind(cs, number, CLASP_PORT_ASKED);
}

/* What init() and clasp_sock_child() counted. */
static void undo(struct sock *sk)
{
	clasp_sock_purge(clasp_sk(sk));
	clasp_sock_put_port(sk);
	sk_sockets_allocated_dec(sk);
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, -1);
}

static void put(struct rcu_head *rcu)
{
	sock_put(container_of(rcu, struct sock, sk_rcu));
}

/**
 * clasp_sock_destroy - drop the reference of the program that is gone
 * @cs: CLOSED, in no table, its timer cancelled
 *
 * Context: the caller has a reference of its own.
 */
void clasp_sock_destroy(struct clasp_sock *cs)
{
	struct sock *sk = clasp_sock_sk(cs);

	WARN_ON_ONCE(sk->sk_state != TCP_CLOSE || !sock_flag(sk, SOCK_DEAD) || cs->flow.hashed);
	if (cs->orphan)
		atomic_dec(&clasp_sock_net(cs)->orphans);
	undo(sk);
	sk_stream_kill_queues(sk);
	xfrm_sk_free_policy(sk);
	/* With it goes the memory, in which whoever looks a segment's flow up may still be reading. */
	clasp_grace_wait(&sk->sk_rcu, put);
}

/* Runs when a user lets go of the socket, with its spinlock held. */
static void release_cb(struct sock *sk)
{
	struct clasp_sock *cs = clasp_sk(sk);

	if (test_and_clear_bit(CLASP_DEFER_TIMER, &cs->deferred))
		clasp_timer_run(cs);
	if (test_and_clear_bit(CLASP_DEFER_OUTPUT, &cs->deferred))
		clasp_output_now(cs);
}

static struct sock *accept_child(struct sock *sk, CLASP_ACCEPT_ARGS)
{
	return clasp_listen_accept(sk, clasp_accept_flags(), clasp_accept_error());
}

static int count_octets(struct sock *sk, int cmd, CLASP_IOCTL_ARGS)
{
	int octets, error = clasp_poll_ioctl(sk, cmd, &octets);

	return error ? error : clasp_ioctl_answer(octets);
}

struct proto clasp_prot = {
	.name = "CLASP",
	.owner = THIS_MODULE,
	.obj_size = sizeof(struct clasp_sock),
	.slab_flags = SLAB_ACCOUNT,
	.no_autobind = true,
	.init = init,
	.destroy = undo,
	.close = clasp_close,
	.pre_connect = clasp_connect_pre,
	.connect = clasp_connect,
	.disconnect = clasp_connect_undo,
	.accept = accept_child,
	.ioctl = count_octets,
	.shutdown = clasp_close_half,
	.setsockopt = clasp_option_set,
	.getsockopt = clasp_option_get,
	.keepalive = clasp_option_keepalives,
	.backlog_rcv = clasp_input_backlog,
	.release_cb = release_cb,
	.unhash = clasp_sock_unhash,
	.get_port = get_port,
	.put_port = clasp_sock_put_port,
	.stream_memory_free = clasp_poll_unsent_low,
};

const struct proto_ops clasp_stream_ops = {
	.family = PF_INET,
	.owner = THIS_MODULE,
	.release = inet_release,
	.bind = inet_bind,
	.connect = inet_stream_connect,
	.socketpair = sock_no_socketpair,
	.accept = inet_accept,
	.getname = inet_getname,
	.poll = clasp_poll,
	.ioctl = inet_ioctl,
	.gettstamp = sock_gettstamp,
	.listen = clasp_listen_start,
	.shutdown = inet_shutdown,
	.setsockopt = sock_common_setsockopt,
	.getsockopt = sock_common_getsockopt,
	.sendmsg = clasp_send_msg,
	.recvmsg = clasp_recv_msg,
	.mmap = sock_no_mmap,
	.splice_read = clasp_recv_splice,
	.splice_eof = clasp_send_eof,
	.set_rcvlowat = clasp_poll_set_rcvlowat,
	CLASP_PEEK_OFF
	CLASP_SENDPAGE
};

/**
 * clasp_sock_register - make the socket layer know struct clasp_sock
 *
 * Return: 0 or a negative errno.
 */
int clasp_sock_register(void)
{
	int err = clasp_memory_init(&clasp_prot);

	if (err)
		return err;
	err = clasp_ipv6_there() ? clasp_sock6_register() : 0;
	if (err)
		goto free_memory;
	err = proto_register(&clasp_prot, 1);
	if (err)
		goto unregister;
	return 0;

unregister:
	if (clasp_ipv6_there())
		clasp_sock6_unregister();
free_memory:
	clasp_memory_exit();
	return err;
}

/**
 * clasp_sock_unregister - the reverse; no socket is left
 */
void clasp_sock_unregister(void)
{
	proto_unregister(&clasp_prot);
	if (clasp_ipv6_there())
		clasp_sock6_unregister();
	clasp_memory_exit();
}
