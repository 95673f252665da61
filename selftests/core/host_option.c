// SPDX-License-Identifier: GPL-2.0
/*
 * What a native endpoint's program chooses, and the verbs that follow at once.
 */
#include "host.h"

static void follow(struct host *host, u64 now)
{
	shell.walked = 0;
	host_output(host, now);
}

/* SO_KEEPALIVE */
void host_keepalive(struct host *host, bool on, u64 now)
{
	struct clasp_env env;

	host->choice.keepalive = on;
	host_env(host, now, &env);
	clasp_option_keepalive(&host->ep.tcb, &env, now);
}

/* What is set to send small segments at once was set. */
void host_push(struct host *host, u64 now)
{
	clasp_option_push(&host->ep.tcb);
	follow(host, now);
}

/* TCP_QUICKACK */
void host_quickack(struct host *host, u32 value, u64 now)
{
	if (clasp_option_quickack(&host->ep.tcb, &host->choice, value))
		follow(host, now);
}
