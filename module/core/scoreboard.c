// SPDX-License-Identifier: GPL-2.0
/*
 * An ACK costs what it changes, however many segments are under way and whatever a peer claims: a run of
 * SACKed segments is passed in one step, because each remembers how far the run was known to reach when
 * somebody last passed it; what is in flight stands in a list by the time when it left; and who looks for a
 * lost segment begins where the last one was found. Nobody but the shell frees a segment.
 */
#include "scoreboard.h"
#include "rack.h"
#include "shell.h"

/* Octets of a segment that are not acknowledged: the only ones that are counted. */
static u32 live(const struct clasp_tcb *tcb, const struct clasp_seg *seg)
{
	return seg->len - clasp_seg_covered(seg, tcb->snd_una);
}

static void found(struct clasp_tcb *tcb, struct clasp_seg *seg)
{
	if (!(seg->marks & CLASP_SEG_LOST))
		return;
	seg->marks &= ~CLASP_SEG_LOST;
	tcb->lost -= live(tcb, seg);
}

/* Of a super-packet the first packets have arrived: they left as those did that have not. */
static void front_arrived(struct clasp_tcb *tcb, const struct clasp_seg *seg, u32 ack, u64 now)
{
	u32 covered = clasp_seg_covered(seg, ack);
	struct clasp_seg front = *seg;

	front.len = covered - covered % seg->mss;
	if (front.len > clasp_seg_covered(seg, tcb->snd_una))
		clasp_rack_delivered(tcb, &front, now);
}

/**
 * clasp_scoreboard_acked - SND.UNA is about to move
 * @tcb: a synchronized connection; SND.UNA is still the old one
 * @env: now
 * @ack: the new one
 *
 * Return: octets that arrived and of which no block had told.
 */
u32 clasp_scoreboard_acked(struct clasp_tcb *tcb, const struct clasp_env *env, u32 ack)
{
	struct clasp_segs *segs = clasp_rtx(tcb);
	struct clasp_seg *seg = clasp_segs_first(segs);
	u32 delivered = seq_distance(tcb->snd_una, ack);

	for (; seg && seq_before(seg->seq, ack); seg = clasp_segs_next(segs, seg)) {
		u32 gone = clasp_seg_covered(seg, ack) - clasp_seg_covered(seg, tcb->snd_una);

		if (seg->marks & CLASP_SEG_SACKED) {
			tcb->sacked -= gone;
			delivered -= gone;
			continue;
		}
		if (seg->marks & CLASP_SEG_LOST)
			tcb->lost -= gone;
		if (seq_after(clasp_seg_end(seg), ack)) {
			front_arrived(tcb, seg, ack, env->now);
			break;
		}
		clasp_rack_delivered(tcb, seg, env->now);
		clasp_rtx_gone(tcb, seg);
	}
	return delivered;
}

static struct clasp_seg *starting_at(struct clasp_tcb *tcb, u32 seq)
{
	struct clasp_seg *seg = clasp_segs_find(clasp_rtx(tcb), seq);

	return seg && seg->seq == seq ? seg : NULL;
}

static bool is_sacked(const struct clasp_seg *seg)
{
	return seg && (seg->marks & CLASP_SEG_SACKED);
}

/*
 * The first segment behind a run of SACKed ones, or NULL. All that were passed learn how far the run goes: without
 * that a peer could have the same steps walked again and again.
 */
static struct clasp_seg *behind_run(struct clasp_tcb *tcb, struct clasp_seg *seg)
{
	struct clasp_seg *behind = seg;
	u32 end = seg->run;

	while (is_sacked(behind)) {
		end = behind->run;
		behind = starting_at(tcb, end);
	}
	while (seg->run != end) {
		u32 next = seg->run;

		seg->run = end;
		seg = starting_at(tcb, next);
	}
	return behind;
}

/*
 * The first segment that begins within a block or, when one is larger than a packet, whose rest does. Only at whole
 * packets: else a peer could have the queue cut to pieces of an octet (CVE-2019-11478).
 */
static struct clasp_seg *first_within(struct clasp_tcb *tcb, u32 start)
{
	struct clasp_segs *segs = clasp_rtx(tcb);
	struct clasp_seg *seg = clasp_segs_find(segs, start), *rest;
	u32 skip;

	if (!seg)
		return clasp_segs_first(segs);
	if (seg->seq == start)
		return seg;
	skip = seq_distance(seg->seq, start);
	skip += (seg->mss - skip % seg->mss) % seg->mss;
	if (skip < seg->len && !is_sacked(seg)) {
		rest = clasp_segs_split(segs, seg, skip);
		if (rest)
			return rest;
	}
	return clasp_segs_next(segs, seg);
}

static u32 mark_sacked(struct clasp_tcb *tcb, struct clasp_seg *seg, u64 now)
{
	u32 octets = live(tcb, seg);

	clasp_rack_delivered(tcb, seg, now);
	found(tcb, seg);
	clasp_rtx_gone(tcb, seg);
	seg->marks |= CLASP_SEG_SACKED;
	seg->run = clasp_seg_end(seg);
	tcb->sacked += octets;
	return octets;
}

/* Is all of a segment, or of its front, before the end of a block? */
static bool fits_before(struct clasp_tcb *tcb, struct clasp_seg *seg, u32 end)
{
	u32 len = seq_distance(seg->seq, end);

	if (seq_before_eq(clasp_seg_end(seg), end))
		return true;
	len -= len % seg->mss;
	return len && clasp_segs_split(clasp_rtx(tcb), seg, len);
}

/**
 * clasp_scoreboard_sacked - a block tells that octets arrived
 * @tcb: a synchronized connection
 * @env: now
 * @start: the first of them; neither before SND.UNA
 * @end: one past the last; nor beyond SND.NXT
 *
 * A segment that cannot be split counts as not arrived, which is slower, and never wrong.
 *
 * Return: octets of which nothing had told before.
 */
u32 clasp_scoreboard_sacked(struct clasp_tcb *tcb, const struct clasp_env *env, u32 start, u32 end)
{
	struct clasp_seg *seg = first_within(tcb, start);
	u32 delivered = 0;

	while (seg && seq_before(seg->seq, end)) {
		if (is_sacked(seg)) {
			seg = behind_run(tcb, seg);
			continue;
		}
		if (!fits_before(tcb, seg, end))
			break;
		delivered += mark_sacked(tcb, seg, env->now);
		seg = clasp_segs_next(clasp_rtx(tcb), seg);
	}
	return delivered;
}

/**
 * clasp_scoreboard_sent - a segment left: it is the youngest in flight
 * @tcb: the connection
 * @seg: among those that were sent
 * @now: ns
 * @again: not for the first time
 */
void clasp_scoreboard_sent(struct clasp_tcb *tcb, struct clasp_seg *seg, u64 now, bool again)
{
	u32 marks = again ? CLASP_SEG_RETRANSMITTED : 0;

	if (seg->marks & CLASP_SEG_LOST)
		marks |= CLASP_SEG_REPAIRED;
	found(tcb, seg);
	if (is_sacked(seg))
		tcb->sacked -= live(tcb, seg);
	seg->sent_at = now;
	seg->marks = marks;
	seg->run = 0;
	clasp_rtx_newest(tcb, seg);
}

/**
 * clasp_scoreboard_lose - a segment must be taken for lost
 * @tcb: the connection
 * @seg: in flight
 */
void clasp_scoreboard_lose(struct clasp_tcb *tcb, struct clasp_seg *seg)
{
	u32 from = seq_later(seg->seq, tcb->snd_una);

	if (seg->marks & CLASP_SEG_REPAIRED)
		clasp_on_note(tcb, CLASP_NOTE_LOST_RETRANSMIT);
	if (!tcb->lost || seq_before(from, tcb->lost_from))
		tcb->lost_from = from;
	seg->marks |= CLASP_SEG_LOST;
	tcb->lost += live(tcb, seg);
	clasp_rtx_gone(tcb, seg);
}

/**
 * clasp_scoreboard_lose_before - what has been in flight for so long will not arrive
 * @tcb: the connection
 * @sent_before: ns; what left until then
 */
void clasp_scoreboard_lose_before(struct clasp_tcb *tcb, u64 sent_before)
{
	struct clasp_seg *seg;

	while ((seg = clasp_rtx_oldest(tcb)) && seg->sent_at <= sent_before)
		clasp_scoreboard_lose(tcb, seg);
}

/**
 * clasp_scoreboard_lose_larger - what left in larger packets will not arrive
 * @tcb: the connection
 * @most: octets of a packet
 */
void clasp_scoreboard_lose_larger(struct clasp_tcb *tcb, u32 most)
{
	struct clasp_segs *segs = clasp_rtx(tcb);

	for (struct clasp_seg *seg = clasp_segs_first(segs); seg; seg = clasp_segs_next(segs, seg))
		if (clasp_seg_packet(seg) > most && !(seg->marks & (CLASP_SEG_SACKED | CLASP_SEG_LOST)))
			clasp_scoreboard_lose(tcb, seg);
}

/*
 * The first segment that is not acknowledged. Before it there may be the front of one that was acknowledged in part,
 * until the shell frees it: nothing of that is counted, whatever its marks say.
 */
static struct clasp_seg *head(struct clasp_tcb *tcb)
{
	struct clasp_seg *seg = clasp_segs_find(clasp_rtx(tcb), tcb->snd_una);

	return seg && live(tcb, seg) ? seg : NULL;
}

/* RFC 2018, 8: the receiver has thrown away what it had told of. */
static void renege(struct clasp_tcb *tcb)
{
	struct clasp_segs *segs = clasp_rtx(tcb);

	for (struct clasp_seg *seg = head(tcb); seg; seg = clasp_segs_next(segs, seg)) {
		if (!is_sacked(seg))
			continue;
		seg->marks &= ~CLASP_SEG_SACKED;
		seg->run = 0;
		clasp_scoreboard_lose(tcb, seg);
	}
	tcb->sacked = 0;
}

/**
 * clasp_scoreboard_reneged - does the peer lack what it had told of?
 * @tcb: the connection, whose peer should have acknowledged the first segment long since, if it had that
 *
 * Was the first segment SACKed, then what blocks told is worth nothing any more (RFC 2018, 8), and forgotten.
 */
bool clasp_scoreboard_reneged(struct clasp_tcb *tcb)
{
	if (!is_sacked(head(tcb)))
		return false;
	clasp_on_note(tcb, CLASP_NOTE_SACK_RENEGING);
	renege(tcb);
	return true;
}

/**
 * clasp_scoreboard_timeout - the retransmission timer expired (RFC 8985, 6.3)
 * @tcb: the connection
 * @sent_before: ns; what left until then is lost
 *
 * The first segment is lost in any case.
 */
void clasp_scoreboard_timeout(struct clasp_tcb *tcb, u64 sent_before)
{
	struct clasp_seg *seg = head(tcb);

	clasp_scoreboard_reneged(tcb);
	if (seg && !(seg->marks & CLASP_SEG_LOST))
		clasp_scoreboard_lose(tcb, seg);
	clasp_scoreboard_lose_before(tcb, sent_before);
}

/**
 * clasp_scoreboard_found - nothing was lost after all
 * @tcb: the connection
 * @now: ns; from now on what is in flight counts as just sent, but measures nothing
 *
 * What had not been taken for lost, too: it is younger, and would seem to be overtaken.
 */
void clasp_scoreboard_found(struct clasp_tcb *tcb, u64 now)
{
	struct clasp_seg *first = clasp_scoreboard_lost(tcb), *seg;

	while ((seg = clasp_scoreboard_lost(tcb))) {
		found(tcb, seg);
		clasp_scoreboard_sent(tcb, seg, now, true);
	}
	while (first && (seg = clasp_rtx_oldest(tcb)) != first)
		clasp_scoreboard_sent(tcb, seg, now, true);
}

/**
 * clasp_scoreboard_lost - the next segment to be sent again
 * @tcb: the connection
 *
 * It is remembered: who asks again, because it may not be sent yet, walks no second time.
 *
 * Return: the first one that is lost and was not sent again since, or NULL (RFC 6675, section 4, NextSeg).
 */
struct clasp_seg *clasp_scoreboard_lost(struct clasp_tcb *tcb)
{
	struct clasp_segs *segs = clasp_rtx(tcb);
	struct clasp_seg *seg;

	if (!tcb->lost)
		return NULL;
	seg = clasp_segs_find(segs, tcb->lost_from);
	while (seg && !(seg->marks & CLASP_SEG_LOST))
		seg = is_sacked(seg) ? behind_run(tcb, seg) : clasp_segs_next(segs, seg);
	if (seg)
		tcb->lost_from = seq_later(seg->seq, tcb->snd_una);
	return seg;
}
