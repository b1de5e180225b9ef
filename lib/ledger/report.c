/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "ledger/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "record/json.h"
#include "record/sample.h"

/* One fault of which it was told that nothing is done. */
struct fate {
	char *rule, *playbook; /* owned; NULL: nothing was told of it */
	bool would;            /* nothing but the mode stood in the way */
	int64_t told, over;    /* 0 never */
	bool repaired, open;
};

struct group {
	const char *rule, *playbook; /* borrowed from one of its fates */
	int64_t faults, held, alone, repaired, open, unknown;
	int64_t *after; /* ns until those that were over alone were */
	size_t n, cap;
};

struct report {
	const struct sh_show *s;
	struct sh_map fate; /* fault id -> struct fate * */
	struct group *group;
	size_t n, cap;
};

static void free_fate(void *p)
{
	struct fate *f = p;

	free(f->rule);
	free(f->playbook);
	free(f);
}

static struct fate *fate_of(struct report *r, const char *id)
{
	struct fate *f = sh_map_gets(&r->fate, id);

	if (!f) {
		f = sh_calloc(1, sizeof(*f));
		sh_map_puts(&r->fate, id, f);
	}
	return f;
}

/* The newest first, so the first that was told is the last that is seen. */
static int on_note(void *arg, int64_t time, const char *kind, const char *target, const json_t *record)
{
	const char *about = sh_json_str(record, "about", NULL), *would = sh_json_str(record, "would", NULL);
	struct report *r = arg;
	struct fate *f;

	(void)target;
	if (about && !strcmp(kind, "over")) {
		fate_of(r, about)->over = time;
	} else if (about && would && !strcmp(kind, "not_repaired")) {
		f = fate_of(r, about);
		free(f->rule);
		free(f->playbook);
		f->rule = sh_strdup(sh_json_str(record, "rule", "-"));
		f->playbook = sh_strdup(sh_json_str(record, "playbook", "-"));
		f->would = !strcmp(would, "act");
		f->told = time;
	}
	return 0;
}

static int on_repair(void *arg, const struct sh_repair_row *row)
{
	struct report *r = arg;
	struct fate *f = row->fault_id ? sh_map_gets(&r->fate, row->fault_id) : NULL;

	if (f && row->outcome && !strcmp(row->outcome, "fixed"))
		f->repaired = true;
	return 0;
}

static int on_fault(void *arg, const char *fingerprint, const char *status, int64_t time, const json_t *fault)
{
	struct report *r = arg;
	struct fate *f = sh_map_gets(&r->fate, sh_json_str(fault, "id", ""));

	(void)fingerprint;
	(void)status;
	(void)time;
	if (f)
		f->open = true;
	return 0;
}

static struct group *group_of(struct report *r, const struct fate *f)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->group[i].rule, f->rule) && !strcmp(r->group[i].playbook, f->playbook))
			return &r->group[i];
	sh_grow(r->group, r->n, r->cap);
	r->group[r->n] = (struct group){ .rule = f->rule, .playbook = f->playbook };
	return &r->group[r->n++];
}

/* What became of it; of what another guard would have held nothing is to be learned. */
static void count(struct report *r, const struct fate *f)
{
	struct group *g = group_of(r, f);

	g->faults++;
	if (!f->would) {
		g->held++;
	} else if (f->repaired) {
		g->repaired++;
	} else if (f->over) {
		sh_grow(g->after, g->n, g->cap);
		g->after[g->n++] = f->over > f->told ? f->over - f->told : 0;
		g->alone++;
	} else if (f->open) {
		g->open++;
	} else {
		g->unknown++;
	}
}

static int by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int by_name(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int c = strcmp(x->rule, y->rule);

	return c ? c : strcmp(x->playbook, y->playbook);
}

static void add_mode(const struct report *r, const char *kind, const char *id, json_t *extra)
{
	SH_CLEANUP_FREE char *scope = sh_asprintf("%s:%s", kind, id);
	SH_CLEANUP_FREE char *name = sh_asprintf("%s_mode", kind);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_mark m = { 0 };

	if (sh_ledger_mode(r->s->ledger, scope, &m, &err) > 0)
		json_object_set_new(extra, name, json_string(m.value));
	sh_mark_release(&m);
}

static json_t *extra_of(const struct report *r, const struct group *g, double middle, double longest)
{
	json_t *extra = json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I}", "rule", g->rule, "playbook", g->playbook,
				  "faults", (json_int_t)g->faults, "held", (json_int_t)g->held, "by_itself",
				  (json_int_t)g->alone, "repaired", (json_int_t)g->repaired, "open",
				  (json_int_t)g->open, "unknown", (json_int_t)g->unknown);

	if (g->n) {
		json_object_set_new(extra, "half_within_s", json_real(middle));
		json_object_set_new(extra, "all_within_s", json_real(longest));
	}
	add_mode(r, "rule", g->rule, extra);
	add_mode(r, "playbook", g->playbook, extra);
	return extra;
}

static void write_group(const struct report *r, struct group *g)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT, line = SH_BUF_INIT;
	json_auto_t *extra = NULL;
	double middle = 0, longest = 0;

	if (g->n) {
		qsort(g->after, g->n, sizeof(*g->after), by_value);
		middle = (double)(g->after[(g->n - 1) / 2] / SH_MS) / 1e3;
		longest = (double)(g->after[g->n - 1] / SH_MS) / 1e3;
	}
	sh_buf_addf(&text, "%s would have been done for rule %s on %" PRId64 " of %" PRId64 " faults: %" PRId64
		    " were over by themselves", g->playbook, g->rule, g->faults - g->held, g->faults, g->alone);
	if (g->n)
		sh_buf_addf(&text, " (half within %.0f s, all within %.0f s)", middle, longest);
	sh_buf_addf(&text, ", %" PRId64 " were repaired otherwise, %" PRId64 " are open, of %" PRId64
		    " it is not known", g->repaired, g->open, g->unknown);
	extra = extra_of(r, g, middle, longest);
	sh_notice_write_with(&line, r->s->host, r->s->now, "info", sh_buf_str(&text), NULL, extra);
	sh_writer_lines(r->s->out, line.data, line.len);
}

static int read_all(struct report *r, int64_t since, struct sh_error *err)
{
	const struct sh_repair_query query = { .since = since };

	if (sh_ledger_notes(r->s->ledger, since, NULL, 0, on_note, r, err) < 0 ||
	    sh_ledger_repairs(r->s->ledger, &query, on_repair, r, err) < 0)
		return -1;
	return sh_ledger_faults(r->s->ledger, true, on_fault, r, err);
}

int64_t sh_report_show(const struct sh_show *s, int64_t since, struct sh_error *err)
{
	struct report r = { .s = s };
	const struct sh_map_entry *e;
	int rc;

	sh_map_init(&r.fate, free_fate);
	rc = read_all(&r, since, err);
	for (size_t i = 0; rc == 0 && (e = sh_map_next(&r.fate, &i));)
		if (((const struct fate *)e->value)->told)
			count(&r, e->value);
	if (r.n)
		qsort(r.group, r.n, sizeof(*r.group), by_name);
	for (size_t i = 0; i < r.n; i++) {
		write_group(&r, &r.group[i]);
		free(r.group[i].after);
	}
	free(r.group);
	sh_map_release(&r.fate);
	return rc < 0 ? -1 : (int64_t)r.n;
}

struct modes {
	const struct sh_show *s;
	int64_t n;
};

static int write_mode(void *arg, const char *scope, const struct sh_mark *m)
{
	SH_CLEANUP_FREE char *text = sh_asprintf("mode of %s is %s by %s", scope, m->value, m->why ? m->why : "?");
	json_auto_t *extra = json_pack("{s:s,s:s}", "scope", scope, "mode", m->value);
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
	struct modes *w = arg;

	if (!strcmp(m->value, "configured"))
		return 0;
	sh_notice_write_with(&line, w->s->host, m->time, "info", text, scope, extra);
	sh_writer_lines(w->s->out, line.data, line.len);
	w->n++;
	return 0;
}

int64_t sh_modes_show(const struct sh_show *s, struct sh_error *err)
{
	struct modes w = { .s = s };

	return sh_ledger_modes(s->ledger, write_mode, &w, err) < 0 ? -1 : w.n;
}
