/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stage of the tests here: two hosts, each a network namespace, joined by a veth pair, and one
 * process that opens sockets on either. Whatever is missing on the stage ends the test at once;
 * what is tested is reported by the test itself.
 *
 * Tests run on Clasp; PROTOCOL=6 in the environment runs the same on the kernel's TCP.
 */
#ifndef CLASP_NET_HELPERS_H
#define CLASP_NET_HELPERS_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <clasp.h>

#define HELPER static __attribute__((unused))

enum host { CLIENT, SERVER, HOSTS };

/* The kernel's TCP_* state numbers, as in /proc/net/tcp. */
enum state {
	GONE, ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT_1, FIN_WAIT_2, TIME_WAIT, CLOSED,
	CLOSE_WAIT, LAST_ACK, LISTENING, CLOSING, STATES
};

static int namespaces[HOSTS] = { -1, -1 };

HELPER __attribute__((format(printf, 1, 2), noreturn)) void stage_fails(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("Bail out! ");
	vprintf(format, args);
	printf(": %s\n", strerror(errno));
	va_end(args);
	fflush(stdout);
	_exit(1);
}

HELPER int protocol(void)
{
	const char *chosen = getenv("PROTOCOL");

	return chosen ? atoi(chosen) : IPPROTO_CLASP;
}

HELPER __attribute__((format(printf, 1, 2))) void run(const char *format, ...)
{
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	fflush(stdout);
	if (system(command))
		stage_fails("%s", command);
}

/* From here on this process acts on that host: its sockets, its /proc/net, its sysctls. */
HELPER void enter(enum host host)
{
	if (setns(namespaces[host], CLONE_NEWNET))
		stage_fails("setns");
}

static int new_namespace(void)
{
	int fd;

	if (unshare(CLONE_NEWNET))
		stage_fails("unshare");
	fd = open("/proc/self/ns/net", O_RDONLY);
	if (fd < 0)
		stage_fails("/proc/self/ns/net");
	return fd;
}

/*
 * Gives a host its address and its neighbour's, so that no ARP mixes with what a test counts and
 * delays.
 */
static void address_host(enum host host)
{
	enter(host);
	run("ip -batch - <<-END\n"
	    "link set lo up\n"
	    "addr add 10.0.0.%d/24 dev eth0\n"
	    "link set eth0 up\n"
	    "neigh add 10.0.0.%d lladdr 02:00:00:00:00:0%d dev eth0 nud permanent\n"
	    "END", host + 1, !host + 1, !host + 1);
}

/* Two fresh hosts, 10.0.0.1 and 10.0.0.2; they go when this process and its children have gone. */
HELPER void hosts_up(void)
{
	int host;

	for (host = CLIENT; host < HOSTS; host++)
		namespaces[host] = new_namespace();
	enter(CLIENT);
	run("ip link add eth0 address %s type veth peer name eth0 address %s netns /proc/self/fd/%d",
	    "02:00:00:00:00:01", "02:00:00:00:00:02", namespaces[SERVER]);
	address_host(CLIENT);
	address_host(SERVER);
	enter(CLIENT);
}

/* What the wire does to packets that leave a host, in tc-netem's words. */
HELPER void wire(enum host host, const char *netem)
{
	enter(host);
	run("tc qdisc replace dev eth0 root netem %s", netem);
}

HELPER void sysctl_set(enum host host, const char *name, long value)
{
	enter(host);
	run("echo %ld >/proc/sys/net/%s", value, name);
}

HELPER uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

HELPER void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* True as soon as the condition is, false when it has not become so in that many seconds. */
#define WITHIN(seconds, condition) ({						\
	uint64_t give_up = now_ns() + (seconds) * 1000000000ull;		\
	bool came;								\
										\
	while (!(came = (condition)) && now_ns() < give_up)			\
		pause_ms(5);							\
	came;									\
})

HELPER struct sockaddr_in address(enum host host, int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(0x0a000001 + host),
	};
}

/* Address and size, as bind() and connect() take them. */
#define AT(host, port) (struct sockaddr *)(struct sockaddr_in[1]) { address(host, port) },	\
	sizeof(struct sockaddr_in)

HELPER int socket_on(enum host host, int protocol, int flags)
{
	int fd;

	enter(host);
	fd = socket(AF_INET, SOCK_STREAM | flags, protocol);
	if (fd < 0)
		stage_fails("socket of protocol %d", protocol);
	return fd;
}

HELPER int listen_on(enum host host, int protocol, int port)
{
	int fd = socket_on(host, protocol, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, AT(host, port)) || listen(fd, 128))
		stage_fails("listen on port %d", port);
	return fd;
}

HELPER int connect_from(enum host host, int protocol, int port)
{
	int fd = socket_on(host, protocol, 0);

	if (connect(fd, AT(!host, port)))
		stage_fails("connect to port %d", port);
	return fd;
}

/* A connection: ends[CLIENT] connected, ends[SERVER] accepted. */
HELPER void connection(int ends[HOSTS], int protocol, int port)
{
	int listener = listen_on(SERVER, protocol, port);

	ends[CLIENT] = connect_from(CLIENT, protocol, port);
	ends[SERVER] = accept(listener, NULL, NULL);
	if (ends[SERVER] < 0)
		stage_fails("accept on port %d", port);
	close(listener);
}

HELPER int local_port(int fd)
{
	struct sockaddr_in here;
	socklen_t size = sizeof(here);

	if (getsockname(fd, (struct sockaddr *)&here, &size))
		stage_fails("getsockname");
	return ntohs(here.sin_port);
}

/**
 * struct listed - a line of the list of connections
 * @timer: as in /proc/net/tcp: 1 retransmission, 2 keepalive, 3 TIME_WAIT, 4 persist
 * @ticks: until it is due
 * @inode: of the socket, 0 without one
 */
struct listed {
	unsigned int state;
	unsigned int timer;
	unsigned int ticks;
	unsigned long inode;
};

/* The connection from this host's lport to the other's rport, as it is listed; 0 for any port. */
HELPER bool find_listed(enum host host, int protocol, unsigned int lport, unsigned int rport,
			struct listed *listed)
{
	unsigned int local, remote;
	bool found = false;
	char line[256];
	FILE *list;

	enter(host);
	list = fopen(protocol == IPPROTO_TCP ? "/proc/net/tcp" : "/proc/net/clasp", "r");
	if (!list)
		stage_fails("the list of connections");
	while (!found && fgets(line, sizeof(line), list))
		found = sscanf(line, "%*d: %*x:%x %*x:%x %x %*x:%*x %x:%x %*x %*u %*d %lu", &local,
			       &remote, &listed->state, &listed->timer, &listed->ticks,
			       &listed->inode) == 6 &&
			(!lport || lport == local) && (!rport || rport == remote);
	fclose(list);
	return found;
}

HELPER int state_of(enum host host, int protocol, unsigned int lport, unsigned int rport)
{
	struct listed listed;

	return find_listed(host, protocol, lport, rport, &listed) ? listed.state : GONE;
}

/* What a host has counted, by a name of clasp_snmp. */
HELPER long counter(enum host host, const char *name)
{
	char line[128], found[64];
	long value, result = -1;
	FILE *list;

	enter(host);
	list = fopen("/proc/net/clasp_snmp", "r");
	while (list && result < 0 && fgets(line, sizeof(line), list))
		if (sscanf(line, "%63s %ld", found, &value) == 2 && !strcmp(found, name))
			result = value;
	if (result < 0)
		stage_fails("the counter %s", name);
	fclose(list);
	return result;
}

HELPER bool readable(int fd, int seconds)
{
	struct pollfd one = { .fd = fd, .events = POLLIN };

	return poll(&one, 1, seconds * 1000) == 1;
}

HELPER void file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		stage_fails("%s", path);
	close(fd);
}

/* Run a part of a test in a process of its own; returns at once. */
#define IN_CHILD(statement) ({							\
	pid_t child = fork();							\
										\
	if (!child) {								\
		statement;							\
		_exit(0);							\
	}									\
	child;									\
})

HELPER bool child_succeeds(pid_t child)
{
	int status;

	return waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status);
}

#define IN_CHILD_SUCCEEDS(statement) child_succeeds(IN_CHILD(statement))

#endif
