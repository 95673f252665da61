/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Listening sockets and the connections that wait for accept().
 */
#ifndef CLASP_NET_LISTEN_H
#define CLASP_NET_LISTEN_H

#include "sock.h"

int clasp_listen_net_init(struct clasp_net *cn);
void clasp_listen_net_exit(struct clasp_net *cn);
struct sock *clasp_listen_find(struct clasp_net *cn, const struct clasp_key *key,
			       struct sk_buff *skb);
void clasp_listen_stop(struct clasp_sock *cs);
struct sock *clasp_listen_accept(struct sock *sk, int flags, int *error);
bool clasp_listen_enqueue(struct clasp_sock *sock, struct clasp_sock *child);
bool clasp_listen_full(const struct clasp_sock *listener);

#endif
