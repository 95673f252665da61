/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What may happen to a host, each thing as alone as it can be made: segments that come, do not come or should not have
 * come, and limits that are reached. Each ends with the moment that counts, before which it calls from_here() of the
 * test.
 */
#ifndef CLASP_INCIDENTS_H
#define CLASP_INCIDENTS_H

#include <linux/userfaultfd.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "peer.h"

static struct peer peer;
static int memory_file;
static char memory_limits[64];

static void hears(uint8_t flags, int ms)
{
	struct segment segment;

	if (!peer_hears(&peer, &segment, ms) || (segment.flags & flags) != flags)
		stage_fails("a segment with flags %x", flags);
}

static int opening(void)
{
	int fd = socket_on(CLIENT, IPPROTO_CLASP, SOCK_NONBLOCK);

	if (!connect(fd, AT(SERVER, PEER_PORT)) || errno != EINPROGRESS)
		stage_fails("connect");
	peer = (struct peer){ .port = PEER_PORT, .host_port = local_port(fd), .next = PEER_ISS };
	return fd;
}

static int connected(void)
{
	return peer_is_accepted(&peer, PORT);
}

/* A SYN has come, and its SYN,ACK has left. */
static void embryo(void)
{
	listen_on(CLIENT, IPPROTO_CLASP, PORT);
	peer = (struct peer){ .port = PEER_PORT, .host_port = PORT, .next = PEER_ISS };
	peer_says(&peer, TH_SYN, 0);
	hears(TH_SYN | TH_ACK, SOON);
}

static void fin_wait_2(void)
{
	close(connected());
	hears(TH_FIN, SOON);
	peer_says(&peer, TH_ACK, 0);
}

static void active_open(void)
{
	from_here();
	opening();
}

static void passive_open(void)
{
	listen_on(CLIENT, IPPROTO_CLASP, PORT);
	peer = (struct peer){ .port = PEER_PORT, .host_port = PORT, .next = PEER_ISS };
	from_here();
	peer_says(&peer, TH_SYN, 0);
}

static void open_refused(void)
{
	opening();
	hears(TH_SYN, SOON);
	from_here();
	peer_says(&peer, TH_RST | TH_ACK, 0);
}

static void reset(void)
{
	connected();
	from_here();
	peer_says(&peer, TH_RST, 0);
}

static void segment_comes(void)
{
	connected();
	from_here();
	peer_says(&peer, TH_ACK, 0);
}

static void segment_leaves(void)
{
	int fd = connected();

	from_here();
	send(fd, "", 1, 0);
}

static void syn_ack_repeated(void)
{
	embryo();
	from_here();
	hears(TH_SYN | TH_ACK, 5 * SECONDS);
}

static void data_repeated(void)
{
	send(connected(), "", 1, 0);
	hears(TH_ACK, SOON);
	from_here();
	hears(TH_ACK, 5 * SECONDS);
}

static void fragment_of_a_header(void)
{
	int raw;

	enter(SERVER);
	raw = socket(family(), SOCK_RAW, IPPROTO_CLASP);
	from_here();
	if (sendto(raw, "8 octets", 8, 0, AT(CLIENT, 0)) != 8)
		stage_fails("a raw packet");
	wait_for_client();
}

static void checksum_is_wrong(void)
{
	struct segment segment;

	connected();
	segment = peer_segment(&peer, TH_ACK);
	segment.broken = true;
	from_here();
	peer_send(&segment);
}

static void nobody_listens(void)
{
	peer = (struct peer){ .port = PEER_PORT, .host_port = PORT, .next = PEER_ISS };
	from_here();
	peer_says(&peer, TH_SYN, 0);
}

/* A listener whose queue is full by somebody else's connection. */
static void full_listener(int listener)
{
	struct peer other = { .port = PEER_PORT + 1, .host_port = PORT, .next = PEER_ISS };
	struct segment segment;

	listen(listener, 0);
	peer_says(&other, TH_SYN, 0);
	if (!peer_hears(&other, &segment, SOON))
		stage_fails("SYN,ACK");
	peer_says(&other, TH_ACK, 0);
	if (!readable(listener, 1))
		stage_fails("a connection");
}

static void queue_is_full(void)
{
	full_listener(listen_on(CLIENT, IPPROTO_CLASP, PORT));
	peer = (struct peer){ .port = PEER_PORT, .host_port = PORT, .next = PEER_ISS };
	from_here();
	peer_says(&peer, TH_SYN, 0);
}

/* What the queue has no room for is not dropped as a segment, but TIME_WAIT stays. */
static void time_wait_not_reopened(void)
{
	int listener = listen_on(CLIENT, IPPROTO_CLASP, PORT);

	peer = peer_connects(PORT);
	close(accept(listener, NULL, NULL));
	hears(TH_FIN, SOON);
	peer_says(&peer, TH_FIN | TH_ACK, 0);
	full_listener(listener);
	peer.next += PEER_WINDOW;
	from_here();
	peer_says(&peer, TH_SYN, 0);
}

static void no_way_back(void)
{
	struct segment segment;

	listen_on(CLIENT, IPPROTO_CLASP, PORT);
	peer = (struct peer){ .port = PEER_PORT, .host_port = PORT, .next = PEER_ISS };
	segment = peer_segment(&peer, TH_SYN);
	segment.from = 0x0b000001;
	from_here();
	peer_send(&segment);
}

static void time_wait(void)
{
	fin_wait_2();
	from_here();
	peer_says(&peer, TH_FIN | TH_ACK, 0);
}

static void time_wait_ends(void)
{
	fin_wait_2();
	peer_says(&peer, TH_FIN | TH_ACK, 0);
	from_here();
	sysctl_set(CLIENT, "clasp/msl_ms", 10);
	if (!WITHIN(5, state_of(CLIENT, IPPROTO_CLASP, PORT, PEER_PORT) == GONE))
		stage_fails("the end of TIME_WAIT");
}

static void no_room_for_time_wait(void)
{
	sysctl_set(CLIENT, "clasp/max_tw_buckets", 0);
	time_wait();
}

static void no_room_for_an_orphan(void)
{
	int fd = connected();

	sysctl_set(CLIENT, "clasp/max_orphans", 0);
	from_here();
	close(fd);
}

static void ack_is_delayed(void)
{
	connected();
	peer_says(&peer, TH_ACK, 10);
	from_here();
	hears(TH_ACK, SOON);
}

static void out_of_order(void)
{
	struct segment segment;

	connected();
	segment = peer_segment(&peer, TH_ACK);
	segment.seq += 100;
	segment.len = 10;
	from_here();
	peer_send(&segment);
}

/* A page that nobody provides: who reads it in a system call waits there, with all that the call holds. */
static void *page_that_never_comes(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register pages = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	pages.range.len = sysconf(_SC_PAGESIZE);
	pages.range.start = (uintptr_t)mmap(NULL, pages.range.len, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &pages))
		stage_fails("userfaultfd");
	return (void *)(uintptr_t)pages.range.start;
}

/* The same segment again and again, each @step further on; what counts is the one that raises the counter. */
static void send_until(struct segment *segment, const char *name, int step)
{
	int left = 1000;

	do {
		from_here();
		peer_send(segment);
		segment->seq += step;
	} while (!counter(CLIENT, name) && left--);
}

static void backlog_is_full(void)
{
	int fd = connected(), small = 0;
	struct segment segment = peer_segment(&peer, TH_ACK);

	segment.len = PEER_MSS;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	/* It lets go, and all that waits is heard, only after this process. */
	IN_CHILD(prctl(PR_SET_PDEATHSIG, SIGKILL); send(fd, page_that_never_comes(), 1, 0));
	pause_ms(10);
	send_until(&segment, "BacklogDrop", 0);
}

static void refused_here(void)
{
	int fd = connected();

	run("nft 'table inet shut { chain out { type filter hook output priority 0; "
	    "meta l4proto %d drop; }; }'", IPPROTO_CLASP);
	from_here();
	send(fd, "", 1, 0);
}

/* One segment to a connection: flags, and how far its numbers are from those that would be right. */
static void off_by(uint8_t flags, int32_t seq, int32_t ack)
{
	struct segment segment;

	connected();
	segment = peer_segment(&peer, flags);
	segment.seq += seq;
	segment.ack += ack;
	from_here();
	peer_send(&segment);
}

static void outside_the_window(void)
{
	off_by(TH_RST, 1 << 30, 0);
}

static void acknowledges_the_future(void)
{
	off_by(TH_ACK, 0, 1000);
}

static void no_ack_bit(void)
{
	off_by(TH_PUSH, 0, 0);
}

static void syn_in_the_window(void)
{
	off_by(TH_SYN | TH_ACK, 0, 0);
}

/* One segment to a listener. */
static void listener_gets(uint8_t flags)
{
	listen_on(CLIENT, IPPROTO_CLASP, PORT);
	peer = (struct peer){ .port = PEER_PORT, .host_port = PORT, .next = PEER_ISS };
	from_here();
	peer_says(&peer, flags, 0);
}

static void reset_of_nothing(void)
{
	listener_gets(TH_RST);
}

static void neither_syn_nor_ack(void)
{
	listener_gets(TH_FIN);
}

static void data_for_nobody(void)
{
	fin_wait_2();
	from_here();
	peer_says(&peer, TH_ACK, 10);
}

/* Octets that come one by one take more memory than the window reckons with. */
static void buffer_is_full(void)
{
	int fd = connected(), small = 0;
	struct segment segment = peer_segment(&peer, TH_ACK);

	segment.len = 1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	send_until(&segment, "DropBufferFull", 1);
}

/* Every second octet, alone. */
static void holes_take_too_much(void)
{
	int fd = connected(), small = 0;
	struct segment segment = peer_segment(&peer, TH_ACK);

	segment.seq++;
	segment.len = 1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	send_until(&segment, "OfoPruned", 2);
}

/* The limits are the machine's, and stand in its first namespace only: this is called there. */
static void memory_is_known(void)
{
	memory_file = open("/proc/sys/net/clasp/mem", O_RDWR);
	if (memory_file >= 0)
		read(memory_file, memory_limits, sizeof(memory_limits) - 1);
}

static void set_memory(const char *pages)
{
	if (pwrite(memory_file, pages, strlen(pages), 0) < 0)
		stage_fails("net.clasp.mem");
}

/* The peer's window is closed, so that nothing leaves. */
static void memory_is_scarce(void)
{
	static char octets[4 << 20];
	int fd = connected(), size = 2 * sizeof(octets);
	struct segment segment = peer_segment(&peer, TH_ACK);

	segment.window = 0;
	peer_send(&segment);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		stage_fails("SO_SNDBUFFORCE");
	set_memory("1 2 1000000");
	from_here();
	send(fd, octets, sizeof(octets), MSG_DONTWAIT);
	set_memory(memory_limits);
}

/* TCP_DEFER_ACCEPT: a last word of the handshake that brings nothing is not heard. */
static void acceptance_is_deferred(void)
{
	int listener = listen_on(CLIENT, IPPROTO_CLASP, PORT), seconds = 10;

	if (setsockopt(listener, SOL_CLASP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds)))
		stage_fails("TCP_DEFER_ACCEPT");
	peer = (struct peer){ .port = PEER_PORT, .host_port = PORT, .next = PEER_ISS };
	peer_says(&peer, TH_SYN, 0);
	hears(TH_SYN | TH_ACK, SOON);
	from_here();
	peer_says(&peer, TH_ACK, 0);
}

static int stamped_connection(void)
{
	peer = (struct peer){
		.port = PEER_PORT, .host_port = PORT, .next = PEER_ISS, .stamps = true,
		.ts_val = 5000,
	};
	return peer_gets_through(&peer);
}

/* RFC 7323, 5.3: PAWS. */
static void timestamp_is_old(void)
{
	stamped_connection();
	from_here();
	peer.ts_val--;
	peer_says(&peer, TH_PUSH | TH_ACK, 10);
}

/* RFC 7323, 3.2 */
static void timestamp_is_missing(void)
{
	stamped_connection();
	from_here();
	peer.stamps = false;
	peer_says(&peer, TH_PUSH | TH_ACK, 10);
}

/* An ICMP error about a connection that is not. */
static void error_about_nothing(void)
{
	uint16_t ports[2] = { htons(PORT), htons(PEER_PORT) };
	struct segment refused = { .from = CLIENT_ADDRESS, .to = PEER_ADDRESS, .ttl = 64 };
	uint8_t packet[QUOTED_MAX] = {};
	int raw;

	fill_header(packet, &refused);
	memcpy(packet + QUOTED - 8, ports, sizeof(ports));
	enter(SERVER);
	raw = socket(family(), SOCK_RAW, BY_FAMILY(IPPROTO_ICMP, IPPROTO_ICMPV6));
	from_here();
	icmp_answer(raw, packet, BY_FAMILY(ICMP_DEST_UNREACH, ICMP6_DST_UNREACH),
		    BY_FAMILY(ICMP_PORT_UNREACH, ICMP6_DST_UNREACH_NOPORT), 0);
	wait_for_client();
}

#endif
