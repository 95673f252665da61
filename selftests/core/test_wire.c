// SPDX-License-Identifier: GPL-2.0
/*
 * Headers octet by octet (RFC 9293, figure 1) and option lists that no honest peer would send. The
 * address sanitizer guards the ends of every list.
 */
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static const u8 plain[20] = {
	0x9c, 0x40, 0x00, 0x07,			/* ports 40000 and 7 */
	0x01, 0x02, 0x03, 0x04,			/* sequence number */
	0xff, 0xfe, 0xfd, 0xfc,			/* acknowledgment number */
	0x50, 0x18,				/* five words, PSH and ACK */
	0x12, 0x34,				/* window */
	0xab, 0xcd, 0x00, 0x09,			/* checksum, urgent pointer */
};

static struct clasp_options options_of(const u8 *list, u32 len)
{
	struct clasp_options found;
	struct clasp_in in = { .header_len = 20 + len };
	u8 *exact = malloc(len ? len : 1);

	if (len)
		memcpy(exact, list, len);
	in.options = exact;
	clasp_wire_options(&found, &in);
	free(exact);
	return found;
}

TEST(wire__parse_every_field)
{
	struct clasp_in in;

	EXPECT(clasp_wire_parse(&in, plain, 20, 120));
	EXPECT_EQ(in.sport, 40000);
	EXPECT_EQ(in.dport, 7);
	EXPECT_EQ(in.seq, 0x01020304);
	EXPECT_EQ(in.ack, 0xfffefdfc);
	EXPECT_EQ(in.flags, CLASP_PSH | CLASP_ACK);
	EXPECT_EQ(in.wnd, 0x1234);
	EXPECT_EQ(in.urg, 9);
	EXPECT_EQ(in.header_len, 20);
	EXPECT_EQ(in.len, 100);
}

TEST(wire__parse_refuses_what_is_too_short)
{
	struct clasp_in in;
	u8 bytes[60];

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, plain, 20);
	for (u32 pulled = 0; pulled < 20; pulled++)
		EXPECT(!clasp_wire_parse(&in, bytes, pulled, 20));
	for (u32 words = 0; words < 5; words++) {	/* a data offset below 5 */
		bytes[12] = words << 4;
		EXPECT(!clasp_wire_parse(&in, bytes, 60, 60));
	}
	for (u32 words = 6; words < 16; words++) {	/* a header beyond the segment's end */
		bytes[12] = words << 4;
		EXPECT(!clasp_wire_parse(&in, bytes, 60, words * 4 - 1));
		EXPECT(!clasp_wire_parse(&in, bytes, words * 4 - 1, 100));
		EXPECT(clasp_wire_parse(&in, bytes, words * 4, words * 4));
		EXPECT_EQ(in.header_len, words * 4);
		EXPECT_EQ(in.len, 0);
	}
}

TEST(wire__parse_ignores_reserved_bits)
{
	struct clasp_in in;
	u8 bytes[20];

	/* RFC 9293, 3.1: reserved bits must be ignored in received segments */
	memcpy(bytes, plain, 20);
	bytes[12] |= 0x0f;
	EXPECT(clasp_wire_parse(&in, bytes, 20, 20));
	EXPECT_EQ(in.header_len, 20);
	EXPECT_EQ(in.flags, CLASP_PSH | CLASP_ACK);
}

TEST(wire__build_is_read_back)
{
	struct clasp_header header = {
		.seq = 0xfffffff1, .ack = 0x80000001, .wnd = 65535, .mss = 1460,
		.flags = CLASP_SYN | CLASP_ACK,
	};
	struct clasp_options found;
	struct clasp_in in;
	u8 bytes[60];

	EXPECT_EQ(clasp_wire_build(bytes, &header, 65535, 1), 24);
	EXPECT_EQ(clasp_header_len(&header), 24);
	EXPECT(clasp_wire_parse(&in, bytes, 24, 24));
	EXPECT_EQ(in.sport, 65535);
	EXPECT_EQ(in.dport, 1);
	EXPECT_EQ(in.seq, header.seq);
	EXPECT_EQ(in.ack, header.ack);
	EXPECT_EQ(in.wnd, header.wnd);
	EXPECT_EQ(in.flags, header.flags);
	EXPECT_EQ(in.urg, 0);
	EXPECT_EQ(bytes[16] | bytes[17], 0);	/* the checksum is the shell's */
	clasp_wire_options(&found, &in);
	EXPECT_EQ(found.mss, 1460);
}

TEST(wire__build_without_options)
{
	struct clasp_header header = { .seq = 1, .flags = CLASP_RST };
	u8 bytes[24];

	memset(bytes, 0xee, sizeof(bytes));
	EXPECT_EQ(clasp_wire_build(bytes, &header, 1, 2), 20);
	EXPECT_EQ(bytes[12], 0x50);
	EXPECT_EQ(bytes[20], 0xee);
}

TEST(wire__seq_len_counts_syn_and_fin)
{
	struct clasp_in in = { .len = 10, .flags = CLASP_SYN | CLASP_FIN | CLASP_ACK };

	EXPECT_EQ(clasp_in_seq_len(&in), 12);
	in.flags = CLASP_RST | CLASP_PSH | CLASP_URG;
	EXPECT_EQ(clasp_in_seq_len(&in), 10);
}

TEST(wire__options_mss)
{
	EXPECT_EQ(options_of((const u8 []){ 2, 4, 0x05, 0xb4 }, 4).mss, 1460);
	EXPECT_EQ(options_of((const u8 []){ 1, 1, 2, 4, 0x02, 0x18, 1, 0 }, 8).mss, 536);
	EXPECT_EQ(options_of(NULL, 0).mss, 0);
}

TEST(wire__options_unknown_are_skipped)
{
	/* RFC 9293, MUST-6: ignore options not implemented, by their length */
	EXPECT_EQ(options_of((const u8 []){ 254, 5, 2, 4, 9, 2, 4, 0x05, 0xb4, 0, 0, 0 }, 12).mss,
		  1460);
	EXPECT_EQ(options_of((const u8 []){ 8, 6, 9, 9, 9, 9, 2, 4, 0x05, 0xb4 }, 10).mss, 1460);
	EXPECT_EQ(options_of((const u8 []){ 77, 2, 2, 4, 0x05, 0xb4, 3, 3, 7, 1 }, 10).mss, 1460);
}

TEST(wire__options_end_at_an_illegal_length)
{
	/* RFC 9293, MUST-7: survive an illegal option length, zero above all */
	EXPECT_EQ(options_of((const u8 []){ 254, 0, 2, 4, 0x05, 0xb4, 0, 0 }, 8).mss, 0);
	EXPECT_EQ(options_of((const u8 []){ 254, 1, 2, 4, 0x05, 0xb4, 0, 0 }, 8).mss, 0);
	EXPECT_EQ(options_of((const u8 []){ 2, 4, 0x05, 0xb4, 254, 0, 0, 0 }, 8).mss, 1460);
	EXPECT_EQ(options_of((const u8 []){ 2, 0, 0x05, 0xb4 }, 4).mss, 0);
}

TEST(wire__options_truncated)
{
	EXPECT_EQ(options_of((const u8 []){ 1, 1, 1, 2 }, 4).mss, 0);
	EXPECT_EQ(options_of((const u8 []){ 1, 1, 2, 4 }, 4).mss, 0);
	EXPECT_EQ(options_of((const u8 []){ 1, 2, 4, 0x05 }, 4).mss, 0);
	EXPECT_EQ(options_of((const u8 []){ 254, 40, 1, 1, 2, 4, 5, 0xb4 }, 8).mss, 0);
}

TEST(wire__options_mss_of_wrong_length)
{
	EXPECT_EQ(options_of((const u8 []){ 2, 3, 0x05, 1 }, 4).mss, 0);
	EXPECT_EQ(options_of((const u8 []){ 2, 6, 0x05, 0xb4, 0, 0, 1, 1 }, 8).mss, 0);
	EXPECT_EQ(options_of((const u8 []){ 2, 2, 2, 4, 0x05, 0xb4, 1, 1 }, 8).mss, 1460);
}

TEST(wire__options_after_the_end_do_not_count)
{
	EXPECT_EQ(options_of((const u8 []){ 0, 2, 4, 0x05, 0xb4, 1, 1, 1 }, 8).mss, 0);
}

TEST(wire__options_every_kind_and_length)
{
	u8 list[40];

	for (u32 kind = 0; kind < 256; kind++)
		for (u32 len = 0; len <= 40; len++)
			for (u32 size = 4; size <= 40; size += 4) {
				struct clasp_options found;

				memset(list, 1, sizeof(list));
				list[0] = kind;
				list[1] = len;
				list[size - 2] = kind;
				list[size - 1] = len;
				found = options_of(list, size);
				if (kind != 2)
					EXPECT_EQ(found.mss, 0);
			}
}
