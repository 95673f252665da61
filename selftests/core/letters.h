/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A segment's flags as letters, as tests write them: "SA", "FA", "R".
 */
#ifndef CLASP_SELFTESTS_LETTERS_H
#define CLASP_SELFTESTS_LETTERS_H

#include <string.h>

#include "types.h"

#define FLAG_LETTERS "FSRPAUEW"

static inline u8 flags_of(const char *letters)
{
	u8 flags = 0;

	for (; *letters; letters++)
		flags |= 1 << (strchr(FLAG_LETTERS, *letters) - FLAG_LETTERS);
	return flags;
}

/* @letters: room for nine */
static inline const char *letters_of(u8 flags, char *letters)
{
	char *at = letters;

	for (int i = 0; i < 8; i++)
		if (flags & 1 << i)
			*at++ = FLAG_LETTERS[i];
	*at = '\0';
	return letters;
}

#endif
