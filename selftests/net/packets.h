/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets made by hand: a wall that keeps a host's own stack from hearing, the Internet checksum, and ICMP
 * errors about what was sent.
 */
#ifndef CLASP_PACKETS_H
#define CLASP_PACKETS_H

#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include "net_helpers.h"

HELPER uint32_t checksum_add(uint32_t sum, const void *octets, size_t len)
{
	const uint8_t *octet = octets;
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? octet[i] : octet[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

HELPER uint16_t checksum(const void *octets, size_t len)
{
	return ~checksum_add(0, octets, len);
}

/* From now on the host hears nothing of that protocol. */
HELPER void wall_up(enum host host, int protocol)
{
	enter(host);
	run("nft 'table inet wall { chain in { type filter hook input priority 0; "
	    "meta l4proto %d drop; }; }'", protocol);
}

HELPER void wall_down(enum host host)
{
	enter(host);
	run("nft delete table inet wall");
}

/* What an ICMP error quotes of a packet at least: IP's header, and eight octets. */
#define QUOTED BY_FAMILY(28, 48)
#define QUOTED_MAX 48

/* An ICMP error for the client, and an MTU in it, or 0. The kernel has the checksum of ICMPv6's. */
HELPER void icmp_answer(int raw, const uint8_t *packet, uint8_t type, uint8_t code, uint16_t mtu)
{
	uint8_t error[8 + QUOTED_MAX] = { type, code, [6] = mtu >> 8, [7] = mtu };
	uint16_t sum;

	memcpy(error + 8, packet, QUOTED);
	sum = checksum(error, 8 + QUOTED);
	error[2] = sum >> 8;
	error[3] = sum & 0xff;
	sendto(raw, error, 8 + QUOTED, 0, AT(CLIENT, 0));
}

#endif
