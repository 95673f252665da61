// SPDX-License-Identifier: GPL-2.0
/*
 * Runs what registered itself, in the order of names, and speaks KTAP. `unit PREFIX` runs only the
 * tests whose names begin so.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static const u32 bases[][2] = {
	{ 1000, 5000 },
	{ 0xfffffffe, 0xffffffff },
	{ 0xffffff00, 0x7fffff80 },
	{ 0x7fffffff, 0xfffffc00 },
};

static struct test *tests;
static const char *running;
static unsigned int failures, complaints;

void test_register(struct test *test)
{
	struct test **at = &tests;

	while (*at && strcmp((*at)->name, test->name) < 0)
		at = &(*at)->next;
	test->next = *at;
	*at = test;
}

void test_failed(const char *file, int line, const char *format, ...)
{
	const char *slash = strrchr(file, '/');
	va_list args;

	failures++;
	if (complaints++ >= 8)
		return;
	printf("# %s:%d: (iss %u, irs %u) ", slash ? slash + 1 : file, line, bench.iss, bench.irs);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

void violation(const struct host *host, const char *format, ...)
{
	char text[256];
	va_list args;

	(void)host;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	test_failed(running, 0, "%s", text);
}

static bool run(const struct test *test)
{
	failures = 0;
	complaints = 0;
	running = test->name;
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		bench_reset(bases[i][0], bases[i][1]);
		test->run();
		expect_nothing_at(test->name, 0);
	}
	return !failures;
}

int main(int argc, char **argv)
{
	unsigned int total = 0, number = 0, passed = 0;
	const char *prefix = argc > 1 ? argv[1] : "";
	const struct test *test;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (test = tests; test; test = test->next)
		total += !strncmp(test->name, prefix, strlen(prefix));
	printf("KTAP version 1\n1..%u\n", total);
	for (test = tests; test; test = test->next) {
		bool ok;

		if (strncmp(test->name, prefix, strlen(prefix)))
			continue;
		ok = run(test);
		passed += ok;
		printf("%sok %u %s\n", ok ? "" : "not ", ++number, test->name);
	}
	printf("%u passed, %u failed, 0 skipped\n", passed, total - passed);
	return passed == total ? EXIT_SUCCESS : EXIT_FAILURE;
}
