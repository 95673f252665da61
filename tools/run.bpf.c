// SPDX-License-Identifier: GPL-2.0
/*
 * In the kernel, for "clasp run --bpf": where a process of the command's cgroup calls socket(2) for TCP, the number
 * that the kernel goes on with is Clasp's. What came of the call is counted when it returns.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/in.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "run.h"

#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOCK_TYPE_MASK 0xf

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct run_choice);
} choices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct run_tally);
} tallies SEC(".maps");

static __always_inline bool is_stream(int family, int type)
{
	return (family == AF_INET || family == AF_INET6) && (type & SOCK_TYPE_MASK) == SOCK_STREAM;
}

static __always_inline bool is_tcp(int protocol)
{
	return protocol == 0 || protocol == IPPROTO_TCP;
}

/* What the command's sockets are to be, if this is one of them. */
static __always_inline const struct run_choice *choice_for(int family, int type)
{
	u32 only = 0;

	if (!is_stream(family, type) || bpf_current_task_under_cgroup(&cgroups, 0) != 1)
		return NULL;
	return bpf_map_lookup_elem(&choices, &only);
}

static __always_inline bool has_clasp(const struct run_choice *choice, int family)
{
	return family == AF_INET ? choice->ipv4 : choice->ipv6;
}

static __always_inline bool becomes_clasp(const struct run_choice *choice, int family, int protocol)
{
	return is_tcp(protocol) && (choice->strict || has_clasp(choice, family));
}

/* As by the preload: multipath TCP is refused, here by asking for a protocol that has no streams. */
static __always_inline bool is_refused(const struct run_choice *choice, int protocol)
{
	return choice->strict && protocol == IPPROTO_MPTCP;
}

/* To be Clasp's all the same: there is none to become. */
static __always_inline bool lacks_clasp(const struct run_choice *choice, int family, int protocol)
{
	return becomes_clasp(choice, family, protocol) && !has_clasp(choice, family);
}

SEC("fmod_ret/update_socket_protocol")
int BPF_PROG(clasp_choose, int family, int type, int protocol)
{
	const struct run_choice *choice = choice_for(family, type);

	if (!choice)
		return 0;
	if (is_refused(choice, protocol))
		return IPPROTO_RAW;
	return becomes_clasp(choice, family, protocol) ? (int)choice->protocol : 0;
}

SEC("fexit/__sys_socket")
int BPF_PROG(clasp_count, int family, int type, int protocol, int fd)
{
	const struct run_choice *choice = choice_for(family, type);
	struct run_tally *tally;
	u32 only = 0;

	if (!choice)
		return 0;
	tally = bpf_map_lookup_elem(&tallies, &only);
	if (!tally)
		return 0;
	if (fd < 0) {
		if (is_refused(choice, protocol) || lacks_clasp(choice, family, protocol))
			__sync_fetch_and_add(&tally->refused, 1);
	} else if (becomes_clasp(choice, family, protocol) || protocol == (int)choice->protocol) {
		__sync_fetch_and_add(&tally->clasp, 1);
	} else {
		__sync_fetch_and_add(&tally->other, 1);
	}
	return 0;
}

char of_program[] SEC("license") = "GPL";
