/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The simulator's world: two hosts with one four-tuple between them, a program at each, a network
 * that behaves as badly as the seed says, and virtual time. One seed is one world: a few
 * connections one after the other on the same ports, until nothing of them is left.
 */
#ifndef CLASP_SELFTESTS_SIM_H
#define CLASP_SELFTESTS_SIM_H

#include "host.h"

#define CLIENT 0
#define SERVER 1
#define STREAM_MAX (256 * 1024)

/**
 * struct scenario - what a seed decides before anything happens
 * @config: of both hosts, but for the options that each offers
 * @loss: lost segments in 10,000
 * @duplicate: segments that arrive twice, likewise
 * @reorder: segments that are held back, likewise
 * @strait: octets of payload and options in a segment from which on it vanishes; 0 for none
 * @widens_at: ns from when on nothing vanishes any more; 0 for never
 * @refuse: segments that cannot leave, likewise
 * @shorten: segments that are built shorter than proposed, likewise
 * @mark: segments that are marked, of those that may be, likewise
 * @change: moments at which a path or a buffer changes its size, or memory runs short
 * @attack: forged segments for each genuine one, likewise
 * @delay: ns from one end to the other
 * @jitter: ns on top, at most
 * @hold: ns that a segment is held back, at most
 * @think: ns that a program thinks between two calls, at most
 * @lateness: ns that a timer may come late
 * @unlisten_at: ns when the listener closes, 0 for never
 * @blackout_at: ns from which on everything is lost, 0 for never
 * @rounds: connections one after the other
 * @both_call: nobody listens, both programs call at the same moment
 * @patient: retries do not run out: with polite programs nothing may fail
 * @shuffled: nothing is lost, and segments overtake each other within a fraction of the round trip: with SACK that is
 *	no reason to send less
 * @perfect: nothing is lost, late, overtaken or refused: nothing need be sent twice
 */
struct scenario {
	struct clasp_config config;
	u32 loss;
	u32 duplicate;
	u32 reorder;
	u32 strait;
	u64 widens_at;
	u32 refuse;
	u32 shorten;
	u32 mark;
	u32 change;
	u32 attack;
	u64 delay;
	u64 jitter;
	u64 hold;
	u64 think;
	u64 lateness;
	u64 unlisten_at;
	u64 blackout_at;
	u32 rounds;
	bool both_call;
	bool patient;
	bool shuffled;
	bool perfect;
};

/* How a program behaves. */
enum manner {
	POLITE,			/* writes all, shuts down, reads to the end, closes */
	ANSWERING,		/* reads to the end, then writes all, closes */
	HASTY,			/* writes all and closes, whatever comes */
	VIOLENT,		/* aborts some time */
};

/**
 * struct app - the program at one end
 * @host: its end
 * @peer: the other program
 * @next_at: ns when it acts next, 0 while it waits for something to happen
 * @abort_at: ns when a violent one aborts
 * @patience_at: ns when it closes whatever the state of things
 * @total: octets to write
 * @written: octets written so far
 * @got: octets read
 * @write_most: octets in one write, at most
 * @read_most: octets in one read, at most
 * @sndbuf: octets that may wait in the send buffer
 * @manner: enum manner
 * @running: has a connection
 * @shut: has shut down its direction
 * @closed: is done
 * @saw_eof: has read to the end
 * @impatient: @patience_at came before the end
 */
struct app {
	struct host *host;
	struct app *peer;
	u64 next_at;
	u64 abort_at;
	u64 patience_at;
	u32 total;
	u32 written;
	u32 got;
	u32 write_most;
	u32 read_most;
	u32 sndbuf;
	u8 manner;
	bool running;
	bool shut;
	bool closed;
	bool saw_eof;
	bool impatient;
	u8 out[STREAM_MAX];
};

/**
 * struct wiretap - what the network saw one host send, in this incarnation
 * @iss: sequence number of its SYN
 * @snd_max: one past the highest sequence number sent
 * @edge: right edge of the window offered
 * @mss: the largest MSS option in its SYNs
 * @syn_wnd: window in a SYN that had no ACK
 * @ts_val: the timestamp that it sent last
 * @turn_at: ns when its octets so far have had their time, where it is paced
 * @syn: the options of its SYN
 * @known: a SYN was seen
 * @asked: a SYN or SYN,ACK of it had the flags of ECN
 * @asks: each of them had
 * @offered: @edge is valid
 * @closed: offered no window at some time
 * @stale: belongs to an incarnation that the other end has left behind
 */
struct wiretap {
	u32 iss;
	u32 snd_max;
	u32 edge;
	u16 mss;
	u16 syn_wnd;
	u32 ts_val;
	u64 turn_at;
	struct clasp_options syn;
	bool known;
	bool asked;
	bool asks;
	bool offered;
	bool closed;
	bool stale;
};

/**
 * struct world - everything
 * @now: ns
 * @config: of each host
 * @hash: the keyed hash of the four-tuple, for initial sequence numbers
 * @shuffled: connections' ends in worlds that were @shuffled, where both programs were polite
 * @reduced: of them, those that took that for a loss, and were not told better
 * @kick_at: when a host's queue below has drained, 0 when none waits
 */
struct world {
	struct scenario scenario;
	struct clasp_config config[2];
	struct host host[2];
	struct app app[2];
	struct wiretap tap[2];
	u64 now;
	u32 hash;
	u64 kick_at[2];
	u64 seed;
	u64 random;
	u64 segments;
	u64 octets;
	u64 shuffled;
	u64 reduced;
	bool verbose;
};

extern struct world world;

u64 dice(void);
u64 dice_below(u64 limit);
u64 dice_between(u64 low, u64 high);
bool dice_chance(u32 in_10000);
void chronicle(const char *format, ...) __attribute__((format(printf, 1, 2)));

void net_reset(void);
u64 net_next_at(void);
void net_deliver(void);
void net_narrows(struct host *host);

void app_start(struct app *app);
void app_wake(struct app *app);
void app_act(struct app *app);
void app_verdict(const struct app *app);
void app_count(const struct app *app);

#endif
