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

#define CLASP_HEADER_LEN 20
#define CLASP_HEADER_MAX 60
#define CLASP_CHECKSUM_OFFSET 16

#define CLASP_MSS_DEFAULT 536		/* RFC 9293, MUST-15: no MSS option came */
#define CLASP_MSS_FLOOR 216		/* a peer cannot talk us into tiny segments */

/**
 * struct clasp_in - a segment that arrives
 * @seq: SEG.SEQ
 * @ack: SEG.ACK, meaningful with CLASP_ACK
 * @len: octets of payload; SYN and FIN are not counted
 * @wnd: SEG.WND as in the header
 * @urg: SEG.UP
 * @flags: CLASP_FIN to CLASP_URG
 * @header_len: octets of header, options included
 * @sport: source port, host order
 * @dport: destination port, host order
 * @options: the option octets, @header_len less 20 of them; valid while the verb runs
 */
struct clasp_in {
	u32 seq;
	u32 ack;
	u32 len;
	u16 wnd;
	u16 urg;
	u8 flags;
	u8 header_len;
	u16 sport;
	u16 dport;
	const u8 *options;
};

/**
 * struct clasp_options - what the options of a segment say
 * @mss: maximum segment size, 0 when the option is absent
 */
struct clasp_options {
	u16 mss;
};

/**
 * struct clasp_header - a segment to be built; ports are the caller's
 * @seq: SEG.SEQ
 * @ack: SEG.ACK
 * @wnd: SEG.WND
 * @mss: MSS option to put in, 0 for none
 * @flags: CLASP_FIN to CLASP_URG
 */
struct clasp_header {
	u32 seq;
	u32 ack;
	u16 wnd;
	u16 mss;
	u8 flags;
};

/* SEG.LEN: the sequence space that a segment occupies (RFC 9293, 3.4). */
static inline u32 clasp_in_seq_len(const struct clasp_in *in)
{
	return in->len + !!(in->flags & CLASP_SYN) + !!(in->flags & CLASP_FIN);
}

/* The octets that a header takes on the wire. */
static inline u32 clasp_header_len(const struct clasp_header *header)
{
	return CLASP_HEADER_LEN + (header->mss ? 4 : 0);
}

u32 clasp_wire_seq(const u8 *bytes);
bool clasp_wire_parse(struct clasp_in *in, const u8 *bytes, u32 pulled, u32 segment_len);
void clasp_wire_options(struct clasp_options *found, const struct clasp_in *in);
u32 clasp_wire_build(u8 *bytes, const struct clasp_header *header, u16 sport, u16 dport);

#endif
