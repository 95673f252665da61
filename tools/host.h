/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host of a lab: a network namespace, and a program in it that does what it is told.
 */
#ifndef CLASP_TOOLS_HOST_H
#define CLASP_TOOLS_HOST_H

#include <sys/types.h>

#include "lab.h"

/**
 * struct answer - what came of a step
 * @err: errno, 0 when the call did what it should
 * @octets: read by the program so far
 */
struct answer {
	int err;
	u64 octets;
};

/**
 * struct host - the runner's side of a host
 * @id: enum host_id
 * @pid: of its program
 * @fd: steps go there, answers come back
 * @net: inode number of its namespace
 * @pending: a step that was sent and not answered yet
 * @octets: read by its program
 */
struct host {
	u8 id;
	pid_t pid;
	int fd;
	u32 net;
	const struct step *pending;
	u64 octets;
};

int host_start(struct host *host, u8 id, const struct lab_options *options);
void host_end(struct host *host);
int host_tell(struct host *host, const struct step *step);
int host_settle(const struct host *host);
int host_await(struct host *host, u32 limit_s, struct answer *answer);

#endif
