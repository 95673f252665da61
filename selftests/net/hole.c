// SPDX-License-Identifier: GPL-2.0
/*
 * A path on which packets of more than so many octets vanish, and nobody tells: how a stream gets through all the
 * same, finds out how large they may be, and that a path which was only dead for a while, or takes more than before,
 * is used in full again.
 */
#include <netinet/tcp.h>

#include "kselftest_harness.h"
#include "stream.h"

#define PORT 7
#define OCTETS 100000
#define LARGEST 800	/* of a packet on the way; base_mss does not fit, half of it does */
#define HEADERS (BY_FAMILY(20, 40) + 20)
#define STAMPS 12

static unsigned int snd_mss(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		stage_fails("TCP_INFO");
	return info.tcpi_snd_mss;
}

/* Before the server's IP layer sees them; and no packet is more than one on the way. */
static void vanish(unsigned int larger_than)
{
	enter(CLIENT);
	run("ip link set eth0 gso_max_segs 1");
	enter(SERVER);
	run("nft 'table %s hole { chain in { type filter hook prerouting priority -300; "
	    "meta length > %u drop; }; }'", BY_FAMILY("ip", "ip6"), larger_than);
}

static void vanish_no_more(void)
{
	enter(SERVER);
	run("nft delete table %s hole", BY_FAMILY("ip", "ip6"));
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

/* The client writes, the server reads it in this time, s. */
static bool carries(const int *ends, int seconds)
{
	pid_t reader;

	patience(ends[SERVER], seconds);
	reader = IN_CHILD(_exit(!all_read(ends[SERVER])));
	stream_write(ends[CLIENT], 0, OCTETS);
	return child_succeeds(reader);
}

/* All that the path takes but for what is not worth a probe. */
static bool nearly(unsigned int mss, unsigned int packet)
{
	unsigned int most = packet - HEADERS - STAMPS;

	printf("# segments of %u octets, %u would pass\n", mss, most);
	return mss <= most && mss > most - 8;
}

TEST(hole__is_found)
{
	int ends[HOSTS];

	hosts_up();
	connection(ends, IPPROTO_CLASP, PORT);
	vanish(LARGEST);
	EXPECT_TRUE(carries(ends, 25));
	EXPECT_LE(512 - STAMPS, snd_mss(ends[CLIENT]));
	EXPECT_GE(LARGEST - HEADERS - STAMPS, snd_mss(ends[CLIENT]));
}

/* With as many segments as it takes to find out; then the hole is no more. */
TEST(hole__is_measured_and_left)
{
	unsigned int full, i;
	int ends[HOSTS];
	long failed;

	hosts_up();
	sysctl_set(CLIENT, "clasp/probe_interval", 5);
	connection(ends, IPPROTO_CLASP, PORT);
	full = snd_mss(ends[CLIENT]);
	vanish(LARGEST);
	EXPECT_TRUE(carries(ends, 25));
	for (i = 0; i < 20; i++) {
		pause_ms(100);
		EXPECT_TRUE(carries(ends, 1));
	}
	EXPECT_TRUE(nearly(snd_mss(ends[CLIENT]), LARGEST));
	failed = counter(CLIENT, "MTUPFail");
	EXPECT_LE(1, failed);
	vanish_no_more();
	EXPECT_TRUE(carries(ends, 1));
	EXPECT_GT(full, snd_mss(ends[CLIENT]));
	pause_ms(5000);
	EXPECT_TRUE(carries(ends, 1));
	EXPECT_EQ(full, snd_mss(ends[CLIENT]));
	EXPECT_EQ(failed, counter(CLIENT, "MTUPFail"));
	EXPECT_LE(2, counter(CLIENT, "MTUPSuccess"));
}

/* Nothing is lost to large segments but the probes: no timer runs out. */
TEST(hole__is_expected_where_the_administrator_says_so)
{
	int ends[HOSTS];
	unsigned int i;

	hosts_up();
	sysctl_set(CLIENT, "clasp/mtu_probing", 2);
	connection(ends, IPPROTO_CLASP, PORT);
	EXPECT_EQ(1024 - STAMPS, snd_mss(ends[CLIENT]));
	vanish(1200);
	for (i = 0; i < 20; i++) {
		EXPECT_TRUE(carries(ends, 1));
		pause_ms(100);
	}
	EXPECT_TRUE(nearly(snd_mss(ends[CLIENT]), 1200));
	EXPECT_EQ(0, counter(CLIENT, "Timeouts"));
	EXPECT_EQ(0, counter(CLIENT, "SackRecovery"));
}

/* Super-packets are on the way, too, and a probe is none: it takes the whole path. */
TEST(hole__that_is_expected_and_not_there)
{
	unsigned int full;
	int ends[HOSTS];

	hosts_up();
	connection(ends, IPPROTO_CLASP, PORT);
	full = snd_mss(ends[CLIENT]);
	sysctl_set(CLIENT, "clasp/mtu_probing", 2);
	connection(ends, IPPROTO_CLASP, PORT + 1);
	EXPECT_EQ(1024 - STAMPS, snd_mss(ends[CLIENT]));
	EXPECT_TRUE(carries(ends, 1));
	EXPECT_EQ(full, snd_mss(ends[CLIENT]));
	EXPECT_EQ(1, counter(CLIENT, "MTUPSuccess"));
	EXPECT_EQ(0, counter(CLIENT, "MTUPFail"));
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
