// SPDX-License-Identifier: GPL-2.0
/*
 * A connection's whole life, once for each time that Clasp asks for memory in it, in whatever context: the n-th
 * object of a cache, or the n-th page, is refused. One refusal costs time, at most; a call that says ENOMEM does
 * it when it is made again. Then a storm of refusals. Needs the debug kernel.
 */
#include <signal.h>

#include "faults.h"
#include "loopback.h"

#define PORT 80
#define SOME 3000
#define STORM 20
#define BAD 3			/* Lives that ended badly; then no more are needed. */
#define PATIENCE 3		/* s; more than any retransmission here takes */

/* What failed for want of memory is tried once more, and nothing fails twice. */
#define AGAIN(call) ({								\
	long result = (call);							\
										\
	if (result < 0 && (errno == ENOMEM || errno == ENOBUFS || errno == EAGAIN))	\
		result = (call);						\
	result;									\
})

static char octets[SOME], text[SOME];

/* No call on it waits for ever, nor does what is accepted from it. */
static int a_socket(int flags)
{
	int fd = AGAIN(socket(family(), SOCK_STREAM | flags, IPPROTO_CLASP));
	struct timeval most = { .tv_sec = PATIENCE };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	return fd;
}

static int a_listener(void)
{
	int fd = a_socket(SOCK_NONBLOCK), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!AGAIN(bind(fd, LOOPBACK(PORT))) && !AGAIN(listen(fd, 8)))
		return fd;
	close(fd);
	return -1;
}

static bool hears(int from, int to)
{
	return AGAIN(send(from, octets, SOME, MSG_NOSIGNAL)) == SOME && readable(to, PATIENCE) &&
	       AGAIN(recv(to, text, SOME, MSG_WAITALL)) == SOME && !memcmp(octets, text, SOME);
}

static bool accepts(int listener, int *there)
{
	return WITHIN(PATIENCE, (*there = accept(listener, NULL, NULL)) >= 0);
}

/* Return: what went wrong, or NULL. */
static const char *live(int listener, int here, int *there)
{
	if (listener < 0)
		return "the listener";
	if (AGAIN(connect(here, LOOPBACK(PORT))))
		return "connect";
	if (!accepts(listener, there))
		return "accept";
	if (!hears(here, *there) || !hears(*there, here))
		return "octets";
	shutdown(here, SHUT_WR);
	if (!readable(*there, PATIENCE) || AGAIN(recv(*there, text, 1, 0)))
		return "the end of the stream";
	return NULL;
}

static const char *life(void)
{
	int listener = a_listener(), here = a_socket(0), there = -1;
	const char *wrong = live(listener, here, &there);

	close(here);
	close(there);
	close(listener);
	return wrong;
}

static bool all_gone(void)
{
	return WITHIN(20, nothing_of("clasp"));
}

/* With the n-th refusal. Return: false when there was none. */
static bool live_without(const char *kind, const char *cache, unsigned int n, unsigned long size, int *bad)
{
	const char *wrong;
	bool refused;

	fault_arm_anywhere(kind, n, size);
	wrong = life();
	refused = fault_disarm_anywhere(kind);
	if (!all_gone())
		wrong = "what is left";
	if (wrong)
		ksft_print_msg("%s %u: %s\n", cache, n, wrong);
	*bad += !!wrong;
	return refused;
}

static unsigned int live_without_each(const char *kind, const char *cache, unsigned long size, int *bad)
{
	unsigned int n = 1;

	while (n < FAULTS_MOST && *bad < BAD && live_without(kind, cache, n, size, bad))
		n++;
	if (n > 1)
		ksft_print_msg("%s: %u faults\n", cache, n - 1);
	return n - 1;
}

static unsigned int each_of_cache(const char *cache, int *bad)
{
	unsigned int faults;
	char path[512];

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/object_size", cache);
	fault_mark(cache, true);
	faults = live_without_each("failslab", cache, number_in(path), bad);
	fault_mark(cache, false);
	return faults;
}

/* What packets, their octets and their owners are made of. */
static bool concerns(const char *cache)
{
	static const char * const names[] = { "clasp", "skbuff", "kmalloc-", "ip_dst_cache" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (slab_begins(cache, names[i]))
			return !strstr(cache, "-rcl-") && !strstr(cache, "-cg-");
	return false;
}

static void each_of_all(void)
{
	unsigned int caches = 0, faults = 0, one;
	DIR *list = opendir("/sys/kernel/slab");
	struct dirent *entry;
	int bad = 0;

	faults_mark_all(false);
	while ((entry = readdir(list)))
		if (concerns(entry->d_name)) {
			one = each_of_cache(entry->d_name, &bad);
			faults += one;
			caches += one != 0;
		}
	closedir(list);
	ksft_test_result(!bad && caches >= 5, "%u objects of %u caches, each refused in one life\n",
			 faults, caches);
	bad = 0;
	one = live_without_each("fail_page_alloc", "pages", 1, &bad);
	ksft_test_result(!bad, "%u pages, likewise\n", one);
}

/* Every fifth is refused, again and again; who ends badly must only end. */
static void storm(void)
{
	int i, ended_well = 0;

	faults_mark_all(true);
	fault_set("failslab", "space", "0");
	fault_set("failslab", "times", "-1");
	fault_set("failslab", "probability", "20");
	for (i = 0; i < STORM; i++)
		ended_well += !life();
	fault_set("failslab", "probability", "0");
	faults_listen();
	ksft_test_result(all_gone() && WITHIN(5, module_is_free()),
			 "%d lives with every fifth refused, %d ended well, nothing is left of any\n", STORM,
			 ended_well);
	ksft_test_result(!life() && all_gone(), "and a life after it\n");
}

int main(void)
{
	ksft_print_header();
	if (!faults_possible())
		ksft_exit_skip("this kernel lets nobody order faults\n");
	ksft_set_plan(6);
	signal(SIGPIPE, SIG_IGN);
	memset(octets, 'x', SOME);
	alone();
	file_write("/proc/sys/net/clasp/msl_ms", "10");
	file_write("/proc/sys/net/clasp/rto_initial_ms", "50");
	file_write("/proc/sys/net/clasp/rto_min_ms", "20");
	faults_of_module();
	ksft_test_result(!life() && all_gone(), "a life without faults\n");
	each_of_all();
	storm();
	faults_over();
	ksft_finished();
}
