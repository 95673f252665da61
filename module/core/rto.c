// SPDX-License-Identifier: GPL-2.0
/*
 * SRTT and RTTVAR follow the round trip in fixed point, in microseconds; the timeout is derived once a
 * measurement, and backed off where it is used.
 */
#include "rto.h"

/**
 * clasp_rto_sample - take a round trip into account (RFC 6298, 2.2 and 2.3)
 * @tcb: the connection
 * @config: bounds
 * @rtt: ns, of a segment that was sent once (Karn's rule is the caller's)
 *
 * RFC 6298, 2.4 rounds RTO up to a second. With a floor of less the peer's delayed ACK would outlast the
 * RTO of a path whose round trips hardly vary; so the floor stands under the variance, as in Linux.
 */
void clasp_rto_sample(struct clasp_tcb *tcb, const struct clasp_config *config, u64 rtt)
{
	u32 rtt_us = clasp_max(1, clasp_div64(clasp_min64(rtt, config->rto_max), CLASP_USEC));
	u32 off, floor_us;

	tcb->cong.rtt_us = rtt_us;
	if (!tcb->srtt_us) {
		tcb->srtt_us = rtt_us;
		tcb->rttvar_us = rtt_us / 2;
	} else {
		off = tcb->srtt_us > rtt_us ? tcb->srtt_us - rtt_us : rtt_us - tcb->srtt_us;
		tcb->rttvar_us = tcb->rttvar_us - tcb->rttvar_us / 4 + off / 4;
		tcb->srtt_us = tcb->srtt_us - tcb->srtt_us / 8 + rtt_us / 8;
	}
	floor_us = clasp_div64(config->rto_min, CLASP_USEC);
	tcb->rto_us = tcb->srtt_us + clasp_max(floor_us, 4 * tcb->rttvar_us);
	tcb->backoff = 0;
	tcb->tail.unmeasured = false;
}

/**
 * clasp_rto_backoff - double a timeout for each retransmission (RFC 6298, 5.5)
 * @rto: ns
 * @retries: how often to double
 * @ceiling: ns, never more than this
 */
u64 clasp_rto_backoff(u64 rto, u8 retries, u64 ceiling)
{
	while (retries-- && rto < ceiling)
		rto *= 2;
	return clasp_min64(rto, ceiling);
}

/**
 * clasp_rto_sum - how long so many timeouts take, each twice the one before
 * @rto: the first, ns
 * @retries: how many follow it
 * @ceiling: ns, none is longer
 */
u64 clasp_rto_sum(u64 rto, u8 retries, u64 ceiling)
{
	u64 sum;

	rto = clasp_min64(rto, ceiling);
	sum = rto;
	while (retries--) {
		rto = clasp_rto_backoff(rto, 1, ceiling);
		sum += rto;
	}
	return sum;
}

/* RTO without backoff, ns */
static u64 plain(const struct clasp_tcb *tcb, const struct clasp_config *config)
{
	if (tcb->srtt_us)
		return clasp_max64(tcb->rto_us * CLASP_USEC, config->rto_min);
	if (tcb->syn_resent && clasp_state_synchronized(tcb->state))
		return clasp_max64(config->rto_init, 3 * CLASP_SEC);
	return config->rto_init;
}

/**
 * clasp_rto_current - ns that the retransmission timer is to run now, backoff included
 * @tcb: the connection
 * @config: bounds
 */
u64 clasp_rto_current(const struct clasp_tcb *tcb, const struct clasp_config *config)
{
	return clasp_rto_backoff(plain(tcb, config), tcb->backoff, config->rto_max);
}

/**
 * clasp_rto_first - ns that it ran before the first of the retransmissions that are counted now
 * @tcb: the connection
 * @config: bounds
 */
u64 clasp_rto_first(const struct clasp_tcb *tcb, const struct clasp_config *config)
{
	u8 earlier = tcb->backoff - clasp_min(tcb->backoff, tcb->retries);

	return clasp_rto_backoff(plain(tcb, config), earlier, config->rto_max);
}
