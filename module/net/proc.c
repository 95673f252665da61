// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/clasp and clasp6: every listener, connection, embryo and TIME_WAIT of an AF_INET socket, and of an
 * AF_INET6 one, in the columns of /proc/net/tcp and tcp6, so that
 * `PROC_NET_TCP=/proc/net/clasp PROC_NET_TCP6=/proc/net/clasp6 ss -tano` and netstat read them. A reader is given
 * what stood there at some time while it read: nothing is held from one read() to the next but a place in a table.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "memory.h"
#include "mini.h"
#include "net.h"
#include "proc.h"
#include "sock.h"

#define LINE_WIDTH 149
#define ADDRESSES "local_address rem_address  "
#define ADDRESSES6 "local_address                         remote_address                       "

/* Timer columns of /proc/net/tcp. */
#define TIMER_OFF 0
#define TIMER_RETRANSMIT 1
#define TIMER_KEEPALIVE 2
#define TIMER_TIME_WAIT 3
#define TIMER_PERSIST 4

/**
 * struct reader - an open file
 * @p: of seq_file, must be first; holds the namespace
 * @ipv6: the file is clasp6
 * @listeners: walking the listeners; then come the flows
 * @bucket: of the listeners
 * @passed: listeners of @bucket that were given
 * @iter: in the flow table, valid between start and stop
 * @table: the table that @slot and @skip belong to; once it is replaced, the walk starts over
 * @slot: of the table
 * @skip: flows of @slot that were given before the one at hand
 */
struct reader {
	struct seq_net_private p;
	bool ipv6;
	bool listeners;
	u32 bucket;
	u32 passed;
	struct rhashtable_iter iter;
	const struct bucket_table *table;
	u32 slot;
	u32 skip;
};

/**
 * struct row - what a line says beyond addresses, ports and state
 * @tx: octets sent or waiting, not acknowledged
 * @rx: octets, or for a listener connections, that wait for the program
 * @deadline: ns, 0 without a timer
 * @timer: TIMER_*
 * @retries: so far
 * @state: enum clasp_state
 */
struct row {
	u32 tx;
	u32 rx;
	u64 deadline;
	u8 timer;
	u8 retries;
	u8 state;
};

static unsigned long ticks(u64 ns)
{
	return div_u64(ns, NSEC_PER_SEC / USER_HZ);
}

static unsigned long ticks_until(u64 deadline)
{
	u64 now = ktime_get_ns();

	return deadline > now ? ticks(deadline - now) : 0;
}

/* A listener has no peer yet, nor an address of its family to say so. */
static void show_end(struct seq_file *seq, const struct in6_addr *addr, __be16 port)
{
	const struct reader *reader = seq->private;
	u32 i;

	for (i = reader->ipv6 ? 0 : 3; i < 4; i++)
		seq_printf(seq, "%08X", (__force u32)addr->s6_addr32[i]);
	seq_printf(seq, ":%04X ", ntohs(port));
}

static void show_common(struct seq_file *seq, const struct clasp_key *key, const struct row *row)
{
	seq_printf(seq, "%4lld: ", seq->index - 1);
	show_end(seq, &key->local, key->lport);
	show_end(seq, &key->remote, key->rport);
	seq_printf(seq, "%02X %08X:%08X %02X:%08lX %08X", row->state, row->tx, row->rx, row->timer,
		   row->timer ? ticks_until(row->deadline) : 0, row->retries);
}

/* An object without a socket has no owner, no inode and no congestion window. */
static void show_mini(struct seq_file *seq, const struct clasp_mini *mini, const struct row *row)
{
	show_common(seq, &mini->flow.key, row);
	seq_printf(seq, " %5u %8d %d %d %pK", 0, 0, 0, refcount_read(&mini->ref), mini);
}

static void show_embryo(struct seq_file *seq, const struct clasp_embryo_mini *mini)
{
	const struct clasp_embryo *embryo = &mini->embryo;
	struct row row = {
		.state = READ_ONCE(embryo->state),
		.timer = TIMER_RETRANSMIT,
		.deadline = READ_ONCE(embryo->deadline),
		.retries = READ_ONCE(embryo->retries),
	};

	show_mini(seq, &mini->mini, &row);
}

static void show_timewait(struct seq_file *seq, const struct clasp_tw_mini *mini)
{
	struct row row = {
		.state = READ_ONCE(mini->tw.state),
		.timer = TIMER_TIME_WAIT,
		.deadline = clasp_tw_deadline(&mini->tw, &mini->mini.cn->sysctl.config),
	};

	show_mini(seq, &mini->mini, &row);
}

/* Delayed ACKs do not show, as in TCP's list. */
static void find_timer(const struct clasp_tcb *tcb, struct row *row)
{
	static const struct {
		enum clasp_timer timer;
		u8 shown;
	} order[] = {
		{ CLASP_TIMER_RETRANSMIT, TIMER_RETRANSMIT },
		{ CLASP_TIMER_TAIL, TIMER_RETRANSMIT },
		{ CLASP_TIMER_REORDER, TIMER_RETRANSMIT },
		{ CLASP_TIMER_PERSIST, TIMER_PERSIST },
		{ CLASP_TIMER_FIN_WAIT_2, TIMER_KEEPALIVE },
		{ CLASP_TIMER_KEEPALIVE, TIMER_KEEPALIVE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(order) && !row->deadline; i++) {
		row->deadline = READ_ONCE(tcb->deadline[order[i].timer]);
		row->timer = row->deadline ? order[i].shown : TIMER_OFF;
	}
}

/* Without the socket's lock: the figures need not belong together. */
static void show_socket(struct seq_file *seq, struct clasp_sock *cs, struct row *row)
{
	const struct clasp_tcb *tcb = &cs->tcb;
	struct sock *sk = clasp_sock_sk(cs);
	bool listener = row->state == CLASP_LISTEN;
	u16 mss = READ_ONCE(tcb->peer_mss);

	show_common(seq, &cs->flow.key, row);
	seq_printf(seq, " %5u %8d %lu %d %pK %lu %lu %u %u %d",
		   from_kuid_munged(seq_user_ns(seq), sock_i_uid(sk)),
		   row->timer == TIMER_PERSIST ? row->retries : 0, sock_i_ino(sk),
		   refcount_read(&sk->sk_refcnt), sk, ticks(tcb->rto_us * 1000ull), 0ul, 0u,
		   listener ? 0 : tcb->cong.cwnd / (mss ?: CLASP_MSS_DEFAULT), -1);
}

static void show_connection(struct seq_file *seq, struct clasp_sock *cs)
{
	const struct clasp_tcb *tcb = &cs->tcb;
	struct row row = {
		.state = READ_ONCE(tcb->state),
		.tx = READ_ONCE(tcb->snd_end) - READ_ONCE(tcb->snd_una),
		.rx = READ_ONCE(cs->unread),
		.retries = READ_ONCE(tcb->retries),
	};

	find_timer(tcb, &row);
	show_socket(seq, cs, &row);
}

static void show_listener(struct seq_file *seq, struct clasp_sock *cs)
{
	struct row row = {
		.state = CLASP_LISTEN,
		.tx = READ_ONCE(clasp_sock_sk(cs)->sk_max_ack_backlog),
		.rx = READ_ONCE(clasp_sock_sk(cs)->sk_ack_backlog),
	};

	show_socket(seq, cs, &row);
}

static void show_flow(struct seq_file *seq, struct clasp_flow *flow)
{
	switch (flow->kind) {
	case CLASP_CONNECTION:
		show_connection(seq, clasp_flow_sock(flow));
		break;
	case CLASP_EMBRYO:
		show_embryo(seq, clasp_embryo_mini(clasp_mini(flow)));
		break;
	case CLASP_TW:
		show_timewait(seq, clasp_tw_mini(clasp_mini(flow)));
		break;
	}
}

static int show(struct seq_file *seq, void *found)
{
	const struct reader *reader = seq->private;

	seq_setwidth(seq, reader->ipv6 ? 0 : LINE_WIDTH);
	if (found == SEQ_START_TOKEN)
		seq_printf(seq, "  sl  %s st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
			   reader->ipv6 ? ADDRESSES6 : ADDRESSES);
	else if (reader->listeners)
		show_listener(seq, found);
	else
		show_flow(seq, found);
	seq_pad(seq, '\n');
	return 0;
}

/* The listener at the reader's place, or the first one after it. */
static struct clasp_sock *listener_here(struct reader *reader, const struct clasp_net *cn)
{
	struct clasp_listener *listener;
	u32 passed;

	for (; reader->bucket < CLASP_LISTEN_BUCKETS; reader->bucket++, reader->passed = 0) {
		passed = 0;
		hlist_for_each_entry_rcu(listener, &cn->listeners[reader->bucket].chain, node) {
			if (listener->sock->flow.ipv6 != reader->ipv6 || passed++ < reader->passed)
				continue;
			return listener->sock;
		}
	}
	return NULL;
}

/* Remembers where the flow stands that it gives, so that start() can give it again. */
static struct clasp_flow *flow_next(struct reader *reader)
{
	struct clasp_flow *flow;

	do {
		reader->table = reader->iter.walker.tbl;
		reader->slot = reader->iter.slot;
		reader->skip = reader->iter.skip;
		flow = rhashtable_walk_next(&reader->iter);
	} while (IS_ERR(flow) || (flow && flow->ipv6 != reader->ipv6));
	return flow;
}

static void *object_here(struct reader *reader, const struct clasp_net *cn)
{
	void *found = NULL;

	if (reader->listeners)
		found = listener_here(reader, cn);
	if (!found) {
		reader->listeners = false;
		found = flow_next(reader);
	}
	return found;
}

static void rewind(struct reader *reader)
{
	reader->listeners = true;
	reader->bucket = 0;
	reader->passed = 0;
	reader->table = NULL;
}

/*
 * The walker of the table cannot be kept while nobody reads: the namespace frees the table, not
 * us.
 */
static void *start(struct seq_file *seq, loff_t *pos) __acquires(RCU)
{
	struct clasp_net *cn = clasp_net(seq_file_net(seq));
	struct reader *reader = seq->private;

	reader->ipv6 = pde_data(file_inode(seq->file));
	if (!*pos)
		rewind(reader);
	rhashtable_walk_enter(&cn->flows, &reader->iter);
	rhashtable_walk_start(&reader->iter);
	if (reader->iter.walker.tbl == reader->table) {
		reader->iter.slot = reader->slot;
		reader->iter.skip = reader->skip;
	}
	return *pos ? object_here(reader, cn) : SEQ_START_TOKEN;
}

static void *next(struct seq_file *seq, void *found, loff_t *pos)
{
	struct reader *reader = seq->private;

	++*pos;
	if (found != SEQ_START_TOKEN && reader->listeners)
		reader->passed++;
	return object_here(reader, clasp_net(seq_file_net(seq)));
}

static void stop(struct seq_file *seq, void *found) __releases(RCU)
{
	struct reader *reader = seq->private;

	rhashtable_walk_stop(&reader->iter);
	rhashtable_walk_exit(&reader->iter);
}

static const struct seq_operations operations = {
	.start = start,
	.next = next,
	.stop = stop,
	.show = show,
};

static int in_use(struct net *net)
{
	return sock_prot_inuse_get(net, &clasp_prot) +
	       (clasp_ipv6_there() ? sock_prot_inuse_get(net, &clasp_prot6) : 0);
}

/* As the line that TCP has in /proc/net/sockstat, whose last two figures are those of all namespaces too. */
static int show_totals(struct seq_file *seq, void *unused)
{
	struct net *net = seq_file_single_net(seq);
	struct clasp_net *cn = clasp_net(net);

	seq_printf(seq, "CLASP: inuse %d orphan %d tw %d alloc %lld mem %ld\n",
		   in_use(net), atomic_read(&cn->orphans),
		   atomic_read(&cn->tw_count), clasp_memory_sockets(), clasp_memory_pages());
	return 0;
}

/* Its data say that it is the one of AF_INET6. */
static bool create_list6(struct clasp_net *cn)
{
	return !clasp_ipv6_there() || proc_create_net_data("clasp6", 0444, cn->net->proc_net, &operations,
							   sizeof(struct reader), cn);
}

static void remove_list6(struct clasp_net *cn)
{
	if (clasp_ipv6_there())
		remove_proc_entry("clasp6", cn->net->proc_net);
}

/**
 * clasp_proc_init - make a namespace's files
 * @cn: the namespace, with tables and counters
 *
 * Return: 0 or -ENOMEM.
 */
int clasp_proc_init(struct clasp_net *cn)
{
	struct proc_dir_entry *dir = cn->net->proc_net;

	if (!proc_create_net("clasp", 0444, dir, &operations, sizeof(struct reader)))
		return -ENOMEM;
	if (!create_list6(cn))
		goto remove_list;
	if (!proc_create_net_single("clasp_snmp", 0444, dir, clasp_mib_show, NULL))
		goto remove_list6;
	if (!proc_create_net_single("clasp_sockstat", 0444, dir, show_totals, NULL))
		goto remove_counters;
	return 0;

remove_counters:
	remove_proc_entry("clasp_snmp", dir);
remove_list6:
	remove_list6(cn);
remove_list:
	remove_proc_entry("clasp", dir);
	return -ENOMEM;
}

/**
 * clasp_proc_exit - remove a namespace's files; nobody reads them when this returns
 * @cn: the namespace
 */
void clasp_proc_exit(struct clasp_net *cn)
{
	remove_proc_entry("clasp_sockstat", cn->net->proc_net);
	remove_proc_entry("clasp_snmp", cn->net->proc_net);
	remove_list6(cn);
	remove_proc_entry("clasp", cn->net->proc_net);
}
