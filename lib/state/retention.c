/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/retention.h"

#include "state/db.h"
#include "state/ledger_internal.h"

/* One batch is one transaction of some milliseconds: other writers get their turn between. */
#define BATCH_ROWS 256
/* Of the chain: a repair has two, and two for each of its intents. */
#define BATCH_ENTRIES (8 * (int64_t)BATCH_ROWS)
#define BATCHES_AT_ONCE 8

struct batch {
	int64_t before; /* ns; drop what is older */
	size_t tables;  /* how many of EXPIRED */
	int64_t dropped;
};

/* ?1 older than this, ?2 at most so many. The first two are what grows. */
#define HISTORY_TABLES 2
static const char *const expired[] = {
	"DELETE FROM repair WHERE row IN (SELECT row FROM repair r WHERE started < ?1"
	"  AND ended <> 0 AND NOT EXISTS"
	"  (SELECT 1 FROM intent i WHERE i.repair = r.row AND i.state = 'open')"
	"  ORDER BY started LIMIT ?2)",
	"DELETE FROM note WHERE row IN"
	"  (SELECT row FROM note WHERE time < ?1 ORDER BY time LIMIT ?2)",
	"DELETE FROM fault WHERE rowid IN"
	"  (SELECT rowid FROM fault WHERE status = 'resolved' AND time < ?1 LIMIT ?2)",
	"DELETE FROM approval WHERE rowid IN"
	"  (SELECT rowid FROM approval WHERE time < ?1 LIMIT ?2)",
	"DELETE FROM pause WHERE row IN (SELECT row FROM pause WHERE since < ?1"
	"  AND ((ended <> 0 AND ended < ?1) OR (until <> 0 AND until < ?1)) LIMIT ?2)",
	"DELETE FROM silence WHERE row IN (SELECT row FROM silence WHERE until < ?1 LIMIT ?2)",
	"DELETE FROM guard WHERE rowid IN (SELECT rowid FROM guard"
	"  WHERE max(last_started, last_ended, healthy_since) < ?1 LIMIT ?2)",
	"DELETE FROM member WHERE rowid IN (SELECT rowid FROM member WHERE until < ?1 LIMIT ?2)",
};

static int drop_batch(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	struct batch *b = arg;
	int64_t before = sqlite3_total_changes64(l->db.handle);

	for (size_t i = 0; i < b->tables; i++) {
		SH_CLEANUP_QUERY struct sh_query q = { 0 };

		sh_query_init(&q, &l->db, expired[i]);
		sh_query_int(&q, b->before);
		sh_query_int(&q, BATCH_ROWS);
		if (sh_query_run(&q, err) < 0)
			return -1;
	}
	b->dropped = sqlite3_total_changes64(l->db.handle) - before;
	if (b->dropped && sh_chain_drop(l, b->before, sh_clock_wall(), BATCH_ENTRIES, err) < 0)
		return -1;
	return sh_db_exec(&l->db, "PRAGMA incremental_vacuum", err);
}

static int read_int(struct sh_ledger *l, const char *sql, int64_t bound, int64_t *out,
		    struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	sh_query_init(&q, &l->db, sql);
	if (q.stmt && sqlite3_bind_parameter_count(q.stmt))
		sh_query_int(&q, bound);
	got = sh_query_next(&q, err);
	*out = got > 0 ? sh_query_column_int(&q, 0) : 0;
	return got < 0 ? -1 : 0;
}

/* The present, as far as the ledger itself vouches for it. */
static int newest_entry(struct sh_ledger *l, int64_t *out, struct sh_error *err)
{
	int64_t now = sh_clock_wall();

	if (read_int(l,
		     "SELECT max(ifnull((SELECT max(started) FROM repair), 0),"
		     " ifnull((SELECT max(time) FROM note), 0))",
		     0, out, err) < 0)
		return -1;
	if (*out > now)
		*out = now;
	return 0;
}

/* Whether the oldest history is older than BEFORE: cheap, so that opening costs no write. */
static int has_expired(struct sh_ledger *l, int64_t before, int64_t *out, struct sh_error *err)
{
	return read_int(l,
			"SELECT EXISTS (SELECT 1 FROM repair WHERE started < ?1 AND ended <> 0)"
			" OR EXISTS (SELECT 1 FROM note WHERE time < ?1)",
			before, out, err);
}

static int used_bytes(struct sh_ledger *l, int64_t *out, struct sh_error *err)
{
	int64_t pages, free_pages, size;

	if (read_int(l, "PRAGMA page_count", 0, &pages, err) < 0 ||
	    read_int(l, "PRAGMA freelist_count", 0, &free_pages, err) < 0 ||
	    read_int(l, "PRAGMA page_size", 0, &size, err) < 0)
		return -1;
	*out = (pages - free_pages) * size;
	return 0;
}

/* The time before which one batch of the oldest repairs and notes lies. */
static int oldest_batch(struct sh_ledger *l, int64_t *before, struct sh_error *err)
{
	return read_int(l,
			"SELECT max(t) + 1 FROM (SELECT t FROM ("
			"SELECT t FROM (SELECT started AS t FROM repair WHERE ended <> 0"
			"  ORDER BY started LIMIT ?1) UNION ALL "
			"SELECT t FROM (SELECT time AS t FROM note ORDER BY time LIMIT ?1))"
			" ORDER BY t LIMIT ?1)",
			BATCH_ROWS, before, err);
}

static int drop(struct sh_ledger *l, int64_t before, size_t tables, struct sh_error *err)
{
	struct batch b = { .before = before, .tables = tables };

	if (sh_ledger_write(l, SH_LEDGER_USEFUL, drop_batch, &b, err) < 0)
		return -1;
	return b.dropped > 0;
}

static int drop_old(struct sh_ledger *l, struct sh_error *err)
{
	int64_t newest, old;

	if (newest_entry(l, &newest, err) < 0 ||
	    has_expired(l, newest - l->max_age, &old, err) < 0)
		return -1;
	if (!old)
		return 0;
	return drop(l, newest - l->max_age, sizeof(expired) / sizeof(expired[0]), err);
}

/* For its size only history goes: attempts and approvals still count, however old. */
static int drop_excess(struct sh_ledger *l, struct sh_error *err)
{
	int64_t bytes, before;

	if (used_bytes(l, &bytes, err) < 0)
		return -1;
	if (bytes <= l->max_bytes)
		return 0;
	if (oldest_batch(l, &before, err) < 0)
		return -1;
	return drop(l, before, HISTORY_TABLES, err);
}

/* 1 something was dropped, 0 nothing is left to drop, -1. */
static int prune_once(struct sh_ledger *l, struct sh_error *err)
{
	int got = drop_old(l, err);

	return got ? got : drop_excess(l, err);
}

int sh_ledger_prune(struct sh_ledger *l, struct sh_error *err)
{
	int got = 1;

	for (int i = 0; i < BATCHES_AT_ONCE && got > 0; i++)
		got = prune_once(l, err);
	return got < 0 ? -1 : 0;
}
