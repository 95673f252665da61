/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What everyone who gets a segment needs.
 */
#ifndef CLASP_NET_INPUT_H
#define CLASP_NET_INPUT_H

#include "family.h"
#include "sock.h"

bool clasp_input_allowed(struct sock *sk, const struct clasp_family *family, struct sk_buff *skb);
void clasp_input_run(struct clasp_sock *cs, struct sk_buff *skb);
void clasp_input_reply(struct clasp_net *cn, const struct clasp_family *family,
		       const struct clasp_reply *reply);

#endif
