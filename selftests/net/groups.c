// SPDX-License-Identifier: GPL-2.0
/*
 * Listeners that share a port: SO_REUSEPORT groups, and who answers where several could. TCP in the same guest says
 * what is right.
 */
#include <linux/filter.h>

#include "sockets.h"
#include "info.h"
#include "peer.h"

#define MEMBERS 4
#define SOON 200	/* ms */

static int member(enum host host, int protocol, const char *device, uint32_t address, int port)
{
	union address here = address_numbered(address, port);
	int fd = socket_on(host, protocol, SOCK_NONBLOCK);

	option_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device)) ||
	    bind(fd, &here.any, address_size(&here)) || listen(fd, 512))
		stage_fails("one of a group");
	return fd;
}

static void group_up(int *members, enum host host, int protocol)
{
	int i;

	for (i = 0; i < MEMBERS; i++)
		members[i] = member(host, protocol, "", INADDR_ANY, PORT);
}

/* How many connections wait for it; they are closed. */
static int waiting_for(int listener, int protocol)
{
	int count = 0, fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		count++;
		close(fd);
	}
	return count;
}

/* The other end stands as well once it has acknowledged a FIN: connect() returns before that. */
static void until_both_stand(int fd, int protocol)
{
	shutdown(fd, SHUT_WR);
	if (!WITHIN(5, info_of(fd, protocol).tcp.tcpi_state == FIN_WAIT_2))
		stage_fails("an end that stands");
}

static void connect_times(int protocol, int count)
{
	while (count--) {
		int fd = connect_from(CLIENT, protocol, PORT);

		until_both_stand(fd, protocol);
		close(fd);
	}
}

/* 100 each; a deviation of 40 would be one of four and a half sigma. */
TEST_F(on, group__shares_the_work)
{
	int members[MEMBERS], i, all = 0, count;

	group_up(members, SERVER, variant->protocol);
	connect_times(variant->protocol, 100 * MEMBERS);
	for (i = 0; i < MEMBERS; i++) {
		count = waiting_for(members[i], variant->protocol);
		all += count;
		EXPECT_LE(60, count);
		EXPECT_GE(140, count);
	}
	EXPECT_EQ(100 * MEMBERS, all);
}

TEST_F(on, group__one_name_one_member)
{
	int members[MEMBERS], i, j, chosen = -1;

	group_up(members, SERVER, variant->protocol);
	for (i = 0; i < 5; i++) {
		int fd = socket_on(CLIENT, variant->protocol, 0);

		ASSERT_EQ(0, bind(fd, AT(CLIENT, 1000)));
		ASSERT_EQ(0, connect(fd, AT(SERVER, PORT)));
		until_both_stand(fd, variant->protocol);
		linger(fd, 0);
		close(fd);
		for (j = 0; j < MEMBERS; j++)
			if (waiting_for(members[j], variant->protocol)) {
				EXPECT_TRUE(chosen < 0 || chosen == j);
				chosen = j;
			}
		EXPECT_NE(-1, chosen);
	}
}

static int attach(int fd, struct sock_filter *code, unsigned short len)
{
	struct sock_fprog program = { len, code };

	return ERRNO(setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program,
				sizeof(program)));
}

TEST_F(on, group__a_filter_names_the_member)
{
	struct sock_filter third[] = { BPF_STMT(BPF_RET | BPF_K, 2) };
	int members[MEMBERS], i;

	group_up(members, SERVER, variant->protocol);
	EXPECT_EQ(0, attach(members[0], third, ARRAY_SIZE(third)));
	connect_times(variant->protocol, 20);
	for (i = 0; i < MEMBERS; i++)
		EXPECT_EQ(i == 2 ? 20 : 0, waiting_for(members[i], variant->protocol));
}

/* The octets that a filter sees are those behind the header; IP and header stand where it asks for them. */
TEST_F(on, group__a_filter_reads_the_segment)
{
	struct sock_filter by_port[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
			 SKF_NET_OFF + BY_FAMILY((int)sizeof(struct iphdr), (int)sizeof(struct ip6_hdr))),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, MEMBERS - 1),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_filter by_length[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	int members[MEMBERS], i, fd;

	group_up(members, SERVER, variant->protocol);
	EXPECT_EQ(0, attach(members[0], by_port, ARRAY_SIZE(by_port)));
	for (i = 0; i < 2 * MEMBERS; i++) {
		fd = socket_on(CLIENT, variant->protocol, 0);
		ASSERT_EQ(0, bind(fd, AT(CLIENT, 1000 + i)));
		ASSERT_EQ(0, connect(fd, AT(SERVER, PORT)));
		until_both_stand(fd, variant->protocol);
		EXPECT_EQ(1, waiting_for(members[(1000 + i) % MEMBERS], variant->protocol));
	}
	EXPECT_EQ(0, attach(members[1], by_length, ARRAY_SIZE(by_length)));
	connect_times(variant->protocol, 5);
	EXPECT_EQ(5, waiting_for(members[0], variant->protocol));
}

TEST_F(on, group__a_filter_that_names_nobody_is_not_asked)
{
	struct sock_filter nobody[] = { BPF_STMT(BPF_RET | BPF_K, MEMBERS) };
	int members[MEMBERS], i, busy = 0;

	group_up(members, SERVER, variant->protocol);
	EXPECT_EQ(0, attach(members[0], nobody, ARRAY_SIZE(nobody)));
	connect_times(variant->protocol, 20 * MEMBERS);
	for (i = 0; i < MEMBERS; i++)
		busy += waiting_for(members[i], variant->protocol) > 0;
	EXPECT_EQ(MEMBERS, busy);
}

TEST_F(on, group__a_filter_needs_a_group)
{
	struct sock_filter first[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	int fd = socket_on(SERVER, variant->protocol, 0);

	EXPECT_EQ(EINVAL, attach(fd, first, ARRAY_SIZE(first)));
	EXPECT_EQ(-EINVAL, option_set(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0));
	option_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	EXPECT_EQ(-ENOENT, option_set(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0));
	EXPECT_EQ(0, attach(fd, first, ARRAY_SIZE(first)));
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0));
}

/* Who has a group of its own with a filter cannot share the port of others. */
TEST_F(on, group__one_with_a_filter_joins_no_other)
{
	struct sock_filter first[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	int fd = socket_on(SERVER, variant->protocol, 0);

	option_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	EXPECT_EQ(0, attach(fd, first, ARRAY_SIZE(first)));
	member(SERVER, variant->protocol, "", INADDR_ANY, PORT);
	EXPECT_EQ(EADDRINUSE, ERRNO(bind(fd, AT(SERVER, PORT))));
	EXPECT_EQ(0, bind(fd, AT(SERVER, PORT + 1)));
	EXPECT_EQ(0, listen(fd, 1));
}

TEST_F(on, group__is_left_by_shutdown_and_close)
{
	int members[MEMBERS], i;

	group_up(members, SERVER, variant->protocol);
	close(members[0]);
	EXPECT_EQ(0, shutdown(members[1], SHUT_RD));
	close(members[2]);
	connect_times(variant->protocol, 20);
	EXPECT_EQ(20, waiting_for(members[3], variant->protocol));
	EXPECT_EQ(0, listen(members[1], 128));
	connect_times(variant->protocol, 40);
	i = waiting_for(members[1], variant->protocol);
	EXPECT_LT(0, i);
	EXPECT_EQ(40 - i, waiting_for(members[3], variant->protocol));
}

#define PEERS 32

/* Many peers have got their SYN,ACK. */
static void peers_say_syn(struct peer peers[PEERS], int port)
{
	struct segment segment;
	int i;

	for (i = 0; i < PEERS; i++) {
		peers[i] = (struct peer){ .port = port + i, .host_port = PORT, .next = PEER_ISS };
		peer_says(&peers[i], TH_SYN, 0);
		if (!peer_hears(&peers[i], &segment, SOON) || segment.flags != (TH_SYN | TH_ACK))
			stage_fails("the answer to a SYN");
	}
}

/* Return: how many of them hear a RST to their ACK. */
static int peers_say_ack(struct peer peers[PEERS])
{
	struct segment segment;
	int i, refused = 0;

	for (i = 0; i < PEERS; i++) {
		peer_says(&peers[i], TH_ACK, 0);
		if (peer_hears(&peers[i], &segment, 1) && segment.flags & TH_RST)
			refused++;
	}
	return refused;
}

/*
 * A handshake belongs to one member, and goes with it: the peer hears so when it says its last word, and is
 * answered by the others when it begins anew. (TCP would hand it over with net.ipv4.tcp_migrate_req.)
 */
TEST_F(on, group__a_member_goes_with_its_embryos)
{
	struct peer peers[PEERS];
	int first, second, refused;

	peer_up(variant->protocol);
	first = member(CLIENT, variant->protocol, "", INADDR_ANY, PORT);
	second = member(CLIENT, variant->protocol, "", INADDR_ANY, PORT);
	peers_say_syn(peers, PEER_PORT);
	close(first);
	refused = peers_say_ack(peers);
	EXPECT_LT(0, refused);
	EXPECT_GT(PEERS, refused);
	EXPECT_EQ(PEERS - refused, waiting_for(second, variant->protocol));

	peer_forget();
	peers_say_syn(peers, PEER_PORT + PEERS);
	EXPECT_EQ(0, peers_say_ack(peers));
	EXPECT_EQ(PEERS, waiting_for(second, variant->protocol));

	peer_forget();
	peers_say_syn(peers, PEER_PORT + 2 * PEERS);
	close(second);
	EXPECT_EQ(PEERS, peers_say_ack(peers));
}

/* Nobody waits for the timer of a listener that is gone: neither the module nor the namespace could go. */
TEST(group__the_last_one_takes_every_embryo)
{
	struct peer peers[PEERS];
	int first, second;

	hosts_up();
	peer_up(IPPROTO_CLASP);
	first = member(CLIENT, IPPROTO_CLASP, "", INADDR_ANY, PORT);
	second = member(CLIENT, IPPROTO_CLASP, "", INADDR_ANY, PORT);
	peers_say_syn(peers, PEER_PORT);
	close(first);
	EXPECT_EQ(LISTENING, state_of(CLIENT, IPPROTO_CLASP, PORT, 0));
	close(second);
	EXPECT_EQ(GONE, state_of(CLIENT, IPPROTO_CLASP, PORT, 0));
}

/**
 * struct place - where somebody listens
 * @address: on the server
 * @device: that it is bound to
 */
struct place {
	uint32_t address;
	const char *device;
};

static const struct place places[] = {
	{ INADDR_ANY, "" }, { INADDR_ANY, "eth0" }, { INADDR_ANY, "lo" },
	{ 0x0a000002, "" }, { 0x0a000002, "eth0" }, { 0x0a000002, "lo" }, { 0x0a000004, "" },
};

/* Two listen, one after the other. Return: which of them hears who calls the server; 0 for none. */
static int who_hears(int protocol, const struct place *first, const struct place *second)
{
	int fds[2] = {
		member(SERVER, protocol, first->device, first->address, PORT),
		member(SERVER, protocol, second->device, second->address, PORT),
	};
	int fd = socket_on(CLIENT, protocol, 0), heard = 0;

	if (!connect(fd, AT(SERVER, PORT))) {
		until_both_stand(fd, protocol);
		heard = waiting_for(fds[0], protocol) + 2 * waiting_for(fds[1], protocol);
	}
	linger(fd, 0);
	close(fd);
	close(fds[0]);
	close(fds[1]);
	return heard;
}

TEST(listener__the_closest_hears)
{
	unsigned int i, j;

	hosts_up();
	enter(SERVER);
	run("ip addr add %s dev eth0", BY_FAMILY("10.0.0.4/24", "fd00::4/64 nodad"));
	for (i = 0; i < ARRAY_SIZE(places); i++)
		for (j = 0; j < ARRAY_SIZE(places); j++) {
			if (i == j)
				continue;
			EXPECT_EQ(who_hears(IPPROTO_TCP, &places[i], &places[j]),
				  who_hears(IPPROTO_CLASP, &places[i], &places[j]))
				TH_LOG("%08x on %s, then %08x on %s", places[i].address,
				       places[i].device, places[j].address, places[j].device);
		}
}

SOCKETS_HARNESS_MAIN
