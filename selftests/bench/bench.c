// SPDX-License-Identifier: GPL-2.0
/*
 * What an operation costs on Clasp and on the kernel's TCP, one after the other in the same guest.
 * In the deterministic guest a nanosecond of CLOCK_MONOTONIC is an instruction, so these are
 * instructions, and the same build gives the same figures. Instructions are not time: caches and
 * locks are free here.
 */
#include <netinet/tcp.h>

#include "../net/net_helpers.h"

#define WARM_UP 100
#define ROUNDS 200
#define SAMPLES 5
#define PORT 80
#define BULK 8192

/* Both ends of what is measured, opened and used by one process. */
struct ends {
	int protocol;
	int listener;
	int fd[HOSTS];
};

static void fine(bool condition, const char *what)
{
	if (!condition)
		stage_fails("%s", what);
}

static void connect_both(struct ends *ends)
{
	int one = 1, host;

	ends->fd[CLIENT] = socket(AF_INET, SOCK_STREAM, ends->protocol);
	fine(!connect(ends->fd[CLIENT], AT(SERVER, PORT)), "connect");
	ends->fd[SERVER] = accept(ends->listener, NULL, NULL);
	fine(ends->fd[SERVER] >= 0, "accept");
	for (host = CLIENT; host < HOSTS; host++)
		setsockopt(ends->fd[host], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void close_both(struct ends *ends)
{
	close(ends->fd[CLIENT]);
	close(ends->fd[SERVER]);
}

static void pass(struct ends *ends, enum host from, char *octets, int count)
{
	ssize_t n;

	fine(write(ends->fd[from], octets, count) == count, "write");
	for (; count; count -= n) {
		n = read(ends->fd[!from], octets, count);
		fine(n > 0, "read");
	}
}

static void churn(struct ends *ends)
{
	connect_both(ends);
	close_both(ends);
}

static void round_trip(struct ends *ends)
{
	char octet = 0;

	pass(ends, CLIENT, &octet, 1);
	pass(ends, SERVER, &octet, 1);
}

static void bulk(struct ends *ends)
{
	static char octets[BULK];

	pass(ends, CLIENT, octets, BULK);
}

static const struct operation {
	const char *name;
	void (*once)(struct ends *ends);
	bool connected;
} operations[] = {
	{ "churn", churn, false },
	{ "rr", round_trip, true },
	{ "bulk", bulk, true },
};

#define OPERATIONS (sizeof(operations) / sizeof(*operations))

static uint64_t rounds(const struct operation *operation, struct ends *ends, int count)
{
	uint64_t started = now_ns();
	int i;

	for (i = 0; i < count; i++)
		operation->once(ends);
	return (now_ns() - started) / count;
}

static int ascending(const void *a, const void *b)
{
	return *(const uint64_t *)a < *(const uint64_t *)b ? -1 : 1;
}

/* Of an operation: the median of samples. */
static uint64_t measure(const struct operation *operation, int protocol, bool loopback)
{
	struct ends ends = { .protocol = protocol };
	uint64_t cost[SAMPLES];
	int i;

	ends.listener = listen_on(SERVER, protocol, PORT);
	enter(loopback ? SERVER : CLIENT);
	if (operation->connected)
		connect_both(&ends);
	rounds(operation, &ends, WARM_UP);
	for (i = 0; i < SAMPLES; i++)
		cost[i] = rounds(operation, &ends, ROUNDS);
	qsort(cost, SAMPLES, sizeof(cost[0]), ascending);
	if (operation->connected)
		close_both(&ends);
	close(ends.listener);
	return cost[SAMPLES / 2];
}

int main(void)
{
	unsigned int i, loopback;
	uint64_t tcp, clasp;

	hosts_up();
	printf("%-6s %-9s %10s %10s %7s\n", "", "over", "TCP", "Clasp", "ratio");
	for (loopback = 0; loopback < 2; loopback++)
		for (i = 0; i < OPERATIONS; i++) {
			tcp = measure(&operations[i], IPPROTO_TCP, loopback);
			clasp = measure(&operations[i], protocol(), loopback);
			printf("%-6s %-9s %10llu %10llu %7.2f\n", operations[i].name,
			       loopback ? "loopback" : "veth", (unsigned long long)tcp,
			       (unsigned long long)clasp, (double)clasp / tcp);
		}
	return 0;
}
