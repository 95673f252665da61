// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a lab file. Words at the margin begin something, indented lines belong to it:
 *
 *   lab NUMBER NAME
 *   title LINE
 *   mutant FAULT                 of the module for which this lab is (none)
 *   tcp client|server            has TCP, and the other host a gateway (neither)
 *   delay MS                     of the link each way (10)
 *   limit SECONDS                for one step, in the guest's time (60)
 *   show N                       only the first N connections are drawn (all)
 *   notice                       text
 *   steps                        one a line, see steps.c
 *   explain                      [CONNECTION.]SEGMENT TEXT, shown beside that segment
 *   checks                       one a line, see check_parse.c
 *
 * "#" begins a comment. A line of steps, explain or checks that is indented twice, by two tabs or
 * eight blanks, continues the one before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "lab.h"

#define WORDS 32

const char *const host_names[HOSTS] = { "client", "server" };

enum section {
	NOWHERE,
	NOTICE,
	STEPS,
	EXPLAIN,
	CHECKS,
};

struct parser {
	struct lab *lab;
	u8 section;
	u32 line;
	u32 connection;
};

static int split(char *text, char **words)
{
	int count = 0;
	char *word;

	for (word = strtok(text, " \t"); word && count < WORDS; word = strtok(NULL, " \t"))
		words[count++] = word;
	return count;
}

static int read_tcp(struct lab *lab, const char *host)
{
	for (lab->tcp = CLIENT; lab->tcp < HOSTS; lab->tcp++)
		if (!strcmp(host, host_names[lab->tcp]))
			return 0;
	return -1;
}

static int parse_head(struct parser *parser, char *text)
{
	static const char *const sections[] = { "", "notice", "steps", "explain", "checks" };
	struct lab *lab = parser->lab;
	int used = 0;
	u8 i;

	for (i = NOTICE; i <= CHECKS; i++)
		if (!strcmp(text, sections[i])) {
			parser->section = i;
			return 0;
		}
	parser->section = NOWHERE;
	if (!strncmp(text, "title ", 6)) {
		snprintf(lab->title, sizeof(lab->title), "%s", text + 6);
		return 0;
	}
	if (!strncmp(text, "tcp ", 4))
		return read_tcp(lab, text + 4);
	if (sscanf(text, "lab %u %31s%n", &lab->number, lab->name, &used) == 2 ||
	    sscanf(text, "mutant %31s%n", lab->mutant, &used) == 1 ||
	    sscanf(text, "delay %u%n", &lab->delay_ms, &used) == 1 ||
	    sscanf(text, "limit %u%n", &lab->limit_s, &used) == 1 ||
	    sscanf(text, "show %u%n", &lab->shown, &used) == 1)
		return text[used] ? -1 : 0;
	return -1;
}

static int parse_notice(struct lab *lab, const char *text)
{
	size_t at = strlen(lab->notice);

	if (at + strlen(text) + 2 > sizeof(lab->notice))
		return -1;
	snprintf(lab->notice + at, sizeof(lab->notice) - at, "%s%s", at ? " " : "", text);
	return 0;
}

static int parse_step(struct parser *parser, char *text)
{
	struct lab *lab = parser->lab;
	struct step step = { .line = parser->line };
	char *words[WORDS];
	int count;

	snprintf(step.text, sizeof(step.text), "%s", text);
	count = split(text, words);
	if (step_parse(&step, words, count))
		return -1;
	lab->steps = grow(lab->steps, lab->step_count, sizeof(step));
	lab->steps[lab->step_count++] = step;
	return 0;
}

static int parse_remark(struct lab *lab, const char *text)
{
	struct remark remark = { .connection = 1 };
	int used = 0;

	if (sscanf(text, "%u.%u %n", &remark.connection, &remark.segment, &used) != 2) {
		remark.connection = 1;
		if (sscanf(text, "%u %n", &remark.segment, &used) != 1)
			return -1;
	}
	if (!used || strlen(text + used) >= sizeof(remark.text))
		return -1;
	snprintf(remark.text, sizeof(remark.text), "%s", text + used);
	lab->remarks = grow(lab->remarks, lab->remark_count, sizeof(remark));
	lab->remarks[lab->remark_count++] = remark;
	return 0;
}

/* "connection N" is no check: those below it are about the N-th connection. */
static int parse_check(struct parser *parser, char *text)
{
	struct lab *lab = parser->lab;
	struct check check = { .line = parser->line };
	char *words[WORDS];
	int count, used = 0;

	if (sscanf(text, "connection %u%n", &parser->connection, &used) == 1)
		return parser->connection && !text[used] ? 0 : -1;
	check.connection = parser->connection;
	snprintf(check.text, sizeof(check.text), "%s", text);
	count = split(text, words);
	if (check_parse(&check, words, count))
		return -1;
	lab->checks = grow(lab->checks, lab->check_count, sizeof(check));
	lab->checks[lab->check_count++] = check;
	return 0;
}

static int parse_body(struct parser *parser, char *text)
{
	switch (parser->section) {
	case NOTICE:
		return parse_notice(parser->lab, text);
	case STEPS:
		return parse_step(parser, text);
	case EXPLAIN:
		return parse_remark(parser->lab, text);
	case CHECKS:
		return parse_check(parser, text);
	default:
		return -1;
	}
}

static int parse_line(struct parser *parser, char *text)
{
	bool indented = *text == ' ' || *text == '\t';

	text += strspn(text, " \t");
	if (!*text)
		return 0;
	return indented ? parse_body(parser, text) : parse_head(parser, text);
}

/* Ends a line at its comment or newline, and takes the blanks before that away. */
static void trim(char *line)
{
	size_t len = strcspn(line, "#\r\n");

	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	line[len] = '\0';
}

static bool continues(const struct parser *parser, const char *line)
{
	return parser->section > NOTICE &&
	       (!strncmp(line, "\t\t", 2) || !strncmp(line, "        ", 8));
}

/* A whole line, with those that continue it. */
static int parse_lines(struct parser *parser, FILE *file)
{
	char whole[1024] = "", line[512];

	while (fgets(line, sizeof(line), file)) {
		size_t at = strlen(whole);

		trim(line);
		if (*whole && continues(parser, line)) {
			snprintf(whole + at, sizeof(whole) - at, " %s",
				 line + strspn(line, " \t"));
		} else {
			if (parse_line(parser, whole))
				return -1;
			snprintf(whole, sizeof(whole), "%s", line);
		}
		parser->line++;
	}
	return parse_line(parser, whole);
}

/* Every "repeat" has its "end", and no other inside; parser->line becomes that of a wrong one. */
static int pair_repeats(struct parser *parser)
{
	const struct step *open = NULL;
	size_t i;

	for (i = 0; i < parser->lab->step_count; i++) {
		const struct step *step = &parser->lab->steps[i];

		if (step->verb != VERB_REPEAT && step->verb != VERB_END)
			continue;
		parser->line = step->line;
		if (step->verb == VERB_END ? !open : !!open)
			return -1;
		open = open ? NULL : step;
	}
	return open ? -1 : 0;
}

/**
 * lab_parse - read a lab file
 * @lab: receives it; lab_free() gives it back
 * @path: of the file
 *
 * Return: 0, or -1 after a message.
 */
int lab_parse(struct lab *lab, const char *path)
{
	struct parser parser = { .lab = lab, .connection = 1 };
	FILE *file = fopen(path, "r");
	int err;

	memset(lab, 0, sizeof(*lab));
	lab->tcp = HOSTS;
	lab->delay_ms = 10;
	lab->limit_s = 60;
	if (!file) {
		fprintf(stderr, "clasp: %s: %s\n", path, strerror(errno));
		return -1;
	}
	err = parse_lines(&parser, file) || pair_repeats(&parser);
	fclose(file);
	if (err)
		fprintf(stderr, "clasp: %s:%u: cannot make sense of this line\n", path,
			parser.line);
	else if (!lab->name[0] || !lab->step_count)
		fprintf(stderr, "clasp: %s: a lab has a number, a name and steps\n", path);
	else
		return 0;
	lab_free(lab);
	return -1;
}

/* Gives the memory back. */
void lab_free(struct lab *lab)
{
	free(lab->steps);
	free(lab->remarks);
	free(lab->checks);
}
