/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters of a namespace, per CPU. A counter that means what one of TCP's means has its name,
 * without the "TCP" that Linux puts before some. What core/ throws away has a counter per reason, what it notes one
 * per note.
 */
#ifndef CLASP_NET_MIB_H
#define CLASP_NET_MIB_H

#include <linux/build_bug.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>

#include "../core/tcb.h"

/* Everything that is not a reason of enum clasp_drop. */
#define CLASP_MIB_EVENTS(X)	\
	X(ActiveOpens)		\
	X(PassiveOpens)		\
	X(AttemptFails)		\
	X(EstabResets)		\
	X(InSegs)		\
	X(OutSegs)		\
	X(RetransSegs)		\
	X(InErrs)		\
	X(InCsumErrors)		\
	X(OutRsts)		\
	X(ListenOverflows)	\
	X(ListenDrops)		\
	X(TimeWaitCreated)	\
	X(TimeWaitReaped)	\
	X(TimeWaitOverflow)	\
	X(AbortOnMemory)	\
	X(MemoryPressures)	\
	X(OfoPruned)		\
	X(Timeouts)		\
	X(DelayedACKs)		\
	X(OFOQueue)		\
	X(BacklogDrop)		\
	X(OutRefused)

/* enum clasp_drop, in its order and without CLASP_DROP_NONE */
#define CLASP_MIB_DROPS(X)	\
	X(DropSequence)		\
	X(DropAck)		\
	X(DropNoAck)		\
	X(DropChallenged)	\
	X(DropRst)		\
	X(DropFlags)		\
	X(DropAfterClose)	\
	X(DropBufferFull)	\
	X(DropQueueFull)	\
	X(DropICMP)		\
	X(DropDeferred)		\
	X(DropOldTimestamp)	\
	X(DropNoTimestamp)

/* enum clasp_note, in its order */
#define CLASP_MIB_NOTES(X)	\
	X(FastRetrans)		\
	X(LostRetransmit)	\
	X(SackRecovery)		\
	X(RenoRecovery)		\
	X(LossProbes)		\
	X(LossProbeRecovery)	\
	X(DSACKRecv)		\
	X(DSACKOfoRecv)		\
	X(DSACKOldSent)		\
	X(DSACKOfoSent)		\
	X(DSACKUndo)		\
	X(FullUndo)		\
	X(PartialUndo)		\
	X(LossUndo)		\
	X(SpuriousRTOs)		\
	X(SACKReorder)		\
	X(SACKReneging)		\
	X(HystartDelayDetect)	\
	X(MTUPFail)		\
	X(MTUPSuccess)

#define CLASP_MIB_ENUM(name) CLASP_MIB_##name,

enum clasp_mib_counter {
	CLASP_MIB_EVENTS(CLASP_MIB_ENUM)
	CLASP_MIB_DROPS(CLASP_MIB_ENUM)
	CLASP_MIB_NOTES(CLASP_MIB_ENUM)
	CLASP_MIB_COUNTERS
};

#undef CLASP_MIB_ENUM

static_assert(CLASP_MIB_FastRetrans - CLASP_MIB_DropSequence == CLASP_DROPS - CLASP_DROP_SEQUENCE);
static_assert(CLASP_MIB_COUNTERS - CLASP_MIB_FastRetrans == CLASP_NOTES);

struct clasp_mib {
	unsigned long counters[CLASP_MIB_COUNTERS];
};

/**
 * CLASP_ADD - count, in any context
 * @cn: struct clasp_net
 * @name: one of the names above
 * @n: how many
 */
#define CLASP_ADD(cn, name, n) this_cpu_add((cn)->mib->counters[CLASP_MIB_##name], n)
#define CLASP_INC(cn, name) CLASP_ADD(cn, name, 1)

/* Count a segment that core/ threw away; @drop: enum clasp_drop, CLASP_DROP_NONE counts nothing. */
#define CLASP_INC_DROP(cn, drop) clasp_mib_drop((cn)->mib, drop)

static inline void clasp_mib_drop(struct clasp_mib __percpu *mib, u8 drop)
{
	if (drop != CLASP_DROP_NONE)
		this_cpu_inc(mib->counters[CLASP_MIB_DropSequence + drop - CLASP_DROP_SEQUENCE]);
}

/* Count what core/ noted; @note: enum clasp_note. */
#define CLASP_INC_NOTE(cn, note) \
	this_cpu_inc((cn)->mib->counters[CLASP_MIB_FastRetrans + (note)])

struct clasp_net;

int clasp_mib_init(struct clasp_net *cn);
void clasp_mib_exit(struct clasp_net *cn);
int clasp_mib_show(struct seq_file *seq, void *unused);

#endif
