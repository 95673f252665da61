// SPDX-License-Identifier: GPL-2.0
/*
 * A host with Clasp and one that has TCP, with a gateway at the door of the first: all that two ends of a connection
 * do to each other, across it. Each test is played twice, once with Clasp at the end that connects, and once at the
 * other.
 */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>

#include "info.h"
#include "sockets.h"
#include "stream.h"

#define MUCH 1000000
#define DOOR "clasp gateway %s eth0 2>/dev/null"

FIXTURE(across)
{
	int ends[HOSTS];
};

FIXTURE_VARIANT(across)
{
	int protocols[HOSTS];
};

FIXTURE_VARIANT_ADD(across, clasp_connects)
{
	.protocols = { IPPROTO_CLASP, IPPROTO_TCP },
};

FIXTURE_VARIANT_ADD(across, tcp_connects)
{
	.protocols = { IPPROTO_TCP, IPPROTO_CLASP },
};

static enum host clasps(const int protocols[HOSTS])
{
	return protocols[CLIENT] == IPPROTO_CLASP ? CLIENT : SERVER;
}

FIXTURE_SETUP(across)
{
	signal(SIGPIPE, SIG_IGN);
	hosts_up();
	enter(clasps(variant->protocols));
	run(DOOR, "start");
}

FIXTURE_TEARDOWN(across)
{
}

static void connect_across(int ends[HOSTS], const int protocols[HOSTS])
{
	int listener = listen_on(SERVER, protocols[SERVER], PORT);

	ends[CLIENT] = connect_from(CLIENT, protocols[CLIENT], PORT);
	ends[SERVER] = accept(listener, NULL, NULL);
	if (ends[SERVER] < 0)
		stage_fails("accept");
	close(listener);
}

#define CONNECT() connect_across(self->ends, variant->protocols)

static int end_state(enum host host, const int protocols[HOSTS], int port)
{
	return host == CLIENT ? state_of(CLIENT, protocols[CLIENT], port, PORT) :
				state_of(SERVER, protocols[SERVER], PORT, port);
}

#define STATE(host) end_state(host, variant->protocols, port)
#define COMES_TO(state, host) EXPECT_TRUE(WITHIN(5, STATE(host) == (state))) TH_LOG("it is in %d", STATE(host))

/* By the name that either protocol's knob has. */
static void knob(enum host host, const int protocols[HOSTS], const char *name, int value)
{
	char path[64];

	snprintf(path, sizeof(path), "%s%s", protocols[host] == IPPROTO_TCP ? "ipv4/tcp_" : "clasp/", name);
	sysctl_set(host, path, value);
}

static int negotiated(int fd)
{
	return info_of(fd, IPPROTO_TCP).tcp.tcpi_options &
	       (TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE | TCPI_OPT_ECN);
}

TEST_F(across, open__agrees_on_all_options)
{
	struct info here, there;
	int port;

	knob(CLIENT, variant->protocols, "ecn", 1);
	CONNECT();
	port = local_port(self->ends[CLIENT]);
	EXPECT_EQ(ESTABLISHED, STATE(CLIENT));
	COMES_TO(ESTABLISHED, SERVER);
	EXPECT_EQ(TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE | TCPI_OPT_ECN,
		  negotiated(self->ends[CLIENT]));
	EXPECT_EQ(negotiated(self->ends[CLIENT]), negotiated(self->ends[SERVER]));
	here = info_of(self->ends[CLIENT], IPPROTO_TCP);
	there = info_of(self->ends[SERVER], IPPROTO_TCP);
	EXPECT_TRUE(here.tcp.tcpi_snd_wscale == there.tcp.tcpi_rcv_wscale);
	EXPECT_TRUE(here.tcp.tcpi_rcv_wscale == there.tcp.tcpi_snd_wscale);
	EXPECT_EQ(here.tcp.tcpi_snd_mss, there.tcp.tcpi_snd_mss);
}

/* What either of the two does not want, neither uses. */
TEST_F(across, open__leaves_options_out)
{
	static const struct {
		const char *name;
		int bit;
	} options[] = {
		{ "timestamps", TCPI_OPT_TIMESTAMPS },
		{ "sack", TCPI_OPT_SACK },
		{ "window_scaling", TCPI_OPT_WSCALE },
	};
	int host, i, all = TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE;

	for (host = CLIENT; host < HOSTS; host++) {
		for (i = 0; i < ARRAY_SIZE(options); i++) {
			knob(host, variant->protocols, options[i].name, 0);
			CONNECT();
			EXPECT_EQ(all & ~options[i].bit, negotiated(self->ends[CLIENT]))
				TH_LOG("without %s of host %d", options[i].name, host);
			EXPECT_EQ(all & ~options[i].bit, negotiated(self->ends[SERVER]));
			knob(host, variant->protocols, options[i].name, 1);
			close(self->ends[CLIENT]);
			close(self->ends[SERVER]);
		}
	}
}

TEST_F(across, open__nobody_listens)
{
	int fd = socket_on(CLIENT, variant->protocols[CLIENT], 0);

	EXPECT_EQ(ECONNREFUSED, ERRNO(connect(fd, AT(SERVER, PORT))));
}

/* Each end has sent its SYN before it sees the other's. */
TEST_F(across, open__simultaneous)
{
	int host, port = PORT + 1, one = 1;
	char octet = 'a';

	wire(CLIENT, "delay 100ms");
	wire(SERVER, "delay 100ms");
	for (host = CLIENT; host < HOSTS; host++) {
		self->ends[host] = socket_on(host, variant->protocols[host], SOCK_NONBLOCK);
		setsockopt(self->ends[host], SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		ASSERT_EQ(0, bind(self->ends[host], AT(host, host == CLIENT ? port : PORT)));
	}
	for (host = CLIENT; host < HOSTS; host++) {
		enter(host);
		EXPECT_EQ(EINPROGRESS,
			  ERRNO(connect(self->ends[host], AT(!host, host == CLIENT ? PORT : port))));
	}
	EXPECT_EQ(SYN_SENT, STATE(CLIENT));
	EXPECT_EQ(SYN_SENT, STATE(SERVER));
	COMES_TO(ESTABLISHED, CLIENT);
	COMES_TO(ESTABLISHED, SERVER);
	for (host = CLIENT; host < HOSTS; host++) {
		EXPECT_EQ(0, option(self->ends[host], SOL_SOCKET, SO_ERROR));
		EXPECT_EQ(1, write(self->ends[host], &octet, 1));
		EXPECT_TRUE(readable(self->ends[!host], 5));
		EXPECT_EQ(1, read(self->ends[!host], &octet, 1));
	}
}

/* The end that closes first waits; the other is done. */
static void close_one_by_one(struct __test_metadata *_metadata, int ends[HOSTS], const int protocols[HOSTS],
			     enum host first)
{
	int port;
	char octet;

	connect_across(ends, protocols);
	port = local_port(ends[CLIENT]);
	close(ends[first]);
	EXPECT_TRUE(WITHIN(5, end_state(first, protocols, port) == FIN_WAIT_2 &&
			   end_state(!first, protocols, port) == CLOSE_WAIT));
	EXPECT_EQ(0, read(ends[!first], &octet, 1));
	close(ends[!first]);
	EXPECT_TRUE(WITHIN(5, end_state(!first, protocols, port) == GONE));
	EXPECT_TRUE(WITHIN(5, end_state(first, protocols, port) == TIME_WAIT));
}

TEST_F(across, close__by_the_client)
{
	close_one_by_one(_metadata, self->ends, variant->protocols, CLIENT);
}

TEST_F(across, close__by_the_server)
{
	close_one_by_one(_metadata, self->ends, variant->protocols, SERVER);
}

TEST_F(across, close__simultaneous)
{
	int port;

	CONNECT();
	port = local_port(self->ends[CLIENT]);
	wire(CLIENT, "delay 300ms");
	wire(SERVER, "delay 300ms");
	EXPECT_EQ(0, shutdown(self->ends[CLIENT], SHUT_WR));
	EXPECT_EQ(0, shutdown(self->ends[SERVER], SHUT_WR));
	COMES_TO(CLOSING, CLIENT);
	COMES_TO(CLOSING, SERVER);
	COMES_TO(TIME_WAIT, CLIENT);
	COMES_TO(TIME_WAIT, SERVER);
	EXPECT_EQ(0, read(self->ends[CLIENT], &(char){ 0 }, 1));
	EXPECT_EQ(0, read(self->ends[SERVER], &(char){ 0 }, 1));
}

/* One end has said all; the other goes on for as long as it likes. */
static void half_close(struct __test_metadata *_metadata, int ends[HOSTS], const int protocols[HOSTS], enum host first)
{
	static unsigned char octets[MUCH];
	int port, size = 2 * MUCH;
	pid_t writer;

	connect_across(ends, protocols);
	port = local_port(ends[CLIENT]);
	EXPECT_EQ(0, shutdown(ends[first], SHUT_WR));
	EXPECT_EQ(0, read(ends[!first], octets, 1));
	EXPECT_TRUE(WITHIN(5, end_state(first, protocols, port) == FIN_WAIT_2));
	EXPECT_EQ(CLOSE_WAIT, end_state(!first, protocols, port));
	setsockopt(ends[!first], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	writer = IN_CHILD(stream_write(ends[!first], 0, MUCH));
	EXPECT_EQ(MUCH, recv(ends[first], octets, MUCH, MSG_WAITALL));
	EXPECT_TRUE(child_succeeds(writer));
	EXPECT_TRUE(stream_continues(octets, 0, MUCH));
	EXPECT_EQ(FIN_WAIT_2, end_state(first, protocols, port));
	close(ends[!first]);
	EXPECT_EQ(0, read(ends[first], octets, 1));
	EXPECT_TRUE(WITHIN(5, end_state(first, protocols, port) == TIME_WAIT));
	EXPECT_TRUE(WITHIN(5, end_state(!first, protocols, port) == GONE));
}

TEST_F(across, shutdown__by_the_client)
{
	half_close(_metadata, self->ends, variant->protocols, CLIENT);
}

TEST_F(across, shutdown__by_the_server)
{
	half_close(_metadata, self->ends, variant->protocols, SERVER);
}

static void abort_by(struct __test_metadata *_metadata, int ends[HOSTS], const int protocols[HOSTS], enum host first)
{
	char octet;
	int port;

	connect_across(ends, protocols);
	port = local_port(ends[CLIENT]);
	linger(ends[first], 0);
	close(ends[first]);
	EXPECT_TRUE(readable(ends[!first], 5));
	EXPECT_EQ(ECONNRESET, ERRNO(read(ends[!first], &octet, 1)));
	EXPECT_EQ(GONE, end_state(CLIENT, protocols, port));
	EXPECT_EQ(GONE, end_state(SERVER, protocols, port));
}

TEST_F(across, abort__by_the_client)
{
	abort_by(_metadata, self->ends, variant->protocols, CLIENT);
}

TEST_F(across, abort__by_the_server)
{
	abort_by(_metadata, self->ends, variant->protocols, SERVER);
}

/* Whoever closes before it has read all says that it has not. */
TEST_F(across, abort__for_unread_octets)
{
	char octet = 'a';
	int host;

	for (host = CLIENT; host < HOSTS; host++) {
		CONNECT();
		EXPECT_EQ(1, write(self->ends[!host], &octet, 1));
		EXPECT_TRUE(readable(self->ends[host], 5));
		close(self->ends[host]);
		EXPECT_TRUE(readable(self->ends[!host], 5));
		EXPECT_EQ(ECONNRESET, ERRNO(read(self->ends[!host], &octet, 1)));
	}
}

/* Octets for an end that is gone bring an RST. */
TEST_F(across, abort__for_late_octets)
{
	char octet = 'a';
	int host;

	for (host = CLIENT; host < HOSTS; host++) {
		CONNECT();
		close(self->ends[host]);
		EXPECT_EQ(0, read(self->ends[!host], &octet, 1));
		EXPECT_EQ(1, write(self->ends[!host], &octet, 1));
		EXPECT_TRUE(WITHIN(5, ERRNO(write(self->ends[!host], &octet, 1)) == EPIPE));
	}
}

/* The window closes, is asked for, and opens again. */
TEST_F(across, window__closes_and_opens)
{
	static unsigned char octets[MUCH];
	int host, small = 8192;
	pid_t writer;

	for (host = CLIENT; host < HOSTS; host++) {
		CONNECT();
		setsockopt(self->ends[host], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
		writer = IN_CHILD(stream_write(self->ends[!host], 0, MUCH));
		pause_ms(3000);
		EXPECT_EQ(MUCH, recv(self->ends[host], octets, MUCH, MSG_WAITALL));
		EXPECT_TRUE(child_succeeds(writer));
		EXPECT_TRUE(stream_continues(octets, 0, MUCH));
		close(self->ends[host]);
		close(self->ends[!host]);
	}
}

/* Clasp has no urgent data: what TCP marks as such is one octet of the stream like any other. */
TEST_F(across, urgent__is_part_of_the_stream)
{
	enum host host = clasps(variant->protocols);
	char text[4] = "";

	CONNECT();
	EXPECT_EQ(3, send(self->ends[!host], "abc", 3, MSG_OOB));
	EXPECT_EQ(1, write(self->ends[!host], "d", 1));
	EXPECT_EQ(4, recv(self->ends[host], text, 4, MSG_WAITALL));
	EXPECT_EQ(0, memcmp("abcd", text, 4));
}

TEST_F(across, keepalive__is_answered)
{
	int host, one = 1;
	struct info before;

	for (host = CLIENT; host < HOSTS; host++) {
		CONNECT();
		setsockopt(self->ends[host], IPPROTO_TCP, TCP_KEEPIDLE, &one, sizeof(one));
		setsockopt(self->ends[host], IPPROTO_TCP, TCP_KEEPINTVL, &one, sizeof(one));
		setsockopt(self->ends[host], SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
		before = info_of(self->ends[host], IPPROTO_TCP);
		pause_ms(5500);
		EXPECT_EQ(0, option(self->ends[host], SOL_SOCKET, SO_ERROR));
		EXPECT_GE(info_of(self->ends[host], IPPROTO_TCP).segs_in, before.segs_in + 4);
	}
}

/* Where the host has a socket of TCP's, its segments stay TCP's. */
TEST_F(across, tcp__keeps_its_own)
{
	enum host host = clasps(variant->protocols);
	int ends[HOSTS];
	char octet = 'a';

	connection(ends, IPPROTO_TCP, PORT + 1);
	CONNECT();
	EXPECT_EQ(1, write(ends[!host], &octet, 1));
	EXPECT_TRUE(readable(ends[host], 5));
	EXPECT_EQ(1, read(ends[host], &octet, 1));
	close(ends[!host]);
	EXPECT_EQ(0, read(ends[host], &octet, 1));
	EXPECT_EQ(1, write(self->ends[!host], &octet, 1));
	EXPECT_TRUE(readable(self->ends[host], 5));
}

/* Does a call from that port reach who listens? */
static bool reaches(const int protocols[HOSTS], int from)
{
	int listener = listen_on(SERVER, protocols[SERVER], PORT), one = 1;
	int fd = socket_on(CLIENT, protocols[CLIENT], SOCK_NONBLOCK);
	bool yes;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, AT(CLIENT, from)))
		stage_fails("bind");
	connect(fd, AT(SERVER, PORT));
	yes = WITHIN(2, polled(fd, POLLOUT, 0) & (POLLOUT | POLLERR)) && polled(fd, POLLOUT, 0) == POLLOUT;
	linger(fd, 0);
	close(fd);
	close(listener);
	return yes;
}

static void choose_ports(const int protocols[HOSTS], const char *ports)
{
	enter(clasps(protocols));
	run(DOOR, "stop");
	run("clasp gateway start eth0 --port %s", ports);
}

/* Where only some ports are translated, others are not; one of the two is enough. */
TEST_F(across, ports__are_chosen)
{
	choose_ports(variant->protocols, "1-79,80");
	EXPECT_TRUE(reaches(variant->protocols, 1000));
	choose_ports(variant->protocols, "81,1-79,81-65535");
	EXPECT_TRUE(reaches(variant->protocols, 81));
	EXPECT_FALSE(reaches(variant->protocols, 80));
}

/* A gateway that has gone translates nothing. */
TEST_F(across, gateway__goes)
{
	EXPECT_TRUE(reaches(variant->protocols, 1000));
	enter(clasps(variant->protocols));
	run(DOOR, "stop");
	EXPECT_FALSE(reaches(variant->protocols, 1001));
}

/* Generic receive offload of the client's device: asked with ETHTOOL_GGRO, switched on with ETHTOOL_SGRO. */
static bool receive_offload(unsigned int what)
{
	struct ethtool_value value = { .cmd = what, .data = true };
	struct ifreq device = { .ifr_name = "eth0", .ifr_data = (void *)&value };
	int fd = socket_on(CLIENT, IPPROTO_TCP, 0);

	if (ioctl(fd, SIOCETHTOOL, &device))
		stage_fails("generic receive offload");
	close(fd);
	return value.data;
}

static int exit_status(const char *words)
{
	char command[256];
	int status;

	snprintf(command, sizeof(command), "%s >/dev/null 2>&1", words);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(command__ends_with_a_reason)
{
	static const struct {
		int status;
		const char *words;
	} calls[] = {
		{ 2, "clasp gateway start nowhere" },
		{ 2, "clasp gateway stop nowhere" },
		{ 2, "clasp gateway show nowhere" },
		{ 2, "clasp gateway stop eth0" },
		{ 1, "clasp gateway show eth0" },
		{ 2, "setpriv --reuid student --regid student --clear-groups clasp gateway start eth0" },
		{ 2, "clasp gateway start eth0 --port" },
		{ 2, "clasp gateway start eth0 --port 0" },
		{ 2, "clasp gateway start eth0 --port 65536" },
		{ 2, "clasp gateway start eth0 --port 80," },
		{ 2, "clasp gateway start eth0 --port 81-80" },
		{ 2, "clasp gateway start eth0 --port 80-" },
		{ 2, "clasp gateway start eth0 --protocol 6" },
		{ 2, "clasp gateway start eth0 --protocol 252" },
		{ 2, "clasp gateway start eth0 --protocol 255" },
		{ 1, "clasp gateway show eth0" },
		{ 0, "clasp gateway start eth0 --port 65535,1-3,80" },
		{ 0, "clasp gateway show eth0 | grep -x 'eth0: protocol 253, ports 1-3,80,65535'" },
		{ 2, "clasp gateway start eth0" },
		{ 2, "setpriv --reuid student --regid student --clear-groups clasp gateway show eth0" },
		{ 0, "clasp gateway show eth0" },
		{ 0, "clasp gateway stop eth0" },
		{ 1, "clasp gateway show eth0" },
		{ 0, "clasp gateway start eth0 --protocol 254" },
		{ 0, "tc filter del dev eth0 egress" },
		{ 0, "clasp gateway show eth0 | grep 'Clasp to TCP: .*; its program is no longer there$'" },
		{ 0, "clasp gateway stop eth0" },
		{ 1, "tc filter show dev eth0 ingress | grep clasp" },
		{ 0, "clasp gateway start eth0" },
		{ 0, "tc filter del dev eth0 ingress" },
		{ 0, "clasp gateway show eth0 | grep 'TCP to Clasp: .*; its program is no longer there$'" },
		{ 2, "clasp gateway start eth0" },
		{ 0, "clasp gateway stop eth0" },
		{ 1, "tc filter show dev eth0 egress | grep clasp" },
		{ 0, "tc filter add dev eth0 egress protocol all prio 65535 handle 253 matchall action ok" },
		{ 0, "clasp gateway start eth0 2>&1 | grep 'another filter in its place$'" },
		{ 1, "clasp gateway show eth0" },
		{ 2, "clasp gateway stop eth0" },
		{ 1, "tc filter show dev eth0 ingress | grep clasp" },
		{ 0, "tc qdisc del dev eth0 clsact" },
		{ 2, "clasp gateway stop eth0" },
		{ 0, "tc qdisc add dev eth0 ingress" },
		{ 0, "clasp gateway start eth0 2>&1 | grep 'its queueing discipline is ingress'" },
		{ 2, "clasp gateway start eth0" },
		{ 1, "tc filter show dev eth0 ingress | grep clasp" },
		{ 0, "tc qdisc del dev eth0 ingress" },
		{ 0, "clasp gateway start eth0" },
		{ 0, "clasp gateway stop eth0" },
	};
	int i;

	hosts_up();
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		EXPECT_EQ(calls[i].status, exit_status(calls[i].words)) TH_LOG("call %d", i);
}

/* Segments that only pass through are not joined, unless nobody asks for that any more. */
TEST(command__switches_offload_of_a_router)
{
	hosts_up();
	receive_offload(ETHTOOL_SGRO);
	run(DOOR, "start");
	EXPECT_TRUE(receive_offload(ETHTOOL_GGRO));
	run(DOOR, "stop");
	sysctl_set(CLIENT, "ipv4/conf/eth0/forwarding", 1);
	EXPECT_TRUE(receive_offload(ETHTOOL_GGRO));
	run(DOOR, "start");
	EXPECT_FALSE(receive_offload(ETHTOOL_GGRO));
	run(DOOR, "stop");
	EXPECT_TRUE(receive_offload(ETHTOOL_GGRO));
}

/* It is the first test here that needs them, and others may have asked for them before. */
TEST(command__says_what_the_kernel_lacks)
{
	hosts_up();
	run("rmmod cls_bpf 2>/dev/null; echo /bin/false >/proc/sys/kernel/modprobe");
	EXPECT_EQ(0, exit_status("clasp gateway start eth0 2>&1 | grep 'the kernel lacks cls_bpf'"));
	run("echo /sbin/modprobe >/proc/sys/kernel/modprobe");
	EXPECT_EQ(0, exit_status("clasp gateway start eth0"));
}

TEST_HARNESS_MAIN
