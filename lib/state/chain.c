/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "record/json.h"
#include "state/chain_sql.h"
#include "state/ledger_internal.h"

#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"

static void digest_entry(const struct sh_chain_entry *e, char out[SH_SHA256_TEXT])
{
	SH_CLEANUP_FREE char *head = sh_asprintf("%s\n%" PRId64 "\n%" PRId64 "\n%s\n%s\n", e->prior,
						 e->seq, e->time, e->what, e->about);
	struct sh_sha256 s;

	sh_sha256_init(&s);
	sh_sha256_update(&s, head, strlen(head));
	sh_sha256_update(&s, e->body, strlen(e->body));
	sh_sha256_update(&s, "\n", 1);
	sh_sha256_final(&s, out);
}

static const char *text_or_empty(struct sh_query *q, int column)
{
	const char *text = sh_query_column_text(q, column);

	return text ? text : "";
}

/* Whether RECORD is the one that BODY speaks of. */
static bool is_record_of(const char *body, const char *record)
{
	char member[sizeof("\"record_sha256\":\"\"") + SH_SHA256_TEXT], digest[SH_SHA256_TEXT];
	struct sh_sha256 s;

	sh_sha256_init(&s);
	sh_sha256_update(&s, record, strlen(record));
	sh_sha256_final(&s, digest);
	snprintf(member, sizeof(member), "\"record_sha256\":\"%s\"", digest);
	return strstr(body, member) != NULL;
}

static struct sh_chain_entry entry_of(struct sh_query *q)
{
	const char *record = sh_query_column_text(q, 7);

	if (record && !is_record_of(text_or_empty(q, 4), record))
		record = NULL;
	return (struct sh_chain_entry){ .seq = sh_query_column_int(q, 0),
					.time = sh_query_column_int(q, 1),
					.what = text_or_empty(q, 2),
					.about = text_or_empty(q, 3),
					.body = text_or_empty(q, 4),
					.prior = text_or_empty(q, 5),
					.digest = text_or_empty(q, 6),
					.record = record };
}

int sh_ledger_chain(struct sh_ledger *l, int64_t since, int64_t until,
		    int (*each)(void *arg, const struct sh_chain_entry *e), void *arg,
		    struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	/* Whole stretches, so that each entry but the first follows the one before it. */
	sh_query_init(&q, &l->db,
		      "SELECT seq, time, what, about, body, prior, digest, CASE what"
		      " WHEN 'repair' THEN (SELECT record FROM repair WHERE row = CAST(about AS INTEGER))"
		      " WHEN 'approval' THEN (SELECT record FROM approval WHERE plan = about)"
		      " WHEN 'note' THEN (SELECT record FROM note WHERE row = CAST(about AS INTEGER))"
		      " END FROM chain"
		      " WHERE seq >= (SELECT min(seq) FROM chain WHERE time >= ?1)"
		      " AND seq <= (SELECT max(seq) FROM chain WHERE ?2 = 0 OR time < ?2) ORDER BY seq");
	sh_query_int(&q, since);
	sh_query_int(&q, until);
	while ((got = sh_query_next(&q, err)) > 0) {
		struct sh_chain_entry e = entry_of(&q);

		if (each(arg, &e))
			return 0;
	}
	return got;
}

static void note_anchor(struct sh_chain_check *c, const struct sh_chain_entry *e)
{
	struct sh_error ignored = SH_ERROR_INIT;
	json_auto_t *body = sh_json_parse(e->body, strlen(e->body), &ignored);

	if (json_integer_value(json_object_get(body, "through")) == c->first - 1 &&
	    !strcmp(sh_json_str(body, "digest", ""), c->before))
		c->anchored = true;
}

static void begin(struct sh_chain_check *c, const struct sh_chain_entry *e)
{
	c->first = e->seq;
	snprintf(c->before, sizeof(c->before), "%s", e->prior);
	c->anchored = e->seq == 1 && !strcmp(e->prior, ZERO);
}

static void break_at(struct sh_chain_check *c, int64_t seq, const char *why)
{
	c->broken = seq;
	snprintf(c->why, sizeof(c->why), "%s", why);
}

void sh_chain_check_add(struct sh_chain_check *c, const struct sh_chain_entry *e)
{
	char digest[SH_SHA256_TEXT];

	if (c->broken)
		return;
	if (!c->entries)
		begin(c, e);
	digest_entry(e, digest);
	if (c->entries && e->seq != c->last + 1)
		break_at(c, c->last + 1, "it is not there");
	else if (c->entries && strcmp(e->prior, c->head) != 0)
		break_at(c, e->seq, "it does not follow the entry before it");
	else if (strcmp(digest, e->digest) != 0)
		break_at(c, e->seq, "its content is not that of its digest");
	else if (e->record && !is_record_of(e->body, e->record))
		break_at(c, e->seq, "its record is not that of its digest");
	else if (c->kept && e->seq == c->kept_seq && strcmp(c->kept, digest) != 0)
		break_at(c, e->seq, "its digest is not the one that was kept");
	if (c->broken)
		return;
	c->kept_seen |= e->seq == c->kept_seq;
	c->entries++;
	c->last = e->seq;
	snprintf(c->head, sizeof(c->head), "%s", e->digest);
	if (!strcmp(e->what, "anchor"))
		note_anchor(c, e);
}

static int check_entry(void *arg, const struct sh_chain_entry *e)
{
	struct sh_chain_check *c = arg;

	sh_chain_check_add(c, e);
	return c->broken != 0;
}

/* Each row against its last entry. */
#define UNLIKE(what, key, body)                                                                    \
	"SELECT '" what "', CAST(t." key " AS TEXT), CASE WHEN c.seq IS NULL"                      \
	"  THEN 'no entry says that it was written' ELSE 'it is not as entry ' || c.seq || ' says'"\
	" END FROM " what " t LEFT JOIN chain c ON c.seq = (SELECT max(seq) FROM chain"            \
	"  WHERE what = '" what "' AND about = CAST(t." key " AS TEXT))"                           \
	" WHERE c.seq IS NULL OR c.body <> " body("t")
#define BY_ROW(t, c) t ".row = CAST(" c ".about AS INTEGER)"
#define BY_PLAN(t, c) t ".plan = " c ".about"
/* Entries whose row is gone, although retention has not dropped it: SPARED says it may not have. */
#define GONE(what, is_key, spared)                                                                 \
	"SELECT c.what, c.about, 'entry ' || max(c.seq) || ' says that it was written, but it is"  \
	" not there' FROM chain c WHERE c.what = '" what "' AND NOT EXISTS (SELECT 1 FROM " what    \
	" t WHERE " is_key("t", "c") ") AND " spared " GROUP BY c.about"
#define NEWER(column) "json_extract(c.body, '$." column "') >= (SELECT * FROM dropped)"

static const char rows_sql[] =
	"WITH dropped AS MATERIALIZED (SELECT ifnull(max(json_extract(body, '$.before')), 0)"
	"  FROM chain WHERE what = 'anchor') SELECT * FROM ("
	UNLIKE("repair", "row", SH_CHAIN_REPAIR) " UNION ALL "
	UNLIKE("intent", "row", SH_CHAIN_INTENT) " UNION ALL "
	UNLIKE("approval", "plan", SH_CHAIN_APPROVAL) " UNION ALL "
	UNLIKE("pause", "row", SH_CHAIN_PAUSE) " UNION ALL "
	UNLIKE("silence", "row", SH_CHAIN_SILENCE) " UNION ALL "
	UNLIKE("note", "row", SH_CHAIN_NOTE) " UNION ALL "
	GONE("repair", BY_ROW, NEWER("started")) " UNION ALL "
	GONE("intent", BY_ROW, "EXISTS (SELECT 1 FROM repair r"
	     " WHERE r.row = json_extract(c.body, '$.repair'))") " UNION ALL "
	GONE("approval", BY_PLAN, NEWER("time")) " UNION ALL "
	GONE("pause", BY_ROW, NEWER("since")) " UNION ALL "
	GONE("silence", BY_ROW, NEWER("until")) " UNION ALL "
	GONE("note", BY_ROW, NEWER("time")) ")";

static int64_t check_rows(struct sh_ledger *l,
			  void (*wrong)(void *arg, const char *what, const char *about, const char *why),
			  void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int64_t n = 0;
	int got;

	sh_query_init(&q, &l->db, rows_sql);
	while ((got = sh_query_next(&q, err)) > 0) {
		wrong(arg, text_or_empty(&q, 0), text_or_empty(&q, 1), text_or_empty(&q, 2));
		n++;
	}
	return got < 0 ? -1 : n;
}

static void judge_ends(struct sh_chain_check *c)
{
	if (c->broken)
		return;
	if (c->entries && !c->anchored)
		break_at(c, c->first, "what came before it was removed, and no anchor vouches for it");
	else if (c->kept && !c->kept_seen && c->kept_seq >= c->first)
		break_at(c, c->last + 1, "it is not there, but was when the digest was kept");
}

int64_t sh_ledger_verify(struct sh_ledger *l, struct sh_chain_check *c,
			 void (*wrong)(void *arg, const char *what, const char *about, const char *why),
			 void *arg, struct sh_error *err)
{
	int64_t n = 0;

	/* One snapshot: what is written meanwhile would be a row without an entry. */
	if (sh_ledger_wake(l, err) < 0 || sh_db_exec(&l->db, "BEGIN", err) < 0)
		return -1;
	if (sh_ledger_chain(l, 0, 0, check_entry, c, err) < 0)
		n = -1;
	judge_ends(c);
	if (n == 0 && !c->broken)
		n = check_rows(l, wrong, arg, err);
	sqlite3_exec(l->db.handle, "ROLLBACK", NULL, NULL, NULL);
	return n;
}

/* Retention. Entries of a future clock do not hold up those behind them. */
#define BOUND                                                                                      \
	"SELECT min(ifnull((SELECT seq - 1 FROM chain WHERE time >= ?1 AND time <= ?2"             \
	"  ORDER BY seq LIMIT 1), (SELECT max(seq) FROM chain)), (SELECT min(seq) FROM chain) + ?3 - 1)"
#define LIVES(what, is_key)                                                                        \
	"(what = '" what "' AND EXISTS (SELECT 1 FROM " what " t WHERE " is_key("t", "c") "))"

static const char keep_sql[] =
	SH_CHAIN_ADD "SELECT time, what, about, body FROM chain c WHERE seq <= ?1"
	" AND seq = (SELECT max(seq) FROM chain d WHERE d.what = c.what AND d.about = c.about) AND ("
	LIVES("repair", BY_ROW) " OR " LIVES("intent", BY_ROW) " OR " LIVES("approval", BY_PLAN) " OR "
	LIVES("pause", BY_ROW) " OR " LIVES("silence", BY_ROW) " OR " LIVES("note", BY_ROW)
	") ORDER BY seq";

static const char anchor_sql[] =
	SH_CHAIN_ADD "SELECT (SELECT max(time) FROM chain), 'anchor', 'retention', sh_history_entry("
	" 'before', max(?2, ifnull((SELECT max(json_extract(body, '$.before')) FROM chain"
	"  WHERE what = 'anchor'), 0)), 'through', ?1, 'digest', ifnull((SELECT digest FROM chain"
	"  WHERE seq = ?1), (SELECT prior FROM chain WHERE seq = ?1 + 1)), 'dropped',"
	" (SELECT count(*) FROM chain WHERE seq <= ?1)) WHERE EXISTS (SELECT 1 FROM chain)";

static int run_bound(struct sh_ledger *l, const char *sql, int64_t bound, const int64_t *before,
		     struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };

	sh_query_init(&q, &l->db, sql);
	sh_query_int(&q, bound);
	if (before)
		sh_query_int(&q, *before);
	return sh_query_run(&q, err);
}

int sh_chain_drop(struct sh_ledger *l, int64_t before, int64_t now, int64_t most, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int64_t bound;

	sh_query_init(&q, &l->db, BOUND);
	sh_query_int(&q, before);
	sh_query_int(&q, now);
	sh_query_int(&q, most);
	if (sh_query_next(&q, err) < 0)
		return -1;
	bound = sh_query_column_int(&q, 0);
	sqlite3_reset(q.stmt);
	if (run_bound(l, keep_sql, bound, NULL, err) < 0 ||
	    run_bound(l, anchor_sql, bound, &before, err) < 0)
		return -1;
	return run_bound(l, "DELETE FROM chain WHERE seq <= ?1", bound, NULL, err);
}

/* sh_history_digest(TEXT) */
static void digest_of(sqlite3_context *ctx, int n, sqlite3_value **value)
{
	const unsigned char *text = sqlite3_value_text(value[0]);
	char digest[SH_SHA256_TEXT];
	struct sh_sha256 s;

	(void)n;
	if (!text)
		return; /* of NULL, NULL */
	sh_sha256_init(&s);
	sh_sha256_update(&s, text, (size_t)sqlite3_value_bytes(value[0]));
	sh_sha256_final(&s, digest);
	sqlite3_result_text(ctx, digest, -1, SQLITE_TRANSIENT);
}

static void add_value(struct sh_buf *out, sqlite3_value *value)
{
	const char *text;

	if (sqlite3_value_type(value) == SQLITE_INTEGER) {
		sh_buf_addf(out, "%" PRId64, (int64_t)sqlite3_value_int64(value));
		return;
	}
	text = (const char *)sqlite3_value_text(value);
	if (text)
		sh_json_add_string(out, text, (size_t)sqlite3_value_bytes(value));
	else
		sh_buf_addstr(out, "null");
}

/*
 * sh_history_entry(NAME, VALUE, ...): an object of whole numbers, texts and null. Not
 * SQLite's own json_object: what it writes must be the same in every version.
 */
static void entry_text(sqlite3_context *ctx, int n, sqlite3_value **value)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;

	for (int i = 0; i + 1 < n; i += 2) {
		sh_buf_addch(&out, i ? ',' : '{');
		add_value(&out, value[i]);
		sh_buf_addch(&out, ':');
		add_value(&out, value[i + 1]);
	}
	sh_buf_addch(&out, '}');
	sqlite3_result_text(ctx, sh_buf_str(&out), (int)out.len, SQLITE_TRANSIENT);
}

#define FUNCTION (SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS)

int sh_chain_functions(sqlite3 *handle)
{
	int rc = sqlite3_create_function_v2(handle, "sh_history_digest", 1, FUNCTION, NULL,
					    digest_of, NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_create_function_v2(handle, "sh_history_entry", -1, FUNCTION, NULL,
						entry_text, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(handle, SH_CHAIN_EVENT, NULL, NULL, NULL);
	return rc;
}

int sh_chain_watch(struct sh_ledger *l, struct sh_error *err)
{
	return sh_db_exec(&l->db, SH_CHAIN_TRIGGERS, err);
}
