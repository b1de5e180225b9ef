/* SPDX-License-Identifier: MIT */
/*
 * limit - how much processor time or memory some processes may have, reversibly
 *
 * What is changed is described by a JSON object that is complete before anything
 * changes: {kind, method, boot_id, cgroup, processes: [{pid, start, name, cgroup,
 * threads: [[tid, nice, policy]], oom}]}. Undoing touches a process only if it
 * still is the same one.
 *
 * A memory limit by control group holds for what is allocated from then on: what
 * a process has already stays with its old group (version 2), as documented in
 * the kernel's cgroup-v2.rst, "Memory Ownership".
 */
#ifndef SH_ACTION_LIMIT_H
#define SH_ACTION_LIMIT_H

#include <jansson.h>
#include <stdint.h>

#include "action/proc.h"
#include "base/error.h"

struct sh_limit {
	const char *method; /* cpu.max, cpu.cfs, idle, nice; memory.max, memory.limit, oom_score */
	const char *id;     /* names the control group: selfheal-ID-KIND */
	double cpu;         /* percent of one processor */
	uint64_t memory;    /* bytes */
	const struct sh_procs *procs;
};

/* "cpu" or "memory"; NULL for an unknown method. */
const char *sh_limit_kind(const char *method);
/* Whether this machine can do it: 0, or -1 with the reason as error. */
int sh_limit_supported(const struct sh_limit *l, struct sh_error *err);
/* What apply would change, a new reference; NULL with an error when that cannot be told. */
json_t *sh_limit_describe(const struct sh_limit *l, struct sh_error *err);
/* Do it. After a failure sh_limit_undo of the description cleans up. */
int sh_limit_apply(const struct sh_limit *l, const json_t *described, struct sh_error *err);
/* Put everything back; what is gone counts as put back. */
int sh_limit_undo(const json_t *described, struct sh_error *err);
/* Whether it is in force on all of its processes that live, one at least: 1 or 0. */
int sh_limit_in_force(const json_t *described);

#endif
