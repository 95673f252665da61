// SPDX-License-Identifier: GPL-2.0
/*
 * Forward RTO-Recovery (RFC 5682): its basic form (2.1) without SACK, and with SACK its enhanced form (3.1), as Linux
 * has it. Where timestamps are agreed on an echo tells sooner (RFC 3522), and nothing is asked.
 */
#include "frto.h"

/**
 * clasp_frto_begin - the retransmission timer expired: step 1
 * @tcb: a synchronized connection whose RECOVER is SND.NXT of now
 * @env: config
 * @possible: no loss was being repaired before; of a repeated timeout: before the first one (3.2)
 */
void clasp_frto_begin(struct clasp_tcb *tcb, const struct clasp_env *env, bool possible)
{
	tcb->frto = env->config->frto && possible && !tcb->ts_ok ? CLASP_FRTO_REPEATED : CLASP_FRTO_OFF;
}

/**
 * clasp_frto_give_up - the loss was real, or nobody will tell: steps 2 (a) and 3 (a)
 * @tcb: a synchronized connection
 *
 * What was sent before the timeout is sent again.
 */
void clasp_frto_give_up(struct clasp_tcb *tcb)
{
	if (tcb->frto && !tcb->sack_ok)
		tcb->rtx_nxt = tcb->snd_una;
	tcb->frto = CLASP_FRTO_OFF;
}

/**
 * clasp_frto_heard - an ACK came that says something
 * @tcb: a synchronized connection; SND.UNA and the scoreboard know what it told
 * @acked: SND.UNA has moved
 *
 * Return: true when the timeout was spurious.
 */
bool clasp_frto_heard(struct clasp_tcb *tcb, bool acked)
{
	switch (tcb->frto) {
	case CLASP_FRTO_ORIGINAL:
		tcb->frto = CLASP_FRTO_OFF;
		return true;
	case CLASP_FRTO_REPEATED:
		if (acked && seq_before(tcb->snd_una, tcb->recovery.recover))
			tcb->frto = CLASP_FRTO_NEW;
		else if (acked || !tcb->sack_ok)
			tcb->frto = CLASP_FRTO_OFF;
		return false;
	case CLASP_FRTO_NEW:
		clasp_frto_give_up(tcb);
		return false;
	default:
		return false;
	}
}
