/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clock of the Timestamps option and what an arriving timestamp says (RFC 7323, sections 3 to 5).
 */
#ifndef CLASP_CORE_TIMESTAMP_H
#define CLASP_CORE_TIMESTAMP_H

#include "tcb.h"

/* RFC 7323, 5.5: so old, a timestamp may have gone half way round, and says nothing any more. */
#define CLASP_TIMESTAMP_LIFE (24 * 24 * 3600 * CLASP_SEC)

/* Ticks of 1 ms; where the clock begins is the connection's secret (RFC 7323, 5.4 and 7.1). */
static inline u32 clasp_timestamp(u32 offset, u64 now)
{
	return offset + (u32)clasp_div64(now, CLASP_MSEC);
}

/* What shifts the clock of a connection; nothing, where the administrator wants to compare them. */
static inline u32 clasp_timestamp_offset(const struct clasp_config *config, u32 hash)
{
	return config->timestamps == 1 ? hash : 0;
}

/**
 * clasp_timestamp_check - may a segment of a connection that agreed on timestamps be heard?
 * @options: of the segment, which has neither RST nor SYN, or options->timestamps
 * @recent: TS.Recent, which is valid
 *
 * RFC 7323, 3.2 drops what lacks the option; 5.3, R1 is PAWS. A SYN that lacks it is not of this connection:
 * RFC 5961, 4.2 challenges it, or a peer that has lost its memory would never learn of ours.
 *
 * Return: enum clasp_drop, CLASP_DROP_NONE when it may.
 */
static inline u8 clasp_timestamp_check(const struct clasp_options *options, u32 recent)
{
	if (!options->timestamps)
		return CLASP_DROP_NO_TIMESTAMP;
	return seq_before(options->ts_val, recent) ? CLASP_DROP_OLD_TIMESTAMP : CLASP_DROP_NONE;
}

/* A segment's own timestamps. @recent: TS.Recent, 0 where there is none to echo. */
static inline void clasp_timestamp_put(struct clasp_options *options, u32 offset, u64 now,
				       u32 recent)
{
	options->timestamps = true;
	options->ts_val = clasp_timestamp(offset, now);
	options->ts_ecr = recent;
}

/* RFC 7323, 4.3: remember the timestamp of a segment that is taken. */
static inline void clasp_timestamp_note(struct clasp_tcb *tcb, u64 now, u32 ts_val)
{
	tcb->ts_recent = ts_val;
	tcb->ts_recent_at = now;
}

/*
 * The same of a segment that is no newer than what was last acknowledged, so that the peer measures how long we take to
 * answer.
 */
static inline void clasp_timestamp_take(struct clasp_tcb *tcb, u64 now, u32 seq, u32 ts_val)
{
	if (seq_before_eq(seq, tcb->rcv_acked))
		clasp_timestamp_note(tcb, now, ts_val);
}

#endif
