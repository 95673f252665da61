// SPDX-License-Identifier: GPL-2.0
/*
 * A stream over wires that harm packets, each in its own way, found intact at the far end; and how long it takes
 * TCP, which is never a reason to fail. The name under which this program is called says how much, and over what:
 * the long ones are for whoever has time, the small one for whoever wants to see the same twice.
 */
#include <sys/mman.h>

#include "kselftest.h"
#include "nics.h"
#include "stream.h"

#define PORT 7
#define READ_SIZE 61001			/* a prime, so that reads end anywhere */
#define SUPER_SEGMENTS 65535		/* as a device has it that nobody told anything, */
#define FEW_SEGMENTS 8			/* or so many that even rare harm meets some packet */

/*
 * What befalls packets of either direction, in tc-netem's words. All of them take 10 ms, but for the 5 % that
 * overtake those under way, or, the other way round, all but the 5 % that are overtaken.
 */
#define HARMS 7
#define RAREST "loss 0.1%"		/* may spare all super-packets */
#define RARE "loss 1%"
#define EVERY_HARM RAREST, RARE, "loss 5%", "reorder 5%", "reorder 95%", "duplicate 2%", "corrupt 1%"

/**
 * struct play - what a name stands for
 * @total: octets of each stream
 * @nics: over network cards instead of a veth pair
 * @harms: one wire each
 */
struct play {
	const char *name;
	unsigned int total;
	bool nics;
	const char *harms[HARMS];
};

static const struct play plays[] = {
	{ "transfer", 8 << 20, false, { EVERY_HARM } },
	{ "transfer_inet6", 4 << 20, false, { RARE, "reorder 5%", "corrupt 1%" } },
	{ "transfer_long", 64 << 20, false, { EVERY_HARM } },
	{ "transfer_nics", 8 << 20, true, { RARE, "corrupt 1%" } },
	{ "transfer_nics_long", 64 << 20, true, { EVERY_HARM } },
	{ "transfer_small", 1 << 20, true, { "loss 5%" } },
};

/**
 * struct run - one transfer
 * @protocol: IPPROTO_CLASP or IPPROTO_TCP
 * @super: the sender's device takes packets that are many segments
 * @arrived: octets that arrived as they were written, and then the end
 * @accepted: the sender saw all of them acknowledged
 * @ms: from connect() to the end, in the guest's time
 * @harm: packets that were sent again, known twice, out of order or broken; Clasp counts them
 * @broken: those with a wrong checksum
 */
struct run {
	int protocol;
	bool super;
	unsigned int arrived;
	bool accepted;
	unsigned long ms;
	long harm;
	long broken;
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

static int most_segments(const struct run *this, const char *harm)
{
	if (!this->super)
		return 1;
	return strcmp(harm, RAREST) && strcmp(harm, RARE) ? SUPER_SEGMENTS : FEW_SEGMENTS;
}

static void run_one(struct run *this, const struct play *play, const char *harm)
{
	uint64_t started;
	int listener, fd;
	char netem[64];
	pid_t sender;

	if (play->nics)
		hosts_up_on_nics();
	else
		hosts_up();
	run("ip link set eth0 gso_max_segs %d", most_segments(this, harm));
	snprintf(netem, sizeof(netem), "delay 10ms limit 10000 %s", harm);
	wire(CLIENT, netem);
	wire(SERVER, netem);
	listener = listen_on(SERVER, this->protocol, PORT);
	started = now_ns();
	sender = IN_CHILD(send_all(this->protocol, play->total));
	fd = accept(listener, NULL, NULL);
	this->arrived = receive_all(fd);
	close(fd);
	this->accepted = child_succeeds(sender);
	this->ms = (now_ns() - started) / 1000000;
	if (this->protocol != IPPROTO_CLASP)
		return;
	this->broken = counter(CLIENT, "InCsumErrors") + counter(SERVER, "InCsumErrors");
	this->harm = counter(CLIENT, "RetransSegs") + counter(SERVER, "DropSequence") +
		     counter(SERVER, "OFOQueue") + this->broken;
}

/* One wire, and on it each protocol; the namespaces go with the process that made them. */
static void transfer(const struct play *play, const char *harm)
{
	static const struct run all[] = {
		{ .protocol = IPPROTO_CLASP },
		{ .protocol = IPPROTO_CLASP, .super = true },
		{ .protocol = IPPROTO_TCP },
		{ .protocol = IPPROTO_TCP, .super = true },
	};
	struct run *runs = mmap(NULL, sizeof(all), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	memcpy(runs, all, sizeof(all));
	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (!IN_CHILD_SUCCEEDS(run_one(&runs[i], play, harm)))
			stage_fails("run %u of a wire", i);
	for (i = 0; i < 2; i++) {
		const char *how = runs[i].super ? ", in super-packets" : "";

		ksft_test_result(runs[i].arrived == play->total && runs[i].accepted,
				 "%s%s: %u octets arrived intact, and the sender saw it\n", harm, how, play->total);
		if (!runs[i].super || strcmp(harm, RAREST))
			ksft_test_result(runs[i].harm > 0 && !runs[i].broken == !strstr(harm, "corrupt"),
					 "%s%s: %ld packets suffered, %ld of them broke\n", harm, how,
					 runs[i].harm, runs[i].broken);
	}
	ksft_test_result(runs[2].arrived == play->total && runs[3].arrived == play->total,
			 "%s: TCP does it too\n", harm);
	ksft_print_msg("%s: Clasp %lu ms, in super-packets %lu ms; TCP %lu ms, in super-packets %lu ms\n", harm,
		       runs[0].ms, runs[1].ms, runs[2].ms, runs[3].ms);
	munmap(runs, sizeof(all));
}

int main(void)
{
	const struct play *play = plays;
	unsigned int wires, results = 0;

	ksft_print_header();
	while (strcmp(program_invocation_short_name, play->name))
		play++;
	for (wires = 0; wires < HARMS && play->harms[wires]; wires++)
		results += strcmp(play->harms[wires], RAREST) ? 5 : 4;
	ksft_set_plan(results);
	for (wires = 0; wires < HARMS && play->harms[wires]; wires++)
		transfer(play, play->harms[wires]);
	ksft_finished();
}
