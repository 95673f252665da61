// SPDX-License-Identifier: GPL-2.0
/*
 * The conformance matrix played on the module: real sockets, brought into each state by their calls and a
 * hand-made peer, are sent each cell's segment. What comes of it is seen from outside: on the wire, in
 * /proc/net/clasp, and by the program. A delayed ACK is seen to come late; octets that wait out of order
 * are seen when the hole before them is filled.
 *
 * Every cell is played twice: connections are opened by the host, and then by the peer. A state after the
 * peer's FIN is given one octet of buffer more, so that the window is the same everywhere.
 */
#include <libgen.h>
#include <string.h>

#include "letters.h"
#include "matrix.h"
#include "seq.h"
#include "states.h"

#define PLAYS 2			/* connections that the host opens, and that the peer opens */
#define FIRST_PORT 10000
#define AT_ONCE 5		/* ms: the client hears it before the peer's send() returns */
#define DELAYED 60		/* ms: more than the 40 that an ACK is delayed, less than any RTO */
#define HOLE_MAX 20000		/* octets: twice the window, and more than any cell leaves open */

/**
 * struct seen - what the cell that is played has shown so far
 * @eof: the program has seen the end of the stream
 * @ticks: until 2 MSL are over
 * @next_octet: that the program will read
 */
struct seen {
	bool eof;
	unsigned int ticks;
	u32 next_octet;
};

static struct seen seen;

_Static_assert(PEER_WINDOW == MATRIX_PEER_WINDOW && PEER_MSS == MATRIX_PEER_MSS, "one peer");

/* Somebody listens, and the clock has moved since TIME_WAIT began. */
static void time_wait(void)
{
	struct listed listed;

	scene_time_wait();
	scene_listening();
	pause_ms(1000);
	if (!find_listed(CLIENT, IPPROTO_CLASP, scene.peer.host_port, PEER_PORT, &listed))
		stage_fails("the TIME_WAIT");
	seen.ticks = listed.ticks;
}

static const struct {
	const char *name;
	enum state listed;
	void (*enter)(void);
	int octets;
} states[] = {
	{ "CLOSED", GONE, scene_closed, MATRIX_WINDOW },
	{ "LISTEN", GONE, scene_listening, MATRIX_WINDOW },
	{ "SYN_SENT", SYN_SENT, scene_syn_sent, MATRIX_WINDOW },
	{ "SYN_RCVD", SYN_RECV, scene_syn_rcvd, MATRIX_WINDOW },
	{ "SYN_RCVD/active", SYN_RECV, scene_syn_rcvd_active, MATRIX_WINDOW },
	{ "ESTABLISHED", ESTABLISHED, scene_established, MATRIX_WINDOW },
	{ "FIN_WAIT_1", FIN_WAIT_1, scene_fin_wait_1, MATRIX_WINDOW },
	{ "FIN_WAIT_2", FIN_WAIT_2, scene_fin_wait_2, MATRIX_WINDOW },
	{ "CLOSE_WAIT", CLOSE_WAIT, scene_close_wait, MATRIX_WINDOW + 1 },
	{ "CLOSING", CLOSING, scene_closing, MATRIX_WINDOW + 1 },
	{ "LAST_ACK", LAST_ACK, scene_last_ack, MATRIX_WINDOW + 1 },
	{ "TIME_WAIT", TIME_WAIT, time_wait, MATRIX_WINDOW + 1 },
	{ "ESTABLISHED/stamped", ESTABLISHED, scene_established, MATRIX_WINDOW },
	{ "TIME_WAIT/stamped", TIME_WAIT, time_wait, MATRIX_WINDOW + 1 },
};

#define STATES_KNOWN ARRAY_SIZE(states)

static void clear(void)
{
	static const u32 numbers[] = { PEER_ISS, 0xffffffff, 0xffffd8f0 };
	static int cells;

	scene_clear(FIRST_PORT + cells, numbers[cells % 3]);
	seen = (struct seen){ 0 };
	cells++;
}

static void look(struct before *before, u32 irs)
{
	char octet;

	*before = (struct before){
		.iss = scene.iss, .irs = irs, .snd_una = MATRIX_NOBODY, .snd_nxt = MATRIX_NOBODY,
		.rcv_nxt = scene.peer.next, .rcv_wnd = MATRIX_WINDOW,
	};
	if (scene.heard) {
		before->snd_una = scene.acked;
		before->snd_nxt = scene.peer.expected;
		before->rcv_wnd = scene.peer.window;
	}
	seen.eof = scene.fd >= 0 && !recv(scene.fd, &octet, 1, MSG_DONTWAIT | MSG_PEEK);
	seen.next_octet = before->rcv_nxt;
}

bool matrix_enter(const char *state, u32 play, struct before *before)
{
	u32 i, irs;

	for (i = 0; i < STATES_KNOWN && strcmp(states[i].name, state); i++)
		;
	if (i == STATES_KNOWN)
		return false;
	clear();
	scene.passive = play;
	scene.peer.stamps = matrix_stamped(state);
	scene.peer.ts_val = MATRIX_TS;
	irs = scene.peer.next;
	scene.octets = states[i].octets;
	states[i].enter();
	look(before, irs);
	return true;
}

static void send_arrival(const struct arrival *arrival)
{
	struct peer peer = scene.peer;
	struct segment segment;

	peer.stamps = arrival->header.options.timestamps;
	peer.ts_val = arrival->header.options.ts_val;
	segment = peer_segment(&peer, arrival->header.flags);
	segment.seq = arrival->header.seq;
	segment.ack = arrival->header.ack;
	segment.window = arrival->header.wnd;
	segment.urgent = arrival->urgent;
	if (arrival->bad_option) {
		segment.options_len = MATRIX_BAD_OPTION_OCTETS;
		memset(segment.options, 0, sizeof(segment.options));
		segment.options[0] = MATRIX_BAD_OPTION;
	}
	segment.len = arrival->len;
	for (u32 i = 0; i < arrival->len; i++)
		segment.data[i] = segment.seq + i;
	peer_send(&segment);
}

/* Whether a segment of the host comes in time; a wrong checksum is a complaint of its own. */
static bool sends(struct segment *segment, int ms)
{
	if (!peer_hears(&scene.peer, segment, ms))
		return false;
	if (segment->broken)
		matrix_wrong("the checksum is wrong");
	return true;
}

static void hear_replies(struct outcome *outcome)
{
	struct segment segment;

	while (sends(&segment, AT_ONCE))
		if (!outcome->replies++)
			outcome->reply = (struct clasp_header){
				.seq = segment.seq, .ack = segment.ack, .flags = segment.flags,
			};
}

/* RFC 9293, 3.4.1: the number of an incarnation that follows another lies above that one's. */
static u32 number_chosen(const struct before *before, const struct outcome *outcome)
{
	if (!outcome->replies || !(outcome->reply.flags & CLASP_SYN) || scene.listener < 0)
		return before->iss;
	if (scene.heard && outcome->reply.seq != before->iss &&
	    !seq_after(outcome->reply.seq, before->snd_nxt))
		matrix_wrong("the new ISS is not above the old connection");
	return outcome->reply.seq;
}

static const char *state_name(const struct listed *listed)
{
	u32 i;

	if (listed->state == GONE)
		return state_of(CLIENT, IPPROTO_CLASP, scene.peer.host_port, 0) == LISTENING ?
		       "LISTEN" : "CLOSED";
	if (listed->state == SYN_RECV)
		return listed->inode ? "SYN_RCVD/active" : "SYN_RCVD";
	for (i = 0; i < STATES_KNOWN; i++)
		if (states[i].listed == listed->state)
			return states[i].name;
	return "no state";
}

/* An ACK that was delayed has its own time, and the list does not show it. */
static bool acks_late(void)
{
	struct segment segment;

	if (!sends(&segment, DELAYED))
		return false;
	if (segment.flags != TH_ACK || segment.len)
		matrix_wrong("what came late is no ACK");
	return true;
}

static const char *timers_of(const struct listed *listed, bool late)
{
	static const char *const names[] = { "none", "retransmit", "fin_wait_2", "2msl", "persist" };

	if (listed->timer == 3 && seen.ticks && listed->ticks > seen.ticks)
		return "2msl-restarted";
	if (!late)
		return names[listed->timer];
	return listed->timer ? "delayed_ack and another" : "delayed_ack";
}

/* What the program reads, without waiting; each octet says where it belongs. */
static u32 reads(bool *eof)
{
	u8 octets[2048];
	u32 count = 0;
	ssize_t n = -1;

	while (scene.fd >= 0 && (n = recv(scene.fd, octets, sizeof(octets), MSG_DONTWAIT)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (octets[i] != (u8)(seen.next_octet + i))
				matrix_wrong("octet %d is another one", (int)(count + i));
		seen.next_octet += n;
		count += n;
	}
	*eof = !n;
	return count;
}

static const char *error_now(void)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (scene.fd < 0)
		return "-";
	getsockopt(scene.fd, SOL_SOCKET, SO_ERROR, &error, &size);
	return error ? strerrorname_np(error) : "-";
}

/*
 * Fill the hole before what arrived, reading all the time: what the program then reads beyond the hole was
 * kept.
 */
static u32 kept(const struct arrival *arrival)
{
	u32 hole = arrival->header.seq - seen.next_octet, left = hole, read = 0;
	struct peer filling = scene.peer;
	bool eof;

	if (scene.fd < 0 || hole > HOLE_MAX)
		return 0;
	filling.next = seen.next_octet;
	while (left) {
		u32 len = left < 1000 ? left : 1000;

		peer_says(&filling, TH_ACK, len);
		read += reads(&eof);
		left -= len;
	}
	return read > hole ? read - hole : 0;
}

void matrix_arrive(const struct before *before, const struct arrival *arrival,
		   struct outcome *outcome)
{
	struct listed listed = { .state = GONE };
	bool eof;

	memset(outcome, 0, sizeof(*outcome));
	send_arrival(arrival);
	hear_replies(outcome);
	outcome->new_iss = number_chosen(before, outcome);
	if (!find_listed(CLIENT, IPPROTO_CLASP, scene.peer.host_port, PEER_PORT, &listed))
		listed = (struct listed){ .state = GONE };
	outcome->state = state_name(&listed);
	outcome->timers = timers_of(&listed, acks_late());
	if (scene.listener >= 0 && scene.fd < 0)
		scene.fd = accept4(scene.listener, NULL, NULL, SOCK_NONBLOCK);
	outcome->error = error_now();
	outcome->delivered = reads(&eof);
	if (eof && !seen.eof && !strcmp(outcome->error, "-"))
		outcome->error = "eof";
	outcome->kept = kept(arrival);
}

int main(int argc, char **argv)
{
	if (chdir(dirname(argv[0])))
		stage_fails("%s", argv[0]);
	hosts_up();
	peer_up(IPPROTO_CLASP);
	return matrix_run("matrix.tbl", "matrix.list", PLAYS);
}
