/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The transmission control block and its verbs: the events of RFC 9293, section 3.10. Every verb takes
 * the block and an environment, changes the block, and answers with one small result. All of them run
 * under whatever lock guards the block; none sleeps, allocates, logs or reads a clock.
 */
#ifndef CLASP_CORE_TCB_H
#define CLASP_CORE_TCB_H

#include "choice.h"
#include "cong.h"
#include "config.h"
#include "note.h"
#include "result.h"
#include "seg.h"
#include "state.h"
#include "wire.h"

/**
 * struct clasp_env - what a verb must know and the block does not: filled by the shell, never stored
 * @config: of the namespace
 * @choice: of the socket
 * @now: ns, from a clock that never goes back
 * @pace: octets a second that the program allows, CLASP_PACE_NONE for any number; 0 where nobody paces
 * @rcv_space: octets that the receive buffer could take now
 * @rcv_buf: octets that it could take when empty
 * @unread: octets in order that the program has not read
 * @together: octets that may leave in one super-packet, which whoever is below cuts to packets; 0 where nobody does
 * @mss: largest payload that the path to the peer takes now, without any IP options
 * @ip_options: octets of IP options that our segments carry
 * @more: the program said that more follows (MSG_MORE): hold back a segment that is not full
 * @deaf: the program reads no more: shutdown(SHUT_RD), or close()
 * @full: there is no memory for the octets of this segment, or of another one, whatever the window promised
 * @pressure: memory is scarce: offer little
 */
struct clasp_env {
	const struct clasp_config *config;
	const struct clasp_choice *choice;
	u64 now;
	u64 pace;
	u32 rcv_space;
	u32 rcv_buf;
	u32 unread;
	u32 together;
	u16 mss;
	u16 ip_options;
	bool more;
	bool deaf;
	bool full;
	bool pressure;
};

/**
 * struct clasp_opening - what a new connection is told by the shell
 * @iss: from clasp_isn(), or clasp_isn_above() in the place of a TIME_WAIT
 * @ts_hash: keyed hash of the four-tuple, by which its timestamps are shifted
 * @rcv_most: octets that its receive buffer might ever take
 * @peer_mss: the peer's MSS if it does not say: CLASP_MSS_DEFAULT, over IPv6 CLASP_MSS_DEFAULT_IPV6
 */
struct clasp_opening {
	u32 iss;
	u32 ts_hash;
	u32 rcv_most;
	u16 peer_mss;
};

/* The deadlines of a block; one hrtimer of the shell serves the earliest. */
enum clasp_timer {
	CLASP_TIMER_REORDER,
	CLASP_TIMER_TAIL,
	CLASP_TIMER_RETRANSMIT,
	CLASP_TIMER_PERSIST,
	CLASP_TIMER_DELACK,
	CLASP_TIMER_FIN_WAIT_2,
	CLASP_TIMER_KEEPALIVE,
	CLASP_TIMER_PACING,
	CLASP_TIMERS
};

/**
 * struct clasp_recovery - the repair of a loss
 * @recover: SND.NXT when the last loss was found, or cwnd reduced; the episode ends when it is acknowledged
 * @dup_acks: duplicate ACKs in a row
 * @recovering: fast recovery is under way
 * @lossy: @recover is valid
 * @calm: what began it was no congestion, and cwnd was left alone
 */
struct clasp_recovery {
	u32 recover;
	u8 dup_acks;
	bool recovering;
	bool lossy;
	bool calm;
};

/**
 * struct clasp_sacks - what the next ACK tells of octets that are not in order (RFC 2018, RFC 2883)
 * @recent: blocks that wait, the one that changed last in front; empty ones behind
 * @twice: octets that came again, if any
 */
struct clasp_sacks {
	struct clasp_sack recent[CLASP_SACKS];
	struct clasp_sack twice;
};

/**
 * struct clasp_rack - loss by time (RFC 8985, section 5)
 * @sent_at: RACK.xmit_ts, ns: when the youngest segment that has arrived was sent
 * @min_at: ns when @min_rtt_us was measured
 * @end: RACK.end_seq, its end
 * @fack: RACK.fack, the highest end of what has arrived
 * @rtt_us: RACK.rtt, its round trip
 * @min_rtt_us: RACK.min_RTT, 0 before the first measurement
 * @widened_at: RACK.dsack_round: SND.NXT when a D-SACK last widened the window
 * @quarters: RACK.reo_wnd_mult less one
 * @persist: RACK.reo_wnd_persist
 * @reordered: RACK.reordering_seen
 * @widened: @widened_at is valid
 */
struct clasp_rack {
	u64 sent_at;
	u64 min_at;
	u32 end;
	u32 fack;
	u32 rtt_us;
	u32 min_rtt_us;
	u32 widened_at;
	u8 quarters;
	u8 persist;
	bool reordered;
	bool widened;
};

/**
 * struct clasp_tail - tail loss probe (RFC 8985, section 7)
 * @end: TLP.end_seq, valid while @sent or @again
 * @due: one is to be sent
 * @sent: one is under way
 * @again: TLP.is_retrans: what it repeated may come twice; outlives @sent where an episode of loss began
 * @unmeasured: no round trip was measured since the last one left
 */
struct clasp_tail {
	u32 end;
	bool due;
	bool sent;
	bool again;
	bool unmeasured;
};

/**
 * struct clasp_prr - proportional rate reduction (RFC 6937, section 3), in octets
 * @delivered: prr_delivered
 * @out: prr_out
 * @flight: RecoverFS
 */
struct clasp_prr {
	u32 delivered;
	u32 out;
	u32 flight;
};

/**
 * struct clasp_undo - what may show that the last episode of loss was none
 * @start: SND.UNA when it began
 * @end: SND.NXT then
 * @octets: sent again in it, less what was told to have come twice
 * @stamp: TSval of the first of them
 * @possible: nothing has shown so far that something was lost
 * @spare: 0, in the place of padding
 */
struct clasp_undo {
	u32 start;
	u32 end;
	u32 octets;
	u32 stamp;
	bool possible;
	u8 spare[3];
};

/**
 * struct clasp_ecn - explicit congestion notification (RFC 3168)
 * @ok: both have agreed: what comes marked is told; an offer until the peer's SYN has come
 * @ect: and each SYN has said so: our octets may be marked
 * @echo: octets came marked, and the peer has not said yet that it knows
 * @cwr: cwnd was reduced, which the next new octets are to tell
 * @reducing: nothing beyond RECOVER, SND.NXT when that was, is acknowledged
 * @seen: octets came that might have been marked
 * @spare: 0, in the place of padding
 */
struct clasp_ecn {
	bool ok;
	bool ect;
	bool echo;
	bool cwr;
	bool reducing;
	bool seen;
	u8 spare[2];
};

/**
 * struct clasp_space - what the program reads in a round trip
 * @since: ns when the round trip began that is being counted; 0 before the first
 * @from: octets from IRS on that the program had read then
 * @edge: the window's right edge then, likewise
 * @octets: the most that it read in one
 * @rtt_ms: how long one takes, by the echoes of our timestamps; 0 before the first
 * @least_ms: the least that an echo told in the one that is being counted; 0 for none
 * @spare: 0, in the place of padding
 */
struct clasp_space {
	u64 since;
	u32 from;
	u32 edge;
	u32 octets;
	u32 rtt_ms;
	u32 least_ms;
	u32 spare;
};

/**
 * struct clasp_hole - large segments seem to vanish (RFC 4821, 7.7); all 0 where they do not
 * @at: ns from when on a probe may be sent
 * @start: of the probe, the first of its octets; valid while there is @len
 * @limit: no larger segments, as an MSS, but probes; 0 for none; search_low (RFC 4821, 7.2)
 * @passed: of this size one got through when larger ones did not; 0 for none
 * @most: search_high, likewise as an MSS; 0 for whatever the peer and the path allow
 * @len: octets of the probe that is under way, or whose loss is being repaired; 0 without one
 * @sure: @limit stays until a probe passes
 * @over: nothing is left between @limit and @most: from @at on a new search begins
 * @failed: the probe was lost, and nothing with it
 * @open: ACKs tell of it: any of @len, @passed and a @limit that is not sure
 */
struct clasp_hole {
	u64 at;
	u32 start;
	u16 limit;
	u16 passed;
	u16 most;
	u16 len;
	bool sure;
	bool over;
	bool failed;
	bool open;
};

/**
 * struct clasp_tcb - transmission control block (RFC 9293, 3.3.1)
 *
 * Free of pointers and of padding, so that it may be copied, compared and hashed as it stands.
 *
 * @deadline: ns, by enum clasp_timer; 0 when not armed
 * @rto_at: ns when the retransmission timer would expire, whichever timer stands for it now
 * @challenged_at: ns of the last challenge ACK, 0 before the first
 * @octets_at: ns when octets were last sent
 * @pace_at: ns when the next ones may be, where they are paced
 * @ts_recent_at: ns when @ts_recent was taken
 * @heard_at: ns when the peer last acknowledged anything
 * @stalled_at: ns when what is under way was first sent again, or first probed for; valid while @retries or
 *	@probes count
 * @acked: octets that were acknowledged, our FIN among them, and our SYN if we called
 * @received: octets that arrived in order, the peer's FIN among them
 * @ctl_at: ns when our SYN, later our FIN, was last sent
 * @cong: congestion control
 * @rack: how loss is found, where SACK is agreed
 * @space: by which the receive buffer grows
 * @hole: in the path
 * @snd_una: SND.UNA, oldest octet not acknowledged
 * @snd_nxt: SND.NXT, next octet to be sent for the first time
 * @rtx_nxt: next octet to be sent again; SND.NXT when none is
 * @lost_from: in its place where SACK is agreed, valid while anything is lost: before it nothing is
 * @snd_end: one past the last octet that the program gave us
 * @snd_push: one past the last octet of the last SEND that asked to push
 * @pushed: so many octets from SND.NXT on do not wait for company (TCP_NODELAY was set when they stood there)
 * @snd_small: one past the last octet of the last segment that was not full; known as long as it lies behind SND.UNA
 * @snd_wnd: SND.WND
 * @snd_wnd_max: largest SND.WND that the peer ever offered
 * @snd_wl1: SND.WL1, SEG.SEQ of the last window update
 * @snd_wl2: SND.WL2, SEG.ACK of the last window update
 * @iss: ISS
 * @rcv_nxt: RCV.NXT
 * @rcv_edge: right edge of the window that we advertised; it never moves left
 * @rcv_acked: RCV.NXT when we last sent an ACK
 * @rcv_fin: where the peer's FIN stands, once known
 * @irs: IRS
 * @ts_offset: added to the clock of our timestamps
 * @ts_recent: TS.Recent (RFC 7323, 4.3)
 * @srtt_us: SRTT in us, 0 before the first measurement
 * @rttvar_us: RTTVAR in us
 * @rto_us: RTO in us, without backoff
 * @segs_in: segments that arrived for this connection
 * @segs_out: segments that left
 * @resent: of them, those that left again
 * @recovery: of lost segments
 * @tail: of a flight, probed for, where SACK is agreed, as for those that follow
 * @prr: how much is sent while losses are repaired
 * @undo: of the last episode of loss
 * @sacks: for the peer
 * @ecn: whether routers on the way may mark what they would have to drop
 * @sacked: octets from SND.UNA on that the peer has SACKed
 * @lost: octets from SND.UNA on that are taken for lost
 * @peer_mss: what the peer's MSS option and the program allow; until it is heard, what it takes if it does not say
 * @rcv_mss: largest segment that the peer sent so far
 * @state: enum clasp_state
 * @retries: retransmissions since the last progress, for R2
 * @probes: probes of a closed window since it closed; backs the persist timer off
 * @error: enum clasp_error that ended the connection
 * @passive: opened by the peer
 * @fin_queued: the program has closed: our FIN stands at @snd_end
 * @fin_sent: our FIN was sent at least once
 * @fin_known: @rcv_fin is valid
 * @eof: the peer's FIN was delivered
 * @orphan: no program holds this end any more
 * @ack_now: an ACK is due at once
 * @rtx_head: send the first segment again, whatever @rtx_nxt says (fast retransmit)
 * @probe: send one octet into the closed window
 * @override: send what fits, however small (SWS avoidance timed out)
 * @syn_resent: our SYN was sent again: RTO and cwnd start with care (RFC 6298, 5.7; RFC 5681, 3.1)
 * @backoff: timeouts since the last measurement, each of which doubled RTO; progress alone does not
 *	lower it, or a path slower than RTO would never be measured (RFC 6298, section 5)
 * @unheard: keep-alives since the peer was last heard
 * @keepalive: send a keep-alive
 * @interactive: the program answers soon: its octets carry the ACKs
 * @quick: acknowledge every segment at once
 * @starved: octets found no memory: the peer sees a closed window until there is some
 * @snd_wscale: Snd.Wind.Shift (RFC 7323, 2.3)
 * @rcv_wscale: Rcv.Wind.Shift; 0 when there is no scaling, like the former
 * @wscale_ok: windows are scaled; this and the next two are an offer until the peer's SYN has come
 * @ts_ok: Snd.TS.OK: every segment has timestamps
 * @sack_ok: both permit SACK
 * @fin_lost: our FIN, which left without octets, is to be sent again; where SACK is agreed
 * @hurried: full segments that were acknowledged at once since the peer began, or began anew after a silence
 * @ctl_again: what @ctl_at tells of had been sent before
 * @ctl_laden: octets went with it
 * @rcv_pushed: octets came that nothing need follow, and no ACK has left since
 * @frto: enum clasp_frto
 */
struct clasp_tcb {
	u64 deadline[CLASP_TIMERS];
	u64 rto_at;
	u64 challenged_at;
	u64 octets_at;
	u64 pace_at;
	u64 ts_recent_at;
	u64 heard_at;
	u64 stalled_at;
	u64 acked;
	u64 received;
	u64 ctl_at;
	struct clasp_cong cong;
	struct clasp_rack rack;
	struct clasp_space space;
	struct clasp_hole hole;
	u32 snd_una;
	u32 snd_nxt;
	union {
		u32 rtx_nxt;
		u32 lost_from;
	};
	u32 snd_end;
	u32 snd_push;
	u32 pushed;
	u32 snd_small;
	u32 snd_wnd;
	u32 snd_wnd_max;
	u32 snd_wl1;
	u32 snd_wl2;
	u32 iss;
	u32 rcv_nxt;
	u32 rcv_edge;
	u32 rcv_acked;
	u32 rcv_fin;
	u32 irs;
	u32 ts_offset;
	u32 ts_recent;
	u32 srtt_us;
	u32 rttvar_us;
	u32 rto_us;
	u32 segs_in;
	u32 segs_out;
	u32 resent;
	struct clasp_recovery recovery;
	struct clasp_tail tail;
	struct clasp_prr prr;
	struct clasp_undo undo;
	struct clasp_sacks sacks;
	struct clasp_ecn ecn;
	u32 sacked;
	u32 lost;
	u16 peer_mss;
	u16 rcv_mss;
	u8 state;
	u8 retries;
	u8 probes;
	u8 error;
	bool passive;
	bool fin_queued;
	bool fin_sent;
	bool fin_known;
	bool eof;
	bool orphan;
	bool ack_now;
	bool rtx_head;
	bool probe;
	bool override;
	bool syn_resent;
	u8 backoff;
	u8 unheard;
	bool keepalive;
	bool interactive;
	bool quick;
	bool starved;
	u8 snd_wscale;
	u8 rcv_wscale;
	bool wscale_ok;
	bool ts_ok;
	bool sack_ok;
	bool fin_lost;
	u8 hurried;
	bool ctl_again;
	bool ctl_laden;
	bool rcv_pushed;
	u8 frto;
};

enum clasp_out_kind {
	CLASP_OUT_NOTHING,
	CLASP_OUT_ACK,			/* no payload; SYN and FIN alone are of this kind too */
	CLASP_OUT_DATA,			/* octets sent for the first time: a node is born in sent() */
	CLASP_OUT_AGAIN,		/* the node `seg`, or its front, once more */
};

/**
 * struct clasp_out - a proposed segment
 * @seg: the node to be sent again, with CLASP_OUT_AGAIN
 * @len: at most this many octets of payload, from @header.seq
 * @mss: octets of a full packet; of a super-packet @len is larger
 * @kind: enum clasp_out_kind
 * @idle: nothing was sent for so long that cwnd is out of date
 * @header: what to put on the wire
 */
struct clasp_out {
	struct clasp_seg *seg;
	u32 len;
	u16 mss;
	u8 kind;
	bool idle;
	struct clasp_header header;
};

/* Why a proposed segment did not leave. */
enum clasp_refusal {
	CLASP_REFUSED_MEMORY,		/* nothing to build it with */
	CLASP_REFUSED_LOCALLY,		/* a hook, a filter or the device said no */
	CLASP_REFUSED_QUEUE,		/* enough of ours waits below; the shell calls when it drained */
};

/**
 * enum clasp_ending - how a program leaves
 * @CLASP_END_WRITE: shutdown(SHUT_WR): it may still read
 * @CLASP_END_SOCKET: close(): nobody holds the socket any more
 */
enum clasp_ending {
	CLASP_END_WRITE,
	CLASP_END_SOCKET,
};

/* the program: call.c */
void clasp_call_forget(struct clasp_tcb *tcb);
void clasp_call_open_passive(struct clasp_tcb *tcb);
void clasp_call_open_active(struct clasp_tcb *tcb, const struct clasp_config *config,
			    const struct clasp_opening *opening);
void clasp_call_send(struct clasp_tcb *tcb, u32 len, bool push);
bool clasp_call_receive(struct clasp_tcb *tcb, const struct clasp_env *env);
bool clasp_call_await(struct clasp_tcb *tcb);
void clasp_call_close(struct clasp_tcb *tcb, const struct clasp_env *env,
		      enum clasp_ending ending, bool unread, struct clasp_result *result);
void clasp_call_abort(struct clasp_tcb *tcb, u64 now, struct clasp_result *result);

/* the network: input.c */
void clasp_input_any(struct clasp_tcb *tcb, const struct clasp_env *env, const struct clasp_in *in,
		     struct clasp_result *result);
void clasp_input_held(struct clasp_tcb *tcb, struct clasp_in *syn);
void clasp_input_segment(struct clasp_tcb *tcb, const struct clasp_env *env,
			 const struct clasp_in *in, struct clasp_result *result);

/* time: timer.c */
u64 clasp_timer_deadline(const struct clasp_tcb *tcb);
u8 clasp_timer_due(const struct clasp_tcb *tcb, u64 now);
void clasp_timer_expired(struct clasp_tcb *tcb, const struct clasp_env *env,
			 struct clasp_result *result);
const char *clasp_timer_name(u8 timer);

/* sending: output.c proposes, sent.c commits */
void clasp_output_next(struct clasp_tcb *tcb, const struct clasp_env *env, struct clasp_out *out);
void clasp_output_ack(const struct clasp_tcb *tcb, const struct clasp_env *env,
		      struct clasp_out *out);
void clasp_output_sent(struct clasp_tcb *tcb, const struct clasp_env *env,
		       const struct clasp_out *out, struct clasp_seg *seg, u32 len);
void clasp_output_refused(struct clasp_tcb *tcb, const struct clasp_env *env,
			  const struct clasp_out *out, enum clasp_refusal why);

/* canonical form, for whoever compares or hashes blocks: canon.c */
void clasp_tcb_canon(struct clasp_tcb *tcb, u64 now);

/* The setter, for a full block. */
static inline bool clasp_tcb_walk(struct clasp_tcb *tcb, u8 event)
{
	return clasp_state_walk(&tcb->state, CLASP_CONNECTION, tcb, event);
}

/**
 * clasp_tcb_unsent - octets that the program gave and that were never sent
 * @tcb: any state
 */
static inline u32 clasp_tcb_unsent(const struct clasp_tcb *tcb)
{
	return seq_before(tcb->snd_nxt, tcb->snd_end) ?
	       seq_distance(tcb->snd_nxt, tcb->snd_end) : 0;
}

/* The octets and flags that were sent and are not acknowledged. */
static inline u32 clasp_tcb_outstanding(const struct clasp_tcb *tcb)
{
	return seq_distance(tcb->snd_una, tcb->snd_nxt);
}

/* Our SYN, sent or not, is not acknowledged: nothing else may leave. */
static inline bool clasp_tcb_syn_pending(const struct clasp_tcb *tcb)
{
	return tcb->snd_una == tcb->iss;
}

/* Our FIN was sent and is acknowledged. */
static inline bool clasp_tcb_fin_acked(const struct clasp_tcb *tcb)
{
	return tcb->fin_sent && tcb->snd_una == tcb->snd_end + 1;
}

/*
 * The octets under way that are neither known to have arrived nor taken for lost (RFC 6675, section 2, pipe). A FIN
 * takes no room in the network.
 */
static inline u32 clasp_tcb_pipe(const struct clasp_tcb *tcb)
{
	bool fin = tcb->fin_sent && !clasp_tcb_fin_acked(tcb);

	return clasp_tcb_outstanding(tcb) - fin - tcb->sacked - tcb->lost;
}

/* Our FIN is under way, and no octets with it that would take it along when they are sent again. */
static inline bool clasp_tcb_fin_bare(const struct clasp_tcb *tcb)
{
	return tcb->fin_sent && !clasp_tcb_fin_acked(tcb) &&
	       (!tcb->ctl_laden || tcb->snd_una == tcb->snd_end);
}

/**
 * clasp_tcb_bare_seq - SEG.SEQ of a segment that carries nothing: ACK or RST
 * @tcb: any state
 *
 * SND.NXT, but not beyond the window's edge: with a probe or a shrunk window in between, the peer could
 * accept none of them, nor what they acknowledge (RFC 9293, A.2; Linux does so). A window that was rounded down to
 * whole units has not shrunk: the peer has what lies less than one beyond it (RFC 7323, 2.4 and appendix F).
 */
static inline u32 clasp_tcb_bare_seq(const struct clasp_tcb *tcb)
{
	u32 beyond = seq_distance(tcb->snd_una + tcb->snd_wnd, tcb->snd_nxt);

	if (clasp_tcb_syn_pending(tcb) || beyond < 1U << tcb->snd_wscale)
		return tcb->snd_nxt;
	return seq_earlier(tcb->snd_nxt, tcb->snd_una + tcb->snd_wnd);
}

/*
 * The window for what is sent again: what was sent within a window that was then rounded down to whole units lies less
 * than one beyond it (RFC 7323, 2.4). Into a closed one nothing is sent again but what asks for it.
 */
static inline u32 clasp_tcb_snd_wnd_again(const struct clasp_tcb *tcb)
{
	return tcb->snd_wnd ? tcb->snd_wnd + (1U << tcb->snd_wscale) - 1 : 0;
}

/*
 * SND.MSS: what the peer and the path allow (RFC 9293, 3.7.1). Both are without options, IP's and our own, whose
 * octets therefore come off the smaller of the two (RFC 6691). IPv6's extension headers may be larger than a packet.
 */
static inline u32 clasp_tcb_snd_mss(const struct clasp_tcb *tcb, const struct clasp_env *env)
{
	u32 allowed = clasp_min(tcb->peer_mss, env->mss);

	if (tcb->hole.limit)
		allowed = clasp_min(allowed, tcb->hole.limit);
	allowed = allowed > env->ip_options ? allowed - env->ip_options : 0;
	return clasp_max(allowed, CLASP_MSS_LEAST) - (tcb->ts_ok ? CLASP_TIMESTAMPS_LEN : 0);
}

/**
 * clasp_out_shorten - the shell builds less than was proposed
 * @out: a proposal
 * @len: octets of payload that there will be, at most @out->len
 *
 * What belongs to the last octet (FIN, PSH) stays behind with it.
 */
static inline void clasp_out_shorten(struct clasp_out *out, u32 len)
{
	if (len < out->len)
		out->header.flags &= ~(CLASP_FIN | CLASP_PSH);
	out->len = len;
}

#endif
