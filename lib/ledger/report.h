/* SPDX-License-Identifier: MIT */
/*
 * report - what would have been done, and what then happened without it
 *
 * Of the faults that were only observed, or of which the question was not answered:
 * how many were over by themselves and how soon, how many something else repaired,
 * how many are open. By rule and playbook, as notices.
 */
#ifndef SH_LEDGER_REPORT_H
#define SH_LEDGER_REPORT_H

#include "ledger/show.h"

/* Of what was told since SINCE. How many lines, or -1. */
int64_t sh_report_show(const struct sh_show *s, int64_t since, struct sh_error *err);

/* What sh-ledger promote said of rules and playbooks; what is as configured is left out. */
int64_t sh_modes_show(const struct sh_show *s, struct sh_error *err);

#endif
