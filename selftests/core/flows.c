// SPDX-License-Identifier: GPL-2.0
/*
 * Acknowledgments come in the order of the segments, and a loss is known by the gap in them.
 */
#include <math.h>
#include <string.h>

#include "flows.h"

#define RING 131072			/* segments of one flow that may be under way */
#define DUPLICATES 3
#define RTO_MIN (200 * CLASP_MSEC)

/**
 * struct flow - one sender
 * @cong: core/'s
 * @ack_at: ns when each segment's ACK comes, 0 for a lost one
 * @sent_at: ns when it left
 * @marked: the bottleneck has marked it
 * @next: number of the next segment
 * @head: the next one whose ACK comes, or that was lost
 * @known: all before it are acknowledged, or known to be lost
 * @recover: a loss before it is of the episode that is being repaired
 * @flight: segments under way, as far as the sender knows
 * @rtt: ns, the last measured
 * @timeout_at: ns, when nothing is under way that could be acknowledged
 * @until_loss: segments until the next periodic one
 * @episodes: reductions
 */
struct flow {
	struct clasp_cong cong;
	u64 ack_at[RING];
	u64 sent_at[RING];
	bool marked[RING];
	u64 next;
	u64 head;
	u64 known;
	u64 recover;
	u64 flight;
	u64 rtt;
	u64 timeout_at;
	u64 until_loss;
	u64 episodes;
	u64 told_at;
	double area;
	struct flow_result result;
};

static struct flow flows[FLOWS_MAX];
static const struct path *path;
static struct bottleneck bottleneck;
static u64 now;

static struct clasp_cong_event moment(const struct flow *flow, u32 acked)
{
	return (struct clasp_cong_event){
		.now = now, .mss = FLOW_MSS, .acked = acked, .burst = 2 * FLOW_MSS,
		.flight = flow->flight * FLOW_MSS, .srtt_us = flow->rtt / CLASP_USEC,
		.rtt_us = path->untimed ? 0 : flow->rtt / CLASP_USEC,
		.una = flow->head * FLOW_MSS, .nxt = flow->next * FLOW_MSS,
		.limited = true,
	};
}

static void dropped(struct flow *flow)
{
	flow->result.dropped++;
	if (!flow->episodes || (flow->episodes == 1 && flow->head < flow->recover))
		flow->result.first_dropped++;
}

/* When the segment has passed the bottleneck; 0 when it never does. */
static u64 passes(struct flow *flow)
{
	u64 at;

	if (bottleneck_loses(&bottleneck, &flow->until_loss))
		return 0;
	at = bottleneck_passes(&bottleneck, now, FLOW_MSS, &flow->marked[flow->next % RING]);
	if (!at)
		dropped(flow);
	return at;
}

static void send(struct flow *flow)
{
	u64 at = passes(flow);

	flow->sent_at[flow->next % RING] = now;
	flow->ack_at[flow->next % RING] = at ? at + path->delay : 0;
	flow->next++;
	flow->flight++;
}

static void fill_window(struct flow *flow)
{
	while ((flow->flight + 1) * FLOW_MSS <= flow->cong.cwnd && flow->next - flow->known < RING)
		send(flow);
}

/* When an ACK comes; the losses before it leave no trace but the gap. */
static u64 next_ack(struct flow *flow)
{
	while (flow->head < flow->next && !flow->ack_at[flow->head % RING])
		flow->head++;
	return flow->head < flow->next ? flow->ack_at[flow->head % RING] : 0;
}

static void tell_window(struct flow *flow, u64 warm_up)
{
	if (now > warm_up)
		flow->area += (double)(now - clasp_max64(flow->told_at, warm_up)) * flow->cong.cwnd;
	flow->told_at = now;
}

static void reduce(struct flow *flow)
{
	struct clasp_cong_event event = moment(flow, 0);

	clasp_cong_reduce(&flow->cong, &event);
	flow->cong.cwnd = flow->cong.ssthresh;
	flow->recover = flow->next;
	flow->episodes++;
}

/* RFC 3168, 6.1.2: of each window once, and not beside a loss. */
static void take_mark(struct flow *flow, u64 acked)
{
	struct clasp_cong_event event = moment(flow, 0);

	if (!flow->marked[acked % RING] || acked < flow->recover)
		return;
	clasp_cong_marked(&flow->cong, &event);
	flow->recover = flow->next;
	flow->episodes++;
}

/* Which are known to be lost now: three later ones have arrived. */
static void find_losses(struct flow *flow, u64 acked)
{
	for (; flow->known + DUPLICATES <= acked; flow->known++) {
		if (flow->ack_at[flow->known % RING])
			continue;
		if (flow->known >= flow->recover)
			reduce(flow);
		flow->flight--;
	}
}

static void take_ack(struct flow *flow, u64 warm_up)
{
	u64 acked = flow->head++;
	struct clasp_cong_event event;

	flow->rtt = now - flow->sent_at[acked % RING];
	flow->flight--;
	flow->result.delivered += now > warm_up;
	find_losses(flow, acked);
	take_mark(flow, acked);
	event = moment(flow, FLOW_MSS);
	if (acked >= flow->recover)
		clasp_cong_acked(&flow->cong, &event);
}

static void time_out(struct flow *flow)
{
	struct clasp_cong_event event = moment(flow, 0);

	clasp_cong_timeout(&flow->cong, &event, true);
	flow->recover = flow->next;
	flow->known = flow->next;
	flow->head = flow->next;
	flow->flight = 0;
	flow->episodes++;
}

static u64 next_event(struct flow *flow)
{
	u64 at = next_ack(flow);

	if (at)
		return at;
	if (!flow->timeout_at)
		flow->timeout_at = now + clasp_max64(RTO_MIN, 2 * flow->rtt);
	return flow->timeout_at;
}

static void step(struct flow *flow, u64 at, u64 warm_up)
{
	now = at;
	tell_window(flow, warm_up);
	if (next_ack(flow))
		take_ack(flow, warm_up);
	else if (flow->next)
		time_out(flow);
	flow->timeout_at = 0;
	fill_window(flow);
}

static void begin(const struct path *on, const u8 *algorithms, u32 count)
{
	path = on;
	now = CLASP_SEC;
	bottleneck_begin(&bottleneck, path);
	memset(flows, 0, sizeof(flows));
	for (u32 i = 0; i < count; i++) {
		clasp_cong_init(&flows[i].cong, algorithms[i], FLOW_MSS, false);
		flows[i].rtt = path->delay;
		flows[i].told_at = now;
		flows[i].until_loss = bottleneck_first_loss(&bottleneck, i);
	}
}

/**
 * flows_run - let flows run beside each other
 * @on: the path
 * @algorithms: enum clasp_cong_algorithm of each
 * @count: of flows; the second begins half of a second after the first
 * @warm_up: ns that do not count
 * @end: ns
 * @results: one for each
 */
void flows_run(const struct path *on, const u8 *algorithms, u32 count, u64 warm_up, u64 end,
	       struct flow_result *results)
{
	u64 begin_at, at[FLOWS_MAX];
	u32 first;

	begin(on, algorithms, count);
	begin_at = now;
	fill_window(&flows[0]);
	flows[1].timeout_at = begin_at + CLASP_SEC / 2;
	while (now < begin_at + end) {
		at[0] = next_event(&flows[0]);
		at[1] = count > 1 ? next_event(&flows[1]) : at[0];
		first = at[1] < at[0];
		step(&flows[first], at[first], begin_at + warm_up);
	}
	for (u32 i = 0; i < count; i++) {
		results[i] = flows[i].result;
		results[i].window = flows[i].area / (end - warm_up) / FLOW_MSS;
	}
}

/**
 * flows_measured - the mean window of one flow by what arrives
 * @question: path and algorithm; over sixty losses at least, and twenty seconds
 *
 * Return: segments.
 */
double flows_measured(const struct question *question)
{
	double seconds = fmax(20, long_enough(question, 60));
	struct path path = path_of(question);
	struct flow_result result;

	flows_run(&path, &question->algorithm, 1, seconds / 5 * 1e9, seconds * 1e9, &result);
	return result.delivered * question->delay / 1e3 / (seconds * 0.8);
}
