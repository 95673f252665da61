// SPDX-License-Identifier: GPL-2.0
/*
 * Goes through the kernel's list of queueing disciplines (rtnetlink(7)) in search of one.
 */
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qdisc.h"

/* As much as the kernel puts into one message of a list, and more. */
#define ROOM 65536

static bool has_kind(struct nlmsghdr *message, const char *kind)
{
	struct tcmsg *head = NLMSG_DATA(message);
	struct rtattr *attribute = TCA_RTA(head);
	int left = TCA_PAYLOAD(message);

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if (attribute->rta_type == TCA_KIND)
			return !strcmp(RTA_DATA(attribute), kind);
	return false;
}

static int ask(void)
{
	struct {
		struct nlmsghdr head;
		struct tcmsg about;
	} request = {
		.head = {
			.nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETQDISC,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 && send(fd, &request, sizeof(request), 0) == sizeof(request))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/**
 * qdisc_is - does a device have a queueing discipline of that kind there?
 * @device: its index
 * @parent: TC_H_INGRESS or another place
 * @kind: its name
 *
 * Return: whether it is so; false also where the kernel does not tell.
 */
bool qdisc_is(int device, u32 parent, const char *kind)
{
	static char octets[ROOM] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool found = false, more = true;
	int fd = ask();

	while (fd >= 0 && more) {
		struct nlmsghdr *message = (struct nlmsghdr *)octets;
		ssize_t len = recv(fd, octets, sizeof(octets), 0);

		more = len > 0;
		for (; more && NLMSG_OK(message, len); message = NLMSG_NEXT(message, len)) {
			struct tcmsg *head = NLMSG_DATA(message);

			more = message->nlmsg_type == RTM_NEWQDISC;
			if (more && head->tcm_ifindex == device && head->tcm_parent == parent)
				found = found || has_kind(message, kind);
		}
	}
	if (fd >= 0)
		close(fd);
	return found;
}
