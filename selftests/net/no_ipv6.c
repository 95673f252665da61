// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel that was booted with ipv6.disable=1: there is IPv4, as ever, and of IPv6 what TCP has of it.
 */
#include "sockets.h"

TEST_F(on, no_ipv6__ipv4_is_there)
{
	char octet = 'x';

	connection(self->ends, variant->protocol, PORT);
	EXPECT_EQ(1, write(self->ends[CLIENT], &octet, 1));
	EXPECT_EQ(1, read(self->ends[SERVER], &octet, 1));
	EXPECT_EQ(ESTABLISHED, state_of(SERVER, variant->protocol, PORT, 0));
}

TEST_F(on, no_ipv6__no_sockets)
{
	EXPECT_EQ(EAFNOSUPPORT, ERRNO(socket(AF_INET6, SOCK_STREAM, variant->protocol)));
}

TEST_F(on, no_ipv6__no_list)
{
	const char *list = variant->protocol == IPPROTO_TCP ? "/proc/net/tcp6" : "/proc/net/clasp6";

	EXPECT_EQ(ENOENT, ERRNO(open(list, O_RDONLY)));
}

TEST_HARNESS_MAIN
