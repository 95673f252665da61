// SPDX-License-Identifier: GPL-2.0
/*
 * The stage of a lab: two namespaces, a link between them, and what befalls it. Delay is netem's at
 * both ends of the link. A loss is a rule in the receiver's prerouting hook, where the sender
 * cannot notice it; a counter picks the very segment. The neighbours are told each other's address,
 * so that no ARP delays the first segment.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stage.h"

#define WORDS 32

const char *const stage_namespaces[HOSTS] = { "clasp-client", "clasp-server" };
const char *const stage_addresses[HOSTS] = { "10.0.0.1", "10.0.0.2" };

/**
 * stage_enter - let this process be on a host
 * @host: enum host_id
 *
 * Return: 0, or -1 after a message.
 */
int stage_enter(u8 host)
{
	char path[64];
	int fd, err;

	snprintf(path, sizeof(path), "/run/netns/%s", stage_namespaces[host]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 || setns(fd, CLONE_NEWNET) ? -1 : 0;
	if (err)
		fprintf(stderr, "clasp: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

static void exec_words(const char *line)
{
	char copy[256], *words[WORDS];
	int count = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	words[count] = strtok(copy, " ");
	while (words[count] && count < WORDS - 1)
		words[++count] = strtok(NULL, " ");
	words[count] = NULL;
	execvp(words[0], words);
	fprintf(stderr, "clasp: %s: %s\n", words[0], strerror(errno));
	_exit(127);
}

/* Runs a command on a host, or outside of both with HOSTS. Words are separated by blanks. */
static int run(u8 id, const char *format, ...)
{
	char line[256];
	va_list arguments;
	int status;
	pid_t pid;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (id != HOSTS && stage_enter(id))
			_exit(127);
		exec_words(line);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status) {
		fprintf(stderr, "clasp: failed: %s\n", line);
		return -1;
	}
	return 0;
}

static int raise_host(u8 id, u32 delay_ms)
{
	u8 peer = !id;

	if (run(id, "ip link set lo up") ||
	    run(id, "ip link set eth0 address 02:00:00:00:00:0%u up", id + 1) ||
	    run(id, "ip addr add %s/24 dev eth0", stage_addresses[id]) ||
	    run(id, "ip neigh replace %s lladdr 02:00:00:00:00:0%u dev eth0 nud permanent",
		stage_addresses[peer], peer + 1))
		return -1;
	if (!delay_ms)
		return 0;
	return run(id, "tc qdisc add dev eth0 root netem delay %ums limit 10000", delay_ms);
}

/**
 * stage_set - set the stage
 * @delay_ms: of the link, each way
 *
 * Return: 0, or -1 after a message.
 */
int stage_set(u32 delay_ms)
{
	u8 id;

	stage_clear();
	for (id = CLIENT; id < HOSTS; id++)
		if (run(HOSTS, "ip netns add %s", stage_namespaces[id]))
			return -1;
	if (run(HOSTS, "ip link add eth0 netns %s type veth peer name eth0 netns %s",
		stage_namespaces[CLIENT], stage_namespaces[SERVER]))
		return -1;
	for (id = CLIENT; id < HOSTS; id++)
		if (raise_host(id, delay_ms))
			return -1;
	return 0;
}

/* Clears the stage, as far as there is one. */
void stage_clear(void)
{
	char path[64];
	u8 id;

	for (id = CLIENT; id < HOSTS; id++) {
		snprintf(path, sizeof(path), "/run/netns/%s", stage_namespaces[id]);
		if (!access(path, F_OK))
			run(HOSTS, "ip netns delete %s", stage_namespaces[id]);
	}
}

/**
 * stage_drop - lose one segment
 * @step: host where it arrives, flags, and which of those that match, counted from now
 * @protocol: IP protocol number
 *
 * The flags stand in the 14th octet of the header; PSH and URG are not looked at.
 *
 * Return: 0, or -1 after a message.
 */
int stage_drop(const struct step *step, u32 protocol)
{
	static const char chain[] =
		"nft add chain ip clasp arrivals { type filter hook prerouting priority -300 ; }";
	static const char rule[] =
		"nft add rule ip clasp arrivals ip protocol %u @th,104,8 & %u == %u %s == %u drop";

	if (run(step->host, "nft add table ip clasp") || run(step->host, chain))
		return -1;
	return run(step->host, rule, protocol, EVENT_FLAGS_FIRM, trace_flags(step->word),
		   "numgen inc mod 65536", step->number - 1);
}

static int write_sysctl(const struct step *step)
{
	char path[96], value[16];
	int fd, len, err;

	snprintf(path, sizeof(path), "/proc/sys/net/clasp/%s", step->word);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	len = snprintf(value, sizeof(value), "%u", step->number);
	err = fd < 0 || write(fd, value, len) != len;
	if (err)
		fprintf(stderr, "clasp: %s: %s\n", path, strerror(errno));
	return err;
}

/**
 * stage_sysctl - set a number of net.clasp
 * @step: host, name and value
 *
 * Return: 0, or -1 after a message.
 */
int stage_sysctl(const struct step *step)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(stage_enter(step->host) || write_sysctl(step));
	return pid < 0 || waitpid(pid, &status, 0) < 0 || status ? -1 : 0;
}
