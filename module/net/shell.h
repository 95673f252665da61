/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What core/ asks of whoever compiles it (see core/seg.h), answered with sk_buffs in red-black trees.
 * A segment that waits never has skb->next or skb->prev: the tree's node lies over them.
 */
#ifndef CLASP_NET_SHELL_H
#define CLASP_NET_SHELL_H

#include <linux/skbuff.h>

#include "sock.h"
#include "watch.h"

static inline struct sk_buff *clasp_seg_skb(struct clasp_seg *seg)
{
	return container_of((void *)seg, struct sk_buff, cb);
}

static inline struct clasp_seg *clasp_skb_seg(struct rb_node *node)
{
	return node ? &CLASP_CB(rb_to_skb(node))->seg : NULL;
}

static inline struct clasp_segs *clasp_rtx(struct clasp_tcb *tcb)
{
	return &container_of(tcb, struct clasp_sock, tcb)->rtx;
}

static inline struct clasp_segs *clasp_ooo(struct clasp_tcb *tcb)
{
	return &container_of(tcb, struct clasp_sock, tcb)->ooo;
}

static inline struct clasp_seg *clasp_segs_first(struct clasp_segs *segs)
{
	return clasp_skb_seg(rb_first(&segs->root));
}

static inline struct clasp_seg *clasp_segs_next(struct clasp_segs *segs, struct clasp_seg *seg)
{
	return clasp_skb_seg(rb_next(&clasp_seg_skb(seg)->rbnode));
}

static inline struct clasp_seg *clasp_segs_find(struct clasp_segs *segs, u32 seq)
{
	struct rb_node *node = segs->root.rb_node;
	struct clasp_seg *found = NULL;

	while (node) {
		struct clasp_seg *seg = clasp_skb_seg(node);

		if (seq_before_eq(seg->seq, seq)) {
			found = seg;
			node = node->rb_right;
		} else {
			node = node->rb_left;
		}
	}
	return found;
}

/* Not core's: the place of a segment whose @seg is filled in. */
static inline void clasp_segs_insert(struct clasp_segs *segs, struct sk_buff *skb)
{
	struct rb_node **link = &segs->root.rb_node, *parent = NULL;
	u32 seq = CLASP_CB(skb)->seg.seq;

	while (*link) {
		parent = *link;
		link = seq_before(seq, clasp_skb_seg(parent)->seq) ? &parent->rb_left :
								     &parent->rb_right;
	}
	rb_link_node(&skb->rbnode, parent, link);
	rb_insert_color(&skb->rbnode, &segs->root);
}

/* Not core's either: take a segment out. */
static inline void clasp_segs_erase(struct clasp_segs *segs, struct sk_buff *skb)
{
	rb_erase(&skb->rbnode, &segs->root);
	skb->next = NULL;
	skb->prev = NULL;
	skb->dev = NULL;
}

struct clasp_seg *clasp_segs_split(struct clasp_segs *segs, struct clasp_seg *seg, u32 len);

static inline void clasp_on_transition(enum clasp_kind kind, void *object,
				       const struct clasp_row *row)
{
	clasp_watch_transition(kind, object, row);
}

#endif
