/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stage of the tests here: two hosts, each a network namespace, joined by a veth pair, and one
 * process that opens sockets on either. Whatever is missing on the stage ends the test at once;
 * what is tested is reported by the test itself.
 *
 * Tests run on Clasp; PROTOCOL=6 in the environment runs the same on the kernel's TCP. They run over IPv4; a program
 * that is called by its name and _inet6 runs the same over IPv6, where the two hosts are fd00::1 and fd00::2, and the
 * wire carries as many octets more as IPv6's header is longer: a segment is as large as over IPv4.
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

/* AF_INET or AF_INET6: what this program's sockets, addresses and lists of connections are of. */
HELPER int family(void)
{
	const char *last = strrchr(program_invocation_short_name, '_');

	return last && !strcmp(last, "_inet6") ? AF_INET6 : AF_INET;
}

/* What differs from family to family. */
#define BY_FAMILY(four, six) (family() == AF_INET6 ? (six) : (four))

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

/* A host's addresses of IPv6 and its neighbour's, in the words of `ip -batch`. */
HELPER const char *addresses6(enum host host)
{
	static char words[256];

	snprintf(words, sizeof(words),
		 "addr add fd00::%d/64 dev eth0 nodad\n"
		 "addr add fe80::%d/64 dev eth0 nodad\n"
		 "neigh add fd00::%d lladdr 02:00:00:00:00:0%d dev eth0 nud permanent\n"
		 "neigh add fe80::%d lladdr 02:00:00:00:00:0%d dev eth0 nud permanent\n",
		 host + 1, host + 1, !host + 1, !host + 1, !host + 1, !host + 1);
	return words;
}

/* A work queue gives addresses their own routes: who connects before it has seeks itself on the wire, in vain. */
HELPER void await_addresses6(enum host host)
{
	enter(host);
	run("until [ $(grep -cE '^(fd00|fe80)0{27}%d 80 ' /proc/net/ipv6_route) = 2 ]; do sleep 0.01; done", host + 1);
}

/*
 * Gives a host its addresses and its neighbour's, so that neither ARP nor neighbour discovery mixes with what a test
 * counts and delays.
 */
static void address_host(enum host host)
{
	enter(host);
	run("ip -batch - <<-END\n"
	    "link set lo up\n"
	    "addr add 10.0.0.%d/24 dev eth0\n"
	    "link set eth0 mtu %d up\n"
	    "neigh add 10.0.0.%d lladdr 02:00:00:00:00:0%d dev eth0 nud permanent\n"
	    "%sEND", host + 1, BY_FAMILY(1500, 1520), !host + 1, !host + 1, BY_FAMILY("", addresses6(host)));
	if (family() == AF_INET6)
		await_addresses6(host);
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

/* Any address, as bind(), connect() and accept() take it. */
union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

HELPER socklen_t address_size(const union address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
}

/* An address as text, IPv6's or IPv4's. */
HELPER union address address_of(const char *text, int port)
{
	union address address = {};

	if (inet_pton(AF_INET6, text, &address.v6.sin6_addr) == 1) {
		address.v6.sin6_family = AF_INET6;
		address.v6.sin6_port = htons(port);
	} else if (inet_pton(AF_INET, text, &address.v4.sin_addr) == 1) {
		address.v4.sin_family = AF_INET;
		address.v4.sin_port = htons(port);
	} else {
		stage_fails("address %s", text);
	}
	return address;
}

/* Address and size, as bind() and connect() take them. */
#define TO(text, port) ({ static union address to; to = address_of(text, port); &to.any; }),	\
	(strchr(text, ':') ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in))

/* A host's, of this program's family. */
HELPER union address address(enum host host, int port)
{
	static const char *const texts[HOSTS][2] = { { "10.0.0.1", "fd00::1" }, { "10.0.0.2", "fd00::2" } };

	return address_of(texts[host][family() == AF_INET6], port);
}

/* Likewise, as bind() and connect() take them. */
#define AT(host, port) (struct sockaddr *)(union address[1]) { address(host, port) },		\
	BY_FAMILY(sizeof(struct sockaddr_in), sizeof(struct sockaddr_in6))

/* Of this program's family, by a number of IPv4's, whose last octet is that of fd00:: as well. */
HELPER union address address_numbered(uint32_t number, int port)
{
	char text[INET6_ADDRSTRLEN];
	const uint32_t octets = htonl(number);

	if (family() == AF_INET)
		inet_ntop(AF_INET, &octets, text, sizeof(text));
	else if (number == INADDR_ANY || number == INADDR_LOOPBACK)
		snprintf(text, sizeof(text), "::%s", number ? "1" : "");
	else
		snprintf(text, sizeof(text), "fd00::%x", number & 0xff);
	return address_of(text, port);
}

HELPER int socket_on(enum host host, int protocol, int flags)
{
	int fd;

	enter(host);
	fd = socket(family(), SOCK_STREAM | flags, protocol);
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

/* What is done over and over; PERCENT in the environment says how much of it is enough, or how much more is wanted. */
HELPER int rounds_wanted(int usual)
{
	const char *percent = getenv("PERCENT");
	int rounds = percent ? usual * atoi(percent) / 100 : usual;

	return rounds > 0 ? rounds : 1;
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
	union address here;
	socklen_t size = sizeof(here);

	if (getsockname(fd, &here.any, &size))
		stage_fails("getsockname");
	return ntohs(here.v4.sin_port);
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
	snprintf(line, sizeof(line), "/proc/net/%s%s", protocol == IPPROTO_TCP ? "tcp" : "clasp", BY_FAMILY("", "6"));
	list = fopen(line, "r");
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
