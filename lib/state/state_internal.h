/* SPDX-License-Identifier: MIT */
/* state_internal - the body of a private database, for state.c and outbox.c */
#ifndef SH_STATE_STATE_INTERNAL_H
#define SH_STATE_STATE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "state/db.h"

struct sh_state {
	struct sh_db db;
	char *path; /* of the database; owned */
	int lock;  /* descriptor of NAME.lock, -1 for a reader */
	bool lost; /* a failed write rolled the open transaction back */
};

/* Be inside the transaction that sh_state_commit ends. */
int sh_state_change(struct sh_state *s, struct sh_error *err);
/* Run a writing statement, noticing when it took the transaction with it. */
int sh_state_run(struct sh_state *s, struct sh_query *q, struct sh_error *err);

/* Of a row as a whole: a value under another row's key is as wrong as a changed one. */
int64_t sh_state_sum(const char *table, const void *key, size_t key_len, const void *value, size_t len);
/* Column C of the row that Q is at; NULL when the checksum in the column behind it is of other bytes. */
const void *sh_state_column(struct sh_query *q, int c, const char *table, const void *key, size_t key_len,
			    size_t *len);

#endif
