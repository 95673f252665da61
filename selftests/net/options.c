// SPDX-License-Identifier: GPL-2.0
/*
 * TCP's options as a program sets and reads them: which numbers are taken, what is made of them, how many octets
 * the kernel reads and writes, in which states, and what a listener's connections inherit. What the options do
 * is in options_time.c.
 */
#include <limits.h>
#include <sys/mman.h>
#include <sys/param.h>

#include "packets.h"
#include "sockets.h"

#define REFUSED INT_MIN
#define CANARY 0xa5

/**
 * struct number - a value for an option
 * @set: what the program says
 * @get: what getsockopt() says then; REFUSED when setsockopt() says EINVAL
 */
struct number {
	int set;
	int get;
};

static const struct known {
	const char *text;
	int name;
	int initial;
	int count;
	struct number numbers[8];
} known[] = {
#define NUMBERS(...) (struct number[]){ __VA_ARGS__ }
#define KNOWN(name, initial, ...) \
	{ #name, name, initial, sizeof(NUMBERS(__VA_ARGS__)) / sizeof(struct number), { __VA_ARGS__ } }
	KNOWN(TCP_NODELAY, 0, { 1, 1 }, { -1, 1 }, { 0, 0 }, { 7, 1 }, { INT_MIN, 1 }),
	KNOWN(TCP_CORK, 0, { 1, 1 }, { -1, 1 }, { 0, 0 }, { 7, 1 }),
	KNOWN(TCP_KEEPIDLE, 7200, { 1, 1 }, { 0, REFUSED }, { 32767, 32767 }, { 32768, REFUSED },
	      { -1, REFUSED }, { 11, 11 }),
	KNOWN(TCP_KEEPINTVL, 75, { 1, 1 }, { 0, REFUSED }, { 32767, 32767 }, { 32768, REFUSED },
	      { -1, REFUSED }, { 12, 12 }),
	KNOWN(TCP_KEEPCNT, 9, { 1, 1 }, { 0, REFUSED }, { 127, 127 }, { 128, REFUSED },
	      { -1, REFUSED }, { 13, 13 }),
	KNOWN(TCP_SYNCNT, 7, { 1, 1 }, { 0, REFUSED }, { 127, 127 }, { 128, REFUSED },
	      { -1, REFUSED }, { 3, 3 }),
	KNOWN(TCP_LINGER2, 60, { 1, 1 }, { 120, 120 }, { 121, 120 }, { INT_MAX, 120 }, { -7, -1 },
	      { 0, 60 }, { 15, 15 }),
	KNOWN(TCP_DEFER_ACCEPT, 0, { 1, 1 }, { 2, 3 }, { 4, 7 }, { 128, 247 }, { -1, 0 },
	      { INT_MAX, 127 + 248 * 120 },
	      { 31, 31 }),
	KNOWN(TCP_QUICKACK, 1, { 0, 0 }, { 2, 1 }, { 0, 0 }, { 1, 1 }),
	KNOWN(TCP_USER_TIMEOUT, 0, { 1, 1 }, { INT_MAX, INT_MAX }, { -1, REFUSED }, { 0, 0 },
	      { 17000, 17000 }),
	KNOWN(TCP_NOTSENT_LOWAT, 0, { 1, 1 }, { -1, -1 }, { INT_MAX, INT_MAX }, { 0, 0 },
	      { 100000, 100000 }),
};

/* What they are for as long as a connection does not decide it. */
static const struct known segment = KNOWN(TCP_MAXSEG, 536, { 88, 88 }, { 87, REFUSED },
	{ 32767, 32767 }, { 32768, REFUSED }, { -1, REFUSED }, { 0, 536 }, { 1000, 1000 });

/* -1 may be a value; what cannot be read is none. */
static int value_of(int fd, int level, int name)
{
	socklen_t size = sizeof(int);
	int value = -1;

	if (getsockopt(fd, level, name, &value, &size) || size != sizeof(value))
		return REFUSED;
	return value;
}

/* How many of an option's numbers have another effect than they should, at either level. */
static int astray(int fd, int level, const struct known *option)
{
	const struct number *number;
	int wrong = 0, before, after, result;

	for (number = option->numbers; number < option->numbers + option->count; number++) {
		int at = (number - option->numbers) % 2 ? level : IPPROTO_TCP;

		before = value_of(fd, IPPROTO_TCP, option->name);
		result = option_set(fd, at, option->name, number->set);
		after = value_of(fd, at == level ? IPPROTO_TCP : level, option->name);
		if (number->get == REFUSED ? result == -EINVAL && after == before :
					     !result && after == number->get)
			continue;
		printf("# %s set to %d: %d, was %d, is %d\n", option->text, number->set, result,
		       before, after);
		wrong++;
	}
	return wrong;
}

static int all_astray(int fd, int level)
{
	int wrong = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		wrong += astray(fd, level, &known[i]);
	return wrong;
}

/* Linux TCP repeats a SYN for two minutes only (RFC 9293, MUST-23). */
static int initial(int protocol, const struct known *option)
{
	return option->name == TCP_SYNCNT && protocol == IPPROTO_TCP ? 6 : option->initial;
}

TEST_F(on, options__of_a_new_socket)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		TH_LOG("%s", known[i].text);
		EXPECT_EQ(initial(variant->protocol, &known[i]),
			  value_of(fd, variant->level, known[i].name));
	}
	EXPECT_EQ(segment.initial, value_of(fd, variant->level, TCP_MAXSEG));
	EXPECT_EQ(0, option(fd, SOL_SOCKET, SO_KEEPALIVE));
}

TEST_F(on, options__the_namespaces_as_long_as_none_is_set)
{
	static const struct { const char *sysctl; int name; } shown[] = {
		{ "keepalive_time", TCP_KEEPIDLE }, { "keepalive_intvl", TCP_KEEPINTVL },
		{ "keepalive_probes", TCP_KEEPCNT }, { "syn_retries", TCP_SYNCNT },
		{ "fin_timeout", TCP_LINGER2 },
	};
	int fd = socket_on(CLIENT, variant->protocol, 0);
	char path[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shown); i++) {
		snprintf(path, sizeof(path), "%s%s", variant->sysctls, shown[i].sysctl);
		sysctl_set(CLIENT, path, 21 + i);
		EXPECT_EQ(21 + i, value_of(fd, variant->level, shown[i].name));
		EXPECT_EQ(0, option_set(fd, variant->level, shown[i].name, 5));
		sysctl_set(CLIENT, path, 31 + i);
		EXPECT_EQ(5, value_of(fd, variant->level, shown[i].name));
	}
}

TEST_F(on, options__numbers_of_a_closed_socket)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_EQ(0, all_astray(fd, variant->level));
	EXPECT_EQ(0, astray(fd, variant->level, &segment));
}

TEST_F(on, options__numbers_of_a_listener)
{
	int fd = listen_on(CLIENT, variant->protocol, PORT);

	EXPECT_EQ(0, all_astray(fd, variant->level));
	EXPECT_EQ(0, astray(fd, variant->level, &segment));
}

TEST_F(on, options__numbers_of_a_connection)
{
	connection(self->ends, variant->protocol, PORT);
	EXPECT_EQ(0, all_astray(self->ends[CLIENT], variant->level));
	EXPECT_EQ(0, all_astray(self->ends[SERVER], variant->level));
	EXPECT_EQ(-EINVAL, option_set(self->ends[CLIENT], variant->level, TCP_MAXSEG, 87));
}

TEST_F(on, options__numbers_of_a_call)
{
	int fd = socket_on(CLIENT, variant->protocol, SOCK_NONBLOCK);

	wall_up(SERVER, variant->protocol);
	enter(CLIENT);
	EXPECT_EQ(EINPROGRESS, ERRNO(connect(fd, AT(SERVER, PORT))));
	EXPECT_EQ(0, all_astray(fd, variant->level));
}

TEST_F(on, options__numbers_once_the_peer_has_closed)
{
	connection(self->ends, variant->protocol, PORT);
	close(self->ends[SERVER]);
	EXPECT_TRUE(readable(self->ends[CLIENT], 5));
	EXPECT_EQ(0, value_of(self->ends[CLIENT], variant->level, TCP_QUICKACK));
	pause_ms(300);		/* until the ACK that waits for our FIN has left */
	EXPECT_EQ(1, value_of(self->ends[CLIENT], variant->level, TCP_QUICKACK));
	EXPECT_EQ(0, all_astray(self->ends[CLIENT], variant->level));
	EXPECT_EQ(0, shutdown(self->ends[CLIENT], SHUT_WR));
	EXPECT_EQ(0, all_astray(self->ends[CLIENT], variant->level));
}

TEST_F(on, options__numbers_after_a_reset)
{
	connection(self->ends, variant->protocol, PORT);
	linger(self->ends[SERVER], 0);
	close(self->ends[SERVER]);
	EXPECT_TRUE(readable(self->ends[CLIENT], 5));
	EXPECT_EQ(0, all_astray(self->ends[CLIENT], variant->level));
}

/* What a program left behind that never gave up its socket. */
TEST_F(on, options__after_disconnect)
{
	size_t i;

	connection(self->ends, variant->protocol, PORT);
	EXPECT_EQ(0, all_astray(self->ends[CLIENT], variant->level));
	EXPECT_EQ(0, option_set(self->ends[CLIENT], variant->level, TCP_QUICKACK, 0));
	EXPECT_EQ(0, option_set(self->ends[CLIENT], SOL_SOCKET, SO_KEEPALIVE, 1));
	EXPECT_EQ(0, connect(self->ends[CLIENT], &(struct sockaddr){ AF_UNSPEC },
			     sizeof(struct sockaddr_in)));
	for (i = 0; i < ARRAY_SIZE(known); i++)
		EXPECT_EQ(known[i].numbers[known[i].count - 1].get,
			  value_of(self->ends[CLIENT], variant->level, known[i].name));
	EXPECT_EQ(1, option(self->ends[CLIENT], SOL_SOCKET, SO_KEEPALIVE));
}

TEST_F(on, options__are_inherited)
{
	int listener = listen_on(SERVER, variant->protocol, PORT), fd;
	size_t i;

	EXPECT_EQ(0, all_astray(listener, variant->level));
	EXPECT_EQ(0, option_set(listener, variant->level, TCP_DEFER_ACCEPT, 0));
	EXPECT_EQ(0, option_set(listener, SOL_SOCKET, SO_KEEPALIVE, 1));
	self->ends[CLIENT] = connect_from(CLIENT, variant->protocol, PORT);
	fd = accept(listener, NULL, NULL);
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].name != TCP_DEFER_ACCEPT)
			EXPECT_EQ(known[i].numbers[known[i].count - 1].get,
				  value_of(fd, variant->level, known[i].name));
	EXPECT_EQ(1, option(fd, SOL_SOCKET, SO_KEEPALIVE));
}

/* Deferring is the listener's alone. */
TEST_F(on, options__deferring_is_not_inherited)
{
	int listener = listen_on(SERVER, variant->protocol, PORT), fd;

	EXPECT_EQ(0, option_set(listener, variant->level, TCP_DEFER_ACCEPT, 10));
	self->ends[CLIENT] = connect_from(CLIENT, variant->protocol, PORT);
	EXPECT_EQ(1, write(self->ends[CLIENT], "x", 1));
	fd = accept(listener, NULL, NULL);
	EXPECT_EQ(0, value_of(fd, variant->level, TCP_DEFER_ACCEPT));
	EXPECT_EQ(15, value_of(listener, variant->level, TCP_DEFER_ACCEPT));
}

static bool untouched(const uint8_t *octets, size_t len)
{
	while (len && octets[len - 1] == CANARY)
		len--;
	return !len;
}

/* Any room from none to more than is needed: so many octets are written as fit, and none behind them. */
static int reads_astray(int fd, int level, int name, size_t size)
{
	uint8_t whole[512], got[512];
	socklen_t len = sizeof(whole);
	int wrong = 0;
	size_t room;

	if (getsockopt(fd, level, name, whole, &len) || len != size)
		return -1;
	for (room = 0; room <= size + 8; room++) {
		memset(got, CANARY, sizeof(got));
		len = room;
		if (getsockopt(fd, level, name, got, &len) || len != MIN(room, size) ||
		    (name != TCP_INFO && memcmp(got, whole, len)) ||
		    !untouched(got + len, sizeof(got) - len)) {
			printf("# option %d, room for %zu octets: %u\n", name, room, len);
			wrong++;
		}
	}
	return wrong;
}

static size_t info_size(int fd)
{
	uint8_t whole[512];
	socklen_t len = sizeof(whole);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, whole, &len) ? 0 : len;
}

TEST_F(on, lengths__that_are_read)
{
	int tcp = socket_on(CLIENT, IPPROTO_TCP, 0);
	size_t i;

	connection(self->ends, variant->protocol, PORT);
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		EXPECT_EQ(0, reads_astray(self->ends[CLIENT], variant->level, known[i].name, 4));
		EXPECT_EQ(0, reads_astray(self->ends[SERVER], IPPROTO_TCP, known[i].name, 4));
	}
	EXPECT_EQ(0, reads_astray(self->ends[CLIENT], variant->level, TCP_MAXSEG, 4));
	EXPECT_GT(info_size(tcp), 200);
	EXPECT_EQ(0, reads_astray(self->ends[CLIENT], variant->level, TCP_INFO, info_size(tcp)));
	EXPECT_EQ(0, reads_astray(self->ends[CLIENT], IPPROTO_TCP, TCP_INFO, info_size(tcp)));
}

/* An int at the end of the memory there is: whoever reads more of it than four octets faults. */
static int *last_int(void)
{
	long page = sysconf(_SC_PAGESIZE);
	uint8_t *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			      -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE))
		stage_fails("the last page");
	return (int *)(pages + page) - 1;
}

TEST_F(on, lengths__that_are_written)
{
	int *value = last_int();
	size_t i;
	int len;

	connection(self->ends, variant->protocol, PORT);
	for (i = 0; i < ARRAY_SIZE(known); i++)
		for (len = 0; len <= 12; len++) {
			*value = known[i].numbers[0].set;
			EXPECT_EQ(len < 4 ? EINVAL : 0,
				  ERRNO(setsockopt(self->ends[CLIENT], variant->level,
						   known[i].name, value, len)));
		}
}

TEST_F(on, addresses__that_are_not_there)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);
	void *nowhere = (void *)8;
	socklen_t len = 4;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		int name = known[i].name;

		EXPECT_EQ(EINVAL, ERRNO(setsockopt(fd, variant->level, name, nowhere, 3)));
		EXPECT_EQ(EFAULT, ERRNO(setsockopt(fd, variant->level, name, nowhere, 4)));
		EXPECT_EQ(EFAULT, ERRNO(getsockopt(fd, variant->level, name, nowhere, &len)));
		EXPECT_EQ(EFAULT, ERRNO(getsockopt(fd, variant->level, name, &len, nowhere)));
	}
	EXPECT_EQ(EFAULT, ERRNO(getsockopt(fd, variant->level, TCP_INFO, nowhere, &len)));
	len = -1;
	EXPECT_EQ(EINVAL, ERRNO(getsockopt(fd, variant->level, TCP_CORK, &(int){ 0 }, &len)));
}

TEST_F(on, options__that_there_are_not)
{
	int fd = socket_on(CLIENT, variant->protocol, 0), value = 1;
	socklen_t len = 4;

	EXPECT_EQ(EINVAL, ERRNO(setsockopt(fd, variant->level, 9999, &value, 3)));
	EXPECT_EQ(EFAULT, ERRNO(setsockopt(fd, variant->level, 9999, (void *)8, 4)));
	EXPECT_EQ(ENOPROTOOPT, ERRNO(setsockopt(fd, variant->level, 9999, &value, 4)));
	EXPECT_EQ(ENOPROTOOPT, ERRNO(setsockopt(fd, variant->level, TCP_INFO, &value, 4)));
	EXPECT_EQ(ENOPROTOOPT, ERRNO(getsockopt(fd, variant->level, 9999, &value, &len)));
	EXPECT_EQ(ENOPROTOOPT, ERRNO(getsockopt(fd, variant->level, 9999, (void *)8, &len)));
}

/* The first @len octets of @name as a value; 0 or a negative errno. */
static int congest(int fd, int level, const char *name, socklen_t len)
{
	return setsockopt(fd, level, TCP_CONGESTION, name, len) ? -errno : 0;
}

static bool congested(int fd, int level, const char *name)
{
	char got[32];
	socklen_t len = sizeof(got);

	return !getsockopt(fd, level, TCP_CONGESTION, got, &len) && len == 16 && !strcmp(got, name);
}

/* How many names have another effect than they should, at either level. */
static int names_astray(int fd, int level)
{
	static const struct { const char *name; socklen_t len; int result; const char *then; } names[] = {
		{ "reno", 4, 0, "reno" },
		{ "cubic", 6, 0, "cubic" },
		{ "cubic", 0, -EINVAL, "cubic" },
		{ "cubic", 4, -ENOENT, "cubic" },
		{ "reno and more", 4, 0, "reno" },
		{ "reno and more", 13, -ENOENT, "reno" },
		{ "cubic\0and more than sixteen", 26, 0, "cubic" },
		{ "reno-with-a-long-tail", 21, -ENOENT, "cubic" },
		{ "", 1, -ENOENT, "cubic" },
		{ "RENO", 5, -ENOENT, "cubic" },
	};
	int wrong = 0, at;
	size_t i;

	for (i = 0; i < 2 * ARRAY_SIZE(names); i++) {
		at = i % 2 ? level : IPPROTO_TCP;
		if (congest(fd, at, names[i / 2].name, names[i / 2].len) == names[i / 2].result &&
		    congested(fd, at == level ? IPPROTO_TCP : level, names[i / 2].then))
			continue;
		printf("# congestion control '%s', %u octets\n", names[i / 2].name, names[i / 2].len);
		wrong++;
	}
	return wrong;
}

TEST_F(on, congestion__in_each_state)
{
	int fd = socket_on(CLIENT, variant->protocol, 0);

	EXPECT_TRUE(congested(fd, variant->level, "cubic"));
	EXPECT_EQ(0, names_astray(fd, variant->level));
	close(fd);
	fd = listen_on(CLIENT, variant->protocol, PORT);
	EXPECT_EQ(0, names_astray(fd, variant->level));
	close(fd);
	connection(self->ends, variant->protocol, PORT);
	EXPECT_EQ(0, names_astray(self->ends[CLIENT], variant->level));
	EXPECT_EQ(0, names_astray(self->ends[SERVER], variant->level));
	close(self->ends[SERVER]);
	EXPECT_TRUE(readable(self->ends[CLIENT], 5));
	EXPECT_EQ(0, names_astray(self->ends[CLIENT], variant->level));
	EXPECT_EQ(0, shutdown(self->ends[CLIENT], SHUT_WR));
	EXPECT_EQ(0, names_astray(self->ends[CLIENT], variant->level));
	EXPECT_EQ(0, names_astray(socket_on(CLIENT, variant->protocol, 0), variant->level));
}

TEST_F(on, congestion__is_inherited)
{
	int listener = listen_on(SERVER, variant->protocol, PORT), fd;

	EXPECT_EQ(0, congest(listener, variant->level, "reno", 5));
	self->ends[CLIENT] = connect_from(CLIENT, variant->protocol, PORT);
	fd = accept(listener, NULL, NULL);
	EXPECT_TRUE(congested(fd, variant->level, "reno"));
	EXPECT_TRUE(congested(self->ends[CLIENT], variant->level, "cubic"));
	EXPECT_EQ(0, connect(self->ends[CLIENT], &(struct sockaddr){ AF_UNSPEC },
			     sizeof(struct sockaddr_in)));
	EXPECT_TRUE(congested(self->ends[CLIENT], variant->level, "cubic"));
}

TEST_F(on, congestion__lengths)
{
	char *edge = (char *)(last_int() + 1);

	connection(self->ends, variant->protocol, PORT);
	EXPECT_EQ(0, reads_astray(self->ends[CLIENT], variant->level, TCP_CONGESTION, 16));
	EXPECT_EQ(0, reads_astray(self->ends[CLIENT], IPPROTO_TCP, TCP_CONGESTION, 16));
	/* no octet behind the one that ends a name is read, and none behind the last */
	memcpy(edge - 5, "reno", 5);
	EXPECT_EQ(0, congest(self->ends[CLIENT], variant->level, edge - 5, 16));
	EXPECT_TRUE(congested(self->ends[CLIENT], variant->level, "reno"));
	memcpy(edge - 5, "cubic", 5);
	EXPECT_EQ(0, congest(self->ends[CLIENT], variant->level, edge - 5, 5));
	EXPECT_TRUE(congested(self->ends[CLIENT], variant->level, "cubic"));
	EXPECT_EQ(-EFAULT, congest(self->ends[CLIENT], variant->level, edge - 5, 6));
}

SOCKETS_HARNESS_MAIN
