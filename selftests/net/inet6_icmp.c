// SPDX-License-Identifier: GPL-2.0
/*
 * ICMPv6 errors as the program sees them, beside those of IPv4 in sockets_icmp: a hard one refuses an open, a soft one
 * explains a timeout, neither hurts a connection that exists (RFC 9293, 3.9.2.2), and a packet that was too big is sent
 * again in smaller ones (RFC 8201).
 */
#include <netinet/icmp6.h>

#include "hosts6.h"
#include "packets.h"
#include "sockets.h"

struct error {
	uint8_t type;
	uint8_t code;
	uint32_t mtu;
};

static void answer(int raw, const uint8_t *packet, const struct error *error)
{
	uint8_t message[8 + QUOTED_MAX] = { error->type, error->code, [6] = error->mtu >> 8, [7] = error->mtu };

	memcpy(message + 8, packet, QUOTED_MAX);
	/* A raw socket's address has no port. */
	sendto(raw, message, sizeof(message), 0, TO("fd00::1", 0));
}

/* From now on the server drops what it gets and answers with an ICMPv6 error. */
static pid_t reject(int protocol, const struct error *error)
{
	int packets, raw;

	wall_up(SERVER, protocol);
	packets = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IPV6));
	raw = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	if (packets < 0 || raw < 0)
		stage_fails("raw sockets");
	return IN_CHILD({
		uint8_t packet[2048];

		while (recv(packets, packet, sizeof(packet), 0) >= QUOTED_MAX)
			if (packet[6] == protocol && packet[39] == SERVER + 1)
				answer(raw, packet, error);
	});
}

static void accept_again(pid_t rejecting)
{
	kill(rejecting, SIGKILL);
	waitpid(rejecting, NULL, 0);
	wall_down(SERVER);
}

static int connecting(int protocol, const struct error *error)
{
	int fd = socket6_on(CLIENT, AF_INET6, protocol), result;
	pid_t rejecting = reject(protocol, error);

	result = ERRNO(connect(fd, TO("fd00::2", PORT)));
	accept_again(rejecting);
	close(fd);
	return result;
}

static void one_retry(const char *sysctls)
{
	char name[64];

	hosts6_up();
	snprintf(name, sizeof(name), "%ssyn_retries", sysctls);
	sysctl_set(CLIENT, name, 1);
}

TEST_F(on, icmp6__port_unreachable_refuses)
{
	hosts6_up();
	EXPECT_EQ(ECONNREFUSED, connecting(variant->protocol,
					   &(struct error){ ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT }));
}

TEST_F(on, icmp6__prohibition_refuses)
{
	hosts6_up();
	EXPECT_EQ(EACCES, connecting(variant->protocol,
				     &(struct error){ ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN }));
}

TEST_F(on, icmp6__unreachable_explains_the_timeout)
{
	one_retry(variant->sysctls);
	EXPECT_EQ(EHOSTUNREACH, connecting(variant->protocol,
					   &(struct error){ ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR }));
	EXPECT_EQ(ENETUNREACH, connecting(variant->protocol,
					  &(struct error){ ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOROUTE }));
	EXPECT_EQ(EHOSTUNREACH, connecting(variant->protocol,
					   &(struct error){ ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_TRANSIT }));
}

TEST_F(on, icmp6__connection_survives)
{
	const struct error error = { ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT };
	pid_t rejecting;
	char byte = 'x';

	hosts6_up();
	connection6(self->ends, variant->protocol, PORT);
	rejecting = reject(variant->protocol, &error);
	EXPECT_EQ(1, send(self->ends[CLIENT], &byte, 1, 0));
	EXPECT_FALSE(readable(self->ends[SERVER], 1));
	EXPECT_EQ(0, polled(self->ends[CLIENT], POLLIN, 0));
	EXPECT_EQ(ECONNREFUSED, option(self->ends[CLIENT], SOL_SOCKET, SO_ERROR));
	accept_again(rejecting);
	EXPECT_TRUE(readable(self->ends[SERVER], 10));
}

/* IPV6_RECVERR, as IP_RECVERR in sockets_icmp. */
TEST_F(on, icmp6__is_told_at_once_to_who_wants_it)
{
	const struct error error = { ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR };
	pid_t rejecting;
	char byte = 'x';

	hosts6_up();
	connection6(self->ends, variant->protocol, PORT);
	EXPECT_EQ(0, option_set(self->ends[CLIENT], IPPROTO_IPV6, IPV6_RECVERR, 1));
	rejecting = reject(variant->protocol, &error);
	EXPECT_EQ(1, send(self->ends[CLIENT], &byte, 1, 0));
	EXPECT_EQ(POLLERR, POLLERR & polled(self->ends[CLIENT], POLLIN, 1));
	accept_again(rejecting);
	EXPECT_EQ(-EHOSTUNREACH, RESULT(recv(self->ends[CLIENT], &byte, 1, MSG_DONTWAIT)));
	EXPECT_EQ(-EAGAIN, RESULT(recv(self->ends[CLIENT], &byte, 1, MSG_DONTWAIT)));
	EXPECT_TRUE(readable(self->ends[SERVER], 10));
}

/* What was lost comes in smaller segments, and so does all that follows. */
TEST_F(on, icmp6__packet_too_big)
{
	const struct error error = { ICMP6_PACKET_TOO_BIG, 0, 1300 };
	static char octets[5000];
	pid_t rejecting;

	hosts6_up();
	connection6(self->ends, variant->protocol, PORT);
	rejecting = reject(variant->protocol, &error);
	EXPECT_EQ(sizeof(octets), send(self->ends[CLIENT], octets, sizeof(octets), 0));
	EXPECT_TRUE(WITHIN(5, option(self->ends[CLIENT], variant->level, TCP_MAXSEG) == 1300 - 40 - 20 - 12));
	accept_again(rejecting);
	EXPECT_EQ(sizeof(octets), recv(self->ends[SERVER], octets, sizeof(octets), MSG_WAITALL));
	EXPECT_EQ(1300 - 40 - 20 - 12, option(self->ends[CLIENT], variant->level, TCP_MAXSEG));
	EXPECT_EQ(1300, option(self->ends[CLIENT], IPPROTO_IPV6, IPV6_MTU));
}

/* RFC 8201, 4: a path of IPv6 carries 1280 octets, whoever says less. */
TEST_F(on, icmp6__packet_is_never_too_big_at_1280)
{
	const struct error error = { ICMP6_PACKET_TOO_BIG, 0, 600 };
	static char octets[5000];
	pid_t rejecting;

	hosts6_up();
	connection6(self->ends, variant->protocol, PORT);
	rejecting = reject(variant->protocol, &error);
	EXPECT_EQ(sizeof(octets), send(self->ends[CLIENT], octets, sizeof(octets), 0));
	pause_ms(500);
	EXPECT_LE(1280 - 40 - 20 - 12, option(self->ends[CLIENT], variant->level, TCP_MAXSEG));
	accept_again(rejecting);
	EXPECT_EQ(sizeof(octets), recv(self->ends[SERVER], octets, sizeof(octets), MSG_WAITALL));
}

TEST_HARNESS_MAIN
