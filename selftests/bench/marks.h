/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is measured, for who counts instructions from outside the guest (profile.c): a region for each figure that
 * tells how many operations it stands for, in pieces from a beginning to an end. A mark is a no-operation with a
 * number that no other has. On any CPU it does nothing.
 */
#ifndef CLASP_BENCH_MARKS_H
#define CLASP_BENCH_MARKS_H

#define MARK_IS_NEXT 0x436c4230
#define MARK_BEGINS 0x436c4231
#define MARK_ENDS 0x436c4232

/* nopl NUMBER(%rax): three octets, then the number. */
#define MARK_OCTETS 7

#define MARK(number) asm volatile(".byte 0x0f, 0x1f, 0x80; .long %c0" : : "i"(number) : "memory")
#define MARK_NEXT() MARK(MARK_IS_NEXT)
#define MARK_BEGIN() MARK(MARK_BEGINS)
#define MARK_END() MARK(MARK_ENDS)

#endif
