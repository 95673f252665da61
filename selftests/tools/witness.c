// SPDX-License-Identifier: GPL-2.0
/*
 * Somebody else's preload: says of each socket() that reaches it what was asked for.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <sys/socket.h>

/* socket(2), overheard. */
int socket(int domain, int type, int protocol)
{
	int (*next)(int domain, int type, int protocol) = dlsym(RTLD_NEXT, "socket");

	printf("witness: protocol %d\n", protocol);
	return next(domain, type, protocol);
}
