// SPDX-License-Identifier: GPL-2.0
/*
 * An ICMP error is believed only when the segment that it quotes is under way (RFC 5927, 4.1), and ends
 * nothing but an attempt to connect: once synchronized, a hard error is taken for a soft one
 * (RFC 5927, 5.2), because the retransmission timer knows better.
 */
#include "icmp.h"
#include "end.h"
#include "recovery.h"
#include "shell.h"

/**
 * clasp_icmp_error - ICMP, for a full block
 * @tcb: any state
 * @seq: sequence number that the error quotes
 * @hard: RFC 9293, SHLD-26: no use in trying again
 * @result: CLASP_SOFT_ERROR, or CLASP_FAILED and CLASP_ENDED, or nothing
 *
 * Linux also believes an error that quotes SND.NXT, which was never sent.
 */
void clasp_icmp_error(struct clasp_tcb *tcb, u32 seq, bool hard, struct clasp_result *result)
{
	memset(result, 0, sizeof(*result));
	if (tcb->state == CLASP_CLOSED || tcb->state == CLASP_LISTEN ||
	    !seq_within(seq, tcb->snd_una, tcb->snd_nxt))
		result->drop = CLASP_DROP_ICMP;
	else if (hard && clasp_state_find(tcb->state, CLASP_UNREACHABLE))
		clasp_end_failed(tcb, CLASP_UNREACHABLE, CLASP_NOT_REACHED, result);
	else
		result->flags = CLASP_SOFT_ERROR;
}

/**
 * clasp_icmp_mtu - a router found a segment too large, and the path's MTU is known now
 * @tcb: clasp_icmp_error() believed the error
 * @env: mss
 * @seq: sequence number that the error quotes
 * @result: CLASP_OUTPUT, or nothing when the segment was sent again since, in smaller pieces
 *
 * It was not lost to congestion: it is repeated at once, and the congestion window stays (RFC 1191, 6.4).
 */
void clasp_icmp_mtu(struct clasp_tcb *tcb, const struct clasp_env *env, u32 seq,
		    struct clasp_result *result)
{
	const struct clasp_seg *seg = clasp_segs_find(clasp_rtx(tcb), seq);

	memset(result, 0, sizeof(*result));
	if (!seg || clasp_seg_packet(seg) <= clasp_tcb_snd_mss(tcb, env))
		return;
	if (tcb->sack_ok)
		clasp_recovery_too_large(tcb, env);
	else
		tcb->rtx_nxt = seq_earlier(tcb->rtx_nxt, seq_later(tcb->snd_una, seg->seq));
	result->flags = CLASP_OUTPUT;
}

/**
 * clasp_icmp_embryo - ICMP, for an embryo
 * @embryo: in SYN_RCVD
 * @seq: sequence number that the error quotes
 * @hard: no use in trying again
 * @result: CLASP_ENDED, or nothing: an embryo has no program to tell a soft error
 */
void clasp_icmp_embryo(struct clasp_embryo *embryo, u32 seq, bool hard,
		       struct clasp_result *result)
{
	memset(result, 0, sizeof(*result));
	if (seq != embryo->iss) {
		result->drop = CLASP_DROP_ICMP;
	} else if (hard) {
		clasp_embryo_end(embryo, CLASP_UNREACHABLE_PASSIVE);
		result->flags = CLASP_ENDED;
	}
}
