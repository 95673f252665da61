// SPDX-License-Identifier: GPL-2.0
/*
 * From a trace to connections: which events belong together, who stands on which side, which
 * departure an arrival belongs to, and sequence numbers as they are counted in textbooks, from 0.
 */
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "ladder.h"
#include "seq.h"

#define INCARNATIONS 8

static bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && !strcmp(a->addr, b->addr);
}

static bool belongs(const struct ladder *ladder, const struct event *event)
{
	const struct endpoint *left = &ladder->party[LEFT].at, *right = &ladder->party[RIGHT].at;

	return (same_endpoint(left, &event->local) && same_endpoint(right, &event->remote)) ||
	       (same_endpoint(right, &event->local) && same_endpoint(left, &event->remote));
}

/**
 * ladder_side - where an event happened
 * @ladder: a connection
 * @event: one of its events, or of its listener
 *
 * Return: enum side. Both ends of a connection to itself are on the left.
 */
u8 ladder_side(const struct ladder *ladder, const struct event *event)
{
	if (event->remote.port)
		return same_endpoint(&ladder->party[LEFT].at, &event->local) ? LEFT : RIGHT;
	return ladder->party[LEFT].seen && ladder->party[LEFT].net == event->net &&
	       ladder->party[LEFT].at.port == event->local.port ? LEFT : RIGHT;
}

static void append_event(struct ladder *ladder, const struct event *event)
{
	struct party *party = &ladder->party[ladder_side(ladder, event)];

	ladder->events = grow(ladder->events, ladder->event_count, sizeof(*ladder->events));
	ladder->events[ladder->event_count++] = event;
	if (!party->seen) {
		party->seen = true;
		party->net = event->net;
		party->state = event->state;
	}
}

/* Whoever is first heard of began, unless what is first heard of is an arrival. */
static struct ladder *new_ladder(struct ladders *ladders, const struct event *event)
{
	struct ladder *ladder;
	bool arrival = event->kind == EVENT_RECEIVED;

	ladders->all = grow(ladders->all, ladders->count, sizeof(*ladders->all));
	ladder = &ladders->all[ladders->count++];
	memset(ladder, 0, sizeof(*ladder));
	ladder->party[LEFT].at = arrival ? event->remote : event->local;
	ladder->party[RIGHT].at = arrival ? event->local : event->remote;
	ladder->party[LEFT].state = CLASP_CLOSED;
	ladder->party[RIGHT].state = CLASP_CLOSED;
	return ladder;
}

static struct ladder *find_ladder(struct ladders *ladders, const struct event *event)
{
	size_t i;

	for (i = 0; i < ladders->count; i++)
		if (belongs(&ladders->all[i], event))
			return &ladders->all[i];
	return new_ladder(ladders, event);
}

/* A listener has no peer; its beginning is shown with the first connection that it served. */
static void prepend_listener(struct ladders *ladders, const struct event *event)
{
	size_t i;

	for (i = 0; i < ladders->count; i++) {
		struct ladder *ladder = &ladders->all[i];
		struct party *party = &ladder->party[ladder_side(ladder, event)];

		if (!party->seen || party->net != event->net ||
		    party->at.port != event->local.port || event->us > ladder->events[0]->us)
			continue;
		ladder->events = grow(ladder->events, ladder->event_count,
				      sizeof(*ladder->events));
		memmove(ladder->events + 1, ladder->events,
			ladder->event_count++ * sizeof(*ladder->events));
		ladder->events[0] = event;
		party->state = event->state;
		return;
	}
}

static void collect(struct ladders *ladders, const struct trace *trace)
{
	size_t i;

	for (i = 0; i < trace->count; i++)
		if (trace->events[i].remote.port)
			append_event(find_ladder(ladders, &trace->events[i]), &trace->events[i]);
	for (i = 0; i < trace->count; i++)
		if (!trace->events[i].remote.port && trace->events[i].cause == CLASP_OPEN_PASSIVE)
			prepend_listener(ladders, &trace->events[i]);
}

/*
 * What one side has sent and what has not arrived, in the order in which it was sent: what is found by its arrival is
 * taken out, so that a long trace takes no longer than its losses demand.
 */
struct under_way {
	struct segment **all;
	size_t count;
	u64 usual;
};

static bool is_arrival_of(const struct segment *segment, const struct event *arrival)
{
	const struct event *sent = segment->sent;

	return sent->id == arrival->id && sent->seq == arrival->seq && same_endpoint(&sent->local, &arrival->remote);
}

static struct segment *take_out(struct under_way *way, size_t at)
{
	struct segment *segment = way->all[at];

	memmove(&way->all[at], &way->all[at + 1], (--way->count - at) * sizeof(*way->all));
	return segment;
}

/*
 * The transmission whose arrival this is. Numbers repeat after 65,535; and over IPv6, which has none, segments
 * that say the very same have the same. Of several that are under way it is the one that took about as long
 * as the fastest, the usual us: a repetition that overtook the first is told from the first of two in a row.
 */
static struct segment *find_departure(struct under_way *way, const struct event *arrival)
{
	size_t i, nearest = way->count;
	u64 least = 0;

	for (i = 0; i < way->count; i++) {
		u64 took, off;

		if (!is_arrival_of(way->all[i], arrival))
			continue;
		took = arrival->us - way->all[i]->sent->us;
		off = took > way->usual ? took - way->usual : way->usual - took;
		if (nearest < way->count && off > least)
			continue;
		nearest = i;
		least = off;
	}
	return nearest < way->count ? take_out(way, nearest) : NULL;
}

static struct segment *new_segment(struct ladder *ladder, u8 from)
{
	struct segment *segment = &ladder->segments[ladder->segment_count++];

	segment->from = from;
	segment->number = ladder->segment_count;
	return segment;
}

/* Of an arrival. What a connection sends to itself leaves on the left, too. */
static u8 sender_side(const struct ladder *ladder, const struct event *arrival)
{
	return same_endpoint(&ladder->party[LEFT].at, &arrival->remote) ? LEFT : RIGHT;
}

/* A second arrival of one transmission becomes a segment that nobody sent. */
static void tie_arrival(struct ladder *ladder, const struct event *arrival, u8 from, struct under_way *way)
{
	struct segment *segment = find_departure(way, arrival);
	u64 took;

	if (segment) {
		took = arrival->us - segment->sent->us;
		way->usual = way->usual && way->usual < took ? way->usual : took;
	} else {
		segment = new_segment(ladder, from);
	}
	segment->received = arrival;
}

static void tie_departure(struct ladder *ladder, const struct event *departure, u8 from, struct under_way *way)
{
	struct segment *segment = new_segment(ladder, from);

	segment->sent = departure;
	way->all[way->count++] = segment;
}

static void tie_segments(struct ladder *ladder)
{
	struct under_way ways[SIDES] = { 0 };
	size_t i;
	u8 side;

	ladder->segments = grow_zeroed(ladder->event_count, sizeof(*ladder->segments));
	for (side = LEFT; side < SIDES; side++)
		ways[side].all = grow_zeroed(ladder->event_count, sizeof(*ways[side].all));
	for (i = 0; i < ladder->event_count; i++) {
		const struct event *event = ladder->events[i];

		side = ladder_side(ladder, event);
		if (event->kind == EVENT_SENT)
			tie_departure(ladder, event, side, &ways[side]);
		else if (event->kind == EVENT_RECEIVED)
			tie_arrival(ladder, event, !side, &ways[sender_side(ladder, event)]);
	}
	for (side = LEFT; side < SIDES; side++)
		free(ways[side].all);
}

static void find_untraced(struct ladder *ladder)
{
	size_t i;

	for (i = 0; i < ladder->segment_count; i++) {
		struct segment *segment = &ladder->segments[i];
		struct party *sender = &ladder->party[segment->from];

		if (!segment->sent && !sender->seen) {
			sender->untraced = true;
			segment->untold = true;
		}
	}
}

/* One side's sequence numbers in one incarnation, as far as segments have gone by. */
struct numbering {
	u32 base;
	u32 end;
};

/* Those of all incarnations between the same ports, the latest one last. */
struct history {
	struct numbering all[INCARNATIONS];
	size_t count;
};

static void begin_count(struct history *history, u32 seq)
{
	if (history->count == INCARNATIONS)
		memmove(history->all, history->all + 1,
			--history->count * sizeof(history->all[0]));
	history->all[history->count++] = (struct numbering){ seq, seq };
}

/* Which incarnation speaks of this number; the latest when none does. */
static struct numbering *find_count(struct history *history, u32 seq)
{
	size_t i;

	for (i = history->count; i-- > 0;) {
		struct numbering *numbering = &history->all[i];

		if (seq_before_eq(numbering->base, seq) &&
		    seq - numbering->base <= numbering->end - numbering->base + 65536)
			return numbering;
	}
	return &history->all[history->count - 1];
}

static bool is_latest(const struct history *history, const struct numbering *numbering)
{
	return numbering == &history->all[history->count - 1];
}

static void number_seq(struct segment *segment, const struct event *event, struct history *own)
{
	u32 end = event->seq + segment_space(event);
	struct numbering *numbering;

	if (!own->count || (segment->sent && event->flags & CLASP_SYN &&
			    event->seq != own->all[own->count - 1].base))
		begin_count(own, event->seq);
	numbering = find_count(own, event->seq);
	segment->seq = event->seq - numbering->base;
	segment->old = !is_latest(own, numbering);
	segment->again = segment->sent && end != event->seq && seq_before_eq(end, numbering->end);
	numbering->end = seq_later(numbering->end, end);
}

static void number_ack(struct segment *segment, const struct event *event, struct history *peer)
{
	struct numbering *numbering;

	if (!(event->flags & CLASP_ACK))
		return;
	if (!peer->count)
		begin_count(peer, event->ack);
	numbering = find_count(peer, event->ack);
	segment->ack = event->ack - numbering->base;
	segment->old = segment->old || !is_latest(peer, numbering);
}

/* A SYN with another number begins a new incarnation, which is counted from 0 again. */
static void number_segments(struct ladder *ladder)
{
	struct history sides[SIDES] = { 0 };
	size_t i;

	for (i = 0; i < ladder->segment_count; i++) {
		struct segment *segment = &ladder->segments[i];
		const struct event *event = segment_event(segment);

		number_seq(segment, event, &sides[segment->from]);
		number_ack(segment, event, &sides[!segment->from]);
	}
}

static void name_parties(struct ladder *ladder, const struct trace *trace)
{
	u8 side;

	for (side = LEFT; side < SIDES; side++) {
		struct party *party = &ladder->party[side];
		const char *name = party->seen ? trace_host_name(trace, party->net) : NULL;

		snprintf(party->name, sizeof(party->name), "%s", name ? name : party->at.addr);
	}
}

/**
 * ladder_build - make ladders of a trace
 * @ladders: zeroed; receives one ladder a connection, in the order in which they began
 * @trace: sorted; must outlive the ladders, which point into it
 */
void ladder_build(struct ladders *ladders, const struct trace *trace)
{
	size_t i;

	collect(ladders, trace);
	for (i = 0; i < ladders->count; i++) {
		struct ladder *ladder = &ladders->all[i];

		ladder->start_us = ladder->events[0]->us;
		tie_segments(ladder);
		find_untraced(ladder);
		number_segments(ladder);
		name_parties(ladder, trace);
		ladder_weave(ladder);
	}
}

/* Gives the memory back. */
void ladder_free(struct ladders *ladders)
{
	size_t i;

	for (i = 0; i < ladders->count; i++) {
		free(ladders->all[i].events);
		free(ladders->all[i].segments);
		free(ladders->all[i].lines);
	}
	free(ladders->all);
	memset(ladders, 0, sizeof(*ladders));
}
