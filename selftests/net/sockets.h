/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of the sockets_* tests: every case runs on the kernel's TCP and on Clasp in the same
 * guest, so that what a program may expect of a stream socket is not our opinion. A program whose main()
 * has put up a stage has all its tests played there.
 */
#ifndef CLASP_SOCKETS_H
#define CLASP_SOCKETS_H

#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "kselftest_harness.h"
#include "net_helpers.h"

/* Seconds for one test: of use against what never ends, also where a debug kernel shares a busy machine. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 150

#define PORT 80

/* An errno where a call must fail, 0 where it must not: EXPECT_EQ(EPIPE, ERRNO(send(...))). */
#define ERRNO(call) ((call) < 0 ? errno : 0)

/* What a call returns, or its errno as a negative number. */
#define RESULT(call) ({ ssize_t returned = (call); (int)(returned < 0 ? -errno : returned); })

FIXTURE(on)
{
	int ends[HOSTS];
};

FIXTURE_VARIANT(on)
{
	int protocol;
	int level;
	const char *sysctls;
};

FIXTURE_VARIANT_ADD(on, tcp)
{
	.protocol = IPPROTO_TCP,
	.level = IPPROTO_TCP,
	.sysctls = "ipv4/tcp_",
};

FIXTURE_VARIANT_ADD(on, clasp)
{
	.protocol = IPPROTO_CLASP,
	.level = SOL_CLASP,
	.sysctls = "clasp/",
};

FIXTURE_SETUP(on)
{
	signal(SIGPIPE, SIG_IGN);
	if (namespaces[CLIENT] < 0)
		hosts_up();
}

FIXTURE_TEARDOWN(on)
{
}

/* Over IPv6 TCP is asked by whoever asks for it (NAME_inet6 -v tcp): it has said over IPv4 what is expected. */
HELPER int play_all(int argc, char **argv)
{
	char *clasp_alone[4] = { argv[0], "-V", "tcp" };

	if (argc > 1 || family() == AF_INET)
		return test_harness_run(argc, argv);
	return test_harness_run(3, clasp_alone);
}

#define SOCKETS_HARNESS_MAIN							\
	int main(int argc, char **argv)						\
	{									\
		exit(play_all(argc, argv));					\
	}

HELPER int option(int fd, int level, int name)
{
	socklen_t size = sizeof(int);
	int value = -1;

	return getsockopt(fd, level, name, &value, &size) ? -errno : value;
}

HELPER int option_set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

HELPER void nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* What poll() says of a descriptor now, or as soon as it says anything of @events. */
HELPER int polled(int fd, int events, int seconds)
{
	struct pollfd one = { .fd = fd, .events = events };

	poll(&one, 1, seconds * 1000);
	return one.revents;
}

HELPER void linger(int fd, int seconds)
{
	struct linger how = { .l_onoff = 1, .l_linger = seconds };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &how, sizeof(how)))
		stage_fails("SO_LINGER");
}

static void wake(int unused)
{
}

static void alarm_with(int flags, int ms)
{
	struct sigaction action = { .sa_handler = wake, .sa_flags = flags };
	struct itimerval timer = { .it_value.tv_usec = ms * 1000 };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* A signal, that restarts nothing, in so many milliseconds. */
HELPER void alarm_in(int ms)
{
	alarm_with(0, ms);
}

/* One after whose handler calls go on where they can. */
HELPER void restarting_alarm_in(int ms)
{
	alarm_with(SA_RESTART, ms);
}

/* SO_RCVTIMEO or SO_SNDTIMEO */
HELPER void timeout_set(int fd, int which, int ms)
{
	struct timeval limit = { ms / 1000, ms % 1000 * 1000 };

	if (setsockopt(fd, SOL_SOCKET, which, &limit, sizeof(limit)))
		stage_fails("a timeout");
}

#endif
