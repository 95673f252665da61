/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the labs say, in another language than the one they are written in.
 */
#ifndef CLASP_TOOLS_WORDS_H
#define CLASP_TOOLS_WORDS_H

#include "lab.h"

/* One sentence, or a few that belong together. */
struct phrase {
	char *original;
	char *translation;
};

/**
 * struct words - a catalogue of translations
 * @phrases: in the order of the file
 * @count: of @phrases
 */
struct words {
	struct phrase *phrases;
	size_t count;
};

void words_load(struct words *words, const char *directory);
void words_translate(const struct words *words, struct lab *lab);
void words_free(struct words *words);

#endif
