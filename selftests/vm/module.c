// SPDX-License-Identifier: GPL-2.0
/*
 * A module that stands in for clasp when the VM runner is tested: it can refuse to load and refuse to leave,
 * and commit what only the debug kernel sees.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static int status;
module_param(status, int, 0);
MODULE_PARM_DESC(status, "what loading returns");

static bool pinned;
module_param(pinned, bool, 0);
MODULE_PARM_DESC(pinned, "hold a reference for ever");

static bool guilty;
module_param(guilty, bool, 0);
MODULE_PARM_DESC(guilty, "commit all crimes");

static DEFINE_SPINLOCK(first);
static DEFINE_SPINLOCK(second);

static void take_both(spinlock_t *outer, spinlock_t *inner)
{
	spin_lock(outer);
	spin_lock(inner);
	spin_unlock(inner);
	spin_unlock(outer);
}

static void commit_leak(void)
{
	pr_info("%zu octets are lost\n", ksize(kmalloc(64, GFP_KERNEL)));
}

static void commit_order(void)
{
	take_both(&first, &second);
	take_both(&second, &first);
}

static void commit_freed(void)
{
	int *number = kmalloc(sizeof(*number), GFP_KERNEL);

	kfree(number);
	pr_info("freed memory says %d\n", READ_ONCE(*number));
}

static void commit_sleep(void)
{
	spin_lock(&first);
	msleep(20);
	spin_unlock(&first);
}

static void commit_shift(void)
{
	pr_info("1 << 32 is %d\n", 1 << (READ_ONCE(status) + 32));
}

static void expired(struct timer_list *timer)
{
}

/* The debug kernel takes the timer out before it frees the memory; no other may be asked for this. */
static void commit_timer(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	timer_setup(timer, expired, 0);
	mod_timer(timer, jiffies + 3600 * HZ);
	kfree(timer);
}

/* What switches lockdep off comes after its own crime: who sleeps with a lock held, and whatever KASAN finds. */
static void (*const crimes[])(void) = {
	commit_leak, commit_shift, commit_timer, commit_order, commit_sleep, commit_freed,
};

static int __init stand_in_init(void)
{
	unsigned int i;

	if (pinned)
		__module_get(THIS_MODULE);
	for (i = 0; guilty && i < ARRAY_SIZE(crimes); i++)
		crimes[i]();
	return status;
}

static void __exit stand_in_exit(void)
{
}

module_init(stand_in_init);
module_exit(stand_in_exit);
MODULE_DESCRIPTION("Stands in for clasp");
MODULE_LICENSE("GPL");
