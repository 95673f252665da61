/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stage of net_helpers.h with the machine's two network cards (scripts/vm --nics) in the place of the veth
 * pair: drivers, rings and interrupts, and a wire that is outside.
 */
#ifndef CLASP_NICS_H
#define CLASP_NICS_H

#include "net_helpers.h"

/* The name of a host's card while it is in nobody's hands, in @name; false while it is in some host's. */
static bool find_nic(enum host host, char name[64])
{
	char command[128];
	bool found;
	FILE *pipe;

	snprintf(command, sizeof(command), "grep -l 02:00:00:00:00:0%d /sys/class/net/*/address | cut -d / -f 5",
		 host + 1);
	pipe = popen(command, "r");
	if (!pipe)
		stage_fails("%s", command);
	found = fscanf(pipe, "%63s", name) == 1;
	pclose(pipe);
	return found;
}

/* A card comes back by itself, a little after the namespace that had it went. */
HELPER void hosts_up_on_nics(void)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), host;
	char name[64];

	for (host = CLIENT; host < HOSTS; host++)
		namespaces[host] = new_namespace();
	for (host = CLIENT; host < HOSTS; host++) {
		if (setns(home, CLONE_NEWNET))
			stage_fails("setns");
		if (!WITHIN(60, find_nic(host, name)))
			stage_fails("a network card");
		run("ip link set %s netns /proc/self/fd/%d name eth0", name, namespaces[host]);
		address_host(host);
	}
	close(home);
	enter(CLIENT);
}

#endif
