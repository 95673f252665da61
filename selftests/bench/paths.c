// SPDX-License-Identifier: GPL-2.0
/*
 * What a long transfer and a short one take on a path that is slow and loses packets, beside TCP's own way of
 * going about it (CUBIC). Time is the guest's: it stands still but for delays, the link's rate and what the two
 * hosts compute, a nanosecond each instruction.
 *
 * The seed decides which packets are lost, the third and the ninetieth of a transfer, say. A loss in slow start makes
 * a transfer several times as long as one after it; so that this is not what tells the protocols apart, each transfer
 * of Clasp loses the same ones as a transfer of TCP. netem draws its own for each packet; nftables can count.
 */
#include "figure.h"
#include "../net/slabs.h"

#define LONG (4 << 20)
#define SHORT (64 << 10)
#define RATE "100mbit"

#define TRANSFERS 9	/* of either protocol */

static const int delays[] = { 10, 50 };		/* ms, there and back */
static const char *const losses[] = { "0", "0.1", "1", "3" };	/* per cent, of what reaches the receiver */

/* A transfer's packets are counted modulo this: none has as many. */
#define PACKETS 4096

static const struct {
	const char *name;
	int number;
} protocols[] = {
	{ "tcp", IPPROTO_TCP },
	{ "clasp", IPPROTO_CLASP },
};

#define PROTOCOLS 2

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

/* The set of one transfer's packets that are lost; the last of them does not come, but a set must have an element. */
static void draw(FILE *nft, int transfer, const char *loss)
{
	int i;

	fprintf(nft, "define lost%d = { ", transfer);
	for (i = 0; i < PACKETS - 1; i++)
		if (random() < atof(loss) / 100 * RAND_MAX)
			fprintf(nft, "%d, ", i);
	fprintf(nft, "%d }\n", PACKETS - 1);
}

/* Of @n transfers of each protocol, to ports from @port on, one of TCP and the next, of Clasp, lose the same. */
static void path_loses(const char *loss, int port, int n)
{
	FILE *nft;
	int i;

	enter(SERVER);
	nft = popen("nft -f -", "w");
	fine(nft, "nft");
	for (i = 0; i < n; i++)
		draw(nft, i, loss);
	fprintf(nft, "table netdev path { }\ndelete table netdev path\n"
		     "table netdev path { chain in { type filter hook ingress device eth0 priority 0;\n");
	for (i = 0; i < n * PROTOCOLS; i++)
		fprintf(nft, "th dport %d numgen inc mod %d $lost%d drop\n", port + i, PACKETS, i / PROTOCOLS);
	fprintf(nft, "}; }\n");
	fine(!pclose(nft), "the path's losses");
}

/* Without losses all transfers are one. Return: how many there were of each protocol, of which @ms tells. */
static int transfers(long size, const char *loss, double ms[PROTOCOLS][TRANSFERS])
{
	int n = atof(loss) == 0 ? 1 : TRANSFERS, i, p;
	static int port = 1024;

	path_loses(loss, port, n);
	for (i = 0; i < n; i++)
		for (p = 0; p < PROTOCOLS; p++)
			ms[p][i] = transfer(protocols[p].number, port++, size);
	return n;
}

/* Of all transfers together, because half of them meet a loss early and take thrice the time of the others. */
static double goodput(const double *ms, int n)
{
	double sum = 0;
	int i;

	for (i = 0; i < n; i++)
		sum += ms[i];
	return n * LONG * 8 / 1e3 / sum;
}

/* A short one's time is the usual one's: now and then a SYN is lost, which takes a second. */
static void show(const char *over, int delay, const char *loss)
{
	double ms[PROTOCOLS][TRANSFERS];
	struct figure figure = { over };
	char name[64];
	int n, p;

	figure.name = name;
	figure.unit = "Mbit/s";
	snprintf(name, sizeof(name), "%d KiB, %d ms, %s %%", LONG >> 10, delay, loss);
	n = transfers(LONG, loss, ms);
	for (p = 0; p < PROTOCOLS; p++)
		figure_is(&figure, protocols[p].name, goodput(ms[p], n));
	figure.unit = "ms";
	snprintf(name, sizeof(name), "%d KiB, %d ms, %s %%", SHORT >> 10, delay, loss);
	n = transfers(SHORT, loss, ms);
	for (p = 0; p < PROTOCOLS; p++)
		figure_is(&figure, protocols[p].name, median(ms[p], n));
}

static void path_up(int delay)
{
	char netem[128];

	snprintf(netem, sizeof(netem), "rate " RATE " delay %d.%dms", delay / 2, delay % 2 * 5);
	wire(CLIENT, netem);
	snprintf(netem, sizeof(netem), "delay %d.%dms", delay / 2, delay % 2 * 5);
	wire(SERVER, netem);
}

static void over_paths(const char *over)
{
	unsigned int i, j;

	for (i = 0; i < sizeof(delays) / sizeof(*delays); i++)
		for (j = 0; j < sizeof(losses) / sizeof(*losses); j++) {
			path_up(delays[i]);
			show(over, delays[i], losses[j]);
		}
}

static void super_packets_off(void)
{
	int host;

	for (host = CLIENT; host < HOSTS; host++) {
		enter(host);
		run("ip link set eth0 gso_max_segs 1");
	}
}

/* A FIN that is lost again and again is repeated for minutes, and holds its module all the while. */
static void all_are_over(void)
{
	long sockets, pages;
	int host;

	enter(SERVER);
	run("nft delete table netdev path");
	for (host = CLIENT; host < HOSTS; host++) {
		enter(host);
		fine(WITHIN(60, protocol_uses("CLASP", &sockets, &pages) && !sockets), "every connection's end");
	}
}

int main(void)
{
	int host;

	hosts_up();
	srandom(getenv("CLASP_SEED") ? atoi(getenv("CLASP_SEED")) : 1);
	/* No transfer profits from the one before. */
	for (host = CLIENT; host < HOSTS; host++)
		sysctl_set(host, "ipv4/tcp_no_metrics_save", 1);
	over_paths("path");
	super_packets_off();
	over_paths("path, no super-packets");
	all_are_over();
	return 0;
}
