// SPDX-License-Identifier: GPL-2.0
/*
 * 10,000 connections, and 2 MSL later nothing is left of them: no object in any of Clasp's slabs,
 * no socket and no memory in /proc/net/protocols.
 */
#include <ctype.h>
#include <dirent.h>

#include "kselftest.h"
#include "net_helpers.h"

#define PORT 80
#define CONNECTIONS 10000

static const char *wanted;

static bool ours(const char *name)
{
	return !strncasecmp(name, wanted, strlen(wanted));
}

/* Free objects on a CPU's own slab count as used until the cache is asked to shrink. */
static void shrink_slabs(void)
{
	struct dirent *entry;
	DIR *caches = opendir("/sys/kernel/slab");
	char path[512];

	if (!caches)
		stage_fails("/sys/kernel/slab");
	while ((entry = readdir(caches)))
		if (ours(entry->d_name)) {
			snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", entry->d_name);
			file_write(path, "1");
		}
	closedir(caches);
}

/* Objects in use in all of Clasp's slabs; @slabs: how many of these there are. */
static long active_objects(int *slabs)
{
	char line[512], name[64];
	long active, total = 0;
	FILE *list = fopen("/proc/slabinfo", "r");

	if (!list)
		stage_fails("/proc/slabinfo");
	*slabs = 0;
	while (fgets(line, sizeof(line), list))
		if (sscanf(line, "%63s %ld", name, &active) == 2 && ours(name)) {
			total += active;
			++*slabs;
		}
	fclose(list);
	return total;
}

static bool protocols(long *sockets, long *memory)
{
	char line[512], name[64];
	bool found = false;
	FILE *list = fopen("/proc/net/protocols", "r");

	if (!list)
		stage_fails("/proc/net/protocols");
	while (!found && fgets(line, sizeof(line), list))
		found = sscanf(line, "%63s %*d %ld %ld", name, sockets, memory) == 3 &&
			!strcasecmp(name, wanted);
	fclose(list);
	return found;
}

static bool all_gone(void)
{
	long sockets = -1, memory = -1;
	int slabs;

	shrink_slabs();
	return protocols(&sockets, &memory) && !sockets && !memory && !active_objects(&slabs);
}

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

static void report(void)
{
	long sockets = -1, memory = -1, active;
	int slabs;

	active = active_objects(&slabs);
	protocols(&sockets, &memory);
	ksft_print_msg("%d slabs, %ld active objects, %ld sockets, %ld pages\n", slabs, active, sockets,
		       memory);
}

int main(void)
{
	int i, bad = 0, listener, slabs;

	ksft_print_header();
	ksft_set_plan(3);
	wanted = protocol() == IPPROTO_TCP ? "tcp" : "clasp";
	hosts_up();
	if (protocol() == IPPROTO_CLASP) {
		sysctl_set(CLIENT, "clasp/msl_ms", 10000);
		sysctl_set(SERVER, "clasp/msl_ms", 10000);
	}
	listener = listen_on(SERVER, protocol(), PORT);
	for (i = 0; i < CONNECTIONS; i++)
		bad += !one(listener, i);
	close(listener);
	ksft_test_result(!bad, "%d connections, %d bad\n", CONNECTIONS, bad);
	report();
	active_objects(&slabs);
	ksft_test_result(slabs >= 3, "connections, embryos and TIME_WAITs have slabs of their own\n");
	ksft_test_result(WITHIN(30, all_gone()), "2 MSL later nothing is left\n");
	report();
	ksft_finished();
}
