// SPDX-License-Identifier: GPL-2.0
/*
 * TIME_WAITs that are restarted by a FIN, reused by a SYN and reaped because the MSL has become short, all at once,
 * and the same few connections again in the next round.
 */
#include "race.h"
#include "peer.h"

#define PORT 80
#define ROUNDS 100
#define WAITING 40
#define PATIENCE 20000	/* ms */

static struct peer peers[WAITING];
static int listener, msl;

static void msl_ms(const char *value)
{
	if (pwrite(msl, value, strlen(value), 0) < 0)
		stage_fails("msl_ms");
}

/* The client closes first, and waits for 2 MSL. */
static void enter_time_wait(struct peer *peer)
{
	struct segment segment;
	int fd;

	*peer = (struct peer){ peer->port, PORT, peer->next };
	peer_says(peer, TH_SYN, 0);
	do {
		if (!peer_hears(peer, &segment, PATIENCE))
			stage_fails("the answer to a SYN");
	} while (segment.flags != (TH_SYN | TH_ACK) || segment.ack != peer->next);
	peer_says(peer, TH_ACK, 0);
	fd = accept(listener, NULL, NULL);
	if (fd < 0 || close(fd))
		stage_fails("accept and close");
	do {
		if (!peer_hears(peer, &segment, PATIENCE))
			stage_fails("the client's FIN");
	} while (!(segment.flags & TH_FIN));
	peer_says(peer, TH_ACK | TH_FIN, 0);
}

static void prepare(int round)
{
	int i;

	msl_ms("60000");
	peer_forget();
	for (i = 0; i < WAITING; i++) {
		peers[i].port = PEER_PORT + i;
		peers[i].next = PEER_ISS + round * 100000;
		enter_time_wait(&peers[i]);
	}
}

/* The FIN again; or, from the other end of the row, a SYN of what comes next. */
static void disturb(int i, bool syn)
{
	struct segment segment = peer_segment(&peers[i], syn ? TH_SYN : TH_ACK | TH_FIN);

	segment.seq += syn ? 1000 : -1;
	peer_put(&segment);
}

static void left(int round)
{
	int i;

	for (i = 0; i < WAITING; i++)
		disturb(i, (i + round) % 3 == 0);
}

static void right(int round)
{
	int i;

	for (i = 0; i < WAITING; i++) {
		if (i == round % WAITING)
			msl_ms("10");
		disturb(round % 2 ? i : WAITING - 1 - i, (i + round) % 2);
	}
	wait_for_client();
}

/* Of those that were reused, embryos are left, and TIME_WAITs of what is over. */
static bool all_go(int round)
{
	int i;

	wait_for_client();
	for (i = 0; i < WAITING; i++) {
		struct segment segment = peer_segment(&peers[i], TH_RST);

		segment.seq += 1001;
		peer_send(&segment);
	}
	return WITHIN(20, state_of(CLIENT, IPPROTO_CLASP, PORT, PEER_PORT + round % WAITING) == GONE);
}

int main(void)
{
	const struct race race = { ROUNDS, prepare, left, right, all_go };

	ksft_print_header();
	ksft_set_plan(2);
	hosts_up();
	race_hurry();
	peer_up(IPPROTO_CLASP);
	enter(CLIENT);
	msl = open("/proc/sys/net/clasp/msl_ms", O_WRONLY);
	listener = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	race_report("forty TIME_WAITs restarted, reused and reaped", &race);
	close(listener);
	race_ends();
	ksft_finished();
}
