/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The explorer's world: everything that can differ between two moments, in memory that may be
 * copied. There is no clock: any armed timer may fire next. What a scenario allows the network and
 * the programs to do is bounded, so the number of moments is finite, and all of them are visited.
 */
#ifndef CLASP_SELFTESTS_EXPLORE_H
#define CLASP_SELFTESTS_EXPLORE_H

#include "host.h"

#define CHANNEL_MAX 3
#define OPEN_WINDOW 65535
#define NOW (1000 * CLASP_SEC)
#define CLIENT 0
#define SERVER 1

/**
 * struct scenario - bounds of one exploration
 * @name: for the report
 * @octets: that client and server write
 * @capacity: segments that the network holds in each direction
 * @losses: segments that may be lost
 * @duplicates: segments that may be delivered twice
 * @overtakings: segments that may be delivered before an older one
 * @refusals: proposed segments that may be refused
 * @aborts: programs that may abort
 * @errors: ICMP errors that may come
 * @stops: the server may stop listening
 * @rcv_buf: receive buffers
 * @reads: reading is a step of its own; otherwise programs read at once
 * @both_call: the server's program calls too, nobody listens: simultaneous open
 * @patience: challenge ACKs are limited until some timer fires; otherwise they are not
 * @keepalive: both ends ask for signs of life
 * @options: both offer every option; a window is scaled so that a unit has several octets
 * @sack: both ends offer SACK
 * @marks: both ends ask for ECN, and whatever may be marked is
 * @paced: octets leave when it is their turn, which comes with a timer
 * @rounds: connections that the client may open, one after the other
 * @iss: initial sequence numbers of client and server
 * @large: takes minutes, and gigabytes
 * @what: what it is about, in a few words
 */
struct scenario {
	const char *name;
	u8 octets[2];
	u8 capacity;
	u8 losses;
	u8 duplicates;
	u8 overtakings;
	u8 refusals;
	u8 aborts;
	u8 errors;
	bool stops;
	u16 rcv_buf;
	bool reads;
	bool both_call;
	bool patience;
	bool keepalive;
	bool options;
	bool sack;
	bool marks;
	bool paced;
	u8 rounds;
	u32 iss[2];
	bool large;
	const char *what;
};

/**
 * struct program - what a program has done and seen
 * @opened: how often it called connect()
 * @running: it holds a socket
 * @written: octets
 * @got: octets
 * @shut: it has shut down its direction
 * @closed: it holds no socket any more
 * @gave_up: its connection ended otherwise than in order: an RST may come from there
 */
struct program {
	u8 opened;
	bool running;
	u8 written;
	u8 got;
	bool shut;
	bool closed;
	bool gave_up;
};

struct channel {
	u32 count;
	struct segment segment[CHANNEL_MAX];
};

/* What a scenario allows only so often. */
enum spending {
	SPENT_LOSSES,
	SPENT_DUPLICATES,
	SPENT_OVERTAKINGS,
	SPENT_REFUSALS,
	SPENT_ABORTS,
	SPENT_ERRORS,
	SPENDINGS,
};

/**
 * struct moment - everything that can differ
 * @host: client and server
 * @program: theirs
 * @to: the network, by where it leads
 * @spent: by enum spending; last, for it is no part of the digest
 */
struct moment {
	struct host host[2];
	struct program program[2];
	struct channel to[2];
	u8 spent[8];
};

enum step_kind {
	STEP_OPEN,
	STEP_SEND,
	STEP_READ,
	STEP_SHUTDOWN,
	STEP_CLOSE,
	STEP_ABORT,
	STEP_STOP,
	STEP_ERROR,
	STEP_DELIVER,
	STEP_DUPLICATE,
	STEP_LOSE,
	STEP_TIMER,
	STEP_KINDS,
};

/**
 * struct step - from one moment to the next
 * @kind: enum step_kind
 * @at: client or server
 * @arg: which segment, which timer
 * @refuse: the first segment proposed in this step is refused
 */
struct step {
	u8 kind;
	u8 at;
	u8 arg;
	bool refuse;
};

/* A digest of a moment in canonical form. */
struct digest {
	u32 word[4];
};

#define SPENT_BITS 4		/* 3 for the count, 1 to borrow from */
#define SPENT_BORROW 0x888888U

/* Is no count of the first higher than that of the second? */
static inline bool spent_less(u32 first, u32 second)
{
	return (((second | SPENT_BORROW) - first) & SPENT_BORROW) == SPENT_BORROW;
}

extern const struct scenario scenarios[];
extern const u32 scenario_count;
extern const struct scenario *scenario;
extern struct moment now;		/* the moment that steps change */

/* explore_list.c */
void scenarios_print(void);
u32 rows_missed(void);

/* explore_steps.c */
void moment_begin(struct moment *moment);
u8 step_args(u8 kind);
bool step_possible(const struct moment *moment, struct step step);
bool step_take(struct step step);
void step_print(struct step step);
bool moment_over(const struct moment *moment);
bool fair_step(const struct moment *moment, struct step *step);
void moment_digest(const struct moment *moment, struct digest *digest);
u32 moment_spent(const struct moment *moment);

#endif
