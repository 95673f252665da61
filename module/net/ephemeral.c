// SPDX-License-Identifier: GPL-2.0
/*
 * A port for who does not care which. As TCP has it, connect() looks at every other port first and bind() at those
 * between, so that ports which bind() keeps for itself are not taken out of those that connections share.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <net/ip.h>

#include "port.h"
#include "sock.h"

/* RFC 6056, 3.3.4: where the search for a port went on last time, by a hash of the destination. */
#define TRACES 65536

/* A search goes on by up to so many steps, so that who connects cannot count what others do. */
#define NOISE 8

/* How often connect() waits for the flow table to grow before it gives up. */
#define GROWTH_PATIENCE 64

static u32 *traces;

/**
 * struct choice - ports to choose from
 * @low: the first
 * @count: of them; even if @step is 2 and there is more than one
 * @step: 2 to see every other first; 1 where the socket has a range of its own
 */
struct choice {
	u32 low;
	u32 count;
	u32 step;
};

/**
 * clasp_ephemeral_init - begin the searches for ports where nobody can guess
 *
 * Return: 0 or -ENOMEM.
 */
int clasp_ephemeral_init(void)
{
	traces = kvmalloc_array(TRACES, sizeof(*traces), GFP_KERNEL);
	if (!traces)
		return -ENOMEM;
	get_random_bytes(traces, TRACES * sizeof(*traces));
	return 0;
}

/**
 * clasp_ephemeral_exit - the reverse; nobody connects any more
 */
void clasp_ephemeral_exit(void)
{
	kvfree(traces);
}

static struct choice choice_of(const struct clasp_sock *cs)
{
	int low, high;
	bool own = clasp_port_range(&cs->inet.sk, &low, &high);

	return (struct choice){ low, high - low + 1, own ? 1 : 2 };
}

static void make_even(struct choice *range)
{
	if (range->count > 1)
		range->count &= ~1;
}

/* The port that is looked at after @i others, when the first stands @start from the lowest. */
static u16 nth(const struct choice *range, u32 start, u32 i)
{
	u32 offset = i * range->step;

	return range->low + (start + offset + (offset >= range->count)) % range->count;
}

static bool reserved(const struct clasp_sock *cs, u16 number)
{
	return inet_is_local_reserved_port(sock_net(&cs->inet.sk), number);
}

static int bind_in(struct clasp_sock *cs, struct choice range, enum clasp_port_effort effort)
{
	int err = -EADDRINUSE;
	u32 start, i;

	range.step = 2;
	make_even(&range);
	start = reciprocal_scale(get_random_u32(), range.count) | 1;
	for (i = 0; i < range.count && err == -EADDRINUSE; i++) {
		u16 number = nth(&range, start, i);

		if (!reserved(cs, number))
			err = clasp_port_bind(cs, number, effort);
		cond_resched();
	}
	return err;
}

/* Those who may share look at one half first, and so leave the other to those who may not. */
static int bind_by_halves(struct clasp_sock *cs, enum clasp_port_effort effort)
{
	struct choice all = choice_of(cs), half = all;
	int err;

	if (!cs->inet.sk.sk_reuse || all.count < 4)
		return bind_in(cs, all, effort);
	half.count = all.count / 4 * 2;
	err = bind_in(cs, half, effort);
	if (err != -EADDRINUSE)
		return err;
	half.low += half.count;
	half.count = all.count - half.count;
	return bind_in(cs, half, effort);
}

/**
 * clasp_ephemeral_bind - bind() to any port
 * @cs: owns no port; its local address is in its key
 *
 * Context: process, socket locked.
 * Return: 0, -EADDRINUSE or -ENOMEM.
 */
int clasp_ephemeral_bind(struct clasp_sock *cs)
{
	int err = bind_by_halves(cs, CLASP_PORT_UNSHARED);

	if (err == -EADDRINUSE &&
	    READ_ONCE(sock_net(&cs->inet.sk)->ipv4.sysctl_ip_autobind_reuse))
		err = bind_by_halves(cs, CLASP_PORT_SHARED);
	return err;
}

/* Where the next search for a port to this destination begins, when @passed ports were passed over. */
static void leave_trace(u32 *trace, const struct choice *range, u32 passed)
{
	u32 noise = reciprocal_scale(get_random_u32(), NOISE) * range->step;

	WRITE_ONCE(*trace, READ_ONCE(*trace) + max(passed, noise) + range->step);
}

/* @number: 0 where the socket has its port already; @patience: how often the table may still have to grow */
static int enter_table(struct clasp_sock *cs, u16 number, u32 *patience)
{
	int err;

	do {
		cond_resched();
		err = number ? clasp_port_connect(cs, number) :
			       clasp_flow_insert(clasp_sock_net(cs), &cs->flow);
	} while (err == -EAGAIN && (*patience)--);
	return err;
}

static int connect_from_any(struct clasp_sock *cs, u32 *patience)
{
	u64 offset = cs->family->port_offset(&cs->flow.key);
	u32 *trace = &traces[offset % TRACES];
	struct choice range = choice_of(cs);
	u32 start, i;
	int err = -EADDRNOTAVAIL;

	if (range.step == 2)
		make_even(&range);
	start = (READ_ONCE(*trace) + (u32)(offset >> 32)) % range.count;
	start -= start % range.step;
	for (i = 0; i < range.count && err == -EADDRNOTAVAIL; i++) {
		u16 number = nth(&range, start, i);

		if (reserved(cs, number))
			continue;
		err = enter_table(cs, number, patience);
		if (!err)
			leave_trace(trace, &range, i * range.step % range.count);
	}
	return err;
}

/**
 * clasp_ephemeral_connect - put a socket that connects into the flow table, with a port of ours if it has none
 * @cs: not in the table; its key lacks at most the local port
 *
 * Context: process, socket locked.
 * Return: 0: the table holds a reference; or -EADDRNOTAVAIL, -ENOMEM.
 */
int clasp_ephemeral_connect(struct clasp_sock *cs)
{
	u32 patience = GROWTH_PATIENCE;
	int err;

	sock_hold(&cs->inet.sk);
	err = cs->owner.port ? enter_table(cs, 0, &patience) : connect_from_any(cs, &patience);
	if (err)
		__sock_put(&cs->inet.sk);
	/* The table may still be growing: there is no memory for more than that, for the program. */
	return err == -EAGAIN ? -ENOMEM : err;
}
