/* SPDX-License-Identifier: MIT */
/* unit - services that systemd runs; UNAVAILABLE where it does not */
#ifndef SH_ACTION_UNIT_H
#define SH_ACTION_UNIT_H

#include "action/proc.h"
#include "base/error.h"

struct sh_unit {
	const char *name;
	const char *manager; /* path of a program that takes the words of systemctl; NULL: systemctl */
};

/* Restart and wait until systemd says it is active. Fills *MAIN. */
int sh_unit_restart(const struct sh_unit *u, int64_t timeout, struct sh_proc *main, struct sh_error *err);

int sh_unit_reload(const struct sh_unit *u, int64_t timeout, struct sh_error *err);

/* The main process: 1 found, 0 none. */
int sh_unit_main(const struct sh_unit *u, struct sh_proc *main, struct sh_error *err);

#endif
