/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The formats in which a ladder can be written. Each writer is given the same lines.
 */
#ifndef CLASP_TOOLS_WRITERS_H
#define CLASP_TOOLS_WRITERS_H

#include <stdio.h>

#include "ladder.h"

/**
 * struct remark - what a lab has to say about one segment
 * @connection: 1 for the first
 * @segment: 1 for the first of that connection
 * @text: without newlines
 */
struct remark {
	u32 connection;
	u32 segment;
	char text[600];
};

/**
 * struct caption - what stands around the ladders
 * @title: of the whole, or NULL
 * @remarks: explanations beside segments
 * @remark_count: of @remarks
 * @shown: so many ladders are drawn, 0 for all
 */
struct caption {
	const char *title;
	const struct remark *remarks;
	size_t remark_count;
	u32 shown;
};

void text_write(FILE *file, const struct ladder *ladder, u32 connection,
		const struct caption *caption);
void svg_write(FILE *file, const struct ladder *ladder, u32 connection,
	       const struct caption *caption);
void json_write(FILE *file, const struct ladders *ladders, const struct trace *trace,
		const struct caption *caption);

const char *caption_remark(const struct caption *caption, u32 connection, const struct line *line);

#endif
