// SPDX-License-Identifier: GPL-2.0
/*
 * Grace periods, shared. Each callback of RCU's costs, and so many of a connection's would keep it busy beginning and
 * ending grace periods: what comes while one is under way waits for the next one together, behind one callback.
 */
#include <linux/percpu.h>
#include <linux/spinlock.h>

#include "grace.h"

/* In one bunch, which is done in one softirq. What it has no room for waits by itself. */
#define MOST 512

/**
 * struct bunch - what waits on a CPU
 * @lock: of all that follows; RCU may come back on another CPU
 * @rcu: while something is in @now
 * @now: waits for a grace period that has begun
 * @next: waits for the one after it
 * @nexts: how many they are
 */
struct bunch {
	spinlock_t lock; /* of all that follows */
	struct rcu_head rcu;
	struct rcu_head *now;
	struct rcu_head *next;
	u32 nexts;
};

static DEFINE_PER_CPU(struct bunch, bunches) = {
	.lock = __SPIN_LOCK_UNLOCKED(bunches.lock),
};

static void over(struct rcu_head *rcu);

static void begin(struct bunch *bunch)
	__must_hold(&bunch->lock)
{
	bunch->now = bunch->next;
	bunch->next = NULL;
	bunch->nexts = 0;
	if (bunch->now)
		call_rcu(&bunch->rcu, over);
}

static void over(struct rcu_head *rcu)
{
	struct bunch *bunch = container_of(rcu, struct bunch, rcu);
	struct rcu_head *head, *next;

	spin_lock_bh(&bunch->lock);
	head = bunch->now;
	begin(bunch);
	spin_unlock_bh(&bunch->lock);
	for (; head; head = next) {
		next = head->next;
		head->func(head);
	}
}

/**
 * clasp_grace_wait - call_rcu(), for what is freed with every connection
 * @head: the caller's, until @func is called with it
 * @func: called after a grace period, perhaps after two
 *
 * Context: any but hard interrupts.
 */
void clasp_grace_wait(struct rcu_head *head, rcu_callback_t func)
{
	struct bunch *bunch = raw_cpu_ptr(&bunches);

	spin_lock_bh(&bunch->lock);
	if (bunch->nexts < MOST) {
		head->func = func;
		head->next = bunch->next;
		bunch->next = head;
		bunch->nexts++;
		if (!bunch->now)
			begin(bunch);
	} else {
		call_rcu(head, func);
	}
	spin_unlock_bh(&bunch->lock);
}

/**
 * clasp_grace_exit - until nothing waits
 *
 * Nobody calls clasp_grace_wait() any more. What waits for the next grace period begins it when the present one is
 * over.
 */
void clasp_grace_exit(void)
{
	rcu_barrier();
	rcu_barrier();
}
