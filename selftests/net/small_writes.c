// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that write little at a time, beside TCP's: Nagle keeps a piece back until the one before is acknowledged,
 * and the peer delays that ACK for an answer to carry. A reader that waits gives none; one that answers sends nothing
 * but its answers.
 */
#include "info.h"
#include "sockets.h"

#define PIECES 100
#define SOON 20000		/* us: a few ticks of the guest's clock, and no delayed ACK's 40 ms */
#define TURNS 50

/* How a reader waits. */
enum manner { READS, POLLS, EPOLLS, EPOLLS_BY_EDGES, TRIES, MANNERS };

static const char *const manners[MANNERS] = {
	[READS] = "in read()",
	[POLLS] = "in poll()",
	[EPOLLS] = "in epoll_wait()",
	[EPOLLS_BY_EDGES] = "in epoll_wait(), for edges",
	[TRIES] = "now and then",
};

/**
 * struct piece - what is written at a time
 * @written: ns
 * @rest: of it
 */
struct piece {
	uint64_t written;
	char rest[92];
};

/* A piece every two milliseconds. */
static void write_pieces(int fd)
{
	struct piece piece = { 0 };
	int i;

	for (i = 0; i < PIECES; i++) {
		piece.written = now_ns();
		if (write(fd, &piece, sizeof(piece)) != sizeof(piece))
			stage_fails("a piece");
		pause_ms(2);
	}
}

static int watched(int fd, int events)
{
	struct epoll_event event = { .events = events };
	int epoll = epoll_create1(0);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		stage_fails("epoll");
	return epoll;
}

/* Until there may be something to read. */
static void wait_in(enum manner manner, int fd, int epoll)
{
	struct epoll_event event;

	if (manner == POLLS)
		polled(fd, POLLIN, 10);
	else if (manner == EPOLLS || manner == EPOLLS_BY_EDGES)
		epoll_wait(epoll, &event, 1, 10000);
	else if (manner == TRIES)
		usleep(200);
}

/* The most that a piece took, in us: until all of it was read. */
static long slowest(int fd, enum manner manner)
{
	int epoll = watched(fd, manner == EPOLLS_BY_EDGES ? EPOLLIN | EPOLLET : EPOLLIN);
	int flags = manner == READS ? 0 : MSG_DONTWAIT, pieces = 0;
	char octets[sizeof(struct piece)];
	long worst = 0, took;
	size_t got = 0;
	ssize_t n;

	while (pieces < PIECES) {
		n = recv(fd, octets + got, sizeof(octets) - got, flags);
		if (n < 0 && errno == EAGAIN) {
			wait_in(manner, fd, epoll);
			continue;
		}
		if (n <= 0)
			stage_fails("the stream ended after %d pieces", pieces);
		got += n;
		if (got < sizeof(octets))
			continue;
		took = (now_ns() - ((struct piece *)octets)->written) / 1000;
		worst = took > worst ? took : worst;
		got = 0;
		pieces++;
	}
	close(epoll);
	return worst;
}

static void close_both(int ends[HOSTS])
{
	close(ends[CLIENT]);
	close(ends[SERVER]);
}

/* However a reader waits; and to each piece belongs one ACK at most. */
TEST_F(on, small_writes__never_wait_for_a_delayed_ack)
{
	enum manner manner;
	struct info reader;
	pid_t writer;
	long worst;

	for (manner = 0; manner < MANNERS; manner++) {
		connection(self->ends, variant->protocol, PORT + manner);
		writer = IN_CHILD(write_pieces(self->ends[CLIENT]));
		worst = slowest(self->ends[SERVER], manner);
		EXPECT_TRUE(child_succeeds(writer));
		reader = info_of(self->ends[SERVER], variant->level);
		printf("# %s, who waits %s: %ld us at most, %u segments and %u ACKs of %d pieces\n", variant->sysctls,
		       manners[manner], worst, reader.segs_in, reader.segs_out, PIECES);
		EXPECT_LT(worst, SOON);
		EXPECT_LE(reader.segs_out, PIECES + 2);
		close_both(self->ends);
	}
}

/* Who writes and reads in turn is held up for as long as its next octets are: each write is one segment, pushed. */
TEST_F(on, small_writes__in_one_process)
{
	static char block[8192];
	uint64_t since;
	int i;

	connection(self->ends, variant->protocol, PORT);
	since = now_ns();
	for (i = 0; i < PIECES; i++) {
		ASSERT_EQ(sizeof(block), send(self->ends[CLIENT], block, sizeof(block), 0));
		ASSERT_EQ(sizeof(block), recv(self->ends[SERVER], block, sizeof(block), MSG_WAITALL));
	}
	EXPECT_LT((now_ns() - since) / 1000, 2 * SOON);
}

/* A question of an octet each time, and its answer. */
static void ask(int fd, enum manner manner)
{
	char octet = 0;
	int i;

	for (i = 0; i < TURNS; i++) {
		if (send(fd, &octet, 1, 0) != 1)
			stage_fails("a question");
		if (manner == POLLS)
			polled(fd, POLLIN, 10);
		if (recv(fd, &octet, 1, 0) != 1)
			stage_fails("an answer");
	}
}

static void reply(int fd, enum manner manner)
{
	int i, epoll = watched(fd, EPOLLIN);
	char octet;

	for (i = 0; i < TURNS; i++) {
		if (manner != READS)
			wait_in(manner, fd, epoll);
		if (recv(fd, &octet, 1, 0) != 1 || send(fd, &octet, 1, 0) != 1)
			stage_fails("an answer");
	}
	close(epoll);
}

/* Each segment has an octet, but for those of the handshake, and a few of TCP's at the start. */
TEST_F(on, small_writes__answers_carry_the_acks)
{
	enum manner manner;
	struct info asks;
	pid_t child;

	for (manner = READS; manner <= EPOLLS; manner++) {
		connection(self->ends, variant->protocol, PORT + manner);
		child = IN_CHILD(reply(self->ends[SERVER], manner));
		ask(self->ends[CLIENT], manner);
		EXPECT_TRUE(child_succeeds(child));
		asks = info_of(self->ends[CLIENT], variant->level);
		printf("# %s, who waits %s: %u segments out, %u in, for %d turns\n", variant->sysctls,
		       manners[manner], asks.segs_out, asks.segs_in, TURNS);
		if (variant->protocol == IPPROTO_CLASP) {
			EXPECT_EQ(TURNS + 2, asks.segs_out);
			EXPECT_EQ(TURNS + 1, asks.segs_in);
		} else {
			EXPECT_GE(asks.segs_out, TURNS + 2);
			EXPECT_GE(asks.segs_in, TURNS + 1);
		}
		close_both(self->ends);
	}
}

SOCKETS_HARNESS_MAIN
