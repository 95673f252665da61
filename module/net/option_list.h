/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options at Clasp's own level, as one list: what setsockopt() and getsockopt() consult, and from which the
 * list in Documentation/clasp.7 is printed (scripts/generate/options.c). Names, numbers and units are those of
 * <netinet/tcp.h>.
 *
 * X(name, verb, unit, least, most, initial, sentence): the name less "TCP_"; what set_ and get_ it are called
 * in option.c; the bounds beyond which a value is refused with EINVAL, INT_MIN and INT_MAX where none is; as text
 * what getsockopt() says of a new socket; and what the option does.
 */
#ifndef CLASP_NET_OPTION_LIST_H
#define CLASP_NET_OPTION_LIST_H

#define CLASP_OPTION_LIST(X)								\
	X(NODELAY, nodelay, "boolean", INT_MIN, INT_MAX, "0",					\
	  "Send small segments at once; what waits leaves now.")			\
	X(MAXSEG, maxseg, "octets", 88, 32767, "536",						\
	  "Most octets in a segment, either way: announced to the peer when the "	\
	  "connection begins, later without effect; 0 takes the limit away. A "		\
	  "connection's getsockopt() tells what segments may have now.")		\
	X(CORK, cork, "boolean", INT_MIN, INT_MAX, "0",					\
	  "Hold segments that are not full back, for 200 ms at most.")			\
	X(KEEPIDLE, keepidle, "seconds", 1, 32767, "net.clasp.keepalive_time",			\
	  "With SO_KEEPALIVE: silence of the peer before it is asked for a sign of life.") \
	X(KEEPINTVL, keepintvl, "seconds", 1, 32767, "net.clasp.keepalive_intvl",			\
	  "Between one such question and the next.")					\
	X(KEEPCNT, keepcnt, "number", 1, 127, "net.clasp.keepalive_probes",			\
	  "Questions that may go unanswered before the connection ends with ETIMEDOUT.") \
	X(SYNCNT, syncnt, "number", 1, 127, "net.clasp.syn_retries",				\
	  "Retransmissions of a SYN; for a listener, of its SYN,ACKs.")			\
	X(LINGER2, linger2, "seconds", INT_MIN, INT_MAX, "net.clasp.fin_timeout",		\
	  "How long a closed socket stays in FIN_WAIT_2, 120 at most; less than 0: it "	\
	  "is reset instead.")								\
	X(DEFER_ACCEPT, defer_accept, "seconds", INT_MIN, INT_MAX, "0",				\
	  "A listener's connection waits so long for octets before it can be accepted; "	\
	  "rounded up to timeouts of its SYN,ACK: 1, 3, 7, 15, ... . Whoever connects "	\
	  "delays the ACK that ends the handshake.")					\
	X(CONGESTION, congestion, "name", 0, -1, "net.clasp.congestion_control",			\
	  "Congestion control, from now on: one of those in "				\
	  "net.clasp.available_congestion_control; another name is refused with ENOENT.")	\
	X(INFO, info, "struct tcp_info", 0, -1, "",						\
	  "What there is to know of the connection, or of a listener; cannot be set.")	\
	X(QUICKACK, quickack, "number", INT_MIN, INT_MAX, "1",					\
	  "0: let ACKs wait for octets that carry them; odd: acknowledge every segment "	\
	  "at once until octets are sent; other: acknowledge now what waits to be.")	\
	X(USER_TIMEOUT, user_timeout, "milliseconds", 0, INT_MAX, "0",				\
	  "How long octets that had to be sent again, probes of a closed window or "	\
	  "keep-alives may go without an answer before the connection ends with "	\
	  "ETIMEDOUT; 0 leaves that to net.clasp.retries2 and TCP_KEEPCNT.")		\
	X(NOTSENT_LOWAT, notsent_lowat, "octets", INT_MIN, INT_MAX, "0",				\
	  "Octets not sent yet from which on the socket is not writable; 0 stands for "	\
	  "net.clasp.notsent_lowat.")							\
	X(WINDOW_CLAMP, window_clamp, "octets", INT_MIN, INT_MAX, "0",			\
	  "The largest window to offer, 1152 at least. 0, on a closed socket only, "	\
	  "takes the limit away: of a connection that has none getsockopt() tells what "	\
	  "the buffer takes.")								\
	X(INQ, inq, "boolean", 0, 1, "0",						\
	  "recvmsg() adds a control message of level IPPROTO_TCP and type TCP_CM_INQ: "	\
	  "an int, the octets that are left to be read, and 1 more for the end of the "	\
	  "stream.")									\
	X(TIMESTAMP, timestamp, "milliseconds", INT_MIN, INT_MAX, "",			\
	  "The clock of the timestamps that segments carry; to set it is refused with "	\
	  "EPERM.")

#endif
