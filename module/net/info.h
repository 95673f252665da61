/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A socket in the form of TCP's struct tcp_info.
 */
#ifndef CLASP_NET_INFO_H
#define CLASP_NET_INFO_H

#include <linux/tcp.h>
#include <net/sock.h>

void clasp_info_fill(struct sock *sk, struct tcp_info *info);

#endif
