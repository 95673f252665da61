/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP_INFO as the kernel has it.
 */
#ifndef CLASP_NET_INFO_H
#define CLASP_NET_INFO_H

#include <netinet/tcp.h>
#include <stddef.h>

#include "net_helpers.h"

/**
 * struct info - the kernel's struct tcp_info, of which the C library's is the beginning
 * @tcp: what both have
 */
struct info {
	struct tcp_info tcp;
	uint64_t pacing_rate;
	uint64_t max_pacing_rate;
	uint64_t bytes_acked;
	uint64_t bytes_received;
	uint32_t segs_out;
	uint32_t segs_in;
	uint32_t notsent_bytes;
	uint32_t min_rtt;
	uint32_t data_segs_in;
	uint32_t data_segs_out;
	uint64_t times[4];
	uint32_t delivered[2];
	uint64_t bytes[2];
	uint32_t disorder[3];
	uint32_t snd_wnd;
};

_Static_assert(offsetof(struct info, bytes_acked) == 120 && offsetof(struct info, snd_wnd) == 228,
	       "struct tcp_info of linux/tcp.h");

HELPER struct info info_of(int fd, int level)
{
	struct info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, level, TCP_INFO, &info, &len))
		stage_fails("TCP_INFO");
	return info;
}

#endif
