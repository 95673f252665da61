// SPDX-License-Identifier: GPL-2.0
/*
 * The module comes and goes: twenty times with the namespaces that used it, a hundred times while segments
 * arrive and TIME_WAITs wait, refused while a socket lives, with files of it open, while super-packets wait somewhere,
 * with the protocol numbers that it may have, and with those that it may not.
 */
#include <signal.h>

#include "kselftest.h"
#include "module.h"
#include "peer.h"

#define ROUNDS 20
#define ROUNDS_IN_TRAFFIC 100
#define PORT 80
#define OWN_PORT 4000

/* What the kernel's log says from @fd on. */
static bool said(int fd, const char *text)
{
	char record[1024];
	bool found = false;
	ssize_t n;

	while ((n = read(fd, record, sizeof(record) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		record[n > 0 ? n : 0] = '\0';
		found |= strstr(record, "clasp") && strstr(record, text);
	}
	return found;
}

static int log_from_now(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	lseek(fd, 0, SEEK_END);
	return fd;
}

static void refuses(const char *parameters, const char *message)
{
	int log = log_from_now();
	int failed = insert(parameters);

	ksft_test_result(failed && said(log, message), "%s is refused, and said why (%s)\n", parameters,
			 strerror(failed));
	ksft_test_result(nothing_left(), "%s left nothing behind\n", parameters);
	close(log);
}

static void takes(const char *parameters, int protocol)
{
	int failed = insert(parameters), fd;

	fd = socket(family(), SOCK_STREAM, protocol);
	ksft_test_result(!failed && fd >= 0, "'%s' serves protocol %d\n", parameters, protocol);
	close(fd);
	ksft_test_result(leaves_soon() && nothing_left(), "'%s' left nothing behind\n", parameters);
}

static void connect_and_reload(void)
{
	int i, ends[HOSTS], bad = 0, rounds = rounds_wanted(ROUNDS);

	for (i = 0; i < rounds; i++) {
		if (insert(""))
			stage_fails("insmod, round %d", i);
		bad += !IN_CHILD_SUCCEEDS({
			hosts_up();
			connection(ends, IPPROTO_CLASP, 80);
			if (write(ends[CLIENT], "clasp", 5) != 5)
				_exit(1);
			close(ends[CLIENT]);
		});
		bad += !leaves_soon();
	}
	ksft_test_result(!bad && nothing_left(), "insmod, a connection and rmmod %d times\n", rounds);
}

/*
 * A SYN for nobody and an ACK for the client's end, whatever state it is in, over and over. Raw packets: a
 * socket of Clasp's own that opens while its module goes is a race that the kernel's socket() has with any.
 */
static void keep_arriving(void)
{
	struct peer peer = { .port = PORT, .host_port = OWN_PORT };
	struct segment ack, syn;

	peer_takes_part(IPPROTO_CLASP);
	ack = peer_segment(&peer, TH_ACK);
	peer.host_port = OWN_PORT + 1;
	syn = peer_segment(&peer, TH_SYN);
	for (;;) {
		peer_send(&ack);
		peer_send(&syn);
		pause_ms(1);
	}
}

/* From one port, and left in TIME_WAIT; while it lives, the module stays. */
static bool connect_and_wait(void)
{
	int listener = listen_on(SERVER, IPPROTO_CLASP, PORT);
	int here = socket_on(CLIENT, IPPROTO_CLASP, 0), there;
	char octet;
	bool fine;

	fine = !bind(here, AT(CLIENT, OWN_PORT)) && !connect(here, AT(SERVER, PORT));
	there = accept(listener, NULL, NULL);
	close(listener);
	fine = fine && take_out() == EAGAIN;
	close(here);
	fine = fine && read(there, &octet, 1) == 0;
	close(there);
	return fine && WITHIN(5, state_of(CLIENT, IPPROTO_CLASP, OWN_PORT, PORT) == TIME_WAIT);
}

static bool one_in_traffic(void)
{
	bool fine;

	if (insert(""))
		stage_fails("insmod in traffic");
	fine = connect_and_wait();
	fine = fine && WITHIN(5, counter(CLIENT, "OutRsts") > 0);
	return leaves_soon() && nothing_left() && fine;
}

static void in_traffic(void)
{
	int i, bad = 0, rounds = rounds_wanted(ROUNDS_IN_TRAFFIC);
	pid_t sender;

	hosts_up();
	sender = IN_CHILD(keep_arriving());
	for (i = 0; i < rounds; i++)
		bad += !one_in_traffic();
	ksft_test_result(!bad && !waitpid(sender, NULL, WNOHANG),
			 "%d times with TIME_WAITs while segments arrive, %d bad\n",
			 rounds, bad);
	kill(sender, SIGKILL);
	waitpid(sender, NULL, 0);
}

/* Open files hold nothing; they end. */
static void read_meanwhile(void)
{
	int list, counters, knob;
	char text[4096];
	bool fine;

	if (insert(""))
		stage_fails("insmod");
	list = open(BY_FAMILY("/proc/net/clasp", "/proc/net/clasp6"), O_RDONLY);
	counters = open("/proc/net/clasp_snmp", O_RDONLY);
	knob = open("/proc/sys/net/clasp/msl_ms", O_RDWR);
	fine = read(list, text, 20) == 20 && read(counters, text, 20) == 20 &&
	       read(knob, text, 1) == 1;
	ksft_test_result(fine && leaves_soon() && nothing_left(), "open files do not hold it\n");
	ksft_test_result(read(list, text, sizeof(text)) <= 0 && read(counters, text, sizeof(text)) <= 0 &&
			 lseek(knob, 0, SEEK_SET) == 0 && read(knob, text, 1) < 0 &&
			 write(knob, "100", 3) < 0, "and are no use afterwards\n");
	close(list);
	close(counters);
	close(knob);
}

static void held(void)
{
	int fd;

	if (insert(""))
		stage_fails("insmod");
	fd = socket(family(), SOCK_STREAM, IPPROTO_CLASP);
	ksft_test_result(take_out() == EAGAIN, "rmmod is refused while a socket lives\n");
	close(fd);
	ksft_test_result(leaves_soon() && nothing_left(), "and clean right after\n");
}

/* Packets that a device would not send. */
static long refused_by(const char *device)
{
	FILE *file = fopen("/proc/net/dev", "r");
	char line[256], name[32];
	long refused = -1, n;

	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " %31[^:]: %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %ld", name, &n) == 2 &&
		    !strcmp(name, device))
			refused = n;
	fclose(file);
	return refused;
}

/* Super-packets wait in a router, which knows no socket, in front of a device that does not take them whole. */
static bool outlived(void)
{
	char octets[10 * PEER_MSS] = { 0 };
	int ends[HOSTS], i;
	bool fine;

	hosts_up();
	connection(ends, IPPROTO_CLASP, PORT);
	enter(SERVER);
	run("ip link add late type dummy");
	/* As large as the wire that the packets come from. */
	run("ip link set late mtu %d gso_max_segs 1 up", BY_FAMILY(1500, 1520));
	run("tc qdisc add dev late root netem delay 2s");
	run("ip addr del %s dev eth0", BY_FAMILY("10.0.0.2/24", "fd00::2/64"));
	run("ip route add %s dev late", BY_FAMILY("10.0.0.2", "fd00::2"));
	sysctl_set(SERVER, BY_FAMILY("ipv4/ip_forward", "ipv6/conf/all/forwarding"), 1);
	fine = write(ends[CLIENT], octets, sizeof(octets)) == sizeof(octets);
	for (i = CLIENT; i < HOSTS; i++) {
		setsockopt(ends[i], SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
		close(ends[i]);
	}
	fine = fine && leaves_soon() && refused_by("late") == 0;
	return fine && WITHIN(5, refused_by("late") >= 2);
}

static void outlives_super_packets(void)
{
	bool fine;

	if (insert(""))
		stage_fails("insmod");
	fine = IN_CHILD_SUCCEEDS(_exit(!outlived()));
	ksft_test_result(fine && nothing_left(), "super-packets that nobody can cut any more are dropped\n");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(15);
	if (!leaves_soon())
		stage_fails("the module is in use before anything began");
	connect_and_reload();
	in_traffic();
	read_meanwhile();
	held();
	outlives_super_packets();
	takes("", 253);
	takes("protocol=254", 254);
	refuses("protocol=6", "6");
	refuses("protocol=300", "300");
	if (insert(""))
		stage_fails("insmod");
	ksft_finished();
}
