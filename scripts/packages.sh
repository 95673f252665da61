# SPDX-License-Identifier: GPL-2.0
# Which Debian packages Clasp uses, by name. Sourced, not run.

# Installed on this machine: to build the module, to build images, to run them.
tools_demo="gcc gcc-12 libc6-dev make binutils libelf1
	cpio kmod lz4 xz-utils zstd
	qemu-system-x86"

# `make check` and `make check-apps` need these as well. `make demo` stays a small download: without them the command has
# no gateway and no `run --bpf`, and passes over the labs in which a host has TCP.
tools_bpf="clang libbpf-dev"

# Only `make check` and `make docs` need these as well.
tools_check="$tools_demo $tools_bpf perl graphviz python3-sphinx po4a
	gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user"

# Only `make check-debug` needs these as well: they build a kernel.
tools_debug="$tools_demo bc bison flex libelf-dev"

# Never installed: unpacked into the cache, copied from there into the guest. The libraries stand here by
# hand because a package's own dependencies would bring in half a distribution.
guest="busybox-static dash bash coreutils util-linux
	iproute2 net-tools nftables python3.11-minimal libpython3.11-minimal
	libc6 libtinfo6 libselinux1 libpcre2-8-0 libcap2 libcap-ng0
	libbpf1 libelf1 libmnl0 libbsd0 libmd0 libxtables12 zlib1g
	libtirpc3 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libcom-err2 libkeyutils1 libssl3
	libnftables1 libnftnl11 libgmp10 libjansson4 libedit2 libexpat1"

# Programs that were written for TCP, unpacked as the guest's: selftests/apps runs them over Clasp. What they share with
# the guest's own programs does not stand here again.
apps="nginx curl redis-server redis-tools openssh-server openssh-client iperf3 socat openssl libpython3.11-stdlib
	libcurl4 libbrotli1 libidn2-0 libunistring2 libnghttp2-14 libpsl5 librtmp1 libssh2-1 libzstd1
	libldap-2.5-0 libsasl2-2 libgnutls30 libp11-kit0 libffi8 libtasn1-6 libnettle8 libhogweed6
	libcrypt1 libatomic1 libjemalloc2 liblzf1 libiperf0 libsctp1 libpam0g libaudit1 libwrap0 libnsl2
	libsystemd0 liblzma5 liblz4-1 libgcrypt20 libgpg-error0"

# Those that only `make check-apps` has the guest run besides. nodejs is often there from elsewhere: the distribution's
# is meant.
apps_more="postgresql-15 postgresql-client-15 libpq5 libicu72 libxml2 libreadline8
	rsync libacl1 libpopt0 libxxhash0 memcached libevent-2.1-7
	haproxy liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 libstdc++6 libgcc-s1
	nodejs/bookworm libnode108 libuv1 libc-ares2 node-undici node-acorn node-cjs-module-lexer
	hey"

# The kernel's source: checkpatch and kselftest come out of it, and the debug kernel is built from it.
source_package=linux-source-6.12

# Looks at the module's source. Unpacked too: installed it would bring a compiler along that it does not need.
sparse_package=sparse

# The packages that make up the newest kernel of a line (6.1, 6.12, 6.12-rt), the image first. Debian names 6.12 by
# a meta package; for 6.1 there is none beside the distribution's own, so the newest name is looked up.
kernel_packages() {
	local image headers

	case $1 in
	6.12) set -- 6.12-cloud ;;
	esac
	case $1 in
	6.12-*)
		image=$(depends_of "linux-image-$1-amd64" | grep '^linux-image-' | head -n 1) || return 1 ;;
	*)
		image=$(apt-cache pkgnames "linux-image-$1.0-" | grep -- '-cloud-amd64$' | sort -V | tail -n 1) ;;
	esac
	[ -n "$image" ] || return 1
	headers=linux-headers-${image#linux-image-}
	echo "$image" "$headers" \
		$(depends_of "$headers" | grep -E '^linux-(headers-.*-common|kbuild-)')
}

depends_of() {
	apt-cache depends --important "$1" 2>/dev/null | sed -n 's/^[ |]*\(Pre\)\{0,1\}Depends: //p'
}
