// SPDX-License-Identifier: GPL-2.0
/*
 * Coming and going. Segments and programs are let in last and shut out first; objects that RCU still frees
 * are waited for before their caches go.
 */
#include <linux/module.h>

#include "flow.h"
#include "grace.h"
#include "mini.h"
#include "net.h"
#include "port.h"
#include "sock.h"

int clasp_protocol = 253;
module_param_named(protocol, clasp_protocol, int, 0444);
MODULE_PARM_DESC(protocol, "IP protocol number: 253 or 254 (RFC 3692)");

static int __init start(void)
{
	int err = -EINVAL;

	if (clasp_protocol != 253 && clasp_protocol != 254) {
		pr_err("clasp: protocol=%d: must be 253 or 254, the numbers for experiments\n",
		       clasp_protocol);
		return err;
	}
	clasp_flow_init();
	err = clasp_ephemeral_init();
	if (err)
		return err;
	err = clasp_embryo_init();
	if (err)
		goto free_ephemeral;
	err = clasp_timewait_init();
	if (err)
		goto free_embryo;
	err = clasp_sock_register();
	if (err)
		goto free_timewait;
	err = clasp_net_register();
	if (err)
		goto free_sock;
	err = clasp_ipv4_register();
	if (err)
		goto free_net;
	err = clasp_ipv6_there() ? clasp_ipv6_register() : 0;
	if (err)
		goto unregister_ipv4;
	clasp_ipv4_open();
	return 0;

unregister_ipv4:
	clasp_ipv4_unregister();
free_net:
	pr_err("clasp: protocol=%d: somebody else has this number\n", clasp_protocol);
	clasp_net_unregister();
free_sock:
	clasp_sock_unregister();
free_timewait:
	clasp_timewait_exit();
free_embryo:
	clasp_embryo_exit();
free_ephemeral:
	clasp_ephemeral_exit();
	return err;
}

static void __exit stop(void)
{
	clasp_ipv4_close();
	if (clasp_ipv6_there())
		clasp_ipv6_unregister();
	clasp_ipv4_unregister();
	clasp_net_unregister();
	clasp_grace_exit();
	clasp_sock_unregister();
	clasp_timewait_exit();
	clasp_embryo_exit();
	clasp_ephemeral_exit();
}

module_init(start);
module_exit(stop);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Connection Lifecycle And Stream Protocol: TCP's states and byte stream, RFC 9293");
