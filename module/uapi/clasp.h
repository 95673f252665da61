/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What a program includes to speak Clasp: socket(AF_INET, SOCK_STREAM, IPPROTO_CLASP) gives a stream
 * socket with the calls, options and errors of a TCP socket.
 */
#ifndef _UAPI_CLASP_H
#define _UAPI_CLASP_H

/*
 * RFC 3692 sets 253 and 254 aside for experiments, on networks where all agree. The module listens to
 * 253 unless it was loaded with protocol=254.
 */
#define IPPROTO_CLASP 253

/* Level of socket options; IPPROTO_TCP is taken too. The options are those of <netinet/tcp.h>. */
#define SOL_CLASP 253

#endif
