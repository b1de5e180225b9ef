/* SPDX-License-Identifier: MIT */
/*
 * retention - how much history the ledger keeps
 *
 * Repairs, notes and what has ended otherwise is dropped after 90 days, and the
 * oldest earlier when the file outgrows its cap. Never dropped: open repairs and
 * those with an open intent, open faults, pauses in force. Age counts from the
 * newest entry, so a clock set forward by mistake drops nothing.
 */
#ifndef SH_STATE_RETENTION_H
#define SH_STATE_RETENTION_H

#include "base/clock.h"

#define SH_LEDGER_MAX_AGE (90 * SH_DAY)
#define SH_LEDGER_MAX_BYTES (INT64_C(64) << 20)

#endif
