// SPDX-License-Identifier: GPL-2.0
/*
 * How much memory the octets of all sockets may take together, in every namespace: it is one machine's, so that its
 * limits are one for all and stand in the first namespace only, as TCP's do. The kernel's accounting asks the
 * numbers here whenever a socket wants more; below is what the limits are, and who may grow within them.
 */
#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/swap.h>

#include "compat.h"
#include "knobs.h"
#include "memory.h"
#include "net.h"

static atomic_long_t allocated;
static struct percpu_counter sockets;
static unsigned long pressure;
static DEFINE_PER_CPU(int, forward_alloc);

/* Pages: no pressure below the first, pressure from the second on, nothing above the third. */
static long limits[3];

/* Octets: what a socket gets in any case, what it begins with, what it may grow to. */
static int send_sizes[3] = { PAGE_SIZE, 212992, 64 * 1024 };
static int receive_sizes[3] = { PAGE_SIZE, 212992, 128 * 1024 };

#define ROW(name, values, type, handler, unit, initial, min, max, tcp, sentence)	\
	{ .procname = #name, .data = values, .maxlen = sizeof(values), .mode = 0644,	\
	  .proc_handler = handler, .extra1 = &(type) { min }, .extra2 = &(type) { max } },

static struct ctl_table table[3 + CLASP_SYSCTL_SENTINEL] = {
	CLASP_MACHINE_KNOBS(ROW)
};

static struct ctl_table_header *header;

static void enter_pressure(struct sock *sk)
{
	if (!READ_ONCE(pressure) && !xchg(&pressure, 1))
		CLASP_INC(clasp_net(sock_net(sk)), MemoryPressures);
}

/* As TCP's: a sixteenth of the memory, give or take a quarter or half of that; for one socket 1/128 of it. */
static void compute_limits(void)
{
	unsigned long pages = max(nr_free_buffer_pages() / 16, 128UL);
	unsigned long share = nr_free_buffer_pages() << (PAGE_SHIFT - 7);

	limits[0] = pages / 4 * 3;
	limits[1] = pages;
	limits[2] = limits[0] * 2;
	send_sizes[2] = max_t(unsigned long, send_sizes[1], min(4UL << 20, share));
	receive_sizes[2] = max_t(unsigned long, receive_sizes[1], min(6UL << 20, share));
}

/**
 * clasp_memory_init - compute the limits and have the kernel keep accounts
 * @prot: whose sockets; not registered yet
 *
 * Return: 0 or -ENOMEM.
 */
int clasp_memory_init(struct proto *prot)
{
	compute_limits();
	if (percpu_counter_init(&sockets, 0, GFP_KERNEL))
		return -ENOMEM;
	header = clasp_register_sysctl(&init_net, "net/clasp", table,
				       ARRAY_SIZE(table) - CLASP_SYSCTL_SENTINEL);
	if (!header) {
		percpu_counter_destroy(&sockets);
		return -ENOMEM;
	}
	prot->enter_memory_pressure = enter_pressure;
	prot->memory_pressure = &pressure;
	prot->memory_allocated = &allocated;
	prot->per_cpu_fw_alloc = &forward_alloc;
	prot->sockets_allocated = &sockets;
	prot->sysctl_mem = limits;
	prot->sysctl_wmem = send_sizes;
	prot->sysctl_rmem = receive_sizes;
	return 0;
}

/**
 * clasp_memory_exit - the reverse; no socket is left
 */
void clasp_memory_exit(void)
{
	unregister_net_sysctl_table(header);
	percpu_counter_destroy(&sockets);
}

/**
 * clasp_memory_open - a new socket's buffers
 * @sk: the socket
 */
void clasp_memory_open(struct sock *sk)
{
	sk->sk_sndbuf = READ_ONCE(send_sizes[1]);
	sk->sk_rcvbuf = READ_ONCE(receive_sizes[1]);
}

/*
 * A page more for a socket, where no control group counts it and all sockets together have less than would be looked
 * at: what the kernel's accounting comes to then, with less ado.
 */
static bool take_page(struct sock *sk)
{
	if ((mem_cgroup_sockets_enabled && sk->sk_memcg) || READ_ONCE(pressure) ||
	    atomic_long_read(&allocated) > READ_ONCE(limits[0]) ||
	    this_cpu_read(forward_alloc) >= clasp_memory_reserve())
		return false;
	this_cpu_inc(forward_alloc);
	sk_forward_alloc_add(sk, PAGE_SIZE);
	return true;
}

/* What is set aside for a socket suffices, or does with one page more. */
static bool suffices(struct sock *sk, int wanted)
{
	int missing = wanted - sk->sk_forward_alloc;

	return missing <= 0 || (missing <= (int)PAGE_SIZE && take_page(sk));
}

/**
 * clasp_memory_send - take memory for octets that a program adds
 * @sk: locked
 * @wanted: how much
 *
 * What a socket gets in any case it gets here even where the kernel's accounting refuses everything: else a program
 * could wait for ever for memory that others hold until they hear from it. It is owed: the charge leaves
 * sk_forward_alloc below zero, and the next request asks for the debt too.
 *
 * Return: for how many octets there is memory, @wanted at most; 0 for none.
 */
int clasp_memory_send(struct sock *sk, int wanted)
{
	if (suffices(sk, wanted) || sk_wmem_schedule(sk, wanted))
		return wanted;
	return clamp(READ_ONCE(send_sizes[0]) - sk->sk_wmem_queued, 0, wanted);
}

static bool above_limit(const struct sock *sk)
{
	return sk_memory_allocated(sk) > sk_prot_mem_limits(sk, 2);
}

/* Nothing that arrived waits. */
static bool all_read(const struct sock *sk)
{
	return skb_queue_empty(&sk->sk_receive_queue) && !atomic_read(&sk->sk_rmem_alloc);
}

/**
 * clasp_memory_receive - take memory for a segment that arrived
 * @sk: locked
 * @skb: the segment
 *
 * One is taken in any case, on credit like what is sent, where the program has read all that there was.
 */
bool clasp_memory_receive(struct sock *sk, struct sk_buff *skb)
{
	return suffices(sk, skb->truesize) || sk_rmem_schedule(sk, skb, skb->truesize) || all_read(sk);
}

/**
 * clasp_memory_short - is there memory for a segment to come?
 * @sk: locked
 *
 * All sockets together say no here; the peer sees a closed window. clasp_memory_receive() may still find room for one
 * that comes all the same, in what is set aside for the socket.
 */
bool clasp_memory_short(const struct sock *sk)
{
	return above_limit(sk) && !all_read(sk);
}

/**
 * clasp_memory_out - sockets have more than they may, and this one a good part of it
 * @sk: locked
 *
 * Such a socket, if no program holds it, is the one to go.
 */
bool clasp_memory_out(const struct sock *sk)
{
	return sk->sk_wmem_queued > SOCK_MIN_SNDBUF && above_limit(sk);
}

/* @lock: SOCK_SNDBUF_LOCK or SOCK_RCVBUF_LOCK: a size that the program asked for stays. */
static bool may_grow(const struct sock *sk, int lock)
{
	return !(sk->sk_userlocks & lock) && !sk_under_memory_pressure(sk) &&
	       sk_memory_allocated(sk) < sk_prot_mem_limits(sk, 0);
}

/**
 * clasp_memory_grow_receive - make room for what came within the window, but takes more memory than reckoned
 * @sk: locked
 */
void clasp_memory_grow_receive(struct sock *sk)
{
	int used = min(atomic_read(&sk->sk_rmem_alloc), READ_ONCE(receive_sizes[2]));

	if (used > sk->sk_rcvbuf && may_grow(sk, SOCK_RCVBUF_LOCK))
		WRITE_ONCE(sk->sk_rcvbuf, used);
}

/**
 * clasp_memory_widen - let the receive buffer take so many octets
 * @sk: locked
 * @octets: what the window should be able to grow to
 *
 * Twice as much memory: half is for what sk_buffs take.
 *
 * Return: true when it has grown.
 */
bool clasp_memory_widen(struct sock *sk, u32 octets)
{
	int size = min_t(u64, 2ULL * octets, READ_ONCE(receive_sizes[2]));

	if (size <= sk->sk_rcvbuf || !may_grow(sk, SOCK_RCVBUF_LOCK))
		return false;
	WRITE_ONCE(sk->sk_rcvbuf, size);
	return true;
}

/**
 * clasp_memory_receive_most - octets that a socket's receive buffer might ever take
 * @sk: locked, or a listener
 *
 * As TCP reckons: the window is scaled for what the buffer may grow to, or may be set to later, unless the program has
 * said how large it is.
 */
u32 clasp_memory_receive_most(const struct sock *sk)
{
	u32 size = READ_ONCE(sk->sk_rcvbuf);

	if (sk->sk_userlocks & SOCK_RCVBUF_LOCK)
		return size / 2;
	return max3(size, (u32)READ_ONCE(receive_sizes[2]), READ_ONCE(sysctl_rmem_max));
}

/**
 * clasp_memory_grow_send - make room for as much as may soon be under way
 * @sk: locked
 * @wanted: memory for it
 *
 * It is also how a buffer recovers that the kernel's accounting has cut when memory was scarce.
 */
void clasp_memory_grow_send(struct sock *sk, u64 wanted)
{
	int size = min_t(u64, wanted, READ_ONCE(send_sizes[2]));

	if (size > sk->sk_sndbuf && may_grow(sk, SOCK_SNDBUF_LOCK))
		WRITE_ONCE(sk->sk_sndbuf, size);
}

/**
 * clasp_memory_sockets - sockets that there are, in all namespaces; orphans and what waits for accept() included
 */
s64 clasp_memory_sockets(void)
{
	return percpu_counter_sum_positive(&sockets);
}

/**
 * clasp_memory_pages - what all sockets have taken, in pages; what CPUs keep in reserve for them included
 */
long clasp_memory_pages(void)
{
	long pages = atomic_long_read(&allocated);
	int cpu;

	for_each_possible_cpu(cpu)
		pages += READ_ONCE(*per_cpu_ptr(&forward_alloc, cpu));
	return max(pages, 0L);
}
