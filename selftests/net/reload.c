// SPDX-License-Identifier: GPL-2.0
/*
 * The module comes and goes: twenty times, refused while a socket lives, with the protocol numbers
 * that it may have, and with those that it may not.
 */
#include <sys/syscall.h>

#include "kselftest.h"
#include "net_helpers.h"

#define MODULE "/clasp.ko"
#define ROUNDS 20

static int insert(const char *parameters)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC), failed;

	if (fd < 0)
		stage_fails(MODULE);
	failed = syscall(SYS_finit_module, fd, parameters, 0) ? errno : 0;
	close(fd);
	return failed;
}

static int take_out(void)
{
	return syscall(SYS_delete_module, "clasp", O_NONBLOCK) ? errno : 0;
}

/* RCU and the timers of dying sockets may hold it a little longer than the last close(). */
static bool leaves_soon(void)
{
	return WITHIN(5, take_out() == 0);
}

static bool listed(const char *file, const char *name)
{
	char line[256];
	bool found = false;
	FILE *list = fopen(file, "r");

	if (!list)
		stage_fails("%s", file);
	while (!found && fgets(line, sizeof(line), list))
		found = !strncasecmp(line, name, strlen(name));
	fclose(list);
	return found;
}

static bool nothing_left(void)
{
	return !listed("/proc/modules", "clasp ") && !listed("/proc/net/protocols", "clasp") &&
	       !listed("/proc/slabinfo", "clasp") && access("/proc/net/clasp", F_OK) &&
	       access("/proc/net/clasp_snmp", F_OK) && access("/proc/sys/net/clasp", F_OK) &&
	       access("/sys/kernel/tracing/events/clasp", F_OK);
}

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

	fd = socket(AF_INET, SOCK_STREAM, protocol);
	ksft_test_result(!failed && fd >= 0, "'%s' serves protocol %d\n", parameters, protocol);
	close(fd);
	ksft_test_result(leaves_soon() && nothing_left(), "'%s' left nothing behind\n", parameters);
}

static void rounds(void)
{
	int i, ends[HOSTS], bad = 0;

	for (i = 0; i < ROUNDS; i++) {
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
	ksft_test_result(!bad && nothing_left(), "insmod, a connection and rmmod %d times\n", ROUNDS);
}

static void held(void)
{
	int fd;

	if (insert(""))
		stage_fails("insmod");
	fd = socket(AF_INET, SOCK_STREAM, IPPROTO_CLASP);
	ksft_test_result(take_out() == EAGAIN, "rmmod is refused while a socket lives\n");
	close(fd);
	ksft_test_result(leaves_soon() && nothing_left(), "and clean right after\n");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(11);
	if (!leaves_soon())
		stage_fails("the module is in use before anything began");
	rounds();
	held();
	takes("", 253);
	takes("protocol=254", 254);
	refuses("protocol=6", "6");
	refuses("protocol=300", "300");
	if (insert(""))
		stage_fails("insmod");
	ksft_finished();
}
