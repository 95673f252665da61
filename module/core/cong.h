/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Congestion control: how large cwnd and ssthresh are (RFC 5681). What a loss is, and how it is repaired, is
 * recovery's; how a window grows and what is left of it after a loss differs between algorithms, each of
 * which is a file of its own and a row of the table in cong.c.
 */
#ifndef CLASP_CORE_CONG_H
#define CLASP_CORE_CONG_H

#include "seq.h"

#define CLASP_CWND_MAX 0x40000000U	/* and where slow start ends before any loss was found */
#define CLASP_CONG_WORDS 6

/* The rows of the table, in its order. */
enum clasp_cong_algorithm {
	CLASP_CONG_CUBIC,
	CLASP_CONG_NEWRENO,
	CLASP_CONG_ALGORITHMS
};

/**
 * struct clasp_hystart - rounds of slow start (RFC 9406, 4.1)
 * @end: windowEnd: a round ends when it is acknowledged
 * @last_us: lastRoundMinRTT, 0 without one, like the next two
 * @now_us: currentRoundMinRTT
 * @base_us: cssBaselineMinRtt
 * @samples: rttSampleCount, as far as it matters
 * @rounds: of conservative slow start, this one among them; 0 in standard slow start
 * @spare: 0, in the place of padding
 */
struct clasp_hystart {
	u32 end;
	u32 last_us;
	u32 now_us;
	u32 base_us;
	u8 samples;
	u8 rounds;
	u8 spare[2];
};

/**
 * struct clasp_cong_prior - what a reduction changes and its undoing restores
 * @since: as in struct clasp_cong, like all that follow
 * @cwnd: 0 when there is nothing to restore
 * @ssthresh: of the same moment
 * @word: likewise
 */
struct clasp_cong_prior {
	u64 since;
	u32 cwnd;
	u32 ssthresh;
	u32 word[CLASP_CONG_WORDS];
};

/**
 * struct clasp_cong - congestion state of one connection
 * @since: ns, from when on the algorithm counts time; 0 when it counts none
 * @cwnd: congestion window, octets
 * @ssthresh: slow start ends here, octets
 * @word: the algorithm's own: neither times nor sequence numbers
 * @prior: before the last reduction
 * @hystart: of the first slow start
 * @rtt_us: the round trip that the last ACK has measured, 0 for none
 * @filled: SND.NXT when cwnd was last full, or SND.UNA when that is acknowledged
 * @algorithm: enum clasp_cong_algorithm
 * @spare: 0, in the place of padding
 */
struct clasp_cong {
	u64 since;
	u32 cwnd;
	u32 ssthresh;
	u32 word[CLASP_CONG_WORDS];
	struct clasp_cong_prior prior;
	struct clasp_hystart hystart;
	u32 rtt_us;
	u32 filled;
	u8 algorithm;
	u8 spare[3];
};

/**
 * struct clasp_cong_event - what an algorithm may know of the moment
 * @now: ns
 * @mss: SND.MSS
 * @acked: octets that this ACK newly acknowledged, 0 without one
 * @burst: the most that it may open slow start's window by (RFC 3465, L in octets)
 * @flight: octets outstanding, those of this ACK not among them
 * @srtt_us: SRTT, 0 before the first measurement
 * @rtt_us: what this ACK has measured, 0 for nothing
 * @una: SND.UNA, this ACK taken in
 * @nxt: SND.NXT
 * @limited: it was cwnd that held the sender back
 */
struct clasp_cong_event {
	u64 now;
	u32 mss;
	u32 acked;
	u32 burst;
	u32 flight;
	u32 srtt_us;
	u32 rtt_us;
	u32 una;
	u32 nxt;
	bool limited;
};

/**
 * struct clasp_cong_ops - an algorithm
 * @name: as programs and administrators write it
 * @acked: octets were acknowledged and no loss is being repaired: let cwnd grow, if it was the limit
 * @reduce: a loss or a mark was found: what ssthresh shall be; never less than two segments will become of it
 * @timeout: the retransmission timer expired; after @reduce, where that was called for
 * @restart: cwnd was out of date
 *
 * Each may change cwnd, since and word of its struct clasp_cong.
 */
struct clasp_cong_ops {
	const char *name;
	void (*acked)(struct clasp_cong *cong, const struct clasp_cong_event *event);
	u32 (*reduce)(struct clasp_cong *cong, const struct clasp_cong_event *event);
	void (*timeout)(struct clasp_cong *cong);
	void (*restart)(struct clasp_cong *cong);
};

extern const struct clasp_cong_ops clasp_cubic;
extern const struct clasp_cong_ops clasp_newreno;

u32 clasp_cong_initial(u32 mss);
void clasp_cong_init(struct clasp_cong *cong, u8 algorithm, u32 mss, bool syn_resent);
void clasp_cong_acked(struct clasp_cong *cong, const struct clasp_cong_event *event);
void clasp_cong_reduce(struct clasp_cong *cong, const struct clasp_cong_event *event);
void clasp_cong_marked(struct clasp_cong *cong, const struct clasp_cong_event *event);
void clasp_cong_confirm(struct clasp_cong *cong);
void clasp_cong_timeout(struct clasp_cong *cong, const struct clasp_cong_event *event, bool first);
void clasp_cong_restart(struct clasp_cong *cong, u32 mss);
void clasp_cong_undo(struct clasp_cong *cong);
void clasp_cong_choose(struct clasp_cong *cong, u8 algorithm);
const char *clasp_cong_name(u8 algorithm);
u32 clasp_hystart_growth(struct clasp_cong *cong, const struct clasp_cong_event *event, u32 octets);
bool clasp_cong_slow_start(struct clasp_cong *cong, const struct clasp_cong_event *event);

/**
 * clasp_cong_resume - octets leave after a pause in which there were none: it is no time of growth
 * @cong: congestion state
 * @now: ns
 *
 * RFC 9438, 5.8.
 */
static inline void clasp_cong_resume(struct clasp_cong *cong, u64 now)
{
	if (cong->since)
		cong->since = now;
}

/* Whoever grows a window: it never wraps. */
static inline void clasp_cong_grow(struct clasp_cong *cong, u32 octets)
{
	cong->cwnd = clasp_min(cong->cwnd + octets, CLASP_CWND_MAX);
}

#endif
