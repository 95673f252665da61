// SPDX-License-Identifier: GPL-2.0
/*
 * Options at Clasp's own level, for which programs written for TCP may say IPPROTO_TCP; all else is inet's.
 */
#include <linux/tcp.h>
#include <net/ip.h>

#include "clasp.h"
#include "sock.h"

static bool own_level(int level)
{
	return level == SOL_CLASP || level == IPPROTO_TCP;
}

static void set_nodelay(struct sock *sk, bool on)
{
	struct clasp_sock *cs = clasp_sk(sk);

	lock_sock(sk);
	cs->nodelay = on;
	if (on)
		clasp_output(cs);
	release_sock(sk);
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
	int number;

	if (!own_level(level))
		return ip_setsockopt(sk, level, name, value, len);
	if (len < sizeof(number))
		return -EINVAL;
	if (copy_from_sockptr(&number, value, sizeof(number)))
		return -EFAULT;
	if (name != TCP_NODELAY)
		return -ENOPROTOOPT;
	set_nodelay(sk, number);
	return 0;
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
	int number, room;

	if (!own_level(level))
		return ip_getsockopt(sk, level, name, value, len);
	if (get_user(room, len))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (name != TCP_NODELAY)
		return -ENOPROTOOPT;
	number = clasp_sk(sk)->nodelay;
	room = min_t(int, room, sizeof(number));
	if (put_user(room, len) || copy_to_user(value, &number, room))
		return -EFAULT;
	return 0;
}
