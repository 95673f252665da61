// SPDX-License-Identifier: GPL-2.0
/*
 * Calls whose memory faults while segments arrive: memory that is not there, that is taken away meanwhile, and that
 * comes only once the segments have been answered, so that nobody may hold the socket's lock while he reads it.
 */
#include <linux/userfaultfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "race.h"
#include "peer.h"

#define PORT 80
#define ROUNDS 1500
#define FAULTS 300
#define OPTIONS 48
#define OCTETS 100
#define PATIENCE 20000	/* ms */
#define PAGE 4096

static struct peer peer;
static char *pages;
static int fd, faults, result;

static const int levels[] = { SOL_CLASP, IPPROTO_TCP, SOL_SOCKET, IPPROTO_IP };

static char *map(int protection, int count)
{
	char *at = mmap(NULL, count * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		stage_fails("mmap");
	return at;
}

/* What the round before left of the connection is read away; the peer takes note of the ACKs. */
static void drain(int round)
{
	char text[65536];

	while (recv(fd, text, sizeof(text), MSG_DONTWAIT) > 0)
		;
	peer_forget();
}

static void segments(int round)
{
	struct segment segment;
	int i;

	for (i = 0; i < 4; i++) {
		segment = peer_segment(&peer, TH_ACK);
		segment.len = OCTETS;
		peer.next += OCTETS;
		peer_put(&segment);
	}
}

/* No option has its first four octets before the second page, so that none is ever set. */
static void options(int round, char *edge, char *nowhere)
{
	int level = levels[round % 4], name = round / 4 % OPTIONS;
	socklen_t size = 8;

	mprotect(pages + PAGE, PAGE, PROT_NONE);
	setsockopt(fd, level, name, edge, size);
	getsockopt(fd, level, name, edge, &size);
	setsockopt(fd, level, name, nowhere, size);
	getsockopt(fd, level, name, pages, (socklen_t *)nowhere);
}

/* For octets the second page comes and goes. */
static void calls(int round)
{
	char *const nowhere = (char *)8, *edge = pages + PAGE - round % 4;

	options(round, edge, nowhere);
	mprotect(pages + PAGE, PAGE, round % 3 ? PROT_NONE : PROT_READ | PROT_WRITE);
	send(fd, edge, 64, MSG_DONTWAIT | MSG_NOSIGNAL);
	recv(fd, edge, 64, MSG_DONTWAIT);
	send(fd, nowhere, 64, MSG_DONTWAIT | MSG_NOSIGNAL);
	recv(fd, nowhere, 64, MSG_DONTWAIT | MSG_PEEK);
	madvise(pages, 2 * PAGE, MADV_DONTNEED);
	wait_for_client();
}

/* All that the peer sent has been acknowledged, as if nothing had faulted. */
static bool still_talks(int round)
{
	struct segment segment;
	int got = 0;

	wait_for_client();
	while (got < OCTETS && peer_hears(&peer, &segment, PATIENCE))
		got = segment.ack == peer.next ? OCTETS : 0;
	peer_says(&peer, TH_ACK, 0);
	return got == OCTETS;
}

static const struct race faulting = {
	.rounds = ROUNDS,
	.prepare = drain,
	.left = segments,
	.right = calls,
	.judge = still_talks,
};

static void catch_faults(char *at)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { (uintptr_t)at, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (faults < 0 || ioctl(faults, UFFDIO_API, &api) ||
	    ioctl(faults, UFFDIO_REGISTER, &range))
		stage_fails("userfaultfd");
}

static void take_page_away(int round)
{
	drain(round);
	madvise(pages, PAGE, MADV_DONTNEED);
}

static void set_option(int round)
{
	result = setsockopt(fd, levels[round % 2], TCP_NODELAY, pages, sizeof(int));
}

/* While the caller waits for its page, segments are answered; then it gets a page of zeros. */
static void answer_fault(int round)
{
	struct uffdio_zeropage zero = { .range = { (uintptr_t)pages, PAGE } };
	struct uffd_msg message;
	struct segment segment;

	if (!readable(faults, PATIENCE / 1000) ||
	    read(faults, &message, sizeof(message)) != sizeof(message))
		stage_fails("round %d: a fault", round);
	segments(round);
	do {
		if (!peer_hears(&peer, &segment, PATIENCE))
			stage_fails("round %d: an answer while the option waits", round);
	} while (segment.ack != peer.next);
	if (ioctl(faults, UFFDIO_ZEROPAGE, &zero))
		stage_fails("a page of zeros");
}

static bool was_set(int round)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return !result && !getsockopt(fd, SOL_CLASP, TCP_NODELAY, &value, &size) && value == 0;
}

static const struct race late = {
	.rounds = FAULTS,
	.prepare = take_page_away,
	.left = answer_fault,
	.right = set_option,
	.judge = was_set,
};

int main(void)
{
	ksft_print_header();
	ksft_set_plan(3);
	signal(SIGPIPE, SIG_IGN);
	hosts_up();
	race_hurry();
	peer_up(IPPROTO_CLASP);
	fd = peer_is_accepted(&peer, PORT);
	pages = map(PROT_READ | PROT_WRITE, 1);
	catch_faults(pages);
	race_report("an option whose memory comes after the answers", &late);
	pages = map(PROT_READ | PROT_WRITE, 2);
	race_report("options and octets whose memory faults while segments arrive", &faulting);
	race_reset(fd);
	race_ends();
	ksft_finished();
}
