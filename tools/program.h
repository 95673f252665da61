/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The program that a host runs: its sockets, by the names that the lab gives them.
 */
#ifndef CLASP_TOOLS_PROGRAM_H
#define CLASP_TOOLS_PROGRAM_H

#include "stage.h"

#define PROGRAM_SOCKETS 16

/**
 * struct stream - a connected socket
 * @name: as steps call it
 * @open: the others mean something
 * @fd: the socket
 * @sent: octets so far
 * @received: octets so far
 */
struct stream {
	char name[8];
	bool open;
	int fd;
	u64 sent;
	u64 received;
};

/**
 * struct program - everything that a program has
 * @id: enum host_id of its host
 * @protocol: of its sockets
 * @family: of its sockets' addresses
 * @listener: the listening socket, or -1
 * @rcvbuf: SO_RCVBUF of new sockets, 0 for the kernel's choice
 * @sndbuf: SO_SNDBUF of new sockets, 0 for the kernel's choice
 * @octets: read over all connections
 * @streams: its connections
 */
struct program {
	u8 id;
	u32 protocol;
	const struct stage_family *family;
	int listener;
	u32 rcvbuf;
	u32 sndbuf;
	u64 octets;
	struct stream streams[PROGRAM_SOCKETS];
};

int program_perform(struct program *program, const struct step *step);

#endif
