# SPDX-License-Identifier: GPL-2.0
# What every script here shares: where things are, how they speak and how they stop. Sourced, not run.
# Scripts read what other programs print, so they have no language of their own; $CLASP_LANGUAGE is the user's.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${CLASP_BUILD:-$root/build}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/clasp
kernels="6.1 6.12"
jobs=-j$(nproc)
export CLASP_LANGUAGE=${CLASP_LANGUAGE-${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}}
export LC_ALL=C LANG=C PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# The cache's folder for one kernel line, as `scripts/deps` chose it for this clone.
kernel_dir() {
	local dir=$build/deps/kernel-$1

	[ -d "$dir/" ] || die "no kernel $1 yet: \`make demo\` brings 6.12, \`make check\` 6.1, \`make check-rt\` 6.12-rt," \
		"\`make check-debug\` debug"
	readlink -f "$dir"
}

# What to build modules for it against.
kernel_headers() {
	local dir

	dir=$(kernel_dir "$1") || return
	say "$dir/usr/src/linux-headers-$(kernel_release "$dir")"
}

# The release of an unpacked kernel, as uname -r says it.
kernel_release() { basename "$1"/lib/modules/*; }

# Bytes as whole megabytes, rounded up.
megabytes() { echo $((($1 + 999999) / 1000000)); }
