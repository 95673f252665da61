# SPDX-License-Identifier: GPL-2.0
# What a run cost: downloads, disk, time. Sourced, not run.

budget_start() {
	mkdir -p "$build"
	budget_since=$(date +%s)
	: >"$build/downloaded"
}

# budget_end MB MINUTES: what was allowed.
budget_end() {
	local bytes disk

	bytes=$(awk '{ n += $1 } END { print n + 0 }' "$build/downloaded")
	disk=$(du -scm "$build" "$cache" | tail -n 1 | cut -f 1)
	say "Budget: $(megabytes "$bytes") MB downloaded (of $1), $disk MB of disk," \
		"$(($(date +%s) - budget_since)) s (of $(($2 * 60)))"
}
