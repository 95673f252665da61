// SPDX-License-Identifier: GPL-2.0
/*
 * Propose: clasp_output_next() says what should leave now and changes nothing that a peer could notice. What becomes of
 * that is sent.c's.
 */
#include "output.h"
#include "ecn.h"
#include "frto.h"
#include "option.h"
#include "pace.h"
#include "recovery.h"
#include "sack.h"
#include "scoreboard.h"
#include "search.h"
#include "shell.h"
#include "timestamp.h"
#include "window.h"

/* An ACK beside a SYN,ACK promises nothing that this, sent again, could not say. */
static void fill_window(const struct clasp_tcb *tcb, const struct clasp_env *env,
			struct clasp_header *header)
{
	u32 window;

	if (clasp_tcb_syn_pending(tcb)) {
		window = seq_distance(tcb->rcv_nxt, clasp_window_edge(tcb, env));
		window = clasp_window_of_syn(window, tcb->rcv_wscale);
		header->wnd = header->flags & CLASP_SYN ? window : window >> tcb->rcv_wscale;
	} else {
		header->wnd = clasp_window_units(tcb, env);
	}
	if (tcb->starved && !(header->flags & CLASP_SYN))
		header->wnd = 0;
}

static void fill_header(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 seq,
			struct clasp_out *out)
{
	out->header.seq = seq;
	fill_window(tcb, env, &out->header);
	if (tcb->ts_ok)
		clasp_timestamp_put(&out->header.options, tcb->ts_offset, env->now, tcb->ts_recent);
	if (tcb->state != CLASP_SYN_SENT) {
		out->header.ack = tcb->rcv_nxt;
		out->header.flags |= CLASP_ACK | (tcb->ecn.echo ? CLASP_ECE : 0);
	}
	if (tcb->sack_ok)
		clasp_sack_fill(tcb, &out->header.options);
}

/* Flags that belong to the last octet of a range. */
static void fill_tail_flags(const struct clasp_tcb *tcb, u32 end, bool fin, struct clasp_out *out)
{
	if (out->len && (end == tcb->snd_push || end == tcb->snd_end))
		out->header.flags |= CLASP_PSH;
	if (fin)
		out->header.flags |= CLASP_FIN;
}

/* In the SYN what we offer; in a SYN,ACK what of it the peer's SYN has offered too. */
static void fill_syn_options(const struct clasp_tcb *tcb, const struct clasp_env *env,
			     struct clasp_options *options)
{
	options->mss = clasp_option_mss(env, env->mss);
	options->has_wscale = tcb->wscale_ok;
	options->wscale = tcb->rcv_wscale;
	options->sack_permitted = tcb->sack_ok;
}

static void propose_control(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 seq,
			    u8 flags, struct clasp_out *out)
{
	out->kind = CLASP_OUT_ACK;
	out->header.flags = flags;
	if (flags & CLASP_SYN)
		fill_syn_options(tcb, env, &out->header.options);
	fill_header(tcb, env, seq, out);
}

static bool propose_syn(const struct clasp_tcb *tcb, const struct clasp_env *env,
			struct clasp_out *out)
{
	if (tcb->rtx_nxt != tcb->iss)
		return false;
	propose_control(tcb, env, tcb->iss, CLASP_SYN | clasp_ecn_of_syn(tcb), out);
	return true;
}

/* What blocks take away from a segment's octets. */
static u32 room_for_blocks(const struct clasp_tcb *tcb)
{
	struct clasp_options options = { .timestamps = tcb->ts_ok };
	u32 others = clasp_options_len(&options);

	clasp_sack_fill(tcb, &options);
	return clasp_options_len(&options) - others;
}

/* The most octets in a segment, which may have to tell of blocks. */
static u32 room_for_octets(const struct clasp_tcb *tcb, u32 mss)
{
	return clasp_sack_any(tcb) ? mss - room_for_blocks(tcb) : mss;
}

/*
 * As much of a node as a segment has room for, from what is not acknowledged of it; NULL where it would have to be
 * split, and cannot be.
 */
static struct clasp_seg *fit_segment(struct clasp_tcb *tcb, const struct clasp_env *env,
				     struct clasp_seg *seg)
{
	u32 most = room_for_octets(tcb, clasp_tcb_snd_mss(tcb, env)), covered = clasp_seg_covered(seg, tcb->snd_una);

	if (seg->len > most && covered)
		seg = clasp_segs_split(clasp_rtx(tcb), seg, covered);
	if (!seg || seg->len <= most)
		return seg;
	return clasp_segs_split(clasp_rtx(tcb), seg, most) ? seg : NULL;
}

/*
 * Is it too early for octets that may leave otherwise? Never for the first ones under way that a timeout sends again
 * (RFC 6298, 5.4).
 */
static bool early(struct clasp_tcb *tcb, const struct clasp_env *env, bool first)
{
	if (!env->pace || (first && tcb->retries) || !clasp_pace_waits(tcb, env))
		return false;
	if (first && tcb->snd_wnd)
		clasp_timer_postpone(tcb, env, tcb->pace_at);
	return true;
}

/*
 * The node to send again, no larger than a segment. The first one is always allowed: the others wait
 * for the congestion window and stay inside the peer's (RFC 9293, 3.8.6: SHLD-16, 17).
 */
static struct clasp_seg *node_again(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u32 mss = clasp_tcb_snd_mss(tcb, env);
	u32 from = tcb->rtx_head ? tcb->snd_una : tcb->rtx_nxt;
	u32 room = clasp_min(clasp_recovery_window(tcb, tcb->cong.cwnd, mss), clasp_tcb_snd_wnd_again(tcb));
	struct clasp_seg *seg = clasp_segs_find(clasp_rtx(tcb), from);

	if (!seg || seq_before_eq(clasp_seg_end(seg), from))
		return NULL;
	seg = fit_segment(tcb, env, seg);
	if (!seg)
		return NULL;
	if (from != tcb->snd_una && seq_distance(tcb->snd_una, clasp_seg_end(seg)) > room)
		return NULL;
	return early(tcb, env, from == tcb->snd_una) ? NULL : seg;
}

static void repeat(const struct clasp_tcb *tcb, const struct clasp_env *env,
		   struct clasp_seg *seg, struct clasp_out *out)
{
	out->kind = CLASP_OUT_AGAIN;
	out->seg = seg;
	out->len = seg->len;
	out->mss = seg->len;
	fill_header(tcb, env, seg->seq, out);
	fill_tail_flags(tcb, clasp_seg_end(seg),
			tcb->fin_sent && clasp_seg_end(seg) == tcb->snd_end, out);
}

static bool propose_again(struct clasp_tcb *tcb, const struct clasp_env *env, struct clasp_out *out)
{
	u32 from = tcb->rtx_head ? tcb->snd_una : tcb->rtx_nxt;
	struct clasp_seg *seg;

	if (tcb->fin_sent && from == tcb->snd_end) {
		propose_control(tcb, env, from, CLASP_FIN, out);
		return true;
	}
	seg = node_again(tcb, env);
	if (!seg)
		return false;
	repeat(tcb, env, seg, out);
	return true;
}

/*
 * What is lost, the first of it first (RFC 6675, section 4, NextSeg (1)), as far as the congestion window and the
 * peer's let it. The first segment under way goes at once (RFC 6675, section 5, (4.3); RFC 6298, 5.4).
 */
static bool propose_lost(struct clasp_tcb *tcb, const struct clasp_env *env, struct clasp_out *out)
{
	struct clasp_seg *seg = clasp_scoreboard_lost(tcb);
	bool first;

	if (seg)
		seg = fit_segment(tcb, env, seg);
	if (!seg)
		return false;
	first = seq_before_eq(seg->seq, tcb->snd_una);
	if (!first &&
	    (clasp_tcb_pipe(tcb) + seg->len > tcb->cong.cwnd ||
	     seq_distance(tcb->snd_una, clasp_seg_end(seg)) > clasp_tcb_snd_wnd_again(tcb)))
		return false;
	if (early(tcb, env, first))
		return false;
	repeat(tcb, env, seg, out);
	return true;
}

/* A segment is under way that was not full. */
static bool small_under_way(const struct clasp_tcb *tcb)
{
	return seq_within(tcb->snd_small, tcb->snd_una + 1, tcb->snd_nxt + 1);
}

/*
 * What is small waits for the program to add to it, or for an ACK. RFC says (9293, 3.7.4, Nagle): of anything that is
 * under way. Linux and Clasp: of what is small too (Minshall's rule, draft-minshall-nagle-01), so that the rest of a
 * write does not wait for the delayed ACK of the full segments before it.
 */
static bool waits_for_company(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	return env->more || env->choice->cork || (!env->choice->nodelay && small_under_way(tcb));
}

/* RFC 9293, 3.8.6.2.1 and 3.7.4: is a range worth a segment of its own? */
static bool worth_sending(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 len,
			  u32 mss)
{
	bool all = len == clasp_tcb_unsent(tcb);

	if (len >= mss || tcb->override || (all && tcb->fin_queued))
		return true;
	if (!tcb->pushed && waits_for_company(tcb, env))
		return false;
	return all || len >= tcb->snd_wnd_max / 2;
}

/* What a silence will have left of cwnd. */
static u32 cwnd_restarted(const struct clasp_tcb *tcb, u32 mss)
{
	struct clasp_cong cong = tcb->cong;

	clasp_cong_restart(&cong, mss);
	return cong.cwnd;
}

/* The congestion window for octets that are sent for the first time. */
static u32 window_for_new(const struct clasp_tcb *tcb, bool idle, u32 mss)
{
	u32 cwnd = idle ? cwnd_restarted(tcb, mss) : tcb->cong.cwnd;

	return clasp_recovery_window(tcb, cwnd, mss) + clasp_frto_beyond(tcb);
}

static u32 room_below(u32 limit, u32 used)
{
	return limit > used ? limit - used : 0;
}

/*
 * What is left over behind full packets goes along with them when it need not wait behind them either; of what a window
 * has no room for, another ACK makes a full packet.
 */
static u32 full_packets(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 len, u32 mss)
{
	u32 rest = len % mss;

	if (len <= mss || !rest)
		return len;
	if (len == clasp_tcb_unsent(tcb) &&
	    (tcb->fin_queued || tcb->pushed > len - rest || !waits_for_company(tcb, env)))
		return len;
	return len - rest;
}

/* @len: octets, of which a full packet has @mss */
static void propose_next(const struct clasp_tcb *tcb, const struct clasp_env *env, u32 len, u32 mss,
			 bool fin, struct clasp_out *out)
{
	out->kind = len ? CLASP_OUT_DATA : CLASP_OUT_ACK;
	out->len = len;
	out->mss = mss;
	fill_header(tcb, env, tcb->snd_nxt, out);
	fill_tail_flags(tcb, tcb->snd_nxt + len, fin, out);
	if (len)
		clasp_ecn_fill(tcb, &out->header);
}

/*
 * One larger segment in the place of the next ones, to learn whether the path takes it. What is under way makes room
 * for it, and nothing else is sent until it has (RFC 4821, 7.4).
 *
 * Return: true when nothing else may leave.
 */
static bool propose_larger(struct clasp_tcb *tcb, const struct clasp_env *env, u32 unsent, u32 window, u32 cwnd,
			   struct clasp_out *out)
{
	u32 len = clasp_search_probe(tcb, env, unsent, cwnd);

	if (!len)
		return false;
	if (len <= clasp_min(window, room_below(cwnd, clasp_tcb_pipe(tcb))) && !early(tcb, env, false))
		propose_next(tcb, env, len, len, false, out);
	return true;
}

/* Octets that were never sent, as many as windows and patience let out, and a FIN behind the last of them. */
static bool propose_octets(struct clasp_tcb *tcb, const struct clasp_env *env, u32 unsent, u32 window,
			   struct clasp_out *out)
{
	u32 smss = clasp_tcb_snd_mss(tcb, env), mss = room_for_octets(tcb, smss), cwnd, room, together, len;
	bool fin;

	out->idle = clasp_output_idle(tcb, env);
	cwnd = window_for_new(tcb, out->idle, smss);
	if (tcb->hole.sure && propose_larger(tcb, env, unsent, window, cwnd, out))
		return out->kind != CLASP_OUT_NOTHING;
	room = clasp_min(window, room_below(cwnd, clasp_tcb_pipe(tcb)));
	together = clasp_min(unsent, clasp_pace_now(tcb, env, mss));
	len = full_packets(tcb, env, clasp_min(together, room), mss);
	fin = tcb->fin_queued && len == unsent && window > len;
	if (!len || !worth_sending(tcb, env, len, mss) || early(tcb, env, false))
		return false;
	if (room < together && clasp_pace_defers(tcb, env, room))
		return false;
	propose_next(tcb, env, len, mss, fin, out);
	return true;
}

static bool propose_new(struct clasp_tcb *tcb, const struct clasp_env *env, struct clasp_out *out)
{
	u32 window = room_below(tcb->snd_wnd, clasp_tcb_outstanding(tcb));
	u32 unsent = clasp_tcb_unsent(tcb);

	if (unsent)
		return propose_octets(tcb, env, unsent, window, out);
	if (!tcb->fin_queued || tcb->fin_sent || !window)
		return false;
	propose_next(tcb, env, 0, room_for_octets(tcb, clasp_tcb_snd_mss(tcb, env)), true, out);
	return true;
}

/* The last segment under way, no larger than one may be. */
static struct clasp_seg *last_sent(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	struct clasp_seg *seg = clasp_segs_find(clasp_rtx(tcb), tcb->snd_nxt - 1);
	u32 most = room_for_octets(tcb, clasp_tcb_snd_mss(tcb, env));

	if (!seg || seg->len <= most)
		return seg;
	return clasp_segs_split(clasp_rtx(tcb), seg, (seg->len - 1) / most * most);
}

/*
 * RFC 8985, 7.3: a probe is new octets, whatever the congestion window and Nagle say, or else the last segment once
 * more: the last octets, which take a FIN behind them along.
 */
static bool propose_tail(struct clasp_tcb *tcb, const struct clasp_env *env, struct clasp_out *out)
{
	u32 window = room_below(tcb->snd_wnd, clasp_tcb_outstanding(tcb));
	u32 mss = room_for_octets(tcb, clasp_tcb_snd_mss(tcb, env));
	u32 len = clasp_min(clasp_min(clasp_tcb_unsent(tcb), window), mss);
	bool fin = tcb->fin_queued && len == clasp_tcb_unsent(tcb) && window > len;
	struct clasp_seg *seg;

	if (len) {
		propose_next(tcb, env, len, mss, fin, out);
		return true;
	}
	if (tcb->snd_una == tcb->snd_end) {
		propose_control(tcb, env, tcb->snd_end, CLASP_FIN, out);
		return true;
	}
	seg = last_sent(tcb, env);
	if (seg)
		repeat(tcb, env, seg, out);
	return seg;
}

/* RFC 9293, 3.8.6.1, MUST-36: at least one octet into the closed window; a FIN is one. */
static bool propose_probe(const struct clasp_tcb *tcb, const struct clasp_env *env,
			  struct clasp_out *out)
{
	if (!tcb->probe || !clasp_output_waits(tcb))
		return false;
	out->len = clasp_min(clasp_tcb_unsent(tcb), 1);
	out->mss = out->len;
	out->kind = out->len ? CLASP_OUT_DATA : CLASP_OUT_ACK;
	fill_header(tcb, env, tcb->snd_nxt, out);
	fill_tail_flags(tcb, tcb->snd_nxt + out->len, !out->len, out);
	return true;
}

/*
 * RFC 9293, 3.8.4: a number that the peer has acknowledged, and no octet (SHLD-12). It answers because that is
 * outside of its window, and looks at nothing else: no other window is told than it knows.
 */
static bool propose_keepalive(const struct clasp_tcb *tcb, const struct clasp_env *env,
			      struct clasp_out *out)
{
	if (!tcb->keepalive || clasp_tcb_outstanding(tcb))
		return false;
	propose_control(tcb, env, tcb->snd_nxt - 1, 0, out);
	out->header.wnd = clasp_window_scaled(clasp_window_offered(tcb), tcb->rcv_wscale);
	return true;
}

static bool may_carry_stream(const struct clasp_tcb *tcb)
{
	return clasp_state_synchronized(tcb->state) && tcb->state != CLASP_TIME_WAIT &&
	       tcb->state != CLASP_FIN_WAIT_2 && !clasp_tcb_syn_pending(tcb);
}

static bool propose_stream(struct clasp_tcb *tcb, const struct clasp_env *env,
			   struct clasp_out *out)
{
	if (!may_carry_stream(tcb))
		return false;
	if (tcb->frto == CLASP_FRTO_NEW && (propose_new(tcb, env, out) || !clasp_frto_unasked(tcb)))
		return out->kind != CLASP_OUT_NOTHING;
	if (tcb->rtx_head || (!tcb->sack_ok && tcb->rtx_nxt != tcb->snd_nxt))
		return propose_again(tcb, env, out);
	if (tcb->tail.due && propose_tail(tcb, env, out))
		return true;
	if (tcb->lost)
		return propose_lost(tcb, env, out);
	if (tcb->fin_lost) {
		propose_control(tcb, env, tcb->snd_end, CLASP_FIN, out);
		return true;
	}
	return propose_new(tcb, env, out) || propose_probe(tcb, env, out);
}

/*
 * Octets wait, not only for their turn, and nothing is under way whose ACK would move them: something must come back
 * to them (RFC 9293, 3.8.6.1 and 3.8.6.2.1). Nobody at the other end can see this happen.
 */
static void guard_waiting(struct clasp_tcb *tcb, const struct clasp_env *env)
{
	if (tcb->deadline[CLASP_TIMER_PERSIST] || clasp_timer_guarded(tcb))
		return;
	if (clasp_tcb_outstanding(tcb)) {
		clasp_timer_outstanding(tcb, env);
		return;
	}
	if (clasp_output_waits(tcb) && may_carry_stream(tcb) && !tcb->deadline[CLASP_TIMER_PACING])
		tcb->deadline[CLASP_TIMER_PERSIST] =
			tcb->snd_wnd ? env->now + CLASP_OVERRIDE : clasp_timer_probe(tcb, env);
}

/* As with clasp_options_none(), what blocks have room for is not worth clearing. */
static void propose_nothing(struct clasp_out *out)
{
	memset(out, 0, offsetof(struct clasp_out, header.options.sack));
}

/**
 * clasp_output_next - propose the next segment
 * @tcb: any state
 * @env: everything in it
 * @out: filled in; CLASP_OUT_NOTHING when nothing should leave now
 *
 * A node may be split for it, and a deadline armed for what has to wait; the peer sees neither.
 */
void clasp_output_next(struct clasp_tcb *tcb, const struct clasp_env *env, struct clasp_out *out)
{
	out->kind = CLASP_OUT_NOTHING;
	if (tcb->state == CLASP_CLOSED || tcb->state == CLASP_LISTEN)
		return;
	propose_nothing(out);
	if (clasp_tcb_syn_pending(tcb) && propose_syn(tcb, env, out))
		return;
	if (propose_stream(tcb, env, out))
		return;
	if (tcb->ack_now && tcb->state != CLASP_SYN_SENT) {
		propose_control(tcb, env, clasp_tcb_bare_seq(tcb), 0, out);
		return;
	}
	if (propose_keepalive(tcb, env, out))
		return;
	guard_waiting(tcb, env);
}

/**
 * clasp_output_ack - what the refused segment would have acknowledged, alone
 * @tcb: the block whose proposal was refused just now
 * @env: as it was for clasp_output_next()
 * @out: filled in; CLASP_OUT_NOTHING when no ACK is due at once
 *
 * What is in the way of octets need not be in the way of an ACK; and the peer, who waits for it, may be
 * waiting with what lets the octets leave.
 */
void clasp_output_ack(const struct clasp_tcb *tcb, const struct clasp_env *env,
		      struct clasp_out *out)
{
	propose_nothing(out);
	if (tcb->ack_now && !clasp_tcb_syn_pending(tcb))
		propose_control(tcb, env, clasp_tcb_bare_seq(tcb), 0, out);
}
