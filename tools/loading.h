/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs for the kernel, as the gateway and "clasp run --bpf" need them: what clang made of them is part of this
 * command, where it was built with clang and libbpf.
 */
#ifndef CLASP_TOOLS_LOADING_H
#define CLASP_TOOLS_LOADING_H

#include <stddef.h>

#include "types.h"

struct bpf_object;

/**
 * struct loading - a program to be loaded
 * @name: of its object in the kernel
 * @start: of what clang made
 * @end: of that
 */
struct loading {
	const char *name;
	const char *start;
	const char *end;
};

bool loading_can(void);
struct bpf_object *loading_do(const struct loading *loading);
int loading_tell(struct bpf_object *object, const char *map, const void *value, size_t size);
int loading_fail(const char *what, int err);

#endif
