// SPDX-License-Identifier: GPL-2.0
/*
 * What needs a program in the kernel, where the command was built without clang or libbpf: nothing else here needs them.
 */
#include <stdio.h>

#include "run.h"

struct run_hook *run_hook(const struct run_choice *choice)
{
	(void)choice;
	fputs("clasp: this command was built without clang and libbpf-dev, and has no --bpf\n", stderr);
	return NULL;
}

int run_hook_join(const struct run_hook *hook)
{
	return hook ? 0 : -1;
}

void run_hook_leave(struct run_hook *hook, struct run_tally *tally)
{
	(void)hook;
	(void)tally;
}
