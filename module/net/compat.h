/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between the kernels that Clasp supports; no other file asks for the version. The
 * names on the left are Clasp's, so that a kernel that leaves the list takes its lines with it.
 */
#ifndef CLASP_NET_COMPAT_H
#define CLASP_NET_COMPAT_H

#include <linux/bpf-cgroup.h>
#include <linux/bvec.h>
#include <linux/hrtimer.h>
#include <linux/ipv6.h>
#include <linux/memcontrol.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <linux/uio.h>
#include <linux/version.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#define CLASP_KERNEL(major, minor) \
	(KERNEL_VERSION(LINUX_VERSION_MAJOR, LINUX_VERSION_PATCHLEVEL, 0) >= KERNEL_VERSION(major, minor, 0))

/* Where an object has to be small, what PREEMPT_RT and debugging add to its locks does not count. */
#define CLASP_PLAIN_LOCKS (sizeof(spinlock_t) == sizeof(int))

/* Memory accounting moved out of net/sock.h in 6.10. */
#if CLASP_KERNEL(6, 10)
#include <net/proto_memory.h>
#endif

/* Pages that a CPU keeps account of alone: net.core.mem_pcpu_rsv, which modules see since 6.10, or how it begins. */
#if CLASP_KERNEL(6, 10)
#include <net/hotdata.h>
#define clasp_memory_reserve() READ_ONCE(net_hotdata.sysctl_mem_pcpu_rsv)
#else
#define clasp_memory_reserve() SK_MEMORY_PCPU_RESERVE
#endif

/* What cuts super-packets left linux/skbuff.h in 6.5. */
#if CLASP_KERNEL(6, 5)
#include <net/gso.h>
#endif

/* On which CPU a flow's program runs moved out of net/sock.h in 6.9. */
#if CLASP_KERNEL(6, 9)
#include <net/rps.h>
#endif

/* proto.accept: its arguments became a struct in 6.10. */
#if CLASP_KERNEL(6, 10)
#define CLASP_ACCEPT_ARGS struct proto_accept_arg *arg
#define clasp_accept_flags() (arg->flags)
#define clasp_accept_error() (&arg->err)
#else
#define CLASP_ACCEPT_ARGS int flags, int *error, bool kern
#define clasp_accept_flags() (flags)
#define clasp_accept_error() (error)
#endif

/* proto.ioctl: answers through a kernel pointer since 6.5. */
#if CLASP_KERNEL(6, 5)
#define CLASP_IOCTL_ARGS int *answer
#define clasp_ioctl_answer(value) ((void)(*answer = (value)), 0)
#else
#define CLASP_IOCTL_ARGS unsigned long answer
#define clasp_ioctl_answer(value) put_user(value, (int __user *)answer)
#endif

/* Since 6.8 it is told whether a socket has a range of its own (IP_LOCAL_PORT_RANGE). */
#if CLASP_KERNEL(6, 8)
#define clasp_port_range(sk, low, high) inet_sk_get_local_port_range(sk, low, high)
#else
#define clasp_port_range(sk, low, high) (inet_sk_get_local_port_range(sk, low, high), false)
#endif

/* cgroup BPF's connect hook may shorten the address since 6.7. */
#if CLASP_KERNEL(6, 7)
#define clasp_bpf_connect4(sk, addr, len) BPF_CGROUP_RUN_PROG_INET4_CONNECT(sk, addr, &(len))
#else
#define clasp_bpf_connect4(sk, addr, len) BPF_CGROUP_RUN_PROG_INET4_CONNECT(sk, addr)
#endif

#if CLASP_KERNEL(6, 7)
#define clasp_bpf_connect6(sk, addr, len) BPF_CGROUP_RUN_PROG_INET6_CONNECT(sk, addr, &(len))
#else
#define clasp_bpf_connect6(sk, addr, len) BPF_CGROUP_RUN_PROG_INET6_CONNECT(sk, addr)
#endif

/* Where IPv6's part of a socket stands is said since 6.6; before that it is the last. */
#if CLASP_KERNEL(6, 6)
#define clasp_set_pinfo(prot, offset) ((prot)->ipv6_pinfo_offset = (offset))
#else
#define clasp_set_pinfo(prot, offset) do { } while (0)
#endif

/* IPv6's choices of a socket are bits of inet_sock since 6.7; Kbuild looks where its list of flow labels stands. */
#ifdef inet6_test_bit
#define clasp_inet6_sndflow(sk) inet6_test_bit(SNDFLOW, sk)
#else
#define clasp_inet6_sndflow(sk) (inet6_sk(sk)->sndflow)
#endif

/* IP_RECVERR and IPV6_RECVERR are bits of inet_sock since 6.6 and 6.7. */
#if CLASP_KERNEL(6, 6)
#define clasp_recverr(sk) inet_test_bit(RECVERR, sk)
#else
#define clasp_recverr(sk) (inet_sk(sk)->recverr)
#endif

#ifdef inet6_test_bit
#define clasp_recverr6(sk) inet6_test_bit(RECVERR6, sk)
#else
#define clasp_recverr6(sk) (inet6_sk(sk)->recverr)
#endif

#ifdef CLASP_LABELS_IN_INET
#define clasp_forget_labels(sk) RCU_INIT_POINTER(inet_sk(sk)->ipv6_fl_list, NULL)
#else
#define clasp_forget_labels(sk) RCU_INIT_POINTER(inet6_sk(sk)->ipv6_fl_list, NULL)
#endif

/* MSG_PEEK goes on where the last one ended (SO_PEEK_OFF), on TCP too since 6.9. */
#if CLASP_KERNEL(6, 9)
#define CLASP_PEEK_OFF .set_peek_off = sk_set_peek_off,
#else
#define CLASP_PEEK_OFF
#endif

/*
 * Pages come with sendmsg() since 6.5; before that one by one, and a buffer takes as many. Behind all but the last
 * another one follows at once: no program can say that, whatever flags it gives.
 */
#if CLASP_KERNEL(6, 5)
#define CLASP_SENDPAGE
#define clasp_page_follows(msg) false
#define clasp_splice_from_iter(skb, iter, most, gfp) skb_splice_from_iter(skb, iter, most, gfp)
#else
#define CLASP_SENDPAGE .sendpage = clasp_sendpage,
#define clasp_page_follows(msg) \
	(((msg)->msg_flags & MSG_SENDPAGE_NOTLAST) && iov_iter_is_bvec(&(msg)->msg_iter))

static inline ssize_t clasp_splice_from_iter(struct sk_buff *skb, struct iov_iter *iter, size_t most, gfp_t gfp)
{
	const struct bio_vec *part = iter->bvec;
	size_t n = min3(most, iov_iter_count(iter), part->bv_len - iter->iov_offset);
	int err = skb_append_pagefrags(skb, part->bv_page, part->bv_offset + iter->iov_offset, n);

	if (err)
		return err;
	skb_len_add(skb, n);
	iov_iter_advance(iter, n);
	return n;
}

static inline ssize_t clasp_sendpage(struct socket *sock, struct page *page, int offset, size_t size, int flags)
{
	struct bio_vec part = { .bv_page = page, .bv_offset = offset, .bv_len = size };
	struct msghdr msg = { .msg_flags = flags | MSG_SPLICE_PAGES };

	if (!sendpage_ok(page))
		return sock_no_sendpage(sock, page, offset, size, flags);
	if (flags & MSG_SENDPAGE_NOTLAST)
		msg.msg_flags |= MSG_MORE;
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &part, 1, size);
	return sock->ops->sendmsg(sock, &msg, size);
}
#endif

/* A handler's table is const since 6.11; a table ended with an empty entry until 6.6. */
#if CLASP_KERNEL(6, 11)
#define CLASP_CTL_TABLE const struct ctl_table
#else
#define CLASP_CTL_TABLE struct ctl_table
#endif

#if CLASP_KERNEL(6, 6)
#define CLASP_SYSCTL_SENTINEL 0
#define clasp_register_sysctl(net, path, table, entries) \
	register_net_sysctl_sz(net, path, table, entries)
#else
#define CLASP_SYSCTL_SENTINEL 1
#define clasp_register_sysctl(net, path, table, entries) register_net_sysctl(net, path, table)
#endif

/* A cache of our own shows in /proc/slabinfo under its own name. */
#if CLASP_KERNEL(6, 5)
#define CLASP_SLAB_FLAGS SLAB_NO_MERGE
#else
#define CLASP_SLAB_FLAGS SLAB_NOLEAKTRACE
#endif

/* skb_set_delivery_time(): which clock a time is of, or since 6.10 which one of several. */
#if CLASP_KERNEL(6, 10)
#define CLASP_MONOTONIC SKB_CLOCK_MONOTONIC
#else
#define CLASP_MONOTONIC true
#endif

static inline void clasp_hrtimer_setup(struct hrtimer *timer,
				       enum hrtimer_restart (*function)(struct hrtimer *))
{
#if CLASP_KERNEL(6, 13)
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED_SOFT);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED_SOFT);
	timer->function = function;
#endif
}

/*
 * A connection that a listener gets in softirq is charged like the listener; later kernels do it in
 * accept().
 */
static inline void clasp_memcg_inherit(struct sock *sk, const struct sock *listener)
{
#if !CLASP_KERNEL(6, 18)
	if (mem_cgroup_sockets_enabled && listener->sk_memcg &&
	    css_tryget(&listener->sk_memcg->css))
		sk->sk_memcg = listener->sk_memcg;
#endif
}

#endif
