// SPDX-License-Identifier: GPL-2.0
/*
 * What clasp_snmp counts: for each counter there is something that raises it by one, and beside it nothing but what
 * is written here. The counters are read from the file, so that one of which this test knows nothing fails. What is
 * counted of losses has TCP's names and is played on TCP too, whose counters have to rise alike.
 */
#include "kselftest.h"
#include "peer.h"

#define PORT 80
#define SOON 200		/* ms */
#define SECONDS 1000		/* ms */
#define COUNTERS_MAX 250

struct counters {
	int count;
	struct {
		char name[32];
		long value;
	} all[COUNTERS_MAX];
};

static struct counters before;

/* TCP's are in two long lines, names and values; those of a TCP alone are here, without that in front. */
static void read_tcp_counters(struct counters *counters)
{
	static char names[16384], values[16384];
	FILE *list = fopen("/proc/net/netstat", "r");
	char *name_at, *value_at, *name, *value;
	int i = 0;

	if (!list || !fgets(names, sizeof(names), list) || !fgets(values, sizeof(values), list))
		stage_fails("the list of TCP's counters");
	fclose(list);
	name = strtok_r(names, "\n ", &name_at);
	value = strtok_r(values, "\n ", &value_at);
	for (; name && value && i < COUNTERS_MAX;
	     name = strtok_r(NULL, "\n ", &name_at), value = strtok_r(NULL, "\n ", &value_at)) {
		if (strncmp(name, "TCP", 3))
			continue;
		snprintf(counters->all[i].name, sizeof(counters->all[i].name), "%s", name + 3);
		counters->all[i++].value = atol(value);
	}
	counters->count = i;
}

static void read_counters(struct counters *counters)
{
	FILE *list = fopen("/proc/net/clasp_snmp", "r");
	int i = 0;

	while (list && i < COUNTERS_MAX &&
	       fscanf(list, "%31s %ld", counters->all[i].name, &counters->all[i].value) == 2)
		i++;
	if (!list || !i || i == COUNTERS_MAX)
		stage_fails("the list of counters");
	counters->count = i;
	fclose(list);
}

static void read_protocols(struct counters *counters)
{
	enter(CLIENT);
	if (peer_protocol == IPPROTO_TCP)
		read_tcp_counters(counters);
	else
		read_counters(counters);
}

/* What comes before this is only the way there. */
static void from_here(void)
{
	read_protocols(&before);
}

#include "incidents.h"
#include "losses.h"

/**
 * struct event - something that happens to the client
 * @name: of the counter that it raises by one
 * @beside: the others that it raises, by one for each time that they stand here
 * @make: it happen, with from_here() before it
 * @tcp: TCP counts the same by the same names
 */
static const struct event {
	const char *name;
	const char *beside;
	void (*make)(void);
	bool tcp;
} events[] = {
	{ "ActiveOpens", "OutSegs", active_open },
	{ "PassiveOpens", "InSegs OutSegs", passive_open },
	{ "AttemptFails", "InSegs", open_refused },
	{ "EstabResets", "InSegs", reset },
	{ "InSegs", "", segment_comes },
	{ "OutSegs", "", segment_leaves },
	{ "RetransSegs", "OutSegs", syn_ack_repeated },
	{ "InErrs", "InSegs", fragment_of_a_header },
	{ "InCsumErrors", "InSegs InErrs", checksum_is_wrong },
	{ "OutRsts", "InSegs OutSegs", nobody_listens },
	{ "ListenOverflows", "InSegs", time_wait_not_reopened },
	{ "ListenDrops", "InSegs", no_way_back },
	{ "TimeWaitCreated", "InSegs OutSegs", time_wait },
	{ "TimeWaitReaped", "", time_wait_ends },
	{ "TimeWaitOverflow", "InSegs OutSegs", no_room_for_time_wait },
	{ "AbortOnMemory", "OutSegs OutRsts", no_room_for_an_orphan },
	{ "Timeouts", "RetransSegs OutSegs", data_repeated, true },
	{ "DelayedACKs", "OutSegs", ack_is_delayed },
	{ "OFOQueue", "InSegs OutSegs", out_of_order },
	{ "BacklogDrop", "InSegs", backlog_is_full },
	{ "OutRefused", "", refused_here },
	{ "DropSequence", "InSegs", outside_the_window },
	{ "DropAck", "InSegs OutSegs", acknowledges_the_future },
	{ "DropNoAck", "InSegs", no_ack_bit },
	{ "DropChallenged", "InSegs OutSegs", syn_in_the_window },
	{ "DropRst", "InSegs", reset_of_nothing },
	{ "DropFlags", "InSegs", neither_syn_nor_ack },
	{ "DropAfterClose", "InSegs OutSegs OutRsts", data_for_nobody },
	{ "DropBufferFull", "InSegs OutSegs", buffer_is_full },
	{ "DropQueueFull", "InSegs ListenOverflows", queue_is_full },
	{ "DropICMP", "", error_about_nothing },
	{ "DropDeferred", "InSegs", acceptance_is_deferred },
	{ "DropOldTimestamp", "InSegs OutSegs", timestamp_is_old },
	{ "DropNoTimestamp", "InSegs", timestamp_is_missing },
	{ "OfoPruned", "InSegs OutSegs OFOQueue", holes_take_too_much },
	{ "MemoryPressures", "", memory_is_scarce },
	{ "FastRetrans", "InSegs OutSegs RetransSegs SackRecovery", loss, true },
	{ "SackRecovery", "InSegs OutSegs RetransSegs FastRetrans", loss, true },
	{ "RenoRecovery", "InSegs OutSegs RetransSegs FastRetrans", loss_without_blocks, true },
	{ "LostRetransmit", "InSegs OutSegs RetransSegs FastRetrans", loss_of_a_repetition, true },
	{ "LossProbes", "OutSegs RetransSegs", tail_falls_silent, true },
	{ "LossProbeRecovery", "InSegs", tail_was_lost, true },
	{ "DSACKRecv", "InSegs", octets_are_told_twice, true },
	{ "DSACKOfoRecv", "InSegs", waiting_octets_are_told_twice, true },
	{ "DSACKOldSent", "InSegs OutSegs DropSequence", octets_come_twice, true },
	{ "DSACKOfoSent", "InSegs OutSegs", waiting_octets_come_twice, true },
	{ "DSACKUndo", "InSegs DSACKRecv", repetition_was_not_needed, true },
	{ "FullUndo", "InSegs", echo_of_the_original_at_the_end, true },
	{ "PartialUndo", "InSegs", echo_of_the_original_before_the_end, true },
	{ "LossUndo", "InSegs", echo_after_a_timeout, true },
	{ "SpuriousRTOs", "InSegs LossUndo", original_after_a_timeout, true },
	{ "SACKReorder", "InSegs", segments_overtake, true },
	{ "SACKReneging", "InSegs OutSegs RetransSegs Timeouts", peer_reneges, true },
	{ "HystartDelayDetect", "InSegs", round_trips_become_longer, true },
	{ "MTUPFail", "InSegs OutSegs OutSegs RetransSegs RetransSegs", large_segment_vanishes },
	{ "MTUPSuccess", "InSegs", large_segment_passes },
};

static int times(const char *name, const char *words)
{
	size_t len = strlen(name);
	int count = 0;

	while ((words = strstr(words, name))) {
		words += len;
		count += *words == ' ' || !*words;
	}
	return count;
}

static const struct event *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (!strcmp(events[i].name, name))
			return &events[i];
	return NULL;
}

static bool found(const struct counters *counters, const char *name)
{
	int i;

	for (i = 0; i < counters->count; i++)
		if (!strcmp(counters->all[i].name, name))
			return true;
	return false;
}

/* TCP counts more than that, or otherwise. */
static bool tcp_counts_too(const char *name)
{
	const struct event *event = find(name);

	return event && event->tcp;
}

/* In a process of its own, and on hosts of its own. */
static void make(const struct event *event, int protocol)
{
	struct counters after;
	bool wrong = false;
	int i;

	hosts_up();
	peer_up(protocol);
	event->make();
	read_protocols(&after);
	for (i = 0; i < after.count; i++) {
		const char *name = after.all[i].name;
		long rose = after.all[i].value - before.all[i].value;

		if (rose == times(name, event->name) + times(name, event->beside) ||
		    (protocol == IPPROTO_TCP && !tcp_counts_too(name)))
			continue;
		printf("# %s%s rose by %ld\n", protocol == IPPROTO_TCP ? "TCP" : "", name, rose);
		wrong = true;
	}
	wrong |= !found(&after, event->name);
	fflush(stdout);
	_exit(wrong);
}

static bool counts(const struct event *event)
{
	if (!IN_CHILD_SUCCEEDS(make(event, IPPROTO_CLASP)))
		return false;
	return !event->tcp || IN_CHILD_SUCCEEDS(make(event, IPPROTO_TCP));
}

int main(void)
{
	struct counters counters;
	int i;

	ksft_print_header();
	memory_is_known();
	read_counters(&counters);
	ksft_set_plan(counters.count);
	for (i = 0; i < counters.count; i++) {
		const struct event *event = find(counters.all[i].name);

		ksft_test_result(event && counts(event), "%s\n", counters.all[i].name);
	}
	ksft_finished();
}
