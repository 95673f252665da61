// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of the emulator that counts, between two marks of a program in the guest, how often each block of
 * instructions ran. The guest does not see it: what it measures of itself is the same with it and without.
 * Argument: out=FILE, where each line is: number of the region, address of a block, instructions, how often it ran.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "marks.h"
#include "plugin.h"

EXPORTED int qemu_plugin_version = 1;

/**
 * struct block - instructions that run one after the other
 * @next: of all
 * @address: of the first
 * @length: how many
 * @count: instructions executed since the emulator began
 * @before: the same when what is counted began
 */
struct block {
	struct block *next;
	uint64_t address;
	uint64_t length;
	uint64_t count;
	uint64_t before;
};

static struct block *blocks;
static FILE *out;
static int region;

static void next_region(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	region++;
}

static void region_begins(unsigned int cpu, void *data)
{
	struct block *block;

	(void)cpu;
	(void)data;
	for (block = blocks; block; block = block->next)
		block->before = block->count;
}

static void region_ends(unsigned int cpu, void *data)
{
	struct block *block;
	uint64_t count;

	(void)cpu;
	(void)data;
	for (block = blocks; block; block = block->next) {
		count = block->count - block->before;
		if (count)
			fprintf(out, "%d %016" PRIx64 " %" PRIu64 " %" PRIu64 "\n", region, block->address, count,
				count / block->length);
	}
	fflush(out);
}

static bool is_mark(const struct qemu_plugin_insn *insn, uint32_t number)
{
	static const uint8_t nopl[] = { 0x0f, 0x1f, 0x80 };
	const uint8_t *octets = qemu_plugin_insn_data(insn);

	return qemu_plugin_insn_size(insn) == MARK_OCTETS && !memcmp(octets, nopl, sizeof(nopl)) &&
	       !memcmp(octets + sizeof(nopl), &number, sizeof(number));
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	struct block *block = calloc(1, sizeof(*block));
	size_t i, length = qemu_plugin_tb_n_insns(tb);
	struct qemu_plugin_insn *insn;

	(void)id;
	if (!block)
		abort();
	block->address = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
	block->length = length;
	block->next = blocks;
	blocks = block;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, ADD_U64, &block->count, length);
	for (i = 0; i < length; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		if (is_mark(insn, MARK_IS_NEXT))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, next_region, NO_REGISTERS, NULL);
		if (is_mark(insn, MARK_BEGINS))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, region_begins, NO_REGISTERS, NULL);
		if (is_mark(insn, MARK_ENDS))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, region_ends, NO_REGISTERS, NULL);
	}
}

EXPORTED int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4))
		return -1;
	out = fopen(argv[0] + 4, "w");
	if (!out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
