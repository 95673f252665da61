// SPDX-License-Identifier: GPL-2.0
/*
 * What comes in over IPv6: segments, behind whatever extension headers IP has read, and ICMPv6's errors. IP's notes in
 * skb->cb give way to ours; the two of them that are needed later are kept beside.
 */
#include <linux/icmpv6.h>
#include <net/inet_ecn.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/protocol.h>
#include <net/xfrm.h>

#include "gso.h"
#include "icmp.h"
#include "ipv6.h"
#include "watch.h"

/**
 * clasp_ipv6_policy - does IPsec policy let a segment pass? And IPV6_MINHOPCOUNT (RFC 5082)?
 * @sk: whom it is for, or NULL
 * @skb: the segment
 *
 * IPsec looks for IP's notes where ours are.
 */
bool clasp_ipv6_policy(struct sock *sk, struct sk_buff *skb)
{
	u16 own = IP6CB(skb)->nhoff;
	bool allowed;

	if (sk && ipv6_hdr(skb)->hop_limit < READ_ONCE(inet6_sk(sk)->min_hopcount))
		return false;
	IP6CB(skb)->nhoff = CLASP_CB(skb)->ip_flags;
	allowed = xfrm6_policy_check(sk, XFRM_POLICY_IN, skb);
	IP6CB(skb)->nhoff = own;
	return allowed;
}

/**
 * clasp_ipv6_key - the connection that a segment is of
 * @key: filled in
 * @skb: the segment
 */
void clasp_ipv6_key(struct clasp_key *key, const struct sk_buff *skb)
{
	const __be16 *ports = (const __be16 *)skb_transport_header(skb);

	key->local = ipv6_hdr(skb)->daddr;
	key->remote = ipv6_hdr(skb)->saddr;
	key->rport = ports[0];
	key->lport = ports[1];
	key->ifindex = CLASP_CB(skb)->iif;
}

/**
 * clasp_ipv6_ident - what stands for the running number of a transmission
 * @skb: the segment
 *
 * IPv6 carries none.
 */
u16 clasp_ipv6_ident(const struct sk_buff *skb)
{
	return clasp_watch_print(skb_transport_header(skb));
}

/**
 * clasp_ipv6_answer - the manner in which a segment is answered that is nobody's
 * @reply: filled in
 * @cn: the namespace
 * @skb: the segment
 */
void clasp_ipv6_answer(struct clasp_reply *reply, const struct clasp_net *cn,
		       const struct sk_buff *skb)
{
	const struct ipv6hdr *iph = ipv6_hdr(skb);
	bool reflect = READ_ONCE(cn->net->ipv6.sysctl.flowlabel_reflect) & FLOWLABEL_REFLECT_TCP_RESET;

	reply->key.ifindex = CLASP_CB(skb)->iif;
	reply->key.ifindex = clasp_key_scope(&reply->key);
	reply->manner.mark = IP6_REPLY_MARK(cn->net, skb->mark);
	reply->manner.label = reflect ? ip6_flowlabel(iph) : 0;
	reply->manner.tos = ipv6_get_dsfield(iph) & ~INET_ECN_MASK;
}

/*
 * An address that stands for one of IPv4 has no business in IPv6's header, and would be taken for IPv4's in a key. To
 * an anycast address no connection leads (RFC 9293, MUST-46): it may be another host's that the next segment reaches.
 */
static bool acceptable(const struct sk_buff *skb)
{
	return !ipv6_addr_v4mapped(&ipv6_hdr(skb)->saddr) && !ipv6_addr_v4mapped(&ipv6_hdr(skb)->daddr) &&
	       ipv6_unicast_destination(skb);
}

static int rcv(struct sk_buff *skb)
{
	int iif = inet6_iif(skb);

	if (!acceptable(skb)) {
		CLASP_INC(clasp_net(dev_net(skb->dev)), InErrs);
		kfree_skb(skb);
		return 0;
	}
	CLASP_CB(skb)->ip_flags = IP6CB(skb)->nhoff;
	CLASP_CB(skb)->iif = iif;
	return clasp_input_rcv(skb, &clasp_ipv6, ipv6_get_dsfield(ipv6_hdr(skb)) & INET_ECN_MASK);
}

/* What the message says, as far as it concerns us; false when it does not. */
static bool meaning(struct clasp_icmp *icmp, u8 type, u8 code, __be32 info)
{
	switch (type) {
	case ICMPV6_PKT_TOOBIG:
		icmp->mtu = ntohl(info);
		icmp->error = EMSGSIZE;
		return icmp->mtu;
	case ICMPV6_DEST_UNREACH:
	case ICMPV6_TIME_EXCEED:
	case ICMPV6_PARAMPROB:
		icmp->hard = icmpv6_err_convert(type, code, &icmp->error);
		return true;
	default:
		return false;
	}
}

/* @skb: the IPv6 header of ours that the message quotes; @offset: where our own begins, of which 8 octets are there. */
static int error(struct sk_buff *skb, struct inet6_skb_parm *parm, u8 type, u8 code, int offset,
		 __be32 info)
{
	const struct ipv6hdr *quoted = (const struct ipv6hdr *)skb->data;
	const u8 *segment = skb->data + offset;
	struct clasp_net *cn = clasp_net(dev_net(skb->dev));
	struct clasp_icmp icmp = {
		.key.local = quoted->saddr,
		.key.remote = quoted->daddr,
		.key.ifindex = inet6_iif(skb),
		.seq = clasp_wire_seq(segment),
	};

	if (ipv6_addr_v4mapped(&quoted->saddr) || ipv6_addr_v4mapped(&quoted->daddr)) {
		CLASP_INC(cn, DropICMP);
		return 0;
	}
	memcpy(&icmp.key.lport, segment, 2);
	memcpy(&icmp.key.rport, segment + 2, 2);
	if (meaning(&icmp, type, code, info))
		clasp_icmp_rcv(cn, &icmp);
	else
		CLASP_INC(cn, DropICMP);
	return 0;
}

static const struct inet6_protocol protocol = {
	.handler = rcv,
	.err_handler = error,
	.flags = INET6_PROTO_NOPOLICY | INET6_PROTO_FINAL,
};

static const struct net_offload offload = {
	.callbacks.gso_segment = clasp_gso_segment,
};

static struct inet_protosw protosw = {
	.type = SOCK_STREAM,
	.prot = &clasp_prot6,
	.ops = &clasp_stream6_ops,
};

/**
 * clasp_ipv6_register - receive segments, then let programs make sockets
 *
 * Return: 0, or -EBUSY when somebody else has the protocol number.
 */
int clasp_ipv6_register(void)
{
	int err = -EBUSY;

	if (inet6_add_offload(&offload, clasp_protocol))
		return err;
	if (inet6_add_protocol(&protocol, clasp_protocol))
		goto remove_offload;
	protosw.protocol = clasp_protocol;
	err = inet6_register_protosw(&protosw);
	if (err)
		goto remove_protocol;
	return 0;

remove_protocol:
	inet6_del_protocol(&protocol, clasp_protocol);
remove_offload:
	inet6_del_offload(&offload, clasp_protocol);
	return err;
}

/**
 * clasp_ipv6_unregister - the reverse; as clasp_ipv4_unregister()
 */
void clasp_ipv6_unregister(void)
{
	inet6_unregister_protosw(&protosw);
	inet6_del_protocol(&protocol, clasp_protocol);
	inet6_del_offload(&offload, clasp_protocol);
}
