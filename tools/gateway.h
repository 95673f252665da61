/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The gateway: what the command and the program that it puts into the kernel have to agree on. The first part is
 * compiled for both.
 */
#ifndef CLASP_TOOLS_GATEWAY_H
#define CLASP_TOOLS_GATEWAY_H

#define GATEWAY_TCP 6
#define GATEWAY_PORTS 65536

enum gateway_way {
	GATEWAY_ARRIVING,		/* TCP becomes Clasp */
	GATEWAY_LEAVING,		/* Clasp becomes TCP */
	GATEWAY_WAYS,
};

/**
 * struct gateway_choice - what is translated; it never changes while a gateway stands
 * @protocol: Clasp's number
 * @link: octets in front of the IP header
 * @some: only what has one of @ports at either end
 * @gro: receive offload was on, and has to be switched on again
 * @ports: a bit each
 */
struct gateway_choice {
	unsigned char protocol;
	unsigned char link;
	unsigned char some;
	unsigned char gro;
	unsigned char ports[GATEWAY_PORTS / 8];
};

/**
 * struct gateway_count - what became of packets of one way
 * @segments: translated whole
 * @fragments: translated in parts
 * @errors: ICMP's that quote one
 * @left: would have been translated, but were not chosen, or are of a socket of TCP's
 * @dropped: could not be translated
 */
struct gateway_count {
	unsigned long long segments;
	unsigned long long fragments;
	unsigned long long errors;
	unsigned long long left;
	unsigned long long dropped;
};

#ifndef __bpf__

#include <stdbool.h>

/* What clang made of gateway.bpf.c; the linker gives the names. */
extern const char _binary_gateway_bpf_o_start[], _binary_gateway_bpf_o_end[];

int gateway_start(const char *device, struct gateway_choice *choice);
int gateway_stop(const char *device);
int gateway_ask(const char *device, struct gateway_choice *choice,
		struct gateway_count counts[GATEWAY_WAYS], bool stands[GATEWAY_WAYS]);

#endif

#endif
