// SPDX-License-Identifier: GPL-2.0
/*
 * "clasp lab": finds lab files, runs one or all, and ends with a table. Lab files lie in "labs"
 * beside the command, or where CLASP_LABS says; those for a module with a fault in "mutants" there.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <netinet/in.h>
#include <unistd.h>

#include "commands.h"
#include "grow.h"
#include "lab.h"
#include "loading.h"
#include "rows.h"
#include "run.h"
#include "words.h"

struct shelf {
	struct lab *labs;
	size_t count;
};

static void shelf_path(char *path, size_t room)
{
	const char *set = getenv("CLASP_LABS");
	ssize_t len;
	char *slash;

	if (set) {
		snprintf(path, room, "%s", set);
		return;
	}
	len = readlink("/proc/self/exe", path, room - 1);
	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		snprintf(slash, room - (slash - path), "/labs");
}

static int add_lab(struct shelf *shelf, const char *path)
{
	shelf->labs = grow(shelf->labs, shelf->count, sizeof(*shelf->labs));
	return lab_parse(&shelf->labs[shelf->count], path) ? -1 : (shelf->count++, 0);
}

static int by_number(const void *a, const void *b)
{
	const struct lab *left = a, *right = b;

	return left->number < right->number ? -1 : left->number > right->number;
}

static int is_lab(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".lab");
}

static int fill_shelf(struct shelf *shelf, const char *mutant)
{
	struct dirent **entries;
	char path[512], name[800];
	int i, count, err = 0;

	shelf_path(path, sizeof(path) - sizeof("/mutants"));
	if (mutant[0])
		strcat(path, "/mutants");
	count = scandir(path, &entries, is_lab, alphasort);
	if (count <= 0) {
		fprintf(stderr, "clasp: no labs in %s\n", path);
		return -1;
	}
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		err = add_lab(shelf, name) ? -1 : err;
		free(entries[i]);
	}
	free(entries);
	qsort(shelf->labs, shelf->count, sizeof(*shelf->labs), by_number);
	return err;
}

/* In the language of the environment, as far as there is a catalogue for it. */
static void translate_shelf(struct shelf *shelf)
{
	struct words words;
	char path[512];
	size_t i;

	shelf_path(path, sizeof(path));
	words_load(&words, path);
	for (i = 0; i < shelf->count; i++)
		words_translate(&words, &shelf->labs[i]);
	words_free(&words);
}

static void empty_shelf(struct shelf *shelf)
{
	size_t i;

	for (i = 0; i < shelf->count; i++)
		lab_free(&shelf->labs[i]);
	free(shelf->labs);
}

static bool wanted(const struct lab *lab, const char *which, const char *mutant)
{
	char number[16];

	if (strcmp(lab->mutant, mutant))
		return false;
	snprintf(number, sizeof(number), "%u", lab->number);
	return !strcmp(which, "all") || !strcmp(which, lab->name) ||
	       !strcmp(which + strspn(which, "0"), number);
}

/* A lab in which a host has TCP needs a gateway, unless both have TCP or nothing is run. */
static bool is_passed_over(const struct lab *lab, const struct lab_options *options)
{
	return lab->tcp != HOSTS && options->protocol != IPPROTO_TCP && !options->trace && !loading_can();
}

/* Return: whether there is a lab left to run. */
static bool pass_over(const struct shelf *shelf, const char *which, const struct lab_options *options)
{
	bool any = false;
	size_t i;

	for (i = 0; i < shelf->count; i++) {
		const struct lab *lab = &shelf->labs[i];

		if (!wanted(lab, which, options->mutant))
			continue;
		if (is_passed_over(lab, options))
			fprintf(stderr, "clasp: lab %u, %s, needs a gateway: install clang and libbpf-dev\n",
				lab->number, lab->name);
		else
			any = true;
	}
	return any;
}

static bool has(const struct shelf *shelf, const char *which, const char *mutant)
{
	size_t i;

	for (i = 0; i < shelf->count; i++)
		if (wanted(&shelf->labs[i], which, mutant))
			return true;
	fprintf(stderr, "clasp: there is no lab \"%s\"%s%s; try \"clasp lab list\"\n", which,
		mutant[0] ? " for the fault " : "", mutant);
	return false;
}

static int list(const struct shelf *shelf)
{
	size_t i;

	for (i = 0; i < shelf->count; i++)
		printf("%2u  %-18s %s\n", shelf->labs[i].number, shelf->labs[i].name,
		       shelf->labs[i].title);
	return 0;
}

/* Everything that a lab needs and may not find, told before anything is begun. */
static int ready(u32 protocol)
{
	if (geteuid()) {
		fputs("clasp: labs make network namespaces, which only root may\n", stderr);
		return -1;
	}
	return run_need(protocol);
}

static void print_rows(const bool *walked)
{
	u32 row, count = 0;

	for (row = 0; row < clasp_state_rows; row++)
		count += walked[row];
	printf("%u of the state table's %u rows were walked\n", count, clasp_state_rows);
}

static int draw_diagram(const char *directory, const bool *walked)
{
	char name[300];
	FILE *file;

	snprintf(name, sizeof(name), "%.255s/states.svg", directory);
	file = fopen(name, "w");
	if (!file) {
		fprintf(stderr, "clasp: %s: %s\n", name, strerror(errno));
		return 2;
	}
	diagram_write(file, walked);
	return fclose(file) ? 2 : 0;
}

/* What only all labs together can tell. */
static int conclude(const struct lab_options *options, const bool *walked)
{
	int status = rows_tell(walked) ? 1 : 0;

	if (options->svg && draw_diagram(options->svg, walked))
		return 2;
	return status;
}

static int highest(int a, int b)
{
	return a > b ? a : b;
}

static void print_outcome(const struct lab *lab, const struct lab_options *options, const struct outcome *outcome)
{
	printf("lab %u %s%s: ", lab->number, lab->name, options->ipv6 ? " over IPv6" : "");
	if (is_passed_over(lab, options))
		puts("skipped, it needs a gateway");
	else
		printf("%zu transitions, %s\n", outcome->transitions, outcome->failed ? "not ok" : "ok");
}

static int run_wanted(const struct shelf *shelf, const char *which,
		      const struct lab_options *options)
{
	struct outcome *outcomes = grow_zeroed(shelf->count, sizeof(*outcomes));
	bool *walked = grow_zeroed(clasp_state_rows, sizeof(*walked));
	size_t i;
	int status = 0;

	for (i = 0; i < shelf->count && status != 2; i++) {
		if (!wanted(&shelf->labs[i], which, options->mutant) || is_passed_over(&shelf->labs[i], options))
			continue;
		if (lab_run(&shelf->labs[i], options, walked, &outcomes[i]))
			status = 2;
		else if (outcomes[i].failed)
			status = 1;
	}
	putchar('\n');
	for (i = 0; i < shelf->count && status != 2; i++)
		if (wanted(&shelf->labs[i], which, options->mutant))
			print_outcome(&shelf->labs[i], options, &outcomes[i]);
	print_rows(walked);
	if (status != 2 && !strcmp(which, "all") && !options->mutant[0] && options->protocol != IPPROTO_TCP)
		status = highest(status, conclude(options, walked));
	free(outcomes);
	free(walked);
	return status;
}

static int serve(struct shelf *shelf, const char *which, struct lab_options *options)
{
	bool file = strchr(which, '/');

	if (file ? add_lab(shelf, which) : fill_shelf(shelf, options->mutant))
		return 2;
	translate_shelf(shelf);
	if (!strcmp(which, "list"))
		return list(shelf);
	if (!file && !has(shelf, which, options->mutant))
		return 2;
	/* Who names a file means it, whatever the module should be. */
	if (file) {
		options->mutant = shelf->labs->mutant;
		which = shelf->labs->name;
	}
	if (!pass_over(shelf, which, options) || (!options->trace && ready(options->protocol)))
		return 2;
	return run_wanted(shelf, which, options);
}

/* Pictures go into a directory that may not be there yet. */
static int make_directory(const char *path)
{
	if (!path || !mkdir(path, 0777) || errno == EEXIST)
		return 0;
	fprintf(stderr, "clasp: %s: %s\n", path, strerror(errno));
	return -1;
}

static const char *read_options(struct lab_options *options, int argc, char **argv)
{
	const char *which = NULL;
	int i;

	options->protocol = LAB_PROTOCOL;
	options->mutant = "";
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--svg") && i + 1 < argc)
			options->svg = argv[++i];
		else if (!strcmp(argv[i], "--json") && i + 1 < argc)
			options->json = argv[++i];
		else if (!strcmp(argv[i], "--trace") && i + 1 < argc)
			options->trace = argv[++i];
		else if (!strcmp(argv[i], "--mutant") && i + 1 < argc)
			options->mutant = argv[++i];
		else if (!strcmp(argv[i], "--protocol") && i + 1 < argc &&
			 !lab_number(argv[i + 1], &options->protocol))
			i++;
		else if (!strcmp(argv[i], "-6"))
			options->ipv6 = true;
		else if (!strcmp(argv[i], "--quiet"))
			options->quiet = true;
		else if (!strcmp(argv[i], "--step"))
			options->step = true;
		else if (!which && argv[i][0] != '-')
			which = argv[i];
		else
			return NULL;
	}
	return which;
}

/**
 * command_lab - clasp lab [options] NUMBER|NAME|FILE|all|list
 * @argc: of @argv
 * @argv: "lab" and what follows
 *
 * With -6 the hosts' addresses are of IPv6. --svg and --json name directories. --quiet leaves the ladders
 * out, --step waits for a key after each step. --mutant says which fault the loaded module has, and only
 * the labs of that fault count. With --protocol 6 the steps run over the kernel's TCP, of which there is no
 * trace: only how the calls end is checked. With --trace nothing runs, and the checks are held against a
 * saved trace. What a lab says is said in the language of the environment where there is a catalogue for it.
 *
 * Return: exit status.
 */
int command_lab(int argc, char **argv)
{
	struct lab_options options = { 0 };
	struct shelf shelf = { 0 };
	const char *which = read_options(&options, argc, argv);
	int status;

	if (!which)
		return command_usage();
	if (make_directory(options.svg) || make_directory(options.json))
		status = 2;
	else
		status = serve(&shelf, which, &options);
	empty_shelf(&shelf);
	return status;
}
