// SPDX-License-Identifier: GPL-2.0
/*
 * For each octet that arrives so much may leave that the flight is ssthresh when the loss is repaired: a part
 * of it while there is more than that in the network, and no more than arrived, but for a segment, where losses
 * have emptied it: "reduction bound" SSRB, section 3.
 */
#include "prr.h"

/**
 * clasp_prr_begin - fast recovery begins
 * @tcb: ssthresh is what it shall be afterwards
 */
void clasp_prr_begin(struct clasp_tcb *tcb)
{
	tcb->prr.delivered = 0;
	tcb->prr.out = 0;
	tcb->prr.flight = clasp_tcb_outstanding(tcb);
}

/* While the network holds more than it should: CEIL(prr_delivered * ssthresh / RecoverFS) - prr_out */
static u32 proportion(const struct clasp_tcb *tcb)
{
	const struct clasp_prr *prr = &tcb->prr;
	u64 due = (u64)prr->delivered * tcb->cong.ssthresh + prr->flight - 1;
	u64 part = clasp_div64(due, prr->flight);

	return part > prr->out ? part - prr->out : 0;
}

/* While it holds less */
static u32 regrowth(const struct clasp_tcb *tcb, u32 pipe, u32 delivered, u32 mss)
{
	const struct clasp_prr *prr = &tcb->prr;
	u32 lag = prr->delivered > prr->out ? prr->delivered - prr->out : 0;

	return clasp_min(tcb->cong.ssthresh - pipe, clasp_max(lag, delivered) + mss);
}

/**
 * clasp_prr_acked - an ACK came while recovery is under way: cwnd is what is in flight and what it lets out
 * @tcb: the scoreboard knows all that the ACK told
 * @delivered: octets that arrived by what it told
 * @mss: SND.MSS
 *
 * The first segment is sent again at once, whatever the sums say.
 */
void clasp_prr_acked(struct clasp_tcb *tcb, u32 delivered, u32 mss)
{
	u32 pipe = clasp_tcb_pipe(tcb), more;

	tcb->prr.delivered += delivered;
	if (pipe > tcb->cong.ssthresh)
		more = proportion(tcb);
	else
		more = regrowth(tcb, pipe, delivered, mss);
	if (!tcb->prr.out)
		more = clasp_max(more, mss);
	tcb->cong.cwnd = pipe + more;
}
