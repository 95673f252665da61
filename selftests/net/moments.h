/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests of what options do: moments, and what a peer made by hand hears.
 */
#ifndef CLASP_MOMENTS_H
#define CLASP_MOMENTS_H

#include "peer.h"
#include "sockets.h"

#define ACCEPT() peer_is_accepted(&peer, PORT)

static uint64_t started;

HELPER void start(void)
{
	started = now_ns();
}

HELPER long elapsed_ms(void)
{
	return (now_ns() - started) / 1000000;
}

/* Linux's timers may come an eighth late, the longer ones; ours may not, but whoever looks is not at once there. */
HELPER bool about(int protocol, long ms)
{
	long now = elapsed_ms(), late = protocol == IPPROTO_TCP ? ms / 8 + 30 : 15;

	if (now >= ms - 10 && now <= ms + late)
		return true;
	printf("# after %ld ms, should be %ld\n", now, ms);
	return false;
}

HELPER void set(int fd, int name, int value)
{
	if (option_set(fd, IPPROTO_TCP, name, value))
		stage_fails("option %d", name);
}

HELPER void keepalive(int fd, int idle, int interval, int count)
{
	set(fd, TCP_KEEPIDLE, idle);
	set(fd, TCP_KEEPINTVL, interval);
	set(fd, TCP_KEEPCNT, count);
	if (option_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1))
		stage_fails("SO_KEEPALIVE");
}

/* RFC 9293, 3.8.4: a number that was acknowledged, and nothing else. */
HELPER bool hears_probe(struct peer *peer, int ms)
{
	struct segment segment;

	return peer_hears(peer, &segment, ms) && segment.flags == TH_ACK && !segment.len &&
	       segment.seq == peer->expected - 1 && segment.ack == peer->next;
}

HELPER bool hears_flags(struct peer *peer, uint8_t flags, int ms)
{
	struct segment segment;

	return peer_hears(peer, &segment, ms) && (segment.flags & ~TH_PUSH) == flags;
}

HELPER bool hears_nothing(struct peer *peer, int ms)
{
	struct segment segment;

	return !peer_hears(peer, &segment, ms);
}

/* Octets in the next segment; -1 for none. */
HELPER int hears_octets(struct peer *peer, int ms)
{
	struct segment segment;

	return peer_hears(peer, &segment, ms) ? segment.len : -1;
}

/* A peer that somebody calls: the SYN is heard, and answered. */
HELPER void peer_answers(struct peer *peer)
{
	struct segment syn;

	*peer = (struct peer){ .port = PEER_PORT, .next = PEER_ISS };
	if (!peer_read(&syn, 1000) || syn.flags != TH_SYN)
		stage_fails("a SYN");
	peer->host_port = syn.sport;
	peer->expected = syn.seq + 1;
	peer_says(peer, TH_SYN | TH_ACK, 0);
}

HELPER int call(int protocol, int name, int value)
{
	int fd = socket_on(CLIENT, protocol, SOCK_NONBLOCK);

	set(fd, name, value);
	if (ERRNO(connect(fd, AT(SERVER, PEER_PORT))) != EINPROGRESS)
		stage_fails("connect");
	return fd;
}

static const char octets[20000];

#endif
