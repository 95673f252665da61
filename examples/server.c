// SPDX-License-Identifier: GPL-2.0
/* Answers each client in turn with what it says: ./server 7777 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define IPPROTO_CLASP 253		/* the only difference from TCP */

int main(int argc, char **argv)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, IPPROTO_CLASP), one = 1, fd;
	char text[4096];
	ssize_t n;

	here.sin_port = htons(atoi(argv[argc - 1]));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&here, sizeof(here)) || listen(listener, 8)) {
		perror("server");
		return 1;
	}
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		while ((n = read(fd, text, sizeof(text))) > 0 && write(fd, text, n) == n)
			;
		close(fd);
	}
}
