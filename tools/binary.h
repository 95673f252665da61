/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an ELF file tells about how it will run.
 */
#ifndef CLASP_TOOLS_BINARY_H
#define CLASP_TOOLS_BINARY_H

#include "types.h"

/**
 * struct binary - a program or a library
 * @elf: it is an ELF file; otherwise nothing else is known
 * @foreign: for another machine, or another word size, than this command
 * @go: it was made by Go's compiler
 * @internet: it calls the C library's socket(), and what is of use with sockets of the internet
 * @loader: what loads its libraries; "" for a static program, and for most libraries
 */
struct binary {
	bool elf;
	bool foreign;
	bool go;
	bool internet;
	char loader[128];
};

int binary_read(struct binary *binary, const char *path);

#endif
