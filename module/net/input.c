// SPDX-License-Identifier: GPL-2.0
/*
 * The way of a segment in: is it whole, whose is it, may it pass, and then the verb of whatever it is for.
 * An object that left the table while the segment waited for its lock is not asked: what it would answer
 * is no longer true, and the one that replaced it is found by looking again.
 */
#include <linux/filter.h>
#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/xfrm.h>

#include "../core/embryo.h"
#include "input.h"
#include "listen.h"
#include "mini.h"
#include "watch.h"

/* Lookups for one segment before it is given up: each but the last found an object that just left. */
#define LOOKUPS 4

/* Header, checksum and numbers; then CLASP_CB(skb)->in says what the segment is. */
static bool well_formed(struct clasp_net *cn, const struct clasp_family *family,
			struct sk_buff *skb)
{
	typeof(inet_compute_pseudo) *pseudo = family->pseudo;
	struct clasp_in *in = &CLASP_CB(skb)->in;
	u32 len = CLASP_HEADER_LEN;

	if (!pskb_may_pull(skb, len))
		return false;
	len = (skb_transport_header(skb)[12] >> 4) * 4;
	if (len < CLASP_HEADER_LEN || !pskb_may_pull(skb, len))
		return false;
	if (skb_checksum_init(skb, clasp_protocol, pseudo) || skb_checksum_complete(skb)) {
		CLASP_INC(cn, InCsumErrors);
		return false;
	}
	if (!clasp_wire_parse(in, skb_transport_header(skb), len, skb->len))
		return false;
	in->mss = skb_shinfo(skb)->gso_size;
	return true;
}

/**
 * clasp_input_allowed - IPsec policy, then the socket's filter
 * @sk: whom the segment is for
 * @family: of its addresses
 * @skb: the segment; parsed again when this returns true
 */
bool clasp_input_allowed(struct sock *sk, const struct clasp_family *family, struct sk_buff *skb)
{
	struct clasp_in *in = &CLASP_CB(skb)->in;

	if (!family->policy(sk, skb))
		return false;
	nf_reset_ct(skb);
	if (sk_filter_trim_cap(sk, skb, in->header_len))
		return false;
	in->options = skb_transport_header(skb) + CLASP_HEADER_LEN;
	in->len = skb->len - in->header_len;
	return true;
}

/* Once more SEGMENT ARRIVES, for what came with the SYN; this time it connects nothing. */
static void run_held(struct clasp_sock *cs)
{
	struct sk_buff *skb = cs->held;

	cs->held = NULL;
	skb_orphan(skb);
	clasp_input_held(&cs->tcb, &CLASP_CB(skb)->in);
	clasp_input_run(cs, skb);
}

/**
 * clasp_input_run - SEGMENT ARRIVES, for a socket
 * @cs: in the flow table
 * @skb: the segment, which was traced; taken
 *
 * Context: socket locked.
 */
void clasp_input_run(struct clasp_sock *cs, struct sk_buff *skb)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct clasp_result result __uninitialized;
	struct clasp_env env __uninitialized;
	bool full = !clasp_recv_room(cs, skb);

	sock_owned_by_me(sk);
	/* As TCP has it, MSG_MORE holds octets back no longer than until the peer is heard. */
	cs->more = false;
	clasp_act_env_arrived(cs, &env);
	env.full = full;
	clasp_input_segment(&cs->tcb, &env, &CLASP_CB(skb)->in, &result);
	if (result.flags & CLASP_CONNECTED)
		security_inet_conn_established(sk, skb);
	clasp_act(cs, skb, &env, &result);
	if ((result.flags & CLASP_CONNECTED) && cs->held)
		run_held(cs);
}

static void trace_and_run(struct clasp_sock *cs, struct sk_buff *skb)
{
	clasp_watch_received(clasp_sock_net(cs), &cs->flow.key, cs->family, skb, cs->tcb.state);
	clasp_input_run(cs, skb);
}

/**
 * clasp_input_reply - send a segment that no socket sends
 * @cn: namespace
 * @family: of the addresses
 * @reply: the segment
 *
 * Context: bottom halves off, no lock of the object that replies.
 */
void clasp_input_reply(struct clasp_net *cn, const struct clasp_family *family,
		       const struct clasp_reply *reply)
{
	u16 ident = clasp_net_ident(cn, 1);

	if (family->reply(cn, reply, ident))
		CLASP_INC(cn, OutRefused);
	else
		clasp_watch_sent(cn, &reply->key, ident, &reply->header, 0, 1, reply->state);
}

static void queue_for_user(struct clasp_sock *cs, struct sk_buff *skb)
{
	struct sock *sk = clasp_sock_sk(cs);
	u32 limit = READ_ONCE(sk->sk_rcvbuf) + (READ_ONCE(sk->sk_sndbuf) >> 1) + 64 * 1024;

	skb_dst_drop(skb);
	if (sk_add_backlog(sk, skb, limit)) {
		CLASP_INC(clasp_sock_net(cs), BacklogDrop);
		kfree_skb(skb);
	}
}

/* connect() may have made another connection of the same socket meanwhile. */
static bool still_meant(const struct clasp_sock *cs, const struct clasp_key *key)
{
	return cs->flow.hashed && clasp_key_matches(&cs->flow.key, key);
}

/* Return: false when the socket has left the table: look again. */
static bool socket_rcv(struct clasp_sock *cs, const struct clasp_family *family, struct sk_buff *skb,
		       const struct clasp_key *key)
{
	struct sock *sk = clasp_sock_sk(cs);
	bool hashed = true;

	if (!clasp_input_allowed(sk, family, skb)) {
		kfree_skb(skb);
		return true;
	}
	bh_lock_sock_nested(sk);
	if (sock_owned_by_user(sk))
		queue_for_user(cs, skb);
	else if (still_meant(cs, key))
		trace_and_run(cs, skb);
	else
		hashed = false;
	bh_unlock_sock(sk);
	return hashed;
}

/**
 * clasp_input_backlog - a segment that came while a user owned the socket
 * @sk: locked by that user, who is letting go
 * @skb: the segment; taken
 *
 * Return: 0.
 */
int clasp_input_backlog(struct sock *sk, struct sk_buff *skb)
{
	const struct clasp_family *family = clasp_family_of_packet(skb);
	struct clasp_sock *cs = clasp_sk(sk);
	struct clasp_key key;

	/* It has no route any more that would tell the device. */
	family->key(&key, skb);
	key.ifindex = cs->flow.key.ifindex;
	if (still_meant(cs, &key))
		trace_and_run(cs, skb);
	else
		kfree_skb(skb);
	return 0;
}

static void answer(struct clasp_net *cn, const struct clasp_family *family, struct sk_buff *skb,
		   const struct clasp_key *key, u8 state, const struct clasp_result *result)
{
	struct clasp_reply reply = { .key = *key, .header = result->reply, .state = state };

	CLASP_INC_DROP(cn, result->drop);
	if (!(result->flags & CLASP_REPLY))
		return;
	reply.key.ifindex = 0;
	family->answer(&reply, cn, skb);
	clasp_input_reply(cn, family, &reply);
}

/* RFC 9293, 3.10.7.2 */
static void listener_rcv(struct sock *sk, struct clasp_net *cn, const struct clasp_family *family,
			 struct sk_buff *skb, const struct clasp_key *key)
{
	const struct clasp_in *in = &CLASP_CB(skb)->in;
	struct clasp_result result;

	if (!clasp_input_allowed(sk, family, skb)) {
		kfree_skb(skb);
		return;
	}
	clasp_watch_received(cn, key, family, skb, CLASP_LISTEN);
	clasp_listen_segment(in, clasp_embryo_full(clasp_sk(sk)), &result);
	if (result.drop == CLASP_DROP_QUEUE_FULL)
		CLASP_INC(cn, ListenOverflows);
	answer(cn, family, skb, key, CLASP_LISTEN, &result);
	if (result.flags & CLASP_ADMIT)
		clasp_embryo_admit(sk, family, skb, key, NULL);
	else
		kfree_skb(skb);
}

/* RFC 9293, 3.10.7.1 */
static void nobody_rcv(struct clasp_net *cn, const struct clasp_family *family,
		       struct sk_buff *skb, const struct clasp_key *key)
{
	const struct clasp_in *in = &CLASP_CB(skb)->in;
	struct clasp_result result;

	if (family->policy(NULL, skb)) {
		clasp_watch_received(cn, key, family, skb, CLASP_CLOSED);
		clasp_closed_segment(in, &result);
		answer(cn, family, skb, key, CLASP_CLOSED, &result);
	}
	kfree_skb(skb);
}

static void unknown_rcv(struct clasp_net *cn, const struct clasp_family *family,
			struct sk_buff *skb, const struct clasp_key *key)
{
	struct sock *listener = clasp_listen_find(cn, key, skb);

	if (listener) {
		listener_rcv(listener, cn, family, skb, key);
		sock_put(listener);
	} else {
		nobody_rcv(cn, family, skb, key);
	}
}

/* Return: false when the object has left the table: look again. */
static bool known_rcv(struct clasp_flow *flow, const struct clasp_family *family, struct sk_buff *skb,
		      const struct clasp_key *key)
{
	switch (flow->kind) {
	case CLASP_CONNECTION:
		return socket_rcv(clasp_flow_sock(flow), family, skb, key);
	case CLASP_EMBRYO:
		return clasp_embryo_rcv(clasp_mini(flow), skb);
	default:
		return clasp_timewait_rcv(clasp_mini(flow), skb);
	}
}

static void find_and_process(struct clasp_net *cn, const struct clasp_family *family,
			     struct sk_buff *skb)
{
	struct clasp_flow *flow;
	struct clasp_key key;
	u32 left = LOOKUPS;
	bool done;

	family->key(&key, skb);
	while ((flow = clasp_flow_find(cn, &key))) {
		done = known_rcv(flow, family, skb, &key);
		clasp_flow_put(flow);
		if (done)
			return;
		if (!--left) {
			kfree_skb(skb);
			return;
		}
	}
	unknown_rcv(cn, family, skb, &key);
}

/**
 * clasp_input_rcv - a packet with our protocol number arrived
 * @skb: starts at our header; taken
 * @family: of its addresses
 * @ecn: the ECN field of its IP header
 *
 * Context: softirq, RCU reader.
 * Return: 0.
 */
int clasp_input_rcv(struct sk_buff *skb, const struct clasp_family *family, u8 ecn)
{
	struct clasp_net *cn = clasp_net(dev_net(skb->dev));

	if (skb->pkt_type != PACKET_HOST || READ_ONCE(cn->closing)) {
		kfree_skb(skb);
		return 0;
	}
	CLASP_INC(cn, InSegs);
	skb_reset_transport_header(skb);
	if (!well_formed(cn, family, skb)) {
		CLASP_INC(cn, InErrs);
		kfree_skb(skb);
		return 0;
	}
	CLASP_CB(skb)->in.ecn = ecn;
	find_and_process(cn, family, skb);
	return 0;
}
