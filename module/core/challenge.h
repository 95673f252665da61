/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Answers that an attacker could ask for are limited for each connection on its own: a limit shared by
 * all would tell one connection's owner about another (RFC 5961, 7; CVE-2016-5696).
 */
#ifndef CLASP_CORE_CHALLENGE_H
#define CLASP_CORE_CHALLENGE_H

#include "tcb.h"

/**
 * clasp_challenge_allowed - may a challenge ACK be sent now?
 * @challenged_at: ns of the last one, 0 before the first; set to now when it may
 * @env: config and now
 */
static inline bool clasp_challenge_allowed(u64 *challenged_at, const struct clasp_env *env)
{
	if (*challenged_at && env->now - *challenged_at < env->config->challenge_interval)
		return false;
	*challenged_at = env->now;
	return true;
}

#endif
