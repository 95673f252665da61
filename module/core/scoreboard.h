/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the sender knows of each segment that it sent (RFC 6675, section 3): that it has arrived, or must be
 * taken for lost. A segment that is neither is in flight. SND.UNA alone takes octets away: what was only
 * SACKed stays until then, for a receiver may change its mind (RFC 2018, 8).
 */
#ifndef CLASP_CORE_SCOREBOARD_H
#define CLASP_CORE_SCOREBOARD_H

#include "tcb.h"

/**
 * struct clasp_heard - what an ACK told; without SACK there are neither @delivered nor @twice nor @blocks
 * @una: SND.UNA before it
 * @acked: octets by which SND.UNA moved
 * @delivered: octets that are known to have arrived and were not before
 * @echo: TSecr, where timestamps are agreed on
 * @twice: octets that came twice; nothing when it is empty
 * @blocks: there were blocks
 */
struct clasp_heard {
	u32 una;
	u32 acked;
	u32 delivered;
	u32 echo;
	struct clasp_sack twice;
	bool blocks;
};

u32 clasp_scoreboard_acked(struct clasp_tcb *tcb, const struct clasp_env *env, u32 ack);
u32 clasp_scoreboard_sacked(struct clasp_tcb *tcb, const struct clasp_env *env, u32 start, u32 end);
void clasp_scoreboard_sent(struct clasp_tcb *tcb, struct clasp_seg *seg, u64 now, bool again);
void clasp_scoreboard_lose(struct clasp_tcb *tcb, struct clasp_seg *seg);
void clasp_scoreboard_lose_before(struct clasp_tcb *tcb, u64 sent_before);
void clasp_scoreboard_lose_larger(struct clasp_tcb *tcb, u32 most);
bool clasp_scoreboard_reneged(struct clasp_tcb *tcb);
void clasp_scoreboard_timeout(struct clasp_tcb *tcb, u64 sent_before);
void clasp_scoreboard_found(struct clasp_tcb *tcb, u64 now);
struct clasp_seg *clasp_scoreboard_lost(struct clasp_tcb *tcb);

#endif
