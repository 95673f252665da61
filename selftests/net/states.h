/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ways into the eleven states: a real socket of the client's is brought into each by its program's calls
 * and a peer made by hand, which says no more than it has to, so that the state lasts.
 */
#ifndef CLASP_STATES_H
#define CLASP_STATES_H

#include "peer.h"

#define ON_THE_WAY 500		/* ms */

/**
 * struct scene - a connection that was brought into a state
 * @peer: its end
 * @fd: the program's socket, -1 without one
 * @listener: likewise
 * @iss: of the host, from its SYN
 * @acked: the last that the peer acknowledged
 * @octets: SO_RCVBUF of the program's sockets, 0 for what they have
 * @passive: a connection is opened by the peer
 * @heard: the host has sent something
 */
struct scene {
	struct peer peer;
	int fd;
	int listener;
	uint32_t iss;
	uint32_t acked;
	int octets;
	bool passive;
	bool heard;
};

static struct scene scene = { .fd = -1, .listener = -1 };

static int scene_socket(void)
{
	int fd = socket_on(CLIENT, peer_protocol, SOCK_NONBLOCK), one = 1;

	if (scene.octets && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &scene.octets, sizeof(int)))
		stage_fails("SO_RCVBUF");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, AT(CLIENT, scene.peer.host_port)))
		stage_fails("bind");
	return fd;
}

/* Hear what must come on the way into a state. */
HELPER void scene_hears(uint8_t flags)
{
	struct segment segment;

	if (!peer_hears(&scene.peer, &segment, ON_THE_WAY))
		stage_fails("nothing comes with flags %#x on the way into the state", flags);
	if (segment.flags != flags)
		stage_fails("flags %#x, not %#x on the way into the state", segment.flags, flags);
	if (!scene.heard)
		scene.iss = segment.seq;
	scene.heard = true;
}

static void scene_says_ack(uint8_t flags, uint32_t ack)
{
	struct segment segment = peer_segment(&scene.peer, flags);

	segment.ack = ack;
	scene.acked = ack;
	peer_send(&segment);
	scene.peer.next += flags & (TH_SYN | TH_FIN) ? 1 : 0;
}

HELPER void scene_says(uint8_t flags)
{
	scene_says_ack(flags, flags & TH_ACK ? scene.peer.expected : scene.acked);
}

static void scene_finish(void)
{
	shutdown(scene.fd, SHUT_WR);
	scene_hears(TH_FIN | TH_ACK);
}

HELPER void scene_closed(void)
{
}

HELPER void scene_listening(void)
{
	scene.listener = scene_socket();
	if (listen(scene.listener, 8))
		stage_fails("listen");
}

HELPER void scene_syn_rcvd(void)
{
	scene_listening();
	scene_says(TH_SYN);
	scene_hears(TH_SYN | TH_ACK);
	scene.acked = scene.iss;
}

HELPER void scene_syn_sent(void)
{
	scene.fd = scene_socket();
	connect(scene.fd, AT(SERVER, scene.peer.port));
	scene_hears(TH_SYN);
	scene.acked = scene.iss;
}

HELPER void scene_syn_rcvd_active(void)
{
	scene_syn_sent();
	scene_says(TH_SYN);
	scene_hears(TH_SYN | TH_ACK);
}

HELPER void scene_established(void)
{
	if (!scene.passive) {
		scene_syn_sent();
		scene_says(TH_SYN | TH_ACK);
		scene_hears(TH_ACK);
		return;
	}
	scene_syn_rcvd();
	scene_says(TH_ACK);
	scene.fd = accept4(scene.listener, NULL, NULL, SOCK_NONBLOCK);
	close(scene.listener);
	scene.listener = -1;
}

HELPER void scene_fin_wait_1(void)
{
	scene_established();
	scene_finish();
}

HELPER void scene_fin_wait_2(void)
{
	scene_fin_wait_1();
	scene_says(TH_ACK);
}

HELPER void scene_close_wait(void)
{
	scene_established();
	scene_says(TH_FIN | TH_ACK);
	scene_hears(TH_ACK);
}

HELPER void scene_closing(void)
{
	scene_fin_wait_1();
	scene_says_ack(TH_FIN | TH_ACK, scene.acked);
	scene_hears(TH_ACK);
}

HELPER void scene_last_ack(void)
{
	scene_close_wait();
	scene_finish();
}

HELPER void scene_time_wait(void)
{
	scene_fin_wait_2();
	scene_says(TH_FIN | TH_ACK);
	scene_hears(TH_ACK);
}

/* Nothing of the last scene is left but, it may be, a TIME_WAIT. */
HELPER void scene_clear(int host_port, uint32_t first_number)
{
	struct linger abort = { .l_onoff = 1 };

	if (scene.fd >= 0) {
		setsockopt(scene.fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
		close(scene.fd);
	}
	if (scene.listener >= 0)
		close(scene.listener);
	peer_forget();
	scene = (struct scene){
		.peer.port = PEER_PORT, .peer.host_port = host_port, .peer.next = first_number,
		.fd = -1, .listener = -1,
	};
}

#endif
