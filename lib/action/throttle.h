/* SPDX-License-Identifier: MIT */
/*
 * throttle - ways to slow the block I/O of processes down, each reversible
 *
 * What was changed is described by a JSON object that is complete before
 * anything changes, so that a run that was killed can still be undone:
 * {method, boot_id, cgroup, device, pids:[{pid, start, name, cgroup, ioprio}]}.
 * Undoing touches a process only if it is still the same one.
 */
#ifndef SH_ACTION_THROTTLE_H
#define SH_ACTION_THROTTLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "action/iohog.h"
#include "base/error.h"

struct sh_throttle {
	const char *method;    /* io.max, blkio.throttle, ionice, pause */
	const char *id;        /* names the control group: selfheal-ID */
	char device[32];       /* "254:0" of the whole disk, "" none */
	const struct sh_iohog *hog;
	size_t hogs;
	uint64_t limit_bytes, limit_iops;
};

bool sh_throttle_is_method(const char *name);

/* Whether this kernel can do it for this device: 0, or -1 with the reason as error. */
int sh_throttle_supported(const struct sh_throttle *t, struct sh_error *err);

/* What apply would change, a new reference; NULL with an error when a process is gone. */
json_t *sh_throttle_describe(const struct sh_throttle *t, struct sh_error *err);

/* Do it. After a failure sh_throttle_undo of the description cleans up. */
int sh_throttle_apply(const struct sh_throttle *t, const json_t *described, struct sh_error *err);

/* Put everything back; what is gone counts as put back. */
int sh_throttle_undo(const json_t *described, struct sh_error *err);

/* Whether it is in force on at least one living process, and on all that live: 1 or 0. */
int sh_throttle_in_force(const json_t *described);

#endif
