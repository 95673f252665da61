// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the guest's kernel that it has all the entropy it needs: the seed. Without this, the first program
 * that asks for random bytes waits for a second until the kernel has gathered timer jitter, which, where
 * the clock counts instructions, is no more random than the seed is.
 */
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <sys/ioctl.h>

int main(int argc, char **argv)
{
	struct {
		struct rand_pool_info info;
		char bytes[32];
	} pool = { { .entropy_count = 8 * sizeof(pool.bytes), .buf_size = sizeof(pool.bytes) } };
	int fd = open("/dev/urandom", O_WRONLY);

	snprintf(pool.bytes, sizeof(pool.bytes), "%s", argc > 1 ? argv[1] : "");
	return fd < 0 || ioctl(fd, RNDADDENTROPY, &pool) < 0;
}
