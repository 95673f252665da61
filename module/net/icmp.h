/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ICMP errors, once an address family knows what they mean.
 */
#ifndef CLASP_NET_ICMP_H
#define CLASP_NET_ICMP_H

#include "flow.h"

/**
 * struct clasp_icmp - an ICMP error
 * @key: the connection whose segment it quotes, seen from our end
 * @seq: SEG.SEQ of that segment
 * @mtu: the path takes packets of this size; 0 when the error is about something else
 * @error: errno for the program
 * @hard: no use in trying again
 */
struct clasp_icmp {
	struct clasp_key key;
	u32 seq;
	u32 mtu;
	int error;
	bool hard;
};

void clasp_icmp_rcv(struct clasp_net *cn, const struct clasp_icmp *icmp);

#endif
