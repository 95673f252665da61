// SPDX-License-Identifier: GPL-2.0
/*
 * How a connection comes about as the program sees it: socket, bind, listen, connect, accept, and
 * the names of both ends.
 */
#include "differences.h"
#include "sockets.h"

TEST_F(on, socket__says_what_it_is)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(family(), option(fd, SOL_SOCKET, SO_DOMAIN));
	EXPECT_EQ(SOCK_STREAM, option(fd, SOL_SOCKET, SO_TYPE));
	EXPECT_EQ(variant->protocol, option(fd, SOL_SOCKET, SO_PROTOCOL));
	EXPECT_EQ(0, option(fd, SOL_SOCKET, SO_ACCEPTCONN));
}

TEST_F(on, socket__is_a_stream_only)
{
	EXPECT_EQ(EPROTONOSUPPORT, ERRNO(socket(family(), SOCK_DGRAM, variant->protocol)));
}

TEST_F(on, bind__picks_a_port)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(0, local_port(fd));
	EXPECT_EQ(0, bind(fd, AT(CLIENT, 0)));
	EXPECT_NE(0, local_port(fd));
	EXPECT_EQ(EINVAL, ERRNO(bind(fd, AT(CLIENT, 0))));
}

TEST_F(on, bind__refuses_a_foreign_address)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(EADDRNOTAVAIL, ERRNO(bind(fd, AT(SERVER, PORT))));
}

TEST_F(on, bind__refuses_a_port_in_use)
{
	int first = socket_on(CLIENT, variant->protocol, 0);
	int second = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(0, bind(first, AT(CLIENT, PORT)));
	EXPECT_EQ(EADDRINUSE, ERRNO(bind(second, AT(CLIENT, PORT))));
	EXPECT_EQ(0, bind(second, AT(CLIENT, PORT + 1)));
	close(first);
	EXPECT_EQ(0, bind(socket_on(CLIENT, variant->protocol, 0), AT(CLIENT, PORT)));
}

TEST_F(on, bind__any_address_covers_every_address)
{
	int first = socket_on(CLIENT, variant->protocol, 0);
	int second = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(0, bind(first, TO(BY_FAMILY("0.0.0.0", "::"), PORT)));
	EXPECT_EQ(EADDRINUSE, ERRNO(bind(second, AT(CLIENT, PORT))));
}

TEST_F(on, bind__shares_a_port_when_both_ask_and_none_listens)
{
	int first = socket_on(CLIENT, variant->protocol, 0);
	int second = socket_on(CLIENT, variant->protocol, 0);

	option_set(first, SOL_SOCKET, SO_REUSEADDR, 1);
	option_set(second, SOL_SOCKET, SO_REUSEADDR, 1);
	EXPECT_EQ(0, bind(first, AT(CLIENT, PORT)));
	EXPECT_EQ(0, bind(second, AT(CLIENT, PORT)));
	EXPECT_EQ(0, listen(first, 1));
	EXPECT_EQ(EADDRINUSE, ERRNO(listen(second, 1)));
}

TEST_F(on, bind__a_listener_shares_with_none)
{
	int second;

	listen_on(CLIENT, variant->protocol, PORT);
	second = socket_on(CLIENT, variant->protocol, 0);
	option_set(second, SOL_SOCKET, SO_REUSEADDR, 1);
	EXPECT_EQ(EADDRINUSE, ERRNO(bind(second, AT(CLIENT, PORT))));
}

TEST_F(on, bind__a_time_wait_keeps_its_port)
{
	int fd, port;

	connection(self->ends, variant->protocol, PORT);
	port = local_port(self->ends[CLIENT]);
	option_set(self->ends[CLIENT], SOL_SOCKET, SO_REUSEADDR, 1);
	close(self->ends[CLIENT]);
	ASSERT_TRUE(readable(self->ends[SERVER], 5));
	close(self->ends[SERVER]);
	ASSERT_TRUE(WITHIN(5, state_of(CLIENT, variant->protocol, port, PORT) == TIME_WAIT));
	fd = socket_on(CLIENT, variant->protocol, 0);
	EXPECT_EQ(EADDRINUSE, ERRNO(bind(fd, AT(CLIENT, port))));
	option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	EXPECT_EQ(0, bind(fd, AT(CLIENT, port)));
}

TEST_F(on, bind__low_ports_are_privileged)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	ASSERT_EQ(0, seteuid(1000));
	EXPECT_EQ(EACCES, ERRNO(bind(fd, AT(CLIENT, PORT))));
	ASSERT_EQ(0, seteuid(0));
}

TEST_F(on, listen__picks_a_port)
{
	int fd = socket_on(SERVER, variant->protocol, 0);

	EXPECT_EQ(0, listen(fd, 1));
	EXPECT_NE(0, local_port(fd));
	EXPECT_EQ(1, option(fd, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_EQ(LISTENING, state_of(SERVER, variant->protocol, local_port(fd), 0));
	EXPECT_EQ(0, listen(fd, 10));
	EXPECT_EQ(EISCONN, ERRNO(connect(fd, AT(CLIENT, PORT))));
}

TEST_F(on, listen__after_a_shutdown_that_failed)
{
	int listener, client, accepted;
	char text[8];

	listener = socket_on(SERVER, variant->protocol, 0);
	EXPECT_EQ(ENOTCONN, ERRNO(shutdown(listener, SHUT_RDWR)));
	ASSERT_EQ(0, bind(listener, AT(SERVER, PORT)));
	ASSERT_EQ(0, listen(listener, 1));
	client = connect_from(CLIENT, variant->protocol, PORT);
	accepted = accept(listener, NULL, NULL);
	EXPECT_EQ(DIFFERS(SHUTDOWN_BEFORE_OPEN, -EPIPE, 5),
		  RESULT(send(accepted, "clasp", 5, MSG_NOSIGNAL)));
	EXPECT_EQ(DIFFERS(SHUTDOWN_BEFORE_OPEN, 0, 5), recv(client, text, sizeof(text), 0));
	EXPECT_EQ(5, write(client, "clasp", 5));
	EXPECT_EQ(DIFFERS(SHUTDOWN_BEFORE_OPEN, -ECONNRESET, 5),
		  RESULT(recv(accepted, text, sizeof(text), 0)));
}

TEST_F(on, listen__not_on_a_connection)
{
	connection(self->ends, variant->protocol, PORT);
	EXPECT_EQ(EINVAL, ERRNO(listen(self->ends[CLIENT], 1)));
}

TEST_F(on, listen__a_full_queue_admits_no_more)
{
	int listener = listen_on(SERVER, variant->protocol, PORT), late;

	EXPECT_EQ(0, listen(listener, 0));
	connect_from(CLIENT, variant->protocol, PORT);
	late = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK);
	EXPECT_EQ(EINPROGRESS, ERRNO(connect(late, AT(SERVER, PORT))));
	EXPECT_TRUE(readable(listener, 5));
	EXPECT_NE(-1, accept(listener, NULL, NULL));
	EXPECT_EQ(POLLOUT, polled(late, POLLOUT, 20));
	EXPECT_TRUE(readable(listener, 20));
	EXPECT_NE(-1, accept(listener, NULL, NULL));
}

/* Nobody else's listener may be missed meanwhile, not even one that a table of 64 chains puts beside it. */
TEST_F(on, listen__again_on_another_port)
{
	int fd = socket_on(SERVER, variant->protocol, 0), client, port, beside;

	EXPECT_EQ(0, listen(fd, 1));
	port = local_port(fd);
	beside = listen_on(SERVER, variant->protocol, port + 64);
	EXPECT_EQ(0, shutdown(fd, SHUT_RD));
	EXPECT_EQ(0, listen(fd, 1));
	EXPECT_NE(port, local_port(fd));
	client = socket_on(CLIENT, variant->protocol, 0);
	EXPECT_EQ(ECONNREFUSED, ERRNO(connect(client, AT(SERVER, port))));
	EXPECT_EQ(0, connect(client, AT(SERVER, local_port(fd))));
	EXPECT_TRUE(readable(fd, 5));
	connect_from(CLIENT, variant->protocol, port + 64);
	EXPECT_TRUE(readable(beside, 5));
}

/* An embryo that waits for a long timeout does not keep those waiting that came after it was shortened. */
TEST(listen__shorter_timeouts_count_at_once)
{
	uint64_t started;
	int first, second;

	hosts_up();
	listen_on(SERVER, IPPROTO_CLASP, PORT);
	first = socket_on(CLIENT, IPPROTO_CLASP, SOCK_NONBLOCK);
	second = socket_on(CLIENT, IPPROTO_CLASP, SOCK_NONBLOCK);
	sysctl_set(SERVER, "clasp/rto_initial_ms", 20000);
	wire(SERVER, "loss 100%");
	EXPECT_EQ(EINPROGRESS, ERRNO(connect(first, AT(SERVER, PORT))));
	sysctl_set(SERVER, "clasp/rto_initial_ms", 200);
	started = now_ns();
	EXPECT_EQ(EINPROGRESS, ERRNO(connect(second, AT(SERVER, PORT))));
	wire(SERVER, "delay 1ms");
	EXPECT_EQ(POLLOUT, polled(second, POLLOUT, 5));
	/* before the client's own second SYN asks for a second SYN,ACK */
	EXPECT_LT(now_ns() - started, 900000000);
}

TEST_F(on, listen__closing_resets_what_nobody_accepted)
{
	int listener = listen_on(SERVER, variant->protocol, PORT);
	int fd = connect_from(CLIENT, variant->protocol, PORT);
	char octet;

	ASSERT_TRUE(readable(listener, 5));
	close(listener);
	EXPECT_TRUE(readable(fd, 5));
	EXPECT_EQ(ECONNRESET, ERRNO(read(fd, &octet, 1)));
}

TEST_F(on, connect__refused)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(ECONNREFUSED, ERRNO(connect(fd, AT(SERVER, PORT))));
	EXPECT_EQ(0, option(fd, SOL_SOCKET, SO_ERROR));
	listen_on(SERVER, variant->protocol, PORT);
	EXPECT_EQ(0, connect(fd, AT(SERVER, PORT)));
}

TEST_F(on, connect__nonblocking)
{
	int fd = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK);

	wire(SERVER, "delay 50ms");
	listen_on(SERVER, variant->protocol, PORT);
	EXPECT_EQ(EINPROGRESS, ERRNO(connect(fd, AT(SERVER, PORT))));
	EXPECT_EQ(EALREADY, ERRNO(connect(fd, AT(SERVER, PORT))));
	EXPECT_EQ(0, polled(fd, POLLOUT, 0));
	EXPECT_EQ(POLLOUT, polled(fd, POLLOUT, 5));
	EXPECT_EQ(0, option(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, ERRNO(connect(fd, AT(SERVER, PORT))));
	EXPECT_EQ(EISCONN, ERRNO(connect(fd, AT(SERVER, PORT))));
}

TEST_F(on, connect__nonblocking_refused)
{
	int fd = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK);

	wire(SERVER, "delay 50ms");
	EXPECT_EQ(EINPROGRESS, ERRNO(connect(fd, AT(SERVER, PORT))));
	EXPECT_EQ(POLLOUT | POLLERR | POLLHUP, polled(fd, POLLOUT, 5));
	EXPECT_EQ(ECONNREFUSED, option(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, option(fd, SOL_SOCKET, SO_ERROR));
}

TEST_F(on, connect__interrupted_goes_on)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	wire(SERVER, "delay 100ms");
	listen_on(SERVER, variant->protocol, PORT);
	alarm_in(20);
	EXPECT_EQ(EINTR, ERRNO(connect(fd, AT(SERVER, PORT))));
	EXPECT_EQ(POLLOUT, polled(fd, POLLOUT, 5));
	EXPECT_EQ(0, option(fd, SOL_SOCKET, SO_ERROR));
}

TEST_F(on, connect__times_out)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);
	char name[64];

	snprintf(name, sizeof(name), "%ssyn_retries", variant->sysctls);
	sysctl_set(CLIENT, name, 2);
	wire(CLIENT, "loss 100%");
	EXPECT_EQ(ETIMEDOUT, ERRNO(connect(fd, AT(SERVER, PORT))));
}

TEST_F(on, connect__unreachable)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(ENETUNREACH, ERRNO(connect(fd, TO(BY_FAMILY("11.0.0.1", "2001:db8::1"), PORT))));
}

TEST_F(on, connect__same_tuple_twice)
{
	int first = socket_on(CLIENT, variant->protocol, 0);
	int second = socket_on(CLIENT, variant->protocol, 0);

	listen_on(SERVER, variant->protocol, PORT);
	option_set(first, SOL_SOCKET, SO_REUSEADDR, 1);
	option_set(second, SOL_SOCKET, SO_REUSEADDR, 1);
	EXPECT_EQ(0, bind(first, AT(CLIENT, 1000)));
	EXPECT_EQ(0, bind(second, AT(CLIENT, 1000)));
	EXPECT_EQ(0, connect(first, AT(SERVER, PORT)));
	EXPECT_EQ(EADDRNOTAVAIL, ERRNO(connect(second, AT(SERVER, PORT))));
}

/* A simultaneous open and a simultaneous close with oneself (RFC 9293, figures 7 and 13). */
TEST_F(on, connect__to_itself)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);
	char text[16];

	EXPECT_EQ(0, bind(fd, AT(CLIENT, 1000)));
	EXPECT_EQ(0, connect(fd, AT(CLIENT, 1000)));
	EXPECT_EQ(ESTABLISHED, state_of(CLIENT, variant->protocol, 1000, 1000));
	EXPECT_EQ(5, write(fd, "clasp", 5));
	EXPECT_EQ(5, read(fd, text, sizeof(text)));
	EXPECT_EQ(0, memcmp(text, "clasp", 5));
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_EQ(0, read(fd, text, sizeof(text)));
	close(fd);
	EXPECT_TRUE(WITHIN(5, state_of(CLIENT, variant->protocol, 1000, 1000) == TIME_WAIT));
}

TEST_F(on, connect__wrong_family)
{
	union address there = address(SERVER, PORT);
	const socklen_t size = address_size(&there);
	int fd = socket_on(CLIENT, variant->protocol, 0);

	there.any.sa_family = AF_UNIX;
	EXPECT_EQ(EAFNOSUPPORT, ERRNO(connect(fd, &there.any, size)));
	EXPECT_EQ(EINVAL, ERRNO(connect(fd, &there.any, 4)));
}

TEST_F(on, connect__af_unspec_disconnects)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	char octet;

	connection(self->ends, variant->protocol, PORT);
	EXPECT_EQ(0, connect(self->ends[CLIENT], &none, sizeof(none)));
	EXPECT_EQ(ENOTCONN, ERRNO(getpeername(self->ends[CLIENT], &none, &(socklen_t){ 16 })));
	EXPECT_TRUE(readable(self->ends[SERVER], 5));
	EXPECT_EQ(ECONNRESET, ERRNO(read(self->ends[SERVER], &octet, 1)));
}

TEST_F(on, accept__nonblocking)
{
	int listener = listen_on(SERVER, variant->protocol, PORT), fd;

	nonblocking(listener);
	EXPECT_EQ(EAGAIN, ERRNO(accept(listener, NULL, NULL)));
	EXPECT_EQ(0, polled(listener, POLLIN | POLLOUT, 0));
	connect_from(CLIENT, variant->protocol, PORT);
	EXPECT_EQ(POLLIN, polled(listener, POLLIN | POLLOUT, 5));
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	EXPECT_EQ(O_NONBLOCK, fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(EAGAIN, ERRNO(accept(listener, NULL, NULL)));
}

TEST_F(on, accept__wakes)
{
	int listener = listen_on(SERVER, variant->protocol, PORT);
	pid_t child = IN_CHILD(pause_ms(50); connect_from(CLIENT, variant->protocol, PORT));

	EXPECT_NE(-1, accept(listener, NULL, NULL));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, accept__interrupted)
{
	int listener = listen_on(SERVER, variant->protocol, PORT);

	alarm_in(20);
	EXPECT_EQ(EINTR, ERRNO(accept(listener, NULL, NULL)));
}

TEST_F(on, accept__only_when_listening)
{
	int fd = socket_on(SERVER, variant->protocol, 0);

	EXPECT_EQ(EINVAL, ERRNO(accept(fd, NULL, NULL)));
}

TEST_F(on, accept__ends_with_shutdown)
{
	int listener = listen_on(SERVER, variant->protocol, PORT);
	pid_t child = IN_CHILD(pause_ms(50); shutdown(listener, SHUT_RD));

	EXPECT_EQ(EINVAL, ERRNO(accept(listener, NULL, NULL)));
	EXPECT_TRUE(child_succeeds(child));
	EXPECT_EQ(ECONNREFUSED, ERRNO(connect(socket_on(CLIENT, variant->protocol, 0),
					      AT(SERVER, PORT))));
}

TEST_F(on, names__of_both_ends)
{
	union address name, peer = address(SERVER, PORT);
	socklen_t size = sizeof(name);
	int port;

	connection(self->ends, variant->protocol, PORT);
	port = local_port(self->ends[CLIENT]);
	EXPECT_EQ(PORT, local_port(self->ends[SERVER]));
	EXPECT_EQ(0, getpeername(self->ends[CLIENT], &name.any, &size));
	EXPECT_EQ(address_size(&peer), size);
	EXPECT_EQ(0, memcmp(&peer, &name, size));
	EXPECT_EQ(0, getpeername(self->ends[SERVER], &name.any, &size));
	peer = address(CLIENT, port);
	EXPECT_EQ(address_size(&peer), size);
	EXPECT_EQ(0, memcmp(&peer, &name, size));
}

TEST_F(on, names__before_there_is_a_connection)
{
	union address name;
	socklen_t size = sizeof(name);
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(ENOTCONN, ERRNO(getpeername(fd, &name.any, &size)));
	EXPECT_EQ(0, getsockname(fd, &name.any, &size));
	EXPECT_EQ(0, name.v4.sin_port);
}

SOCKETS_HARNESS_MAIN
