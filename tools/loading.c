// SPDX-License-Identifier: GPL-2.0
/*
 * Loads a program into the kernel, tells it what it has to know, and says why if that comes to nothing: what libbpf and
 * the kernel have to say until then is kept, since most of it is of no interest where all goes well.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "loading.h"

static char *complaints;

static int keep(enum libbpf_print_level level, const char *format, va_list args)
{
	char *line = NULL, *all = NULL;

	if (level == LIBBPF_DEBUG || vasprintf(&line, format, args) < 0)
		return 0;
	if (asprintf(&all, "%s%s", complaints ? complaints : "", line) < 0)
		all = NULL;
	free(line);
	free(complaints);
	complaints = all;
	return 0;
}

/**
 * loading_can - was this command built with programs for the kernel?
 *
 * Return: true.
 */
bool loading_can(void)
{
	return true;
}

/**
 * loading_do - load a program
 * @loading: which
 *
 * Return: the loaded object, or NULL with errno.
 */
struct bpf_object *loading_do(const struct loading *loading)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = loading->name);
	struct bpf_object *object;
	int err;

	libbpf_set_print(keep);
	object = bpf_object__open_mem(loading->start, loading->end - loading->start, &options);
	if (!object)
		return NULL;
	err = bpf_object__load(object);
	if (!err)
		return object;
	bpf_object__close(object);
	errno = -err;
	return NULL;
}

/**
 * loading_tell - fill the only element of a map
 * @object: from loading_do()
 * @map: its name
 * @value: what goes there
 * @size: of @value
 *
 * Return: 0 or -1 with errno.
 */
int loading_tell(struct bpf_object *object, const char *map, const void *value, size_t size)
{
	u32 only = 0;
	int err = bpf_map__update_elem(bpf_object__find_map_by_name(object, map), &only, sizeof(only), value, size,
				       BPF_ANY);

	errno = -err;
	return err ? -1 : 0;
}

/**
 * loading_fail - say why a program could not be put into the kernel
 * @what: for what it was
 * @err: errno
 *
 * Return: -1.
 */
int loading_fail(const char *what, int err)
{
	if (err == EPERM)
		fprintf(stderr, "clasp: %s: only root may do that\n", what);
	else
		fprintf(stderr, "%sclasp: %s: no BPF: %s\n", complaints ? complaints : "", what, strerror(err));
	return -1;
}
