// SPDX-License-Identifier: GPL-2.0
/*
 * Data on a connection as the program sees it: what the send and receive calls return, and when
 * they wait.
 */
#include <linux/if_ether.h>

#include "sockets.h"

#define CONNECT() connection(self->ends, variant->protocol, PORT)
#define LEVEL_OF_IP BY_FAMILY(IPPROTO_IP, IPPROTO_IPV6)
#define HOPS BY_FAMILY(IP_TTL, IPV6_UNICAST_HOPS)

/* Octets until the socket takes no more; it must be non-blocking. */
static size_t fill(int fd)
{
	char block[16384] = { 0 };
	size_t total = 0;
	ssize_t n;

	while ((n = send(fd, block, sizeof(block), 0)) > 0)
		total += n;
	return total;
}

/* Octets there are to read, up to @most, waiting for each a few seconds at most. */
static size_t drain(int fd, size_t most)
{
	char block[16384];
	size_t total = 0;
	ssize_t n;

	while (total < most && readable(fd, 20)) {
		n = read(fd, block, sizeof(block));
		if (n <= 0)
			break;
		total += n;
	}
	return total;
}

TEST_F(on, send__needs_a_connection)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(EPIPE, ERRNO(send(fd, "x", 1, 0)));
	EXPECT_EQ(ENOTCONN, ERRNO(recv(fd, &(char){ 0 }, 1, 0)));
}

TEST_F(on, send__after_shutdown_is_a_broken_pipe)
{
	CONNECT();
	EXPECT_EQ(0, shutdown(self->ends[CLIENT], SHUT_WR));
	EXPECT_EQ(EPIPE, ERRNO(send(self->ends[CLIENT], "x", 1, 0)));
}

TEST_F(on, send__raises_sigpipe_unless_told_not_to)
{
	pid_t child;
	int status;

	CONNECT();
	EXPECT_EQ(0, shutdown(self->ends[CLIENT], SHUT_WR));
	child = IN_CHILD(signal(SIGPIPE, SIG_DFL);
			 send(self->ends[CLIENT], "x", 1, MSG_NOSIGNAL);
			 send(self->ends[CLIENT], "x", 1, 0));
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGPIPE, WTERMSIG(status));
}

TEST_F(on, send__after_a_reset)
{
	CONNECT();
	linger(self->ends[SERVER], 0);
	close(self->ends[SERVER]);
	EXPECT_TRUE(readable(self->ends[CLIENT], 5));
	EXPECT_EQ(ECONNRESET, ERRNO(send(self->ends[CLIENT], "x", 1, 0)));
	EXPECT_EQ(EPIPE, ERRNO(send(self->ends[CLIENT], "x", 1, 0)));
	EXPECT_EQ(0, recv(self->ends[CLIENT], &(char){ 0 }, 1, 0));
}

TEST_F(on, send__takes_what_the_buffer_holds)
{
	size_t taken;

	CONNECT();
	option_set(self->ends[CLIENT], SOL_SOCKET, SO_SNDBUF, 65536);
	nonblocking(self->ends[CLIENT]);
	taken = fill(self->ends[CLIENT]);
	EXPECT_GT(taken, 16384);
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_TRUE(WITHIN(20, fill(self->ends[CLIENT]) == 0 && errno == EAGAIN));
	EXPECT_EQ(0, polled(self->ends[CLIENT], POLLOUT, 0));
	EXPECT_GE(drain(self->ends[SERVER], taken), taken);
	EXPECT_EQ(POLLOUT, polled(self->ends[CLIENT], POLLOUT, 20));
}

TEST_F(on, send__waits_for_room)
{
	size_t total = 4 << 20;
	pid_t child;

	CONNECT();
	child = IN_CHILD({
		char *all = calloc(1, total);

		_exit(send(self->ends[CLIENT], all, total, 0) != (ssize_t)total);
	});
	EXPECT_EQ(total, drain(self->ends[SERVER], total));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, send__gives_up_waiting)
{
	struct timeval limit = { .tv_usec = 100000 };
	char *all = calloc(1, 64 << 20);

	CONNECT();
	setsockopt(self->ends[CLIENT], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	EXPECT_GT(64 << 20, send(self->ends[CLIENT], all, 64 << 20, 0));
	EXPECT_TRUE(WITHIN(10, ERRNO(send(self->ends[CLIENT], all, 1 << 20, 0)) == EAGAIN));
}

TEST_F(on, receive__what_there_is)
{
	char text[16];

	CONNECT();
	EXPECT_EQ(EAGAIN, ERRNO(recv(self->ends[SERVER], text, 16, MSG_DONTWAIT)));
	EXPECT_EQ(5, send(self->ends[CLIENT], "clasp", 5, 0));
	EXPECT_TRUE(readable(self->ends[SERVER], 5));
	EXPECT_EQ(3, recv(self->ends[SERVER], text, 3, 0));
	EXPECT_EQ(2, recv(self->ends[SERVER], text + 3, 13, 0));
	EXPECT_EQ(0, memcmp(text, "clasp", 5));
}

TEST_F(on, receive__peek_leaves_it)
{
	char text[16];

	CONNECT();
	EXPECT_EQ(5, send(self->ends[CLIENT], "clasp", 5, 0));
	EXPECT_EQ(5, recv(self->ends[SERVER], text, 16, MSG_PEEK));
	EXPECT_EQ(5, recv(self->ends[SERVER], text, 16, MSG_PEEK));
	EXPECT_EQ(5, recv(self->ends[SERVER], text, 16, 0));
	EXPECT_EQ(EAGAIN, ERRNO(recv(self->ends[SERVER], text, 16, MSG_DONTWAIT)));
}

TEST_F(on, receive__waits_for_all)
{
	char text[6];
	pid_t child;

	CONNECT();
	EXPECT_EQ(3, send(self->ends[CLIENT], "abc", 3, 0));
	child = IN_CHILD(pause_ms(50); send(self->ends[CLIENT], "def", 3, 0));
	EXPECT_EQ(6, recv(self->ends[SERVER], text, 6, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(text, "abcdef", 6));
	EXPECT_TRUE(child_succeeds(child));
	EXPECT_EQ(2, send(self->ends[CLIENT], "gh", 2, 0));
	EXPECT_EQ(0, shutdown(self->ends[CLIENT], SHUT_WR));
	EXPECT_EQ(2, recv(self->ends[SERVER], text, 6, MSG_WAITALL));
}

TEST_F(on, receive__interrupted)
{
	CONNECT();
	alarm_in(20);
	EXPECT_EQ(EINTR, ERRNO(recv(self->ends[SERVER], &(char){ 0 }, 1, 0)));
}

TEST_F(on, receive__gives_up_waiting)
{
	struct timeval limit = { .tv_usec = 100000 };

	CONNECT();
	setsockopt(self->ends[SERVER], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	EXPECT_EQ(EAGAIN, ERRNO(recv(self->ends[SERVER], &(char){ 0 }, 1, 0)));
}

TEST_F(on, receive__low_water_mark)
{
	CONNECT();
	EXPECT_EQ(0, option_set(self->ends[SERVER], SOL_SOCKET, SO_RCVLOWAT, 4));
	EXPECT_EQ(3, send(self->ends[CLIENT], "abc", 3, 0));
	EXPECT_EQ(4, option(self->ends[SERVER], SOL_SOCKET, SO_RCVLOWAT));
	EXPECT_FALSE(readable(self->ends[SERVER], 1));
	EXPECT_EQ(1, send(self->ends[CLIENT], "d", 1, 0));
	EXPECT_TRUE(readable(self->ends[SERVER], 5));
}

TEST_F(on, receive__end_of_stream)
{
	char text[16];

	CONNECT();
	EXPECT_EQ(5, write(self->ends[CLIENT], "clasp", 5));
	EXPECT_EQ(0, shutdown(self->ends[CLIENT], SHUT_WR));
	EXPECT_EQ(5, read(self->ends[SERVER], text, 16));
	EXPECT_EQ(0, read(self->ends[SERVER], text, 16));
	EXPECT_EQ(0, read(self->ends[SERVER], text, 16));
}

TEST_F(on, vectors__both_ways)
{
	char head[4], tail[16];
	struct iovec out[] = { { "one ", 4 }, { "", 0 }, { "two", 3 } };
	struct iovec in[] = { { head, 4 }, { tail, 16 } };
	struct msghdr message = { .msg_iov = out, .msg_iovlen = 3 };

	CONNECT();
	EXPECT_EQ(7, sendmsg(self->ends[CLIENT], &message, 0));
	EXPECT_EQ(7, readv(self->ends[SERVER], in, 2));
	EXPECT_EQ(0, memcmp(head, "one ", 4));
	EXPECT_EQ(0, memcmp(tail, "two", 3));
	EXPECT_EQ(7, writev(self->ends[SERVER], out, 3));
	message = (struct msghdr){ .msg_iov = in, .msg_iovlen = 2 };
	EXPECT_EQ(7, recvmsg(self->ends[CLIENT], &message, 0));
	EXPECT_EQ(0, message.msg_flags);
}

TEST_F(on, vectors__a_bad_address)
{
	CONNECT();
	EXPECT_EQ(EFAULT, ERRNO(send(self->ends[CLIENT], (void *)8, 100, 0)));
	EXPECT_EQ(5, send(self->ends[CLIENT], "clasp", 5, 0));
	EXPECT_TRUE(readable(self->ends[SERVER], 5));
	EXPECT_EQ(EFAULT, ERRNO(recv(self->ends[SERVER], (void *)8, 5, 0)));
	EXPECT_EQ(5, recv(self->ends[SERVER], (char[5]) { 0 }, 5, 0));
}

TEST_F(on, queues__can_be_asked)
{
	int octets = -1;

	CONNECT();
	wire(SERVER, "delay 50ms");
	EXPECT_EQ(5, send(self->ends[CLIENT], "clasp", 5, 0));
	EXPECT_EQ(0, ioctl(self->ends[CLIENT], TIOCOUTQ, &octets));
	EXPECT_EQ(5, octets);
	EXPECT_TRUE(readable(self->ends[SERVER], 5));
	EXPECT_EQ(0, ioctl(self->ends[SERVER], FIONREAD, &octets));
	EXPECT_EQ(5, octets);
	EXPECT_TRUE(WITHIN(5, !ioctl(self->ends[CLIENT], TIOCOUTQ, &octets) && !octets));
}

TEST_F(on, buffers__are_what_was_asked_for_doubled)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_SNDBUF, 20000));
	EXPECT_EQ(40000, option(fd, SOL_SOCKET, SO_SNDBUF));
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVBUF, 20000));
	EXPECT_EQ(40000, option(fd, SOL_SOCKET, SO_RCVBUF));
}

TEST_F(on, buffers__small_ones_still_pass_everything)
{
	size_t total = 200000;
	int listener = listen_on(SERVER, variant->protocol, PORT), fd;
	pid_t child;

	option_set(listener, SOL_SOCKET, SO_RCVBUF, 1);
	self->ends[CLIENT] = connect_from(CLIENT, variant->protocol, PORT);
	option_set(self->ends[CLIENT], SOL_SOCKET, SO_SNDBUF, 1);
	fd = accept(listener, NULL, NULL);
	child = IN_CHILD({
		char *all = calloc(1, total);

		_exit(send(self->ends[CLIENT], all, total, 0) != (ssize_t)total);
	});
	EXPECT_EQ(total, drain(fd, total));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, nodelay__at_both_levels)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(0, option(fd, IPPROTO_TCP, TCP_NODELAY));
	EXPECT_EQ(0, option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1));
	EXPECT_EQ(1, option(fd, variant->level, TCP_NODELAY));
	EXPECT_EQ(0, option_set(fd, variant->level, TCP_NODELAY, 0));
	EXPECT_EQ(0, option(fd, IPPROTO_TCP, TCP_NODELAY));
}

/* Eight octets of options in each packet: IPv4's that do nothing, or a header of IPv6's that is all padding. */
static int options_that_do_nothing(int fd)
{
	static const char no_operation[8] = { 1, 1, 1, 1, 1, 1, 1, 1 }, padding[8] = { 0, 0, 1, 4 };

	return BY_FAMILY(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, no_operation, sizeof(no_operation)),
			 setsockopt(fd, IPPROTO_IPV6, IPV6_DSTOPTS, padding, sizeof(padding)));
}

/* IP options take room from a segment (RFC 9293, MUST-16): with DF set a packet too large would be lost. */
TEST_F(on, options__of_ip_leave_smaller_segments)
{
	char octets[20000] = { 0 };

	CONNECT();
	EXPECT_EQ(0, options_that_do_nothing(self->ends[CLIENT]));
	EXPECT_EQ((ssize_t)sizeof(octets), send(self->ends[CLIENT], octets, sizeof(octets), 0));
	EXPECT_EQ(sizeof(octets), drain(self->ends[SERVER], sizeof(octets)));
}

TEST_F(on, options__unknown_and_badly_sized)
{
	int fd = socket_on(CLIENT, variant->protocol, 0), one = 1;

	EXPECT_EQ(-ENOPROTOOPT, option_set(fd, IPPROTO_TCP, 9999, 1));
	EXPECT_EQ(-ENOPROTOOPT, option(fd, IPPROTO_TCP, 9999));
	EXPECT_EQ(EINVAL, ERRNO(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, 1)));
	EXPECT_EQ(0, option_set(fd, LEVEL_OF_IP, HOPS, 17));
	EXPECT_EQ(17, option(fd, LEVEL_OF_IP, HOPS));
}

/* More than the least MTU of either family has room for. */
#define REFUSED 1400

/* From here on what leaves the client is refused, and a copy of it goes elsewhere, half a second late. */
static int copied_and_dropped(void)
{
	int copies;

	enter(CLIENT);
	run("ip link add other type dummy && ip link set other up");
	run("tc qdisc add dev other root netem delay 500ms");
	copies = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
	if (copies < 0)
		stage_fails("a packet socket");
	run("tc qdisc add dev eth0 clsact");
	run("tc filter add dev eth0 egress matchall action mirred egress mirror dev other action drop");
	return copies;
}

/* A segment that was refused may live on in somebody's copy: what is sent instead must not change that. */
TEST_F(on, send__leaves_alone_what_others_hold_of_it)
{
	char octets[REFUSED], packet[2048];
	ssize_t size;
	int i, copies;

	for (i = 0; i < REFUSED; i++)
		octets[i] = i * 7;
	CONNECT();
	option_set(self->ends[CLIENT], variant->level, TCP_NODELAY, 1);
	copies = copied_and_dropped();
	EXPECT_EQ(REFUSED, send(self->ends[CLIENT], octets, REFUSED, 0));
	run("ip link set eth0 mtu %d", BY_FAMILY(600, 1280));
	EXPECT_EQ(1, send(self->ends[CLIENT], "x", 1, 0));
	do {
		ASSERT_TRUE(readable(copies, 5));
		size = recv(copies, packet, sizeof(packet), 0);
		ASSERT_LT(0, size);
	} while (size < REFUSED);
	EXPECT_EQ(0, memcmp(octets, packet + size - REFUSED, REFUSED));
}

SOCKETS_HARNESS_MAIN
