/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/burst.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "record/json.h"

#define NAMED 3 /* hosts that are named, those that have most */

/* What is alike. */
struct sort {
	char *title, *status, *group; /* owned; the last, which is escaped, and status may be empty */
	enum sh_severity severity;    /* the worst */
	int64_t begin, last;          /* record times: the first, and the latest that was counted */
	int64_t shown, more;
	struct sh_map hosts; /* name -> how many, as a number */
	bool too_many;       /* hosts */
};

struct sh_bursts {
	int64_t shown;
	struct sh_map sorts; /* text of what is alike -> struct sort */
};

static void free_sort(void *sort)
{
	struct sort *s = sort;

	free(s->title);
	free(s->status);
	free(s->group);
	sh_map_release(&s->hosts);
	free(s);
}

struct sh_bursts *sh_bursts_new(int64_t shown)
{
	struct sh_bursts *b = sh_calloc(1, sizeof(*b));

	b->shown = shown;
	sh_map_init(&b->sorts, free_sort);
	return b;
}

void sh_bursts_free(struct sh_bursts *b)
{
	if (!b)
		return;
	sh_map_release(&b->sorts);
	free(b);
}

static int64_t count_of(const struct sh_map_entry *host)
{
	return (int64_t)(uintptr_t)host->value;
}

/* The one with most of those after BEST in that order: ties are in order of their coming. */
static const struct sh_map_entry *next_most(const struct sh_map *hosts, const struct sh_map_entry *best)
{
	const struct sh_map_entry *e, *found = NULL;
	size_t i = 0;

	while ((e = sh_map_next(hosts, &i))) {
		if (best && (count_of(e) > count_of(best) || (count_of(e) == count_of(best) && e <= best)))
			continue;
		if (!found || count_of(e) > count_of(found))
			found = e;
	}
	return found;
}

static void add_named(struct sh_text *t, const struct sort *s)
{
	const struct sh_map_entry *e = NULL;

	for (int i = 0; i < NAMED && (e = next_most(&s->hosts, e)); i++) {
		if (i)
			sh_buf_addstr(t->out, ", ");
		sh_text_add(t, e->key);
		sh_buf_addf(t->out, " %" PRId64, count_of(e));
	}
	if (s->hosts.live > NAMED)
		sh_buf_addstr(t->out, ", \342\200\246");
}

static void add_hosts(struct sh_text *t, const struct sort *s)
{
	if (s->hosts.live == 1) {
		const struct sh_map_entry *e = next_most(&s->hosts, NULL);

		sh_buf_addstr(t->out, " on ");
		sh_text_add(t, e->key);
	} else {
		sh_buf_addf(t->out, " on %s%zu hosts", s->too_many ? "more than " : "", s->hosts.live);
	}
}

/* " (open; web1 3, web2 1)" */
static void add_remark(struct sh_text *t, const struct sort *s)
{
	bool named = s->hosts.live > 1;

	if (!*s->status && !named)
		return;
	sh_buf_addf(t->out, " (%s%s", s->status, *s->status && named ? "; " : "");
	if (named)
		add_named(t, s);
	sh_buf_addch(t->out, ')');
}

static void say(const struct sort *s, struct sh_text *t)
{
	bool resolved = !strcmp(s->status, sh_fault_status_words[SH_FAULT_RESOLVED]);

	sh_text_time(t, s->last);
	if (resolved)
		sh_text_colored(t, SH_TEXT_GOOD, "RESOLVED");
	else
		sh_text_severity(t, s->severity);
	sh_buf_addch(t->out, ' ');
	sh_text_add(t, s->title);
	sh_buf_addf(t->out, "%s: %" PRId64 " more", s->group, s->more);
	add_hosts(t, s);
	if (s->last - s->begin >= SH_SEC) {
		sh_buf_addstr(t->out, " in ");
		sh_text_duration(t, s->last - s->begin);
	}
	add_remark(t, s);
	sh_buf_addch(t->out, '\n');
}

/* Files that are read one after the other may go back in time. */
static bool is_over(const struct sort *s, int64_t time)
{
	return time >= s->begin ? time - s->begin >= SH_BURST_WINDOW : s->begin - time > SH_BURST_WINDOW;
}

static int64_t say_some(struct sh_bursts *b, const int64_t *time, struct sh_text *t)
{
	const struct sh_map_entry *e;
	int64_t latest = 0;
	size_t i = 0;

	while ((e = sh_map_next(&b->sorts, &i))) {
		const struct sort *s = e->value;

		if (time && !is_over(s, *time))
			continue;
		if (s->more) {
			say(s, t);
			latest = s->last > latest ? s->last : latest;
		}
		sh_map_remove(&b->sorts, e->key, e->len);
	}
	return latest;
}

int64_t sh_bursts_over(struct sh_bursts *b, int64_t time, struct sh_text *t)
{
	return say_some(b, b->sorts.live < SH_BURST_SORTS ? &time : NULL, t);
}

int64_t sh_bursts_flush(struct sh_bursts *b, struct sh_text *t)
{
	return say_some(b, NULL, t);
}

/* " {rack=r1}" */
static void add_group(struct sh_buf *out, const json_t *fault)
{
	struct sh_text t = { .out = out };

	sh_text_dims(&t, json_object_get(json_object_get(fault, "group"), "key"));
}

static bool title_of(struct sh_buf *title, const struct sh_record *r, const json_t *object)
{
	const json_t *cause = json_object_get(object, "merged_result");
	const char *type = sh_json_str(object, "fault_type", NULL);

	switch (r->kind) {
	case SH_KIND_FAULT:
		if (!type)
			return false;
		sh_buf_addf(title, "%s%s", type, sh_fault_suppression(object) ? " (suppressed)" : "");
		return true;
	case SH_KIND_DIAGNOSIS:
		sh_buf_addf(title, "diagnosis of %s, %s",
			    sh_json_str(json_object_get(object, "fault"), "fault_type", "?"),
			    sh_json_str(cause, "root_cause", "?"));
		return true;
	case SH_KIND_NOTICE:
		sh_buf_addstr(title, "notice");
		return true;
	default:
		return false;
	}
}

static enum sh_severity severity_of(const json_t *fault)
{
	const char *word = sh_json_str(fault, "severity", "");

	for (int i = 0; sh_severity_words[i]; i++)
		if (!strcmp(sh_severity_words[i], word))
			return (enum sh_severity)i;
	return SH_SEVERITY_INFO;
}

static struct sort *find(struct sh_bursts *b, const struct sh_record *r, const char *title, const json_t *fault)
{
	const char *status = r->kind == SH_KIND_FAULT ? sh_json_str(fault, "status", "") : "";
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT, group = SH_BUF_INIT;
	struct sort *s;

	add_group(&group, fault);
	sh_buf_addf(&key, "%s\n%s\n%s", title, status, sh_buf_str(&group));
	s = sh_map_get(&b->sorts, key.data, key.len);
	if (s)
		return s;
	s = sh_calloc(1, sizeof(*s));
	s->title = sh_strdup(title);
	s->status = sh_strdup(status);
	s->group = sh_strdup(sh_buf_str(&group));
	s->begin = r->time;
	sh_map_init(&s->hosts, NULL);
	sh_map_put(&b->sorts, key.data, key.len, s);
	return s;
}

static void count_host(struct sort *s, struct sh_span host)
{
	uintptr_t n = (uintptr_t)sh_map_get(&s->hosts, host.p, host.len);

	if (!n && s->hosts.live >= SH_BURST_HOSTS)
		s->too_many = true;
	else
		sh_map_put(&s->hosts, host.p, host.len, (void *)(n + 1));
}

bool sh_bursts_show(struct sh_bursts *b, const struct sh_record *r, const json_t *object)
{
	SH_CLEANUP_BUF struct sh_buf title = SH_BUF_INIT;
	const json_t *fault = r->kind == SH_KIND_DIAGNOSIS ? json_object_get(object, "fault") : object;
	enum sh_severity severity = severity_of(fault);
	struct sort *s;

	if (!title_of(&title, r, object))
		return true;
	s = find(b, r, sh_buf_str(&title), fault);
	if (s->shown < b->shown) {
		s->shown++;
		return true;
	}
	if (!s->more++ || severity > s->severity)
		s->severity = severity;
	if (r->time > s->last)
		s->last = r->time;
	count_host(s, r->host);
	return false;
}

bool sh_bursts_waits(const struct sh_bursts *b)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	while ((e = sh_map_next(&b->sorts, &i)))
		if (((const struct sort *)e->value)->more)
			return true;
	return false;
}
