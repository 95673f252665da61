/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that is not there when it is asked for, by order: fault injection of the debug kernel. Allocations are
 * counted that a call makes in the context of its task (fail-nth), or in any context (one cache at a time); and
 * what a call copies from or to its program. What the kernel's own watchers allocate is left alone, for they
 * would go blind.
 */
#ifndef CLASP_FAULTS_H
#define CLASP_FAULTS_H

#include <dirent.h>
#include <limits.h>
#include <sys/klog.h>

#include "kselftest.h"
#include "slabs.h"

#define FAULT_KINDS 3

static const char * const fault_kinds[FAULT_KINDS] = { "failslab", "fail_page_alloc", "fail_usercopy" };

/* Counted calls that a test goes through at most: more would mean that nothing is counted. */
#define FAULTS_MOST 5000

static int fault_nth = -1, fault_log = -1, fault_complaints;

static void fault_set(const char *kind, const char *knob, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", kind, knob);
	file_write(path, value);
}

static void fault_set_number(const char *kind, const char *knob, unsigned long value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%lx", value);
	fault_set(kind, knob, text);
}

/* Caches of those who watch: kmemleak, debug objects, and the slabs' own. */
static bool fault_spares(const char *cache)
{
	return cache[0] == '.' || !strncmp(cache, "kmemleak", 8) || !strncmp(cache, "debug_objects", 13) ||
	       !strncmp(cache, "kmem_cache", 10);
}

/* Does this cache have its share of faults? */
static void fault_mark(const char *cache, bool on)
{
	char path[512];

	if (fault_spares(cache))
		return;
	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/failslab", cache);
	file_write(path, on ? "1" : "0");
}

/* The same for all caches that there are by now. */
HELPER void faults_mark_all(bool on)
{
	struct dirent *entry;
	DIR *caches = opendir("/sys/kernel/slab");

	if (!caches)
		stage_fails("/sys/kernel/slab");
	while ((entry = readdir(caches)))
		fault_mark(entry->d_name, on);
	closedir(caches);
}

/* Where a function of the kernel begins and where the next one does. */
static void fault_find(const char *function, unsigned long *start, unsigned long *end)
{
	char line[256], name[128];
	unsigned long address;
	FILE *symbols = fopen("/proc/kallsyms", "r");

	*start = *end = 0;
	while (symbols && !*end && fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%lx %*c %127s", &address, name) != 2)
			continue;
		if (*start && address > *start)
			*end = address;
		else if (!strcmp(name, function))
			*start = address;
	}
	if (!*end)
		stage_fails("%s in /proc/kallsyms", function);
	fclose(symbols);
}

/* What that function of the kernel asks for, or whom it calls, is not counted; there can be one such at a time. */
HELPER void faults_except(const char *function)
{
	unsigned long start, end;
	unsigned int i;

	fault_find(function, &start, &end);
	for (i = 0; i < FAULT_KINDS; i++) {
		fault_set(fault_kinds[i], "stacktrace-depth", "32");
		fault_set_number(fault_kinds[i], "reject-start", start);
		fault_set_number(fault_kinds[i], "reject-end", end);
	}
}

/* Where the module's code is: from its first octet, so many of them. */
static void fault_module(unsigned long *start, unsigned long *size)
{
	char line[256];
	FILE *modules = fopen("/proc/modules", "r");

	*start = 0;
	while (modules && !*start && fgets(line, sizeof(line), modules))
		if (sscanf(line, "clasp %lu %*d %*s %*s 0x%lx", size, start) != 2)
			*start = 0;
	if (!*start)
		stage_fails("clasp in /proc/modules");
	fclose(modules);
}

/* Of that kind only what is asked for within these addresses counts; @end 0: nothing. */
static void fault_within(const char *kind, unsigned long start, unsigned long end)
{
	fault_set_number(kind, "require-start", start);
	fault_set_number(kind, "require-end", end);
}

static void fault_memory_within(unsigned long start, unsigned long end)
{
	fault_within("failslab", start, end);
	fault_within("fail_page_alloc", start, end);
	fault_within("fail_usercopy", 0, 0);
}

/* From now on only memory counts that Clasp asks for, or somebody whom it calls. */
HELPER void faults_of_module(void)
{
	unsigned long start, size;

	fault_module(&start, &size);
	fault_memory_within(start, start + size);
}

/* Only memory counts that this function of the kernel asks for, or somebody whom it calls. */
HELPER void faults_of_function(const char *name)
{
	unsigned long start, end;

	fault_find(name, &start, &end);
	fault_memory_within(start, end);
}

/* Memory, whoever asks. */
HELPER void faults_of_memory(void)
{
	fault_memory_within(0, ULONG_MAX);
}

/* Copies from and to a program, and no memory. */
HELPER void faults_of_copies(void)
{
	fault_memory_within(0, 0);
	fault_within("fail_usercopy", 0, ULONG_MAX);
}

/*
 * Whoever is refused memory may print a whole stack of calls, as a warning. These stay off the console, where the
 * harness would take them for what it looks for; faults_over() looks at them instead.
 */
static void fault_hush(void)
{
	fault_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fault_log < 0 || lseek(fault_log, 0, SEEK_END) < 0 || klogctl(8, NULL, 4))
		stage_fails("the kernel's log");
}

/* Does the kernel complain of more than that there is no memory? */
static bool fault_complains(const char *record)
{
	static const char * const words[] = {
		"WARNING:", "BUG", "INFO: ", "refcount_t", "KASAN", "UBSAN", "ODEBUG", "ref_tracker", "leak",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(record, words[i]))
			return true;
	return false;
}

/* What the kernel's log has by now; a record that was overwritten before it was read is a complaint. */
static void faults_listen(void)
{
	char record[8192];
	ssize_t n;

	while ((n = read(fault_log, record, sizeof(record) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		record[n > 0 ? n : 0] = '\0';
		if (n > 0 && !fault_complains(record))
			continue;
		ksft_print_msg("%s", n > 0 ? record : "the log is too small\n");
		fault_complaints++;
	}
	if (errno != EAGAIN)
		stage_fails("reading the kernel's log");
}

/* The last complaint is the test's own: had it not been heard, none would have been. */
HELPER void faults_over(void)
{
	faults_listen();
	file_write("/dev/kmsg", "<4>WARNING: of nothing, the test only wants to know whether it is heard\n");
	klogctl(8, NULL, 5);
	fault_complaints--;
	faults_listen();
	ksft_test_result(!fault_complaints, "the kernel had nothing to complain of, and was heard\n");
}

/* Can faults be ordered here? From now on they can be, and come without being announced. */
HELPER bool faults_possible(void)
{
	int i;

	if (access("/proc/thread-self/fail-nth", F_OK))
		return false;
	for (i = 0; i < FAULT_KINDS; i++) {
		fault_set(fault_kinds[i], "verbose", "0");
		fault_set(fault_kinds[i], "probability", "0");
		fault_set(fault_kinds[i], "interval", "1");
		fault_set(fault_kinds[i], "task-filter", "N");
	}
	/* A reference tracker that gets no memory complains, and knows one reference less. */
	faults_except("ref_tracker_alloc");
	faults_of_memory();
	fault_set("failslab", "ignore-gfp-wait", "N");
	fault_set("fail_page_alloc", "ignore-gfp-wait", "N");
	fault_set("fail_page_alloc", "ignore-gfp-highmem", "N");
	fault_set("fail_page_alloc", "min-order", "0");
	fault_set("failslab", "cache-filter", "Y");
	faults_mark_all(true);
	fault_hush();
	fault_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fault_nth < 0)
		stage_fails("/proc/thread-self/fail-nth");
	return true;
}

/* In any context: of @kind the n-th is refused, each being of @size. */
HELPER void fault_arm_anywhere(const char *kind, unsigned int n, unsigned long size)
{
	fault_set_number(kind, "space", n * size);
	fault_set(kind, "times", "1");
	fault_set(kind, "probability", "100");
}

HELPER bool fault_disarm_anywhere(const char *kind)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/times", kind);
	fault_set(kind, "probability", "0");
	faults_listen();
	return number_in(path) == 0;
}

/* The n-th that this task asks for from now on is refused. */
HELPER void fault_arm(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fault_nth, text, len, 0) != len)
		stage_fails("fail-nth");
}

/*
 * No more faults. Was it refused? Reading what is left to count counts itself: where only one was left, the
 * read is what is refused.
 */
HELPER bool fault_disarm(void)
{
	int error = errno;
	char text[16] = "";
	bool refused = pread(fault_nth, text, sizeof(text) - 1, 0) > 0 && !atoi(text);

	while (pwrite(fault_nth, "0", 1, 0) != 1)
		;
	faults_listen();
	errno = error;
	return refused;
}

#endif
