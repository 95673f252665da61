// SPDX-License-Identifier: GPL-2.0
/*
 * The ladder for programs: the same connections, segments and lines, with nothing rounded away.
 * Times are in microseconds since the connection's first event.
 */
#include "label.h"
#include "writers.h"

static void put_string(FILE *file, const char *text)
{
	fputc('"', file);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', file);
		if ((unsigned char)*text < ' ')
			fprintf(file, "\\u%04x", *text);
		else
			fputc(*text, file);
	}
	fputc('"', file);
}

static void put_time(FILE *file, const char *key, const struct ladder *ladder, bool known, u64 us)
{
	if (known)
		fprintf(file, ", \"%s\": %llu", key, (unsigned long long)(us - ladder->start_us));
	else
		fprintf(file, ", \"%s\": null", key);
}

static void write_party(FILE *file, const struct party *party)
{
	fputs("{\"name\": ", file);
	put_string(file, party->name);
	fprintf(file, ", \"address\": \"%s\", \"port\": %u, \"net\": %u, \"state\": \"%s\"}",
		party->at.addr, party->at.port, party->net, party_state(party, party->state));
}

static void put_if(FILE *file, const char *key, bool there, u32 value)
{
	if (there)
		fprintf(file, ", \"%s\": %u", key, value);
	else
		fprintf(file, ", \"%s\": null", key);
}

/* Blocks are relative, as SEG.ACK is. */
static void write_options(FILE *file, const struct segment *segment, const struct clasp_options *options)
{
	u32 i;

	put_if(file, "mss", options->mss, options->mss);
	put_if(file, "wscale", options->has_wscale, options->wscale);
	fprintf(file, ", \"sack_permitted\": %s", options->sack_permitted ? "true" : "false");
	put_if(file, "ts_val", options->timestamps, options->ts_val);
	put_if(file, "ts_ecr", options->timestamps, options->ts_ecr);
	fputs(", \"sack\": [", file);
	for (i = 0; i < options->n_sacks; i++)
		fprintf(file, "%s[%u, %u]", i ? ", " : "", segment_relative(segment, options->sack[i].start),
			segment_relative(segment, options->sack[i].end));
	fputc(']', file);
}

static void write_segment(FILE *file, const struct ladder *ladder, const struct segment *segment)
{
	const struct event *event = segment_event(segment);
	char flags[32];

	label_flags(flags, sizeof(flags), event->flags);
	fprintf(file, "{\"number\": %u, \"from\": %u, \"id\": %u, \"flags\": \"%s\"",
		segment->number, segment->from, event->id, event->flags ? flags : "");
	fprintf(file, ", \"seq\": %u, \"ack\": %u, \"len\": %u, \"window\": %u",
		segment->seq, segment->ack, event->len, event->win);
	write_options(file, segment, &event->options);
	put_time(file, "sent", ladder, segment->sent, segment->sent ? segment->sent->us : 0);
	put_time(file, "received", ladder, segment->received,
		 segment->received ? segment->received->us : 0);
	fprintf(file, ", \"lost\": %s, \"again\": %s, \"old\": %s}",
		segment_lost(ladder, segment) ? "true" : "false", segment->again ? "true" : "false",
		segment->old ? "true" : "false");
}

static void write_transition(FILE *file, const struct ladder *ladder, const struct event *event)
{
	static const char *const objects[] = { "connection", "embryo", "time_wait" };

	fprintf(file, "{\"side\": %u, \"from\": \"%s\", \"to\": \"%s\", \"event\": \"%s\"",
		ladder_side(ladder, event), clasp_state_name(event->state),
		clasp_state_name(event->next), clasp_event_name(event->cause));
	fprintf(file, ", \"row\": %u, \"object\": \"%s\", \"softirq\": %s", event->row,
		objects[event->object], event->softirq ? "true" : "false");
	put_time(file, "at", ladder, true, event->us);
	fputc('}', file);
}

static void write_line(FILE *file, const struct ladder *ladder, const struct line *line)
{
	static const char *const kinds[] = { "arrow", "departure", "arrival", "note" };

	fprintf(file, "{\"kind\": \"%s\", \"side\": %u", kinds[line->kind], line->side);
	if (line->segment)
		fprintf(file, ", \"segment\": %u", line->segment->number);
	else
		fprintf(file, ", \"note\": \"%s\"", line->note);
	fprintf(file, ", \"states\": [\"%s\", \"%s\"]", party_state(&ladder->party[LEFT], line->state[LEFT]),
		party_state(&ladder->party[RIGHT], line->state[RIGHT]));
	put_time(file, "left", ladder, line->timed[LEFT], line->us[LEFT]);
	put_time(file, "right", ladder, line->timed[RIGHT], line->us[RIGHT]);
	fputc('}', file);
}

static void begin_item(FILE *file, bool *first, const char *indent)
{
	fprintf(file, "%s\n%s", *first ? "" : ",", indent);
	*first = false;
}

static void write_ladder(FILE *file, const struct ladder *ladder)
{
	static const char indent[] = "      ";
	bool first = true;
	size_t i;

	fputs("{\"parties\": [", file);
	write_party(file, &ladder->party[LEFT]);
	fputs(", ", file);
	write_party(file, &ladder->party[RIGHT]);
	fputs("],\n     \"segments\": [", file);
	for (i = 0; i < ladder->segment_count; i++) {
		begin_item(file, &first, indent);
		write_segment(file, ladder, &ladder->segments[i]);
	}
	fputs("],\n     \"transitions\": [", file);
	for (i = 0, first = true; i < ladder->event_count; i++) {
		if (ladder->events[i]->kind != EVENT_TRANSITION)
			continue;
		begin_item(file, &first, indent);
		write_transition(file, ladder, ladder->events[i]);
	}
	fputs("],\n     \"lines\": [", file);
	for (i = 0, first = true; i < ladder->line_count; i++) {
		begin_item(file, &first, indent);
		write_line(file, ladder, &ladder->lines[i]);
	}
	fputs("]}", file);
}

static void write_remarks(FILE *file, const struct caption *caption)
{
	bool first = true;
	size_t i;

	fputs("[", file);
	for (i = 0; i < caption->remark_count; i++) {
		begin_item(file, &first, "    ");
		fprintf(file, "{\"connection\": %u, \"segment\": %u, \"text\": ",
			caption->remarks[i].connection, caption->remarks[i].segment);
		put_string(file, caption->remarks[i].text);
		fputc('}', file);
	}
	fputs("]", file);
}

/**
 * json_write - all ladders as one object
 * @file: where to
 * @ladders: what
 * @trace: where they came from
 * @caption: title and explanations, or none
 */
void json_write(FILE *file, const struct ladders *ladders, const struct trace *trace,
		const struct caption *caption)
{
	bool first = true;
	size_t i;

	fputs("{\"title\": ", file);
	put_string(file, caption->title ? caption->title : "");
	fputs(",\n \"remarks\": ", file);
	write_remarks(file, caption);
	fprintf(file, ",\n \"events\": %zu, \"lost\": %lu,\n \"connections\": [", trace->count,
		trace->lost);
	for (i = 0; i < ladders->count; i++) {
		begin_item(file, &first, "    ");
		write_ladder(file, &ladders->all[i]);
	}
	fputs("]}\n", file);
}
