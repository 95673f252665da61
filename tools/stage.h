/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a lab plays: the namespaces of its hosts and the link between them.
 */
#ifndef CLASP_TOOLS_STAGE_H
#define CLASP_TOOLS_STAGE_H

#include "lab.h"

extern const char *const stage_namespaces[HOSTS];

/**
 * struct stage_family - what differs between a lab over IPv4 and one over IPv6
 * @family: AF_INET or AF_INET6
 * @any: the address that stands for all of a host's
 * @addresses: of the hosts
 * @prefix: length of the addresses' common part, and what `ip addr` is to be told besides
 * @mtu: of the link; IPv6's header takes 20 octets more, and a segment is to carry as much as over IPv4
 */
struct stage_family {
	int family;
	const char *any;
	const char *addresses[HOSTS];
	const char *prefix;
	u32 mtu;
};

const struct stage_family *stage_family(bool ipv6);
int stage_set(u32 delay_ms, const struct stage_family *family);
void stage_clear(void);
int stage_sysctl(const struct step *step);
int stage_enter(const char *netns);
int stage_run(const char *netns, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
