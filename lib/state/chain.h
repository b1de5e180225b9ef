/* SPDX-License-Identifier: MIT */
/*
 * chain - the ledger's history, each entry tied to the one before it
 *
 * Each change of a repair, intent, approval, pause, silence or note is an entry of the
 * table chain, written in the transaction of the change. It has the row as
 * it then was, as JSON, with the SHA-256 of its record and output instead of their text;
 * of what a row was before, earlier entries speak. Its digest is
 * the SHA-256 of
 *
 *	prior LF seq LF time LF what LF about LF body LF
 *
 * where prior is the digest of the entry before, 64 zeros for the first; time is in ns.
 * So a removed, changed or inserted entry is noticed, and so is a row that is not as its
 * last entry says. There is no key: who may write the ledger can make the whole chain
 * anew. Against that helps a digest that is kept elsewhere (HEAD of a check).
 *
 * Retention drops entries from the start; what is dropped is vouched for by an entry
 * "anchor" at the end: {"before" ns, rows older than this may be gone; "through" the last
 * entry dropped, which is how many there were; "digest" its digest; "dropped" this time}.
 * The last entry of a row that stays is entered again before it is dropped.
 */
#ifndef SH_STATE_CHAIN_H
#define SH_STATE_CHAIN_H

#include <stdint.h>

#include "base/error.h"
#include "base/sha256.h"
#include "state/ledger.h"

struct sh_chain_entry {
	int64_t seq, time;
	const char *what;  /* repair intent approval pause silence note anchor */
	const char *about; /* the row's number, or the plan */
	const char *body, *prior, *digest;
	const char *record; /* the text that record_sha256 in the body speaks of; NULL none, or no longer there */
}; /* borrowed */

/*
 * In order, those from the first at or after SINCE to the last before UNTIL (0: no end).
 * EACH leaves the ledger alone; non-zero stops.
 */
int sh_ledger_chain(struct sh_ledger *l, int64_t since, int64_t until,
		    int (*each)(void *arg, const struct sh_chain_entry *e), void *arg,
		    struct sh_error *err);

/* A check of entries in order; zeroed, then one call for each. */
struct sh_chain_check {
	int64_t entries, first, last;
	int64_t broken;      /* the first entry that is not right; 0 all are */
	char why[160];
	char head[SH_SHA256_TEXT]; /* the digest of the last */
	/* Begins after entries that were dropped; whether an anchor vouches for that. */
	char before[SH_SHA256_TEXT];
	bool anchored;
	/* What the caller has kept of an earlier check, NULL none: must be in the chain. */
	const char *kept;
	int64_t kept_seq;
	bool kept_seen;
};
/* After the first that is broken nothing more is looked at. */
void sh_chain_check_add(struct sh_chain_check *c, const struct sh_chain_entry *e);

/*
 * Check the whole chain, then the rows against it, all of one moment. WRONG is told of
 * each row that is not as the chain says, after BROKEN none. Returns how many are wrong, or -1.
 */
int64_t sh_ledger_verify(struct sh_ledger *l, struct sh_chain_check *c,
			 void (*wrong)(void *arg, const char *what, const char *about, const char *why),
			 void *arg, struct sh_error *err);

#endif
