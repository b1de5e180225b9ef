/* SPDX-License-Identifier: MIT */
/* schedule_convert - crontabs and timers to tasks, and back */
#ifndef SH_BIN_SCHEDULE_CONVERT_H
#define SH_BIN_SCHEDULE_CONVERT_H

#include "cli/cli.h"
#include "schedule/task.h"

/* OPERAND: "crontab", "cron.d" or "timer", then files. The exit code. */
int schedule_import(struct sh_cli *cli, const char *const *operand);
/* WHAT is "crontab" or "timer". */
int schedule_export(struct sh_cli *cli, const struct sh_schedule *s, const char *what);

#endif
