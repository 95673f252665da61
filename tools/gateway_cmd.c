// SPDX-License-Identifier: GPL-2.0
/*
 * "clasp gateway": a device beyond which there is TCP.
 */
#include <net/if.h>
#include <string.h>

#include "commands.h"
#include "gateway.h"
#include "grow.h"
#include "run.h"

/* RFC 3692 has this number for experiments, and the next one; the module takes no other either. */
#define EXPERIMENT 253

static bool read_number(const char *word, char **end, u32 least, u32 most, u32 *number)
{
	unsigned long value = strtoul(word, end, 10);

	*number = value;
	return *word >= '0' && *word <= '9' && value >= least && value <= most;
}

/* 80,443,8000-8080 */
static int read_ports(const char *word, struct gateway_choice *choice)
{
	u32 first, last;
	char *end;

	choice->some = 1;
	for (;; word = end + 1) {
		if (!read_number(word, &end, 1, GATEWAY_PORTS - 1, &first))
			return -1;
		last = first;
		if (*end == '-' && !read_number(end + 1, &end, first, GATEWAY_PORTS - 1, &last))
			return -1;
		for (; first <= last; first++)
			choice->ports[first / 8] |= 1 << first % 8;
		if (*end != ',')
			return *end ? -1 : 0;
	}
}

static int start(const char *device, char **words)
{
	struct gateway_choice choice = { .protocol = run_protocol() };
	u32 protocol;
	char *end;

	for (; *words; words += 2) {
		if (!words[1])
			return command_usage();
		if (!strcmp(*words, "--port")) {
			if (read_ports(words[1], &choice))
				return command_usage();
		} else if (!strcmp(*words, "--protocol")) {
			if (!read_number(words[1], &end, EXPERIMENT, EXPERIMENT + 1, &protocol) || *end)
				return command_usage();
			choice.protocol = protocol;
		} else {
			return command_usage();
		}
	}
	if (gateway_start(device, &choice))
		return 2;
	if (choice.gro)
		fprintf(stderr, "clasp: %s: this host forwards: generic receive offload is off until stop\n", device);
	return 0;
}

static int stop(const char *device, char **words)
{
	if (*words)
		return command_usage();
	return gateway_stop(device) ? 2 : 0;
}

static void print_ports(const struct gateway_choice *choice)
{
	const char *before = "ports ";
	u32 first, last = 0;

	if (!choice->some) {
		fputs("all ports", stdout);
		return;
	}
	for (first = 1; first < GATEWAY_PORTS; first = last + 1) {
		last = first;
		if (!(choice->ports[first / 8] & (1 << first % 8)))
			continue;
		while (last + 1 < GATEWAY_PORTS && choice->ports[(last + 1) / 8] & (1 << (last + 1) % 8))
			last++;
		printf(first == last ? "%s%u" : "%s%u-%u", before, first, last);
		before = ",";
	}
}

static void print(const char *device, const struct gateway_choice *choice, const struct gateway_count *counts,
		  const bool *stands)
{
	static const char *const ways[GATEWAY_WAYS] = { "TCP to Clasp", "Clasp to TCP" };
	int way;

	printf("%s: protocol %u, ", device, choice->protocol);
	print_ports(choice);
	putchar('\n');
	for (way = 0; way < GATEWAY_WAYS; way++)
		printf("  %s: %llu segments, %llu fragments, %llu errors; %llu left, %llu dropped%s\n", ways[way],
		       counts[way].segments, counts[way].fragments, counts[way].errors, counts[way].left,
		       counts[way].dropped, stands[way] ? "" : "; its program is no longer there");
}

static int show(const char *device, char **words)
{
	struct gateway_count counts[GATEWAY_WAYS];
	struct gateway_choice choice = { 0 };
	bool stands[GATEWAY_WAYS];
	int found;

	if (*words)
		return command_usage();
	found = gateway_ask(device, &choice, counts, stands);
	if (found < 0)
		return 2;
	if (found)
		fprintf(stderr, "clasp: %s: there is no gateway\n", device);
	else
		print(device, &choice, counts, stands);
	return found;
}

/**
 * command_gateway - clasp gateway start|stop|show DEVICE ...
 * @argc: of @argv
 * @argv: "gateway" and what follows
 *
 * Return: exit status; 1 from show where there is none.
 */
int command_gateway(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const char *device, char **words);
	} verbs[] = {
		{ "start", start }, { "stop", stop }, { "show", show },
	};
	size_t i;

	for (i = 0; argc > 2 && i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argv[2], argv + 3);
	return command_usage();
}
