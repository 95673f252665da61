// SPDX-License-Identifier: GPL-2.0
/*
 * What is under net.clasp, as the module's own table and with it the documentation has it: each value's default and
 * bounds, in each namespace its own. One outside its bounds, or that is no number, changes nothing.
 */
#include <ctype.h>
#include <dirent.h>
#include <netinet/tcp.h>

#include "kselftest_harness.h"
#include "knobs.h"
#include "net_helpers.h"

#define ROW(name, member, unit, initial, min, max, tcp, sentence)	\
	{ #name, initial, min, max, tcp },

static const struct knob {
	const char *name;
	long initial;
	long min;
	long max;
	const char *tcp;
} knobs[] = {
	CLASP_KNOBS(ROW)
};

static int file_of(enum host host, const char *prefix, const char *name, int flags)
{
	char path[128];
	int fd;

	enter(host);
	snprintf(path, sizeof(path), "/proc/sys/net/%s%s", prefix, name);
	fd = open(path, flags);
	if (fd < 0)
		stage_fails("%s", path);
	return fd;
}

static long get_of(enum host host, const char *prefix, const char *name)
{
	int fd = file_of(host, prefix, name, O_RDONLY);
	char text[32] = "";

	if (read(fd, text, sizeof(text) - 1) <= 0)
		stage_fails("%s", name);
	close(fd);
	return atol(text);
}

static long get(enum host host, const char *name)
{
	return get_of(host, "clasp/", name);
}

/* The errno, or 0. */
static int put(enum host host, const char *name, const char *text)
{
	int fd = file_of(host, "clasp/", name, O_WRONLY);
	int failed = write(fd, text, strlen(text)) < 0 ? errno : 0;

	close(fd);
	return failed;
}

static int put_number(enum host host, const char *name, long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", value);
	return put(host, name, text);
}

TEST(sysctl__defaults)
{
	unsigned int i;

	hosts_up();
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		EXPECT_EQ(knobs[i].initial, get(CLIENT, knobs[i].name));
}

/* What is said of TCP is true here. */
TEST(sysctl__defaults_of_tcp)
{
	unsigned int i;

	hosts_up();
	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		if (!isdigit(knobs[i].tcp[0]))
			continue;
		TH_LOG("%s", knobs[i].name);
		EXPECT_EQ(atol(knobs[i].tcp), get_of(SERVER, "ipv4/tcp_", knobs[i].name));
	}
}

/* Every value that a file takes, and none that it does not, while the same file elsewhere keeps its own. */
TEST(sysctl__bounds)
{
	static const char * const refused[] = { "-1", "soon", "99999999999999999999", "0x" };
	unsigned int i, j;
	int host;

	hosts_up();
	for (i = 0; i < 2 * ARRAY_SIZE(knobs); i++) {
		const struct knob *knob = &knobs[i / 2];
		long elsewhere = get(!(host = i % 2), knob->name);

		TH_LOG("%s in %s", knob->name, host ? "server" : "client");
		EXPECT_EQ(0, put_number(host, knob->name, knob->min));
		EXPECT_EQ(EINVAL, put_number(host, knob->name, knob->min - 1));
		EXPECT_EQ(knob->min, get(host, knob->name));
		EXPECT_EQ(0, put_number(host, knob->name, knob->max));
		EXPECT_EQ(EINVAL, put_number(host, knob->name, knob->max + 1));
		for (j = 0; j < ARRAY_SIZE(refused); j++)
			EXPECT_EQ(EINVAL, put(host, knob->name, refused[j]));
		EXPECT_EQ(knob->max, get(host, knob->name));
		EXPECT_EQ(elsewhere, get(!host, knob->name));
		EXPECT_EQ(0, put_number(host, knob->name, knob->initial));
	}
}

static bool is_knob(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		if (!strcmp(name, knobs[i].name))
			return true;
	return !strcmp(name, "congestion_control") || !strcmp(name, "available_congestion_control");
}

/* One that is not in the table would be tested by nobody. */
TEST(sysctl__there_are_no_others)
{
	struct dirent *entry;
	DIR *folder;

	hosts_up();
	folder = opendir("/proc/sys/net/clasp");
	ASSERT_NE(NULL, folder);
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		EXPECT_TRUE(is_knob(entry->d_name))
			TH_LOG("%s is not in the table", entry->d_name);
	}
	closedir(folder);
}

static bool says(enum host host, const char *name, const char *text)
{
	int fd = file_of(host, "clasp/", name, O_RDONLY);
	char got[64] = "";

	if (read(fd, got, sizeof(got) - 1) <= 0)
		stage_fails("%s", name);
	close(fd);
	got[strcspn(got, "\n")] = 0;
	return !strcmp(got, text);
}

/* What a new socket of the namespace has. */
static bool chosen(enum host host, const char *name)
{
	socklen_t len = 16;
	char got[16] = "";
	int fd;

	enter(host);
	fd = socket(AF_INET, SOCK_STREAM, IPPROTO_CLASP);
	if (fd < 0 || getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, got, &len))
		stage_fails("a socket");
	close(fd);
	return !strcmp(got, name);
}

TEST(sysctl__congestion_control)
{
	hosts_up();
	EXPECT_TRUE(says(CLIENT, "available_congestion_control", "cubic reno"));
	EXPECT_TRUE(says(CLIENT, "congestion_control", "cubic"));
	EXPECT_TRUE(chosen(CLIENT, "cubic"));
	EXPECT_EQ(0, put(CLIENT, "congestion_control", "reno\n"));
	EXPECT_TRUE(says(CLIENT, "congestion_control", "reno"));
	EXPECT_TRUE(chosen(CLIENT, "reno"));
	EXPECT_TRUE(says(SERVER, "congestion_control", "cubic"));
	EXPECT_TRUE(chosen(SERVER, "cubic"));
	EXPECT_EQ(ENOENT, put(CLIENT, "congestion_control", "soon"));
	EXPECT_EQ(ENOENT, put(CLIENT, "congestion_control", "cubic-with-a-long-tail"));
	EXPECT_TRUE(says(CLIENT, "congestion_control", "reno"));
	EXPECT_EQ(0, put(CLIENT, "congestion_control", "cubic"));
	EXPECT_TRUE(chosen(CLIENT, "cubic"));
}

TEST_HARNESS_MAIN
