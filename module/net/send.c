// SPDX-License-Identifier: GPL-2.0
/*
 * The sending half's octets. What was not sent yet stands in sk_write_queue, in buffers that know no
 * segments; output carves a node off the front when a segment leaves, and the node stays in the tree
 * cs->rtx until it is acknowledged. Buffers hold nothing but page fragments, with room in front for headers.
 */
#include <linux/skbuff.h>
#include <linux/uio.h>

#include "../core/option.h"
#include "compat.h"
#include "memory.h"
#include "shell.h"
#include "sock.h"

/* A buffer in the write queue is added to until it has this many octets, or a segment's if that has more. */
#define BUFFER_FULL (32 * 1024)

static void charge(struct sock *sk, struct sk_buff *skb)
{
	skb_reserve(skb, CLASP_HEADROOM);
	/* Octets are summed when they leave, if at all, and not while they are copied. */
	skb->ip_summed = CHECKSUM_PARTIAL;
	sk_wmem_queued_add(sk, skb->truesize);
	sk_mem_charge(sk, skb->truesize);
}

/* For octets that a program wants to add. */
static struct sk_buff *new_buffer(struct sock *sk)
{
	struct sk_buff *skb = alloc_skb_fclone(CLASP_HEADROOM, sk->sk_allocation);

	if (!skb)
		return NULL;
	if (clasp_memory_send(sk, skb->truesize) < skb->truesize) {
		__kfree_skb(skb);
		return NULL;
	}
	charge(sk, skb);
	return skb;
}

/*
 * For octets that are in the queue already. They give their memory back only once they have been sent, so that the
 * limit must not keep them from being sent: what it refuses is owed, and the socket's next request pays for it.
 */
static struct sk_buff *new_node(struct sock *sk)
{
	struct sk_buff *skb = alloc_skb_fclone(CLASP_HEADROOM, GFP_ATOMIC);

	if (!skb)
		return NULL;
	(void)sk_wmem_schedule(sk, skb->truesize);
	charge(sk, skb);
	return skb;
}

/**
 * clasp_send_free - free a buffer of the sending half
 * @sk: locked
 * @skb: in no queue and no tree
 */
void clasp_send_free(struct sock *sk, struct sk_buff *skb)
{
	sk_wmem_queued_add(sk, -skb->truesize);
	sk_mem_uncharge(sk, skb->truesize);
	__kfree_skb(skb);
}

static u32 full_at(struct clasp_sock *cs)
{
	const struct clasp_env path = { .mss = cs->path_mss };

	return max_t(u32, BUFFER_FULL, clasp_tcb_snd_mss(&cs->tcb, &path));
}

/*
 * A clone of a buffer may still be somewhere below, although the segment was refused: whoever dropped it
 * may have kept a copy. Clones share the list of fragments: it is theirs too.
 */
static bool takes_more(struct sock *sk, struct sk_buff *skb)
{
	return skb->len < full_at(clasp_sk(sk)) && skb_shinfo(skb)->nr_frags < MAX_SKB_FRAGS &&
	       !skb_cloned(skb);
}

/* The last buffer, if it takes more; else a new one behind it. */
static struct sk_buff *buffer_to_fill(struct sock *sk)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (skb && takes_more(sk, skb))
		return skb;
	skb = new_buffer(sk);
	if (skb)
		__skb_queue_tail(&sk->sk_write_queue, skb);
	return skb;
}

static bool continues_last(struct sk_buff *skb, const struct page_frag *pfrag)
{
	return skb_can_coalesce(skb, skb_shinfo(skb)->nr_frags, pfrag->page, pfrag->offset);
}

/* Is there room for all of a write behind the headers, in the first buffer of the queue? */
static bool is_short(struct sock *sk, struct sk_buff *skb, struct msghdr *msg)
{
	return !skb->len && msg_data_left(msg) <= skb_tailroom(skb) && skb_peek(&sk->sk_write_queue) == skb;
}

static int copy_short(struct sock *sk, struct sk_buff *skb, struct msghdr *msg)
{
	int copy = msg_data_left(msg), err = skb_add_data_nocache(sk, skb, &msg->msg_iter, copy);

	return err ? err : copy;
}

/* Return: octets copied, or -ENOMEM when the caller has to wait, or -EFAULT. */
static int copy_some(struct sock *sk, struct sk_buff *skb, struct msghdr *msg)
{
	struct page_frag *pfrag = sk_page_frag(sk);
	int frags = skb_shinfo(skb)->nr_frags, copy, err;
	bool merge;

	if (is_short(sk, skb, msg))
		return copy_short(sk, skb, msg);
	if (!sk_page_frag_refill(sk, pfrag))
		return -ENOMEM;
	merge = continues_last(skb, pfrag);
	copy = min_t(int, msg_data_left(msg), pfrag->size - pfrag->offset);
	if (skb->len + copy > BUFFER_FULL)
		copy = min_t(int, copy, full_at(clasp_sk(sk)) - skb->len);
	copy = clasp_memory_send(sk, copy);
	if (!copy)
		return -ENOMEM;
	err = skb_copy_to_page_nocache(sk, &msg->msg_iter, skb, pfrag->page, pfrag->offset, copy);
	if (err)
		return err;
	if (merge) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[frags - 1], copy);
	} else {
		skb_fill_page_desc(skb, frags, pfrag->page, pfrag->offset, copy);
		get_page(pfrag->page);
	}
	pfrag->offset += copy;
	return copy;
}

/*
 * The pages themselves, of a file or a pipe (sendfile(), splice()). Others may write to them at any time: that is told
 * to who would change a packet in its place. What cannot be taken so is copied.
 */
static int splice_some(struct sock *sk, struct sk_buff *skb, struct msghdr *msg)
{
	int n = min_t(size_t, msg_data_left(msg), full_at(clasp_sk(sk)) - skb->len);

	n = clasp_memory_send(sk, n);
	if (!n)
		return -ENOMEM;
	n = clasp_splice_from_iter(skb, &msg->msg_iter, n, sk->sk_allocation);
	if (n == -EMSGSIZE)
		return copy_some(sk, skb, msg);
	if (n <= 0)
		return n;
	skb_shinfo(skb)->flags |= SKBFL_SHARED_FRAG;
	sk_wmem_queued_add(sk, n);
	sk_mem_charge(sk, n);
	return n;
}

/* The kernel alone asks for it, with a list of pages: what a program says of its memory does not make it that. */
static bool brings_pages(const struct msghdr *msg)
{
	return (msg->msg_flags & MSG_SPLICE_PAGES) && iov_iter_is_bvec(&msg->msg_iter);
}

/* SO_SNDBUF and TCP_NOTSENT_LOWAT; @fresh: octets of which core/ was not told yet. */
static bool may_queue(struct clasp_sock *cs, u32 fresh)
{
	const struct sock *sk = &cs->inet.sk;

	return READ_ONCE(sk->sk_wmem_queued) < READ_ONCE(sk->sk_sndbuf) &&
	       clasp_option_may_queue(&cs->tcb, &cs->choice, &clasp_sock_net(cs)->sysctl.config,
				      fresh, false);
}

static int queue_some(struct sock *sk, struct msghdr *msg, u32 fresh)
{
	struct sk_buff *skb;
	int copied;

	if (!may_queue(clasp_sk(sk), fresh))
		return -ENOMEM;
	skb = buffer_to_fill(sk);
	if (!skb)
		return -ENOMEM;
	copied = unlikely(brings_pages(msg)) ? splice_some(sk, skb, msg) : copy_some(sk, skb, msg);
	if (copied < 0 && !skb->len) {
		__skb_unlink(skb, &sk->sk_write_queue);
		clasp_send_free(sk, skb);
	}
	return copied;
}

static void tell_core(struct clasp_sock *cs, u32 queued, bool push)
{
	if (!queued && !cs->page_follows)
		return;
	cs->page_follows = false;
	clasp_call_send(&cs->tcb, queued, push);
	clasp_output(cs);
}

/*
 * One of many pages that are one write: they leave when the last is here, or there is no room for the next, as in
 * Linux. Else the first could be answered while the others are still to come. Whatever else happens lets them leave
 * too.
 */
static void await_page(struct clasp_sock *cs, u32 queued)
{
	clasp_call_send(&cs->tcb, queued, false);
	cs->page_follows = true;
}

static int wait_for_connection(struct sock *sk, long *timeo)
{
	if ((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT))
		return 0;
	return sk_stream_wait_connect(sk, timeo);
}

static bool may_send(const struct sock *sk)
{
	return !sk->sk_err && !(sk->sk_shutdown & SEND_SHUTDOWN);
}

/* Return: octets queued, or a negative errno when there are none. */
static int send_locked(struct sock *sk, struct msghdr *msg)
{
	struct clasp_sock *cs = clasp_sk(sk);
	long timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	u32 fresh = 0;
	int total = 0, n, err = wait_for_connection(sk, &timeo);

	if (err)
		return err;
	sk_clear_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	cs->more = msg->msg_flags & MSG_MORE;
	while (msg_data_left(msg) || !may_send(sk)) {
		err = -EPIPE;
		if (!may_send(sk))
			break;
		n = queue_some(sk, msg, fresh);
		if (n > 0) {
			fresh += n;
			total += n;
			continue;
		}
		tell_core(cs, fresh, true);
		fresh = 0;
		err = n == -ENOMEM ? sk_stream_wait_memory(sk, &timeo) : n;
		if (err)
			break;
	}
	if (clasp_page_follows(msg) && fresh)
		await_page(cs, fresh);
	else
		tell_core(cs, fresh, !cs->more);
	return total ? total : err;
}

/**
 * clasp_send_msg - sendmsg()
 * @sock: unlocked
 * @msg: what to send, and how
 * @size: octets in it
 *
 * Return: octets taken, or a negative errno as TCP has it.
 */
int clasp_send_msg(struct socket *sock, struct msghdr *msg, size_t size)
{
	struct sock *sk = sock->sk;
	int sent;

	if (msg->msg_flags & (MSG_OOB | MSG_FASTOPEN))
		return -EOPNOTSUPP;
	sock_rps_record_flow(sk);
	lock_sock(sk);
	sent = send_locked(sk, msg);
	if (sent < 0)
		sent = sk_stream_error(sk, msg->msg_flags, sent);
	if (sent == -EAGAIN)
		sk->sk_write_space(sk);
	release_sock(sk);
	return sent;
}

/**
 * clasp_send_eof - sendfile() or splice() ends before what it has promised
 * @sock: unlocked
 *
 * What it held back because of that leaves.
 */
void clasp_send_eof(struct socket *sock)
{
	struct clasp_sock *cs = clasp_sk(sock->sk);

	lock_sock(sock->sk);
	cs->more = false;
	if (!((1 << sock->sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		clasp_output(cs);
	release_sock(sock->sk);
}

/* See to it that a buffer's list of fragments may be altered; false when there is no memory for that. */
static bool unshare(struct sk_buff *skb)
{
	u32 charged = skb->truesize;

	if (skb_unclone(skb, GFP_ATOMIC))
		return false;
	skb->truesize = charged;
	return true;
}

/* Cut a buffer in two. Return: the second one, with all but the first @len octets, or NULL when there is no memory. */
static struct sk_buff *cut(struct sock *sk, struct sk_buff *first, u32 len)
{
	u32 rest = first->len - len;
	struct sk_buff *second;

	if (!unshare(first))
		return NULL;
	second = new_node(sk);
	if (!second)
		return NULL;
	skb_split(first, second, len);
	first->truesize -= rest;
	second->truesize += rest;
	return second;
}

/* Return: false when there is no memory to have the first buffer of the queue end behind @len octets. */
static bool cut_front(struct sock *sk, struct sk_buff *front, u32 len)
{
	struct sk_buff *rest = cut(sk, front, len);

	if (rest)
		__skb_queue_after(&sk->sk_write_queue, front, rest);
	return rest;
}

/* Move up to @len octets from the first fragment of one buffer behind the last of another. */
static u32 move_fragment(struct sk_buff *to, struct sk_buff *from, u32 len)
{
	skb_frag_t *frag = &skb_shinfo(from)->frags[0];
	u32 n = min_t(u32, len, skb_frag_size(frag));
	int last = skb_shinfo(to)->nr_frags++;

	skb_shinfo(to)->frags[last] = *frag;
	skb_frag_size_set(&skb_shinfo(to)->frags[last], n);
	if (n < skb_frag_size(frag)) {
		get_page(skb_frag_page(frag));
		skb_frag_off_add(frag, n);
		skb_frag_size_sub(frag, n);
	} else {
		memmove(frag, frag + 1, --skb_shinfo(from)->nr_frags * sizeof(*frag));
	}
	skb_len_add(to, n);
	skb_len_add(from, -n);
	return n;
}

/* Fragments of the buffers at the front of the queue, until @node has @len octets, or takes or finds no more. */
static void fill_from_queue(struct sock *sk, struct sk_buff *node, u32 len)
{
	struct sk_buff *front;

	while (node->len < len && skb_shinfo(node)->nr_frags < MAX_SKB_FRAGS) {
		front = skb_peek(&sk->sk_write_queue);
		if (WARN_ON_ONCE(!front) || skb_headlen(front) || !unshare(front))
			return;
		skb_shinfo(node)->flags |= skb_shinfo(front)->flags & SKBFL_SHARED_FRAG;
		move_fragment(node, front, len - node->len);
		if (!front->len) {
			__skb_unlink(front, &sk->sk_write_queue);
			clasp_send_free(sk, front);
		}
	}
}

/**
 * clasp_send_carve - take octets off the front of what was not sent yet
 * @cs: locked, bottom halves off
 * @len: how many; less when they are in too many pieces
 *
 * The first buffer becomes the node unless it has more than that.
 *
 * Return: a buffer with them, or NULL when there is no memory.
 */
struct sk_buff *clasp_send_carve(struct clasp_sock *cs, u32 *len)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct sk_buff *front = skb_peek(&sk->sk_write_queue), *node = front;

	if (WARN_ON_ONCE(!front))
		return NULL;
	if (front->len > *len && skb_headlen(front) && !cut_front(sk, front, *len))
		return NULL;
	if (front->len > *len)
		node = new_node(sk);
	else
		__skb_unlink(front, &sk->sk_write_queue);
	if (!node)
		return NULL;
	if (node->len < *len && unshare(node))
		fill_from_queue(sk, node, *len);
	if (!node->len) {
		clasp_send_free(sk, node);
		return NULL;
	}
	*len = node->len;
	return node;
}

/**
 * clasp_send_return - the reverse of clasp_send_carve()
 * @cs: locked
 * @skb: the buffer
 */
void clasp_send_return(struct clasp_sock *cs, struct sk_buff *skb)
{
	__skb_queue_head(&clasp_sock_sk(cs)->sk_write_queue, skb);
}

/**
 * clasp_send_acked - SND.UNA moved: free what it covers
 * @cs: locked
 */
void clasp_send_acked(struct clasp_sock *cs)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct clasp_seg *seg;

	while ((seg = clasp_segs_first(&cs->rtx)) &&
	       clasp_seg_covered(seg, cs->tcb.snd_una) == seg->len) {
		struct sk_buff *skb = clasp_seg_skb(seg);

		clasp_rtx_erase(cs, skb);
		clasp_send_free(sk, skb);
	}
	sk_dst_confirm(sk);
	/* Twice the window, so that one is written while one is under way; and half is for what sk_buffs take. */
	clasp_memory_grow_send(sk, 4ull * cs->tcb.cong.cwnd);
}

/**
 * clasp_send_purge - free all that was to be sent, or sent again
 * @cs: locked
 */
void clasp_send_purge(struct clasp_sock *cs)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct clasp_seg *seg;
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&sk->sk_write_queue)))
		clasp_send_free(sk, skb);
	while ((seg = clasp_segs_first(&cs->rtx))) {
		skb = clasp_seg_skb(seg);
		clasp_rtx_erase(cs, skb);
		clasp_send_free(sk, skb);
	}
}

/**
 * clasp_segs_split - cut a segment that was sent in two
 * @segs: the tree it is in
 * @seg: the segment; keeps the first @len octets
 * @len: less than it has
 *
 * Return: the second half, in the tree too, or NULL when there is no memory.
 */
struct clasp_seg *clasp_segs_split(struct clasp_segs *segs, struct clasp_seg *seg, u32 len)
{
	struct clasp_sock *cs = container_of(segs, struct clasp_sock, rtx);
	struct sk_buff *first = clasp_seg_skb(seg), *second = cut(clasp_sock_sk(cs), first, len);

	if (!second)
		return NULL;
	CLASP_CB(second)->seg = *seg;
	CLASP_CB(second)->seg.seq = seg->seq + len;
	CLASP_CB(second)->seg.len = seg->len - len;
	seg->len = len;
	clasp_rtx_insert(cs, second);
	if (!list_empty(&first->tcp_tsorted_anchor))
		list_add(&second->tcp_tsorted_anchor, &first->tcp_tsorted_anchor);
	return &CLASP_CB(second)->seg;
}
