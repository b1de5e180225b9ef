/* SPDX-License-Identifier: MIT */
/*
 * service - the processes of a declared service
 *
 * Named by a pid file, by the file they run, or by a pattern of their whole
 * command line. A pid file is believed only as far as its owner could have
 * signalled the process anyway: whoever can write it must not be able to aim a
 * signal of root at somebody else's process.
 */
#ifndef SH_ACTION_SERVICE_H
#define SH_ACTION_SERVICE_H

#include <jansson.h>

#include "action/proc.h"
#include "base/error.h"

struct sh_selector {
	const char *pidfile; /* exactly one of the three; borrowed */
	const char *exe;
	const char *cmdline; /* shell pattern of the arguments joined by blanks */
	const json_t *start; /* the start command, to know a process again; borrowed, NULL unknown */
};

/* Read the selector from parameters. At most one name may be given; none is an error unless OPTIONAL. */
int sh_selector_read(struct sh_selector *s, const json_t *parameters, bool optional,
		     struct sh_error *err);

/*
 * Add the living processes that the selector names (no children). None is no
 * error. A stale pid file (its pid is dead, or belongs to a process that is
 * younger than the file and was not started just as the site says) names none.
 */
int sh_service_find(const struct sh_selector *s, struct sh_procs *out, struct sh_error *err);

/* The same with all their children, from one reading of the machine. */
int sh_service_find_tree(const struct sh_selector *s, struct sh_procs *out, struct sh_error *err);

/* Remove the pid file when it names no living process of the service. Returns 1 when removed. */
int sh_service_clear_pidfile(const struct sh_selector *s, struct sh_error *err);

#endif
