// SPDX-License-Identifier: GPL-2.0
/*
 * What can happen next, and what happens when it does. Octets are told by their position, so each
 * one read is checked on the spot, and the buffers need not be part of a moment's digest.
 */
#include <stdio.h>

#include "explore.h"

#define FAR (NOW + 3600 * CLASP_SEC)
#define TIMER_EMBRYO CLASP_TIMERS
#define TIMER_2MSL (CLASP_TIMERS + 1)
#define TIMERS_ALL (CLASP_TIMERS + 2)

static struct clasp_config config = {
	.msl = 30 * CLASP_SEC,
	.rto_init = CLASP_SEC,
	.rto_min = 200 * CLASP_MSEC,
	.rto_max = 120 * CLASP_SEC,
	.delack = 40 * CLASP_MSEC,
	.fin_timeout = 60 * CLASP_SEC,
	.syn_retries = 1,
	.synack_retries = 1,
	.retries2 = 1,
	.orphan_retries = 1,
};

const struct scenario *scenario;
struct moment now;
bool tell;

static bool refuse_next, refused_one;

static u8 octet_of(u8 writer, u32 position)
{
	return 'a' + 13 * writer + position;
}

void moment_begin(struct moment *moment)
{
	config.challenge_interval = scenario->patience ? 500 * CLASP_MSEC : 0;
	memset(moment, 0, sizeof(*moment));
	for (u8 i = 0; i < 2; i++) {
		host_init(&moment->host[i], &config, i);
		moment->host[i].mss = 1460;
		moment->host[i].rcv_buf = scenario->rcv_buf;
		moment->host[i].iss = scenario->iss[i];
	}
	if (!scenario->both_call)
		host_listen(&moment->host[SERVER]);
}

bool wire_takes(struct host *host, const struct clasp_out *out, enum clasp_refusal *why)
{
	(void)host;
	(void)out;
	if (!refuse_next)
		return true;
	refuse_next = false;
	refused_one = true;
	*why = CLASP_REFUSED_LOCALLY;
	if (tell)
		printf("#     %s: a segment is refused\n", host->id ? "server" : "client");
	return false;
}

u32 wire_shorten(struct host *host, u32 len)
{
	(void)host;
	return len;
}

/* Where the other end's numbers end, if it is the one that this acknowledgment speaks of. */
static void check_ack(const struct host *host, const struct clasp_header *header)
{
	const struct host *peer = &now.host[!host->id];
	const struct clasp_tcb *tcb = &peer->ep.tcb;

	if (!(header->flags & CLASP_ACK) || (header->flags & CLASP_RST))
		return;
	if (peer->flow == FLOW_CONNECTION && tcb->state != CLASP_SYN_SENT &&
	    host->flow == FLOW_CONNECTION && host->ep.tcb.irs == tcb->iss &&
	    seq_after(header->ack, tcb->snd_nxt))
		violation(host, "acknowledges what was never sent");
}

/* A full network loses what comes. */
void wire_transmit(struct host *host, const struct segment *segment, u64 at)
{
	struct channel *channel = &now.to[!host->id];

	(void)at;
	if (tell)
		printf("#     %s sends%s%s%s%s seq %u ack %u len %u win %u%s\n",
		       host->id ? "server" : "client",
		       segment->header.flags & CLASP_SYN ? " SYN" : "",
		       segment->header.flags & CLASP_FIN ? " FIN" : "",
		       segment->header.flags & CLASP_RST ? " RST" : "",
		       segment->header.flags & CLASP_ACK ? " ACK" : "",
		       segment->header.seq - scenario->iss[host->id],
		       segment->header.ack - scenario->iss[!host->id], segment->len,
		       segment->header.wnd,
		       channel->count == scenario->capacity ? ", no room" : "");
	check_ack(host, &segment->header);
	if (channel->count < scenario->capacity)
		channel->segment[channel->count++] = *segment;
}

static bool timer_armed(const struct moment *moment, u8 at, u8 timer)
{
	const struct host *host = &moment->host[at];

	/* 2 MSL outlast every segment that is under way. */
	if (timer == TIMER_2MSL)
		return host->flow == FLOW_TW && !moment->to[0].count && !moment->to[1].count;
	if (timer == TIMER_EMBRYO)
		return host->flow == FLOW_EMBRYO;
	return host->flow == FLOW_CONNECTION && host->ep.tcb.deadline[timer];
}

/* Old segments may be under way only if a TIME_WAIT guards against them (RFC 9293, 3.4.3). */
static bool may_open_again(const struct moment *moment, u8 at)
{
	const struct program *peer = &moment->program[!at];

	if (!moment->program[at].closed || (peer->running && !peer->closed))
		return false;
	return moment->host[!at].flow == FLOW_TW ||
	       (moment->host[!at].flow == FLOW_NONE && !moment->to[0].count &&
		!moment->to[1].count);
}

static bool may_open(const struct moment *moment, u8 at)
{
	const struct program *program = &moment->program[at];

	if (at == SERVER && !scenario->both_call)
		return false;
	if (program->opened >= scenario->rounds || moment->host[at].flow != FLOW_NONE)
		return false;
	return !program->opened || may_open_again(moment, at);
}

static bool program_possible(const struct moment *moment, struct step step)
{
	const struct program *program = &moment->program[step.at];
	const struct host *host = &moment->host[step.at];
	u8 state = host->ep.tcb.state;

	if (step.kind == STEP_OPEN)
		return may_open(moment, step.at);
	if (!program->running || program->closed)
		return false;
	switch (step.kind) {
	case STEP_SEND:
		return host->flow == FLOW_CONNECTION && !program->shut &&
		       program->written < scenario->octets[step.at] &&
		       (clasp_state_can_send(state) || state == CLASP_SYN_SENT ||
			state == CLASP_SYN_RCVD);
	case STEP_READ:
		return scenario->reads && host_unread(host);
	case STEP_SHUTDOWN:
		return !program->shut && host->flow == FLOW_CONNECTION &&
		       (clasp_state_can_send(state) || state == CLASP_SYN_RCVD);
	case STEP_ABORT:
		return moment->aborted < scenario->aborts && host->flow == FLOW_CONNECTION;
	default:
		return true;
	}
}

bool step_possible(const struct moment *moment, struct step step)
{
	if (step.refuse && moment->refused >= scenario->refusals)
		return false;
	switch (step.kind) {
	case STEP_DELIVER:
		return step.arg < moment->to[step.at].count &&
		       (!step.arg || moment->overtaken < scenario->overtakings);
	case STEP_DUPLICATE:
		return !step.arg && moment->to[step.at].count &&
		       moment->duplicated < scenario->duplicates;
	case STEP_LOSE:
		return !step.refuse && step.arg < moment->to[step.at].count &&
		       moment->lost < scenario->losses;
	case STEP_TIMER:
		return step.arg < TIMERS_ALL && timer_armed(moment, step.at, step.arg);
	default:
		return !step.arg && program_possible(moment, step);
	}
}

static void read_all(u8 at)
{
	struct program *program = &now.program[at];
	struct host *host = &now.host[at];
	u8 octets[HOST_RING];
	u32 len = host_read(host, octets, scenario->reads ? 1 : HOST_RING, NOW);

	for (u32 i = 0; i < len; i++)
		if (octets[i] != octet_of(!at, program->got + i))
			violation(host, "octet %u is not what was written there", program->got + i);
	program->got += len;
	if (program->got > now.program[!at].written)
		violation(host, "read %u octets, %u were written", program->got,
			  now.program[!at].written);
}

static void program_begins(u8 at)
{
	struct program *program = &now.program[at];

	program->running = true;
	program->written = 0;
	program->got = 0;
	program->shut = false;
	program->closed = false;
}

static void program_step(struct step step)
{
	struct program *program = &now.program[step.at];
	struct host *host = &now.host[step.at];
	u8 octet = octet_of(step.at, program->written);

	switch (step.kind) {
	case STEP_OPEN:
		host->iss = scenario->iss[step.at] + 1000 * program->opened;
		program->opened++;
		program_begins(step.at);
		if (!scenario->both_call) {
			now.program[SERVER] = (struct program){ 0 };
			now.host[SERVER].iss = scenario->iss[SERVER] + 1000 * program->opened;
			now.host[SERVER].connected = false;
			now.host[SERVER].eof = false;
		}
		host_connect(host, NOW);
		break;
	case STEP_SEND:
		program->written++;
		host_write(host, &octet, 1, true, NOW);
		break;
	case STEP_READ:
		read_all(step.at);
		break;
	case STEP_SHUTDOWN:
		program->shut = true;
		host_close(host, CLASP_END_WRITE, NOW);
		break;
	case STEP_CLOSE:
		program->closed = true;
		host_close(host, CLASP_END_SOCKET, NOW);
		break;
	case STEP_ABORT:
		now.aborted++;
		program->closed = true;
		host_abort(host, NOW);
		break;
	}
}

static void deliver(struct step step)
{
	struct channel *channel = &now.to[step.at];
	struct segment segment = channel->segment[step.arg];

	now.overtaken += step.arg && step.kind == STEP_DELIVER;
	if (step.kind == STEP_DUPLICATE) {
		now.duplicated++;
	} else {
		channel->count--;
		for (u32 i = step.arg; i < channel->count; i++)
			channel->segment[i] = channel->segment[i + 1];
		memset(&channel->segment[channel->count], 0, sizeof(segment));
	}
	if (step.kind == STEP_LOSE)
		now.lost++;
	else
		host_segment(&now.host[step.at], &segment, NOW);
}

/* Some time passes with every timer: challenge ACKs are allowed again. */
static void fire(struct step step)
{
	struct host *host = &now.host[step.at];

	for (u32 i = 0; i < 2; i++) {
		now.host[i].ep.tcb.challenged_at = 0;
		now.host[i].embryo.challenged_at = 0;
		now.host[i].tw.challenged_at = 0;
	}
	if (step.arg == TIMER_2MSL)
		host->tw.started_at = host->tw_since = NOW - 2 * config.msl;
	else if (step.arg == TIMER_EMBRYO)
		host->embryo.deadline = NOW;
	else
		host->ep.tcb.deadline[step.arg] = NOW;
	host_tick(host, NOW);
}

static void settle(u8 at)
{
	struct host *host = &now.host[at];

	for (u32 i = 0; i < CLASP_TIMERS; i++)
		if (host->ep.tcb.deadline[i])
			host->ep.tcb.deadline[i] = FAR;
	if (host->connected && !now.program[at].running && at == SERVER)
		program_begins(at);
	if (!scenario->reads && host_unread(host))
		read_all(at);
	if (host->eof && !host_unread(host) && now.program[at].running &&
	    now.program[at].got != now.program[!at].written)
		violation(host, "end of file after %u of %u octets", now.program[at].got,
			  now.program[!at].written);
	if (host->eof && !now.program[!at].shut && !now.program[!at].closed)
		violation(host, "end of file, but the peer did not close");
}

/* Takes a step from `now`; false when its refusal met nothing to refuse. */
bool step_take(struct step step)
{
	struct clasp_tcb before[2] = { now.host[0].ep.tcb, now.host[1].ep.tcb };

	refuse_next = step.refuse;
	refused_one = false;
	now.refused += step.refuse;
	now.host[SERVER].accept_full = now.program[SERVER].running;
	shell.walked = 0;
	if (step.kind == STEP_TIMER)
		fire(step);
	else if (step.kind >= STEP_DELIVER)
		deliver(step);
	else
		program_step(step);
	settle(CLIENT);
	settle(SERVER);
	for (u32 i = 0; i < 2; i++) {
		const struct clasp_tcb *tcb = &now.host[i].ep.tcb;

		if (before[i].state != CLASP_CLOSED && tcb->irs == before[i].irs &&
		    tcb->iss == before[i].iss && before[i].state != CLASP_SYN_SENT &&
		    seq_before(tcb->rcv_edge, before[i].rcv_edge))
			violation(&now.host[i], "the window's edge moves left");
	}
	return !step.refuse || refused_one;
}

void step_print(struct step step)
{
	static const char *const kinds[STEP_KINDS] = {
		"OPEN", "SEND", "READ", "SHUTDOWN", "CLOSE", "ABORT",
		"a segment arrives", "a segment arrives, and a copy stays under way",
		"a segment is lost", "timer",
	};
	const struct host *host = &now.host[step.at];

	printf("#   %s: %s", step.at ? "server" : "client", kinds[step.kind]);
	if (step.kind == STEP_TIMER)
		printf(" %s", step.arg == TIMER_EMBRYO ? "syn_ack" :
		       step.arg == TIMER_2MSL ? "2msl" : clasp_timer_name(step.arg));
	else if (step.kind >= STEP_DELIVER && step.arg)
		printf(" (the %u. in line)", step.arg + 1);
	printf("   [%s, %s, %s]\n", flow_names[host->flow], clasp_state_name(host_state(host)),
	       step.refuse ? "refused" : "");
}

bool moment_over(const struct moment *moment)
{
	return moment->host[0].flow == FLOW_NONE && moment->host[1].flow == FLOW_NONE;
}

static bool fair_timer(const struct moment *moment, struct step *step)
{
	for (u8 timer = 0; timer < TIMERS_ALL; timer++)
		for (u8 at = 0; at < 2; at++)
			if (timer_armed(moment, at, timer)) {
				*step = (struct step){ .kind = STEP_TIMER, .at = at, .arg = timer };
				return true;
			}
	return false;
}

/* A network that loses nothing more, programs that read and in the end close, timers that wait. */
bool fair_step(const struct moment *moment, struct step *step)
{
	for (u8 at = 0; at < 2; at++)
		if (moment->to[at].count) {
			*step = (struct step){ .kind = STEP_DELIVER, .at = at };
			return true;
		}
	for (u8 at = 0; at < 2; at++) {
		*step = (struct step){ .kind = STEP_READ, .at = at };
		if (step_possible(moment, *step))
			return true;
		step->kind = STEP_CLOSE;
		if (step_possible(moment, *step) && moment->host[at].eof)
			return true;
	}
	if (fair_timer(moment, step))
		return true;
	for (u8 at = 0; at < 2; at++) {
		*step = (struct step){ .kind = STEP_CLOSE, .at = at };
		if (step_possible(moment, *step))
			return true;
	}
	return false;
}

static void canon_segs(struct clasp_segs *segs, u32 base)
{
	for (u32 i = 0; i < SHELL_NODES; i++) {
		struct clasp_seg node = segs->node[i];

		memset(&segs->node[i], 0, sizeof(node));
		if (i >= segs->count)
			continue;
		segs->node[i].seq = node.seq - base;
		segs->node[i].len = node.len;
	}
}

/*
 * Left out of a connection's digest is what has no effect where time has none and two octets are
 * all there is: when a segment left and whether it may be measured, how far a timer is backed off,
 * and the congestion window, which is never smaller than a segment.
 */
static void canon_connection(struct host *host)
{
	struct clasp_tcb *tcb = &host->ep.tcb;
	u32 iss = tcb->iss - scenario->iss[host->id], irs = tcb->irs - scenario->iss[!host->id];

	canon_segs(&host->ep.rtx, tcb->iss);
	canon_segs(&host->ep.ooo, tcb->irs);
	host->snd_base -= tcb->iss;
	host->rcv_base -= tcb->irs;
	host->rcv_next -= tcb->irs;
	clasp_tcb_canon(tcb, NOW);
	tcb->iss = iss;
	tcb->irs = irs;
	for (u32 i = 0; i < CLASP_TIMERS; i++)
		tcb->deadline[i] = !!tcb->deadline[i];
	tcb->challenged_at = scenario->patience && tcb->challenged_at;
	tcb->octets_at = 0;
	memset(&tcb->ctl, 0, sizeof(tcb->ctl));
	tcb->backoff = 0;
	tcb->cong.cwnd = 0;
	tcb->cong.ssthresh = 0;
	tcb->cong.credit = 0;
	tcb->rcv_acked = 0;
	if (clasp_state_synchronized(tcb->state))
		tcb->syn_resent = false;
	tcb->probes = clasp_min(tcb->probes, config.orphan_retries);
}

static void canon_host(struct host *host)
{
	host->config = NULL;
	host->tw_since = 0;
	host->accept_full = false;
	if (host->flow == FLOW_CONNECTION) {
		canon_connection(host);
	} else {
		memset(&host->ep, 0, sizeof(host->ep));
		host->rcv_next = host_unread(host);
		host->rcv_base = 0;
		host->snd_base = 0;
		host->snd_queued = 0;
	}
	host->iss -= scenario->iss[host->id];
	host->embryo.iss -= scenario->iss[host->id];
	host->embryo.irs -= scenario->iss[!host->id];
	host->tw.snd_nxt -= scenario->iss[host->id];
	host->tw.rcv_nxt -= scenario->iss[!host->id];
	if (host->flow != FLOW_EMBRYO)
		memset(&host->embryo, 0, sizeof(host->embryo));
	if (host->flow != FLOW_TW)
		memset(&host->tw, 0, sizeof(host->tw));
	host->embryo.sent_at = 0;
	host->embryo.deadline = !!host->embryo.deadline;
	host->embryo.challenged_at = scenario->patience && host->embryo.challenged_at;
	host->tw.started_at = 0;
	host->tw.challenged_at = scenario->patience && host->tw.challenged_at;
	memset(host->snd, 0, sizeof(host->snd));
	memset(host->rcv, 0, sizeof(host->rcv));
}

static u64 mix(u64 h, u64 word)
{
	h = (h ^ word) * 0x9fb21c651e98df25ULL;
	return h ^ h >> 29;
}

/* Whole objects, numbers counted from the initial ones, armed or not in place of when. */
void moment_digest(const struct moment *moment, struct digest *digest)
{
	struct moment canon;
	u64 word;

	memcpy(&canon, moment, sizeof(canon));
	canon_host(&canon.host[0]);
	canon_host(&canon.host[1]);
	for (u32 i = 0; i < 2; i++)
		for (u32 j = 0; j < canon.to[i].count; j++) {
			struct clasp_header *header = &canon.to[i].segment[j].header;

			header->seq -= scenario->iss[!i];
			if (header->flags & CLASP_ACK)
				header->ack -= scenario->iss[i];
		}
	digest->a = 1;
	digest->b = 2;
	for (size_t at = 0; at < sizeof(canon); at += sizeof(word)) {
		size_t left = sizeof(canon) - at;

		word = 0;
		__builtin_memcpy(&word, (const u8 *)&canon + at,
				 left < sizeof(word) ? left : sizeof(word));
		digest->a = mix(digest->a, word);
		digest->b = mix(digest->b, word * 0xd6e8feb86659fd93ULL + 1);
	}
}
