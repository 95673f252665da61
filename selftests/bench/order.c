// SPDX-License-Identifier: GPL-2.0
/*
 * What a segment costs that comes out of order where n others wait already. Each has one octet, and between any
 * two of them one is missing, so that none grows together with another; they come in an order without order.
 * They come from a hand-made peer, whose own part, sending on a packet socket, is in the figures.
 */
#include "../net/peer.h"
#include "figure.h"
#include "marks.h"

#define MOST 10000
#define BUFFER (64 << 20)

static struct peer peer;
static int fd;

static void say(int at)
{
	struct segment segment = peer_segment(&peer, TH_ACK);

	segment.seq += at;
	segment.len = 1;
	peer_put(&segment);
}

/* A permutation of 0 to n - 1, the same in every run. */
static void shuffle(int *places, int n)
{
	uint32_t random = 1;
	int i, j, place;

	for (i = 0; i < n; i++)
		places[i] = i;
	for (i = n - 1; i > 0; i--) {
		random = random * 1664525 + 1013904223;
		j = (random >> 8) % (i + 1);
		place = places[i];
		places[i] = places[j];
		places[j] = place;
	}
}

/* What fills the gaps lets all of it through: nothing of it was thrown away. */
static void all_arrives(int n)
{
	static char octets[2 * MOST];
	int i, got = 0, more = 1;

	for (i = 0; i < n; i++) {
		say(2 * i);
		if (i % 100 == 0)
			peer_forget();
	}
	while (more > 0 && got < 2 * n) {
		more = readable(fd, 1) ? recv(fd, octets, sizeof(octets), 0) : 0;
		got += more;
	}
	if (got != 2 * n)
		stage_fails("%d octets of %d out of order came", got, 2 * n);
}

static void connect_peer(int protocol)
{
	int listener = socket_on(CLIENT, protocol, 0), size = BUFFER;

	fine(!setsockopt(listener, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)), "SO_RCVBUFFORCE");
	fine(!bind(listener, AT(CLIENT, 0)) && !listen(listener, 1), "listen");
	peer = peer_connects(local_port(listener));
	fd = accept(listener, NULL, NULL);
	fine(fd >= 0, "accept");
	close(listener);
}

static void say_some(const int *places, int count)
{
	while (count--)
		say(2 * *places++ + 1);
}

static int last_tenth(int n)
{
	return n / 10 > 10 ? n / 10 : 10;
}

static double measure(int protocol, int n)
{
	int last = last_tenth(n);
	static int places[MOST];
	uint64_t started;

	connect_peer(protocol);
	shuffle(places, n);
	say_some(places, n - last);
	peer_forget();
	MARK_BEGIN();
	started = now_ns();
	say_some(places + n - last, last);
	started = now_ns() - started;
	MARK_END();
	peer_forget();
	all_arrives(n);
	close(fd);
	peer_forget();
	return started / (double)last;
}

static void show(const char *of, int protocol, int n)
{
	char name[32];
	struct figure figure = { "wire", name, "instructions", SAMPLES * last_tenth(n) };
	double cost[SAMPLES];
	int i;

	snprintf(name, sizeof(name), "order %d", n);
	MARK_NEXT();
	for (i = 0; i < SAMPLES; i++)
		cost[i] = measure(protocol, n);
	figure_is(&figure, of, median(cost, SAMPLES));
}

/* Whose socket has room for every answer: one that throws some away would take less. */
static void wire_up(int protocol)
{
	int size = BUFFER;

	if (peer_wire >= 0) {
		close(peer_wire);
		wall_down(SERVER);
	}
	peer_up(protocol);
	fine(!setsockopt(peer_wire, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)), "SO_RCVBUFFORCE");
}

int main(void)
{
	static const int protocols[] = { IPPROTO_TCP, IPPROTO_CLASP };
	static const char *const names[] = { "tcp", "clasp" };
	int i, n;

	hosts_up();
	for (i = 0; i < 2; i++) {
		wire_up(protocols[i]);
		for (n = 10; n <= MOST; n *= 10)
			show(names[i], protocols[i], n);
	}
	return 0;
}
