// SPDX-License-Identifier: GPL-2.0
/*
 * When two moments are the same: a canonical form, in which what cannot matter any more is left out, and
 * a digest of it. What octets say is left out too: they are told by their position, and each one is
 * checked when it is read.
 */
#include <stddef.h>

#include "explore.h"

/* Words are hashed in pairs: what is spent, which is 0 here, completes the last one where it must. */
#define DIGEST_WORDS ((offsetof(struct moment, spent) / sizeof(u64) + 1) & ~1UL)

_Static_assert(DIGEST_WORDS * sizeof(u64) <= sizeof(struct moment), "nothing behind a moment");

static void canon_segs(struct clasp_segs *segs, u32 base)
{
	for (u32 i = 0; i < SHELL_NODES; i++) {
		struct clasp_seg node = segs->node[i];

		memset(&segs->node[i], 0, sizeof(node));
		if (i >= segs->count)
			continue;
		segs->node[i].seq = node.seq - base;
		segs->node[i].len = node.len;
		segs->node[i].sent_at = node.sent_at;
		segs->node[i].marks = node.marks & (CLASP_SEG_SACKED | CLASP_SEG_LOST);
	}
}

/* Of when a segment left RACK knows whether it was before what has arrived, and whether long ago. */
static u64 canon_time(const struct clasp_tcb *tcb, u64 sent_at, u32 end)
{
	const struct clasp_rack *rack = &tcb->rack;
	bool before = rack->sent_at > sent_at || (rack->sent_at == sent_at && seq_after(rack->end, end));

	return tcb->sack_ok ? before + 2 * (sent_at < NOW) : 0;
}

/* A FIN that has arrived, as far as the peer told, does not do so again. */
static void canon_times(struct endpoint *ep)
{
	struct clasp_tcb *tcb = &ep->tcb;
	bool fin = tcb->fin_sent && !clasp_tcb_fin_acked(tcb);

	for (u32 i = 0; i < ep->rtx.count; i++) {
		struct clasp_seg *seg = &ep->rtx.node[i];

		seg->sent_at = canon_time(tcb, seg->sent_at, clasp_seg_end(seg));
	}
	tcb->ctl_at = fin ? canon_time(tcb, tcb->ctl_at, tcb->snd_nxt) : 0;
	tcb->rack.fack = fin && tcb->rack.fack == tcb->snd_nxt;
}

/*
 * Left out of a connection's digest is what has no effect where time has none and two octets are
 * all there is: when a segment left and whether it may be measured, how far a timer is backed off,
 * the congestion window, which is never smaller than a segment, duplicate ACKs of a loss that is being
 * repaired, how long RACK waits where a round trip takes none, PRR's sums,
 * and which segment told the window where its right edge never moves.
 */
static void canon_connection(struct host *host)
{
	struct clasp_tcb *tcb = &host->ep.tcb;
	u32 iss = tcb->iss - scenario->iss[host->id], irs = tcb->irs - scenario->iss[!host->id];
	u64 fin_at;
	u32 fack;

	canon_times(&host->ep);
	fin_at = tcb->ctl_at;
	fack = tcb->rack.fack;
	canon_segs(&host->ep.rtx, tcb->iss);
	canon_segs(&host->ep.ooo, tcb->irs);
	host->snd_base -= tcb->iss;
	host->rcv_base -= tcb->irs;
	host->rcv_next -= tcb->irs;
	clasp_tcb_canon(tcb, NOW);
	tcb->iss = iss;
	tcb->irs = irs;
	for (u32 i = 0; i < CLASP_TIMERS; i++)
		tcb->deadline[i] = !!tcb->deadline[i];
	tcb->challenged_at = scenario->patience && tcb->challenged_at;
	tcb->octets_at = 0;
	tcb->heard_at = 0;
	tcb->stalled_at = 0;
	tcb->interactive = false;
	tcb->ctl_at = fin_at;
	tcb->ctl_again = false;
	tcb->rto_at = 0;
	tcb->backoff = 0;
	memset(&tcb->cong, 0, sizeof(tcb->cong));
	if (tcb->recovery.lossy)
		tcb->recovery.dup_acks = 0;
	tcb->rack.sent_at = tcb->rack.sent_at > 1;
	tcb->rack.min_at = 0;
	tcb->rack.min_rtt_us = 0;
	tcb->rack.rtt_us = 0;
	tcb->rack.quarters = 0;
	tcb->rack.persist = 0;
	tcb->rack.fack = fack;
	tcb->rack.reordered = false;
	tcb->rack.widened = false;
	tcb->rack.widened_at = 0;
	if (!tcb->recovery.lossy)
		memset(&tcb->undo, 0, sizeof(tcb->undo));
	memset(&tcb->prr, 0, sizeof(tcb->prr));
	tcb->rcv_acked = 0;
	if (!scenario->reads) {
		tcb->snd_wl1 = 0;
		tcb->snd_wl2 = 0;
	}
	if (clasp_state_synchronized(tcb->state))
		tcb->syn_resent = false;
	tcb->probes = clasp_min(tcb->probes, host->config->orphan_retries);
}

static void canon_host(struct host *host)
{
	host->tw_since = 0;
	host->accept_full = false;
	if (host->flow == FLOW_CONNECTION) {
		canon_connection(host);
	} else {
		memset(&host->ep, 0, sizeof(host->ep));
		host->rcv_next = host_unread(host);
		host->rcv_base = 0;
		host->snd_base = 0;
		host->snd_queued = 0;
	}
	host->iss -= scenario->iss[host->id];
	host->embryo.iss -= scenario->iss[host->id];
	host->embryo.irs -= scenario->iss[!host->id];
	host->tw.snd_nxt -= scenario->iss[host->id];
	host->tw.rcv_nxt -= scenario->iss[!host->id];
	if (host->flow != FLOW_EMBRYO)
		memset(&host->embryo, 0, sizeof(host->embryo));
	if (host->flow != FLOW_TW)
		memset(&host->tw, 0, sizeof(host->tw));
	host->embryo.sent_at = 0;
	host->embryo.again = 0;
	host->embryo.deadline = !!host->embryo.deadline;
	host->embryo.challenged_at = scenario->patience && host->embryo.challenged_at;
	host->tw.started_at = 0;
	host->tw.challenged_at = scenario->patience && host->tw.challenged_at;
	host->config = NULL;
	memset(host->snd, 0, sizeof(host->snd));
	memset(host->rcv, 0, sizeof(host->rcv));
}

static u64 fold(u64 a, u64 b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return product ^ product >> 64;
}

/* Two sums of products of neighbouring words, each word with its place's own keys. */
static void hash(const u64 *words, struct digest *digest)
{
	static u64 keys[2 * DIGEST_WORDS];
	u64 a = 0, b = 0, *more = keys + DIGEST_WORDS;

	for (u64 i = 0; !keys[2 * DIGEST_WORDS - 1] && i < 2 * DIGEST_WORDS; i++)
		keys[i] = fold(i + 0x9e3779b97f4a7c15ULL, 0xd6e8feb86659fd93ULL * (2 * i + 1));
	for (u32 i = 0; i < DIGEST_WORDS; i += 2) {
		a += fold(words[i] ^ keys[i], words[i + 1] ^ keys[i + 1]);
		b += fold(words[i] ^ more[i], words[i + 1] ^ more[i + 1]);
	}
	digest->word[0] = a;
	digest->word[1] = a >> 32;
	digest->word[2] = b;
	digest->word[3] = b >> 32;
}

/* Whole objects, numbers counted from the initial ones, armed or not in place of when. */
void moment_digest(const struct moment *moment, struct digest *digest)
{
	struct moment canon;

	memcpy(&canon, moment, sizeof(canon));
	canon_host(&canon.host[0]);
	canon_host(&canon.host[1]);
	for (u32 i = 0; i < 2; i++) {
		canon.program[i].shut &= !canon.program[i].closed;
		canon.host[i].error &= -(canon.program[i].running && !canon.program[i].closed);
		for (u32 j = 0; j < canon.to[i].count; j++) {
			struct clasp_header *header = &canon.to[i].segment[j].header;

			header->seq -= scenario->iss[!i];
			if (header->flags & CLASP_ACK)
				header->ack -= scenario->iss[i];
		}
	}
	memset(canon.spent, 0, sizeof(canon.spent));
	hash((const u64 *)&canon, digest);
}

/* All counts in one number, see spent_less(). */
u32 moment_spent(const struct moment *moment)
{
	u32 spent = 0;

	for (u32 i = 0; i < SPENDINGS; i++)
		spent |= (u32)moment->spent[i] << SPENT_BITS * i;
	return spent;
}
