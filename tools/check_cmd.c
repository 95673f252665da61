// SPDX-License-Identifier: GPL-2.0
/*
 * "clasp check": would a command run over Clasp? Its program is looked at, not run; what a program loads
 * later, or starts, is not seen. The libraries are those that the loader says it would load.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "binary.h"
#include "commands.h"
#include "loading.h"
#include "run.h"

#define PATH_ROOM 1024

/* So many scripts may be each other's interpreters; the kernel takes no more. */
#define SCRIPTS 5

static int deny(const char *path, const char *why)
{
	printf("program: no, %s %s\n", path, why);
	return 1;
}

static int deny_preload(const char *path, const char *why)
{
	deny(path, why);
	if (loading_can())
		puts("program: with --bpf, which Linux has from 6.6 on, the kernel chooses for it, without a preload");
	return 1;
}

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "clasp: %s: %s\n", what, why);
	return 2;
}

/* As execvp() looks for it. */
static int find(const char *name, char *path)
{
	const char *from = getenv("PATH");
	size_t len;

	if (strchr(name, '/')) {
		snprintf(path, PATH_ROOM, "%s", name);
		return access(path, F_OK);
	}
	for (from = from ? from : "/bin:/usr/bin"; *from; from += len + (from[len] == ':')) {
		len = strcspn(from, ":");
		snprintf(path, PATH_ROOM, "%.*s/%s", len ? (int)len : 1, len ? from : ".", name);
		if (!access(path, X_OK))
			return 0;
	}
	errno = ENOENT;
	return -1;
}

/* The word of an "env" line that is a command: not an option, not a variable. */
static char *command_of(char *words)
{
	char *word = strtok(words, " \t");

	while (word && (*word == '-' || strchr(word, '=')))
		word = strtok(NULL, " \t");
	return word;
}

/* What is run of a script is what reads it: puts that into @path. Return: 0, 1 when it is no script, -1 and errno. */
static int follow(char *path)
{
	char line[PATH_ROOM] = "", *program, *rest;
	FILE *file = fopen(path, "r");
	bool script = file && fgets(line, sizeof(line), file) && !strncmp(line, "#!", 2);

	if (file)
		fclose(file);
	if (!script)
		return 1;
	line[strcspn(line, "\n")] = '\0';
	program = line + 2 + strspn(line + 2, " \t");
	rest = program + strcspn(program, " \t");
	if (*rest)
		*rest++ = '\0';
	if (strrchr(program, '/') && !strcmp(strrchr(program, '/'), "/env"))
		program = command_of(rest);
	if (!program || !*program) {
		errno = ENOEXEC;
		return -1;
	}
	printf("%s is read by %s\n", path, program);
	return find(program, path);
}

/* The loader leaves preloads out of a program that may do more than who starts it. */
static const char *privileged(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return NULL;
	if (status.st_mode & S_ISUID && status.st_uid != getuid())
		return "is set-user-ID: the loader takes no preload";
	if (status.st_mode & S_ISGID && status.st_mode & 0010 && status.st_gid != getgid())
		return "is set-group-ID: the loader takes no preload";
	if (getuid() && getxattr(path, "security.capability", NULL, 0) > 0)
		return "has capabilities: the loader takes no preload";
	return NULL;
}

/* It is asked what it would load: one that stands where anybody may put it might do anything. */
static bool is_systems(const char *loader)
{
	return (!strncmp(loader, "/lib64/ld-linux", 15) || !strncmp(loader, "/lib/ld-linux", 13)) &&
	       strrchr(loader, '/') == strstr(loader, "/ld-linux");
}

/* What the preload cannot be loaded into, whatever the program does. */
static const char *closed(const struct binary *binary)
{
	if (!binary->elf)
		return "is no program that this kernel would load";
	if (binary->foreign)
		return "is for another machine, or of another word size";
	if (binary->go)
		return "is a Go program: it calls the kernel, not the C library";
	if (!*binary->loader)
		return "is static: there is no loader to take a preload";
	if (!strstr(binary->loader, "/ld-linux"))
		return "uses another C library";
	if (!is_systems(binary->loader))
		return "has a loader of its own";
	return NULL;
}

/* Starts the loader, which lists libraries and runs nothing. */
static FILE *list_libraries(const char *loader, const char *path, pid_t *pid)
{
	int ends[2];

	if (pipe(ends))
		return NULL;
	*pid = fork();
	if (!*pid) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl(loader, loader, "--list", path, NULL);
		_exit(1);
	}
	close(ends[1]);
	return fdopen(ends[0], "r");
}

static bool library_calls(char *line, char *library)
{
	struct binary binary;

	return sscanf(line, "%*s => %1023s", library) == 1 && *library == '/' &&
	       !binary_read(&binary, library) && binary.internet;
}

static bool any_calls(const char *loader, const char *path, char *library)
{
	char line[2 * PATH_ROOM];
	bool found = false;
	pid_t pid;
	FILE *list = list_libraries(loader, path, &pid);

	if (!list)
		return false;
	while (!found && fgets(line, sizeof(line), list))
		found = library_calls(line, library);
	fclose(list);
	waitpid(pid, NULL, 0);
	return found;
}

static int judge(const char *path)
{
	const char *why = privileged(path);
	struct binary binary;
	char library[PATH_ROOM];

	if (why)
		return deny_preload(path, why);
	if (binary_read(&binary, path))
		return complain(path, strerror(errno));
	why = closed(&binary);
	if (why)
		return binary.elf ? deny_preload(path, why) : deny(path, why);
	if (binary.internet)
		printf("program: yes, %s calls socket()\n", path);
	else if (any_calls(binary.loader, path, library))
		printf("program: yes, %s calls socket() in %s\n", path, library);
	else
		return deny(path, "and its libraries open no sockets of the internet; programs that it starts may");
	return 0;
}

static int ask_kernel(void)
{
	u32 protocol = run_protocol();
	int err = run_ask(AF_INET, protocol);

	if (err) {
		printf("kernel: no, socket(AF_INET, SOCK_STREAM, %u): %s; is clasp.ko loaded?\n", protocol,
		       strerror(err));
		return 1;
	}
	printf("kernel: yes, for IPv4%s\n", run_ask(AF_INET6, protocol) ? " alone" : " and IPv6");
	return 0;
}

static int check(const char *name)
{
	char path[PATH_ROOM];
	int depth, status, kernel, left = find(name, path);

	if (left)
		return complain(name, strerror(errno));
	for (depth = 0; !left && depth <= SCRIPTS; depth++)
		left = follow(path);
	if (left <= 0)
		return complain(path, left ? strerror(errno) : "too many scripts read each other");
	status = access(path, X_OK) ? deny(path, "may not be run by you") : judge(path);
	if (status == 2)
		return 2;
	kernel = ask_kernel();
	return status ? status : kernel;
}

/**
 * command_check - clasp check [--] COMMAND...
 * @argc: of @argv
 * @argv: "check" and what follows
 *
 * Return: exit status: 0 if "clasp run" would have the command's program open Clasp sockets.
 */
int command_check(int argc, char **argv)
{
	int first = argc > 1 && !strcmp(argv[1], "--") ? 2 : 1;

	if (argc <= first || argv[first][0] == '-')
		return command_usage();
	return check(argv[first]);
}
