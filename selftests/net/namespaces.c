// SPDX-License-Identifier: GPL-2.0
/*
 * Namespaces: the same addresses and ports twice, without crossing; one that goes away with all that may
 * wait in it; and a thousand, one after the other, of which nothing is left.
 */
#include <signal.h>
#include <sys/resource.h>

#include "kselftest.h"
#include "loopback.h"
#include "slabs.h"

#define PORT 80
#define OWN_PORT 4000
#define WORLDS 2

#define TIME_WAITS 10000
#define EMBRYOS 1000
#define TALKING 50

#define ROUNDS 1000

static int worlds[WORLDS][HOSTS];

static void go_to(int world)
{
	memcpy(namespaces, worlds[world], sizeof(namespaces));
}

static void make_worlds(void)
{
	int world;

	for (world = 0; world < WORLDS; world++) {
		hosts_up();
		memcpy(worlds[world], namespaces, sizeof(namespaces));
	}
}

static void reset_at_close(int fd)
{
	struct linger none = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)))
		stage_fails("SO_LINGER");
}

/* Between the same two ports in every world. */
static bool same_connection(int world, int ends[HOSTS])
{
	int listener;

	go_to(world);
	listener = listen_on(SERVER, protocol(), PORT);
	ends[CLIENT] = socket_on(CLIENT, protocol(), 0);
	if (bind(ends[CLIENT], AT(CLIENT, OWN_PORT)) || connect(ends[CLIENT], AT(SERVER, PORT)))
		return false;
	ends[SERVER] = accept(listener, NULL, NULL);
	close(listener);
	return ends[SERVER] >= 0;
}

/* What is said at one end is what is heard at the other. */
static bool says(int from, int to, char mark)
{
	char text[64];

	memset(text, mark, sizeof(text));
	if (send(from, text, sizeof(text), MSG_NOSIGNAL) != sizeof(text) || !readable(to, 5))
		return false;
	memset(text, 0, sizeof(text));
	return read(to, text, sizeof(text)) == sizeof(text) && text[0] == mark && text[63] == mark;
}

static bool talks(const int ends[HOSTS], char mark)
{
	return says(ends[CLIENT], ends[SERVER], mark) && says(ends[SERVER], ends[CLIENT], mark);
}

static long heard(int world)
{
	go_to(world);
	return counter(CLIENT, "InSegs") + counter(SERVER, "InSegs");
}

/* Nobody listens in the second world, although somebody does in the first. */
static bool only_here(int port)
{
	int listener, fd;
	bool refused;

	go_to(0);
	listener = listen_on(SERVER, protocol(), port);
	go_to(1);
	fd = socket_on(CLIENT, protocol(), 0);
	refused = connect(fd, AT(SERVER, port)) && errno == ECONNREFUSED;
	close(fd);
	close(listener);
	return refused;
}

static void crossing(void)
{
	int ends[WORLDS][HOSTS], again[HOSTS];
	char octet;
	long before;

	make_worlds();
	ksft_test_result(same_connection(0, ends[0]) && same_connection(1, ends[1]),
			 "the same addresses and ports, connected in two pairs of namespaces\n");
	ksft_test_result(talks(ends[0], 'a') && talks(ends[1], 'b') && talks(ends[0], 'c'),
			 "each end hears its own peer\n");
	before = heard(0);
	ksft_test_result(talks(ends[1], 'd') && heard(0) == before,
			 "what one pair says the other does not count\n");
	reset_at_close(ends[0][CLIENT]);
	close(ends[0][CLIENT]);
	ksft_test_result(readable(ends[0][SERVER], 5) && read(ends[0][SERVER], &octet, 1) < 0 &&
			 errno == ECONNRESET && talks(ends[1], 'e'), "a reset ends one of two\n");
	close(ends[0][SERVER]);

	close(ends[1][CLIENT]);
	if (read(ends[1][SERVER], &octet, 1))
		stage_fails("the end of the stream");
	close(ends[1][SERVER]);
	go_to(1);
	ksft_test_result(WITHIN(5, state_of(CLIENT, protocol(), OWN_PORT, PORT) == TIME_WAIT),
			 "one closes and waits\n");
	ksft_test_result(same_connection(0, again) && talks(again, 'f') &&
			 state_of(CLIENT, protocol(), OWN_PORT, PORT) == ESTABLISHED,
			 "and keeps nobody from the same ports elsewhere\n");
	close(again[CLIENT]);
	close(again[SERVER]);
	ksft_test_result(only_here(PORT + 1), "a listener hears its own namespace\n");
}

/* From the server to itself; what closes first is in TIME_WAIT. */
static void time_waits(int listener)
{
	int i, fd, child;

	for (i = 0; i < TIME_WAITS; i++) {
		fd = socket_on(SERVER, protocol(), 0);
		if (connect(fd, AT(SERVER, PORT)))
			stage_fails("connection %d", i);
		child = accept(listener, NULL, NULL);
		close(fd);
		close(child);
	}
}

/* The server's answers are lost from now on: who connects waits for them, as does who said something. */
static void unanswered(int listener)
{
	int i, fd;

	for (i = 0; i < TALKING; i++) {
		fd = connect_from(CLIENT, protocol(), PORT);
		reset_at_close(fd);
		reset_at_close(accept(listener, NULL, NULL));
	}
	wire(SERVER, "loss 100%");
	for (; fd > listener; fd--)
		send(fd, "clasp", 5, MSG_DONTWAIT | MSG_NOSIGNAL);
	for (i = 0; i < EMBRYOS; i++) {
		fd = socket_on(CLIENT, protocol(), SOCK_NONBLOCK);
		if (!connect(fd, AT(SERVER, PORT)) || errno != EINPROGRESS)
			stage_fails("connection %d", i);
	}
}

/* A device of each host has its other end here, and goes when the host goes. */
static void add_witness(enum host host)
{
	enter(host);
	run("ip link add inside type veth peer name witness%d netns %d", host, getppid());
}

static bool witnessed(void)
{
	return !access("/sys/class/net/witness0", F_OK) || !access("/sys/class/net/witness1", F_OK);
}

static void fill(int ready)
{
	struct rlimit files = { 4096, 4096 };
	int listener;

	setrlimit(RLIMIT_NOFILE, &files);
	hosts_up();
	add_witness(CLIENT);
	add_witness(SERVER);
	listener = listen_on(SERVER, protocol(), PORT);
	listen(listener, EMBRYOS + 100);
	time_waits(listener);
	unanswered(listener);
	if (write(ready, "!", 1) != 1)
		stage_fails("the parent");
	pause();
}

static void is_full(void)
{
	long waits = slab_objects("clasp_timewait", NULL), embryos = slab_objects("clasp_embryo", NULL);
	long sockets = slab_objects("clasp", NULL) - waits - embryos;

	ksft_test_result(waits >= TIME_WAITS && embryos >= EMBRYOS && sockets > EMBRYOS + 2 * TALKING &&
			 witnessed(), "a namespace with %ld TIME_WAITs, %ld embryos and %ld sockets\n",
			 waits, embryos, sockets);
}

static void goes_away(void)
{
	int ready[2];
	uint64_t since;
	pid_t owner;
	bool gone;
	long took;

	if (pipe(ready))
		stage_fails("pipe");
	owner = IN_CHILD(fill(ready[1]));
	if (!readable(ready[0], 300))
		stage_fails("a full namespace");
	is_full();
	since = now_ns();
	kill(owner, SIGKILL);
	waitpid(owner, NULL, 0);
	gone = WITHIN(60, !witnessed() && nothing_of("clasp"));
	took = (now_ns() - since) / 1000000;
	ksft_test_result(gone && took < 1000,
			 "is gone with all that was in it %ld ms after its last process was killed\n",
			 took);
	ksft_test_result(WITHIN(5, module_is_free()), "and nobody holds the module\n");
}

/* A namespace of its own, a connection in it that ends in TIME_WAIT, one that never began. */
static bool use_one(void)
{
	int listener, fd, child;
	bool fine;

	alone();
	listener = socket(family(), SOCK_STREAM, protocol());
	fd = socket(family(), SOCK_STREAM, protocol());
	fine = !bind(listener, LOOPBACK(PORT)) && !listen(listener, 1) && !connect(fd, LOOPBACK(PORT));
	child = accept(listener, NULL, NULL);
	fine = fine && child >= 0 && says(fd, child, 'x');
	close(fd);
	close(child);
	close(listener);
	return fine;
}

static bool use_and_leave(int home)
{
	bool fine = use_one();

	if (setns(home, CLONE_NEWNET))
		stage_fails("setns");
	return fine;
}

/*
 * Namespaces that there are after one more came and went alone: a kernel may keep those that went last until
 * the next one goes.
 */
static long namespaces_left(int home)
{
	pause_ms(2000);
	use_and_leave(home);
	pause_ms(2000);
	return slab_objects("net_namespace", NULL);
}

/* 6.1 takes 10 ms for each that goes, whatever was used in it; so it may be busy for a while. */
static void one_after_the_other(void)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), i, bad = 0;
	long before = namespaces_left(home), after;

	for (i = 0; i < ROUNDS; i++)
		bad += !use_and_leave(home);
	ksft_test_result(!bad, "%d namespaces created, used and left, %d bad\n", ROUNDS, bad);
	ksft_test_result(WITHIN(60, (after = namespaces_left(home)) == before),
			 "they are gone: %ld are left, %ld were before\n", after, before);
	ksft_test_result(WITHIN(5, nothing_of("clasp") && module_is_free()),
			 "and so is all that was in them\n");
	close(home);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(13);
	goes_away();
	one_after_the_other();
	crossing();
	ksft_finished();
}
