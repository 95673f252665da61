// SPDX-License-Identifier: GPL-2.0
/*
 * ss, told to read /proc/net/clasp and clasp6 instead of /proc/net/tcp and tcp6, and netstat, to which they are shown
 * in those files' place, list connections in every state with their timers. The wire holds each state still: it delays
 * what would end it.
 */
#include "kselftest.h"
#include "net_helpers.h"

#define PORT 80

#define SS "PROC_NET_TCP=/proc/net/%1$s PROC_NET_TCP6=/proc/net/%1$s6 ss -Htano"

/*
 * netstat knows one place only. A mount of its own puts Clasp's list there, for this process and no other: over the
 * folder, for the kernel looks up anew what is in it, and forgets what was mounted on a file.
 */
#define NETSTAT "unshare -m sh -c 'mount -t tmpfs clasp /proc/$$/net && "	\
	"ln -s /proc/thread-self/net/%1$s /proc/$$/net/tcp && "			\
	"ln -s /proc/thread-self/net/%1$s6 /proc/$$/net/tcp6 && exec netstat -tano'"

static const char *list_of_protocol;

enum timer { ANY, ON, PERSIST, TIMEWAIT, TIMERS };

/**
 * struct program - one that lists connections
 * @name: of it
 * @command: with the name of the list
 * @line: for sscanf: state, local and remote address, as strings of 63 octets at most
 * @order: which of the three comes first, second and third there
 * @states: what it calls them
 * @timers: what it says of them
 */
static const struct program {
	const char *name;
	const char *command;
	const char *line;
	enum { STATE, LOCAL, REMOTE, WORDS } order[3];
	const char *states[STATES];
	const char *timers[TIMERS];
} programs[] = {
	{
		"ss", SS, "%63s %*s %*s %63s %63s", { STATE, LOCAL, REMOTE },
		{ [ESTABLISHED] = "ESTAB", [SYN_SENT] = "SYN-SENT", [SYN_RECV] = "SYN-RECV",
		  [FIN_WAIT_1] = "FIN-WAIT-1", [FIN_WAIT_2] = "FIN-WAIT-2",
		  [TIME_WAIT] = "TIME-WAIT", [CLOSE_WAIT] = "CLOSE-WAIT",
		  [LAST_ACK] = "LAST-ACK", [LISTENING] = "LISTEN", [CLOSING] = "CLOSING" },
		{ "", "timer:(on,", "timer:(persist,", "timer:(timewait," },
	}, {
		"netstat", NETSTAT, "%*s %*s %*s %63s %63s %63s", { LOCAL, REMOTE, STATE },
		{ [ESTABLISHED] = "ESTABLISHED", [SYN_SENT] = "SYN_SENT", [SYN_RECV] = "SYN_RECV",
		  [FIN_WAIT_1] = "FIN_WAIT1", [FIN_WAIT_2] = "FIN_WAIT2",
		  [TIME_WAIT] = "TIME_WAIT", [CLOSE_WAIT] = "CLOSE_WAIT",
		  [LAST_ACK] = "LAST_ACK", [LISTENING] = "LISTEN", [CLOSING] = "CLOSING" },
		{ "", " on (", " probe (", " timewait (" },
	},
};

static bool has_port(const char *address, int port)
{
	const char *colon = strrchr(address, ':');

	return !port || (colon && atoi(colon + 1) == port);
}

/* Does this line show a connection between these ports, 0 for any, in this state and with this timer? */
static bool line_says(const struct program *program, const char *line, int lport, int rport,
		      enum state state, enum timer timer)
{
	char word[WORDS][64];

	return sscanf(line, program->line, word[program->order[0]], word[program->order[1]],
		      word[program->order[2]]) == WORDS &&
		!strcmp(word[STATE], program->states[state]) && has_port(word[LOCAL], lport) &&
		has_port(word[REMOTE], rport) && strstr(line, program->timers[timer]);
}

static bool says(const struct program *program, enum host host, int lport, int rport,
		 enum state state, enum timer timer)
{
	char command[256], line[512];
	bool said = false;
	FILE *list;

	enter(host);
	snprintf(command, sizeof(command), program->command, list_of_protocol);
	list = popen(command, "r");
	while (fgets(line, sizeof(line), list))
		said |= line_says(program, line, lport, rport, state, timer);
	if (pclose(list))
		stage_fails("%s", command);
	return said;
}

static void has_shown(enum host host, int lport, int rport, enum state state, enum timer timer)
{
	bool came = WITHIN(5, state_of(host, protocol(), lport, rport) == state);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(programs); i++)
		ksft_test_result(came && says(&programs[i], host, lport, rport, state, timer),
				 "%s shows %s%s\n", programs[i].name, programs[i].states[state],
				 programs[i].timers[timer]);
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
	has_shown(SERVER, PORT, 0, LISTENING, ANY);
	wire(SERVER, "delay 10s");
	enter(CLIENT);
	connect(fd, AT(SERVER, PORT));
	port = local_port(fd);
	has_shown(CLIENT, port, PORT, SYN_SENT, ON);
	has_shown(SERVER, PORT, port, SYN_RECV, ON);
	wire(SERVER, "delay 0ms");
	close(fd);
	close(listener);
}

static void closing_one_after_the_other(void)
{
	int ends[HOSTS], port;

	connection(ends, protocol(), PORT);
	port = local_port(ends[CLIENT]);
	has_shown(CLIENT, port, PORT, ESTABLISHED, ANY);
	has_shown(SERVER, PORT, port, ESTABLISHED, ANY);
	wires("delay 1s");
	shutdown(ends[CLIENT], SHUT_WR);
	has_shown(CLIENT, port, PORT, FIN_WAIT_1, ON);
	has_shown(SERVER, PORT, port, CLOSE_WAIT, ANY);
	has_shown(CLIENT, port, PORT, FIN_WAIT_2, ANY);
	close(ends[SERVER]);
	has_shown(SERVER, PORT, port, LAST_ACK, ON);
	has_shown(CLIENT, port, PORT, TIME_WAIT, TIMEWAIT);
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
	has_shown(CLIENT, port, PORT + 1, CLOSING, ON);
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
	has_shown(CLIENT, port, PORT + 2, ESTABLISHED, PERSIST);
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
	snprintf(line, sizeof(line), "/proc/net/%s%s", list_of_protocol, BY_FAMILY("", "6"));
	list = fopen(line, "r");
	setvbuf(list, NULL, _IOFBF, 512);
	while (fgets(line, sizeof(line), list))
		lines += !!strstr(line, ":0053 01 ");
	fclose(list);
	ksft_test_result(lines == COUNT, "%d of %d connections listed\n", lines, COUNT);
}

static void counts(void)
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
	ksft_set_plan(26);
	list_of_protocol = protocol() == IPPROTO_TCP ? "tcp" : "clasp";
	hosts_up();
	opening();
	closing_one_after_the_other();
	closing_both_at_once();
	waiting_for_a_window();
	many();
	counts();
	ksft_finished();
}
