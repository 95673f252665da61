// SPDX-License-Identifier: GPL-2.0
/*
 * nfnetlink_queue, spoken by hand over a netlink socket, so that the command stays one static file.
 * To the sender a packet that waits here has left: its call, and its output hook, saw success.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "queue.h"

/* A message with one attribute, which is all that is ever sent. */
struct message {
	struct nlmsghdr header;
	struct nfgenmsg family;
	struct nlattr attribute;
	char value[16];
};

static int complain(const char *what)
{
	fprintf(stderr, "clasp: packet queue: %s: %s\n", what, strerror(errno));
	return -1;
}

static int send_message(int fd, u32 number, u16 type, u16 attribute, const void *value, size_t len)
{
	struct message message = {
		.header.nlmsg_len = sizeof(message) - sizeof(message.value) + NLMSG_ALIGN(len),
		.header.nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | type,
		.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		.family.version = NFNETLINK_V0,
		.family.res_id = htons(number),
		.attribute.nla_len = sizeof(message.attribute) + len,
		.attribute.nla_type = attribute,
	};

	memcpy(message.value, value, len);
	if (send(fd, &message, message.header.nlmsg_len, 0) < 0)
		return complain("send");
	return 0;
}

/* The next answer of the kernel: an ACK, or a packet, whose id is stored. */
static int read_answer(int fd, u16 *type, u32 *id)
{
	char text[4096] __attribute__((aligned(8)));
	struct nlmsghdr *header = (struct nlmsghdr *)text;
	struct nfqnl_msg_packet_hdr packet;
	struct nlmsgerr error;

	if (recv(fd, text, sizeof(text), 0) < (ssize_t)NLMSG_LENGTH(sizeof(struct nfgenmsg)))
		return complain("receive");
	*type = header->nlmsg_type;
	if (*type == NLMSG_ERROR) {
		memcpy(&error, NLMSG_DATA(header), sizeof(error));
		errno = -error.error;
		return errno ? complain("refused") : 0;
	}
	memcpy(&packet, text + NLMSG_LENGTH(sizeof(struct nfgenmsg)) + NLA_HDRLEN, sizeof(packet));
	*id = ntohl(packet.packet_id);
	return 0;
}

static int ask(int fd, u32 number, u16 type, u16 attribute, const void *value, size_t len)
{
	u32 id;

	return send_message(fd, number, type, attribute, value, len) || read_answer(fd, &type, &id);
}

/**
 * queue_open - take a queue
 * @number: of the queue, in the namespace of this process; no other program may have it
 *
 * Return: a file descriptor, which is readable when a packet waits; or -1 after a message.
 */
int queue_open(u32 number)
{
	const struct nfqnl_msg_config_cmd bind_it = { .command = NFQNL_CFG_CMD_BIND };
	const struct nfqnl_msg_config_params headers = { .copy_mode = NFQNL_COPY_META };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0)
		return complain("socket");
	if (!ask(fd, number, NFQNL_MSG_CONFIG, NFQA_CFG_CMD, &bind_it, sizeof(bind_it)) &&
	    !ask(fd, number, NFQNL_MSG_CONFIG, NFQA_CFG_PARAMS, &headers, sizeof(headers)))
		return fd;
	close(fd);
	return -1;
}

/**
 * queue_read - learn of a packet that waits
 * @fd: of the queue; sleeps until it is readable
 * @id: receives its name for queue_pass()
 *
 * Return: 0, or -1 after a message.
 */
int queue_read(int fd, u32 *id)
{
	u16 type;

	return read_answer(fd, &type, id);
}

/**
 * queue_pass - let a packet go on
 * @fd: of the queue
 * @number: of the queue
 * @id: of the packet
 *
 * Return: 0 once it has gone on, or -1 after a message.
 */
int queue_pass(int fd, u32 number, u32 id)
{
	const struct nfqnl_msg_verdict_hdr verdict = { htonl(NF_ACCEPT), htonl(id) };

	return ask(fd, number, NFQNL_MSG_VERDICT, NFQA_VERDICT_HDR, &verdict, sizeof(verdict));
}
