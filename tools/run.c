// SPDX-License-Identifier: GPL-2.0
/*
 * What has to be there before a program can run over Clasp: a module, and the preload beside the command.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab.h"
#include "run.h"

/**
 * run_protocol - the number that the module was given
 *
 * Return: the usual one when there is no module to ask.
 */
u32 run_protocol(void)
{
	FILE *file = fopen("/sys/module/clasp/parameters/protocol", "r");
	u32 protocol = LAB_PROTOCOL;

	if (!file)
		return protocol;
	if (fscanf(file, "%u", &protocol) != 1)
		protocol = LAB_PROTOCOL;
	fclose(file);
	return protocol;
}

/**
 * run_ask - try whether the kernel has Clasp for a family
 * @family: AF_INET or AF_INET6
 * @protocol: its number
 *
 * Return: 0 or the errno of socket().
 */
int run_ask(int family, u32 protocol)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/**
 * run_need - go on only with a module
 * @protocol: its number
 *
 * Return: 0, or -1 after a message.
 */
int run_need(u32 protocol)
{
	int err = run_ask(AF_INET, protocol);

	if (!err)
		return 0;
	fprintf(stderr, "clasp: socket(AF_INET, SOCK_STREAM, %u): %s\n", protocol, strerror(err));
	if (err == EPROTONOSUPPORT)
		fputs("clasp: is clasp.ko loaded?\n", stderr);
	return -1;
}

/**
 * run_library - find the preload
 * @path: receives where it is
 * @room: of @path
 *
 * Return: 0, or -1 after a message.
 */
int run_library(char *path, size_t room)
{
	ssize_t len = readlink("/proc/self/exe", path, room - 1);
	char *slash;

	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	snprintf(slash ? slash + 1 : path, room - (slash ? slash + 1 - path : 0), RUN_LIBRARY);
	if (access(path, R_OK)) {
		fprintf(stderr, "clasp: %s: %s\n", path, strerror(errno));
		return -1;
	}
	if (strpbrk(path, ": ")) {
		fprintf(stderr, "clasp: the loader would read \"%s\" as several names\n", path);
		return -1;
	}
	return 0;
}
