// SPDX-License-Identifier: GPL-2.0
/*
 * What core/ decided is done here, in the order of the flags in its answer: octets first, then who has to
 * know, then what leaves, then the end.
 */
#include "../core/option.h"
#include "../core/output.h"
#include "gso.h"
#include "memory.h"
#include "mini.h"
#include "shell.h"
#include "sock.h"

static const int errno_of[] = {
	[CLASP_REFUSED] = ECONNREFUSED,
	[CLASP_RESET] = ECONNRESET,
	[CLASP_BROKEN] = EPIPE,
	[CLASP_TIMED_OUT] = ETIMEDOUT,
};

/* What ICMP said explains a timeout better than the timeout does. */
static int error_of(const struct clasp_sock *cs)
{
	int soft = READ_ONCE(cs->inet.sk.sk_err_soft);

	if (cs->tcb.error == CLASP_NOT_REACHED || (cs->tcb.error == CLASP_TIMED_OUT && soft))
		return soft;
	return errno_of[cs->tcb.error];
}

/* RFC 9293, MUST-16: IP options take room from every segment, and so do IPv6's extension headers. */
static u16 ip_options_len(const struct clasp_sock *cs)
{
	struct ip_options_rcu *options =
		rcu_dereference_protected(cs->inet.inet_opt,
					  lockdep_sock_is_held(&cs->inet.sk));

	if (cs->family->name == PF_INET6)
		return cs->extensions;
	return options ? options->opt.optlen : 0;
}

/* What a verb and the octets it was about may have changed. */
static void look_around(const struct sock *sk, struct clasp_env *env)
{
	const struct clasp_choice *choice = &clasp_sk(sk)->choice;
	int size = READ_ONCE(sk->sk_rcvbuf);

	env->rcv_buf = clasp_memory_payload(size);
	env->rcv_space = clasp_memory_payload(size - atomic_read(&sk->sk_rmem_alloc));
	if (unlikely(choice->window_clamp)) {
		env->rcv_buf = clasp_option_window(choice->window_clamp, env->rcv_buf);
		env->rcv_space = clasp_option_window(choice->window_clamp, env->rcv_space);
	}
	env->deaf = sk->sk_shutdown & RCV_SHUTDOWN;
	env->unread = clasp_sk(sk)->unread;
	env->full = false;
	env->pressure = sk_under_memory_pressure(sk);
}

/* What the path takes may change at any time: a route's MTU is learnt, and forgotten. */
static void look_at_path(struct clasp_sock *cs, struct clasp_env *env)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct dst_entry *dst = __sk_dst_get(sk);

	if (dst)
		cs->path_mss = clasp_family_mss(cs->family, dst);
	env->mss = cs->path_mss;
	env->together = clasp_gso_together(sk, cs->path_mss);
}

/**
 * clasp_act_env_arrived - the environment of what has arrived: the path is as it was when something was sent last
 * @cs: any state
 * @env: filled in, the clock read
 *
 * It may leave nothing to be sent. For what is to be sent clasp_act() looks at the path again.
 *
 * Context: socket locked.
 */
void clasp_act_env_arrived(struct clasp_sock *cs, struct clasp_env *env)
{
	struct sock *sk = clasp_sock_sk(cs);

	env->config = &clasp_sock_net(cs)->sysctl.config;
	env->choice = &cs->choice;
	env->now = ktime_get_ns();
	env->pace = READ_ONCE(sk->sk_pacing_status) != SK_PACING_NONE ? clasp_sock_most_rate(sk) : 0;
	env->together = clasp_gso_together(sk, cs->path_mss);
	env->mss = cs->path_mss;
	env->ip_options = ip_options_len(cs);
	env->more = cs->more;
	look_around(sk, env);
}

/**
 * clasp_act_env - the environment of any other verb
 * @cs: any state
 * @env: filled in, the clock read
 *
 * Context: socket locked.
 */
void clasp_act_env(struct clasp_sock *cs, struct clasp_env *env)
{
	clasp_act_env_arrived(cs, env);
	look_at_path(cs, env);
}

static void take_octets(struct clasp_sock *cs, struct sk_buff *skb,
			const struct clasp_result *result)
{
	if (result->flags & CLASP_DELIVER)
		clasp_recv_deliver(cs, skb, result->data_off, result->data_len);
	else if (result->flags & CLASP_KEEP)
		clasp_recv_keep(cs, skb, result->data_seq, result->data_off, result->data_len);
	else if (result->flags & CLASP_HOLD)
		clasp_recv_hold(cs, skb);
	else
		kfree_skb(skb);
	if (result->flags & CLASP_DRAIN)
		clasp_recv_drain(cs, result->data_seq + result->data_len);
	if (result->flags & (CLASP_DELIVER | CLASP_DRAIN))
		clasp_poll_readable(cs);
}

static void send_what_is_due(struct clasp_sock *cs, struct clasp_env *env, u32 flags)
{
	struct sock *sk = clasp_sock_sk(cs);

	look_around(sk, env);
	look_at_path(cs, env);
	if (!sock_owned_by_user_nocheck(sk)) {
		clasp_output_run(cs, env);
	} else if (!(flags & (CLASP_WAIT_2MSL | CLASP_ENDED))) {
		clasp_output(cs);
	} else {
		/* There is no later: the socket leaves the table below. */
		local_bh_disable();
		clasp_output_run(cs, env);
		local_bh_enable();
	}
}

/* The block has ended, or lives on in a TIME_WAIT: the socket keeps only what is to be read. */
static void leave(struct clasp_sock *cs)
{
	struct sock *sk = clasp_sock_sk(cs);

	clasp_timer_cancel(cs);
	clasp_sock_unhash(sk);
	clasp_sock_purge(cs);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		clasp_sock_put_port(sk);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
}

/* sk_err and sk_state follow the block; who sleeps or polls learns of it. */
static void mirror(struct clasp_sock *cs, u32 flags)
{
	struct sock *sk = clasp_sock_sk(cs);
	bool changed = sk->sk_state != cs->tcb.state;

	if (flags & CLASP_FAILED)
		WRITE_ONCE(sk->sk_err, error_of(cs));
	/* Pairs with the barrier in clasp_poll(). */
	smp_wmb();
	if (changed)
		inet_sk_set_state(sk, cs->tcb.state);
	if (sock_flag(sk, SOCK_DEAD))
		return;
	if (changed || (flags & CLASP_EOF))
		sk->sk_state_change(sk);
	if (flags & CLASP_CONNECTED)
		sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
	if (flags & CLASP_EOF)
		sk_wake_async(sk, SOCK_WAKE_WAITD,
			      sk->sk_shutdown == SHUTDOWN_MASK ? POLL_HUP : POLL_IN);
	if (flags & CLASP_FAILED)
		sk_error_report(sk);
}

/**
 * clasp_act - do what a verb asked for
 * @cs: whose verb it was
 * @skb: the segment that the verb was about, without the IP header; taken. NULL for none
 * @env: of the verb; what is sent in answer is sent at the same moment
 * @result: of the verb
 *
 * Context: socket locked. May destroy the socket; the caller's reference keeps its memory.
 */
void clasp_act(struct clasp_sock *cs, struct sk_buff *skb, struct clasp_env *env,
	       const struct clasp_result *result)
{
	struct sock *sk = clasp_sock_sk(cs);
	u32 flags = result->flags;

	CLASP_INC_DROP(clasp_sock_net(cs), result->drop);
	if (skb)
		take_octets(cs, skb, result);
	if (flags & CLASP_ACKED) {
		WRITE_ONCE(sk->sk_err_soft, 0);
		clasp_send_acked(cs);
	}
	if (flags & CLASP_EOF) {
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
		sock_set_flag(sk, SOCK_DONE);
	}
	/* RFC 9293, 3.10.7.4: "all segment queues should be flushed". Linux lets what came before be read. */
	if (flags & CLASP_FAILED)
		clasp_recv_flush(cs);
	if (flags & CLASP_DOUBT)
		dst_negative_advice(sk);
	if (flags & CLASP_REPLY)
		clasp_output_reply(cs, &result->reply);
	if ((flags & CLASP_OUTPUT) && !clasp_output_at_rest(&cs->tcb))
		send_what_is_due(cs, env, flags);
	if (flags & CLASP_ACKED)
		clasp_poll_writable(cs);
	if (flags & CLASP_WAIT_2MSL)
		clasp_timewait_enter(cs);
	if (flags & (CLASP_WAIT_2MSL | CLASP_ENDED))
		leave(cs);
	mirror(cs, flags);
	if (!(flags & (CLASP_WAIT_2MSL | CLASP_ENDED)))
		clasp_timer_arm(cs);
	else if (sock_flag(sk, SOCK_DEAD))
		clasp_sock_destroy(cs);
}
