// SPDX-License-Identifier: GPL-2.0
/*
 * The flags of the send and receive calls, alone and together, and what else recvmsg() fills in.
 */
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "places.h"

#define CONNECTED() place_enter(variant->protocol, ESTABLISHED)

static void peer_talks(int octets)
{
	peer_says(&scene.peer, TH_ACK, octets);
}

static void peer_finishes(void)
{
	peer_says(&scene.peer, TH_FIN | TH_ACK, 0);
}

/* Receive, and see that these are octets of the peer's stream from that one on. */
#define RECEIVES(fd, from, size, flags) ({					\
	static uint8_t space[4096];						\
	int got = RESULT(recv(fd, space, size, flags));				\
										\
	got > 0 && !octets_of_peer(space, from, got) ? -1000 : got;		\
})

TEST_F(on, peek__again_and_again)
{
	int fd = CONNECTED();

	peer_talks(10);
	EXPECT_EQ(4, RECEIVES(fd, 0, 4, MSG_PEEK));
	EXPECT_EQ(10, RECEIVES(fd, 0, 20, MSG_PEEK));
	EXPECT_EQ(10, asked(fd, FIONREAD));
	EXPECT_EQ(4, RECEIVES(fd, 0, 4, 0));
	EXPECT_EQ(6, RECEIVES(fd, 4, 20, MSG_PEEK));
	EXPECT_EQ(6, RECEIVES(fd, 4, 20, 0));
	EXPECT_EQ(-EAGAIN, RECEIVES(fd, 10, 20, MSG_PEEK));
}

TEST_F(on, peek__over_segments)
{
	int fd = CONNECTED(), i;

	for (i = 0; i < 5; i++)
		peer_talks(300);
	EXPECT_EQ(1500, RECEIVES(fd, 0, 4000, MSG_PEEK));
	EXPECT_EQ(700, RECEIVES(fd, 0, 700, MSG_PEEK));
	EXPECT_EQ(1500, RECEIVES(fd, 0, 4000, 0));
}

TEST_F(on, peek__then_the_end)
{
	int fd = CONNECTED();

	peer_talks(10);
	peer_finishes();
	EXPECT_EQ(10, RECEIVES(fd, 0, 20, MSG_PEEK));
	EXPECT_EQ(10, RECEIVES(fd, 0, 20, 0));
	EXPECT_EQ(0, RECEIVES(fd, 10, 20, MSG_PEEK));
	EXPECT_EQ(0, RECEIVES(fd, 10, 20, 0));
}

TEST_F(on, peek__waits_for_all)
{
	int fd = CONNECTED();
	pid_t child;

	blocking(fd);
	peer_talks(10);
	child = LATER(peer_talks(10));
	EXPECT_EQ(20, RECEIVES(fd, 0, 20, MSG_PEEK | MSG_WAITALL));
	EXPECT_EQ(20, RECEIVES(fd, 0, 30, 0));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, peek__waits_for_one)
{
	int fd = CONNECTED();
	pid_t child = LATER(peer_talks(10));

	blocking(fd);
	EXPECT_EQ(10, RECEIVES(fd, 0, 20, MSG_PEEK));
	EXPECT_EQ(10, RECEIVES(fd, 0, 20, MSG_DONTWAIT));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, peek__without_room)
{
	int fd = CONNECTED();

	peer_talks(10);
	EXPECT_EQ(0, RECEIVES(fd, 0, 0, MSG_PEEK));
	EXPECT_EQ(10, RECEIVES(fd, 0, 20, 0));
}

TEST_F(on, peek__does_not_tell_an_error_away)
{
	int fd = CONNECTED();

	scene_says(TH_RST);
	EXPECT_EQ(-ECONNRESET, RECEIVES(fd, 0, 20, MSG_PEEK));
	EXPECT_EQ(0, RECEIVES(fd, 0, 20, 0));
}

TEST_F(on, truncate__throws_away)
{
	char text[20] = "unchanged";
	int fd = CONNECTED();

	peer_talks(10);
	EXPECT_EQ(4, recv(fd, text, 4, MSG_TRUNC));
	EXPECT_EQ(0, strcmp(text, "unchanged"));
	EXPECT_EQ(6, RECEIVES(fd, 4, 20, 0));
}

TEST_F(on, truncate__more_than_there_is_room_for)
{
	int fd = CONNECTED();

	peer_talks(1000);
	EXPECT_EQ(1000, recv(fd, NULL, 4000, MSG_TRUNC));
	EXPECT_EQ(-EAGAIN, RECEIVES(fd, 1000, 20, 0));
}

TEST_F(on, truncate__peeking)
{
	int fd = CONNECTED();

	peer_talks(10);
	EXPECT_EQ(10, recv(fd, NULL, 4000, MSG_TRUNC | MSG_PEEK));
	EXPECT_EQ(3, recv(fd, NULL, 3, MSG_TRUNC | MSG_PEEK));
	EXPECT_EQ(10, RECEIVES(fd, 0, 20, 0));
}

TEST_F(on, truncate__waits_for_all)
{
	int fd = CONNECTED();
	pid_t child;

	blocking(fd);
	peer_talks(10);
	child = LATER(peer_talks(15));
	EXPECT_EQ(20, recv(fd, NULL, 20, MSG_TRUNC | MSG_WAITALL));
	EXPECT_TRUE(child_succeeds(child));
	EXPECT_EQ(5, RECEIVES(fd, 20, 20, 0));
}

TEST_F(on, truncate__at_the_end)
{
	int fd = CONNECTED();

	peer_finishes();
	EXPECT_EQ(0, recv(fd, NULL, 20, MSG_TRUNC));
}

TEST_F(on, dontwait__on_a_blocking_socket)
{
	int fd = CONNECTED();

	blocking(fd);
	EXPECT_EQ(-EAGAIN, RECEIVES(fd, 0, 20, MSG_DONTWAIT));
	EXPECT_EQ(-EAGAIN, RECEIVES(fd, 0, 20, MSG_DONTWAIT | MSG_PEEK));
	EXPECT_EQ(-EAGAIN, RECEIVES(fd, 0, 20, MSG_DONTWAIT | MSG_WAITALL));
	peer_talks(10);
	EXPECT_EQ(10, RECEIVES(fd, 0, 20, MSG_DONTWAIT | MSG_WAITALL));
}

TEST_F(on, dontwait__sends_what_there_is_room_for)
{
	static char octets[8 << 20];
	int fd = CONNECTED(), sent;

	blocking(fd);
	sent = send(fd, octets, sizeof(octets), MSG_DONTWAIT);
	EXPECT_LT(0, sent);
	EXPECT_GT(sizeof(octets), sent);
	EXPECT_EQ(EAGAIN, ERRNO(send(fd, octets, 1, MSG_DONTWAIT)));
}

TEST_F(on, waitall__over_segments)
{
	int fd = CONNECTED();
	pid_t child = LATER(peer_talks(5); peer_talks(5); pause_ms(SOON); peer_talks(10));

	blocking(fd);
	EXPECT_EQ(20, RECEIVES(fd, 0, 20, MSG_WAITALL));
	EXPECT_TRUE(child_succeeds(child));
}

TEST_F(on, waitall__until_the_end)
{
	int fd = CONNECTED();
	pid_t child;

	blocking(fd);
	peer_talks(10);
	child = LATER(peer_finishes());
	EXPECT_EQ(10, RECEIVES(fd, 0, 20, MSG_WAITALL));
	EXPECT_EQ(0, RECEIVES(fd, 10, 20, MSG_WAITALL));
	EXPECT_TRUE(child_succeeds(child));
}

/* What was copied already is the caller's, on Clasp too. */
TEST_F(on, waitall__until_an_rst)
{
	int fd = CONNECTED();
	pid_t child;

	blocking(fd);
	peer_talks(10);
	child = LATER(scene_says(TH_RST));
	EXPECT_EQ(10, RECEIVES(fd, 0, 20, MSG_WAITALL));
	EXPECT_TRUE(child_succeeds(child));
	EXPECT_EQ(-ECONNRESET, RECEIVES(fd, 10, 20, MSG_WAITALL));
	EXPECT_EQ(0, RECEIVES(fd, 10, 20, MSG_WAITALL));
}

TEST_F(on, waitall__until_a_timeout)
{
	int fd = CONNECTED();

	blocking(fd);
	timeout_set(fd, SO_RCVTIMEO, 50);
	peer_talks(10);
	EXPECT_EQ(10, RECEIVES(fd, 0, 20, MSG_WAITALL));
	EXPECT_EQ(-EAGAIN, RECEIVES(fd, 10, 20, MSG_WAITALL));
}

TEST_F(on, waitall__until_a_shutdown)
{
	int fd = CONNECTED();
	pid_t child;

	blocking(fd);
	peer_talks(10);
	child = LATER(shutdown(fd, SHUT_RD));
	EXPECT_EQ(10, RECEIVES(fd, 0, 20, MSG_WAITALL));
	EXPECT_TRUE(child_succeeds(child));
	EXPECT_EQ(0, RECEIVES(fd, 10, 20, MSG_WAITALL));
}

TEST_F(on, waitall__does_not_wait_for_more)
{
	int fd = CONNECTED();

	blocking(fd);
	peer_talks(10);
	EXPECT_EQ(10, RECEIVES(fd, 0, 10, MSG_WAITALL));
}

#define PAGE 4096

/* Memory that ends after so many octets. */
static uint8_t *place_that_ends(int octets)
{
	uint8_t *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || munmap(pages + PAGE, PAGE))
		stage_fails("a page and a hole");
	return pages + PAGE - octets;
}

/* What was copied is told at once: waiting would bring nothing that could be copied. */
TEST_F(on, waitall__into_memory_that_ends)
{
	uint8_t *place = place_that_ends(1010);
	uint64_t before;
	int fd = CONNECTED();

	blocking(fd);
	timeout_set(fd, SO_RCVTIMEO, 500);
	peer_talks(1000);
	peer_talks(1000);
	before = now_ns();
	EXPECT_EQ(1000, recv(fd, place, 2000, MSG_PEEK | MSG_WAITALL));
	EXPECT_EQ(1000, recv(fd, place, 2000, MSG_WAITALL));
	EXPECT_TRUE(octets_of_peer(place, 0, 1000));
	EXPECT_EQ(EFAULT, ERRNO(recv(fd, place + 1010, 10, MSG_WAITALL)));
	EXPECT_GT(100 * 1000000, now_ns() - before);
	EXPECT_EQ(1000, RECEIVES(fd, 1000, 2000, 0));
}

TEST_F(on, lowat__into_memory_that_ends)
{
	uint8_t *place = place_that_ends(1010);
	uint64_t before;
	int fd = CONNECTED();

	blocking(fd);
	timeout_set(fd, SO_RCVTIMEO, 500);
	EXPECT_EQ(0, option_set(fd, SOL_SOCKET, SO_RCVLOWAT, 2000));
	peer_talks(1000);
	peer_talks(1000);
	before = now_ns();
	EXPECT_EQ(1000, recv(fd, place, 2000, 0));
	EXPECT_GT(100 * 1000000, now_ns() - before);
	EXPECT_EQ(1000, RECEIVES(fd, 1000, 2000, 0));
}

TEST_F(on, reset__with_octets_unread)
{
	int fd = CONNECTED();

	peer_talks(10);
	scene_says(TH_RST);
	EXPECT_EQ(DIFFERS(FLUSHED_BY_AN_ERROR, 10, 0), asked(fd, FIONREAD));
	EXPECT_EQ(DIFFERS(FLUSHED_BY_AN_ERROR, 10, -ECONNRESET), RECEIVES(fd, 0, 20, 0));
	EXPECT_EQ(DIFFERS(FLUSHED_BY_AN_ERROR, -ECONNRESET, 0), RECEIVES(fd, 10, 20, 0));
	EXPECT_EQ(0, RECEIVES(fd, 10, 20, 0));
}

TEST_F(on, nosignal__sends_all_the_same)
{
	int fd = CONNECTED();

	EXPECT_EQ(5, send(fd, "clasp", 5, MSG_NOSIGNAL));
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_EQ(EPIPE, ERRNO(send(fd, "clasp", 5, MSG_NOSIGNAL)));
}

TEST_F(on, nosignal__of_every_way_to_write)
{
	struct iovec octets = { "clasp", 5 };
	struct msghdr message = { .msg_iov = &octets, .msg_iovlen = 1 };
	struct mmsghdr many = { .msg_hdr = message };
	int fd = CONNECTED(), pipe_ends[2];
	sigset_t pipe_signal, pending;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_BLOCK, &pipe_signal, NULL);
	EXPECT_EQ(0, pipe(pipe_ends));
	EXPECT_EQ(5, write(pipe_ends[1], "clasp", 5));
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
#define RAISES(call) ({								\
	int error = ERRNO(call);						\
										\
	sigpending(&pending);							\
	if (sigismember(&pending, SIGPIPE))					\
		sigtimedwait(&pipe_signal, NULL, &(struct timespec) { 0 });	\
	error == EPIPE ? sigismember(&pending, SIGPIPE) : -error;		\
})
	EXPECT_EQ(1, RAISES(write(fd, "x", 1)));
	EXPECT_EQ(1, RAISES(send(fd, "x", 1, 0)));
	EXPECT_EQ(1, RAISES(send(fd, "", 0, 0)));
	EXPECT_EQ(0, RAISES(send(fd, "x", 1, MSG_NOSIGNAL)));
	EXPECT_EQ(1, RAISES(writev(fd, &octets, 1)));
	EXPECT_EQ(1, RAISES(sendmsg(fd, &message, 0)));
	EXPECT_EQ(0, RAISES(sendmsg(fd, &message, MSG_NOSIGNAL)));
	EXPECT_EQ(1, RAISES(sendmmsg(fd, &many, 1, 0)));
	EXPECT_EQ(1, RAISES(splice(pipe_ends[0], NULL, fd, NULL, 5, 0)));
}

TEST_F(on, urgent__is_not_sent)
{
	int fd = CONNECTED();

	EXPECT_EQ(DIFFERS(NO_URGENT_DATA, 1, -EOPNOTSUPP), RESULT(send(fd, "x", 1, MSG_OOB)));
	EXPECT_EQ(DIFFERS(NO_URGENT_DATA, 1, 0), asked(fd, TIOCOUTQ));
}

TEST_F(on, flags__that_mean_nothing)
{
	int fd = CONNECTED();

	EXPECT_EQ(5, send(fd, "clasp", 5, MSG_EOR));
	EXPECT_EQ(5, send(fd, "clasp", 5, MSG_DONTROUTE));
	EXPECT_EQ(5, send(fd, "clasp", 5, MSG_CONFIRM));
	EXPECT_EQ(5, send(fd, "clasp", 5, MSG_PEEK | MSG_WAITALL | MSG_TRUNC));
	EXPECT_EQ(5, send(fd, "clasp", 5, 0x01000000));
	peer_talks(10);
	EXPECT_EQ(10, RECEIVES(fd, 0, 20, MSG_EOR | MSG_NOSIGNAL | MSG_CTRUNC));
}

TEST_F(on, more__is_not_pushed)
{
	struct segment segment;
	int fd = CONNECTED();

	EXPECT_EQ(5, send(fd, "clasp", 5, MSG_MORE));
	EXPECT_FALSE(peer_hears(&scene.peer, &segment, 100));
	EXPECT_EQ(5, asked(fd, TIOCOUTQ));
	EXPECT_EQ(5, asked(fd, SIOCOUTQNSD));
	EXPECT_EQ(5, send(fd, "clasp", 5, 0));
	ASSERT_TRUE(peer_hears(&scene.peer, &segment, 100));
	EXPECT_EQ(10, segment.len);
	EXPECT_EQ(TH_PUSH | TH_ACK, segment.flags);
}

/* It was said of one call: an ACK that comes in lets the octets go. */
TEST_F(on, more__is_for_a_moment)
{
	struct segment segment;
	int fd = CONNECTED();

	EXPECT_EQ(5, send(fd, "clasp", 5, 0));
	ASSERT_TRUE(peer_hears(&scene.peer, &segment, 100));
	EXPECT_EQ(5, send(fd, "clasp", 5, MSG_MORE));
	EXPECT_FALSE(peer_hears(&scene.peer, &segment, 100));
	peer_says(&scene.peer, TH_ACK, 0);
	ASSERT_TRUE(peer_hears(&scene.peer, &segment, 100));
	EXPECT_EQ(5, segment.len);
}

TEST_F(on, more__ends_with_the_connection)
{
	struct segment segment;
	int fd = CONNECTED();

	EXPECT_EQ(5, send(fd, "clasp", 5, MSG_MORE));
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	ASSERT_TRUE(peer_hears(&scene.peer, &segment, 100));
	EXPECT_EQ(5, segment.len);
	EXPECT_EQ(TH_FIN, segment.flags & TH_FIN);
}

TEST_F(on, message__what_is_filled_in)
{
	union address from = { .v4.sin_port = 7 };
	char text[8], control[64];
	struct iovec octets = { text, 8 };
	struct msghdr message = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &octets,
		.msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
		.msg_flags = 0x1234,
	};
	int fd = CONNECTED();

	peer_talks(10);
	EXPECT_EQ(8, recvmsg(fd, &message, 0));
	EXPECT_EQ(0, message.msg_namelen);
	EXPECT_EQ(0, message.msg_controllen);
	EXPECT_EQ(0, message.msg_flags);
	EXPECT_EQ(7, from.v4.sin_port);
	EXPECT_TRUE(octets_of_peer(text, 0, 8));
	EXPECT_EQ(2, recvmsg(fd, &message, MSG_CMSG_CLOEXEC));
	EXPECT_EQ(MSG_CMSG_CLOEXEC, message.msg_flags);
}

TEST_F(on, message__truncated_is_not_said_of_a_stream)
{
	char text[4];
	struct iovec octets = { text, 4 };
	struct msghdr message = { .msg_iov = &octets, .msg_iovlen = 1 };
	int fd = CONNECTED();

	peer_talks(10);
	EXPECT_EQ(4, recvmsg(fd, &message, 0));
	EXPECT_EQ(0, message.msg_flags);
	EXPECT_EQ(4, recvmsg(fd, &message, MSG_TRUNC));
	EXPECT_EQ(0, message.msg_flags);
}

TEST_F(on, message__an_address_is_left_alone)
{
	union address from = { .v4.sin_port = 7 };
	socklen_t size = sizeof(from);
	int fd = CONNECTED();

	peer_talks(10);
	EXPECT_EQ(5, recvfrom(fd, (char[5]) { 0 }, 5, 0, &from.any, &size));
	EXPECT_EQ(0, size);
	EXPECT_EQ(7, from.v4.sin_port);
}

TEST_F(on, message__many_at_once)
{
	char text[3][4];
	struct iovec octets[3] = { { text[0], 4 }, { text[1], 4 }, { text[2], 4 } };
	struct mmsghdr many[3] = {
		{ { .msg_iov = &octets[0], .msg_iovlen = 1 } },
		{ { .msg_iov = &octets[1], .msg_iovlen = 1 } },
		{ { .msg_iov = &octets[2], .msg_iovlen = 1 } },
	};
	int fd = CONNECTED();

	EXPECT_EQ(EAGAIN, ERRNO(recvmmsg(fd, many, 3, 0, NULL)));
	peer_talks(6);
	EXPECT_EQ(2, recvmmsg(fd, many, 3, 0, NULL));
	EXPECT_EQ(4, many[0].msg_len);
	EXPECT_EQ(2, many[1].msg_len);
	EXPECT_EQ(3, sendmmsg(fd, many, 3, 0));
	EXPECT_EQ(12, asked(fd, TIOCOUTQ));
	peer_finishes();
	EXPECT_EQ(3, recvmmsg(fd, many, 3, 0, NULL));
	EXPECT_EQ(0, many[2].msg_len);
}

TEST_F(on, message__a_vector_with_a_bad_part)
{
	char text[4];
	struct iovec octets[2] = { { text, 4 }, { (void *)8, 4 } };
	int fd = CONNECTED();

	peer_talks(4);
	peer_talks(4);
	EXPECT_EQ(EFAULT, ERRNO(readv(fd, octets, 2)));
	EXPECT_EQ(8, asked(fd, FIONREAD));
	EXPECT_EQ(8, RECEIVES(fd, 0, 20, 0));
}

TEST_F(on, splice__out_of_a_socket)
{
	int fd = CONNECTED(), ends[2];
	uint8_t text[20];

	EXPECT_EQ(0, pipe(ends));
	EXPECT_EQ(EAGAIN, ERRNO(splice(fd, NULL, ends[1], NULL, 20, SPLICE_F_NONBLOCK)));
	peer_talks(10);
	EXPECT_EQ(4, splice(fd, NULL, ends[1], NULL, 4, 0));
	EXPECT_EQ(6, splice(fd, NULL, ends[1], NULL, 20, 0));
	EXPECT_EQ(10, read(ends[0], text, 20));
	EXPECT_TRUE(octets_of_peer(text, 0, 10));
	peer_finishes();
	EXPECT_EQ(0, splice(fd, NULL, ends[1], NULL, 20, 0));
}

TEST_F(on, splice__into_a_socket)
{
	int fd = CONNECTED(), ends[2];
	struct segment segment;

	EXPECT_EQ(0, pipe(ends));
	EXPECT_EQ(5, write(ends[1], "clasp", 5));
	EXPECT_EQ(5, splice(ends[0], NULL, fd, NULL, 20, 0));
	ASSERT_TRUE(peer_hears(&scene.peer, &segment, 300));
	EXPECT_EQ(5, segment.len);
	EXPECT_EQ(0, memcmp("clasp", segment.data, 5));
}

#define FILE_SIZE 5000

TEST_F(on, sendfile__sends_a_file)
{
	int fd = CONNECTED(), file = memfd_create("octets", 0), total = 0;
	struct segment segment;
	off_t from = 0;

	EXPECT_EQ(0, ftruncate(file, FILE_SIZE));
	EXPECT_EQ(FILE_SIZE, sendfile(fd, file, &from, FILE_SIZE + 1));
	EXPECT_EQ(FILE_SIZE, from);
	while (total < FILE_SIZE && peer_hears(&scene.peer, &segment, 300)) {
		total += segment.len;
		peer_says(&scene.peer, TH_ACK, 0);
	}
	EXPECT_EQ(FILE_SIZE, total);
}

STAGE_HARNESS_MAIN
