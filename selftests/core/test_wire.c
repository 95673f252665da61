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
	struct clasp_options found = { 0 };
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
		.seq = 0xfffffff1, .ack = 0x80000001, .wnd = 65535, .options.mss = 1460,
		.flags = CLASP_SYN | CLASP_ACK | CLASP_ECE | CLASP_CWR,
	};
	struct clasp_options found = { 0 };
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
				struct clasp_options found = { 0 };

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

TEST(wire__options_wscale)
{
	struct clasp_options found = options_of((const u8 []){ 1, 3, 3, 7 }, 4);

	EXPECT(found.has_wscale);
	EXPECT_EQ(found.wscale, 7);
	found = options_of((const u8 []){ 3, 3, 0, 0 }, 4);	/* a shift of 0 is an offer too */
	EXPECT(found.has_wscale);
	EXPECT_EQ(found.wscale, 0);
	EXPECT(!options_of((const u8 []){ 1, 1, 3, 2 }, 4).has_wscale);
	EXPECT(!options_of((const u8 []){ 3, 4, 7, 7 }, 4).has_wscale);
	EXPECT(!options_of((const u8 []){ 1, 1, 3, 3 }, 4).has_wscale);
	EXPECT_EQ(options_of((const u8 []){ 3, 3, 2, 3, 3, 9, 1, 1 }, 8).wscale, 2);
}

TEST(wire__options_wscale_of_more_than_14)
{
	/* RFC 7323, 2.3: "the value 14 MUST be used instead" */
	for (u32 shift = 0; shift < 256; shift++) {
		const u8 list[] = { 1, 3, 3, shift };

		EXPECT_EQ(options_of(list, 4).wscale, shift > 14 ? 14 : shift);
	}
}

TEST(wire__options_sack_permitted)
{
	EXPECT(options_of((const u8 []){ 4, 2, 1, 1 }, 4).sack_permitted);
	EXPECT(options_of((const u8 []){ 1, 1, 4, 2 }, 4).sack_permitted);
	EXPECT(!options_of((const u8 []){ 4, 3, 1, 1 }, 4).sack_permitted);
	EXPECT(!options_of((const u8 []){ 1, 1, 1, 4 }, 4).sack_permitted);
}

static const u8 aligned[] = { 1, 1, 8, 10, 1, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc };

TEST(wire__options_timestamps)
{
	static const u8 lists[][16] = {
		{ 1, 1, 8, 10, 1, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc, 1, 1, 1, 1 },
		{ 8, 10, 1, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc, 0, 0, 1, 1, 8, 10 },
		{ 4, 2, 8, 10, 1, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc, 4, 2, 3, 0 },
		{ 8, 4, 9, 9, 1, 8, 10, 1, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc, 0 },
		{ 9, 3, 1, 1, 1, 8, 10, 1, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc, 0 },
	};
	struct clasp_options found = options_of(aligned, 12);

	for (u32 i = 0; i <= ARRAY_SIZE(lists); i++) {
		EXPECT(found.timestamps);
		EXPECT_EQ(found.ts_val, 0x01020304);
		EXPECT_EQ(found.ts_ecr, 0xfffefdfc);
		if (i < ARRAY_SIZE(lists))
			found = options_of(lists[i], 16);
	}
}

TEST(wire__options_timestamps_of_wrong_length)
{
	u8 list[12];

	for (u32 len = 0; len < 256; len++) {
		memcpy(list, aligned, sizeof(list));
		list[3] = len;
		EXPECT_EQ(options_of(list, 12).timestamps, len == 10);
	}
	for (u32 size = 0; size < 12; size++)
		EXPECT(!options_of(aligned, size).timestamps);
}

TEST(wire__options_timestamps_twice)
{
	u8 list[24];

	memcpy(list, aligned, 12);
	memcpy(list + 12, aligned, 12);
	list[16] = 99;
	EXPECT_EQ(options_of(list, 24).ts_val, 0x01020304);
}

/* A SACK option of so many octets behind two of padding; its blocks count up. */
static struct clasp_options sacks_of(u32 len, u32 size)
{
	u8 list[40];

	memset(list, 1, sizeof(list));
	list[2] = 5;
	list[3] = len;
	for (u32 i = 4; i < 40; i++)
		list[i] = (i % 4 == 3) * i;
	return options_of(list, size);
}

TEST(wire__options_sack_of_every_length)
{
	for (u32 size = 4; size <= 40; size += 4)
		for (u32 len = 0; len < 256; len++) {
			struct clasp_options found = sacks_of(len, size);
			bool good = len >= 10 && len % 8 == 2 && len + 2 <= size;

			EXPECT_EQ(found.n_sacks, good ? len / 8 : 0);
			for (u32 i = 0; i < CLASP_SACKS; i++) {
				EXPECT_EQ(found.sack[i].start, i < found.n_sacks ? 7 + 8 * i : 0);
				EXPECT_EQ(found.sack[i].end, i < found.n_sacks ? 11 + 8 * i : 0);
			}
		}
}

TEST(wire__options_sack_twice)
{
	const u8 list[] = {
		5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 18, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6,
	};
	struct clasp_options found = options_of(list, sizeof(list));

	EXPECT_EQ(found.n_sacks, 1);
	EXPECT_EQ(found.sack[0].start, 1);
	EXPECT_EQ(found.sack[1].start, 0);
}

TEST(wire__options_of_a_whole_syn)
{
	const u8 list[] = {
		2, 4, 0x05, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7,
	};
	struct clasp_options found = options_of(list, sizeof(list));

	EXPECT_EQ(found.mss, 1460);
	EXPECT(found.sack_permitted && found.timestamps && found.has_wscale);
	EXPECT_EQ(found.ts_val, 0x01020304);
	EXPECT_EQ(found.ts_ecr, 0);
	EXPECT_EQ(found.wscale, 7);
	EXPECT_EQ(found.n_sacks, 0);
}

/* Build options alone, compare them with what they should be, and read them back. */
static void expect_options(const struct clasp_options *options, const u8 *list, u32 len)
{
	struct clasp_header header = { .options = *options };
	struct clasp_options found = { 0 };
	struct clasp_in in;
	u8 bytes[61];

	memset(bytes, 0xee, sizeof(bytes));
	EXPECT_EQ(clasp_header_len(&header), 20 + len);
	EXPECT_EQ(clasp_wire_build(bytes, &header, 1, 2), 20 + len);
	EXPECT_EQ(bytes[12], (20 + len) / 4 << 4);
	EXPECT_EQ(bytes[20 + len], 0xee);
	EXPECT(!memcmp(bytes + 20, list, len));
	EXPECT(clasp_wire_parse(&in, bytes, 20 + len, 20 + len));
	clasp_wire_options(&found, &in);
	EXPECT(!memcmp(&found, options, sizeof(found)));
}

TEST(wire__build_a_syn_as_linux_does)
{
	static const u8 all[] = {
		2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 10,
	};
	static const u8 no_sack[] = {
		2, 4, 5, 0xb4, 1, 1, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 10,
	};
	struct clasp_options options = {
		.mss = 1460, .sack_permitted = true, .timestamps = true, .ts_val = 0x01020304,
		.has_wscale = true, .wscale = 10,
	};

	expect_options(&options, all, 20);
	options.sack_permitted = false;
	expect_options(&options, no_sack, 20);
	options.timestamps = false;
	options.ts_val = 0;
	expect_options(&options, (const u8 []){ 2, 4, 5, 0xb4, 1, 3, 3, 10 }, 8);
	options.sack_permitted = true;
	expect_options(&options, (const u8 []){ 2, 4, 5, 0xb4, 1, 1, 4, 2, 1, 3, 3, 10 }, 12);
	options.has_wscale = false;
	options.wscale = 0;
	expect_options(&options, (const u8 []){ 2, 4, 5, 0xb4, 1, 1, 4, 2 }, 8);
}

TEST(wire__build_an_ack_as_linux_does)
{
	static const u8 both[] = {
		1, 1, 8, 10, 1, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc,
		1, 1, 5, 10, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 0x10,
	};
	struct clasp_options options = {
		.timestamps = true, .ts_val = 0x01020304, .ts_ecr = 0xfffefdfc,
	};

	expect_options(&options, both, 12);
	options.n_sacks = 1;
	options.sack[0] = (struct clasp_sack){ 0xfffffff0, 0x10 };
	expect_options(&options, both, 24);
	options.timestamps = false;
	options.ts_val = 0;
	options.ts_ecr = 0;
	expect_options(&options, both + 12, 12);
}

TEST(wire__build_as_many_sack_blocks_as_fit)
{
	/* RFC 2018, 3: four, or three beside timestamps */
	struct clasp_header header = { .options.n_sacks = 4 };
	struct clasp_options found = { 0 };
	struct clasp_in in;
	u8 bytes[61];

	for (u32 i = 0; i < 4; i++)
		header.options.sack[i] = (struct clasp_sack){ 10 * i, 10 * i + 5 };
	for (u32 timestamps = 0; timestamps < 2; timestamps++) {
		u32 fit = timestamps ? 3 : 4, len = 20 + 12 * timestamps + 4 + 8 * fit;

		header.options.timestamps = timestamps;
		EXPECT_EQ(clasp_wire_build(bytes, &header, 1, 2), len);
		EXPECT(clasp_wire_parse(&in, bytes, len, len));
		clasp_wire_options(&found, &in);
		EXPECT_EQ(found.n_sacks, fit);
		EXPECT(!memcmp(found.sack, header.options.sack, fit * sizeof(*found.sack)));
	}
}

TEST(wire__build_is_never_above_60)
{
	for (u32 bits = 0; bits < 16; bits++)
		for (u32 sacks = 0; sacks <= 4; sacks++) {
			struct clasp_header header = {
				.options = {
					.mss = bits & 1 ? 1460 : 0, .has_wscale = bits & 2,
					.sack_permitted = bits & 4, .timestamps = bits & 8,
					.n_sacks = sacks,
				},
			};
			u32 len = clasp_header_len(&header);
			u8 *exact = malloc(len);

			EXPECT(len <= CLASP_HEADER_MAX && len % 4 == 0);
			EXPECT_EQ(clasp_wire_build(exact, &header, 1, 2), len);
			free(exact);
		}
}

TEST(wire__parts_of_what_is_cut)
{
	u8 first[20], middle[20], last[20];

	memcpy(first, plain, sizeof(plain));
	first[13] = CLASP_CWR | CLASP_ECE | CLASP_FIN | CLASP_PSH | CLASP_ACK;
	memcpy(middle, first, sizeof(first));
	memcpy(last, first, sizeof(first));
	clasp_wire_part(first, 0, false);
	clasp_wire_part(middle, 0xff, false);
	clasp_wire_part(last, 0x1000, true);
	EXPECT_EQ(clasp_wire_seq(first), 0x01020304);
	EXPECT_EQ(clasp_wire_seq(middle), 0x01020403);
	EXPECT_EQ(clasp_wire_seq(last), 0x01021304);
	EXPECT_EQ(first[13], CLASP_CWR | CLASP_ECE | CLASP_ACK);
	EXPECT_EQ(middle[13], CLASP_ECE | CLASP_ACK);
	EXPECT_EQ(last[13], CLASP_ECE | CLASP_FIN | CLASP_PSH | CLASP_ACK);
	EXPECT(!memcmp(last + 14, plain + 14, 6));
}
