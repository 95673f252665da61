// SPDX-License-Identifier: GPL-2.0
/*
 * "clasp run": a command's programs get the preload, or the kernel a program that chooses for them. Where nothing
 * has to be done when the command ends it takes the place of this process; otherwise this process waits beside it,
 * and passes on what signals it is sent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "run.h"

/* What shells say of a command that there is not, and of one that cannot be run. */
#define EXIT_NOT_FOUND 127
#define EXIT_NOT_RUN 126

/* What this command says of itself. */
#define EXIT_NOT_BEGUN 2

/**
 * struct run - one call of the command
 * @strict: no TCP where there is no Clasp
 * @report: count, and tell
 * @bpf: by a program in the kernel, not by the preload
 * @command: its words, NULL at the end
 * @tally: shared with its programs, if the preload has to count
 * @fd: of @tally
 * @hook: of the program in the kernel
 */
struct run {
	bool strict;
	bool report;
	bool bpf;
	char **command;
	struct run_tally *tally;
	int fd;
	struct run_hook *hook;
};

static pid_t child;

static int read_words(struct run *run, char **words)
{
	for (; *words && **words == '-'; words++) {
		if (!strcmp(*words, "--")) {
			words++;
			break;
		}
		if (!strcmp(*words, "--strict"))
			run->strict = true;
		else if (!strcmp(*words, "--report"))
			run->report = true;
		else if (!strcmp(*words, "--bpf"))
			run->bpf = true;
		else
			return -1;
	}
	run->command = words;
	return *words ? 0 : -1;
}

/* Sealed, so that no program of the command can take it away from the others. */
static int make_tally(struct run *run)
{
	run->fd = memfd_create("clasp-run", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (run->fd < 0 || ftruncate(run->fd, sizeof(*run->tally)) ||
	    fcntl(run->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		goto failed;
	run->tally = mmap(NULL, sizeof(*run->tally), PROT_READ, MAP_SHARED, run->fd, 0);
	if (run->tally == MAP_FAILED)
		goto failed;
	return 0;

failed:
	fprintf(stderr, "clasp: memory to count in: %s\n", strerror(errno));
	return -1;
}

static int set_environment(const struct run *run, const char *library, u32 protocol)
{
	const char *kept = getenv("LD_PRELOAD");
	char *preload = NULL, order[80];
	int status;

	snprintf(order, sizeof(order), "%u %s", protocol, run->strict ? RUN_STRICT : RUN_FALLBACK);
	if (run->report)
		snprintf(order + strlen(order), sizeof(order) - strlen(order), " /proc/%d/fd/%d",
			 getpid(), run->fd);
	if (asprintf(&preload, "%s%s%s", library, kept && *kept ? ":" : "", kept ? kept : "") < 0)
		return -1;
	status = setenv(RUN_ORDER, order, 1) || setenv("LD_PRELOAD", preload, 1) ? -1 : 0;
	free(preload);
	return status;
}

static int execute(char **command)
{
	execvp(*command, command);
	fprintf(stderr, "clasp: %s: %s\n", *command, strerror(errno));
	return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}

/* What a terminal sends, it has sent to the command too. */
static void pass_on(int number, siginfo_t *info, void *unused)
{
	(void)unused;
	if (info->si_code <= 0)
		kill(child, number);
}

/* What was to be ignored before stays ignored, in both processes. */
static void listen_for(const sigset_t *signals)
{
	struct sigaction action = { .sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigaction before;
	int number;

	for (number = 1; number < SIGRTMIN; number++)
		if (sigismember(signals, number) && !sigaction(number, NULL, &before) &&
		    before.sa_handler != SIG_IGN)
			sigaction(number, &action, NULL);
}

/* Until it is waited for its number is nobody else's; then there is nobody to pass a signal on to. */
static int wait_for_child(const sigset_t *signals)
{
	siginfo_t info;
	int status;

	while (waitid(P_PID, child, &info, WEXITED | WNOWAIT))
		;
	sigprocmask(SIG_BLOCK, signals, NULL);
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void tell(const struct run *run, const struct run_tally *tally)
{
	fprintf(stderr, "clasp: %lu sockets over Clasp, %lu not", tally->clasp, tally->other);
	if (run->strict)
		fprintf(stderr, ", %lu refused", tally->refused);
	fputc('\n', stderr);
}

/* No signal comes between the fork and the moment when there is somebody to pass it on to. */
static int execute_beside(const struct run *run)
{
	static const int passed_on[] = { SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM };
	void (*of_children)(int number);
	sigset_t signals, before;
	struct run_tally tally = { 0 };
	size_t i;
	int status = EXIT_NOT_BEGUN;

	sigemptyset(&signals);
	for (i = 0; i < ARRAY_SIZE(passed_on); i++)
		sigaddset(&signals, passed_on[i]);
	sigprocmask(SIG_BLOCK, &signals, &before);
	/* A child is not waited for where its end is ignored. */
	of_children = signal(SIGCHLD, SIG_DFL);
	child = fork();
	if (!child) {
		signal(SIGCHLD, of_children);
		sigprocmask(SIG_SETMASK, &before, NULL);
		_exit(run->hook && run_hook_join(run->hook) ? EXIT_NOT_BEGUN : execute(run->command));
	}
	if (child < 0) {
		perror("clasp: fork");
	} else {
		listen_for(&signals);
		sigprocmask(SIG_SETMASK, &before, NULL);
		status = wait_for_child(&signals);
	}
	if (run->hook)
		run_hook_leave(run->hook, &tally);
	if (run->report && child > 0)
		tell(run, run->tally ? run->tally : &tally);
	return status;
}

/* The kernel is asked now what it has: its program cannot try one protocol and take another. */
static int set_hook(struct run *run, u32 protocol)
{
	struct run_choice choice = {
		.protocol = protocol,
		.strict = run->strict,
		.ipv4 = !run_ask(AF_INET, protocol),
		.ipv6 = !run_ask(AF_INET6, protocol),
	};

	run->hook = run_hook(&choice);
	return run->hook ? 0 : -1;
}

static int set_preload(struct run *run, u32 protocol)
{
	char library[512];

	if (run_library(library, sizeof(library)) || (run->report && make_tally(run)))
		return -1;
	return set_environment(run, library, protocol);
}

/**
 * command_run - clasp run [--strict] [--report] [--bpf] [--] COMMAND...
 * @argc: of @argv
 * @argv: "run" and what follows
 *
 * Return: exit status: the command's, 128 and the signal's number when one ended it.
 */
int command_run(int argc, char **argv)
{
	struct run run = { 0 };
	u32 protocol = run_protocol();

	(void)argc;
	if (read_words(&run, argv + 1))
		return command_usage();
	if (run.strict && run_need(protocol))
		return 1;
	if (run.bpf ? set_hook(&run, protocol) : set_preload(&run, protocol))
		return EXIT_NOT_BEGUN;
	return run.report || run.hook ? execute_beside(&run) : execute(run.command);
}
