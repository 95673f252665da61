// SPDX-License-Identifier: GPL-2.0
/*
 * Putting the gateway's program to a device's two hooks, and finding it there again. What it was told and what it has
 * counted is in maps that live as long as it does: nothing else remembers that there is a gateway.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/pkt_sched.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "gateway.h"
#include "grow.h"
#include "loading.h"
#include "qdisc.h"

/* Ours among the filters of a hook: the first that sees what arrives, the last that sees what leaves. */
#define HANDLE 253
#define ETHERNET_HEADER 14
#define MAPS 8

static const struct {
	const char *program;
	enum bpf_tc_attach_point point;
	u32 priority;
} ways[GATEWAY_WAYS] = {
	[GATEWAY_ARRIVING] = { "clasp_arriving", BPF_TC_INGRESS, 1 },
	[GATEWAY_LEAVING] = { "clasp_leaving", BPF_TC_EGRESS, 65535 },
};

static int find_device(const char *device)
{
	int index = if_nametoindex(device);

	if (!index)
		fprintf(stderr, "clasp: %s: no such device\n", device);
	return index;
}

static int device_ioctl(const char *device, unsigned long what, struct ifreq *request)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	snprintf(request->ifr_name, sizeof(request->ifr_name), "%s", device);
	err = ioctl(fd, what, request);
	close(fd);
	return err;
}

static int find_link(const char *device, struct gateway_choice *choice)
{
	struct ifreq request = { 0 };

	if (device_ioctl(device, SIOCGIFHWADDR, &request))
		return loading_fail(device, errno);
	switch (request.ifr_hwaddr.sa_family) {
	case ARPHRD_ETHER:
		choice->link = ETHERNET_HEADER;
		return 0;
	case ARPHRD_NONE:
	case ARPHRD_RAWIP:
	case ARPHRD_PPP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
		choice->link = 0;
		return 0;
	}
	fprintf(stderr, "clasp: %s: neither Ethernet nor a tunnel\n", device);
	return -1;
}

static bool forwards(const char *device, const char *family)
{
	char path[96];
	int on = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/forwarding", family, device);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%d", &on) != 1)
		on = 0;
	fclose(file);
	return on;
}

static int receive_offload(const char *device, u32 command, u32 on)
{
	struct ethtool_value value = { command, on };
	struct ifreq request = { .ifr_data = (char *)&value };

	return device_ioctl(device, SIOCETHTOOL, &request) ? -1 : (int)value.data;
}

/* Merged segments that only pass through would be cut by the next card, which knows TCP and no other. */
static void part_segments(const char *device, struct gateway_choice *choice)
{
	choice->gro = (forwards(device, "ipv4") || forwards(device, "ipv6")) &&
		      receive_offload(device, ETHTOOL_GGRO, 0) == 1 &&
		      receive_offload(device, ETHTOOL_SGRO, 0) >= 0;
}

static void join_segments(const char *device, const struct gateway_choice *choice)
{
	if (choice->gro)
		receive_offload(device, ETHTOOL_SGRO, 1);
}

/* Return: the loaded object, or NULL with errno. */
static struct bpf_object *load(const struct gateway_choice *choice)
{
	const struct loading loading = {
		"gateway", _binary_gateway_bpf_o_start, _binary_gateway_bpf_o_end,
	};
	struct bpf_object *object = loading_do(&loading);
	int err;

	if (!object || !loading_tell(object, "choices", choice, sizeof(*choice)))
		return object;
	err = errno;
	bpf_object__close(object);
	errno = err;
	return NULL;
}

static int attach(int device, int way, struct bpf_object *object)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = device, .attach_point = ways[way].point);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = HANDLE, .priority = ways[way].priority,
		    .prog_fd = bpf_program__fd(bpf_object__find_program_by_name(object, ways[way].program)));

	return bpf_tc_attach(&hook, &options);
}

static int detach(int device, int way)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = device, .attach_point = ways[way].point);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = HANDLE, .priority = ways[way].priority);

	return bpf_tc_detach(&hook, &options);
}

static int attach_all(int device, struct bpf_object *object)
{
	int way, err = 0;

	for (way = 0; way < GATEWAY_WAYS && !err; way++)
		err = attach(device, way, object);
	if (!err)
		return 0;
	for (way -= 2; way >= 0; way--)
		detach(device, way);
	return err;
}

/*
 * The discipline that has both hooks may be there for others; it stays for them, too. The older one, ingress, has one
 * hook alone, and would put there what is meant for the other.
 */
static int make_hooks(const char *device, int index)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = index, .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err = bpf_tc_hook_create(&hook);

	if (err == -EEXIST && qdisc_is(index, TC_H_INGRESS, "ingress")) {
		fprintf(stderr, "clasp: %s: its queueing discipline is ingress, which has no place for what leaves\n",
			device);
		fprintf(stderr, "clasp: \"tc qdisc del dev %s ingress\" makes room for clsact\n", device);
		return -1;
	}
	if (err == -ENOENT) {
		fprintf(stderr, "clasp: %s: the kernel lacks sch_ingress\n", device);
		return -1;
	}
	return err && err != -EEXIST ? loading_fail(device, -err) : 0;
}

/* The filters of one place are of one kind and one protocol: beside others ours are invalid. */
static int fail_attach(const char *device, int err)
{
	switch (err) {
	case EEXIST:
	case EINVAL:
		fprintf(stderr, "clasp: %s: there is a gateway already, or another filter in its place\n", device);
		return -1;
	case ENOENT:
		fprintf(stderr, "clasp: %s: the kernel lacks cls_bpf\n", device);
		return -1;
	default:
		return loading_fail(device, err);
	}
}

static int put(const char *device, int index, struct bpf_object *object)
{
	int err = make_hooks(device, index);

	if (err)
		return err;
	err = -attach_all(index, object);
	return err ? fail_attach(device, err) : 0;
}

/**
 * gateway_start - put a gateway to a device
 * @device: its name
 * @choice: protocol, ports; the rest is filled in
 *
 * Return: 0, or -1 after a message.
 */
int gateway_start(const char *device, struct gateway_choice *choice)
{
	int index = find_device(device), err;
	struct bpf_object *object;

	if (!index || find_link(device, choice))
		return -1;
	part_segments(device, choice);
	object = load(choice);
	err = object ? put(device, index, object) : loading_fail(device, errno);
	bpf_object__close(object);
	if (err)
		join_segments(device, choice);
	return err;
}

/* The program at a hook, if it is a gateway's. Return: a descriptor, or negative. */
static int find_program(int device, int way)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = device, .attach_point = ways[way].point);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = HANDLE, .priority = ways[way].priority);
	struct bpf_prog_info info = { 0 };
	u32 size = sizeof(info);
	int fd = bpf_tc_query(&hook, &options);

	if (fd)
		return fd;
	fd = bpf_prog_get_fd_by_id(options.prog_id);
	if (fd < 0)
		return -errno;
	if (!bpf_obj_get_info_by_fd(fd, &info, &size) && !strcmp(info.name, ways[way].program))
		return fd;
	close(fd);
	return -ENOENT;
}

static void add_counts(int fd, struct gateway_count counts[GATEWAY_WAYS])
{
	int cpus = libbpf_num_possible_cpus(), cpu;
	struct gateway_count *each = grow_checked(calloc(cpus, sizeof(*each)));
	u32 way;

	for (way = 0; way < GATEWAY_WAYS; way++) {
		if (bpf_map_lookup_elem(fd, &way, each))
			continue;
		for (cpu = 0; cpu < cpus; cpu++) {
			counts[way].segments += each[cpu].segments;
			counts[way].fragments += each[cpu].fragments;
			counts[way].errors += each[cpu].errors;
			counts[way].left += each[cpu].left;
			counts[way].dropped += each[cpu].dropped;
		}
	}
	free(each);
}

static void read_map(u32 id, struct gateway_choice *choice, struct gateway_count counts[GATEWAY_WAYS])
{
	struct bpf_map_info info = { 0 };
	u32 size = sizeof(info), first = 0;
	int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0)
		return;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		info.type = BPF_MAP_TYPE_UNSPEC;
	if (info.type == BPF_MAP_TYPE_PERCPU_ARRAY)
		add_counts(fd, counts);
	else if (info.type == BPF_MAP_TYPE_ARRAY && info.value_size == sizeof(*choice))
		bpf_map_lookup_elem(fd, &first, choice);
	close(fd);
}

/* What a program of a gateway's has been told, and what both have counted. */
static void read_maps(int program, struct gateway_choice *choice, struct gateway_count counts[GATEWAY_WAYS])
{
	struct bpf_prog_info info = { 0 };
	u32 maps[MAPS], size = sizeof(info), i;

	info.map_ids = (u64)(uintptr_t)maps;
	info.nr_map_ids = MAPS;
	if (bpf_obj_get_info_by_fd(program, &info, &size))
		return;
	for (i = 0; i < info.nr_map_ids && i < MAPS; i++)
		read_map(maps[i], choice, counts);
}

/**
 * gateway_ask - what is a device's gateway, and what has it done?
 * @device: its name
 * @choice: receives what it was told
 * @counts: receives what it has counted
 * @stands: receives for each way whether its program is there
 *
 * Somebody else may have taken one of the two away.
 *
 * Return: 0, 1 when there is none, or -1 after a message.
 */
int gateway_ask(const char *device, struct gateway_choice *choice, struct gateway_count counts[GATEWAY_WAYS],
		bool stands[GATEWAY_WAYS])
{
	int index = find_device(device), found = 1, way, fd;

	if (!index)
		return -1;
	libbpf_set_print(NULL);
	for (way = 0; way < GATEWAY_WAYS; way++) {
		fd = find_program(index, way);
		stands[way] = fd >= 0;
		if (fd == -EPERM)
			return loading_fail(device, EPERM);
		if (fd < 0)
			continue;
		memset(counts, 0, GATEWAY_WAYS * sizeof(*counts));
		read_maps(fd, choice, counts);
		close(fd);
		found = 0;
	}
	return found;
}

/**
 * gateway_stop - take a gateway away, or what is left of it
 * @device: its name
 *
 * Return: 0, or -1 after a message.
 */
int gateway_stop(const char *device)
{
	struct gateway_count counts[GATEWAY_WAYS];
	struct gateway_choice choice = { 0 };
	bool stands[GATEWAY_WAYS];
	int way, err, found = gateway_ask(device, &choice, counts, stands);

	if (found > 0)
		fprintf(stderr, "clasp: %s: there is no gateway\n", device);
	if (found)
		return -1;
	for (way = 0; way < GATEWAY_WAYS; way++) {
		err = stands[way] ? -detach(if_nametoindex(device), way) : 0;
		if (err)
			return loading_fail(device, err);
	}
	join_segments(device, &choice);
	return 0;
}
