// SPDX-License-Identifier: GPL-2.0
/*
 * Octets that go from a file or a pipe into a connection and out of it into a pipe, with nobody copying them:
 * sendfile() and splice(), what they return in each state of a socket, and that the octets are the file's.
 */
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "sockets.h"
#include "stream.h"

#define FILE_SIZE 1048576

#define CONNECT() connection(self->ends, variant->protocol, PORT)

/* A file with the stream's octets, so many of them. */
static int file_of(size_t size)
{
	int fd = memfd_create("octets", 0);
	unsigned char *octets;

	if (fd < 0 || ftruncate(fd, size))
		stage_fails("a file");
	octets = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (octets == MAP_FAILED)
		stage_fails("the file's octets");
	stream_octets(octets, 0, size);
	munmap(octets, size);
	return fd;
}

/* So many octets of the stream come out, from its beginning. */
static size_t arrives(int fd, size_t count)
{
	unsigned char octets[16384];
	size_t got = 0;
	ssize_t n;

	while (got < count && readable(fd, 10)) {
		n = read(fd, octets, sizeof(octets));
		if (n <= 0 || !stream_continues(octets, got, n))
			break;
		got += n;
	}
	return got;
}

/* All of a file, however often it takes. */
static bool send_file(int to, int file, size_t size)
{
	off_t at = 0;

	while (at < (off_t)size)
		if (sendfile(to, file, &at, size - at) <= 0)
			return false;
	return true;
}

TEST_F(on, sendfile__of_a_megabyte)
{
	int file = file_of(FILE_SIZE);
	pid_t sender;

	CONNECT();
	sender = IN_CHILD(_exit(!send_file(self->ends[CLIENT], file, FILE_SIZE)));
	EXPECT_EQ(FILE_SIZE, arrives(self->ends[SERVER], FILE_SIZE));
	EXPECT_TRUE(child_succeeds(sender));
}

/* On a path that loses packets segments are cut, kept and sent again. */
TEST_F(on, sendfile__over_losses)
{
	int file = file_of(FILE_SIZE);
	pid_t sender;

	CONNECT();
	wire(CLIENT, "delay 10ms loss 2%");
	sender = IN_CHILD(_exit(!send_file(self->ends[CLIENT], file, FILE_SIZE)));
	EXPECT_EQ(FILE_SIZE, arrives(self->ends[SERVER], FILE_SIZE));
	EXPECT_TRUE(child_succeeds(sender));
}

/* Octets of a program before and behind those of the file stay where they are. */
TEST_F(on, sendfile__between_writes)
{
	unsigned char octets[3000];
	int file = file_of(FILE_SIZE);
	off_t at = 1000;

	CONNECT();
	stream_octets(octets, 0, sizeof(octets));
	EXPECT_EQ(1000, send(self->ends[CLIENT], octets, 1000, MSG_MORE));
	EXPECT_EQ(1000, sendfile(self->ends[CLIENT], file, &at, 1000));
	EXPECT_EQ(1000, send(self->ends[CLIENT], octets + 2000, 1000, 0));
	EXPECT_EQ(3000, arrives(self->ends[SERVER], 3000));
	EXPECT_EQ(2000, at);
}

/* Nobody copied them: until they are sent they are the file's, who writes there changes them. */
TEST_F(on, sendfile__takes_the_pages)
{
	int file = file_of(8192);
	char octets[8192];
	off_t at = 0;

	CONNECT();
	option_set(self->ends[CLIENT], variant->level, TCP_CORK, 1);
	EXPECT_EQ(1000, sendfile(self->ends[CLIENT], file, &at, 1000));
	EXPECT_EQ(4, pwrite(file, "page", 4, 100));
	option_set(self->ends[CLIENT], variant->level, TCP_CORK, 0);
	EXPECT_TRUE(readable(self->ends[SERVER], 5));
	EXPECT_EQ(1000, read(self->ends[SERVER], octets, sizeof(octets)));
	EXPECT_EQ(0, memcmp(octets + 100, "page", 4));
}

/*
 * Nor is what is written while a packet waits below, summed, its ruin. (TCP's is summed behind that, or never: what
 * arrives is the new or the old, and here the old.)
 */
TEST(sendfile__of_a_page_that_changes_under_way)
{
	char octets[1000], sent[1000];
	int file, ends[HOSTS];
	off_t at = 0;

	hosts_up();
	file = file_of(1000);
	connection(ends, IPPROTO_CLASP, PORT);
	wire(CLIENT, "delay 20ms");
	EXPECT_EQ(1000, pread(file, sent, sizeof(sent), 0));
	EXPECT_EQ(1000, sendfile(ends[CLIENT], file, &at, 1000));
	EXPECT_EQ(4, pwrite(file, "page", 4, 100));
	pause_ms(50);
	EXPECT_EQ(1000, RESULT(recv(ends[SERVER], octets, sizeof(octets), MSG_DONTWAIT)));
	EXPECT_EQ(0, memcmp(octets, sent, sizeof(sent)));
	EXPECT_EQ(0, counter(SERVER, "InCsumErrors"));
}

/* It was told that more would come, and none did: what there is leaves at once. */
TEST_F(on, sendfile__of_more_than_the_file_has)
{
	int file = file_of(5000);
	char octets[8192];
	off_t at = 0;

	CONNECT();
	EXPECT_EQ(5000, sendfile(self->ends[CLIENT], file, &at, 100000));
	pause_ms(20);
	EXPECT_EQ(5000, RESULT(recv(self->ends[SERVER], octets, sizeof(octets), MSG_DONTWAIT)));
}

TEST_F(on, sendfile__that_finds_no_room)
{
	int file = file_of(FILE_SIZE);
	off_t at = 0;

	CONNECT();
	nonblocking(self->ends[CLIENT]);
	option_set(self->ends[CLIENT], SOL_SOCKET, SO_SNDBUF, 65536);
	option_set(self->ends[SERVER], SOL_SOCKET, SO_RCVBUF, 65536);
	while (sendfile(self->ends[CLIENT], file, &at, FILE_SIZE - at) > 0)
		;
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_LT(0, at);
	EXPECT_GT(FILE_SIZE, at);
	EXPECT_EQ(0, polled(self->ends[CLIENT], POLLOUT, 0));
	EXPECT_EQ(at, arrives(self->ends[SERVER], at));
	EXPECT_EQ(POLLOUT, polled(self->ends[CLIENT], POLLOUT, 10));
}

TEST_F(on, sendfile__without_a_connection)
{
	int fd = socket_on(CLIENT, variant->protocol, 0), file = file_of(5000);
	off_t at = 0;

	EXPECT_EQ(-EPIPE, RESULT(sendfile(fd, file, &at, 100)));
	EXPECT_EQ(0, at);
	CONNECT();
	EXPECT_EQ(0, shutdown(self->ends[CLIENT], SHUT_WR));
	EXPECT_EQ(-EPIPE, RESULT(sendfile(self->ends[CLIENT], file, &at, 100)));
	linger(self->ends[CLIENT], 0);
	close(self->ends[CLIENT]);
	pause_ms(100);
	EXPECT_EQ(-EPIPE, RESULT(sendfile(self->ends[SERVER], file, &at, 100)));
}

static void pipe_up(int ends[2])
{
	if (pipe2(ends, O_NONBLOCK))
		stage_fails("a pipe");
}

/* What there is, as far as the pipe has room; and then what waits behind. */
TEST_F(on, splice__into_a_pipe)
{
	unsigned char octets[6000];
	int to[2];

	CONNECT();
	pipe_up(to);
	stream_octets(octets, 0, sizeof(octets));
	EXPECT_EQ(6000, send(self->ends[CLIENT], octets, 6000, 0));
	pause_ms(100);
	EXPECT_EQ(2000, splice(self->ends[SERVER], NULL, to[1], NULL, 2000, 0));
	EXPECT_EQ(4000, recv(self->ends[SERVER], octets, sizeof(octets), MSG_PEEK));
	EXPECT_TRUE(stream_continues(octets, 2000, 4000));
	EXPECT_EQ(4000, splice(self->ends[SERVER], NULL, to[1], NULL, 10000, 0));
	EXPECT_EQ(6000, arrives(to[0], 6000));
}

TEST_F(on, splice__waits_for_octets)
{
	pid_t reader;
	int to[2];

	CONNECT();
	pipe_up(to);
	reader = IN_CHILD(_exit(splice(self->ends[SERVER], NULL, to[1], NULL, 10000, 0) != 5));
	pause_ms(200);
	EXPECT_EQ(5, send(self->ends[CLIENT], "hello", 5, 0));
	EXPECT_TRUE(child_succeeds(reader));
	timeout_set(self->ends[SERVER], SO_RCVTIMEO, 100);
	EXPECT_EQ(-EAGAIN, RESULT(splice(self->ends[SERVER], NULL, to[1], NULL, 10, 0)));
	nonblocking(self->ends[SERVER]);
	EXPECT_EQ(-EAGAIN, RESULT(splice(self->ends[SERVER], NULL, to[1], NULL, 10, 0)));
}

TEST_F(on, splice__of_what_has_no_octets)
{
	int listener = listen_on(SERVER, variant->protocol, PORT + 1);
	int fd = socket_on(CLIENT, variant->protocol, 0), to[2];

	pipe_up(to);
	EXPECT_EQ(-ENOTCONN, RESULT(splice(fd, NULL, to[1], NULL, 10, 0)));
	EXPECT_EQ(-ENOTCONN, RESULT(splice(listener, NULL, to[1], NULL, 10, 0)));
	EXPECT_EQ(-EINVAL, RESULT(splice(fd, &(loff_t){ 1 }, to[1], NULL, 10, 0)));
	CONNECT();
	EXPECT_EQ(5, send(self->ends[CLIENT], "hello", 5, 0));
	EXPECT_EQ(0, shutdown(self->ends[CLIENT], SHUT_WR));
	pause_ms(100);
	EXPECT_EQ(5, splice(self->ends[SERVER], NULL, to[1], NULL, 10, 0));
	EXPECT_EQ(0, splice(self->ends[SERVER], NULL, to[1], NULL, 10, 0));
	linger(self->ends[SERVER], 0);
	close(self->ends[SERVER]);
	pause_ms(100);
	EXPECT_EQ(-ECONNRESET, RESULT(splice(self->ends[CLIENT], NULL, to[1], NULL, 10, 0)));
	EXPECT_EQ(0, splice(self->ends[CLIENT], NULL, to[1], NULL, 10, 0));
}

TEST_F(on, splice__interrupted)
{
	int to[2];

	CONNECT();
	pipe_up(to);
	alarm_in(50);
	EXPECT_EQ(-EINTR, RESULT(splice(self->ends[SERVER], NULL, to[1], NULL, 10, 0)));
}

/* The window opens again for what went into the pipe: a megabyte goes through buffers of less. */
TEST_F(on, splice__from_end_to_end)
{
	int file = file_of(FILE_SIZE), to[2];
	size_t moved = 0;
	bool right = true;
	pid_t sender;

	CONNECT();
	pipe_up(to);
	option_set(self->ends[SERVER], SOL_SOCKET, SO_RCVBUF, 65536);
	sender = IN_CHILD(_exit(!send_file(self->ends[CLIENT], file, FILE_SIZE)));
	while (moved < FILE_SIZE && right) {
		unsigned char octets[65536];
		ssize_t n = splice(self->ends[SERVER], NULL, to[1], NULL, sizeof(octets), 0);

		right = n > 0 && read(to[0], octets, n) == n && stream_continues(octets, moved, n);
		moved += n;
	}
	EXPECT_TRUE(right);
	EXPECT_EQ(FILE_SIZE, moved);
	EXPECT_TRUE(child_succeeds(sender));
}

/* A proxy: what one connection brings goes into another, over a pipe. */
TEST_F(on, splice__between_connections)
{
	int other[HOSTS], to[2];
	size_t moved = 0;
	pid_t sender, reader;
	int file = file_of(FILE_SIZE);

	CONNECT();
	connection(other, variant->protocol, PORT + 1);
	if (pipe(to))
		stage_fails("a pipe");
	sender = IN_CHILD(_exit(!send_file(self->ends[CLIENT], file, FILE_SIZE)));
	reader = IN_CHILD(_exit(arrives(other[CLIENT], FILE_SIZE) != FILE_SIZE));
	while (moved < FILE_SIZE) {
		ssize_t n = splice(self->ends[SERVER], NULL, to[1], NULL, 65536, SPLICE_F_MOVE), left = n;

		if (n <= 0)
			break;
		while (left > 0) {
			n = splice(to[0], NULL, other[SERVER], NULL, left, SPLICE_F_MOVE);
			if (n <= 0)
				break;
			left -= n;
			moved += n;
		}
	}
	EXPECT_EQ(FILE_SIZE, moved);
	EXPECT_TRUE(child_succeeds(sender));
	EXPECT_TRUE(child_succeeds(reader));
}

SOCKETS_HARNESS_MAIN
