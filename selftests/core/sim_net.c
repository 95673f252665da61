// SPDX-License-Identifier: GPL-2.0
/*
 * The network between two hosts, and the eavesdropper on it who knows what neither end may ever do:
 * take back a window, acknowledge what was not sent, send beyond what was offered. The forger sends
 * only what must not be believed.
 */
#include "letters.h"
#include "sim.h"

#define IN_FLIGHT_MAX 2048
#define FIRST_WINDOW 14600	/* octets (RFC 6928) */

struct flight {
	u64 at;
	u64 order;
	u8 to;
	bool lost;
	struct segment segment;
};

static struct flight flights[IN_FLIGHT_MAX];
static u16 heap[IN_FLIGHT_MAX], heap_count;
static u16 spare[IN_FLIGHT_MAX], spare_count;
static u64 order;

void net_reset(void)
{
	heap_count = 0;
	spare_count = 0;
	order = 0;
	for (u32 i = 0; i < IN_FLIGHT_MAX; i++)
		spare[spare_count++] = i;
}

static bool sooner(u16 a, u16 b)
{
	const struct flight *x = &flights[a], *y = &flights[b];

	return x->at < y->at || (x->at == y->at && x->order < y->order);
}

static void heap_push(u16 flight)
{
	u32 at = heap_count++;

	while (at && sooner(flight, heap[(at - 1) / 2])) {
		heap[at] = heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap[at] = flight;
}

static u16 heap_pop(void)
{
	u16 top = heap[0], last = heap[--heap_count];
	u32 at = 0, child;

	for (; (child = 2 * at + 1) < heap_count; at = child) {
		if (child + 1u < heap_count && sooner(heap[child + 1], heap[child]))
			child++;
		if (!sooner(heap[child], last))
			break;
		heap[at] = heap[child];
	}
	heap[at] = last;
	return top;
}

u64 net_next_at(void)
{
	return heap_count ? flights[heap[0]].at : 0;
}

static void fly(u8 to, const struct segment *segment)
{
	const struct scenario *scenario = &world.scenario;
	struct flight *flight;
	u16 index;

	if (!spare_count)
		return;
	index = spare[--spare_count];
	flight = &flights[index];
	flight->at = world.now + scenario->delay + dice_below(scenario->jitter + 1);
	if (dice_chance(scenario->reorder))
		flight->at += dice_below(scenario->hold + 1);
	flight->order = order++;
	flight->to = to;
	flight->lost = false;
	flight->segment.header = segment->header;
	if (segment->header.ecn && dice_chance(scenario->mark))
		flight->segment.header.ecn = CLASP_CE;
	flight->segment.len = segment->len;
	memcpy(flight->segment.data, segment->data, segment->len);
	heap_push(index);
}

static void tell(const char *what, const struct host *host, const struct segment *segment)
{
	const struct clasp_header *header = &segment->header;
	const struct wiretap *own = &world.tap[host->id], *other = &world.tap[!host->id];
	char flags[9];

	if (!world.verbose)
		return;
	if (what[0] == '<') {
		const struct wiretap *swap = own;

		own = other;
		other = swap;
	}
	chronicle("%c %s %-4s seq %u ack %u len %u win %u  %s", host->id ? 'S' : 'C', what,
		  letters_of(header->flags, flags),
		  header->seq - own->iss, header->flags & CLASP_ACK ? header->ack - other->iss : 0,
		  segment->len, header->wnd, clasp_state_name(host_state(host)));
}

/* The two ends speak of the same incarnation. */
static bool same_incarnation(const struct host *host)
{
	const struct wiretap *peer = &world.tap[!host->id];

	if (world.tap[host->id].stale || !peer->known)
		return false;
	if (host->flow == FLOW_EMBRYO)
		return host->embryo.irs == peer->iss;
	return host->flow != FLOW_CONNECTION || !clasp_state_synchronized(host->ep.tcb.state) ||
	       host->ep.tcb.irs == peer->iss;
}

/* RFC 7323, 2.2: both SYNs had the option, and this is none. */
static u8 shift_of(const struct host *host, const struct clasp_header *header)
{
	const struct clasp_options *own = &world.tap[host->id].syn;

	return own->has_wscale && world.tap[!host->id].syn.has_wscale &&
	       !(header->flags & CLASP_SYN) ? own->wscale : 0;
}

/* What stands in a SYN,ACK stood in the SYN; nothing of it in any other segment, but timestamps in each. */
static void check_options(const struct host *host, const struct clasp_header *header)
{
	const struct clasp_options *options = &header->options;
	const struct clasp_options *offered = &world.tap[!host->id].syn;
	struct wiretap *own = &world.tap[host->id];
	bool syn = header->flags & CLASP_SYN;

	if (options->timestamps) {
		if (own->syn.timestamps && seq_before(options->ts_val, own->ts_val))
			violation(host, "has a timestamp older than the one before");
		own->ts_val = options->ts_val;
	}
	if (!syn && (options->mss || options->has_wscale || options->sack_permitted))
		violation(host, "puts into a segment what belongs into a SYN");
	if (!(header->flags & CLASP_ACK) || !same_incarnation(host))
		return;
	if (syn && ((options->has_wscale && !offered->has_wscale) ||
		    (options->sack_permitted && !offered->sack_permitted)))
		violation(host, "answers an option that the SYN did not have");
	if (options->timestamps != (own->syn.timestamps && offered->timestamps))
		violation(host, "%s timestamps", options->timestamps ? "has" : "lacks");
}

static void check_offer(const struct host *host, const struct clasp_header *header)
{
	struct wiretap *own = &world.tap[host->id], *peer = &world.tap[!host->id];
	u8 shift = shift_of(host, header);
	u32 edge = header->ack + ((u32)header->wnd << shift);
	u32 rounded = edge + (1U << shift) - 1;	/* RFC 7323, 2.4: down to whole units */

	if (!same_incarnation(host))
		return;
	if (seq_after(header->ack, peer->snd_max))
		violation(host, "acknowledges %u octets that were never sent",
			  header->ack - peer->snd_max);
	if (host->flow == FLOW_CONNECTION && host->ep.tcb.starved && !header->wnd)
		return;
	if (own->offered && seq_before(rounded, own->edge))
		violation(host, "takes %u octets of window back", own->edge - edge);
	if (!own->offered && seq_before(rounded, peer->iss + 1 + own->syn_wnd))
		violation(host, "takes back the window of its SYN");
	if (!own->offered || seq_after(edge, own->edge))
		own->edge = edge;
	own->offered = true;
}

static void check_length(const struct host *host, const struct segment *segment)
{
	const struct clasp_header *header = &segment->header;
	const struct wiretap *peer = &world.tap[!host->id];
	u32 len = segment->len + clasp_options_len(&header->options);

	if (!segment->len)
		return;
	if (len > host->mss || (same_incarnation(host) && len > clasp_max(peer->mss, CLASP_MSS_FLOOR)))
		violation(host, "sends %u octets in one segment", segment->len);
	if (same_incarnation(host) && peer->offered &&
	    seq_after(header->seq + segment->len, peer->edge + 1))
		violation(host, "sends %u octets beyond the window offered",
			  header->seq + segment->len - peer->edge);
}

/*
 * RFC 3168, 6.1.1 and 6.1.4 to 6.1.6: what may be marked, and CWR, is in new octets alone, of who has asked for it in
 * each SYN and was answered; who has agreed to nothing echoes nothing.
 */
static void check_ecn(const struct host *host, const struct segment *segment)
{
	const struct clasp_header *header = &segment->header;
	const struct wiretap *own = &world.tap[host->id], *peer = &world.tap[!host->id];
	bool told = header->ecn || (header->flags & CLASP_CWR);

	if ((header->flags & CLASP_SYN) || !same_incarnation(host))
		return;
	if (told && (!own->asks || !peer->asked))
		violation(host, "speaks of ECN to who has not agreed");
	if (told && (!segment->len || seq_before(header->seq, own->snd_max)))
		violation(host, "may be marked, and brings nothing new");
	if (header->ecn && header->ecn != CLASP_ECT_0)
		violation(host, "marks by itself");
	if ((header->flags & CLASP_ECE) && !world.config[host->id].ecn)
		violation(host, "echoes what it knows nothing of");
}

/* What a timer sends leaves whatever holds others back. */
static bool urged(const struct host *host, const struct segment *segment)
{
	const struct clasp_tcb *tcb = &host->ep.tcb;

	return tcb->tail.due || tcb->probe ||
	       (tcb->retries && seq_before_eq(segment->header.seq, tcb->snd_una));
}

/* Behind the first window no faster than the program allows, but for a millisecond and half a segment. */
static void check_pace(const struct host *host, const struct segment *segment)
{
	struct wiretap *own = &world.tap[host->id];
	u32 position = segment->header.seq - own->iss - 1;
	u64 ahead;

	if (!host->pace || !segment->len || position + segment->len <= FIRST_WINDOW)
		return;
	ahead = CLASP_MSEC + SEGMENT_MAX * CLASP_SEC / host->pace / 2;
	if (own->turn_at > world.now + ahead && !urged(host, segment))
		violation(host, "sends %u octets %llu us too early", segment->len,
			  (unsigned long long)(own->turn_at - world.now) / 1000);
	own->turn_at = clasp_max64(own->turn_at, world.now) + segment->len * CLASP_SEC / host->pace;
}

/* In a SYN both flags ask for ECN, in a SYN,ACK one grants it. */
static void note_asking(struct wiretap *own, u8 flags)
{
	u8 asks = flags & CLASP_ACK ? CLASP_ECE : CLASP_ECE | CLASP_CWR;

	bool does = (flags & (CLASP_ECE | CLASP_CWR)) == asks;

	own->asks &= does;
	own->asked |= does;
}

static void eavesdrop(const struct host *host, const struct segment *segment)
{
	const struct clasp_header *header = &segment->header;
	struct wiretap *own = &world.tap[host->id];
	u32 end = header->seq + segment->len + !!(header->flags & CLASP_SYN) +
		  !!(header->flags & CLASP_FIN);

	if (header->flags & CLASP_RST)
		return;
	if (header->flags & CLASP_SYN && (!own->known || own->iss != header->seq)) {
		*own = (struct wiretap){
			.iss = header->seq, .snd_max = header->seq, .known = true,
			.ts_val = header->options.ts_val, .syn = header->options, .asks = true,
		};
		if (!(header->flags & CLASP_ACK)) {
			own->syn_wnd = header->wnd;
			world.tap[!host->id].stale = true;
		}
	}
	if (header->flags & CLASP_SYN)
		note_asking(own, header->flags);
	check_ecn(host, segment);
	own->mss = clasp_max(own->mss, header->options.mss);
	own->closed |= !header->wnd;
	if (world.scenario.perfect && !own->closed && !world.tap[!host->id].closed &&
	    segment->len && seq_before(header->seq, own->snd_max))
		violation(host, "sends %u octets again, though nothing was lost", segment->len);
	if (seq_after(end, own->snd_max))
		own->snd_max = end;
	check_options(host, header);
	if (header->flags & CLASP_ACK)
		check_offer(host, header);
	check_length(host, segment);
	check_pace(host, segment);
}

bool wire_takes(struct host *host, const struct clasp_out *out, enum clasp_refusal *why)
{
	(void)out;
	if (!dice_chance(world.scenario.refuse))
		return true;
	*why = dice_below(3);
	if (*why == CLASP_REFUSED_QUEUE)
		world.kick_at[host->id] = world.now + 1 + dice_below(10 * CLASP_MSEC);
	chronicle("%c refused, reason %u", host->id ? 'S' : 'C', *why);
	return false;
}

u32 wire_shorten(struct host *host, u32 len)
{
	(void)host;
	return dice_chance(world.scenario.shorten) ? 1 + dice_below(len) : len;
}

static bool vanishes(const struct segment *segment)
{
	u32 most = world.scenario.strait;

	if (world.scenario.widens_at && world.now >= world.scenario.widens_at)
		return false;
	return most && segment->len + clasp_options_len(&segment->header.options) > most;
}

void wire_transmit(struct host *host, const struct segment *segment, u64 now)
{
	world.segments++;
	eavesdrop(host, segment);
	if (dice_chance(world.scenario.loss) || vanishes(segment) ||
	    (world.scenario.blackout_at && now >= world.scenario.blackout_at)) {
		tell("x>", host, segment);
		return;
	}
	tell("->", host, segment);
	fly(!host->id, segment);
	if (dice_chance(world.scenario.duplicate))
		fly(!host->id, segment);
}

/* Segments that RFC 9293 and RFC 5961 forbid to believe, by one who knows every number. */
static void forge(const struct host *host, struct segment *forged)
{
	const struct clasp_tcb *tcb = &host->ep.tcb;
	struct clasp_header *header = &forged->header;
	u32 wnd = seq_distance(tcb->rcv_nxt, tcb->rcv_edge);

	header->wnd = dice();
	header->seq = tcb->rcv_nxt + dice_below(wnd + 1);
	header->ack = tcb->snd_una;
	header->options.timestamps = tcb->ts_ok;
	header->options.ts_val = tcb->ts_recent + dice_below(0x7fffffff);
	forged->len = dice_below(20);
	switch (dice_below(tcb->ts_ok ? 8 : 6)) {
	case 0:	/* an RST in the window, but not exact */
		header->flags = CLASP_RST;
		header->seq = tcb->rcv_nxt + 1 + dice_below(wnd + 10);
		break;
	case 1:	/* a SYN, anywhere */
		header->flags = CLASP_SYN | (dice() & CLASP_ACK);
		header->seq = dice();
		break;
	case 2:	/* data that acknowledges what was never sent */
		header->flags = CLASP_ACK | (dice() & (CLASP_FIN | CLASP_PSH));
		header->ack = tcb->snd_nxt + 1 + dice_below(0x7ffffff0);
		break;
	case 3:	/* data that acknowledges what was long ago */
		header->flags = CLASP_ACK | (dice() & CLASP_FIN);
		header->ack = tcb->snd_una - tcb->snd_wnd_max - 1 - dice_below(0x3fffffff);
		break;
	case 4:	/* data and FIN without ACK */
		header->flags = dice() & (CLASP_FIN | CLASP_PSH);
		break;
	case 6:	/* what would be right, if it were not of the past */
		header->flags = CLASP_ACK | (dice() & CLASP_FIN);
		header->seq = tcb->rcv_nxt;
		header->options.ts_val = tcb->ts_recent - 1 - dice_below(0x7fffffff);
		break;
	case 7:	/* the same without a timestamp */
		header->flags = CLASP_ACK | (dice() & CLASP_FIN);
		header->seq = tcb->rcv_nxt;
		header->options.timestamps = false;
		break;
	default:	/* data from beyond the window */
		header->flags = CLASP_ACK | (dice() & CLASP_FIN);
		header->seq = tcb->rcv_edge + 1 + dice_below(0x3fffffff);
		header->ack = tcb->snd_nxt;
		break;
	}
}

static void attack(struct host *host)
{
	struct clasp_tcb before = host->ep.tcb;
	const struct clasp_tcb *tcb = &host->ep.tcb;
	struct segment forged = { 0 };
	u32 unread = host_unread(host);

	if (host->flow != FLOW_CONNECTION || !clasp_state_synchronized(tcb->state))
		return;
	forge(host, &forged);
	tell("<!", host, &forged);
	host_segment(host, &forged, world.now);
	if (tcb->state != before.state || tcb->snd_una != before.snd_una ||
	    tcb->rcv_nxt != before.rcv_nxt || tcb->snd_wnd != before.snd_wnd ||
	    tcb->fin_known != before.fin_known || tcb->ts_recent != before.ts_recent || host_unread(host) != unread)
		violation(host, "believes a forged segment, flags %02x", forged.header.flags);
}

void net_deliver(void)
{
	u16 index = heap_pop();
	struct flight *flight = &flights[index];
	struct host *host = &world.host[flight->to];

	if (dice_chance(world.scenario.attack))
		attack(host);
	if (!flight->lost) {
		tell("<-", host, &flight->segment);
		host_segment(host, &flight->segment, world.now);
	}
	spare[spare_count++] = index;
}

/* A router with a narrower way drops what is too large for it, and tells the sender of one of them (RFC 1191). */
void net_narrows(struct host *host)
{
	const struct segment *dropped = NULL;

	for (u32 i = 0; i < heap_count; i++) {
		struct flight *flight = &flights[heap[i]];

		if (flight->to == host->id || flight->lost || flight->segment.len <= host->mss)
			continue;
		flight->lost = true;
		dropped = &flight->segment;
		tell("x>", host, dropped);
	}
	if (dropped)
		host_too_large(host, dropped->header.seq, world.now);
}
