/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the clasp command can do; every function returns an exit status: 0 all is well, 1 a check
 * failed, 2 wrong usage or something that must be there is not.
 */
#ifndef CLASP_TOOLS_COMMANDS_H
#define CLASP_TOOLS_COMMANDS_H

#include "writers.h"

int command_usage(void);
int command_ladder(int argc, char **argv);
int command_lab(int argc, char **argv);
int command_record(int argc, char **argv);
int command_gate(int argc, char **argv);
int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
int command_gateway(int argc, char **argv);

int ladders_save(const struct ladders *ladders, const struct trace *trace,
		 const struct caption *caption, const char *svg, const char *json);
void ladders_print(const struct ladders *ladders, const struct caption *caption);

#endif
