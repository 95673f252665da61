// SPDX-License-Identifier: GPL-2.0
/*
 * The stage of a lab: two namespaces and a link between them. Delay is netem's at both ends of the
 * link. The neighbours are told each other's address, so that neither ARP nor
 * neighbour discovery delays the first segment.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate.h"
#include "stage.h"

#define WORDS 32

const char *const stage_namespaces[HOSTS] = { "clasp-client", "clasp-server" };

/**
 * stage_family - what differs between a lab over IPv4 and one over IPv6
 * @ipv6: which of them
 */
const struct stage_family *stage_family(bool ipv6)
{
	static const struct stage_family families[] = {
		{ AF_INET, "0.0.0.0", { "10.0.0.1", "10.0.0.2" }, "24", 1500 },
		{ AF_INET6, "::", { "fd00::1", "fd00::2" }, "64 nodad", 1520 },
	};

	return &families[ipv6];
}

/**
 * stage_enter - let this process be on a host
 * @netns: name of the host's namespace
 *
 * Return: 0, or -1 after a message.
 */
int stage_enter(const char *netns)
{
	char path[96];
	int fd, err;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
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

/**
 * stage_run - run a command on a host
 * @netns: name of the host's namespace, or NULL to stay
 * @format: of the command, whose words are separated by blanks
 *
 * Return: 0, or -1 after a message when it failed.
 */
int stage_run(const char *netns, const char *format, ...)
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
		if (netns && stage_enter(netns))
			_exit(127);
		exec_words(line);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status) {
		fprintf(stderr, "clasp: failed: %s\n", line);
		return -1;
	}
	return 0;
}

static int raise_host(u8 id, u32 delay_ms, const struct stage_family *family)
{
	const char *netns = stage_namespaces[id];
	u8 peer = !id;

	/* A ladder has an arrow for each segment. */
	if (stage_run(netns, "ip link set lo up") ||
	    stage_run(netns, "ip link set eth0 address 02:00:00:00:00:0%u mtu %u gso_max_segs 1 up",
		      id + 1, family->mtu) ||
	    stage_run(netns, "ip addr add %s/%s dev eth0", family->addresses[id], family->prefix) ||
	    stage_run(netns, "ip neigh replace %s lladdr 02:00:00:00:00:0%u dev eth0 nud permanent",
		      family->addresses[peer], peer + 1))
		return -1;
	if (!delay_ms)
		return 0;
	return stage_run(netns, "tc qdisc add dev eth0 root netem delay %ums limit 10000",
			 delay_ms);
}

/**
 * stage_set - set the stage
 * @delay_ms: of the link, each way
 * @family: of the hosts' addresses
 *
 * Return: 0, or -1 after a message.
 */
int stage_set(u32 delay_ms, const struct stage_family *family)
{
	u8 id;

	stage_clear();
	for (id = CLIENT; id < HOSTS; id++)
		if (stage_run(NULL, "ip netns add %s", stage_namespaces[id]))
			return -1;
	/* From inside, or it would be refused on a machine that has an eth0 itself. */
	if (stage_run(stage_namespaces[CLIENT], "ip link add eth0 type veth peer name eth0 netns %s",
		      stage_namespaces[SERVER]))
		return -1;
	for (id = CLIENT; id < HOSTS; id++)
		if (raise_host(id, delay_ms, family))
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
		if (access(path, F_OK))
			continue;
		gate_open(stage_namespaces[id]);
		stage_run(NULL, "ip netns delete %s", stage_namespaces[id]);
	}
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
		_exit(stage_enter(stage_namespaces[step->host]) || write_sysctl(step));
	return pid < 0 || waitpid(pid, &status, 0) < 0 || status ? -1 : 0;
}
