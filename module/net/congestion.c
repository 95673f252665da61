// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_CONGESTION, and the two files under net.clasp that are words: which algorithm new connections have, and
 * which there are.
 */
#include <linux/sysctl.h>

#include "../core/option.h"
#include "congestion.h"
#include "net.h"
#include "sock.h"

static int find(const char *name)
{
	const char *known;
	u8 algorithm;

	for (algorithm = 0; (known = clasp_cong_name(algorithm)); algorithm++)
		if (!strcmp(known, name))
			return algorithm;
	return -ENOENT;
}

/**
 * clasp_congestion_set - setsockopt(TCP_CONGESTION), in any state
 * @sk: unlocked
 * @value: a name, which ends with @len if not before
 * @len: octets
 *
 * Return: 0, -EINVAL without an octet, -EFAULT, or -ENOENT.
 */
int clasp_congestion_set(struct sock *sk, sockptr_t value, unsigned int len)
{
	char name[CLASP_CONGESTION_NAME] = "";
	int algorithm;

	if (!len)
		return -EINVAL;
	if (strncpy_from_sockptr(name, value, min_t(unsigned int, len, sizeof(name) - 1)) < 0)
		return -EFAULT;
	algorithm = find(name);
	if (algorithm < 0)
		return algorithm;
	lock_sock(sk);
	clasp_option_congest(&clasp_sk(sk)->tcb, &clasp_sk(sk)->choice, algorithm);
	release_sock(sk);
	return 0;
}

/**
 * clasp_congestion_get - getsockopt(TCP_CONGESTION)
 * @sk: unlocked
 * @name: filled in, with zeros behind it
 */
void clasp_congestion_get(struct sock *sk, char name[CLASP_CONGESTION_NAME])
{
	struct clasp_sock *cs = clasp_sk(sk);
	struct clasp_env env;

	memset(name, 0, CLASP_CONGESTION_NAME);
	lock_sock(sk);
	clasp_act_env(cs, &env);
	scnprintf(name, CLASP_CONGESTION_NAME, "%s",
		  clasp_cong_name(clasp_option_congested(&cs->tcb, &env)));
	release_sock(sk);
}

/**
 * clasp_congestion_sysctl - net.clasp.congestion_control
 * @table: its data is the namespace's struct clasp_sysctl
 * @write: or read
 * @buffer: a name
 * @len: room, or octets
 * @pos: in the file
 *
 * Return: 0 or a negative errno; -ENOENT for a name that nobody has.
 */
int clasp_congestion_sysctl(CLASP_CTL_TABLE *table, int write, void *buffer, size_t *len,
			    loff_t *pos)
{
	struct clasp_sysctl *sysctl = table->data;
	char name[CLASP_CONGESTION_NAME] = "";
	struct ctl_table words = { .data = name, .maxlen = sizeof(name) };
	int err, algorithm;

	scnprintf(name, sizeof(name), "%s", clasp_cong_name(READ_ONCE(sysctl->config.congestion)));
	err = proc_dostring(&words, write, buffer, len, pos);
	if (err || !write)
		return err;
	algorithm = find(name);
	if (algorithm < 0)
		return algorithm;
	WRITE_ONCE(sysctl->config.congestion, algorithm);
	return 0;
}

/**
 * clasp_congestion_available - net.clasp.available_congestion_control
 * @table: unused
 * @write: never
 * @buffer: all names, a blank between two
 * @len: room, and then octets
 * @pos: in the file
 *
 * Return: 0 or a negative errno.
 */
int clasp_congestion_available(CLASP_CTL_TABLE *table, int write, void *buffer, size_t *len,
			       loff_t *pos)
{
	char names[CLASP_CONG_ALGORITHMS * CLASP_CONGESTION_NAME];
	struct ctl_table words = { .data = names, .maxlen = sizeof(names) };
	int used = 0;
	u8 i;

	for (i = 0; i < CLASP_CONG_ALGORITHMS; i++)
		used += scnprintf(names + used, sizeof(names) - used, "%s%s", i ? " " : "",
				  clasp_cong_name(i));
	return proc_dostring(&words, write, buffer, len, pos);
}
