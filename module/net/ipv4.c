// SPDX-License-Identifier: GPL-2.0
/*
 * Clasp over IPv4. Segments of a socket leave through __ip_queue_xmit() with the socket's cached route;
 * segments that no socket sends get a header of our own, which is less than the kernel's TCP does for
 * them (no IP options), and all that modules can reach on every kernel.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <net/icmp.h>
#include <net/inet_common.h>
#include <net/inet_ecn.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/protocol.h>
#include <net/route.h>
#include <net/secure_seq.h>
#include <net/xfrm.h>

#include "family.h"
#include "gso.h"
#include "icmp.h"
#include "sock.h"

static __be32 local_of(const struct clasp_key *key)
{
	return key->local.s6_addr32[3];
}

static __be32 remote_of(const struct clasp_key *key)
{
	return key->remote.s6_addr32[3];
}

/*
 * IP_MINTTL (RFC 5082) is a policy as well: what came from too far away is not for this socket. IPsec looks for IP's
 * flags, one of which exempts a packet, where our own notes are.
 */
static bool policy(struct sock *sk, struct sk_buff *skb)
{
	u16 own = IPCB(skb)->flags;
	bool allowed;

	if (sk && ip_hdr(skb)->ttl < READ_ONCE(inet_sk(sk)->min_ttl))
		return false;
	IPCB(skb)->flags = CLASP_CB(skb)->ip_flags;
	allowed = xfrm4_policy_check(sk, XFRM_POLICY_IN, skb);
	IPCB(skb)->flags = own;
	return allowed;
}

static void fill_key(struct clasp_key *key, const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	const __be16 *ports = (const __be16 *)skb_transport_header(skb);

	ipv6_addr_set_v4mapped(iph->daddr, &key->local);
	ipv6_addr_set_v4mapped(iph->saddr, &key->remote);
	key->rport = ports[0];
	key->lport = ports[1];
	key->ifindex = inet_iif(skb);
}

static u16 ident(const struct sk_buff *skb)
{
	return ntohs(ip_hdr(skb)->id);
}

static void answer(struct clasp_reply *reply, const struct clasp_net *cn,
		   const struct sk_buff *skb)
{
	reply->manner.mark = IP4_REPLY_MARK(cn->net, skb->mark);
	reply->manner.tos = ip_hdr(skb)->tos & ~INET_ECN_MASK;
}

static void manner(const struct sock *sk, struct clasp_manner *manner)
{
	manner->mark = READ_ONCE(sk->sk_mark);
	manner->label = 0;
	manner->tos = READ_ONCE(inet_sk(sk)->tos);
	manner->ttl = max(READ_ONCE(inet_sk(sk)->uc_ttl), 0);
}

static void cloned(struct clasp_sock *cs, const struct sock *listener)
{
	cs->inet.mc_list = NULL;
	RCU_INIT_POINTER(cs->inet.inet_opt, NULL);
}

static void store(struct clasp_sock *cs, struct dst_entry *dst, u32 cookie)
{
	sk_setup_caps(clasp_sock_sk(cs), dst);
}

static void address(struct clasp_sock *cs)
{
	ipv6_addr_set_v4mapped(cs->inet.inet_rcv_saddr, &cs->flow.key.local);
}

static void set_peer(struct clasp_sock *cs, __be32 addr, __be16 port)
{
	sk_daddr_set(&cs->inet.sk, addr);
	cs->inet.inet_dport = port;
}

static void set_own(struct clasp_sock *cs, __be32 addr)
{
	cs->inet.inet_saddr = addr;
	sk_rcv_saddr_set(&cs->inet.sk, addr);
}

/* RFC 9293, MUST-46 and MUST-63: at the other end of a connection there is one host. */
static bool leads_to_one_host(const struct rtable *rt)
{
	return !(rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST));
}

/* The route tells both addresses. The one to use is connected()'s: policy may know ports. */
static int connect(struct clasp_sock *cs, struct sockaddr *addr, int len)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)addr;
	struct inet_sock *inet = &cs->inet;
	struct flowi4 *fl4 = &inet->cork.fl.u.ip4;
	struct sock *sk = &inet->sk;
	struct rtable *rt;
	bool one_host;

	if (len < sizeof(*sin))
		return -EINVAL;
	if (sin->sin_family != AF_INET)
		return -EAFNOSUPPORT;
	ip_route_connect_init(fl4, sin->sin_addr.s_addr, inet->inet_saddr, sk->sk_bound_dev_if,
			      sk->sk_protocol, inet->inet_sport, sin->sin_port, sk);
	rt = __ip_route_output_key(sock_net(sk), fl4);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	one_host = leads_to_one_host(rt);
	ip_rt_put(rt);
	if (!one_host)
		return -ENETUNREACH;
	if (!inet->inet_saddr)
		set_own(cs, fl4->saddr);
	set_peer(cs, fl4->daddr, sin->sin_port);

	ipv6_addr_set_v4mapped(inet->inet_saddr, &cs->flow.key.local);
	ipv6_addr_set_v4mapped(inet->inet_daddr, &cs->flow.key.remote);
	cs->flow.key.rport = inet->inet_dport;
	cs->flow.key.ifindex = sk->sk_bound_dev_if;
	return 0;
}

static int connected(struct clasp_sock *cs)
{
	struct flowi4 *fl4 = &cs->inet.cork.fl.u.ip4;
	struct sock *sk = &cs->inet.sk;
	struct rtable *rt;

	fl4->fl4_sport = cs->inet.inet_sport;
	flowi4_update_output(fl4, sk->sk_bound_dev_if, fl4->daddr, fl4->saddr);
	security_sk_classify_flow(sk, flowi4_to_flowi_common(fl4));
	rt = ip_route_output_flow(sock_net(sk), fl4, sk);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	sk_setup_caps(sk, &rt->dst);
	return 0;
}

/* With ip_dynaddr IP would give a caller another address of ours, and the flow table would not know. */
static int reroute(struct clasp_sock *cs)
{
	struct sock *sk = &cs->inet.sk;
	u8 locks = sk->sk_userlocks;
	int err;

	sk->sk_userlocks |= SOCK_BINDADDR_LOCK;
	err = inet_sk_rebuild_header(sk);
	sk->sk_userlocks = locks;
	return err;
}

static void disconnect(struct clasp_sock *cs)
{
	set_peer(cs, 0, 0);
	if (!(cs->inet.sk.sk_userlocks & SOCK_BINDADDR_LOCK))
		inet_reset_saddr(&cs->inet.sk);
	address(cs);
}

static u64 port_offset(const struct clasp_key *key)
{
	return secure_ipv4_port_ephemeral(local_of(key), remote_of(key), key->rport);
}

static void child(struct clasp_sock *cs)
{
	struct flowi4 *fl4 = &cs->inet.cork.fl.u.ip4;

	set_own(cs, local_of(&cs->flow.key));
	set_peer(cs, remote_of(&cs->flow.key), cs->flow.key.rport);
	memset(fl4, 0, sizeof(*fl4));
	fl4->saddr = cs->inet.inet_saddr;
	fl4->daddr = cs->inet.inet_daddr;
}

/*
 * IP itself refuses answers that would come from a broadcast or multicast address (MUST-57), and most of
 * those that would go to one; who asked from a network's own broadcast address is for us to refuse, which
 * Linux's TCP does not.
 */
static struct dst_entry *route(struct clasp_net *cn, const struct clasp_reply *reply, u32 *cookie)
{
	const struct clasp_key *key = &reply->key;
	struct flowi4 fl4;
	struct rtable *rt;

	flowi4_init_output(&fl4, key->ifindex, reply->manner.mark, reply->manner.tos, RT_SCOPE_UNIVERSE,
			   clasp_protocol, 0, remote_of(key), local_of(key), key->rport,
			   key->lport, sock_net_uid(cn->net, NULL));
	security_sk_classify_flow(cn->ctl, flowi4_to_flowi_common(&fl4));
	rt = ip_route_output_flow(cn->net, &fl4, NULL);
	if (IS_ERR(rt))
		return ERR_CAST(rt);
	if (leads_to_one_host(rt))
		return &rt->dst;
	ip_rt_put(rt);
	return ERR_PTR(-ENETUNREACH);
}

/* Return: 0 or -ENOMEM. */
static int checksum(struct sk_buff *skb, __be32 from, __be32 to, const struct dst_entry *dst)
{
	bool later = clasp_family_sums_later(skb, dst);
	__sum16 *field;

	if (!later && clasp_family_take_pages(skb))
		return -ENOMEM;
	field = (__sum16 *)(skb_transport_header(skb) + CLASP_CHECKSUM_OFFSET);
	if (later)
		*field = ~csum_tcpudp_magic(from, to, skb->len, clasp_protocol, 0);
	else
		*field = csum_tcpudp_magic(from, to, skb->len, clasp_protocol,
					   skb_checksum(skb, 0, skb->len, 0));
	return 0;
}

/*
 * IP takes the identification from here, as much more than it finds as the packet has parts; no program may set the
 * ECN field of a stream's.
 */
static int xmit(struct clasp_sock *cs, struct sk_buff *skb, u16 number, u8 ecn)
{
	struct inet_sock *inet = &cs->inet;
	int err;

	err = checksum(skb, inet->inet_saddr, inet->inet_daddr, __sk_dst_get(&inet->sk));
	if (err) {
		kfree_skb(skb);
		return err;
	}
	atomic_set(&inet->inet_id, number - (skb_shinfo(skb)->gso_segs ?: 1));
	err = __ip_queue_xmit(&inet->sk, skb, &inet->cork.fl, READ_ONCE(inet->tos) | ecn);
	return net_xmit_eval(err);
}

static void build_ip_header(struct sk_buff *skb, const struct clasp_reply *reply, u16 number)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	skb_reset_network_header(skb);
	memset(iph, 0, sizeof(*iph));
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = reply->manner.tos;
	iph->id = htons(number);
	iph->frag_off = htons(IP_DF);
	iph->ttl = reply->manner.ttl ?: ip4_dst_hoplimit(skb_dst(skb));
	iph->protocol = clasp_protocol;
	iph->saddr = local_of(&reply->key);
	iph->daddr = remote_of(&reply->key);
}

static struct dst_entry *usable_route(struct clasp_net *cn, const struct clasp_reply *reply)
{
	if (reply->dst && dst_check(reply->dst, 0))
		return dst_clone(reply->dst);
	return route(cn, reply, NULL);
}

static int send_reply(struct clasp_net *cn, const struct clasp_reply *reply, u16 number)
{
	struct sk_buff *skb = clasp_output_bare(reply, usable_route(cn, reply));
	const struct clasp_key *key = &reply->key;
	int err;

	if (IS_ERR(skb))
		return PTR_ERR(skb);
	/* It has no pages for which there might be no memory. */
	(void)checksum(skb, local_of(key), remote_of(key), skb_dst(skb));
	build_ip_header(skb, reply, number);
	err = ip_local_out(cn->net, cn->ctl, skb);
	return net_xmit_eval(err);
}

const struct clasp_family clasp_ipv4 = {
	.name = PF_INET,
	.gso = CLASP_GSO_IPV4,
	.overhead = sizeof(struct iphdr) + CLASP_HEADER_LEN,
	.pseudo = inet_compute_pseudo,
	.policy = policy,
	.key = fill_key,
	.ident = ident,
	.answer = answer,
	.manner = manner,
	.cloned = cloned,
	.destruct = inet_sock_destruct,
	.set_option = ip_setsockopt,
	.get_option = ip_getsockopt,
	.address = address,
	.connect = connect,
	.connected = connected,
	.reroute = reroute,
	.disconnect = disconnect,
	.port_offset = port_offset,
	.child = child,
	.route = route,
	.store = store,
	.xmit = xmit,
	.reply = send_reply,
};

static int rcv(struct sk_buff *skb)
{
	CLASP_CB(skb)->ip_flags = IPCB(skb)->flags;
	return clasp_input_rcv(skb, &clasp_ipv4, ip_hdr(skb)->tos & INET_ECN_MASK);
}

/* What the message says, as far as it concerns us; false when it does not. */
static bool meaning(struct clasp_icmp *icmp, const struct icmphdr *head, u32 info)
{
	switch (head->type) {
	case ICMP_DEST_UNREACH:
		if (head->code > NR_ICMP_UNREACH)
			return false;
		icmp->mtu = head->code == ICMP_FRAG_NEEDED ? info : 0;
		icmp->error = icmp_err_convert[head->code].errno;
		icmp->hard = icmp_err_convert[head->code].fatal;
		return head->code != ICMP_FRAG_NEEDED || info;
	case ICMP_TIME_EXCEEDED:
		icmp->error = EHOSTUNREACH;
		return true;
	case ICMP_PARAMETERPROB:
		icmp->error = EPROTO;
		return true;
	default:
		return false;
	}
}

/* @skb: the IP header of ours that the message quotes, and 8 octets behind it, which is all there need be. */
static int error(struct sk_buff *skb, u32 info)
{
	const struct iphdr *quoted = (const struct iphdr *)skb->data;
	const u8 *segment = skb->data + quoted->ihl * 4;
	struct clasp_net *cn = clasp_net(dev_net(skb->dev));
	struct clasp_icmp icmp = { .key.ifindex = inet_iif(skb) };

	ipv6_addr_set_v4mapped(quoted->saddr, &icmp.key.local);
	ipv6_addr_set_v4mapped(quoted->daddr, &icmp.key.remote);
	memcpy(&icmp.key.lport, segment, 2);
	memcpy(&icmp.key.rport, segment + 2, 2);
	icmp.seq = clasp_wire_seq(segment);
	if (meaning(&icmp, icmp_hdr(skb), info))
		clasp_icmp_rcv(cn, &icmp);
	else
		CLASP_INC(cn, DropICMP);
	return 0;
}

static const struct net_protocol protocol = {
	.handler = rcv,
	.err_handler = error,
	.no_policy = 1,
	.icmp_strict_tag_validation = 1,
};

static const struct net_offload offload = {
	.callbacks.gso_segment = clasp_gso_segment,
};

static struct inet_protosw protosw = {
	.type = SOCK_STREAM,
	.prot = &clasp_prot,
	.ops = &clasp_stream_ops,
};

/**
 * clasp_ipv4_register - receive segments
 *
 * Return: 0, or -EBUSY when somebody else has the protocol number.
 */
int clasp_ipv4_register(void)
{
	if (inet_add_offload(&offload, clasp_protocol))
		return -EBUSY;
	if (inet_add_protocol(&protocol, clasp_protocol)) {
		inet_del_offload(&offload, clasp_protocol);
		return -EBUSY;
	}
	return 0;
}

/**
 * clasp_ipv4_unregister - the reverse; after it nobody is in the receive path, nor cuts super-packets: those that still
 * wait somewhere below are dropped, if they have to be cut
 */
void clasp_ipv4_unregister(void)
{
	inet_del_protocol(&protocol, clasp_protocol);
	inet_del_offload(&offload, clasp_protocol);
}

/**
 * clasp_ipv4_open - let programs make sockets
 *
 * Nothing may fail after it: a socket would outlive the module.
 */
void clasp_ipv4_open(void)
{
	protosw.protocol = clasp_protocol;
	inet_register_protosw(&protosw);
}

/**
 * clasp_ipv4_close - the reverse
 */
void clasp_ipv4_close(void)
{
	inet_unregister_protosw(&protosw);
}
