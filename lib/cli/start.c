/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/parts.h"
#include "record/alloc.h"

static void out_of_memory(void)
{
	static const char text[] = ": out of memory\n";
	const char *name = program_invocation_short_name;

	/* No stdio: it may want to allocate. */
	if (write(STDERR_FILENO, name, strlen(name)) > 0 &&
	    write(STDERR_FILENO, text, sizeof(text) - 1) > 0)
		_exit(SH_EXIT_SYSTEM);
	_exit(SH_EXIT_SYSTEM);
}

/* A closed descriptor would be given to the first file opened, and written into. */
static void open_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		_exit(SH_EXIT_SYSTEM);
	close(fd);
}

/*
 * Parents such as cron wrappers and Python leave SIGPIPE ignored; a filter must die
 * of it. With SIGCHLD ignored nobody could tell how a child ended.
 */
static void restore_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t set;

	sigemptyset(&action.sa_mask);
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGCHLD, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void sh_cli_start(void)
{
	open_standard_descriptors();
	restore_signals();
	sh_mem_set_handler(out_of_memory);
	sh_json_use_lists();
}
