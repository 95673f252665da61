// SPDX-License-Identifier: GPL-2.0
/*
 * The counters' storage, and their listing as "Name value" lines: sums are taken when somebody
 * looks, so that counting costs one instruction on the CPU that counts.
 */
#include "compat.h"
#include "mib.h"
#include "net.h"

#define NAME(name) #name,

static const char * const names[CLASP_MIB_COUNTERS] = {
	CLASP_MIB_EVENTS(NAME)
	CLASP_MIB_DROPS(NAME)
	CLASP_MIB_NOTES(NAME)
};

#undef NAME

/**
 * clasp_mib_init - give a namespace its counters, all 0
 * @cn: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int clasp_mib_init(struct clasp_net *cn)
{
	cn->mib = alloc_percpu(struct clasp_mib);
	return cn->mib ? 0 : -ENOMEM;
}

/**
 * clasp_mib_exit - free the counters, after the last segment and the last reader
 * @cn: the namespace
 */
void clasp_mib_exit(struct clasp_net *cn)
{
	free_percpu(cn->mib);
}

static unsigned long sum(const struct clasp_net *cn, unsigned int counter)
{
	unsigned long total = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		total += READ_ONCE(per_cpu_ptr(cn->mib, cpu)->counters[counter]);
	return total;
}

/**
 * clasp_mib_show - /proc/net/clasp_snmp
 * @seq: a file of one namespace
 * @unused: of seq_file
 *
 * Return: 0.
 */
int clasp_mib_show(struct seq_file *seq, void *unused)
{
	const struct clasp_net *cn = clasp_net(seq_file_single_net(seq));
	unsigned int i;

	for (i = 0; i < CLASP_MIB_COUNTERS; i++)
		seq_printf(seq, "%s %lu\n", names[i], sum(cn, i));
	return 0;
}
