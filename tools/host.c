// SPDX-License-Identifier: GPL-2.0
/*
 * A host's program lives in its own process, so that a call may sleep while the other host goes on.
 * Steps go to it and answers come back over a pair of sockets.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "program.h"

static void run_program(u8 id, const struct lab_options *options, int fd)
{
	struct program program = {
		.id = id, .protocol = options->protocol, .family = stage_family(options->ipv6),
		.listener = -1,
	};
	struct step step;
	struct answer answer;

	if (stage_enter(stage_namespaces[id]))
		_exit(2);
	while (recv(fd, &step, sizeof(step), 0) == sizeof(step)) {
		answer.err = -program_perform(&program, &step);
		answer.octets = program.octets;
		if (send(fd, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
			break;
	}
	_exit(0);
}

/**
 * host_start - start a host's program
 * @host: receives what is needed to talk to it
 * @id: enum host_id; its namespace must be there
 * @options: the protocol and the addresses of its sockets
 *
 * Return: 0, or -1 after a message.
 */
int host_start(struct host *host, u8 id, const struct lab_options *options)
{
	char path[64];
	struct stat status;
	int pair[2];

	memset(host, 0, sizeof(*host));
	host->id = id;
	snprintf(path, sizeof(path), "/run/netns/%s", stage_namespaces[id]);
	if (stat(path, &status) || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair)) {
		perror("clasp: host");
		return -1;
	}
	host->net = status.st_ino;
	host->fd = pair[0];
	host->pid = fork();
	if (!host->pid) {
		close(pair[0]);
		run_program(id, options, pair[1]);
	}
	close(pair[1]);
	return host->pid < 0 ? -1 : 0;
}

/* Ends a host's program, whatever it is doing; its sockets are closed with it. */
void host_end(struct host *host)
{
	if (host->pid <= 0)
		return;
	kill(host->pid, SIGKILL);
	waitpid(host->pid, NULL, 0);
	close(host->fd);
}

/**
 * host_tell - begin a step
 * @host: must not be in the middle of one
 * @step: what to do
 *
 * Return: 0 or -1.
 */
int host_tell(struct host *host, const struct step *step)
{
	host->pending = step;
	return send(host->fd, step, sizeof(*step), MSG_NOSIGNAL) == sizeof(*step) ? 0 : -1;
}

static char process_state(pid_t pid)
{
	char path[32], text[256], *after_name;
	size_t length = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (file) {
		length = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[length] = '\0';
	after_name = strrchr(text, ')');
	return after_name && after_name[1] ? after_name[2] : 'X';
}

/**
 * host_settle - let a step come as far as it can
 * @host: in the middle of one
 *
 * A program that sleeps is inside the call that the step makes, or has made it. Without this the
 * scheduler would decide which of two steps comes first when the first is not waited for.
 *
 * Return: 0, or -1 when the program is gone.
 */
int host_settle(const struct host *host)
{
	char state;

	while ((state = process_state(host->pid)) == 'R' || state == 'D')
		sched_yield();
	return state == 'S' ? 0 : -1;
}

/**
 * host_await - wait for the end of a step
 * @host: in the middle of one
 * @limit_s: seconds
 * @answer: receives what came of it; ETIME when it did not end in time
 *
 * Return: 0, or -1 when the program is gone.
 */
int host_await(struct host *host, u32 limit_s, struct answer *answer)
{
	struct pollfd poll_fd = { .fd = host->fd, .events = POLLIN };

	host->pending = NULL;
	memset(answer, 0, sizeof(*answer));
	if (poll(&poll_fd, 1, limit_s * 1000) == 0) {
		answer->err = ETIME;
		return 0;
	}
	if (recv(host->fd, answer, sizeof(*answer), 0) != sizeof(*answer))
		return -1;
	host->octets = answer->octets;
	return 0;
}
