// SPDX-License-Identifier: GPL-2.0
/*
 * The knobs under net.clasp, out of the table in knobs.h. A value is stored only in the form that core/ reads,
 * and converted back when somebody looks.
 */
#include <linux/slab.h>
#include <linux/sysctl.h>

#include "compat.h"
#include "congestion.h"
#include "knobs.h"
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
	u32 initial;
	u32 min;
	u32 max;
};

#define MS CLASP_MSEC
#define SEC CLASP_SEC
#define COUNT 1
#define PERCENT 1
#define OCTETS 1
#define PAGES 1
#define FLAG 1
#define ROW(name, member, unit, initial, min, max, tcp, sentence)			\
	{ #name, offsetof(struct clasp_sysctl, member),					\
	  sizeof_field(struct clasp_sysctl, member), unit, initial, min, max },

static const struct knob knobs[] = {
	CLASP_KNOBS(ROW)
};

/* Readers take no lock, so that a value is stored whole. */
static void store(struct clasp_sysctl *sysctl, const struct knob *knob, u32 value)
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

static u32 load(const struct clasp_sysctl *sysctl, const struct knob *knob)
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
static int handle(CLASP_CTL_TABLE *table, int write, void *buffer, size_t *len, loff_t *pos)
{
	const struct knob *knob = table->extra1;
	struct clasp_sysctl *sysctl = table->data;
	u32 value = load(sysctl, knob);
	struct ctl_table bounded = {
		.procname = knob->name,
		.data = &value,
		.maxlen = sizeof(value),
		.extra1 = (void *)&knob->min,
		.extra2 = (void *)&knob->max,
	};
	int err = proc_douintvec_minmax(&bounded, write, buffer, len, pos);

	if (!err && write) {
		store(sysctl, knob, value);
		clasp_timewait_rearm(container_of(sysctl, struct clasp_net, sysctl));
	}
	return err;
}

/* What is no number, and has a handler of its own. */
static const struct {
	const char *name;
	proc_handler *handler;
	umode_t mode;
} words[] = {
	{ "congestion_control", clasp_congestion_sysctl, 0644 },
	{ "available_congestion_control", clasp_congestion_available, 0444 },
};

#define FILES (ARRAY_SIZE(knobs) + ARRAY_SIZE(words))

static void fill(struct ctl_table *table, struct clasp_sysctl *sysctl, const struct knob *knob)
{
	table->procname = knob->name;
	table->data = sysctl;
	table->maxlen = sizeof(u32);
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

	table = kcalloc(FILES + CLASP_SYSCTL_SENTINEL, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		store(sysctl, &knobs[i], knobs[i].initial);
		fill(&table[i], sysctl, &knobs[i]);
	}
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		table[ARRAY_SIZE(knobs) + i].procname = words[i].name;
		table[ARRAY_SIZE(knobs) + i].data = sysctl;
		table[ARRAY_SIZE(knobs) + i].mode = words[i].mode;
		table[ARRAY_SIZE(knobs) + i].proc_handler = words[i].handler;
	}
	sysctl->header = clasp_register_sysctl(cn->net, "net/clasp", table, FILES);
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
