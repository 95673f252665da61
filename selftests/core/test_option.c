// SPDX-License-Identifier: GPL-2.0
/*
 * Option parsing against everything that fits into a header (RFC 9293, 3.1, MUST-6, MUST-7): each
 * kind with each length at each position, between an MSS option before it, where there is room, and
 * one behind it. The options end where the allocated memory ends, so that the sanitizer sees a step
 * too far.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define KINDS 256
#define LENGTH_MAX 40
#define FIRST 1111
#define OWN 2222
#define LAST 3333

/**
 * struct layout - one option among others
 * @room: octets of options in the header
 * @at: where it stands
 * @kind: its kind
 * @len: its length octet
 */
struct layout {
	u32 room;
	u32 at;
	u32 kind;
	u32 len;
};

static void put_mss(u8 *options, const struct layout *layout, u32 at, u16 mss)
{
	const u8 option[] = { 2, 4, mss >> 8, mss & 0xff };

	if (at + sizeof(option) <= layout->room)
		memcpy(options + at, option, sizeof(option));
}

/* Where the next option begins; beyond the header when the list ends here. */
static u32 end_of(const struct layout *layout)
{
	if (layout->kind == 1)
		return layout->at + 1;
	if (layout->kind == 0 || layout->at + 2 > layout->room || layout->len < 2 ||
	    layout->at + layout->len > layout->room)
		return layout->room + 1;
	return layout->at + layout->len;
}

static void fill(u8 *options, const struct layout *layout)
{
	u32 next = end_of(layout);

	memset(options, 1, layout->room);
	options[layout->at] = layout->kind;
	if (layout->at + 1 < layout->room && layout->kind > 1) {
		memset(options + layout->at + 1, 0, layout->room - layout->at - 1);
		options[layout->at + 1] = layout->len;
	}
	if (layout->kind == 2 && layout->len == 4)
		put_mss(options, layout, layout->at, OWN);
	if (layout->at >= 4)
		put_mss(options, layout, 0, FIRST);
	if (next > layout->room)
		next = layout->at + 1 + (layout->kind > 1);	/* where it must not be found */
	put_mss(options, layout, next, LAST);
}

static u16 expected(const struct layout *layout)
{
	u32 next = end_of(layout);

	if (layout->at >= 4)
		return FIRST;
	if (layout->kind == 2 && layout->len == 4 && next <= layout->room)
		return OWN;
	return next + 4 <= layout->room ? LAST : 0;
}

static void try(const struct layout *layout)
{
	struct clasp_in in = { .header_len = CLASP_HEADER_LEN + layout->room };
	struct clasp_options found;
	u8 *options = malloc(layout->room);

	fill(options, layout);
	in.options = options;
	clasp_wire_options(&found, &in);
	free(options);
	if (found.mss != expected(layout))
		test_failed(__FILE__, __LINE__,
			    "kind %u length %u at %u of %u: MSS %u found, should be %u",
			    layout->kind, layout->len, layout->at, layout->room, found.mss,
			    expected(layout));
}

TEST(option__every_kind_length_and_position)
{
	static const u32 rooms[] = { 4, 20, 40 };
	struct layout layout;

	for (u32 i = 0; i < ARRAY_SIZE(rooms); i++) {
		layout.room = rooms[i];
		for (layout.at = 0; layout.at < layout.room; layout.at++)
			for (layout.kind = 0; layout.kind < KINDS; layout.kind++)
				for (layout.len = 0; layout.len <= LENGTH_MAX; layout.len++)
					try(&layout);
	}
}
