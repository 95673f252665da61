// SPDX-License-Identifier: GPL-2.0
/*
 * Octets in, facts out, and back. Whatever an option's kind and length say, parsing ends within the
 * header and loses nothing of the segment (RFC 9293, 3.1 and MUST-6, MUST-7).
 */
#include "wire.h"

#define OPTION_END 0
#define OPTION_NOP 1
#define OPTION_MSS 2
#define OPTION_WSCALE 3
#define OPTION_SACK_PERMITTED 4
#define OPTION_SACK 5
#define OPTION_TIMESTAMPS 8

#define OPTION_MSS_LEN 4
#define OPTION_WSCALE_LEN 3
#define OPTION_SACK_PERMITTED_LEN 2
#define OPTION_SACK_LEN 2
#define OPTION_TIMESTAMPS_LEN 10

/* Four octets at once: a number's octets are in the order of the wire when put32() has put them. */
#define WORD(a, b, c, d) ((u32)(a) << 24 | (u32)(b) << 16 | (u32)(c) << 8 | (u32)(d))
#define WORD_TIMESTAMPS \
	WORD(OPTION_NOP, OPTION_NOP, OPTION_TIMESTAMPS, OPTION_TIMESTAMPS_LEN)

static u16 get16(const u8 *at)
{
	return (u16)(at[0] << 8 | at[1]);
}

static u32 get32(const u8 *at)
{
	return (u32)get16(at) << 16 | get16(at + 2);
}

static void put16(u8 *at, u16 value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

static void put32(u8 *at, u32 value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

/**
 * clasp_wire_parse - read the fixed part of a header
 * @in: filled in when true is returned
 * @bytes: the segment's first octets
 * @pulled: how many of them are readable, at least 20 and the whole header to succeed
 * @segment_len: octets of header and payload together
 *
 * Return: false when this cannot be a segment: shorter than its own header claims to be.
 */
bool clasp_wire_parse(struct clasp_in *in, const u8 *bytes, u32 pulled, u32 segment_len)
{
	u32 header_len;

	if (pulled < CLASP_HEADER_LEN)
		return false;
	header_len = (bytes[12] >> 4) * 4u;
	if (header_len < CLASP_HEADER_LEN || header_len > pulled || header_len > segment_len)
		return false;

	in->sport = get16(bytes);
	in->dport = get16(bytes + 2);
	in->seq = get32(bytes + 4);
	in->ack = get32(bytes + 8);
	in->flags = bytes[13];
	in->wnd = get16(bytes + 14);
	in->mss = 0;
	in->ecn = 0;
	memset(in->spare, 0, sizeof(in->spare));
	in->header_len = header_len;
	in->len = segment_len - header_len;
	in->options = bytes + CLASP_HEADER_LEN;
	return true;
}

/**
 * clasp_wire_seq - SEG.SEQ, of a header of which little more is there
 * @bytes: the first 8 octets of a header, as an ICMP error quotes them
 */
u32 clasp_wire_seq(const u8 *bytes)
{
	return get32(bytes + 4);
}

/**
 * clasp_wire_part - a segment is cut: make the header of one of the parts of its own
 * @bytes: the segment's header
 * @skip: octets of its payload before the part
 * @last: nothing of its payload comes behind the part
 */
void clasp_wire_part(u8 *bytes, u32 skip, bool last)
{
	put32(bytes + 4, get32(bytes + 4) + skip);
	bytes[13] = clasp_wire_part_flags(bytes[13], !skip, last);
}

static void read_timestamps(struct clasp_options *found, const u8 *at)
{
	found->timestamps = true;
	found->ts_val = get32(at);
	found->ts_ecr = get32(at + 4);
}

static void read_sacks(struct clasp_options *found, const u8 *at, u32 len)
{
	u32 count = len / CLASP_SACK_BLOCK_LEN;

	if (!count || len % CLASP_SACK_BLOCK_LEN || found->n_sacks)
		return;
	found->n_sacks = count;
	for (u32 i = 0; i < count; i++, at += CLASP_SACK_BLOCK_LEN) {
		found->sack[i].start = get32(at);
		found->sack[i].end = get32(at + 4);
	}
}

/*
 * Of an option given twice the first counts; MSS 0 says nothing (RFC 9293, 3.7.1); a shift count above 14
 * is used as 14 (RFC 7323, 2.3). SACK blocks are four at most, for want of room.
 */
static void read_option(struct clasp_options *found, const u8 *option, u32 len)
{
	if (option[0] == OPTION_MSS && len == OPTION_MSS_LEN && !found->mss) {
		found->mss = get16(option + 2);
	} else if (option[0] == OPTION_WSCALE && len == OPTION_WSCALE_LEN && !found->has_wscale) {
		found->has_wscale = true;
		found->wscale = clasp_min(option[2], CLASP_WSCALE_MAX);
	} else if (option[0] == OPTION_SACK_PERMITTED && len == OPTION_SACK_PERMITTED_LEN) {
		found->sack_permitted = true;
	} else if (option[0] == OPTION_SACK) {
		read_sacks(found, option + 2, len - OPTION_SACK_LEN);
	} else if (option[0] == OPTION_TIMESTAMPS && len == OPTION_TIMESTAMPS_LEN &&
		   !found->timestamps) {
		read_timestamps(found, option + 2);
	}
}

/**
 * clasp_wire_stamps - read the timestamps of a segment that has no other options
 * @in: a parsed segment
 * @val: TSval
 * @echo: TSecr
 *
 * Nearly all segments of a connection with timestamps have those alone, aligned as RFC 7323, appendix A advises: they
 * are known by their first four octets.
 *
 * Return: false where there are others, or none.
 */
bool clasp_wire_stamps(const struct clasp_in *in, u32 *val, u32 *echo)
{
	if (in->header_len != CLASP_HEADER_LEN + CLASP_TIMESTAMPS_LEN || get32(in->options) != WORD_TIMESTAMPS)
		return false;
	*val = get32(in->options + 4);
	*echo = get32(in->options + 8);
	return true;
}

/**
 * clasp_wire_options - read the options of a segment
 * @found: filled in; what is absent is 0
 * @in: a parsed segment
 *
 * An option whose length is shorter than itself or runs out of the header ends the list: what was
 * found before it counts, the segment is kept.
 */
void clasp_wire_options(struct clasp_options *found, const struct clasp_in *in)
{
	const u8 *at = in->options;
	u32 left = in->header_len - CLASP_HEADER_LEN;

	clasp_options_none(found);
	if (clasp_wire_stamps(in, &found->ts_val, &found->ts_ecr)) {
		found->timestamps = true;
		return;
	}
	while (left && *at != OPTION_END) {
		u32 len = 1;

		if (*at != OPTION_NOP) {
			if (left < 2 || at[1] < 2 || at[1] > left)
				return;
			len = at[1];
			read_option(found, at, len);
		}
		at += len;
		left -= len;
	}
}

/* Beside whatever else there may be two blocks fit. */
static u8 *put_sacks(u8 *at, const struct clasp_options *options)
{
	u32 count = clasp_options_sacks(options);

	put32(at, WORD(OPTION_NOP, OPTION_NOP, OPTION_SACK,
		       OPTION_SACK_LEN + count * CLASP_SACK_BLOCK_LEN));
	at += CLASP_SACK_LEN;
	for (u32 i = 0; i < count; i++, at += CLASP_SACK_BLOCK_LEN) {
		put32(at, options->sack[i].start);
		put32(at + 4, options->sack[i].end);
	}
	return at;
}

static u8 *put_timestamps(u8 *at, const struct clasp_options *options)
{
	if (options->sack_permitted)
		put32(at, WORD(OPTION_SACK_PERMITTED, OPTION_SACK_PERMITTED_LEN,
			       OPTION_TIMESTAMPS, OPTION_TIMESTAMPS_LEN));
	else
		put32(at, WORD_TIMESTAMPS);
	put32(at + 4, options->ts_val);
	put32(at + 8, options->ts_ecr);
	return at + CLASP_TIMESTAMPS_LEN;
}

/* In Linux's order, since people compare captures: MSS, SACK-permitted, timestamps, window scale. */
static u8 *put_plain_options(u8 *at, const struct clasp_options *options)
{
	if (options->mss) {
		put32(at, WORD(OPTION_MSS, OPTION_MSS_LEN, options->mss >> 8, options->mss & 0xff));
		at += CLASP_MSS_LEN;
	}
	if (options->timestamps) {
		at = put_timestamps(at, options);
	} else if (options->sack_permitted) {
		put32(at, WORD(OPTION_NOP, OPTION_NOP, OPTION_SACK_PERMITTED,
			       OPTION_SACK_PERMITTED_LEN));
		at += CLASP_SACK_PERMITTED_LEN;
	}
	if (options->has_wscale) {
		put32(at, WORD(OPTION_NOP, OPTION_WSCALE, OPTION_WSCALE_LEN, options->wscale));
		at += CLASP_WSCALE_LEN;
	}
	return at;
}

/**
 * clasp_wire_build - write a header, options included
 * @bytes: room for clasp_header_len() octets
 * @header: what to write
 * @sport: source port, host order
 * @dport: destination port, host order
 *
 * The checksum field is left 0: the pseudo-header is the shell's.
 *
 * Return: octets written.
 */
u32 clasp_wire_build(u8 *bytes, const struct clasp_header *header, u16 sport, u16 dport)
{
	u8 *end = put_plain_options(bytes + CLASP_HEADER_LEN, &header->options);
	u32 len;

	if (header->options.n_sacks)
		end = put_sacks(end, &header->options);
	len = end - bytes;
	put16(bytes, sport);
	put16(bytes + 2, dport);
	put32(bytes + 4, header->seq);
	put32(bytes + 8, header->ack);
	bytes[12] = len / 4 << 4;
	bytes[13] = header->flags;
	put16(bytes + 14, header->wnd);
	put32(bytes + 16, 0);
	return len;
}
