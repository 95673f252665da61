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
#include "peer.h"
#include "seq.h"

#define PLAYS 2			/* connections that the host opens, and that the peer opens */
#define FIRST_PORT 10000
#define AT_ONCE 5		/* ms: the client hears it before the peer's send() returns */
#define DELAYED 60		/* ms: more than the 40 that an ACK is delayed, less than any RTO */
#define ON_THE_WAY 500		/* ms */
#define HOLE_MAX 20000		/* octets: twice the window, and more than any cell leaves open */

/**
 * struct scene - the cell that is played
 * @peer: its end
 * @fd: the program's socket, -1 without one
 * @listener: likewise
 * @iss: of the host, from its SYN
 * @acked: the last that the peer acknowledged
 * @passive: a connection is opened by the peer
 * @heard: the host has sent something
 * @eof: the program has seen the end of the stream
 * @ticks: until 2 MSL are over
 * @next_octet: that the program will read
 */
struct scene {
	struct peer peer;
	int fd;
	int listener;
	u32 iss;
	u32 acked;
	bool passive;
	bool heard;
	bool eof;
	unsigned int ticks;
	u32 next_octet;
};

_Static_assert(PEER_WINDOW == MATRIX_PEER_WINDOW && PEER_MSS == MATRIX_PEER_MSS, "one peer");

static struct scene scene = { .fd = -1, .listener = -1 };

static void buffer(int fd, int octets)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof(octets)))
		stage_fails("SO_RCVBUF");
}

static int bound(int octets)
{
	int fd = socket_on(CLIENT, IPPROTO_CLASP, SOCK_NONBLOCK), one = 1;

	buffer(fd, octets);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, AT(CLIENT, scene.peer.host_port)))
		stage_fails("bind");
	return fd;
}

/* Hear what must come on the way into a state. */
static void hears(const char *flags)
{
	struct segment segment;
	char letters[8];

	if (!peer_hears(&scene.peer, &segment, ON_THE_WAY))
		matrix_wrong("no %s on the way into the state", flags);
	else if (segment.flags != flags_of(flags))
		matrix_wrong("%s, not %s on the way into the state",
			     letters_of(segment.flags, letters), flags);
	if (!scene.heard)
		scene.iss = segment.seq;
	scene.heard = true;
}

static void says_ack(const char *flags, u32 ack)
{
	struct segment segment = peer_segment(&scene.peer, flags_of(flags));

	segment.ack = ack;
	scene.acked = ack;
	peer_send(&segment);
	scene.peer.next += strpbrk(flags, "SF") ? 1 : 0;
}

static void says(const char *flags)
{
	says_ack(flags, strchr(flags, 'A') ? scene.peer.expected : scene.acked);
}

static void finish(void)
{
	shutdown(scene.fd, SHUT_WR);
	hears("FA");
}

static void closed(int octets)
{
}

static void listening(int octets)
{
	scene.listener = bound(octets);
	if (listen(scene.listener, 8))
		stage_fails("listen");
}

static void syn_rcvd(int octets)
{
	listening(octets);
	says("S");
	hears("SA");
	scene.acked = scene.iss;
}

static void syn_sent(int octets)
{
	scene.fd = bound(octets);
	connect(scene.fd, AT(SERVER, PEER_PORT));
	hears("S");
	scene.acked = scene.iss;
}

static void syn_rcvd_active(int octets)
{
	syn_sent(octets);
	says("S");
	hears("SA");
}

static void established(int octets)
{
	if (!scene.passive) {
		syn_sent(octets);
		says("SA");
		hears("A");
		return;
	}
	syn_rcvd(octets);
	says("A");
	scene.fd = accept4(scene.listener, NULL, NULL, SOCK_NONBLOCK);
	close(scene.listener);
	scene.listener = -1;
}

static void fin_wait_1(int octets)
{
	established(octets);
	finish();
}

static void fin_wait_2(int octets)
{
	fin_wait_1(octets);
	says("A");
}

static void close_wait(int octets)
{
	established(octets);
	says("FA");
	hears("A");
}

static void closing(int octets)
{
	fin_wait_1(octets);
	says_ack("FA", scene.acked);
	hears("A");
}

static void last_ack(int octets)
{
	close_wait(octets);
	finish();
}

/* Somebody listens, and the clock has moved since TIME_WAIT began. */
static void time_wait(int octets)
{
	struct listed listed;

	fin_wait_2(octets);
	says("FA");
	hears("A");
	listening(octets);
	pause_ms(1000);
	if (!find_listed(CLIENT, IPPROTO_CLASP, scene.peer.host_port, PEER_PORT, &listed))
		stage_fails("the TIME_WAIT");
	scene.ticks = listed.ticks;
}

static const struct {
	const char *name;
	enum state listed;
	void (*enter)(int octets);
	int octets;
} states[] = {
	{ "CLOSED", GONE, closed, MATRIX_WINDOW },
	{ "LISTEN", GONE, listening, MATRIX_WINDOW },
	{ "SYN_SENT", SYN_SENT, syn_sent, MATRIX_WINDOW },
	{ "SYN_RCVD", SYN_RECV, syn_rcvd, MATRIX_WINDOW },
	{ "SYN_RCVD/active", SYN_RECV, syn_rcvd_active, MATRIX_WINDOW },
	{ "ESTABLISHED", ESTABLISHED, established, MATRIX_WINDOW },
	{ "FIN_WAIT_1", FIN_WAIT_1, fin_wait_1, MATRIX_WINDOW },
	{ "FIN_WAIT_2", FIN_WAIT_2, fin_wait_2, MATRIX_WINDOW },
	{ "CLOSE_WAIT", CLOSE_WAIT, close_wait, MATRIX_WINDOW + 1 },
	{ "CLOSING", CLOSING, closing, MATRIX_WINDOW + 1 },
	{ "LAST_ACK", LAST_ACK, last_ack, MATRIX_WINDOW + 1 },
	{ "TIME_WAIT", TIME_WAIT, time_wait, MATRIX_WINDOW + 1 },
};

#define STATES_KNOWN (sizeof(states) / sizeof(states[0]))

/* Nothing of the last cell is left but, it may be, a TIME_WAIT. */
static void clear(void)
{
	static const u32 numbers[] = { PEER_ISS, 0xffffffff, 0xffffd8f0 };
	static int cells;
	struct linger abort = { .l_onoff = 1 };

	if (scene.fd >= 0) {
		setsockopt(scene.fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
		close(scene.fd);
	}
	if (scene.listener >= 0)
		close(scene.listener);
	peer_forget();
	scene = (struct scene){
		.peer.port = PEER_PORT, .peer.host_port = FIRST_PORT + cells,
		.peer.next = numbers[cells % 3], .fd = -1, .listener = -1,
	};
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
	scene.eof = scene.fd >= 0 && !recv(scene.fd, &octet, 1, MSG_DONTWAIT | MSG_PEEK);
	scene.next_octet = before->rcv_nxt;
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
	irs = scene.peer.next;
	states[i].enter(states[i].octets);
	look(before, irs);
	return true;
}

static void send_arrival(const struct arrival *arrival)
{
	struct segment segment = peer_segment(&scene.peer, arrival->header.flags);

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

	if (listed->timer == 3 && scene.ticks && listed->ticks > scene.ticks)
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
			if (octets[i] != (u8)(scene.next_octet + i))
				matrix_wrong("octet %d is another one", (int)(count + i));
		scene.next_octet += n;
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
	u32 hole = arrival->header.seq - scene.next_octet, left = hole, read = 0;
	struct peer filling = scene.peer;
	bool eof;

	if (scene.fd < 0 || hole > HOLE_MAX)
		return 0;
	filling.next = scene.next_octet;
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
	if (eof && !scene.eof && !strcmp(outcome->error, "-"))
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
