/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where protocol events become tracepoints and counters.
 */
#ifndef CLASP_NET_WATCH_H
#define CLASP_NET_WATCH_H

#include <linux/tracepoint-defs.h>

#include "../core/state.h"
#include "../core/wire.h"
#include "family.h"
#include "flow.h"

void clasp_watch_transition(enum clasp_kind kind, void *object, const struct clasp_row *row);
void clasp_watch_departure(struct clasp_net *cn, const struct clasp_key *key, u16 ident,
			   const struct clasp_header *header, u32 len, u8 state);
void clasp_watch_arrival(struct clasp_net *cn, const struct clasp_key *key,
			 const struct clasp_family *family, struct sk_buff *skb, u8 state);
void clasp_watch_timer(struct clasp_net *cn, const struct clasp_flow *flow, u8 timer, u8 state,
		       u8 retries);

u16 clasp_watch_print(const u8 *segment);

DECLARE_TRACEPOINT(clasp_segment_received);
DECLARE_TRACEPOINT(clasp_segment_sent);

/* A segment arrived: clasp_watch_arrival(), if anybody watches. */
static inline void clasp_watch_received(struct clasp_net *cn, const struct clasp_key *key,
					const struct clasp_family *family, struct sk_buff *skb, u8 state)
{
	if (tracepoint_enabled(clasp_segment_received))
		clasp_watch_arrival(cn, key, family, skb, state);
}

/* A segment was handed over to IP, which makes so many packets of it: clasp_watch_departure(), likewise. */
static inline void clasp_watch_sent(struct clasp_net *cn, const struct clasp_key *key, u16 ident,
				    const struct clasp_header *header, u32 len, u32 packets, u8 state)
{
	CLASP_ADD(cn, OutSegs, packets);
	if (header->flags & CLASP_RST)
		CLASP_INC(cn, OutRsts);
	if (tracepoint_enabled(clasp_segment_sent))
		clasp_watch_departure(cn, key, ident, header, len, state);
}

#endif
