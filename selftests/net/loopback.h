/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A smaller stage: one namespace that talks to itself, for tests that need very many of them or no wire.
 */
#ifndef CLASP_LOOPBACK_H
#define CLASP_LOOPBACK_H

#include <net/if.h>
#include <sys/ioctl.h>

#include "net_helpers.h"

/* Address and size, as bind() and connect() take them. */
#define LOOPBACK(port) TO(BY_FAMILY("127.0.0.1", "::1"), port)

/* A namespace of this process's own, that reaches itself. */
HELPER void alone(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd;

	if (unshare(CLONE_NEWNET))
		stage_fails("unshare");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &lo))
		stage_fails("the loopback");
	close(fd);
}

#endif
