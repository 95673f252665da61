// SPDX-License-Identifier: GPL-2.0
/*
 * Listeners that go while SYNs and third ACKs arrive, third ACKs that arrive twice on two CPUs, connections that are
 * accepted and closed before the segment that made them is done with.
 */
#include "race.h"
#include "peer.h"

#define PORT 80
#define ROUNDS 2000
#define PORTS 4096
#define SYNS 8
#define PATIENCE 20000	/* ms; nothing waits that long unless it is lost */

static struct peer peer;
static int listener = -1;

static struct peer fresh_peer(int number)
{
	return (struct peer){
		.port = PEER_PORT + number % PORTS,
		.host_port = PORT,
		.next = PEER_ISS + number * 1000,
	};
}

static void listen_again(void)
{
	if (listener >= 0)
		return;
	listener = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	fcntl(listener, F_SETFL, O_NONBLOCK);
}

/* Up to where the peer would send the third ACK. */
static void shake_hands(int round)
{
	struct segment segment;

	listen_again();
	peer_forget();
	peer = fresh_peer(round);
	peer_says(&peer, TH_SYN, 0);
	if (!peer_hears(&peer, &segment, PATIENCE) || segment.flags != (TH_SYN | TH_ACK))
		stage_fails("round %d: the answer to a SYN", round);
}

static void put(uint8_t flags, uint16_t len)
{
	struct segment segment = peer_segment(&peer, flags);

	segment.seq += flags & TH_SYN ? -1 : 0;
	segment.len = len;
	peer_put(&segment);
}

static void third_ack(int round)
{
	put(TH_ACK, round % 2 ? 100 : 0);
}

/* Only the right one waits for what it sent here: marks are for one at a time. */
static void third_ack_too(int round)
{
	third_ack(round);
	wait_for_client();
}

/* The left one's segment has been heard, and how many were accepted? */
static int accepted(void)
{
	int fd, count = 0;

	wait_for_client();
	for (; (fd = accept(listener, NULL, NULL)) >= 0; count++)
		race_reset(fd);
	return count;
}

static bool one_accepted(int round)
{
	return accepted() == 1;
}

static const struct race twice = {
	.rounds = ROUNDS,
	.prepare = shake_hands,
	.left = third_ack,
	.right = third_ack_too,
	.judge = one_accepted,
};

/* In the three ways in which a listener can end. */
static void end_listener(int round)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	if (round % 3 == 1)
		shutdown(listener, SHUT_RDWR);
	if (round % 3 == 2)
		connect(listener, &none, sizeof(none));
	close(listener);
	listener = -1;
}

/* Whoever was not accepted is told so, then or now. */
static bool reset_is_heard(int round)
{
	struct segment segment;

	wait_for_client();
	peer_forget();
	peer_says(&peer, TH_ACK, 0);
	return peer_hears(&peer, &segment, PATIENCE) && segment.flags & TH_RST;
}

static const struct race unheard = {
	.rounds = ROUNDS,
	.prepare = shake_hands,
	.left = third_ack,
	.right = end_listener,
	.judge = reset_is_heard,
};

static void prepare_listener(int round)
{
	listen_again();
	peer_forget();
}

static void syns(int round)
{
	int i;

	for (i = 0; i < SYNS; i++) {
		struct peer caller = fresh_peer(round * SYNS + i);
		struct segment segment = peer_segment(&caller, TH_SYN);

		peer_put(&segment);
	}
}

static bool nothing_stands(int round)
{
	wait_for_client();
	return state_of(CLIENT, IPPROTO_CLASP, PORT, 0) == GONE;
}

static const struct race refused = {
	.rounds = ROUNDS,
	.prepare = prepare_listener,
	.left = syns,
	.right = end_listener,
	.judge = nothing_stands,
};

/* The third ACK, and right behind it the peer goes on, hangs up or thinks better of it. */
static void third_ack_and_more(int round)
{
	put(TH_ACK, 0);
	put(round % 3 == 0 ? TH_ACK : round % 3 == 1 ? TH_ACK | TH_FIN : TH_RST, 100 * (round % 2));
}

static void accept_and_close(int round)
{
	int fd;

	if (!readable(listener, PATIENCE / 1000))
		stage_fails("round %d: a connection", round);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		stage_fails("accept");
	if (round % 4 == 1)
		race_reset(fd);
	else
		close(fd);
}

static const struct race hasty = {
	.rounds = ROUNDS,
	.prepare = shake_hands,
	.left = third_ack_and_more,
	.right = accept_and_close,
};

/* Whatever may come to an embryo, drawn by the number of the round. */
static void anything(int draw)
{
	static const uint8_t flags[] = {
		TH_ACK, TH_ACK, TH_SYN, TH_RST, TH_ACK | TH_FIN, TH_ACK | TH_SYN, TH_FIN, TH_RST | TH_ACK,
	};
	int i;

	for (i = 0; i < 3; i++, draw /= sizeof(flags))
		put(flags[draw % sizeof(flags)], draw % 3 ? 0 : 10);
}

static void anything_left(int round)
{
	anything(round * 7);
}

static void anything_right(int round)
{
	anything(round / 5);
	wait_for_client();
}

static bool at_most_one(int round)
{
	int count = accepted();

	put(TH_RST, 0);
	return count <= 1;
}

static const struct race mixed = {
	.rounds = ROUNDS,
	.prepare = shake_hands,
	.left = anything_left,
	.right = anything_right,
	.judge = at_most_one,
};

int main(void)
{
	ksft_print_header();
	ksft_set_plan(6);
	hosts_up();
	race_hurry();
	peer_up(IPPROTO_CLASP);
	race_report("a third ACK on two CPUs makes one connection", &twice);
	race_report("a listener goes while a third ACK arrives", &unheard);
	race_report("a listener goes while SYNs arrive", &refused);
	race_report("accept and close while a third ACK and more arrive", &hasty);
	race_report("anything to one embryo on two CPUs", &mixed);
	if (listener >= 0)
		close(listener);
	race_ends();
	ksft_finished();
}
