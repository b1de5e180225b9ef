/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "ledger/show.h"

#include <stdio.h>

#include <inttypes.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "config/silence.h"
#include "base/mem.h"
#include "record/json.h"
#include "record/sample.h"
#include "state/baseline.h"

struct shown {
	const struct sh_show *s;
	int64_t n;
};

static void write_json(struct shown *w, const json_t *record)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	sh_json_dump(&line, record);
	sh_buf_addch(&line, '\n');
	sh_writer_lines(w->s->out, line.data, line.len);
	w->n++;
}

static void write_notice(struct shown *w, int64_t time, const char *text, const char *about,
			 const json_t *extra)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	sh_notice_write_with(&line, w->s->host, time, "info", text, about, extra);
	sh_writer_lines(w->s->out, line.data, line.len);
	w->n++;
}

static int show_fault(void *arg, const char *fingerprint, const char *status, int64_t time,
		      const json_t *fault)
{
	(void)fingerprint;
	(void)status;
	(void)time;
	if (fault)
		write_json(arg, fault);
	return 0;
}

int64_t sh_show_open(const struct sh_show *s, struct sh_error *err)
{
	struct shown w = { .s = s };

	return sh_ledger_faults(s->ledger, true, show_fault, &w, err) < 0 ? -1 : w.n;
}

static int show_plan(void *arg, const struct sh_approval *a)
{
	struct shown *w = arg;

	if (a->plan)
		write_json(w, a->plan);
	else
		write_notice(w, a->time, "a plan waits for approval", a->plan_id, NULL);
	return 0;
}

int64_t sh_show_pending(const struct sh_show *s, struct sh_error *err)
{
	struct shown w = { .s = s };

	return sh_ledger_approvals(s->ledger, "waiting", show_plan, &w, err) < 0 ? -1 : w.n;
}

static json_t *time_text(int64_t t)
{
	char text[SH_TIME_TEXT];

	return t ? json_stringn(text, sh_time_format(text, t)) : NULL;
}

static int show_pause(void *arg, const struct sh_pause *p)
{
	json_auto_t *extra = json_pack("{s:s, s:s, s:s*, s:s*, s:o*}", "state", p->kind, "scope",
				       p->scope, "by", p->by, "reason", p->reason, "until",
				       time_text(p->until));
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	const char *until = json_string_value(json_object_get(extra, "until"));

	sh_buf_addf(&text, "%s %s", p->scope, strcmp(p->kind, "hold") ? "paused" : "held");
	if (until)
		sh_buf_addf(&text, " until %.19sZ", until);
	if (p->by)
		sh_buf_addf(&text, " by %s", p->by);
	if (p->reason)
		sh_buf_addf(&text, ": %s", p->reason);
	write_notice(arg, p->since, sh_buf_str(&text), p->scope, extra);
	return 0;
}

static int show_override(void *arg, const struct sh_override *o)
{
	json_auto_t *extra = json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:o*}", "state", "override", "guard", o->guard,
				       "scope", o->scope, "by", o->by, "reason", o->reason, "until", time_text(o->until));
	SH_CLEANUP_FREE char *text = sh_asprintf("guard %s overridden for %s until %.19sZ by %s: %s", o->guard, o->scope,
						 sh_json_str(extra, "until", ""), o->by ? o->by : "?",
						 o->reason ? o->reason : "");

	write_notice(arg, o->since, text, o->scope, extra);
	return 0;
}

int64_t sh_show_pauses(const struct sh_show *s, struct sh_error *err)
{
	struct shown w = { .s = s };

	if (sh_ledger_pauses(s->ledger, s->now, show_pause, &w, err) < 0)
		return -1;
	return sh_ledger_overrides(s->ledger, s->now, show_override, &w, err) < 0 ? -1 : w.n;
}

static int show_silence(void *arg, const struct sh_ledger_silence *l)
{
	json_auto_t *extra = json_pack("{s:s, s:O, s:s, s:s, s:o*}", "state", "silence", "match", l->match, "by",
				       l->by, "reason", l->reason, "until", time_text(l->until));
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	char id[32];

	snprintf(id, sizeof(id), "s-%" PRId64, l->row);
	sh_buf_addf(&text, "%s: ", id);
	sh_match_add_text(&text, l->match);
	sh_buf_addf(&text, " silenced until %.19sZ by %s: %s", sh_json_str(extra, "until", ""), l->by, l->reason);
	write_notice(arg, l->since, sh_buf_str(&text), id, extra);
	return 0;
}

int64_t sh_show_silences(const struct sh_show *s, struct sh_error *err)
{
	struct shown w = { .s = s };

	return sh_ledger_silences(s->ledger, s->now, show_silence, &w, err) < 0 ? -1 : w.n;
}

static int show_baseline(void *arg, const struct sh_baseline *b)
{
	SH_CLEANUP_FREE char *text = sh_asprintf("baseline of %s approved by %s", b->path, b->by);
	SH_CLEANUP_FREE char *mode = sh_asprintf("%04o", b->mode);
	json_auto_t *extra = json_pack("{s:s, s:s, s:I, s:s, s:I, s:I, s:s}", "path", b->path,
				       "sha256", b->sha256, "size", (json_int_t)b->size, "mode",
				       mode, "uid", (json_int_t)b->uid, "gid", (json_int_t)b->gid,
				       "by", b->by);

	write_notice(arg, b->time, text, b->path, extra);
	return 0;
}

int64_t sh_show_baselines(const struct sh_show *s, const char *state_dir, struct sh_error *err)
{
	struct shown w = { .s = s };

	return sh_baseline_each(state_dir, show_baseline, &w, err) < 0 ? -1 : w.n;
}

/* One entry of the history, as its line. */
struct entry {
	int64_t time;
	size_t order; /* as it came, newest first */
	char *line;   /* owned */
};

struct history {
	const struct sh_show *s;
	struct entry *item;
	size_t n, cap;
};

static void add_entry(struct history *h, int64_t time, struct sh_buf *line)
{
	sh_grow(h->item, h->n, h->cap);
	h->item[h->n] = (struct entry){ .time = time, .order = h->n, .line = sh_buf_take(line) };
	h->n++;
}

/* A repair that is not over yet has the plan it began with, which does not say so. */
static int add_repair(void *arg, const struct sh_repair_row *r)
{
	json_auto_t *record = r->record ? json_copy(r->record) : json_object();
	struct history *h = arg;
	struct sh_buf line = SH_BUF_INIT;

	json_object_set_new(record, "outcome", json_string(r->outcome ? r->outcome : "open"));
	sh_json_dump(&line, record);
	sh_buf_addch(&line, '\n');
	add_entry(h, r->ended ? r->ended : r->started, &line);
	return 0;
}

static int add_note(void *arg, int64_t time, const char *kind, const char *target,
		    const json_t *record)
{
	static const char *const taken[] = { "kind", "time", "host", "severity", "text", "about" };
	const char *text = sh_json_str(record, "text", kind);
	const char *about = sh_json_str(record, "about", target);
	const char *severity = sh_json_str(record, "severity", "info");
	json_auto_t *extra = json_is_object(record) ? json_copy((json_t *)(uintptr_t)record)
						    : json_object();
	struct history *h = arg;
	struct sh_buf line = SH_BUF_INIT;

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		json_object_del(extra, taken[i]);
	json_object_set_new(extra, "note", json_string(kind));
	sh_notice_write_with(&line, h->s->host, time, severity, text, about, extra);
	add_entry(h, time, &line);
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->order > y->order ? -1 : x->order < y->order;
}

static void write_last(struct history *h, int64_t limit)
{
	size_t first = limit > 0 && h->n > (size_t)limit ? h->n - (size_t)limit : 0;

	if (h->n)
		qsort(h->item, h->n, sizeof(*h->item), by_time);
	for (size_t i = 0; i < h->n; i++) {
		if (i >= first)
			sh_writer_lines(h->s->out, h->item[i].line, strlen(h->item[i].line));
		free(h->item[i].line);
	}
	free(h->item);
	h->n -= first;
}

int64_t sh_show_history(const struct sh_show *s, int64_t since, const char *target, int64_t limit,
			struct sh_error *err)
{
	struct sh_repair_query q = { .target = target, .since = since, .limit = limit };
	struct history h = { .s = s };
	int rc = sh_ledger_repairs(s->ledger, &q, add_repair, &h, err);

	if (rc == 0)
		rc = sh_ledger_notes(s->ledger, since, target, limit, add_note, &h, err);
	write_last(&h, limit);
	return rc < 0 ? -1 : (int64_t)h.n;
}
