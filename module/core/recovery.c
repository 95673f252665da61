// SPDX-License-Identifier: GPL-2.0
/*
 * An episode begins with a loss that RACK finds or, where SACK was not agreed, that three duplicates tell, or with
 * a timeout, and ends when all is acknowledged that had been sent until then. While fast recovery is under way it
 * moves cwnd itself, by PRR or as NewReno does; outside of it congestion control does.
 */
#include "recovery.h"
#include "ecn.h"
#include "frto.h"
#include "pace.h"
#include "prr.h"
#include "rack.h"
#include "scoreboard.h"
#include "search.h"
#include "shell.h"
#include "tail.h"
#include "timestamp.h"

static struct clasp_cong_event moment(const struct clasp_tcb *tcb, const struct clasp_env *env,
				      u32 acked)
{
	return (struct clasp_cong_event){
		.now = env->now,
		.mss = clasp_tcb_snd_mss(tcb, env),
		.acked = acked,
		.flight = clasp_tcb_outstanding(tcb),
		.srtt_us = tcb->srtt_us,
		.rtt_us = tcb->cong.rtt_us,
		.una = tcb->snd_una,
		.nxt = tcb->snd_nxt,
	};
}

static void take_acked(struct clasp_tcb *tcb, const struct clasp_cong_event *event)
{
	u32 ssthresh = tcb->cong.ssthresh;

	clasp_cong_acked(&tcb->cong, event);
	if (tcb->cong.ssthresh != ssthresh)
		clasp_on_note(tcb, CLASP_NOTE_HYSTART_DELAY);
}

/*
 * Was more than half of cwnd under way? Where segments leave together, no more do than half of it lets out
 * (clasp_pace_together()): in slow start that is enough, so that cwnd becomes twice what the program sends at once, as
 * in Linux.
 */
static bool half_full(const struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_cong_event *event)
{
	return env->together >= 2 * event->mss && tcb->cong.cwnd < tcb->cong.ssthresh &&
	       tcb->cong.cwnd < 2 * (event->flight + event->acked + event->mss);
}

/*
 * RFC 3465, 2.3: L is 2; after a timeout it is 1 until the loss is repaired, and what is sent again needs no
 * program to fill cwnd. What leaves together may be acknowledged together: L is no less than that. Where cwnd was not
 * the limit, nothing grows by it.
 */
static void grow(struct clasp_tcb *tcb, const struct clasp_env *env, struct clasp_cong_event *event)
{
	u32 una = tcb->snd_una - event->acked;

	if (clasp_ecn_answered(tcb))
		return;
	event->limited = tcb->recovery.lossy || seq_before(una, tcb->cong.filled) || half_full(tcb, env, event);
	event->burst = event->mss;
	if (event->limited && !tcb->recovery.lossy)
		event->burst = clasp_max(2 * event->mss, clasp_pace_together(tcb, env, event->mss));
	take_acked(tcb, event);
}

/**
 * clasp_recovery_calm - new octets were acknowledged, and nothing is lost, nor was
 * @tcb: a synchronized connection; SND.UNA is the new one
 * @env: config, now, mss, and what leaves together
 * @acked: octets
 */
void clasp_recovery_calm(struct clasp_tcb *tcb, const struct clasp_env *env, u32 acked)
{
	struct clasp_cong_event event = moment(tcb, env, acked);

	grow(tcb, env, &event);
	tcb->cong.filled = seq_later(tcb->cong.filled, tcb->snd_una);
}

/* RFC 6582, 3.2 step 3: all that was lost has arrived. */
static void full_ack(struct clasp_tcb *tcb, u32 mss)
{
	u32 flight = clasp_tcb_outstanding(tcb);

	tcb->recovery.recovering = false;
	tcb->cong.cwnd = clasp_min(tcb->cong.ssthresh, clasp_max(flight, mss) + mss);
}

/* Likewise: the next hole is to be filled; what has left the network makes room. */
static void partial_ack(struct clasp_tcb *tcb, u32 acked, u32 mss)
{
	struct clasp_cong *cong = &tcb->cong;

	tcb->rtx_head = true;
	cong->cwnd = clasp_max(cong->cwnd - clasp_min(acked, cong->cwnd), mss);
	if (acked >= mss)
		clasp_cong_grow(cong, mss);
}

static void begin(struct clasp_tcb *tcb, bool fast)
{
	tcb->recovery.recover = tcb->snd_nxt;
	tcb->recovery.recovering = fast;
	tcb->recovery.lossy = true;
	tcb->recovery.calm = false;
	tcb->rtx_head = fast && !tcb->sack_ok;
	tcb->tail.due = false;
	tcb->tail.sent = false;
}

static void reduce(struct clasp_tcb *tcb, const struct clasp_cong_event *event)
{
	if (!clasp_ecn_answered(tcb))
		clasp_cong_reduce(&tcb->cong, event);
	clasp_ecn_reduced(tcb);
}

/* From here on it counts what was sent again, and what of it came twice. */
static void watch(struct clasp_tcb *tcb, bool possible)
{
	tcb->undo.start = tcb->snd_una;
	tcb->undo.end = tcb->snd_nxt;
	tcb->undo.octets = 0;
	tcb->undo.possible = possible && (tcb->sack_ok || tcb->ts_ok);
}

/**
 * clasp_recovery_duplicate - a duplicate ACK came (RFC 5681, section 2)
 * @tcb: a synchronized connection; the third has its first segment sent again
 * @env: mss and now
 */
void clasp_recovery_duplicate(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	struct clasp_recovery *recovery = &tcb->recovery;
	struct clasp_cong_event event = moment(tcb, env, 0);

	clasp_frto_heard(tcb, false);
	if (recovery->recovering) {
		clasp_cong_grow(&tcb->cong, event.mss);
		return;
	}
	if (recovery->dup_acks < CLASP_DUPLICATES)
		recovery->dup_acks++;
	/* RFC 6582, 3.2 step 2: duplicates of an episode that a timeout already repairs say nothing. */
	if (recovery->dup_acks < CLASP_DUPLICATES || recovery->lossy)
		return;

	clasp_on_note(tcb, CLASP_NOTE_RENO_RECOVERY);
	reduce(tcb, &event);
	tcb->cong.cwnd = tcb->cong.ssthresh + CLASP_DUPLICATES * event.mss;
	begin(tcb, true);
	watch(tcb, true);
}

/*
 * RFC 6675, section 5 (4), with RACK in place of IsLost(): a loss begins an episode, unless it is of one. What a calm
 * one has sent again may be told of twice, and is none of what this one sends.
 */
static void begin_fast(struct clasp_tcb *tcb, const struct clasp_cong_event *event)
{
	bool alone = !tcb->recovery.lossy;

	clasp_on_note(tcb, CLASP_NOTE_SACK_RECOVERY);
	reduce(tcb, event);
	begin(tcb, true);
	watch(tcb, alone);
	clasp_prr_begin(tcb);
}

/* RFC 6937, section 3: with ssthresh. */
static void settle(struct clasp_tcb *tcb)
{
	if (tcb->recovery.recovering)
		tcb->cong.cwnd = tcb->cong.ssthresh;
	tcb->recovery.lossy = false;
	tcb->recovery.calm = false;
	tcb->recovery.recovering = false;
}

/* RFC 6675, section 5: recovery ends at RecoveryPoint. */
static void end(struct clasp_tcb *tcb)
{
	settle(tcb);
	clasp_rack_repaired(tcb);
}

/*
 * Nothing had been lost: what it changed is changed back (RFC 3708, RFC 4015 with the prior window), unless the peer
 * has told of marks too. Without blocks the episode lasts until all is acknowledged that had been sent when it began:
 * what was sent again provokes duplicates, and nothing tells them from those of a loss (RFC 6582, 3.2 step 2).
 */
static void undo(struct clasp_tcb *tcb, u64 now, u8 why)
{
	clasp_on_note(tcb, why);
	settle(tcb);
	tcb->recovery.lossy = !tcb->sack_ok;
	if (!tcb->sack_ok)
		tcb->rtx_nxt = tcb->snd_nxt;
	clasp_cong_undo(&tcb->cong);
	clasp_cong_resume(&tcb->cong, now);
	clasp_scoreboard_found(tcb, now);
	tcb->fin_lost = false;
	tcb->rack.reordered = true;
	tcb->undo.possible = false;
}

/*
 * RFC 3522, 3.2: the first ACK that moves SND.UNA answers the first segment that was sent again, and its echo is older
 * than that: it answers the original.
 */
static bool was_on_its_way(const struct clasp_tcb *tcb, const struct clasp_heard *heard)
{
	const struct clasp_undo *undo = &tcb->undo;

	return tcb->ts_ok && undo->possible && undo->octets && heard->acked &&
	       heard->una == undo->start && heard->echo && seq_before(heard->echo, undo->stamp);
}

static u8 undone_as(const struct clasp_tcb *tcb)
{
	const struct clasp_recovery *recovery = &tcb->recovery;

	if (!recovery->recovering)
		return CLASP_NOTE_LOSS_UNDO;
	return seq_before(tcb->snd_una, recovery->recover) ? CLASP_NOTE_PARTIAL_UNDO : CLASP_NOTE_FULL_UNDO;
}

/* Has this ACK shown that nothing had been lost? Then all is as it was. */
static void hear_original(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_heard *heard)
{
	if (was_on_its_way(tcb, heard)) {
		undo(tcb, env->now, undone_as(tcb));
	} else if ((heard->acked || heard->blocks) && clasp_frto_heard(tcb, heard->acked)) {
		clasp_on_note(tcb, CLASP_NOTE_SPURIOUS_RTOS);
		undo(tcb, env->now, CLASP_NOTE_LOSS_UNDO);
	}
}

/**
 * clasp_recovery_acked - new octets were acknowledged, and SACK is not agreed
 * @tcb: a synchronized connection; SND.UNA is the new one
 * @env: mss and now
 * @heard: what the ACK told
 */
void clasp_recovery_acked(struct clasp_tcb *tcb, const struct clasp_env *env,
			  const struct clasp_heard *heard)
{
	struct clasp_cong_event event = moment(tcb, env, heard->acked);
	struct clasp_recovery *recovery = &tcb->recovery;
	u32 *filled = &tcb->cong.filled;
	bool repaired;

	hear_original(tcb, env, heard);
	repaired = recovery->lossy && seq_after_eq(tcb->snd_una, recovery->recover);
	if (repaired) {
		recovery->lossy = false;
		recovery->calm = false;
	}
	if (recovery->recovering && !repaired) {
		partial_ack(tcb, heard->acked, event.mss);
		return;
	}
	recovery->dup_acks = 0;
	if (recovery->recovering)
		full_ack(tcb, event.mss);
	else
		grow(tcb, env, &event);
	*filled = seq_later(*filled, tcb->snd_una);
}

/*
 * The episode is over, and what seemed lost still waited for its turn, or for cwnd: it was not; but of a FIN, or of
 * what a probe repeated, nobody knows.
 */
static bool was_never_sent_again(const struct clasp_tcb *tcb)
{
	return tcb->undo.possible && !tcb->undo.octets && !tcb->ctl_again && !tcb->tail.again;
}

/* Whether all that was sent again in the episode came twice (RFC 3708, 2.1). */
static bool all_came_twice(struct clasp_tcb *tcb, const struct clasp_sack *twice)
{
	struct clasp_undo *undo = &tcb->undo;
	u32 len = seq_distance(twice->start, twice->end);

	if (!undo->possible || !undo->octets || seq_before(twice->start, undo->start) ||
	    seq_after(twice->end, undo->end))
		return false;
	undo->octets -= clasp_min(undo->octets, len);
	return !undo->octets;
}

static void hear_twice(struct clasp_tcb *tcb, const struct clasp_env *env,
		       const struct clasp_heard *heard)
{
	if (heard->twice.start == heard->twice.end || clasp_tail_twice(tcb, &heard->twice))
		return;
	/* A probe was a question, not a judgment that something is lost. */
	if (!tcb->tail.sent)
		clasp_rack_twice(tcb);
	if (all_came_twice(tcb, &heard->twice))
		undo(tcb, env->now, CLASP_NOTE_DSACK_UNDO);
}

/* RFC 8985, 7.4.2: cwnd answers as to fast recovery; all was outstanding that this ACK took away. */
static void repaired_tail(struct clasp_tcb *tcb, const struct clasp_heard *heard,
			  struct clasp_cong_event *event)
{
	clasp_on_note(tcb, CLASP_NOTE_LOSS_PROBE_RECOVERY);
	event->flight += heard->acked;
	reduce(tcb, event);
	tcb->cong.cwnd = clasp_min(tcb->cong.cwnd, tcb->cong.ssthresh);
	tcb->undo.possible = false;
}

/*
 * Is something lost that begins an episode? Not what a probe of the path alone has cost (RFC 4821, 7.6.2); nor what a
 * closed window or a smaller path took away. But whatever time shows lost beside that, or once more, is congestion's
 * (RFC 5681, 3.1 and 4.3), though it happens while that is repaired.
 */
static bool begins_anew(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u32 known = tcb->lost;

	clasp_rack_detect(tcb, env);
	if (tcb->hole.len)
		clasp_search_heard(tcb, env);
	if (tcb->recovery.lossy)
		return tcb->recovery.calm && tcb->lost > known;
	return tcb->lost && tcb->lost > clasp_search_excused(tcb);
}

/**
 * clasp_recovery_heard - an ACK came, and SACK is agreed
 * @tcb: a synchronized connection; SND.UNA and the scoreboard know what the ACK told
 * @env: mss and now
 * @heard: what it told
 */
void clasp_recovery_heard(struct clasp_tcb *tcb, const struct clasp_env *env,
			  const struct clasp_heard *heard)
{
	struct clasp_cong_event event = moment(tcb, env, heard->acked);
	struct clasp_recovery *recovery = &tcb->recovery;
	bool repaired, begins;

	hear_twice(tcb, env, heard);
	hear_original(tcb, env, heard);
	repaired = recovery->lossy && seq_after_eq(tcb->snd_una, recovery->recover);
	if (repaired && was_never_sent_again(tcb))
		undo(tcb, env->now, undone_as(tcb));
	else if (repaired)
		end(tcb);
	begins = begins_anew(tcb, env);
	if (begins)
		begin_fast(tcb, &event);
	if (recovery->recovering && (heard->delivered || begins))
		clasp_prr_acked(tcb, heard->delivered, event.mss);
	else if (heard->acked && !repaired && !recovery->recovering)
		grow(tcb, env, &event);
	tcb->cong.filled = seq_later(tcb->cong.filled, tcb->snd_una);
	if (clasp_tail_repaired(tcb, heard))
		repaired_tail(tcb, heard, &event);
}

/**
 * clasp_recovery_overdue - the reordering timer expired (RFC 8985, 6.2, step 5)
 * @tcb: a synchronized connection
 * @env: mss and now
 */
void clasp_recovery_overdue(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	struct clasp_cong_event event = moment(tcb, env, 0);

	if (!begins_anew(tcb, env))
		return;
	begin_fast(tcb, &event);
	clasp_prr_acked(tcb, 0, event.mss);
}

/* What is lost was not lost to congestion: it is sent again as cwnd lets it, which stays. */
static void begin_calm(struct clasp_tcb *tcb)
{
	if (!tcb->lost || tcb->recovery.lossy)
		return;
	begin(tcb, false);
	tcb->recovery.calm = true;
	watch(tcb, false);
}

/**
 * clasp_recovery_reopened - what met a closed window is to be sent again
 * @tcb: a synchronized connection
 * @sent_before: ns; what left until then met it
 */
void clasp_recovery_reopened(struct clasp_tcb *tcb, u64 sent_before)
{
	clasp_scoreboard_lose_before(tcb, sent_before);
	tcb->fin_lost = clasp_tcb_fin_bare(tcb) && tcb->ctl_at <= sent_before;
	begin_calm(tcb);
}

/**
 * clasp_recovery_too_large - whatever is larger than the path takes by now is to be sent again
 * @tcb: a synchronized connection
 * @env: mss
 */
void clasp_recovery_too_large(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	clasp_scoreboard_lose_larger(tcb, clasp_tcb_snd_mss(tcb, env));
	begin_calm(tcb);
}

/**
 * clasp_recovery_probe - a closed window is asked for with the first segment under way
 * @tcb: a synchronized connection
 *
 * Was that SACKed, then the peer has closed its window because it ran out of memory, and has thrown away what waited.
 * Nothing new may leave by which to tell whether a timeout was spurious; and what was lost for its size stays that.
 */
void clasp_recovery_probe(struct clasp_tcb *tcb)
{
	clasp_frto_give_up(tcb);
	clasp_scoreboard_reneged(tcb);
	begin_calm(tcb);
}

/**
 * clasp_recovery_sent - octets left
 * @tcb: the connection
 * @now: ns
 * @len: how many
 * @again: not for the first time
 */
void clasp_recovery_sent(struct clasp_tcb *tcb, u64 now, u32 len, bool again)
{
	struct clasp_undo *undo = &tcb->undo;

	clasp_prr_sent(tcb, len);
	/* RFC 5682, 2.1, step 2 (b): there was nothing new to ask with */
	if (again && tcb->frto == CLASP_FRTO_NEW)
		tcb->frto = CLASP_FRTO_OFF;
	if (again && tcb->recovery.recovering)
		clasp_on_note(tcb, CLASP_NOTE_FAST_RETRANS);
	if (!again || !tcb->recovery.lossy || !undo->possible)
		return;
	if (!undo->octets)
		undo->stamp = clasp_timestamp(tcb->ts_offset, now);
	undo->octets += len;
}

/**
 * clasp_recovery_timeout - the retransmission timer expired (RFC 5681, 3.1)
 * @tcb: a synchronized connection with octets outstanding
 * @env: mss and now
 * @first: not a repeated timeout of the same octets
 */
void clasp_recovery_timeout(struct clasp_tcb *tcb, const struct clasp_env *env, bool first)
{
	struct clasp_cong_event event = moment(tcb, env, 0);
	bool within = tcb->recovery.lossy;
	struct clasp_cong *cong = &tcb->cong;

	/* What duplicates have inflated (RFC 5681, 3.2) is nothing that the path has proven. */
	if (tcb->recovery.recovering)
		cong->cwnd = clasp_min(cong->cwnd, cong->ssthresh);
	clasp_cong_timeout(cong, &event, first && !clasp_ecn_answered(tcb));
	clasp_ecn_reduced(tcb);
	tcb->recovery.dup_acks = 0;
	begin(tcb, false);
	if (first)
		watch(tcb, !within);
	clasp_frto_begin(tcb, env, first ? !within : tcb->frto);
}
