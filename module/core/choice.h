/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a program chooses for its socket, apart from what becomes of the connection: it is there before
 * there is one, outlives it, and a listener's connections begin with a copy of it.
 */
#ifndef CLASP_CORE_CHOICE_H
#define CLASP_CORE_CHOICE_H

#include "types.h"

/**
 * struct clasp_choice - the options of a socket; all 0 leaves everything to the namespace and the RFCs
 * @user_timeout: ms that octets may go unacknowledged once they had to be sent again: R2 (RFC 9293,
 *	MUST-21); 0 for a number of retransmissions
 * @notsent_lowat: octets not sent yet from which on the program has to wait; 0 for the namespace's
 * @window_clamp: octets of the largest window to offer; 0 for what the buffer takes
 * @keep_idle: s of silence before a keep-alive (RFC 9293, MUST-27); 0 for the namespace's
 * @keep_interval: s between two of them; 0 for the namespace's
 * @mss: most octets in a segment, either way; 0 for what path and peer allow
 * @linger: s that an orphan waits in FIN_WAIT_2; 0 for the namespace's, less for not at all
 * @keep_probes: keep-alives that may go unanswered; 0 for the namespace's
 * @syn_retries: retransmissions of a SYN or SYN,ACK; 0 for the namespace's
 * @defer: timeouts for which a listener's third segment waits for octets
 * @congestion: one more than an enum clasp_cong_algorithm; 0 for the namespace's
 * @nodelay: send small segments at once (RFC 9293, MUST-17)
 * @cork: hold small segments back
 * @keepalive: send keep-alives (RFC 9293, MUST-24, 25)
 * @interactive: answers are expected to carry the ACKs
 */
struct clasp_choice {
	u32 user_timeout;
	u32 notsent_lowat;
	u32 window_clamp;
	u16 keep_idle;
	u16 keep_interval;
	u16 mss;
	s16 linger;
	u8 keep_probes;
	u8 syn_retries;
	u8 defer;
	u8 congestion;
	bool nodelay;
	bool cork;
	bool keepalive;
	bool interactive;
};

#endif
