/* SPDX-License-Identifier: GPL-2.0 */
/*
 * STATUS (RFC 9293, 3.10.6): what a program may learn of its connection.
 */
#ifndef CLASP_CORE_STATUS_H
#define CLASP_CORE_STATUS_H

#include "tcb.h"

#define CLASP_STATUS_NO_SSTHRESH 0x7fffffff	/* no loss so far; in segments, as Linux has it */

/**
 * struct clasp_status - of one moment; segments are of SND.MSS
 * @acked: octets acknowledged, SYN and FIN as in struct clasp_tcb
 * @received: octets in order, likewise
 * @segs_in: segments that arrived
 * @segs_out: segments that left
 * @resent: of them, those that left again
 * @rto_us: as it runs now, backoff included
 * @ato_us: how long an ACK may wait
 * @srtt_us: SRTT, 0 before the first measurement
 * @rttvar_us: RTTVAR
 * @snd_mss: octets in a full segment that we send
 * @rcv_mss: in the largest that came
 * @unacked: segments under way
 * @sacked: of them, those that the peer has told of
 * @lost: those that are taken for lost, sent again or not
 * @again: those that were sent again, and may arrive
 * @min_rtt_us: least round trip of late, 0 before the first
 * @cwnd: congestion window in segments
 * @ssthresh: where slow start ends, in segments, or CLASP_STATUS_NO_SSTHRESH
 * @notsent: octets that were never sent
 * @snd_wnd: SND.WND
 * @retries: timeouts since the last progress
 * @probes: of a closed window, or keep-alives, without an answer
 * @backoff: how often RTO was doubled
 * @snd_wscale: by which the peer's windows are scaled
 * @rcv_wscale: by which ours are
 * @wscale_ok: both have agreed on that; false, as the next three, until the peer's SYN has come
 * @ts_ok: they have on timestamps
 * @sack_ok: both permit SACK
 * @ecn_ok: they have on ECN
 * @ecn_seen: and the peer's octets might have been marked
 * @reordered: segments were seen to overtake each other
 */
struct clasp_status {
	u64 acked;
	u64 received;
	u32 segs_in;
	u32 segs_out;
	u32 resent;
	u32 rto_us;
	u32 ato_us;
	u32 srtt_us;
	u32 rttvar_us;
	u32 snd_mss;
	u32 rcv_mss;
	u32 unacked;
	u32 sacked;
	u32 lost;
	u32 again;
	u32 min_rtt_us;
	u32 cwnd;
	u32 ssthresh;
	u32 notsent;
	u32 snd_wnd;
	u8 retries;
	u8 probes;
	u8 backoff;
	u8 snd_wscale;
	u8 rcv_wscale;
	bool wscale_ok;
	bool ts_ok;
	bool sack_ok;
	bool ecn_ok;
	bool ecn_seen;
	bool reordered;
};

void clasp_status_get(struct clasp_tcb *tcb, const struct clasp_env *env,
		      struct clasp_status *status);

#endif
