// SPDX-License-Identifier: GPL-2.0
/*
 * The clasp command: a name, and the function that does it.
 */
#include <string.h>

#include "commands.h"
#include "grow.h"
#include "tracefs.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
} commands[] = {
	{ "ladder", command_ladder, "ladder [--svg FILE] [--json FILE] [TRACEFILE]" },
	{ "lab", command_lab,
	  "lab [-6] [--svg DIR] [--json DIR] [--quiet] [--step] NUMBER|NAME|FILE|all|list" },
	{ "lab", command_lab, "lab [--protocol N] [--mutant FAULT] [--trace FILE] NUMBER|NAME|FILE|all" },
	{ "drop", command_gate, "drop|hold SIDE FLAGS [N]" },
	{ "hold", command_gate, NULL },
	{ "delay", command_gate, "delay SIDE FLAGS MS [N]" },
	{ "release", command_gate, "release SIDE FLAGS" },
	{ "record", command_record, "record on|clear|off" },
	{ "run", command_run, "run [--strict] [--report] [--bpf] -- COMMAND..." },
	{ "check", command_check, "check -- COMMAND..." },
	{ "gateway", command_gateway, "gateway start DEVICE [--port PORTS] [--protocol N]" },
	{ "gateway", command_gateway, "gateway stop|show DEVICE" },
};

/**
 * command_usage - say what there is
 *
 * Return: 2, the exit status for wrong usage.
 */
int command_usage(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].usage)
			fprintf(stderr, "%s clasp %s\n", i ? "      " : "usage:",
				commands[i].usage);
	return 2;
}

/**
 * command_record - clasp record on|clear|off
 * @argc: of @argv
 * @argv: "record" and what follows
 *
 * "clasp ladder" draws what was recorded.
 *
 * Return: exit status.
 */
int command_record(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const char *path);
	} verbs[] = {
		{ "on", tracefs_start }, { "clear", tracefs_clear }, { "off", tracefs_stop },
	};
	size_t i;

	for (i = 0; argc == 2 && i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(TRACEFS_SHELL) ? 2 : 0;
	return command_usage();
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return command_usage();
}
