// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_INFO. What Clasp does not keep is 0.
 */
#include "../core/option.h"
#include "../core/status.h"
#include "info.h"
#include "sock.h"

/* Linux counts by how many segments one was overtaken, from so many on; RACK knows of time alone. */
#define REORDERING 3

/* Two members have another meaning for a listener, which ss knows. */
static void fill_listener(const struct sock *sk, struct tcp_info *info)
{
	info->tcpi_unacked = READ_ONCE(sk->sk_ack_backlog);
	info->tcpi_sacked = READ_ONCE(sk->sk_max_ack_backlog);
	info->tcpi_pacing_rate = info->tcpi_max_pacing_rate;
}

static void fill_sender(const struct clasp_status *status, struct tcp_info *info)
{
	info->tcpi_retransmits = status->retries;
	info->tcpi_probes = status->probes;
	info->tcpi_backoff = status->backoff;
	info->tcpi_rto = status->rto_us;
	info->tcpi_rtt = status->srtt_us;
	info->tcpi_rttvar = status->rttvar_us;
	info->tcpi_snd_mss = status->snd_mss;
	info->tcpi_unacked = status->unacked;
	info->tcpi_sacked = status->sacked;
	info->tcpi_lost = status->lost;
	info->tcpi_retrans = status->again;
	info->tcpi_min_rtt = status->min_rtt_us;
	info->tcpi_reordering = REORDERING;
	info->tcpi_reord_seen = status->reordered;
	info->tcpi_snd_cwnd = status->cwnd;
	info->tcpi_snd_ssthresh = status->ssthresh;
	info->tcpi_total_retrans = status->resent;
	info->tcpi_bytes_acked = status->acked;
	info->tcpi_notsent_bytes = status->notsent;
	info->tcpi_segs_out = status->segs_out;
	info->tcpi_snd_wnd = status->snd_wnd;
}

static void fill_receiver(const struct clasp_status *status, struct tcp_info *info)
{
	info->tcpi_ato = status->ato_us;
	info->tcpi_rcv_mss = status->rcv_mss;
	info->tcpi_bytes_received = status->received;
	info->tcpi_segs_in = status->segs_in;
}

/* Of a call that nobody has answered yet TCP tells none. */
static void fill_options(const struct clasp_status *status, struct tcp_info *info)
{
	if (status->ts_ok)
		info->tcpi_options |= TCPI_OPT_TIMESTAMPS;
	if (status->sack_ok)
		info->tcpi_options |= TCPI_OPT_SACK;
	if (status->ecn_ok)
		info->tcpi_options |= TCPI_OPT_ECN;
	if (status->ecn_seen)
		info->tcpi_options |= TCPI_OPT_ECN_SEEN;
	if (!status->wscale_ok)
		return;
	info->tcpi_options |= TCPI_OPT_WSCALE;
	info->tcpi_snd_wscale = status->snd_wscale;
	info->tcpi_rcv_wscale = status->rcv_wscale;
}

static void fill_connection(struct clasp_sock *cs, struct tcp_info *info)
{
	struct sock *sk = clasp_sock_sk(cs);
	struct clasp_status status;
	struct dst_entry *dst;
	struct clasp_env env;

	clasp_act_env(cs, &env);
	clasp_status_get(&cs->tcb, &env, &status);
	fill_sender(&status, info);
	fill_receiver(&status, info);
	fill_options(&status, info);
	info->tcpi_pacing_rate = clasp_pace_rate(&cs->tcb, env.config, info->tcpi_max_pacing_rate);
	info->tcpi_advmss = clasp_option_mss(&env, env.mss);
	dst = __sk_dst_get(sk);
	if (dst)
		info->tcpi_pmtu = dst_mtu(dst);
}

/**
 * clasp_info_fill - what there is to know of a socket
 * @sk: unlocked
 * @info: filled in
 */
void clasp_info_fill(struct sock *sk, struct tcp_info *info)
{
	memset(info, 0, sizeof(*info));
	lock_sock(sk);
	info->tcpi_state = sk->sk_state;
	info->tcpi_max_pacing_rate = clasp_sock_most_rate(sk);
	if (sk->sk_state == TCP_LISTEN)
		fill_listener(sk, info);
	else
		fill_connection(clasp_sk(sk), info);
	release_sock(sk);
}
