/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TIME_WAIT (RFC 9293, 3.3.2 and 3.10.7.4): the end that closed first remembers, for twice the longest
 * life of a segment, just enough to answer the peer's FIN again and to keep old segments out of a
 * new incarnation.
 */
#ifndef CLASP_CORE_TW_H
#define CLASP_CORE_TW_H

#include "tcb.h"

/**
 * struct clasp_tw - a connection in TIME_WAIT
 * @started_at: ns when this 2 MSL began; it ends at the earliest 2 MSL later
 * @challenged_at: ns of the last challenge ACK, 0 before the first
 * @snd_nxt: SND.NXT, which is also what the peer has acknowledged
 * @rcv_nxt: RCV.NXT, one past the peer's FIN
 * @ts_offset: added to the clock of our timestamps
 * @ts_recent: TS.Recent; so old as to say nothing it does not become here
 * @rcv_wnd: the window that we advertise, scaled
 * @state: enum clasp_state: TIME_WAIT, then CLOSED
 * @snd_wscale: Snd.Wind.Shift
 * @rcv_wscale: Rcv.Wind.Shift
 * @ts_ok: both send timestamps
 * @spare: 0, so that equal objects are equal octets
 */
struct clasp_tw {
	u64 started_at;
	u64 challenged_at;
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 ts_offset;
	u32 ts_recent;
	u16 rcv_wnd;
	u8 state;
	u8 snd_wscale;
	u8 rcv_wscale;
	bool ts_ok;
	u8 spare[2];
};

void clasp_tw_from_tcb(struct clasp_tw *tw, const struct clasp_tcb *tcb, u64 now);
void clasp_tw_handed_over(struct clasp_tcb *tcb);
void clasp_tw_segment(struct clasp_tw *tw, const struct clasp_env *env, const struct clasp_in *in,
		      struct clasp_result *result);
void clasp_tw_unheard(struct clasp_tw *tw, const struct clasp_env *env, struct clasp_result *result);
u64 clasp_tw_deadline(const struct clasp_tw *tw, const struct clasp_config *config);
void clasp_tw_end(struct clasp_tw *tw, u8 event);

#endif
