# SPDX-License-Identifier: GPL-2.0
# The shared libraries a set of programs needs, found without running them. Sourced, not run.

elf_needed() { readelf -d "$@" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u; }

# Folders of unpacked packages, in which libraries are looked for.
elf_places=()

# A library by its name: out of the unpacked packages, else (for what was built here) this machine's.
elf_find() {
	local place dir

	for place in "${elf_places[@]}" ""; do
		for dir in "$place"/{,usr/}lib/x86_64-linux-gnu; do
			if [ -e "$dir/$1" ]; then
				echo "$dir/$1"
				return
			fi
		done
	done
	die "no library $1 for the guest"
}

# Puts every library that the given programs and their libraries name into TREE/lib, and the loader.
elf_add_libraries() {
	local tree=$1 files name path fresh

	shift
	files="$*"
	while [ -n "$files" ]; do
		fresh=
		for name in $(elf_needed $files); do
			[ ! -e "$tree/lib/$name" ] || continue
			path=$(elf_find "$name")
			mkdir -p "$tree/lib"
			install -m 755 "$path" "$tree/lib/$name"
			fresh="$fresh $tree/lib/$name"
		done
		files=$fresh
	done
	if [ -e "$tree/lib/libc.so.6" ] && [ ! -e "$tree/lib64/ld-linux-x86-64.so.2" ]; then
		mkdir -p "$tree/lib64"
		install -m 755 "$(elf_find ld-linux-x86-64.so.2)" "$tree/lib64/"
	fi
}
