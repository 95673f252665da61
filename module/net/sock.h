/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The full socket. Whoever holds its lock (lock_sock, or its spinlock while no user owns it) may touch
 * everything here; what has a lock of its own says so.
 */
#ifndef CLASP_NET_SOCK_H
#define CLASP_NET_SOCK_H

#include <net/inet_sock.h>

#include "../core/pace.h"
#include "family.h"
#include "flow.h"
#include "port.h"

/* Segments in order of sequence number: sk_buffs, in a tree through skb->rbnode. */
struct clasp_segs {
	struct rb_root root;
};

/**
 * struct clasp_cb - what skb->cb holds while Clasp owns the buffer
 * @in: of a segment that arrives, until core/ has seen it
 * @seg: of a segment that waits: sent, out of order, or for the reader
 * @off: received: where in the buffer the first octet of @seg stands
 * @iif: of a segment that arrives over IPv6: the device, which IP had noted in the place of @in
 * @ip_flags: likewise IPv4's flags, and IPv6's place of the number of the header that follows
 */
struct clasp_cb {
	union {
		struct clasp_in in;
		struct clasp_seg seg;
	};
	union {
		u32 off;
		int iif;
	};
	u16 ip_flags;
};

static_assert(offsetof(struct clasp_cb, off) >= sizeof(struct inet_skb_parm));
static_assert(offsetof(struct clasp_cb, off) >= sizeof(struct inet6_skb_parm));
static_assert(sizeof(struct clasp_cb) <= sizeof_field(struct sk_buff, cb));

#define CLASP_CB(skb) ((struct clasp_cb *)(skb)->cb)

/* struct clasp_sock, deferred: bit numbers */
#define CLASP_DEFER_TIMER 0	/* the timer fired while a user owned the socket */
#define CLASP_DEFER_OUTPUT 1	/* run the output loop when the user is done */
#define CLASP_RESUMING 2	/* in the namespace's list of resumable sockets; holds a reference */
#define CLASP_THROTTLED 3	/* enough of ours waits below: sk_write_space resumes */

/**
 * struct clasp_sock - a socket
 *
 * References: one of whoever has the descriptor, or of the accept queue, or of the orphan that goes on
 * after both until its block is CLOSED; one of the flow table; one of the armed timer; one of the list of
 * resumable sockets.
 *
 * @inet: the kernel's part
 * @cn: of its namespace, which stays the same
 * @flow: its place in the flow table; @flow.key.local and lport are filled from bind() on
 * @family: how to reach the peer
 * @owner: its share in the local port
 * @tcb: the protocol
 * @choice: what the program chose; of a listener: for its connections too
 * @rtx: sent and not acknowledged; what was never sent waits in sk_write_queue
 * @in_flight: those of @rtx that are, in the order in which they left
 * @ooo: received out of order; what is in order waits in sk_receive_queue
 * @held: a SYN with octets, which wait for the connection; or NULL
 * @timer: armed for the earliest deadline of @tcb or for an earlier one; holds a reference then
 * @timer_lock: of @timer_held, and for whoever starts or cancels @timer; a leaf
 * @timer_held: a queued @timer, or one that is about to fire, has its reference
 * @resume: for CLASP_RESUMING
 * @deferred: the bits above, changed atomically
 * @unread: octets in sk_receive_queue
 * @path_mss: what a packet of the path's MTU carries
 * @extensions: octets of IPv6 extension headers that segments carry
 * @more: the last send said MSG_MORE, and nothing has come in since
 * @page_follows: what was queued last waits for the next page of the same write
 * @tell_unread: recvmsg() tells how much is left, TCP_INQ
 * @orphan: counted among the namespace's
 * @listener: what it has since it first listened; or NULL
 * @accept_node: in the listener's queue, until accepted
 */
struct clasp_sock {
	struct inet_sock inet;
	struct clasp_net *cn;
	struct clasp_flow flow;
	const struct clasp_family *family;
	struct clasp_owner owner;
	struct clasp_tcb tcb;
	struct clasp_choice choice;
	struct clasp_segs rtx;
	struct list_head in_flight;
	struct clasp_segs ooo;
	struct sk_buff *held;
	struct hrtimer timer;
	spinlock_t timer_lock; /* a leaf: of timer_held and the arming */
	bool timer_held;
	struct llist_node resume;
	unsigned long deferred;
	u32 unread;
	u16 path_mss;
	u16 extensions;
	bool more;
	bool page_follows;
	bool tell_unread;
	bool orphan;

	struct clasp_listener *listener;
	struct list_head accept_node;
};

/**
 * struct clasp_listener - what a socket has beyond others once it listens; a connection has no room for it
 *
 * Stays until the socket goes.
 *
 * @sock: whose it is
 * @node: among the namespace's listeners, under the bucket's lock
 * @lock: of the members from here on; children come in softirq
 * @accepting: it listens: embryos and connections may be added
 * @embryos: struct clasp_embryo_mini, by their @siblings
 * @embryo_count: of them
 * @embryo_young: those of them whose SYN,ACK was sent once
 * @accept_queue: connections that wait for accept(), oldest first, by their @accept_node
 */
struct clasp_listener {
	struct clasp_sock *sock;
	struct hlist_node node;
	spinlock_t lock; /* of what waits here */
	bool accepting;
	u32 embryo_count;
	u32 embryo_young;
	struct list_head embryos;
	struct list_head accept_queue;
};

static inline struct clasp_sock *clasp_sk(const struct sock *sk)
{
	return (struct clasp_sock *)sk;
}

static inline struct sock *clasp_sock_sk(struct clasp_sock *cs)
{
	return &cs->inet.sk;
}

static inline struct clasp_sock *clasp_flow_sock(struct clasp_flow *flow)
{
	return container_of(flow, struct clasp_sock, flow);
}

/*
 * Devices spread connections by the one, fq tells a new connection from an old one by the other. IPv6's flow label
 * comes from it, which is a connection's from its first segment, an embryo's, to its last, a TIME_WAIT's.
 */
static inline void clasp_sock_set_hash(struct clasp_sock *cs)
{
	struct sock *sk = &cs->inet.sk;

	if (ipv6_addr_v4mapped(&cs->flow.key.remote))
		sk_set_txhash(sk);
	else
		sk->sk_txhash = clasp_flow_hash(&cs->flow.key, CLASP_HASH_LABEL) ?: 1;
	sk->sk_hash = sk->sk_txhash;
}

/* SO_MAX_PACING_RATE, octets a second */
static inline u64 clasp_sock_most_rate(const struct sock *sk)
{
	unsigned long most = READ_ONCE(sk->sk_max_pacing_rate);

	return most == ~0UL ? CLASP_PACE_NONE : most;
}

static inline struct clasp_net *clasp_sock_net(const struct clasp_sock *cs)
{
	return cs->cn;
}

/* sock.c: life and the tables of operations */
extern struct proto clasp_prot;
extern const struct proto_ops clasp_stream_ops;
int clasp_sock_register(void);
void clasp_sock_unregister(void);
void clasp_sock_reset(struct clasp_sock *cs);
struct clasp_sock *clasp_sock_child(struct sock *listener, const struct clasp_key *key,
				    const struct clasp_family *family);
void clasp_sock_purge(struct clasp_sock *cs);
void clasp_sock_unhash(struct sock *sk);
void clasp_sock_put_port(struct sock *sk);
void clasp_sock_destroy(struct clasp_sock *cs);

/* ipv6_sock.c */
extern struct proto clasp_prot6;
int clasp_sock6_register(void);
void clasp_sock6_unregister(void);

/* listen.c */
int clasp_listen_start(struct socket *sock, int backlog);

/* connect.c */
int clasp_connect_pre(struct sock *sk, struct sockaddr *addr, int len);
int clasp_connect(struct sock *sk, struct sockaddr *addr, int len);
int clasp_connect_undo(struct sock *sk, int flags);

/* close.c */
void clasp_close(struct sock *sk, long timeout);
void clasp_close_half(struct sock *sk, int how);
void clasp_close_orphan(struct clasp_sock *cs);
void clasp_close_left(struct clasp_sock *cs);

/* option.c */
int clasp_option_set(struct sock *sk, int level, int name, sockptr_t value, unsigned int len);
int clasp_option_get(struct sock *sk, int level, int name, char __user *value, int __user *len);
void clasp_option_keepalives(struct sock *sk, int on);

/* poll.c: readiness, and who is told */
__poll_t clasp_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait);
int clasp_poll_set_rcvlowat(struct sock *sk, int octets);
int clasp_poll_ioctl(struct sock *sk, int cmd, int *answer);
bool clasp_poll_unsent_low(const struct sock *sk, int wake);
void clasp_poll_writable(struct clasp_sock *cs);
void clasp_poll_write_space(struct sock *sk);
void clasp_poll_readable(struct clasp_sock *cs);

/* send.c */
int clasp_send_msg(struct socket *sock, struct msghdr *msg, size_t size);
void clasp_send_eof(struct socket *sock);
struct sk_buff *clasp_send_carve(struct clasp_sock *cs, u32 *len);
void clasp_send_return(struct clasp_sock *cs, struct sk_buff *skb);
void clasp_send_free(struct sock *sk, struct sk_buff *skb);
void clasp_send_acked(struct clasp_sock *cs);
void clasp_send_purge(struct clasp_sock *cs);

/* recv.c */
int clasp_recv_msg(struct socket *sock, struct msghdr *msg, size_t size, int flags);
ssize_t clasp_recv_splice(struct socket *sock, loff_t *position, struct pipe_inode_info *pipe, size_t len,
			  unsigned int flags);
bool clasp_recv_room(struct clasp_sock *cs, struct sk_buff *skb);
void clasp_recv_hold(struct clasp_sock *cs, struct sk_buff *skb);
void clasp_recv_deliver(struct clasp_sock *cs, struct sk_buff *skb, u32 off, u32 len);
void clasp_recv_keep(struct clasp_sock *cs, struct sk_buff *skb, u32 seq, u32 off, u32 len);
void clasp_recv_drain(struct clasp_sock *cs, u32 from);
void clasp_recv_flush(struct clasp_sock *cs);
void clasp_recv_purge(struct clasp_sock *cs);

/* act.c: what follows a verb */
void clasp_act_env(struct clasp_sock *cs, struct clasp_env *env);
void clasp_act_env_arrived(struct clasp_sock *cs, struct clasp_env *env);
void clasp_act(struct clasp_sock *cs, struct sk_buff *skb, struct clasp_env *env,
	       const struct clasp_result *result);

/* output.c */
void clasp_output(struct clasp_sock *cs);
void clasp_output_now(struct clasp_sock *cs);
void clasp_output_run(struct clasp_sock *cs, const struct clasp_env *env);
void clasp_output_reply(struct clasp_sock *cs, const struct clasp_header *header);
struct sk_buff *clasp_output_bare(const struct clasp_reply *reply, struct dst_entry *dst);
void clasp_output_drained(struct clasp_sock *cs);
void clasp_output_resume(struct clasp_sock *cs);
void clasp_output_net_init(struct clasp_net *cn);

/* timer.c */
void clasp_timer_setup(struct clasp_sock *cs);
void clasp_timer_arm(struct clasp_sock *cs);
void clasp_timer_cancel(struct clasp_sock *cs);
void clasp_timer_run(struct clasp_sock *cs);

/* input.c */
int clasp_input_rcv(struct sk_buff *skb, const struct clasp_family *family, u8 ecn);
int clasp_input_backlog(struct sock *sk, struct sk_buff *skb);

#endif
