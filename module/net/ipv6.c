// SPDX-License-Identifier: GPL-2.0
/*
 * Clasp over IPv6: addresses, routes and what leaves. A route is valid by its cookie, which is kept beside it. A socket
 * of AF_INET6 that connects to a v4-mapped address is handed to IPv4, and taken back when it disconnects.
 */
#include <net/inet_ecn.h>
#include <net/inet_hashtables.h>
#include <net/ip6_checksum.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/secure_seq.h>
#include <net/transp_v6.h>

#include "gso.h"
#include "ipv6.h"

static void manner(const struct sock *sk, struct clasp_manner *manner)
{
	const struct ipv6_pinfo *np = inet6_sk(sk);

	manner->mark = READ_ONCE(sk->sk_mark);
	manner->label = np->flow_label;
	manner->tos = READ_ONCE(np->tclass);
	manner->ttl = max_t(int, np->hop_limit, 0);
}

static void address(struct clasp_sock *cs)
{
	cs->flow.key.local = cs->inet.sk.sk_v6_rcv_saddr;
}

static void fill_flow(struct clasp_sock *cs, struct flowi6 *fl6)
{
	const struct ipv6_pinfo *np = clasp_ipv6_info(cs);
	const struct sock *sk = clasp_sock_sk(cs);

	memset(fl6, 0, sizeof(*fl6));
	fl6->flowi6_proto = clasp_protocol;
	fl6->flowi6_oif = sk->sk_bound_dev_if;
	fl6->flowi6_mark = READ_ONCE(sk->sk_mark);
	fl6->flowi6_uid = sock_net_uid(sock_net(sk), sk);
	fl6->daddr = sk->sk_v6_daddr;
	fl6->saddr = sk->sk_v6_rcv_saddr;
	fl6->fl6_sport = cs->inet.inet_sport;
	fl6->fl6_dport = cs->inet.inet_dport;
	fl6->flowlabel = ip6_make_flowinfo(READ_ONCE(np->tclass), np->flow_label);
}

/* A routing header leads elsewhere first; @fl6 has the peer's address again afterwards, and ours if it had none. */
static struct dst_entry *find_route(struct clasp_sock *cs, struct flowi6 *fl6)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct in6_addr *final, peer;

	final = fl6_update_dst(fl6, rcu_dereference_protected(clasp_ipv6_info(cs)->opt,
							      lockdep_sock_is_held(sk)), &peer);
	security_sk_classify_flow(sk, flowi6_to_flowi_common(fl6));
	return ip6_dst_lookup_flow(sock_net(sk), sk, fl6, final);
}

static u32 cookie_of(const struct dst_entry *dst)
{
	return rt6_get_cookie(container_of(dst, struct rt6_info, dst));
}

static void store(struct clasp_sock *cs, struct dst_entry *dst, u32 cookie)
{
	struct ipv6_pinfo *np = clasp_ipv6_info(cs);

	np->dst_cookie = cookie;
	np->daddr_cache = NULL;
	sk_setup_caps(clasp_sock_sk(cs), dst);
}

/* What ip6_xmit() is to be told: of the flow label no more than the program's, so that it makes one otherwise. */
static struct flowi6 *keep_flow(struct clasp_sock *cs)
{
	struct flowi6 *fl6 = &cs->inet.cork.fl.u.ip6;

	fill_flow(cs, fl6);
	fl6->flowlabel = clasp_ipv6_info(cs)->flow_label;
	return fl6;
}

static int connected(struct clasp_sock *cs)
{
	struct dst_entry *dst;
	struct flowi6 fl6;

	fill_flow(cs, &fl6);
	dst = find_route(cs, &fl6);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	store(cs, dst, cookie_of(dst));
	keep_flow(cs);
	return 0;
}

static int reroute(struct clasp_sock *cs)
{
	return __sk_dst_check(clasp_sock_sk(cs), clasp_ipv6_info(cs)->dst_cookie) ? 0 : connected(cs);
}

/* With IPV6_FLOWINFO_SEND the address says it; one that another socket has to itself is refused. */
static int choose_label(struct sock *sk, const struct sockaddr_in6 *sin6, __be32 *label)
{
	struct ip6_flowlabel *owned;

	*label = clasp_inet6_sndflow(sk) ? sin6->sin6_flowinfo & IPV6_FLOWLABEL_MASK : 0;
	if (!*label)
		return 0;
	owned = fl6_sock_lookup(sk, *label);
	if (IS_ERR(owned))
		return -EINVAL;
	fl6_sock_release(owned);
	return 0;
}

/* A link-local address means nothing without the link. */
static int choose_device(struct sock *sk, const struct sockaddr_in6 *sin6, int len)
{
	int device = len >= sizeof(*sin6) ? sin6->sin6_scope_id : 0;

	if (device) {
		if (!sk_dev_equal_l3scope(sk, device))
			return -EINVAL;
		sk->sk_bound_dev_if = device;
	}
	return sk->sk_bound_dev_if ? 0 : -EINVAL;
}

static int connect_mapped(struct clasp_sock *cs, const struct in6_addr *peer, __be16 port)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = port,
		.sin_addr.s_addr = peer->s6_addr32[3],
	};
	int err;

	if (sk->sk_ipv6only)
		return -ENETUNREACH;
	clasp_ipv6_set_wire(cs, &clasp_ipv4);
	err = clasp_ipv4.connect(cs, (struct sockaddr *)&sin, sizeof(sin));
	if (err)
		clasp_ipv6_set_wire(cs, &clasp_ipv6);
	else
		clasp_ipv6_info(cs)->saddr = sk->sk_v6_rcv_saddr;
	return err;
}

static void set_peer(struct clasp_sock *cs, const struct in6_addr *addr, __be16 port)
{
	cs->inet.sk.sk_v6_daddr = *addr;
	cs->inet.inet_daddr = LOOPBACK4_IPV6;
	cs->inet.inet_dport = port;
}

/* IPv4's address stands for none. */
static void set_own(struct clasp_sock *cs, const struct in6_addr *addr)
{
	cs->inet.sk.sk_v6_rcv_saddr = *addr;
	clasp_ipv6_info(cs)->saddr = *addr;
	cs->inet.inet_rcv_saddr = LOOPBACK4_IPV6;
	cs->inet.inet_saddr = LOOPBACK4_IPV6;
}

static void disconnect(struct clasp_sock *cs)
{
	set_peer(cs, &in6addr_any, 0);
	cs->inet.inet_daddr = 0;
	if (!(cs->inet.sk.sk_userlocks & SOCK_BINDADDR_LOCK))
		inet_reset_saddr(&cs->inet.sk);
	clasp_ipv6_info(cs)->flow_label = 0;
	clasp_ipv6_set_wire(cs, &clasp_ipv6);
	address(cs);
}

/* The route tells our address. The one to use is connected()'s: policy may know ports. */
static int connect_there(struct clasp_sock *cs, const struct in6_addr *peer, __be16 port)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct dst_entry *dst;
	struct flowi6 fl6;

	set_peer(cs, peer, port);
	fill_flow(cs, &fl6);
	dst = find_route(cs, &fl6);
	if (IS_ERR(dst)) {
		disconnect(cs);
		return PTR_ERR(dst);
	}
	dst_release(dst);
	set_own(cs, ipv6_addr_any(&sk->sk_v6_rcv_saddr) ? &fl6.saddr : &sk->sk_v6_rcv_saddr);

	cs->flow.key.local = sk->sk_v6_rcv_saddr;
	cs->flow.key.remote = *peer;
	cs->flow.key.rport = port;
	cs->flow.key.ifindex = sk->sk_bound_dev_if;
	return 0;
}

/* As TCP has it, no address at all stands for this host. */
static struct in6_addr peer_of(const struct sock *sk, const struct sockaddr_in6 *sin6)
{
	struct in6_addr peer = sin6->sin6_addr;

	if (!ipv6_addr_any(&peer))
		return peer;
	if (!ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr))
		return in6addr_loopback;
	ipv6_addr_set_v4mapped(htonl(INADDR_LOOPBACK), &peer);
	return peer;
}

static int connect(struct clasp_sock *cs, struct sockaddr *addr, int len)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)addr;
	struct sock *sk = clasp_sock_sk(cs);
	struct in6_addr peer;
	__be32 label;
	int err, type;

	if (len < SIN6_LEN_RFC2133)
		return -EINVAL;
	if (sin6->sin6_family != AF_INET6)
		return -EAFNOSUPPORT;
	err = choose_label(sk, sin6, &label);
	if (err)
		return err;
	peer = peer_of(sk, sin6);
	type = ipv6_addr_type(&peer);
	/* RFC 9293, MUST-46: at the other end of a connection there is one host. */
	if (type & IPV6_ADDR_MULTICAST)
		return -ENETUNREACH;
	if (type & IPV6_ADDR_LINKLOCAL)
		err = choose_device(sk, sin6, len);
	if (err)
		return err;
	clasp_ipv6_info(cs)->flow_label = label;
	if (type & IPV6_ADDR_MAPPED)
		return connect_mapped(cs, &peer, sin6->sin6_port);
	return connect_there(cs, &peer, sin6->sin6_port);
}

static u64 port_offset(const struct clasp_key *key)
{
	return secure_ipv6_port_ephemeral(key->local.s6_addr32, key->remote.s6_addr32, key->rport);
}

static void child(struct clasp_sock *cs)
{
	const struct clasp_key *key = &cs->flow.key;

	set_own(cs, &key->local);
	set_peer(cs, &key->remote, key->rport);
	cs->inet.sk.sk_bound_dev_if = key->ifindex;
	keep_flow(cs);
}

static struct dst_entry *route(struct clasp_net *cn, const struct clasp_reply *reply, u32 *cookie)
{
	const struct clasp_key *key = &reply->key;
	struct flowi6 fl6 = {
		.flowi6_proto = clasp_protocol,
		.flowi6_oif = key->ifindex,
		.flowi6_mark = reply->manner.mark,
		.flowi6_uid = sock_net_uid(cn->net, NULL),
		.daddr = key->remote,
		.saddr = key->local,
		.fl6_sport = key->lport,
		.fl6_dport = key->rport,
		.flowlabel = ip6_make_flowinfo(reply->manner.tos, reply->manner.label),
	};
	struct dst_entry *dst;

	security_sk_classify_flow(cn->ctl, flowi6_to_flowi_common(&fl6));
	dst = ip6_dst_lookup_flow(cn->net, NULL, &fl6, NULL);
	if (!IS_ERR(dst))
		*cookie = cookie_of(dst);
	return dst;
}

/* Return: 0 or -ENOMEM. */
static int checksum(struct sk_buff *skb, const struct in6_addr *from, const struct in6_addr *to,
		    const struct dst_entry *dst)
{
	bool later = clasp_family_sums_later(skb, dst);
	__sum16 *field;

	if (!later && clasp_family_take_pages(skb))
		return -ENOMEM;
	field = (__sum16 *)(skb_transport_header(skb) + CLASP_CHECKSUM_OFFSET);
	if (later)
		*field = ~csum_ipv6_magic(from, to, skb->len, clasp_protocol, 0);
	else
		*field = csum_ipv6_magic(from, to, skb->len, clasp_protocol,
					 skb_checksum(skb, 0, skb->len, 0));
	return 0;
}

/* No program may set the ECN field of a stream's. */
static int xmit(struct clasp_sock *cs, struct sk_buff *skb, u16 number, u8 ecn)
{
	struct ipv6_pinfo *np = clasp_ipv6_info(cs);
	struct sock *sk = clasp_sock_sk(cs);
	int err = reroute(cs);

	if (!err)
		err = checksum(skb, &np->saddr, &sk->sk_v6_daddr, __sk_dst_get(sk));
	if (err) {
		kfree_skb(skb);
		return err;
	}
	rcu_read_lock();
	skb_dst_set_noref(skb, __sk_dst_get(sk));
	err = ip6_xmit(sk, skb, &cs->inet.cork.fl.u.ip6, READ_ONCE(sk->sk_mark),
		       rcu_dereference(np->opt), READ_ONCE(np->tclass) | ecn,
		       READ_ONCE(sk->sk_priority));
	rcu_read_unlock();
	return net_xmit_eval(err);
}

static void build_ip_header(struct sk_buff *skb, struct clasp_net *cn, const struct clasp_reply *reply)
{
	const struct clasp_manner *manner = &reply->manner;
	struct ipv6hdr *iph = skb_push(skb, sizeof(*iph));
	__be32 label;

	skb_reset_network_header(skb);
	skb_set_hash(skb, clasp_flow_hash(&reply->key, CLASP_HASH_LABEL) ?: 1, PKT_HASH_TYPE_L4);
	/* It asks for the flow only where a packet has no hash. */
	label = ip6_make_flowlabel(cn->net, skb, manner->label, ip6_default_np_autolabel(cn->net), NULL);
	ip6_flow_hdr(iph, manner->tos, label);
	iph->nexthdr = clasp_protocol;
	iph->hop_limit = manner->ttl ?: ip6_dst_hoplimit(skb_dst(skb));
	iph->saddr = reply->key.local;
	iph->daddr = reply->key.remote;
}

static struct dst_entry *usable_route(struct clasp_net *cn, const struct clasp_reply *reply)
{
	u32 cookie;

	if (reply->dst && dst_check(reply->dst, reply->cookie))
		return dst_clone(reply->dst);
	return route(cn, reply, &cookie);
}

static int send_reply(struct clasp_net *cn, const struct clasp_reply *reply, u16 number)
{
	struct sk_buff *skb = clasp_output_bare(reply, usable_route(cn, reply));
	const struct clasp_key *key = &reply->key;
	int err;

	if (IS_ERR(skb))
		return PTR_ERR(skb);
	/* It has no pages for which there might be no memory. */
	(void)checksum(skb, &key->local, &key->remote, skb_dst(skb));
	build_ip_header(skb, cn, reply);
	err = ip6_local_out(cn->net, cn->ctl, skb);
	return net_xmit_eval(err);
}

const struct clasp_family clasp_ipv6 = {
	.name = PF_INET6,
	.gso = CLASP_GSO_IPV6,
	.overhead = sizeof(struct ipv6hdr) + CLASP_HEADER_LEN,
	.pseudo = ip6_compute_pseudo,
	.policy = clasp_ipv6_policy,
	.key = clasp_ipv6_key,
	.ident = clasp_ipv6_ident,
	.answer = clasp_ipv6_answer,
	.manner = manner,
	.address = address,
	.connect = connect,
	.connected = connected,
	.reroute = reroute,
	.disconnect = disconnect,
	.cloned = clasp_ipv6_cloned,
	.destruct = inet6_sock_destruct,
	.set_option = clasp_ipv6_set_option,
	.get_option = ipv6_getsockopt,
	.port_offset = port_offset,
	.child = child,
	.route = route,
	.store = store,
	.xmit = xmit,
	.reply = send_reply,
};
