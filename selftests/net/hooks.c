// SPDX-License-Identifier: GPL-2.0
/*
 * Where the kernel's other parts have a say in what Clasp receives and sends: a socket's filter, IPsec's policy, the
 * queue of a device. What is refused is as good as lost, so it comes again, and arrives once nobody refuses it. And
 * what they are told of a socket's states.
 */
#include <linux/filter.h>

#include "sockets.h"
#include "trace_helpers.h"

#define WHILE 400	/* ms; the first retransmission falls into it */

/* A filter that lets nothing pass. */
static int filter_all(int fd)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { .len = 1, .filter = &nothing };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? -errno : 0;
}

static bool reads_hello(int fd)
{
	char octets[8];

	return readable(fd, 5) && read(fd, octets, sizeof(octets)) == 5;
}

TEST_F(on, filter__of_a_connection)
{
	connection(self->ends, variant->protocol, PORT);
	EXPECT_EQ(0, filter_all(self->ends[SERVER]));
	EXPECT_EQ(5, send(self->ends[CLIENT], "hello", 5, 0));
	pause_ms(WHILE);
	EXPECT_FALSE(readable(self->ends[SERVER], 0));
	EXPECT_EQ(0, option_set(self->ends[SERVER], SOL_SOCKET, SO_DETACH_FILTER, 0));
	EXPECT_TRUE(reads_hello(self->ends[SERVER]));
}

TEST_F(on, filter__of_a_listener)
{
	int listener = listen_on(SERVER, variant->protocol, PORT);
	int fd = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK);

	EXPECT_EQ(0, filter_all(listener));
	EXPECT_EQ(EINPROGRESS, ERRNO(connect(fd, AT(SERVER, PORT))));
	pause_ms(WHILE);
	EXPECT_EQ(SYN_SENT, state_of(CLIENT, variant->protocol, 0, PORT));
	EXPECT_EQ(GONE, state_of(SERVER, variant->protocol, PORT, local_port(fd)));
	EXPECT_EQ(0, option_set(listener, SOL_SOCKET, SO_DETACH_FILTER, 0));
	EXPECT_EQ(POLLOUT, polled(fd, POLLOUT, 5));
}

static void change_policy(const char *verb, const char *action)
{
	enter(SERVER);
	run("ip xfrm policy %s %s dir in %s", verb, BY_FAMILY("src 10.0.0.1 dst 10.0.0.2", "src fd00::1 dst fd00::2"),
	    action);
}

TEST_F(on, policy__blocks_a_connection)
{
	connection(self->ends, variant->protocol, PORT);
	change_policy("add", "action block");
	EXPECT_EQ(5, send(self->ends[CLIENT], "hello", 5, 0));
	pause_ms(WHILE);
	EXPECT_FALSE(readable(self->ends[SERVER], 0));
	change_policy("delete", "");
	EXPECT_TRUE(reads_hello(self->ends[SERVER]));
}

TEST_F(on, policy__blocks_who_is_nobody)
{
	int fd = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK);

	change_policy("add", "action block");
	EXPECT_EQ(EINPROGRESS, ERRNO(connect(fd, AT(SERVER, PORT))));
	pause_ms(WHILE);
	EXPECT_EQ(SYN_SENT, state_of(CLIENT, variant->protocol, 0, PORT));
	change_policy("delete", "");
	EXPECT_TRUE(polled(fd, POLLOUT, 5) & POLLERR);
	EXPECT_EQ(ECONNREFUSED, option(fd, SOL_SOCKET, SO_ERROR));
}

/* What a segment says is noted where IP notes that a packet is exempt: no port may pass for that. */
TEST_F(on, policy__blocks_every_port)
{
	int fds[14], bit;

	change_policy("add", "action block");
	for (bit = 0; bit < 14; bit++) {
		fds[bit] = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK);
		EXPECT_EQ(0, bind(fds[bit], AT(CLIENT, 0x8000 | 1 << bit)));
		EXPECT_EQ(EINPROGRESS, ERRNO(connect(fds[bit], AT(SERVER, PORT))));
	}
	pause_ms(WHILE);
	for (bit = 0; bit < 14; bit++) {
		EXPECT_EQ(SYN_SENT, state_of(CLIENT, variant->protocol, 0x8000 | 1 << bit, PORT));
		close(fds[bit]);
	}
	change_policy("delete", "");
}

/* Octets that wait in the queue of the client's device. */
static long waiting(void)
{
	static const char name[] = "\"backlog\":";
	char text[2048], *at;
	FILE *tc;

	enter(CLIENT);
	tc = popen("tc -s -j qdisc show dev eth0", "r");
	text[fread(text, 1, sizeof(text) - 1, tc)] = '\0';
	pclose(tc);
	at = strstr(text, name);
	if (!at)
		stage_fails("no backlog in: %s", text);
	return atol(at + strlen(name));
}

/* Without a limit of its own a connection would have queued here all that the peer's window takes. */
TEST(queue__one_connection_leaves_room_in_it)
{
	char block[16384] = { 0 };
	int ends[HOSTS], i;
	long most = 0;

	hosts_up();
	connection(ends, IPPROTO_CLASP, PORT);
	nonblocking(ends[CLIENT]);
	nonblocking(ends[SERVER]);
	enter(CLIENT);
	run("tc qdisc replace dev eth0 root tbf rate 2mbit burst 3000 limit 1000000");
	for (i = 0; i < 100; i++) {
		send(ends[CLIENT], block, sizeof(block), 0);
		while (read(ends[SERVER], block, sizeof(block)) > 0)
			;
		most = waiting() > most ? waiting() : most;
		pause_ms(30);
	}
	EXPECT_LT(20000, most);
	EXPECT_GT(52000, most);
	TH_LOG("at most %ld octets waited", most);
}

/* The server closes before it has acknowledged the client's FIN: one segment takes the client through two states. */
TEST_F(on, trace__tells_states_between)
{
	static const char * const told[] = {
		" oldstate=TCP_ESTABLISHED newstate=TCP_FIN_WAIT1",
		" oldstate=TCP_FIN_WAIT1 newstate=TCP_FIN_WAIT2",
		" oldstate=TCP_FIN_WAIT2 newstate=TCP_CLOSE",
	};
	unsigned int i = 0;
	char line[512], octet;
	FILE *record;

	connection(self->ends, variant->protocol, PORT);
	nonblocking(self->ends[SERVER]);
	pause_ms(200);
	trace_start("sock/inet_sock_set_state");
	close(self->ends[CLIENT]);
	while (read(self->ends[SERVER], &octet, 1))
		;
	close(self->ends[SERVER]);
	pause_ms(100);
	trace_stop();
	record = trace_record();
	while (fgets(line, sizeof(line), record))
		i += i < ARRAY_SIZE(told) && strstr(line, told[i]);
	fclose(record);
	EXPECT_EQ(ARRAY_SIZE(told), i);
}

SOCKETS_HARNESS_MAIN
