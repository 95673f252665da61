// SPDX-License-Identifier: GPL-2.0
/* Says one line to a server and shows the answer: ./client 10.0.0.2 7777 hello */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define IPPROTO_CLASP 253		/* the only difference from TCP */

int main(int argc, char **argv)
{
	struct sockaddr_in there = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_CLASP);
	char text[4096];
	ssize_t n;

	if (argc != 4 || !inet_aton(argv[1], &there.sin_addr))
		return 2;
	there.sin_port = htons(atoi(argv[2]));
	if (connect(fd, (struct sockaddr *)&there, sizeof(there))) {
		perror("client");
		return 1;
	}
	dprintf(fd, "%s", argv[3]);
	shutdown(fd, SHUT_WR);
	while ((n = read(fd, text, sizeof(text))) > 0)
		fwrite(text, 1, n, stdout);
	puts("");
}
