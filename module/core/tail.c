// SPDX-License-Identifier: GPL-2.0
/*
 * When a probe is sent, and what its answer means; what it is made of, output.c knows.
 */
#include "tail.h"
#include "shell.h"

/**
 * clasp_tail_watched - shall a probe be sent before the retransmission timer expires? (7.2)
 * @tcb: a synchronized connection with something outstanding
 * @env: config
 *
 * Not while a loss is known of, nor when the last probe was not answered, nor when no round trip was measured since:
 * what asked too early once would do so again (7.3).
 */
bool clasp_tail_watched(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	return tcb->sack_ok && !clasp_tcb_syn_pending(tcb) && !tcb->sacked && !tcb->lost &&
	       !tcb->recovery.lossy && !tcb->tail.sent && !tcb->tail.unmeasured &&
	       !tcb->retries && env->config->early_retrans >= CLASP_TAIL_PROBES;
}

/**
 * clasp_tail_patience - PTO, ns (7.2)
 * @tcb: a synchronized connection
 * @env: config, mss
 *
 * RFC says: of a flight of one segment the ACK may be delayed. So may it of whatever is less than two full ones
 * (RFC 9293, SHLD-19), and how large those are the peer may not know yet. A round trip of microseconds is no measure
 * for when an ACK is missing: the peer may be at work for longer, and a timer would come with nearly every write.
 */
u64 clasp_tail_patience(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u32 full = clasp_max(clasp_tcb_snd_mss(tcb, env), CLASP_MSS_DEFAULT);
	u64 pto = clasp_max64(2 * tcb->srtt_us * CLASP_USEC, CLASP_TAIL_LEAST);

	if (!tcb->srtt_us)
		return CLASP_SEC;
	if (clasp_tcb_outstanding(tcb) < 2 * full)
		pto += env->config->rto_min;
	return pto;
}

/**
 * clasp_tail_probed - the probe left (7.3)
 * @tcb: SND.NXT counts it
 * @again: it was nothing new
 */
void clasp_tail_probed(struct clasp_tcb *tcb, bool again)
{
	clasp_on_note(tcb, CLASP_NOTE_LOSS_PROBES);
	tcb->tail.due = false;
	tcb->tail.sent = true;
	tcb->tail.again = again;
	tcb->tail.unmeasured = true;
	tcb->tail.end = tcb->snd_nxt;
}

/* A FIN is no octet, and no block tells of it. */
static bool ends_where(const struct clasp_tail *tail, const struct clasp_sack *twice)
{
	return twice->end == tail->end || twice->end == tail->end - 1;
}

/**
 * clasp_tail_twice - does a D-SACK tell of what the last probe repeated?
 * @tcb: a synchronized connection
 * @twice: octets that came twice
 *
 * That shows nothing of what was sent again for being lost. It is told once.
 */
bool clasp_tail_twice(struct clasp_tcb *tcb, const struct clasp_sack *twice)
{
	struct clasp_tail *tail = &tcb->tail;
	bool probed = tail->again && ends_where(tail, twice);

	tail->again &= !probed;
	return probed;
}

/* Both the probe and what it repeated have arrived. */
static bool arrived_twice(const struct clasp_tail *tail, const struct clasp_heard *heard)
{
	const struct clasp_sack *twice = &heard->twice;

	if (twice->start != twice->end)
		return ends_where(tail, twice);
	return !heard->acked && !heard->blocks;
}

/**
 * clasp_tail_repaired - does an ACK show that the probe filled a hole? (7.4.2)
 * @tcb: SND.UNA is the new one
 * @heard: what the ACK told
 *
 * Return: true when something had been lost, of which nothing but the probe has ever told.
 */
bool clasp_tail_repaired(struct clasp_tcb *tcb, const struct clasp_heard *heard)
{
	struct clasp_tail *tail = &tcb->tail;
	bool repaired;

	if (!tail->sent || seq_before(tcb->snd_una, tail->end))
		return false;
	repaired = tail->again && !arrived_twice(tail, heard);
	if (repaired && tcb->snd_una == tail->end)
		return false;
	tail->sent = false;
	tail->again = false;
	return repaired;
}
