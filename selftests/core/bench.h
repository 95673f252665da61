/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The unit tests' workbench: one host, a clock, and a list of what the host sent. Tests play the
 * peer with segment_in() and say with expect_segment() what must come back, in order; whatever a
 * test does not take from the list is a failure. Sequence numbers are written as US(n) and THEM(n):
 * octets beyond the host's and the peer's initial sequence number, so that US(0) is our SYN and
 * US(1) our first octet.
 */
#ifndef CLASP_SELFTESTS_BENCH_H
#define CLASP_SELFTESTS_BENCH_H

#include "harness.h"
#include "letters.h"

#define US(n) (bench.iss + (u32)(n))
#define THEM(n) (bench.irs + (u32)(n))
#define PEER_WINDOW 65535
#define PEER_MSS 1460
#define RTT (100 * CLASP_MSEC)		/* of a connection that has measured one */
#define SENT_MAX 256

/**
 * struct bench - the workbench
 * @host: the end under test
 * @config: its namespace's
 * @now: ns
 * @iss: its initial sequence number
 * @irs: the peer's
 * @peer_wnd: the window that segment_in() puts in
 * @peer_mss: the MSS option of the peer's SYN, 0 for none
 * @syn: the other options of the peer's SYN
 * @any: the options of its other segments
 * @ecn: the ECN field of its segments
 * @refusals: this many of the next segments cannot leave
 * @why: enum clasp_refusal for them
 * @shorten_to: build no more than this many octets, 0 for no limit
 * @sent: what the host sent and no test has looked at yet
 * @sent_count: how many
 */
struct bench {
	struct host host;
	struct clasp_config config;
	u64 now;
	u32 iss;
	u32 irs;
	u16 peer_wnd;
	u16 peer_mss;
	struct clasp_options syn;
	struct clasp_options any;
	u8 ecn;
	u32 refusals;
	u8 why;
	u32 shorten_to;
	struct segment sent[SENT_MAX];
	u32 sent_count;
};

extern struct bench bench;

void bench_reset(u32 iss, u32 irs);

/* One constructor for each state. ESTABLISHED is past the segments that are acknowledged at once. */
void tcb_closed(void);
void tcb_listen(void);
void tcb_syn_sent(void);
void tcb_syn_rcvd(void);		/* an embryo */
void tcb_syn_rcvd_active(void);		/* out of a simultaneous open */
void tcb_established(void);
void tcb_established_passive(void);
void tcb_established_sack(void);	/* both ends have agreed on SACK, one round trip of RTT is known */
void tcb_close_wait(void);
void tcb_fin_wait_1(void);
void tcb_fin_wait_2(void);
void tcb_closing(void);
void tcb_last_ack(void);
void tcb_time_wait(void);

/* ESTABLISHED, the initial window under way, and so many octets behind it. */
void ten_in_flight(u32 waiting);

/* What happens. */
void segment_in(const char *flags, u32 seq, u32 ack, u32 len);
void segment_in_wnd(const char *flags, u32 seq, u32 ack, u32 len, u16 wnd);
void sack_in(u32 ack, u32 count, const struct clasp_sack *blocks);
void program_writes(u32 len);
u32 program_reads(u32 len);
void program_waits(void);
void time_passes(u64 ns);		/* serving every deadline on the way */
void next_deadline(void);

/* What must have happened. */
void expect_segment_at(const char *file, int line, const char *flags, u32 seq, u32 ack, u32 len);
void expect_nothing_at(const char *file, int line);
void expect_state_at(const char *file, int line, u8 state);
void expect_window_at(const char *file, int line, u32 wnd);
void expect_blocks_at(const char *file, int line, u32 count, const struct clasp_sack *blocks);
void expect_timer_at(const char *file, int line, u8 timer, u64 after);

/*
 * An ACK with blocks of our octets, and what blocks the last segment sent must have: { from, to }, counted as in US(n)
 * and THEM(n).
 */
#define SACK_IN(ack, ...)								\
	do {										\
		struct clasp_sack blocks_[] = { __VA_ARGS__ };				\
											\
		sack_in(US(ack), ARRAY_SIZE(blocks_), blocks_);				\
	} while (0)
#define EXPECT_BLOCKS(...)								\
	do {										\
		struct clasp_sack blocks_[] = { __VA_ARGS__ };				\
											\
		expect_blocks_at(__FILE__, __LINE__, ARRAY_SIZE(blocks_), blocks_);	\
		forget_segments();							\
	} while (0)
#define EXPECT_NO_BLOCKS()								\
	do {										\
		expect_blocks_at(__FILE__, __LINE__, 0, NULL);				\
		forget_segments();							\
	} while (0)

#define expect_segment(flags, seq, ack, len) \
	expect_segment_at(__FILE__, __LINE__, flags, seq, ack, len)
#define expect_nothing() expect_nothing_at(__FILE__, __LINE__)
#define expect_state(state) expect_state_at(__FILE__, __LINE__, state)
#define expect_window(wnd) expect_window_at(__FILE__, __LINE__, wnd)
#define expect_timer(timer, after) expect_timer_at(__FILE__, __LINE__, timer, after)
#define expect_no_timer(timer) expect_timer_at(__FILE__, __LINE__, timer, 0)

void forget_segments(void);
const struct segment *last_segment(void);

#endif
