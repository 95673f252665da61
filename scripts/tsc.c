// SPDX-License-Identifier: GPL-2.0
/*
 * Says how fast this machine's time stamp counter is, in kHz. An emulated CPU that does not count instructions
 * shows the guest the same counter; a guest that measures it by interrupts, on a busy machine, may find a fifth.
 */
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static unsigned long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

int main(void)
{
	unsigned long long ns = now_ns(), ticks = __rdtsc();

	nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
	ns = now_ns() - ns;
	ticks = __rdtsc() - ticks;
	printf("%llu\n", ticks * 1000000 / ns);
	return 0;
}
