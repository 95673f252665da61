// SPDX-License-Identifier: GPL-2.0
/*
 * A control group's programs have a say in connect() and bind(): they see the address, change it, or refuse. They are
 * the same for any stream socket; they are loaded by hand, two instructions or four.
 */
#include <linux/bpf.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "sockets.h"

#define INSN(op, to, from, offset, value)					\
	((struct bpf_insn){ .code = (op), .dst_reg = (to), .src_reg = (from), .off = (offset), .imm = (value) })
#define RETURN(value) INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, value), INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define SET_PORT(port)								\
	INSN(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, htons(port)),		\
	INSN(BPF_STX | BPF_MEM | BPF_W, 1, 2, offsetof(struct bpf_sock_addr, user_port), 0)

/* The group that this process is in, and all others. */
static int everybody(void)
{
	int fd;

	mkdir("/tmp/groups", 0700);
	if (mount("none", "/tmp/groups", "cgroup2", 0, NULL) && errno != EBUSY)
		stage_fails("cgroup2");
	fd = open("/tmp/groups", O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		stage_fails("/tmp/groups");
	return fd;
}

/* From now on that program is asked, until detach(). */
static int attach(int type, const struct bpf_insn *code, size_t count)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR, .insns = (uintptr_t)code, .insn_cnt = count,
		.license = (uintptr_t)"GPL", .expected_attach_type = type,
	};
	int program = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (program < 0)
		stage_fails("a program");
	attr = (union bpf_attr){ .target_fd = everybody(), .attach_bpf_fd = program, .attach_type = type };
	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)))
		stage_fails("a program of the group");
	return program;
}

static void detach(int type, int program)
{
	union bpf_attr attr = { .target_fd = everybody(), .attach_bpf_fd = program, .attach_type = type };

	if (syscall(SYS_bpf, BPF_PROG_DETACH, &attr, sizeof(attr)))
		stage_fails("to take a program back");
	close(program);
}

#define ATTACH(type, ...) ({							\
	const struct bpf_insn code[] = { __VA_ARGS__ };				\
										\
	attach(type, code, ARRAY_SIZE(code));					\
})

TEST_F(on, connect__is_refused)
{
	int type = BY_FAMILY(BPF_CGROUP_INET4_CONNECT, BPF_CGROUP_INET6_CONNECT), program;
	int listener = listen_on(SERVER, variant->protocol, PORT), fd = socket_on(CLIENT, variant->protocol, 0);

	program = ATTACH(type, RETURN(0));
	EXPECT_EQ(EPERM, ERRNO(connect(fd, AT(SERVER, PORT))));
	detach(type, program);
	EXPECT_EQ(0, ERRNO(connect(fd, AT(SERVER, PORT))));
	EXPECT_LE(0, accept(listener, NULL, NULL));
}

TEST_F(on, connect__leads_elsewhere)
{
	int type = BY_FAMILY(BPF_CGROUP_INET4_CONNECT, BPF_CGROUP_INET6_CONNECT), program;
	int listener = listen_on(SERVER, variant->protocol, PORT + 1), fd = socket_on(CLIENT, variant->protocol, 0);
	union address peer;
	socklen_t size = sizeof(peer);

	program = ATTACH(type, SET_PORT(PORT + 1), RETURN(1));
	EXPECT_EQ(0, ERRNO(connect(fd, AT(SERVER, PORT))));
	detach(type, program);
	EXPECT_LE(0, accept(listener, NULL, NULL));
	EXPECT_EQ(0, getpeername(fd, &peer.any, &size));
	EXPECT_EQ(PORT + 1, ntohs(peer.v4.sin_port));
}

TEST_F(on, bind__is_refused)
{
	int type = BY_FAMILY(BPF_CGROUP_INET4_BIND, BPF_CGROUP_INET6_BIND), program;
	int fd = socket_on(SERVER, variant->protocol, 0);

	program = ATTACH(type, RETURN(0));
	EXPECT_EQ(EPERM, ERRNO(bind(fd, AT(SERVER, PORT))));
	detach(type, program);
	EXPECT_EQ(0, ERRNO(bind(fd, AT(SERVER, PORT))));
	EXPECT_EQ(PORT, local_port(fd));
}

TEST_F(on, bind__takes_another_port)
{
	int type = BY_FAMILY(BPF_CGROUP_INET4_BIND, BPF_CGROUP_INET6_BIND), program;
	int fd = socket_on(SERVER, variant->protocol, 0);

	program = ATTACH(type, SET_PORT(PORT + 2), RETURN(1));
	EXPECT_EQ(0, ERRNO(bind(fd, AT(SERVER, PORT))));
	detach(type, program);
	EXPECT_EQ(PORT + 2, local_port(fd));
}

SOCKETS_HARNESS_MAIN
