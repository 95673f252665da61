// SPDX-License-Identifier: GPL-2.0
/*
 * The next segment with these flags, or the N-th, is lost, waits, or comes late; no other is
 * touched, and its sender notices nothing. A loss is a rule in the receiver's prerouting hook. What
 * waits is queued in the sender's postrouting hook, to which a process holds the key: when that
 * lets it go, the segment takes the wire like any other, and arrives in softirq. The flags stand in
 * the 14th octet of the header; PSH and URG are not looked at. One rule is for both families.
 *
 * The process of a held segment is reached by a socket whose name is known in its namespace only.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event.h"
#include "gate.h"
#include "grow.h"
#include "queue.h"
#include "stage.h"
#include "trace.h"

#define GATES 64
#define FOREVER -1

/* What the process of a gate is asked. */
enum request {
	REQUEST_RELEASE,		/* let the segment go, if it is there and has these flags */
	REQUEST_OPEN,			/* the same, and end even without one */
};

struct question {
	u8 request;
	u8 flags;
};

/* A gate, in the process that keeps it. */
struct keeper {
	u32 number;
	u8 flags;
	int delay_ms;
	int control;
	int queue;
	bool arrived;
	u32 id;
};

static socklen_t name_gate(struct sockaddr_un *name, u32 number)
{
	memset(name, 0, sizeof(*name));
	name->sun_family = AF_UNIX;
	return offsetof(struct sockaddr_un, sun_path) + 1 +
	       snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1, "clasp-gate-%u", number);
}

/* The name that is free is also the number of a free queue. */
static int take_number(struct keeper *keeper)
{
	struct sockaddr_un name;

	keeper->control = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (keeper->number = 0; keeper->number < GATES; keeper->number++)
		if (!bind(keeper->control, (struct sockaddr *)&name,
			  name_gate(&name, keeper->number)))
			return 0;
	fputs("clasp: too many segments are held\n", stderr);
	return -1;
}

static int add_rule(const char *netns, const char *chain, u32 protocol, const struct step *step,
		    const char *verdict)
{
	char nth[48];

	snprintf(nth, sizeof(nth), "numgen inc mod 65536 == %u", step->number - 1);
	return stage_run(netns, "nft add rule inet clasp %s meta l4proto %u @th,104,8 & %u == %u %s %s",
			 chain, protocol, EVENT_FLAGS_FIRM, trace_flags(step->word), nth, verdict);
}

static int add_chain(const char *netns, const char *chain, const char *hook)
{
	if (stage_run(netns, "nft add table inet clasp"))
		return -1;
	return stage_run(netns, "nft add chain inet clasp %s { type filter hook %s ; }", chain, hook);
}

static int drop(const struct gate_way *way, const struct step *step)
{
	if (add_chain(way->to, "arrivals", "prerouting priority -300"))
		return -1;
	return add_rule(way->to, "arrivals", way->protocol, step, "drop");
}

/* The rule comes last: a queue that nobody holds lets everything pass. */
static int put_up(struct keeper *keeper, const struct gate_way *way, const struct step *step)
{
	char verdict[32];

	if (stage_enter(way->from) || take_number(keeper) ||
	    add_chain(NULL, "departures", "postrouting priority 300"))
		return -1;
	keeper->queue = queue_open(keeper->number);
	if (keeper->queue < 0)
		return -1;
	snprintf(verdict, sizeof(verdict), "queue num %u bypass", keeper->number);
	return add_rule(NULL, "departures", way->protocol, step, verdict);
}

/* Answers with 1 when the segment goes on, 0 when there is none of this kind. */
static bool answer(struct keeper *keeper)
{
	struct sockaddr_un asker;
	socklen_t len = sizeof(asker);
	struct question question;
	char goes;

	if (recvfrom(keeper->control, &question, sizeof(question), 0, (struct sockaddr *)&asker,
		     &len) != sizeof(question))
		return false;
	goes = keeper->arrived &&
	       (question.request == REQUEST_OPEN ||
		(question.flags == keeper->flags && keeper->delay_ms == FOREVER)) &&
	       !queue_pass(keeper->queue, keeper->number, keeper->id);
	sendto(keeper->control, &goes, 1, 0, (struct sockaddr *)&asker, len);
	return goes || question.request == REQUEST_OPEN;
}

/* One segment comes; from then on its time runs. */
static void keep(struct keeper *keeper)
{
	struct pollfd fds[] = {
		{ .fd = keeper->control, .events = POLLIN },
		{ .fd = keeper->queue, .events = POLLIN },
	};

	for (;;) {
		if (!poll(fds, 2, keeper->arrived ? keeper->delay_ms : FOREVER)) {
			queue_pass(keeper->queue, keeper->number, keeper->id);
			return;
		}
		if (fds[1].revents && !keeper->arrived) {
			if (queue_read(keeper->queue, &keeper->id))
				return;
			keeper->arrived = true;
			fds[1].fd = -1;
		}
		if (fds[0].revents && answer(keeper))
			return;
	}
}

/* What the keeper does not need is closed: it lives on, and must keep nothing busy. */
static void run_keeper(const struct gate_way *way, const struct step *step, int inherited)
{
	int ready = dup2(inherited, STDERR_FILENO + 1);
	struct keeper keeper = {
		.flags = trace_flags(step->word),
		.delay_ms = step->verb == VERB_DELAY ? (int)step->ms : FOREVER,
	};
	char ok;

	close_range(ready + 1, ~0U, 0);
	ok = !put_up(&keeper, way, step);
	if (write(ready, &ok, 1) != 1 || !ok)
		_exit(1);
	close(ready);
	if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
		_exit(1);
	keep(&keeper);
	_exit(0);
}

/* Forked twice, so that nobody waits for the keeper; in a session of its own, so that it stays. */
static int start_keeper(const struct gate_way *way, const struct step *step)
{
	int ready[2];
	char ok = 0;
	pid_t pid;

	if (pipe(ready))
		return -1;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(ready[0]);
		setsid();
		if (!fork())
			run_keeper(way, step, ready[1]);
		_exit(0);
	}
	close(ready[1]);
	waitpid(pid, NULL, 0);
	if (read(ready[0], &ok, 1) != 1)
		ok = 0;
	close(ready[0]);
	return ok ? 0 : -1;
}

/* Asks every gate of this namespace; the number of segments that go on. */
static u32 ask_gates(const struct question *question)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	u32 number, count = 0;
	char goes = 0;

	bind(fd, (struct sockaddr *)&name, sizeof(sa_family_t));
	for (number = 0; number < GATES; number++) {
		socklen_t len = name_gate(&name, number);

		if (sendto(fd, question, sizeof(*question), 0, (struct sockaddr *)&name, len) > 0 &&
		    recv(fd, &goes, 1, 0) == 1)
			count += goes;
	}
	close(fd);
	return count;
}

static u32 ask_in(const char *netns, u8 request, u8 flags)
{
	const struct question question = { request, flags };
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(stage_enter(netns) ? 0 : ask_gates(&question));
	return pid > 0 && waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : 0;
}

static int release(const struct gate_way *way, const struct step *step)
{
	if (ask_in(way->from, REQUEST_RELEASE, trace_flags(step->word)))
		return 0;
	fprintf(stderr, "clasp: no segment %s is held\n", step->word);
	return -1;
}

/**
 * gate_set - do to a segment what a step says
 * @way: where it travels
 * @step: drop, hold, delay or release
 *
 * Return: 0, or -1 after a message.
 */
int gate_set(const struct gate_way *way, const struct step *step)
{
	switch (step->verb) {
	case VERB_DROP:
		return drop(way, step);
	case VERB_RELEASE:
		return release(way, step);
	default:
		return start_keeper(way, step);
	}
}

/**
 * gate_cut - let nothing arrive on a host any more
 * @netns: name of its namespace
 * @protocol: IP protocol number of what is lost
 *
 * Return: 0, or -1 after a message.
 */
int gate_cut(const char *netns, u32 protocol)
{
	if (add_chain(netns, "cut", "prerouting priority -400"))
		return -1;
	return stage_run(netns, "nft add rule inet clasp cut meta l4proto %u drop", protocol);
}

/**
 * gate_mend - take back gate_cut()
 * @netns: name of the host's namespace
 *
 * Return: 0, or -1 after a message.
 */
int gate_mend(const char *netns)
{
	return stage_run(netns, "nft flush chain inet clasp cut");
}

/* Lets everything go that is held in a namespace, and ends the processes that held it. */
void gate_open(const char *netns)
{
	ask_in(netns, REQUEST_OPEN, 0);
}
