// SPDX-License-Identifier: GPL-2.0
/*
 * Every call in every state: each of the eleven, and CLOSED by an RST. Sockets are non-blocking; the peer is
 * made by hand, and silent unless it is asked.
 */
#include "places.h"

TEST_F(on, bind__in_every_state)
{
	IN_EVERY_STATE(bind(fd, AT(CLIENT, 0)), EVERYWHERE = -EINVAL, [CLOSED] = 0);
}

TEST_F(on, listen__in_every_state)
{
	IN_EVERY_STATE(listen(fd, 1), EVERYWHERE = -EINVAL, [CLOSED] = 0, [LISTENING] = 0);
}

TEST_F(on, listen__makes_a_listener_only_of_a_closed_socket)
{
	IN_EVERY_STATE((listen(fd, 1), option(fd, SOL_SOCKET, SO_ACCEPTCONN)),
		       EVERYWHERE = 0, [CLOSED] = 1, [LISTENING] = 1);
}

TEST_F(on, accept__in_every_state)
{
	IN_EVERY_STATE(accept(fd, NULL, NULL), EVERYWHERE = -EINVAL, [LISTENING] = -EAGAIN);
}

TEST_F(on, accept__on_a_connection_leaves_it_alone)
{
	IN_EVERY_STATE((accept(fd, NULL, NULL), send(fd, "x", 1, 0)),
		       EVERYWHERE = -EPIPE, [SYN_SENT] = -EAGAIN, [SYN_RECV] = -EAGAIN,
		       [ESTABLISHED] = 1, [CLOSE_WAIT] = 1, [RESET] = -ECONNRESET);
}

/* The first one after a non-blocking one tells its outcome, unless shutdown() was called in between. */
TEST_F(on, connect__in_every_state)
{
	IN_EVERY_STATE(connect(fd, PEER),
		       EVERYWHERE = -EISCONN, [CLOSED] = -EINPROGRESS, [SYN_SENT] = -EALREADY,
		       [SYN_RECV] = -EALREADY, [ESTABLISHED] = 0, [CLOSE_WAIT] = 0,
		       [RESET] = -ECONNRESET);
}

TEST_F(on, connect__twice_in_every_state)
{
	IN_EVERY_STATE((connect(fd, PEER), connect(fd, PEER)),
		       EVERYWHERE = -EISCONN, [CLOSED] = -EALREADY, [SYN_SENT] = -EALREADY,
		       [SYN_RECV] = -EALREADY, [RESET] = -EINPROGRESS);
}

TEST_F(on, connect__elsewhere_in_every_state)
{
	IN_EVERY_STATE(connect(fd, AT(SERVER, PEER_PORT + 1)),
		       EVERYWHERE = -EISCONN, [CLOSED] = -EINPROGRESS, [SYN_SENT] = -EALREADY,
		       [SYN_RECV] = -EALREADY, [ESTABLISHED] = 0, [CLOSE_WAIT] = 0,
		       [RESET] = -ECONNRESET);
}

TEST_F(on, connect__to_another_family_in_every_state)
{
	union address there = address(SERVER, PEER_PORT);
	const socklen_t size = address_size(&there);

	there.any.sa_family = AF_UNIX;
	IN_EVERY_STATE(connect(fd, &there.any, size),
		       EVERYWHERE = -EISCONN, [CLOSED] = -EAFNOSUPPORT, [SYN_SENT] = -EALREADY,
		       [SYN_RECV] = -EALREADY, [ESTABLISHED] = 0, [CLOSE_WAIT] = 0,
		       [RESET] = -ECONNRESET);
}

TEST_F(on, getsockname__in_every_state)
{
	IN_EVERY_STATE(local_port(fd) == scene.peer.host_port, EVERYWHERE = true, [CLOSED] = false);
}

TEST_F(on, getpeername__in_every_state)
{
	IN_EVERY_STATE(peer_port(fd),
		       EVERYWHERE = PEER_PORT, [CLOSED] = -ENOTCONN, [LISTENING] = -ENOTCONN,
		       [SYN_SENT] = -ENOTCONN, [TIME_WAIT] = -ENOTCONN, [RESET] = -ENOTCONN);
}

TEST_F(on, send__in_every_state)
{
	IN_EVERY_STATE(send(fd, "clasp", 5, 0),
		       EVERYWHERE = -EPIPE, [SYN_SENT] = -EAGAIN, [SYN_RECV] = -EAGAIN,
		       [ESTABLISHED] = 5, [CLOSE_WAIT] = 5, [RESET] = -ECONNRESET);
}

TEST_F(on, send__twice_in_every_state)
{
	IN_EVERY_STATE((send(fd, "clasp", 5, 0), send(fd, "clasp", 5, 0)),
		       EVERYWHERE = -EPIPE, [SYN_SENT] = -EAGAIN, [SYN_RECV] = -EAGAIN,
		       [ESTABLISHED] = 5, [CLOSE_WAIT] = 5);
}

TEST_F(on, send__nothing_in_every_state)
{
	IN_EVERY_STATE(send(fd, "", 0, 0),
		       EVERYWHERE = -EPIPE, [SYN_SENT] = -EAGAIN, [SYN_RECV] = -EAGAIN,
		       [ESTABLISHED] = 0, [CLOSE_WAIT] = 0, [RESET] = -ECONNRESET);
}

TEST_F(on, send__an_address_is_ignored_in_every_state)
{
	IN_EVERY_STATE(sendto(fd, "clasp", 5, 0, AT(SERVER, 1)),
		       EVERYWHERE = -EPIPE, [SYN_SENT] = -EAGAIN, [SYN_RECV] = -EAGAIN,
		       [ESTABLISHED] = 5, [CLOSE_WAIT] = 5, [RESET] = -ECONNRESET);
}

TEST_F(on, send__a_bad_address_in_every_state)
{
	IN_EVERY_STATE(send(fd, (void *)8, 5, 0),
		       EVERYWHERE = -EPIPE, [SYN_SENT] = -EAGAIN, [SYN_RECV] = -EAGAIN,
		       [ESTABLISHED] = -EFAULT, [CLOSE_WAIT] = -EFAULT, [RESET] = -ECONNRESET);
}

TEST_F(on, write__nothing_in_every_state)
{
	IN_EVERY_STATE(write(fd, "", 0),
		       EVERYWHERE = -EPIPE, [SYN_SENT] = -EAGAIN, [SYN_RECV] = -EAGAIN,
		       [ESTABLISHED] = 0, [CLOSE_WAIT] = 0, [RESET] = -ECONNRESET);
}

TEST_F(on, receive__in_every_state)
{
	IN_EVERY_STATE(recv(fd, &(char){ 0 }, 1, 0),
		       EVERYWHERE = 0, [CLOSED] = -ENOTCONN, [LISTENING] = -ENOTCONN,
		       [SYN_SENT] = -EAGAIN, [SYN_RECV] = -EAGAIN, [ESTABLISHED] = -EAGAIN,
		       [FIN_WAIT_1] = -EAGAIN, [FIN_WAIT_2] = -EAGAIN, [RESET] = -ECONNRESET);
}

TEST_F(on, receive__twice_in_every_state)
{
	IN_EVERY_STATE((recv(fd, &(char){ 0 }, 1, 0), recv(fd, &(char){ 0 }, 1, 0)),
		       EVERYWHERE = 0, [CLOSED] = -ENOTCONN, [LISTENING] = -ENOTCONN,
		       [SYN_SENT] = -EAGAIN, [SYN_RECV] = -EAGAIN, [ESTABLISHED] = -EAGAIN,
		       [FIN_WAIT_1] = -EAGAIN, [FIN_WAIT_2] = -EAGAIN);
}

TEST_F(on, receive__nothing_in_every_state)
{
	IN_EVERY_STATE(recv(fd, NULL, 0, 0),
		       EVERYWHERE = 0, [CLOSED] = -ENOTCONN, [LISTENING] = -ENOTCONN,
		       [SYN_SENT] = -EAGAIN, [SYN_RECV] = -EAGAIN, [ESTABLISHED] = -EAGAIN,
		       [FIN_WAIT_1] = -EAGAIN, [FIN_WAIT_2] = -EAGAIN, [RESET] = -ECONNRESET);
}

TEST_F(on, receive__peeking_in_every_state)
{
	IN_EVERY_STATE(recv(fd, &(char){ 0 }, 1, MSG_PEEK),
		       EVERYWHERE = 0, [CLOSED] = -ENOTCONN, [LISTENING] = -ENOTCONN,
		       [SYN_SENT] = -EAGAIN, [SYN_RECV] = -EAGAIN, [ESTABLISHED] = -EAGAIN,
		       [FIN_WAIT_1] = -EAGAIN, [FIN_WAIT_2] = -EAGAIN, [RESET] = -ECONNRESET);
}

TEST_F(on, receive__all_in_every_state)
{
	IN_EVERY_STATE(recv(fd, (char[2]) { 0 }, 2, MSG_WAITALL),
		       EVERYWHERE = 0, [CLOSED] = -ENOTCONN, [LISTENING] = -ENOTCONN,
		       [SYN_SENT] = -EAGAIN, [SYN_RECV] = -EAGAIN, [ESTABLISHED] = -EAGAIN,
		       [FIN_WAIT_1] = -EAGAIN, [FIN_WAIT_2] = -EAGAIN, [RESET] = -ECONNRESET);
}

TEST_F(on, receive__urgent_in_every_state)
{
	IN_EVERY_STATE(recv(fd, &(char){ 0 }, 1, MSG_OOB),
		       EVERYWHERE = -EINVAL, [LISTENING] = -ENOTCONN);
}

TEST_F(on, receive__from_the_error_queue_in_every_state)
{
	IN_EVERY_STATE(recv(fd, &(char){ 0 }, 1, MSG_ERRQUEUE), EVERYWHERE = -EAGAIN);
}

TEST_F(on, read__nothing_in_every_state)
{
	IN_EVERY_STATE(read(fd, NULL, 0), EVERYWHERE = 0);
}

TEST_F(on, shutdown__reading_in_every_state)
{
	IN_EVERY_STATE(shutdown(fd, SHUT_RD),
		       EVERYWHERE = 0, [CLOSED] = -ENOTCONN, [TIME_WAIT] = -ENOTCONN,
		       [RESET] = -ENOTCONN);
}

TEST_F(on, shutdown__writing_in_every_state)
{
	IN_EVERY_STATE(shutdown(fd, SHUT_WR),
		       EVERYWHERE = 0, [CLOSED] = -ENOTCONN, [TIME_WAIT] = -ENOTCONN,
		       [RESET] = -ENOTCONN);
}

TEST_F(on, shutdown__both_in_every_state)
{
	IN_EVERY_STATE(shutdown(fd, SHUT_RDWR),
		       EVERYWHERE = 0, [CLOSED] = -ENOTCONN, [TIME_WAIT] = -ENOTCONN,
		       [RESET] = -ENOTCONN);
}

TEST_F(on, shutdown__of_what_is_none_in_every_state)
{
	IN_EVERY_STATE(shutdown(fd, 3), EVERYWHERE = -EINVAL);
}

TEST_F(on, shutdown__twice_in_every_state)
{
	IN_EVERY_STATE((shutdown(fd, SHUT_RDWR), shutdown(fd, SHUT_RDWR)),
		       EVERYWHERE = 0, [CLOSED] = -ENOTCONN, [LISTENING] = -ENOTCONN,
		       [SYN_SENT] = -ENOTCONN, [TIME_WAIT] = -ENOTCONN, [RESET] = -ENOTCONN);
}

TEST_F(on, shutdown__writing_leads_from_every_state)
{
	IN_EVERY_STATE((shutdown(fd, SHUT_WR), place_listed()),
		       [LISTENING] = LISTENING, [SYN_SENT] = GONE,
		       [SYN_RECV] = DIFFERS(CLOSE_IN_SYN_RCVD, SYN_RECV, FIN_WAIT_1),
		       [ESTABLISHED] = FIN_WAIT_1, [FIN_WAIT_1] = FIN_WAIT_1,
		       [FIN_WAIT_2] = FIN_WAIT_2, [CLOSE_WAIT] = LAST_ACK, [CLOSING] = CLOSING,
		       [LAST_ACK] = LAST_ACK, [TIME_WAIT] = TIME_WAIT);
}

TEST_F(on, shutdown__reading_leads_from_every_state)
{
	IN_EVERY_STATE((shutdown(fd, SHUT_RD), place_listed()),
		       [SYN_RECV] = SYN_RECV, [ESTABLISHED] = ESTABLISHED,
		       [FIN_WAIT_1] = FIN_WAIT_1, [FIN_WAIT_2] = FIN_WAIT_2,
		       [CLOSE_WAIT] = CLOSE_WAIT, [CLOSING] = CLOSING, [LAST_ACK] = LAST_ACK,
		       [TIME_WAIT] = TIME_WAIT);
}

TEST_F(on, close__leads_from_every_state)
{
	IN_EVERY_STATE((close(fd), scene.fd = scene.listener = -1, place_listed()),
		       [SYN_RECV] = FIN_WAIT_1, [ESTABLISHED] = FIN_WAIT_1,
		       [FIN_WAIT_1] = FIN_WAIT_1, [FIN_WAIT_2] = FIN_WAIT_2,
		       [CLOSE_WAIT] = LAST_ACK, [CLOSING] = CLOSING, [LAST_ACK] = LAST_ACK,
		       [TIME_WAIT] = TIME_WAIT);
}

TEST_F(on, poll__in_every_state)
{
	IN_EVERY_STATE(polled(fd, ALL, 0),
		       [CLOSED] = POLLOUT | POLLHUP, [LISTENING] = 0, [SYN_SENT] = 0,
		       [SYN_RECV] = 0, [ESTABLISHED] = POLLOUT, [FIN_WAIT_1] = POLLOUT,
		       [FIN_WAIT_2] = POLLOUT, [CLOSE_WAIT] = POLLIN | POLLOUT | POLLRDHUP,
		       [CLOSING] = ALL | POLLHUP, [LAST_ACK] = ALL | POLLHUP,
		       [TIME_WAIT] = ALL | POLLHUP,
		       [RESET] = ALL | POLLHUP | POLLERR);
}

TEST_F(on, poll__for_nothing_in_every_state)
{
	IN_EVERY_STATE(polled(fd, 0, 0),
		       [CLOSED] = POLLHUP, [CLOSING] = POLLHUP, [LAST_ACK] = POLLHUP,
		       [TIME_WAIT] = POLLHUP, [RESET] = POLLHUP | POLLERR);
}

TEST_F(on, poll__after_shutting_reading_in_every_state)
{
	IN_EVERY_STATE((shutdown(fd, SHUT_RD), polled(fd, ALL, 0)),
		       EVERYWHERE = ALL | POLLHUP, [LISTENING] = POLLOUT | POLLHUP,
		       [SYN_SENT] = POLLOUT | POLLHUP | POLLERR,
		       [SYN_RECV] = POLLIN | POLLRDHUP, [ESTABLISHED] = ALL,
		       [CLOSE_WAIT] = ALL,
		       [RESET] = ALL | POLLHUP | POLLERR);
}

TEST_F(on, epoll__in_every_state)
{
	int set = epoll_create1(0);
	struct epoll_event event;

	IN_EVERY_STATE(({
		event = (struct epoll_event){ .events = ALL | EPOLLET };
		epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
		epoll_wait(set, &event, 1, 0) > 0 ? (int)event.events : 0;
	}),
		       [CLOSED] = POLLOUT | POLLHUP, [ESTABLISHED] = POLLOUT,
		       [FIN_WAIT_1] = POLLOUT, [FIN_WAIT_2] = POLLOUT,
		       [CLOSE_WAIT] = POLLIN | POLLOUT | POLLRDHUP,
		       [CLOSING] = ALL | POLLHUP, [LAST_ACK] = ALL | POLLHUP,
		       [TIME_WAIT] = ALL | POLLHUP,
		       [RESET] = ALL | POLLHUP | POLLERR);
}

TEST_F(on, error__in_every_state)
{
	IN_EVERY_STATE(error_of(fd), [RESET] = ECONNRESET);
}

TEST_F(on, error__is_told_once_in_every_state)
{
	IN_EVERY_STATE((error_of(fd), error_of(fd)), EVERYWHERE = 0);
}

TEST_F(on, inq__in_every_state)
{
	IN_EVERY_STATE(asked(fd, FIONREAD), EVERYWHERE = 0, [LISTENING] = -EINVAL);
}

/* The FIN has a place in sequence space, and TCP counts it until it is acknowledged. */
TEST_F(on, outq__in_every_state)
{
	IN_EVERY_STATE(asked(fd, TIOCOUTQ),
		       EVERYWHERE = 0, [LISTENING] = -EINVAL, [FIN_WAIT_1] = 1, [CLOSING] = 1,
		       [LAST_ACK] = 1);
}

TEST_F(on, outqnsd__in_every_state)
{
	IN_EVERY_STATE(asked(fd, SIOCOUTQNSD), EVERYWHERE = 0, [LISTENING] = -EINVAL);
}

TEST_F(on, atmark__in_every_state)
{
	IN_EVERY_STATE(asked(fd, SIOCATMARK), EVERYWHERE = 0);
}

TEST_F(on, ioctl__of_what_is_none_in_every_state)
{
	IN_EVERY_STATE(asked(fd, 0x5199), EVERYWHERE = -ENOTTY);
}

TEST_F(on, nodelay__in_every_state)
{
	IN_EVERY_STATE(option_set(fd, variant->level, TCP_NODELAY, 1) ?:
		       option(fd, variant->level, TCP_NODELAY), EVERYWHERE = 1);
}

STAGE_HARNESS_MAIN
