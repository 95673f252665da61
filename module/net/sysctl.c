// SPDX-License-Identifier: GPL-2.0
/*
 * The knobs under net.clasp. One table says of each its unit and its bounds; a value is stored only
 * in the form that core/ reads, and converted back when somebody looks.
 */
#include <linux/slab.h>
#include <linux/sysctl.h>

#include "compat.h"
#include "mini.h"
#include "net.h"
#include "sysctl.h"

/**
 * struct knob - one file
 * @name: of the file
 * @offset: where struct clasp_sysctl keeps it
 * @size: octets that it takes there
 * @unit: what one is worth there: ns for a time, 1 for a number
 * @initial: default, in units, like the bounds
 * @min: least
 * @max: most
 */
struct knob {
	const char *name;
	u32 offset;
	u32 size;
	u32 unit;
	int initial;
	int min;
	int max;
};

#define KNOB(name, member, unit, initial, min, max)					\
	{ name, offsetof(struct clasp_sysctl, member),					\
	  sizeof_field(struct clasp_sysctl, member), unit, initial, min, max }
#define MS CLASP_MSEC
#define SEC CLASP_SEC

/*
 * rto_min_ms cannot be set above rto_max_ms: their ranges only touch. An ACK is delayed by less
 * than half a second (RFC 9293, MUST-58).
 */
static const struct knob knobs[] = {
	KNOB("msl_ms", config.msl, MS, 30000, 10, 600000),
	KNOB("rto_initial_ms", config.rto_init, MS, 1000, 10, 60000),
	KNOB("rto_min_ms", config.rto_min, MS, 200, 1, 1000),
	KNOB("rto_max_ms", config.rto_max, MS, 120000, 1000, 600000),
	KNOB("delack_ms", config.delack, MS, 40, 1, 499),
	KNOB("fin_timeout", config.fin_timeout, SEC, 60, 1, 3600),
	KNOB("challenge_ack_interval_ms", config.challenge_interval, MS, 500, 0, 60000),
	KNOB("syn_retries", config.syn_retries, 1, 7, 1, 127),
	KNOB("synack_retries", config.synack_retries, 1, 7, 0, 127),
	KNOB("retries1", config.retries1, 1, 3, 3, 127),
	KNOB("retries2", config.retries2, 1, 15, 1, 127),
	KNOB("orphan_retries", config.orphan_retries, 1, 0, 0, 127),
	KNOB("max_orphans", max_orphans, 1, 16384, 0, 1 << 20),
	KNOB("max_tw_buckets", max_tw_buckets, 1, 65536, 0, 1 << 20),
};

/* Readers take no lock, so that a value is stored whole. */
static void store(struct clasp_sysctl *sysctl, const struct knob *knob, int value)
{
	void *at = (char *)sysctl + knob->offset;

	switch (knob->size) {
	case sizeof(u8):
		WRITE_ONCE(*(u8 *)at, value);
		break;
	case sizeof(u32):
		WRITE_ONCE(*(u32 *)at, value);
		break;
	case sizeof(u64):
		WRITE_ONCE(*(u64 *)at, (u64)value * knob->unit);
		break;
	}
}

static int load(const struct clasp_sysctl *sysctl, const struct knob *knob)
{
	const void *at = (const char *)sysctl + knob->offset;

	switch (knob->size) {
	case sizeof(u8):
		return READ_ONCE(*(const u8 *)at);
	case sizeof(u32):
		return READ_ONCE(*(const u32 *)at);
	default:
		return div_u64(READ_ONCE(*(const u64 *)at), knob->unit);
	}
}

/* table->data is the namespace's struct clasp_sysctl, table->extra1 the knob. */
static int handle(clasp_ctl_table *table, int write, void *buffer, size_t *len, loff_t *pos)
{
	const struct knob *knob = table->extra1;
	struct clasp_sysctl *sysctl = table->data;
	int value = load(sysctl, knob);
	struct ctl_table bounded = {
		.procname = knob->name,
		.data = &value,
		.maxlen = sizeof(value),
		.extra1 = (void *)&knob->min,
		.extra2 = (void *)&knob->max,
	};
	int err = proc_dointvec_minmax(&bounded, write, buffer, len, pos);

	if (!err && write) {
		store(sysctl, knob, value);
		clasp_timewait_rearm(container_of(sysctl, struct clasp_net, sysctl));
	}
	return err;
}

static void fill(struct ctl_table *table, struct clasp_sysctl *sysctl, const struct knob *knob)
{
	table->procname = knob->name;
	table->data = sysctl;
	table->maxlen = sizeof(int);
	table->mode = 0644;
	table->proc_handler = handle;
	table->extra1 = (void *)knob;
}

/**
 * clasp_sysctl_init - give a namespace its defaults and its files
 * @cn: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int clasp_sysctl_init(struct clasp_net *cn)
{
	struct clasp_sysctl *sysctl = &cn->sysctl;
	struct ctl_table *table;
	unsigned int i;

	table = kcalloc(ARRAY_SIZE(knobs) + CLASP_SYSCTL_SENTINEL, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		store(sysctl, &knobs[i], knobs[i].initial);
		fill(&table[i], sysctl, &knobs[i]);
	}
	sysctl->header = clasp_register_sysctl(cn->net, "net/clasp", table, ARRAY_SIZE(knobs));
	if (!sysctl->header) {
		kfree(table);
		return -ENOMEM;
	}
	return 0;
}

/**
 * clasp_sysctl_exit - take a namespace's files away, after their last reader
 * @cn: the namespace
 */
void clasp_sysctl_exit(struct clasp_net *cn)
{
	const struct ctl_table *table = cn->sysctl.header->ctl_table_arg;

	unregister_net_sysctl_table(cn->sysctl.header);
	kfree(table);
}
