/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/state.h"

#include <inttypes.h>
#include <stddef.h>

#include "state/db.h"
#include "state/state_internal.h"

#define TABLE "outbox"

static int forget_acknowledged(struct sh_state *s, int64_t acked, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };

	sh_query_init(&q, &s->db, "DELETE FROM outbox WHERE seq <= ?1");
	sh_query_int(&q, acked);
	return sh_state_run(s, &q, err);
}

static int store_position(struct sh_state *s, int64_t seq, int64_t acked, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };

	sh_query_init(&q, &s->db,
		      "INSERT INTO position (one, seq, acked) VALUES (1, ?1, ?2)"
		      " ON CONFLICT DO UPDATE SET seq = excluded.seq, acked = excluded.acked");
	sh_query_int(&q, seq);
	sh_query_int(&q, acked);
	return sh_state_run(s, &q, err);
}

static int store_batch(struct sh_state *s, int64_t seq, const void *lines, size_t len,
		       struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };

	sh_query_init(&q, &s->db, "INSERT INTO outbox (seq, lines, sum) VALUES (?1, ?2, ?3)");
	sh_query_int(&q, seq);
	sh_query_blob(&q, lines, len);
	sh_query_int(&q, sh_state_sum(TABLE, &seq, sizeof(seq), lines ? lines : "", len));
	return sh_state_run(s, &q, err);
}

/* Barriers only go forward: one that was stored already would double its output. */
static int check_order(struct sh_state *s, uint64_t seq, uint64_t *acked, struct sh_error *err)
{
	uint64_t last_seq, last_acked;

	if (sh_outbox_position(s, &last_seq, &last_acked, err) < 0)
		return -1;
	if (seq > INT64_MAX || *acked >= seq)
		return sh_error_set(err, SH_ERRC_INPUT,
				    "barrier %" PRIu64 " cannot acknowledge %" PRIu64, seq, *acked);
	if (seq <= last_seq)
		return sh_error_set(err, SH_ERRC_INPUT,
				    "barrier %" PRIu64 " comes after barrier %" PRIu64, seq,
				    last_seq);
	if (*acked < last_acked)
		*acked = last_acked; /* what was acknowledged once is gone */
	return 0;
}

int sh_outbox_store(struct sh_state *s, uint64_t seq, uint64_t acked, const void *lines, size_t len,
		    struct sh_error *err)
{
	if (check_order(s, seq, &acked, err) < 0 || sh_state_change(s, err) < 0 ||
	    forget_acknowledged(s, (int64_t)acked, err) < 0 ||
	    store_batch(s, (int64_t)seq, lines, len, err) < 0)
		return -1;
	return store_position(s, (int64_t)seq, (int64_t)acked, err);
}

int sh_outbox_position(struct sh_state *s, uint64_t *seq, uint64_t *acked, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	sh_query_init(&q, &s->db, "SELECT seq, acked FROM position");
	got = sh_query_next(&q, err);
	*seq = got > 0 ? (uint64_t)sh_query_column_int(&q, 0) : 0;
	*acked = got > 0 ? (uint64_t)sh_query_column_int(&q, 1) : 0;
	return got < 0 ? -1 : 0;
}

int sh_outbox_set_aside(struct sh_state *s, uint64_t seq, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };

	if (sh_state_change(s, err) < 0)
		return -1;
	sh_query_init(&q, &s->db, "INSERT INTO value (space, key, value) SELECT ?1, CAST(CAST(seq AS TEXT) AS BLOB), lines"
				  "  FROM outbox WHERE seq = ?2"
				  " ON CONFLICT DO UPDATE SET value = excluded.value");
	sh_query_text(&q, SH_OUTBOX_ASIDE);
	sh_query_int(&q, (int64_t)seq);
	return sh_state_run(s, &q, err);
}

int sh_outbox_each(struct sh_state *s, uint64_t acked,
		   int (*each)(void *arg, uint64_t seq, const void *lines, size_t len), void *arg,
		   struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	sh_query_init(&q, &s->db, "SELECT seq, lines, sum FROM outbox WHERE seq > ?1 ORDER BY seq");
	sh_query_int(&q, acked > INT64_MAX ? INT64_MAX : (int64_t)acked);
	while ((got = sh_query_next(&q, err)) > 0) {
		int64_t seq = sh_query_column_int(&q, 0);
		size_t len;
		const void *lines = sh_state_column(&q, 1, TABLE, &seq, sizeof(seq), &len);

		if (each(arg, (uint64_t)seq, lines, len))
			return 0;
	}
	return got;
}
