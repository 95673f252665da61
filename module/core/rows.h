/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rows of the state table: state, event, next state, what is sent, section of the RFC, and the row in plain words
 * (struct clasp_row). The order within a state is the order in which RFC 9293, 3.10 speaks of the events; a row's
 * position is its number in traces and in Documentation/protocol. Included where CLASP_ROW() says what becomes of each.
 */

CLASP_ROW(CLOSED, OPEN_PASSIVE, LISTEN, "", "9293 3.10.1",
	  "The program waits for whoever may call.")
CLASP_ROW(CLOSED, OPEN_ACTIVE, SYN_SENT, "SYN", "9293 3.10.1",
	  "The program calls: its initial sequence number goes out.")

CLASP_ROW(LISTEN, RCV_SYN, SYN_RCVD, "SYN,ACK", "9293 3.10.7.2",
	  "Somebody calls: the listener answers and stays; an embryo waits for the third segment.")
CLASP_ROW(LISTEN, CLOSE, CLOSED, "", "9293 3.10.4",
	  "The program stops listening.")
CLASP_ROW(LISTEN, ABORT, CLOSED, "", "9293 3.10.5",
	  "The program stops listening, in a hurry.")

CLASP_ROW(SYN_SENT, RCV_SYN_ACK, ESTABLISHED, "ACK", "9293 3.10.7.3",
	  "The peer answers and acknowledges our SYN: both numbers are known here.")
CLASP_ROW(SYN_SENT, RCV_SYN, SYN_RCVD, "SYN,ACK", "9293 3.10.7.3",
	  "The peer calls at the same moment: a simultaneous open.")
CLASP_ROW(SYN_SENT, RCV_RST, CLOSED, "", "9293 3.10.7.3",
	  "Nobody listens there: connection refused.")
CLASP_ROW(SYN_SENT, CLOSE, CLOSED, "", "9293 3.10.4",
	  "The program changed its mind before anybody answered.")
CLASP_ROW(SYN_SENT, ABORT, CLOSED, "", "9293 3.10.5",
	  "The program gives up the call.")
CLASP_ROW(SYN_SENT, UNREACHABLE, CLOSED, "", "9293 3.9.2.2",
	  "ICMP says that nobody can be reached there.")
CLASP_ROW(SYN_SENT, GIVE_UP, CLOSED, "", "9293 3.8.3",
	  "No answer to the last SYN either: timed out.")

CLASP_ROW(SYN_RCVD, RCV_ACK_OF_SYN, ESTABLISHED, "", "9293 3.10.7.4",
	  "Our SYN is acknowledged: both numbers are known at both ends.")
CLASP_ROW(SYN_RCVD, RCV_RST, CLOSED, "", "9293 3.10.7.4",
	  "The peer of a simultaneous open takes it back: connection refused.")
CLASP_ROW(SYN_RCVD, RCV_RST_PASSIVE, LISTEN, "", "9293 3.10.7.4",
	  "The caller takes it back: the embryo ends, the listener never notices.")
CLASP_ROW(SYN_RCVD, CLOSE, FIN_WAIT_1, "FIN,ACK", "9293 3.10.4",
	  "The program closes before the other end has answered.")
CLASP_ROW(SYN_RCVD, ABORT, CLOSED, "RST", "9293 3.10.5",
	  "The program gives the connection up.")
CLASP_ROW(SYN_RCVD, UNREACHABLE, CLOSED, "", "9293 3.9.2.2",
	  "ICMP says that our SYN,ACK of a simultaneous open cannot arrive.")
CLASP_ROW(SYN_RCVD, UNREACHABLE_PASSIVE, LISTEN, "", "9293 3.9.2.2",
	  "ICMP says that our SYN,ACK cannot arrive: the embryo ends.")
CLASP_ROW(SYN_RCVD, GIVE_UP, CLOSED, "", "9293 3.8.3",
	  "Our SYN,ACK of a simultaneous open was never acknowledged.")
CLASP_ROW(SYN_RCVD, GIVE_UP_PASSIVE, LISTEN, "", "9293 3.8.3",
	  "The third segment never came: the embryo ends.")
CLASP_ROW(SYN_RCVD, LISTENER_GONE, CLOSED, "", "9293 3.10.4",
	  "The listener was closed, its embryos go with it.")

CLASP_ROW(ESTABLISHED, CLOSE, FIN_WAIT_1, "FIN,ACK", "9293 3.10.4",
	  "The program closes first: our FIN follows the last octet.")
CLASP_ROW(ESTABLISHED, RCV_FIN, CLOSE_WAIT, "ACK", "9293 3.10.7.4",
	  "The peer closed first: it is the program's turn now.")
CLASP_ROW(ESTABLISHED, RCV_RST, CLOSED, "", "9293 3.10.7.4",
	  "The peer gave the connection up: connection reset.")
CLASP_ROW(ESTABLISHED, ABORT, CLOSED, "RST", "9293 3.10.5",
	  "The program gives the connection up, or left data unread.")
CLASP_ROW(ESTABLISHED, GIVE_UP, CLOSED, "", "9293 3.8.3",
	  "The peer acknowledges no more: timed out.")
CLASP_ROW(ESTABLISHED, KEEPALIVE_OVER, CLOSED, "RST", "9293 3.8.4",
	  "Keep-alives are not answered: timed out.")

CLASP_ROW(FIN_WAIT_1, RCV_ACK_OF_FIN, FIN_WAIT_2, "", "9293 3.10.7.4",
	  "Our FIN is acknowledged; the peer may go on sending.")
CLASP_ROW(FIN_WAIT_1, RCV_FIN, CLOSING, "ACK", "9293 3.10.7.4",
	  "The peer closed too before it saw our FIN: a simultaneous close.")
CLASP_ROW(FIN_WAIT_1, RCV_RST, CLOSED, "", "9293 3.10.7.4",
	  "The peer gave the connection up.")
CLASP_ROW(FIN_WAIT_1, ABORT, CLOSED, "RST", "9293 3.10.5",
	  "The program gives the connection up after all.")
CLASP_ROW(FIN_WAIT_1, GIVE_UP, CLOSED, "", "9293 3.8.3",
	  "Our FIN, or data before it, was never acknowledged.")

CLASP_ROW(FIN_WAIT_2, RCV_FIN, TIME_WAIT, "ACK", "9293 3.10.7.4",
	  "The peer closed too: all is said, old segments may still be under way.")
CLASP_ROW(FIN_WAIT_2, RCV_RST, CLOSED, "", "9293 3.10.7.4",
	  "The peer gave the connection up.")
CLASP_ROW(FIN_WAIT_2, ABORT, CLOSED, "RST", "9293 3.10.5",
	  "The program gives the connection up after all.")
CLASP_ROW(FIN_WAIT_2, KEEPALIVE_OVER, CLOSED, "RST", "9293 3.8.4",
	  "Keep-alives are not answered: timed out.")
CLASP_ROW(FIN_WAIT_2, FIN_WAIT_2_OVER, CLOSED, "", "1122 4.2.2.13",
	  "Nobody reads here any more and the peer's FIN does not come.")

CLASP_ROW(CLOSE_WAIT, CLOSE, LAST_ACK, "FIN,ACK", "9293 3.10.4",
	  "The program closes too: our FIN follows the last octet.")
CLASP_ROW(CLOSE_WAIT, RCV_RST, CLOSED, "", "9293 3.10.7.4",
	  "The peer, which had closed, does not even listen any more.")
CLASP_ROW(CLOSE_WAIT, ABORT, CLOSED, "RST", "9293 3.10.5",
	  "The program gives the connection up.")
CLASP_ROW(CLOSE_WAIT, GIVE_UP, CLOSED, "", "9293 3.8.3",
	  "The peer acknowledges no more: timed out.")
CLASP_ROW(CLOSE_WAIT, KEEPALIVE_OVER, CLOSED, "RST", "9293 3.8.4",
	  "Keep-alives are not answered: timed out.")

CLASP_ROW(CLOSING, RCV_ACK_OF_FIN, TIME_WAIT, "", "9293 3.10.7.4",
	  "Both FINs are acknowledged.")
CLASP_ROW(CLOSING, RCV_RST, CLOSED, "", "9293 3.10.7.4",
	  "The peer is gone already.")
CLASP_ROW(CLOSING, ABORT, CLOSED, "", "9293 3.10.5",
	  "The program does not want to wait.")
CLASP_ROW(CLOSING, GIVE_UP, CLOSED, "", "9293 3.8.3",
	  "Our FIN was never acknowledged.")

CLASP_ROW(LAST_ACK, RCV_ACK_OF_FIN, CLOSED, "", "9293 3.10.7.4",
	  "Our FIN is acknowledged: nothing is left to say or to hear.")
CLASP_ROW(LAST_ACK, RCV_RST, CLOSED, "", "9293 3.10.7.4",
	  "The peer has forgotten the connection.")
CLASP_ROW(LAST_ACK, ABORT, CLOSED, "", "9293 3.10.5",
	  "The program does not want to wait.")
CLASP_ROW(LAST_ACK, GIVE_UP, CLOSED, "", "9293 3.8.3",
	  "Our FIN was never acknowledged.")

CLASP_ROW(TIME_WAIT, 2MSL_OVER, CLOSED, "", "9293 3.10.8",
	  "No segment of this connection can be under way any more.")
CLASP_ROW(TIME_WAIT, RCV_NEW_SYN, CLOSED, "", "9293 3.10.7.4",
	  "A new incarnation begins beyond everything the old one sent (RFC 6191).")
CLASP_ROW(TIME_WAIT, PURGE, CLOSED, "", "9293 3.10.8",
	  "The namespace goes away.")
