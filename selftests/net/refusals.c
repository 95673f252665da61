// SPDX-License-Identifier: GPL-2.0
/*
 * What TCP does and Clasp does not: the options answer as one that nobody has heard of, the flags as TCP does where it
 * may not, and what the kernel lets every socket have comes to nothing. clasp(7) has the list, with reasons.
 */
#include <linux/filter.h>

#include "sockets.h"

#ifndef TCP_AO_ADD_KEY
#define TCP_AO_ADD_KEY 38
#endif

static const struct {
	const char *text;
	int level;
	int name;
} unknown[] = {
#define REFUSED(level, name) { #name, level, name }
	REFUSED(IPPROTO_TCP, TCP_COOKIE_TRANSACTIONS), REFUSED(IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS),
	REFUSED(IPPROTO_TCP, TCP_THIN_DUPACK), REFUSED(IPPROTO_TCP, TCP_REPAIR),
	REFUSED(IPPROTO_TCP, TCP_REPAIR_QUEUE), REFUSED(IPPROTO_TCP, TCP_QUEUE_SEQ),
	REFUSED(IPPROTO_TCP, TCP_REPAIR_OPTIONS), REFUSED(IPPROTO_TCP, TCP_REPAIR_WINDOW),
	REFUSED(IPPROTO_TCP, TCP_MD5SIG), REFUSED(IPPROTO_TCP, TCP_MD5SIG_EXT),
	REFUSED(IPPROTO_TCP, TCP_FASTOPEN), REFUSED(IPPROTO_TCP, TCP_FASTOPEN_CONNECT),
	REFUSED(IPPROTO_TCP, TCP_FASTOPEN_KEY), REFUSED(IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE),
	REFUSED(IPPROTO_TCP, TCP_SAVE_SYN), REFUSED(IPPROTO_TCP, TCP_SAVED_SYN),
	REFUSED(IPPROTO_TCP, TCP_CC_INFO), REFUSED(IPPROTO_TCP, TCP_ULP),
	REFUSED(IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE), REFUSED(IPPROTO_TCP, TCP_TX_DELAY),
	REFUSED(IPPROTO_TCP, TCP_AO_ADD_KEY),
	REFUSED(IPPROTO_IP, IP_TRANSPARENT), REFUSED(IPPROTO_IPV6, IPV6_TRANSPARENT),
};

TEST(refusals__options_as_unknown_ones)
{
	int families[] = { AF_INET, AF_INET6 }, fd, i;
	char value[64] = { 1 };
	size_t j;

	hosts_up();
	for (i = 0; i < 2; i++) {
		fd = socket(families[i], SOCK_STREAM, IPPROTO_CLASP);
		ASSERT_LE(0, fd);
		for (j = 0; j < sizeof(unknown) / sizeof(*unknown); j++) {
			socklen_t size = sizeof(value);

			TH_LOG("%s", unknown[j].text);
			EXPECT_EQ(ENOPROTOOPT, ERRNO(setsockopt(fd, unknown[j].level, unknown[j].name, value,
								sizeof(value))));
			EXPECT_EQ(ENOPROTOOPT, ERRNO(getsockopt(fd, unknown[j].level, unknown[j].name, value,
								&size)));
		}
		close(fd);
	}
}

/* TCP may be told to refuse it; then its answer is the same. */
TEST_F(on, refusals__fast_open)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	sysctl_set(CLIENT, "ipv4/tcp_fastopen", 0);
	EXPECT_EQ(-EOPNOTSUPP, RESULT(sendto(fd, "x", 1, MSG_FASTOPEN, AT(SERVER, PORT))));
	connection(self->ends, variant->protocol, PORT);
	EXPECT_EQ(-EOPNOTSUPP, RESULT(send(self->ends[CLIENT], "x", 1, MSG_FASTOPEN)));
}

/* Without SO_ZEROCOPY the flag says nothing: the octets are copied. */
TEST_F(on, refusals__zerocopy)
{
	char octet = 'x';

	connection(self->ends, variant->protocol, PORT);
	if (variant->protocol == IPPROTO_CLASP)
		EXPECT_GT(0, option_set(self->ends[CLIENT], SOL_SOCKET, SO_ZEROCOPY, 1));
	EXPECT_EQ(1, send(self->ends[CLIENT], &octet, 1, MSG_ZEROCOPY));
	octet = 'y';
	EXPECT_TRUE(readable(self->ends[SERVER], 5));
	EXPECT_EQ(1, read(self->ends[SERVER], &octet, 1));
	EXPECT_EQ('x', octet);
	EXPECT_EQ(-EAGAIN, RESULT(recv(self->ends[CLIENT], &octet, 1, MSG_ERRQUEUE)));
}

/* The kernel takes these for any socket; of a stream over Clasp nobody hears of times. */
TEST(refusals__times_are_not_told)
{
	char octet, control[256];
	struct iovec part = { &octet, 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	int ends[HOSTS];

	hosts_up();
	connection(ends, IPPROTO_CLASP, PORT);
	option_set(ends[SERVER], SOL_SOCKET, SO_TIMESTAMP, 1);
	EXPECT_EQ(1, send(ends[CLIENT], "x", 1, 0));
	EXPECT_TRUE(readable(ends[SERVER], 5));
	EXPECT_EQ(1, recvmsg(ends[SERVER], &message, 0));
	EXPECT_EQ(0, message.msg_controllen);
}

TEST_HARNESS_MAIN
