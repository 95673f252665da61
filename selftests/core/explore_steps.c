// SPDX-License-Identifier: GPL-2.0
/*
 * What can happen next, and what happens when it does. Octets are told by their position, so each
 * one read is checked on the spot.
 */
#include <stdio.h>

#include "explore_check.h"
#include "explore_tell.h"

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
	.keep_idle = 100 * CLASP_SEC,
	.keep_interval = 75 * CLASP_SEC,
	.keep_probes = 1,
	.notsent_lowat = 0xffffffff,
	.min_snd_mss = CLASP_MSS_FLOOR,
	.syn_retries = 1,
	.synack_retries = 1,
	.retries2 = 1,
	.orphan_retries = 1,
	.early_retrans = 3,
};

const struct scenario *scenario;
struct moment now;
bool wire_cut;

static bool refuse_next, refused_one;

/* Tells apart writers, positions and incarnations. */
static u8 octet_of(u8 writer, u32 position)
{
	return 'a' + 13 * writer + 4 * now.program[CLIENT].opened + position;
}

void moment_begin(struct moment *moment)
{
	config.challenge_interval = scenario->patience ? 500 * CLASP_MSEC : 0;
	config.window_scaling = scenario->options;
	config.timestamps = scenario->options;
	config.sack = scenario->options || scenario->sack;
	config.dsack = config.sack;
	config.ecn = scenario->marks;
	config.ecn_fallback = scenario->marks;
	memset(moment, 0, sizeof(*moment));
	for (u8 i = 0; i < 2; i++) {
		host_init(&moment->host[i], &config, i);
		moment->host[i].mss = 1460;
		moment->host[i].rcv_buf = scenario->rcv_buf;
		moment->host[i].iss = scenario->iss[i];
		moment->host[i].choice.keepalive = scenario->keepalive;
		moment->host[i].pace = scenario->paced;
		moment->host[i].rcv_most = 4 * OPEN_WINDOW;
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
	if (scenario->paced && segment->len)
		host->ep.tcb.pace_at = FAR;
	if (wire_cut)
		return;
	tell_sent(host, segment, channel->count == scenario->capacity);
	check_ack(host, &segment->header);
	if (channel->count == scenario->capacity)
		return;
	channel->segment[channel->count] = *segment;
	if (segment->header.ecn)
		channel->segment[channel->count].header.ecn = CLASP_CE;
	channel->count++;
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

/*
 * Old segments may be under way only if a TIME_WAIT guards against them (RFC 9293, 3.4.3), or if they
 * are of a call that nobody answered.
 */
static bool may_open_again(const struct moment *moment, u8 at)
{
	const struct program *peer = &moment->program[!at];

	if (!moment->program[at].closed || (peer->running && !peer->closed))
		return false;
	return !moment->host[at].connected || moment->host[!at].flow == FLOW_TW ||
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
	if (step.kind == STEP_STOP)
		return scenario->stops && step.at == SERVER &&
		       host->listener.state == CLASP_LISTEN;
	if (step.kind == STEP_ERROR)
		return moment->spent[SPENT_ERRORS] < scenario->errors &&
		       (host->flow == FLOW_CONNECTION || host->flow == FLOW_EMBRYO);
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
		return moment->spent[SPENT_ABORTS] < scenario->aborts && host->flow == FLOW_CONNECTION;
	default:
		return true;
	}
}

/* How many places in line, timers or ways there are to take a step of a kind. */
u8 step_args(u8 kind)
{
	switch (kind) {
	case STEP_STOP:
		return 2;
	case STEP_DELIVER:
	case STEP_LOSE:
		return scenario->capacity;
	case STEP_TIMER:
		return TIMERS_ALL;
	default:
		return 1;
	}
}

bool step_possible(const struct moment *moment, struct step step)
{
	if (step.refuse && moment->spent[SPENT_REFUSALS] >= scenario->refusals)
		return false;
	switch (step.kind) {
	case STEP_DELIVER:
		return step.arg < moment->to[step.at].count &&
		       (!step.arg || moment->spent[SPENT_OVERTAKINGS] < scenario->overtakings);
	case STEP_DUPLICATE:
		return moment->to[step.at].count &&
		       moment->spent[SPENT_DUPLICATES] < scenario->duplicates;
	case STEP_LOSE:
		return !step.refuse && step.arg < moment->to[step.at].count &&
		       moment->spent[SPENT_LOSSES] < scenario->losses;
	case STEP_TIMER:
		return timer_armed(moment, step.at, step.arg);
	default:
		return program_possible(moment, step);
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
		program->gave_up = false;
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
		now.spent[SPENT_ABORTS]++;
		program->closed = true;
		host_abort(host, NOW);
		break;
	case STEP_STOP:
		host_unlisten(host, step.arg, NOW);
		break;
	case STEP_ERROR:
		now.spent[SPENT_ERRORS]++;
		host_unreachable(host, NOW);
		break;
	}
}

static void take_out(struct channel *channel, u8 place)
{
	channel->count--;
	for (u32 i = place; i < channel->count; i++)
		channel->segment[i] = channel->segment[i + 1];
	memset(&channel->segment[channel->count], 0, sizeof(channel->segment[0]));
}

/* Between two incarnations the clock of initial numbers has moved on (RFC 6528). */
static void move_isn_clock(struct host *host, u8 flow)
{
	if (scenario->rounds > 1 && flow != FLOW_EMBRYO && host->flow == FLOW_EMBRYO)
		host->iss += 100;
}

static void wait_since(struct host *host, u64 when)
{
	host->tw_since = when;
	host->tw.started_at = when;
}

/* However long a TIME_WAIT has lasted, what restarts it makes it last 2 MSL from now. */
static void deliver_to(struct host *host, const struct segment *segment)
{
	u8 flow = host->flow;
	bool waits = flow == FLOW_TW;

	if (waits)
		wait_since(host, NOW - 2 * config.msl + 1);
	host_segment(host, segment, NOW);
	move_isn_clock(host, flow);
	if (waits && host->flow == FLOW_TW &&
	    clasp_tw_deadline(&host->tw, &config) < host->tw_since + 2 * config.msl)
		violation(host, "TIME_WAIT was restarted, and is over in less than 2 MSL");
}

static void deliver(struct step step)
{
	struct channel *channel = &now.to[step.at];
	struct segment segment = channel->segment[step.arg];

	now.spent[SPENT_OVERTAKINGS] += step.arg && step.kind == STEP_DELIVER;
	now.spent[SPENT_LOSSES] += step.kind == STEP_LOSE;
	now.spent[SPENT_DUPLICATES] += step.kind == STEP_DUPLICATE;
	if (step.kind != STEP_LOSE)
		tell_received(&now.host[step.at], &segment, step.arg);
	if (step.kind != STEP_DUPLICATE) {
		take_out(channel, step.arg);
		tell_gone(step.at, step.arg);
	}
	if (step.kind != STEP_LOSE)
		deliver_to(&now.host[step.at], &segment);
}

static const char *timer_name(u8 timer)
{
	if (timer == TIMER_2MSL)
		return "2msl";
	return clasp_timer_name(timer == TIMER_EMBRYO ? CLASP_TIMER_RETRANSMIT : timer);
}

static void fire_2msl(struct host *host)
{
	wait_since(host, NOW - 2 * config.msl + 1);
	host_tick(host, NOW);
	if (host->flow != FLOW_TW)
		violation(host, "TIME_WAIT lasted less than 2 MSL");
	wait_since(host, NOW - 2 * config.msl);
}

/* For RACK, which compares times: what has left so far left longer ago than any round trip takes. */
static void grow_old(struct endpoint *ep)
{
	if (ep->tcb.rack.sent_at)
		ep->tcb.rack.sent_at -= CLASP_SEC;
	if (ep->tcb.ctl_at)
		ep->tcb.ctl_at -= CLASP_SEC;
	for (u32 i = 0; i < ep->rtx.count; i++)
		ep->rtx.node[i].sent_at -= CLASP_SEC;
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
	tell_timer(host, timer_name(step.arg));
	grow_old(&host->ep);
	if (step.arg == CLASP_TIMER_KEEPALIVE)
		host->ep.tcb.heard_at = NOW - config.keep_idle;
	if (step.arg == CLASP_TIMER_PACING)
		host->ep.tcb.pace_at = NOW;
	if (step.arg == TIMER_2MSL)
		fire_2msl(host);
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
	check_before(step);
	refuse_next = step.refuse;
	refused_one = false;
	now.spent[SPENT_REFUSALS] += step.refuse;
	now.host[SERVER].accept_full = now.program[SERVER].running;
	shell.walked = 0;
	tell_step(step.at);
	if (step.kind == STEP_TIMER)
		fire(step);
	else if (step.kind >= STEP_DELIVER)
		deliver(step);
	else
		program_step(step);
	settle(CLIENT);
	settle(SERVER);
	check_after();
	return !step.refuse || refused_one;
}

void step_print(struct step step)
{
	static const char *const kinds[STEP_KINDS] = {
		"OPEN", "SEND", "READ", "SHUTDOWN", "CLOSE", "ABORT", "listens no more",
		"an ICMP error", "a segment arrives", "a segment arrives, and a copy stays under way",
		"a segment is lost", "timer",
	};
	const struct host *host = &now.host[step.at];

	printf("#   %s: %s", step.at ? "server" : "client", kinds[step.kind]);
	if (step.kind == STEP_TIMER)
		printf(" %s", timer_name(step.arg));
	else if (step.kind >= STEP_DELIVER && step.arg)
		printf(" (the %u. in line)", step.arg + 1);
	printf("   [%s, %s%s]\n", flow_names[host->flow], clasp_state_name(host_state(host)),
	       step.refuse ? ", what it sends is refused" : "");
}

bool moment_over(const struct moment *moment)
{
	return moment->host[0].flow == FLOW_NONE && moment->host[1].flow == FLOW_NONE;
}

/* But for keep-alives, which would go on for ever. */
static bool fair_timer(const struct moment *moment, struct step *step)
{
	for (u8 timer = 0; timer < TIMERS_ALL; timer++)
		for (u8 at = 0; at < 2; at++)
			if (timer != CLASP_TIMER_KEEPALIVE && timer_armed(moment, at, timer)) {
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
