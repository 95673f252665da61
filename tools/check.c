// SPDX-License-Identifier: GPL-2.0
/*
 * Holds the checks of a lab against the ladders that it drew. What was found instead is told in the
 * words of the check itself.
 */
#include <math.h>
#include <string.h>

#include "check.h"
#include "label.h"

/* What a check is held against, and where it may say what it found. */
struct bench {
	const struct check *check;
	const struct ladder *ladder;
	char *found;
	size_t room;
};

static u8 side_of(const struct ladder *ladder, const char *host)
{
	u8 side;

	for (side = LEFT; side < SIDES; side++)
		if (!strcmp(ladder->party[side].name, host))
			return side;
	return SIDES;
}

static bool same_number(const struct bench *bench, size_t found)
{
	snprintf(bench->found, bench->room, "%zu", found);
	return found == bench->check->number;
}

static const struct segment *segment_at(const struct ladder *ladder, u32 number)
{
	return number && number <= ladder->segment_count ? &ladder->segments[number - 1] : NULL;
}

static bool holds_segment(const struct bench *bench)
{
	const struct check *check = bench->check;
	const struct segment *segment = segment_at(bench->ladder, check->number);
	const struct event *event;
	char label[LABEL_ROOM];

	if (!segment) {
		snprintf(bench->found, bench->room, "only %zu segments",
			 bench->ladder->segment_count);
		return false;
	}
	event = segment_event(segment);
	label_segment(label, sizeof(label), segment, LABEL_ROOM);
	snprintf(bench->found, bench->room, "%s %s%s", bench->ladder->party[segment->from].name,
		 label, segment_lost(bench->ladder, segment) ? " lost" : "");
	return segment->from == side_of(bench->ladder, check->host) &&
	       (event->flags & EVENT_FLAGS_FIRM) == trace_flags(check->flags) &&
	       (!(check->has & CHECK_HAS_SEQ) || segment->seq == check->seq) &&
	       (!(check->has & CHECK_HAS_ACK) || segment->ack == check->ack) &&
	       (!(check->has & CHECK_HAS_LEN) || event->len == check->len) &&
	       (!(check->has & CHECK_HAS_WIN) || event->win == check->win) &&
	       check->lost == segment_lost(bench->ladder, segment) && check->again == segment->again &&
	       check->old == segment->old;
}

static void say_state(const struct bench *bench, u8 state)
{
	size_t at = strlen(bench->found);

	snprintf(bench->found + at, bench->room - at, "%s%s", at ? " " : "",
		 clasp_state_name(state));
}

/* Compares the states entered between two events of one side with those of the check. */
static bool same_walk(const struct bench *bench, u8 side, size_t from, size_t to, size_t already)
{
	size_t i, count = already;
	bool same = true;

	for (i = from; i < to; i++) {
		const struct event *event = bench->ladder->events[i];

		if (event->kind != EVENT_TRANSITION || ladder_side(bench->ladder, event) != side)
			continue;
		say_state(bench, event->next);
		same = same && count < bench->check->state_count &&
		       bench->check->states[count] == event->next;
		count++;
	}
	return same && count == bench->check->state_count;
}

static bool holds_walks(const struct bench *bench, u8 side)
{
	u8 first = bench->ladder->party[side].state;
	bool same;

	say_state(bench, first);
	same = same_walk(bench, side, 0, bench->ladder->event_count, 1);
	return same && bench->check->states[0] == first;
}

/* From the arrival to the next thing that this side's network or clock did. */
static bool holds_gets_walks(const struct bench *bench, u8 side)
{
	const struct ladder *ladder = bench->ladder;
	const struct segment *segment = segment_at(ladder, bench->check->number);
	size_t from = 0, to;

	if (!segment || !segment->received || segment->from == side) {
		snprintf(bench->found, bench->room, "no such arrival");
		return false;
	}
	while (ladder->events[from] != segment->received)
		from++;
	for (to = from + 1; to < ladder->event_count; to++) {
		const struct event *event = ladder->events[to];

		if (ladder_side(ladder, event) == side &&
		    (event->kind != EVENT_TRANSITION || !event_is_arrival(event->cause)))
			break;
	}
	return same_walk(bench, side, from, to, 0);
}

static bool holds_enters(const struct bench *bench, u8 side)
{
	size_t i, count = 0;

	for (i = 0; i < bench->ladder->event_count; i++) {
		const struct event *event = bench->ladder->events[i];

		count += event->kind == EVENT_TRANSITION &&
			 ladder_side(bench->ladder, event) == side &&
			 event->next == bench->check->states[0];
	}
	return same_number(bench, count);
}

static bool holds_fires(const struct bench *bench, u8 side)
{
	size_t i, count = 0;

	for (i = 0; i < bench->ladder->event_count; i++) {
		const struct event *event = bench->ladder->events[i];

		count += event->kind == EVENT_TIMER &&
			 ladder_side(bench->ladder, event) == side &&
			 !strcmp(event->timer, bench->check->word);
	}
	return same_number(bench, count);
}

/* The last segment of a side, before an event, that was not a repetition: what it repeats later. */
static size_t last_new(const struct ladder *ladder, u8 side, const struct event *end)
{
	size_t i, last = ladder->segment_count;

	for (i = 0; i < ladder->segment_count; i++) {
		const struct segment *segment = &ladder->segments[i];

		if (segment->from == side && segment->sent && segment->sent < end &&
		    !segment->again && segment_space(segment->sent))
			last = i;
	}
	return last;
}

static const struct event *giving_up(const struct ladder *ladder, u8 side)
{
	size_t i;

	for (i = ladder->event_count; i-- > 0;) {
		const struct event *event = ladder->events[i];

		if (event->kind == EVENT_TRANSITION && ladder_side(ladder, event) == side &&
		    (event->cause == CLASP_GIVE_UP || event->cause == CLASP_GIVE_UP_PASSIVE))
			return event;
	}
	return NULL;
}

/* Is one pause as long as it should be? The next one is twice as long. */
static bool pause_fits(const struct check *check, u64 us, double *expected)
{
	double off = fabs(us / 1000.0 - *expected);
	bool fits = off <= *expected * check->percent / 100;

	*expected = fmin(*expected * 2, check->most_ms);
	return fits;
}

static bool holds_retries(const struct bench *bench, u8 side)
{
	const struct ladder *ladder = bench->ladder;
	const struct event *end = giving_up(ladder, side);
	size_t i = last_new(ladder, side, end), count = 0, at;
	double expected = bench->check->ms;
	u64 first, us;
	bool fits = true;

	if (!end || i == ladder->segment_count) {
		snprintf(bench->found, bench->room, "it does not give up");
		return false;
	}
	us = ladder->segments[i].sent->us;
	first = us;
	at = snprintf(bench->found, bench->room, "after");
	while (++i < ladder->segment_count) {
		const struct segment *segment = &ladder->segments[i];

		if (segment->from != side || !segment->again || segment->sent > end)
			continue;
		fits = pause_fits(bench->check, segment->sent->us - us, &expected) && fits;
		us = segment->sent->us;
		count++;
		if (at < bench->room)
			at += snprintf(bench->found + at, bench->room - at, " %.1f",
				       (us - first) / 1e6);
	}
	fits = pause_fits(bench->check, end->us - us, &expected) && fits;
	if (at < bench->room)
		snprintf(bench->found + at, bench->room - at, " s; given up after %.1f s",
			 (end->us - first) / 1e6);
	return fits && count == bench->check->number;
}

static const struct event *first_entry(const struct ladder *ladder, u8 side, u8 state)
{
	size_t i;

	for (i = 0; i < ladder->event_count; i++) {
		const struct event *event = ladder->events[i];

		if (event->kind == EVENT_TRANSITION && event->next == state &&
		    ladder_side(ladder, event) == side)
			return event;
	}
	return NULL;
}

static const struct event *find_moment(const struct ladder *ladder,
				       const struct check_moment *moment)
{
	u8 side = side_of(ladder, moment->host);
	const struct segment *segment;

	if (side == SIDES)
		return NULL;
	if (moment->kind == MOMENT_ENTERS)
		return first_entry(ladder, side, moment->state);
	segment = segment_at(ladder, moment->number);
	if (!segment)
		return NULL;
	if (moment->kind == MOMENT_SENDS)
		return segment->from == side ? segment->sent : NULL;
	return segment->from == side ? NULL : segment->received;
}

static bool holds_relation(const struct bench *bench)
{
	const struct check *check = bench->check;
	const struct event *first = find_moment(bench->ladder, &check->moment[0]);
	const struct event *second = find_moment(bench->ladder, &check->moment[1]);
	double ms;

	if (!first || !second) {
		snprintf(bench->found, bench->room, "the %s moment never came",
			 first ? "second" : "first");
		return false;
	}
	ms = ((double)second->us - (double)first->us) / 1000;
	snprintf(bench->found, bench->room, "%.3f ms from one to the other", ms);
	if (check->kind == CHECK_BEFORE)
		return ms > 0;
	return fabs(ms - check->ms) <= check->ms * check->percent / 100;
}

static bool holds_for_side(const struct bench *bench)
{
	u8 side = side_of(bench->ladder, bench->check->host);

	if (side == SIDES) {
		snprintf(bench->found, bench->room, "no host of this name");
		return false;
	}
	switch (bench->check->kind) {
	case CHECK_WALKS:
		return holds_walks(bench, side);
	case CHECK_GETS_WALKS:
		return holds_gets_walks(bench, side);
	case CHECK_ENTERS:
		return holds_enters(bench, side);
	case CHECK_RETRIES:
		return holds_retries(bench, side);
	default:
		return holds_fires(bench, side);
	}
}

/**
 * check_holds - is it so?
 * @check: what must hold
 * @ladders: of the lab
 * @received: octets that the client's and the server's programs read
 * @found: receives what was found
 * @room: of @found
 */
bool check_holds(const struct check *check, const struct ladders *ladders, const u64 received[2],
		 char *found, size_t room)
{
	struct bench bench = { .check = check, .found = found, .room = room };

	found[0] = '\0';
	if (check->kind == CHECK_CONNECTIONS)
		return same_number(&bench, ladders->count);
	if (check->kind == CHECK_RECEIVED)
		return same_number(&bench, received[!strcmp(check->host, "server")]);
	if (check->connection > ladders->count) {
		snprintf(found, room, "only %zu connections", ladders->count);
		return false;
	}
	bench.ladder = &ladders->all[check->connection - 1];
	switch (check->kind) {
	case CHECK_SEGMENTS:
		return same_number(&bench, bench.ladder->segment_count);
	case CHECK_SEGMENT:
		return holds_segment(&bench);
	case CHECK_BEFORE:
	case CHECK_TAKES:
		return holds_relation(&bench);
	default:
		return holds_for_side(&bench);
	}
}
