/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is worth counting of a connection's losses, and of what only looked like one. The shell is told by
 * clasp_on_note(); no decision hangs on it.
 */
#ifndef CLASP_CORE_NOTE_H
#define CLASP_CORE_NOTE_H

enum clasp_note {
	CLASP_NOTE_FAST_RETRANS,	/* a segment left again in fast recovery */
	CLASP_NOTE_LOST_RETRANSMIT,	/* what was sent again for being lost is lost */
	CLASP_NOTE_SACK_RECOVERY,	/* fast recovery began, by what blocks told */
	CLASP_NOTE_RENO_RECOVERY,	/* the same by duplicate ACKs alone */
	CLASP_NOTE_LOSS_PROBES,		/* a tail loss probe left */
	CLASP_NOTE_LOSS_PROBE_RECOVERY,	/* it filled a hole */
	CLASP_NOTE_DSACK_RECV,		/* the peer tells of octets that came twice, and that it has acknowledged */
	CLASP_NOTE_DSACK_OFO_RECV,	/* the same of octets that wait there */
	CLASP_NOTE_DSACK_OLD_SENT,	/* octets came twice that are acknowledged */
	CLASP_NOTE_DSACK_OFO_SENT,	/* octets came twice that wait */
	CLASP_NOTE_DSACK_UNDO,		/* no loss after all: all that was sent again came twice */
	CLASP_NOTE_FULL_UNDO,		/* no loss after all, by an echo that ends fast recovery */
	CLASP_NOTE_PARTIAL_UNDO,	/* the same by an echo within it */
	CLASP_NOTE_LOSS_UNDO,		/* the same of a timeout */
	CLASP_NOTE_SPURIOUS_RTOS,	/* that, by what arrived after it */
	CLASP_NOTE_SACK_REORDER,	/* a segment that was sent once arrived behind a younger one */
	CLASP_NOTE_SACK_RENEGING,	/* the peer lacks what blocks had told of */
	CLASP_NOTE_HYSTART_DELAY,	/* slow start is over, and nothing lost: round trips became longer */
	CLASP_NOTE_MTUP_FAIL,		/* a larger segment was lost, and nothing with it: the path takes less */
	CLASP_NOTE_MTUP_SUCCESS,	/* it arrived */
	CLASP_NOTES
};

#endif
