// SPDX-License-Identifier: GPL-2.0
/*
 * What an operation costs on each transport, one after the other in the same guest. In the deterministic
 * guest a nanosecond of CLOCK_MONOTONIC is an instruction, so these are instructions, and the same build gives
 * the same figures. Instructions are not time: caches and locks are free here. A wait counts as if it were work.
 */
#include <signal.h>

#include "ends.h"
#include "marks.h"

#define ROUNDS 200
#define MANY_ROUNDS 1000
#define SETTLING 20	/* samples until two processes and their buffers have found a rhythm */
#define BULK 8192
#define BULK2 65536

static char octets[BULK2];

static void churn(struct ends *ends)
{
	ends_connect(ends);
	ends_close(ends);
}

static void churn_with_data(struct ends *ends)
{
	ends_connect(ends);
	ends_round_trip(ends);
	ends_close(ends);
}

static int at_most(const struct ends *ends, int count)
{
	int most = ends->transport->most;

	return most && most < count ? most : count;
}

static void bulk(struct ends *ends)
{
	ends_pass(ends, CLIENT, octets, at_most(ends, BULK));
}

static void answered(struct ends *ends)
{
	ends_write(ends, CLIENT, octets, 1);
	ends_read(ends, CLIENT, octets, 1);
}

static void answer(struct ends *ends)
{
	for (;;) {
		ends_read(ends, SERVER, octets, 1);
		ends_write(ends, SERVER, octets, 1);
	}
}

static void stream(struct ends *ends)
{
	ends_write(ends, CLIENT, octets, BULK2);
}

static void stream_arrived(struct ends *ends)
{
	ends_read(ends, CLIENT, octets, 1);
}

/* As many octets as a sample has, then word that they are here. */
static void sink(struct ends *ends)
{
	int i;

	for (;;) {
		for (i = 0; i < ROUNDS; i++)
			ends_read(ends, SERVER, octets, BULK2);
		ends_write(ends, SERVER, octets, 1);
	}
}

/**
 * struct operation - what is done again and again
 * @once: by this process
 * @last: after so many times, before the clock is read
 * @other: by another process, all the while
 * @connected: on a connection that is there already
 */
static const struct operation {
	const char *name;
	void (*once)(struct ends *ends);
	void (*last)(struct ends *ends);
	void (*other)(struct ends *ends);
	bool connected;
} operations[] = {
	{ "churn", churn },
	{ "crr", churn_with_data },
	{ "rr", ends_round_trip, .connected = true },
	{ "rr2", answered, .other = answer, .connected = true },
	{ "bulk", bulk, .connected = true },
	{ "bulk2", stream, .last = stream_arrived, .other = sink, .connected = true },
};

#define OPERATIONS (sizeof(operations) / sizeof(*operations))

/*
 * What a connection leaves to be done later, as freeing it after a grace period, is done in bunches. The more
 * there are of these in a sample, the less it matters where one of them ends.
 */
static int rounds_of(const struct operation *operation, const struct transport *transport)
{
	return operation->connected || !transport_is_rival(transport) ? ROUNDS : MANY_ROUNDS;
}

static double sample(const struct operation *operation, struct ends *ends)
{
	int rounds = rounds_of(operation, ends->transport), i;
	uint64_t started = now_ns();

	for (i = 0; i < rounds; i++)
		operation->once(ends);
	if (operation->last)
		operation->last(ends);
	return (now_ns() - started) / (double)rounds;
}

static double measure(const struct operation *operation, const struct transport *transport, bool loopback)
{
	struct ends ends = ends_listen(transport, loopback);
	double cost[SAMPLES];
	pid_t child = 0;
	int i;

	if (operation->connected)
		ends_connect(&ends);
	if (operation->other)
		child = IN_CHILD(operation->other(&ends));
	for (i = 0; i < (operation->other ? SETTLING : 1); i++)
		sample(operation, &ends);
	MARK_NEXT();
	MARK_BEGIN();
	for (i = 0; i < SAMPLES; i++)
		cost[i] = sample(operation, &ends);
	MARK_END();
	if (child) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	if (operation->connected)
		ends_close(&ends);
	close(ends.listener);
	pause_ms(TIME_WAITS_ARE_OVER);
	return median(cost, SAMPLES);
}

static void show(const struct operation *operation, const struct transport *transport, bool loopback)
{
	const struct figure figure = {
		loopback ? "loopback" : "veth", operation->name, "instructions",
		SAMPLES * rounds_of(operation, transport)
	};
	const char *missing = transport_missing(transport);

	if (!missing && transport->most && operation->last)
		missing = "it loses what does not fit";
	if (missing)
		figure_absent(&figure, transport->name, missing);
	else
		figure_is(&figure, transport->name, measure(operation, transport, loopback));
}

/* With an argument, and over IPv6, only the two rivals on loopback. */
int main(int argc, char **argv)
{
	bool all = argc == 1 && family() == AF_INET;
	unsigned int i, j;

	(void)argv;
	hosts_up();
	for (i = 0; i < OPERATIONS; i++)
		for (j = 0; j < TRANSPORTS; j++) {
			if (all || transport_is_rival(&transports[j]))
				show(&operations[i], &transports[j], true);
			if (all && transport_is_rival(&transports[j]))
				show(&operations[i], &transports[j], false);
		}
	return 0;
}
