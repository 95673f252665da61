// SPDX-License-Identifier: GPL-2.0
/*
 * Many programs at a time on a wire that loses packets: they connect, have what they say echoed,
 * close in good order, half-way or with a reset. Whoever finishes must have got back what it sent;
 * in the end nothing may be left.
 */
#include <signal.h>

#include "kselftest.h"
#include "slabs.h"

#define PORT 7
#define CLIENTS 16
#define SERVERS 4
#define ROUNDS 25
#define MOST 60000

enum ending { IN_GOOD_ORDER, EARLY, WITH_A_RESET, ENDINGS };

static void abort_it(int fd)
{
	struct linger none = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

static void serve(int listener)
{
	char block[8192];
	int fd, sent;
	ssize_t n, done;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		while ((n = read(fd, block, sizeof(block))) > 0)
			for (sent = 0; sent < n; sent += done) {
				done = send(fd, block + sent, n - sent, MSG_NOSIGNAL);
				if (done <= 0)
					break;
			}
		close(fd);
	}
}

/* Sends and receives by turns, so that neither end ever waits for the other to read. */
static bool exchange(int fd, unsigned int size, unsigned char mark)
{
	unsigned char out[1024], in[4096];
	unsigned int sent = 0, received = 0;
	ssize_t n;

	memset(out, mark, sizeof(out));
	while (received < size) {
		struct pollfd one = { .fd = fd, .events = sent < size ? POLLIN | POLLOUT : POLLIN };

		if (poll(&one, 1, 60000) != 1)
			return false;
		if (one.revents & POLLOUT) {
			n = send(fd, out, sizeof(out) < size - sent ? sizeof(out) : size - sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);
			if (n < 0 && errno != EAGAIN)
				return false;
			sent += n > 0 ? n : 0;
		}
		if (one.revents & POLLIN) {
			n = recv(fd, in, sizeof(in), MSG_DONTWAIT);
			if (n <= 0)
				return false;
			for (received += n; n; n--)
				if (in[n - 1] != mark)
					return false;
		}
	}
	return true;
}

static bool converse(unsigned int *seed)
{
	enum ending ending = rand_r(seed) % ENDINGS;
	unsigned int size = 1 + rand_r(seed) % MOST;
	unsigned char mark = rand_r(seed);
	int fd = connect_from(CLIENT, protocol(), PORT);
	bool fine = true;

	if (ending == IN_GOOD_ORDER) {
		fine = exchange(fd, size, mark) && !shutdown(fd, SHUT_WR) &&
		       read(fd, &mark, 1) == 0;
	} else {
		fine = exchange(fd, size / 2 + 1, mark) && write(fd, &mark, 1) == 1;
		if (ending == WITH_A_RESET)
			abort_it(fd);
	}
	close(fd);
	return fine;
}

static void be_client(unsigned int seed)
{
	int round;

	for (round = 0; round < rounds_wanted(ROUNDS); round++)
		if (!converse(&seed))
			stage_fails("client %u, round %d", seed, round);
}

static bool nothing_left(void)
{
	return state_of(CLIENT, protocol(), 0, PORT) == GONE &&
	       state_of(SERVER, protocol(), PORT, 0) == GONE;
}

int main(void)
{
	pid_t clients[CLIENTS], servers[SERVERS];
	int i, listener, fine = 0;

	ksft_print_header();
	ksft_set_plan(2);
	/* What another test left behind is not what this one leaves. */
	if (protocol() == IPPROTO_CLASP && !WITHIN(150, module_is_free()))
		stage_fails("the module is in use before anything began");
	hosts_up();
	wire(CLIENT, "delay 1ms loss 2%");
	wire(SERVER, "delay 1ms loss 2%");
	if (protocol() == IPPROTO_CLASP)
		for (i = CLIENT; i < HOSTS; i++) {
			sysctl_set(i, "clasp/msl_ms", 200);
			sysctl_set(i, "clasp/rto_initial_ms", 100);
			sysctl_set(i, "clasp/rto_min_ms", 20);
		}
	listener = listen_on(SERVER, protocol(), PORT);
	for (i = 0; i < SERVERS; i++)
		servers[i] = IN_CHILD(serve(listener));
	for (i = 0; i < CLIENTS; i++)
		clients[i] = IN_CHILD(be_client(i));
	for (i = 0; i < CLIENTS; i++)
		fine += child_succeeds(clients[i]);
	ksft_test_result(fine == CLIENTS, "%d of %d clients got back what they sent\n", fine, CLIENTS);
	close(listener);
	for (i = 0; i < SERVERS; i++) {
		kill(servers[i], SIGKILL);
		waitpid(servers[i], NULL, 0);
	}
	ksft_test_result(protocol() != IPPROTO_CLASP ||
			 (WITHIN(60, nothing_left()) && WITHIN(20, module_is_free())),
			 "and nothing is left\n");
	ksft_finished();
}
