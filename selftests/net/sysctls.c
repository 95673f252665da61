// SPDX-License-Identifier: GPL-2.0
/*
 * What is under net.clasp, as clasp(7) has it: each value's default and bounds, in each namespace its own. One
 * outside its bounds, or that is no number, changes nothing.
 */
#include <dirent.h>

#include "kselftest_harness.h"
#include "net_helpers.h"

static const struct knob {
	const char *name;
	long initial;
	long min;
	long max;
} knobs[] = {
	{ "msl_ms", 30000, 10, 600000 },
	{ "rto_initial_ms", 1000, 10, 60000 },
	{ "rto_min_ms", 200, 1, 1000 },
	{ "rto_max_ms", 120000, 1000, 600000 },
	{ "delack_ms", 40, 1, 499 },
	{ "fin_timeout", 60, 1, 3600 },
	{ "challenge_ack_interval_ms", 500, 0, 60000 },
	{ "syn_retries", 7, 1, 127 },		/* three minutes at least (RFC 9293, MUST-23) */
	{ "synack_retries", 7, 0, 127 },
	{ "retries1", 3, 3, 127 },
	{ "retries2", 15, 1, 127 },
	{ "orphan_retries", 0, 0, 127 },
	{ "max_orphans", 16384, 0, 1 << 20 },
	{ "max_tw_buckets", 65536, 0, 1 << 20 },
};

static int file_of(enum host host, const char *name, int flags)
{
	char path[128];
	int fd;

	enter(host);
	snprintf(path, sizeof(path), "/proc/sys/net/clasp/%s", name);
	fd = open(path, flags);
	if (fd < 0)
		stage_fails("%s", path);
	return fd;
}

static long get(enum host host, const char *name)
{
	int fd = file_of(host, name, O_RDONLY);
	char text[32] = "";

	if (read(fd, text, sizeof(text) - 1) <= 0)
		stage_fails("%s", name);
	close(fd);
	return atol(text);
}

/* The errno, or 0. */
static int put(const char *name, const char *text)
{
	int fd = file_of(CLIENT, name, O_WRONLY);
	int failed = write(fd, text, strlen(text)) < 0 ? errno : 0;

	close(fd);
	return failed;
}

static int put_number(const char *name, long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", value);
	return put(name, text);
}

TEST(sysctl__defaults)
{
	unsigned int i;

	hosts_up();
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		EXPECT_EQ(knobs[i].initial, get(CLIENT, knobs[i].name));
}

TEST(sysctl__bounds)
{
	unsigned int i;

	hosts_up();
	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		const struct knob *knob = &knobs[i];

		TH_LOG("%s", knob->name);
		EXPECT_EQ(0, put_number(knob->name, knob->min));
		EXPECT_EQ(EINVAL, put_number(knob->name, knob->min - 1));
		EXPECT_EQ(knob->min, get(CLIENT, knob->name));
		EXPECT_EQ(0, put_number(knob->name, knob->max));
		EXPECT_EQ(EINVAL, put_number(knob->name, knob->max + 1));
		EXPECT_EQ(EINVAL, put(knob->name, "soon"));
		EXPECT_EQ(EINVAL, put(knob->name, "99999999999999999999"));
		EXPECT_EQ(knob->max, get(CLIENT, knob->name));
		EXPECT_EQ(knob->initial, get(SERVER, knob->name));
	}
}

/* One that is not in the table above would be tested by nobody. */
TEST(sysctl__there_are_no_others)
{
	unsigned int files = 0;
	struct dirent *entry;
	DIR *folder;

	hosts_up();
	folder = opendir("/proc/sys/net/clasp");
	ASSERT_NE(NULL, folder);
	while ((entry = readdir(folder)))
		files += entry->d_name[0] != '.';
	closedir(folder);
	EXPECT_EQ(ARRAY_SIZE(knobs), files);
}

TEST_HARNESS_MAIN
