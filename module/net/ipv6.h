/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the three files that know IPv6 tell each other. Of a socket of AF_INET6, whatever its connection is made of, the
 * kernel's part for IPv6 comes last: up to 6.6 it is looked for there.
 */
#ifndef CLASP_NET_IPV6_H
#define CLASP_NET_IPV6_H

#include <linux/ipv6.h>

#include "sock.h"

/**
 * struct clasp6_sock - a socket of AF_INET6
 * @clasp: what any socket has
 * @inet6: the kernel's part for IPv6
 */
struct clasp6_sock {
	struct clasp_sock clasp;
	struct ipv6_pinfo inet6;
};

static_assert(offsetofend(struct clasp6_sock, inet6) == sizeof(struct clasp6_sock));

static inline struct ipv6_pinfo *clasp_ipv6_info(struct clasp_sock *cs)
{
	return &container_of(cs, struct clasp6_sock, clasp)->inet6;
}

/* ipv6_sock.c */
extern const struct proto_ops clasp_stream6_ops;
void clasp_ipv6_cloned(struct clasp_sock *cs, const struct sock *listener);
void clasp_ipv6_set_wire(struct clasp_sock *cs, const struct clasp_family *family);
int clasp_ipv6_set_option(struct sock *sk, int level, int name, sockptr_t value, unsigned int len);

/* ipv6_in.c */
bool clasp_ipv6_policy(struct sock *sk, struct sk_buff *skb);
void clasp_ipv6_key(struct clasp_key *key, const struct sk_buff *skb);
u16 clasp_ipv6_ident(const struct sk_buff *skb);
void clasp_ipv6_answer(struct clasp_reply *reply, const struct clasp_net *cn,
		       const struct sk_buff *skb);

#endif
