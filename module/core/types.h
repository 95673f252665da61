/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only door between core/ and whoever compiles it: fixed-width integers, bool, the size of an
 * array, an attribute and two memory functions. In the kernel they are the kernel's own; natively they are spelled
 * with the compiler's type macros, so that core/ builds with -ffreestanding and without a C library's
 * headers.
 */
#ifndef CLASP_CORE_TYPES_H
#define CLASP_CORE_TYPES_H

#ifdef __KERNEL__

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/types.h>

static inline u64 clasp_div64(u64 dividend, u32 divisor)
{
	return div_u64(dividend, divisor);
}

#else

typedef __UINT8_TYPE__ u8;
typedef __UINT16_TYPE__ u16;
typedef __UINT32_TYPE__ u32;
typedef __UINT64_TYPE__ u64;
typedef __INT16_TYPE__ s16;
typedef __INT32_TYPE__ s32;
typedef __INT64_TYPE__ s64;
#define bool _Bool
#define true 1
#define false 0
#ifndef NULL
#define NULL ((void *)0)
#endif

#define __flatten __attribute__((flatten))
#define memcpy __builtin_memcpy
#define memset __builtin_memset
#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))
#endif

static inline u64 clasp_div64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

#endif

#define CLASP_USEC 1000ULL
#define CLASP_MSEC (1000 * CLASP_USEC)
#define CLASP_SEC (1000 * CLASP_MSEC)

static inline u32 clasp_min(u32 a, u32 b)
{
	return a < b ? a : b;
}

static inline u32 clasp_max(u32 a, u32 b)
{
	return a > b ? a : b;
}

static inline u64 clasp_min64(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 clasp_max64(u64 a, u64 b)
{
	return a > b ? a : b;
}

#endif
