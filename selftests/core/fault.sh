# SPDX-License-Identifier: GPL-2.0
#
# Sourced by whoever puts a fault of mutants.list into a copy of core/. A fault is three lines,
# "file: name", "- line", "+ line"; the line must stand in the file exactly once, or the list has rotted.

# Replace a line, white space around it not counted; false when it does not stand there exactly once.
#
#   fault_replace FILE LINE NEW_LINE    prints the file
fault_replace() {
	WAS=$2 IS=$3 awk '
		{ line = $0; sub(/^[ \t]+/, "", line) }
		line == ENVIRON["WAS"] { $0 = ENVIRON["IS"]; n++ }
		{ print }
		END { exit n != 1 }' "$1"
}

# Look a fault up; blanks in its name may be dashes. Sets fault_file, fault_was, fault_is.
#
#   fault_find LIST NAME
fault_find() {
	local title

	while read -r title; do
		case $title in '#'* | '') continue ;; esac
		read -r fault_was && read -r fault_is || break
		fault_file=${title%%: *} fault_was=${fault_was#- } fault_is=${fault_is#+}
		title=${title#*: }
		[ "${title// /-}" != "${2// /-}" ] || return 0
	done <"$1"
	echo "no fault \"$2\" in $1" >&2
	return 1
}

# Put the fault of a name into a copy.
#
#   fault_put LIST NAME COPY_OF_CORE
fault_put() {
	fault_find "$1" "$2" || return
	fault_replace "$3/$fault_file" "$fault_was" "$fault_is" >"$3/$fault_file.faulty" || return
	mv "$3/$fault_file.faulty" "$3/$fault_file"
}
