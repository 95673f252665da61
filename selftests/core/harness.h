/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test is TEST(file__case) { ... }: it registers itself, and a fresh pair of numbers, clock and
 * host awaits it. Every test runs once for each pair of initial sequence numbers in harness.c,
 * those just below 2^32 and 2^31 among them, so that no expectation holds by the accident of small
 * numbers.
 */
#ifndef CLASP_SELFTESTS_HARNESS_H
#define CLASP_SELFTESTS_HARNESS_H

#include "host.h"

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

void test_register(struct test *test);
void test_failed(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define TEST(case_name)							\
	static void case_name(void);					\
	static struct test test_##case_name = {				\
		.name = #case_name, .run = case_name,			\
	};								\
	__attribute__((constructor))					\
	static void register_##case_name(void)				\
	{								\
		test_register(&test_##case_name);			\
	}								\
	static void case_name(void)

#define EXPECT(condition)						\
	do {								\
		if (!(condition))					\
			test_failed(__FILE__, __LINE__, "not so: %s", #condition); \
	} while (0)

#define EXPECT_EQ(got, wanted)						\
	do {								\
		unsigned long long got_ = (got), wanted_ = (wanted);	\
		if (got_ != wanted_)					\
			test_failed(__FILE__, __LINE__, "%s is %llu, should be %llu", \
				    #got, got_, wanted_);		\
	} while (0)

#define EXPECT_BETWEEN(got, low, high)					\
	do {								\
		unsigned long long got_ = (got), low_ = (low), high_ = (high); \
		if (got_ < low_ || got_ > high_)			\
			test_failed(__FILE__, __LINE__, "%s is %llu, should be %llu to %llu", \
				    #got, got_, low_, high_);		\
	} while (0)

#endif
