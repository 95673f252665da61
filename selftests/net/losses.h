/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a hand-made peer can have the client believe of a path: that segments were lost, came twice, or overtook each
 * other. Played on any protocol; each ends with the moment that counts, before which it calls from_here() of the test.
 */
#ifndef CLASP_LOSSES_H
#define CLASP_LOSSES_H

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "peer.h"

#define FULL PEER_MSS			/* octets of a segment, */
#define FULL_STAMPED (PEER_MSS - 12)	/* with timestamps */
#define SMALL 1024			/* net.clasp.base_mss */

/**
 * struct talk - a connection, seen from the peer
 * @peer: that end
 * @fd: the other
 * @first: number of the client's first octet
 * @full: octets of its segments
 */
static struct talk {
	struct peer peer;
	int fd;
	uint32_t first;
	uint32_t full;
} talk;

/* A round trip is long: no probe of a tail leaves before this end has said what it has to say (RFC 8985, 7.2). */
static void talk_begins(bool sacks, bool stamps)
{
	int on = 1;

	wire(CLIENT, "delay 100ms");
	talk.peer = (struct peer){
		.port = PEER_PORT, .host_port = PORT, .next = PEER_ISS, .sacks = sacks,
		.stamps = stamps, .ts_val = 5000,
	};
	talk.fd = peer_gets_through(&talk.peer);
	talk.first = talk.peer.expected;
	talk.full = stamps ? FULL_STAMPED : FULL;
	if (setsockopt(talk.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		stage_fails("TCP_NODELAY");
}

static void talk_hears(int segments, int ms)
{
	struct segment segment;

	while (segments--)
		if (!peer_hears(&talk.peer, &segment, ms) || segment.len != talk.full)
			stage_fails("a full segment");
}

/* So many full segments, of which the peer has heard. */
static void flight(int segments)
{
	static char octets[10 * FULL];
	size_t len = segments * talk.full;

	if (write(talk.fd, octets, len) != (ssize_t)len)
		stage_fails("write");
	talk_hears(segments, 1000);
}

/* An ACK of so many segments, which tells of blocks: from, to, counted in segments. */
static void tells(int acked, int blocks, const int (*block)[2])
{
	struct segment segment = peer_segment(&talk.peer, TH_ACK);
	uint32_t numbers[8];
	int i;

	for (i = 0; i < 2 * blocks; i++)
		numbers[i] = htonl(talk.first + block[i / 2][i % 2] * talk.full);
	segment.ack = talk.first + acked * talk.full;
	if (blocks)
		put_option(&segment, TCPOPT_SACK, 2 + 8 * blocks, numbers);
	peer_send(&segment);
}

#define TELLS(acked, ...) do {					\
	static const int told[][2] = { __VA_ARGS__ };		\
								\
	tells(acked, sizeof(told) / sizeof(*told), told);	\
} while (0)

/* The first of five is lost. */
static void loss(void)
{
	talk_begins(true, false);
	flight(5);
	from_here();
	TELLS(0, { 1, 5 });
}

static void loss_without_blocks(void)
{
	talk_begins(false, false);
	flight(5);
	tells(0, 0, NULL);
	tells(0, 0, NULL);
	from_here();
	tells(0, 0, NULL);
}

/* Two are lost, and the first of them twice. */
static void loss_of_a_repetition(void)
{
	talk_begins(true, false);
	flight(5);
	TELLS(0, { 2, 5 });
	talk_hears(2, 5 * SECONDS);
	pause_ms(20);
	from_here();
	TELLS(0, { 1, 5 });
}

/* Of one segment the ACK may be delayed: the probe waits long enough for the counters to be read. */
static void tail_falls_silent(void)
{
	talk_begins(true, false);
	flight(1);
	from_here();
	talk_hears(1, 5 * SECONDS);
}

/* The probe arrives, and nothing of what it repeated. */
static void tail_was_lost(void)
{
	talk_begins(true, false);
	flight(2);
	talk_hears(1, 5 * SECONDS);
	flight(1);
	from_here();
	tells(3, 0, NULL);
}

static void octets_are_told_twice(void)
{
	talk_begins(true, false);
	flight(1);
	tells(1, 0, NULL);
	from_here();
	TELLS(1, { 0, 1 });
}

/* The first two of five are missing. */
static void waiting_octets_are_told_twice(void)
{
	talk_begins(true, false);
	flight(5);
	TELLS(0, { 2, 5 });
	talk_hears(2, 5 * SECONDS);
	from_here();
	TELLS(0, { 3, 4 }, { 2, 5 });
}

static void octets_come_twice(void)
{
	talk_begins(true, false);
	peer_says(&talk.peer, TH_ACK, 10);
	talk.peer.next -= 10;
	from_here();
	peer_says(&talk.peer, TH_ACK, 10);
}

static void waiting_octets_come_twice(void)
{
	talk_begins(true, false);
	talk.peer.next += 100;
	peer_says(&talk.peer, TH_ACK, 10);
	talk.peer.next -= 10;
	from_here();
	peer_says(&talk.peer, TH_ACK, 10);
}

static void repetition_was_not_needed(void)
{
	talk_begins(true, false);
	flight(5);
	TELLS(0, { 1, 5 });
	talk_hears(1, 5 * SECONDS);
	tells(5, 0, NULL);
	from_here();
	TELLS(5, { 0, 1 });
}

/* The first of six was only late: so says what the peer echoes with its acknowledgment of so many. */
static void echo_of_the_original(int acked)
{
	uint32_t ts_ecr;

	talk_begins(true, true);
	flight(6);
	ts_ecr = talk.peer.ts_ecr;
	pause_ms(20);
	TELLS(0, { 1, 5 });
	talk_hears(1, 5 * SECONDS);
	talk.peer.ts_ecr = ts_ecr;
	from_here();
	tells(acked, 0, NULL);
}

static void echo_of_the_original_at_the_end(void)
{
	echo_of_the_original(6);
}

static void echo_of_the_original_before_the_end(void)
{
	echo_of_the_original(5);
}

static void echo_after_a_timeout(void)
{
	uint32_t ts_ecr;

	talk_begins(true, true);
	flight(1);
	ts_ecr = talk.peer.ts_ecr;
	talk_hears(2, 5 * SECONDS);		/* a probe, and what the timer sends */
	talk.peer.ts_ecr = ts_ecr;
	from_here();
	tells(1, 0, NULL);
}

/* After a timeout the first of three is acknowledged; then, after two that are new, the second, which left once. */
static void original_after_a_timeout(void)
{
	static const char waits[2 * FULL];

	talk_begins(false, false);
	flight(3);
	talk_hears(1, 5 * SECONDS);
	if (write(talk.fd, waits, sizeof(waits)) != sizeof(waits))
		stage_fails("write");
	tells(1, 0, NULL);
	talk_hears(2, 5 * SECONDS);
	from_here();
	tells(2, 0, NULL);
}

static void segments_overtake(void)
{
	talk_begins(true, false);
	flight(3);
	TELLS(0, { 1, 2 });
	from_here();
	tells(2, 0, NULL);
}

/* It acknowledges all that comes before what it has told of, and not that. */
static void peer_reneges(void)
{
	talk_begins(true, false);
	flight(2);
	TELLS(0, { 1, 2 });
	talk_hears(1, 5 * SECONDS);
	from_here();
	tells(1, 0, NULL);
	talk_hears(1, 5 * SECONDS);
}

/* A host that suspects its path begins with small segments, but for the first, which asks whether larger ones pass. */
static void path_is_probed(void)
{
	static const char octets[10 * SMALL];
	struct segment segment;
	int i;

	sysctl_set(CLIENT, "clasp/mtu_probing", 2);
	talk_begins(true, false);
	if (write(talk.fd, octets, sizeof(octets)) != sizeof(octets))
		stage_fails("write");
	talk_hears(1, 1000);
	for (i = FULL; i < sizeof(octets); i += segment.len)
		if (!peer_hears(&talk.peer, &segment, 1000) || segment.len > SMALL)
			stage_fails("a small segment");
}

static void large_segment_passes(void)
{
	path_is_probed();
	from_here();
	tells(1, 0, NULL);
}

static void large_segment_vanishes(void)
{
	struct segment segment;
	uint32_t behind[2];

	path_is_probed();
	segment = peer_segment(&talk.peer, TH_ACK);
	segment.ack = talk.first;
	behind[0] = htonl(talk.first + FULL);
	behind[1] = htonl(talk.first + FULL + 3 * SMALL);
	put_option(&segment, TCPOPT_SACK, 2 + sizeof(behind), behind);
	from_here();
	peer_send(&segment);
}

/* After so long the peer acknowledges each of so many segments; returns how many there have been by then. */
static int round_of(int acked, int segments, int ms)
{
	pause_ms(ms);
	while (segments--)
		tells(++acked, 0, NULL);
	return acked;
}

/* It acknowledges all of so many octets that have been sent, with one ACK and this window. */
static void round_of_all(int octets, int window)
{
	struct segment segment = peer_segment(&talk.peer, TH_ACK);
	int unsent;

	if (ioctl(talk.fd, SIOCOUTQNSD, &unsent))
		stage_fails("SIOCOUTQNSD");
	segment.ack = talk.first + octets - unsent;
	segment.window = window;
	peer_send(&segment);
}

/*
 * Round trips of 20 ms, then of 60. For TCP slow start is over at once, and Clasp takes four more of them to make up
 * its mind (RFC 9406). With the last ACK the window is closed, so that nothing follows it.
 */
static void round_trips_become_longer(void)
{
	static const char octets[400 * FULL];
	int size = 2 * sizeof(octets), acked, i;

	talk_begins(true, false);
	if (setsockopt(talk.fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) ||
	    write(talk.fd, octets, sizeof(octets)) != sizeof(octets))
		stage_fails("more to send than may leave");
	acked = round_of(0, 10, 20);
	if (peer_protocol == IPPROTO_TCP)
		from_here();
	acked = round_of(acked, 20, 60);
	acked = round_of(acked, 20, 60);
	if (peer_protocol == IPPROTO_TCP)
		return;
	for (i = 0; i < 3; i++) {
		pause_ms(60);
		round_of_all(sizeof(octets), PEER_WINDOW);
	}
	pause_ms(60);
	from_here();
	round_of_all(sizeof(octets), 0);
}

#endif
