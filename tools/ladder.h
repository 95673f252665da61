/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A ladder: one connection, seen from both ends at once. Segments that were sent are tied to their
 * arrivals, and everything is brought into lines that every writer draws in the same order.
 */
#ifndef CLASP_TOOLS_LADDER_H
#define CLASP_TOOLS_LADDER_H

#include "trace.h"

/* The two sides of a ladder. */
enum side {
	LEFT,
	RIGHT,
	SIDES
};

/**
 * struct segment - one transmission, with what became of it
 * @sent: the event at the sender; NULL when it was not traced
 * @received: the event at the receiver; NULL when it never arrived
 * @from: enum side of the sender
 * @number: 1 for the first
 * @seq: SEG.SEQ relative to the sender's initial sequence number
 * @ack: SEG.ACK relative to the receiver's
 * @untold: its sender is not traced
 * @again: everything in it was sent before
 * @old: it belongs to an earlier connection between the same ports, or answers to one
 * @split: something else came between departure and arrival: they stand on lines of their own
 * @departed: its departure has a line already
 */
struct segment {
	const struct event *sent;
	const struct event *received;
	u8 from;
	u32 number;
	u32 seq;
	u32 ack;
	bool untold;
	bool again;
	bool old;
	bool split;
	bool departed;
};

enum line_kind {
	LINE_ARROW,			/* departure and arrival on one line */
	LINE_DEPARTURE,			/* arrives further down, or never */
	LINE_ARRIVAL,
	LINE_NOTE,			/* no segment: a call, a timer, a further transition */
};

/**
 * struct line - one line of a ladder
 * @kind: enum line_kind
 * @side: where it starts, or where the note belongs
 * @segment: NULL for a note
 * @note: what happened, for a note
 * @state: enum clasp_state of each side once the line is over
 * @moved: which side's state changed here
 * @timed: which side saw it
 * @us: and when
 */
struct line {
	u8 kind;
	u8 side;
	const struct segment *segment;
	char note[40];
	u8 state[SIDES];
	bool moved[SIDES];
	bool timed[SIDES];
	u64 us[SIDES];
};

/**
 * struct party - one end of the connection
 * @at: address and port
 * @net: namespace, once something happened there
 * @seen: something did
 * @untraced: nothing did, though it was heard of: its kernel does not tell
 * @name: of the host, or its address
 * @state: enum clasp_state before the first event
 */
struct party {
	struct endpoint at;
	u32 net;
	bool seen;
	bool untraced;
	char name[46];
	u8 state;
};

/**
 * struct ladder - one connection
 * @party: its two ends; the one that began is on the left
 * @events: everything of this connection, in order
 * @event_count: of @events
 * @segments: in the order of departure
 * @segment_count: of @segments
 * @lines: from top to bottom
 * @line_count: of @lines
 * @start_us: when the first event was
 */
struct ladder {
	struct party party[SIDES];
	const struct event **events;
	size_t event_count;
	struct segment *segments;
	size_t segment_count;
	struct line *lines;
	size_t line_count;
	u64 start_us;
};

struct ladders {
	struct ladder *all;
	size_t count;
};

void ladder_build(struct ladders *ladders, const struct trace *trace);
void ladder_free(struct ladders *ladders);
u8 ladder_side(const struct ladder *ladder, const struct event *event);
void ladder_weave(struct ladder *ladder);

static inline const struct event *segment_event(const struct segment *segment)
{
	return segment->sent ? segment->sent : segment->received;
}

/* What was sent to an end that is not traced is taken to have arrived. */
static inline bool segment_lost(const struct ladder *ladder, const struct segment *segment)
{
	return !segment->received && !ladder->party[!segment->from].untraced;
}

/* Of an end that is not traced nothing is known. */
static inline const char *party_state(const struct party *party, u8 state)
{
	return party->untraced ? "" : clasp_state_name(state);
}

/* A number of the receiver's, as a SACK block has it, relative to its initial sequence number. */
static inline u32 segment_relative(const struct segment *segment, u32 number)
{
	return number - segment_event(segment)->ack + segment->ack;
}

/* Where on the sequence circle a segment ends: SYN and FIN count one each. */
static inline u32 segment_space(const struct event *event)
{
	return event->len + !!(event->flags & CLASP_SYN) + !!(event->flags & CLASP_FIN);
}

#endif
