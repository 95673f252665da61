/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory that the octets of all sockets take together, and the sizes of a socket's buffers.
 */
#ifndef CLASP_NET_MEMORY_H
#define CLASP_NET_MEMORY_H

#include <net/sock.h>

int clasp_memory_init(struct proto *prot);
void clasp_memory_exit(void);
void clasp_memory_open(struct sock *sk);
int clasp_memory_send(struct sock *sk, int wanted);
bool clasp_memory_receive(struct sock *sk, struct sk_buff *skb);
bool clasp_memory_short(const struct sock *sk);
bool clasp_memory_out(const struct sock *sk);
void clasp_memory_grow_receive(struct sock *sk);
bool clasp_memory_widen(struct sock *sk, u32 octets);
u32 clasp_memory_receive_most(const struct sock *sk);
void clasp_memory_grow_send(struct sock *sk, u64 wanted);
s64 clasp_memory_sockets(void);
long clasp_memory_pages(void);

/* Octets that a receive buffer of so much memory takes: half of it is reckoned for what sk_buffs take beside them. */
static inline u32 clasp_memory_payload(int memory)
{
	return memory > 0 ? memory / 2 : 0;
}

#endif
