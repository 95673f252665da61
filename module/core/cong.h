/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Congestion control (RFC 5681, with NewReno's recovery, RFC 6582): how much may be under way. The
 * rest of core/ tells it what happened and asks clasp_cong_window(); nothing else looks inside.
 */
#ifndef CLASP_CORE_CONG_H
#define CLASP_CORE_CONG_H

#include "seq.h"

#define CLASP_CWND_MAX 0x40000000U	/* and where slow start ends before any loss was found */

/**
 * struct clasp_cong - congestion state of one connection, in octets
 * @cwnd: congestion window
 * @ssthresh: slow start ends here
 * @recover: SND.NXT when the last loss was found; recovery ends when it is acknowledged
 * @credit: octets acknowledged since cwnd last grew in congestion avoidance
 * @dup_acks: duplicate ACKs in a row
 * @recovering: fast recovery is under way
 * @lossy: @recover is valid
 */
struct clasp_cong {
	u32 cwnd;
	u32 ssthresh;
	u32 recover;
	u32 credit;
	u16 dup_acks;
	bool recovering;
	bool lossy;
};

void clasp_cong_init(struct clasp_cong *cong, u32 mss, bool syn_resent);
void clasp_cong_acked(struct clasp_cong *cong, u32 mss, u32 acked, u32 snd_una, u32 flight,
		      bool *resend);
bool clasp_cong_duplicate(struct clasp_cong *cong, u32 mss, u32 snd_una, u32 snd_nxt);
void clasp_cong_timeout(struct clasp_cong *cong, u32 mss, u32 flight, u32 snd_nxt, bool first);
void clasp_cong_restart(struct clasp_cong *cong, u32 mss);
u32 clasp_cong_window(const struct clasp_cong *cong, u32 mss);

#endif
