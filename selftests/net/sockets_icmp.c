// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors as the program sees them: a hard one refuses an open, a soft one explains a timeout, and
 * neither hurts a connection that exists (RFC 9293, 3.9.2.2; RFC 5927).
 */
#include "sockets.h"

/* From now on the server answers what it gets with an ICMP error. */
static void reject(int protocol, const char *type)
{
	enter(SERVER);
	run("nft -f - <<-END\n"
	    "table inet wall {\n"
	    "chain in { type filter hook input priority 0;\n"
	    "meta l4proto %d reject with icmp type %s\n"
	    "}\n"
	    "}\n"
	    "END", protocol, type);
}

static void accept_again(void)
{
	enter(SERVER);
	run("nft delete table inet wall");
}

TEST_F(on, icmp__port_unreachable_refuses)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	reject(variant->protocol, "port-unreachable");
	EXPECT_EQ(ECONNREFUSED, ERRNO(connect(fd, AT(SERVER, PORT))));
}

TEST_F(on, icmp__host_unreachable_explains_the_timeout)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);
	char name[64];

	snprintf(name, sizeof(name), "%ssyn_retries", variant->sysctls);
	sysctl_set(CLIENT, name, 1);
	reject(variant->protocol, "host-unreachable");
	EXPECT_EQ(EHOSTUNREACH, ERRNO(connect(fd, AT(SERVER, PORT))));
}

/* SO_ERROR tells what was heard, and nothing else does. */
TEST_F(on, icmp__connection_survives)
{
	char byte = 'x';

	connection(self->ends, variant->protocol, PORT);
	reject(variant->protocol, "port-unreachable");
	EXPECT_EQ(1, send(self->ends[CLIENT], &byte, 1, 0));
	EXPECT_FALSE(readable(self->ends[SERVER], 1));
	EXPECT_EQ(0, polled(self->ends[CLIENT], POLLIN, 0));
	EXPECT_EQ(ECONNREFUSED, option(self->ends[CLIENT], SOL_SOCKET, SO_ERROR));
	accept_again();
	EXPECT_TRUE(readable(self->ends[SERVER], 10));
}

TEST_HARNESS_MAIN
