// SPDX-License-Identifier: GPL-2.0
/*
 * The explorer has no clock: each step takes a millisecond, so the times beside a ladder count
 * steps. Segments under way have no numbers in the explorer's world; here each transmission gets one,
 * kept in step with the channels.
 */
#include "explore_tell.h"

#define BEGIN_MS 1000

static FILE *tale;
static u32 ms;
static u8 teller;
static u32 transmissions;
static u32 under_way[2][CHANNEL_MAX];
static u32 under_way_count[2];

static const char *const addresses[] = { "10.0.0.1", "10.0.0.2" };
static const u32 ports[] = { 40000, 7000 };
static const char *const kinds[] = {
	[CLASP_CONNECTION] = "connection", [CLASP_EMBRYO] = "embryo", [CLASP_TW] = "time_wait",
};

static void event(const char *name, u8 at)
{
	fprintf(tale, "  explore-1 [000] ..s1. %u.%06u: clasp_%s: net=%u", ms / 1000,
		ms % 1000 * 1000, name, at + 1);
}

static void ends(u8 at, bool alone)
{
	fprintf(tale, " local=::ffff:%s lport=%u remote=::ffff:%s rport=%u", addresses[at],
		ports[at], alone ? "0.0.0.0" : addresses[!at], alone ? 0 : ports[!at]);
}

/* A listener has no peer. */
static void walked(enum clasp_kind kind, const struct clasp_row *row)
{
	event("transition", teller);
	ends(teller, kind == CLASP_CONNECTION &&
	     (row->state == CLASP_LISTEN || row->next == CLASP_LISTEN));
	fprintf(tale, " kind=%s from=%s to=%s event=%s row=%u\n", kinds[kind],
		clasp_state_name(row->state), clasp_state_name(row->next),
		clasp_event_name(row->event), (u32)(row - clasp_state_table));
}

/* From now on everything that happens is told to @file; first a server may begin to listen. */
void tell_begin(FILE *file)
{
	tale = file;
	ms = BEGIN_MS;
	teller = SERVER;
	transmissions = 0;
	under_way_count[CLIENT] = 0;
	under_way_count[SERVER] = 0;
	fputs("# host client net=1\n# host server net=2\n", tale);
	shell.on_walk = walked;
}

void tell_end(void)
{
	tale = NULL;
	shell.on_walk = NULL;
}

/* A step begins, at this end. */
void tell_step(u8 at)
{
	ms++;
	teller = at;
}

void tell_timer(const struct host *host, const char *name)
{
	if (!tale)
		return;
	event("timer_fired", host->id);
	ends(host->id, false);
	fprintf(tale, " kind=%s timer=%s state=%s retries=0\n",
		kinds[host->flow == FLOW_EMBRYO ? CLASP_EMBRYO :
		      host->flow == FLOW_TW ? CLASP_TW : CLASP_CONNECTION],
		name, clasp_state_name(host_state(host)));
}

static void tell_segment(const char *name, const struct host *host, u8 from, u32 id,
			 const struct segment *segment)
{
	static const char letters[] = "FSRPA";
	const struct clasp_header *header = &segment->header;

	event(name, host->id);
	fprintf(tale, " id=%u src=::ffff:%s sport=%u dst=::ffff:%s dport=%u flags=", id,
		addresses[from], ports[from], addresses[!from], ports[!from]);
	for (u32 i = 0; letters[i]; i++)
		if (header->flags >> i & 1)
			putc(letters[i], tale);
	fprintf(tale, " seq=%u ack=%u win=%u len=%u mss=%u state=%s\n", header->seq, header->ack,
		header->wnd, segment->len, header->options.mss, clasp_state_name(host_state(host)));
}

/* A segment leaves; a network that is full loses it. */
void tell_sent(const struct host *host, const struct segment *segment, bool lost)
{
	u8 to = !host->id;

	if (!tale)
		return;
	tell_segment("segment_sent", host, host->id, ++transmissions, segment);
	if (!lost)
		under_way[to][under_way_count[to]++] = transmissions;
}

/* The segment that is @place-th on its way to @host arrives. */
void tell_received(const struct host *host, const struct segment *segment, u8 place)
{
	if (tale)
		tell_segment("segment_received", host, !host->id, under_way[host->id][place],
			     segment);
}

/* It is under way no more. */
void tell_gone(u8 at, u8 place)
{
	if (!tale)
		return;
	under_way_count[at]--;
	for (u32 i = place; i < under_way_count[at]; i++)
		under_way[at][i] = under_way[at][i + 1];
}
