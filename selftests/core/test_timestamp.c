// SPDX-License-Identifier: GPL-2.0
/*
 * Timestamps (RFC 7323, sections 3 to 5): who sends them, which of the peer's are remembered and echoed, what
 * they measure, and which segments they tell to be of another time.
 */
#include "bench.h"

#define DAY (24 * 3600 * CLASP_SEC)
#define HASH 0x12345678
#define TS 7000			/* the peer's, in its SYN */

static struct clasp_tcb *tcb(void)
{
	return &bench.host.ep.tcb;
}

static void peer_stamps(u32 ts_val)
{
	bench.any.timestamps = true;
	bench.any.ts_val = ts_val;
}

static void timestamps(void)
{
	bench.config.timestamps = 1;
	bench.host.ts_hash = HASH;
	bench.syn.timestamps = true;
	bench.syn.ts_val = TS;
	peer_stamps(TS);
}

static u32 ours(void)
{
	return HASH + bench.now / CLASP_MSEC;
}

/* The last segment has timestamps: ours of now, and this echo. */
static void expect_echo_at(const char *file, int line, u32 echo)
{
	const struct clasp_options *options = &last_segment()->header.options;

	if (!options->timestamps || options->ts_val != ours() || options->ts_ecr != echo)
		test_failed(file, line, "timestamps %u: %u echoes %u, should be %u echoes %u",
			    options->timestamps, options->ts_val, options->ts_ecr, ours(), echo);
}

#define expect_echo(echo) expect_echo_at(__FILE__, __LINE__, echo)

TEST(timestamp__is_offered_as_the_administrator_says)
{
	bench.host.ts_hash = HASH;
	host_connect(&bench.host, bench.now);
	EXPECT(!last_segment()->header.options.timestamps);
	host_abort(&bench.host, bench.now);
	bench.config.timestamps = 1;
	host_connect(&bench.host, bench.now);
	expect_echo(0);
	host_abort(&bench.host, bench.now);
	bench.config.timestamps = 2;		/* the same clock for all */
	host_connect(&bench.host, bench.now);
	EXPECT_EQ(last_segment()->header.options.ts_val, bench.now / CLASP_MSEC);
	forget_segments();
}

TEST(timestamp__counts_milliseconds)
{
	u32 first;

	timestamps();
	host_connect(&bench.host, bench.now);
	first = last_segment()->header.options.ts_val;
	time_passes(CLASP_SEC);
	EXPECT_EQ(last_segment()->header.options.ts_val - first, 1000);
	forget_segments();
}

TEST(timestamp__is_answered_only_if_it_was_offered)
{
	timestamps();
	bench.syn.timestamps = false;
	bench.any.timestamps = false;
	tcb_listen();
	segment_in("S", THEM(0), 0, 0);
	EXPECT(!last_segment()->header.options.timestamps);
	forget_segments();
	segment_in("A", THEM(1), US(1), 0);
	program_writes(10);
	EXPECT(!last_segment()->header.options.timestamps);
	expect_segment("PA", US(1), THEM(1), 10);
}

TEST(timestamp__is_not_answered_where_it_is_turned_off)
{
	timestamps();
	bench.config.timestamps = 0;
	tcb_established_passive();
	program_writes(10);
	EXPECT(!last_segment()->header.options.timestamps);
	expect_segment("PA", US(1), THEM(1), 10);
}

TEST(timestamp__of_a_peer_that_does_not_answer_it)
{
	timestamps();
	bench.syn.timestamps = false;
	bench.any.timestamps = false;
	tcb_syn_sent();
	segment_in("SA", THEM(0), US(1), 0);
	EXPECT(!last_segment()->header.options.timestamps);
	expect_segment("A", US(1), THEM(1), 0);
	segment_in("PA", THEM(1), US(1), 10);
	EXPECT_EQ(host_unread(&bench.host), 10);
}

TEST(timestamp__of_a_peer_that_was_not_asked)
{
	timestamps();
	bench.config.timestamps = 0;
	tcb_syn_sent();
	segment_in("SA", THEM(0), US(1), 0);
	EXPECT(!last_segment()->header.options.timestamps);
	expect_segment("A", US(1), THEM(1), 0);
}

TEST(timestamp__is_in_every_segment)
{
	/* RFC 7323, 3.2: MUST in every non-RST segment, SHOULD in an RST */
	timestamps();
	bench.host.choice.keepalive = true;
	tcb_syn_sent();
	segment_in("SA", THEM(0), US(1), 0);
	expect_echo(TS);
	expect_segment("A", US(1), THEM(1), 0);
	program_writes(10);
	expect_echo(TS);
	next_deadline();
	expect_echo(TS);			/* sent again, now */
	forget_segments();
	segment_in("A", THEM(1), US(11), 0);
	time_passes(bench.config.keep_idle);
	expect_echo(TS);
	forget_segments();
	host_close(&bench.host, CLASP_END_WRITE, bench.now);
	expect_echo(TS);
	expect_segment("FA", US(11), THEM(1), 0);
	host_abort(&bench.host, bench.now);
	expect_echo(0);				/* without ACK nothing is echoed */
	expect_segment("R", US(12), 0, 0);
}

TEST(timestamp__is_in_the_probe_of_a_closed_window)
{
	timestamps();
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	program_writes(10);
	next_deadline();
	expect_echo(TS);
	expect_segment("A", US(1), THEM(1), 1);
}

TEST(timestamp__takes_room_from_each_segment)
{
	/* RFC 6691: the MSS option counts no options, so that they come off the octets */
	timestamps();
	tcb_established();
	program_writes(2000);
	expect_segment("A", US(1), THEM(1), 1460 - 12);
	EXPECT_EQ(clasp_header_len(&bench.sent[0].header), 32);
	forget_segments();
}

TEST(timestamp__of_a_delayed_ack_is_the_first)
{
	/* RFC 7323, 4.3, (A): the peer measures how long the ACK waited */
	timestamps();
	tcb_established();
	peer_stamps(TS + 1);
	segment_in("PA", THEM(1), US(1), 100);
	peer_stamps(TS + 2);
	segment_in("PA", THEM(101), US(1), 100);
	time_passes(bench.config.delack);
	expect_echo(TS + 1);
	expect_segment("A", US(1), THEM(201), 0);
	peer_stamps(TS + 3);
	segment_in("PA", THEM(201), US(1), 100);
	time_passes(bench.config.delack);
	expect_echo(TS + 3);
	expect_segment("A", US(1), THEM(301), 0);
}

TEST(timestamp__behind_a_hole_is_not_remembered)
{
	/* RFC 7323, 4.3, (B) and (C): but that of the segment which fills it */
	timestamps();
	tcb_established();
	peer_stamps(TS + 1);
	segment_in("PA", THEM(101), US(1), 100);
	expect_echo(TS);
	expect_segment("A", US(1), THEM(1), 0);
	peer_stamps(TS + 2);
	segment_in("PA", THEM(1), US(1), 100);
	expect_echo(TS + 2);
	expect_segment("A", US(1), THEM(201), 0);
}

TEST(timestamp__of_the_past_is_refused)
{
	/* RFC 7323, 5.3, R1: "send an acknowledgment in reply", drop the segment */
	timestamps();
	tcb_established();
	peer_stamps(TS - 1);
	segment_in("PA", THEM(1), US(1), 100);
	expect_echo(TS);
	expect_segment("A", US(1), THEM(1), 0);
	segment_in("FA", THEM(1), US(1), 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(host_unread(&bench.host), 0);
	peer_stamps(TS - 0x7fffffff);
	segment_in("PA", THEM(1), US(1), 100);
	expect_segment("A", US(1), THEM(1), 0);
	peer_stamps(TS);
	segment_in("PA", THEM(1), US(1), 100);
	EXPECT_EQ(host_unread(&bench.host), 100);
}

TEST(timestamp__of_the_past_acknowledges_nothing)
{
	timestamps();
	tcb_established();
	program_writes(10);
	forget_segments();
	peer_stamps(TS - 1);
	segment_in("A", THEM(1), US(11), 0);
	EXPECT_EQ(tcb()->snd_una, US(1));
	expect_segment("A", US(11), THEM(1), 0);
	segment_in("A", THEM(1), US(11), 0);	/* without octets: answered, but not each */
	expect_nothing();
}

TEST(timestamp__of_the_past_answered_by_octets_behind_the_window)
{
	/* R1 comes before R2: whatever is old is refused for that */
	timestamps();
	tcb_established();
	segment_in_wnd("A", THEM(1), US(1), 0, 0);
	program_writes(10);
	next_deadline();
	forget_segments();
	peer_stamps(TS - 1);
	segment_in("A", THEM(0), US(2), 0);
	EXPECT_EQ(tcb()->snd_una, US(1));
	forget_segments();
}

TEST(timestamp__goes_round)
{
	timestamps();
	bench.syn.ts_val = 0xfffffffe;
	peer_stamps(0xffffffff);
	tcb_established();
	segment_in("PA", THEM(1), US(1), 10);
	peer_stamps(1);
	segment_in("PA", THEM(11), US(1), 10);
	EXPECT_EQ(host_unread(&bench.host), 20);
	time_passes(bench.config.delack);
	forget_segments();
	segment_in("PA", THEM(21), US(1), 10);
	peer_stamps(0xffffffff);
	segment_in("PA", THEM(31), US(1), 10);
	EXPECT_EQ(host_unread(&bench.host), 30);
	forget_segments();
}

TEST(timestamp__of_long_ago_says_nothing)
{
	/* RFC 7323, 5.5: after 24 days it may have gone half way round */
	timestamps();
	tcb_established();
	time_passes(24 * DAY);
	peer_stamps(TS - 1);
	segment_in("PA", THEM(1), US(1), 10);
	expect_segment("A", US(1), THEM(1), 0);
	EXPECT_EQ(host_unread(&bench.host), 0);
	time_passes(CLASP_SEC);
	segment_in("PA", THEM(1), US(1), 10);
	EXPECT_EQ(host_unread(&bench.host), 10);
	time_passes(bench.config.delack);
	expect_echo(TS - 1);
	forget_segments();
}

TEST(timestamp__that_lacks_is_dropped_without_a_word)
{
	/* RFC 7323, 3.2 */
	timestamps();
	tcb_established();
	bench.any.timestamps = false;
	segment_in("PA", THEM(1), US(1), 10);
	segment_in("FA", THEM(1), US(1), 0);
	time_passes(CLASP_SEC);
	expect_nothing();
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(host_unread(&bench.host), 0);
}

TEST(timestamp__is_not_asked_of_an_rst)
{
	/* RFC 7323, 5.2: PAWS is not for RSTs, whether they have a timestamp or not */
	timestamps();
	tcb_established();
	peer_stamps(TS - 1);
	segment_in("R", THEM(1), 0, 0);
	expect_state(CLASP_CLOSED);
	expect_nothing();
}

TEST(timestamp__need_not_be_in_an_rst)
{
	timestamps();
	tcb_established();
	bench.any.timestamps = false;
	segment_in("R", THEM(1), 0, 0);
	expect_state(CLASP_CLOSED);
}

TEST(timestamp__of_an_rst_is_not_remembered)
{
	timestamps();
	tcb_established();
	peer_stamps(TS + 1000);
	segment_in("R", THEM(0), 0, 0);
	segment_in("R", THEM(2), 0, 0);
	forget_segments();
	EXPECT_EQ(tcb()->ts_recent, TS);
}

TEST(timestamp__of_a_syn_that_lacks_it)
{
	/* RFC 5961, 4.2: a peer that has forgotten the connection hears of it, or it would for ever hear nothing */
	timestamps();
	tcb_established();
	bench.syn.timestamps = false;
	segment_in("S", THEM(5000), 0, 0);
	expect_segment("A", US(1), THEM(1), 0);
	expect_state(CLASP_ESTABLISHED);
}

TEST(timestamp__of_who_guesses_is_not_remembered)
{
	timestamps();
	tcb_established();
	peer_stamps(TS + 0x70000000);
	segment_in("PA", THEM(1), US(1000), 10);	/* acknowledges what was never sent */
	expect_segment("A", US(1), THEM(1), 0);
	segment_in("P", THEM(1), 0, 10);		/* acknowledges nothing */
	EXPECT_EQ(tcb()->ts_recent, TS);
	peer_stamps(TS);
	segment_in("PA", THEM(1), US(1), 10);
	EXPECT_EQ(host_unread(&bench.host), 10);
}

TEST(timestamp__measures_what_was_sent_again)
{
	/* RFC 7323, 4: where Karn's rule forbids it without */
	timestamps();
	tcb_established();
	program_writes(10);
	time_passes(CLASP_SEC);
	forget_segments();
	EXPECT_EQ(tcb()->srtt_us, 0);
	bench.any.ts_ecr = ours();
	time_passes(30 * CLASP_MSEC);
	segment_in("A", THEM(1), US(11), 0);
	EXPECT_EQ(tcb()->srtt_us, 30000);
	EXPECT_EQ(tcb()->backoff, 0);
	forget_segments();
}

TEST(timestamp__measures_a_tick_at_least)
{
	timestamps();
	tcb_established();
	program_writes(10);
	time_passes(CLASP_SEC);
	forget_segments();
	bench.any.ts_ecr = ours();
	segment_in("A", THEM(1), US(11), 0);
	EXPECT_EQ(tcb()->srtt_us, 1000);
}

TEST(timestamp__that_is_no_echo_of_ours_measures_nothing)
{
	timestamps();
	tcb_established();
	program_writes(20);
	time_passes(CLASP_SEC);
	forget_segments();
	bench.any.ts_ecr = ours() + 1;		/* of the future */
	segment_in("A", THEM(1), US(11), 0);
	EXPECT_EQ(tcb()->srtt_us, 0);
	bench.any.ts_ecr = 0;			/* of nobody */
	segment_in("A", THEM(1), US(21), 0);
	EXPECT_EQ(tcb()->srtt_us, 0);
	forget_segments();
}

TEST(timestamp__measures_a_syn_that_was_lost)
{
	timestamps();
	tcb_syn_sent();
	time_passes(CLASP_SEC);
	forget_segments();
	bench.syn.ts_ecr = ours();
	time_passes(40 * CLASP_MSEC);
	segment_in("SA", THEM(0), US(1), 0);
	EXPECT_EQ(tcb()->srtt_us, 40000);
	forget_segments();
}

TEST(timestamp__measures_a_syn_ack_that_was_lost)
{
	timestamps();
	tcb_syn_rcvd();
	time_passes(CLASP_SEC);
	forget_segments();
	bench.any.ts_ecr = ours();
	time_passes(40 * CLASP_MSEC);
	segment_in("A", THEM(1), US(1), 0);
	EXPECT_EQ(tcb()->srtt_us, 40000);
}

TEST(timestamp__does_not_measure_how_long_octets_were_waited_for)
{
	timestamps();
	bench.host.choice.defer = 3;
	tcb_syn_rcvd();
	bench.any.ts_ecr = ours();
	segment_in("A", THEM(1), US(1), 0);
	time_passes(CLASP_SEC / 2);
	segment_in("PA", THEM(1), US(1), 10);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(tcb()->srtt_us, 0);
}

TEST(timestamp__of_a_syn_that_comes_again_is_echoed)
{
	timestamps();
	tcb_syn_rcvd();
	time_passes(CLASP_SEC / 2);
	bench.syn.ts_val = TS + 500;
	segment_in("S", THEM(0), 0, 0);
	expect_echo(TS + 500);
	expect_segment("SA", US(0), THEM(1), 0);
	bench.syn.ts_val = TS + 400;		/* overtaken by the other */
	time_passes(CLASP_SEC / 4);
	segment_in("S", THEM(0), 0, 0);
	EXPECT_EQ(bench.host.embryo.ts_recent, TS + 500);
	forget_segments();
}

TEST(timestamp__of_a_syn_with_less_than_the_first)
{
	timestamps();
	tcb_syn_rcvd();
	bench.syn.timestamps = false;
	time_passes(CLASP_SEC / 2);
	segment_in("S", THEM(0), 0, 0);
	EXPECT(!last_segment()->header.options.timestamps);
	expect_segment("SA", US(0), THEM(1), 0);
}

TEST(timestamp__that_lacks_makes_no_connection)
{
	timestamps();
	tcb_syn_rcvd();
	bench.any.timestamps = false;
	segment_in("A", THEM(1), US(1), 0);
	expect_nothing();
	expect_state(CLASP_SYN_RCVD);
	segment_in("R", THEM(1), 0, 0);
	expect_state(CLASP_LISTEN);
}

TEST(timestamp__of_the_past_makes_no_connection)
{
	timestamps();
	tcb_syn_rcvd();
	peer_stamps(TS - 1);
	segment_in("A", THEM(1), US(1), 0);
	expect_echo(TS);
	expect_segment("A", US(1), THEM(1), 0);
	expect_state(CLASP_SYN_RCVD);
	peer_stamps(TS);
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
}

TEST(timestamp__of_held_octets_is_not_compared)
{
	timestamps();
	tcb_listen();
	segment_in("S", THEM(0), 0, 100);
	expect_segment("SA", US(0), THEM(1), 0);
	peer_stamps(TS + 5);
	segment_in("A", THEM(1), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(host_unread(&bench.host), 100);
	forget_segments();
}

TEST(timestamp__of_a_simultaneous_open)
{
	timestamps();
	tcb_syn_sent();
	segment_in("S", THEM(0), 0, 0);
	expect_echo(TS);
	expect_segment("SA", US(0), THEM(1), 0);
	bench.syn.ts_val = TS + 1;
	segment_in("SA", THEM(0), US(1), 0);
	expect_state(CLASP_ESTABLISHED);
	EXPECT_EQ(tcb()->ts_recent, TS + 1);
	forget_segments();
}

TEST(timestamp__of_the_past_in_time_wait)
{
	timestamps();
	tcb_fin_wait_2();
	peer_stamps(TS + 5);
	segment_in("FA", THEM(1), US(2), 0);
	expect_echo(TS + 5);
	expect_segment("A", US(2), THEM(2), 0);
	time_passes(CLASP_SEC);
	peer_stamps(TS + 4);
	segment_in("FA", THEM(1), US(2), 0);	/* answered, but nothing begins anew */
	expect_echo(TS + 5);
	expect_segment("A", US(2), THEM(2), 0);
	EXPECT_EQ(host_deadline(&bench.host), bench.now + 59 * CLASP_SEC);
	bench.any.timestamps = false;
	segment_in("FA", THEM(1), US(2), 0);
	expect_nothing();
	EXPECT_EQ(host_deadline(&bench.host), bench.now + 59 * CLASP_SEC);
	peer_stamps(TS + 5);
	segment_in("FA", THEM(1), US(2), 0);
	expect_echo(TS + 5);
	expect_segment("A", US(2), THEM(2), 0);
	EXPECT_EQ(host_deadline(&bench.host), bench.now + 60 * CLASP_SEC);
}

static void time_wait(bool stamped)
{
	timestamps();
	bench.config.timestamps = stamped;
	host_listen(&bench.host);
	tcb_time_wait();
	bench.config.timestamps = 1;
	bench.host.iss += 1000000;
}

static void expect_reopened(u32 seq, bool reopened)
{
	segment_in("S", seq, 0, 0);
	EXPECT_EQ(bench.host.flow, reopened ? FLOW_EMBRYO : FLOW_TW);
	forget_segments();
}

TEST(timestamp__newer_reopens_whatever_the_number)
{
	/* RFC 6191, 2 */
	time_wait(true);
	bench.syn.ts_val = TS + 1;
	expect_reopened(THEM(-100000), true);
}

TEST(timestamp__that_is_the_same_reopens_beyond)
{
	time_wait(true);
	expect_reopened(THEM(2), false);
	expect_reopened(THEM(3), true);
}

TEST(timestamp__older_does_not_reopen)
{
	time_wait(true);
	bench.syn.ts_val = TS - 1;
	expect_reopened(THEM(100000), false);
}

TEST(timestamp__none_in_a_syn_reopens_by_number)
{
	time_wait(true);
	bench.syn.timestamps = false;
	expect_reopened(THEM(2), false);
	expect_reopened(THEM(3), true);
}

TEST(timestamp__that_would_not_be_answered_reopens_by_number)
{
	time_wait(true);
	bench.config.timestamps = 0;
	bench.syn.ts_val = TS + 1;
	expect_reopened(THEM(2), false);
	expect_reopened(THEM(3), true);
}

TEST(timestamp__first_reopens_what_had_none)
{
	time_wait(false);
	expect_reopened(THEM(-100000), true);
}

TEST(timestamp__agrees_on_sack_beside_it)
{
	timestamps();
	bench.config.sack = 1;
	bench.syn.sack_permitted = true;
	tcb_syn_sent();
	segment_in("SA", THEM(0), US(1), 0);
	EXPECT(tcb()->sack_ok);
	EXPECT(!last_segment()->header.options.sack_permitted);
	forget_segments();
}

TEST(timestamp__none_and_sack_only_if_both_permit_it)
{
	bench.config.sack = 1;
	tcb_listen();
	segment_in("S", THEM(0), 0, 0);
	EXPECT(!last_segment()->header.options.sack_permitted);
	forget_segments();
	segment_in("A", THEM(1), US(1), 0);
	EXPECT(!tcb()->sack_ok);
	host_abort(&bench.host, bench.now);
	forget_segments();
	bench.syn.sack_permitted = true;
	segment_in("S", THEM(0), 0, 0);
	EXPECT(last_segment()->header.options.sack_permitted);
	forget_segments();
	segment_in("A", THEM(1), US(1), 0);
	EXPECT(tcb()->sack_ok);
}
