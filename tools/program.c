// SPDX-License-Identifier: GPL-2.0
/*
 * What a host's program does: ordinary sockets, one call a step. What it sends is a pattern by
 * position in the stream, and what it reads must be that pattern.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "program.h"

#define READ_MOST 4096
#define WRITE_MOST 65536	/* where a write ends, what is left of it may be worth a segment of its own */

static unsigned char pattern(u64 position)
{
	return position * 31 + (position >> 8) * 7;
}

static struct stream *find_stream(struct program *program, const char *name)
{
	size_t i;

	for (i = 0; i < PROGRAM_SOCKETS; i++)
		if (program->streams[i].open && !strcmp(program->streams[i].name, name))
			return &program->streams[i];
	return NULL;
}

static int add_stream(struct program *program, const char *name, int fd)
{
	struct stream *stream = find_stream(program, name);
	size_t i;

	for (i = 0; !stream && i < PROGRAM_SOCKETS; i++)
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

/* An address of either family, and its size, as bind() and connect() take them. */
union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t put_address(union address *address, const struct stage_family *family,
			     const char *host, u32 port)
{
	memset(address, 0, sizeof(*address));
	address->any.sa_family = family->family;
	if (family->family == AF_INET6) {
		address->v6.sin6_port = htons(port);
		inet_pton(AF_INET6, host, &address->v6.sin6_addr);
		return sizeof(address->v6);
	}
	address->v4.sin_port = htons(port);
	inet_pton(AF_INET, host, &address->v4.sin_addr);
	return sizeof(address->v4);
}

static int bind_to(const struct program *program, int fd, u32 port, bool reuse)
{
	union address local;
	socklen_t size = put_address(&local, program->family, program->family->any, port);
	int one = 1;

	if (reuse)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return bind(fd, &local.any, size);
}

/* The kernel keeps as much again for what it needs itself, and calls the sum the size. */
static void set_size(int fd, int option, u32 octets)
{
	if (octets)
		setsockopt(fd, SOL_SOCKET, option, &octets, sizeof(octets));
}

static int new_socket(const struct program *program)
{
	int fd = socket(program->family->family, SOCK_STREAM, program->protocol);

	if (fd < 0)
		return -1;
	set_size(fd, SO_RCVBUF, program->rcvbuf);
	set_size(fd, SO_SNDBUF, program->sndbuf);
	return fd;
}

static int do_stop(struct program *program)
{
	int err = close(program->listener) ? -errno : 0;

	program->listener = -1;
	return err;
}

static int do_listen(struct program *program, const struct step *step)
{
	int err;

	program->listener = new_socket(program);
	if (program->listener >= 0 && !bind_to(program, program->listener, step->number, !step->plain) &&
	    !listen(program->listener, step->backlog))
		return 0;
	err = -errno;
	do_stop(program);
	return err;
}

static int do_connect(struct program *program, const struct step *step)
{
	const char *host = program->family->addresses[!program->id];
	union address peer;
	socklen_t size = put_address(&peer, program->family, host, step->number);
	int fd = new_socket(program), err;

	if (fd >= 0 && (!step->from || !bind_to(program, fd, step->from, true)) &&
	    !connect(fd, &peer.any, size))
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
	unsigned char chunk[WRITE_MOST];
	size_t i, size;
	ssize_t len;

	for (; octets; octets -= len) {
		size = octets < WRITE_MOST ? octets : WRITE_MOST;
		for (i = 0; i < size; i++)
			chunk[i] = pattern(stream->sent + i);
		len = send(stream->fd, chunk, size, MSG_NOSIGNAL);
		if (len < 0)
			return -errno;
		stream->sent += len;
	}
	return 0;
}

static int do_recv(struct program *program, struct stream *stream, u32 octets)
{
	unsigned char chunk[READ_MOST];
	ssize_t len, i;

	for (; octets; octets -= len) {
		len = recv(stream->fd, chunk, octets < READ_MOST ? octets : READ_MOST, 0);
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

static int do_error(struct stream *stream)
{
	int err = 0;
	socklen_t len = sizeof(err);

	return getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &err, &len) ? -errno : -err;
}

static int do_close(struct stream *stream)
{
	stream->open = false;
	return close(stream->fd) ? -errno : 0;
}

static int perform_on_stream(struct program *program, struct stream *stream,
			     const struct step *step)
{
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
	case VERB_ERROR:
		return do_error(stream);
	default:
		return do_close(stream);
	}
}

/**
 * program_perform - do what a step says
 * @program: does it
 * @step: one of a host's program
 *
 * Return: 0 or a negative errno: EBADF when there is no such connection, ENODATA when a stream
 * ended too early, EBADMSG for an octet that is wrong.
 */
int program_perform(struct program *program, const struct step *step)
{
	struct stream *stream;

	switch (step->verb) {
	case VERB_LISTEN:
		return do_listen(program, step);
	case VERB_STOP:
		return do_stop(program);
	case VERB_CONNECT:
		return do_connect(program, step);
	case VERB_ACCEPT:
		return do_accept(program, step);
	case VERB_RCVBUF:
		program->rcvbuf = step->number;
		return 0;
	case VERB_SNDBUF:
		program->sndbuf = step->number;
		return 0;
	}
	stream = find_stream(program, step->socket);
	return stream ? perform_on_stream(program, stream, step) : -EBADF;
}
