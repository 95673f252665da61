// SPDX-License-Identifier: GPL-2.0
/*
 * A namespace's share of Clasp comes and goes with the namespace. Sockets hold their namespace, so that
 * when it goes only TIME_WAITs are left: they neither hold it nor outlive it.
 */
#include <net/inet_common.h>

#include "flow.h"
#include "listen.h"
#include "mini.h"
#include "net.h"
#include "port.h"
#include "proc.h"
#include "sock.h"

unsigned int clasp_net_id;

static int tables_init(struct clasp_net *cn)
{
	int err = clasp_port_net_init(cn);

	if (err)
		return err;
	err = clasp_listen_net_init(cn);
	if (err)
		goto free_ports;
	err = clasp_flow_net_init(cn);
	if (err)
		goto free_listeners;
	clasp_embryo_net_init(cn);
	clasp_timewait_net_init(cn);
	clasp_output_net_init(cn);
	return 0;

free_listeners:
	clasp_listen_net_exit(cn);
free_ports:
	clasp_port_net_exit(cn);
	return err;
}

static void tables_exit(struct clasp_net *cn)
{
	hrtimer_cancel(&cn->resume_timer);
	hrtimer_cancel(&cn->tw_timer);
	hrtimer_cancel(&cn->embryo_timer);
	clasp_flow_net_exit(cn);
	clasp_listen_net_exit(cn);
	clasp_port_net_exit(cn);
}

static int __net_init net_init(struct net *net)
{
	struct clasp_net *cn = clasp_net(net);
	int err;

	cn->net = net;
	err = clasp_mib_init(cn);
	if (err)
		return err;
	err = inet_ctl_sock_create(&cn->ctl, PF_INET, SOCK_RAW, clasp_protocol, net);
	if (err)
		goto free_mib;
	err = tables_init(cn);
	if (err)
		goto free_ctl;
	err = clasp_sysctl_init(cn);
	if (err)
		goto free_tables;
	err = clasp_proc_init(cn);
	if (err)
		goto free_sysctl;
	return 0;

free_sysctl:
	clasp_sysctl_exit(cn);
free_tables:
	tables_exit(cn);
free_ctl:
	inet_ctl_sock_destroy(cn->ctl);
free_mib:
	clasp_mib_exit(cn);
	return err;
}

static void __net_exit net_pre_exit(struct net *net)
{
	WRITE_ONCE(clasp_net(net)->closing, true);
}

static void __net_exit net_exit(struct net *net)
{
	struct clasp_net *cn = clasp_net(net);

	clasp_proc_exit(cn);
	clasp_sysctl_exit(cn);
	tables_exit(cn);
	inet_ctl_sock_destroy(cn->ctl);
	clasp_mib_exit(cn);
}

static struct pernet_operations operations = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.id = &clasp_net_id,
	.size = sizeof(struct clasp_net),
};

/**
 * clasp_net_register - give every namespace, now and later, its share
 *
 * Return: 0 or a negative errno.
 */
int clasp_net_register(void)
{
	return register_pernet_subsys(&operations);
}

/**
 * clasp_net_unregister - the reverse; nothing arrives any more
 */
void clasp_net_unregister(void)
{
	unregister_pernet_subsys(&operations);
}
