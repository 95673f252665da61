/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Initial sequence numbers (RFC 6528): ISN = M + F(localip, localport, remoteip, remoteport, secretkey).
 * F is a keyed hash that the shell computes; the rule stands here.
 */
#ifndef CLASP_CORE_ISN_H
#define CLASP_CORE_ISN_H

#include "types.h"

/**
 * clasp_isn - the initial sequence number of a connection
 * @hash: F, of the four-tuple under a secret key
 * @now: ns
 *
 * M counts every 4 us (RFC 9293, MUST-8), and so goes round in 4.77 hours.
 */
static inline u32 clasp_isn(u32 hash, u64 now)
{
	return hash + (u32)(now >> 12);
}

/**
 * clasp_isn_above - the initial sequence number in place of a TIME_WAIT
 * @isn: from clasp_isn()
 * @hash: another keyed hash of the four-tuple
 * @snd_nxt: where the old incarnation ended
 *
 * RFC 9293, 3.4.1 and RFC 6191: beyond everything that the old incarnation sent. Where the clock has
 * not got there yet, the distance is the hash's, so that it cannot be guessed.
 */
u32 clasp_isn_above(u32 isn, u32 hash, u32 snd_nxt);

#endif
