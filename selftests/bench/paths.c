// SPDX-License-Identifier: GPL-2.0
/*
 * What a long transfer and a short one take on a path that is slow and loses packets, beside TCP's own way of
 * going about it (CUBIC). Time is the guest's: it stands still but for delays, the link's rate and what the two
 * hosts compute, a nanosecond each instruction. The seed decides which packets are lost.
 */
#include "figure.h"
#include "../net/slabs.h"

#define LONG (4 << 20)
#define SHORT (64 << 10)
#define RATE "100mbit"

/*
 * A loss in slow start makes a transfer several times as long as one after it: so few tell nothing. Of super-packets
 * there are few to lose, and it takes more transfers.
 */
#define TRANSFERS 9
#define TRANSFERS_TOGETHER (2 * TRANSFERS)

static const int delays[] = { 10, 50 };		/* ms, there and back */
static const char *const losses[] = { "0", "0.1", "1", "3" };	/* per cent, of what the sender sends */
static bool super_packets = true;

static void receive(int listener, int report)
{
	static char octets[1 << 16];
	int fd = accept(listener, NULL, NULL);
	uint64_t ended;
	long count = 0;
	ssize_t n;

	while ((n = read(fd, octets, sizeof(octets))) > 0)
		count += n;
	ended = now_ns();
	fine(write(report, &ended, sizeof(ended)) == sizeof(ended) &&
	     write(report, &count, sizeof(count)) == sizeof(count), "the receiver's report");
}

static void send_all(int fd, long size)
{
	static char octets[1 << 16];
	ssize_t n;

	for (; size; size -= n) {
		n = write(fd, octets, size < (long)sizeof(octets) ? size : (long)sizeof(octets));
		fine(n > 0, "write");
	}
}

/* In milliseconds, from connect() to the last octet that is read. */
static double transfer(int protocol, int port, long size)
{
	int listener = listen_on(SERVER, protocol, port), report[2], fd;
	uint64_t started, ended;
	long count;
	pid_t child;

	fine(!pipe(report), "pipe");
	child = IN_CHILD(receive(listener, report[1]));
	close(listener);
	started = now_ns();
	fd = connect_from(CLIENT, protocol, port);
	send_all(fd, size);
	close(fd);
	fine(read(report[0], &ended, sizeof(ended)) == sizeof(ended) &&
	     read(report[0], &count, sizeof(count)) == sizeof(count) && count == size, "all octets");
	fine(child_succeeds(child), "the receiver");
	close(report[0]);
	close(report[1]);
	return (ended - started) / 1e6;
}

/* Without losses all transfers are one. */
static int how_many(const char *loss)
{
	if (atof(loss) == 0)
		return 1;
	return super_packets ? TRANSFERS_TOGETHER : TRANSFERS;
}

/* Return: how many there were, of which @ms tells. */
static int transfers(int protocol, long size, const char *loss, double *ms)
{
	int n = how_many(loss), i;
	static int port = 1024;

	for (i = 0; i < n; i++)
		ms[i] = transfer(protocol, port++, size);
	return n;
}

/* Of all transfers together, because half of them meet a loss early and take thrice the time of the others. */
static double goodput(int protocol, const char *loss)
{
	double ms[TRANSFERS_TOGETHER], sum = 0;
	int n = transfers(protocol, LONG, loss, ms), i;

	for (i = 0; i < n; i++)
		sum += ms[i];
	return n * LONG * 8 / 1e3 / sum;
}

/* The usual one: now and then a SYN is lost, which takes a second. */
static double completion(int protocol, const char *loss)
{
	double ms[TRANSFERS_TOGETHER];

	return median(ms, transfers(protocol, SHORT, loss, ms));
}

static void show(const char *over, const char *of, int protocol, int delay, const char *loss)
{
	struct figure figure = { over };
	char name[64];

	snprintf(name, sizeof(name), "%d KiB, %d ms, %s %%", LONG >> 10, delay, loss);
	figure.name = name;
	figure.unit = "Mbit/s";
	figure_is(&figure, of, goodput(protocol, loss));
	snprintf(name, sizeof(name), "%d KiB, %d ms, %s %%", SHORT >> 10, delay, loss);
	figure.unit = "ms";
	figure_is(&figure, of, completion(protocol, loss));
}

static void path_up(int delay, const char *loss)
{
	char netem[128];

	snprintf(netem, sizeof(netem), "rate " RATE " delay %d.%dms loss %s%%", delay / 2, delay % 2 * 5, loss);
	wire(CLIENT, netem);
	snprintf(netem, sizeof(netem), "delay %d.%dms", delay / 2, delay % 2 * 5);
	wire(SERVER, netem);
}

static void over_paths(const char *over)
{
	unsigned int i, j;

	for (i = 0; i < sizeof(delays) / sizeof(*delays); i++)
		for (j = 0; j < sizeof(losses) / sizeof(*losses); j++) {
			path_up(delays[i], losses[j]);
			show(over, "tcp", IPPROTO_TCP, delays[i], losses[j]);
			show(over, "clasp", IPPROTO_CLASP, delays[i], losses[j]);
		}
}

static void super_packets_off(void)
{
	int host;

	for (host = CLIENT; host < HOSTS; host++) {
		enter(host);
		run("ip link set eth0 gso_max_segs 1");
	}
	super_packets = false;
}

/* A FIN that was lost is repeated for minutes where nothing passes any more, and holds its module all the while. */
static void all_are_over(void)
{
	long sockets, pages;
	int host;

	for (host = CLIENT; host < HOSTS; host++)
		wire(host, "delay 1ms");
	for (host = CLIENT; host < HOSTS; host++) {
		enter(host);
		fine(WITHIN(60, protocol_uses("CLASP", &sockets, &pages) && !sockets), "every connection's end");
	}
}

int main(void)
{
	int host;

	hosts_up();
	/* No transfer profits from the one before. */
	for (host = CLIENT; host < HOSTS; host++)
		sysctl_set(host, "ipv4/tcp_no_metrics_save", 1);
	over_paths("path");
	super_packets_off();
	over_paths("path, no super-packets");
	all_are_over();
	return 0;
}
