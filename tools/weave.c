// SPDX-License-Identifier: GPL-2.0
/*
 * From two ends' events to one sequence of lines. Each end's events keep their order, an arrow
 * counts as one line for both ends, and what remains free goes by time. Where that is impossible,
 * because segments crossed or overtook each other, or a timer fired while one was under way, the
 * arrow is taken apart into a line where it leaves and a line where it arrives.
 */
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "label.h"
#include "ladder.h"

enum moment_kind {
	MOMENT_SEND,
	MOMENT_ARRIVE,
	MOMENT_NOTE,
};

/**
 * struct moment - something that one end saw
 * @kind: enum moment_kind
 * @segment: sent or received
 * @note: text of a note
 * @us: when
 * @state: enum clasp_state of this end after it
 * @moved: the state changed by it
 */
struct moment {
	u8 kind;
	struct segment *segment;
	char note[40];
	u64 us;
	u8 state;
	bool moved;
};

/* What one end saw, and how much of it has become lines. */
struct strand {
	struct moment *moments;
	size_t count;
	size_t done;
};

static struct moment *append_moment(struct strand *strand, u8 kind, const struct event *event)
{
	struct moment *moment = &strand->moments[strand->count++];

	moment->kind = kind;
	moment->us = event->us;
	moment->state = event->state;
	return moment;
}

static struct segment *segment_of(struct ladder *ladder, const struct event *event)
{
	size_t i;

	for (i = 0; i < ladder->segment_count; i++)
		if (ladder->segments[i].sent == event || ladder->segments[i].received == event)
			return &ladder->segments[i];
	return NULL;
}

/*
 * A transition that an arrival or a timer caused belongs to that very moment, if it is the first
 * that it caused; any other stands for itself.
 */
static void append_transition(struct strand *strand, const struct event *event)
{
	struct moment *last = strand->count ? &strand->moments[strand->count - 1] : NULL;

	if (!last || last->moved || !event_is_unasked(event->cause) ||
	    last->kind != (event_is_arrival(event->cause) ? MOMENT_ARRIVE : MOMENT_NOTE)) {
		last = append_moment(strand, MOMENT_NOTE, event);
		label_cause(last->note, sizeof(last->note), event->cause);
	}
	last->state = event->next;
	last->moved = true;
}

static void append_event(struct ladder *ladder, struct strand *strand, const struct event *event)
{
	struct moment *moment;

	switch (event->kind) {
	case EVENT_SENT:
	case EVENT_RECEIVED:
		moment = append_moment(strand, event->kind == EVENT_SENT ? MOMENT_SEND :
				       MOMENT_ARRIVE, event);
		moment->segment = segment_of(ladder, event);
		break;
	case EVENT_TIMER:
		moment = append_moment(strand, MOMENT_NOTE, event);
		label_timer(moment->note, sizeof(moment->note), event);
		break;
	default:
		append_transition(strand, event);
	}
}

/* What a sender does because nothing came back yet: it tries again, or calls once more. */
static bool impatient(const struct event *event)
{
	return event->kind == EVENT_TIMER ||
	       (event->kind == EVENT_TRANSITION && event->cause == CLASP_OPEN_ACTIVE);
}

/* Done while a segment is under way, it would seem to be done after its arrival. */
static void split_at_impatience(struct ladder *ladder)
{
	size_t i, j;

	for (i = 0; i < ladder->event_count; i++) {
		const struct event *act = ladder->events[i];

		if (!impatient(act))
			continue;
		for (j = 0; j < ladder->segment_count; j++) {
			struct segment *segment = &ladder->segments[j];

			if (segment->sent && segment->received &&
			    segment->from == ladder_side(ladder, act) &&
			    segment->sent < act && act < segment->received)
				segment->split = true;
		}
	}
}

/* What others overtake on its way arrives on a line of its own, further down. */
static void split_overtaken(struct ladder *ladder)
{
	const struct event *first[SIDES] = { NULL };
	size_t i;

	for (i = ladder->segment_count; i-- > 0;) {
		struct segment *segment = &ladder->segments[i];
		const struct event **earliest = &first[segment->from];

		if (!segment->sent || !segment->received)
			continue;
		if (*earliest && *earliest < segment->received)
			segment->split = true;
		else
			*earliest = segment->received;
	}
}

static struct moment *head(struct strand *strand)
{
	return strand->done < strand->count ? &strand->moments[strand->done] : NULL;
}

static bool whole(const struct segment *segment)
{
	return segment->sent && segment->received && !segment->split;
}

/* May this moment, next at its own end, become a line now? */
static bool ready(struct moment *moment, struct strand *other)
{
	struct moment *across = head(other);

	if (moment->kind == MOMENT_NOTE)
		return true;
	if (whole(moment->segment))
		return across && across->segment == moment->segment;
	return moment->kind == MOMENT_SEND || !moment->segment->sent ||
	       moment->segment->departed;
}

static u64 line_time(const struct moment *moment)
{
	return moment->segment && whole(moment->segment) ? moment->segment->sent->us : moment->us;
}

/* The side whose next moment comes first, or SIDES when neither may come. */
static u8 choose(struct strand strands[SIDES])
{
	struct moment *left = head(&strands[LEFT]), *right = head(&strands[RIGHT]);

	if (left && !ready(left, &strands[RIGHT]))
		left = NULL;
	if (right && !ready(right, &strands[LEFT]))
		right = NULL;
	if (left && right)
		return line_time(right) < line_time(left) ? RIGHT : LEFT;
	return left ? LEFT : right ? RIGHT : SIDES;
}

/* Both ends wait for each other's arrow: those that could leave now are taken apart. */
static void untie(struct strand strands[SIDES])
{
	u8 side;

	for (side = LEFT; side < SIDES; side++) {
		struct moment *moment = head(&strands[side]);

		if (moment && moment->kind == MOMENT_SEND)
			moment->segment->split = true;
	}
}

static void take(struct line *line, u8 side, struct strand *strand)
{
	const struct moment *moment = &strand->moments[strand->done++];

	line->timed[side] = true;
	line->us[side] = moment->us;
	line->moved[side] = moment->moved || moment->state != line->state[side];
	line->state[side] = moment->state;
}

static u8 kind_of_line(const struct ladder *ladder, const struct moment *moment, u8 side)
{
	if (moment->kind == MOMENT_NOTE)
		return LINE_NOTE;
	if (whole(moment->segment) || ladder->party[!side].untraced)
		return LINE_ARROW;
	return moment->kind == MOMENT_SEND ? LINE_DEPARTURE : LINE_ARRIVAL;
}

static void append_line(struct ladder *ladder, struct strand strands[SIDES], u8 side)
{
	struct line *line = &ladder->lines[ladder->line_count];
	struct moment *moment = head(&strands[side]);
	u8 i;

	for (i = LEFT; i < SIDES; i++)
		line->state[i] = ladder->line_count ? line[-1].state[i] : ladder->party[i].state;
	ladder->line_count++;
	line->kind = kind_of_line(ladder, moment, side);
	line->segment = moment->segment;
	line->side = moment->segment ? moment->segment->from : side;
	memcpy(line->note, moment->note, sizeof(line->note));
	if (moment->kind == MOMENT_SEND)
		moment->segment->departed = true;
	take(line, side, &strands[side]);
	if (line->kind == LINE_ARROW && whole(moment->segment))
		take(line, !side, &strands[!side]);
}

/**
 * ladder_weave - bring a connection's events into lines
 * @ladder: its events and segments are known; receives its lines
 */
void ladder_weave(struct ladder *ladder)
{
	struct strand strands[SIDES] = { 0 };
	size_t i;
	u8 side;

	for (side = LEFT; side < SIDES; side++)
		strands[side].moments = grow_zeroed(ladder->event_count, sizeof(struct moment));
	for (i = 0; i < ladder->event_count; i++)
		append_event(ladder, &strands[ladder_side(ladder, ladder->events[i])],
			     ladder->events[i]);
	split_at_impatience(ladder);
	split_overtaken(ladder);
	ladder->lines = grow_zeroed(ladder->event_count, sizeof(*ladder->lines));
	while (head(&strands[LEFT]) || head(&strands[RIGHT])) {
		side = choose(strands);
		if (side == SIDES)
			untie(strands);
		else
			append_line(ladder, strands, side);
	}
	for (side = LEFT; side < SIDES; side++)
		free(strands[side].moments);
}
