// SPDX-License-Identifier: GPL-2.0
/*
 * "clasp ladder": draws what was recorded, from the running machine or from a saved trace.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "tracefs.h"
#include "writers.h"

struct options {
	const char *svg;
	const char *json;
	const char *trace;
};

static int read_options(struct options *options, int argc, char **argv)
{
	int i;

	options->trace = TRACEFS_SHELL "/trace";
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--svg") && i + 1 < argc)
			options->svg = argv[++i];
		else if (!strcmp(argv[i], "--json") && i + 1 < argc)
			options->json = argv[++i];
		else if (argv[i][0] != '-' || !argv[i][1])
			options->trace = argv[i];
		else
			return command_usage();
	}
	return 0;
}

/* One picture a connection: further ones get a number before the name's ending. */
static void numbered(char *name, size_t room, const char *first, u32 connection)
{
	const char *ending = strrchr(first, '.');

	if (!ending || strchr(ending, '/'))
		ending = first + strlen(first);
	if (connection == 1)
		snprintf(name, room, "%s", first);
	else
		snprintf(name, room, "%.*s-%u%s", (int)(ending - first), first, connection, ending);
}

static FILE *create(const char *name)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "w") : stdout;

	if (!file)
		fprintf(stderr, "clasp: %s: %s\n", name, strerror(errno));
	return file;
}

static int close_written(FILE *file)
{
	return file == stdout ? fflush(file) : fclose(file);
}

/* How many ladders are drawn. */
static size_t drawn(const struct ladders *ladders, const struct caption *caption)
{
	return caption->shown && caption->shown < ladders->count ? caption->shown : ladders->count;
}

/**
 * ladders_save - write ladders to files
 * @ladders: what
 * @trace: where they came from
 * @caption: titles and explanations
 * @svg: name of the first picture, or NULL
 * @json: name, or NULL
 *
 * Return: 0, or -1 after a message.
 */
int ladders_save(const struct ladders *ladders, const struct trace *trace,
		 const struct caption *caption, const char *svg, const char *json)
{
	char name[4096];
	FILE *file;
	size_t i;

	for (i = 0; svg && i < drawn(ladders, caption); i++) {
		numbered(name, sizeof(name), svg, i + 1);
		file = create(name);
		if (!file)
			return -1;
		svg_write(file, &ladders->all[i], i + 1, caption);
		if (close_written(file))
			return -1;
	}
	if (!json)
		return 0;
	file = create(json);
	if (!file)
		return -1;
	json_write(file, ladders, trace, caption);
	return close_written(file);
}

/**
 * ladders_print - draw every ladder on a terminal
 * @ladders: what
 * @caption: explanations
 */
void ladders_print(const struct ladders *ladders, const struct caption *caption)
{
	size_t i;

	for (i = 0; i < drawn(ladders, caption); i++) {
		if (i)
			putchar('\n');
		text_write(stdout, &ladders->all[i], i + 1, caption);
	}
	if (i < ladders->count)
		printf("\nand %zu connections more\n", ladders->count - i);
}

/**
 * command_ladder - clasp ladder [--svg FILE] [--json FILE] [TRACEFILE]
 * @argc: of @argv
 * @argv: "ladder" and what follows
 *
 * Return: exit status.
 */
int command_ladder(int argc, char **argv)
{
	struct options options = { 0 };
	struct trace trace = { 0 };
	struct ladders ladders = { 0 };
	struct caption caption = { 0 };
	int status = read_options(&options, argc, argv);

	if (status)
		return status;
	if (trace_open(&trace, options.trace)) {
		if (!strcmp(options.trace, TRACEFS_SHELL "/trace"))
			fputs("clasp: \"clasp record on\" begins to record\n", stderr);
		trace_free(&trace);
		return 2;
	}
	if (!trace.host_count)
		trace_name_namespaces(&trace);
	ladder_build(&ladders, &trace);
	if (!ladders.count)
		fputs("clasp: there is no connection in this trace\n", stderr);
	if (ladders_save(&ladders, &trace, &caption, options.svg, options.json))
		status = 2;
	else if (!options.svg && !options.json)
		ladders_print(&ladders, &caption);
	ladder_free(&ladders);
	trace_free(&trace);
	return status;
}
