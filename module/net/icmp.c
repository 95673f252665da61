// SPDX-License-Identifier: GPL-2.0
/*
 * The way of an ICMP error in. What it may end is core's decision, and so is what a smaller path MTU means for
 * segments under way; the MTU itself is the route's.
 */
#include <net/dst.h>

#include "../core/icmp.h"
#include "icmp.h"
#include "mini.h"
#include "sock.h"

/* The route learns it; the one that the socket holds does not, and is looked up anew. */
static void learn_mtu(struct clasp_sock *cs, const struct clasp_icmp *icmp)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct clasp_result result;
	struct clasp_env env;
	struct dst_entry *dst;

	if (cs->family->reroute(cs))
		return;
	dst = __sk_dst_get(sk);
	dst->ops->update_pmtu(dst, sk, NULL, icmp->mtu, true);
	if (cs->family->reroute(cs))
		return;
	clasp_act_env(cs, &env);
	clasp_icmp_mtu(&cs->tcb, &env, icmp->seq, &result);
	clasp_act(cs, NULL, &env, &result);
}

/* IP_RECVERR and IPV6_RECVERR: a connection's program hears of it at once, and goes on if it likes. */
static bool wanted(const struct clasp_sock *cs)
{
	const struct sock *sk = &cs->inet.sk;

	if (!clasp_state_synchronized(cs->tcb.state))
		return false;
	return cs->family->name == PF_INET6 ? clasp_recverr6(sk) : clasp_recverr(sk);
}

static void tell(struct clasp_sock *cs, int error)
{
	struct sock *sk = clasp_sock_sk(cs);

	if (!wanted(cs)) {
		WRITE_ONCE(sk->sk_err_soft, error);
		return;
	}
	WRITE_ONCE(sk->sk_err, error);
	sk_error_report(sk);
}

static void apply(struct clasp_sock *cs, const struct clasp_icmp *icmp)
{
	struct clasp_result result;
	struct clasp_env env;

	clasp_act_env(cs, &env);
	clasp_icmp_error(&cs->tcb, icmp->seq, icmp->hard && !icmp->mtu, &result);
	if (icmp->mtu && (result.flags & CLASP_SOFT_ERROR)) {
		learn_mtu(cs, icmp);
		return;
	}
	if (result.flags & (CLASP_SOFT_ERROR | CLASP_FAILED))
		tell(cs, icmp->error);
	clasp_act(cs, NULL, &env, &result);
}

/* While a user owns the socket an error is forgotten, as TCP does: it comes again with the segment. */
static void socket_error(struct clasp_sock *cs, const struct clasp_icmp *icmp)
{
	struct sock *sk = clasp_sock_sk(cs);

	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk) && cs->flow.hashed &&
	    clasp_key_matches(&cs->flow.key, &icmp->key))
		apply(cs, icmp);
	bh_unlock_sock(sk);
}

/**
 * clasp_icmp_rcv - an ICMP error quotes one of our segments
 * @cn: the namespace
 * @icmp: the error
 *
 * Context: softirq, RCU reader.
 */
void clasp_icmp_rcv(struct clasp_net *cn, const struct clasp_icmp *icmp)
{
	struct clasp_flow *flow = clasp_flow_find(cn, &icmp->key);

	if (!flow) {
		CLASP_INC(cn, DropICMP);
		return;
	}
	if (flow->kind == CLASP_CONNECTION)
		socket_error(clasp_flow_sock(flow), icmp);
	else if (flow->kind == CLASP_EMBRYO && !icmp->mtu)
		clasp_embryo_unreachable(clasp_mini(flow), icmp->seq, icmp->hard);
	clasp_flow_put(flow);
}
