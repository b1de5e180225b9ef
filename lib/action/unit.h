/* SPDX-License-Identifier: MIT */
/* unit - services that systemd runs; UNAVAILABLE where it does not */
#ifndef SH_ACTION_UNIT_H
#define SH_ACTION_UNIT_H

#include "action/proc.h"
#include "base/error.h"

/* Restart and wait until systemd says it is active. Fills *MAIN. */
int sh_unit_restart(const char *unit, int64_t timeout, struct sh_proc *main, struct sh_error *err);

/* The main process: 1 found, 0 none. */
int sh_unit_main(const char *unit, struct sh_proc *main, struct sh_error *err);

#endif
