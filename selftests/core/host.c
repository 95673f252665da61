// SPDX-License-Identifier: GPL-2.0
/*
 * The imperative half of a native endpoint: acts on the flags of struct clasp_result in their
 * order, runs the output loop, moves octets. It trusts core/ with nothing: whatever a result claims
 * is checked against what this shell knows by itself.
 */
#include "host_act.h"
#include "output.h"
#include "sack.h"

#define OUTPUT_RUN 64		/* segments in one run of the output loop */

const char *const flow_names[] = { "nothing", "embryo", "connection", "time_wait" };

struct shell_record shell;

void host_init(struct host *host, const struct clasp_config *config, u8 id)
{
	memset(host, 0, __builtin_offsetof(struct host, snd));
	host->config = config;
	host->id = id;
	host->rcv_buf = 65535;
	host->mss = SEGMENT_MAX;
	host->listener.state = CLASP_CLOSED;
	clasp_call_forget(&host->ep.tcb);
}

u32 host_unread(const struct host *host)
{
	return seq_distance(host->rcv_base, host->rcv_next);
}

void host_env(const struct host *host, u64 now, struct clasp_env *env)
{
	u32 used = host_unread(host);

	if (host->count_ooo)
		for (u32 i = 0; i < host->ep.ooo.count; i++)
			used += host->ep.ooo.node[i].len;
	memset(env, 0, sizeof(*env));
	env->config = host->config;
	env->choice = &host->choice;
	env->now = now;
	env->pace = host->pace;
	env->rcv_buf = host->rcv_buf;
	env->rcv_space = used < host->rcv_buf ? host->rcv_buf - used : 0;
	env->unread = host_unread(host);
	env->together = host->together;
	env->mss = host->mss;
	env->ip_options = host->ip_options;
	env->more = host->more;
	env->deaf = host->deaf;
	env->full = host->no_memory;
	env->pressure = host->pressure;
}

struct clasp_opening host_opening(const struct host *host)
{
	return (struct clasp_opening){
		.iss = host->iss, .ts_hash = host->ts_hash,
		.rcv_most = clasp_max(host->rcv_most, host->rcv_buf),
		.peer_mss = host->ipv6 ? CLASP_MSS_DEFAULT_IPV6 : CLASP_MSS_DEFAULT,
	};
}

u8 host_state(const struct host *host)
{
	switch (host->flow) {
	case FLOW_EMBRYO:
		return host->embryo.state;
	case FLOW_CONNECTION:
		return host->ep.tcb.state;
	case FLOW_TW:
		return host->tw.state;
	default:
		return host->listener.state;
	}
}

/* Octets live as long as their node, which may be acknowledged in part. */
static void free_acked(struct host *host)
{
	struct clasp_segs *rtx = &host->ep.rtx;
	u32 end = host->ep.tcb.snd_una, acked;

	while (rtx->count && clasp_seg_covered(rtx->node, end) == rtx->node[0].len)
		shell_segs_remove(rtx, rtx->node);
	if (rtx->count)
		end = rtx->node[0].seq;
	if (seq_before_eq(end, host->snd_base))
		return;
	acked = clasp_min(seq_distance(host->snd_base, end), host->snd_queued);
	host->snd_base += acked;
	host->snd_queued -= acked;
}

static void store(struct host *host, u32 seq, const u8 *bytes, u32 len)
{
	if (seq_distance(host->rcv_base, seq) + len > HOST_RING)
		violation(host, "octets %u+%u do not fit behind %u", seq, len, host->rcv_base);
	for (u32 i = 0; i < len; i++)
		host->rcv[(seq + i) % HOST_RING] = bytes[i];
}

static void take_data(struct host *host, const struct clasp_result *result, const u8 *payload,
		      u32 len)
{
	struct clasp_seg node = { .seq = result->data_seq, .len = result->data_len };

	if (!(result->flags & (CLASP_DELIVER | CLASP_KEEP)))
		return;
	if (!payload || result->data_off + result->data_len > len || !result->data_len) {
		violation(host, "octets %u+%u of a payload of %u", result->data_off,
			  result->data_len, len);
		return;
	}
	if (result->flags & CLASP_KEEP) {
		if (seq_before_eq(result->data_seq, host->rcv_next))
			violation(host, "octets at %u wait out of order, but %u is next",
				  result->data_seq, host->rcv_next);
		if (!shell_segs_insert(&host->ep.ooo, &node)) {
			clasp_sack_forget(&host->ep.tcb);
			return;
		}
		store(host, result->data_seq, payload + result->data_off, result->data_len);
		return;
	}
	if (result->data_seq != host->rcv_next)
		violation(host, "octets at %u delivered, but %u is next", result->data_seq,
			  host->rcv_next);
	store(host, result->data_seq, payload + result->data_off, result->data_len);
	host->rcv_next += result->data_len;
}

static void drain(struct host *host)
{
	struct clasp_segs *ooo = &host->ep.ooo;
	struct clasp_seg *first;

	while ((first = clasp_segs_first(ooo)) &&
	       seq_before(first->seq, host->ep.tcb.rcv_nxt)) {
		if (seq_after(first->seq, host->rcv_next))
			violation(host, "a hole at %u is drained", host->rcv_next);
		host->rcv_next += first->len - clasp_seg_covered(first, host->rcv_next);
		shell_segs_remove(ooo, first);
	}
}

void host_reply(struct host *host, const struct clasp_result *result, u64 now)
{
	struct segment segment = { .header = result->reply };

	wire_transmit(host, &segment, now);
}

static void flush(struct host *host)
{
	memset(&host->ep.rtx, 0, sizeof(host->ep.rtx));
	memset(&host->ep.ooo, 0, sizeof(host->ep.ooo));
	host->snd_queued = 0;
}

static void leave(struct host *host, const struct clasp_result *result, u64 now)
{
	if (result->flags & CLASP_WAIT_2MSL) {
		if (host->ep.tcb.state != CLASP_TIME_WAIT)
			violation(host, "TIME_WAIT is asked for in another state");
		clasp_tw_from_tcb(&host->tw, &host->ep.tcb, now);
		clasp_tw_handed_over(&host->ep.tcb);
		host->tw_since = now;
		host->flow = host->no_tw ? FLOW_NONE : FLOW_TW;
	} else if (result->flags & CLASP_ENDED) {
		if (host->ep.tcb.state != CLASP_CLOSED)
			violation(host, "ended in %s", clasp_state_name(host->ep.tcb.state));
		host->flow = FLOW_NONE;
	} else {
		if (host->ep.tcb.state == CLASP_CLOSED || host->ep.tcb.state == CLASP_TIME_WAIT)
			violation(host, "stays in the table in %s",
				  clasp_state_name(host->ep.tcb.state));
		return;
	}
	host->ended = true;
	flush(host);
}

/* Act on a connection's result, in the order of the flags. */
void host_act(struct host *host, const struct clasp_result *result, const u8 *payload, u32 len,
	      u8 before, u64 now)
{
	host_check_walk(host, before, host->ep.tcb.state);
	take_data(host, result, payload, len);
	if (result->flags & CLASP_DRAIN)
		drain(host);
	if (result->flags & CLASP_ACKED)
		free_acked(host);
	if (result->flags & CLASP_CONNECTED) {
		if (host->connected)
			violation(host, "connected twice");
		host->connected = true;
	}
	host_check_received(host);
	if (result->flags & CLASP_EOF) {
		if (host->eof)
			violation(host, "two ends of one file");
		host->eof = true;
	}
	if (result->flags & CLASP_FAILED) {
		host->error = host->ep.tcb.error;
		if (!host->error)
			violation(host, "failed without a reason");
		flush(host);
	}
	if (result->flags & CLASP_REPLY)
		host_reply(host, result, now);
	if (result->flags & CLASP_OUTPUT)
		host_output(host, now);
	host_check_tcb(host);
	host_check_rtx(host);
	leave(host, result, now);
}

static void build(const struct host *host, const struct clasp_out *out, struct segment *segment)
{
	u32 first = out->header.seq;

	segment->header = out->header;
	segment->len = out->len;
	if (out->len && (seq_before(first, host->snd_base) ||
			 seq_distance(host->snd_base, first) + out->len > host->snd_queued))
		violation(host, "octets %u+%u proposed, there are %u+%u", first, out->len,
			  host->snd_base, host->snd_queued);
	for (u32 i = 0; i < out->len; i++)
		segment->data[i] = host->snd[(first + i) % HOST_RING];
}

/* A super-packet is cut where the module's would be. */
static void transmit(struct host *host, const struct clasp_out *out, u64 now)
{
	struct clasp_out part = *out;
	struct segment segment;
	u32 done = 0;

	do {
		part.header.seq = out->header.seq + done;
		part.len = clasp_min(out->len - done, out->mss);
		done += part.len;
		part.header.flags = clasp_wire_part_flags(out->header.flags, done == part.len, done == out->len);
		build(host, &part, &segment);
		wire_transmit(host, &segment, now);
	} while (done < out->len);
}

static void propose(struct host *host, u64 now, struct clasp_env *env, struct clasp_out *out)
{
	bool rest = clasp_output_at_rest(&host->ep.tcb);
	struct clasp_tcb before = host->ep.tcb, after;

	host_env(host, now, env);
	clasp_output_next(&host->ep.tcb, env, out);
	after = host->ep.tcb;
	if (rest && (out->kind != CLASP_OUT_NOTHING || __builtin_memcmp(&before, &after, sizeof(before))))
		violation(host, "who was at rest has something to send, or armed a deadline");
	memcpy(after.deadline, before.deadline, sizeof(after.deadline));
	after.rto_at = before.rto_at;
	if (after.lost)		/* where it will be looked for next is nothing that a peer could notice */
		after.lost_from = before.lost_from;
	if (__builtin_memcmp(&before, &after, sizeof(before)))
		violation(host, "a proposal changed more of the block than a deadline");
	if (out->kind == CLASP_OUT_NOTHING)
		return;
	if (clasp_min(out->len, out->mss) > SEGMENT_MAX || (out->len && !out->mss) ||
	    (out->len > out->mss && out->len > host->together))
		violation(host, "%u octets proposed, in packets of %u", out->len, out->mss);
}

static void commit(struct host *host, const struct clasp_env *env, struct clasp_out *out, u64 now)
{
	struct clasp_seg born = { .seq = out->header.seq }, *seg = NULL;

	if (out->len)
		clasp_out_shorten(out, wire_shorten(host, out->len));
	transmit(host, out, now);
	born.len = out->len;
	if (out->kind == CLASP_OUT_DATA)
		seg = shell_segs_insert(&host->ep.rtx, &born);
	else if (out->kind == CLASP_OUT_AGAIN)
		seg = out->seg;
	if (seg && (seg->marks & CLASP_SEG_SACKED))
		violation(host, "octets at %u are sent again, and are known to have arrived", seg->seq);
	clasp_output_sent(&host->ep.tcb, env, out, seg, out->len);
	if (seg && (seg->seq != out->header.seq || seg->len < out->len))
		violation(host, "node %u+%u of segment %u+%u", seg->seq, seg->len,
			  out->header.seq, out->len);
}

static bool refused(struct host *host, const struct clasp_env *env, const struct clasp_out *out)
{
	enum clasp_refusal why = CLASP_REFUSED_MEMORY;

	if ((out->kind != CLASP_OUT_DATA || host->ep.rtx.count < SHELL_NODES - SHELL_NODES / 4) &&
	    wire_takes(host, out, &why))
		return false;
	clasp_output_refused(&host->ep.tcb, env, out, why);
	if (why != CLASP_REFUSED_QUEUE && !host->ep.tcb.ack_now &&
	    !clasp_timer_deadline(&host->ep.tcb))
		violation(host, "no segment may leave, and no timer tries again");
	return true;
}

static void output_ack(struct host *host, u64 now)
{
	struct clasp_env env;
	struct clasp_out out;

	host_env(host, now, &env);
	clasp_output_ack(&host->ep.tcb, &env, &out);
	if (out.kind != CLASP_OUT_NOTHING && !refused(host, &env, &out))
		commit(host, &env, &out, now);
}

void host_output(struct host *host, u64 now)
{
	struct clasp_env env;
	struct clasp_out out;
	u32 run;

	if (host->flow != FLOW_CONNECTION)
		return;
	for (run = 0; run < OUTPUT_RUN; run++) {
		propose(host, now, &env, &out);
		if (out.kind == CLASP_OUT_NOTHING) {
			host_check_rest(host, &env);
			break;
		}
		if (refused(host, &env, &out)) {
			output_ack(host, now);
			break;
		}
		commit(host, &env, &out, now);
	}
	if (run == OUTPUT_RUN && !host->ep.rtx.count)
		violation(host, "%u segments in one run, none of them data", run);
}

void host_listen(struct host *host)
{
	shell.walked = 0;
	clasp_call_open_passive(&host->listener);
	host_check_walk(host, CLASP_CLOSED, CLASP_LISTEN);
}

/* By close(), or in a hurry. */
void host_unlisten(struct host *host, bool abort, u64 now)
{
	struct clasp_result result;
	struct clasp_env env;

	shell.walked = 0;
	host_env(host, now, &env);
	if (abort)
		clasp_call_abort(&host->listener, now, &result);
	else
		clasp_call_close(&host->listener, &env, CLASP_END_SOCKET, false, &result);
	host_check_walk(host, CLASP_LISTEN, host->listener.state);
	if (host->flow == FLOW_EMBRYO) {
		clasp_embryo_end(&host->embryo, CLASP_LISTENER_GONE);
		host_check_walk(host, CLASP_SYN_RCVD, CLASP_CLOSED);
		host->flow = FLOW_NONE;
	}
}

/* A socket that takes the tuple: empty buffers, and nothing left of the one before. */
void host_fresh(struct host *host)
{
	memset(&host->ep, 0, sizeof(host->ep));
	host->ep.tcb.state = CLASP_CLOSED;
	host->flow = FLOW_CONNECTION;
	host->error = CLASP_OK;
	host->connected = false;
	host->eof = false;
	host->ended = false;
	host->snd_queued = 0;
	host->rcv_base = 0;
	host->rcv_next = 0;
}

void host_connect(struct host *host, u64 now)
{
	struct clasp_opening opening = host_opening(host);

	host_fresh(host);
	host->holds = false;
	host->snd_base = host->iss + 1;
	clasp_call_open_active(&host->ep.tcb, host->config, &opening);
	host_check_walk(host, CLASP_CLOSED, CLASP_SYN_SENT);
	host_output(host, now);
}

u32 host_write(struct host *host, const u8 *bytes, u32 len, bool push, u64 now)
{
	u8 state = host_state(host);

	if (host->flow != FLOW_CONNECTION || host->ep.tcb.fin_queued)
		return 0;
	if (!clasp_state_can_send(state) && state != CLASP_SYN_SENT && state != CLASP_SYN_RCVD)
		return 0;
	for (u32 i = 0; i < len; i++)
		host->snd[(host->snd_base + host->snd_queued + i) % HOST_RING] = bytes[i];
	host->snd_queued += len;
	clasp_call_send(&host->ep.tcb, len, push);
	host_check_walk(host, state, host->ep.tcb.state);
	host_output(host, now);
	host_check_tcb(host);
	host_check_rtx(host);
	return len;
}

/* As the module does it, within what the ring takes. */
static void widen(struct host *host, u64 now)
{
	u32 most = clasp_min(host->rcv_most, HOST_RING - HOST_RING / 8);
	struct clasp_env env;
	u32 wanted;

	host_env(host, now, &env);
	wanted = clasp_min(clasp_space_wanted(&host->ep.tcb, &env), most);
	host->rcv_buf = clasp_max(host->rcv_buf, wanted);
}

u32 host_read(struct host *host, u8 *bytes, u32 len, u64 now)
{
	struct clasp_env env;

	len = clasp_min(len, host_unread(host));
	for (u32 i = 0; i < len; i++)
		bytes[i] = host->rcv[(host->rcv_base + i) % HOST_RING];
	host->rcv_base += len;
	if (host->flow == FLOW_CONNECTION && len) {
		widen(host, now);
		host_env(host, now, &env);
		if (clasp_call_receive(&host->ep.tcb, &env))
			host_output(host, now);
		host_check_walk(host, host->ep.tcb.state, host->ep.tcb.state);
	}
	return len;
}

/* The program has read what there is, and waits for more. */
void host_await(struct host *host, u64 now)
{
	if (host->flow == FLOW_CONNECTION && clasp_call_await(&host->ep.tcb))
		host_output(host, now);
}

void host_close(struct host *host, enum clasp_ending ending, u64 now)
{
	bool unread = ending == CLASP_END_SOCKET && host_unread(host);
	u8 before = host->ep.tcb.state;
	struct clasp_result result;
	struct clasp_env env;

	if (host->flow != FLOW_CONNECTION)
		return;
	host_env(host, now, &env);
	clasp_call_close(&host->ep.tcb, &env, ending, unread, &result);
	host_act(host, &result, NULL, 0, before, now);
}

void host_abort(struct host *host, u64 now)
{
	u8 before = host->ep.tcb.state;
	struct clasp_result result;

	if (host->flow != FLOW_CONNECTION)
		return;
	clasp_call_abort(&host->ep.tcb, now, &result);
	host_act(host, &result, NULL, 0, before, now);
	if (host->flow != FLOW_NONE)
		violation(host, "aborted, and still there");
}
