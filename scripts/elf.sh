# SPDX-License-Identifier: GPL-2.0
# The shared libraries a set of programs needs, found without running them. Sourced, not run.

elf_needed() { readelf -d "$@" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u; }

# A library by its name: out of the unpacked guest packages, else (for what was built here) this machine's.
elf_find() {
	local dir

	for dir in "$1"/{,usr/}lib/x86_64-linux-gnu {,/usr}/lib/x86_64-linux-gnu; do
		if [ -e "$dir/$2" ]; then
			echo "$dir/$2"
			return
		fi
	done
	die "no library $2 for the guest"
}

# Puts every library that the given programs and their libraries name into TREE/lib, and the loader.
elf_add_libraries() {
	local tree=$1 guest=$2 files name path fresh

	shift 2
	files="$*"
	while [ -n "$files" ]; do
		fresh=
		for name in $(elf_needed $files); do
			[ ! -e "$tree/lib/$name" ] || continue
			path=$(elf_find "$guest" "$name")
			mkdir -p "$tree/lib"
			install -m 755 "$path" "$tree/lib/$name"
			fresh="$fresh $tree/lib/$name"
		done
		files=$fresh
	done
	if [ -e "$tree/lib/libc.so.6" ] && [ ! -e "$tree/lib64/ld-linux-x86-64.so.2" ]; then
		mkdir -p "$tree/lib64"
		install -m 755 "$(elf_find "$guest" ld-linux-x86-64.so.2)" "$tree/lib64/"
	fi
}
