// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors as the program sees them: a hard one refuses an open, a soft one explains a timeout, and
 * neither hurts a connection that exists (RFC 9293, 3.9.2.2; RFC 5927).
 */
#include "packets.h"
#include "sockets.h"

/*
 * From now on the server drops what it gets and answers with an ICMP error. (nft's own "reject" checks
 * a checksum first, and knows no pseudo-header but TCP's and UDP's.)
 */
static pid_t reject(int protocol, uint8_t type, uint8_t code)
{
	int packets, raw;

	wall_up(SERVER, protocol);
	packets = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));
	raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	if (packets < 0 || raw < 0)
		stage_fails("raw sockets");
	return IN_CHILD({
		uint8_t packet[2048];

		while (recv(packets, packet, sizeof(packet), 0) >= 28)
			if (packet[9] == protocol && packet[19] == SERVER + 1)
				icmp_answer(raw, packet, type, code, 0);
	});
}

static void accept_again(pid_t rejecting)
{
	kill(rejecting, SIGKILL);
	waitpid(rejecting, NULL, 0);
	wall_down(SERVER);
}

TEST_F(on, icmp__port_unreachable_refuses)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);
	pid_t rejecting = reject(variant->protocol, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH);

	EXPECT_EQ(ECONNREFUSED, ERRNO(connect(fd, AT(SERVER, PORT))));
	accept_again(rejecting);
}

TEST_F(on, icmp__host_unreachable_explains_the_timeout)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);
	pid_t rejecting;
	char name[64];

	snprintf(name, sizeof(name), "%ssyn_retries", variant->sysctls);
	sysctl_set(CLIENT, name, 1);
	rejecting = reject(variant->protocol, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH);
	EXPECT_EQ(EHOSTUNREACH, ERRNO(connect(fd, AT(SERVER, PORT))));
	accept_again(rejecting);
}

/* SO_ERROR tells what was heard, and nothing else does. */
TEST_F(on, icmp__connection_survives)
{
	pid_t rejecting;
	char byte = 'x';

	connection(self->ends, variant->protocol, PORT);
	rejecting = reject(variant->protocol, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH);
	EXPECT_EQ(1, send(self->ends[CLIENT], &byte, 1, 0));
	EXPECT_FALSE(readable(self->ends[SERVER], 1));
	EXPECT_EQ(0, polled(self->ends[CLIENT], POLLIN, 0));
	EXPECT_EQ(ECONNREFUSED, option(self->ends[CLIENT], SOL_SOCKET, SO_ERROR));
	accept_again(rejecting);
	EXPECT_TRUE(readable(self->ends[SERVER], 10));
}

/* IP_RECVERR: an error that hurts nothing is told as soon as it comes, once, and the octets arrive all the same. */
TEST_F(on, icmp__is_told_at_once_to_who_wants_it)
{
	pid_t rejecting;
	char byte = 'x';

	connection(self->ends, variant->protocol, PORT);
	EXPECT_EQ(0, option(self->ends[CLIENT], IPPROTO_IP, IP_RECVERR));
	EXPECT_EQ(0, option_set(self->ends[CLIENT], IPPROTO_IP, IP_RECVERR, 1));
	rejecting = reject(variant->protocol, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH);
	EXPECT_EQ(1, send(self->ends[CLIENT], &byte, 1, 0));
	EXPECT_EQ(POLLERR, POLLERR & polled(self->ends[CLIENT], POLLIN, 1));
	accept_again(rejecting);
	EXPECT_EQ(-EHOSTUNREACH, RESULT(recv(self->ends[CLIENT], &byte, 1, MSG_DONTWAIT)));
	EXPECT_EQ(-EAGAIN, RESULT(recv(self->ends[CLIENT], &byte, 1, MSG_DONTWAIT)));
	EXPECT_TRUE(readable(self->ends[SERVER], 10));
	EXPECT_EQ(1, send(self->ends[SERVER], &byte, 1, 0));
	EXPECT_EQ(POLLIN, polled(self->ends[CLIENT], POLLIN, 5));
}

/* RFC 6633: whoever says it, nothing comes of it. */
TEST_F(on, icmp__source_quench_is_ignored)
{
	pid_t rejecting;
	char byte = 'x';

	connection(self->ends, variant->protocol, PORT);
	rejecting = reject(variant->protocol, ICMP_SOURCE_QUENCH, 0);
	EXPECT_EQ(1, send(self->ends[CLIENT], &byte, 1, 0));
	EXPECT_FALSE(readable(self->ends[SERVER], 1));
	EXPECT_EQ(0, polled(self->ends[CLIENT], POLLIN, 0));
	EXPECT_EQ(0, option(self->ends[CLIENT], SOL_SOCKET, SO_ERROR));
	if (variant->protocol == IPPROTO_CLASP)
		EXPECT_LT(0, counter(CLIENT, "DropICMP"));
	accept_again(rejecting);
	EXPECT_TRUE(readable(self->ends[SERVER], 10));
}

TEST_HARNESS_MAIN
