// SPDX-License-Identifier: GPL-2.0
/*
 * Each limit of what sockets may take, reached: what is refused there, what is counted, that nothing is lost that
 * was acknowledged, and that all is given back afterwards.
 */
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "sockets.h"
#include "peer.h"
#include "stream.h"
#include "trace_helpers.h"

#define SOON 150	/* ms; less than anything takes that is sent again */
#define PAGE 4096

/* What a CPU may take before the kernel compares with the limits, in pages. */
#define RESERVE 256

/* The limits are the machine's; they are opened while this process is still in the machine's own namespace. */
FIXTURE(limits)
{
	char before[64];
	int file;
};

static void set_limits(int file, long low, long pressure, long high)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%ld %ld %ld", low, pressure, high);

	if (pwrite(file, text, len, 0) != len)
		stage_fails("net.clasp.mem");
}

FIXTURE_SETUP(limits)
{
	signal(SIGPIPE, SIG_IGN);
	self->file = open("/proc/sys/net/clasp/mem", O_RDWR);
	if (self->file < 0 || pread(self->file, self->before, sizeof(self->before) - 1, 0) <= 0)
		stage_fails("net.clasp.mem");
	hosts_up();
}

FIXTURE_TEARDOWN(limits)
{
	if (pwrite(self->file, self->before, strlen(self->before), 0) < 0)
		stage_fails("net.clasp.mem");
}

/* Pages that all sockets hold. */
static long taken(void)
{
	FILE *file = fopen("/proc/net/clasp_sockstat", "r");
	long pages;

	if (!file || fscanf(file, "CLASP: inuse %*d orphan %*d tw %*d alloc %*d mem %ld", &pages) != 1)
		stage_fails("clasp_sockstat");
	fclose(file);
	return pages;
}

static bool all_given_back(void)
{
	return WITHIN(300, !taken());
}

static void read_three(const char *path, long values[3])
{
	FILE *file = fopen(path, "r");

	if (!file || fscanf(file, "%ld %ld %ld", values, values + 1, values + 2) != 3)
		stage_fails("%s", path);
	fclose(file);
}

/* Pages that buffers could have, each zone's reserve left out. */
static long buffer_pages(void)
{
	FILE *zones = fopen("/proc/zoneinfo", "r");
	long pages = 0, high = 0, managed;
	char line[128];

	while (zones && fgets(line, sizeof(line), zones)) {
		if (sscanf(line, " high %ld", &high) != 1 && sscanf(line, " managed %ld", &managed) == 1)
			pages += managed > high ? managed - high : 0;
	}
	if (!pages)
		stage_fails("zoneinfo");
	fclose(zones);
	return pages;
}

/* Pages of what the guest was booted from: how many octets stands where the boot loader puts it. */
static long initrd_pages(void)
{
	int file = open("/sys/kernel/boot_params/data", O_RDONLY);
	uint32_t octets;

	if (file < 0 || pread(file, &octets, sizeof(octets), 0x21c) != sizeof(octets) || !octets)
		stage_fails("boot_params");
	close(file);
	return octets / PAGE;
}

/* TCP has reckoned by the same rule at boot, while that, and a little that is needed only then, still took memory. */
#define EXPECT_RULE(rule, clasp, tcp) do {				\
	const long now = rule(buffer_pages());				\
	const long booting = rule(buffer_pages() - initrd_pages());	\
									\
	EXPECT_GE(clasp, now * 99 / 100);				\
	EXPECT_LE(clasp, now * 101 / 100);				\
	EXPECT_GE(tcp, booting * 95 / 100);				\
	EXPECT_LE(tcp, booting * 101 / 100);				\
} while (0)

TEST(sysctl__mem_is_as_large_as_tcps)
{
	long clasp[3], tcp[3];

	read_three("/proc/sys/net/clasp/mem", clasp);
	read_three("/proc/sys/net/ipv4/tcp_mem", tcp);
#define SIXTEENTH(pages) ((pages) / 16)
	EXPECT_RULE(SIXTEENTH, clasp[1], tcp[1]);
	EXPECT_EQ(clasp[1] / 4 * 3, clasp[0]);
	EXPECT_EQ(clasp[0] * 2, clasp[2]);
}

static int refused(const char *name, const char *text)
{
	char path[64];
	int fd, failed;

	snprintf(path, sizeof(path), "/proc/sys/net/clasp/%s", name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return errno;
	failed = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return failed;
}

TEST(sysctl__sizes)
{
	static const struct {
		const char *name;
		const char *path;
		const char *tcps;
		long most;
		int option;
	} sizes[] = {
		{ "wmem", "/proc/sys/net/clasp/wmem", "/proc/sys/net/ipv4/tcp_wmem", 4 << 20, SO_SNDBUF },
		{ "rmem", "/proc/sys/net/clasp/rmem", "/proc/sys/net/ipv4/tcp_rmem", 6 << 20, SO_RCVBUF },
	};
	long clasp[3], tcp[3];
	char initial[64];
	int before, after;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		read_three(sizes[i].path, clasp);
		read_three(sizes[i].tcps, tcp);
		EXPECT_EQ(tcp[0], clasp[0]);
		EXPECT_EQ(212992, clasp[1]);
#define SHARE(pages) MIN((pages) * PAGE / 128, sizes[i].most)
		EXPECT_RULE(SHARE, clasp[2], tcp[2]);
		snprintf(initial, sizeof(initial), "%ld %ld %ld", clasp[0], clasp[1], clasp[2]);
		before = socket(family(), SOCK_STREAM, IPPROTO_CLASP);
		EXPECT_EQ(212992, option(before, SOL_SOCKET, sizes[i].option));
		EXPECT_EQ(EINVAL, refused(sizes[i].name, "4095 5000 6000"));
		EXPECT_EQ(EINVAL, refused(sizes[i].name, "much"));
		EXPECT_EQ(0, refused(sizes[i].name, "4096 5000 2147483647"));
		EXPECT_EQ(EINVAL, refused(sizes[i].name, "4096 5000 2147483648"));
		after = socket(family(), SOCK_STREAM, IPPROTO_CLASP);
		EXPECT_EQ(212992, option(before, SOL_SOCKET, sizes[i].option));
		EXPECT_EQ(5000, option(after, SOL_SOCKET, sizes[i].option));
		EXPECT_EQ(0, refused(sizes[i].name, initial));
		close(before);
		close(after);
	}
	EXPECT_EQ(EINVAL, refused("mem", "0 1 2"));
}

TEST(sysctl__memory_is_the_first_namespaces)
{
	hosts_up();
	EXPECT_EQ(ENOENT, refused("mem", "1 2 3"));
	EXPECT_EQ(ENOENT, refused("wmem", "4096 4096 4096"));
	EXPECT_EQ(ENOENT, refused("rmem", "4096 4096 4096"));
}

#define STREAMS 16
#define STREAM_LEN (256 * 1024)

static void write_stream(void)
{
	int fd = connect_from(CLIENT, IPPROTO_CLASP, PORT);

	stream_write(fd, 0, STREAM_LEN);
	if (shutdown(fd, SHUT_WR) || read(fd, (char [1]) { 0 }, 1))
		stage_fails("the end of a stream");
}

/* One after the other, little by little; the others hold what they have until it is their turn. */
static unsigned int read_slowly(int fds[STREAMS])
{
	static unsigned char octets[3000];
	unsigned int done, whole = 0, i;
	ssize_t n;

	for (i = 0; i < STREAMS; i++) {
		for (done = 0; (n = read(fds[i], octets, sizeof(octets))) > 0; done += n)
			if (!stream_continues(octets, done, n))
				break;
		whole += !n && done == STREAM_LEN;
		close(fds[i]);
	}
	return whole;
}

/* Sixteen streams, which could hold twice of what there is for all. */
TEST_F_TIMEOUT(limits, memory__slow_readers_and_blocked_writers_lose_nothing, 600)
{
	int listener = listen_on(SERVER, IPPROTO_CLASP, PORT), fds[STREAMS], i;
	pid_t writers[STREAMS];

	set_limits(self->file, RESERVE, RESERVE + 1, 2 * RESERVE);
	for (i = 0; i < STREAMS; i++)
		writers[i] = IN_CHILD(write_stream());
	for (i = 0; i < STREAMS; i++)
		fds[i] = accept(listener, NULL, NULL);
	pause_ms(2000);
	TH_LOG("%ld pages taken", taken());
	EXPECT_LE(2 * RESERVE, taken());
	/* what a socket gets in any case, in each direction: a page, or a segment, and what does not fill a page */
	EXPECT_LE(taken(), 3 * RESERVE + 2 * STREAMS * 4);
	EXPECT_LE(1, counter(CLIENT, "MemoryPressures") + counter(SERVER, "MemoryPressures"));
	EXPECT_EQ(STREAMS, read_slowly(fds));
	TH_LOG("%ld refused for want of memory, %ld sent again", counter(SERVER, "DropBufferFull"),
	       counter(CLIENT, "RetransSegs"));
	EXPECT_LT(0, counter(SERVER, "DropBufferFull"));
	for (i = 0; i < STREAMS; i++)
		EXPECT_TRUE(child_succeeds(writers[i]));
	close(listener);
	EXPECT_TRUE(all_given_back());
}

/* The window in the answer to another caller's SYN. */
static uint16_t window_of_another(int port)
{
	struct peer peer = { .port = port, .host_port = PORT, .next = PEER_ISS };
	struct segment segment;

	peer_says(&peer, TH_SYN, 0);
	if (!peer_hears(&peer, &segment, SOON))
		stage_fails("the answer to a SYN");
	peer_says(&peer, TH_RST, 0);
	return segment.window;
}

/* Have so many octets wait in a socket, with the memory that they take. */
static void load(int fd, unsigned int count)
{
	static char octets[4 << 20];

	if (option_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, 2 * count))
		stage_fails("SO_SNDBUFFORCE");
	if (send(fd, octets, count, MSG_DONTWAIT) != count)
		stage_fails("send %u octets at once", count);
}

TEST_F(limits, memory__under_pressure_windows_are_small)
{
	struct peer peer;
	int fd;

	peer_up(IPPROTO_CLASP);
	fd = peer_is_accepted(&peer, 7);
	listen_on(CLIENT, IPPROTO_CLASP, PORT);
	set_limits(self->file, RESERVE, RESERVE + 1, 8 * RESERVE);
	EXPECT_EQ(65535, window_of_another(3000));
	load(fd, 3 * RESERVE * PAGE);
	EXPECT_EQ(1, counter(CLIENT, "MemoryPressures"));
	EXPECT_EQ(4 * PEER_MSS, window_of_another(3001));
	linger(fd, 0);
	close(fd);
	EXPECT_TRUE(all_given_back());
	/* that it is over is seen when somebody takes memory */
	peer_forget();
	fd = peer_is_accepted(&peer, 7);
	load(fd, 1);
	EXPECT_EQ(65535, window_of_another(3002));
	EXPECT_EQ(1, counter(CLIENT, "MemoryPressures"));
}

/* Every second octet, alone (CVE-2018-5390): what waits for a hole to be filled gives way. */
TEST_F(limits, memory__octets_out_of_order_are_bounded)
{
	static unsigned char octets[8192];
	int listener, fd, i;
	struct peer peer;
	long most = 0;

	peer_up(IPPROTO_CLASP);
	listener = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	EXPECT_EQ(0, option_set(listener, SOL_SOCKET, SO_RCVBUF, 8192));
	peer = peer_connects(PORT);
	fd = accept(listener, NULL, NULL);
	for (i = 0; i < 500; i++) {
		peer.next++;
		peer_says(&peer, TH_ACK, 1);
		most = taken() > most ? taken() : most;
	}
	TH_LOG("%ld pages, pruned %ld times", most, counter(CLIENT, "OfoPruned"));
	EXPECT_LT(0, counter(CLIENT, "OfoPruned"));
	EXPECT_LE(most, 2 * 16384 / PAGE + 2);
	peer.next = PEER_ISS + 1;
	peer_says(&peer, TH_ACK, 1001);
	EXPECT_EQ(1001, recv(fd, octets, sizeof(octets), MSG_DONTWAIT));
	for (i = 0; i < 1001 && octets[i] == (uint8_t)(PEER_ISS + 1 + i); i++)
		;
	EXPECT_EQ(1001, i);
	close(fd);
	close(listener);
	EXPECT_TRUE(all_given_back());
}

/**
 * struct slow_read - a recv() that owns its socket until it is given a page to write to
 * @fd: the socket
 * @page: where to, and not there yet
 * @faults: tells of it
 * @read: what recv() returned
 */
struct slow_read {
	int fd;
	char *page;
	int faults;
	ssize_t read;
	pthread_t thread;
};

static void *slow_reader(void *argument)
{
	struct slow_read *slow = argument;

	slow->read = recv(slow->fd, slow->page, 1, 0);
	return NULL;
}

static void read_begins(struct slow_read *slow, int fd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	slow->fd = fd;
	slow->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	slow->faults = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	range.range.start = (uintptr_t)slow->page;
	range.range.len = PAGE;
	if (ioctl(slow->faults, UFFDIO_API, &api) || ioctl(slow->faults, UFFDIO_REGISTER, &range))
		stage_fails("userfaultfd");
	pthread_create(&slow->thread, NULL, slow_reader, slow);
	if (!readable(slow->faults, 10))
		stage_fails("a fault in recv()");
}

static ssize_t read_ends(struct slow_read *slow)
{
	struct uffdio_zeropage zero = { .range = { (uintptr_t)slow->page, PAGE } };

	if (ioctl(slow->faults, UFFDIO_ZEROPAGE, &zero))
		stage_fails("UFFDIO_ZEROPAGE");
	pthread_join(slow->thread, NULL);
	close(slow->faults);
	return slow->read;
}

/* The last ACK that the peer was sent, as octets of its stream. */
static long acknowledged(struct peer *peer)
{
	struct segment segment;
	long last = 0;

	while (peer_hears(peer, &segment, SOON))
		last = segment.ack - (PEER_ISS + 1);
	return last;
}

TEST_F(limits, memory__a_backlog_is_bounded)
{
	static unsigned char octets[8192];
	struct slow_read slow;
	int listener, fd, i;
	struct peer peer;
	long acked;

	peer_up(IPPROTO_CLASP);
	listener = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	EXPECT_EQ(0, option_set(listener, SOL_SOCKET, SO_RCVBUF, 8192));
	EXPECT_EQ(0, option_set(listener, SOL_SOCKET, SO_SNDBUF, 1));
	peer = peer_connects(PORT);
	fd = accept(listener, NULL, NULL);
	peer_says(&peer, TH_ACK, 5);
	read_begins(&slow, fd);
	for (i = 0; i < 300; i++)
		peer_says(&peer, TH_ACK, 10);
	TH_LOG("%ld of 300 segments refused", counter(CLIENT, "BacklogDrop"));
	EXPECT_LT(0, counter(CLIENT, "BacklogDrop"));
	EXPECT_LT(counter(CLIENT, "BacklogDrop"), 300);
	EXPECT_EQ(1, read_ends(&slow));
	acked = acknowledged(&peer);
	EXPECT_EQ(5 + 10 * (300 - counter(CLIENT, "BacklogDrop")), acked);
	EXPECT_EQ(acked - 1, recv(fd, octets, sizeof(octets), MSG_DONTWAIT));
	close(fd);
	close(listener);
	EXPECT_TRUE(all_given_back());
}

/* Memory that nobody waits for goes first: when such a socket is closed, and when one that was has to be tended. */
TEST_F(limits, memory__orphans_go_where_it_is_short)
{
	struct peer peers[2];
	int fds[2], i;

	peer_up(IPPROTO_CLASP);
	for (i = 0; i < 2; i++) {
		fds[i] = peer_is_accepted(&peers[i], 7 + i);
		load(fds[i], 2 * RESERVE * PAGE);
	}
	close(fds[0]);
	EXPECT_EQ(FIN_WAIT_1, state_of(CLIENT, IPPROTO_CLASP, 7, PEER_PORT));
	set_limits(self->file, 1, 1, 1);
	EXPECT_TRUE(WITHIN(5, state_of(CLIENT, IPPROTO_CLASP, 7, PEER_PORT) == GONE));
	EXPECT_EQ(1, counter(CLIENT, "AbortOnMemory"));
	/* one that a program holds stays */
	EXPECT_EQ(ESTABLISHED, state_of(CLIENT, IPPROTO_CLASP, 8, PEER_PORT));
	EXPECT_LE(2 * RESERVE, taken());
	close(fds[1]);
	EXPECT_EQ(GONE, state_of(CLIENT, IPPROTO_CLASP, 8, PEER_PORT));
	EXPECT_EQ(2, counter(CLIENT, "AbortOnMemory"));
	EXPECT_TRUE(all_given_back());
}

static int embryos(void)
{
	FILE *list = fopen(BY_FAMILY("/proc/net/clasp", "/proc/net/clasp6"), "r");
	unsigned int state;
	char line[256];
	int count = 0;

	while (list && fgets(line, sizeof(line), list))
		count += sscanf(line, "%*d: %*x:%*x %*x:%*x %x", &state) == 1 && state == SYN_RECV;
	if (!list)
		stage_fails("the list of connections");
	fclose(list);
	return count;
}

static void call(int port)
{
	struct peer peer = { .port = port, .host_port = PORT, .next = PEER_ISS };

	peer_says(&peer, TH_SYN, 0);
}

/* As long as half of the room is free an embryo has four minutes, or else seven seconds. */
TEST_F_TIMEOUT(limits, backlog__calls_that_nobody_completes_make_room, 600)
{
	int listener, i;

	peer_up(IPPROTO_CLASP);
	listener = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	EXPECT_EQ(0, listen(listener, 8));
	for (i = 0; i < 10; i++)
		call(3000 + i);
	EXPECT_EQ(8, embryos());
	EXPECT_EQ(2, counter(CLIENT, "ListenOverflows"));
	EXPECT_EQ(2, counter(CLIENT, "DropQueueFull"));
	pause_ms(6000);
	EXPECT_EQ(8, embryos());
	pause_ms(2000);
	EXPECT_EQ(4, embryos());
	call(3010);
	EXPECT_EQ(5, embryos());
	EXPECT_EQ(2, counter(CLIENT, "ListenOverflows"));
	pause_ms(100000);
	EXPECT_EQ(4, embryos());
	close(listener);
	EXPECT_EQ(0, embryos());
}

TEST_F(limits, backlog__connections_that_nobody_accepts_are_bounded)
{
	struct peer second = { .port = 3001, .host_port = PORT, .next = PEER_ISS };
	struct segment segment;
	int listener, first;
	struct peer peer;

	peer_up(IPPROTO_CLASP);
	listener = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	EXPECT_EQ(0, listen(listener, 0));
	peer = peer_connects(PORT);
	peer_says(&peer, TH_ACK, 10);
	peer_says(&second, TH_SYN, 0);
	EXPECT_FALSE(peer_hears(&second, &segment, SOON));
	EXPECT_EQ(1, counter(CLIENT, "ListenOverflows"));
	first = accept(listener, NULL, NULL);
	EXPECT_EQ(10, recv(first, segment.data, sizeof(segment.data), MSG_DONTWAIT));
	second.next = PEER_ISS;
	peer_says(&second, TH_SYN, 0);
	EXPECT_TRUE(peer_hears(&second, &segment, SOON));
	EXPECT_EQ(TH_SYN | TH_ACK, segment.flags);
}

/* How often the module itself has asked for memory, as far as the recording goes; buffers come by the kernel. */
static int asked_for(FILE *recording)
{
	char line[512];
	int count = 0;

	while (fgets(line, sizeof(line), recording))
		count += strstr(line, "alloc") && strstr(line, "[clasp]");
	clearerr(recording);
	return count;
}

/* Losses too, of what left together, and what they leave out of order. */
TEST(memory__octets_take_none_but_buffers)
{
	static unsigned char block[65536];
	unsigned int done = 0;
	FILE *recording;
	int ends[HOSTS];
	pid_t writer;
	ssize_t n;

	hosts_up();
	wire(CLIENT, "delay 1ms loss 5%");
	run("ip link set eth0 gso_max_segs 4");
	trace_start("kmem");
	recording = trace_pipe();
	connection(ends, IPPROTO_CLASP, PORT);
	EXPECT_GT(asked_for(recording), 0);
	writer = IN_CHILD(stream_write(ends[CLIENT], 0, 1 << 20));
	for (; done < 1 << 20 && (n = read(ends[SERVER], block, sizeof(block))) > 0; done += n)
		EXPECT_EQ(0, asked_for(recording));
	EXPECT_EQ(1 << 20, done);
	EXPECT_TRUE(child_succeeds(writer));
	EXPECT_GT(counter(SERVER, "OFOQueue"), 0);
	EXPECT_EQ(0, trace_lost());
	trace_stop();
}

#define CGROUPS "/tmp/cgroups"

/* Octets of sockets that the group of this process is charged for. */
static long charged(void)
{
	FILE *file = fopen(CGROUPS "/clasp/memory.stat", "r");
	long value, sockets = -1;
	char name[64];

	while (file && fscanf(file, "%63s %ld", name, &value) == 2)
		if (!strcmp(name, "sock"))
			sockets = value;
	if (!file)
		stage_fails("memory.stat");
	fclose(file);
	return sockets;
}

/* A connection is made in softirq, where no program is charged: it takes its listener's. */
TEST_F(limits, memory__a_control_group_is_charged_for_connections)
{
	struct segment segment;
	struct peer peer;
	int listener, fd;
	long others;

	mkdir(CGROUPS, 0755);
	if (mount("none", CGROUPS, "cgroup2", 0, NULL))
		stage_fails("cgroup2");
	file_write(CGROUPS "/cgroup.subtree_control", "+memory");
	mkdir(CGROUPS "/clasp", 0755);
	file_write(CGROUPS "/clasp/cgroup.procs", "0");
	peer_up(IPPROTO_CLASP);
	listener = listen_on(CLIENT, IPPROTO_CLASP, PORT);
	peer = peer_connects(PORT);
	/* the stage has sockets of its own */
	others = charged();
	while (peer.next < PEER_ISS + 60000)
		peer_says(&peer, TH_ACK, PEER_MSS);
	EXPECT_TRUE(WITHIN(10, charged() >= others + 60000));
	fd = accept(listener, NULL, NULL);
	while (recv(fd, segment.data, sizeof(segment.data), MSG_DONTWAIT) > 0)
		;
	close(fd);
	close(listener);
	EXPECT_TRUE(WITHIN(10, charged() == others));
	EXPECT_TRUE(all_given_back());
}

TEST_HARNESS_MAIN
