// SPDX-License-Identifier: GPL-2.0
/*
 * What a socket of AF_INET6 has beyond one of AF_INET: a larger object, a few calls of its own, and options at IPv6's
 * level, some of which make every segment carry extension headers.
 */
#include <linux/module.h>
#include <net/inet_common.h>
#include <net/ipv6.h>
#include <net/transp_v6.h>

#include "ipv6.h"

static u16 extensions_of(struct clasp_sock *cs)
{
	const struct ipv6_txoptions *options =
		rcu_dereference_protected(clasp_ipv6_info(cs)->opt,
					  lockdep_sock_is_held(clasp_sock_sk(cs)));

	return options ? options->opt_flen + options->opt_nflen : 0;
}

/**
 * clasp_ipv6_set_wire - a connection's segments are of that family
 * @cs: of AF_INET6
 * @family: of them; clasp_ipv6 as long as there is no connection
 *
 * Context: socket locked.
 */
void clasp_ipv6_set_wire(struct clasp_sock *cs, const struct clasp_family *family)
{
	cs->family = family;
	cs->inet.sk.sk_gso_type = family->gso;
	cs->extensions = family == &clasp_ipv6 ? extensions_of(cs) : 0;
}

/* The connection gets a copy of the listener's; if there is no memory for one, it does without, as TCP's does. */
static void copy_options(struct clasp_sock *cs, const struct sock *listener)
{
	struct ipv6_txoptions *options = txopt_get(inet6_sk(listener));

	if (!options)
		return;
	RCU_INIT_POINTER(clasp_ipv6_info(cs)->opt, ipv6_dup_options(clasp_sock_sk(cs), options));
	txopt_put(options);
}

/**
 * clasp_ipv6_cloned - what a clone of a listener must not share with it
 * @cs: the clone; its addresses and family are filled in
 * @listener: of AF_INET6
 *
 * Context: softirq, the clone locked.
 */
void clasp_ipv6_cloned(struct clasp_sock *cs, const struct sock *listener)
{
	struct ipv6_pinfo *np = clasp_ipv6_info(cs);

	cs->inet.pinet6 = np;
	cs->inet.mc_list = NULL;
	RCU_INIT_POINTER(cs->inet.inet_opt, NULL);
	np->saddr = cs->inet.sk.sk_v6_rcv_saddr;
	np->ipv6_mc_list = NULL;
	np->ipv6_ac_list = NULL;
	np->pktoptions = NULL;
	np->rxpmtu = NULL;
	clasp_forget_labels(clasp_sock_sk(cs));
	RCU_INIT_POINTER(np->opt, NULL);
	if (cs->family == &clasp_ipv6)
		copy_options(cs, listener);
	clasp_ipv6_set_wire(cs, cs->family);
}

/**
 * clasp_ipv6_set_option - setsockopt() at a level that is not ours
 * @sk: of AF_INET6, unlocked
 * @level: of the option
 * @name: of the option
 * @value: in user space, or the kernel's
 * @len: octets of it
 *
 * Return: 0 or a negative errno.
 */
int clasp_ipv6_set_option(struct sock *sk, int level, int name, sockptr_t value, unsigned int len)
{
	int err = ipv6_setsockopt(sk, level, name, value, len);

	if (err)
		return err;
	lock_sock(sk);
	clasp_ipv6_set_wire(clasp_sk(sk), clasp_sk(sk)->family);
	release_sock(sk);
	return 0;
}

static int pre_connect(struct sock *sk, struct sockaddr *addr, int len)
{
	if (len < SIN6_LEN_RFC2133)
		return -EINVAL;
	return clasp_bpf_connect6(sk, addr, len);
}

/* All else is filled in from clasp_prot. */
struct proto clasp_prot6;

const struct proto_ops clasp_stream6_ops = {
	.family = PF_INET6,
	.owner = THIS_MODULE,
	.release = inet6_release,
	.bind = inet6_bind,
	.connect = inet_stream_connect,
	.socketpair = sock_no_socketpair,
	.accept = inet_accept,
	.getname = inet6_getname,
	.poll = clasp_poll,
	.ioctl = inet6_ioctl,
	.gettstamp = sock_gettstamp,
	.listen = clasp_listen_start,
	.shutdown = inet_shutdown,
	.setsockopt = sock_common_setsockopt,
	.getsockopt = sock_common_getsockopt,
	.sendmsg = clasp_send_msg,
	.recvmsg = clasp_recv_msg,
	.mmap = sock_no_mmap,
	.splice_read = clasp_recv_splice,
	.splice_eof = clasp_send_eof,
	.set_rcvlowat = clasp_poll_set_rcvlowat,
	CLASP_PEEK_OFF
	CLASP_SENDPAGE
};

/**
 * clasp_sock6_register - make the socket layer know struct clasp6_sock
 *
 * Before clasp_prot is registered: what that fills in is not to be copied.
 *
 * Return: 0 or a negative errno.
 */
int clasp_sock6_register(void)
{
	clasp_prot6 = clasp_prot;
	strscpy(clasp_prot6.name, "CLASPv6", sizeof(clasp_prot6.name));
	clasp_prot6.obj_size = sizeof(struct clasp6_sock);
	clasp_prot6.pre_connect = pre_connect;
	clasp_set_pinfo(&clasp_prot6, offsetof(struct clasp6_sock, inet6));
	return proto_register(&clasp_prot6, 1);
}

/**
 * clasp_sock6_unregister - the reverse; no socket is left
 */
void clasp_sock6_unregister(void)
{
	proto_unregister(&clasp_prot6);
}
