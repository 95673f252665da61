/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an administrator decides for all connections of a namespace. Whoever fills it in has checked the bounds.
 */
#ifndef CLASP_CORE_CONFIG_H
#define CLASP_CORE_CONFIG_H

#include "types.h"

/**
 * struct clasp_config - what an administrator may set, one a namespace; times in ns
 * @msl: maximum segment lifetime; TIME_WAIT lasts two of them (RFC 9293, 3.4.2)
 * @rto_init: retransmission timeout before the first measurement (RFC 6298, 2.1)
 * @rto_min: its floor
 * @rto_max: its ceiling (RFC 6298, 2.5)
 * @delack: longest delay of an ACK (RFC 9293, MUST-58 and 59)
 * @fin_timeout: longest stay of an orphan in FIN_WAIT_2
 * @keep_idle: silence before the first keep-alive (RFC 9293, MUST-27, 28)
 * @keep_interval: between one keep-alive and the next
 * @challenge_interval: least time between two challenge ACKs of a connection (RFC 5961, 7)
 * @notsent_lowat: octets not sent yet from which on a program has to wait
 * @syn_retries: retransmissions of a SYN before giving up (RFC 9293, MUST-23)
 * @synack_retries: the same of an embryo's SYN+ACK, which is a SYN segment too
 * @retries1: R1, retransmissions after which the route is doubted (RFC 9293, MUST-20)
 * @retries2: R2, retransmissions of data or FIN (likewise)
 * @orphan_retries: the same once the program has closed the socket, as a measure of time: that many with
 *	the least RTO; 0 leaves it to us
 * @keep_probes: keep-alives that may go unanswered (RFC 9293, MUST-29)
 * @window_scaling: offer it (RFC 7323, 2)
 * @timestamps: offer them (RFC 7323, 3): 0 no, 1 from a clock of the connection's own, 2 from one for all
 * @sack: offer it (RFC 2018)
 * @congestion: enum clasp_cong_algorithm
 * @dsack: tell the peer of octets that came twice (RFC 2883)
 * @early_retrans: 3 or more: probe for the tail of a flight (RFC 8985, 7)
 * @frto: 1 or more: ask whether a timeout was spurious (RFC 5682)
 * @ecn: ECN (RFC 3168): 0 no, 1 asked for and granted, 2 granted
 * @ecn_fallback: a SYN that is sent again asks for none
 * @probe_interval: from the end of a search for larger segments to the next one (RFC 4821, 7.6.2)
 * @base_mss: the first size to try where larger segments seem to vanish
 * @mtu_probe_floor: the least of those sizes
 * @probe_threshold: octets: what is left to be searched is not worth a probe when it is less
 * @min_snd_mss: the least that a peer's MSS option counts as, and another floor of those sizes
 * @pacing_ss_ratio: percent of cwnd that may leave in a round trip while slow start is far from its end
 * @pacing_ca_ratio: percent afterwards
 * @mtu_probing: 1 or 2: try smaller segments where full ones time out, and larger ones again later (RFC 4821, 7); 2:
 *	begin with small ones
 * @moderate_rcvbuf: let receive buffers grow with what the program reads in a round trip
 */
struct clasp_config {
	u64 msl;
	u64 rto_init;
	u64 rto_min;
	u64 rto_max;
	u64 delack;
	u64 fin_timeout;
	u64 keep_idle;
	u64 keep_interval;
	u64 challenge_interval;
	u64 probe_interval;
	u32 notsent_lowat;
	u32 base_mss;
	u32 mtu_probe_floor;
	u32 probe_threshold;
	u32 min_snd_mss;
	u32 pacing_ss_ratio;
	u32 pacing_ca_ratio;
	u8 syn_retries;
	u8 synack_retries;
	u8 retries1;
	u8 retries2;
	u8 orphan_retries;
	u8 keep_probes;
	u8 window_scaling;
	u8 timestamps;
	u8 sack;
	u8 congestion;
	u8 early_retrans;
	u8 frto;
	bool dsack;
	u8 ecn;
	bool ecn_fallback;
	u8 mtu_probing;
	bool moderate_rcvbuf;
};

#endif
