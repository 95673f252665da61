/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a program can tell Clasp's socket from TCP's by more than its protocol number, each with its reason.
 * A test that finds a difference names one of these, or it fails.
 */
#ifndef CLASP_DIFFERENCES_H
#define CLASP_DIFFERENCES_H

enum difference {
	FLUSHED_BY_AN_ERROR, CLOSE_IN_SYN_RCVD, SHUTDOWN_BEFORE_OPEN, NO_URGENT_DATA,
	QUEUE_OF_NOTHING, UNSENT_AT_THE_END, DIFFERENCES
};

static const char *const differences[DIFFERENCES] = {
	[FLUSHED_BY_AN_ERROR] =
		"RFC 9293, 3.10.7.4 and 3.10.8: an RST or a timeout flushes what was not read; TCP lets it be read",
	[CLOSE_IN_SYN_RCVD] =
		"RFC 9293, 3.10.4: a CLOSE in SYN-RECEIVED leads to FIN-WAIT-1; TCP's shutdown() waits until it is established",
	[SHUTDOWN_BEFORE_OPEN] =
		"RFC 9293, 3.10.4: a CLOSE in CLOSED is an error, and no more; TCP's shutdown() counts once the socket is open",
	[NO_URGENT_DATA] =
		"urgent data is not carried (MUST-30 is open; RFC 6093, 5: new applications SHOULD NOT use it)",
	[QUEUE_OF_NOTHING] =
		"SIOCOUTQ and SIOCOUTQNSD count SYNs and disconnections in CLOSED; there are no octets, and the answer is 0",
	[UNSENT_AT_THE_END] =
		"SIOCOUTQNSD after an RST tells what had not left yet: TCP's segments are smaller by their timestamps, and it lets a small one follow full ones at once (RFC 9293, 3.7.4 holds it back)",
};

/* In a test of the fixture: what TCP does, and what Clasp does instead. */
#define DIFFERS(which, tcp, clasp)						\
	(variant->protocol == IPPROTO_TCP || !differences[which] ? (tcp) : (clasp))

#endif
