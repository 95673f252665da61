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

# Put the fault of a name into a copy; blanks in the name may be dashes.
#
#   fault_put LIST NAME COPY_OF_CORE
fault_put() {
	local title was is file

	while read -r title; do
		case $title in '#'* | '') continue ;; esac
		read -r was && read -r is || break
		file=${title%%: *}
		title=${title#*: }
		[ "${title// /-}" = "${2// /-}" ] || continue
		fault_replace "$3/$file" "${was#- }" "${is#+}" >"$3/$file.faulty" || return 1
		mv "$3/$file.faulty" "$3/$file"
		return
	done <"$1"
	echo "no fault \"$2\" in $1" >&2
	return 1
}
