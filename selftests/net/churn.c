// SPDX-License-Identifier: GPL-2.0
/*
 * 10,000 connections, and 2 MSL later nothing is left of them: no object in any of Clasp's slabs,
 * no socket and no memory in /proc/net/protocols, and as much memory free as before.
 */
#include "kselftest.h"
#include "slabs.h"

#define PORT 80
#define CONNECTIONS 10000

/* Caches, tables and pages that the first connections bring, and that stay for all that follow. */
#define WARM_UP 300

static const char *wanted;

/* Every third is closed by the server first, every tenth is reset. */
static bool one(int listener, int i)
{
	int here = connect_from(CLIENT, protocol(), PORT);
	int there = accept(listener, NULL, NULL), first = i % 3 ? here : there;
	struct linger none = { .l_onoff = 1 };
	char text[16];
	bool fine;

	fine = write(here, "clasp", 5) == 5 && read(there, text, 16) == 5 &&
	       write(there, "psalc", 5) == 5 && read(here, text, 16) == 5;
	if (i % 10 == 0)
		setsockopt(first, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(first);
	close(first == here ? there : here);
	return fine;
}

static int many(int connections)
{
	int i, bad = 0, listener = listen_on(SERVER, protocol(), PORT);

	for (i = 0; i < connections; i++)
		bad += !one(listener, i);
	close(listener);
	return bad;
}

static void report(void)
{
	long sockets = -1, pages = -1, objects;
	int slabs;

	objects = slab_objects(wanted, &slabs);
	protocol_uses(wanted, &sockets, &pages);
	ksft_print_msg("%d slabs, %ld objects, %ld sockets, %ld pages\n", slabs, objects, sockets,
		       pages);
}

int main(void)
{
	long before, after;
	int bad, slabs;

	ksft_print_header();
	ksft_set_plan(5);
	wanted = protocol() == IPPROTO_TCP ? "tcp" : "clasp";
	hosts_up();
	if (protocol() == IPPROTO_CLASP) {
		sysctl_set(CLIENT, "clasp/msl_ms", 10000);
		sysctl_set(SERVER, "clasp/msl_ms", 10000);
	}
	many(WARM_UP);
	slab_objects(wanted, &slabs);
	ksft_test_result(slabs >= 3 && !slab_aliases(wanted),
			 "connections, embryos and TIME_WAITs have slabs of their own\n");
	ksft_test_result(WITHIN(30, nothing_of(wanted)), "the first %d are gone\n", WARM_UP);
	before = memory_available();
	bad = many(CONNECTIONS);
	ksft_test_result(!bad, "%d connections, %d bad\n", CONNECTIONS, bad);
	report();
	ksft_test_result(WITHIN(30, nothing_of(wanted)), "2 MSL later nothing is left\n");
	report();
	after = memory_available();
	ksft_test_result(labs(after - before) <= 1024, "%ld KiB are available, %ld were before\n",
			 after, before);
	ksft_finished();
}
