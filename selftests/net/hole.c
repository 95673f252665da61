// SPDX-License-Identifier: GPL-2.0
/*
 * A path on which packets of more than so many octets vanish, and nobody tells: how a stream gets through all the same,
 * and that one which was only dead for a while is used in full again.
 */
#include <netinet/tcp.h>

#include "kselftest_harness.h"
#include "stream.h"

#define PORT 7
#define OCTETS 100000
#define LARGEST 800	/* of a packet on the way; base_mss does not fit, half of it does */

static unsigned int snd_mss(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		stage_fails("TCP_INFO");
	return info.tcpi_snd_mss;
}

/* Before the server's IP layer sees them. */
static void vanish(unsigned int larger_than)
{
	enter(SERVER);
	run("nft 'table ip hole { chain in { type filter hook prerouting priority -300; "
	    "ip length > %u drop; }; }'", larger_than);
}

static void vanish_no_more(void)
{
	enter(SERVER);
	run("nft delete table ip hole");
}

static bool all_read(int fd)
{
	unsigned char block[OCTETS];
	ssize_t n;

	n = recv(fd, block, sizeof(block), MSG_WAITALL);
	return n == sizeof(block) && stream_continues(block, 0, n);
}

static void patience(int fd, int seconds)
{
	struct timeval most = { .tv_sec = seconds };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
}

/* Nobody is to hear of what could not be sent, or other tests would. */
static void leave_nothing(int fd)
{
	struct linger at_once = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

TEST(hole__is_found)
{
	int ends[HOSTS];
	pid_t reader;

	hosts_up();
	connection(ends, IPPROTO_CLASP, PORT);
	vanish(LARGEST);
	patience(ends[SERVER], 25);
	reader = IN_CHILD(_exit(!all_read(ends[SERVER])));
	stream_write(ends[CLIENT], 0, OCTETS);
	EXPECT_TRUE(child_succeeds(reader));
	EXPECT_EQ(512 - 12, snd_mss(ends[CLIENT]));
}

/* As before it was looked for. */
TEST(hole__is_not_looked_for_where_the_administrator_says_so)
{
	int ends[HOSTS];
	pid_t reader;

	hosts_up();
	sysctl_set(CLIENT, "clasp/mtu_probing", 0);
	connection(ends, IPPROTO_CLASP, PORT);
	vanish(LARGEST);
	patience(ends[SERVER], 15);
	reader = IN_CHILD(_exit(!all_read(ends[SERVER])));
	stream_write(ends[CLIENT], 0, OCTETS);
	EXPECT_FALSE(child_succeeds(reader));
	leave_nothing(ends[CLIENT]);
}

TEST(hole__that_was_a_path_out_of_order)
{
	unsigned int full;
	int ends[HOSTS];
	pid_t reader;

	hosts_up();
	connection(ends, IPPROTO_CLASP, PORT);
	full = snd_mss(ends[CLIENT]);
	vanish(0);
	stream_write(ends[CLIENT], 0, OCTETS);
	EXPECT_TRUE(WITHIN(25, snd_mss(ends[CLIENT]) < full / 2));
	vanish_no_more();
	patience(ends[SERVER], 25);
	reader = IN_CHILD(_exit(!all_read(ends[SERVER])));
	EXPECT_TRUE(child_succeeds(reader));
	EXPECT_EQ(full, snd_mss(ends[CLIENT]));
}

TEST_HARNESS_MAIN
