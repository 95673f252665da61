// SPDX-License-Identifier: GPL-2.0
/*
 * opens WORD...: opens a socket of each kind, by itself or in a child process, and says which protocol it has
 * got, or why it has none.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct kind {
	const char *word;
	int domain;
	int type;
	int protocol;
} kinds[] = {
	{ "any", AF_INET, SOCK_STREAM, 0 },
	{ "tcp", AF_INET, SOCK_STREAM, IPPROTO_TCP },
	{ "flags", AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0 },
	{ "any6", AF_INET6, SOCK_STREAM, 0 },
	{ "multipath", AF_INET, SOCK_STREAM, IPPROTO_MPTCP },
	{ "unknown", AF_INET, SOCK_STREAM, 255 },
	{ "udp", AF_INET, SOCK_DGRAM, 0 },
	{ "unix", AF_UNIX, SOCK_STREAM, 0 },
};

static void tell(const struct kind *kind)
{
	int protocol = -1, fd = socket(kind->domain, kind->type, kind->protocol);
	socklen_t len = sizeof(protocol);

	if (fd < 0) {
		printf("%s: %s\n", kind->word, strerrorname_np(errno));
		return;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)))
		perror(kind->word);
	getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len);
	printf("%s: %d%s%s\n", kind->word, protocol, fcntl(fd, F_GETFL) & O_NONBLOCK ? " nonblock" : "",
	       fcntl(fd, F_GETFD) & FD_CLOEXEC ? " cloexec" : "");
	close(fd);
}

/* Both go on, the child first. */
static void be_two(void)
{
	fflush(stdout);
	if (fork())
		wait(NULL);
}

int main(int argc, char **argv)
{
	size_t i;
	int word;

	for (word = 1; word < argc; word++) {
		if (!strcmp(argv[word], "fork"))
			be_two();
		for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
			if (!strcmp(argv[word], kinds[i].word))
				tell(&kinds[i]);
	}
	return 0;
}
