// SPDX-License-Identifier: GPL-2.0
/*
 * How a program leaves: shutdown(), close(), and not having accepted. After close() the socket goes on as
 * an orphan until its block is CLOSED; whichever verb closes it destroys it.
 */
#include "listen.h"
#include "memory.h"
#include "sock.h"

/**
 * clasp_close_half - shutdown()
 * @sk: locked, sk_shutdown is set already
 * @how: RCV_SHUTDOWN and SEND_SHUTDOWN
 *
 * Only the sending half means something to the peer.
 */
void clasp_close_half(struct sock *sk, int how)
{
	struct clasp_sock *cs = clasp_sk(sk);
	struct clasp_result result;
	struct clasp_env env;

	if (!(how & SEND_SHUTDOWN) || sk->sk_state == TCP_CLOSE)
		return;
	clasp_act_env(cs, &env);
	clasp_call_close(&cs->tcb, &env, CLASP_END_WRITE, false, &result);
	clasp_act(cs, NULL, &env, &result);
}

/* RFC 9293, 3.6.1: what the program did not read, the peer must not take for read. */
static void leave(struct clasp_sock *cs, bool unread, enum clasp_ending ending)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct clasp_result result;
	struct clasp_env env;

	clasp_act_env(cs, &env);
	if (sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime)
		clasp_call_abort(&cs->tcb, env.now, &result);
	else
		clasp_call_close(&cs->tcb, &env, ending, unread, &result);
	clasp_act(cs, NULL, &env, &result);
}

/**
 * clasp_close_orphan - end a connection that goes on without a program
 * @cs: an orphan
 *
 * Context: socket locked; destroys it.
 */
void clasp_close_orphan(struct clasp_sock *cs)
{
	struct clasp_result result;
	struct clasp_env env;

	CLASP_INC(clasp_sock_net(cs), AbortOnMemory);
	clasp_act_env(cs, &env);
	clasp_call_abort(&cs->tcb, env.now, &result);
	clasp_act(cs, NULL, &env, &result);
}

/* The connection goes on without a program; unless there is no room for its kind: then the peer is told. */
static void adopt(struct clasp_sock *cs)
{
	struct clasp_net *cn = clasp_sock_net(cs);
	int orphans = atomic_inc_return(&cn->orphans);

	cs->orphan = true;
	if (orphans > READ_ONCE(cn->sysctl.max_orphans) || clasp_memory_out(clasp_sock_sk(cs)))
		clasp_close_orphan(cs);
}

/**
 * clasp_close - close()
 * @sk: unlocked; nobody holds a descriptor of it
 * @timeout: SO_LINGER: how long to wait for the peer to acknowledge everything, jiffies
 */
void clasp_close(struct sock *sk, long timeout)
{
	struct clasp_sock *cs = clasp_sk(sk);
	bool unread;

	lock_sock(sk);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (sk->sk_state == TCP_LISTEN)
		clasp_listen_stop(cs);
	unread = cs->unread;
	clasp_recv_flush(cs);
	if (sk->sk_state != TCP_CLOSE)
		leave(cs, unread, timeout ? CLASP_END_WRITE : CLASP_END_SOCKET);
	if (timeout) {
		/* While the program waits, the connection is no orphan. */
		sk_stream_wait_close(sk, timeout);
		if (sk->sk_state != TCP_CLOSE)
			leave(cs, false, CLASP_END_SOCKET);
	}

	sock_hold(sk);
	sock_orphan(sk);
	if (sk->sk_state == TCP_CLOSE)
		clasp_sock_destroy(cs);
	else
		adopt(cs);
	release_sock(sk);
	sock_put(sk);
}

/**
 * clasp_close_left - a connection that nobody will accept
 * @cs: its owner's reference is dropped
 *
 * Context: socket locked by its spinlock, bottom halves off; the caller has a reference of its own.
 */
void clasp_close_left(struct clasp_sock *cs)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct clasp_result result;
	struct clasp_env env;

	sock_orphan(sk);
	if (sk->sk_state == TCP_CLOSE) {
		clasp_sock_destroy(cs);
		return;
	}
	clasp_act_env(cs, &env);
	clasp_call_abort(&cs->tcb, env.now, &result);
	clasp_act(cs, NULL, &env, &result);
}
