// SPDX-License-Identifier: GPL-2.0
/*
 * Octets in, facts out, and back. Whatever an option's kind and length say, parsing ends within the
 * header and loses nothing of the segment (RFC 9293, 3.1 and MUST-6, MUST-7).
 */
#include "wire.h"

#define OPTION_END 0
#define OPTION_NOP 1
#define OPTION_MSS 2
#define OPTION_MSS_LEN 4

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
	in->flags = bytes[13] & 0x3f;
	in->wnd = get16(bytes + 14);
	in->urg = get16(bytes + 18);
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

static void read_option(struct clasp_options *found, const u8 *option, u32 len)
{
	/* Of an option given twice the first counts; MSS 0 says nothing (RFC 9293, 3.7.1). */
	if (option[0] == OPTION_MSS && len == OPTION_MSS_LEN && !found->mss)
		found->mss = get16(option + 2);
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

	memset(found, 0, sizeof(*found));
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
	u32 len = clasp_header_len(header);

	put16(bytes, sport);
	put16(bytes + 2, dport);
	put32(bytes + 4, header->seq);
	put32(bytes + 8, header->ack);
	bytes[12] = len / 4 << 4;
	bytes[13] = header->flags;
	put16(bytes + 14, header->wnd);
	put32(bytes + 16, 0);
	if (header->mss) {
		bytes[20] = OPTION_MSS;
		bytes[21] = OPTION_MSS_LEN;
		put16(bytes + 22, header->mss);
	}
	return len;
}
