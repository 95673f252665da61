// SPDX-License-Identifier: GPL-2.0
/*
 * What TCP_INFO makes of a play with a peer made by hand, on TCP and on Clasp.
 */
#include <linux/sockios.h>

#include "info.h"
#include "moments.h"

/* What the peer says and hears in this play is what the program is told. */
TEST_F(on, info__of_a_dialogue)
{
	struct info info;
	struct peer peer;
	int fd;

	no_super_packets();
	peer_up(variant->protocol);
	fd = ACCEPT();
	info = info_of(fd, variant->level);
	EXPECT_EQ(ESTABLISHED, info.tcp.tcpi_state);
	EXPECT_EQ(2, info.segs_in);
	EXPECT_EQ(0, info.segs_out);
	EXPECT_EQ(0, info.bytes_acked);
	EXPECT_EQ(PEER_MSS, info.tcp.tcpi_snd_mss);
	EXPECT_EQ(536, info.tcp.tcpi_rcv_mss);
	EXPECT_EQ(10, info.tcp.tcpi_snd_cwnd);
	EXPECT_EQ(0x7fffffff, info.tcp.tcpi_snd_ssthresh);
	set(fd, TCP_QUICKACK, 1);
	peer_says(&peer, TH_ACK | TH_PUSH, 1000);
	EXPECT_TRUE(hears_flags(&peer, TH_ACK, 20));
	set(fd, TCP_CORK, 1);
	EXPECT_EQ(2 * PEER_MSS + 80, write(fd, octets, 2 * PEER_MSS + 80));
	EXPECT_EQ(PEER_MSS, hears_octets(&peer, 20));
	EXPECT_EQ(PEER_MSS, hears_octets(&peer, 20));
	info = info_of(fd, variant->level);
	EXPECT_EQ(2, info.tcp.tcpi_unacked);
	EXPECT_EQ(3, info.segs_out);
	EXPECT_EQ(80, info.notsent_bytes);
	EXPECT_EQ(1000, info.tcp.tcpi_rcv_mss);
	EXPECT_EQ(40000, info.tcp.tcpi_ato);
	peer_says(&peer, TH_ACK, 0);
	set(fd, TCP_CORK, 0);
	EXPECT_EQ(80, hears_octets(&peer, 20));
	peer_says(&peer, TH_ACK, 0);
	info = info_of(fd, variant->level);
	EXPECT_EQ(5, info.segs_in);
	EXPECT_EQ(4, info.segs_out);
	EXPECT_EQ(3000, info.bytes_acked);
	EXPECT_EQ(1000, info.bytes_received);
	EXPECT_EQ(0, info.tcp.tcpi_unacked);
	EXPECT_EQ(0, info.tcp.tcpi_total_retrans);
	EXPECT_EQ(PEER_WINDOW, info.snd_wnd);
	close(fd);
}

/* SYN,ACKs that were sent again are no segments of the connection, but retransmissions of its all the same. */
TEST_F(on, info__of_a_handshake_with_losses)
{
	struct segment segment;
	struct info info;
	struct peer peer;
	int fd, listener;

	peer_up(variant->protocol);
	listener = listen_on(CLIENT, variant->protocol, PORT);
	peer = (struct peer){ .port = PEER_PORT, .host_port = PORT, .next = PEER_ISS };
	peer_says(&peer, TH_SYN, 0);
	EXPECT_TRUE(peer_hears(&peer, &segment, 20));
	segment = peer_segment(&peer, TH_SYN);
	segment.seq = PEER_ISS;
	segment.ack = 0;
	pause_ms(600);
	peer_send(&segment);
	EXPECT_TRUE(peer_hears(&peer, &segment, 20));
	EXPECT_TRUE(peer_hears(&peer, &segment, 1500));
	peer_says(&peer, TH_ACK, 0);
	fd = accept(listener, NULL, NULL);
	info = info_of(fd, variant->level);
	EXPECT_EQ(2, info.tcp.tcpi_total_retrans);
	EXPECT_EQ(0, info.tcp.tcpi_retransmits);
	EXPECT_EQ(2, info.segs_in);
	EXPECT_EQ(0, info.segs_out);
	EXPECT_EQ(0, info.tcp.tcpi_rtt);
}

TEST_F(on, info__of_who_called)
{
	struct info info;
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = call(variant->protocol, TCP_NODELAY, 1);
	info = info_of(fd, variant->level);
	EXPECT_EQ(SYN_SENT, info.tcp.tcpi_state);
	EXPECT_EQ(1, info.tcp.tcpi_unacked);
	peer_answers(&peer);
	EXPECT_TRUE(hears_flags(&peer, TH_ACK, 20));
	info = info_of(fd, variant->level);
	EXPECT_EQ(1, info.segs_in);
	EXPECT_EQ(2, info.segs_out);
	EXPECT_EQ(1, info.bytes_acked);
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_TRUE(hears_flags(&peer, TH_FIN | TH_ACK, 20));
	EXPECT_EQ(1, info_of(fd, variant->level).tcp.tcpi_unacked);
	EXPECT_EQ(FIN_WAIT_1, info_of(fd, variant->level).tcp.tcpi_state);
	peer_says(&peer, TH_ACK, 0);
	info = info_of(fd, variant->level);
	EXPECT_EQ(FIN_WAIT_2, info.tcp.tcpi_state);
	EXPECT_EQ(2, info.bytes_acked);
	peer_says(&peer, TH_FIN | TH_ACK, 0);
	info = info_of(fd, variant->level);
	EXPECT_EQ(CLOSED, info.tcp.tcpi_state);
	EXPECT_EQ(1, info.bytes_received);
}

/* The wire takes 30 ms each way: so long is a round trip, and no longer. */
TEST_F(on, info__measures_round_trips)
{
	struct info info;

	wire(CLIENT, "delay 30ms");
	wire(SERVER, "delay 30ms");
	connection(self->ends, variant->protocol, PORT);
	info = info_of(self->ends[CLIENT], variant->level);
	EXPECT_GE(info.tcp.tcpi_rtt, 60000);
	EXPECT_LT(info.tcp.tcpi_rtt, 65000);
	EXPECT_GE(info.tcp.tcpi_rttvar, 30000);
	EXPECT_LT(info.tcp.tcpi_rttvar, 33000);
	EXPECT_GE(info.tcp.tcpi_rto, 260000);
	EXPECT_LT(info.tcp.tcpi_rto, 270000);
}

TEST_F(on, info__of_a_peer_that_falls_silent)
{
	struct info before, info;
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	before = info_of(fd, variant->level);
	EXPECT_EQ(1, write(fd, "x", 1));
	EXPECT_EQ(1, hears_octets(&peer, 1000));
	EXPECT_EQ(1, hears_octets(&peer, 1000));
	EXPECT_EQ(1, hears_octets(&peer, 1000));
	info = info_of(fd, variant->level);
	EXPECT_EQ(2, info.tcp.tcpi_retransmits);
	EXPECT_EQ(2, info.tcp.tcpi_backoff);
	EXPECT_EQ(2, info.tcp.tcpi_total_retrans);
	EXPECT_EQ(1, info.tcp.tcpi_unacked);
	EXPECT_EQ(1, info.tcp.tcpi_snd_cwnd);
	EXPECT_EQ(3, info.segs_out);
	EXPECT_GE(info.tcp.tcpi_rto + 4000, 4 * before.tcp.tcpi_rto);
	EXPECT_LE(info.tcp.tcpi_rto, 4 * before.tcp.tcpi_rto + 4000);
	peer_says(&peer, TH_ACK, 0);
	info = info_of(fd, variant->level);
	EXPECT_EQ(0, info.tcp.tcpi_retransmits);
	EXPECT_EQ(0, info.tcp.tcpi_unacked);
	EXPECT_LT(info.tcp.tcpi_snd_ssthresh, 0x7fffffff);
}

TEST_F(on, info__counts_unanswered_questions)
{
	struct peer peer;
	int fd;

	peer_up(variant->protocol);
	fd = ACCEPT();
	keepalive(fd, 1, 1, 9);
	EXPECT_TRUE(hears_probe(&peer, 5000));
	EXPECT_TRUE(hears_probe(&peer, 5000));
	EXPECT_EQ(2, info_of(fd, variant->level).tcp.tcpi_probes);
	peer_says(&peer, TH_ACK, 0);
	EXPECT_EQ(0, info_of(fd, variant->level).tcp.tcpi_probes);
}

TEST_F(on, info__of_a_listener)
{
	int fd = listen_on(SERVER, variant->protocol, PORT);
	struct info info;

	connect_from(CLIENT, variant->protocol, PORT);
	info = info_of(fd, variant->level);
	EXPECT_EQ(LISTENING, info.tcp.tcpi_state);
	EXPECT_EQ(1, info.tcp.tcpi_unacked);
	EXPECT_EQ(128, info.tcp.tcpi_sacked);
}

SOCKETS_HARNESS_MAIN
