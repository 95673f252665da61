/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files under net.clasp that each namespace has, one row each: what the module keeps and bounds, what
 * Documentation/ prints and what selftests/net/sysctls tries out.
 */
#ifndef CLASP_NET_KNOBS_H
#define CLASP_NET_KNOBS_H

/*
 * X(name, member, unit, initial, min, max, tcp, sentence)
 *
 * @name: of the file
 * @member: of struct clasp_sysctl
 * @unit: MS, SEC: a time, kept in nanoseconds; COUNT, PERCENT, OCTETS, PAGES: a number, kept as it is; FLAG: 0 or 1
 * @initial: default, in units, as the bounds are
 * @min: least
 * @max: most
 * @tcp: what net.ipv4.tcp_NAME is when nobody has set it, in words where the kernel computes it; "" where TCP has
 *       no such knob
 * @sentence: what the value means
 *
 * rto_min_ms cannot be set above rto_max_ms: their ranges only touch. An ACK is delayed by less than half a
 * second (RFC 9293, MUST-58); a SYN is sent for three minutes at least (MUST-23).
 */
#define CLASP_KNOBS(X)									\
	X(msl_ms, config.msl, MS, 30000, 10, 600000, "",				\
	  "Maximum segment lifetime; TIME_WAIT lasts two of them.")			\
	X(rto_initial_ms, config.rto_init, MS, 1000, 10, 60000, "",			\
	  "Retransmission timeout before the first measurement.")			\
	X(rto_min_ms, config.rto_min, MS, 200, 1, 1000, "",				\
	  "Least retransmission timeout.")						\
	X(rto_max_ms, config.rto_max, MS, 120000, 1000, 600000, "",			\
	  "Longest retransmission timeout.")						\
	X(delack_ms, config.delack, MS, 40, 1, 499, "",					\
	  "Longest delay of an ACK.")							\
	X(fin_timeout, config.fin_timeout, SEC, 60, 1, 3600, "60",			\
	  "How long a closed socket stays in FIN_WAIT_2.")				\
	X(keepalive_time, config.keep_idle, SEC, 7200, 1, 1 << 20, "7200",		\
	  "With SO_KEEPALIVE: silence of the peer before it is asked for a sign of life.") \
	X(keepalive_intvl, config.keep_interval, SEC, 75, 1, 1 << 20, "75",		\
	  "Between one such question and the next.")					\
	X(keepalive_probes, config.keep_probes, COUNT, 9, 1, 255, "9",			\
	  "Such questions that may go unanswered.")					\
	X(notsent_lowat, config.notsent_lowat, OCTETS, 4294967295U, 0, 4294967295U,	\
	  "4294967295",									\
	  "Octets not sent yet from which on a socket is not writable.")		\
	X(challenge_ack_interval_ms, config.challenge_interval, MS, 500, 0, 1000, "",	\
	  "Least time between two challenge ACKs of one connection.")			\
	X(window_scaling, config.window_scaling, FLAG, 1, 0, 1, "1",			\
	  "Offer windows of more than 65535 octets.")					\
	X(timestamps, config.timestamps, COUNT, 1, 0, 2, "1",				\
	  "Offer timestamps. With 1 those of two ends begin at a number of their own, "	\
	  "with 2 all tell the milliseconds since the system has started.")		\
	X(sack, config.sack, FLAG, 1, 0, 1, "1",					\
	  "Offer selective acknowledgments.")						\
	X(dsack, config.dsack, FLAG, 1, 0, 1, "1",					\
	  "Tell the peer of octets that came twice.")					\
	X(early_retrans, config.early_retrans, COUNT, 3, 0, 4, "3",			\
	  "With 3 or 4, probe for the last segments of a flight before the retransmission timer expires.") \
	X(frto, config.frto, COUNT, 2, 0, 2, "2",					\
	  "With 1 or 2, where there are no timestamps, answer the first ACK after a timeout with new octets, " \
	  "to learn whether anything was lost.")					\
	X(ecn, config.ecn, COUNT, 2, 0, 2, "2",						\
	  "Explicit congestion notification: with 1 it is asked for and granted, with 2 granted to who asks for it, " \
	  "with 0 neither.")								\
	X(ecn_fallback, config.ecn_fallback, FLAG, 1, 0, 1, "1",			\
	  "Do not ask for it with a SYN that is sent again.")				\
	X(mtu_probing, config.mtu_probing, COUNT, 1, 0, 2, "0",				\
	  "With 1 or 2, try smaller segments where full ones time out, and, where SACK is agreed on, larger ones " \
	  "again later; with 2, begin with small ones.")				\
	X(base_mss, config.base_mss, OCTETS, 1024, 48, 65535, "1024",			\
	  "The MSS to begin with then.")						\
	X(mtu_probe_floor, config.mtu_probe_floor, OCTETS, 216, 48, 32767, "48",	\
	  "The least to go down to.")							\
	X(probe_threshold, config.probe_threshold, OCTETS, 8, 0, 65535, "8",		\
	  "The search for larger segments is over when what has got through and what has not are closer.") \
	X(probe_interval, config.probe_interval, SEC, 600, 1, 86400, "600",		\
	  "From its end until a new one begins.")					\
	X(min_snd_mss, config.min_snd_mss, OCTETS, 216, 48, 32767, "48",		\
	  "The least that a peer's MSS counts as, and an MSS goes down to.")		\
	X(pacing_ss_ratio, config.pacing_ss_ratio, PERCENT, 200, 0, 1000, "200",	\
	  "Where octets are paced: how much of the congestion window may leave in a round trip, while it is less " \
	  "than half of where slow start ends; 0 for any amount.")			\
	X(pacing_ca_ratio, config.pacing_ca_ratio, PERCENT, 120, 0, 1000, "120",	\
	  "The same otherwise.")							\
	X(moderate_rcvbuf, config.moderate_rcvbuf, FLAG, 1, 0, 1, "1",			\
	  "Let receive buffers grow with what their programs read in a round trip.")	\
	X(syn_retries, config.syn_retries, COUNT, 7, 1, 127, "6",			\
	  "Retransmissions of a SYN.")							\
	X(synack_retries, config.synack_retries, COUNT, 7, 0, 127, "5",			\
	  "Retransmissions of a SYN,ACK.")						\
	X(retries1, config.retries1, COUNT, 3, 3, 127, "3",				\
	  "Retransmissions after which IP is told that the route may be dead.")		\
	X(retries2, config.retries2, COUNT, 15, 1, 127, "15",				\
	  "Retransmissions of data or a FIN.")						\
	X(orphan_retries, config.orphan_retries, COUNT, 0, 0, 127, "0",			\
	  "The same once no program holds the socket any more, as a measure of time: "	\
	  "how long so many retransmissions would take with the least timeout; "	\
	  "0 stands for 8, which is 102 seconds. One is made in any case.")		\
	X(max_orphans, max_orphans, COUNT, 16384, 0, 1 << 20, "by memory",		\
	  "Most connections at a time that no program holds any more; "			\
	  "another one is reset when it is closed.")					\
	X(max_tw_buckets, max_tw_buckets, COUNT, 65536, 0, 1 << 20, "by memory",	\
	  "Most TIME_WAITs at a time; with 0 there are none.")

/*
 * The files that only the first namespace has, of three numbers each, because memory is the machine's:
 * X(name, data, type, handler, unit, initial, min, max, tcp, sentence); @data and @handler in memory.c, @initial in
 * words.
 */
#define CLASP_MACHINE_KNOBS(X)								\
	X(mem, limits, unsigned long, proc_doulongvec_minmax, PAGES, "by memory",	\
	  1, LONG_MAX / PAGE_SIZE, "by memory",						\
	  "What all sockets may take together: where memory ceases to be scarce, where it begins to be, and the end.") \
	X(wmem, send_sizes, int, proc_dointvec_minmax, OCTETS, "4096 212992, then by memory", \
	  PAGE_SIZE, INT_MAX, "4096 16384, then by memory",				\
	  "Memory of a send buffer: what it gets in any case, begins with and may grow to.") \
	X(rmem, receive_sizes, int, proc_dointvec_minmax, OCTETS, "4096 212992, then by memory", \
	  PAGE_SIZE, INT_MAX, "4096 131072, then by memory",				\
	  "The same of a receive buffer.")

#endif
