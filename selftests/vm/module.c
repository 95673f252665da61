// SPDX-License-Identifier: GPL-2.0
/*
 * A module that stands in for clasp when the VM runner is tested: it can refuse to load and refuse to leave.
 */
#include <linux/module.h>

static int status;
module_param(status, int, 0);
MODULE_PARM_DESC(status, "what loading returns");

static bool pinned;
module_param(pinned, bool, 0);
MODULE_PARM_DESC(pinned, "hold a reference for ever");

static int __init stand_in_init(void)
{
	if (pinned)
		__module_get(THIS_MODULE);
	return status;
}

static void __exit stand_in_exit(void)
{
}

module_init(stand_in_init);
module_exit(stand_in_exit);
MODULE_DESCRIPTION("Stands in for clasp");
MODULE_LICENSE("GPL");
