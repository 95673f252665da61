// SPDX-License-Identifier: GPL-2.0
/*
 * Slow start, congestion avoidance, fast retransmit and NewReno's fast recovery, counted in octets
 * (RFC 5681, RFC 6582, RFC 3465 with L = 2, RFC 3042, RFC 6928).
 */
#include "cong.h"

#define INITIAL_SEGMENTS 10		/* RFC 6928, and no more than 2 or 14,600 octets */
#define INITIAL_OCTETS 14600
#define DUPLICATES 3			/* RFC 5681, 3.2 */

static u32 half_flight(u32 flight, u32 mss)
{
	return clasp_max(flight / 2, 2 * mss);
}

/* IW, and the most that RW may be */
static u32 initial(u32 mss)
{
	return clasp_min(INITIAL_SEGMENTS * mss, clasp_max(2 * mss, INITIAL_OCTETS));
}

static void grow(struct clasp_cong *cong, u32 octets)
{
	cong->cwnd = clasp_min(cong->cwnd + octets, CLASP_CWND_MAX);
}

/**
 * clasp_cong_init - a connection becomes established
 * @cong: its congestion state
 * @mss: SND.MSS
 * @syn_resent: our SYN was lost: start with one segment (RFC 5681, 3.1)
 */
void clasp_cong_init(struct clasp_cong *cong, u32 mss, bool syn_resent)
{
	memset(cong, 0, sizeof(*cong));
	cong->cwnd = syn_resent ? mss : initial(mss);
	cong->ssthresh = CLASP_CWND_MAX;
}

static void grow_by_ack(struct clasp_cong *cong, u32 mss, u32 acked)
{
	if (cong->cwnd < cong->ssthresh) {
		/* RFC 3465, 2.3: after a timeout L is 1 until the loss is repaired. */
		grow(cong, clasp_min(acked, cong->lossy ? mss : 2 * mss));
		return;
	}
	cong->credit += acked;
	if (cong->credit >= cong->cwnd) {
		cong->credit -= cong->cwnd;
		grow(cong, mss);
	}
}

/**
 * clasp_cong_acked - new octets were acknowledged
 * @cong: congestion state
 * @mss: SND.MSS
 * @acked: octets
 * @snd_una: SND.UNA, this ACK included
 * @flight: octets still outstanding
 * @resend: set when the ACK is partial: the next hole is to be filled (RFC 6582, 3.2 step 3)
 */
void clasp_cong_acked(struct clasp_cong *cong, u32 mss, u32 acked, u32 snd_una, u32 flight,
		      bool *resend)
{
	bool repaired = cong->lossy && seq_after_eq(snd_una, cong->recover);

	if (repaired)
		cong->lossy = false;
	if (!cong->recovering) {
		cong->dup_acks = 0;
		grow_by_ack(cong, mss, acked);
	} else if (repaired) {
		cong->recovering = false;
		cong->dup_acks = 0;
		cong->cwnd = clasp_min(cong->ssthresh, clasp_max(flight, mss) + mss);
	} else {
		*resend = true;
		cong->cwnd = clasp_max(cong->cwnd - clasp_min(acked, cong->cwnd), mss);
		if (acked >= mss)
			grow(cong, mss);
	}
}

/**
 * clasp_cong_duplicate - a duplicate ACK came (RFC 5681, section 2)
 * @cong: congestion state
 * @mss: SND.MSS
 * @snd_una: SND.UNA
 * @snd_nxt: SND.NXT
 *
 * Return: true when the first segment is to be sent again now.
 */
bool clasp_cong_duplicate(struct clasp_cong *cong, u32 mss, u32 snd_una, u32 snd_nxt)
{
	if (cong->recovering) {
		grow(cong, mss);
		return false;
	}
	if (cong->dup_acks < DUPLICATES)
		cong->dup_acks++;
	/* RFC 6582, 3.2 step 2: duplicates of an episode that a timeout already repairs say nothing. */
	if (cong->dup_acks < DUPLICATES || cong->lossy)
		return false;

	cong->ssthresh = half_flight(seq_distance(snd_una, snd_nxt), mss);
	cong->cwnd = cong->ssthresh + DUPLICATES * mss;
	cong->recover = snd_nxt;
	cong->recovering = true;
	cong->lossy = true;
	cong->credit = 0;
	return true;
}

/**
 * clasp_cong_timeout - the retransmission timer expired (RFC 5681, 3.1)
 * @cong: congestion state
 * @mss: SND.MSS
 * @flight: octets outstanding
 * @snd_nxt: SND.NXT
 * @first: not a repeated timeout of the same octets: those do not lower ssthresh again
 */
void clasp_cong_timeout(struct clasp_cong *cong, u32 mss, u32 flight, u32 snd_nxt, bool first)
{
	if (first)
		cong->ssthresh = half_flight(flight, mss);
	cong->cwnd = mss;
	cong->credit = 0;
	cong->dup_acks = 0;
	cong->recovering = false;
	cong->recover = snd_nxt;
	cong->lossy = true;
}

/**
 * clasp_cong_restart - no octet was sent for longer than RTO: cwnd describes a path of long ago
 * @cong: congestion state
 * @mss: SND.MSS
 *
 * RFC 5681, 4.1: RW = min(IW, cwnd). Linux halves cwnd for each RTO instead.
 */
void clasp_cong_restart(struct clasp_cong *cong, u32 mss)
{
	cong->cwnd = clasp_min(cong->cwnd, initial(mss));
	cong->credit = 0;
}

/**
 * clasp_cong_window - octets that may be outstanding
 * @cong: congestion state
 * @mss: SND.MSS
 *
 * The first two duplicate ACKs each let one more segment out (RFC 3042).
 */
u32 clasp_cong_window(const struct clasp_cong *cong, u32 mss)
{
	if (cong->recovering)
		return cong->cwnd;
	return cong->cwnd + clasp_min(cong->dup_acks, 2) * mss;
}
