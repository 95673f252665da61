/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The objects that stand in the flow table before and after a socket does. There may be very many of
 * them, so that every member has to say why it is here; their limits are asserted in their own files.
 */
#ifndef CLASP_NET_MINI_H
#define CLASP_NET_MINI_H

#include "../core/embryo.h"
#include "../core/tw.h"
#include "family.h"
#include "flow.h"
#include "port.h"

struct clasp_listener;

/**
 * struct clasp_embryo_mini - a SYN_RCVD that came from LISTEN
 * @mini: header
 * @embryo: the protocol
 * @listener: who will get the connection; not held: it ends its embryos before it goes
 * @siblings: in the listener's list, under its lock
 * @family: of the addresses
 * @dst: route of the SYN,ACK, which the connection takes over
 * @held: the SYN, when it came with octets that wait for the connection
 * @cookie: by which @family knows whether @dst is still valid
 * @manner: of our answers
 */
struct clasp_embryo_mini {
	struct clasp_mini mini;
	struct clasp_embryo embryo;
	struct sock *listener;
	struct list_head siblings;
	const struct clasp_family *family;
	struct dst_entry *dst;
	struct sk_buff *held;
	u32 cookie;
	struct clasp_manner manner;
};

/**
 * struct clasp_tw_mini - a TIME_WAIT
 * @mini: header
 * @tw: the protocol
 * @owner: its share in the local port
 * @family: of the addresses
 * @manner: of the socket that was
 */
struct clasp_tw_mini {
	struct clasp_mini mini;
	struct clasp_tw tw;
	struct clasp_owner owner;
	const struct clasp_family *family;
	struct clasp_manner manner;
};

static inline struct clasp_embryo_mini *clasp_embryo_mini(struct clasp_mini *mini)
{
	return container_of(mini, struct clasp_embryo_mini, mini);
}

static inline struct clasp_tw_mini *clasp_tw_mini(struct clasp_mini *mini)
{
	return container_of(mini, struct clasp_tw_mini, mini);
}

/* embryo.c */
int clasp_embryo_init(void);
void clasp_embryo_exit(void);
void clasp_embryo_net_init(struct clasp_net *cn);
void clasp_embryo_admit(struct sock *listener, const struct clasp_family *family,
			struct sk_buff *skb, const struct clasp_key *key, const u32 *above);
bool clasp_embryo_rcv(struct clasp_mini *mini, struct sk_buff *skb);
void clasp_embryo_unreachable(struct clasp_mini *mini, u32 seq, bool hard);
bool clasp_embryo_full(const struct clasp_sock *listener);
void clasp_embryo_left(struct clasp_embryo_mini *e);
void clasp_embryo_purge(struct clasp_listener *listener);
void clasp_embryo_free(struct clasp_mini *mini);

/* child.c */
bool clasp_child_promote(struct clasp_embryo_mini *e, struct sock *listener, struct sk_buff *skb);

/* timewait.c */
int clasp_timewait_init(void);
void clasp_timewait_exit(void);
void clasp_timewait_net_init(struct clasp_net *cn);
void clasp_timewait_enter(struct clasp_sock *cs);
bool clasp_timewait_rcv(struct clasp_mini *mini, struct sk_buff *skb);
void clasp_timewait_rearm(struct clasp_net *cn);
void clasp_timewait_purge(struct clasp_mini *mini);
void clasp_timewait_free(struct clasp_mini *mini);

#endif
