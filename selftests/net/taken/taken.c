// SPDX-License-Identifier: GPL-2.0
/*
 * Somebody else who experiments with protocol 253, and was here first.
 */
#include <linux/module.h>
#include <linux/skbuff.h>
#include <net/protocol.h>

static int swallow(struct sk_buff *skb)
{
	kfree_skb(skb);
	return 0;
}

static const struct net_protocol first = {
	.handler = swallow,
	.no_policy = 1,
};

static int __init taken_init(void)
{
	return inet_add_protocol(&first, 253);
}

static void __exit taken_exit(void)
{
	inet_del_protocol(&first, 253);
}

module_init(taken_init);
module_exit(taken_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Takes the protocol number that Clasp would have");
