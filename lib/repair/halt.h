/* SPDX-License-Identifier: MIT */
/*
 * halt - whether a repair was told to end after the step that it is at
 *
 * SIGUSR1 says so. It is blocked from before the fork and never handled: that it is
 * pending is the message, so nothing is interrupted and nothing is lost. A program
 * that is executed has it unblocked again (base/process.h).
 */
#ifndef SH_REPAIR_HALT_H
#define SH_REPAIR_HALT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Before the first fork; children inherit it. */
void sh_halt_prepare(void);
bool sh_halt_asked(void);
/* Sleep so long, or until it is asked; whether it is. */
bool sh_halt_sleep(int64_t ns);
/* Tell the process group of a child, or the child while it has none. */
void sh_halt_tell(pid_t pid);

#endif
