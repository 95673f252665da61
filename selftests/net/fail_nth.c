// SPDX-License-Identifier: GPL-2.0
/*
 * Every call of a socket, once for each time that it asks for memory, and once for each time that it copies from
 * its program's or to it: the n-th time is refused. The call says what it may say then, the socket is as sane as
 * it was, what was accepted arrives, and nothing is left over. TCP makes each call in the same way before: what it
 * never says, but for ENOMEM, Clasp does not say. How sane TCP is afterwards is not asked: it loses a FIN. Needs
 * the debug kernel.
 */
#include "faults.h"
#include "scenes.h"

#define ERRORS 200

static void leave(struct stage *s)
{
	int fds[] = { s->here, s->there, s->other, s->listener };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static bool may_say(const struct scene *scene, bool copies, int error)
{
	unsigned int i;

	if (copies)
		return error == EFAULT;
	for (i = 0; i < ARRAY_SIZE(scene->errors); i++)
		if (error == scene->errors[i])
			return true;
	return false;
}

/* Play a scene with the n-th fault. Return: false when the call does not ask so often. */
static bool play(const struct scene *scene, int protocol, bool copies, unsigned int n, int said[ERRORS],
		 int *bad)
{
	struct stage s = { protocol, -1, -1, -1, -1, 0 };
	bool refused, fine;
	int error;
	long result;

	scene->prepare(&s);
	fault_arm(n);
	result = scene->call(&s);
	error = result < 0 ? errno : 0;
	refused = fault_disarm();
	fine = protocol == IPPROTO_TCP ||
	       (scene->sane(&s, result) && (!error || (refused && may_say(scene, copies, error))));
	if (!fine)
		ksft_print_msg("%s, fault %u (%srefused): said %ld (%s), at last %s\n", scene->name, n,
			       refused ? "" : "not ", result, strerror(error), strerror(errno));
	*bad += !fine;
	leave(&s);
	if (refused && error < ERRORS)
		said[error]++;
	return refused;
}

static void report(const struct scene *scene, int protocol, const char *what, unsigned int faults,
		   const int said[ERRORS])
{
	char text[512] = "";
	int error, len = 0;

	for (error = 0; error < ERRORS; error++)
		if (said[error])
			len += snprintf(text + len, sizeof(text) - len, ", %d times %s", said[error],
					error ? strerrorname_np(error) : "done");
	ksft_print_msg("%s, %s: %u times no %s%s\n", scene->name, protocol == IPPROTO_TCP ? "TCP" : "Clasp",
		       faults, what, text);
}

/* Has the call said what it should say, once at least? */
static bool has_said(const struct scene *scene, bool copies, const int said[ERRORS])
{
	int first = scene->errors[0], second = scene->errors[1];

	if (copies)
		return said[EFAULT] || !scene->copies;
	return !first || said[first] || (second && said[second]);
}

/*
 * Has the call said anything that TCP never says? Of ENOMEM nothing is concluded: whether TCP meets it depends on what
 * its caches held, and for bind() and listen() it says EADDRINUSE, though the port is not in use.
 */
static bool strange(const struct scene *scene, const int said[ERRORS], const int tcp[ERRORS])
{
	bool found = false;
	int error;

	for (error = 1; error < ERRORS; error++) {
		if (!said[error] || tcp[error] || error == ENOMEM)
			continue;
		ksft_print_msg("%s: TCP never says %s\n", scene->name, strerrorname_np(error));
		found = true;
	}
	return found;
}

/* Each fault once. Return: how many; @bad of them were not taken as they should be. */
static unsigned int play_each(const struct scene *scene, int protocol, bool copies, int said[ERRORS], int *bad)
{
	unsigned int n = 1;

	if (copies)
		faults_of_copies();
	else
		faults_of_memory();
	while (n < FAULTS_MOST && play(scene, protocol, copies, n, said, bad))
		n++;
	report(scene, protocol, copies ? "copy" : "memory", n - 1, said);
	return n - 1;
}

/* Return: faults, or -1 when the call did not take one of them as it should. */
static int play_all(const struct scene *scene, bool copies)
{
	int tcp[ERRORS] = { 0 }, said[ERRORS] = { 0 }, bad = 0;
	unsigned int faults;

	play_each(scene, IPPROTO_TCP, copies, tcp, &bad);
	faults = play_each(scene, IPPROTO_CLASP, copies, said, &bad);
	if (bad || faults == FAULTS_MOST - 1 || !has_said(scene, copies, said) || strange(scene, said, tcp))
		return -1;
	return faults;
}

static void test(const struct scene *scene)
{
	int memory = play_all(scene, false), copies = play_all(scene, true);

	if (!WITHIN(20, nothing_of("clasp")))
		stage_fails("%s: something is left", scene->name);
	ksft_test_result(memory >= 0 && copies >= 0,
			 "%s: memory is refused %d times, copies %d times, all is sane, nothing is left\n",
			 scene->name, memory, copies);
}

/* A page that this program touches for the first time is memory too, but not the call's. */
static void touch_all(void)
{
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		stage_fails("mlockall");
}

int main(void)
{
	unsigned int i;

	ksft_print_header();
	if (!faults_possible())
		ksft_exit_skip("this kernel lets nobody order faults\n");
	ksft_set_plan(ARRAY_SIZE(scenes) + 1);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < MUCH; i++)
		pattern[i] = i * 7 + i / 256;
	alone();
	file_write("/proc/sys/net/clasp/msl_ms", "10");
	file_write("/proc/sys/net/clasp/rto_initial_ms", "50");
	file_write("/proc/sys/net/clasp/rto_min_ms", "20");
	touch_all();
	for (i = 0; i < ARRAY_SIZE(scenes); i++)
		test(&scenes[i]);
	faults_over();
	ksft_finished();
}
