// SPDX-License-Identifier: GPL-2.0
/*
 * The program of a host: ordinary sockets, one call a step. It lives in its own process, so that a
 * call may sleep while the other host goes on. What it sends is a pattern by position in the
 * stream, and what it reads must be that pattern.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "stage.h"

#define SOCKETS 16
#define CHUNK 4096

struct stream {
	char name[8];
	bool open;
	int fd;
	u64 sent;
	u64 received;
};

/* Everything a program has. */
struct program {
	u8 id;
	u32 protocol;
	int listener;
	u64 octets;
	struct stream streams[SOCKETS];
};

static unsigned char pattern(u64 position)
{
	return position * 31 + (position >> 8) * 7;
}

static struct stream *find_stream(struct program *program, const char *name)
{
	size_t i;

	for (i = 0; i < SOCKETS; i++)
		if (program->streams[i].open && !strcmp(program->streams[i].name, name))
			return &program->streams[i];
	return NULL;
}

static int add_stream(struct program *program, const char *name, int fd)
{
	struct stream *stream = find_stream(program, name);
	size_t i;

	for (i = 0; !stream && i < SOCKETS; i++)
		if (!program->streams[i].open)
			stream = &program->streams[i];
	if (!stream)
		return -EMFILE;
	if (stream->open)
		close(stream->fd);
	memset(stream, 0, sizeof(*stream));
	memcpy(stream->name, name, sizeof(stream->name));
	stream->open = true;
	stream->fd = fd;
	return 0;
}

static struct sockaddr_in address(const char *host, u32 port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	address.sin_addr.s_addr = inet_addr(host);
	return address;
}

static int bind_to(int fd, u32 port)
{
	struct sockaddr_in local = address("0.0.0.0", port);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return bind(fd, (struct sockaddr *)&local, sizeof(local));
}

static int do_listen(struct program *program, const struct step *step)
{
	program->listener = socket(AF_INET, SOCK_STREAM, program->protocol);
	if (program->listener < 0 || bind_to(program->listener, step->number) ||
	    listen(program->listener, 16))
		return -errno;
	return 0;
}

static int do_connect(struct program *program, const struct step *step)
{
	struct sockaddr_in peer = address(stage_addresses[!program->id], step->number);
	int fd = socket(AF_INET, SOCK_STREAM, program->protocol), err;

	if (fd < 0 || (step->from && bind_to(fd, step->from)))
		return -errno;
	if (!connect(fd, (struct sockaddr *)&peer, sizeof(peer)))
		return add_stream(program, step->socket, fd);
	err = -errno;
	close(fd);
	return err;
}

static int do_accept(struct program *program, const struct step *step)
{
	int fd = accept(program->listener, NULL, NULL);

	return fd < 0 ? -errno : add_stream(program, step->socket, fd);
}

static int do_send(struct stream *stream, u32 octets)
{
	unsigned char chunk[CHUNK];
	size_t i, size;
	ssize_t len;

	for (; octets; octets -= len) {
		size = octets < CHUNK ? octets : CHUNK;
		for (i = 0; i < size; i++)
			chunk[i] = pattern(stream->sent + i);
		len = send(stream->fd, chunk, size, MSG_NOSIGNAL);
		if (len < 0)
			return -errno;
		stream->sent += len;
	}
	return 0;
}

/* ENODATA stands for a stream that ended too early, EBADMSG for an octet that is wrong. */
static int do_recv(struct program *program, struct stream *stream, u32 octets)
{
	unsigned char chunk[CHUNK];
	ssize_t len, i;

	for (; octets; octets -= len) {
		len = recv(stream->fd, chunk, octets < CHUNK ? octets : CHUNK, 0);
		if (len <= 0)
			return len ? -errno : -ENODATA;
		for (i = 0; i < len; i++)
			if (chunk[i] != pattern(stream->received + i))
				return -EBADMSG;
		stream->received += len;
		program->octets += len;
	}
	return 0;
}

static int do_recv_eof(struct stream *stream)
{
	char octet;
	ssize_t len = recv(stream->fd, &octet, 1, 0);

	if (len < 0)
		return -errno;
	return len ? -EBADMSG : 0;
}

static int do_linger0(struct stream *stream)
{
	struct linger linger = { .l_onoff = 1 };

	return setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) ? -errno : 0;
}

static int do_close(struct stream *stream)
{
	stream->open = false;
	return close(stream->fd) ? -errno : 0;
}

static int perform(struct program *program, const struct step *step)
{
	struct stream *stream;

	switch (step->verb) {
	case VERB_LISTEN:
		return do_listen(program, step);
	case VERB_CONNECT:
		return do_connect(program, step);
	case VERB_ACCEPT:
		return do_accept(program, step);
	}
	stream = find_stream(program, step->socket);
	if (!stream)
		return -EBADF;
	switch (step->verb) {
	case VERB_SEND:
		return do_send(stream, step->number);
	case VERB_RECV:
		return do_recv(program, stream, step->number);
	case VERB_RECV_EOF:
		return do_recv_eof(stream);
	case VERB_SHUTDOWN:
		return shutdown(stream->fd, SHUT_WR) ? -errno : 0;
	case VERB_LINGER0:
		return do_linger0(stream);
	default:
		return do_close(stream);
	}
}

static void run_program(u8 id, u32 protocol, int fd)
{
	struct program program = { .id = id, .protocol = protocol };
	struct step step;
	struct answer answer;

	if (stage_enter(id))
		_exit(2);
	while (recv(fd, &step, sizeof(step), 0) == sizeof(step)) {
		answer.err = -perform(&program, &step);
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
 * @protocol: of its sockets
 *
 * Return: 0, or -1 after a message.
 */
int host_start(struct host *host, u8 id, u32 protocol)
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
		run_program(id, protocol, pair[1]);
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
