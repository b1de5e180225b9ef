/* SPDX-License-Identifier: MIT */
/*
 * status - is the loop alive, and is anything open: one line as monitoring
 * plugins write it
 */
#ifndef SH_LEDGER_STATUS_H
#define SH_LEDGER_STATUS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "state/ledger.h"

/* The exit codes of monitoring plugins. */
enum sh_level { SH_LEVEL_OK, SH_LEVEL_WARNING, SH_LEVEL_CRITICAL, SH_LEVEL_UNKNOWN };

struct sh_status {
	int64_t now;
	int64_t last_round;     /* of any program, or the one asked for; 0: never */
	int64_t open, critical; /* faults, and those of severity critical */
	int64_t suppressed;     /* open ones that nobody is to act on: not among the others */
	int64_t repairs, failed; /* ended in the last 24 h; without the outcome fixed */
	int64_t waiting;        /* plans */
	int64_t pauses, holds;
};

/* PROGRAM NULL: whichever finished last. */
int sh_status_read(struct sh_ledger *l, int64_t now, const char *program, struct sh_status *out,
		   struct sh_error *err);
/* A round that another database knows of. */
void sh_status_add_round(struct sh_status *s, int64_t time);
/*
 * CRITICAL: no round within MAX_AGE (0: not looked at), or a critical fault.
 * WARNING: another open fault, a plan that waits, a held target. UNKNOWN: no
 * round ever and no MAX_AGE to judge it by.
 */
enum sh_level sh_status_level(const struct sh_status *s, int64_t max_age);
/* The line, with its newline. */
void sh_status_write(const struct sh_status *s, int64_t max_age, struct sh_buf *out);
/* The line where the ledger itself cannot be read. */
void sh_status_write_unknown(const char *why, struct sh_buf *out);

#endif
