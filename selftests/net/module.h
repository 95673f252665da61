/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module itself: put in, taken out, and what it must not leave behind.
 */
#ifndef CLASP_MODULE_H
#define CLASP_MODULE_H

#include <strings.h>
#include <sys/syscall.h>

#include "net_helpers.h"

#define MODULE "/clasp.ko"

HELPER int insert(const char *parameters)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC), failed;

	if (fd < 0)
		stage_fails(MODULE);
	failed = syscall(SYS_finit_module, fd, parameters, 0) ? errno : 0;
	close(fd);
	return failed;
}

HELPER int take_out(void)
{
	return syscall(SYS_delete_module, "clasp", O_NONBLOCK) ? errno : 0;
}

/* RCU and the timers of dying sockets may hold it a little longer than the last close(). */
HELPER bool leaves_soon(void)
{
	return WITHIN(5, take_out() == 0);
}

static bool named_in(const char *file, const char *name)
{
	char line[256];
	bool found = false;
	FILE *list = fopen(file, "r");

	if (!list)
		stage_fails("%s", file);
	while (!found && fgets(line, sizeof(line), list))
		found = !strncasecmp(line, name, strlen(name));
	fclose(list);
	return found;
}

HELPER bool nothing_left(void)
{
	return !named_in("/proc/modules", "clasp ") && !named_in("/proc/net/protocols", "clasp") &&
	       !named_in("/proc/slabinfo", "clasp") && access("/proc/net/clasp", F_OK) &&
	       access("/proc/net/clasp_snmp", F_OK) && access("/proc/sys/net/clasp", F_OK) &&
	       access("/sys/kernel/tracing/events/clasp", F_OK);
}

#endif
