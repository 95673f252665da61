// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel's object caches give for an end of a connection that is there, for one that is half open, and
 * for one that is over: a thousand are made, and all caches counted before and after. Files, their names and
 * their inodes are left out: every socket has these. The guest was told to give each kind of object a cache of its
 * own (slab_nomerge).
 */
#include <sys/resource.h>

#include "../net/slabs.h"
#include "ends.h"
#include "flood.h"

#define MANY 1000
#define CACHES 400

struct cache {
	char name[64];
	long active;
	long size;
};

static struct cache before[CACHES];

static bool belongs_to_files(const char *cache)
{
	static const char *const caches[] = {
		"sock_inode_cache", "filp", "dentry", "lsm_inode_cache", "lsm_file_cache",
	};
	unsigned int i;

	for (i = 0; i < sizeof(caches) / sizeof(*caches); i++)
		if (!strcmp(cache, caches[i]))
			return true;
	return false;
}

/* The caches with their objects in use, when what may go has gone. */
static void count(struct cache caches[CACHES])
{
	char line[512];
	FILE *list;
	int i = 0;

	pause_ms(1000);
	slabs_shrink("");
	list = fopen("/proc/slabinfo", "r");
	fine(list, "/proc/slabinfo");
	while (i < CACHES && fgets(line, sizeof(line), list))
		if (sscanf(line, "%63s %ld %*d %ld", caches[i].name, &caches[i].active,
			   &caches[i].size) == 3)
			i++;
	fclose(list);
	fine(i < CACHES, "room for so many caches");
	caches[i].size = 0;
}

/* What of a cache is not at least once for each of many is of somebody else. */
static double grown(void)
{
	static struct cache after[CACHES];
	double octets = 0;
	long objects;
	int i;

	count(after);
	for (i = 0; after[i].size; i++) {
		fine(!strcmp(after[i].name, before[i].name), "the same caches");
		objects = after[i].active - before[i].active;
		if (objects > MANY * 9 / 10 && !belongs_to_files(after[i].name))
			octets += (double)objects * after[i].size;
	}
	return octets / MANY;
}

static void ends_of_each(const struct transport *transport, double *established, double *over)
{
	struct ends ends = ends_listen(transport, true);
	static int fds[MANY][HOSTS];
	int i;

	ends_connect(&ends);
	count(before);
	for (i = 0; i < MANY; i++) {
		ends_connect(&ends);
		memcpy(fds[i], ends.fd, sizeof(fds[i]));
	}
	*established = grown() / HOSTS;
	for (i = 0; i < MANY; i++) {
		close(fds[i][CLIENT]);
		close(fds[i][SERVER]);
	}
	*over = grown();
	close(ends.listener);
}

static double embryo(const struct transport *transport)
{
	double octets;
	int listener;

	flood_stage(transport->protocol);
	listener = flood_listen(transport->protocol);
	flood(1);
	count(before);
	flood(MANY);
	octets = grown();
	close(listener);
	return octets;
}

static void show(const struct transport *transport)
{
	static const struct figure established_is = { "loopback", "established end", "bytes" };
	static const struct figure over_is = { "loopback", "closed connection", "bytes" };
	static const struct figure embryo_is = { "wire", "embryo", "bytes" };
	double established, over;

	if (transport_missing(transport))
		return;
	/* The TIME_WAITs of the one before. */
	pause_ms(TIME_WAITS_ARE_OVER);
	ends_of_each(transport, &established, &over);
	figure_is(&established_is, transport->name, established);
	figure_is(&over_is, transport->name, over);
	if (transport_is_rival(transport))
		figure_is(&embryo_is, transport->name, embryo(transport));
}

int main(void)
{
	struct rlimit files = { 4 * MANY, 4 * MANY };
	unsigned int i;

	fine(!setrlimit(RLIMIT_NOFILE, &files) && dup2(0, 4 * MANY - 1) > 0 && !close(4 * MANY - 1), "files");
	hosts_up();
	for (i = 0; i < TRANSPORTS; i++)
		if (family() == AF_INET || transport_is_rival(&transports[i]))
			show(&transports[i]);
	return 0;
}
