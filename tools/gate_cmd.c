// SPDX-License-Identifier: GPL-2.0
/*
 * "clasp drop", "hold", "delay" and "release": the steps of that name, by hand, between the
 * namespaces "client" and "server".
 */
#include "commands.h"
#include "gate.h"

/**
 * command_gate - clasp drop|hold|delay|release SIDE FLAGS [MS] [N]
 * @argc: of @argv
 * @argv: the words of a step
 *
 * Return: exit status.
 */
int command_gate(int argc, char **argv)
{
	struct step step = { 0 };
	struct gate_way way = { .protocol = LAB_PROTOCOL };

	if (step_parse(&step, argv, argc) || *step.socket)
		return command_usage();
	way.from = host_names[!step.host];
	way.to = host_names[step.host];
	return gate_set(&way, &step) ? 2 : 0;
}
