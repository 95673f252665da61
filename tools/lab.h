/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A lab in memory: what two hosts do, what to notice, what must come of it.
 */
#ifndef CLASP_TOOLS_LAB_H
#define CLASP_TOOLS_LAB_H

#include "check.h"
#include "writers.h"

/* The number that the module takes unless it is told otherwise. */
#define LAB_PROTOCOL 253

enum host_id {
	CLIENT,
	SERVER,
	HOSTS,
};

extern const char *const host_names[HOSTS];

enum verb {
	/* a host's program */
	VERB_LISTEN,
	VERB_STOP,
	VERB_CONNECT,
	VERB_ACCEPT,
	VERB_SEND,
	VERB_RECV,
	VERB_RECV_EOF,
	VERB_SHUTDOWN,
	VERB_CLOSE,
	VERB_LINGER0,
	VERB_ERROR,
	VERB_RCVBUF,
	VERB_SNDBUF,
	/* the runner, about one host */
	VERB_WAIT,
	VERB_WAIT_STATE,
	VERB_LISTS,
	VERB_SYSCTL,
	/* the runner */
	VERB_SLEEP,
	VERB_DROP,
	VERB_HOLD,
	VERB_DELAY,
	VERB_RELEASE,
	VERB_CUT,
	VERB_MEND,
	VERB_REPEAT,
	VERB_END,
};

/**
 * struct step - one step of a lab
 * @verb: enum verb
 * @host: enum host_id, HOSTS for both
 * @async: go on without waiting for it; "wait" waits
 * @plain: listen without SO_REUSEADDR
 * @socket: name of the socket, "" for the host's usual one
 * @number: port, octets, ms, repetitions, connections or value; the n-th segment
 * @from: local port of a connect, 0 for any
 * @backlog: of a listen
 * @ms: of a delay
 * @state: enum clasp_state
 * @word: sysctl or flags
 * @expect: errno that it must fail with, "" when it must not fail
 * @line: in the file
 * @text: as it stands in the file
 */
struct step {
	u8 verb;
	u8 host;
	bool async;
	bool plain;
	char socket[8];
	u32 number;
	u32 from;
	u32 backlog;
	u32 ms;
	u8 state;
	char word[32];
	char expect[20];
	u32 line;
	char text[80];
};

/**
 * struct lab - a lab file
 * @number: unique
 * @name: one word
 * @mutant: the fault that the module must have for this lab, "" for none
 * @title: one line
 * @notice: two or three sentences
 * @tcp: enum host_id of the host that has TCP, with a gateway before the other; HOSTS for none
 * @delay_ms: of the link, each way
 * @limit_s: how long a step may take
 * @shown: ladders that are drawn; 0 for all
 * @steps: in order
 * @step_count: of @steps
 * @remarks: explanations beside segments
 * @remark_count: of @remarks
 * @checks: what must hold
 * @check_count: of @checks
 */
struct lab {
	u32 number;
	char name[32];
	char mutant[32];
	char title[160];
	char notice[1600];
	u8 tcp;
	u32 delay_ms;
	u32 limit_s;
	u32 shown;
	struct step *steps;
	size_t step_count;
	struct remark *remarks;
	size_t remark_count;
	struct check *checks;
	size_t check_count;
};

/**
 * struct outcome - what came of one run
 * @transitions: rows walked, with repetition
 * @failed: checks and steps
 */
struct outcome {
	size_t transitions;
	size_t failed;
};

/**
 * struct lab_options - how labs are run
 * @svg: directory for pictures, or NULL
 * @json: directory, or NULL
 * @trace: saved trace to hold the checks against, instead of running anything; or NULL
 * @mutant: the fault that the module has, "" for none: the labs are those of this fault
 * @protocol: of the sockets
 * @ipv6: the hosts' addresses are of IPv6
 * @quiet: no ladders on the terminal
 * @step: wait for a key after each step
 */
struct lab_options {
	const char *svg;
	const char *json;
	const char *trace;
	const char *mutant;
	u32 protocol;
	bool ipv6;
	bool quiet;
	bool step;
};

int lab_parse(struct lab *lab, const char *path);
void lab_free(struct lab *lab);
int lab_number(const char *word, u32 *number);
int step_parse(struct step *step, char **words, int count);
int lab_run(const struct lab *lab, const struct lab_options *options, bool *walked,
	    struct outcome *outcome);

#endif
