// SPDX-License-Identifier: GPL-2.0
/*
 * A namespace begins and the module is put in, once for each time that this asks for memory: the n-th time is
 * refused. Either it works all the same or it fails and leaves nothing, and without faults it works. Of both only
 * what Clasp does is tried, and whom it calls. Needs the debug kernel.
 */
#include "faults.h"
#include "loopback.h"
#include "module.h"

#define PORT 80

static int home;

static void go_home(void)
{
	if (setns(home, CLONE_NEWNET))
		stage_fails("setns");
}

/* Return: 0 or an errno. */
static int begin(void)
{
	return unshare(CLONE_NEWNET) ? errno : 0;
}

/* The kernel says ENFILE of a socket of its own, and ENOBUFS of the slabs of a protocol. */
static bool for_want_of_memory(int error)
{
	return error == ENOMEM || error == ENFILE || error == ENOBUFS;
}

/* Once more: with one chance in each namespace. */
static bool serves(void)
{
	int fd;

	alone();
	fd = socket(AF_INET, SOCK_STREAM, IPPROTO_CLASP);
	if (fd < 0 || bind(fd, LOOPBACK(PORT)) || listen(fd, 1))
		return false;
	close(fd);
	return true;
}

static bool is_expected(unsigned int n, int error, bool refused)
{
	if (refused && for_want_of_memory(error))
		return true;
	ksft_print_msg("fault %u (%srefused): %s\n", n, refused ? "" : "not ", strerror(error));
	return false;
}

static void namespaces_begin(void)
{
	unsigned int n, failed = 0, bad = 0;
	bool refused = true;

	faults_of_module();
	for (n = 1; refused && n < FAULTS_MOST; n++) {
		int error;

		fault_arm(n);
		error = begin();
		refused = fault_disarm();
		failed += error != 0;
		bad += error && !is_expected(n, error, refused);
		go_home();
	}
	ksft_test_result(!bad && failed && !refused,
			 "unshare: %u faults, %u of them failed it, as they should\n", n - 2, failed);
	ksft_test_result(serves(), "and without faults a namespace is whole\n");
	go_home();
	ksft_test_result(WITHIN(10, nothing_of("clasp") && module_is_free()), "nothing is left of them\n");
}

/* Return: true when the call did not ask so often. */
static bool insert_with(unsigned int n, unsigned int *failed, unsigned int *bad)
{
	bool refused, left;
	int error;

	fault_arm(n);
	error = insert("");
	refused = fault_disarm();
	*failed += error != 0;
	left = error ? !nothing_left() : !leaves_soon() || !nothing_left();
	if (left)
		ksft_print_msg("fault %u: something is left\n", n);
	*bad += left || (error && !is_expected(n, error, refused));
	return !refused;
}

static void insert_without(const char *what, const char *function)
{
	unsigned int n = 1, failed = 0, bad = 0;

	faults_of_function(function);
	while (n < FAULTS_MOST && !insert_with(n, &failed, &bad))
		n++;
	ksft_test_result(!bad && failed && n < FAULTS_MOST,
			 "insmod: %u faults at %s, %u of them failed it, nothing left\n", n - 1, what,
			 failed);
}

/* The kernel itself loses a slab's name when it finds no memory for the slab's files in sysfs. */
static void module_comes(void)
{
	if (!leaves_soon())
		stage_fails("rmmod");
	insert_without("what the first namespace has", "register_pernet_subsys");
	insert_without("sysctls", "__register_sysctl_table");
	faults_except("sysfs_slab_add");
	insert_without("slabs", "__kmem_cache_create_args");
	ksft_test_result(!insert("") && serves(), "and without faults the module serves\n");
	go_home();
}

int main(void)
{
	ksft_print_header();
	if (!faults_possible())
		ksft_exit_skip("this kernel lets nobody order faults\n");
	ksft_set_plan(8);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	namespaces_begin();
	module_comes();
	faults_over();
	ksft_finished();
}
