// SPDX-License-Identifier: GPL-2.0
/*
 * The world of whole connections: what was sent comes in its order, so that what is under way to a host is a ring.
 * Segments with octets meet the bottleneck, ACKs only the distance.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host.h"
#include "streams.h"

#define RING 8192			/* segments that may be under way to a host */
#define CHUNK (16 * STREAM_MSS)		/* octets of a write */
#define WROTE 0
#define READ 1

struct lane {
	u64 at[RING];
	struct segment segment[RING];
	u32 first;
	u32 next;
};

/**
 * struct stream - a connection
 * @host: the one that writes, and the one that reads
 * @to: what is under way to each
 * @until_loss: segments until the next periodic one
 * @begins_at: ns
 * @written: octets
 * @read: octets
 */
struct stream {
	struct host host[2];
	struct lane to[2];
	u64 until_loss;
	u64 begins_at;
	u64 written;
	u64 read;
	struct stream_result result;
};

static struct stream streams[STREAMS_MAX];
static struct clasp_config config;
static const struct setting *setting;
static struct bottleneck bottleneck;
static u64 now, counts_from;

static struct stream *stream_of(const struct host *host)
{
	return &streams[host->id / 2];
}

void violation(const struct host *host, const char *format, ...)
{
	va_list args;

	stream_of(host)->result.told_wrong++;
	printf("# %s at %.6f s: ", host->id % 2 ? "reader" : "writer", now / 1e9);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

bool wire_takes(struct host *host, const struct clasp_out *out, enum clasp_refusal *why)
{
	(void)host;
	(void)out;
	(void)why;
	return true;
}

u32 wire_shorten(struct host *host, u32 len)
{
	(void)host;
	return len;
}

/* Is it larger than the path takes yet? Nobody tells. */
static bool vanishes(const struct segment *segment)
{
	u32 size = segment->len + clasp_options_len(&segment->header.options);

	return setting->strait && size > setting->strait && now < CLASP_SEC + setting->widens_at;
}

/* When a segment has passed the bottleneck; 0 when it never does. */
static u64 passes(struct stream *stream, const struct segment *segment)
{
	bool marked;

	if (!segment->len)
		return now;
	if (vanishes(segment))
		return 0;
	if (bottleneck_loses(&bottleneck, &stream->until_loss))
		return 0;
	return bottleneck_passes(&bottleneck, now, segment->len, &marked);
}

/* When it arrives, unless the path holds its breath then. */
static u64 arrives(u64 at)
{
	u64 from = CLASP_SEC + setting->held_at;

	if (setting->held_at && at >= from && at < from + setting->held_for)
		return from + setting->held_for;
	return at;
}

void wire_transmit(struct host *host, const struct segment *segment, u64 at)
{
	struct stream *stream = stream_of(host);
	u32 to = !(host->id % 2);
	struct lane *lane = &stream->to[to];
	u64 passed = to == READ ? passes(stream, segment) : at;

	if (!passed) {
		stream->result.lost++;
		return;
	}
	if (lane->next - lane->first == RING) {
		violation(host, "%u segments are under way", RING);
		return;
	}
	lane->at[lane->next % RING] = arrives(passed + setting->path.delay / 2);
	lane->segment[lane->next++ % RING] = *segment;
}

/* The octet at a position of every stream. */
static u8 octet(u32 at)
{
	return at ^ at >> 8 ^ at >> 16;
}

/* Has the send buffer room for what the program writes next? */
static bool has_room(const struct host *host)
{
	if (setting->piece)
		return host->connected && !host->snd_queued;
	return host->snd_queued + CHUNK <= HOST_RING;
}

static void write_on(struct stream *stream)
{
	struct host *host = &stream->host[WROTE];
	u32 most = setting->piece ? setting->piece : CHUNK, len = most;
	u8 octets[CHUNK];

	while (host->flow == FLOW_CONNECTION && has_room(host) && len) {
		if (setting->octets)
			len = clasp_min64(most, setting->octets - stream->written);
		for (u32 i = 0; i < len; i++)
			octets[i] = octet(stream->written + i);
		stream->written += len ? host_write(host, octets, len, true, now) : 0;
	}
	if (!len && host->connected && !host->ep.tcb.fin_queued)
		host_close(host, CLASP_END_WRITE, now);
}

static void read_on(struct stream *stream)
{
	u8 octets[CHUNK];
	u32 len;

	while ((len = host_read(&stream->host[READ], octets, CHUNK, now))) {
		for (u32 i = 0; i < len; i++)
			stream->result.told_wrong += octets[i] != octet(stream->read + i);
		stream->read += len;
		if (now > counts_from)
			stream->result.octets += len;
		if (stream->read == setting->octets)
			stream->result.took = now - CLASP_SEC;
	}
	host_await(&stream->host[READ], now);
}

static u32 snd_mss(const struct host *host)
{
	struct clasp_env env;

	host_env(host, now, &env);
	return clasp_tcb_snd_mss(&host->ep.tcb, &env);
}

static void begin_stream(struct stream *stream)
{
	stream->begins_at = 0;
	host_connect(&stream->host[WROTE], now);
	write_on(stream);
}

static void deliver(struct stream *stream, u32 to)
{
	struct lane *lane = &stream->to[to];

	while (lane->first != lane->next && lane->at[lane->first % RING] <= now)
		host_segment(&stream->host[to], &lane->segment[lane->first++ % RING], now);
}

static void tick(struct stream *stream, struct host *host)
{
	u64 due = host_deadline(host);
	u8 retries = host->ep.tcb.retries;

	if (!due || due > now)
		return;
	host_tick(host, now);
	stream->result.timeouts += host->ep.tcb.retries > retries;
}

/* All of a connection that is due. */
static void step(struct stream *stream)
{
	if (stream->begins_at && stream->begins_at <= now)
		begin_stream(stream);
	for (u32 i = 0; i < 2; i++) {
		deliver(stream, i);
		tick(stream, &stream->host[i]);
	}
	write_on(stream);
	read_on(stream);
}

static u64 earlier(u64 a, u64 b)
{
	return a - 1 < b - 1 ? a : b;
}

static u64 next_event(const struct stream *stream)
{
	u64 at = stream->begins_at;

	for (u32 i = 0; i < 2; i++) {
		const struct lane *lane = &stream->to[i];

		at = earlier(at, host_deadline(&stream->host[i]));
		if (lane->first != lane->next)
			at = earlier(at, lane->at[lane->first % RING]);
	}
	return at;
}

/* As a host has it that nobody has touched, but for the octets that its buffers hold. */
static void configure(void)
{
	config = (struct clasp_config){
		.msl = 30 * CLASP_SEC, .rto_init = CLASP_SEC, .rto_min = 200 * CLASP_MSEC,
		.rto_max = 120 * CLASP_SEC, .delack = 40 * CLASP_MSEC, .notsent_lowat = 0xffffffff,
		.base_mss = 1024, .mtu_probe_floor = CLASP_MSS_FLOOR, .min_snd_mss = CLASP_MSS_FLOOR,
		.mtu_probing = setting->strait ? 1 : 0, .probe_threshold = 8, .probe_interval = setting->probe_interval,
		.pacing_ss_ratio = 200, .pacing_ca_ratio = 120, .syn_retries = 6, .synack_retries = 5,
		.retries1 = 3, .retries2 = 15, .window_scaling = 1, .timestamps = !setting->no_stamps,
		.sack = !setting->no_sack, .dsack = true, .ecn = 2, .ecn_fallback = true,
		.moderate_rcvbuf = true, .early_retrans = 3, .frto = 2,
	};
}

static void begin_host(struct stream *stream, u32 which, u8 id)
{
	struct host *host = &stream->host[which];

	host_init(host, &config, id);
	host->mss = STREAM_MSS + (setting->no_stamps ? 0 : CLASP_TIMESTAMPS_LEN);
	host->rcv_most = HOST_RING;
	host->iss = 1000000 * id;
	if (which == READ)
		host_listen(host);
}

static void begin(void)
{
	now = CLASP_SEC;
	counts_from = now + setting->warm_up;
	configure();
	bottleneck_begin(&bottleneck, &setting->path);
	memset(streams, 0, sizeof(streams));
	for (u32 i = 0; i < setting->count; i++) {
		struct stream *stream = &streams[i];

		begin_host(stream, WROTE, 2 * i);
		begin_host(stream, READ, 2 * i + 1);
		stream->host[WROTE].choice.congestion = setting->algorithm[i] + 1;
		stream->until_loss = bottleneck_first_loss(&bottleneck, i);
		stream->begins_at = now + i * CLASP_SEC / 2;
	}
}

static bool all_read(void)
{
	for (u32 i = 0; i < setting->count; i++)
		if (!streams[i].result.took)
			return false;
	return true;
}

/**
 * streams_run - let connections run beside each other
 * @of: all that is chosen
 * @results: one for each
 */
void streams_run(const struct setting *of, struct stream_result *results)
{
	u64 end, at;

	setting = of;
	begin();
	end = now + setting->end;
	while (now < end && !all_read()) {
		at = 0;
		for (u32 i = 0; i < setting->count; i++)
			at = earlier(at, next_event(&streams[i]));
		now = at;
		for (u32 i = 0; i < setting->count; i++)
			step(&streams[i]);
	}
	for (u32 i = 0; i < setting->count; i++) {
		results[i] = streams[i].result;
		results[i].resent = streams[i].host[WROTE].ep.tcb.resent;
		results[i].mss = snd_mss(&streams[i].host[WROTE]);
	}
}
