// SPDX-License-Identifier: GPL-2.0
/*
 * Names as a reader of the RFC and of packet captures expects them: user calls in the RFC's
 * capitals, flags joined by "+", numbers relative.
 */
#include <string.h>

#include "grow.h"
#include "label.h"
#include "writers.h"

#define PART_ROOM 96			/* four SACK blocks, at ten digits a number */

static const char *const causes[CLASP_EVENTS] = {
	[CLASP_OPEN_PASSIVE] = "passive OPEN",
	[CLASP_OPEN_ACTIVE] = "active OPEN",
	[CLASP_CLOSE] = "CLOSE",
	[CLASP_ABORT] = "ABORT",
	[CLASP_RCV_SYN] = "the peer's SYN",
	[CLASP_RCV_SYN_ACK] = "the peer's SYN+ACK",
	[CLASP_RCV_ACK_OF_SYN] = "ACK of our SYN",
	[CLASP_RCV_ACK_OF_FIN] = "ACK of our FIN",
	[CLASP_RCV_FIN] = "the peer's FIN",
	[CLASP_RCV_RST] = "the peer's RST",
	[CLASP_RCV_RST_PASSIVE] = "the peer's RST",
	[CLASP_RCV_NEW_SYN] = "a new incarnation",
	[CLASP_GIVE_UP] = "gives up",
	[CLASP_GIVE_UP_PASSIVE] = "gives up",
	[CLASP_UNREACHABLE] = "ICMP: unreachable",
	[CLASP_UNREACHABLE_PASSIVE] = "ICMP: unreachable",
	[CLASP_LISTENER_GONE] = "the listener is closed",
	[CLASP_KEEPALIVE_OVER] = "gives up",
	[CLASP_FIN_WAIT_2_OVER] = "FIN_WAIT_2 is over",
	[CLASP_2MSL_OVER] = "2MSL is over",
	[CLASP_PURGE] = "is forgotten",
};

/* Why a state changed, where no arrow says it. */
void label_cause(char *text, size_t room, u8 cause)
{
	snprintf(text, room, "%s", cause < CLASP_EVENTS && causes[cause] ? causes[cause] :
		 clasp_event_name(cause));
}

/* Which timer fired: "retransmit timer", "delayed ACK timer", "2MSL timer". */
void label_timer(char *text, size_t room, const struct event *event)
{
	static const struct {
		const char *name;
		const char *label;
	} names[] = {
		{ "delayed_ack", "delayed ACK" },
		{ "fin_wait_2", "FIN_WAIT_2" },
		{ "2msl", "2MSL" },
	};
	const char *label = event->timer;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(event->timer, names[i].name))
			label = names[i].label;
	snprintf(text, room, "%s timer", label);
}

/* "SYN+ACK"; "no flags" for none. */
void label_flags(char *text, size_t room, u8 flags)
{
	static const struct {
		u8 bit;
		const char *name;
	} names[] = {
		{ CLASP_SYN, "SYN" }, { CLASP_FIN, "FIN" }, { CLASP_RST, "RST" },
		{ CLASP_PSH, "PSH" }, { CLASP_ACK, "ACK" }, { CLASP_URG, "URG" },
		{ CLASP_ECE, "ECE" }, { CLASP_CWR, "CWR" },
	};
	size_t at = 0, i;

	text[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].bit && at < room)
			at += snprintf(text + at, room - at, "%s%s", at ? "+" : "", names[i].name);
	if (!at)
		snprintf(text, room, "no flags");
}

/* " sack 101-201 301-401", the octets as they are numbered on the ladder. */
static void put_sacks(char *text, size_t room, const struct segment *segment)
{
	const struct clasp_options *options = &segment_event(segment)->options;
	size_t at;
	u32 i;

	if (!options->n_sacks)
		return;
	at = snprintf(text, room, " sack");
	for (i = 0; i < options->n_sacks && at < room; i++)
		at += snprintf(text + at, room - at, " %u-%u", segment_relative(segment, options->sack[i].start),
			       segment_relative(segment, options->sack[i].end));
}

/* What a SYN agrees to besides its MSS. */
static void put_offers(char *text, size_t room, const struct clasp_options *options)
{
	size_t at = 0;

	if (options->has_wscale)
		at = snprintf(text, room, " wscale %u", options->wscale);
	snprintf(text + at, room - at, "%s%s", options->sack_permitted ? " sack" : "",
		 options->timestamps ? " ts" : "");
}

/* @parts of the @part of a label, behind its flags and its sequence number. */
static size_t put_label(char *text, size_t room, u8 flags, u32 seq, char (*part)[PART_ROOM], int parts)
{
	size_t at;
	int i;

	label_flags(text, room, flags);
	at = strlen(text);
	at += snprintf(text + at, room - at, " seq %u", seq);
	for (i = 0; i < parts; i++)
		at += snprintf(text + at, room - at, "%s", part[i]);
	return at;
}

/**
 * label_segment - a segment in one line
 * @text: receives it
 * @room: octets of @text, LABEL_ROOM is enough
 * @segment: which
 * @columns: what would make the text longer than this is left out, PSH first, then the least important;
 *	the other flags always stay
 */
void label_segment(char *text, size_t room, const struct segment *segment, size_t columns)
{
	const struct event *event = segment_event(segment);
	char part[8][PART_ROOM] = { "" };
	u8 flags = event->flags;
	int parts = 8;

	if (event->flags & CLASP_ACK)
		snprintf(part[0], sizeof(part[0]), " ack %u", segment->ack);
	if (event->len)
		snprintf(part[1], sizeof(part[1]), " len %u", event->len);
	if (!event->win && !(event->flags & CLASP_RST))
		snprintf(part[2], sizeof(part[2]), " win 0");
	if (segment->again)
		snprintf(part[3], sizeof(part[3]), " again");
	else if (!segment->sent && !segment->untold)
		snprintf(part[3], sizeof(part[3]), " duplicate");
	if (segment->old)
		snprintf(part[4], sizeof(part[4]), " old");
	put_sacks(part[5], sizeof(part[5]), segment);
	if (event->options.mss)
		snprintf(part[6], sizeof(part[6]), " mss %u", event->options.mss);
	if (event->flags & CLASP_SYN)
		put_offers(part[7], sizeof(part[7]), &event->options);
	if (put_label(text, room, flags, segment->seq, part, parts) > columns && flags != CLASP_PSH)
		flags &= ~CLASP_PSH;
	while (put_label(text, room, flags, segment->seq, part, parts) > columns && parts)
		parts--;
	if (strlen(text) > columns)
		label_flags(text, room, flags);
}

/* Length in octets of the UTF-8 character at @text, which is not the end. */
size_t label_octets(const char *text)
{
	size_t len = 1;

	while ((text[len] & 0xc0) == 0x80)
		len++;
	return len;
}

static u32 code_point(const char *text, size_t len)
{
	u32 code = len == 1 ? (u8)*text : *text & (0xff >> (len + 1));
	size_t i;

	for (i = 1; i < len; i++)
		code = code << 6 | (text[i] & 0x3f);
	return code;
}

/* The blocks whose characters terminals draw two columns wide (Unicode Standard Annex 11: W and F). */
static bool is_wide(u32 code)
{
	static const struct {
		u32 first, last;
	} blocks[] = {
		{ 0x1100, 0x115f }, { 0x2e80, 0x303e }, { 0x3041, 0xa4cf }, { 0xac00, 0xd7a3 },
		{ 0xf900, 0xfaff }, { 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 },
		{ 0x20000, 0x3fffd },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(blocks); i++)
		if (code >= blocks[i].first && code <= blocks[i].last)
			return true;
	return false;
}

/* How many columns a terminal gives to the UTF-8 character at @text: one, or two for a wide one. */
size_t label_width(const char *text)
{
	return 1 + is_wide(code_point(text, label_octets(text)));
}

/* How many columns a terminal gives to UTF-8 text without combining characters. */
size_t label_columns(const char *text)
{
	size_t columns = 0;

	for (; *text; text += label_octets(text))
		columns += label_width(text);
	return columns;
}

static bool is_one_of(const char *text, const char *characters)
{
	size_t len = label_octets(text);

	for (; *characters; characters += label_octets(characters))
		if (label_octets(characters) == len && !memcmp(text, characters, len))
			return true;
	return false;
}

/*
 * May a line end between @before and @text? At a blank, and beside a wide character; but no line begins
 * with a mark that closes, or ends with one that opens.
 */
static bool may_break(const char *before, const char *text)
{
	if (*text == ' ' || *before == ' ')
		return *text == ' ';
	return (label_width(before) == 2 || label_width(text) == 2) &&
	       !is_one_of(text, "，。、；：！？）》”’…,.;:!?)") && !is_one_of(before, "（《“‘(");
}

/**
 * label_wrap - the front of a text that fits a line, broken where the text allows it
 * @text: without newlines
 * @columns: of the line
 * @octets: receives the length of the front
 *
 * Return: where the next line starts, "" when nothing is left.
 */
const char *label_wrap(const char *text, size_t columns, size_t *octets)
{
	const char *at, *before = NULL, *end = NULL;
	size_t used = 0;

	for (at = text; *at; at += label_octets(at)) {
		if (before && may_break(before, at))
			end = at;
		used += label_width(at);
		if (used > columns && end) {
			*octets = end - text;
			return end + (*end == ' ');
		}
		before = at;
	}
	*octets = at - text;
	return at;
}

/* What a caption says about the segment of a line, or NULL; an arrival's line repeats nothing. */
const char *caption_remark(const struct caption *caption, u32 connection, const struct line *line)
{
	size_t i;

	if (line->kind == LINE_NOTE || (line->kind == LINE_ARRIVAL && line->segment->sent))
		return NULL;
	for (i = 0; i < caption->remark_count; i++)
		if (caption->remarks[i].connection == connection &&
		    caption->remarks[i].segment == line->segment->number)
			return caption->remarks[i].text;
	return NULL;
}
