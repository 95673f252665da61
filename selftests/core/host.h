/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One end of one four-tuple, natively: a listener, and whatever stands in the flow table for the
 * tuple: nothing, an embryo, a connection or a TIME_WAIT, one replaced by the next as the module
 * does it. The unit tests, the simulator and the explorer all drive core/ through these functions;
 * each of them brings its own network and its own idea of a failure (the four functions at the
 * end).
 */
#ifndef CLASP_SELFTESTS_HOST_H
#define CLASP_SELFTESTS_HOST_H

#include "icmp.h"
#include "isn.h"
#include "option.h"
#include "pace.h"
#include "space.h"
#include "status.h"
#include "tcb.h"
#include "tw.h"
#include "shell.h"

#ifndef HOST_RING
#define HOST_RING 131072	/* octets of a send or receive buffer, a power of 2 */
#endif
#ifndef SEGMENT_MAX
#define SEGMENT_MAX 1460	/* octets of payload */
#endif

/**
 * struct segment - a segment on the native wire
 * @header: its header
 * @len: octets of payload
 * @data: the payload
 */
struct segment {
	struct clasp_header header;
	u32 len;
	u8 data[SEGMENT_MAX];
};

/* What the flow table holds for the tuple. */
enum flow {
	FLOW_NONE,
	FLOW_EMBRYO,
	FLOW_CONNECTION,
	FLOW_TW,
};

/**
 * struct host - one end
 * @config: of its namespace
 * @choice: the options of its sockets
 * @listener: a listening socket's block, CLOSED when nobody listens
 * @ep: the connection, with FLOW_CONNECTION; afterwards what is left of it
 * @embryo: with FLOW_EMBRYO
 * @tw: with FLOW_TW
 * @tw_since: when this 2 MSL must have begun at the earliest, by the shell's own reckoning
 * @iss: the initial sequence number for the next connection
 * @ts_hash: by which the timestamps of its connections are shifted
 * @rcv_most: octets that its receive buffer may ever take, or 0 for @rcv_buf
 * @snd_base: first octet in the send buffer
 * @snd_queued: octets in the send buffer
 * @rcv_base: first octet that the program has not read
 * @rcv_next: one past the last octet in order
 * @rcv_buf: size of the receive buffer
 * @mss: largest payload on the path
 * @ipv6: the path is one of IPv6
 * @full_most: octets of the largest segment that was ever full
 * @pace: octets a second that may leave, CLASP_PACE_NONE for what the path takes; 0 where nobody paces
 * @together: octets that a super-packet may have, 0 for none
 * @comes_in: octets of each packet of the super-packets that arrive, 0 where none do
 * @ip_options: octets of IP options in each packet
 * @flow: enum flow
 * @error: enum clasp_error that the program was told
 * @id: a name for messages
 * @more: MSG_MORE
 * @full: the listener has no room for an embryo
 * @accept_full: the listener has no room for a connection
 * @no_tw: TIME_WAIT is turned off
 * @count_ooo: segments out of order take room in the receive buffer
 * @no_memory: for octets that arrive
 * @pressure: memory is scarce
 * @crowd: the listener's embryos
 * @holds: @held waits for the connection
 * @connected: the program was told so
 * @eof: the program was told that nothing more comes
 * @ended: the connection left the table, or became a TIME_WAIT
 * @held: a SYN that came with more than a SYN
 * @snd: send buffer, by sequence number
 * @rcv: receive buffer, by sequence number
 */
struct host {
	const struct clasp_config *config;
	struct clasp_choice choice;
	struct clasp_tcb listener;
	struct endpoint ep;
	struct clasp_embryo embryo;
	struct clasp_tw tw;
	u64 tw_since;
	u64 pace;
	u32 iss;
	u32 ts_hash;
	u32 rcv_most;
	u32 snd_base;
	u32 snd_queued;
	u32 rcv_base;
	u32 rcv_next;
	u32 rcv_buf;
	u32 together;
	u16 comes_in;
	u16 mss;
	u16 full_most;
	u16 ip_options;
	u8 flow;
	u8 error;
	u8 id;
	bool more;
	bool full;
	bool accept_full;
	bool no_tw;
	bool count_ooo;
	bool no_memory;
	bool deaf;
	bool pressure;
	bool ipv6;
	bool holds;
	bool connected;
	bool eof;
	bool ended;
	struct clasp_crowd crowd;
	struct segment held;
	u8 snd[HOST_RING];
	u8 rcv[HOST_RING];
};

extern const char *const flow_names[];

void host_init(struct host *host, const struct clasp_config *config, u8 id);
void host_env(const struct host *host, u64 now, struct clasp_env *env);
struct clasp_opening host_opening(const struct host *host);
u8 host_state(const struct host *host);
u32 host_unread(const struct host *host);

void host_listen(struct host *host);
void host_unlisten(struct host *host, bool abort, u64 now);
void host_connect(struct host *host, u64 now);
u32 host_write(struct host *host, const u8 *bytes, u32 len, bool push, u64 now);
u32 host_read(struct host *host, u8 *bytes, u32 len, u64 now);
void host_await(struct host *host, u64 now);
void host_close(struct host *host, enum clasp_ending ending, u64 now);
void host_abort(struct host *host, u64 now);
void host_keepalive(struct host *host, bool on, u64 now);
void host_push(struct host *host, u64 now);
void host_quickack(struct host *host, u32 value, u64 now);

void host_segment(struct host *host, const struct segment *segment, u64 now);
void host_unreachable(struct host *host, u64 now);
void host_too_large(struct host *host, u32 seq, u64 now);
void host_octets(struct host *host, const u8 *octets, u32 len, u64 now);
u64 host_deadline(const struct host *host);
void host_tick(struct host *host, u64 now);
void host_output(struct host *host, u64 now);

/* What each program brings. */
bool wire_takes(struct host *host, const struct clasp_out *out, enum clasp_refusal *why);
u32 wire_shorten(struct host *host, u32 len);
void wire_transmit(struct host *host, const struct segment *segment, u64 now);
void violation(const struct host *host, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
