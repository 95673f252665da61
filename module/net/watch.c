// SPDX-License-Identifier: GPL-2.0
/*
 * Every event is told to its tracepoint with the connection's name, and to the counters that TCP has for
 * it. Nothing here changes what becomes of a connection: a kernel without tracing would behave the same.
 */
#include <linux/jhash.h>

#include "watch.h"
#include "mini.h"
#include "sock.h"
#include "trace.h"

static const struct clasp_flow *flow_of(enum clasp_kind kind, void *object, struct clasp_net **cn)
{
	struct clasp_mini *mini;

	if (kind == CLASP_CONNECTION) {
		struct clasp_sock *cs = container_of(object, struct clasp_sock, tcb);

		*cn = clasp_sock_net(cs);
		return &cs->flow;
	}
	if (kind == CLASP_EMBRYO)
		mini = &container_of(object, struct clasp_embryo_mini, embryo)->mini;
	else
		mini = &container_of(object, struct clasp_tw_mini, tw)->mini;
	*cn = mini->cn;
	return &mini->flow;
}

/* The definitions of RFC 4022, by which TCP counts too. */
static void count(struct clasp_net *cn, const struct clasp_row *row)
{
	if (row->next == CLASP_SYN_SENT)
		CLASP_INC(cn, ActiveOpens);
	else if (row->state == CLASP_LISTEN && row->next == CLASP_SYN_RCVD)
		CLASP_INC(cn, PassiveOpens);
	else if ((row->state == CLASP_SYN_SENT || row->state == CLASP_SYN_RCVD) &&
		 (row->next == CLASP_CLOSED || row->next == CLASP_LISTEN))
		CLASP_INC(cn, AttemptFails);
	else if ((row->state == CLASP_ESTABLISHED || row->state == CLASP_CLOSE_WAIT) &&
		 row->next == CLASP_CLOSED)
		CLASP_INC(cn, EstabResets);
}

/*
 * A segment may walk several rows, and clasp_act() tells the socket only where the last one ends. Whoever watches
 * sock:inet_sock_set_state is to see the states between as well.
 */
static void pass_through(struct sock *sk, u8 state)
{
	if (sk->sk_state != state && state != CLASP_TIME_WAIT)
		inet_sk_set_state(sk, state);
}

/**
 * clasp_watch_transition - a row of the state table was walked
 * @kind: what @object is
 * @object: struct clasp_tcb, clasp_embryo or clasp_tw, inside its net/ object
 * @row: of clasp_state_table
 */
void clasp_watch_transition(enum clasp_kind kind, void *object, const struct clasp_row *row)
{
	struct clasp_net *cn;
	const struct clasp_flow *flow = flow_of(kind, object, &cn);

	count(cn, row);
	if (kind == CLASP_CONNECTION)
		pass_through(clasp_sock_sk(container_of(object, struct clasp_sock, tcb)), row->state);
	if (!trace_clasp_transition_enabled())
		return;
	trace_clasp_transition(cn->net->ns.inum, &flow->key.local, ntohs(flow->key.lport),
			       &flow->key.remote, ntohs(flow->key.rport), kind, row->state,
			       row->next, row->event, row - clasp_state_table);
}

/**
 * clasp_watch_print - by what a segment is known at both ends where IP has no number for it
 * @segment: our header, whole
 *
 * All of it that nothing on the way changes, but ports: two that say the same within a millisecond are taken for one.
 */
u16 clasp_watch_print(const u8 *segment)
{
	u32 len = (segment[12] >> 4) * 4;
	u32 print = jhash(segment + 4, 12, 0);

	if (len > CLASP_HEADER_LEN)
		print = jhash(segment + CLASP_HEADER_LEN, len - CLASP_HEADER_LEN, print);
	return print ^ print >> 16;
}

static u16 print_of(const struct clasp_header *header)
{
	u8 segment[CLASP_HEADER_MAX];

	clasp_wire_build(segment, header, 0, 0);
	return clasp_watch_print(segment);
}

/**
 * clasp_watch_departure - a segment was handed over to IP, and this is whose it is
 * @cn: namespace
 * @key: the connection, seen from our end
 * @ident: running number of the transmission
 * @header: of the segment
 * @len: octets of payload
 * @state: enum clasp_state of the sender
 */
void clasp_watch_departure(struct clasp_net *cn, const struct clasp_key *key, u16 ident,
			   const struct clasp_header *header, u32 len, u8 state)
{
	if (!ipv6_addr_v4mapped(&key->remote))
		ident = print_of(header);
	trace_clasp_segment_sent(cn->net->ns.inum, ident, &key->local, ntohs(key->lport),
				 &key->remote, ntohs(key->rport), header, len, state);
}

/**
 * clasp_watch_arrival - a segment arrived, and this is whose it is
 * @cn: namespace
 * @key: the connection, seen from our end
 * @family: of its addresses
 * @skb: the segment
 * @state: enum clasp_state before it counts
 */
void clasp_watch_arrival(struct clasp_net *cn, const struct clasp_key *key,
			 const struct clasp_family *family, struct sk_buff *skb, u8 state)
{
	clasp_trace_received(cn->net->ns.inum, family->ident(skb), &key->remote, &key->local,
			     &CLASP_CB(skb)->in, state);
}

/**
 * clasp_watch_timer - a deadline was reached
 * @cn: namespace
 * @flow: whose
 * @timer: enum clasp_timer of a connection
 * @state: enum clasp_state before
 * @retries: before
 */
void clasp_watch_timer(struct clasp_net *cn, const struct clasp_flow *flow, u8 timer, u8 state,
		       u8 retries)
{
	trace_clasp_timer_fired(cn->net->ns.inum, &flow->key.local, ntohs(flow->key.lport),
				&flow->key.remote, ntohs(flow->key.rport), flow->kind, timer,
				state, retries);
}
