// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers that grow with what is under way: a long path is filled as TCP fills it, in the same guest; they stay as they
 * are where the program or the administrator wants that; and how much memory octets take in them.
 */
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "stream.h"

#define PORT 7
#define MIB (1024 * 1024)
#define UNREAD 60000

/* A round trip of 100 ms at 100 Mbit/s holds 1.2 MiB: more than buffers begin with. */
#define LONG_PATH "delay 50ms rate 100mbit limit 10000"

/* Ten of 10 ms take 4 MiB where each is twice the one before; there super-packets have more than two segments. */
#define SHORT_PATH "delay 5ms limit 10000"

/**
 * struct run - one stream from the client to the server
 * @protocol: IPPROTO_CLASP or IPPROTO_TCP
 * @octets: in it
 * @rcvbuf: SO_RCVBUF that the server asks for; 0 for none
 * @pause_ms: between two reads, of 16 KiB each then
 * @ms: from connect() until the last octet was read
 * @before: the server's SO_RCVBUF when accepted
 * @after: the same after the last octet
 * @sndbuf: the client's SO_SNDBUF in the end
 */
struct run {
	int protocol;
	unsigned int octets;
	int rcvbuf;
	unsigned int pause_ms;
	unsigned int ms;
	int before;
	int after;
	int sndbuf;
};

static int size_of(int fd, int option)
{
	socklen_t len = sizeof(int);
	int size;

	if (getsockopt(fd, SOL_SOCKET, option, &size, &len))
		stage_fails("getsockopt");
	return size;
}

static void send_all(struct run *this)
{
	int fd = connect_from(CLIENT, this->protocol, PORT);

	stream_write(fd, 0, this->octets);
	this->sndbuf = size_of(fd, SO_SNDBUF);
	shutdown(fd, SHUT_WR);
	if (read(fd, (char [1]) { 0 }, 1) != 0)
		stage_fails("end of the stream");
}

/* All octets are read; what they are is another test's question (transfer). */
static unsigned int receive_all(int fd, unsigned int pause)
{
	static char block[65536];
	unsigned int done = 0;
	ssize_t n;

	while ((n = recv(fd, block, pause ? 16384 : sizeof(block), pause ? MSG_WAITALL : 0)) > 0) {
		done += n;
		if (pause)
			pause_ms(pause);
	}
	return n ? 0 : done;
}

static void stream_over(struct run *this)
{
	int listener = listen_on(SERVER, this->protocol, PORT), fd;
	uint64_t since = now_ns();
	pid_t sender;

	if (this->rcvbuf &&
	    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &this->rcvbuf, sizeof(this->rcvbuf)))
		stage_fails("SO_RCVBUF");
	sender = IN_CHILD(send_all(this));
	fd = accept(listener, NULL, NULL);
	this->before = size_of(fd, SO_RCVBUF);
	if (receive_all(fd, this->pause_ms) != this->octets)
		stage_fails("not all octets came");
	this->ms = (now_ns() - since) / 1000000;
	this->after = size_of(fd, SO_RCVBUF);
	close(fd);
	close(listener);
	if (!child_succeeds(sender))
		stage_fails("the sender");
}

static struct run *fresh_run(int protocol, unsigned int octets)
{
	struct run *this = mmap(NULL, sizeof(*this), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	this->protocol = protocol;
	this->octets = octets;
	return this;
}

static void path(const char *netem)
{
	hosts_up();
	wire(CLIENT, netem);
	wire(SERVER, netem);
}

static void report(const char *what, const struct run *this)
{
	printf("# %s: %u ms; the receive buffer went from %d to %d, the send buffer to %d\n", what,
	       this->ms, this->before, this->after, this->sndbuf);
}

struct both {
	struct run *tcp;
	struct run *clasp;
};

static struct both stream_of_both(const char *netem, unsigned int octets)
{
	struct both both = { fresh_run(IPPROTO_TCP, octets), fresh_run(IPPROTO_CLASP, octets) };

	path(netem);
	stream_over(both.tcp);
	stream_over(both.clasp);
	report("TCP", both.tcp);
	report("Clasp", both.clasp);
	return both;
}

/* A round trip more than TCP needs at most. */
TEST(autotuning__fills_a_long_path_as_tcp_does)
{
	struct both took = stream_of_both(LONG_PATH, 16 * MIB);

	EXPECT_LT(took.clasp->ms, took.tcp->ms + 100);
	EXPECT_LT(2 * took.clasp->before, took.clasp->after);
}

/*
 * What leaves together, and is acknowledged together, has cwnd grow by all of it, and the receiver's window is ahead of
 * that: two round trips more than TCP at most.
 */
TEST(autotuning__doubles_what_leaves_together_as_tcp_does)
{
	struct both took = stream_of_both(SHORT_PATH, 4 * MIB);

	EXPECT_LT(took.clasp->ms, took.tcp->ms + 20);
}

/* Where the program has said how large it is, it is no larger. */
TEST(autotuning__leaves_so_rcvbuf_alone)
{
	struct run *clasp = fresh_run(IPPROTO_CLASP, 2 * MIB);

	clasp->rcvbuf = 100000;
	path(LONG_PATH);
	stream_over(clasp);
	report("Clasp with SO_RCVBUF", clasp);
	EXPECT_EQ(200000, clasp->before);
	EXPECT_EQ(200000, clasp->after);
	EXPECT_GT(clasp->ms, 1000);
}

TEST(autotuning__is_off_where_the_administrator_says_so)
{
	struct run *clasp = fresh_run(IPPROTO_CLASP, 2 * MIB);

	path(LONG_PATH);
	sysctl_set(SERVER, "clasp/moderate_rcvbuf", 0);
	stream_over(clasp);
	report("Clasp without it", clasp);
	EXPECT_EQ(clasp->before, clasp->after);
}

/* What reads 16 KiB each 60 ms, of a path that holds fifty times as much, needs no more than half as much again. */
TEST(autotuning__follows_the_program_not_the_path)
{
	struct run *clasp = fresh_run(IPPROTO_CLASP, MIB / 2);

	clasp->pause_ms = 60;
	path(LONG_PATH);
	stream_over(clasp);
	report("Clasp, slowly read", clasp);
	EXPECT_LT(2 * clasp->after, 3 * clasp->before);
}

/* Memory that octets take which nobody reads, each full segment of which came by itself. */
static unsigned int takes_unread(int protocol)
{
	unsigned int memory[SK_MEMINFO_VARS];
	socklen_t len = sizeof(memory);
	int ends[HOSTS], queued = 0;

	connection(ends, protocol, PORT);
	stream_write(ends[CLIENT], 0, UNREAD);
	if (!WITHIN(5, !ioctl(ends[SERVER], FIONREAD, &queued) && queued == UNREAD) ||
	    getsockopt(ends[SERVER], SOL_SOCKET, SO_MEMINFO, memory, &len))
		stage_fails("%d octets", queued);
	return memory[SK_MEMINFO_RMEM_ALLOC];
}

TEST(memory__segments_that_wait_share_buffers)
{
	unsigned int tcp, clasp;

	hosts_up();
	run("ip link set eth0 gso_max_segs 1");
	tcp = takes_unread(IPPROTO_TCP);
	clasp = takes_unread(IPPROTO_CLASP);
	TH_LOG("%d octets take %u, TCP's %u", UNREAD, clasp, tcp);
	EXPECT_LE(clasp, tcp);
}

TEST_HARNESS_MAIN
