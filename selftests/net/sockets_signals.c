// SPDX-License-Identifier: GPL-2.0
/*
 * Signals in every call that waits: after one whose handler restarts nothing, after one whose handler restarts
 * what it can, and with a timeout set, which nothing restarts. And the signals that a socket itself raises.
 */
#include <sys/select.h>

#include "places.h"

#define LATE 60			/* ms: after the signal has come */
#define AFTER_SIGNAL(statement) IN_CHILD(pause_ms(LATE); statement)

/* A socket in that state whose calls wait. */
#define WAITING(state) ({							\
	int waiting = place_enter(variant->protocol, state);			\
										\
	blocking(waiting);							\
	waiting;								\
})

static void peer_talks(int octets)
{
	peer_says(&scene.peer, TH_ACK, octets);
}

static void somebody_calls(void)
{
	struct peer peer = { .port = 3000, .host_port = scene.peer.host_port, .next = PEER_ISS };
	struct segment segment;

	peer_says(&peer, TH_SYN, 0);
	peer_hears(&peer, &segment, 100);
	peer_says(&peer, TH_ACK, 0);
}

static char octets[16384];

static void fill(int fd)
{
	while (send(fd, octets, sizeof(octets), MSG_DONTWAIT) > 0)
		;
}

static void peer_takes_all(void)
{
	struct segment segment;

	while (peer_hears(&scene.peer, &segment, 100))
		peer_says(&scene.peer, TH_ACK, 0);
}

/* The test goes on with @call, which a signal has interrupted and which then succeeds because of @what. */
#define GOES_ON(result, call, what) do {					\
	pid_t child = AFTER_SIGNAL(what);					\
										\
	restarting_alarm_in(SOON);						\
	EXPECT_EQ(result, RESULT(call));					\
	EXPECT_TRUE(child_succeeds(child));					\
} while (0)

TEST_F(on, accept__goes_on)
{
	int fd = WAITING(LISTENING);

	GOES_ON(true, accept(fd, NULL, NULL) >= 0, somebody_calls());
}

TEST_F(on, accept__with_a_timeout_does_not_go_on)
{
	int fd = WAITING(LISTENING);

	timeout_set(fd, SO_RCVTIMEO, 5000);
	restarting_alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(accept(fd, NULL, NULL)));
}

TEST_F(on, accept__times_out)
{
	int fd = WAITING(LISTENING);

	timeout_set(fd, SO_RCVTIMEO, 50);
	EXPECT_EQ(-EAGAIN, RESULT(accept(fd, NULL, NULL)));
}

TEST_F(on, connect__goes_on)
{
	int fd = WAITING(SYN_SENT);

	GOES_ON(0, connect(fd, PEER), scene_says(TH_SYN | TH_ACK));
}

TEST_F(on, connect__goes_on_and_is_refused)
{
	int fd = WAITING(SYN_SENT);

	GOES_ON(-ECONNREFUSED, connect(fd, PEER), scene_says(TH_RST | TH_ACK));
	EXPECT_EQ(0, error_of(fd));
}

TEST_F(on, connect__from_the_start)
{
	int fd = WAITING(CLOSED);

	EXPECT_EQ(0, bind(fd, AT(CLIENT, 0)));
	scene.peer.host_port = local_port(fd);
	GOES_ON(0, connect(fd, PEER), scene_hears(TH_SYN); scene_says(TH_SYN | TH_ACK));
}

TEST_F(on, connect__interrupted_twice)
{
	int fd = WAITING(CLOSED);

	alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(connect(fd, PEER)));
	alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(connect(fd, PEER)));
	scene.peer.host_port = local_port(fd);
	scene_hears(TH_SYN);
	scene_says(TH_SYN | TH_ACK);
	EXPECT_EQ(0, RESULT(connect(fd, PEER)));
	EXPECT_EQ(-EISCONN, RESULT(connect(fd, PEER)));
}

TEST_F(on, connect__with_a_timeout_does_not_go_on)
{
	int fd = WAITING(SYN_SENT);

	timeout_set(fd, SO_SNDTIMEO, 5000);
	restarting_alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(connect(fd, PEER)));
}

TEST_F(on, connect__times_out_and_goes_on_behind)
{
	int fd = WAITING(CLOSED);

	timeout_set(fd, SO_SNDTIMEO, 50);
	EXPECT_EQ(-EINPROGRESS, RESULT(connect(fd, PEER)));
	EXPECT_EQ(-EALREADY, RESULT(connect(fd, PEER)));
	scene.peer.host_port = local_port(fd);
	scene_hears(TH_SYN);
	scene_says(TH_SYN | TH_ACK);
	EXPECT_EQ(0, RESULT(connect(fd, PEER)));
}

TEST_F(on, receive__goes_on)
{
	int fd = WAITING(ESTABLISHED);

	GOES_ON(5, recv(fd, octets, 10, 0), peer_talks(5));
}

TEST_F(on, receive__with_a_timeout_does_not_go_on)
{
	int fd = WAITING(ESTABLISHED);

	timeout_set(fd, SO_RCVTIMEO, 5000);
	restarting_alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(recv(fd, octets, 10, 0)));
}

TEST_F(on, receive__nothing_waits_too)
{
	int fd = WAITING(ESTABLISHED);
	uint64_t started = now_ns();

	alarm_in(SOON);
	EXPECT_EQ(0, RESULT(recv(fd, octets, 0, 0)));
	EXPECT_LE(started + SOON * 1000000ull, now_ns());
	started = now_ns();
	EXPECT_EQ(0, RESULT(read(fd, octets, 0)));
	EXPECT_GT(started + SOON * 1000000ull, now_ns());
}

TEST_F(on, receive__peeking_is_interrupted)
{
	int fd = WAITING(ESTABLISHED);

	alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(recv(fd, octets, 10, MSG_PEEK)));
}

TEST_F(on, receive__before_there_is_a_connection)
{
	int fd = WAITING(SYN_SENT);

	alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(recv(fd, octets, 10, 0)));
	GOES_ON(-ECONNREFUSED, recv(fd, octets, 10, 0), scene_says(TH_RST | TH_ACK));
}

TEST_F(on, receive__all_is_told_what_there_is)
{
	int fd = WAITING(ESTABLISHED);

	peer_talks(5);
	alarm_in(SOON);
	EXPECT_EQ(5, RESULT(recv(fd, octets, 10, MSG_WAITALL)));
	peer_talks(5);
	restarting_alarm_in(SOON);
	EXPECT_EQ(5, RESULT(recv(fd, octets, 10, MSG_WAITALL)));
}

TEST_F(on, receive__below_low_water_is_told_what_there_is)
{
	int fd = WAITING(ESTABLISHED);

	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 10));
	peer_talks(5);
	alarm_in(SOON);
	EXPECT_EQ(5, RESULT(recv(fd, octets, 10, 0)));
}

TEST_F(on, receive__many_are_interrupted)
{
	struct iovec part = { octets, 4 };
	struct mmsghdr many[2] = {
		{ { .msg_iov = &part, .msg_iovlen = 1 } }, { { .msg_iov = &part, .msg_iovlen = 1 } },
	};
	int fd = WAITING(ESTABLISHED);

	alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(recvmmsg(fd, many, 2, 0, NULL)));
	peer_talks(4);
	alarm_in(SOON);
	EXPECT_EQ(1, RESULT(recvmmsg(fd, many, 2, 0, NULL)));
}

TEST_F(on, splice__interrupted)
{
	int fd = WAITING(ESTABLISHED), ends[2];

	EXPECT_EQ(0, pipe(ends));
	alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(splice(fd, NULL, ends[1], NULL, 10, 0)));
}

TEST_F(on, send__interrupted)
{
	int fd = WAITING(ESTABLISHED);

	fill(fd);
	alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(send(fd, octets, sizeof(octets), 0)));
}

TEST_F(on, send__goes_on)
{
	int fd = WAITING(ESTABLISHED);

	fill(fd);
	GOES_ON(sizeof(octets), send(fd, octets, sizeof(octets), 0), peer_takes_all());
}

TEST_F(on, send__with_a_timeout_does_not_go_on)
{
	int fd = WAITING(ESTABLISHED);

	fill(fd);
	timeout_set(fd, SO_SNDTIMEO, 5000);
	restarting_alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(send(fd, octets, sizeof(octets), 0)));
}

TEST_F(on, send__times_out)
{
	int fd = WAITING(ESTABLISHED);

	fill(fd);
	timeout_set(fd, SO_SNDTIMEO, 50);
	EXPECT_EQ(-EAGAIN, RESULT(send(fd, octets, 1, 0)));
}

TEST_F(on, send__is_told_what_was_taken)
{
	static char much[8 << 20];
	int fd = WAITING(ESTABLISHED), taken;

	restarting_alarm_in(SOON);
	taken = RESULT(send(fd, much, sizeof(much), 0));
	EXPECT_LT(0, taken);
	EXPECT_GT(sizeof(much), taken);
}

TEST_F(on, send__before_there_is_a_connection)
{
	int fd = WAITING(SYN_SENT);

	alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(send(fd, octets, 10, 0)));
	GOES_ON(10, send(fd, octets, 10, 0), scene_says(TH_SYN | TH_ACK));
}

TEST_F(on, send__before_a_connection_is_refused)
{
	int fd = WAITING(SYN_SENT);

	GOES_ON(-ECONNREFUSED, send(fd, octets, 10, 0), scene_says(TH_RST | TH_ACK));
	EXPECT_EQ(-EPIPE, RESULT(send(fd, octets, 10, 0)));
}

TEST_F(on, send__before_there_is_a_connection_times_out)
{
	int fd = WAITING(SYN_SENT);

	timeout_set(fd, SO_SNDTIMEO, 50);
	EXPECT_EQ(-EAGAIN, RESULT(send(fd, octets, 10, 0)));
}

TEST_F(on, send__waits_for_room_until_an_rst)
{
	int fd = WAITING(ESTABLISHED);

	fill(fd);
	GOES_ON(-ECONNRESET, send(fd, octets, sizeof(octets), 0), scene_says(TH_RST));
}

TEST_F(on, receive__waits_until_an_rst)
{
	int fd = WAITING(ESTABLISHED);

	GOES_ON(-ECONNRESET, recv(fd, octets, 10, 0), scene_says(TH_RST));
}

TEST_F(on, receive__waits_until_disconnected)
{
	int fd = WAITING(ESTABLISHED);

	GOES_ON(-EPIPE, recv(fd, octets, 10, 0), connect(fd, NOTHING));
}

TEST_F(on, accept__waits_until_disconnected)
{
	int fd = WAITING(LISTENING);

	GOES_ON(-EINVAL, accept(fd, NULL, NULL), connect(fd, NOTHING));
}

TEST_F(on, connect__waits_until_disconnected)
{
	int fd = WAITING(SYN_SENT);

	GOES_ON(-EPIPE, connect(fd, PEER), connect(fd, NOTHING));
}

TEST_F(on, close__lingers_until_a_signal)
{
	uint64_t started = now_ns();
	int fd = WAITING(ESTABLISHED);

	linger(fd, 10);
	EXPECT_EQ(5, send(fd, octets, 5, 0));
	restarting_alarm_in(SOON);
	EXPECT_EQ(0, close(fd));
	EXPECT_LT(now_ns() - started, 5000000000);
	EXPECT_EQ(FIN_WAIT_1, place_listed());
}

TEST_F(on, close__lingers_though_nonblocking)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);
	uint64_t started = now_ns();

	linger(fd, 3);
	EXPECT_EQ(5, send(fd, octets, 5, 0));
	EXPECT_EQ(0, close(fd));
	EXPECT_LT(2900000000, now_ns() - started);
	EXPECT_EQ(FIN_WAIT_1, place_listed());
}

TEST_F(on, poll__is_interrupted)
{
	struct pollfd one = { .fd = WAITING(ESTABLISHED), .events = POLLIN };
	struct epoll_event event = { .events = EPOLLIN };
	int set = epoll_create1(0);
	fd_set in;

	restarting_alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(poll(&one, 1, 5000)));
	restarting_alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(ppoll(&one, 1, NULL, NULL)));
	EXPECT_EQ(0, epoll_ctl(set, EPOLL_CTL_ADD, one.fd, &event));
	restarting_alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(epoll_wait(set, &event, 1, 5000)));
	FD_ZERO(&in);
	FD_SET(one.fd, &in);
	restarting_alarm_in(SOON);
	EXPECT_EQ(-EINTR, RESULT(select(one.fd + 1, &in, NULL, NULL, NULL)));
}

TEST_F(on, ppoll__lets_a_signal_in)
{
	struct pollfd one = { .fd = WAITING(ESTABLISHED), .events = POLLIN };
	sigset_t none, alarm_signal;

	sigemptyset(&none);
	sigemptyset(&alarm_signal);
	sigaddset(&alarm_signal, SIGALRM);
	sigprocmask(SIG_BLOCK, &alarm_signal, NULL);
	alarm_in(SOON);
	EXPECT_EQ(0, RESULT(poll(&one, 1, LATE)));
	EXPECT_EQ(-EINTR, RESULT(ppoll(&one, 1, NULL, &none)));
}

/* Who is killed while it waits leaves nothing behind: the peer hears a FIN. */
TEST_F(on, kill__in_a_call_that_waits)
{
	int fd = WAITING(ESTABLISHED), status;
	pid_t child = IN_CHILD(recv(fd, octets, 10, 0));
	struct segment segment;

	pause_ms(SOON);
	close(fd);
	scene.fd = -1;
	EXPECT_FALSE(peer_hears(&scene.peer, &segment, SOON));
	kill(child, SIGKILL);
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	ASSERT_TRUE(peer_hears(&scene.peer, &segment, 100));
	EXPECT_EQ(TH_FIN | TH_ACK, segment.flags);
}

/* From now on the socket raises a signal when something happens; each says what. */
static void raise_signals(int fd)
{
	sigset_t io;

	sigemptyset(&io);
	sigaddset(&io, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &io, NULL);
	if (fcntl(fd, F_SETSIG, SIGRTMIN) || fcntl(fd, F_SETOWN, getpid()) ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC))
		stage_fails("O_ASYNC");
}

/* What the signals since the last time said, each kind once: a bit for each POLL_*. */
static int raised(void)
{
	sigset_t io;
	siginfo_t info;
	int kinds = 0;

	sigemptyset(&io);
	sigaddset(&io, SIGRTMIN);
	while (sigtimedwait(&io, &info, &(struct timespec){ 0 }) == SIGRTMIN)
		kinds |= 1 << info.si_code;
	return kinds;
}

#define KIND(name) (1 << (name))

TEST_F(on, sigio__of_octets)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);

	raise_signals(fd);
	EXPECT_EQ(0, raised());
	peer_talks(5);
	EXPECT_EQ(KIND(POLL_IN), raised());
	EXPECT_EQ(5, recv(fd, octets, 10, 0));
	EXPECT_EQ(0, raised());
}

TEST_F(on, sigio__of_a_connection)
{
	int fd = place_enter(variant->protocol, SYN_SENT);

	raise_signals(fd);
	scene_says(TH_SYN | TH_ACK);
	EXPECT_EQ(KIND(POLL_OUT), raised());
}

TEST_F(on, sigio__of_a_refusal)
{
	int fd = place_enter(variant->protocol, SYN_SENT);

	raise_signals(fd);
	scene_says(TH_RST | TH_ACK);
	EXPECT_EQ(KIND(POLL_ERR), raised());
}

TEST_F(on, sigio__of_a_fin)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);

	raise_signals(fd);
	peer_says(&scene.peer, TH_FIN | TH_ACK, 0);
	EXPECT_EQ(KIND(POLL_IN), raised());
}

TEST_F(on, sigio__of_the_second_fin)
{
	int fd = place_enter(variant->protocol, FIN_WAIT_2);

	raise_signals(fd);
	peer_says(&scene.peer, TH_FIN | TH_ACK, 0);
	EXPECT_LT(0, raised() & KIND(POLL_HUP));
}

TEST_F(on, sigio__of_an_rst)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);

	raise_signals(fd);
	scene_says(TH_RST);
	EXPECT_EQ(KIND(POLL_ERR), raised());
}

TEST_F(on, sigio__of_a_connection_to_accept)
{
	int fd = place_enter(variant->protocol, LISTENING);

	raise_signals(fd);
	somebody_calls();
	EXPECT_EQ(KIND(POLL_IN), raised());
}

TEST_F(on, sigio__of_room)
{
	int fd = place_enter(variant->protocol, ESTABLISHED);

	raise_signals(fd);
	fill(fd);
	EXPECT_EQ(0, raised());
	peer_takes_all();
	EXPECT_EQ(KIND(POLL_OUT), raised());
}

STAGE_HARNESS_MAIN
