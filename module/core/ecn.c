// SPDX-License-Identifier: GPL-2.0
/*
 * What marks are answered with. A window that was reduced, for whatever reason, is not reduced again before
 * something was acknowledged that left afterwards; until then the peer cannot know of it, and repeats itself.
 */
#include "ecn.h"

#define SETUP (CLASP_ECE | CLASP_CWR)

/**
 * clasp_ecn_asked - does a SYN ask for it, and is it granted?
 * @config: of the namespace
 * @syn: a SYN without an ACK
 *
 * As in Linux not where the SYN itself could have been marked, which no caller allows: somebody on the way writes
 * into that field what he likes.
 */
bool clasp_ecn_asked(const struct clasp_config *config, const struct clasp_in *syn)
{
	return config->ecn && (syn->flags & SETUP) == SETUP && !syn->ecn;
}

/**
 * clasp_ecn_agree - the peer's SYN or SYN,ACK has come (6.1.1)
 * @tcb: in SYN_SENT
 * @syn: what came
 */
void clasp_ecn_agree(struct clasp_tcb *tcb, const struct clasp_in *syn)
{
	u8 agrees = syn->flags & CLASP_ACK ? CLASP_ECE : SETUP;

	if ((syn->flags & SETUP) == agrees)
		return;
	tcb->ecn.ok = false;
	tcb->ecn.ect = false;
}

/**
 * clasp_ecn_fall_back - nobody has answered a SYN: somebody on the way may drop those that ask (6.1.1.1)
 * @tcb: whose SYN is to be sent again
 * @config: of the namespace
 *
 * Who has sent a SYN that does not ask must not have its octets marked (6.1.1). Linux does so if the answer was to
 * one that did.
 */
void clasp_ecn_fall_back(struct clasp_tcb *tcb, const struct clasp_config *config)
{
	if (config->ecn_fallback)
		tcb->ecn.ect = false;
}

/**
 * clasp_ecn_take - octets came (6.1.3)
 * @tcb: in a state in which the peer may still send
 * @in: a segment within the window: marks of what lies outside are ignored (6.1.5)
 *
 * Who has reduced its window may have little under way: it is told at once, as in Linux.
 */
void clasp_ecn_take(struct clasp_tcb *tcb, const struct clasp_in *in)
{
	if (!tcb->ecn.ok || !in->len)
		return;
	if (in->flags & CLASP_CWR) {
		tcb->ecn.echo = false;
		tcb->ack_now = true;
	}
	tcb->ecn.seen |= in->ecn != 0;
	if (in->ecn == CLASP_CE) {
		tcb->ack_now |= !tcb->ecn.echo;
		tcb->ecn.echo = true;
	}
}

static void reduce_for_mark(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	struct clasp_cong_event event = {
		.now = env->now,
		.mss = clasp_tcb_snd_mss(tcb, env),
		.flight = clasp_tcb_outstanding(tcb),
		.srtt_us = tcb->srtt_us,
	};

	clasp_cong_marked(&tcb->cong, &event);
	clasp_ecn_reduced(tcb);
}

/**
 * clasp_ecn_heard - an ACK came, perhaps with an echo (6.1.2)
 * @tcb: a synchronized connection; SND.UNA is the old one
 * @env: mss and now
 * @in: neither of the future nor of the past
 */
void clasp_ecn_heard(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in)
{
	if (!tcb->ecn.ok)
		return;
	if (seq_after(in->ack, tcb->recovery.recover))
		tcb->ecn.reducing = false;
	if (!(in->flags & CLASP_ECE))
		return;
	if (tcb->ecn.reducing)
		clasp_cong_confirm(&tcb->cong);
	else
		reduce_for_mark(tcb, env);
}

/**
 * clasp_ecn_reduced - the congestion window was reduced, whatever for: the peer is to know
 * @tcb: a synchronized connection
 */
void clasp_ecn_reduced(struct clasp_tcb *tcb)
{
	tcb->recovery.recover = tcb->snd_nxt;
	tcb->ecn.reducing = tcb->ecn.ok;
	tcb->ecn.cwr = tcb->ecn.ect;
}
