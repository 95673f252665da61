// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel's object caches give for an end of a connection that is there, for one that is half open, and
 * for one that is over: a thousand are made, and all caches counted before and after. Files, their names and
 * their inodes are left out: every socket has these.
 */
#include <sys/resource.h>

#include "../net/slabs.h"
#include "ends.h"
#include "flood.h"

#define MANY 1000

static bool belongs_to_files(const char *cache)
{
	return !strcmp(cache, "sock_inode_cache") || !strcmp(cache, "filp") || !strcmp(cache, "dentry");
}

/* In use in all other caches, when what may go has gone. */
static double octets_in_use(void)
{
	char line[512], cache[64];
	long active, size;
	double total = 0;
	FILE *list;

	pause_ms(1000);
	slabs_shrink("");
	list = fopen("/proc/slabinfo", "r");
	fine(list, "/proc/slabinfo");
	while (fgets(line, sizeof(line), list))
		if (sscanf(line, "%63s %ld %*d %ld", cache, &active, &size) == 3 && !belongs_to_files(cache))
			total += (double)active * size;
	fclose(list);
	return total;
}

static void ends_of_each(const struct transport *transport, double *established, double *over)
{
	struct ends ends = ends_listen(transport, true);
	static int fds[MANY][HOSTS];
	double before;
	int i;

	ends_connect(&ends);
	before = octets_in_use();
	for (i = 0; i < MANY; i++) {
		ends_connect(&ends);
		memcpy(fds[i], ends.fd, sizeof(fds[i]));
	}
	*established = (octets_in_use() - before) / MANY / HOSTS;
	for (i = 0; i < MANY; i++) {
		close(fds[i][CLIENT]);
		close(fds[i][SERVER]);
	}
	*over = (octets_in_use() - before) / MANY;
	close(ends.listener);
}

static double embryo(const struct transport *transport)
{
	double before, after;
	int listener;

	flood_stage(transport->protocol);
	listener = flood_listen(transport->protocol);
	flood(1);
	before = octets_in_use();
	flood(MANY);
	after = octets_in_use();
	close(listener);
	return (after - before) / MANY;
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
		show(&transports[i]);
	return 0;
}
