// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the files under net.clasp for Documentation/: as a table with TCP's defaults beside ours, or as the list
 * of clasp(7). What it prints is what the module consults.
 */
#include <stdio.h>
#include <string.h>

#include "knobs.h"

struct knob {
	const char *name;
	const char *unit;
	unsigned int initial;
	unsigned int min;
	unsigned int max;
	const char *tcp;
	const char *sentence;
};

#define ROW(name, member, unit, initial, min, max, tcp, sentence)	\
	{ #name, #unit, initial, min, max, tcp, sentence },

static const struct knob knobs[] = {
	CLASP_KNOBS(ROW)
};

/* Bounds are the kernel's own constants, and stay words. */
#define MACHINE_ROW(name, data, type, handler, unit, initial, min, max, tcp, sentence) \
	{ #name, #unit, initial, #min, #max, tcp, sentence },

static const struct machine_knob {
	const char *name;
	const char *unit;
	const char *initial;
	const char *min;
	const char *max;
	const char *tcp;
	const char *sentence;
} machine_knobs[] = {
	CLASP_MACHINE_KNOBS(MACHINE_ROW)
};

#define KNOBS (sizeof(knobs) / sizeof(*knobs))

static const char *unit_of(const char *unit)
{
	static const char *const words[][2] = {
		{ "MS", "milliseconds" }, { "SEC", "seconds" }, { "OCTETS", "octets" },
		{ "PAGES", "pages" }, { "PERCENT", "percent" }, { "FLAG", "0 or 1" },
	};

	for (unsigned int i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(unit, words[i][0]))
			return words[i][1];
	return "";
}

static void print_table(void)
{
	printf(".. list-table::\n   :header-rows: 1\n   :widths: 22 12 8 8 8 10 32\n\n");
	printf("   * - net.clasp.\n     - unit\n     - default\n     - least\n     - most\n"
	       "     - TCP's default\n     -\n");
	for (unsigned int i = 0; i < KNOBS; i++) {
		const struct knob *knob = &knobs[i];

		printf("   * - %s\n     - %s\n     - %u\n     - %u\n     - %u\n     - %s\n     - %s\n",
		       knob->name, unit_of(knob->unit), knob->initial, knob->min, knob->max, knob->tcp,
		       knob->sentence);
	}
	for (unsigned int i = 0; i < sizeof(machine_knobs) / sizeof(*machine_knobs); i++) {
		const struct machine_knob *knob = &machine_knobs[i];

		printf("   * - %s\n     - %s\n     - %s\n     - %s\n     - %s\n     - %s\n     - %s\n",
		       knob->name, unit_of(knob->unit), knob->initial, knob->min, knob->max, knob->tcp,
		       knob->sentence);
	}
}

static void print_list(void)
{
	for (unsigned int i = 0; i < KNOBS; i++) {
		const struct knob *knob = &knobs[i];
		const char *unit = unit_of(knob->unit);

		printf("%s (%u%s%s, from %u to %u)\n    %s\n", knob->name, knob->initial,
		       *unit ? " " : "", unit, knob->min, knob->max, knob->sentence);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "table")) {
		print_table();
	} else if (argc == 2 && !strcmp(argv[1], "list")) {
		print_list();
	} else {
		fprintf(stderr, "usage: sysctls table|list\n");
		return 2;
	}
	return 0;
}
