// SPDX-License-Identifier: GPL-2.0
/*
 * What can be counted of an operation and is no instruction: the packets of a connection that carries nothing,
 * and the timers that a round trip sets. The tick of the scheduler is among these, a few in a thousand.
 */
#include "../net/slabs.h"
#include "ends.h"

#define TIMES 200
#define EVENTS "/sys/kernel/tracing/"

/* What has gone over loopback. */
static long packets(void)
{
	return sum_of("/proc/net/dev", " lo: %*d %ld");
}

/* Of the ring buffer's one CPU, what it holds and what it had no room for. */
static long traced(void)
{
	return sum_of(EVENTS "per_cpu/cpu0/stats", "entries: %ld") +
	       sum_of(EVENTS "per_cpu/cpu0/stats", "overrun: %ld");
}

/* All that belongs to them has gone over loopback when this returns: an ACK may be late, and so may the end. */
static void connections(struct ends *ends, int count)
{
	while (count--) {
		ends_connect(ends);
		ends_close(ends);
	}
	pause_ms(1000);
}

static double packets_of(const struct transport *transport)
{
	struct ends ends = ends_listen(transport, true);
	long before;

	connections(&ends, 1);
	before = packets();
	connections(&ends, TIMES);
	close(ends.listener);
	return (packets() - before) / (double)TIMES;
}

static double starts_of(const struct transport *transport, const char *event)
{
	struct ends ends = ends_listen(transport, true);
	char path[128];
	double starts;
	int i;

	snprintf(path, sizeof(path), EVENTS "events/timer/%s/enable", event);
	ends_connect(&ends);
	for (i = 0; i < TIMES; i++)
		ends_round_trip(&ends);
	file_write(EVENTS "trace", "\n");
	file_write(path, "1");
	for (i = 0; i < TIMES; i++)
		ends_round_trip(&ends);
	file_write(path, "0");
	starts = traced() / (double)TIMES;
	ends_close(&ends);
	close(ends.listener);
	return starts;
}

static void show(const struct transport *transport)
{
	static const struct figure connection = { "loopback", "connection", "packets" };
	static const struct figure events[] = {
		{ "loopback", "hrtimer_start", "per round trip" },
		{ "loopback", "timer_start", "per round trip" },
	};
	const char *missing = transport_missing(transport);
	int i;

	if (missing)
		figure_absent(&connection, transport->name, missing);
	else if (transport->family == AF_INET)
		figure_is(&connection, transport->name, packets_of(transport));
	for (i = 0; i < 2; i++)
		if (missing)
			figure_absent(&events[i], transport->name, missing);
		else
			figure_is(&events[i], transport->name, starts_of(transport, events[i].name));
}

int main(void)
{
	unsigned int i;

	hosts_up();
	for (i = 0; i < TRANSPORTS; i++)
		if (family() == AF_INET || transport_is_rival(&transports[i]))
			show(&transports[i]);
	return 0;
}
