/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One call in every state. All tests of such a program are played on one stage, each with ports of its own,
 * since putting up a stage takes longer than most of them.
 */
#ifndef CLASP_PLACES_H
#define CLASP_PLACES_H

#include <linux/sockios.h>
#include <sys/mman.h>

#include "differences.h"
#include "sockets.h"
#include "states.h"

#define FIRST_PORT 10000

/* Beside the eleven states: it was ESTABLISHED until the peer's RST came. */
#define RESET GONE

#define EVERYWHERE	\
	[0 ... STATES - 1]

/* What there may be to poll for on a stream without urgent data. */
#define ALL (POLLIN | POLLOUT | POLLRDHUP)
#define PEER AT(SERVER, PEER_PORT)

/* connect() with it disconnects. */
#define NOTHING (struct sockaddr *)(struct sockaddr[1]) { { .sa_family = AF_UNSPEC } },	\
	sizeof(struct sockaddr)

HELPER int peer_port(int fd)
{
	union address there;
	socklen_t size = sizeof(there);

	return getpeername(fd, &there.any, &size) ? -1 : ntohs(there.v4.sin_port);
}

/* What an ioctl answers. */
HELPER int asked(int fd, unsigned long what)
{
	int octets = -1;

	return ioctl(fd, what, &octets) ? -1 : octets;
}

HELPER int error_of(int fd)
{
	return option(fd, SOL_SOCKET, SO_ERROR);
}

HELPER void blocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

/* What happens while the test waits in a call; the child is to be asked whether it went well. */
#define SOON 20		/* ms */
#define LATER(statement) IN_CHILD(pause_ms(SOON); statement)

/* So many octets of the peer's stream, from the first on; the peer makes each of its sequence number. */
HELPER bool octets_of_peer(const void *octets, int from, int len)
{
	const uint8_t *octet = octets;
	int i;

	for (i = 0; i < len; i++)
		if (octet[i] != (uint8_t)(PEER_ISS + 1 + from + i))
			return false;
	return true;
}

static int *ports;

/* A port that no other test of this program uses. */
HELPER int fresh_port(void)
{
	return (*ports)++;
}

HELPER void stage_for_all(void)
{
	hosts_up();
	peer_stage(IPPROTO_TCP);
	peer_stage(IPPROTO_CLASP);
	ports = mmap(NULL, sizeof(*ports), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (ports == MAP_FAILED)
		stage_fails("mmap");
	*ports = FIRST_PORT;
}

#define STAGE_HARNESS_MAIN							\
	int main(int argc, char **argv)						\
	{									\
		stage_for_all();						\
		exit(play_all(argc, argv));				\
	}

static void place_reset(void)
{
	scene_established();
	scene_says(TH_RST);
}

static const struct {
	const char *name;
	void (*enter)(void);
} places[STATES] = {
	[RESET] = { "CLOSED by an RST", place_reset },
	[ESTABLISHED] = { "ESTABLISHED", scene_established },
	[SYN_SENT] = { "SYN_SENT", scene_syn_sent },
	[SYN_RECV] = { "SYN_RCVD", scene_syn_rcvd_active },
	[FIN_WAIT_1] = { "FIN_WAIT_1", scene_fin_wait_1 },
	[FIN_WAIT_2] = { "FIN_WAIT_2", scene_fin_wait_2 },
	[TIME_WAIT] = { "TIME_WAIT", scene_time_wait },
	[CLOSED] = { "CLOSED", scene_closed },
	[CLOSE_WAIT] = { "CLOSE_WAIT", scene_close_wait },
	[LAST_ACK] = { "LAST_ACK", scene_last_ack },
	[LISTENING] = { "LISTEN", scene_listening },
	[CLOSING] = { "CLOSING", scene_closing },
};

/* What is listed of the scene's connection, or of its listener. */
HELPER int place_listed(void)
{
	return state_of(CLIENT, peer_protocol, scene.peer.host_port, 0);
}

/* A non-blocking socket in that state; it is bound and allows others to be, but for a fresh one in CLOSED. */
HELPER int place_enter(int protocol, enum state state)
{
	if (peer_wire < 0)
		peer_takes_part(protocol);
	scene_clear(fresh_port(), PEER_ISS);
	places[state].enter();
	if (place_listed() != (state == CLOSED ? GONE : state))
		stage_fails("%s is listed as %d", places[state].name, place_listed());
	if (state == LISTENING)
		return scene.listener;
	if (state == CLOSED)
		scene.fd = socket_on(CLIENT, protocol, SOCK_NONBLOCK);
	return scene.fd;
}

/*
 * Make a call in every state, on @fd, and compare what it returns with what is expected there, errno as a
 * negative number: IN_EVERY_STATE(accept(fd, NULL, NULL), EVERYWHERE = -EINVAL, [LISTENING] = -EAGAIN);
 */
#define IN_EVERY_STATE(call, ...) do {						\
	const int expected[STATES] = { __VA_ARGS__ };				\
	int state, fd;								\
										\
	for (state = 0; state < STATES; state++) {				\
		fd = place_enter(variant->protocol, state);			\
		EXPECT_EQ(expected[state], RESULT(call))			\
			TH_LOG("in %s", places[state].name);			\
	}									\
	scene_clear(fresh_port(), PEER_ISS);					\
} while (0)

#endif
