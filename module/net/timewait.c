// SPDX-License-Identifier: GPL-2.0
/*
 * TIME_WAITs. All of a namespace wait equally long, so that they stand in one FIFO by the time they
 * started, with one timer for the first. An entry remembers when it started, not when it ends: a changed
 * MSL is true for all of them at once.
 */
#include <linux/slab.h>

#include "input.h"
#include "listen.h"
#include "mini.h"
#include "watch.h"

static_assert(!CLASP_PLAIN_LOCKS || sizeof(struct clasp_tw_mini) <= 184);

/* Ended in one softirq; the timer is started at most once for each such batch. */
#define BATCH 256

static struct kmem_cache *cache;

/**
 * clasp_timewait_init - make the cache that TIME_WAITs come from
 *
 * Return: 0 or -ENOMEM.
 */
int clasp_timewait_init(void)
{
	cache = kmem_cache_create("clasp_timewait", sizeof(struct clasp_tw_mini), 0,
				  CLASP_SLAB_FLAGS, NULL);
	return cache ? 0 : -ENOMEM;
}

/**
 * clasp_timewait_exit - the reverse; RCU has freed the last of them
 */
void clasp_timewait_exit(void)
{
	kmem_cache_destroy(cache);
}

/**
 * clasp_timewait_free - free what clasp_mini_put() found unreferenced
 * @mini: a grace period has passed
 */
void clasp_timewait_free(struct clasp_mini *mini)
{
	kmem_cache_free(cache, clasp_tw_mini(mini));
}

static u64 deadline_of(const struct clasp_mini *mini)
{
	return clasp_tw_deadline(&container_of(mini, struct clasp_tw_mini, mini)->tw,
				 &mini->cn->sysctl.config);
}

static void arm(struct clasp_net *cn)
	__must_hold(&cn->tw_lock)
{
	struct clasp_mini *first = list_first_entry_or_null(&cn->tw_fifo, struct clasp_mini, fifo);

	lockdep_assert_held(&cn->tw_lock);
	if (first)
		hrtimer_start_range_ns(&cn->tw_timer, ns_to_ktime(deadline_of(first)),
				       NSEC_PER_MSEC, HRTIMER_MODE_ABS_PINNED_SOFT);
}

static void enqueue(struct clasp_mini *mini)
{
	struct clasp_net *cn = mini->cn;

	spin_lock_bh(&cn->tw_lock);
	list_add_tail(&mini->fifo, &cn->tw_fifo);
	if (list_is_singular(&cn->tw_fifo))
		arm(cn);
	spin_unlock_bh(&cn->tw_lock);
}

static void dequeue(struct clasp_mini *mini)
{
	spin_lock_bh(&mini->cn->tw_lock);
	list_del_init(&mini->fifo);
	spin_unlock_bh(&mini->cn->tw_lock);
}

/* RFC 9293, 3.10.7.4: "Restart the 2 MSL time-wait timeout." The reaper may have it already. */
static void requeue(struct clasp_mini *mini)
{
	spin_lock_bh(&mini->cn->tw_lock);
	if (!list_empty(&mini->fifo))
		list_move_tail(&mini->fifo, &mini->cn->tw_fifo);
	spin_unlock_bh(&mini->cn->tw_lock);
}

/* In the table; the caller has a reference of its own. */
static void end(struct clasp_mini *mini, u8 event)
	__must_hold(&mini->lock)
{
	struct clasp_net *cn = mini->cn;

	lockdep_assert_held(&mini->lock);
	clasp_tw_end(&clasp_tw_mini(mini)->tw, event);
	clasp_flow_remove(cn, &mini->flow);
	clasp_port_release(cn, &clasp_tw_mini(mini)->owner);
	dequeue(mini);
	atomic_dec(&cn->tw_count);
	clasp_mini_put(mini);
}

static struct clasp_tw_mini *create(struct clasp_sock *cs)
{
	struct clasp_net *cn = clasp_sock_net(cs);
	struct clasp_tw_mini *t;

	if (atomic_read(&cn->tw_count) >= READ_ONCE(cn->sysctl.max_tw_buckets))
		return NULL;
	t = kmem_cache_zalloc(cache, GFP_ATOMIC);
	if (!t)
		return NULL;
	clasp_mini_init(&t->mini, cn, &cs->flow.key, CLASP_TW);
	t->mini.flow.reuse = clasp_sock_sk(cs)->sk_reuse;
	t->mini.flow.reuseport = clasp_sock_sk(cs)->sk_reuseport;
	t->mini.flow.ipv6 = cs->flow.ipv6;
	t->owner.flow = &t->mini.flow;
	t->family = cs->family;
	cs->family->manner(clasp_sock_sk(cs), &t->manner);
	clasp_tw_from_tcb(&t->tw, &cs->tcb, ktime_get_ns());
	return t;
}

/* With its lock held, so that nobody meets it half made. */
static bool publish(struct clasp_tw_mini *t, struct clasp_sock *cs)
	__must_hold(&t->mini.lock)
{
	struct clasp_net *cn = t->mini.cn;

	if (clasp_port_share(cn, &cs->owner, &t->owner))
		return false;
	if (!clasp_flow_replace(cn, &cs->flow, &t->mini.flow)) {
		clasp_port_release(cn, &t->owner);
		return false;
	}
	__sock_put(clasp_sock_sk(cs));
	atomic_inc(&cn->tw_count);
	enqueue(&t->mini);
	return true;
}

/**
 * clasp_timewait_enter - a connection is in TIME_WAIT: a small object takes its place
 * @cs: in the flow table; afterwards it is not, and its block is CLOSED
 *
 * Where there is no room or no memory for one, TIME_WAIT is over at once, as TCP has it.
 *
 * Context: socket locked.
 */
void clasp_timewait_enter(struct clasp_sock *cs)
{
	struct clasp_net *cn = clasp_sock_net(cs);
	struct clasp_tw_mini *t = create(cs);
	bool published = false;

	if (t) {
		spin_lock_bh(&t->mini.lock);
		published = publish(t, cs);
		spin_unlock_bh(&t->mini.lock);
		if (!published)
			clasp_mini_put(&t->mini);
	}
	if (published) {
		CLASP_INC(cn, TimeWaitCreated);
	} else {
		CLASP_INC(cn, TimeWaitOverflow);
		clasp_state_walk(&cs->tcb.state, CLASP_CONNECTION, &cs->tcb, CLASP_PURGE);
	}
	clasp_tw_handed_over(&cs->tcb);
}

static void fill_reply(const struct clasp_tw_mini *t, const struct clasp_result *result,
		       struct clasp_reply *reply)
{
	reply->key = t->mini.flow.key;
	reply->header = result->reply;
	reply->dst = NULL;
	reply->manner = t->manner;
	reply->state = CLASP_TIME_WAIT;
}

/*
 * RFC 6191 and RFC 9293, 3.10.7.4: a SYN that may start a new incarnation, if somebody listens. Otherwise
 * the old one stays: it was not that SYN's to end.
 */
static void reopen(struct clasp_tw_mini *t, struct sk_buff *skb, const struct clasp_key *key,
		   struct sock *listener)
{
	u32 above = t->tw.snd_nxt;
	bool mine;

	spin_lock(&t->mini.lock);
	mine = t->mini.flow.hashed;
	if (mine)
		end(&t->mini, CLASP_RCV_NEW_SYN);
	spin_unlock(&t->mini.lock);
	if (mine)
		clasp_embryo_admit(listener, t->family, skb, key, &above);
	else
		kfree_skb(skb);
}

/* Return: false when nobody listens; otherwise the segment is taken. */
static bool look_for_listener(struct clasp_tw_mini *t, struct sk_buff *skb)
{
	struct clasp_net *cn = t->mini.cn;
	struct sock *listener;
	struct clasp_key key;

	t->family->key(&key, skb);
	listener = clasp_listen_find(cn, &key, skb);
	if (!listener)
		return false;
	if (clasp_embryo_full(clasp_sk(listener))) {
		CLASP_INC(cn, ListenOverflows);
		kfree_skb(skb);
	} else if (clasp_input_allowed(listener, t->family, skb)) {
		reopen(t, skb, &key, listener);
	} else {
		kfree_skb(skb);
	}
	sock_put(listener);
	return true;
}

static void fill_env(const struct clasp_tw_mini *t, struct clasp_env *env)
{
	memset(env, 0, sizeof(*env));
	env->config = &t->mini.cn->sysctl.config;
	env->now = ktime_get_ns();
}

/* Whoever took the object out of the table meanwhile has answered for it. */
static void unheard(struct clasp_tw_mini *t, struct clasp_result *result,
		    struct clasp_reply *reply)
{
	struct clasp_env env;

	fill_env(t, &env);
	spin_lock(&t->mini.lock);
	if (t->mini.flow.hashed) {
		clasp_tw_unheard(&t->tw, &env, result);
		fill_reply(t, result, reply);
	}
	spin_unlock(&t->mini.lock);
}

/* SEGMENT ARRIVES under the lock. Return: false when the object has left the table. */
static bool run_verb(struct clasp_tw_mini *t, struct sk_buff *skb, struct clasp_result *result,
		     struct clasp_reply *reply)
	__must_hold(&t->mini.lock)
{
	struct clasp_env env;

	if (!t->mini.flow.hashed)
		return false;
	fill_env(t, &env);
	clasp_watch_received(t->mini.cn, &t->mini.flow.key, t->family, skb, CLASP_TIME_WAIT);
	clasp_tw_segment(&t->tw, &env, &CLASP_CB(skb)->in, result);
	fill_reply(t, result, reply);
	if (result->flags & CLASP_RESTART)
		requeue(&t->mini);
	return true;
}

/**
 * clasp_timewait_rcv - a segment for a TIME_WAIT
 * @mini: of the TIME_WAIT; the caller has a reference
 * @skb: the segment; taken unless false is returned
 *
 * Context: softirq.
 * Return: false when it has left the table: look again.
 */
bool clasp_timewait_rcv(struct clasp_mini *mini, struct sk_buff *skb)
{
	struct clasp_tw_mini *t = clasp_tw_mini(mini);
	struct clasp_result result;
	struct clasp_reply reply;
	bool hashed;

	if (!t->family->policy(NULL, skb)) {
		kfree_skb(skb);
		return true;
	}
	spin_lock(&mini->lock);
	hashed = run_verb(t, skb, &result, &reply);
	spin_unlock(&mini->lock);
	if (!hashed)
		return false;
	if (result.flags & CLASP_REOPEN) {
		if (look_for_listener(t, skb))
			return true;
		unheard(t, &result, &reply);
	}
	CLASP_INC_DROP(mini->cn, result.drop);
	if (result.flags & CLASP_REPLY)
		clasp_input_reply(mini->cn, t->family, &reply);
	kfree_skb(skb);
	return true;
}

/* Take the first off the FIFO, with a reference, if it is due. */
static struct clasp_mini *next_due(struct clasp_net *cn, u64 now)
{
	struct clasp_mini *mini;

	spin_lock(&cn->tw_lock);
	mini = list_first_entry_or_null(&cn->tw_fifo, struct clasp_mini, fifo);
	if (mini && deadline_of(mini) > now)
		mini = NULL;
	if (mini) {
		list_del_init(&mini->fifo);
		refcount_inc(&mini->ref);
	}
	spin_unlock(&cn->tw_lock);
	return mini;
}

/* Unless it was ended or restarted since it left the FIFO. */
static void reap(struct clasp_mini *mini, u64 now)
{
	struct clasp_net *cn = mini->cn;

	spin_lock(&mini->lock);
	if (mini->flow.hashed && deadline_of(mini) <= now) {
		clasp_watch_timer(cn, &mini->flow, 0, CLASP_TIME_WAIT, 0);
		end(mini, CLASP_2MSL_OVER);
		CLASP_INC(cn, TimeWaitReaped);
	} else if (mini->flow.hashed) {
		enqueue(mini);
	}
	spin_unlock(&mini->lock);
	clasp_mini_put(mini);
}

/**
 * clasp_timewait_rearm - set the timer for the first in the FIFO, as after a change of MSL
 * @cn: where
 */
void clasp_timewait_rearm(struct clasp_net *cn)
{
	spin_lock_bh(&cn->tw_lock);
	arm(cn);
	spin_unlock_bh(&cn->tw_lock);
}

static enum hrtimer_restart expired(struct hrtimer *timer)
{
	struct clasp_net *cn = container_of(timer, struct clasp_net, tw_timer);
	u64 now = ktime_get_ns();
	struct clasp_mini *mini;
	u32 left = BATCH;

	while (left-- && (mini = next_due(cn, now)))
		reap(mini, now);
	clasp_timewait_rearm(cn);
	return HRTIMER_NORESTART;
}

/**
 * clasp_timewait_purge - the namespace goes away
 * @mini: out of the table, which frees itself as a whole
 *
 * Context: process; nothing else runs in the namespace.
 */
void clasp_timewait_purge(struct clasp_mini *mini)
{
	clasp_tw_end(&clasp_tw_mini(mini)->tw, CLASP_PURGE);
	clasp_port_release(mini->cn, &clasp_tw_mini(mini)->owner);
	clasp_mini_put(mini);
}

/**
 * clasp_timewait_net_init - give a namespace its FIFO and the timer
 * @cn: the namespace
 */
void clasp_timewait_net_init(struct clasp_net *cn)
{
	atomic_set(&cn->tw_count, 0);
	spin_lock_init(&cn->tw_lock);
	INIT_LIST_HEAD(&cn->tw_fifo);
	clasp_hrtimer_setup(&cn->tw_timer, expired);
}
