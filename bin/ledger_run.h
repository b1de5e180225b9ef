/* SPDX-License-Identifier: MIT */
/* ledger_run - what the commands of sh-ledger share */
#ifndef SH_BIN_LEDGER_RUN_H
#define SH_BIN_LEDGER_RUN_H

#include <stdint.h>

#include "cli/cli.h"
#include "ledger/control.h"
#include "ledger/show.h"

struct sh_ledger_options {
	char *since, *target, *count, *reason, *until, *lasts, *max_age, *program;
	char *head, *backlog, *to;
	int list;
};

struct sh_run {
	struct sh_cli *cli;
	struct sh_ledger_options *o;
	const char **operand; /* after the command */
	char *dir;            /* owned */
	int64_t now;
	struct sh_ledger *ledger;
	struct sh_control control;
	struct sh_show show;
};

/* The exit code for N things that were found; -1 for -1. */
int sh_found(const struct sh_run *r, int64_t n);
/* --since as a time; NULL is 0. */
int64_t sh_run_since(const struct sh_run *r, const char *text);

/* Commands in files of their own: the exit code, or -1. */
int sh_run_baseline(struct sh_run *r, struct sh_error *err);
int sh_run_promote(struct sh_run *r, struct sh_error *err);
int sh_run_modes(struct sh_run *r, struct sh_error *err);
int sh_run_report(struct sh_run *r, struct sh_error *err);
int sh_run_verify(struct sh_run *r, struct sh_error *err);
int sh_run_export(struct sh_run *r, struct sh_error *err);

#endif
