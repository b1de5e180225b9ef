/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/differ.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "record/fault.h"
#include "record/json.h"
#include "record/sample.h"

/* A fault from its first record to its last. */
struct spell {
	int64_t opened, resolved; /* resolved 0: not yet */
};

struct spells {
	struct spell *item;
	size_t n, cap;
};

/* All faults of one rule, entity and dims. */
struct course {
	char *rule, *entity, *host;
	json_t *dims; /* NULL none */
	struct spells side[SH_SIDES];
};

static void free_course(void *p)
{
	struct course *c = p;

	for (int i = 0; i < SH_SIDES; i++)
		free(c->side[i].item);
	json_decref(c->dims);
	free(c->rule);
	free(c->entity);
	free(c->host);
	free(c);
}

void sh_differ_init(struct sh_differ *d)
{
	*d = (struct sh_differ){ .limit = SH_DIFFER_FAULTS };
	sh_map_init(&d->course, free_course);
}

void sh_differ_release(struct sh_differ *d)
{
	sh_map_release(&d->course);
}

/* In the order of keys differences are told. */
static void make_key(struct sh_buf *key, const struct sh_fault *f)
{
	SH_CLEANUP_FREE char *dims = f->dims ? sh_json_text(f->dims, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	sh_buf_addstr(key, f->rule_id);
	sh_buf_addch(key, '\0');
	sh_buf_addstr(key, f->entity);
	sh_buf_addch(key, '\0');
	if (dims)
		sh_buf_addstr(key, dims);
}

static struct course *make_course(struct sh_differ *d, const struct sh_buf *key, const struct sh_fault *f)
{
	struct course *c = sh_calloc(1, sizeof(*c));

	c->rule = sh_strdup(f->rule_id);
	c->entity = sh_strdup(f->entity);
	c->host = sh_strdup(f->host);
	c->dims = json_incref(f->dims);
	sh_map_put(&d->course, key->data, key->len, c);
	return c;
}

static bool is_open(const struct spells *s)
{
	return s->n && !s->item[s->n - 1].resolved;
}

static bool is_same(const struct spell *a, const struct spell *b)
{
	return a->opened == b->opened && a->resolved == b->resolved;
}

/* Both sides agree on the first fault, and it is over. */
static bool agrees(const struct course *c)
{
	const struct spells *here = &c->side[SH_SIDE_HERE], *there = &c->side[SH_SIDE_THERE];

	return here->n && there->n && here->item->resolved && is_same(here->item, there->item);
}

static void drop_first(struct spells *s)
{
	s->n--;
	memmove(s->item, s->item + 1, s->n * sizeof(*s->item));
}

static void settle(struct sh_differ *d, struct course *c, const struct sh_buf *key)
{
	while (agrees(c)) {
		drop_first(&c->side[SH_SIDE_HERE]);
		drop_first(&c->side[SH_SIDE_THERE]);
		d->n -= 2;
	}
	if (!c->side[SH_SIDE_HERE].n && !c->side[SH_SIDE_THERE].n)
		sh_map_remove(&d->course, key->data, key->len);
}

static void open_spell(struct sh_differ *d, struct spells *s, int64_t time)
{
	if (!d->full && d->n >= d->limit)
		d->full = time;
	if (d->full)
		return;
	sh_grow(s->item, s->n, s->cap);
	s->item[s->n++] = (struct spell){ time, 0 };
	d->n++;
}

static void note(struct sh_differ *d, enum sh_side side, const struct sh_fault *f)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	bool ends = f->status == SH_FAULT_RESOLVED;
	struct course *c;
	struct spells *s;

	make_key(&key, f);
	c = sh_map_get(&d->course, key.data, key.len);
	if (!c && (ends || d->full))
		return;
	if (!c)
		c = make_course(d, &key, f);
	s = &c->side[side];
	if (ends && is_open(s))
		s->item[s->n - 1].resolved = f->time;
	else if (!ends && !is_open(s))
		open_spell(d, s, f->time);
	settle(d, c, &key);
}

void sh_differ_fault(struct sh_differ *d, enum sh_side side, const char *line, size_t len)
{
	struct sh_error ignored = SH_ERROR_INIT;
	json_t *object = sh_json_parse(line, len, &ignored);
	struct sh_fault f;

	if (object && sh_fault_from_json(&f, object, &ignored) == 0) {
		if (f.status != SH_FAULT_PENDING)
			note(d, side, &f);
		sh_fault_release(&f);
	}
	json_decref(object);
}

struct telling {
	const struct sh_differ *d;
	void (*emit)(void *arg, const char *line, size_t len);
	void *arg;
	size_t told;
};

static void add_time(struct sh_buf *out, int64_t t)
{
	char text[SH_TIME_TEXT];

	sh_time_format(text, t);
	if (t % SH_SEC)
		sh_buf_addstr(out, text);
	else
		sh_buf_addf(out, "%.19sZ", text);
}

static void add_spell(struct sh_buf *out, const struct spell *s)
{
	sh_buf_addstr(out, " from ");
	add_time(out, s->opened);
	if (!s->resolved) {
		sh_buf_addstr(out, " on");
		return;
	}
	sh_buf_addstr(out, " to ");
	add_time(out, s->resolved);
}

static void write_text(struct sh_buf *out, const struct course *c, const struct spell *here,
		       const struct spell *there)
{
	sh_buf_addf(out, "rule '%s' finds a fault of %s", c->rule, c->entity);
	if (c->dims) {
		sh_buf_addch(out, ' ');
		sh_json_dump(out, c->dims);
	}
	sh_buf_addstr(out, here && there ? ": here" : here ? ": only here," : ": only there,");
	if (here)
		add_spell(out, here);
	if (here && there)
		sh_buf_addstr(out, ", there");
	if (there)
		add_spell(out, there);
}

static json_t *spell_json(const struct spell *s)
{
	json_t *object = json_object();
	char text[SH_TIME_TEXT];

	sh_time_format(text, s->opened);
	json_object_set_new(object, "opened", json_string(text));
	if (s->resolved) {
		sh_time_format(text, s->resolved);
		json_object_set_new(object, "resolved", json_string(text));
	}
	return object;
}

/* It was not over when there was no more room: of the other side's faults then nothing is known. */
static bool reaches(const struct sh_differ *d, const struct spell *s)
{
	return d->full && s && (!s->resolved || s->resolved >= d->full);
}

/* Either may be NULL: that side found none. */
static void tell(struct telling *t, const struct course *c, const struct spell *here,
		 const struct spell *there)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT, text = SH_BUF_INIT;
	int64_t time = !there || (here && here->opened < there->opened) ? here->opened : there->opened;
	json_t *members;

	if (reaches(t->d, here) || reaches(t->d, there))
		return;
	write_text(&text, c, here, there);
	members = json_pack("{s:s, s:s}", "rule_id", c->rule, "entity", c->entity);
	if (c->dims)
		json_object_set(members, "dims", c->dims);
	if (here)
		json_object_set_new(members, "here", spell_json(here));
	if (there)
		json_object_set_new(members, "there", spell_json(there));
	sh_notice_write_with(&line, c->host, time, "info", sh_buf_str(&text), NULL, members);
	json_decref(members);
	t->emit(t->arg, line.data, line.len);
	t->told++;
}

static bool ends_before(const struct spell *a, const struct spell *b)
{
	return a->resolved && a->resolved <= b->opened;
}

static void tell_course(struct telling *t, const struct course *c)
{
	const struct spell *a = c->side[SH_SIDE_HERE].item, *b = c->side[SH_SIDE_THERE].item;
	/* A side without faults has no list. */
	const struct spell *a_end = a ? a + c->side[SH_SIDE_HERE].n : NULL,
			   *b_end = b ? b + c->side[SH_SIDE_THERE].n : NULL;

	while (a < a_end || b < b_end) {
		if (a < a_end && b < b_end && is_same(a, b)) {
			a++;
			b++;
		} else if (b == b_end || (a < a_end && ends_before(a, b))) {
			tell(t, c, a++, NULL);
		} else if (a == a_end || ends_before(b, a)) {
			tell(t, c, NULL, b++);
		} else {
			tell(t, c, a++, b++);
		}
	}
}

static int by_key(const void *x, const void *y)
{
	const struct sh_map_entry *a = *(const struct sh_map_entry *const *)x,
				  *b = *(const struct sh_map_entry *const *)y;
	int order = memcmp(a->key, b->key, a->len < b->len ? a->len : b->len);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

size_t sh_differ_write(const struct sh_differ *d, void (*emit)(void *arg, const char *line, size_t len),
		       void *arg)
{
	const struct sh_map_entry **list = sh_calloc(d->course.live + 1, sizeof(*list)), *e;
	struct telling t = { d, emit, arg, 0 };
	size_t n = 0, i = 0;

	while ((e = sh_map_next(&d->course, &i)))
		list[n++] = e;
	qsort(list, n, sizeof(*list), by_key);
	for (i = 0; i < n; i++)
		tell_course(&t, list[i]->value);
	free(list);
	return t.told;
}
