// SPDX-License-Identifier: GPL-2.0
/*
 * 64 MiB from one host to the other over a wire that harms packets, found intact at the far end.
 * The octets depend on their place in the stream, so that one lost, doubled or moved shows at
 * once. What the wire does is chosen by the name under which this program is called.
 */
#include "kselftest.h"
#include "net_helpers.h"
#include "stream.h"

#define PORT 7
#define TOTAL (64u << 20)
#define READ_SIZE 61001			/* a prime, so that reads end anywhere */

static const struct {
	const char *name;
	const char *netem;
	unsigned int total;
} cases[] = {
	{ "transfer_loss", "delay 2ms limit 10000 loss 1%", TOTAL },
	{ "transfer_reorder", "delay 2ms limit 10000 reorder 95%", TOTAL },
	{ "transfer_small", "delay 2ms limit 10000 loss 3%", 1 << 20 },
};

static void send_all(unsigned int total)
{
	int fd = connect_from(CLIENT, protocol(), PORT);
	stream_write(fd, 0, total);
	if (shutdown(fd, SHUT_WR) || read(fd, (char[1]){ 0 }, 1) != 0)
		stage_fails("end of the stream");
}

/* How many octets of the stream arrived as they were sent, up to the first that did not. */
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
	return done;
}

static void transfer(const char *netem, unsigned int total)
{
	uint64_t started;
	int listener, fd;
	pid_t sender;

	hosts_up();
	wire(CLIENT, netem);
	wire(SERVER, netem);
	listener = listen_on(SERVER, protocol(), PORT);
	started = now_ns();
	sender = IN_CHILD(send_all(total));
	fd = accept(listener, NULL, NULL);
	ksft_test_result(receive_all(fd) == total, "%u octets arrived intact\n", total);
	close(fd);
	ksft_test_result(child_succeeds(sender), "the sender saw everything accepted\n");
	ksft_print_msg("%llu ms\n", (unsigned long long)(now_ns() - started) / 1000000);
	if (protocol() == IPPROTO_CLASP)
		ksft_test_result(counter(CLIENT, "RetransSegs") > 0,
				 "the wire did harm: %ld of %ld resent\n",
				 counter(CLIENT, "RetransSegs"), counter(CLIENT, "OutSegs"));
	else
		ksft_test_result_skip("counters are Clasp's\n");
}

int main(void)
{
	unsigned int i;

	ksft_print_header();
	ksft_set_plan(3);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (!strcmp(program_invocation_short_name, cases[i].name))
			transfer(cases[i].netem, cases[i].total);
	ksft_finished();
}
