// SPDX-License-Identifier: GPL-2.0
/*
 * Super-packets: many segments with one header, cut where somebody below cannot take them whole. Loopback, veth and
 * their kind pass them on as they are; for hardware, which would take them for TCP's, they are cut and summed here, so
 * that whatever a card believes to know about checksums does not matter.
 */
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/checksum.h>

#include "../core/wire.h"
#include "compat.h"
#include "gso.h"

/* The sum of the pseudo-header is in the field already, for the length of the whole. */
static void finish(struct sk_buff *segment, u32 skip, u32 whole)
{
	u8 *header = skb_transport_header(segment);
	__sum16 *sum = (__sum16 *)(header + CLASP_CHECKSUM_OFFSET);
	u32 len = segment->len - skb_transport_offset(segment);

	clasp_wire_part(header, skip, !segment->next);
	*sum = csum16_add(csum16_sub(*sum, htons(whole)), htons(len));
	*sum = gso_make_checksum(segment, 0);
}

/* Take the header off. Return: its length, or 0 when this is no super-packet of ours. */
static u32 pull_header(struct sk_buff *skb)
{
	u32 len = CLASP_HEADER_LEN;

	if (skb->ip_summed != CHECKSUM_PARTIAL || skb_checksum_start(skb) != skb->data ||
	    !pskb_may_pull(skb, len))
		return 0;
	len = (skb->data[12] >> 4) * 4;
	if (len < CLASP_HEADER_LEN || !pskb_may_pull(skb, len) ||
	    skb->len - len <= skb_shinfo(skb)->gso_size)
		return 0;
	__skb_pull(skb, len);
	return len;
}

/**
 * clasp_gso_segment - cut a super-packet
 * @skb: starts at our header; whoever sent it may be of another host or guest
 * @features: of the device that is to send it
 *
 * Context: any; under RCU.
 * Return: the segments, NULL when @skb may pass as it is, or an error.
 */
struct sk_buff *clasp_gso_segment(struct sk_buff *skb, netdev_features_t features)
{
	u32 mss = skb_shinfo(skb)->gso_size, whole = skb->len, skip = 0;
	struct sk_buff *segments, *segment;

	if (!mss || !pull_header(skb))
		return ERR_PTR(-EINVAL);
	if (skb_gso_ok(skb, features | NETIF_F_GSO_ROBUST)) {
		skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(skb->len, mss);
		return NULL;
	}
	segments = skb_segment(skb, features & ~NETIF_F_CSUM_MASK);
	if (IS_ERR(segments))
		return segments;
	for (segment = segments; segment; segment = segment->next, skip += mss)
		finish(segment, skip, whole);
	return segments;
}
