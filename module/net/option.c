// SPDX-License-Identifier: GPL-2.0
/*
 * Options at Clasp's own level, for which programs written for TCP may say IPPROTO_TCP; all else is inet's.
 * What a program asks for is kept in struct clasp_choice; most of it is nobody's business before core/ looks
 * there, and the rest has a verb.
 */
#include <linux/tcp.h>
#include <net/ip.h>

#include "../core/option.h"
#include "../core/timestamp.h"
#include "clasp.h"
#include "congestion.h"
#include "info.h"
#include "option_list.h"
#include "sock.h"

/* Linux takes no more for TCP_LINGER2. */
#define LINGER_MAX 120

/* An option that is a number in struct clasp_choice, which listeners' are read from without a lock: whole. */
#define KEPT(verb, member)								\
	static int set_##verb(struct clasp_sock *cs, int value)				\
	{										\
		WRITE_ONCE(cs->choice.member, value);					\
		return 0;								\
	}

KEPT(maxseg, mss)
KEPT(keepintvl, keep_interval)
KEPT(keepcnt, keep_probes)
KEPT(syncnt, syn_retries)
KEPT(user_timeout, user_timeout)
#undef KEPT

static u32 seconds(u64 ns)
{
	return div_u64(ns, NSEC_PER_SEC);
}

/* Before there is a connection, and after it, there are other answers. */
static bool connected(const struct clasp_sock *cs)
{
	return !((1 << cs->inet.sk.sk_state) & (TCPF_CLOSE | TCPF_LISTEN));
}

/* What waited because of what was set before leaves. */
static void push(struct clasp_sock *cs)
{
	if (connected(cs))
		clasp_output(cs);
}

static int set_nodelay(struct clasp_sock *cs, int on)
{
	cs->choice.nodelay = on;
	if (!on)
		return 0;
	clasp_option_push(&cs->tcb);
	push(cs);
	return 0;
}

static int get_nodelay(struct clasp_sock *cs, const struct clasp_env *env)
{
	return cs->choice.nodelay;
}

/* What the program asked for, before there is a connection; then what segments have. */
static int get_maxseg(struct clasp_sock *cs, const struct clasp_env *env)
{
	if (!connected(cs) && cs->choice.mss)
		return cs->choice.mss;
	return clasp_tcb_snd_mss(&cs->tcb, env);
}

static int set_cork(struct clasp_sock *cs, int on)
{
	cs->choice.cork = on;
	if (on)
		return 0;
	cs->more = false;
	push(cs);
	return 0;
}

static int get_cork(struct clasp_sock *cs, const struct clasp_env *env)
{
	return cs->choice.cork;
}

static void keepalives_changed(struct clasp_sock *cs, bool since_heard)
{
	struct clasp_env env;

	clasp_act_env(cs, &env);
	clasp_option_keepalive(&cs->tcb, &env, since_heard ? cs->tcb.heard_at : env.now);
	clasp_timer_arm(cs);
}

static int set_keepidle(struct clasp_sock *cs, int value)
{
	cs->choice.keep_idle = value;
	keepalives_changed(cs, true);
	return 0;
}

static int get_keepidle(struct clasp_sock *cs, const struct clasp_env *env)
{
	return seconds(clasp_option_keep_idle(env));
}

static int get_keepintvl(struct clasp_sock *cs, const struct clasp_env *env)
{
	return seconds(clasp_option_keep_interval(env));
}

static int get_keepcnt(struct clasp_sock *cs, const struct clasp_env *env)
{
	return clasp_option_keep_probes(env);
}

static int get_syncnt(struct clasp_sock *cs, const struct clasp_env *env)
{
	return clasp_option_syn_retries(env);
}

static int set_linger2(struct clasp_sock *cs, int value)
{
	cs->choice.linger = clamp(value, -1, LINGER_MAX);
	return 0;
}

static int get_linger2(struct clasp_sock *cs, const struct clasp_env *env)
{
	return clasp_option_no_linger(env) ? -1 : seconds(clasp_option_linger(env));
}

static int set_defer_accept(struct clasp_sock *cs, int value)
{
	const struct clasp_config *config = &clasp_sock_net(cs)->sysctl.config;

	WRITE_ONCE(cs->choice.defer, clasp_option_defer(config, max(value, 0)));
	return 0;
}

static int get_defer_accept(struct clasp_sock *cs, const struct clasp_env *env)
{
	return clasp_option_deferred(env->config, cs->choice.defer);
}

static int set_quickack(struct clasp_sock *cs, int value)
{
	if (clasp_option_quickack(&cs->tcb, &cs->choice, value))
		push(cs);
	return 0;
}

static int get_quickack(struct clasp_sock *cs, const struct clasp_env *env)
{
	if (clasp_state_synchronized(cs->tcb.state))
		return !cs->tcb.interactive;
	return !cs->choice.interactive;
}

static int get_user_timeout(struct clasp_sock *cs, const struct clasp_env *env)
{
	return cs->choice.user_timeout;
}

static int set_notsent_lowat(struct clasp_sock *cs, int value)
{
	WRITE_ONCE(cs->choice.notsent_lowat, value);
	clasp_poll_writable(cs);
	return 0;
}

static int get_notsent_lowat(struct clasp_sock *cs, const struct clasp_env *env)
{
	return cs->choice.notsent_lowat;
}

static int set_inq(struct clasp_sock *cs, int value)
{
	cs->tell_unread = value;
	return 0;
}

static int get_inq(struct clasp_sock *cs, const struct clasp_env *env)
{
	return cs->tell_unread;
}

/* What moves the clock is for who restores a connection (TCP_REPAIR), which there is none of. */
static int set_timestamp(struct clasp_sock *cs, int value)
{
	return -EPERM;
}

static int get_timestamp(struct clasp_sock *cs, const struct clasp_env *env)
{
	return clasp_timestamp(cs->tcb.ts_offset, env->now);
}

static int set_window_clamp(struct clasp_sock *cs, int value)
{
	if (!value && cs->inet.sk.sk_state != TCP_CLOSE)
		return -EINVAL;
	WRITE_ONCE(cs->choice.window_clamp, value ? max_t(u32, value, SOCK_MIN_RCVBUF / 2) : 0);
	return 0;
}

/* Of a connection without a limit of its own: what the buffer takes. */
static int get_window_clamp(struct clasp_sock *cs, const struct clasp_env *env)
{
	return connected(cs) && !cs->choice.window_clamp ? env->rcv_buf : cs->choice.window_clamp;
}

/**
 * struct option - a line of CLASP_OPTION_LIST
 * @name: TCP_*
 * @least: no less is taken
 * @most: no more is taken
 * @set: with the socket locked, as @get; 0 or a negative errno; neither for what is no number
 * @get: the socket's or the namespace's
 */
struct option {
	int name;
	int least;
	int most;
	int (*set)(struct clasp_sock *cs, int value);
	int (*get)(struct clasp_sock *cs, const struct clasp_env *env);
};

#define set_info NULL
#define get_info NULL
#define set_congestion NULL
#define get_congestion NULL
#define OPTION(name, verb, unit, least, most, initial, sentence)			\
	{ TCP_##name, least, most, set_##verb, get_##verb },

static const struct option options[] = {
	CLASP_OPTION_LIST(OPTION)
};

#undef OPTION
#undef get_congestion
#undef set_congestion
#undef get_info
#undef set_info

static const struct option *find(int name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].name == name)
			return &options[i];
	return NULL;
}

static bool own_level(int level)
{
	return level == SOL_CLASP || level == IPPROTO_TCP;
}

/* What inet would take and Clasp does not do: foreign addresses, which TPROXY gives sockets of TCP and UDP alone. */
static bool refused(int level, int name)
{
	return (level == SOL_IP && name == IP_TRANSPARENT) || (level == SOL_IPV6 && name == IPV6_TRANSPARENT);
}

static bool allowed(const struct option *option, int value)
{
	return (value >= option->least && value <= option->most) ||
	       (option->name == TCP_MAXSEG && !value);
}

/**
 * clasp_option_set - setsockopt()
 * @sk: unlocked
 * @level: of the option
 * @name: of the option
 * @value: in user space, or the kernel's
 * @len: octets of it
 *
 * Return: 0 or a negative errno.
 */
int clasp_option_set(struct sock *sk, int level, int name, sockptr_t value, unsigned int len)
{
	const struct option *option = find(name);
	int number, err;

	if (refused(level, name))
		return -ENOPROTOOPT;
	if (!own_level(level))
		return clasp_family_of(sk)->set_option(sk, level, name, value, len);
	if (name == TCP_CONGESTION)
		return clasp_congestion_set(sk, value, len);
	if (len < sizeof(number))
		return -EINVAL;
	if (copy_from_sockptr(&number, value, sizeof(number)))
		return -EFAULT;
	if (!option || !option->set)
		return -ENOPROTOOPT;
	if (!allowed(option, number))
		return -EINVAL;
	lock_sock(sk);
	err = option->set(clasp_sk(sk), number);
	release_sock(sk);
	return err;
}

/**
 * clasp_option_keepalives - SO_KEEPALIVE is being set
 * @sk: locked
 * @on: or taken back
 */
void clasp_option_keepalives(struct sock *sk, int on)
{
	struct clasp_sock *cs = clasp_sk(sk);

	if (cs->choice.keepalive == !!on)
		return;
	cs->choice.keepalive = on;
	keepalives_changed(cs, false);
}

static int put(char __user *value, int __user *len, const void *from, unsigned int size)
{
	if (put_user(size, len) || copy_to_user(value, from, size))
		return -EFAULT;
	return 0;
}

static int put_info(struct sock *sk, char __user *value, int __user *len, unsigned int room)
{
	struct tcp_info info;

	clasp_info_fill(sk, &info);
	return put(value, len, &info, min_t(unsigned int, room, sizeof(info)));
}

static int put_congestion(struct sock *sk, char __user *value, int __user *len, unsigned int room)
{
	char name[CLASP_CONGESTION_NAME];

	clasp_congestion_get(sk, name);
	return put(value, len, name, min_t(unsigned int, room, sizeof(name)));
}

/**
 * clasp_option_get - getsockopt()
 * @sk: unlocked
 * @level: of the option
 * @name: of the option
 * @value: in user space
 * @len: room there, and then octets used
 *
 * Return: 0 or a negative errno.
 */
int clasp_option_get(struct sock *sk, int level, int name, char __user *value, int __user *len)
{
	const struct option *option = find(name);
	struct clasp_env env;
	int number, room;

	if (refused(level, name))
		return -ENOPROTOOPT;
	if (!own_level(level))
		return clasp_family_of(sk)->get_option(sk, level, name, value, len);
	if (get_user(room, len))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (!option)
		return -ENOPROTOOPT;
	if (name == TCP_CONGESTION)
		return put_congestion(sk, value, len, room);
	if (!option->get)
		return put_info(sk, value, len, room);
	lock_sock(sk);
	clasp_act_env(clasp_sk(sk), &env);
	number = option->get(clasp_sk(sk), &env);
	release_sock(sk);
	return put(value, len, &number, min_t(unsigned int, room, sizeof(number)));
}
