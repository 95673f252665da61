// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring asks a socket for the same calls without waiting in them: it polls, and tries again. One connection from
 * accept() and connect() to the end of the stream, every call through a ring.
 */
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "sockets.h"

#define ENTRIES 8

/**
 * struct ring - a ring that this process shares with the kernel
 * @fd: of it
 * @sq: the queue of what is to be done
 * @cq: of what was done; in the same memory
 * @sqes: what is to be done
 * @params: where in @sq and @cq its parts are
 */
struct ring {
	int fd;
	uint8_t *sq;
	uint8_t *cq;
	struct io_uring_sqe *sqes;
	struct io_uring_params params;
};

static void *map(int fd, size_t size, off_t what)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);

	if (memory == MAP_FAILED)
		stage_fails("the ring's memory");
	return memory;
}

static void ring_up(struct ring *ring)
{
	const struct io_uring_params *params = &ring->params;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(SYS_io_uring_setup, ENTRIES, &ring->params);
	if (ring->fd < 0 || !(params->features & IORING_FEAT_SINGLE_MMAP))
		stage_fails("io_uring_setup");
	ring->sq = map(ring->fd, params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe) +
		       params->sq_entries * sizeof(uint32_t), IORING_OFF_SQ_RING);
	ring->cq = ring->sq;
	ring->sqes = map(ring->fd, params->sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
}

static uint32_t *number(uint8_t *queue, uint32_t at)
{
	return (uint32_t *)(queue + at);
}

static void ask(struct ring *ring, const struct io_uring_sqe *sqe)
{
	const struct io_sqring_offsets *at = &ring->params.sq_off;
	uint32_t tail = *number(ring->sq, at->tail), slot = tail & *number(ring->sq, at->ring_mask);

	ring->sqes[slot] = *sqe;
	number(ring->sq, at->array)[slot] = slot;
	__atomic_store_n(number(ring->sq, at->tail), tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0) != 1)
		stage_fails("io_uring_enter");
}

/* The next answer that comes. */
static struct io_uring_cqe answer(struct ring *ring)
{
	const struct io_cqring_offsets *at = &ring->params.cq_off;
	uint32_t head = *number(ring->cq, at->head);
	struct io_uring_cqe cqe;

	if (syscall(SYS_io_uring_enter, ring->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		stage_fails("io_uring_enter");
	cqe = ((struct io_uring_cqe *)(ring->cq + at->cqes))[head & *number(ring->cq, at->ring_mask)];
	__atomic_store_n(number(ring->cq, at->head), head + 1, __ATOMIC_RELEASE);
	return cqe;
}

static void ask_octets(struct ring *ring, int op, int fd, const void *octets, size_t size, uint64_t name)
{
	ask(ring, &(struct io_uring_sqe){
		.opcode = op, .fd = fd, .addr = (uintptr_t)octets, .len = size, .user_data = name,
	});
}

static void ask_connect(struct ring *ring, int fd, const struct sockaddr *to, socklen_t size, uint64_t name)
{
	ask(ring, &(struct io_uring_sqe){
		.opcode = IORING_OP_CONNECT, .fd = fd, .addr = (uintptr_t)to, .off = size, .user_data = name,
	});
}

enum { ACCEPTED = 1, CONNECTED, SENT, RECEIVED };

/* A connection whose two calls wait for each other. */
static void connect_by(struct ring *ring, int listener, int ends[HOSTS])
{
	struct io_uring_cqe cqe;
	int i;

	ask_octets(ring, IORING_OP_ACCEPT, listener, NULL, 0, ACCEPTED);
	ask_connect(ring, ends[CLIENT], AT(SERVER, PORT), CONNECTED);
	for (i = 0; i < 2; i++) {
		cqe = answer(ring);
		if (cqe.res < 0)
			stage_fails("call %d: %s", (int)cqe.user_data, strerror(-cqe.res));
		if (cqe.user_data == ACCEPTED)
			ends[SERVER] = cqe.res;
	}
}

TEST_F(on, uring__a_connection)
{
	int listener = listen_on(SERVER, variant->protocol, PORT);
	struct io_uring_cqe cqe;
	char octets[16] = { 0 };
	struct ring ring;

	ring_up(&ring);
	self->ends[CLIENT] = socket_on(CLIENT, variant->protocol, 0);
	connect_by(&ring, listener, self->ends);

	ask_octets(&ring, IORING_OP_RECV, self->ends[SERVER], octets, 5, RECEIVED);
	pause_ms(100);
	ask_octets(&ring, IORING_OP_SEND, self->ends[CLIENT], "hello, io", 9, SENT);
	cqe = answer(&ring);
	EXPECT_EQ(cqe.user_data == SENT ? 9 : 5, cqe.res);
	cqe = answer(&ring);
	EXPECT_EQ(cqe.user_data == SENT ? 9 : 5, cqe.res);
	EXPECT_STREQ("hello", octets);
	pause_ms(100);

	/* Whether there is more to be read comes with the answer. */
	ask_octets(&ring, IORING_OP_RECV, self->ends[SERVER], octets, 2, RECEIVED);
	cqe = answer(&ring);
	EXPECT_EQ(2, cqe.res);
	EXPECT_EQ(IORING_CQE_F_SOCK_NONEMPTY, cqe.flags & IORING_CQE_F_SOCK_NONEMPTY);
	ask_octets(&ring, IORING_OP_RECV, self->ends[SERVER], octets, 2, RECEIVED);
	cqe = answer(&ring);
	EXPECT_EQ(2, cqe.res);
	EXPECT_EQ(0, cqe.flags & IORING_CQE_F_SOCK_NONEMPTY);

	ask_octets(&ring, IORING_OP_RECV, self->ends[SERVER], octets, 2, RECEIVED);
	close(self->ends[CLIENT]);
	EXPECT_EQ(0, answer(&ring).res);
	ask_octets(&ring, IORING_OP_CLOSE, self->ends[SERVER], NULL, 0, 0);
	EXPECT_EQ(0, answer(&ring).res);
}

#define SPLICE_PAGES 0x8000000	/* MSG_SPLICE_PAGES, and on 6.1 MSG_SENDPAGE_NOTLAST: the kernel's own */
#define NOT_LAST 0x20000

/* A program's octets are no list of pages, whatever it says; and what it has sent is on its way. */
TEST_F(on, uring__flags_that_are_the_kernels)
{
	char octets[16] = { 0 };
	struct ring ring;

	ring_up(&ring);
	connection(self->ends, variant->protocol, PORT);
	ask(&ring, &(struct io_uring_sqe){
		.opcode = IORING_OP_SEND, .fd = self->ends[CLIENT], .addr = (uintptr_t)"hello", .len = 5,
		.msg_flags = SPLICE_PAGES | NOT_LAST, .user_data = SENT,
	});
	EXPECT_EQ(5, answer(&ring).res);
	pause_ms(50);
	EXPECT_EQ(5, RESULT(recv(self->ends[SERVER], octets, sizeof(octets), MSG_DONTWAIT)));
	EXPECT_STREQ("hello", octets);
}

TEST_F(on, uring__a_connection_that_is_refused)
{
	struct ring ring;

	ring_up(&ring);
	self->ends[CLIENT] = socket_on(CLIENT, variant->protocol, 0);
	ask_connect(&ring, self->ends[CLIENT], AT(SERVER, PORT), CONNECTED);
	EXPECT_EQ(-ECONNREFUSED, answer(&ring).res);
}

SOCKETS_HARNESS_MAIN
