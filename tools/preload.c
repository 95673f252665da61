// SPDX-License-Identifier: GPL-2.0
/*
 * libclasp-run.so: stands before the C library in programs that "clasp run" starts, and opens Clasp sockets
 * where they ask for TCP's. A Clasp socket takes TCP's options at TCP's level, so nothing else has to change
 * but what it answers when it is asked for its protocol. Name services stay where they are: the C library
 * does not call itself through here.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run.h"

#define WORD(value) #value
#define WIDTH(value) WORD(value)
#define ROOM 63

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct run_tally nobody_reads;
static struct run_tally *tally = &nobody_reads;
static u32 clasp;
static bool strict;

/* Families for which the kernel said that it has no Clasp are not asked again: it would look for a module. */
static bool missing[AF_INET6 + 1];

static int (*next_socket)(int domain, int type, int protocol);
static int (*next_getsockopt)(int fd, int level, int name, void *value, socklen_t *len);

/* The path may mean another file in another PID namespace. One that cannot shrink can be read and written. */
static void map_tally(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC), seals;
	void *memory;

	if (fd < 0)
		return;
	seals = fcntl(fd, F_GET_SEALS);
	if (seals > 0 && seals & F_SEAL_SHRINK && lseek(fd, 0, SEEK_END) == sizeof(*tally)) {
		memory = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (memory != MAP_FAILED)
			tally = memory;
	}
	close(fd);
}

static void read_order(void)
{
	const char *order = getenv(RUN_ORDER);
	char manner[ROOM + 1] = "", path[ROOM + 1] = "";
	int before = errno;

	next_socket = dlsym(RTLD_NEXT, "socket");
	next_getsockopt = dlsym(RTLD_NEXT, "getsockopt");
	if (order && sscanf(order, "%u %" WIDTH(ROOM) "s %" WIDTH(ROOM) "s", &clasp, manner, path) > 1) {
		strict = !strcmp(manner, RUN_STRICT);
		if (*path)
			map_tally(path);
	}
	errno = before;
}

/* While the environment is still what the command was given. */
static void __attribute__((constructor)) begin(void)
{
	pthread_once(&once, read_order);
}

static void count(u64 *number)
{
	__atomic_fetch_add(number, 1, __ATOMIC_RELAXED);
}

static bool is_stream(int domain, int type)
{
	return (domain == AF_INET || domain == AF_INET6) &&
	       (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM;
}

static bool says_unknown(int err)
{
	return err == EPROTONOSUPPORT || err == EAFNOSUPPORT || err == ESOCKTNOSUPPORT;
}

/* A Clasp socket, or -1: with errno 0 when the kernel has none for this family. */
static int open_clasp(int domain, int type)
{
	int fd = -1;

	if (!__atomic_load_n(&missing[domain], __ATOMIC_RELAXED))
		fd = syscall(SYS_socket, domain, type, clasp);
	else
		errno = EPROTONOSUPPORT;
	if (fd < 0 && says_unknown(errno)) {
		__atomic_store_n(&missing[domain], true, __ATOMIC_RELAXED);
		errno = 0;
	}
	return fd;
}

/* Programs that try one family after the other know what this errno means. */
static int refuse(int domain)
{
	count(&tally->refused);
	errno = domain == AF_INET6 ? EAFNOSUPPORT : EPROTONOSUPPORT;
	return -1;
}

/* A socket of another protocol; multipath TCP becomes TCP when the peer has none, which strict does not allow. */
static int open_other(int domain, int type, int protocol)
{
	int fd;

	if (strict && (!protocol || protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP))
		return refuse(domain);
	fd = next_socket(domain, type, protocol);
	if (fd >= 0)
		count(&tally->other);
	return fd;
}

/* socket(2), where TCP means Clasp. */
int socket(int domain, int type, int protocol)
{
	int fd, before = errno;

	pthread_once(&once, read_order);
	if (!clasp || !is_stream(domain, type))
		return next_socket(domain, type, protocol);
	if (protocol && protocol != IPPROTO_TCP)
		return open_other(domain, type, protocol);
	fd = open_clasp(domain, type);
	if (fd < 0 && !errno) {
		errno = before;
		return open_other(domain, type, protocol);
	}
	if (fd >= 0)
		count(&tally->clasp);
	return fd;
}

static bool is_clasp(int fd, const int *protocol, socklen_t len)
{
	int type;
	socklen_t room = sizeof(type);

	return clasp && len == sizeof(*protocol) && (u32)*protocol == clasp &&
	       !next_getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &room) && type == SOCK_STREAM;
}

/* getsockopt(2), where Clasp means TCP. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int status;

	pthread_once(&once, read_order);
	status = next_getsockopt(fd, level, name, value, len);
	if (!status && level == SOL_SOCKET && name == SO_PROTOCOL && is_clasp(fd, value, *len))
		*(int *)value = IPPROTO_TCP;
	return status;
}
