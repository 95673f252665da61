// SPDX-License-Identifier: GPL-2.0
/*
 * What a native endpoint does when a segment arrives or a deadline has come: the verb of whatever
 * the flow table holds, and the conversions from one object to the next.
 */
#include "host_act.h"
#include "sack.h"

#define PORT_A 40000
#define PORT_B 7

/* An embryo offers the buffer of the socket that it may become: empty. */
static void embryo_env(const struct host *host, u64 now, struct clasp_env *env)
{
	host_env(host, now, env);
	env->rcv_space = env->rcv_buf;
}

static void hold(struct host *host, const struct clasp_in *in, const u8 *payload)
{
	memset(&host->held, 0, sizeof(host->held));
	host->holds = true;
	host->held.header.seq = in->seq;
	host->held.header.flags = in->flags;
	host->held.len = in->len;
	memcpy(host->held.data, payload, in->len);
}

static void listener_segment(struct host *host, const struct clasp_in *in, const u8 *payload,
			     u32 iss, u64 now)
{
	struct clasp_opening opening = host_opening(host);
	struct clasp_result result;
	struct clasp_env env;

	embryo_env(host, now, &env);
	clasp_listen_segment(in, host->full, &result);
	if (result.flags & CLASP_REPLY)
		host_reply(host, &result, now);
	if (!(result.flags & CLASP_ADMIT))
		return;
	memset(&host->embryo, 0, sizeof(host->embryo));
	shell.walked = 0;
	opening.iss = iss;
	clasp_embryo_open(&host->embryo, &env, in, &opening, &result);
	host_check_walk(host, CLASP_LISTEN, CLASP_SYN_RCVD);
	host->flow = FLOW_EMBRYO;
	host->holds = false;
	if (result.flags & CLASP_HOLD)
		hold(host, in, payload);
	if (!(result.flags & CLASP_REPLY))
		violation(host, "an embryo that does not answer");
	host_reply(host, &result, now);
}

/*
 * The socket of an active open learns the peer's first octet with the peer's SYN: its buffer starts
 * there.
 */
static void anchor(struct host *host, u8 before)
{
	const struct clasp_tcb *tcb = &host->ep.tcb;

	if (before != CLASP_SYN_SENT || tcb->state == CLASP_SYN_SENT || tcb->state == CLASP_CLOSED)
		return;
	host->rcv_base = tcb->irs + 1;
	host->rcv_next = host->rcv_base;
}

/* Octets out of order give way where memory is needed, though the peer was told of them (RFC 2018, 8). */
static void purge(struct host *host)
{
	memset(&host->ep.ooo, 0, sizeof(host->ep.ooo));
	clasp_sack_forget(&host->ep.tcb);
}

/* As much of an endpoint as is in use; its queues have more room than that. */
static void copy_queue(struct clasp_segs *to, const struct clasp_segs *from)
{
	to->count = from->count;
	to->in_flight = from->in_flight;
	memcpy(to->node, from->node, from->count * sizeof(*from->node));
	memcpy(to->turn, from->turn, from->count * sizeof(*from->turn));
}

static bool same_queue(const struct clasp_segs *a, const struct clasp_segs *b)
{
	return a->count == b->count && a->in_flight == b->in_flight &&
	       !__builtin_memcmp(a->node, b->node, a->count * sizeof(*a->node)) &&
	       !__builtin_memcmp(a->turn, b->turn, a->count * sizeof(*a->turn));
}

/* To be told from what a verb leaves as it is. */
static struct clasp_result untouched(void)
{
	struct clasp_result result;

	memset(&result, 0xa5, sizeof(result));
	return result;
}

/*
 * A segment may take one of two ways, and what comes of it must not depend on which: a copy of the block takes the long
 * one, and of that the shell's records tell nothing.
 */
static struct clasp_result both_ways(struct host *host, const struct clasp_env *env, const struct clasp_in *in)
{
	struct clasp_result result = untouched(), wanted = untouched();
	struct shell_record before = shell, after;
	static struct endpoint twin;

	twin.tcb = host->ep.tcb;
	copy_queue(&twin.rtx, &host->ep.rtx);
	copy_queue(&twin.ooo, &host->ep.ooo);
	clasp_input_segment(&host->ep.tcb, env, in, &result);
	after = shell;
	shell = before;
	shell.on_walk = NULL;
	clasp_input_any(&twin.tcb, env, in, &wanted);
	if (__builtin_memcmp(shell.notes, after.notes, sizeof(after.notes)))
		violation(host, "the short way of a segment notes something else than the long one");
	shell = after;
	if (__builtin_memcmp(&host->ep.tcb, &twin.tcb, sizeof(twin.tcb)))
		violation(host, "the short way of a segment leaves another block behind than the long one");
	if (!same_queue(&host->ep.rtx, &twin.rtx) || !same_queue(&host->ep.ooo, &twin.ooo))
		violation(host, "the short way of a segment leaves other queues behind than the long one");
	if (__builtin_memcmp(&result, &wanted, sizeof(result)))
		violation(host, "the short way of a segment asks for something else than the long one");
	return result;
}

static u32 arrive(struct host *host, const struct clasp_in *in, const u8 *payload, u64 now)
{
	u8 before = host->ep.tcb.state;
	struct clasp_result result;
	struct clasp_env env;

	if (host->no_memory && in->len)
		purge(host);
	host_env(host, now, &env);
	result = both_ways(host, &env, in);
	anchor(host, before);
	if (result.flags & CLASP_HOLD)
		hold(host, in, payload);
	host_act(host, &result, payload, in->len, before, now);
	return result.flags;
}

static void connection_segment(struct host *host, const struct clasp_in *in, const u8 *payload,
			       u64 now)
{
	struct clasp_in held;

	if (!(arrive(host, in, payload, now) & CLASP_CONNECTED) || !host->holds)
		return;
	held = (struct clasp_in){ .seq = host->held.header.seq, .len = host->held.len,
				  .flags = host->held.header.flags,
				  .header_len = CLASP_HEADER_LEN + CLASP_TIMESTAMPS_LEN };
	host->holds = false;
	shell.walked = 0;
	clasp_input_held(&host->ep.tcb, &held);
	arrive(host, &held, host->held.data, now);
}

static void promote(struct host *host, const struct clasp_in *in, const u8 *payload, u64 now)
{
	host_fresh(host);
	clasp_tcb_from_embryo(&host->ep.tcb, &host->embryo);
	host->snd_base = host->embryo.iss + 1;
	host->rcv_base = host->embryo.irs + 1;
	host->rcv_next = host->rcv_base;
	host_check_walk(host, CLASP_SYN_RCVD, host->ep.tcb.state);
	connection_segment(host, in, payload, now);
}

/* An embryo is in the table as long as it is in SYN_RCVD. */
static void leave_embryo(struct host *host, const struct clasp_result *result)
{
	bool waits = host->embryo.state == CLASP_SYN_RCVD;
	bool ended = result->flags & CLASP_ENDED;

	if (ended == waits)
		violation(host, "an embryo %s in %s", ended ? "ends" : "stays",
			  clasp_state_name(host->embryo.state));
	if (ended)
		host->flow = FLOW_NONE;
}

static void embryo_segment(struct host *host, const struct clasp_in *in, const u8 *payload,
			   u64 now)
{
	struct clasp_result result;
	struct clasp_env env;

	embryo_env(host, now, &env);
	clasp_embryo_segment(&host->embryo, &env, in, host->accept_full, &result);
	host_check_walk(host, CLASP_SYN_RCVD, host->embryo.state);
	if (result.flags & CLASP_REPLY)
		host_reply(host, &result, now);
	leave_embryo(host, &result);
	if (result.flags & CLASP_PROMOTE)
		promote(host, in, payload, now);
}

static void tw_segment(struct host *host, const struct clasp_in *in, const u8 *payload, u64 now)
{
	struct clasp_result result;
	struct clasp_env env;
	u32 iss;

	host_env(host, now, &env);
	clasp_tw_segment(&host->tw, &env, in, &result);
	host_check_walk(host, CLASP_TIME_WAIT, CLASP_TIME_WAIT);
	if ((result.flags & CLASP_REOPEN) && host->listener.state != CLASP_LISTEN)
		clasp_tw_unheard(&host->tw, &env, &result);
	if (result.flags & CLASP_REPLY)
		host_reply(host, &result, now);
	if (result.flags & CLASP_RESTART)
		host->tw_since = now;
	if (!(result.flags & CLASP_REOPEN))
		return;
	clasp_tw_end(&host->tw, CLASP_RCV_NEW_SYN);
	host_check_walk(host, CLASP_TIME_WAIT, CLASP_CLOSED);
	host->flow = FLOW_NONE;
	iss = clasp_isn_above(host->iss, host->iss ^ 0x5a5a5a, host->tw.snd_nxt);
	if (!seq_after(iss, host->tw.snd_nxt))
		violation(host, "a new ISS %u at or below the old SND.NXT %u", iss,
			  host->tw.snd_nxt);
	listener_segment(host, in, payload, iss, now);
}

static void nobody_segment(struct host *host, const struct clasp_in *in, const u8 *payload,
			   u64 now)
{
	struct clasp_result result;

	if (host->listener.state == CLASP_LISTEN) {
		listener_segment(host, in, payload, host->iss, now);
		return;
	}
	clasp_closed_segment(in, &result);
	if (result.flags & CLASP_REPLY)
		host_reply(host, &result, now);
}

/* A router says that the oldest segment under way will never arrive. */
void host_unreachable(struct host *host, u64 now)
{
	u8 before = host->ep.tcb.state;
	struct clasp_result result;

	shell.walked = 0;
	if (host->flow == FLOW_EMBRYO) {
		clasp_icmp_embryo(&host->embryo, host->embryo.iss, true, &result);
		host_check_walk(host, CLASP_SYN_RCVD, host->embryo.state);
		leave_embryo(host, &result);
	} else if (host->flow == FLOW_CONNECTION) {
		clasp_icmp_error(&host->ep.tcb, host->ep.tcb.snd_una, true, &result);
		host_act(host, &result, NULL, 0, before, now);
	}
}

/* A router says that a segment is too large for its way on. */
void host_too_large(struct host *host, u32 seq, u64 now)
{
	u8 before = host->ep.tcb.state;
	struct clasp_result result;
	struct clasp_env env;

	if (host->flow != FLOW_CONNECTION)
		return;
	shell.walked = 0;
	host_env(host, now, &env);
	clasp_icmp_mtu(&host->ep.tcb, &env, seq, &result);
	host_act(host, &result, NULL, 0, before, now);
}

static void octets_arrive(struct host *host, const u8 *octets, u32 len, u8 ecn, u64 now)
{
	struct clasp_in in;
	const u8 *payload;

	if (!clasp_wire_parse(&in, octets, len, len))
		return;
	in.ecn = ecn;
	in.mss = host->comes_in;
	payload = octets + in.header_len;
	shell.walked = 0;
	switch (host->flow) {
	case FLOW_EMBRYO:
		embryo_segment(host, &in, payload, now);
		break;
	case FLOW_CONNECTION:
		connection_segment(host, &in, payload, now);
		break;
	case FLOW_TW:
		tw_segment(host, &in, payload, now);
		break;
	default:
		nobody_segment(host, &in, payload, now);
	}
}

void host_octets(struct host *host, const u8 *octets, u32 len, u64 now)
{
	octets_arrive(host, octets, len, 0, now);
}

void host_segment(struct host *host, const struct segment *segment, u64 now)
{
	u8 octets[CLASP_HEADER_MAX + SEGMENT_MAX];
	u32 len = clasp_wire_build(octets, &segment->header, PORT_A, PORT_B);

	memcpy(octets + len, segment->data, segment->len);
	octets_arrive(host, octets, len + segment->len, segment->header.ecn, now);
}

u64 host_deadline(const struct host *host)
{
	switch (host->flow) {
	case FLOW_EMBRYO:
		return host->embryo.deadline;
	case FLOW_CONNECTION:
		return clasp_timer_deadline(&host->ep.tcb);
	case FLOW_TW:
		return clasp_tw_deadline(&host->tw, host->config);
	default:
		return 0;
	}
}

static void embryo_tick(struct host *host, u64 now)
{
	struct clasp_result result;
	struct clasp_env env;

	embryo_env(host, now, &env);
	clasp_embryo_timeout(&host->embryo, &env, &host->crowd, &result);
	host_check_walk(host, CLASP_SYN_RCVD, host->embryo.state);
	if (result.flags & CLASP_REPLY)
		host_reply(host, &result, now);
	leave_embryo(host, &result);
	if (host->flow == FLOW_EMBRYO && !host->embryo.deadline)
		violation(host, "an embryo without a deadline");
}

static void connection_tick(struct host *host, u64 now)
{
	u8 before = host->ep.tcb.state;
	struct clasp_result result;
	struct clasp_env env;

	host_env(host, now, &env);
	clasp_timer_expired(&host->ep.tcb, &env, &result);
	host_act(host, &result, NULL, 0, before, now);
}

void host_tick(struct host *host, u64 now)
{
	shell.walked = 0;
	switch (host->flow) {
	case FLOW_EMBRYO:
		embryo_tick(host, now);
		break;
	case FLOW_CONNECTION:
		connection_tick(host, now);
		break;
	case FLOW_TW:
		if (now < clasp_tw_deadline(&host->tw, host->config))
			break;
		if (now < host->tw_since + 2 * host->config->msl)
			violation(host, "TIME_WAIT lasted less than 2 MSL");
		clasp_tw_end(&host->tw, CLASP_2MSL_OVER);
		host_check_walk(host, CLASP_TIME_WAIT, CLASP_CLOSED);
		host->flow = FLOW_NONE;
		break;
	}
}
