/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "ledger/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "record/json.h"
#include "record/sample.h"
#include "state/chain.h"

struct audit {
	const struct sh_show *s;
	struct sh_chain_check check;
	int64_t n;
};

static void write_notice(struct audit *a, int64_t time, const char *severity, const char *text,
			 const char *about, const json_t *extra)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	sh_notice_write_with(&line, a->s->host, time, severity, text, about, extra);
	sh_writer_lines(a->s->out, line.data, line.len);
}

static int export_entry(void *arg, const struct sh_chain_entry *e)
{
	SH_CLEANUP_FREE char *text = sh_asprintf("entry %" PRId64 ": %s %s", e->seq, e->what, e->about);
	json_auto_t *extra = json_pack("{s:s,s:I,s:I,s:s,s:s,s:s,s:s,s:s,s:s*}", "note", "entry", "seq",
				       (json_int_t)e->seq, "at", (json_int_t)e->time, "what", e->what,
				       "row", e->about, "body", e->body, "prior", e->prior, "digest",
				       e->digest, "record", e->record);
	struct audit *a = arg;

	write_notice(a, e->time, "info", text, NULL, extra);
	a->n++;
	return 0;
}

int64_t sh_audit_export(const struct sh_show *s, int64_t since, int64_t until, struct sh_error *err)
{
	struct audit a = { .s = s };

	return sh_ledger_chain(s->ledger, since, until, export_entry, &a, err) < 0 ? -1 : a.n;
}

static int keep_head(struct sh_chain_check *c, const char *head, struct sh_error *err)
{
	const char *colon = head ? strchr(head, ':') : NULL;
	SH_CLEANUP_FREE char *seq = colon ? sh_strndup(head, (size_t)(colon - head)) : NULL;

	if (!head)
		return 0;
	if (!colon || sh_parse_i64(seq, &c->kept_seq) < 0 || strlen(colon + 1) != SH_SHA256_TEXT - 1)
		return sh_error_set(err, SH_ERRC_USAGE, "--head: '%.80s' is not such as 12:DIGEST, what verify "
				    "writes as head", head);
	c->kept = colon + 1;
	return 0;
}

static void say_wrong(void *arg, const char *what, const char *about, const char *why)
{
	SH_CLEANUP_FREE char *text = sh_asprintf("%s %s: %s", what, about, why);
	struct audit *a = arg;

	write_notice(a, a->s->now, "critical", text, about, NULL);
}

/* What is said at the end; returns N, with the chain itself. */
static int64_t conclude(struct audit *a, int64_t n)
{
	const struct sh_chain_check *c = &a->check;
	SH_CLEANUP_FREE char *head = sh_asprintf("%" PRId64 ":%s", c->last, c->head);
	SH_CLEANUP_FREE char *text = NULL;
	json_auto_t *extra = NULL;

	if (c->broken) {
		text = sh_asprintf("entry %" PRId64 ": %s", c->broken, c->why);
		extra = json_pack("{s:I}", "broken", (json_int_t)c->broken);
		write_notice(a, a->s->now, "critical", text, NULL, extra);
		return n + 1;
	}
	if (n)
		return n;
	text = sh_asprintf("%" PRId64 " entries, %" PRId64 " to %" PRId64 ", each follows the one before it; head %s",
			   c->entries, c->first, c->last, head);
	extra = json_pack("{s:I,s:I,s:I,s:s}", "entries", (json_int_t)c->entries, "first",
			  (json_int_t)c->first, "last", (json_int_t)c->last, "head", head);
	write_notice(a, a->s->now, "info", text, NULL, extra);
	return 0;
}

int64_t sh_audit_ledger(const struct sh_show *s, const char *head, struct sh_error *err)
{
	struct audit a = { .s = s };
	int64_t n;

	if (keep_head(&a.check, head, err) < 0)
		return -1;
	n = sh_ledger_verify(s->ledger, &a.check, say_wrong, &a, err);
	return n < 0 ? -1 : conclude(&a, n);
}

/* Whether LINE is an entry; the check hears of it. */
static bool check_line(struct audit *a, const char *line, size_t len)
{
	struct sh_error ignored = SH_ERROR_INIT;
	json_auto_t *o = sh_json_parse(line, len, &ignored);
	struct sh_chain_entry e = { .seq = sh_json_int(o, "seq", 0), .time = sh_json_int(o, "at", 0),
				    .what = sh_json_str(o, "what", NULL), .about = sh_json_str(o, "row", NULL),
				    .body = sh_json_str(o, "body", NULL), .prior = sh_json_str(o, "prior", NULL),
				    .digest = sh_json_str(o, "digest", NULL),
				    .record = sh_json_str(o, "record", NULL) };

	if (!e.seq || !e.what || !e.about || !e.body || !e.prior || !e.digest)
		return false;
	sh_chain_check_add(&a->check, &e);
	return true;
}

int64_t sh_audit_file(const struct sh_show *s, FILE *in, const char *name, const char *head,
		      struct sh_error *err)
{
	struct audit a = { .s = s };
	SH_CLEANUP_FREE char *line = NULL;
	size_t room = 0;
	int64_t number = 0;
	ssize_t len;

	if (keep_head(&a.check, head, err) < 0)
		return -1;
	while ((len = getline(&line, &room, in)) >= 0) {
		number++;
		if (!check_line(&a, line, (size_t)len))
			return sh_error_set(err, SH_ERRC_INPUT, "%s:%" PRId64 ": it is no entry of an export", name, number);
	}
	if (ferror(in))
		return sh_error_set_(err, SH_ERRC_SYSTEM, errno, "cannot read '%s'", name), -1;
	if (!number)
		return sh_error_set(err, SH_ERRC_INPUT, "%s: there is no entry in it", name);
	if (a.check.kept && !a.check.kept_seen && !a.check.broken)
		return sh_error_set(err, SH_ERRC_INPUT, "%s: entry %" PRId64 " of --head is not in it", name,
				    a.check.kept_seq);
	return conclude(&a, 0);
}
