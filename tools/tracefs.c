// SPDX-License-Identifier: GPL-2.0
/*
 * A file of tracefs is a switch: everything here is writing a word into one. Recording stops before
 * an instance is removed, so that what the removal itself causes is not in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracefs.h"

static int complain(const char *path)
{
	fprintf(stderr, "clasp: %s: %s\n", path, strerror(errno));
	return -1;
}

static int write_switch(const char *instance, const char *name, const char *word)
{
	char path[128];
	int fd, err;

	snprintf(path, sizeof(path), "%s/%s", instance, name);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return complain(path);
	err = write(fd, word, strlen(word)) < 0 ? complain(path) : 0;
	close(fd);
	return err;
}

static int mounted(void)
{
	if (!access(TRACEFS "/instances", F_OK))
		return 0;
	return mount("tracefs", TRACEFS, "tracefs", 0, NULL) ? complain(TRACEFS) : 0;
}

/**
 * tracefs_start - record the module's events
 * @path: of the instance, made when it is not there
 *
 * Return: 0, or -1 after a message: no tracefs, no right to it, the module not loaded.
 */
int tracefs_start(const char *path)
{
	if (mounted())
		return -1;
	if (access(TRACEFS "/events/clasp", F_OK)) {
		fputs("clasp: there is nothing to record: is clasp.ko loaded?\n", stderr);
		return -1;
	}
	if (mkdir(path, 0750) && errno != EEXIST)
		return complain(path);
	if (write_switch(path, "trace_clock", "mono") ||
	    write_switch(path, "events/clasp/enable", "1"))
		return -1;
	return write_switch(path, "tracing_on", "1");
}

/**
 * tracefs_clear - forget what was recorded
 * @path: of the instance
 *
 * Return: 0, or -1 after a message.
 */
int tracefs_clear(const char *path)
{
	return write_switch(path, "trace", "");
}

/**
 * tracefs_stop - record no more, and remove the instance
 * @path: of the instance
 *
 * Return: 0, or -1 after a message.
 */
int tracefs_stop(const char *path)
{
	write_switch(path, "tracing_on", "0");
	write_switch(path, "events/clasp/enable", "0");
	return rmdir(path) ? complain(path) : 0;
}

/**
 * recording_begin - record, and be ready to read
 * @recording: receives what reading needs
 * @path: of the instance; one that is there already is removed first
 *
 * Return: 0, or -1 after a message.
 */
int recording_begin(struct recording *recording, const char *path)
{
	char pipe[128];

	memset(recording, 0, sizeof(*recording));
	recording->path = path;
	rmdir(path);
	if (tracefs_start(path))
		return -1;
	snprintf(pipe, sizeof(pipe), "%s/trace_pipe", path);
	recording->fd = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (recording->fd < 0) {
		complain(pipe);
		tracefs_stop(path);
		return -1;
	}
	return 0;
}

static int take_octet(struct recording *recording, struct trace *trace, char octet)
{
	if (octet != '\n') {
		if (recording->part_len < sizeof(recording->part) - 1)
			recording->part[recording->part_len++] = octet;
		return 0;
	}
	recording->part[recording->part_len] = '\0';
	recording->part_len = 0;
	return trace_line(trace, recording->part);
}

/**
 * recording_read - take what was recorded since the last time
 * @recording: begun
 * @trace: grows, and stays sorted
 *
 * Return: 0, or -1 after a message.
 */
int recording_read(struct recording *recording, struct trace *trace)
{
	char text[4096];
	ssize_t len, i;

	while ((len = read(recording->fd, text, sizeof(text))) > 0)
		for (i = 0; i < len; i++)
			if (take_octet(recording, trace, text[i]))
				return -1;
	trace_sort(trace);
	return len < 0 && errno != EAGAIN ? complain(recording->path) : 0;
}

/* Records no more; what was not read is gone. */
void recording_end(struct recording *recording)
{
	write_switch(recording->path, "tracing_on", "0");
	close(recording->fd);
	tracefs_stop(recording->path);
}
