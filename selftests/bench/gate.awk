# SPDX-License-Identifier: GPL-2.0
# awk -f json.awk -f gate.awk BASELINE BENCH: KTAP. A row of the baseline may be worse by one per cent, measured as
# share of TCP's in the same run; what is read on a path with losses, or over veth, is not gated, nor is another
# kernel or compiler than the baseline's: instructions of theirs are in the figures too. What happens less often than
# every tenth time is chance, as the scheduler's tick is among timers.

function key() { return field("kernel", $0) " " field("compiler", $0) }
function row() { return field("name", $0) ", " field("over", $0) " in " field("unit", $0) }
function gated() { return field("ratio", $0) != "" && field("over", $0) !~ /^(IPv6 )?(veth|path)/ }

/"name":/ && FILENAME == ARGV[1] {
	known[key()] = 1
	if (gated()) {
		wanted[key(), row()] = 1
		baseline[key(), row()] = field("ratio", $0)
	}
}

/"name":/ && FILENAME != ARGV[1] {
	seen[key()] = 1
	if (!gated())
		next
	if (!(key() in known)) {
		if (!said[key()]++)
			print "# not gated: the baseline has no Linux " field("kernel", $0) " with " field("compiler", $0)
		next
	}
	if (!((key(), row()) in wanted)) {
		print "# not gated, new: " row() " on " field("kernel", $0)
		next
	}
	was = baseline[key(), row()]
	is = field("ratio", $0)
	delete wanted[key(), row()]
	verdict(is <= was * 1.01 || field("clasp", $0) < 0.1, sprintf("%s on %s: %.4f of TCP's, the baseline's %.4f", row(),
		field("kernel", $0), is, was))
}

function verdict(good, what)
{
	printf "%sok %d - %s\n", good ? "" : "not ", ++count, what
	if (!good)
		failed++
}

END {
	for (left in wanted) {
		split(left, part, SUBSEP)
		if (part[1] in seen)
			verdict(0, part[2] " on " part[1] ": not measured")
	}
	print "1.." count + 0
	exit failed > 0
}
