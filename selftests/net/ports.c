// SPDX-License-Identifier: GPL-2.0
/*
 * Who may have a local port beside whom, and which one is chosen for who asks for none: TCP in the same guest says
 * what is right.
 */
#include "sockets.h"

#define FIRST_PORT 10000
#define STRANGER 1000		/* a user */

/* What one end asks for. */
struct party {
	uint32_t address;
	const char *device;
	bool reuseaddr;
	bool reuseport;
	bool stranger;
};

/* What became of the one who has the port already. */
enum holding {
	BOUND, LATE, LISTENS, AUTOMATIC, CONNECTED, ACCEPTED, LINGERING, WAITING, RESET, HOLDINGS
};

static const char * const holding_names[HOLDINGS] = {
	[BOUND] = "bound",
	[LATE] = "bound, then these options",
	[LISTENS] = "listening",
	[AUTOMATIC] = "connected without bind()",
	[CONNECTED] = "connected",
	[ACCEPTED] = "accepted",
	[LINGERING] = "in FIN_WAIT_2",
	[WAITING] = "in TIME_WAIT",
	[RESET] = "reset by the peer",
};

#define FIRST 0x0a000001
#define OTHER 0x0a000003
/* Nobody's of these. Over IPv6 it has to be one that a socket may have which is bound to another device than lo. */
#define SPARE BY_FAMILY(INADDR_LOOPBACK, 0x0a000005)

static const uint32_t addresses[] = { INADDR_ANY, FIRST, OTHER };
static const char * const devices[] = { "", "eth0", "lo" };

/* All that can be asked for; strangers only where it matters whose sockets share. */
static unsigned int parties_of(struct party *party, unsigned int devices_used, bool strangers)
{
	unsigned int a, d, flags, count = 0;

	for (a = 0; a < ARRAY_SIZE(addresses); a++)
		for (d = 0; d < devices_used; d++)
			for (flags = 0; flags < 8; flags++)
				if (!(flags & 4) || (strangers && flags & 2))
					party[count++] = (struct party){
						addresses[a], devices[d], flags & 1,
						flags & 2, flags & 4,
					};
	return count;
}

#define PARTIES_MAX (ARRAY_SIZE(addresses) * ARRAY_SIZE(devices) * 8)

#define AT_ADDRESS(number, port)	\
	(struct sockaddr *)(union address[1]) { address_numbered(number, port) },	\
	BY_FAMILY(sizeof(struct sockaddr_in), sizeof(struct sockaddr_in6))

/* The hosts, and further addresses of the client's. */
static void hosts_with_addresses_up(void)
{
	hosts_up();
	enter(CLIENT);
	run("ip addr add %s dev eth0", BY_FAMILY("10.0.0.3/24", "fd00::3/64 nodad"));
	if (family() == AF_INET6)
		run("ip addr add fd00::5/64 dev eth0 nodad");
	enter(SERVER);
	run("ip neigh add %s lladdr 02:00:00:00:00:01 dev eth0 nud permanent", BY_FAMILY("10.0.0.3", "fd00::3"));
}

static void ask(int fd, const struct party *party)
{
	option_set(fd, SOL_SOCKET, SO_REUSEADDR, party->reuseaddr);
	option_set(fd, SOL_SOCKET, SO_REUSEPORT, party->reuseport);
}

static int party_socket(int protocol, const struct party *party)
{
	int fd;

	enter(CLIENT);
	if (party->stranger && seteuid(STRANGER))
		stage_fails("seteuid");
	fd = socket(family(), SOCK_STREAM, protocol);
	if (seteuid(0))
		stage_fails("seteuid");
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, party->device, strlen(party->device)))
		stage_fails("SO_BINDTODEVICE");
	return fd;
}

/**
 * struct held - a port that somebody has
 * @fds: what keeps it so, -1 where there is none
 * @port: it
 */
struct held {
	int fds[2];
	int port;
};

static bool in_state(int protocol, int port, enum state state)
{
	return WITHIN(5, state_of(CLIENT, protocol, port, PORT) == state);
}

/* The client's end gives up its connection in one of the ways there are. */
static void part(struct held *held, int protocol, enum holding how)
{
	if (how == LINGERING || how == WAITING) {
		close(held->fds[0]);
		held->fds[0] = -1;
		if (!in_state(protocol, held->port, FIN_WAIT_2))
			stage_fails("FIN_WAIT_2");
	}
	if (how == RESET)
		linger(held->fds[1], 0);
	if (how == WAITING || how == RESET) {
		close(held->fds[1]);
		held->fds[1] = -1;
	}
	if (how == WAITING && !in_state(protocol, held->port, TIME_WAIT))
		stage_fails("TIME_WAIT");
	if (how == RESET && !(polled(held->fds[0], POLLIN, 5) & POLLHUP))
		stage_fails("a reset");
}

static void accept_one(struct held *held, int protocol, const struct party *party)
{
	int listener = held->fds[0];

	held->fds[1] = socket_on(SERVER, protocol, 0);
	if (listen(listener, 1) ||
	    connect(held->fds[1], AT_ADDRESS(party->address ?: FIRST, held->port)))
		stage_fails("connect to the client");
	held->fds[0] = accept(listener, NULL, NULL);
	close(listener);
}

/* @listener: the server's, for the connections that the client makes */
static struct held hold(int protocol, int listener, enum holding how, const struct party *party,
			int port)
{
	struct held held = { { party_socket(protocol, party), -1 }, port };

	if (how != LATE)
		ask(held.fds[0], party);
	if (how != AUTOMATIC && bind(held.fds[0], AT_ADDRESS(party->address, port)))
		stage_fails("bind");
	if (how == LATE)
		ask(held.fds[0], party);
	if (how == LISTENS && listen(held.fds[0], 1))
		stage_fails("listen");
	if (how == ACCEPTED)
		accept_one(&held, protocol, party);
	if (how <= LISTENS || how == ACCEPTED)
		return held;
	if (connect(held.fds[0], AT(SERVER, PORT)))
		stage_fails("connect");
	held.fds[1] = accept(listener, NULL, NULL);
	held.port = local_port(held.fds[0]);
	part(&held, protocol, how);
	return held;
}

static void let_go(struct held *held)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(held->fds); i++)
		if (held->fds[i] >= 0)
			close(held->fds[i]);
}

/* What bind() and listen() say to one more. */
struct verdict {
	int bind;
	int listen;
	int listen_first;
};

static struct verdict try(int protocol, int port, const struct party *party)
{
	struct verdict verdict = {};
	int fd = party_socket(protocol, party);

	ask(fd, party);
	verdict.bind = ERRNO(bind(fd, AT_ADDRESS(party->address, port)));
	if (!verdict.bind)
		verdict.listen = ERRNO(listen(fd, 1));
	close(fd);
	return verdict;
}

/*
 * TCP remembers of a port that somebody, gone by now, asked for SO_REUSEPORT, and lets the next one in who does, past
 * those with whom it conflicts. Somebody who does not, elsewhere, makes it forget.
 */
static void make_forget(int protocol, int port, const struct party *holder)
{
	struct party elsewhere = { SPARE, "", .reuseaddr = true };

	if (*holder->device)
		elsewhere.device = strcmp(holder->device, "lo") ? "lo" : "eth0";
	try(protocol, port, &elsewhere);
}

/* Two that are bound; the first listens, and then the second. */
static struct verdict try_both(int protocol, const struct party *first,
			       const struct party *second, int port)
{
	int fds[2] = { party_socket(protocol, first), party_socket(protocol, second) };
	struct verdict verdict = {};

	ask(fds[0], first);
	ask(fds[1], second);
	if (bind(fds[0], AT_ADDRESS(first->address, port)))
		stage_fails("bind");
	verdict.bind = ERRNO(bind(fds[1], AT_ADDRESS(second->address, port)));
	if (!verdict.bind) {
		verdict.listen_first = ERRNO(listen(fds[0], 1));
		verdict.listen = ERRNO(listen(fds[1], 1));
	}
	close(fds[0]);
	close(fds[1]);
	return verdict;
}

static const char *describe(char text[96], const struct party *party)
{
	snprintf(text, 96, "%08x%s%s%s%s%s", party->address, *party->device ? " on " : "",
		 party->device, party->reuseaddr ? " reuseaddr" : "",
		 party->reuseport ? " reuseport" : "", party->stranger ? " stranger" : "");
	return text;
}

static bool same(const struct verdict *tcp, const struct verdict *clasp, const char *holding,
		 const struct party *first, const struct party *second)
{
	char texts[2][96];

	if (!memcmp(tcp, clasp, sizeof(*tcp)))
		return true;
	printf("# (%s) %s, then (%s): TCP %d %d %d, Clasp %d %d %d\n", describe(texts[0], first),
	       holding, describe(texts[1], second), tcp->bind, tcp->listen_first, tcp->listen,
	       clasp->bind, clasp->listen_first, clasp->listen);
	return false;
}

#define PROTOCOLS 2

static const int protocols[PROTOCOLS] = { IPPROTO_TCP, IPPROTO_CLASP };

/* Everybody against one who has the port. Return: how many would be told TCP and Clasp apart. */
static int differ_with(enum holding how, const struct party *holder, const int *listeners,
		       int port)
{
	struct party newcomers[PARTIES_MAX];
	unsigned int count = parties_of(newcomers, ARRAY_SIZE(devices), true), i, p;
	struct verdict verdicts[PROTOCOLS];
	struct held held[PROTOCOLS];
	int differences = 0;

	for (p = 0; p < PROTOCOLS; p++)
		held[p] = hold(protocols[p], listeners[p], how, holder, port);
	for (i = 0; i < count; i++) {
		for (p = 0; p < PROTOCOLS; p++)
			verdicts[p] = try(protocols[p], held[p].port, &newcomers[i]);
		differences += !same(&verdicts[0], &verdicts[1], holding_names[how], holder,
				     &newcomers[i]);
		if (newcomers[i].reuseport)
			make_forget(IPPROTO_TCP, held[0].port, holder);
	}
	for (p = 0; p < PROTOCOLS; p++)
		let_go(&held[p]);
	return differences;
}

static int differ(enum holding how)
{
	int listeners[PROTOCOLS], differences = 0, port = FIRST_PORT;
	struct party holders[PARTIES_MAX];
	unsigned int count = parties_of(holders, how <= LISTENS ? 3 : 2, false), i, p;

	hosts_with_addresses_up();
	for (p = 0; p < PROTOCOLS; p++)
		listeners[p] = listen_on(SERVER, protocols[p], PORT);
	for (i = 0; i < count; i++)
		if (how != AUTOMATIC || !holders[i].address)
			differences += differ_with(how, &holders[i], listeners, port++);
	return differences;
}

#define DIFFER(name, how)	\
	TEST(conflict__##name) { EXPECT_EQ(0, differ(how)); }

DIFFER(with_a_bound_one, BOUND)
DIFFER(with_options_set_late, LATE)
DIFFER(with_a_listener, LISTENS)
DIFFER(with_a_port_that_connect_chose, AUTOMATIC)
DIFFER(with_a_connection, CONNECTED)
DIFFER(with_an_accepted_connection, ACCEPTED)
DIFFER(with_an_orphan, LINGERING)
DIFFER(with_a_time_wait, WAITING)
DIFFER(with_a_reset_connection, RESET)

TEST(conflict__listen_checks_again)
{
	struct party first[PARTIES_MAX], second[PARTIES_MAX];
	unsigned int firsts = parties_of(first, 3, false), i;
	unsigned int seconds = parties_of(second, 3, true), j, p;
	struct verdict verdicts[PROTOCOLS];
	int differences = 0;

	hosts_with_addresses_up();
	for (i = 0; i < firsts; i++)
		for (j = 0; j < seconds; j++) {
			for (p = 0; p < PROTOCOLS; p++)
				verdicts[p] = try_both(protocols[p], &first[i], &second[j],
						       FIRST_PORT);
			differences += !same(&verdicts[0], &verdicts[1], "bound", &first[i],
					     &second[j]);
		}
	EXPECT_EQ(0, differences);
}

#define LOW 20000
#define SERVICES 5		/* of the server's: ports from PORT on */

/* The client may choose among so many ports; the server has its services. */
static void choose_among(int protocol, int count)
{
	int i;

	for (i = 0; i < SERVICES; i++)
		listen_on(SERVER, protocol, PORT + i);
	enter(CLIENT);
	run("echo %d %d >/proc/sys/net/ipv4/ip_local_port_range", LOW, LOW + count - 1);
}

static int connected_to(int protocol, int service)
{
	int fd = socket_on(CLIENT, protocol, 0);

	return connect(fd, AT(SERVER, PORT + service)) ? -errno : fd;
}

static int bound_somewhere(int protocol, bool reuseaddr)
{
	int fd = socket_on(CLIENT, protocol, 0);

	option_set(fd, SOL_SOCKET, SO_REUSEADDR, reuseaddr);
	return bind(fd, AT(CLIENT, 0)) ? -errno : fd;
}

/* What bind() takes is not what connect() wants first. */
TEST_F(on, choice__bind_and_connect_keep_apart)
{
	int i;

	choose_among(variant->protocol, 100);
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(1, (local_port(bound_somewhere(variant->protocol, false)) - LOW) % 2);
		EXPECT_EQ(0, (local_port(connected_to(variant->protocol, 0)) - LOW) % 2);
	}
}

/* RFC 6056, 3.3.4: to one destination the next port is a little further on; nobody else shows how far. */
TEST_F(on, choice__goes_on_from_the_last_one)
{
	int i, last, port, elsewhere = 0;

	choose_among(variant->protocol, 1000);
	last = local_port(connected_to(variant->protocol, 0));
	for (i = 0; i < 20; i++) {
		elsewhere += local_port(connected_to(variant->protocol, 1)) == last + 2;
		port = local_port(connected_to(variant->protocol, 0));
		EXPECT_LE(2, (port - last + 1000) % 1000);
		EXPECT_GE(16, (port - last + 1000) % 1000);
		last = port;
	}
	EXPECT_GT(10, elsewhere);
}

TEST_F(on, choice__connections_share_ports)
{
	int i;

	choose_among(variant->protocol, 2);
	for (i = 0; i < 2 * SERVICES; i++)
		EXPECT_LT(0, connected_to(variant->protocol, i % SERVICES));
	EXPECT_EQ(-EADDRNOTAVAIL, connected_to(variant->protocol, 0));
	EXPECT_EQ(-EADDRINUSE, bound_somewhere(variant->protocol, false));
	EXPECT_EQ(-EADDRINUSE, bound_somewhere(variant->protocol, true));
}

TEST_F(on, choice__bind_takes_a_port_from_connect)
{
	choose_among(variant->protocol, 2);
	EXPECT_LT(0, bound_somewhere(variant->protocol, false));
	EXPECT_LT(0, connected_to(variant->protocol, 0));
	EXPECT_EQ(-EADDRNOTAVAIL, connected_to(variant->protocol, 0));
	EXPECT_LT(0, connected_to(variant->protocol, 1));
}

TEST_F(on, choice__bind_shares_only_when_told_to)
{
	int i;

	choose_among(variant->protocol, 10);
	for (i = 0; i < 10; i++)
		EXPECT_LT(0, bound_somewhere(variant->protocol, true));
	EXPECT_EQ(-EADDRINUSE, bound_somewhere(variant->protocol, true));
	sysctl_set(CLIENT, "ipv4/ip_autobind_reuse", 1);
	EXPECT_EQ(-EADDRINUSE, bound_somewhere(variant->protocol, false));
	EXPECT_LT(0, bound_somewhere(variant->protocol, true));
}

/* Who may share a port leaves half of them to those who may not. */
TEST_F(on, choice__bind_begins_with_one_half)
{
	int i;

	choose_among(variant->protocol, 16);
	for (i = 0; i < 8; i++)
		EXPECT_GT(LOW + 8, local_port(bound_somewhere(variant->protocol, true)));
	EXPECT_LE(LOW + 8, local_port(bound_somewhere(variant->protocol, true)));
}

TEST_F(on, choice__an_odd_range_loses_a_port)
{
	choose_among(variant->protocol, 3);
	EXPECT_LT(0, bound_somewhere(variant->protocol, false));
	EXPECT_LT(0, bound_somewhere(variant->protocol, false));
	EXPECT_EQ(-EADDRINUSE, bound_somewhere(variant->protocol, false));
}

TEST_F(on, choice__of_one_port)
{
	choose_among(variant->protocol, 1);
	EXPECT_EQ(LOW, local_port(connected_to(variant->protocol, 0)));
	EXPECT_EQ(LOW, local_port(connected_to(variant->protocol, 1)));
	EXPECT_EQ(-EADDRNOTAVAIL, connected_to(variant->protocol, 0));
	EXPECT_EQ(-EADDRINUSE, bound_somewhere(variant->protocol, false));
}

TEST_F(on, choice__reserved_ports_have_to_be_asked_for)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	choose_among(variant->protocol, 4);
	run("echo %d-%d >/proc/sys/net/ipv4/ip_local_reserved_ports", LOW, LOW + 1);
	EXPECT_LE(LOW + 2, local_port(connected_to(variant->protocol, 0)));
	EXPECT_LE(LOW + 2, local_port(bound_somewhere(variant->protocol, false)));
	EXPECT_EQ(-EADDRINUSE, bound_somewhere(variant->protocol, false));
	EXPECT_EQ(-EADDRNOTAVAIL, connected_to(variant->protocol, 0));
	EXPECT_EQ(0, bind(fd, AT(CLIENT, LOW)));
}

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

/* Since Linux 6.3. A socket with a range of its own looks at every port of it in turn. */
TEST_F(on, choice__out_of_the_socket_s_own_range)
{
	int range = (LOW + 50) | (LOW + 51) << 16, fds[4], i;

	choose_among(variant->protocol, 100);
	for (i = 0; i < 4; i++) {
		fds[i] = socket_on(CLIENT, variant->protocol, 0);
		if (setsockopt(fds[i], IPPROTO_IP, IP_LOCAL_PORT_RANGE, &range, sizeof(range)))
			SKIP(return, "no IP_LOCAL_PORT_RANGE");
	}
	EXPECT_EQ(0, connect(fds[0], AT(SERVER, PORT)));
	EXPECT_EQ(0, connect(fds[1], AT(SERVER, PORT)));
	EXPECT_EQ(2 * LOW + 101, local_port(fds[0]) + local_port(fds[1]));
	EXPECT_EQ(EADDRNOTAVAIL, ERRNO(connect(fds[2], AT(SERVER, PORT))));
	EXPECT_EQ(0, connect(fds[2], AT(SERVER, PORT + 1)));
	EXPECT_EQ(EADDRINUSE, ERRNO(bind(fds[3], AT(CLIENT, 0))));
}

TEST_F(on, choice__an_address_without_a_port)
{
	int fds[2 * SERVICES + 1], i;

	choose_among(variant->protocol, 2);
	for (i = 0; i <= 2 * SERVICES; i++) {
		fds[i] = socket_on(CLIENT, variant->protocol, 0);
		EXPECT_EQ(0, option_set(fds[i], IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1));
		EXPECT_EQ(0, bind(fds[i], AT(CLIENT, 0)));
		EXPECT_EQ(0, local_port(fds[i]));
	}
	for (i = 0; i < 2 * SERVICES; i++)
		EXPECT_EQ(0, connect(fds[i], AT(SERVER, PORT + i % SERVICES)));
	EXPECT_EQ(EADDRNOTAVAIL, ERRNO(connect(fds[i], AT(SERVER, PORT))));
}

static void leave_time_wait(int protocol, int fd, int service, int listener)
{
	int port = local_port(fd), accepted = accept(listener, NULL, NULL);

	close(fd);
	close(accepted);
	if (!WITHIN(5, state_of(CLIENT, protocol, port, PORT + service) == TIME_WAIT))
		stage_fails("TIME_WAIT");
}

/*
 * A name that a TIME_WAIT has is nobody else's. (TCP with timestamps may give it away all the same; Clasp has none
 * that would keep old segments out.)
 */
TEST_F(on, choice__a_time_wait_is_in_the_way)
{
	int listener, fds[2], bound, port;

	sysctl_set(SERVER, "ipv4/tcp_timestamps", 0);
	listener = listen_on(SERVER, variant->protocol, PORT + SERVICES);
	choose_among(variant->protocol, 2);
	fds[0] = connected_to(variant->protocol, SERVICES);
	port = local_port(fds[0]);
	leave_time_wait(variant->protocol, fds[0], SERVICES, listener);
	fds[1] = connected_to(variant->protocol, SERVICES);
	EXPECT_EQ(2 * LOW + 1, port + local_port(fds[1]));
	EXPECT_EQ(-EADDRNOTAVAIL, connected_to(variant->protocol, SERVICES));
	EXPECT_LT(0, connected_to(variant->protocol, 0));
	EXPECT_LT(0, connected_to(variant->protocol, 0));
	EXPECT_EQ(-EADDRINUSE, bound_somewhere(variant->protocol, false));

	bound = socket_on(CLIENT, variant->protocol, 0);
	EXPECT_EQ(EADDRINUSE, ERRNO(bind(bound, AT(CLIENT, port))));
}

TEST_F(on, choice__a_time_wait_s_name_is_asked_for)
{
	int listener, fds[2], i;

	sysctl_set(SERVER, "ipv4/tcp_timestamps", 0);
	listener = listen_on(SERVER, variant->protocol, PORT);
	for (i = 0; i < 2; i++) {
		fds[i] = socket_on(CLIENT, variant->protocol, 0);
		option_set(fds[i], SOL_SOCKET, SO_REUSEADDR, 1);
		ASSERT_EQ(0, bind(fds[i], AT(CLIENT, LOW)));
	}
	ASSERT_EQ(0, connect(fds[0], AT(SERVER, PORT)));
	leave_time_wait(variant->protocol, fds[0], 0, listener);
	EXPECT_EQ(EADDRNOTAVAIL, ERRNO(connect(fds[1], AT(SERVER, PORT))));
	listen_on(SERVER, variant->protocol, PORT + 1);
	EXPECT_EQ(0, connect(fds[1], AT(SERVER, PORT + 1)));
}

/* A port that connect() chose is free again as soon as the connection has failed; one that was asked for is not. */
TEST_F(on, choice__failure_frees_what_nobody_asked_for)
{
	int bound = socket_on(CLIENT, variant->protocol, 0);
	int fd = socket_on(CLIENT, variant->protocol, 0);

	choose_among(variant->protocol, 1);
	EXPECT_EQ(ECONNREFUSED, ERRNO(connect(fd, AT(SERVER, PORT + SERVICES))));
	EXPECT_EQ(0, bind(bound, AT(CLIENT, LOW)));
	EXPECT_EQ(ECONNREFUSED, ERRNO(connect(bound, AT(SERVER, PORT + SERVICES))));
	EXPECT_EQ(-EADDRINUSE, bound_somewhere(variant->protocol, false));
	EXPECT_EQ(-EADDRNOTAVAIL, connected_to(variant->protocol, 0));
}

TEST_F(on, privilege__begins_where_the_namespace_says)
{
	struct party user = { .device = "", .stranger = true };

	sysctl_set(CLIENT, "ipv4/ip_unprivileged_port_start", PORT);
	ASSERT_EQ(0, seteuid(STRANGER));
	EXPECT_EQ(EACCES, ERRNO(bind(socket(family(), SOCK_STREAM, variant->protocol),
				     AT(CLIENT, PORT - 1))));
	EXPECT_EQ(0, bind(socket(family(), SOCK_STREAM, variant->protocol), AT(CLIENT, PORT)));
	ASSERT_EQ(0, seteuid(0));
	EXPECT_EQ(0, bind(party_socket(variant->protocol, &user), AT(CLIENT, PORT - 1)));
}

TEST_HARNESS_MAIN
