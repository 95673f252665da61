# SPDX-License-Identifier: GPL-2.0
# What the paths of a document of collect.awk have in common. Given to awk before what shows it.

function goodput_add(of, ratio)
{
	goodput_sum[of] += ratio
	if (!goodput_points[of]++ || ratio < goodput_least[of])
		goodput_least[of] = ratio
}

/"Mbit\/s"/ && field("ratio", $0) != "" {
	kind_of_path = field("over", $0) ", Linux " field("kernel", $0)
	if (!(kind_of_path in goodput_points))
		kinds_of_path[++goodput_kinds] = kind_of_path
	goodput_add(kind_of_path, field("ratio", $0) + 0)
	goodput_add("all paths", field("ratio", $0) + 0)
}

function goodput_line(of)
{
	printf "- %s: %.2f of TCP's Mbit/s in the mean of %d points, %.2f where it is least\n", of,
		goodput_sum[of] / goodput_points[of], goodput_points[of], goodput_least[of]
}

# Clasp's share of TCP's goodput, a line for each kind of path and one for all; for END.
function goodput_show(    i)
{
	if (!goodput_kinds)
		return
	for (i = 1; i <= goodput_kinds; i++)
		goodput_line(kinds_of_path[i])
	goodput_line("all paths")
}
