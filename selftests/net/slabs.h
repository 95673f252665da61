/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is left of it: objects in slab caches, sockets and memory that the kernel counts for a protocol, who
 * holds the module, and how much memory there is. All of the machine, whatever namespace asks.
 */
#ifndef CLASP_SLABS_H
#define CLASP_SLABS_H

#include <dirent.h>
#include <strings.h>

#include "net_helpers.h"

static bool slab_begins(const char *cache, const char *name)
{
	return !strncasecmp(cache, name, strlen(name));
}

/* Free objects on a CPU's own slab count as used until the cache is asked to shrink. */
HELPER void slabs_shrink(const char *name)
{
	struct dirent *entry;
	DIR *caches = opendir("/sys/kernel/slab");
	char path[512];

	if (!caches)
		stage_fails("/sys/kernel/slab");
	while ((entry = readdir(caches)))
		if (entry->d_name[0] != '.' && slab_begins(entry->d_name, name)) {
			snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", entry->d_name);
			file_write(path, "1");
		}
	closedir(caches);
}

/* Objects in use in all caches whose names begin so; @slabs: how many of these there are, or NULL. */
HELPER long slab_objects(const char *name, int *slabs)
{
	char line[512], cache[64];
	long active, total = 0;
	int count = 0;
	FILE *list;

	slabs_shrink(name);
	list = fopen("/proc/slabinfo", "r");
	if (!list)
		stage_fails("/proc/slabinfo");
	while (fgets(line, sizeof(line), list))
		if (sscanf(line, "%63s %ld", cache, &active) == 2 && slab_begins(cache, name)) {
			total += active;
			count++;
		}
	fclose(list);
	if (slabs)
		*slabs = count;
	return total;
}

/* A number that stands alone in a file, or -1. */
HELPER long number_in(const char *path)
{
	FILE *file = fopen(path, "r");
	long number = -1;

	if (file && fscanf(file, "%ld", &number) != 1)
		number = -1;
	if (file)
		fclose(file);
	return number;
}

/* How many other caches share one of these: whose objects they are could not be told. */
HELPER long slab_aliases(const char *name)
{
	struct dirent *entry;
	DIR *caches = opendir("/sys/kernel/slab");
	char path[512];
	long total = 0;

	if (!caches)
		stage_fails("/sys/kernel/slab");
	while ((entry = readdir(caches)))
		if (slab_begins(entry->d_name, name)) {
			snprintf(path, sizeof(path), "/sys/kernel/slab/%s/aliases", entry->d_name);
			total += number_in(path);
		}
	closedir(caches);
	return total;
}

/* What the kernel counts for a protocol: sockets, and pages that their octets take. */
HELPER bool protocol_uses(const char *protocol, long *sockets, long *pages)
{
	char line[512], name[64];
	bool found = false;
	FILE *list = fopen("/proc/net/protocols", "r");

	if (!list)
		stage_fails("/proc/net/protocols");
	while (!found && fgets(line, sizeof(line), list))
		found = sscanf(line, "%63s %*d %ld %ld", name, sockets, pages) == 3 &&
			!strcasecmp(name, protocol);
	fclose(list);
	return found;
}

/* Sockets hold the module: one that leaked a reference would hold it for ever. */
HELPER bool module_is_free(void)
{
	return number_in("/sys/module/clasp/refcnt") == 0;
}

/* No object, no socket, no page. */
HELPER bool nothing_of(const char *protocol)
{
	long sockets = -1, pages = -1;

	return protocol_uses(protocol, &sockets, &pages) && !sockets && !pages &&
	       !slab_objects(protocol, NULL);
}

/* The sum of a file's lines that look so. */
HELPER long sum_of(const char *path, const char *format)
{
	char line[256];
	long value, sum = 0;
	FILE *file = fopen(path, "r");

	if (!file)
		stage_fails("%s", path);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, format, &value) == 1)
			sum += value;
	fclose(file);
	return sum;
}

/*
 * In KiB, with all given back that is kept only because there was room for it. Free pages that a CPU has put
 * aside for itself the kernel does not count.
 */
HELPER long memory_available(void)
{
	file_write("/proc/sys/vm/drop_caches", "3");
	slabs_shrink("");
	return sum_of("/proc/meminfo", "MemAvailable: %ld") +
	       sum_of("/proc/zoneinfo", " count: %ld") * (sysconf(_SC_PAGESIZE) / 1024);
}

#endif
