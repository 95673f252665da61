// SPDX-License-Identifier: GPL-2.0
/*
 * ss, told to read /proc/net/clasp instead of /proc/net/tcp, shows connections in every state with
 * their timers. The wire holds each state still: it delays what would end it.
 */
#include "kselftest.h"
#include "net_helpers.h"

#define PORT 80

static const char *list_of_protocol;

static const char * const ss_names[STATES] = {
	[ESTABLISHED] = "ESTAB", [SYN_SENT] = "SYN-SENT", [SYN_RECV] = "SYN-RECV",
	[FIN_WAIT_1] = "FIN-WAIT-1", [FIN_WAIT_2] = "FIN-WAIT-2", [TIME_WAIT] = "TIME-WAIT",
	[CLOSE_WAIT] = "CLOSE-WAIT", [LAST_ACK] = "LAST-ACK", [LISTENING] = "LISTEN",
	[CLOSING] = "CLOSING",
};

static bool has_port(const char *address, int port)
{
	const char *colon = strrchr(address, ':');

	return !port || (colon && atoi(colon + 1) == port);
}

/*
 * Does ss have a connection between these ports, 0 for any, in this state and with this in its
 * line?
 */
static bool ss_says(enum host host, int lport, int rport, const char *state, const char *more)
{
	char command[256], line[512], found[32], local[64], remote[64];
	bool said = false;
	FILE *ss;

	enter(host);
	snprintf(command, sizeof(command), "PROC_NET_TCP=%s ss -Htano", list_of_protocol);
	ss = popen(command, "r");
	while (fgets(line, sizeof(line), ss))
		said |= sscanf(line, "%31s %*s %*s %63s %63s", found, local, remote) == 3 &&
			!strcmp(found, state) && has_port(local, lport) &&
			has_port(remote, rport) && strstr(line, more);
	pclose(ss);
	return said;
}

static void shows(enum host host, int lport, int rport, enum state state, const char *more)
{
	bool came = WITHIN(5, state_of(host, protocol(), lport, rport) == state);

	ksft_test_result(came && WITHIN(5, ss_says(host, lport, rport, ss_names[state], more)),
			 "ss shows %s %s\n", ss_names[state], more);
}

static void wires(const char *netem)
{
	wire(CLIENT, netem);
	wire(SERVER, netem);
}

static void opening(void)
{
	int fd = socket_on(CLIENT, protocol(), SOCK_NONBLOCK), listener, port;

	listener = listen_on(SERVER, protocol(), PORT);
	shows(SERVER, PORT, 0, LISTENING, "");
	wire(SERVER, "delay 10s");
	enter(CLIENT);
	connect(fd, AT(SERVER, PORT));
	port = local_port(fd);
	shows(CLIENT, port, PORT, SYN_SENT, "timer:(on,");
	shows(SERVER, PORT, port, SYN_RECV, "timer:(on,");
	wire(SERVER, "delay 0ms");
	close(fd);
	close(listener);
}

static void closing_one_after_the_other(void)
{
	int ends[HOSTS], port;

	connection(ends, protocol(), PORT);
	port = local_port(ends[CLIENT]);
	shows(CLIENT, port, PORT, ESTABLISHED, "");
	shows(SERVER, PORT, port, ESTABLISHED, "");
	wires("delay 1s");
	shutdown(ends[CLIENT], SHUT_WR);
	shows(CLIENT, port, PORT, FIN_WAIT_1, "timer:(on,");
	shows(SERVER, PORT, port, CLOSE_WAIT, "");
	shows(CLIENT, port, PORT, FIN_WAIT_2, "");
	close(ends[SERVER]);
	shows(SERVER, PORT, port, LAST_ACK, "timer:(on,");
	shows(CLIENT, port, PORT, TIME_WAIT, "timer:(timewait,");
	wires("delay 0ms");
	close(ends[CLIENT]);
}

static void closing_both_at_once(void)
{
	int ends[HOSTS], port;

	connection(ends, protocol(), PORT + 1);
	port = local_port(ends[CLIENT]);
	wires("delay 1s");
	shutdown(ends[CLIENT], SHUT_WR);
	shutdown(ends[SERVER], SHUT_WR);
	shows(CLIENT, port, PORT + 1, CLOSING, "timer:(on,");
	close(ends[CLIENT]);
	close(ends[SERVER]);
	wires("delay 0ms");
}

static void waiting_for_a_window(void)
{
	int ends[HOSTS], port;
	char block[4096] = { 0 };

	connection(ends, protocol(), PORT + 2);
	port = local_port(ends[CLIENT]);
	fcntl(ends[CLIENT], F_SETFL, O_NONBLOCK);
	while (WITHIN(1, write(ends[CLIENT], block, sizeof(block)) > 0))
		;
	shows(CLIENT, port, PORT + 2, ESTABLISHED, "timer:(persist,");
	close(ends[CLIENT]);
	close(ends[SERVER]);
}

/* Many reads make the list, and every connection stands in it once. */
static void many(void)
{
	enum { COUNT = 500 };
	int listener = listen_on(SERVER, protocol(), PORT + 3), i, lines = 0;
	char line[256];
	FILE *list;

	for (i = 0; i < COUNT; i++) {
		connect_from(CLIENT, protocol(), PORT + 3);
		accept(listener, NULL, NULL);
	}
	enter(CLIENT);
	list = fopen(list_of_protocol, "r");
	setvbuf(list, NULL, _IOFBF, 512);
	while (fgets(line, sizeof(line), list))
		lines += strstr(line, ":0053 01 ") != NULL;
	fclose(list);
	ksft_test_result(lines == COUNT, "%d of %d connections listed\n", lines, COUNT);
}

static void counters(void)
{
	static const char * const names[] = { "ActiveOpens ", "InSegs ", "OutSegs " };
	unsigned int i, found = 0, bad = 0;
	char line[128], name[64];
	unsigned long value;
	FILE *list;

	if (protocol() != IPPROTO_CLASP) {
		ksft_test_result_skip("counters are Clasp's\n");
		return;
	}
	list = fopen("/proc/net/clasp_snmp", "r");
	while (fgets(line, sizeof(line), list)) {
		bad += sscanf(line, "%63s %lu", name, &value) != 2;
		for (i = 0; i < ARRAY_SIZE(names); i++)
			found += !strncmp(line, names[i], strlen(names[i])) && value;
	}
	fclose(list);
	ksft_test_result(!bad && found == ARRAY_SIZE(names), "clasp_snmp has names and values\n");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(14);
	list_of_protocol = protocol() == IPPROTO_TCP ? "/proc/net/tcp" : "/proc/net/clasp";
	hosts_up();
	opening();
	closing_one_after_the_other();
	closing_both_at_once();
	waiting_for_a_window();
	many();
	counters();
	ksft_finished();
}
