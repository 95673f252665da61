// SPDX-License-Identifier: GPL-2.0
/*
 * Which functions does each test enter? The compiler calls these two hooks from everything but the harness,
 * so that a function entered at depth 0 is a test, or one of the harness's own steps between tests. Each new
 * pair goes to file descriptor 3 as two addresses: who was at depth 0, and what was entered.
 */
#include <stdio.h>

#include "trace_calls.h"

#define PAIRS 0x40000

static struct { void *root, *function; } pairs[PAIRS];
static void *root;
static unsigned int depth;

static void note(void *function)
{
	unsigned long hash = ((unsigned long)root * 31 + (unsigned long)function) * 2654435761UL;
	unsigned int i = hash % PAIRS;

	for (; pairs[i].root; i = (i + 1) % PAIRS)
		if (pairs[i].root == root && pairs[i].function == function)
			return;
	pairs[i].root = root;
	pairs[i].function = function;
	dprintf(3, "%p %p\n", root, function);
}

void __cyg_profile_func_enter(void *function, void *caller)
{
	(void)caller;
	if (!depth++)
		root = function;
	note(function);
}

void __cyg_profile_func_exit(void *function, void *caller)
{
	(void)function;
	(void)caller;
	depth--;
}
