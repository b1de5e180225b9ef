/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/labels.h"

#include <stdlib.h>

#include "base/mem.h"
#include "expr/regex.h"

const struct sh_prom_labels sh_prom_no_labels = { 0 };

struct sh_prom_labels *sh_prom_labels_new(struct sh_arena *arena, size_t n)
{
	struct sh_prom_labels *l = sh_arena_alloc(arena, sizeof(*l) + n * sizeof(l->label[0]));

	l->n = 0;
	return l;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct sh_prom_label *)a)->name,
		      ((const struct sh_prom_label *)b)->name);
}

void sh_prom_labels_sort(struct sh_prom_labels *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->label[i].value[0])
			l->label[n++] = l->label[i];
	l->n = n;
	qsort(l->label, n, sizeof(l->label[0]), by_name);
}

const char *sh_prom_labels_get(const struct sh_prom_labels *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->label[i].name, name))
			return l->label[i].value;
	return "";
}

const struct sh_prom_labels *sh_prom_labels_with(struct sh_arena *arena,
						 const struct sh_prom_labels *l, const char *name,
						 const char *value)
{
	struct sh_prom_labels *out = sh_prom_labels_new(arena, l->n + 1);
	bool done = !value[0];

	for (size_t i = 0; i < l->n; i++) {
		int order = strcmp(l->label[i].name, name);

		if (order >= 0 && !done) {
			out->label[out->n++] = (struct sh_prom_label){ name, value };
			done = true;
		}
		if (order)
			out->label[out->n++] = l->label[i];
	}
	if (!done)
		out->label[out->n++] = (struct sh_prom_label){ name, value };
	return out;
}

static bool is_in(const struct sh_prom_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->name[i], name))
			return true;
	return false;
}

static bool is_kept(const struct sh_prom_names *names, bool keep, const char *name)
{
	return keep ? is_in(names, name) : strcmp(name, SH_PROM_NAME) && !is_in(names, name);
}

const struct sh_prom_labels *sh_prom_labels_only(struct sh_arena *arena,
						 const struct sh_prom_labels *l,
						 const struct sh_prom_names *names, bool keep)
{
	struct sh_prom_labels *out = sh_prom_labels_new(arena, l->n);

	for (size_t i = 0; i < l->n; i++)
		if (is_kept(names, keep, l->label[i].name))
			out->label[out->n++] = l->label[i];
	return out;
}

static void add_label(struct sh_buf *out, const struct sh_prom_label *l)
{
	sh_buf_add(out, l->name, strlen(l->name) + 1);
	sh_buf_add(out, l->value, strlen(l->value) + 1);
}

void sh_prom_labels_key(const struct sh_prom_labels *l, struct sh_buf *out)
{
	for (size_t i = 0; i < l->n; i++)
		add_label(out, &l->label[i]);
}

void sh_prom_labels_key_only(const struct sh_prom_labels *l, const struct sh_prom_names *names,
			     bool keep, struct sh_buf *out)
{
	for (size_t i = 0; i < l->n; i++)
		if (is_kept(names, keep, l->label[i].name))
			add_label(out, &l->label[i]);
}

const struct sh_prom_labels *sh_prom_labels_from_key(struct sh_arena *arena, const char *key,
						     size_t len)
{
	size_t texts = 0, at = 0;
	struct sh_prom_labels *l;
	char *copy;

	for (size_t i = 0; i < len; i++)
		texts += !key[i];
	if (texts % 2 || (len && key[len - 1]))
		return NULL;
	copy = sh_arena_alloc(arena, len + 1);
	if (len)
		memcpy(copy, key, len);
	l = sh_prom_labels_new(arena, texts / 2);
	while (at < len) {
		struct sh_prom_label *to = &l->label[l->n++];

		to->name = copy + at;
		at += strlen(copy + at) + 1;
		to->value = copy + at;
		at += strlen(copy + at) + 1;
	}
	return l;
}

struct sh_prom_labels *sh_prom_labels_copy(const struct sh_prom_labels *l)
{
	size_t fixed = sizeof(*l) + l->n * sizeof(l->label[0]), bytes = 0;
	struct sh_prom_labels *out;
	char *text;

	for (size_t i = 0; i < l->n; i++)
		bytes += strlen(l->label[i].name) + strlen(l->label[i].value) + 2;
	out = sh_malloc(fixed + bytes);
	out->n = l->n;
	text = (char *)out + fixed;
	for (size_t i = 0; i < l->n; i++) {
		size_t name = strlen(l->label[i].name) + 1, value = strlen(l->label[i].value) + 1;

		out->label[i].name = memcpy(text, l->label[i].name, name);
		out->label[i].value = memcpy(text + name, l->label[i].value, value);
		text += name + value;
	}
	return out;
}

json_t *sh_prom_labels_json(const struct sh_prom_labels *l)
{
	json_t *object = json_object();

	for (size_t i = 0; i < l->n; i++)
		json_object_set_new_nocheck(object, l->label[i].name,
					    json_string_nocheck(l->label[i].value));
	return object;
}

bool sh_prom_value_matches(const struct sh_prom_matcher *m, const char *value)
{
	char why[120];

	if (!m->regex)
		return !strcmp(m->value, value) == (m->match == SH_PROM_IS);
	/* A pattern too hard for its limits takes nothing. */
	return sh_regex_search(m->regex, sh_span_of(value), why, sizeof(why)) ==
	       (m->match == SH_PROM_LIKE);
}

bool sh_prom_labels_match(const struct sh_prom_labels *l, const struct sh_prom_matcher *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!sh_prom_value_matches(&m[i], sh_prom_labels_get(l, m[i].name)))
			return false;
	return true;
}
