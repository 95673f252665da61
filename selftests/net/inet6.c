// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets of AF_INET6: addresses of both families, scopes, labels, who may be bound beside whom. Each case runs on the
 * kernel's TCP and on Clasp; where the answer may depend on the kernel's version, both are asked and must agree.
 */
#include "hosts6.h"
#include "sockets.h"
#include "stream.h"

#define FLOWINFO_SEND 33	/* IPV6_FLOWINFO_SEND of linux/in6.h */

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void peer_name(int fd, char *text)
{
	union address address = {};
	socklen_t size = sizeof(address);

	if (getpeername(fd, &address.any, &size))
		stage_fails("getpeername");
	inet_ntop(address.any.sa_family, address.any.sa_family == AF_INET6 ? (void *)&address.v6.sin6_addr :
		  (void *)&address.v4.sin_addr, text, INET6_ADDRSTRLEN);
}

static void own_name(int fd, char *text)
{
	struct sockaddr_in6 address = {};
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size))
		stage_fails("getsockname");
	inet_ntop(AF_INET6, &address.sin6_addr, text, INET6_ADDRSTRLEN);
}

/* So many octets of the stream arrive, the way from one end to the other. */
static bool carries(int from, int to, unsigned int count)
{
	unsigned char octets[4096];
	unsigned int got = 0;
	bool right = true;
	pid_t writer = IN_CHILD(stream_write(from, 0, count));

	while (got < count && right) {
		ssize_t n = read(to, octets, sizeof(octets));

		if (n <= 0)
			break;
		right = stream_continues(octets, got, n);
		got += n;
	}
	return child_succeeds(writer) && right && got == count;
}

#define STAGE() do { if (!hosts6) { hosts6_up(); hosts6 = true; } } while (0)

static bool hosts6;

TEST_F(on, inet6__octets_go_both_ways)
{
	char name[INET6_ADDRSTRLEN];

	STAGE();
	connection6(self->ends, variant->protocol, PORT);
	EXPECT_TRUE(carries(self->ends[CLIENT], self->ends[SERVER], 300000));
	EXPECT_TRUE(carries(self->ends[SERVER], self->ends[CLIENT], 300000));
	peer_name(self->ends[CLIENT], name);
	EXPECT_STREQ("fd00::2", name);
	peer_name(self->ends[SERVER], name);
	EXPECT_STREQ("fd00::1", name);
	own_name(self->ends[CLIENT], name);
	EXPECT_STREQ("fd00::1", name);
	own_name(self->ends[SERVER], name);
	EXPECT_STREQ("fd00::2", name);
}

TEST_F(on, inet6__segments_fill_the_mtu)
{
	STAGE();
	connection6(self->ends, variant->protocol, PORT);
	/* 1500 less IPv6's header, ours and timestamps. */
	EXPECT_EQ(1500 - 40 - 20 - 12, option(self->ends[CLIENT], variant->level, TCP_MAXSEG));
	EXPECT_EQ(1500 - 40 - 20 - 12, option(self->ends[SERVER], variant->level, TCP_MAXSEG));
}

TEST_F(on, inet6__dual_stack_listener)
{
	int listener, fd = -1, child;
	char name[INET6_ADDRSTRLEN];

	STAGE();
	listener = listen6(variant->protocol, "::", PORT, 0);
	fd = socket_on(CLIENT, variant->protocol, 0);
	EXPECT_EQ(0, ERRNO(connect(fd, AT(SERVER, PORT))));
	child = accept(listener, NULL, NULL);
	ASSERT_LE(0, child);
	peer_name(child, name);
	EXPECT_STREQ("::ffff:10.0.0.1", name);
	own_name(child, name);
	EXPECT_STREQ("::ffff:10.0.0.2", name);
	EXPECT_TRUE(carries(fd, child, 100000));
	EXPECT_TRUE(carries(child, fd, 100000));
	EXPECT_EQ(1500 - 20 - 20 - 12, option(child, variant->level, TCP_MAXSEG));
	close(fd);
	close(child);
	fd = socket6_on(CLIENT, AF_INET6, variant->protocol);
	EXPECT_EQ(0, ERRNO(connect(fd, TO("fd00::2", PORT))));
	child = accept(listener, NULL, NULL);
	peer_name(child, name);
	EXPECT_STREQ("fd00::1", name);
	close(child);
	close(fd);
	close(listener);
}

TEST_F(on, inet6__v6only_listener)
{
	int listener, fd;

	STAGE();
	listener = listen6(variant->protocol, "::", PORT, 1);
	fd = socket_on(CLIENT, variant->protocol, 0);
	EXPECT_EQ(ECONNREFUSED, ERRNO(connect(fd, AT(SERVER, PORT))));
	close(fd);
	fd = socket6_on(CLIENT, AF_INET6, variant->protocol);
	EXPECT_EQ(0, ERRNO(connect(fd, TO("fd00::2", PORT))));
	EXPECT_EQ(EINVAL, -option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	close(fd);
	close(listener);
}

/* A listener of AF_INET comes before one of AF_INET6 that would do as well. */
TEST_F(on, inet6__closest_listener)
{
	int six, four, fd;

	STAGE();
	six = listen6(variant->protocol, "::", PORT, 1);
	four = listen_on(SERVER, variant->protocol, PORT);
	fd = connect_from(CLIENT, variant->protocol, PORT);
	EXPECT_TRUE(readable(four, 1));
	EXPECT_FALSE(readable(six, 0));
	close(fd);
	close(six);
	close(four);
}

TEST_F(on, inet6__connects_to_a_mapped_address)
{
	int listener, fd, child;
	char name[INET6_ADDRSTRLEN];

	STAGE();
	listener = listen_on(SERVER, variant->protocol, PORT);
	fd = socket6_on(CLIENT, AF_INET6, variant->protocol);
	EXPECT_EQ(0, ERRNO(connect(fd, TO("::ffff:10.0.0.2", PORT))));
	child = accept(listener, NULL, NULL);
	ASSERT_LE(0, child);
	peer_name(fd, name);
	EXPECT_STREQ("::ffff:10.0.0.2", name);
	own_name(fd, name);
	EXPECT_STREQ("::ffff:10.0.0.1", name);
	peer_name(child, name);
	EXPECT_STREQ("10.0.0.1", name);
	EXPECT_TRUE(carries(fd, child, 100000));
	EXPECT_TRUE(carries(child, fd, 100000));
	EXPECT_EQ(1500 - 20 - 20 - 12, option(fd, variant->level, TCP_MAXSEG));
	close(child);
	close(fd);
	close(listener);
}

/* One socket after another peer: IPv4's, then IPv6's, then IPv4's again. */
TEST_F(on, inet6__disconnects_between_families)
{
	static const char *const peers[] = { "::ffff:10.0.0.2", "fd00::2", "::ffff:10.0.0.2" };
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int listener, fd, child;
	char name[INET6_ADDRSTRLEN];
	unsigned int i;

	if (variant->protocol == IPPROTO_TCP)
		SKIP(return, "Linux's TCP stays with IPv4");
	STAGE();
	listener = listen6(variant->protocol, "::", PORT, 0);
	fd = socket6_on(CLIENT, AF_INET6, variant->protocol);
	for (i = 0; i < COUNT(peers); i++) {
		EXPECT_EQ(0, ERRNO(connect(fd, TO(peers[i], PORT))));
		child = accept(listener, NULL, NULL);
		ASSERT_LE(0, child);
		EXPECT_TRUE(carries(fd, child, 10000));
		peer_name(fd, name);
		EXPECT_STREQ(peers[i], name);
		EXPECT_EQ(0, ERRNO(connect(fd, &none, sizeof(none))));
		own_name(fd, name);
		EXPECT_STREQ("::", name);
		close(child);
	}
	close(fd);
	close(listener);
}

/* What connect() says of an address, of a socket that is bound to @own, if to anything. */
static int connecting(int protocol, const char *own, bool v6only, const union address *peer, socklen_t size)
{
	int fd = socket6_on(CLIENT, AF_INET6, protocol), answer;

	option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, v6only);
	/* Who is not answered is told EINPROGRESS. */
	timeout_set(fd, SO_SNDTIMEO, 100);
	if (own && bind(fd, TO(own, 0)))
		answer = 1000 + errno;
	else
		answer = ERRNO(connect(fd, &peer->any, size));
	close(fd);
	return answer;
}

TEST_F(on, inet6__addresses_that_cannot_be)
{
	union address peer = address_of("ff02::1", PORT);
	int protocol = variant->protocol;

	STAGE();
	EXPECT_EQ(ENETUNREACH, connecting(protocol, NULL, false, &peer, sizeof(peer.v6)));
	peer = address_of("::ffff:10.0.0.2", PORT);
	EXPECT_EQ(ENETUNREACH, connecting(protocol, NULL, true, &peer, sizeof(peer.v6)));
	peer = address_of("10.0.0.2", PORT);
	EXPECT_EQ(EINVAL, connecting(protocol, NULL, false, &peer, sizeof(peer.v4)));
	EXPECT_EQ(EAFNOSUPPORT, connecting(protocol, NULL, false, &peer, sizeof(peer.v6)));
	peer = address_of("fd00::2", PORT);
	EXPECT_EQ(EINVAL, connecting(protocol, NULL, false, &peer, 23));
	EXPECT_EQ(ECONNREFUSED, connecting(protocol, NULL, false, &peer, 24));
	peer = address_of("2001:db8::1", PORT);
	EXPECT_EQ(ENETUNREACH, connecting(protocol, NULL, false, &peer, sizeof(peer.v6)));
	peer = address_of("fe80::2", PORT);
	EXPECT_EQ(EINVAL, connecting(protocol, NULL, false, &peer, sizeof(peer.v6)));
}

/*
 * Kernels differ in some of these; Clasp does as the TCP beside it, but for one: Linux looks for ::1, where its RST has
 * to go, behind the device of the address that was asked for.
 */
TEST(inet6__every_pair_of_own_and_peer_address)
{
	static const char *const owns[] = {
		NULL, "::", "::1", "fd00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:0.0.0.0",
	};
	static const char *const peers[] = {
		"::", "::1", "fd00::1", "fd00::2", "::ffff:10.0.0.1", "::ffff:10.0.0.2", "::ffff:127.0.0.1",
		"::ffff:0.0.0.0", "::ffff:224.0.0.1", "::10.0.0.2",
	};
	unsigned int i, j, only;

	if (namespaces[CLIENT] < 0)
		hosts_up();
	STAGE();
	for (i = 0; i < COUNT(owns); i++)
		for (j = 0; j < COUNT(peers); j++)
			for (only = 0; only < 2 && !(i == 2 && j == 2); only++) {
				union address peer = address_of(peers[j], PORT);
				int tcp = connecting(IPPROTO_TCP, owns[i], only, &peer, sizeof(peer.v6));

				peer = address_of(peers[j], PORT);
				EXPECT_EQ(tcp, connecting(IPPROTO_CLASP, owns[i], only, &peer, sizeof(peer.v6)))
					TH_LOG("from %s to %s, v6only %u", owns[i] ?: "none", peers[j], only);
			}
}

/**
 * struct binder - a socket that is bound
 * @text: to what
 * @v6only: IPV6_V6ONLY
 */
struct binder {
	const char *text;
	int v6only;
};

#define MAPPED_ANY 7
#define MAPPED 8

static const struct binder binders[] = {
	{ "0.0.0.0" }, { "10.0.0.1" }, { "127.0.0.1" }, { "::" }, { "::", 1 }, { "fd00::1" }, { "::1" },
	[MAPPED_ANY] = { "::ffff:0.0.0.0" }, [MAPPED] = { "::ffff:10.0.0.1" },
};

static int bound(int protocol, const struct binder *binder, int reuse, int share)
{
	int family = strchr(binder->text, ':') ? AF_INET6 : AF_INET;
	int fd = socket6_on(CLIENT, family, protocol);

	option_set(fd, SOL_SOCKET, SO_REUSEADDR, reuse);
	option_set(fd, SOL_SOCKET, SO_REUSEPORT, share);
	if (family == AF_INET6)
		option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, binder->v6only);
	if (bind(fd, TO(binder->text, PORT))) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

/* What the second of two that bind, and perhaps listen, is told: bind()'s errno, or listen()'s and 1000. */
static int second(int protocol, const struct binder *a, const struct binder *b, int how)
{
	int first = bound(protocol, a, how & 1, how & 2), fd, answer;

	if (first < 0)
		stage_fails("the first bind to %s", a->text);
	if (how & 4)
		listen(first, 1);
	fd = bound(protocol, b, how & 1, how & 2);
	if (fd < 0)
		answer = -fd;
	else
		answer = listen(fd, 1) ? 1000 + errno : 0;
	if (fd >= 0)
		close(fd);
	close(first);
	return answer;
}

/* Until 6.6 TCP let a v4-mapped address in beside all of them; elsewhere they are IPv4's own. */
static int tcp_second(unsigned int i, unsigned int j, int how)
{
	bool mapped = i == MAPPED_ANY && j == MAPPED;

	return second(IPPROTO_TCP, &binders[mapped ? 0 : i], &binders[mapped ? 1 : j], how);
}

TEST(inet6__every_pair_that_binds)
{
	unsigned int i, j, how;

	if (namespaces[CLIENT] < 0)
		hosts_up();
	STAGE();
	for (how = 0; how < 8; how++)
		for (i = 0; i < COUNT(binders); i++)
			for (j = 0; j < COUNT(binders); j++) {
				EXPECT_EQ(tcp_second(i, j, how),
					  second(IPPROTO_CLASP, &binders[i], &binders[j], how))
					TH_LOG("%s, %d before %s, %d, %u", binders[i].text, binders[i].v6only,
					       binders[j].text, binders[j].v6only, how);
			}
}

static union address link_local(const char *text, int port)
{
	union address address = address_of(text, port);

	address.v6.sin6_scope_id = if_nametoindex("eth0");
	return address;
}

TEST_F(on, inet6__link_local)
{
	union address peer, seen = {};
	socklen_t size = sizeof(seen);
	int listener, fd, child;

	STAGE();
	listener = listen6(variant->protocol, "::", PORT, 0);
	fd = socket6_on(CLIENT, AF_INET6, variant->protocol);
	peer = link_local("fe80::2", PORT);
	EXPECT_EQ(0, ERRNO(connect(fd, &peer.any, sizeof(peer.v6))));
	child = accept(listener, &seen.any, &size);
	ASSERT_LE(0, child);
	enter(SERVER);
	EXPECT_EQ(if_nametoindex("eth0"), seen.v6.sin6_scope_id);
	EXPECT_EQ(if_nametoindex("eth0"), option(child, SOL_SOCKET, SO_BINDTOIFINDEX));
	EXPECT_TRUE(carries(fd, child, 100000));
	EXPECT_TRUE(carries(child, fd, 100000));
	/* The client's end goes through TIME_WAIT. */
	shutdown(fd, SHUT_WR);
	EXPECT_EQ(0, read(child, &seen, 1));
	close(child);
	close(fd);
	close(listener);
	fd = socket6_on(CLIENT, AF_INET6, variant->protocol);
	EXPECT_EQ(ECONNREFUSED, ERRNO(connect(fd, &peer.any, sizeof(peer.v6))));
	close(fd);
}

TEST_F(on, inet6__bound_to_a_link_local_address)
{
	union address own = address_of("fe80::2", PORT), peer;
	int listener, fd, child;

	STAGE();
	listener = socket6_on(SERVER, AF_INET6, variant->protocol);
	EXPECT_EQ(EINVAL, ERRNO(bind(listener, &own.any, sizeof(own.v6))));
	own = link_local("fe80::2", PORT);
	option_set(listener, SOL_SOCKET, SO_REUSEADDR, 1);
	EXPECT_EQ(0, ERRNO(bind(listener, &own.any, sizeof(own.v6))));
	EXPECT_EQ(0, listen(listener, 1));
	fd = socket6_on(CLIENT, AF_INET6, variant->protocol);
	peer = link_local("fe80::2", PORT);
	EXPECT_EQ(0, ERRNO(connect(fd, &peer.any, sizeof(peer.v6))));
	child = accept(listener, NULL, NULL);
	EXPECT_LE(0, child);
	close(child);
	close(fd);
	close(listener);
}

TEST_F(on, inet6__connects_to_itself)
{
	union address own = address_of("::1", PORT);
	char byte = 'x';
	int fd;

	STAGE();
	fd = socket6_on(CLIENT, AF_INET6, variant->protocol);
	option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	EXPECT_EQ(0, ERRNO(bind(fd, &own.any, sizeof(own.v6))));
	EXPECT_EQ(0, ERRNO(connect(fd, &own.any, sizeof(own.v6))));
	EXPECT_EQ(1, write(fd, &byte, 1));
	EXPECT_EQ(1, read(fd, &byte, 1));
	close(fd);
}

/* Options of IPv6's level are IPv6's, and a connection has its listener's. */
TEST_F(on, inet6__options_are_inherited)
{
	int listener, fd, child;

	STAGE();
	listener = listen6(variant->protocol, "fd00::2", PORT, 0);
	EXPECT_EQ(0, option_set(listener, IPPROTO_IPV6, IPV6_TCLASS, 0x28));
	EXPECT_EQ(0, option_set(listener, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 5));
	fd = socket6_on(CLIENT, AF_INET6, variant->protocol);
	EXPECT_EQ(0, ERRNO(connect(fd, TO("fd00::2", PORT))));
	child = accept(listener, NULL, NULL);
	EXPECT_EQ(0x28, option(child, IPPROTO_IPV6, IPV6_TCLASS));
	EXPECT_EQ(5, option(child, IPPROTO_IPV6, IPV6_UNICAST_HOPS));
	EXPECT_EQ(1500, option(child, IPPROTO_IPV6, IPV6_MTU));
	close(child);
	close(fd);
	close(listener);
}

/* Octets that extension headers take are not the segment's; the other end reads over them. */
static unsigned int label_to_peer(int fd)
{
	struct sockaddr_in6 peer = {};
	socklen_t size = sizeof(peer);

	if (getpeername(fd, (struct sockaddr *)&peer, &size))
		stage_fails("getpeername");
	return ntohl(peer.sin6_flowinfo);
}

/* The next connection is another flow: one of a listener that was a caller has no label from then. */
TEST_F(on, inet6__label_goes_with_the_connection)
{
	struct sockaddr_in6 to = address_of("fd00::2", PORT).v6;
	int listener, fd, caller;

	STAGE();
	listener = listen6(variant->protocol, "::", PORT, 1);
	fd = socket6_on(CLIENT, AF_INET6, variant->protocol);
	EXPECT_EQ(0, option_set(fd, IPPROTO_IPV6, FLOWINFO_SEND, 1));
	to.sin6_flowinfo = htonl(0x12345);
	EXPECT_EQ(0, ERRNO(connect(fd, (struct sockaddr *)&to, sizeof(to))));
	EXPECT_EQ(0x12345, label_to_peer(fd));
	EXPECT_EQ(0, connect(fd, &(struct sockaddr){ AF_UNSPEC }, sizeof(to)));
	EXPECT_EQ(0, ERRNO(bind(fd, TO("fd00::1", PORT + 1))));
	EXPECT_EQ(0, listen(fd, 1));
	caller = socket6_on(SERVER, AF_INET6, variant->protocol);
	EXPECT_EQ(0, ERRNO(connect(caller, TO("fd00::1", PORT + 1))));
	caller = accept(fd, NULL, NULL);
	ASSERT_LE(0, caller);
	EXPECT_EQ(variant->protocol == IPPROTO_TCP ? 0x12345 : 0, label_to_peer(caller));
	close(listener);
}

TEST_F(on, inet6__extension_headers)
{
	/* Next header, length in units of eight octets after the first, PadN over the rest. */
	unsigned char padding[8] = { 0, 0, 1, 4 };

	STAGE();
	connection6(self->ends, variant->protocol, PORT);
	EXPECT_EQ(0, setsockopt(self->ends[CLIENT], IPPROTO_IPV6, IPV6_DSTOPTS, padding, sizeof(padding)));
	EXPECT_EQ(0, setsockopt(self->ends[CLIENT], IPPROTO_IPV6, IPV6_HOPOPTS, padding, sizeof(padding)));
	EXPECT_TRUE(carries(self->ends[CLIENT], self->ends[SERVER], 300000));
	EXPECT_TRUE(carries(self->ends[SERVER], self->ends[CLIENT], 300000));
	if (variant->protocol == IPPROTO_CLASP)
		EXPECT_EQ(1500 - 40 - 16 - 20 - 12, option(self->ends[CLIENT], variant->level, TCP_MAXSEG));
}

/* Two families, one number: neither hears of the other. */
/* They may leave no room for any octet; without them all goes on. */
TEST_F(on, inet6__extension_headers_larger_than_a_packet)
{
	/* Next header, length; then options that whoever does not know them skips (RFC 8200, 4.2). */
	unsigned char options[1448] = { 0, sizeof(options) / 8 - 1 }, octet;
	size_t i;

	STAGE();
	for (i = 2; i < sizeof(options); i += 2 + options[i + 1]) {
		options[i] = 0x1e;
		options[i + 1] = sizeof(options) - i - 2 < 253 ? sizeof(options) - i - 2 : 251;
	}
	connection6(self->ends, variant->protocol, PORT);
	ASSERT_EQ(0, setsockopt(self->ends[CLIENT], IPPROTO_IPV6, IPV6_DSTOPTS, options, sizeof(options)));
	EXPECT_EQ(1, send(self->ends[CLIENT], "x", 1, 0));
	EXPECT_EQ(0, setsockopt(self->ends[CLIENT], IPPROTO_IPV6, IPV6_DSTOPTS, NULL, 0));
	EXPECT_EQ(1, recv(self->ends[SERVER], &octet, 1, 0));
	EXPECT_TRUE(carries(self->ends[CLIENT], self->ends[SERVER], 300000));
}

TEST_F(on, inet6__same_ports_in_both_families)
{
	int six, four, fd6, fd4, child;

	STAGE();
	six = listen6(variant->protocol, "::", PORT, 1);
	four = listen_on(SERVER, variant->protocol, PORT);
	fd6 = socket6_on(CLIENT, AF_INET6, variant->protocol);
	option_set(fd6, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	EXPECT_EQ(0, ERRNO(bind(fd6, TO("::", 5000))));
	fd4 = socket_on(CLIENT, variant->protocol, 0);
	EXPECT_EQ(0, ERRNO(bind(fd4, TO("0.0.0.0", 5000))));
	EXPECT_EQ(0, ERRNO(connect(fd6, TO("fd00::2", PORT))));
	EXPECT_EQ(0, ERRNO(connect(fd4, AT(SERVER, PORT))));
	child = accept(four, NULL, NULL);
	EXPECT_TRUE(carries(fd4, child, 1000));
	close(child);
	child = accept(six, NULL, NULL);
	EXPECT_TRUE(carries(fd6, child, 1000));
	close(child);
	close(fd4);
	close(fd6);
	close(four);
	close(six);
}

static bool listed6(enum host host, int protocol, unsigned int lport, unsigned int wanted, char *local)
{
	unsigned int port, state;
	bool found = false;
	char line[256];
	FILE *list;

	enter(host);
	list = fopen(protocol == IPPROTO_TCP ? "/proc/net/tcp6" : "/proc/net/clasp6", "r");
	while (list && !found && fgets(line, sizeof(line), list))
		found = sscanf(line, "%*d: %32[0-9A-F]:%x %*[0-9A-F]:%*x %x", local, &port, &state) == 3 &&
			port == lport && state == wanted;
	if (list)
		fclose(list);
	return found;
}

TEST_F(on, inet6__is_listed)
{
	char local[33] = "";
	int listener, fd, child;

	STAGE();
	listener = listen6(variant->protocol, "::", PORT, 0);
	EXPECT_TRUE(listed6(SERVER, variant->protocol, PORT, LISTENING, local));
	EXPECT_STREQ("00000000000000000000000000000000", local);
	fd = socket_on(CLIENT, variant->protocol, 0);
	EXPECT_EQ(0, ERRNO(connect(fd, AT(SERVER, PORT))));
	child = accept(listener, NULL, NULL);
	EXPECT_TRUE(listed6(SERVER, variant->protocol, PORT, ESTABLISHED, local));
	EXPECT_STREQ("0000000000000000FFFF00000200000A", local);
	EXPECT_EQ(GONE, state_of(SERVER, variant->protocol, PORT, 0));
	shutdown(child, SHUT_WR);
	close(fd);
	EXPECT_TRUE(WITHIN(2, listed6(SERVER, variant->protocol, PORT, TIME_WAIT, local)));
	EXPECT_STREQ("0000000000000000FFFF00000200000A", local);
	close(child);
	close(listener);
	connection6(self->ends, variant->protocol, PORT + 1);
	EXPECT_TRUE(listed6(SERVER, variant->protocol, PORT + 1, ESTABLISHED, local));
	EXPECT_STREQ("000000FD000000000000000002000000", local);
}

TEST_HARNESS_MAIN
