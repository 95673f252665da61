// SPDX-License-Identifier: GPL-2.0
/*
 * Connections to be. An embryo stands in the flow table, in its listener's list and in the FIFO of those
 * who wait as long as it does for their SYN,ACK to be sent again; whoever finds it still in the table
 * under its lock, and takes it out, takes it out of all three.
 */
#include <linux/slab.h>

#include "../core/icmp.h"
#include "../core/isn.h"
#include "../core/option.h"
#include "input.h"
#include "listen.h"
#include "mini.h"
#include "watch.h"

static_assert(!CLASP_PLAIN_LOCKS || sizeof(struct clasp_embryo_mini) <= 256);

/* However small the backlog: a handshake needs an embryo even if nobody may wait behind it. */
#define EMBRYOS_MIN 8

/* Timeouts handled in one softirq. */
#define BATCH 256

static struct kmem_cache *cache;

/**
 * clasp_embryo_init - make the cache that embryos come from
 *
 * Return: 0 or -ENOMEM.
 */
int clasp_embryo_init(void)
{
	cache = kmem_cache_create("clasp_embryo", sizeof(struct clasp_embryo_mini), 0,
				  CLASP_SLAB_FLAGS, NULL);
	return cache ? 0 : -ENOMEM;
}

/**
 * clasp_embryo_exit - the reverse; RCU has freed the last of them
 */
void clasp_embryo_exit(void)
{
	kmem_cache_destroy(cache);
}

/**
 * clasp_embryo_free - free what clasp_mini_put() found unreferenced
 * @mini: a grace period has passed
 */
void clasp_embryo_free(struct clasp_mini *mini)
{
	struct clasp_embryo_mini *e = clasp_embryo_mini(mini);

	dst_release(e->dst);
	kfree_skb(e->held);
	kmem_cache_free(cache, e);
}

static u32 most_embryos(const struct clasp_sock *listener)
{
	return max_t(u32, READ_ONCE(listener->inet.sk.sk_max_ack_backlog), EMBRYOS_MIN);
}

/**
 * clasp_embryo_full - no more embryos for a listener
 * @listener: in LISTEN
 */
bool clasp_embryo_full(const struct clasp_sock *listener)
{
	return clasp_listen_full(listener) ||
	       READ_ONCE(listener->listener->embryo_count) >= most_embryos(listener);
}

/* Octets that come with a SYN have no memory to wait in: this might be a flood of them. */
static bool crowded(const struct clasp_sock *listener)
{
	return READ_ONCE(listener->listener->embryo_count) > most_embryos(listener) / 4 ||
	       sk_under_memory_pressure(&listener->inet.sk);
}

/* The timer comes no later than this embryo is due. */
static void arm(struct clasp_net *cn, u64 deadline)
	__must_hold(&cn->embryo_lock)
{
	lockdep_assert_held(&cn->embryo_lock);
	if (hrtimer_is_queued(&cn->embryo_timer) &&
	    hrtimer_get_softexpires_tv64(&cn->embryo_timer) <= (s64)deadline)
		return;
	hrtimer_start_range_ns(&cn->embryo_timer, ns_to_ktime(deadline), NSEC_PER_MSEC,
			       HRTIMER_MODE_ABS_PINNED_SOFT);
}

/* Behind the last one; before that, if the timeouts were made shorter while others waited. */
static void insert(struct list_head *fifo, struct clasp_embryo_mini *e)
{
	struct clasp_mini *other;

	list_for_each_entry_reverse(other, fifo, fifo)
		if (clasp_embryo_mini(other)->embryo.deadline <= e->embryo.deadline)
			break;
	list_add(&e->mini.fifo, &other->fifo);
}

static void enqueue(struct clasp_embryo_mini *e)
{
	struct clasp_net *cn = e->mini.cn;
	u32 step = min_t(u32, e->embryo.retries, CLASP_EMBRYO_STEPS - 1);

	spin_lock(&cn->embryo_lock);
	insert(&cn->embryo_fifos[step], e);
	arm(cn, e->embryo.deadline);
	spin_unlock(&cn->embryo_lock);
}

static void dequeue(struct clasp_embryo_mini *e)
{
	spin_lock(&e->mini.cn->embryo_lock);
	list_del_init(&e->mini.fifo);
	spin_unlock(&e->mini.cn->embryo_lock);
}

static bool join(struct clasp_embryo_mini *e)
{
	struct clasp_listener *listener = clasp_sk(e->listener)->listener;
	bool accepting;

	spin_lock(&listener->lock);
	accepting = listener->accepting;
	if (accepting) {
		list_add_tail(&e->siblings, &listener->embryos);
		WRITE_ONCE(listener->embryo_count, listener->embryo_count + 1);
		listener->embryo_young++;
	}
	spin_unlock(&listener->lock);
	return accepting;
}

static void part(struct clasp_embryo_mini *e)
{
	struct clasp_listener *listener = clasp_sk(e->listener)->listener;

	spin_lock(&listener->lock);
	if (!list_empty(&e->siblings)) {
		list_del_init(&e->siblings);
		WRITE_ONCE(listener->embryo_count, listener->embryo_count - 1);
		listener->embryo_young -= clasp_embryo_young(&e->embryo);
	}
	spin_unlock(&listener->lock);
}

/* Its deadline has come: the verb, and what its listener is to know of it. */
static void run_timeout(struct clasp_embryo_mini *e, const struct clasp_env *env,
			struct clasp_result *result)
	__must_hold(&e->mini.lock)
{
	struct clasp_listener *listener = clasp_sk(e->listener)->listener;
	bool young = clasp_embryo_young(&e->embryo);
	struct clasp_crowd crowd;

	spin_lock(&listener->lock);
	crowd.count = listener->embryo_count;
	crowd.young = listener->embryo_young;
	crowd.most = most_embryos(listener->sock);
	clasp_embryo_timeout(&e->embryo, env, &crowd, result);
	if (young && !clasp_embryo_young(&e->embryo))
		listener->embryo_young--;
	spin_unlock(&listener->lock);
}

/**
 * clasp_embryo_left - an embryo is out of the flow table: out of the other two
 * @e: its lock is held, and so is a reference beside the table's, which is dropped
 */
void clasp_embryo_left(struct clasp_embryo_mini *e)
	__must_hold(&e->mini.lock)
{
	lockdep_assert_held(&e->mini.lock);
	part(e);
	dequeue(e);
	clasp_mini_put(&e->mini);
}

static void end(struct clasp_embryo_mini *e)
	__must_hold(&e->mini.lock)
{
	clasp_flow_remove(e->mini.cn, &e->mini.flow);
	clasp_embryo_left(e);
}

static void fill_reply(const struct clasp_embryo_mini *e, const struct clasp_result *result,
		       struct clasp_reply *reply)
{
	reply->key = e->mini.flow.key;
	reply->header = result->reply;
	reply->dst = e->dst;
	reply->cookie = e->cookie;
	reply->manner = e->manner;
	reply->state = e->embryo.state;
}

static void fill_env(struct clasp_embryo_mini *e, struct clasp_env *env)
{
	memset(env, 0, sizeof(*env));
	env->config = &e->mini.cn->sysctl.config;
	env->choice = &clasp_sk(e->listener)->choice;
	env->now = ktime_get_ns();
	env->rcv_buf = clasp_option_window(READ_ONCE(env->choice->window_clamp),
					   READ_ONCE(e->listener->sk_rcvbuf) / 2);
	env->rcv_space = env->rcv_buf;
	env->mss = clasp_family_mss(e->family, e->dst);
	env->full = crowded(clasp_sk(e->listener));
	env->pressure = sk_under_memory_pressure(e->listener);
}

static struct clasp_embryo_mini *create(struct sock *listener, const struct clasp_family *family,
					const struct clasp_key *key)
{
	struct clasp_net *cn = clasp_sock_net(clasp_sk(listener));
	struct clasp_reply reply = {};
	struct clasp_embryo_mini *e = kmem_cache_zalloc(cache, GFP_ATOMIC);

	if (!e)
		return NULL;
	clasp_mini_init(&e->mini, cn, key, CLASP_EMBRYO);
	e->mini.flow.key.ifindex = clasp_key_scope(key) ?: READ_ONCE(listener->sk_bound_dev_if);
	e->mini.flow.ipv6 = clasp_sk(listener)->flow.ipv6;
	e->listener = listener;
	e->family = family;
	family->manner(listener, &e->manner);
	INIT_LIST_HEAD(&e->siblings);

	reply.key = e->mini.flow.key;
	reply.manner = e->manner;
	e->dst = family->route(cn, &reply, &e->cookie);
	if (IS_ERR(e->dst)) {
		kmem_cache_free(cache, e);
		return NULL;
	}
	return e;
}

static void fill_opening(const struct clasp_embryo_mini *e, u64 now, const u32 *above,
			 struct clasp_opening *opening)
{
	const struct clasp_key *key = &e->mini.flow.key;

	clasp_flow_opening(key, e->listener, now, opening);
	if (above)
		opening->iss = clasp_isn_above(opening->iss,
					       clasp_flow_hash(key, CLASP_HASH_ABOVE), *above);
}

static void hold(struct clasp_embryo_mini *e, struct sk_buff *skb)
{
	skb_dst_drop(skb);
	e->held = skb;
}

/*
 * What is more than a segment on this path came in fragments: up to 64 KiB of octets, in buffers that nobody
 * accounts for. They may come again once there is a socket that does.
 */
static bool too_large(const struct sk_buff *skb, const struct clasp_env *env)
{
	return CLASP_CB(skb)->in.len > env->mss;
}

/* With its lock held, so that nobody meets it half made. */
static bool publish(struct clasp_embryo_mini *e, struct sk_buff *skb, const u32 *above,
		    struct clasp_result *result)
	__must_hold(&e->mini.lock)
{
	struct clasp_net *cn = e->mini.cn;
	struct clasp_opening opening;
	struct clasp_env env;

	if (clasp_flow_insert(cn, &e->mini.flow))
		return false;
	if (!join(e)) {
		clasp_flow_remove(cn, &e->mini.flow);
		return false;
	}
	fill_env(e, &env);
	env.full |= too_large(skb, &env);
	fill_opening(e, env.now, above, &opening);
	clasp_embryo_open(&e->embryo, &env, &CLASP_CB(skb)->in, &opening, result);
	if (result->flags & CLASP_HOLD)
		hold(e, skb);
	enqueue(e);
	return true;
}

/**
 * clasp_embryo_admit - a listener takes a SYN
 * @listener: held by the caller
 * @family: of the addresses
 * @skb: the SYN; taken
 * @key: the connection
 * @above: NULL, or a number that the ISS has to lie above: a TIME_WAIT stood here
 *
 * Context: softirq.
 */
void clasp_embryo_admit(struct sock *listener, const struct clasp_family *family,
			struct sk_buff *skb, const struct clasp_key *key, const u32 *above)
{
	struct clasp_net *cn = clasp_sock_net(clasp_sk(listener));
	struct clasp_embryo_mini *e = create(listener, family, key);
	struct clasp_result result;
	struct clasp_reply reply;
	bool published;

	if (!e) {
		CLASP_INC(cn, ListenDrops);
		kfree_skb(skb);
		return;
	}
	refcount_inc(&e->mini.ref);
	spin_lock(&e->mini.lock);
	published = publish(e, skb, above, &result);
	if (published)
		fill_reply(e, &result, &reply);
	spin_unlock(&e->mini.lock);
	if (!published || !(result.flags & CLASP_HOLD))
		kfree_skb(skb);
	if (published) {
		clasp_input_reply(cn, family, &reply);
	} else {
		CLASP_INC(cn, ListenDrops);
		clasp_mini_put(&e->mini);
	}
	clasp_mini_put(&e->mini);
}

/* SEGMENT ARRIVES under the lock. Return: false when the embryo has left the table. */
static bool run_verb(struct clasp_embryo_mini *e, struct sk_buff *skb, struct sock *listener,
		     struct clasp_result *result, struct clasp_reply *reply)
	__must_hold(&e->mini.lock)
{
	const struct clasp_in *in = &CLASP_CB(skb)->in;
	struct clasp_env env;

	if (!e->mini.flow.hashed)
		return false;
	fill_env(e, &env);
	clasp_watch_received(e->mini.cn, &e->mini.flow.key, e->family, skb, e->embryo.state);
	clasp_embryo_segment(&e->embryo, &env, in, clasp_listen_full(clasp_sk(listener)), result);
	fill_reply(e, result, reply);
	if (result->flags & CLASP_ENDED)
		end(e);
	return true;
}

static bool rcv(struct clasp_embryo_mini *e, struct sk_buff *skb, struct sock *listener)
{
	struct clasp_result result;
	struct clasp_reply reply;
	bool hashed;

	if (!clasp_input_allowed(listener, e->family, skb)) {
		kfree_skb(skb);
		return true;
	}
	spin_lock(&e->mini.lock);
	hashed = run_verb(e, skb, listener, &result, &reply);
	spin_unlock(&e->mini.lock);
	if (!hashed)
		return false;
	CLASP_INC_DROP(e->mini.cn, result.drop);
	if (result.drop == CLASP_DROP_QUEUE_FULL)
		CLASP_INC(e->mini.cn, ListenOverflows);
	if (result.flags & CLASP_REPLY)
		clasp_input_reply(e->mini.cn, e->family, &reply);
	if (result.flags & CLASP_PROMOTE)
		return clasp_child_promote(e, listener, skb);
	kfree_skb(skb);
	return true;
}

/**
 * clasp_embryo_rcv - a segment for an embryo
 * @mini: of the embryo; the caller has a reference
 * @skb: the segment; taken unless false is returned
 *
 * Context: softirq.
 * Return: false when the embryo has left the table: look again.
 */
bool clasp_embryo_rcv(struct clasp_mini *mini, struct sk_buff *skb)
{
	struct clasp_embryo_mini *e = clasp_embryo_mini(mini);
	struct sock *listener = NULL;
	bool done;

	/* As long as the embryo is in the table, its listener has not ended it, and so is there. */
	spin_lock(&mini->lock);
	if (mini->flow.hashed) {
		listener = e->listener;
		sock_hold(listener);
	}
	spin_unlock(&mini->lock);
	if (!listener)
		return false;
	done = rcv(e, skb, listener);
	sock_put(listener);
	return done;
}

/**
 * clasp_embryo_unreachable - ICMP says that the SYN,ACK cannot arrive
 * @mini: the embryo; the caller has a reference
 * @seq: sequence number that the error quotes
 * @hard: no use in trying again
 *
 * Context: softirq.
 */
void clasp_embryo_unreachable(struct clasp_mini *mini, u32 seq, bool hard)
{
	struct clasp_embryo_mini *e = clasp_embryo_mini(mini);
	struct clasp_result result;

	spin_lock(&mini->lock);
	if (mini->flow.hashed) {
		clasp_icmp_embryo(&e->embryo, seq, hard, &result);
		CLASP_INC_DROP(mini->cn, result.drop);
		if (result.flags & CLASP_ENDED)
			end(e);
	}
	spin_unlock(&mini->lock);
}

/**
 * clasp_embryo_purge - end all embryos of a listener
 * @listener: accepts no more
 *
 * Context: process.
 */
void clasp_embryo_purge(struct clasp_listener *listener)
{
	struct clasp_embryo_mini *e;

	for (;;) {
		spin_lock_bh(&listener->lock);
		e = list_first_entry_or_null(&listener->embryos, struct clasp_embryo_mini,
					     siblings);
		if (e)
			refcount_inc(&e->mini.ref);
		spin_unlock_bh(&listener->lock);
		if (!e)
			return;
		spin_lock_bh(&e->mini.lock);
		if (e->mini.flow.hashed) {
			clasp_embryo_end(&e->embryo, CLASP_LISTENER_GONE);
			end(e);
		}
		spin_unlock_bh(&e->mini.lock);
		clasp_mini_put(&e->mini);
		cond_resched();
	}
}

/* Take one that is due off its FIFO, with a reference; or arm the timer for the next that will be. */
static struct clasp_embryo_mini *next_due(struct clasp_net *cn, u64 now)
	__must_hold(&cn->embryo_lock)
{
	u64 earliest = U64_MAX;
	u32 i;

	for (i = 0; i < CLASP_EMBRYO_STEPS; i++) {
		struct clasp_mini *mini = list_first_entry_or_null(&cn->embryo_fifos[i],
								   struct clasp_mini, fifo);
		struct clasp_embryo_mini *e = mini ? clasp_embryo_mini(mini) : NULL;

		if (e && e->embryo.deadline <= now) {
			list_del_init(&mini->fifo);
			refcount_inc(&mini->ref);
			return e;
		}
		if (e)
			earliest = min(earliest, e->embryo.deadline);
	}
	if (earliest != U64_MAX)
		arm(cn, earliest);
	return NULL;
}

static void time_out(struct clasp_embryo_mini *e)
{
	struct clasp_net *cn = e->mini.cn;
	struct clasp_result result = {};
	struct clasp_reply reply;
	struct clasp_env env;

	spin_lock(&e->mini.lock);
	if (e->mini.flow.hashed) {
		fill_env(e, &env);
		clasp_watch_timer(cn, &e->mini.flow, 0, e->embryo.state, e->embryo.retries);
		run_timeout(e, &env, &result);
		fill_reply(e, &result, &reply);
		if (result.flags & CLASP_ENDED)
			end(e);
		else
			enqueue(e);
	}
	spin_unlock(&e->mini.lock);
	if (!(result.flags & CLASP_REPLY))
		return;
	CLASP_INC(cn, RetransSegs);
	clasp_input_reply(cn, e->family, &reply);
}

static enum hrtimer_restart expired(struct hrtimer *timer)
{
	struct clasp_net *cn = container_of(timer, struct clasp_net, embryo_timer);
	struct clasp_embryo_mini *e;
	u64 now = ktime_get_ns();
	u32 left = BATCH;

	do {
		spin_lock(&cn->embryo_lock);
		e = next_due(cn, now);
		spin_unlock(&cn->embryo_lock);
		if (e) {
			time_out(e);
			clasp_mini_put(&e->mini);
		}
	} while (e && --left);
	if (e)
		hrtimer_start(timer, ns_to_ktime(now + NSEC_PER_MSEC),
			      HRTIMER_MODE_ABS_PINNED_SOFT);
	return HRTIMER_NORESTART;
}

/**
 * clasp_embryo_net_init - give a namespace its FIFOs and the timer
 * @cn: the namespace
 */
void clasp_embryo_net_init(struct clasp_net *cn)
{
	u32 i;

	spin_lock_init(&cn->embryo_lock);
	for (i = 0; i < CLASP_EMBRYO_STEPS; i++)
		INIT_LIST_HEAD(&cn->embryo_fifos[i]);
	clasp_hrtimer_setup(&cn->embryo_timer, expired);
}
