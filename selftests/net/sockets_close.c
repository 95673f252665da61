// SPDX-License-Identifier: GPL-2.0
/*
 * How a connection ends as the program sees it, and what poll() and epoll say on the way there.
 */
#include "sockets.h"

#define CONNECT() connection(self->ends, variant->protocol, PORT)

TEST_F(on, shutdown__needs_a_connection)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(ENOTCONN, ERRNO(shutdown(fd, SHUT_WR)));
	EXPECT_EQ(EINVAL, ERRNO(shutdown(fd, 3)));
}

TEST_F(on, shutdown__half_close)
{
	char text[16];
	int port;

	CONNECT();
	port = local_port(self->ends[CLIENT]);
	EXPECT_EQ(0, shutdown(self->ends[CLIENT], SHUT_WR));
	EXPECT_EQ(0, read(self->ends[SERVER], text, 16));
	EXPECT_TRUE(WITHIN(5, state_of(CLIENT, variant->protocol, port, PORT) == FIN_WAIT_2));
	EXPECT_EQ(CLOSE_WAIT, state_of(SERVER, variant->protocol, PORT, port));
	EXPECT_EQ(5, write(self->ends[SERVER], "clasp", 5));
	EXPECT_EQ(5, read(self->ends[CLIENT], text, 16));
	close(self->ends[SERVER]);
	EXPECT_EQ(0, read(self->ends[CLIENT], text, 16));
	EXPECT_TRUE(WITHIN(5, state_of(CLIENT, variant->protocol, port, PORT) == TIME_WAIT));
	EXPECT_EQ(GONE, state_of(SERVER, variant->protocol, PORT, port));
}

TEST_F(on, shutdown__reading)
{
	CONNECT();
	EXPECT_EQ(0, shutdown(self->ends[CLIENT], SHUT_RD));
	EXPECT_EQ(0, read(self->ends[CLIENT], &(char){ 0 }, 1));
	EXPECT_EQ(5, write(self->ends[CLIENT], "clasp", 5));
	EXPECT_TRUE(readable(self->ends[SERVER], 5));
}

TEST_F(on, shutdown__wakes_a_reader)
{
	pid_t child;

	CONNECT();
	child = IN_CHILD(pause_ms(50); shutdown(self->ends[CLIENT], SHUT_RDWR));
	EXPECT_EQ(0, read(self->ends[CLIENT], &(char){ 0 }, 1));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, shutdown__simultaneous)
{
	int port;

	CONNECT();
	port = local_port(self->ends[CLIENT]);
	/* The FINs cross, and CLOSING lasts long enough to be seen, on a machine that halts for a second too. */
	wire(CLIENT, "delay 2s");
	wire(SERVER, "delay 2s");
	EXPECT_EQ(0, shutdown(self->ends[CLIENT], SHUT_WR));
	EXPECT_EQ(0, shutdown(self->ends[SERVER], SHUT_WR));
	EXPECT_TRUE(WITHIN(5, state_of(CLIENT, variant->protocol, port, PORT) == CLOSING));
	EXPECT_TRUE(WITHIN(5, state_of(CLIENT, variant->protocol, port, PORT) == TIME_WAIT));
	EXPECT_TRUE(WITHIN(5, state_of(SERVER, variant->protocol, PORT, port) == TIME_WAIT));
	EXPECT_EQ(0, read(self->ends[CLIENT], &(char){ 0 }, 1));
	EXPECT_EQ(0, read(self->ends[SERVER], &(char){ 0 }, 1));
}

TEST_F(on, close__unread_data_resets)
{
	CONNECT();
	EXPECT_EQ(5, write(self->ends[CLIENT], "clasp", 5));
	EXPECT_TRUE(readable(self->ends[SERVER], 5));
	close(self->ends[SERVER]);
	EXPECT_TRUE(readable(self->ends[CLIENT], 5));
	EXPECT_EQ(ECONNRESET, ERRNO(read(self->ends[CLIENT], &(char){ 0 }, 1)));
}

TEST_F(on, close__data_for_nobody_resets)
{
	int port;

	CONNECT();
	port = local_port(self->ends[CLIENT]);
	close(self->ends[SERVER]);
	EXPECT_EQ(0, read(self->ends[CLIENT], &(char){ 0 }, 1));
	EXPECT_EQ(5, write(self->ends[CLIENT], "clasp", 5));
	EXPECT_TRUE(WITHIN(5, state_of(SERVER, variant->protocol, PORT, port) == GONE));
	EXPECT_EQ(EPIPE, ERRNO(write(self->ends[CLIENT], "clasp", 5)));
}

TEST_F(on, close__delivers_what_was_written)
{
	char text[5000] = { 0 };

	CONNECT();
	EXPECT_EQ(5000, write(self->ends[CLIENT], text, 5000));
	close(self->ends[CLIENT]);
	EXPECT_EQ(5000, recv(self->ends[SERVER], text, 5000, MSG_WAITALL));
	EXPECT_EQ(0, read(self->ends[SERVER], text, 1));
}

TEST_F(on, close__an_orphan_leaves_fin_wait_2)
{
	char name[64];
	int port;

	CONNECT();
	port = local_port(self->ends[CLIENT]);
	snprintf(name, sizeof(name), "%sfin_timeout", variant->sysctls);
	sysctl_set(CLIENT, name, 2);
	close(self->ends[CLIENT]);
	EXPECT_TRUE(WITHIN(1, state_of(CLIENT, variant->protocol, port, PORT) == FIN_WAIT_2));
	EXPECT_TRUE(WITHIN(4, state_of(CLIENT, variant->protocol, port, PORT) == GONE));
	EXPECT_EQ(5, write(self->ends[SERVER], "clasp", 5));
	EXPECT_TRUE(WITHIN(5, ERRNO(write(self->ends[SERVER], "clasp", 5)) == EPIPE));
}

static void orphan_retries(const char *sysctls, int retries)
{
	char name[64];

	snprintf(name, sizeof(name), "%sorphan_retries", sysctls);
	sysctl_set(CLIENT, name, retries);
}

/* The other end's end, before the namespaces go and nobody is left to answer. */
static bool ends_once_mended(int fd, int protocol, int port)
{
	wire(SERVER, "delay 1ms");
	close(fd);
	return WITHIN(5, state_of(SERVER, protocol, PORT, port) == GONE);
}

TEST_F(on, close__an_orphan_gives_up)
{
	int port;

	CONNECT();
	port = local_port(self->ends[CLIENT]);
	orphan_retries(variant->sysctls, 1);
	wire(SERVER, "loss 100%");
	close(self->ends[CLIENT]);
	EXPECT_EQ(FIN_WAIT_1, state_of(CLIENT, variant->protocol, port, PORT));
	EXPECT_TRUE(WITHIN(3, state_of(CLIENT, variant->protocol, port, PORT) == GONE));
	EXPECT_TRUE(ends_once_mended(self->ends[SERVER], variant->protocol, port));
}

/*
 * Four retransmissions with the least RTO take 6.2 s: with 2.4 s, as here, that time is over after two
 * timeouts; Linux counts it from the first retransmission on. Four would take 74 s.
 */
TEST_F(on, close__an_orphan_on_a_slow_path_gives_up_as_soon)
{
	int port;

	wire(SERVER, "delay 800ms");
	CONNECT();
	port = local_port(self->ends[CLIENT]);
	orphan_retries(variant->sysctls, 4);
	wire(SERVER, "loss 100%");
	close(self->ends[CLIENT]);
	pause_ms(5000);
	EXPECT_EQ(FIN_WAIT_1, state_of(CLIENT, variant->protocol, port, PORT));
	EXPECT_TRUE(WITHIN(15, state_of(CLIENT, variant->protocol, port, PORT) == GONE));
	EXPECT_TRUE(ends_once_mended(self->ends[SERVER], variant->protocol, port));
}

/* TCP's limit is one for all namespaces, so that a test cannot set it. */
TEST(close__too_many_orphans)
{
	int first[HOSTS], second[HOSTS], third[HOSTS], port;

	hosts_up();
	connection(first, IPPROTO_CLASP, PORT);
	connection(second, IPPROTO_CLASP, PORT);
	connection(third, IPPROTO_CLASP, PORT);
	sysctl_set(CLIENT, "clasp/max_orphans", 1);
	wire(SERVER, "loss 100%");
	port = local_port(first[CLIENT]);
	close(first[CLIENT]);
	EXPECT_EQ(FIN_WAIT_1, state_of(CLIENT, IPPROTO_CLASP, port, PORT));
	close(second[CLIENT]);
	EXPECT_TRUE(readable(second[SERVER], 5));
	EXPECT_EQ(ECONNRESET, ERRNO(read(second[SERVER], &(char){ 0 }, 1)));
	EXPECT_EQ(FIN_WAIT_1, state_of(CLIENT, IPPROTO_CLASP, port, PORT));
	/* the first one leaves, and there is room again */
	wire(SERVER, "delay 1ms");
	close(first[SERVER]);
	EXPECT_TRUE(WITHIN(5, state_of(CLIENT, IPPROTO_CLASP, port, PORT) == TIME_WAIT));
	close(third[CLIENT]);
	EXPECT_EQ(0, read(third[SERVER], &(char){ 0 }, 1));
}

TEST_F(on, close__in_a_copy_ends_nothing)
{
	int copy;

	CONNECT();
	copy = dup(self->ends[CLIENT]);
	close(self->ends[CLIENT]);
	EXPECT_EQ(5, write(copy, "clasp", 5));
	EXPECT_EQ(5, read(self->ends[SERVER], (char[5]) { 0 }, 5));
}

TEST_F(on, linger__zero_resets)
{
	int port;

	CONNECT();
	port = local_port(self->ends[CLIENT]);
	linger(self->ends[CLIENT], 0);
	close(self->ends[CLIENT]);
	EXPECT_EQ(GONE, state_of(CLIENT, variant->protocol, port, PORT));
	EXPECT_TRUE(readable(self->ends[SERVER], 5));
	EXPECT_EQ(ECONNRESET, ERRNO(read(self->ends[SERVER], &(char){ 0 }, 1)));
	EXPECT_EQ(0, read(self->ends[SERVER], &(char){ 0 }, 1));
}

TEST_F(on, linger__waits_until_all_is_acknowledged)
{
	uint64_t started;

	CONNECT();
	wire(SERVER, "delay 300ms");
	linger(self->ends[CLIENT], 5);
	EXPECT_EQ(5, write(self->ends[CLIENT], "clasp", 5));
	started = now_ns();
	close(self->ends[CLIENT]);
	EXPECT_GT(now_ns() - started, 250000000);
	EXPECT_LT(now_ns() - started, 2000000000);
}

TEST_F(on, linger__gives_up_waiting)
{
	uint64_t started;
	int port;

	CONNECT();
	port = local_port(self->ends[CLIENT]);
	orphan_retries(variant->sysctls, 1);
	wire(SERVER, "loss 100%");
	linger(self->ends[CLIENT], 1);
	EXPECT_EQ(5, write(self->ends[CLIENT], "clasp", 5));
	started = now_ns();
	close(self->ends[CLIENT]);
	EXPECT_GT(now_ns() - started, 900000000);
	EXPECT_LT(now_ns() - started, 2000000000);
	EXPECT_TRUE(WITHIN(5, state_of(CLIENT, variant->protocol, port, PORT) == GONE));
	EXPECT_TRUE(ends_once_mended(self->ends[SERVER], variant->protocol, port));
}

TEST_F(on, poll__along_the_way)
{
	const int all = POLLIN | POLLOUT | POLLRDHUP;
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(POLLOUT | POLLHUP, polled(fd, all, 0));
	CONNECT();
	EXPECT_EQ(POLLOUT, polled(self->ends[CLIENT], all, 0));
	EXPECT_EQ(5, write(self->ends[SERVER], "clasp", 5));
	EXPECT_TRUE(readable(self->ends[CLIENT], 5));
	EXPECT_EQ(POLLIN | POLLOUT, polled(self->ends[CLIENT], all, 0));
	EXPECT_EQ(0, shutdown(self->ends[SERVER], SHUT_WR));
	EXPECT_EQ(POLLRDHUP, polled(self->ends[CLIENT], POLLRDHUP, 5));
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP, polled(self->ends[CLIENT], all, 0));
	EXPECT_EQ(0, shutdown(self->ends[CLIENT], SHUT_WR));
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP | POLLHUP, polled(self->ends[CLIENT], all, 0));
}

TEST_F(on, poll__after_a_reset)
{
	const int all = POLLIN | POLLOUT | POLLRDHUP;

	CONNECT();
	linger(self->ends[SERVER], 0);
	close(self->ends[SERVER]);
	EXPECT_TRUE(readable(self->ends[CLIENT], 5));
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR,
		  polled(self->ends[CLIENT], all, 0));
	EXPECT_EQ(ECONNRESET, option(self->ends[CLIENT], SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, option(self->ends[CLIENT], SOL_SOCKET, SO_ERROR));
}

TEST_F(on, epoll__edges)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET };
	int set = epoll_create1(0);

	CONNECT();
	EXPECT_EQ(0, epoll_ctl(set, EPOLL_CTL_ADD, self->ends[SERVER], &event));
	EXPECT_EQ(0, epoll_wait(set, &event, 1, 0));
	EXPECT_EQ(1, write(self->ends[CLIENT], "a", 1));
	EXPECT_EQ(1, epoll_wait(set, &event, 1, 5000));
	EXPECT_EQ(EPOLLIN, event.events);
	EXPECT_EQ(0, epoll_wait(set, &event, 1, 0));
	EXPECT_EQ(1, write(self->ends[CLIENT], "b", 1));
	EXPECT_EQ(1, epoll_wait(set, &event, 1, 5000));
	EXPECT_EQ(2, read(self->ends[SERVER], (char[2]) { 0 }, 2));
	close(self->ends[CLIENT]);
	EXPECT_EQ(1, epoll_wait(set, &event, 1, 5000));
	EXPECT_EQ(EPOLLIN | EPOLLRDHUP, event.events);
}

TEST_F(on, epoll__room_to_write)
{
	struct epoll_event event = { .events = EPOLLOUT | EPOLLET };
	char block[16384] = { 0 };
	int set = epoll_create1(0);

	CONNECT();
	nonblocking(self->ends[CLIENT]);
	nonblocking(self->ends[SERVER]);
	while (WITHIN(1, send(self->ends[CLIENT], block, sizeof(block), 0) > 0))
		;
	EXPECT_EQ(0, epoll_ctl(set, EPOLL_CTL_ADD, self->ends[CLIENT], &event));
	EXPECT_EQ(0, epoll_wait(set, &event, 1, 0));
	while (WITHIN(1, read(self->ends[SERVER], block, sizeof(block)) > 0))
		;
	EXPECT_EQ(1, epoll_wait(set, &event, 1, 5000));
	EXPECT_EQ(EPOLLOUT, event.events);
}

SOCKETS_HARNESS_MAIN
