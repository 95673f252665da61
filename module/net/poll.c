// SPDX-License-Identifier: GPL-2.0
/*
 * What a socket is ready for, and who is told when that changes.
 */
#include <linux/poll.h>
#include <asm/ioctls.h>
#include <linux/sockios.h>

#include "../core/option.h"
#include "../core/window.h"
#include "sock.h"

/**
 * clasp_poll_unsent_low - TCP_NOTSENT_LOWAT, wherever the kernel asks whether a socket is writable
 * @sk: locked or not
 * @wake: it was not, and somebody waits for it
 */
bool clasp_poll_unsent_low(const struct sock *sk, int wake)
{
	const struct clasp_sock *cs = clasp_sk(sk);

	return clasp_option_may_queue(&cs->tcb, &cs->choice, &clasp_sock_net(cs)->sysctl.config, 0,
				      wake);
}

/* SO_RCVLOWAT, as long as the window lets more come. */
static bool readable(const struct clasp_sock *cs)
{
	u32 unread = READ_ONCE(cs->unread);

	if (unread >= READ_ONCE(cs->inet.sk.sk_rcvlowat))
		return unread;
	return unread && clasp_window_told(&cs->tcb) <= READ_ONCE(cs->tcb.rcv_mss);
}

/* Who polls and finds no room is told when there is some: the bit is set first, then looked again. */
static bool writable(struct sock *sk)
{
	if (__sk_stream_is_writeable(sk, 1))
		return true;
	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	/* Pairs with the wake-up, which frees room first and looks at the bit then. */
	smp_mb__after_atomic();
	return __sk_stream_is_writeable(sk, 1);
}

static __poll_t connection_mask(struct sock *sk, int state, u8 shutdown)
{
	__poll_t mask = 0;

	if (shutdown == SHUTDOWN_MASK || state == TCP_CLOSE)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
	if (state == TCP_SYN_SENT || state == TCP_SYN_RECV)
		return mask;
	if (readable(clasp_sk(sk)))
		mask |= EPOLLIN | EPOLLRDNORM;
	if ((shutdown & SEND_SHUTDOWN) || writable(sk))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

/*
 * Who polls for octets and finds none waits for them. Nobody has the lock here, and nobody waits for it: whoever holds
 * it reads, and will wait in turn, or writes, which carries the ACK.
 */
static void await(struct clasp_sock *cs)
{
	struct sock *sk = clasp_sock_sk(cs);

	if (!READ_ONCE(cs->tcb.deadline[CLASP_TIMER_DELACK]))
		return;
	local_bh_disable();
	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk) && clasp_call_await(&cs->tcb))
		clasp_output_now(cs);
	bh_unlock_sock(sk);
	local_bh_enable();
}

/**
 * clasp_poll - poll(), select() and epoll, with TCP's meaning
 * @file: of the socket
 * @sock: the socket
 * @wait: where to be called from
 *
 * Return: EPOLL* bits.
 */
__poll_t clasp_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait)
{
	struct sock *sk = sock->sk;
	__poll_t mask;
	int state;

	sock_poll_wait(file, sock, wait);
	state = inet_sk_state_load(sk);
	if (state == TCP_LISTEN)
		return list_empty_careful(&clasp_sk(sk)->listener->accept_queue) ?
			       0 : EPOLLIN | EPOLLRDNORM;
	mask = connection_mask(sk, state, READ_ONCE(sk->sk_shutdown));
	if (!(mask & EPOLLIN) && (poll_requested_events(wait) & EPOLLIN))
		await(clasp_sk(sk));
	/* Pairs with the barrier in clasp_act(). */
	smp_rmb();
	if (READ_ONCE(sk->sk_err) || !skb_queue_empty_lockless(&sk->sk_error_queue))
		mask |= EPOLLERR;
	return mask;
}

/* A FIN has a place in the sequence, and counts until it is acknowledged. */
static u32 unsent(const struct clasp_tcb *tcb)
{
	return clasp_tcb_unsent(tcb) + (tcb->fin_queued && !tcb->fin_sent);
}

static int octets(const struct clasp_sock *cs, int cmd)
{
	switch (cmd) {
	case SIOCINQ:
		return cs->unread;
	case SIOCOUTQ:
		return clasp_tcb_syn_pending(&cs->tcb) ? 0 :
		       clasp_tcb_outstanding(&cs->tcb) + unsent(&cs->tcb);
	default:
		return unsent(&cs->tcb);
	}
}

/**
 * clasp_poll_ioctl - SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK
 * @sk: unlocked
 * @cmd: which
 * @answer: the number of octets
 *
 * Return: 0 or a negative errno.
 */
int clasp_poll_ioctl(struct sock *sk, int cmd, int *answer)
{
	switch (cmd) {
	case SIOCATMARK:
		/* Nothing is urgent, so that nobody ever is at the mark. */
		*answer = 0;
		return 0;
	case SIOCINQ:
	case SIOCOUTQ:
	case SIOCOUTQNSD:
		break;
	default:
		return -ENOIOCTLCMD;
	}
	if (sk->sk_state == TCP_LISTEN)
		return -EINVAL;
	lock_sock(sk);
	*answer = octets(clasp_sk(sk), cmd);
	release_sock(sk);
	return 0;
}

/**
 * clasp_poll_readable - octets arrived: wake readers when there are as many as they wait for
 * @cs: locked
 */
void clasp_poll_readable(struct clasp_sock *cs)
{
	struct sock *sk = clasp_sock_sk(cs);

	if (!sock_flag(sk, SOCK_DEAD) && readable(cs))
		sk->sk_data_ready(sk);
}

/**
 * clasp_poll_set_rcvlowat - SO_RCVLOWAT
 * @sk: locked
 * @octets: less than which shall not wake a reader; as many as half of the buffer at most
 *
 * A buffer whose size the program left to us grows for it.
 *
 * Return: 0.
 */
int clasp_poll_set_rcvlowat(struct sock *sk, int octets)
{
	bool fixed = sk->sk_userlocks & SOCK_RCVBUF_LOCK;

	octets = min(octets, (fixed ? sk->sk_rcvbuf : sk->sk_prot->sysctl_rmem[2]) / 2);
	WRITE_ONCE(sk->sk_rcvlowat, octets ?: 1);
	if (!fixed && octets > sk->sk_rcvbuf / 2)
		WRITE_ONCE(sk->sk_rcvbuf, octets * 2);
	clasp_poll_readable(clasp_sk(sk));
	return 0;
}

static void wake_writers(struct sock *sk)
{
	struct socket_wq *wq = rcu_dereference(sk->sk_wq);

	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	if (wq && wq->fasync_list && !(READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN))
		sock_wake_async(wq, SOCK_WAKE_SPACE, POLL_OUT);
}

/**
 * clasp_poll_writable - octets left the send queue: wake writers when there is room worth waking for
 * @cs: locked or not: its struct socket may go, and stays readable for as long as an RCU reader
 */
void clasp_poll_writable(struct clasp_sock *cs)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct socket *sock;

	/* Pairs with writable(): either it sees the room or this its bit. */
	smp_mb();
	rcu_read_lock();
	sock = READ_ONCE(sk->sk_socket);
	if (sock && test_bit(SOCK_NOSPACE, &sock->flags) && __sk_stream_is_writeable(sk, 1)) {
		clear_bit(SOCK_NOSPACE, &sock->flags);
		wake_writers(sk);
	}
	rcu_read_unlock();
}

/**
 * clasp_poll_write_space - sk_write_space
 * @sk: see below
 *
 * Two call it: sock_wfree() without the socket's lock, for each buffer of a throttled socket that left
 * the queues below IP, and which another CPU may let go of meanwhile; and setsockopt(SO_SNDBUF) with the lock.
 */
void clasp_poll_write_space(struct sock *sk)
{
	if (sock_flag(sk, SOCK_USE_WRITE_QUEUE))
		clasp_poll_writable(clasp_sk(sk));
	else
		clasp_output_drained(clasp_sk(sk));
}
