/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whole connections through one bottleneck: two hosts each, with all of core/ between a program that writes, perhaps
 * without end, and one that reads at once. Segments are small, so that a window of hundreds of them is not many octets.
 */
#ifndef CLASP_SELFTESTS_STREAMS_H
#define CLASP_SELFTESTS_STREAMS_H

#include <stdbool.h>

#include "cong.h"
#include "flows_path.h"

#define STREAM_MSS 536			/* octets of payload, where timestamps are agreed on */
#define STREAMS_MAX 2

/**
 * struct setting - what the connections are like
 * @path: that they share
 * @algorithm: enum clasp_cong_algorithm of each
 * @count: of connections; the second begins half of a second after the first
 * @no_sack: SACK is not agreed on: NewReno repairs (RFC 6582)
 * @no_stamps: neither are timestamps
 * @held_at: ns of the run from when on whatever would arrive is held back, 0 for never
 * @held_for: ns; then all of it arrives
 * @strait: octets of payload and options in a segment from which on it vanishes, and nobody tells; 0 for any number
 * @widens_at: ns of the run from when on none vanishes any more
 * @probe_interval: ns between two searches for larger segments
 * @octets: that each program writes before it closes; 0 for no end
 * @piece: octets that it writes at a time, when those before have been acknowledged; 0 for as many as there is room for
 * @warm_up: ns that do not count
 * @end: ns
 */
struct setting {
	struct path path;
	u8 algorithm[STREAMS_MAX];
	u32 count;
	bool no_sack;
	bool no_stamps;
	u64 held_at;
	u64 held_for;
	u32 strait;
	u64 widens_at;
	u64 probe_interval;
	u64 octets;
	u32 piece;
	u64 warm_up;
	u64 end;
};

/**
 * struct stream_result - what became of a connection
 * @octets: that the program read since the warm-up
 * @lost: segments lost on the way or in the queue, all of the run
 * @resent: segments that left again, all of the run
 * @mss: SND.MSS at the end, without options
 * @timeouts: of the retransmission timer, all of the run
 * @took: ns from the first call until a program that ended had been read to its end
 * @told_wrong: what the program read was not what the other wrote, or the shell was right to suspect something
 */
struct stream_result {
	u64 octets;
	u64 lost;
	u64 resent;
	u64 mss;
	u64 timeouts;
	u64 took;
	u64 told_wrong;
};

void streams_run(const struct setting *setting, struct stream_result *results);

#endif
