// SPDX-License-Identifier: GPL-2.0
/*
 * Sequences of calls that nobody thought of: each is played on TCP and on Clasp, and after every call the
 * result, the errno, the octets received and what poll() and TCP_INFO's state say of every socket have to be the
 * same. Nothing waits, so that nothing hangs; after each call there is time for what it has set going. Every other
 * sequence is a talk over one connection, because chance alone makes few octets arrive.
 *
 * The seed is $CLASP_SEED; `sequences N` plays the Nth of it alone and shows both.
 */
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "differences.h"
#include "kselftest.h"
#include "net_helpers.h"

#define SEQUENCES 500
#define A_RESULT 50		/* sequences are one line of the report */
#define CALLS 24		/* in a sequence at most */
#define SLOTS 4			/* descriptors: 0 and 2 on the server, 1 and 3 on the client */
#define PORTS 2			/* that a sequence calls by number */
#define FIRST_PORT 2000
#define LAST_PORT 30000
#define SETTLE 300		/* ms; ACKs are delayed by 40, and one may wait for another */
#define LINE 200
#define RECEPTIONS 500		/* of octets, that sequences must lead to at least */
#define SHOWN 5			/* differences that are made short and printed */

enum verb {
	OPEN, BIND, LISTEN, CONNECT, ACCEPT, SEND, RECEIVE, SHUTDOWN, CLOSE, DISCONNECT, ERROR, NAME, PEER,
	INQ, OUTQ, OUTQNSD, OPTION, VERBS
};

static const struct {
	const char *name;
	int weight;
	int talk;
} verbs[VERBS] = {
	[OPEN] = { "socket", 4 }, [BIND] = { "bind", 3 }, [LISTEN] = { "listen", 3 },
	[CONNECT] = { "connect", 6 }, [ACCEPT] = { "accept", 4 }, [SEND] = { "send", 12, 24 },
	[RECEIVE] = { "recv", 12, 40 }, [SHUTDOWN] = { "shutdown", 6, 2 }, [CLOSE] = { "close", 4, 1 },
	[DISCONNECT] = { "disconnect", 3, 1 }, [ERROR] = { "SO_ERROR", 2, 1 }, [NAME] = { "getsockname", 2 },
	[PEER] = { "getpeername", 2 }, [INQ] = { "SIOCINQ", 2, 4 }, [OUTQ] = { "SIOCOUTQ", 2, 2 },
	[OUTQNSD] = { "SIOCOUTQNSD", 1, 1 }, [OPTION] = { "setsockopt", 3, 6 },
};

/**
 * struct call - one call of a sequence
 * @verb: enum verb
 * @slot: on which descriptor
 * @a: how much, how, to which port: what it means is the verb's
 * @b: flags
 */
struct call {
	uint8_t verb;
	uint8_t slot;
	uint8_t a;
	uint8_t b;
};

struct sequence {
	int count;
	struct call call[CALLS];
};

/**
 * struct seen - what can be seen of one call
 * @result: or a negative errno
 * @octets: a hash of what was received
 * @polled: of each slot, -1 without a socket
 * @state: of each slot, as TCP_INFO tells it
 */
struct seen {
	int result;
	uint32_t octets;
	int polled[SLOTS];
	int state[SLOTS];
};

/**
 * struct play - a sequence on one protocol
 * @fd: by slot
 * @first: number of the first port, whose others follow
 * @chosen: ports that the kernel chose, in the order in which they were seen
 */
struct play {
	int protocol;
	int fd[SLOTS];
	int first;
	int chosen[CALLS];
	int chosen_count;
	struct seen seen[CALLS];
};

static uint64_t dice;
static int next_port = FIRST_PORT;

static uint32_t throw(uint32_t sides)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return (dice * 0x2545f4914f6cdd1dull >> 33) % sides;
}

static int weight_of(int verb, bool talk)
{
	return talk ? verbs[verb].talk : verbs[verb].weight;
}

static uint8_t any_verb(bool talk)
{
	int at = 0, verb;

	for (verb = 0; verb < VERBS; verb++)
		at += weight_of(verb, talk);
	at = throw(at);
	for (verb = 0; at >= weight_of(verb, talk); verb++)
		at -= weight_of(verb, talk);
	return verb;
}

/* A talk begins with a connection; of the others two in three do, or with a listener at least. */
static void begin(struct sequence *sequence, bool talk)
{
	static const struct call connected[] = {
		{ OPEN, 0 }, { BIND, 0 }, { LISTEN, 0 }, { OPEN, 1 }, { CONNECT, 1, .b = 1 }, { ACCEPT, 0 },
	};
	static const int lengths[] = { 0, 3, 4, 5, 6, 6 };

	sequence->count = talk ? 6 : lengths[throw(6)];
	memcpy(sequence->call, connected, sequence->count * sizeof(*connected));
}

/* Seven in eight calls are on a socket that is open as far as can be foreseen. */
static uint8_t any_slot(const struct sequence *sequence, uint8_t verb)
{
	uint8_t open[SLOTS] = { 0 }, count = 0, slot, i;

	for (i = 0; i < sequence->count; i++) {
		const struct call *call = &sequence->call[i];

		open[call->verb == ACCEPT ? 2 : call->slot] |= call->verb == OPEN || call->verb == ACCEPT;
		open[call->slot] &= call->verb != CLOSE;
	}
	for (slot = 0; slot < SLOTS; slot++)
		count += open[slot];
	if (verb == OPEN || !count || !throw(8))
		return throw(SLOTS);
	for (count = throw(count) + 1, slot = 0; count -= open[slot]; slot++)
		;
	return slot;
}

/* One of the two ends of the connection that a talk has begun with; three in four receive what was sent last. */
static uint8_t any_end(const struct sequence *sequence, uint8_t verb)
{
	int i = verb == RECEIVE && throw(4) ? sequence->count : 0;

	while (i-- > 0)
		if (sequence->call[i].verb == SEND)
			return 3 - sequence->call[i].slot;
	return 1 + throw(2);
}

static void make(struct sequence *sequence, uint64_t seed, int number)
{
	bool talk = number % 2;
	uint8_t verb;
	int count;

	dice = (seed << 20) + number + 1;
	throw(2);
	throw(2);
	begin(sequence, talk);
	count = talk ? CALLS : sequence->count + 4 + throw(CALLS - 10 + 1);
	while (sequence->count < count && sequence->count < CALLS) {
		struct call *call = &sequence->call[sequence->count];

		verb = any_verb(talk);
		*call = (struct call){ verb, talk ? any_end(sequence, verb) : any_slot(sequence, verb),
				       throw(256), throw(256) };
		sequence->count++;
	}
}

static enum host host_of(int slot)
{
	return slot % 2 ? CLIENT : SERVER;
}

/* Two in three name the first port, the others the second or none. */
static int port_of(const struct play *play, uint8_t choice)
{
	return choice % 6 < 4 ? play->first : choice % 6 == 4 ? play->first + 1 : 0;
}

/* Ports that the kernel chose are told by when they were first seen. */
static int name_of(struct play *play, int port)
{
	int i;

	if (!port || (port >= play->first && port < play->first + PORTS))
		return port ? port - play->first + 1 : 0;
	for (i = 0; i < play->chosen_count && play->chosen[i] != port; i++)
		;
	if (i == play->chosen_count)
		play->chosen[play->chosen_count++] = port;
	return 100 + i;
}

static int call_open(struct play *play, const struct call *call)
{
	if (play->fd[call->slot] >= 0)
		return 0;
	play->fd[call->slot] = socket_on(host_of(call->slot), play->protocol, SOCK_NONBLOCK);
	return 1;
}

static int call_connect(const struct play *play, const struct call *call, int fd)
{
	enum host host = call->b % 8 ? !host_of(call->slot) : host_of(call->slot);
	int port = port_of(play, call->a);

	return connect(fd, AT(host, port ? port : play->first));
}

/* What was accepted takes the next free slot, or goes at once. */
static int call_accept(struct play *play, int fd)
{
	int accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK), slot;

	if (accepted < 0)
		return -1;
	for (slot = 2; slot < SLOTS && play->fd[slot] >= 0; slot++)
		;
	if (slot == SLOTS)
		close(accepted);
	else
		play->fd[slot] = accepted;
	return slot;
}

static int call_send(const struct call *call, int fd)
{
	static const int sizes[] = { 0, 1, 10, 100, 1000, 5000 };
	static const int flags[] = { 0, 0, 0, MSG_MORE, MSG_DONTWAIT, MSG_NOSIGNAL };
	static uint8_t octets[5000];
	int i;

	for (i = 0; i < sizeof(octets); i++)
		octets[i] = i * 31 + call->a;
	return send(fd, octets, sizes[call->a % 6], flags[call->b % 6]);
}

static int call_receive(const struct call *call, int fd, uint32_t *hash)
{
	static const int sizes[] = { 0, 1, 10, 50, 100, 1000, 2000, 8000 };
	static const int flags[] = {
		0, 0, 0, MSG_PEEK, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_WAITALL, MSG_PEEK | MSG_WAITALL,
		MSG_PEEK | MSG_TRUNC, MSG_TRUNC | MSG_WAITALL, MSG_DONTWAIT, MSG_DONTWAIT | MSG_WAITALL,
		MSG_CMSG_CLOEXEC, MSG_ERRQUEUE, MSG_OOB,
	};
	static uint8_t octets[8000];
	int how = flags[call->b % 16], n = recv(fd, octets, sizes[call->a % 8], how), i;

	for (i = 0; i < n && !(how & MSG_TRUNC); i++)
		*hash = (*hash ^ octets[i]) * 0x01000193;
	return n;
}

static int call_name(struct play *play, int fd, bool peer)
{
	struct sockaddr_in name;
	socklen_t size = sizeof(name);

	if (peer ? getpeername(fd, (struct sockaddr *)&name, &size) :
		   getsockname(fd, (struct sockaddr *)&name, &size))
		return -1;
	return (ntohl(name.sin_addr.s_addr) & 0xff) * 1000 + name_of(play, ntohs(name.sin_port));
}

static int call_ioctl(int fd, unsigned long what)
{
	int octets = -1;

	return ioctl(fd, what, &octets) ? -1 : octets;
}

static int call_error(int fd)
{
	socklen_t size = sizeof(int);
	int error;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) ? -1 : error;
}

static int call_option(const struct call *call, int fd)
{
	static const int options[] = { SO_REUSEADDR, SO_RCVLOWAT, SO_LINGER, SO_OOBINLINE, SO_KEEPALIVE };
	static const int values[] = { 0, 1, 2, 50, 1000, 6000 };
	struct linger how = { .l_onoff = call->b & 1 };
	int name = options[call->a % 5], value = values[call->b % 6];

	if (name == SO_LINGER)
		return setsockopt(fd, SOL_SOCKET, name, &how, sizeof(how));
	return setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value));
}

static int call_close(struct play *play, int slot)
{
	int fd = play->fd[slot];

	play->fd[slot] = -1;
	return close(fd);
}

static int make_call(struct play *play, const struct call *call, uint32_t *hash)
{
	const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	int fd = play->fd[call->slot];

	switch (call->verb) {
	case OPEN:
		return call_open(play, call);
	case BIND:
		return bind(fd, AT(host_of(call->slot), port_of(play, call->a)));
	case LISTEN:
		return listen(fd, 8);
	case CONNECT:
		return call_connect(play, call, fd);
	case ACCEPT:
		return call_accept(play, fd);
	case SEND:
		return call_send(call, fd);
	case RECEIVE:
		return call_receive(call, fd, hash);
	case SHUTDOWN:
		return shutdown(fd, call->a % 3);
	case CLOSE:
		return call_close(play, call->slot);
	case DISCONNECT:
		return connect(fd, &nowhere, sizeof(nowhere));
	case ERROR:
		return call_error(fd);
	case NAME:
		return call_name(play, fd, false);
	case PEER:
		return call_name(play, fd, true);
	case INQ:
		return call_ioctl(fd, SIOCINQ);
	case OUTQ:
		return call_ioctl(fd, SIOCOUTQ);
	case OUTQNSD:
		return call_ioctl(fd, SIOCOUTQNSD);
	default:
		return call_option(call, fd);
	}
}

static int state_told(int fd)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) ? -1 : info.tcpi_state;
}

static void look_at_all(const struct play *play, struct seen *seen)
{
	struct pollfd all[SLOTS];
	int i;

	for (i = 0; i < SLOTS; i++)
		all[i] = (struct pollfd){ play->fd[i], POLLIN | POLLPRI | POLLOUT | POLLRDHUP };
	poll(all, SLOTS, 0);
	for (i = 0; i < SLOTS; i++) {
		seen->polled[i] = play->fd[i] < 0 ? -1 : all[i].revents;
		seen->state[i] = state_told(play->fd[i]);
	}
}

static void clear(struct play *play)
{
	struct linger abort = { .l_onoff = 1 };
	int i;

	for (i = 0; i < SLOTS; i++) {
		if (play->fd[i] < 0)
			continue;
		setsockopt(play->fd[i], SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
		close(play->fd[i]);
	}
	pause_ms(SETTLE);
}

static void play_on(struct play *play, int protocol, int port, const struct sequence *sequence)
{
	int i, result;

	*play = (struct play){ .protocol = protocol, .fd = { -1, -1, -1, -1 }, .first = port };
	for (i = 0; i < sequence->count; i++) {
		struct seen *seen = &play->seen[i];

		result = make_call(play, &sequence->call[i], &seen->octets);
		seen->result = result < 0 ? -errno : result;
		pause_ms(SETTLE);
		look_at_all(play, seen);
	}
	clear(play);
}

static int play_both(struct play plays[2], const struct sequence *sequence)
{
	int i;

	if (next_port + PORTS > LAST_PORT)
		next_port = FIRST_PORT;
	play_on(&plays[0], IPPROTO_TCP, next_port, sequence);
	play_on(&plays[1], IPPROTO_CLASP, next_port, sequence);
	next_port += PORTS;
	for (i = 0; i < sequence->count; i++)
		if (memcmp(&plays[0].seen[i], &plays[1].seen[i], sizeof(struct seen)))
			break;
	return i;
}

/* Before call @at, and since it last connected, poll() has told an error of that slot. */
static bool failed_before(const struct play *play, const struct sequence *sequence, int at, int slot)
{
	while (at-- > 0 && play->seen[at].polled[slot] >= 0) {
		if (play->seen[at].polled[slot] & POLLERR)
			return true;
		if (sequence->call[at].verb == CONNECT && sequence->call[at].slot == slot)
			return false;
	}
	return false;
}

static bool looks_the_same(const struct seen *tcp, const struct seen *clasp)
{
	return !memcmp(tcp->polled, clasp->polled, sizeof(tcp->polled)) &&
	       !memcmp(tcp->state, clasp->state, sizeof(tcp->state));
}

/* Who reads nothing is told the error, which is then over; who reads octets is not. */
static bool flushed(const struct play plays[2], const struct sequence *sequence, int at)
{
	const struct call *call = &sequence->call[at];
	struct seen tcp = plays[0].seen[at], clasp = plays[1].seen[at];

	if ((call->verb != RECEIVE && call->verb != INQ) || tcp.result < 0 || clasp.result > 0 ||
	    !failed_before(&plays[1], sequence, at, call->slot))
		return false;
	if (clasp.result < 0)
		clasp.polled[call->slot] |= tcp.polled[call->slot] & POLLERR;
	return looks_the_same(&tcp, &clasp);
}

/* TCP answers with what is left of its sequence numbers. */
static bool nothing_queued(const struct play plays[2], const struct sequence *sequence, int at)
{
	const struct seen *tcp = &plays[0].seen[at], *clasp = &plays[1].seen[at];
	const struct call *call = &sequence->call[at];

	return (call->verb == OUTQ || call->verb == OUTQNSD) && !clasp->result &&
	       tcp->state[call->slot] == TCP_CLOSE && looks_the_same(tcp, clasp);
}

/* How much of what was sent had left when the connection ended depends on how it was cut into segments. */
static bool cut_otherwise(const struct play plays[2], const struct sequence *sequence, int at)
{
	const struct seen *tcp = &plays[0].seen[at], *clasp = &plays[1].seen[at];
	const struct call *call = &sequence->call[at];

	return call->verb == OUTQNSD && tcp->result >= 0 && clasp->result >= 0 &&
	       tcp->state[call->slot] == TCP_CLOSE && looks_the_same(tcp, clasp) &&
	       failed_before(&plays[1], sequence, at, call->slot);
}

/*
 * Which sockets had been shut down when they had no connection, and then connected or listened; and which may be
 * at the other end of such a one, or come out of it.
 */
static void mark_shut(const struct play *play, const struct sequence *sequence, int at, bool marked[SLOTS])
{
	bool shut[SLOTS] = { 0 }, any = false;
	int i, slot;

	for (i = 0; i <= at; i++) {
		const struct call *call = &sequence->call[i];
		int result = play->seen[i].result;

		slot = call->verb == ACCEPT && result > 0 ? result : call->slot;
		if (call->verb == SHUTDOWN && result == -ENOTCONN)
			shut[slot] = true;
		if (call->verb == DISCONNECT || call->verb == CLOSE)
			shut[slot] = false;
		if (call->verb == LISTEN || call->verb == CONNECT)
			any |= shut[slot];
		if (call->verb == LISTEN || call->verb == CONNECT || call->verb == ACCEPT)
			marked[slot] = any;
		else if (call->verb == DISCONNECT || call->verb == CLOSE)
			marked[slot] = false;
	}
}

/* All that differs is of such sockets. */
static bool shut_before(const struct play plays[2], const struct sequence *sequence, int at)
{
	const struct seen *tcp = &plays[0].seen[at], *clasp = &plays[1].seen[at];
	bool marked[SLOTS] = { 0 };
	int slot;

	mark_shut(&plays[0], sequence, at, marked);
	for (slot = 0; slot < SLOTS; slot++)
		if (!marked[slot] && (tcp->polled[slot] != clasp->polled[slot] ||
				      tcp->state[slot] != clasp->state[slot]))
			return false;
	return marked[sequence->call[at].slot] ||
	       (tcp->result == clasp->result && tcp->octets == clasp->octets);
}

static const struct {
	enum difference why;
	bool (*is)(const struct play plays[2], const struct sequence *sequence, int at);
} allowed[] = {
	{ FLUSHED_BY_AN_ERROR, flushed },
	{ SHUTDOWN_BEFORE_OPEN, shut_before },
	{ QUEUE_OF_NOTHING, nothing_queued },
	{ UNSENT_AT_THE_END, cut_otherwise },
};

/* Which of the differences it is that begins at a call; DIFFERENCES when it is none. */
static enum difference difference_of(const struct play plays[2], const struct sequence *sequence, int at)
{
	int i;

	for (i = 0; i < (int)ARRAY_SIZE(allowed); i++)
		if (allowed[i].is(plays, sequence, at))
			return allowed[i].why;
	return DIFFERENCES;
}

/* Leave out whatever is not needed for the two to differ. */
static void shrink(struct sequence *sequence, struct play plays[2])
{
	int left_out = sequence->count - 1;

	while (left_out >= 0) {
		struct sequence less = *sequence;
		int at;

		less.count--;
		memmove(&less.call[left_out], &less.call[left_out + 1],
			(less.count - left_out) * sizeof(struct call));
		at = play_both(plays, &less);
		if (at < less.count && difference_of(plays, &less, at) == DIFFERENCES) {
			*sequence = less;
			sequence->count = at + 1;
			left_out = sequence->count;
		}
		left_out--;
	}
	play_both(plays, sequence);
}

static const char *words_of(const struct seen *seen, char *line)
{
	static const struct { int flag; const char *name; } flags[] = {
		{ POLLIN, "i" }, { POLLPRI, "p" }, { POLLOUT, "o" }, { POLLRDHUP, "r" },
		{ POLLHUP, "h" }, { POLLERR, "e" },
	};
	int at, i, j;

	at = seen->result < 0 ? sprintf(line, "%s", strerrorname_np(-seen->result)) :
				sprintf(line, "%d", seen->result);
	for (i = 0; i < SLOTS; i++) {
		at += sprintf(line + at, " %c", seen->polled[i] < 0 ? '-' : '=');
		for (j = 0; j < 6 && seen->polled[i] >= 0; j++)
			at += sprintf(line + at, "%s",
				      seen->polled[i] & flags[j].flag ? flags[j].name : "");
		if (seen->polled[i] >= 0)
			at += sprintf(line + at, "%d", seen->state[i]);
	}
	return line;
}

static void show(const struct sequence *sequence, const struct play plays[2])
{
	char tcp[LINE], clasp[LINE];
	int i;

	for (i = 0; i < sequence->count; i++) {
		const struct call *call = &sequence->call[i];

		ksft_print_msg("%2d %s(%d, %d, %d): tcp %s, clasp %s%s\n", i, verbs[call->verb].name,
			       call->slot, call->a, call->b, words_of(&plays[0].seen[i], tcp),
			       words_of(&plays[1].seen[i], clasp),
			       plays[0].seen[i].octets == plays[1].seen[i].octets ? "" :
			       ", other octets");
	}
}

static int met[DIFFERENCES];

/* What was done that matters: a seed whose sequences lead nowhere would find nothing. */
static int calls, connections, receptions, failures;

static void count(const struct sequence *sequence, const struct play *play)
{
	int i;

	for (i = 0; i < sequence->count; i++) {
		const struct call *call = &sequence->call[i];
		int result = play->seen[i].result;

		calls++;
		connections += call->verb == ACCEPT && result > 0;
		receptions += call->verb == RECEIVE && result > 0;
		failures += result < 0;
	}
}

/* Return: true when a sequence is the same on both, or different where it may be. */
static bool same(uint64_t seed, int number)
{
	static struct play plays[2];
	static int shown;
	struct sequence sequence;
	enum difference why;
	int at;

	make(&sequence, seed, number);
	at = play_both(plays, &sequence);
	count(&sequence, &plays[0]);
	if (at == sequence.count)
		return true;
	why = difference_of(plays, &sequence, at);
	if (why != DIFFERENCES) {
		met[why]++;
		return true;
	}
	ksft_print_msg("seed %llu, sequence %d: different at call %d of %d\n",
		       (unsigned long long)seed, number, at, sequence.count);
	if (shown++ < SHOWN) {
		sequence.count = at + 1;
		shrink(&sequence, plays);
		show(&sequence, plays);
	}
	return false;
}

static void play_one(uint64_t seed, int number)
{
	static struct play plays[2];
	struct sequence sequence;

	make(&sequence, seed, number);
	play_both(plays, &sequence);
	show(&sequence, plays);
}

int main(int argc, char **argv)
{
	uint64_t seed = getenv("CLASP_SEED") ? strtoull(getenv("CLASP_SEED"), NULL, 0) : 1;
	int first, i, wrong;

	signal(SIGPIPE, SIG_IGN);
	hosts_up();
	if (argc > 1) {
		play_one(seed, atoi(argv[1]));
		return 0;
	}
	ksft_print_header();
	ksft_set_plan(SEQUENCES / A_RESULT + 1);
	ksft_print_msg("seed %llu\n", (unsigned long long)seed);
	for (first = 0; first < SEQUENCES; first += A_RESULT) {
		for (wrong = 0, i = first; i < first + A_RESULT; i++)
			wrong += !same(seed, i);
		ksft_test_result(!wrong, "sequences__%d_to_%d\n", first, first + A_RESULT - 1);
	}
	ksft_print_msg("%d calls, %d failed, %d connections accepted\n", calls, failures, connections);
	ksft_test_result(receptions >= RECEPTIONS, "sequences__receive_octets %d times\n", receptions);
	for (i = 0; i < DIFFERENCES; i++)
		if (met[i])
			ksft_print_msg("%d different, and may be: %s\n", met[i], differences[i]);
	ksft_finished();
}
