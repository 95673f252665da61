// SPDX-License-Identifier: GPL-2.0
/*
 * A stream over wires that harm packets, each in its own way, found intact at the far end; and how long it takes
 * TCP, which is never a reason to fail. The name under which this program is called says how much: transfer_long is
 * for whoever has time, transfer_small for whoever wants to see the same twice.
 */
#include <sys/mman.h>

#include "kselftest.h"
#include "net_helpers.h"
#include "stream.h"

#define PORT 7
#define READ_SIZE 61001			/* a prime, so that reads end anywhere */

/* What befalls packets of either direction, in tc-netem's words: reordered are the 5 % that wait for their 10 ms. */
static const char *const harms[] = {
	"loss 0.1%", "loss 1%", "loss 5%", "reorder 95%", "duplicate 2%", "corrupt 1%",
};

/**
 * struct run - one transfer
 * @protocol: IPPROTO_CLASP or IPPROTO_TCP
 * @super: the sender's device takes packets that are many segments
 * @arrived: octets that arrived as they were written, and then the end
 * @accepted: the sender saw all of them acknowledged
 * @ms: from connect() to the end, in the guest's time
 * @harm: packets that were sent again, known twice, out of order or broken; Clasp counts them
 */
struct run {
	int protocol;
	bool super;
	unsigned int arrived;
	bool accepted;
	unsigned long ms;
	long harm;
};

static void send_all(int protocol, unsigned int total)
{
	int fd = connect_from(CLIENT, protocol, PORT);

	stream_write(fd, 0, total);
	if (shutdown(fd, SHUT_WR) || read(fd, (char [1]) { 0 }, 1) != 0)
		stage_fails("end of the stream");
}

static unsigned int receive_all(int fd)
{
	unsigned char block[READ_SIZE];
	unsigned int done = 0;
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0) {
		if (!stream_continues(block, done, n))
			break;
		done += n;
	}
	if (n)
		ksft_print_msg("after %u octets: %s\n", done, n < 0 ? strerror(errno) : "wrong data");
	return n ? 0 : done;
}

static void run_one(struct run *this, const char *harm, unsigned int total)
{
	uint64_t started;
	int listener, fd;
	char netem[64];
	pid_t sender;

	hosts_up();
	if (!this->super)
		run("ip link set eth0 gso_max_segs 1");
	snprintf(netem, sizeof(netem), "delay 10ms limit 10000 %s", harm);
	wire(CLIENT, netem);
	wire(SERVER, netem);
	listener = listen_on(SERVER, this->protocol, PORT);
	started = now_ns();
	sender = IN_CHILD(send_all(this->protocol, total));
	fd = accept(listener, NULL, NULL);
	this->arrived = receive_all(fd);
	close(fd);
	this->accepted = child_succeeds(sender);
	this->ms = (now_ns() - started) / 1000000;
	if (this->protocol == IPPROTO_CLASP)
		this->harm = counter(CLIENT, "RetransSegs") + counter(SERVER, "DropSequence") +
			    counter(SERVER, "OFOQueue") + counter(SERVER, "InCsumErrors");
}

/* One wire, and on it each protocol; the namespaces go with the process that made them. */
static void transfer(const char *harm, unsigned int total)
{
	static const struct run all[] = {
		{ .protocol = IPPROTO_CLASP },
		{ .protocol = IPPROTO_TCP },
		{ .protocol = IPPROTO_TCP, .super = true },
	};
	struct run *runs = mmap(NULL, sizeof(all), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	memcpy(runs, all, sizeof(all));
	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (!IN_CHILD_SUCCEEDS(run_one(&runs[i], harm, total)))
			stage_fails("run %u of a wire", i);
	ksft_test_result(runs[0].arrived == total && runs[0].accepted,
			 "%s: %u octets arrived intact, and the sender saw it\n", harm, total);
	ksft_test_result(runs[0].harm > 0, "%s: %ld packets suffered\n", harm, runs[0].harm);
	ksft_test_result(runs[1].arrived == total && runs[2].arrived == total,
			 "%s: TCP does it too\n", harm);
	ksft_print_msg("%s: Clasp %lu ms, TCP %lu ms, TCP in super-packets %lu ms\n", harm, runs[0].ms,
		       runs[1].ms, runs[2].ms);
	munmap(runs, sizeof(all));
}

static const struct {
	const char *name;
	unsigned int total;
	unsigned int first;
	unsigned int last;
} plays[] = {
	{ "transfer", 8 << 20, 0, ARRAY_SIZE(harms) - 1 },
	{ "transfer_long", 64 << 20, 0, ARRAY_SIZE(harms) - 1 },
	{ "transfer_small", 1 << 20, 2, 2 },
};

int main(void)
{
	unsigned int i, harm;

	ksft_print_header();
	for (i = 0; strcmp(program_invocation_short_name, plays[i].name); i++)
		;
	ksft_set_plan(3 * (plays[i].last - plays[i].first + 1));
	for (harm = plays[i].first; harm <= plays[i].last; harm++)
		transfer(harms[harm], plays[i].total);
	ksft_finished();
}
