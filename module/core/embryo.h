/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before there is a connection: what a listener does with a segment, and the SYN_RCVD that it starts,
 * kept in as few octets as a flood deserves (RFC 9293, 3.10.7.2 and 3.10.7.4).
 */
#ifndef CLASP_CORE_EMBRYO_H
#define CLASP_CORE_EMBRYO_H

#include "tcb.h"

/**
 * struct clasp_embryo - a SYN_RCVD that came from LISTEN
 * @sent_at: ns when the SYN+ACK was last sent
 * @deadline: ns when it is due again
 * @challenged_at: ns of the last challenge ACK, 0 before the first
 * @iss: ISS; SND.UNA is the same, SND.NXT one more
 * @irs: IRS; RCV.NXT is one more
 * @ts_offset: added to the clock of our timestamps
 * @ts_recent: TS.Recent (RFC 7323, 4.3)
 * @snd_wnd: window in the SYN
 * @rcv_wnd: window that our SYN,ACK offers
 * @peer_mss: the peer's MSS option, or what its family takes
 * @mss: the MSS option that we send
 * @state: enum clasp_state: SYN_RCVD, or LISTEN or CLOSED when it is over
 * @retries: timeouts; SYN+ACKs sent again but for those that @acked made superfluous
 * @again: SYN+ACKs that followed the first: how old is the one that is acknowledged? (RFC 6298, section 3)
 * @resent: one of them because of a timeout: the connection starts with care (RFC 5681, 3.1)
 * @acked: the third segment came, without octets, and waits for some (TCP_DEFER_ACCEPT)
 * @holds: octets came with the SYN, and are held
 * @snd_wscale: Snd.Wind.Shift
 * @rcv_wscale: Rcv.Wind.Shift
 * @wscale_ok: both have offered window scaling
 * @ts_ok: both have offered timestamps
 * @sack_ok: both permit SACK
 * @ecn_ok: the SYN has asked for ECN, and it was granted
 * @ecn_ect: and each SYN has asked for it
 * @spare: 0, so that equal objects are equal octets
 */
struct clasp_embryo {
	u64 sent_at;
	u64 deadline;
	u64 challenged_at;
	u32 iss;
	u32 irs;
	u32 ts_offset;
	u32 ts_recent;
	u16 snd_wnd;
	u16 rcv_wnd;
	u16 peer_mss;
	u16 mss;
	u8 state;
	u8 retries;
	u8 again;
	bool resent;
	bool acked;
	bool holds;
	u8 snd_wscale;
	u8 rcv_wscale;
	bool wscale_ok;
	bool ts_ok;
	bool sack_ok;
	bool ecn_ok;
	bool ecn_ect;
	u8 spare[3];
};

/**
 * struct clasp_crowd - the embryos of a listener
 * @count: how many there are
 * @young: those among them whose SYN,ACK was sent once
 * @most: how many there may be
 */
struct clasp_crowd {
	u32 count;
	u32 young;
	u32 most;
};

/* Retransmissions of a SYN,ACK that no crowd takes away. */
#define CLASP_EMBRYO_PATIENCE 2

/* An embryo counts among the young ones. */
static inline bool clasp_embryo_young(const struct clasp_embryo *embryo)
{
	return !embryo->retries;
}

void clasp_listen_segment(const struct clasp_in *in, bool full, struct clasp_result *result);
void clasp_embryo_open(struct clasp_embryo *embryo, const struct clasp_env *env,
		       const struct clasp_in *in, const struct clasp_opening *opening,
		       struct clasp_result *result);
void clasp_embryo_segment(struct clasp_embryo *embryo, const struct clasp_env *env,
			  const struct clasp_in *in, bool accept_full, struct clasp_result *result);
void clasp_embryo_timeout(struct clasp_embryo *embryo, const struct clasp_env *env,
			  const struct clasp_crowd *crowd, struct clasp_result *result);
void clasp_embryo_end(struct clasp_embryo *embryo, u8 event);
void clasp_tcb_from_embryo(struct clasp_tcb *tcb, const struct clasp_embryo *embryo);
void clasp_closed_segment(const struct clasp_in *in, struct clasp_result *result);

#endif
