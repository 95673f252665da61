// SPDX-License-Identifier: GPL-2.0
/*
 * ss reads other files than /proc/net/tcp and tcp6 when PROC_NET_TCP and PROC_NET_TCP6 say so; netstat has to
 * find the module's lists in those very places. Nothing stays mounted on a file there, because the kernel looks
 * each of them up anew, so in a mount namespace of its own netstat gets another /proc/net. Neither
 * program spells the states as the RFC does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "listing.h"
#include "stage.h"

static const struct {
	const char *ss;
	const char *netstat;
} spellings[CLASP_STATES] = {
	[CLASP_ESTABLISHED] = { "ESTAB", "ESTABLISHED" },
	[CLASP_SYN_SENT] = { "SYN-SENT", "SYN_SENT" },
	[CLASP_SYN_RCVD] = { "SYN-RECV", "SYN_RECV" },
	[CLASP_FIN_WAIT_1] = { "FIN-WAIT-1", "FIN_WAIT1" },
	[CLASP_FIN_WAIT_2] = { "FIN-WAIT-2", "FIN_WAIT2" },
	[CLASP_TIME_WAIT] = { "TIME-WAIT", "TIME_WAIT" },
	[CLASP_CLOSED] = { "UNCONN", "CLOSE" },
	[CLASP_CLOSE_WAIT] = { "CLOSE-WAIT", "CLOSE_WAIT" },
	[CLASP_LAST_ACK] = { "LAST-ACK", "LAST_ACK" },
	[CLASP_LISTEN] = { "LISTEN", "LISTEN" },
	[CLASP_CLOSING] = { "CLOSING", "CLOSING" },
};

static void run_ss(void)
{
	setenv("PROC_NET_TCP", "/proc/net/clasp", 1);
	setenv("PROC_NET_TCP6", "/proc/net/clasp6", 1);
	execlp("ss", "ss", "-tan", NULL);
}

static void run_netstat(void)
{
	if (!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	    !mount("net", "/proc/self/net", "tmpfs", 0, NULL) &&
	    !symlink("/proc/thread-self/net/clasp", "/proc/self/net/tcp") &&
	    !symlink("/proc/thread-self/net/clasp6", "/proc/self/net/tcp6"))
		execlp("netstat", "netstat", "-tan", NULL);
}

/* Starts a program on a host; what it prints comes out of the file. */
static FILE *begin(const char *netns, void (*run)(void), pid_t *pid)
{
	int pair[2];

	if (pipe(pair))
		return NULL;
	*pid = fork();
	if (!*pid) {
		dup2(pair[1], STDOUT_FILENO);
		close(pair[0]);
		close(pair[1]);
		if (!stage_enter(netns))
			run();
		fprintf(stderr, "clasp: cannot list: %s\n", strerror(errno));
		_exit(127);
	}
	close(pair[1]);
	return fdopen(pair[0], "r");
}

static bool has_word(char *line, const char *wanted)
{
	char *word;

	for (word = strtok(line, "\n "); word; word = strtok(NULL, "\n "))
		if (!strcmp(word, wanted))
			return true;
	return false;
}

/* Lines with a word, or -1 when the program could not be run. */
static int count_lines(const char *netns, void (*run)(void), const char *word)
{
	char line[512];
	int count = 0, status = -1;
	pid_t pid;
	FILE *file = begin(netns, run, &pid);

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		count += has_word(line, word);
	fclose(file);
	return waitpid(pid, &status, 0) == pid && !status ? count : -1;
}

/**
 * listing_shows - do ss and netstat show what a step says?
 * @netns: name of the host's namespace
 * @step: state and number
 * @found: receives what they show
 * @room: of @found
 */
bool listing_shows(const char *netns, const struct step *step, char *found, size_t room)
{
	int ss = count_lines(netns, run_ss, spellings[step->state].ss);
	int netstat = count_lines(netns, run_netstat, spellings[step->state].netstat);

	snprintf(found, room, "ss: %d %s, netstat: %d %s", ss, spellings[step->state].ss, netstat,
		 spellings[step->state].netstat);
	return ss == (int)step->number && netstat == (int)step->number;
}
