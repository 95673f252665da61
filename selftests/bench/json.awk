# SPDX-License-Identifier: GPL-2.0
# How the other scripts here read a line of JSON, an object without objects in it. Given to awk before them.

# The value of a key, without its quotes; "" where the line has no such key.
function field(key, line,    at)
{
	at = match(line, "\"" key "\": *")
	if (!at)
		return ""
	line = substr(line, at + RLENGTH)
	if (line ~ /^"/)
		return substr(line, 2, index(substr(line, 2), "\"") - 1)
	match(line, /^[^,}\]]*/)
	return substr(line, 1, RLENGTH)
}

function is_number(value) { return value ~ /^-?[0-9]/ }
