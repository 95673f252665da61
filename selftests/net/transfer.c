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
#define SEGMENT_SIZE 1448
#define SUPER_SEGMENTS 65535		/* as a device has it that nobody told anything */
#define HARMED 25			/* packets at least, on the average: of these some are always met */

/*
 * What befalls packets of either direction, in tc-netem's words. All of them take 10 ms, but for the 5 % that
 * overtake those under way, or, the other way round, all but the 5 % that are overtaken.
 */
#define HARMS 7
#define RAREST "loss 0.1%"		/* may spare all super-packets */
#define EVERY_HARM RAREST, "loss 1%", "loss 5%", "reorder 5%", "reorder 95%", "duplicate 2%", "corrupt 1%"

/**
 * struct play - what a name stands for
 * @name: and the same with _inet6 behind it, unless that has a row of its own
 * @total: octets of each stream
 * @nics: over network cards instead of a veth pair
 * @gateway: between Clasp and TCP
 * @harms: one wire each
 */
struct play {
	const char *name;
	unsigned int total;
	bool nics;
	bool gateway;
	const char *harms[HARMS];
};

static const struct play plays[] = {
	{ "transfer", 8 << 20, .harms = { EVERY_HARM } },
	{ "transfer_inet6", 4 << 20, .harms = { "loss 1%", "reorder 5%", "corrupt 1%" } },
	{ "transfer_long", 64 << 20, .harms = { EVERY_HARM } },
	{ "transfer_nics", 8 << 20, .nics = true, .harms = { "loss 1%", "corrupt 1%" } },
	{ "transfer_nics_long", 64 << 20, .nics = true, .harms = { EVERY_HARM } },
	{ "transfer_gateway", 64 << 20, .gateway = true, .harms = { "loss 1%" } },
	{ "transfer_gateway_corrupt", 8 << 20, .gateway = true, .harms = { "corrupt 1%" } },
	{ "transfer_gateway_inet6", 4 << 20, .gateway = true, .harms = { "loss 1%" } },
	{ "transfer_gateway_long", 64 << 20, .gateway = true, .harms = { EVERY_HARM } },
	{ "transfer_small", 1 << 20, .nics = true, .harms = { "loss 5%" } },
};

/**
 * struct run - one transfer
 * @name: of who sends, and to whom
 * @protocols: IPPROTO_CLASP or IPPROTO_TCP
 * @super: the sender's device takes packets that are many segments
 * @arrived: octets that arrived as they were written, and then the end
 * @accepted: the sender saw all of them acknowledged
 * @ms: from connect() to the end, in the guest's time
 * @harm: packets that were sent again, known twice, out of order or broken; Clasp counts them
 * @broken: those with a wrong checksum
 */
struct run {
	const char *name;
	int protocols[HOSTS];
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

/* Per cent of the packets that are harmed, or else of those that are not. */
static double rarity(const char *harm)
{
	double percent = atof(strchr(harm, ' '));

	return percent < 50 ? percent : 100 - percent;
}

/* The fewer segments a super-packet has, the more there are of them, and even rare harm meets some. */
static int most_segments(const struct run *this, const char *harm, unsigned int total)
{
	double most = total / SEGMENT_SIZE * rarity(harm) / 100 / HARMED;

	if (!this->super)
		return 1;
	if (!strcmp(harm, RAREST))
		return SUPER_SEGMENTS;
	return most < 2 ? 2 : most;
}

/* A host of Clasp's that talks to one of TCP's needs one. */
static void gateway_up(enum host host)
{
	enter(host);
	run("clasp gateway start eth0");
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
	run("ip link set eth0 gso_max_segs %d", most_segments(this, harm, play->total));
	snprintf(netem, sizeof(netem), "delay 10ms limit 10000 %s", harm);
	wire(CLIENT, netem);
	wire(SERVER, netem);
	if (play->gateway)
		gateway_up(this->protocols[CLIENT] == IPPROTO_CLASP ? CLIENT : SERVER);
	listener = listen_on(SERVER, this->protocols[SERVER], PORT);
	started = now_ns();
	sender = IN_CHILD(send_all(this->protocols[CLIENT], play->total));
	fd = accept(listener, NULL, NULL);
	this->arrived = receive_all(fd);
	close(fd);
	this->accepted = child_succeeds(sender);
	this->ms = (now_ns() - started) / 1000000;
	this->broken = counter(CLIENT, "InCsumErrors") + counter(SERVER, "InCsumErrors");
	this->harm = counter(CLIENT, "RetransSegs") + counter(CLIENT, "DSACKRecv") +
		     counter(SERVER, "DropSequence") + counter(SERVER, "OFOQueue") + this->broken;
}

/* Who sends, who receives. */
#define CLASPS .name = "Clasp", .protocols = { IPPROTO_CLASP, IPPROTO_CLASP }
#define TCPS .name = "TCP", .protocols = { IPPROTO_TCP, IPPROTO_TCP }
#define TO_TCP .name = "Clasp to TCP", .protocols = { IPPROTO_CLASP, IPPROTO_TCP }
#define TO_CLASP .name = "TCP to Clasp", .protocols = { IPPROTO_TCP, IPPROTO_CLASP }

#define RUNS 4

static const struct run plain[RUNS] = {
	{ CLASPS }, { CLASPS, .super = true }, { TCPS }, { TCPS, .super = true },
};

static const struct run across[RUNS] = {
	{ TO_TCP }, { TO_TCP, .super = true }, { TO_CLASP }, { TO_CLASP, .super = true },
};

/* Of what TCP has suffered nobody asks, and of the rarest losses super-packets may know nothing. */
static bool must_suffer(const struct run *this, const char *harm)
{
	return (this->protocols[CLIENT] != IPPROTO_TCP || this->protocols[SERVER] != IPPROTO_TCP) &&
	       (!this->super || strcmp(harm, RAREST));
}

static bool suffered(const struct run *this, const char *harm)
{
	if (!strstr(harm, "corrupt"))
		return this->harm > 0 && !this->broken;
	/* Super-packets get few ACKs: none of those need be broken. */
	return this->harm > 0 && (this->broken || (this->super && this->protocols[SERVER] == IPPROTO_TCP));
}

static void judge(const struct run *this, const char *harm, unsigned int total)
{
	const char *how = this->super ? ", in super-packets" : "";

	ksft_test_result(this->arrived == total && this->accepted,
			 "%s: %s%s: %u octets arrived intact, and the sender saw it\n", harm, this->name, how, total);
	if (must_suffer(this, harm))
		ksft_test_result(suffered(this, harm),
				 "%s: %s%s: %ld packets suffered, %ld of them broke\n", harm, this->name, how,
				 this->harm, this->broken);
	ksft_print_msg("%s: %s%s: %lu ms\n", harm, this->name, how, this->ms);
}

/* One wire, and on it each protocol; the namespaces go with the process that made them. */
static void transfer(const struct play *play, const char *harm)
{
	struct run *runs = mmap(NULL, sizeof(plain), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	memcpy(runs, play->gateway ? across : plain, sizeof(plain));
	for (i = 0; i < RUNS; i++)
		if (!IN_CHILD_SUCCEEDS(run_one(&runs[i], play, harm)))
			stage_fails("run %u of a wire", i);
	for (i = 0; i < RUNS; i++)
		judge(&runs[i], harm, play->total);
	munmap(runs, sizeof(plain));
}

static const struct play *find_play(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plays); i++)
		if (!strcmp(name, plays[i].name))
			return &plays[i];
	return NULL;
}

int main(void)
{
	const char *name = program_invocation_short_name;
	const struct play *play = find_play(name) ?: find_play(strndupa(name, strlen(name) - strlen("_inet6")));
	const struct run *runs;
	unsigned int wires, i, results = 0;

	ksft_print_header();
	runs = play->gateway ? across : plain;
	for (wires = 0; wires < HARMS && play->harms[wires]; wires++)
		for (i = 0; i < RUNS; i++)
			results += 1 + must_suffer(&runs[i], play->harms[wires]);
	ksft_set_plan(results);
	for (wires = 0; wires < HARMS && play->harms[wires]; wires++)
		transfer(play, play->harms[wires]);
	ksft_finished();
}
