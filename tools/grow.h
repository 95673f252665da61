/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arrays that grow while they are filled. A command that draws or runs a lab has no use for a
 * failed allocation: it says so and ends.
 */
#ifndef CLASP_TOOLS_GROW_H
#define CLASP_TOOLS_GROW_H

#include <stdio.h>
#include <stdlib.h>

#include "types.h"

static inline void *grow_checked(void *memory)
{
	if (!memory) {
		fputs("clasp: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

/**
 * grow - room for one more element
 * @array: NULL, or what the last call returned
 * @count: elements that stand in it
 * @size: of one element
 *
 * Return: the array, perhaps elsewhere, with room for @count + 1 elements.
 */
static inline void *grow(void *array, size_t count, size_t size)
{
	if (!count)
		return grow_checked(realloc(array, 8 * size));
	if (count < 8 || (count & (count - 1)))
		return array;
	return grow_checked(realloc(array, 2 * count * size));
}

/* An array of @count zeroed elements; never NULL, not even for none. */
static inline void *grow_zeroed(size_t count, size_t size)
{
	return grow_checked(calloc(count + 1, size));
}

#endif
