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

#include "loading.h"
#include "run.h"

#define HOOK "update_socket_protocol"
#define PATH_ROOM 1024
#define NAMES 100			/* that are tried for a cgroup */
#define PASSES 1000			/* over what is left in it */

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

static int fail(const char *why)
{
	fprintf(stderr, "clasp: --bpf: %s\n", why);
	return -1;
}

static int fail_cgroup(int err)
{
	switch (err) {
	case EPERM:
	case EACCES:
		return fail("only root may do that");
	case ENODEV:
		return fail("the kernel has no cgroup2");
	default:
		fprintf(stderr, "clasp: --bpf: cgroup2: %s\n", strerror(err));
		return -1;
	}
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
	return mount < 0 ? fail_cgroup(err) : mount;
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
		return fail("this process is in no cgroup2, see /proc/self/cgroup");
	line[strcspn(line, "\n")] = '\0';
	snprintf(path, PATH_ROOM, ".%s", line + 3);
	return 0;
}

/* A process that was killed leaves its cgroup, and another may have its number now: an empty one is in no use. */
static int make_named(struct run_hook *hook)
{
	int i;

	for (i = 0; i < NAMES; i++) {
		snprintf(hook->name, sizeof(hook->name), i ? "clasp-run-%d-%d" : "clasp-run-%d", getpid(), i);
		if (!mkdirat(hook->above, hook->name, 0755))
			return 0;
		if (errno != EEXIST)
			return -1;
		if (!unlinkat(hook->above, hook->name, AT_REMOVEDIR) && !mkdirat(hook->above, hook->name, 0755))
			return 0;
	}
	return -1;
}

static int make_cgroup(struct run_hook *hook)
{
	char own[PATH_ROOM];
	int err;

	hook->hierarchy = open_hierarchy();
	if (hook->hierarchy < 0 || find_own(own))
		return -1;
	hook->above = openat(hook->hierarchy, own, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (hook->above < 0 || make_named(hook))
		return fail_cgroup(errno);
	hook->cgroup = openat(hook->above, hook->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (hook->cgroup >= 0)
		return 0;
	err = errno;
	unlinkat(hook->above, hook->name, AT_REMOVEDIR);
	return fail_cgroup(err);
}

/* What allows a program to choose there is part of multipath TCP. */
static int need_hook(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int hook, mptcp;

	if (!btf)
		return fail("the kernel does not tell its types (CONFIG_DEBUG_INFO_BTF)");
	hook = btf__find_by_name_kind(btf, HOOK, BTF_KIND_FUNC);
	mptcp = btf__find_by_name_kind(btf, "bpf_mptcp_sock_from_subflow", BTF_KIND_FUNC);
	btf__free(btf);
	if (hook <= 0)
		return fail("this kernel has no " HOOK "(), which came with 6.6");
	return mptcp > 0 ? 0 : fail("this kernel was built without multipath TCP (CONFIG_MPTCP)");
}

static int load(struct run_hook *hook, const struct run_choice *choice)
{
	const struct loading loading = { "run", _binary_run_bpf_o_start, _binary_run_bpf_o_end };

	hook->object = loading_do(&loading);
	if (!hook->object || loading_tell(hook->object, "cgroups", &hook->cgroup, sizeof(hook->cgroup)) ||
	    loading_tell(hook->object, "choices", choice, sizeof(*choice)))
		return loading_fail("--bpf", errno);
	return 0;
}

static int attach(struct run_hook *hook)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		struct bpf_program *program = bpf_object__find_program_by_name(hook->object, programs[i]);

		hook->links[i] = bpf_program__attach(program);
		if (!hook->links[i])
			return loading_fail("--bpf", errno);
	}
	return 0;
}

static FILE *open_processes(int cgroup, const char *mode)
{
	int fd = openat(cgroup, "cgroup.procs", (*mode == 'r' ? O_RDONLY : O_WRONLY) | O_CLOEXEC);

	return fd < 0 ? NULL : fdopen(fd, mode);
}

/* Return: whether there was any process. */
static bool move_processes(const struct run_hook *hook)
{
	FILE *here = open_processes(hook->cgroup, "r"), *above = open_processes(hook->above, "w");
	bool any = false;
	char pid[32];

	while (here && above && fgets(pid, sizeof(pid), here)) {
		any = true;
		fputs(pid, above);
		fflush(above);
	}
	if (here)
		fclose(here);
	if (above)
		fclose(above);
	return any;
}

/*
 * What the command has left running stays where it would be without a hook, and opens TCP from now on. What is moved
 * may have had children meanwhile.
 */
static void remove_cgroup(const struct run_hook *hook)
{
	int i;

	for (i = 0; i < PASSES && unlinkat(hook->above, hook->name, AT_REMOVEDIR) && errno == EBUSY; i++)
		if (!move_processes(hook))
			usleep(1000);
}

static void take_away(struct run_hook *hook)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(programs); i++)
		bpf_link__destroy(hook->links[i]);
	bpf_object__close(hook->object);
	if (hook->cgroup >= 0) {
		remove_cgroup(hook);
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
		fail(strerror(errno));
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
	return err ? fail_cgroup(err) : 0;
}

/**
 * run_hook_leave - take everything away
 * @hook: from run_hook()
 * @tally: receives how sockets came out; zeros where that is not known
 */
void run_hook_leave(struct run_hook *hook, struct run_tally *tally)
{
	struct bpf_map *tallies = bpf_object__find_map_by_name(hook->object, "tallies");
	u32 only = 0;

	if (bpf_map__lookup_elem(tallies, &only, sizeof(only), tally, sizeof(*tally), 0))
		memset(tally, 0, sizeof(*tally));
	take_away(hook);
}
