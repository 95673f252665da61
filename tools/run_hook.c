// SPDX-License-Identifier: GPL-2.0
/*
 * "clasp run --bpf": the command gets a cgroup of its own, and the kernel a program that chooses the protocol of the
 * sockets that are opened there. Both end with the command.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "run.h"

#define HOOK "update_socket_protocol"
#define PATH_ROOM 1024

static const char *const programs[] = { "clasp_choose", "clasp_count" };

/**
 * struct run_hook - what stands in the kernel for a command
 * @hierarchy: the mount of all cgroups
 * @above: the folder of the cgroup that this process is in
 * @cgroup: that of the command's, in it
 * @name: of @cgroup
 * @object: programs and maps
 * @links: that keep a program attached, each
 */
struct run_hook {
	int hierarchy;
	int above;
	int cgroup;
	char name[32];
	struct bpf_object *object;
	struct bpf_link *links[ARRAY_SIZE(programs)];
};

static int complain(const char *what, int err)
{
	fprintf(stderr, "clasp: %s: %s\n", what, strerror(err));
	return -1;
}

/* A mount of cgroup2 of this process alone: a network namespace that was entered may have hidden the system's. */
static int open_hierarchy(void)
{
	int context = fsopen("cgroup2", FSOPEN_CLOEXEC), mount = -1, err;

	if (context >= 0 && !fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
	err = errno;
	if (context >= 0)
		close(context);
	return mount < 0 ? complain("cgroup2", err) : mount;
}

/* The cgroup in which this process is: what limits it limits the command too. */
static int find_own(char *path)
{
	FILE *file = fopen("/proc/self/cgroup", "r");
	char line[PATH_ROOM] = "";
	int status = -1;

	while (file && status && fgets(line, sizeof(line), file))
		status = strncmp(line, "0::/", 4);
	if (file)
		fclose(file);
	if (status)
		return complain("/proc/self/cgroup", ENOENT);
	line[strcspn(line, "\n")] = '\0';
	snprintf(path, PATH_ROOM, ".%s", line + 3);
	return 0;
}

static int make_cgroup(struct run_hook *hook)
{
	char own[PATH_ROOM];

	hook->hierarchy = open_hierarchy();
	if (hook->hierarchy < 0 || find_own(own))
		return -1;
	hook->above = openat(hook->hierarchy, own, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(hook->name, sizeof(hook->name), "clasp-run-%d", getpid());
	if (hook->above < 0 || mkdirat(hook->above, hook->name, 0755))
		return complain("cgroup2", errno);
	hook->cgroup = openat(hook->above, hook->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (hook->cgroup >= 0)
		return 0;
	complain("cgroup2", errno);
	unlinkat(hook->above, hook->name, AT_REMOVEDIR);
	return -1;
}

static int need_hook(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int id = btf ? btf__find_by_name_kind(btf, HOOK, BTF_KIND_FUNC) : -ENOENT;

	btf__free(btf);
	if (id > 0)
		return 0;
	fputs("clasp: this kernel has no " HOOK "(), which came with 6.6\n", stderr);
	return -1;
}

static struct bpf_map *map_of(const struct run_hook *hook, const char *name)
{
	return bpf_object__find_map_by_name(hook->object, name);
}

static int load(struct run_hook *hook, const struct run_choice *choice)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "run");
	u32 only = 0;
	int err;

	libbpf_set_print(NULL);
	hook->object = bpf_object__open_mem(_binary_run_bpf_o_start,
					    _binary_run_bpf_o_end - _binary_run_bpf_o_start, &options);
	if (!hook->object)
		return complain("BPF", errno);
	err = bpf_object__load(hook->object);
	if (!err)
		err = bpf_map__update_elem(map_of(hook, "cgroups"), &only, sizeof(only), &hook->cgroup,
					   sizeof(hook->cgroup), BPF_ANY);
	if (!err)
		err = bpf_map__update_elem(map_of(hook, "choices"), &only, sizeof(only), choice,
					   sizeof(*choice), BPF_ANY);
	return err ? complain("BPF", -err) : 0;
}

static int attach(struct run_hook *hook)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		struct bpf_program *program = bpf_object__find_program_by_name(hook->object, programs[i]);

		hook->links[i] = bpf_program__attach(program);
		if (!hook->links[i])
			return complain("BPF", errno);
	}
	return 0;
}

static FILE *open_processes(int cgroup, const char *mode)
{
	int fd = openat(cgroup, "cgroup.procs", (*mode == 'r' ? O_RDONLY : O_WRONLY) | O_CLOEXEC);

	return fd < 0 ? NULL : fdopen(fd, mode);
}

/* What the command has left running stays where it would be without a hook, and opens TCP from now on. */
static void empty_cgroup(const struct run_hook *hook)
{
	FILE *here = open_processes(hook->cgroup, "r"), *above = open_processes(hook->above, "w");
	char pid[32];

	while (here && above && fgets(pid, sizeof(pid), here)) {
		fputs(pid, above);
		fflush(above);
	}
	if (here)
		fclose(here);
	if (above)
		fclose(above);
}

static void take_away(struct run_hook *hook)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(programs); i++)
		bpf_link__destroy(hook->links[i]);
	bpf_object__close(hook->object);
	if (hook->cgroup >= 0) {
		empty_cgroup(hook);
		unlinkat(hook->above, hook->name, AT_REMOVEDIR);
		close(hook->cgroup);
	}
	if (hook->above >= 0)
		close(hook->above);
	if (hook->hierarchy >= 0)
		close(hook->hierarchy);
	free(hook);
}

/**
 * run_hook - have the kernel choose Clasp for processes of a new cgroup
 * @choice: what for what
 *
 * Return: what stands for it until run_hook_leave(), or NULL after a message.
 */
struct run_hook *run_hook(const struct run_choice *choice)
{
	struct run_hook *hook = calloc(1, sizeof(*hook));

	if (!hook) {
		complain("memory", errno);
		return NULL;
	}
	hook->hierarchy = -1;
	hook->above = -1;
	hook->cgroup = -1;
	if (!need_hook() && !make_cgroup(hook) && !load(hook, choice) && !attach(hook))
		return hook;
	take_away(hook);
	return NULL;
}

/**
 * run_hook_join - put the calling process into the cgroup
 * @hook: from run_hook()
 *
 * Return: 0, or -1 after a message.
 */
int run_hook_join(const struct run_hook *hook)
{
	FILE *processes = open_processes(hook->cgroup, "w");
	int err = !processes || fputs("0", processes) < 0 || fflush(processes) ? errno : 0;

	if (processes)
		fclose(processes);
	return err ? complain("cgroup2", err) : 0;
}

/**
 * run_hook_leave - take everything away
 * @hook: from run_hook()
 * @tally: receives how sockets came out
 */
void run_hook_leave(struct run_hook *hook, struct run_tally *tally)
{
	u32 only = 0;

	bpf_map__lookup_elem(map_of(hook, "tallies"), &only, sizeof(only), tally, sizeof(*tally), 0);
	take_away(hook);
}
