/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What core/ asks of whoever compiles it (see core/seg.h), answered with sk_buffs in red-black trees.
 * A segment that waits never has skb->next or skb->prev: the tree's node lies over them. One that was sent has no
 * route and no destructor either: its place among those in flight lies over these.
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
	struct rb_node *node = segs->root.rb_node;

	while (node && node->rb_left)
		node = node->rb_left;
	return clasp_skb_seg(node);
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

static inline struct clasp_seg *clasp_rtx_oldest(struct clasp_tcb *tcb)
{
	struct clasp_sock *cs = container_of(tcb, struct clasp_sock, tcb);
	struct sk_buff *skb = list_first_entry_or_null(&cs->in_flight, struct sk_buff,
						       tcp_tsorted_anchor);

	return skb ? &CLASP_CB(skb)->seg : NULL;
}

static inline void clasp_rtx_newest(struct clasp_tcb *tcb, struct clasp_seg *seg)
{
	struct clasp_sock *cs = container_of(tcb, struct clasp_sock, tcb);

	list_move_tail(&clasp_seg_skb(seg)->tcp_tsorted_anchor, &cs->in_flight);
}

static inline void clasp_rtx_gone(struct clasp_tcb *tcb, struct clasp_seg *seg)
{
	list_del_init(&clasp_seg_skb(seg)->tcp_tsorted_anchor);
}

/* Not core's: what stood over its place in the list, when it stands nowhere. */
static inline void clasp_rtx_clear(struct sk_buff *skb)
{
	skb->_skb_refdst = 0;
	skb->destructor = NULL;
}

/* Not core's: a segment was sent, or split off one; in flight it is by core's word. */
static inline void clasp_rtx_insert(struct clasp_sock *cs, struct sk_buff *skb)
{
	INIT_LIST_HEAD(&skb->tcp_tsorted_anchor);
	clasp_segs_insert(&cs->rtx, skb);
}

/* Not core's: the reverse. Most have arrived, and core has taken them off the list. */
static inline void clasp_rtx_erase(struct clasp_sock *cs, struct sk_buff *skb)
{
	if (!list_empty(&skb->tcp_tsorted_anchor))
		list_del(&skb->tcp_tsorted_anchor);
	clasp_rtx_clear(skb);
	clasp_segs_erase(&cs->rtx, skb);
}

struct clasp_seg *clasp_segs_split(struct clasp_segs *segs, struct clasp_seg *seg, u32 len);

static inline void clasp_on_transition(enum clasp_kind kind, void *object,
				       const struct clasp_row *row)
{
	clasp_watch_transition(kind, object, row);
}

static inline void clasp_on_note(struct clasp_tcb *tcb, u8 note)
{
	CLASP_INC_NOTE(clasp_sock_net(container_of(tcb, struct clasp_sock, tcb)), note);
}

#endif
