/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a measured region begins and ends, for who counts instructions from outside the guest (profile.c): a
 * no-operation with a number that no other has. On any CPU it does nothing.
 */
#ifndef CLASP_BENCH_MARKS_H
#define CLASP_BENCH_MARKS_H

#define MARK_BEGINS 0x436c4231
#define MARK_ENDS 0x436c4232

/* nopl NUMBER(%rax): three octets, then the number. */
#define MARK_OCTETS 7

#define MARK(number) asm volatile(".byte 0x0f, 0x1f, 0x80; .long %c0" : : "i"(number) : "memory")
#define MARK_BEGIN() MARK(MARK_BEGINS)
#define MARK_END() MARK(MARK_ENDS)

#endif
