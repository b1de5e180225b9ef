/* SPDX-License-Identifier: MIT */
/*
 * audit - the chain of the ledger (state/chain.h) shown, taken elsewhere, and checked
 *
 * An entry is exported as a notice with the members "note":"entry", "seq", "at" (ns),
 * "what", "row", "body", "prior", "digest" and, where the ledger still has the text that
 * the body gives the SHA-256 of, "record". "body" and "record" are strings, so that no
 * reader changes a byte of what the digests are of.
 */
#ifndef SH_LEDGER_AUDIT_H
#define SH_LEDGER_AUDIT_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "ledger/show.h"

/* From the first entry at or after SINCE to the last before UNTIL (0: all). How many, or -1. */
int64_t sh_audit_export(const struct sh_show *s, int64_t since, int64_t until, struct sh_error *err);

/*
 * Check the ledger, or an export read from IN. Writes a critical notice for each thing
 * that is wrong, and when nothing is, one that says how much was looked at and gives
 * "head", the last entry and its digest, "SEQ:DIGEST". HEAD, one that was kept, must be
 * there; NULL none. An export may begin anywhere. Returns how many are wrong, or -1.
 */
int64_t sh_audit_ledger(const struct sh_show *s, const char *head, struct sh_error *err);
int64_t sh_audit_file(const struct sh_show *s, FILE *in, const char *name, const char *head,
		      struct sh_error *err);

#endif
