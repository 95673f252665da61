// SPDX-License-Identifier: GPL-2.0
/*
 * Translations come from a catalogue beside the labs, in gettext's format and named for the language: zh.po.
 * It is read as it is. gettext itself would want a locale of that language, and the guest has none.
 */
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "words.h"

#define ROOM 4096

enum target {
	NOWHERE,
	ORIGINAL,
	TRANSLATION,
	TARGETS,
};

/* A catalogue while it is read: what has been gathered of the phrase so far. */
struct reader {
	struct words *words;
	u8 target;
	bool fuzzy;
	char text[TARGETS][ROOM];
};

/* The language of the environment, "zh" for zh_CN.UTF-8; "" where none is asked for. */
static void find_language(char *name, size_t room)
{
	static const char *const places[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *value = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places) && (!value || !*value); i++)
		value = getenv(places[i]);
	snprintf(name, room, "%.*s", value ? (int)strcspn(value, "_.@/") : 0, value ? value : "");
}

/* What stands between the quotes, added to what stood on the lines before. */
static void unquote(char *text, const char *line)
{
	const char *from = strchr(line, '"');
	size_t at = strlen(text);

	for (; from && *++from && *from != '"' && at < ROOM - 1; at++) {
		if (*from == '\\' && from[1])
			from++;
		text[at] = *from;
	}
	text[at] = '\0';
}

/* The end of a phrase. One that is fuzzy is somebody's guess about a sentence that has changed. */
static void finish(struct reader *reader)
{
	struct words *words = reader->words;
	struct phrase *phrase;

	if (reader->target != TRANSLATION)
		return;
	if (*reader->text[ORIGINAL] && *reader->text[TRANSLATION] && !reader->fuzzy) {
		words->phrases = grow(words->phrases, words->count, sizeof(*words->phrases));
		phrase = &words->phrases[words->count++];
		phrase->original = grow_checked(strdup(reader->text[ORIGINAL]));
		phrase->translation = grow_checked(strdup(reader->text[TRANSLATION]));
	}
	reader->target = NOWHERE;
	reader->fuzzy = false;
}

static void begin(struct reader *reader, u8 target, const char *line)
{
	reader->target = target;
	reader->text[target][0] = '\0';
	unquote(reader->text[target], line);
}

static void read_line(struct reader *reader, const char *line)
{
	if (*line == '"') {
		unquote(reader->text[reader->target], line);
		return;
	}
	if (!strncmp(line, "msgstr ", 7)) {
		begin(reader, TRANSLATION, line);
		return;
	}
	finish(reader);
	if (!strncmp(line, "#,", 2) && strstr(line, "fuzzy"))
		reader->fuzzy = true;
	else if (!strncmp(line, "msgid ", 6))
		begin(reader, ORIGINAL, line);
}

/**
 * words_load - read the catalogue for the language of the environment
 * @words: receives it, empty when there is none; words_free() gives it back
 * @directory: where the labs are
 */
void words_load(struct words *words, const char *directory)
{
	struct reader reader = { .words = words };
	char language[16], path[600], line[ROOM];
	FILE *file;

	memset(words, 0, sizeof(*words));
	find_language(language, sizeof(language));
	snprintf(path, sizeof(path), "%.512s/%s.po", directory, language);
	file = fopen(path, "r");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		read_line(&reader, line);
	finish(&reader);
	fclose(file);
}

/* Puts the translation in place of the text; where there is none, or no room for it, the text stays. */
static void translate(const struct words *words, char *text, size_t room)
{
	size_t i;

	for (i = 0; i < words->count; i++)
		if (!strcmp(words->phrases[i].original, text)) {
			if (strlen(words->phrases[i].translation) < room)
				snprintf(text, room, "%s", words->phrases[i].translation);
			return;
		}
}

/**
 * words_translate - let a lab speak the language of a catalogue
 * @words: loaded
 * @lab: its title, notice and explanations are replaced where they can be
 */
void words_translate(const struct words *words, struct lab *lab)
{
	size_t i;

	translate(words, lab->title, sizeof(lab->title));
	translate(words, lab->notice, sizeof(lab->notice));
	for (i = 0; i < lab->remark_count; i++)
		translate(words, lab->remarks[i].text, sizeof(lab->remarks[i].text));
}

/* Gives the memory back. */
void words_free(struct words *words)
{
	size_t i;

	for (i = 0; i < words->count; i++) {
		free(words->phrases[i].original);
		free(words->phrases[i].translation);
	}
	free(words->phrases);
}
