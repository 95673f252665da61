// SPDX-License-Identifier: GPL-2.0
/*
 * Timers that fire while their socket is closed, disconnected, opened anew, or loses its namespace, at many points of
 * the first retransmission timeouts.
 */
#include "loopback.h"
#include "race.h"
#include "peer.h"

#define PORT 80
#define SOCKETS 16
#define ROUNDS 300
#define NAMESPACES 300
#define RTO_MS 20
#define PATIENCE 20000	/* ms */

static int fds[SOCKETS];
static struct peer peers[SOCKETS];
static uint64_t began;

static void until(int us)
{
	uint64_t due = began + us * 1000ull, now = now_ns();

	if (now < due)
		nanosleep(&(struct timespec){ .tv_nsec = due - now }, NULL);
}

/* Where in the timeouts this round strikes: the first two end after 20 and 60 ms. */
static int point_us(int round)
{
	return (unsigned int)round * 7919 % (7000 * RTO_MS / 2);
}

static void connect_all(int round)
{
	int i;

	for (i = 0; i < SOCKETS; i++) {
		fds[i] = socket_on(CLIENT, IPPROTO_CLASP, SOCK_NONBLOCK);
		if (connect(fds[i], AT(SERVER, PORT)) && errno != EINPROGRESS)
			stage_fails("connect");
	}
	began = now_ns();
}

/* Close it, reset it, disconnect it, or disconnect it to connect again at once. */
static void strike(int i, int how)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	if (how % 4 >= 2)
		connect(fds[i], &none, sizeof(none));
	if (how % 4 == 3)
		connect(fds[i], AT(SERVER, PORT));
	if (how % 4 == 1)
		race_reset(fds[i]);
	else
		close(fds[i]);
}

static void strike_even(int round)
{
	int i;

	until(point_us(round));
	for (i = 0; i < SOCKETS; i += 2)
		strike(i, i / 2 + round);
}

static void strike_odd(int round)
{
	int i;

	until(point_us(round));
	for (i = 1; i < SOCKETS; i += 2)
		strike(i, i / 2 + round);
}

static const struct race nobody_answers = {
	.rounds = ROUNDS,
	.prepare = connect_all,
	.left = strike_even,
	.right = strike_odd,
};

/* Connections with octets that nobody has acknowledged. */
static void accept_all(int round)
{
	int listener = listen_on(CLIENT, IPPROTO_CLASP, PORT), i;

	peer_forget();
	for (i = 0; i < SOCKETS; i++) {
		struct segment segment;
		struct peer *peer = &peers[i];

		*peer = (struct peer){ PEER_PORT + (round * SOCKETS + i) % 4096, PORT,
				       PEER_ISS + round * 1000 };
		peer_says(peer, TH_SYN, 0);
		if (!peer_hears(peer, &segment, PATIENCE))
			stage_fails("the answer to a SYN");
		peer_says(peer, TH_ACK, 0);
		fds[i] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
		if (fds[i] < 0 || send(fds[i], &segment, 100, MSG_NOSIGNAL) != 100)
			stage_fails("accept and send");
	}
	close(listener);
	began = now_ns();
}

/* The peer acknowledges, some of them with its own FIN, while the programs go. */
static void acknowledge(int round)
{
	int i;

	until(point_us(round));
	for (i = 0; i < SOCKETS; i++) {
		struct segment segment = peer_segment(&peers[i], i % 3 ? TH_ACK : TH_ACK | TH_FIN);

		segment.ack += 100;
		peer_put(&segment);
	}
}

static void strike_all(int round)
{
	int i;

	until(point_us(round));
	for (i = 0; i < SOCKETS; i++)
		strike(i, i + round);
	wait_for_client();
}

static const struct race late_answers = {
	.rounds = ROUNDS / 2,
	.prepare = accept_all,
	.left = acknowledge,
	.right = strike_all,
};

/* A namespace of its own, with a TIME_WAIT, an embryo and an orphan; it ends with the last of them or before. */
static void live_and_die(int point)
{
	int listener, ends[HOSTS];
	char octet;

	alone();
	run("cd /proc/sys/net/clasp && echo 10 >msl_ms && echo 10 >rto_initial_ms && echo 5 >rto_min_ms");
	run("echo 1 >/proc/sys/net/clasp/orphan_retries");
	listener = socket(family(), SOCK_STREAM, IPPROTO_CLASP);
	ends[CLIENT] = socket(family(), SOCK_STREAM, IPPROTO_CLASP);
	if (bind(listener, LOOPBACK(PORT)) || listen(listener, 8) || connect(ends[CLIENT], LOOPBACK(PORT)))
		stage_fails("a connection over lo");
	ends[SERVER] = accept(listener, NULL, NULL);
	close(ends[CLIENT]);
	if (read(ends[SERVER], &octet, 1))
		stage_fails("the end of the stream");
	close(ends[SERVER]);
	began = now_ns();
	ends[CLIENT] = socket(family(), SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_CLASP);
	connect(ends[CLIENT], LOOPBACK(PORT));
	until(point);
}

static int namespaces_go(int namespaces)
{
	pid_t children[4] = { 0 };
	int i, bad = 0;

	for (i = 0; i < namespaces; i++) {
		pid_t *child = &children[i % 4];

		bad += *child && !child_succeeds(*child);
		*child = IN_CHILD(live_and_die(point_us(i) / 2));
	}
	for (i = 0; i < 4 && i < namespaces; i++)
		bad += !child_succeeds(children[i]);
	return bad;
}

int main(void)
{
	int namespaces = rounds_wanted(NAMESPACES), bad;

	ksft_print_header();
	ksft_set_plan(4);
	hosts_up();
	race_hurry();
	peer_up(IPPROTO_CLASP);
	sysctl_set(CLIENT, "clasp/rto_initial_ms", RTO_MS);
	race_report("sixteen SYNs without an answer, closed while their timers run", &nobody_answers);
	sysctl_set(CLIENT, "clasp/rto_initial_ms", 1000);
	race_report("sixteen connections acknowledged and closed while their timers run", &late_answers);
	bad = namespaces_go(namespaces);
	ksft_test_result(!bad, "%d namespaces gone with TIME_WAITs, embryos and orphans\n", namespaces);
	race_ends();
	ksft_finished();
}
