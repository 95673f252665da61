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
#define CLASP_GSO_IPV6 (SKB_GSO_TCPV6 | SKB_GSO_SCTP)

struct sk_buff *clasp_gso_segment(struct sk_buff *skb, netdev_features_t features);

/**
 * clasp_gso_mark - say of a segment that is about to leave whether it is many
 * @skb: our copy, which no other shares
 * @type: SKB_GSO_*
 * @len: octets of payload
 * @mss: octets of each part
 */
static inline void clasp_gso_mark(struct sk_buff *skb, u32 type, u32 len, u32 mss)
{
	struct skb_shared_info *info = skb_shinfo(skb);
	bool many = len > mss;

	info->gso_type = many ? type : 0;
	info->gso_size = many ? mss : 0;
	info->gso_segs = many ? DIV_ROUND_UP(len, mss) : 0;
}

/**
 * clasp_gso_together - the most octets of a super-packet
 * @sk: locked
 * @mss: octets of each part
 *
 * Return: 0 where there are none.
 */
static inline u32 clasp_gso_together(const struct sock *sk, u32 mss)
{
	return sk_can_gso(sk) ? min(sk->sk_gso_max_size, sk->sk_gso_max_segs * mss) : 0;
}

#endif
