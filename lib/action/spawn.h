/* SPDX-License-Identifier: MIT */
/*
 * spawn - start a program that owes nothing to the action that starts it
 *
 * Its own session, no inherited descriptors, default signals, a clean
 * environment, the machine's limits instead of the action's, and for good
 * another user where one is named. No shell, no PATH search.
 */
#ifndef SH_ACTION_SPAWN_H
#define SH_ACTION_SPAWN_H

#include <jansson.h>
#include <sys/types.h>

#include "base/error.h"

struct sh_spawn {
	const char *const *argv; /* argv[0] is a path */
	const char *user;        /* NULL: as we are */
	const char *directory;   /* NULL: / */
	const json_t *env;       /* object of strings, added to the clean ones; NULL none */
	const char *log;         /* appended to, opened as the user; NULL: /dev/null */
};

/* Returns once the program was executed, with its pid (our child), or -1 with the step that failed. */
int sh_spawn(const struct sh_spawn *s, pid_t *pid, struct sh_error *err);

#endif
