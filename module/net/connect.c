// SPDX-License-Identifier: GPL-2.0
/*
 * connect(), and its reverse. inet_stream_connect() drives both: it waits, tells EINPROGRESS from EALREADY,
 * and calls clasp_connect_undo() when an attempt has failed.
 */
#include <linux/rcupdate.h>

#include "listen.h"
#include "sock.h"

/**
 * clasp_connect_pre - let a cgroup's program see, refuse or change the address
 * @sk: unlocked or not
 * @addr: of the peer
 * @len: of @addr
 *
 * Return: 0 or a negative errno.
 */
int clasp_connect_pre(struct sock *sk, struct sockaddr *addr, int len)
{
	if (len < sizeof(struct sockaddr_in))
		return -EINVAL;
	return clasp_bpf_connect4(sk, addr, len);
}

static void forget_peer(struct clasp_sock *cs)
{
	struct sock *sk = clasp_sock_sk(cs);

	clasp_sock_unhash(sk);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		clasp_sock_put_port(sk);
	clasp_family_of(sk)->disconnect(cs);
	sk_dst_reset(sk);
}

static void open(struct clasp_sock *cs)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct clasp_opening opening;

	clasp_flow_opening(&cs->flow.key, sk, ktime_get_ns(), &opening);
	clasp_sock_set_hash(cs);
	WRITE_ONCE(sk->sk_shutdown, 0);
	WRITE_ONCE(sk->sk_err, 0);
	WRITE_ONCE(sk->sk_err_soft, 0);
	sock_reset_flag(sk, SOCK_DONE);
	clasp_call_open_active(&cs->tcb, &clasp_sock_net(cs)->sysctl.config, &opening);
	inet_sk_set_state(sk, cs->tcb.state);
	clasp_output(cs);
}

/**
 * clasp_connect - OPEN, active
 * @sk: closed, locked
 * @addr: of the peer
 * @len: of @addr
 *
 * Return: 0 when the SYN is on its way, or a negative errno.
 */
int clasp_connect(struct sock *sk, struct sockaddr *addr, int len)
{
	struct clasp_sock *cs = clasp_sk(sk);
	int err = clasp_family_of(sk)->connect(cs, addr, len);

	if (err)
		return err;
	err = clasp_ephemeral_connect(cs);
	if (!err)
		err = cs->family->connected(cs);
	if (err)
		forget_peer(cs);
	else
		open(cs);
	return err;
}

/*
 * The socket may listen again at once, elsewhere: whoever still walks the chain that it stood in must not
 * be led into another one, nor see its name change.
 */
static void stop_listening(struct clasp_sock *cs)
{
	clasp_listen_stop(cs);
	synchronize_rcu();
}

/* The program hears of it, as TCP's does, when it was connecting, or when the peer had to be told. */
static void give_up(struct clasp_sock *cs)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct clasp_result result;
	struct clasp_env env;

	clasp_act_env(cs, &env);
	clasp_call_abort(&cs->tcb, env.now, &result);
	if (sk->sk_state == TCP_SYN_SENT || (result.flags & CLASP_REPLY))
		WRITE_ONCE(sk->sk_err, ECONNRESET);
	clasp_act(cs, NULL, &env, &result);
}

/**
 * clasp_connect_undo - back to a socket that may connect or listen again
 * @sk: any state, locked
 * @flags: unused
 *
 * A connection that exists is aborted. Called by connect(AF_UNSPEC), by a connect() that failed, and by
 * shutdown() of a listener.
 *
 * Return: 0.
 */
int clasp_connect_undo(struct sock *sk, int flags)
{
	struct clasp_sock *cs = clasp_sk(sk);

	if (sk->sk_state == TCP_LISTEN)
		stop_listening(cs);
	if (sk->sk_state != TCP_CLOSE)
		give_up(cs);
	clasp_recv_flush(cs);
	sk_set_peek_off(sk, -1);
	forget_peer(cs);
	clasp_sock_reset(cs);
	WRITE_ONCE(sk->sk_shutdown, 0);
	sock_reset_flag(sk, SOCK_DONE);
	sk_error_report(sk);
	return 0;
}
