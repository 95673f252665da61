// SPDX-License-Identifier: GPL-2.0
/*
 * An embryo becomes a socket. Two CPUs may try with two copies of one segment: the socket that gets into
 * the table is the connection, the other never was.
 */
#include "../core/embryo.h"
#include "input.h"
#include "listen.h"
#include "mini.h"

/* The socket never got into the table: nobody was told of it. */
static void discard(struct clasp_sock *cs)
	__releases(&cs->inet.sk.sk_lock.slock)
{
	struct sock *sk = clasp_sock_sk(cs);

	sock_orphan(sk);
	clasp_sock_reset(cs);
	inet_sk_set_state(sk, TCP_CLOSE);
	clasp_sock_destroy(cs);
	bh_unlock_sock(sk);
	/* The flow table's reference, which it did not take. */
	sock_put(sk);
}

static struct clasp_sock *create(struct clasp_embryo_mini *e, struct sock *listener)
{
	struct clasp_sock *cs = clasp_sock_child(listener, &e->mini.flow.key, e->family);

	if (!cs)
		return NULL;
	lockdep_assert_held(&clasp_sock_sk(cs)->sk_lock.slock);
	clasp_sock_sk(cs)->sk_mark = e->manner.mark;
	e->family->store(cs, dst_clone(e->dst), e->cookie);
	cs->path_mss = clasp_family_mss(e->family, e->dst);
	if (clasp_port_share(e->mini.cn, &clasp_sk(listener)->owner, &cs->owner)) {
		__acquire(&cs->inet.sk.sk_lock.slock);
		discard(cs);
		return NULL;
	}
	return cs;
}

/* Return: false when the embryo has left the table. */
static bool replace(struct clasp_embryo_mini *e, struct clasp_sock *cs)
{
	bool replaced = false;

	spin_lock(&e->mini.lock);
	if (e->mini.flow.hashed) {
		clasp_tcb_from_embryo(&cs->tcb, &e->embryo);
		replaced = clasp_flow_replace(e->mini.cn, &e->mini.flow, &cs->flow);
		if (replaced) {
			swap(cs->held, e->held);
			clasp_embryo_left(e);
		}
	}
	spin_unlock(&e->mini.lock);
	return replaced;
}

/**
 * clasp_child_promote - the last segment of a handshake has come
 * @e: the caller has a reference
 * @listener: likewise
 * @skb: the segment, which the socket will get as its first; taken unless false is returned
 *
 * Context: softirq.
 * Return: false when the embryo has left the table: look again.
 */
bool clasp_child_promote(struct clasp_embryo_mini *e, struct sock *listener, struct sk_buff *skb)
{
	struct clasp_sock *cs = create(e, listener);
	struct sock *sk = clasp_sock_sk(cs);
	bool queued;

	if (!cs) {
		CLASP_INC(e->mini.cn, ListenDrops);
		kfree_skb(skb);
		return true;
	}
	/* sk_clone_lock() took it, and told nobody. */
	__acquire(&sk->sk_lock.slock);
	if (!replace(e, cs)) {
		discard(cs);
		return false;
	}
	sock_hold(sk);
	clasp_input_run(cs, skb);
	queued = clasp_listen_enqueue(clasp_sk(listener), cs);
	if (!queued)
		clasp_close_left(cs);
	bh_unlock_sock(sk);
	sock_put(sk);
	if (queued)
		listener->sk_data_ready(listener);
	return true;
}
