// SPDX-License-Identifier: GPL-2.0
/*
 * Turns a cell's kind and position into the segment that arrives, and its reply into the segment
 * that must come back.
 */
#include <stdio.h>
#include <string.h>

#include "letters.h"
#include "matrix.h"

#define STAMPED "/stamped"

enum stamp {
	TS_SAME,		/* what came last */
	TS_OLD,			/* a tick less */
	TS_NEW,			/* a tick more */
	TS_NONE,
};

enum ack {
	ACK_NXT,		/* all that was sent */
	ACK_BEYOND,		/* one octet more than that */
	ACK_UNA,		/* nothing new */
	ACK_ANCIENT,		/* RFC 5961, 5.2: before anything that the window allowed */
};

static const struct kind {
	const char *name;
	const char *flags;
	u32 len;
	u8 ack;
	u8 stamp;
} kinds[] = {
	{ "none", "", 0, ACK_NXT, TS_SAME },
	{ "ACK", "A", 0, ACK_NXT, TS_SAME },
	{ "data", "A", 10, ACK_NXT, TS_SAME },
	{ "FIN", "F", 0, ACK_NXT, TS_SAME },
	{ "FIN+ACK", "FA", 0, ACK_NXT, TS_SAME },
	{ "SYN", "S", 0, ACK_NXT, TS_SAME },
	{ "SYN+ACK", "SA", 0, ACK_NXT, TS_SAME },
	{ "SYN+FIN", "SF", 0, ACK_NXT, TS_SAME },
	{ "RST", "R", 0, ACK_NXT, TS_SAME },
	{ "RST+ACK", "RA", 0, ACK_NXT, TS_SAME },
	{ "URG", "AU", 10, ACK_NXT, TS_SAME },
	{ "data-out", "A", 10, ACK_NXT, TS_SAME },
	{ "bad-ACK", "A", 0, ACK_BEYOND, TS_SAME },
	{ "bad-option", "A", 10, ACK_NXT, TS_SAME },
	{ "una-ACK", "A", 0, ACK_UNA, TS_SAME },
	{ "una-FIN+ACK", "FA", 0, ACK_UNA, TS_SAME },
	{ "una-SYN+ACK", "SA", 0, ACK_UNA, TS_SAME },
	{ "una-RST+ACK", "RA", 0, ACK_UNA, TS_SAME },
	{ "bad-RST+ACK", "RA", 0, ACK_BEYOND, TS_SAME },
	{ "old-ACK", "A", 0, ACK_ANCIENT, TS_SAME },
	{ "TS-old", "A", 10, ACK_NXT, TS_OLD },
	{ "TS-old-ACK", "A", 0, ACK_NXT, TS_OLD },
	{ "TS-old-FIN+ACK", "FA", 0, ACK_NXT, TS_OLD },
	{ "TS-old-SYN", "S", 0, ACK_NXT, TS_OLD },
	{ "TS-old-RST", "R", 0, ACK_NXT, TS_OLD },
	{ "TS-new", "A", 10, ACK_NXT, TS_NEW },
	{ "TS-new-SYN", "S", 0, ACK_NXT, TS_NEW },
	{ "TS-none", "A", 10, ACK_NXT, TS_NONE },
	{ "TS-none-FIN+ACK", "FA", 0, ACK_NXT, TS_NONE },
	{ "TS-none-SYN", "S", 0, ACK_NXT, TS_NONE },
	{ "TS-none-RST", "R", 0, ACK_NXT, TS_NONE },
};

static u32 place(const char *position, bool straddles, const struct before *before)
{
	u32 half = straddles ? 5 : 0;

	if (!strcmp(position, "left"))
		return before->rcv_nxt - 50;
	if (!strcmp(position, "repeat"))
		return before->rcv_nxt - 1;
	if (!strcmp(position, "left-edge"))
		return before->rcv_nxt - half;
	if (!strcmp(position, "inside"))
		return before->rcv_nxt + 100;
	if (!strcmp(position, "right-edge"))
		return before->rcv_nxt + before->rcv_wnd - half;
	if (!strcmp(position, "right"))
		return before->rcv_nxt + before->rcv_wnd + 100;
	return before->irs;
}

static u32 acknowledged(u8 ack, const struct before *before)
{
	switch (ack) {
	case ACK_BEYOND:
		return before->snd_nxt + 1;
	case ACK_UNA:
		return before->snd_una;
	case ACK_ANCIENT:
		return before->snd_una - MATRIX_PEER_WINDOW - 1;
	default:
		return before->snd_nxt;
	}
}

static void stamp(u8 which, struct clasp_options *options)
{
	options->timestamps = which != TS_NONE;
	if (options->timestamps)
		options->ts_val = MATRIX_TS + (which == TS_NEW) - (which == TS_OLD);
}

/* Both ends have agreed on timestamps. */
bool matrix_stamped(const char *state)
{
	return strstr(state, STAMPED);
}

bool matrix_forge(const struct cell *cell, const struct before *before, struct arrival *arrival)
{
	const struct kind *kind = kinds;
	struct clasp_header *header = &arrival->header;

	while (strcmp(kind->name, cell->kind))
		if (++kind == kinds + ARRAY_SIZE(kinds))
			return false;
	memset(arrival, 0, sizeof(*arrival));
	header->flags = flags_of(kind->flags);
	header->seq = place(cell->position, !strcmp(cell->kind, "data-out"), before);
	if (header->flags & CLASP_ACK)
		header->ack = acknowledged(kind->ack, before);
	if (header->flags & CLASP_SYN)
		header->options.mss = MATRIX_PEER_MSS;
	if (matrix_stamped(cell->state))
		stamp(kind->stamp, &header->options);
	header->wnd = MATRIX_PEER_WINDOW;
	arrival->len = kind->len;
	if (header->flags & CLASP_URG)
		arrival->urgent = kind->len;
	arrival->bad_option = !strcmp(cell->kind, "bad-option");
	return true;
}

/* @new_iss: where a connection is opened the number is the host's to choose. */
static bool term(const char *name, const struct before *before, const struct arrival *arrival,
		 u32 new_iss, u32 *value)
{
	const struct clasp_header *seg = &arrival->header;
	const struct {
		const char *name;
		u32 value;
	} terms[] = {
		{ "0", 0 },
		{ "ISS", before->iss },
		{ "SND.NXT", before->snd_nxt },
		{ "RCV.NXT", before->rcv_nxt },
		{ "RCV.NXT+1", before->rcv_nxt + 1 },
		{ "SEG.ACK", seg->ack },
		{ "SEG.SEQ+1", seg->seq + 1 },
		{ "SEG.END", seg->seq + arrival->len + !!(seg->flags & CLASP_SYN) +
			     !!(seg->flags & CLASP_FIN) },
		{ "new-ISS", new_iss },
	};

	for (u32 i = 0; i < ARRAY_SIZE(terms); i++) {
		if (strcmp(terms[i].name, name))
			continue;
		*value = terms[i].value;
		return true;
	}
	return false;
}

/* "SA seq=ISS ack=RCV.NXT": flags, seq, and ack where the ACK flag is set. */
bool matrix_reply(const struct cell *cell, const struct before *before,
		  const struct arrival *arrival, u32 new_iss, struct clasp_header *reply)
{
	char text[MATRIX_TEXT], *flags, *seq, *ack, *at = text;

	memset(reply, 0, sizeof(*reply));
	snprintf(text, sizeof(text), "%s", cell->reply);
	flags = strsep(&at, " ");
	seq = strsep(&at, " ");
	ack = strsep(&at, " ");
	if (!seq || strncmp(seq, "seq=", 4) || at)
		return false;
	reply->flags = flags_of(flags);
	if (!term(seq + 4, before, arrival, new_iss, &reply->seq))
		return false;
	if (!(reply->flags & CLASP_ACK))
		return !ack;
	return ack && !strncmp(ack, "ack=", 4) &&
	       term(ack + 4, before, arrival, new_iss, &reply->ack);
}
