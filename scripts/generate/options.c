// SPDX-License-Identifier: GPL-2.0
/*
 * Prints clasp(7)'s list of socket options out of the list that the module consults, as reStructuredText: name,
 * unit, bounds where numbers are refused, what a new socket has, and what the option does.
 */
#include <limits.h>
#include <stdio.h>

#include "option_list.h"

static const struct {
	const char *name;
	const char *unit;
	int least;
	int most;
	const char *initial;
	const char *sentence;
} options[] = {
#define OPTION(name, verb, unit, least, most, initial, sentence)	\
	{ "TCP_" #name, unit, least, most, initial, sentence },
	CLASP_OPTION_LIST(OPTION)
};

#define COUNT (sizeof(options) / sizeof(*options))

int main(void)
{
	for (size_t i = 0; i < COUNT; i++) {
		printf("%s (%s", options[i].name, options[i].unit);
		if (options[i].least <= options[i].most && options[i].most != INT_MAX)
			printf(", %d to %d", options[i].least, options[i].most);
		if (options[i].initial[0])
			printf("; %s", options[i].initial);
		printf(")\n    %s\n\n", options[i].sentence);
	}
	return 0;
}
