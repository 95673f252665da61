// SPDX-License-Identifier: GPL-2.0
/*
 * What needs a program in the kernel, where the command was built without clang or libbpf: nothing else here needs
 * them.
 */
#include <stdio.h>

#include "commands.h"
#include "loading.h"
#include "run.h"

static void complain(const char *lacking)
{
	fprintf(stderr, "clasp: this command was built without clang and libbpf-dev, and has no %s\n", lacking);
}

/**
 * loading_can - was this command built with programs for the kernel?
 *
 * Return: false.
 */
bool loading_can(void)
{
	return false;
}

/**
 * command_gateway - say why there is none
 * @argc: not looked at
 * @argv: not looked at
 *
 * Return: 2.
 */
int command_gateway(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	complain("gateway");
	return 2;
}

struct run_hook *run_hook(const struct run_choice *choice)
{
	(void)choice;
	complain("--bpf");
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
