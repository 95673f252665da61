// SPDX-License-Identifier: GPL-2.0
/*
 * The receiving half's octets. Buffers are kept as they came, headers and all, or give their octets to the one before;
 * seg.len and off in their cb say which octets of them are still wanted. In order they stand in sk_receive_queue, out
 * of order in the tree cs->ooo, which may be thrown away at any time: nobody was promised anything.
 */
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/inet_common.h>
#include <net/xfrm.h>

#include "../core/sack.h"
#include "../core/window.h"
#include "../core/space.h"
#include "compat.h"
#include "memory.h"
#include "shell.h"
#include "sock.h"

/* Octets out of order may take more memory than the window reckons with; so many times the buffer is the end. */
#define OVERCOMMIT 2

/* A segment of so few octets does not keep a buffer of its own behind another one. */
#define SMALL 256
#define GATHER_SIZE SKB_WITH_OVERHEAD(4096)

static bool too_full(const struct sock *sk)
{
	return atomic_read(&sk->sk_rmem_alloc) > OVERCOMMIT * (s64)READ_ONCE(sk->sk_rcvbuf);
}

static bool fits(struct sock *sk, struct sk_buff *skb)
{
	return !too_full(sk) && clasp_memory_receive(sk, skb);
}

/* Octets out of order give way: if they did not, a hole might never be filled. */
static bool make_room(struct clasp_sock *cs, struct sk_buff *skb)
{
	struct sock *sk = clasp_sock_sk(cs);

	clasp_memory_grow_receive(sk);
	if (fits(sk, skb))
		return true;
	if (!RB_EMPTY_ROOT(&cs->ooo.root))
		CLASP_INC(clasp_sock_net(cs), OfoPruned);
	clasp_recv_purge(cs);
	clasp_sack_forget(&cs->tcb);
	return fits(sk, skb);
}

/**
 * clasp_recv_room - is there memory to keep a segment's octets in?
 * @cs: locked
 * @skb: a segment
 */
bool clasp_recv_room(struct clasp_sock *cs, struct sk_buff *skb)
{
	const struct sock *sk = clasp_sock_sk(cs);

	return !CLASP_CB(skb)->in.len ||
	       (atomic_read(&sk->sk_rmem_alloc) <= READ_ONCE(sk->sk_rcvbuf) &&
		skb->truesize <= sk->sk_forward_alloc) ||
	       make_room(cs, skb);
}

/* From a segment on its way in to one that waits; @off counts from the first octet of payload. */
static void take(struct clasp_sock *cs, struct sk_buff *skb, u32 seq, u32 off, u32 len)
{
	struct clasp_cb *cb = CLASP_CB(skb);

	off += cb->in.header_len;
	memset(cb, 0, sizeof(*cb));
	cb->seg.seq = seq;
	cb->seg.len = len;
	cb->off = off;
	skb_dst_drop(skb);
	secpath_reset(skb);
	skb_set_owner_r(skb, clasp_sock_sk(cs));
}

/* Nothing stands behind the octets that are wanted. */
static bool ends_with_them(struct sk_buff *skb)
{
	const struct clasp_cb *cb = CLASP_CB(skb);

	return cb->off + cb->seg.len == skb->len;
}

/*
 * One buffer for what came in two, where pages can change hands, or there is room behind the last octet: the second
 * one's header and what the kernel knows of it are given back.
 */
static noinline_for_stack bool join(struct sock *sk, struct sk_buff *tail, struct sk_buff *skb)
{
	u32 off = CLASP_CB(skb)->off;
	bool stolen;
	int grown;

	if (!ends_with_them(tail) || !ends_with_them(skb) || off > skb_headlen(skb))
		return false;
	__skb_pull(skb, off);
	if (!skb_try_coalesce(tail, skb, &stolen, &grown)) {
		__skb_push(skb, off);
		return false;
	}
	atomic_add(grown, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, grown);
	CLASP_CB(tail)->seg.len += CLASP_CB(skb)->seg.len;
	kfree_skb_partial(skb, stolen);
	return true;
}

static void queue(struct clasp_sock *cs, struct sk_buff *skb)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);

	WRITE_ONCE(cs->unread, cs->unread + CLASP_CB(skb)->seg.len);
	if (!tail || !join(sk, tail, skb))
		__skb_queue_tail(&sk->sk_receive_queue, skb);
}

static bool takes_more(struct sk_buff *skb, u32 len)
{
	return !skb_cloned(skb) && !skb_is_nonlinear(skb) && skb_tailroom(skb) >= len && ends_with_them(skb);
}

/* A buffer of our own behind the last one, for small segments to come. */
static struct sk_buff *add_gatherer(struct sock *sk)
{
	struct sk_buff *skb = alloc_skb(GATHER_SIZE, GFP_ATOMIC);

	if (!skb)
		return NULL;
	if (!sk_rmem_schedule(sk, skb, skb->truesize)) {
		kfree_skb(skb);
		return NULL;
	}
	skb_set_owner_r(skb, sk);
	__skb_queue_tail(&sk->sk_receive_queue, skb);
	return skb;
}

/*
 * Copy a small segment behind those that wait already, so that ten of them do not hold ten buffers. What is left of a
 * large write comes alone, and behind pages: one buffer for each is less memory than one for many, and less work. What
 * was gathered never is in pages, whoever allocated the first buffer and however much room that had.
 */
static bool gather(struct clasp_sock *cs, struct sk_buff *skb, u32 off, u32 len)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);

	if (!tail || len > SMALL)
		return false;
	if (!takes_more(tail, len))
		tail = skb_is_nonlinear(tail) ? NULL : add_gatherer(sk);
	if (!tail)
		return false;
	off += CLASP_CB(skb)->in.header_len;
	WARN_ON_ONCE(skb_copy_bits(skb, off, skb_put(tail, len), len));
	CLASP_CB(tail)->seg.len += len;
	WRITE_ONCE(cs->unread, cs->unread + len);
	consume_skb(skb);
	return true;
}

/**
 * clasp_recv_deliver - octets of a segment are in order
 * @cs: locked
 * @skb: the segment; taken
 * @off: first octet of the payload that is wanted
 * @len: octets wanted
 */
void clasp_recv_deliver(struct clasp_sock *cs, struct sk_buff *skb, u32 off, u32 len)
{
	if (gather(cs, skb, off, len))
		return;
	take(cs, skb, 0, off, len);
	queue(cs, skb);
}

/**
 * clasp_recv_keep - octets of a segment wait for those before them
 * @cs: locked
 * @skb: the segment; taken
 * @seq: of the first octet wanted
 * @off: where in the payload it is
 * @len: octets wanted
 */
void clasp_recv_keep(struct clasp_sock *cs, struct sk_buff *skb, u32 seq, u32 off, u32 len)
{
	take(cs, skb, seq, off, len);
	clasp_segs_insert(&cs->ooo, skb);
	CLASP_INC(clasp_sock_net(cs), OFOQueue);
}

/**
 * clasp_recv_hold - what came with a SYN waits until there is a connection
 * @cs: locked
 * @skb: the SYN; taken
 */
void clasp_recv_hold(struct clasp_sock *cs, struct sk_buff *skb)
{
	skb_dst_drop(skb);
	secpath_reset(skb);
	skb_set_owner_r(skb, clasp_sock_sk(cs));
	cs->held = skb;
}

/**
 * clasp_recv_drain - what waited before RCV.NXT is in order now
 * @cs: locked
 * @from: sequence number of the first octet that is not in the receive queue yet
 */
void clasp_recv_drain(struct clasp_sock *cs, u32 from)
{
	struct clasp_seg *seg;

	while ((seg = clasp_segs_first(&cs->ooo)) && clasp_seg_covered(seg, cs->tcb.rcv_nxt)) {
		struct sk_buff *skb = clasp_seg_skb(seg);
		u32 known = clasp_seg_covered(seg, from);

		clasp_segs_erase(&cs->ooo, skb);
		if (known == seg->len) {
			kfree_skb(skb);
			continue;
		}
		from = clasp_seg_end(seg);
		seg->len -= known;
		CLASP_CB(skb)->off += known;
		queue(cs, skb);
	}
}

/**
 * clasp_recv_purge - free what is out of order
 * @cs: locked
 */
void clasp_recv_purge(struct clasp_sock *cs)
{
	struct clasp_seg *seg;

	while ((seg = clasp_segs_first(&cs->ooo))) {
		struct sk_buff *skb = clasp_seg_skb(seg);

		clasp_segs_erase(&cs->ooo, skb);
		kfree_skb(skb);
	}
}

/**
 * clasp_recv_flush - free what was not read
 * @cs: locked
 */
void clasp_recv_flush(struct clasp_sock *cs)
{
	__skb_queue_purge(&clasp_sock_sk(cs)->sk_receive_queue);
	WRITE_ONCE(cs->unread, 0);
}

static int copy_out(struct sk_buff *skb, u32 skip, struct msghdr *msg, u32 len, int flags)
{
	if (flags & MSG_TRUNC)
		return 0;
	return skb_copy_datagram_msg(skb, CLASP_CB(skb)->off + skip, msg, len);
}

static void consume(struct clasp_sock *cs, struct sk_buff *skb, u32 len)
{
	struct clasp_cb *cb = CLASP_CB(skb);

	WRITE_ONCE(cs->unread, cs->unread - len);
	cb->seg.len -= len;
	cb->off += len;
	if (cb->seg.len)
		return;
	__skb_unlink(skb, &clasp_sock_sk(cs)->sk_receive_queue);
	/* IP has seen to it that nobody else has it. */
	__kfree_skb(skb);
}

/*
 * Read what is in order, as far as it goes. @skip: octets that a peek has seen already.
 * Return: octets read, or -EFAULT when there are none.
 */
static int read_queue(struct clasp_sock *cs, struct msghdr *msg, u32 len, int flags, u32 skip)
{
	struct sk_buff *skb, *next;
	u32 copied = 0, n;

	skb_queue_walk_safe(&clasp_sock_sk(cs)->sk_receive_queue, skb, next) {
		if (copied == len)
			break;
		if (skip >= CLASP_CB(skb)->seg.len) {
			skip -= CLASP_CB(skb)->seg.len;
			continue;
		}
		n = min(len - copied, CLASP_CB(skb)->seg.len - skip);
		if (copy_out(skb, skip, msg, n, flags))
			return copied ? copied : -EFAULT;
		copied += n;
		skip = 0;
		if (!(flags & MSG_PEEK))
			consume(cs, skb, n);
	}
	return copied;
}

/* The program has read: should the buffer take more, and is there a window to tell of? */
static void tell_core(struct clasp_sock *cs)
{
	struct sock *sk = clasp_sock_sk(cs);
	u32 room = clasp_memory_payload(READ_ONCE(sk->sk_rcvbuf));
	struct clasp_env env __uninitialized;

	if (clasp_window_wide(&cs->tcb, room) && clasp_space_suffices(&cs->tcb, cs->unread, room))
		return;
	clasp_act_env(cs, &env);
	if (clasp_memory_widen(sk, clasp_space_wanted(&cs->tcb, &env)))
		clasp_act_env(cs, &env);
	env.full = too_full(sk) || clasp_memory_short(sk);
	if (clasp_call_receive(&cs->tcb, &env))
		clasp_output(cs);
}

/* There is less than the program wants: it waits for the rest, here or where it asks next. */
static void await(struct clasp_sock *cs)
{
	if (clasp_call_await(&cs->tcb))
		clasp_output(cs);
}

/* Nothing is there to be read. Return: 1 to wait for it, else what recvmsg() returns. */
static int nothing_to_read(struct sock *sk, long timeo)
{
	if (sock_flag(sk, SOCK_DONE))
		return 0;
	if (sk->sk_err)
		return sock_error(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 0;
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
	if (!timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(timeo);
	return 1;
}

/* The program's memory ended before what is there did: there will be no more of it. */
static bool cut_short(const struct clasp_sock *cs, u32 seen)
{
	return cs->unread > seen;
}

/* Something was read, but less than wanted. */
static bool enough(const struct sock *sk, long timeo)
{
	return sk->sk_err || sk->sk_state == TCP_CLOSE || (sk->sk_shutdown & RCV_SHUTDOWN) ||
	       !timeo || signal_pending(current);
}

/* SO_PEEK_OFF */
static void move_peek_offset(struct sock *sk, int octets, int flags)
{
	if (flags & MSG_PEEK)
		sk_peek_offset_fwd(sk, octets);
	else
		sk_peek_offset_bwd(sk, octets);
}

static int recv_locked(struct sock *sk, struct msghdr *msg, u32 size, int flags)
{
	struct clasp_sock *cs = clasp_sk(sk);
	u32 target = sock_rcvlowat(sk, flags & MSG_WAITALL, size), copied = 0;
	u32 peeked = max(sk_peek_offset(sk, flags), 0);
	long timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	int n;

	if (sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	for (;;) {
		n = read_queue(cs, msg, size - copied, flags, flags & MSG_PEEK ? peeked + copied : 0);
		if (n < 0)
			return copied ? copied : n;
		copied += n;
		move_peek_offset(sk, n, flags);
		if (n && !(flags & MSG_PEEK))
			tell_core(cs);
		if (copied >= target || cut_short(cs, flags & MSG_PEEK ? peeked + copied : 0))
			return copied;
		await(cs);
		if (copied && enough(sk, timeo))
			return copied;
		if (!copied) {
			n = nothing_to_read(sk, timeo);
			if (n <= 0)
				return n;
		}
		n = sk_wait_data(sk, &timeo, skb_peek_tail(&sk->sk_receive_queue));
		if (n < 0)
			return copied ? copied : n;
		/* Who asked for nothing has waited for something, as TCP has it. */
		if (!size)
			return 0;
	}
}

/* Hand octets on to a pipe, which takes the pages that they are in. Return: as read_queue(). */
static int splice_queue(struct sock *sk, struct pipe_inode_info *pipe, u32 len, unsigned int flags)
{
	struct sk_buff *skb;
	u32 moved = 0;
	int n;

	while (moved < len && (skb = skb_peek(&sk->sk_receive_queue))) {
		const struct clasp_cb *cb = CLASP_CB(skb);

		n = skb_splice_bits(skb, sk, cb->off, pipe, min(len - moved, cb->seg.len), flags);
		if (n <= 0)
			return moved ? moved : n;
		consume(clasp_sk(sk), skb, n);
		moved += n;
	}
	return moved;
}

/* Who has got something does not wait for more. */
static int splice_locked(struct sock *sk, struct pipe_inode_info *pipe, u32 len, long timeo, unsigned int flags)
{
	struct clasp_sock *cs = clasp_sk(sk);
	int n;

	if (sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	for (;;) {
		n = splice_queue(sk, pipe, len, flags);
		if (n > 0)
			tell_core(cs);
		if (n || cs->unread)
			return n;
		await(cs);
		n = nothing_to_read(sk, timeo);
		if (n <= 0)
			return n;
		n = sk_wait_data(sk, &timeo, NULL);
		if (n < 0)
			return n;
	}
}

/**
 * clasp_recv_splice - splice() from a socket
 * @sock: unlocked
 * @position: streams have none
 * @pipe: locked
 * @len: how many octets at most
 * @flags: SPLICE_F_*, which are about the pipe
 *
 * Return: octets, 0 at the end of the stream, or a negative errno as TCP has it.
 */
ssize_t clasp_recv_splice(struct socket *sock, loff_t *position, struct pipe_inode_info *pipe, size_t len,
			  unsigned int flags)
{
	long timeo = sock_rcvtimeo(sock->sk, sock->file->f_flags & O_NONBLOCK);
	int moved;

	if (*position)
		return -ESPIPE;
	lock_sock(sock->sk);
	moved = splice_locked(sock->sk, pipe, min_t(size_t, len, INT_MAX), timeo, flags);
	release_sock(sock->sk);
	return moved;
}

/* The end of the stream counts, so that somebody asks for it. */
static void tell_left(const struct clasp_sock *cs, struct msghdr *msg)
{
	int left = cs->unread + sock_flag(&cs->inet.sk, SOCK_DONE);

	msg->msg_inq = left;
	if (cs->tell_unread)
		put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(left), &left);
}

/**
 * clasp_recv_msg - recvmsg()
 * @sock: unlocked
 * @msg: where to put octets
 * @size: how many at most
 * @flags: MSG_*
 *
 * Return: octets read, 0 at the end of the stream, or a negative errno as TCP has it.
 */
int clasp_recv_msg(struct socket *sock, struct msghdr *msg, size_t size, int flags)
{
	struct sock *sk = sock->sk;
	int copied;

	msg->msg_namelen = 0;
	if (flags & MSG_ERRQUEUE)
		return inet_recv_error(sk, msg, size, &msg->msg_namelen);
	if (flags & MSG_OOB)
		return READ_ONCE(sk->sk_state) == TCP_LISTEN ? -ENOTCONN : -EINVAL;
	sock_rps_record_flow(sk);
	lock_sock(sk);
	copied = recv_locked(sk, msg, min_t(size_t, size, INT_MAX), flags);
	if (unlikely(clasp_sk(sk)->tell_unread || msg->msg_get_inq) && copied >= 0)
		tell_left(clasp_sk(sk), msg);
	release_sock(sk);
	return copied;
}
