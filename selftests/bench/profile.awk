# SPDX-License-Identifier: GPL-2.0
# awk -f json.awk -f profile.awk FIGURES SORTED: where the instructions of an operation go, TCP's and Clasp's side
# by side, the largest difference first, and how often a function was called. SORTED has the kernel's symbols,
# ADDRESS 0 NAME [MODULE], and what the plugin counted, ADDRESS 1 REGION INSTRUCTIONS TIMES, in the order of
# addresses. The n-th region is that of the n-th figure that tells for how many operations it stands.

/"times":/ && FILENAME == ARGV[1] {
	region++
	operation[region] = field("name", $0)
	of[region] = field("of", $0)
	times[region] = field("times", $0)
	next
}

FILENAME == ARGV[1] { next }

$2 == 0 {
	symbol = $4 == "" ? $3 : $3 " " $4
	entry = $1
	next
}

{
	place = $1 ~ /^0/ ? "(the program)" : symbol
	name = operation[$3]
	cost[name, of[$3], place] += $4 / times[$3]
	if ($1 == entry)
		calls[name, of[$3], place] += $5 / times[$3]
	total[name, of[$3]] += $4 / times[$3]
	group[name, of[$3], kind(place)] += $4 / times[$3]
	if (!((name, place) in met)) {
		met[name, place] = 1
		places[name] = places[name] SUBSEP place
	}
}

# Whose code it is, as far as the name tells; the first that fits.
BEGIN {
	kind_is("TCP", "^_*(tcp|inet_csk|inet_twsk|inet_e?hash|inet_bhash|inet_bind|cubictcp|bictcp|inet_lookup|reqsk|secure_tcp)")
	kind_is("timers and clocks", "^_*(hrtimer|timer|mod_timer|add_timer|del_timer|ktime|tick|clock|read_tsc|enqueue_" \
		"|calc_wheel|lock_timer|run_timer|call_timer|rb_)")
	kind_is("memory and sk_buffs", "skb|kmem_cache|kmalloc|kfree|slab|page|memcg|put_cpu_partial")
	kind_is("copies and sums", "^_*(copy_|rep_|mem|csum|clear_|ip_compute_csum|check_object_size|virt_addr_valid)")
	kind_is("files and names", "file|fput|fget|dentry|inode|^_*d_|alloc_fd|filp|path|mnt|mount|vfs|fs|^(new_sync|rw_verify)")
	kind_is("IP and devices", "^_*(ip_|ipv4|ip4|dst_|netif|dev_|loopback|process_backlog|napi|net_rx|eth_|fib_|nf_|rt_|neigh)")
	kind_is("locks, RCU, softirq", "spin|rcu|mutex|refcount|preempt|local_bh|irq|atomic")
	kind_is("sockets", "sock|^_*sk_|^_*inet|security|apparmor|^aa_|^_*sys_")
	kind_is("scheduler", "sched|wake|^(try_to|pick_next|put_prev|set_next)|update_|cfs|task|^select_|fair|runqueue")
	kind_is("system call entry", "entry|syscall|x64_sys|swapgs|^(do_syscall|restore_regs|error_return)")
}

function kind_is(name, names)
{
	kind_name[++kinds] = name
	kind_names[kinds] = names
}

function kind(place,    i)
{
	if (place ~ /[[(]/)
		return place ~ /\[/ ? "the module " substr(place, index(place, "[")) : place
	for (i = 1; i <= kinds; i++)
		if (place ~ kind_names[i])
			return kind_name[i]
	return "the rest"
}

function line(name, of_tcp, of_clasp)
{
	return sprintf("  %-50s %10.1f %10.1f %+10.1f", name, of_tcp, of_clasp, of_clasp - of_tcp)
}

function groups(name,    key, part, shown, command)
{
	command = "sort -k 1.52,1.64nr"
	for (key in group) {
		split(key, part, SUBSEP)
		if (part[1] == name && !(part[3] in shown)) {
			shown[part[3]] = 1
			print line(part[3], group[name, "tcp", part[3]], group[name, "clasp", part[3]]) | command
		}
	}
	close(command)
}

function functions(name,    i, n, p, a, b, command)
{
	command = "sort -t '\t' -k 1,1nr | cut -f 2"
	n = split(places[name], p, SUBSEP)
	for (i = 2; i <= n; i++) {
		a = cost[name, "tcp", p[i]]
		b = cost[name, "clasp", p[i]]
		if (a >= 1 || b >= 1)
			printf "%.2f\t%s %8.2f %8.2f\n", (a > b ? a - b : b - a), line(p[i], a, b),
				calls[name, "tcp", p[i]], calls[name, "clasp", p[i]] | command
	}
	close(command)
}

END {
	for (i = 1; i <= region; i++) {
		name = operation[i]
		if (done[name]++)
			continue
		printf "\n%-52s %10s %10s %10s\n", name, "tcp", "clasp", "more"
		print line("all", total[name, "tcp"], total[name, "clasp"])
		fflush()
		groups(name)
		printf "%-84s %8s %8s\n", "by function:", "calls", "calls"
		fflush()
		functions(name)
	}
}
