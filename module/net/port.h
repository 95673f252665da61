/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who owns a local port: every bound or connected socket, and every TIME_WAIT, owns its own share.
 */
#ifndef CLASP_NET_PORT_H
#define CLASP_NET_PORT_H

#include <linux/list.h>
#include <linux/types.h>

struct clasp_flow;
struct clasp_net;
struct clasp_sock;

/**
 * struct clasp_port - a port that has owners
 * @node: in the bucket's chain
 * @owners: of struct clasp_owner, under the bucket's lock
 * @bound: owners that asked for the port, or have it from one that did; the others got it in connect()
 *         and share it with whoever else connects
 * @number: host order
 */
struct clasp_port {
	struct hlist_node node;
	struct hlist_head owners;
	u32 bound;
	u16 number;
};

/**
 * struct clasp_owner - a share in a port, embedded in who has it
 * @node: among the owners
 * @port: NULL when nothing is owned
 * @flow: whose it is
 */
struct clasp_owner {
	struct hlist_node node;
	struct clasp_port *port;
	struct clasp_flow *flow;
};

/**
 * enum clasp_port_effort - how much a port is wanted
 * @CLASP_PORT_UNSHARED: another would do as well
 * @CLASP_PORT_SHARED: another would not, but in a SO_REUSEPORT group nobody ends up by chance
 * @CLASP_PORT_ASKED: the program named it
 */
enum clasp_port_effort {
	CLASP_PORT_UNSHARED,
	CLASP_PORT_SHARED,
	CLASP_PORT_ASKED,
};

int clasp_port_net_init(struct clasp_net *cn);
void clasp_port_net_exit(struct clasp_net *cn);

int clasp_port_bind(struct clasp_sock *cs, u16 number, enum clasp_port_effort effort);
int clasp_port_listen(struct clasp_sock *cs);
void clasp_port_unlisten(struct clasp_sock *cs);
int clasp_port_connect(struct clasp_sock *cs, u16 number);
int clasp_port_share(struct clasp_net *cn, const struct clasp_owner *from, struct clasp_owner *to);
void clasp_port_release(struct clasp_net *cn, struct clasp_owner *owner);

/* ephemeral.c: a port for who does not care which */
int clasp_ephemeral_init(void);
void clasp_ephemeral_exit(void);
int clasp_ephemeral_bind(struct clasp_sock *cs);
int clasp_ephemeral_connect(struct clasp_sock *cs);

#endif
