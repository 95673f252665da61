// SPDX-License-Identifier: GPL-2.0
/*
 * Sequences of calls that nobody thought of: each is played on TCP and on Clasp, and after every call the
 * result, the errno, the octets received and what poll() and TCP_INFO's state say of every socket have to be the
 * same. Nothing waits, so that nothing hangs; after each call there is time for what it has set going. Every other
 * sequence is a talk over one connection, because chance alone makes few octets arrive.
 *
 * The seed is $CLASP_SEED; `sequences N` plays the Nth of it alone and shows both.
 */
#include <signal.h>

#include "kselftest.h"
#include "allowed.h"
#include "calls.h"

#define SEQUENCES 500		/* `make check` plays so many, sequences_long */
#define LONG 4			/* times as many */
#define A_RESULT 50		/* sequences are one line of the report */
#define FIRST_PORT 2000
#define LAST_PORT 30000
#define SETTLE 300		/* ms; ACKs are delayed by 40, and one may wait for another */
#define LINE 200
#define RECEPTIONS 500		/* of octets, that sequences must lead to at least */
#define SHOWN 5			/* differences that are made short and printed */

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
	int i = receives(verb) && throw(4) ? sequence->count : 0;

	while (i-- > 0)
		if (sends(sequence->call[i].verb))
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
		receptions += receives(call->verb) && result > 0;
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
	int first, i, wrong, sequences = SEQUENCES * (strstr(argv[0], "_long") ? LONG : 1);

	signal(SIGPIPE, SIG_IGN);
	hosts_up();
	if (argc > 1) {
		play_one(seed, atoi(argv[1]));
		return 0;
	}
	ksft_print_header();
	ksft_set_plan(sequences / A_RESULT + 1);
	ksft_print_msg("seed %llu\n", (unsigned long long)seed);
	for (first = 0; first < sequences; first += A_RESULT) {
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
