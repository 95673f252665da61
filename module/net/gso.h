/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CLASP_NET_GSO_H
#define CLASP_NET_GSO_H

#include <linux/skbuff.h>
#include <net/sock.h>

/*
 * What a super-packet says that it is. Only who can do both takes it whole: of TCP's and SCTP's no hardware can, and
 * all devices that are software do; and who wants to know how long a header is looks for it where TCP's stands.
 */
#define CLASP_GSO_IPV4 (SKB_GSO_TCPV4 | SKB_GSO_SCTP)

struct sk_buff *clasp_gso_segment(struct sk_buff *skb, netdev_features_t features);
void clasp_gso_mark(struct sk_buff *skb, u32 type, u32 len, u32 mss);
u32 clasp_gso_together(const struct sock *sk, u32 mss);

#endif
