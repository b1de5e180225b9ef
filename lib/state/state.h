/* SPDX-License-Identifier: MIT */
/*
 * state - the private database of one program: NAME.db in the state directory
 *
 * One writer: an exclusive lock (flock on NAME.lock) is held for the life of the
 * handle. Values are opaque bytes under (table, key). Changes are made inside
 * one transaction that commits at sh_state_commit(); a kill before that leaves
 * the older state whole. The schema version is checked: a newer one is refused,
 * an older one migrated.
 *
 * Each row has a checksum: bytes that changed on the disk are no value, however
 * plausible. Such a row is there, but its value is NULL; whoever reads it says so
 * and goes on without it. Rows of older versions have none and are believed.
 */
#ifndef SH_STATE_STATE_H
#define SH_STATE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct sh_state;

/* --lock: how long to wait for the writer's lock, ns; 0 fail at once. */
#define SH_LOCK_WAIT_DEFAULT (INT64_C(10) * 1000000000)

/* Create DIR (0700) if needed and open NAME.db in it. SH_ERRC_LOCKED when the lock was not had. */
int sh_state_open(struct sh_state **out, const char *dir, const char *name, int64_t lock_wait,
		  struct sh_error *err);
/* Whether ERR, of open or of reading, says that the file is damaged. */
bool sh_state_is_damaged(const struct sh_error *err);
/*
 * Move the damaged NAME.db, with what belongs to it, to NAME.db.damaged-TIME, so
 * that the next open makes a new one; nothing is deleted. *ASIDE is the new path, owned.
 */
int sh_state_set_aside(const char *dir, const char *name, int64_t time, int64_t lock_wait, char **aside,
		       struct sh_error *err);
/* Read-only, no lock: for sh-ledger and sh-report. SH_ERRC_UNAVAILABLE when there is none. */
int sh_state_open_readonly(struct sh_state **out, const char *dir, const char *name, struct sh_error *err);
void sh_state_close(struct sh_state *s); /* rolls back what was not committed; NULL is fine */

/*
 * Let go of the database, but not of the lock; what was not committed is rolled
 * back. Nothing else may be done with S until it is awake again.
 */
void sh_state_suspend(struct sh_state *s);
int sh_state_wake(struct sh_state *s, struct sh_error *err); /* no harm where it is */

/*
 * A handle belongs to the process that opened it: a forked child must neither use
 * nor close it, unless it was suspended: then whoever wakes it has it. After exec nothing of it is left (close-on-exec).
 */

int sh_state_put(struct sh_state *s, const char *table, const void *key, size_t key_len,
		 const void *value, size_t len, struct sh_error *err);
int sh_state_delete(struct sh_state *s, const char *table, const void *key, size_t key_len, struct sh_error *err);
/* 1 found (*value malloc'd, caller frees; NULL when it is damaged), 0 not, -1. */
int sh_state_get(struct sh_state *s, const char *table, const void *key, size_t key_len,
		 void **value, size_t *len, struct sh_error *err);
/* Every row of a table in key order, a damaged one with a value of NULL; each() returns non-zero to stop. */
int sh_state_each(struct sh_state *s, const char *table,
		  int (*each)(void *arg, const void *key, size_t key_len, const void *value, size_t len),
		  void *arg, struct sh_error *err);
int sh_state_commit(struct sh_state *s, struct sh_error *err);

/*
 * The outbox (DESIGN 3, barriers): output lines since the last acknowledged
 * barrier, stored in the same transaction as the state.
 */
/* Store a batch of output under barrier SEQ, and forget batches up to ACKED. */
int sh_outbox_store(struct sh_state *s, uint64_t seq, uint64_t acked, const void *lines, size_t len,
		    struct sh_error *err);
/* The last stored barrier and acknowledgement; 0 0 when there were none. */
int sh_outbox_position(struct sh_state *s, uint64_t *seq, uint64_t *acked, struct sh_error *err);
/* Each stored batch after ACKED in order; LINES is NULL when they are damaged. */
int sh_outbox_each(struct sh_state *s, uint64_t acked,
		   int (*each)(void *arg, uint64_t seq, const void *lines, size_t len), void *arg,
		   struct sh_error *err);
/* Keep what is there of a damaged batch, under its number in the table SH_OUTBOX_ASIDE, for whoever wants to look at it. */
int sh_outbox_set_aside(struct sh_state *s, uint64_t seq, struct sh_error *err);
#define SH_OUTBOX_ASIDE "outbox damaged"

#endif
