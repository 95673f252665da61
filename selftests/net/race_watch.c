// SPDX-License-Identifier: GPL-2.0
/*
 * Whoever looks on: /proc is read and every tracepoint is turned on and off while connections come and go, the same
 * two ports again and again.
 */
#include "race.h"
#include "trace_helpers.h"

#define PORT 80
#define OWN_PORT 4000
#define ROUNDS 1500

static int listener, clasp_events = -1, pipe_fd;

static void nothing(int round)
{
}

/* From the same port to the same port: what is left of the last one stands in the way, or makes way. */
static int connect_again(void)
{
	int fd = socket_on(CLIENT, IPPROTO_CLASP, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, AT(CLIENT, OWN_PORT)))
		stage_fails("bind");
	while (connect(fd, AT(SERVER, PORT))) {
		if (errno != EADDRNOTAVAIL && errno != ECONNRESET && errno != ETIMEDOUT)
			stage_fails("connect");
		pause_ms(1);
	}
	return fd;
}

/* The client's end or the server's is the first to go, with a FIN or a reset. */
static void one_connection(int round)
{
	int ends[HOSTS];
	char text[8];

	ends[CLIENT] = connect_again();
	ends[SERVER] = accept(listener, NULL, NULL);
	if (ends[SERVER] < 0)
		stage_fails("accept");
	if (send(ends[CLIENT], "clasp", 5, MSG_NOSIGNAL) == 5)
		recv(ends[SERVER], text, sizeof(text), 0);
	if (round % 3 == 0)
		race_reset(ends[CLIENT]);
	close(ends[SERVER]);
	if (round % 3)
		close(ends[CLIENT]);
}

static void read_all(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		stage_fails("%s", path);
	while (read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
}

static void look_on(int round)
{
	char text[4096];

	if (round % 4 == 0 && pwrite(clasp_events, "1", 1, 0) != 1)
		stage_fails("tracepoints on");
	enter(round % 2);
	read_all(BY_FAMILY("/proc/net/clasp", "/proc/net/clasp6"));
	read_all("/proc/net/clasp_snmp");
	while (read(pipe_fd, text, sizeof(text)) > 0)
		;
	if (round % 4 == 3 && pwrite(clasp_events, "0", 1, 0) != 1)
		stage_fails("tracepoints off");
}

int main(void)
{
	const struct race race = { ROUNDS, nothing, one_connection, look_on };

	ksft_print_header();
	ksft_set_plan(2);
	hosts_up();
	race_hurry();
	trace_start("clasp");
	clasp_events = open(TRACING "events/clasp/enable", O_WRONLY);
	pipe_fd = fileno(trace_pipe());
	listener = listen_on(SERVER, IPPROTO_CLASP, PORT);
	race_report("connections of the same two ports, watched", &race);
	trace_stop();
	close(listener);
	race_ends();
	ksft_finished();
}
