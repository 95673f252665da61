#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The examples as a reader would run them, by an unprivileged user: each client talks to each server.

here=$(dirname "$0")
sources=/selftests/examples
line="any user may open such sockets"
port=7000
test=0

as_student() { setpriv --reuid student --regid student --clear-groups "$@"; }

# result STATUS NAME
result() {
	test=$((test + 1))
	[ "$1" = 0 ] && echo "ok $test $2" || echo "not ok $test $2"
}

try() {
	port=$((port + 1))
	as_student $1 $port &
	server=$!
	# The server is ready as soon as the list shows its port.
	until grep -q ":$(printf %04X $port) 00000000:0000 0A" /proc/net/clasp; do
		kill -0 $server || break
		sleep 0.1
	done
	said=$(as_student $2 127.0.0.1 $port "$line")
	[ "$said" = "$line" ]
	result $? "${2##*/} talks to ${1##*/}"
	kill $server
}

echo "TAP version 13"
echo "1..6"
as_student sh -c '[ "$(id -u)" != 0 ]'
result $? "student is nobody special"
for server in "$here/example_server" "python3 $sources/server.py"; do
	for client in "$here/example_client" "python3 $sources/client.py"; do
		try "$server" "$client"
	done
done
wc -l $sources/* | awk '$2 != "total" && $1 > 30 { print "# " $0; long = 1 } END { exit long }'
result $? "no example is longer than 30 lines"
