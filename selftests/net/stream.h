/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stream whose octets depend on their place in it, so that one lost, doubled or moved shows at once, and
 * shows where.
 */
#ifndef CLASP_NET_STREAM_H
#define CLASP_NET_STREAM_H

#include "net_helpers.h"

/* The octets of the stream from @from on; @from may be anywhere. */
HELPER void stream_octets(unsigned char *octets, unsigned int from, unsigned int count)
{
	uint64_t word;
	unsigned int i, part;

	for (i = 0; i < count; i += part) {
		unsigned int shift = (from + i) % 8;

		word = ((from + i) / 8 + 1) * 0x9e3779b97f4a7c15ull;
		word ^= word >> 29;
		part = 8 - shift < count - i ? 8 - shift : count - i;
		memcpy(octets + i, (unsigned char *)&word + shift, part);
	}
}

/* Octets that continue the stream at @from are as they were written. */
HELPER bool stream_continues(const unsigned char *octets, unsigned int from, unsigned int count)
{
	unsigned char expected[65536];
	unsigned int part;

	for (; count; count -= part, from += part, octets += part) {
		part = count < sizeof(expected) ? count : sizeof(expected);
		stream_octets(expected, from, part);
		if (memcmp(octets, expected, part))
			return false;
	}
	return true;
}

/* Write so many octets of the stream from @from on; the test is over when the socket takes less. */
HELPER void stream_write(int fd, unsigned int from, unsigned int count)
{
	unsigned char block[65536];
	unsigned int part, sent;
	ssize_t n;

	for (; count; count -= part, from += part) {
		part = count < sizeof(block) ? count : sizeof(block);
		stream_octets(block, from, part);
		for (sent = 0; sent < part; sent += n) {
			n = write(fd, block + sent, part - sent);
			if (n <= 0)
				stage_fails("write after %u octets", from + sent);
		}
	}
}

#endif
