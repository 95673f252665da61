/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The segment as it is on the wire: RFC 9293, 3.1, unchanged but for the protocol number in the
 * pseudo-header. Parsing and building look at bytes, never at a packed struct, so that alignment and
 * byte order are nobody's concern.
 */
#ifndef CLASP_CORE_WIRE_H
#define CLASP_CORE_WIRE_H

#include "types.h"

#define CLASP_FIN 0x01
#define CLASP_SYN 0x02
#define CLASP_RST 0x04
#define CLASP_PSH 0x08
#define CLASP_ACK 0x10
#define CLASP_URG 0x20
#define CLASP_ECE 0x40
#define CLASP_CWR 0x80

/* The ECN field of the IP header (RFC 3168, 5): 0 of what may not be marked */
#define CLASP_ECT_1 1
#define CLASP_ECT_0 2
#define CLASP_CE 3

#define CLASP_HEADER_LEN 20
#define CLASP_HEADER_MAX 60
#define CLASP_CHECKSUM_OFFSET 16

#define CLASP_MSS_DEFAULT 536		/* RFC 9293, MUST-15: no MSS option came, over IPv4 */
#define CLASP_MSS_DEFAULT_IPV6 1220	/* likewise, over IPv6 */
#define CLASP_MSS_LEAST 48		/* some room beside options of ours, whatever the path */
#define CLASP_MSS_FLOOR 216		/* a peer cannot talk us into tiny segments */

/**
 * struct clasp_in - a segment that arrives
 * @seq: SEG.SEQ
 * @ack: SEG.ACK, meaningful with CLASP_ACK
 * @len: octets of payload; SYN and FIN are not counted
 * @wnd: SEG.WND, as in the header until core/ has scaled it (RFC 7323, 2.3)
 * @flags: CLASP_FIN to CLASP_CWR
 * @header_len: octets of header, options included
 * @sport: source port, host order
 * @dport: destination port, host order
 * @mss: octets of each of its packets, if it is a super-packet, else 0; the shell fills it in
 * @ecn: the ECN field of its IP header, which the shell fills in
 * @spare: 0, in the place of padding
 * @options: the option octets, @header_len less 20 of them; valid while the verb runs. NULL of what was held:
 *	they were read with the SYN
 */
struct clasp_in {
	u32 seq;
	u32 ack;
	u32 len;
	u32 wnd;
	u8 flags;
	u8 header_len;
	u16 sport;
	u16 dport;
	u16 mss;
	u8 ecn;
	u8 spare[7];
	const u8 *options;
};

/* Octets from @start up to, but not with, @end. */
struct clasp_sack {
	u32 start;
	u32 end;
};

#define CLASP_SACKS 4			/* the most that a header has room for (RFC 2018, 3) */
#define CLASP_WSCALE_MAX 14		/* RFC 7323, 2.3 */

/**
 * struct clasp_options - what the options of a segment say
 * @ts_val: TSval, meaningful with @timestamps
 * @ts_ecr: TSecr, likewise
 * @mss: maximum segment size, 0 when the option is absent
 * @wscale: shift count, CLASP_WSCALE_MAX at most; meaningful with @has_wscale
 * @n_sacks: SACK blocks there are
 * @has_wscale: there is a Window Scale option
 * @sack_permitted: there is a SACK-permitted option
 * @timestamps: there is a Timestamps option
 * @spare: 0, in the place of padding
 * @sack: the blocks in the order in which they stand; what lies behind the last one says nothing
 */
struct clasp_options {
	u32 ts_val;
	u32 ts_ecr;
	u16 mss;
	u8 wscale;
	u8 n_sacks;
	bool has_wscale;
	bool sack_permitted;
	bool timestamps;
	u8 spare;
	struct clasp_sack sack[CLASP_SACKS];
};

/**
 * struct clasp_header - a segment to be built; ports are the caller's
 * @seq: SEG.SEQ
 * @ack: SEG.ACK
 * @wnd: SEG.WND
 * @flags: CLASP_FIN to CLASP_CWR
 * @ecn: what its IP header is to have in the ECN field
 * @options: to put in; of the SACK blocks as many as fit
 */
struct clasp_header {
	u32 seq;
	u32 ack;
	u16 wnd;
	u8 flags;
	u8 ecn;
	struct clasp_options options;
};

/* No options: most segments have hardly any, and are not worth clearing the room for blocks. */
static inline void clasp_options_none(struct clasp_options *options)
{
	memset(options, 0, offsetof(struct clasp_options, sack));
}

#define CLASP_MSS_LEN 4			/* what each option takes, with its padding */
#define CLASP_WSCALE_LEN 4
#define CLASP_SACK_PERMITTED_LEN 4	/* where no timestamps leave room for it */
#define CLASP_TIMESTAMPS_LEN 12
#define CLASP_SACK_LEN 4		/* before the first block */
#define CLASP_SACK_BLOCK_LEN 8

/* SEG.LEN: the sequence space that a segment occupies (RFC 9293, 3.4). */
static inline u32 clasp_in_seq_len(const struct clasp_in *in)
{
	return in->len + !!(in->flags & CLASP_SYN) + !!(in->flags & CLASP_FIN);
}

/* Octets of the largest packet that a segment came in. */
static inline u32 clasp_in_packet(const struct clasp_in *in)
{
	return in->mss ? clasp_min(in->len, in->mss) : in->len;
}

/* How many packets it came in. */
static inline u32 clasp_in_packets(const struct clasp_in *in)
{
	return in->mss && in->len > in->mss ? (in->len - 1) / in->mss + 1 : 1;
}

/*
 * The flags of a part of a segment that is cut: PSH and FIN belong to the last octet, CWR to the first packet after a
 * reduction (RFC 3168, 6.1.2); ECE, which is the ACK's, to all of them.
 */
static inline u8 clasp_wire_part_flags(u8 flags, bool first, bool last)
{
	u8 others = (first ? 0 : CLASP_CWR) | (last ? 0 : CLASP_PSH | CLASP_FIN);

	return flags & ~others;
}

/* SACK blocks that fit behind @used octets of other options. */
static inline u32 clasp_sacks_fitting(u32 used)
{
	u32 room = CLASP_HEADER_MAX - CLASP_HEADER_LEN - used;

	return room < CLASP_SACK_LEN ? 0 : (room - CLASP_SACK_LEN) / CLASP_SACK_BLOCK_LEN;
}

/* The octets that all options but SACK take. */
static inline u32 clasp_options_plain_len(const struct clasp_options *options)
{
	u32 len = options->timestamps ? CLASP_TIMESTAMPS_LEN : 0;

	if (options->mss)
		len += CLASP_MSS_LEN;
	if (options->has_wscale)
		len += CLASP_WSCALE_LEN;
	if (options->sack_permitted && !options->timestamps)
		len += CLASP_SACK_PERMITTED_LEN;
	return len;
}

/* Of the SACK blocks given, those that will be built. */
static inline u32 clasp_options_sacks(const struct clasp_options *options)
{
	return clasp_min(options->n_sacks,
			 clasp_sacks_fitting(clasp_options_plain_len(options)));
}

/* The octets that options take on the wire, a multiple of four. */
static inline u32 clasp_options_len(const struct clasp_options *options)
{
	u32 len = clasp_options_plain_len(options);
	u32 sacks = options->n_sacks ? clasp_options_sacks(options) : 0;

	return sacks ? len + CLASP_SACK_LEN + sacks * CLASP_SACK_BLOCK_LEN : len;
}

/* The octets that a header takes on the wire. */
static inline u32 clasp_header_len(const struct clasp_header *header)
{
	return CLASP_HEADER_LEN + clasp_options_len(&header->options);
}

u32 clasp_wire_seq(const u8 *bytes);
void clasp_wire_part(u8 *bytes, u32 skip, bool last);
bool clasp_wire_parse(struct clasp_in *in, const u8 *bytes, u32 pulled, u32 segment_len);
bool clasp_wire_stamps(const struct clasp_in *in, u32 *val, u32 *echo);
void clasp_wire_options(struct clasp_options *found, const struct clasp_in *in);
u32 clasp_wire_build(u8 *bytes, const struct clasp_header *header, u16 sport, u16 dport);

#endif
