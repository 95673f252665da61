// SPDX-License-Identifier: GPL-2.0
/*
 * Plays a lab: the stage is set, the hosts get their steps one after the other, and what the wire
 * shall do with a segment is arranged before it travels.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "gate.h"
#include "grow.h"
#include "lab_run.h"
#include "listing.h"
#include "stage.h"

#define POLL_MS 5
#define POLL_MAX_MS 200
#define SETTLE_MS 200

static void sleep_ms(u32 ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

/**
 * run_find - add a line to the verdict
 * @run: of the lab
 * @ok: it is as it should be
 * @text: what should be
 * @found: what is
 *
 * Return: the line.
 */
struct finding *run_find(struct run *run, bool ok, const char *text, const char *found)
{
	struct finding *finding;

	run->findings = grow(run->findings, run->finding_count, sizeof(*run->findings));
	finding = &run->findings[run->finding_count++];
	finding->ok = ok;
	finding->telling = false;
	snprintf(finding->text, sizeof(finding->text), "%s", text);
	snprintf(finding->found, sizeof(finding->found), "%s", found);
	return finding;
}

static bool fail(struct run *run, const struct step *step, const char *found)
{
	run_find(run, false, step->text, found);
	return false;
}

static const char *errno_name(int err)
{
	return err ? strerrorname_np(err) : "success";
}

/* Did the call end as the step said? When it did, only an expected errno is worth a line. */
static bool judge(struct run *run, const struct step *step, int err)
{
	bool ok = *step->expect ? err && !strcmp(step->expect, errno_name(err)) : !err;

	if (!ok || *step->expect)
		run_find(run, ok, step->text, errno_name(err));
	return ok;
}

static bool await(struct run *run, struct host *host)
{
	const struct step *step = host->pending;
	struct answer answer;

	if (host_await(host, run->lab->limit_s, &answer))
		return fail(run, step, "the program is gone");
	if (answer.err == ETIME)
		return fail(run, step, "did not end in time");
	return judge(run, step, answer.err);
}

static bool tell(struct run *run, const struct step *step)
{
	struct host *host = &run->host[step->host];

	if (host->pending)
		return fail(run, step, "the host is still busy");
	if (host_tell(host, step))
		return fail(run, step, "the program is gone");
	if (!step->async)
		return await(run, host);
	return !host_settle(host) || fail(run, step, "the program is gone");
}

static u8 latest_state(const struct run *run, u32 net)
{
	size_t i;

	for (i = run->trace.count; i-- > 0;) {
		const struct event *event = &run->trace.events[i];

		if (event->kind == EVENT_TRANSITION && event->net == net && event->remote.port)
			return event->next;
	}
	return CLASP_CLOSED;
}

static bool wait_state(struct run *run, const struct step *step)
{
	u32 waited, pause = POLL_MS;

	for (waited = 0; run->traced; waited += pause) {
		if (recording_read(&run->recording, &run->trace))
			return fail(run, step, "the trace cannot be read");
		if (latest_state(run, run->host[step->host].net) == step->state)
			break;
		if (waited > run->lab->limit_s * 1000)
			return fail(run, step, "did not end in time");
		pause = POLL_MS + waited / 64 < POLL_MAX_MS ? POLL_MS + waited / 64 : POLL_MAX_MS;
		sleep_ms(pause);
	}
	return true;
}

static bool set(struct run *run, const struct step *step)
{
	struct step each = *step;
	u8 id;

	for (id = CLIENT; run->traced && id < HOSTS; id++) {
		each.host = id;
		if ((step->host == HOSTS || step->host == id) && stage_sysctl(&each))
			return fail(run, step, "refused");
	}
	return true;
}

static bool list(struct run *run, const struct step *step)
{
	char found[80];

	if (!run->traced)
		return true;
	if (!listing_shows(stage_namespaces[step->host], step, found, sizeof(found)))
		return fail(run, step, found);
	run_find(run, true, step->text, found);
	return true;
}

static u32 protocol_of(const struct run *run, u8 id)
{
	return id == run->lab->tcp ? IPPROTO_TCP : run->options->protocol;
}

/* Losses happen at the receiver, and pauses at the sender: a gateway is between them. */
static bool set_gate(struct run *run, const struct step *step)
{
	const struct gate_way way = {
		.from = stage_namespaces[!step->host], .to = stage_namespaces[step->host],
		.protocol = protocol_of(run, step->verb == VERB_DROP ? step->host : !step->host),
	};

	return !gate_set(&way, step) || fail(run, step, "refused");
}

static bool cut_or_mend(struct run *run, const struct step *step)
{
	u8 id;

	for (id = CLIENT; id < HOSTS; id++)
		if (step->verb == VERB_MEND ? gate_mend(stage_namespaces[id]) :
		    gate_cut(stage_namespaces[id], protocol_of(run, id)))
			return fail(run, step, "refused");
	return true;
}

static bool perform(struct run *run, const struct step *step)
{
	switch (step->verb) {
	case VERB_WAIT:
		if (run->host[step->host].pending)
			return await(run, &run->host[step->host]);
		return fail(run, step, "there is nothing to wait for");
	case VERB_WAIT_STATE:
		return wait_state(run, step);
	case VERB_LISTS:
		return list(run, step);
	case VERB_SYSCTL:
		return set(run, step);
	case VERB_SLEEP:
		sleep_ms(step->number);
		return true;
	case VERB_DROP:
	case VERB_HOLD:
	case VERB_DELAY:
	case VERB_RELEASE:
		return set_gate(run, step);
	case VERB_CUT:
	case VERB_MEND:
		return cut_or_mend(run, step);
	default:
		return tell(run, step);
	}
}

/* Any key on a terminal, a line elsewhere; where input has ended nobody is waited for. */
static void wait_for_key(const struct step *step)
{
	struct termios before, now;
	bool terminal = !tcgetattr(STDIN_FILENO, &before);
	char key;

	printf("  %s ", step->text);
	fflush(stdout);
	if (terminal) {
		now = before;
		now.c_lflag &= ~(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &now);
	}
	while (read(STDIN_FILENO, &key, 1) == 1 && !terminal && key != '\n')
		;
	if (terminal)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	putchar('\n');
}

/* By this command itself, wherever it is. */
static int start_gateway(const struct run *run)
{
	if (run->lab->tcp == HOSTS || run->options->protocol == IPPROTO_TCP)
		return 0;
	return stage_run(stage_namespaces[!run->lab->tcp], "/proc/self/exe gateway start eth0 --protocol %u",
			 run->options->protocol);
}

/**
 * run_begin - set the stage, start the programs, record
 * @run: of the lab; run_end() must follow, whatever comes of this
 *
 * The programs begin before the recording does, so that they do not inherit it and keep it busy.
 *
 * Return: 0, or -1 after a message.
 */
int run_begin(struct run *run)
{
	u8 id;

	if (stage_set(run->lab->delay_ms, stage_family(run->options->ipv6)) || start_gateway(run))
		return -1;
	for (id = CLIENT; id < HOSTS; id++) {
		struct lab_options own = *run->options;

		own.protocol = protocol_of(run, id);
		if (host_start(&run->host[id], id, &own))
			return -1;
		trace_name(&run->trace, host_names[id], run->host[id].net);
	}
	return run->traced ? recording_begin(&run->recording, TRACEFS_LAB) : 0;
}

/* The step after this one; @again counts what is left of the repetition that it stands in. */
static size_t next_step(const struct lab *lab, size_t i, u32 *again)
{
	if (lab->steps[i].verb == VERB_REPEAT)
		*again = lab->steps[i].number;
	if (lab->steps[i].verb != VERB_END || !--*again)
		return i + 1;
	while (lab->steps[i].verb != VERB_REPEAT)
		i--;
	return i + 1;
}

/* The kernel has room for some thousand events only: a long repetition is read while it goes on. */
static bool between(struct run *run, const struct step *step)
{
	if (step->verb == VERB_END && run->traced)
		recording_read(&run->recording, &run->trace);
	return step->verb == VERB_REPEAT || step->verb == VERB_END;
}

/* Takes the steps one after the other, up to one that fails; the trace is complete then. */
void run_steps(struct run *run)
{
	const struct lab *lab = run->lab;
	u32 again = 0;
	size_t i;

	for (i = 0; i < lab->step_count; i = next_step(lab, i, &again)) {
		const struct step *step = &lab->steps[i];

		if (between(run, step))
			continue;
		if (run->options->step)
			wait_for_key(step);
		if (!perform(run, step))
			break;
	}
	sleep_ms(SETTLE_MS);
	if (run->traced)
		recording_read(&run->recording, &run->trace);
}

/* Ends the recording and the programs, and clears the stage. */
void run_end(struct run *run)
{
	u8 id;

	if (run->recording.path)
		recording_end(&run->recording);
	for (id = CLIENT; id < HOSTS; id++)
		host_end(&run->host[id]);
	stage_clear();
}
