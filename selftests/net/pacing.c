// SPDX-License-Identifier: GPL-2.0
/*
 * SO_MAX_PACING_RATE beside TCP's: how long a stream takes, how its segments stand apart, with fq below or without it,
 * and what TCP_INFO tells of the rate.
 */
#include <sys/mman.h>

#include "info.h"
#include "moments.h"
#include "stream.h"

#define MIB (1024 * 1024)
#define RATE 2000000		/* octets a second */
#define SLOW 1000000		/* slow enough for a segment to take more than a millisecond */
#define NO_LIMIT 0xffffffffu	/* as programs say it */
#define SEGMENTS 200

static void pace(int fd, unsigned int rate)
{
	if (setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, sizeof(rate)))
		stage_fails("SO_MAX_PACING_RATE");
}

/* Microseconds until so many octets have been read that another process writes. */
static long takes(int from, int to, unsigned int octets)
{
	uint64_t since = now_ns();
	static char block[65536];
	unsigned int done = 0;
	pid_t writer = IN_CHILD(stream_write(from, 0, octets));
	ssize_t n;

	while (done < octets && (n = read(to, block, sizeof(block))) > 0)
		done += n;
	if (done != octets || !child_succeeds(writer))
		stage_fails("only %u octets came", done);
	return (now_ns() - since) / 1000;
}

static long us_of(uint64_t octets, unsigned int rate)
{
	return octets * 1000000 / rate;
}

/* All but the first ten segments have to wait for their turn. */
static long should_take(int fd, unsigned int octets, unsigned int rate)
{
	return us_of(octets - 10 * option(fd, IPPROTO_TCP, TCP_MAXSEG), rate);
}

#define EXPECT_ABOUT(wanted, percent, seen) do {					\
	long wanted_ = wanted, seen_ = seen;						\
											\
	printf("# %s: %ld, should be %ld\n", variant->sysctls, seen_, wanted_);		\
	EXPECT_GE(seen_, wanted_ - wanted_ * (percent) / 100);				\
	EXPECT_LE(seen_, wanted_ + wanted_ * (percent) / 100);				\
} while (0)

TEST_F(on, pacing__takes_its_time)
{
	connection(self->ends, variant->protocol, PORT);
	pace(self->ends[CLIENT], RATE);
	EXPECT_ABOUT(should_take(self->ends[CLIENT], MIB, RATE), 2,
		     takes(self->ends[CLIENT], self->ends[SERVER], MIB));
	EXPECT_EQ(0, info_of(self->ends[CLIENT], variant->level).tcp.tcpi_total_retrans);
}

TEST_F(on, pacing__fast)
{
	connection(self->ends, variant->protocol, PORT);
	pace(self->ends[CLIENT], 10 * RATE);
	EXPECT_ABOUT(should_take(self->ends[CLIENT], 4 * MIB, 10 * RATE), 3,
		     takes(self->ends[CLIENT], self->ends[SERVER], 4 * MIB));
}

/* How often the client's fq has kept a flow back. */
static long kept_back(void)
{
	char text[4096] = "", *word;
	FILE *pipe;

	enter(CLIENT);
	pipe = popen("tc -s qdisc show dev eth0", "r");
	if (!pipe || !fread(text, 1, sizeof(text) - 1, pipe) || pclose(pipe))
		stage_fails("tc");
	word = strstr(text, "highprio ");
	word = word ? strstr(word, " throttled ") : NULL;
	return word ? atol(word + strlen(" throttled ")) : 0;
}

/* What leaves in a millisecond it sets apart. */
TEST_F(on, pacing__is_left_to_fq)
{
	enter(CLIENT);
	run("tc qdisc replace dev eth0 root fq");
	connection(self->ends, variant->protocol, PORT);
	pace(self->ends[CLIENT], RATE);
	EXPECT_ABOUT(should_take(self->ends[CLIENT], MIB, RATE), 3,
		     takes(self->ends[CLIENT], self->ends[SERVER], MIB));
	EXPECT_GT(kept_back(), 10);
	EXPECT_EQ(0, info_of(self->ends[CLIENT], variant->level).tcp.tcpi_total_retrans);
}

/* fq alone, and no option: the path's own rate. */
TEST_F(on, pacing__by_the_path_alone)
{
	struct info info;

	wire(SERVER, "delay 50ms");
	enter(CLIENT);
	run("tc qdisc replace dev eth0 root fq");
	connection(self->ends, variant->protocol, PORT);
	takes(self->ends[CLIENT], self->ends[SERVER], MIB / 4);
	info = info_of(self->ends[CLIENT], variant->level);
	EXPECT_LT(info.pacing_rate, 1000 * MIB);
	EXPECT_GT(kept_back(), 5);
}

/* A connection of a listener's that was told; 64 bits wide. */
TEST_F(on, pacing__is_inherited)
{
	int listener = listen_on(SERVER, variant->protocol, PORT), from, to;
	unsigned long rate = RATE;

	EXPECT_EQ(0, setsockopt(listener, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, sizeof(rate)));
	to = connect_from(CLIENT, variant->protocol, PORT);
	from = accept(listener, NULL, NULL);
	EXPECT_EQ(RATE, info_of(from, variant->level).max_pacing_rate);
	EXPECT_ABOUT(should_take(from, MIB / 2, RATE), 3, takes(from, to, MIB / 2));
}

TEST_F(on, pacing__none)
{
	connection(self->ends, variant->protocol, PORT);
	pace(self->ends[CLIENT], NO_LIMIT);
	EXPECT_EQ(UINT64_MAX, info_of(self->ends[CLIENT], variant->level).max_pacing_rate);
	EXPECT_EQ(-1, option(self->ends[CLIENT], SOL_SOCKET, SO_MAX_PACING_RATE));
	EXPECT_LT(takes(self->ends[CLIENT], self->ends[SERVER], MIB), us_of(MIB, RATE) / 5);
	/* and no more */
	pace(self->ends[CLIENT], RATE);
	pace(self->ends[CLIENT], NO_LIMIT);
	EXPECT_LT(takes(self->ends[CLIENT], self->ends[SERVER], MIB), us_of(MIB, RATE) / 5);
}

/* Nobody reads it before all has come: the kernel has noted when each did. */
static int watch_wire(void)
{
	int one = 1, size = 4 * MIB, fd;

	enter(SERVER);
	fd = socket(AF_PACKET, SOCK_DGRAM, htons(BY_FAMILY(ETH_P_IP, ETH_P_IPV6)));
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)))
		stage_fails("a packet socket");
	return fd;
}

/* The next packet that came with octets; when, in ns, or 0. */
static uint64_t seen_at(int fd)
{
	char control[256], packet[2048];
	struct iovec part = { packet, sizeof(packet) };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct timespec *at;

	while (recvmsg(fd, &message, MSG_DONTWAIT) > 0) {
		at = (struct timespec *)CMSG_DATA(CMSG_FIRSTHDR(&message));
		/* of IPv6 it is the length behind its header */
		if (ntohs(*(uint16_t *)(packet + BY_FAMILY(2, 4))) > 1000)
			return at->tv_sec * 1000000000ull + at->tv_nsec;
		message.msg_controllen = sizeof(control);
	}
	return 0;
}

/**
 * struct gaps - between one segment and the next, behind the first ten; in us
 * @turn: what they should be
 * @least: the shortest
 * @most: the longest
 * @sum: of all
 * @count: of segments
 */
struct gaps {
	long turn;
	long least;
	long most;
	long sum;
	int count;
};

static struct gaps gaps_at(int ends[HOSTS], int protocol, unsigned int rate)
{
	struct gaps gaps = { .least = 1000000 };
	uint64_t before = 0, since = 0, at;
	int mss, fd;

	no_super_packets();
	fd = watch_wire();
	connection(ends, protocol, PORT);
	mss = option(ends[CLIENT], IPPROTO_TCP, TCP_MAXSEG);
	gaps.turn = us_of(mss, rate);
	pace(ends[CLIENT], rate);
	takes(ends[CLIENT], ends[SERVER], SEGMENTS * mss);
	for (; (at = seen_at(fd)); before = at) {
		long gap = (at - before) / 1000;

		if (gaps.count++ > 10) {
			gaps.least = gap < gaps.least ? gap : gaps.least;
			gaps.most = gap > gaps.most ? gap : gaps.most;
		} else {
			since = at;
		}
	}
	gaps.sum = (before - since) / 1000;
	printf("# from %ld to %ld us, should be %ld\n", gaps.least, gaps.most, gaps.turn);
	return gaps;
}

/* A segment's time between one and the next; the mean is exact. */
TEST_F(on, pacing__sets_segments_apart)
{
	struct gaps gaps = gaps_at(self->ends, variant->protocol, SLOW);

	EXPECT_EQ(SEGMENTS, gaps.count);
	EXPECT_ABOUT(gaps.turn * (SEGMENTS - 11), 1, gaps.sum);
	EXPECT_GT(gaps.least, gaps.turn * 9 / 10);
	EXPECT_LT(gaps.most, gaps.turn * 11 / 10);
}

/* Those of a millisecond too, which is three here: fq knows when the turn of each comes. */
TEST_F(on, pacing__fq_sets_all_apart)
{
	struct gaps gaps;

	enter(CLIENT);
	run("tc qdisc replace dev eth0 root fq");
	gaps = gaps_at(self->ends, variant->protocol, 2 * RATE);
	EXPECT_EQ(SEGMENTS, gaps.count);
	EXPECT_ABOUT(gaps.turn * (SEGMENTS - 11), 2, gaps.sum);
	EXPECT_GT(gaps.least, gaps.turn / 2);
	EXPECT_LT(gaps.most, gaps.turn * 3 / 2);
}

/* close() waits for what waits for its turn, and for the last ACK; nothing is given up. */
TEST_F(on, pacing__outlasts_close)
{
	static char block[100000];
	uint64_t since;
	pid_t reader;

	connection(self->ends, variant->protocol, PORT);
	linger(self->ends[CLIENT], 5);
	pace(self->ends[CLIENT], 200000);
	EXPECT_EQ(sizeof(block), send(self->ends[CLIENT], block, sizeof(block), 0));
	reader = IN_CHILD(_exit(close(self->ends[CLIENT]) ||
				recv(self->ends[SERVER], block, sizeof(block), MSG_WAITALL) !=
				sizeof(block) || recv(self->ends[SERVER], block, 1, 0)));
	since = now_ns();
	pause_ms(1);
	EXPECT_EQ(0, close(self->ends[CLIENT]));
	EXPECT_ABOUT(us_of(sizeof(block) - 14480, 200000), 12, (now_ns() - since) / 1000);
	EXPECT_TRUE(child_succeeds(reader));
}

/* What TCP_INFO says of others gives the rate, in percent of them. */
static long percent_of_window(const struct info *info)
{
	uint64_t window = (uint64_t)info->tcp.tcpi_snd_cwnd * info->tcp.tcpi_snd_mss;

	return info->pacing_rate * 100 * info->tcp.tcpi_rtt / (window * 1000000);
}

/* Whole segments, so that cwnd is of whole ones too: it is told in them. */
TEST_F(on, pacing__rate_is_told)
{
	char name[64];
	struct info info;
	int ends[HOSTS];

	wire(CLIENT, "delay 20ms");
	connection(ends, variant->protocol, PORT);
	takes(ends[CLIENT], ends[SERVER], 7 * 1448);
	pause_ms(100);
	info = info_of(ends[CLIENT], variant->level);
	EXPECT_EQ(UINT64_MAX, info.max_pacing_rate);
	EXPECT_ABOUT(200, 1, percent_of_window(&info));
	snprintf(name, sizeof(name), "%spacing_ss_ratio", variant->sysctls);
	sysctl_set(CLIENT, name, 300);
	takes(ends[CLIENT], ends[SERVER], 7 * 1448);
	pause_ms(100);
	info = info_of(ends[CLIENT], variant->level);
	EXPECT_ABOUT(300, 1, percent_of_window(&info));
	pace(ends[CLIENT], 12345);
	EXPECT_EQ(12345, info_of(ends[CLIENT], variant->level).pacing_rate);
	EXPECT_EQ(12345, info_of(ends[CLIENT], variant->level).max_pacing_rate);
}

TEST_F(on, pacing__rate_before_there_is_one)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(UINT64_MAX, info_of(fd, variant->level).pacing_rate);
	EXPECT_EQ(UINT64_MAX, info_of(fd, variant->level).max_pacing_rate);
	pace(fd, RATE);
	EXPECT_EQ(RATE, info_of(fd, variant->level).pacing_rate);
	EXPECT_EQ(0, listen(fd, 1));
	EXPECT_EQ(RATE, info_of(fd, variant->level).pacing_rate);
	EXPECT_EQ(RATE, info_of(fd, variant->level).max_pacing_rate);
}

SOCKETS_HARNESS_MAIN
