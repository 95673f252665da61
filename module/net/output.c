// SPDX-License-Identifier: GPL-2.0
/*
 * The one loop that sends, whoever asks: core/ proposes, this builds and transmits, core/ is told what
 * came of it. A program's own calls do not send while they hold the socket: they leave a note, and
 * release_cb() sends when they are done, so that the answers find a socket that nobody owns.
 */
#include <linux/skbuff.h>

#include "../core/option.h"
#include "../core/output.h"
#include "compat.h"
#include "gso.h"
#include "shell.h"
#include "sock.h"
#include "watch.h"

/* Segments a run may send before others get their turn. */
#define RUN_MAX 64

/* Octets, with their overhead, that may wait below IP: half a millisecond at 1 Gbit/s. */
#define QUEUE_LIMIT (64 * 1024)

/*
 * fq lets it go when its turn comes, and sets apart what leaves here in a millisecond. Without a time ACKs would have
 * to keep to the rate of octets, and since 6.7 octets to none but the program's.
 */
static void stamp(struct sk_buff *skb, u64 turn)
{
	skb_set_delivery_time(skb, max_t(u64, turn, ktime_get_ns()), CLASP_MONOTONIC);
}

static int transmit(struct clasp_sock *cs, struct sk_buff *skb, const struct clasp_header *header,
		    u32 len)
{
	struct clasp_net *cn = clasp_sock_net(cs);
	struct sock *sk = clasp_sock_sk(cs);
	u32 parts = skb_shinfo(skb)->gso_segs ?: 1;
	u16 ident = clasp_net_ident(cn, parts);
	int err;

	clasp_wire_build(skb_push(skb, clasp_header_len(header)), header, cs->inet.inet_num,
			 ntohs(cs->inet.inet_dport));
	skb_reset_transport_header(skb);
	memset(skb->cb, 0, max(sizeof(struct inet_skb_parm), sizeof(struct inet6_skb_parm)));
	/* skb_set_owner_w(), of a buffer that is nobody's yet. */
	skb->sk = sk;
	skb->destructor = sock_wfree;
	skb_set_hash_from_sk(skb, sk);
	refcount_add(skb->truesize, &sk->sk_wmem_alloc);
	skb_set_dst_pending_confirm(skb, READ_ONCE(sk->sk_dst_pending_confirm));
	if (READ_ONCE(sk->sk_pacing_status) == SK_PACING_FQ)
		stamp(skb, len ? cs->tcb.pace_at : 0);
	err = cs->family->xmit(cs, skb, ident, header->ecn);
	if (err) {
		CLASP_INC(cn, OutRefused);
		return err;
	}
	clasp_watch_sent(cn, &cs->flow.key, ident, header, len, parts, cs->tcb.state);
	return 0;
}

static struct sk_buff *empty_segment(void)
{
	struct sk_buff *skb = alloc_skb(CLASP_HEADROOM, GFP_ATOMIC);

	if (skb)
		skb_reserve(skb, CLASP_HEADROOM);
	return skb;
}

/*
 * What leaves is never the node itself, whose octets may be needed again. While a clone of it still
 * waits somewhere below, the header in front of the octets is that clone's: the next one gets its own. Where the
 * node stands among those in flight is not for the copy, which would take it for a route. Pages that others may write
 * to stay such: pskb_copy() does not tell of them.
 */
static struct sk_buff *copy_of(struct clasp_sock *cs, struct sk_buff *node, const struct clasp_out *out)
{
	struct list_head place = node->tcp_tsorted_anchor;
	struct sk_buff *skb;

	clasp_rtx_clear(node);
	skb = skb_cloned(node) ? pskb_copy(node, GFP_ATOMIC) : skb_clone(node, GFP_ATOMIC);
	node->tcp_tsorted_anchor = place;
	if (!skb)
		return NULL;
	skb->next = NULL;
	skb->prev = NULL;
	skb->dev = NULL;
	if (pskb_trim(skb, out->len)) {
		kfree_skb(skb);
		return NULL;
	}
	skb_shinfo(skb)->flags |= skb_shinfo(node)->flags & SKBFL_SHARED_FRAG;
	clasp_gso_mark(skb, cs->family->gso, out->len, out->mss);
	return skb;
}

static bool send_control(struct clasp_sock *cs, const struct clasp_env *env,
			 const struct clasp_out *out)
{
	enum clasp_refusal why = CLASP_REFUSED_MEMORY;
	struct sk_buff *skb = empty_segment();

	if (skb) {
		if (!transmit(cs, skb, &out->header, 0)) {
			clasp_output_sent(&cs->tcb, env, out, NULL, 0);
			if ((out->header.flags & (CLASP_SYN | CLASP_FIN)) &&
			    cs->tcb.ctl_again)
				CLASP_INC(clasp_sock_net(cs), RetransSegs);
			return true;
		}
		why = CLASP_REFUSED_LOCALLY;
	}
	clasp_output_refused(&cs->tcb, env, out, why);
	return false;
}

static bool send_new(struct clasp_sock *cs, const struct clasp_env *env, struct clasp_out *out)
{
	enum clasp_refusal why = CLASP_REFUSED_MEMORY;
	u32 len = out->len;
	struct sk_buff *skb, *node = clasp_send_carve(cs, &len);

	if (!node)
		goto refused;
	clasp_out_shorten(out, len);
	skb = copy_of(cs, node, out);
	if (!skb)
		goto put_back;
	why = CLASP_REFUSED_LOCALLY;
	if (transmit(cs, skb, &out->header, len))
		goto put_back;
	CLASP_CB(node)->seg.seq = out->header.seq;
	CLASP_CB(node)->seg.len = len;
	clasp_rtx_insert(cs, node);
	clasp_output_sent(&cs->tcb, env, out, &CLASP_CB(node)->seg, len);
	return true;

put_back:
	clasp_send_return(cs, node);
refused:
	clasp_output_refused(&cs->tcb, env, out, why);
	return false;
}

static bool send_again(struct clasp_sock *cs, const struct clasp_env *env,
		       const struct clasp_out *out)
{
	enum clasp_refusal why = CLASP_REFUSED_MEMORY;
	struct sk_buff *skb = copy_of(cs, clasp_seg_skb(out->seg), out);

	if (skb) {
		if (!transmit(cs, skb, &out->header, out->len)) {
			CLASP_INC(clasp_sock_net(cs), RetransSegs);
			clasp_output_sent(&cs->tcb, env, out, out->seg, out->len);
			return true;
		}
		why = CLASP_REFUSED_LOCALLY;
	}
	clasp_output_refused(&cs->tcb, env, out, why);
	return false;
}

/* Where nothing waits a super-packet may be as large as it likes. */
static bool too_much_below(const struct sock *sk, u32 len)
{
	u32 waiting = sk_wmem_alloc_get(sk);

	return waiting && waiting + len > QUEUE_LIMIT;
}

/* From here on sock_wfree() calls sk_write_space for each of our buffers that leaves below. */
static bool throttle(struct clasp_sock *cs, u32 len)
{
	struct sock *sk = clasp_sock_sk(cs);

	if (!too_much_below(sk, len))
		return false;
	sock_reset_flag(sk, SOCK_USE_WRITE_QUEUE);
	set_bit(CLASP_THROTTLED, &cs->deferred);
	/* A buffer that leaves from here on sees the bit; one that left before is seen now. */
	smp_mb__after_atomic();
	return too_much_below(sk, len) || !test_and_clear_bit(CLASP_THROTTLED, &cs->deferred);
}

/**
 * clasp_output_drained - a buffer of a throttled socket left the queues below
 * @cs: in any context but a hard interrupt; its lock may be held or not
 *
 * Half of the limit is free before output goes on, so that a run is worth its while.
 */
void clasp_output_drained(struct clasp_sock *cs)
{
	if (refcount_read(&clasp_sock_sk(cs)->sk_wmem_alloc) <= QUEUE_LIMIT / 2 &&
	    test_and_clear_bit(CLASP_THROTTLED, &cs->deferred))
		clasp_output_resume(cs);
}

static bool send_one(struct clasp_sock *cs, const struct clasp_env *env, struct clasp_out *out)
{
	if (out->kind == CLASP_OUT_ACK)
		return send_control(cs, env, out);
	if (throttle(cs, out->len)) {
		clasp_output_refused(&cs->tcb, env, out, CLASP_REFUSED_QUEUE);
		return false;
	}
	if (out->kind == CLASP_OUT_DATA)
		return send_new(cs, env, out);
	return send_again(cs, env, out);
}

/* Something was refused, but not the ACK that it carried. */
static void send_ack(struct clasp_sock *cs, const struct clasp_env *env)
{
	struct clasp_out out;

	clasp_output_ack(&cs->tcb, env, &out);
	if (out.kind != CLASP_OUT_NOTHING)
		send_control(cs, env, &out);
}

/**
 * clasp_output_run - send what may be sent
 * @cs: any state
 * @env: true now
 *
 * Context: socket locked, bottom halves off: what a segment provokes comes after it was accounted for. The caller arms
 * the timer.
 */
void clasp_output_run(struct clasp_sock *cs, const struct clasp_env *env)
{
	struct clasp_out out __uninitialized;
	u32 left = RUN_MAX;

	sock_owned_by_me(clasp_sock_sk(cs));
	if (!test_bit(CLASP_THROTTLED, &cs->deferred))
		sock_set_flag(clasp_sock_sk(cs), SOCK_USE_WRITE_QUEUE);
	for (; left && !clasp_output_at_rest(&cs->tcb); left--) {
		clasp_output_next(&cs->tcb, env, &out);
		if (out.kind == CLASP_OUT_NOTHING)
			break;
		if (!send_one(cs, env, &out)) {
			send_ack(cs, env);
			break;
		}
	}
	if (!left)
		clasp_output_resume(cs);
	if (clasp_option_notsent_lowat(env->choice, env->config) != U32_MAX)
		clasp_poll_writable(cs);
}

/**
 * clasp_output_now - run the output loop, upon no verb
 * @cs: any state
 *
 * Context: as for clasp_output_run().
 */
void clasp_output_now(struct clasp_sock *cs)
{
	struct clasp_env env __uninitialized;

	clasp_act_env(cs, &env);
	clasp_output_run(cs, &env);
	clasp_timer_arm(cs);
}

/**
 * clasp_output - run the output loop, now or when the user who owns the socket is done
 * @cs: any state
 *
 * Context: socket locked.
 */
void clasp_output(struct clasp_sock *cs)
{
	if (sock_owned_by_user_nocheck(clasp_sock_sk(cs)))
		set_bit(CLASP_DEFER_OUTPUT, &cs->deferred);
	else
		clasp_output_now(cs);
}

/**
 * clasp_output_reply - send a segment that nobody will remember: an RST, an answer out of order
 * @cs: its key and route are still there
 * @header: of the segment
 *
 * Context: socket locked.
 */
void clasp_output_reply(struct clasp_sock *cs, const struct clasp_header *header)
{
	struct sk_buff *skb;

	local_bh_disable();
	skb = empty_segment();
	if (skb && !transmit(cs, skb, header, 0))
		cs->tcb.segs_out++;
	local_bh_enable();
}

/**
 * clasp_output_bare - build a segment without octets that is of no socket, up to its checksum
 * @reply: what it says
 * @dst: the way it takes, or an error; taken
 *
 * Return: the segment, or an error as a pointer.
 */
struct sk_buff *clasp_output_bare(const struct clasp_reply *reply, struct dst_entry *dst)
{
	struct sk_buff *skb;

	if (IS_ERR(dst))
		return ERR_CAST(dst);
	skb = empty_segment();
	if (!skb) {
		dst_release(dst);
		return ERR_PTR(-ENOMEM);
	}
	skb_dst_set(skb, dst);
	clasp_wire_build(skb_push(skb, clasp_header_len(&reply->header)), &reply->header,
			 ntohs(reply->key.lport), ntohs(reply->key.rport));
	skb_reset_transport_header(skb);
	skb->mark = reply->manner.mark;
	return skb;
}

/**
 * clasp_output_resume - have the output loop run from a softirq of its own
 * @cs: may be on its way out
 *
 * Context: any but hard interrupts; the socket's lock may be held or not.
 */
void clasp_output_resume(struct clasp_sock *cs)
{
	struct clasp_net *cn = clasp_sock_net(cs);

	if (test_and_set_bit(CLASP_RESUMING, &cs->deferred))
		return;
	if (!refcount_inc_not_zero(&clasp_sock_sk(cs)->sk_refcnt))
		return;
	if (llist_add(&cs->resume, &cn->resumable))
		hrtimer_start(&cn->resume_timer, 0, HRTIMER_MODE_ABS_PINNED_SOFT);
}

static enum hrtimer_restart resume(struct hrtimer *timer)
{
	struct clasp_net *cn = container_of(timer, struct clasp_net, resume_timer);
	struct clasp_sock *cs, *next;

	llist_for_each_entry_safe(cs, next, llist_del_all(&cn->resumable), resume) {
		struct sock *sk = clasp_sock_sk(cs);

		clear_bit(CLASP_RESUMING, &cs->deferred);
		bh_lock_sock(sk);
		clasp_output(cs);
		bh_unlock_sock(sk);
		sock_put(sk);
	}
	return HRTIMER_NORESTART;
}

/**
 * clasp_output_net_init - give a namespace what clasp_output_resume() needs
 * @cn: the namespace
 */
void clasp_output_net_init(struct clasp_net *cn)
{
	init_llist_head(&cn->resumable);
	clasp_hrtimer_setup(&cn->resume_timer, resume);
}
