# SPDX-License-Identifier: GPL-2.0
# awk -f json.awk -f goodput.awk -f table.awk BENCH: the document of collect.awk for a terminal, with each transport's
# share of TCP's.

function heading(what)
{
	if (what == last)
		return
	last = what
	printf "\n%s\n%-46s %11s", what, "", "tcp"
	for (i = 1; i <= others; i++)
		printf " %18s", other[i]
	print ""
}

function share(value, tcp) { return is_number(value) && tcp > 0 ? sprintf("%.3f", value / tcp) : "" }

function figure(value,    number)
{
	if (!is_number(value))
		return value == "" ? "" : "-"
	number = value + 0
	return sprintf(number == int(number) || number >= 1000 ? "%.0f" : "%.2f", number)
}

BEGIN { others = split("clasp mptcp sctp dccp unix", other, " ") }

/"name":/ {
	heading("Linux " field("kernel", $0) ", " field("compiler", $0))
	tcp = field("tcp", $0)
	printf "%-46s %11s", field("name", $0) ", " field("over", $0) ", " field("unit", $0), figure(tcp)
	for (i = 1; i <= others; i++) {
		value = field(other[i], $0)
		printf " %11s %6s", figure(value), share(value, tcp)
		if (value != "" && !is_number(value))
			reason[other[i] ": " value] = 1
	}
	print ""
}

END {
	print ""
	goodput_show()
	for (why in reason)
		print "- " why
}
