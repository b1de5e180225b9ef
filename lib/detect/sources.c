/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "record/fault.h"
#include "record/json.h"

#define LONGEST_CHAIN 256

/* An open fault, and under what it is found. */
struct source {
	const struct sh_watched *watched; /* borrowed; NULL: of a rule of another language */
	json_t *own;                      /* its picture then; owned */
	char **key;                       /* owned, as each */
	size_t n, cap;
	char fingerprint[SH_FAULT_ID_TEXT];
};

struct found {
	struct source **item; /* by fingerprint: in no order that depends on when they came */
	size_t n, cap;
};

static void free_source(void *p)
{
	struct source *s = p;

	for (size_t i = 0; i < s->n; i++)
		free(s->key[i]);
	free(s->key);
	json_decref(s->own);
	free(s);
}

static const json_t *picture_of(const struct source *s)
{
	return s->watched ? s->watched->shown : s->own;
}

static void free_found(void *p)
{
	struct found *f = p;

	free(f->item);
	free(f);
}

/* "on" and name as one text; what has neither a space. */
static char *pair_of(const char *on, const char *name)
{
	return sh_asprintf("%s %s", on, name);
}

void sh_sources_init(struct sh_sources *s, const struct sh_rules *rules)
{
	*s = (struct sh_sources){ .rules = rules };
	sh_map_init(&s->pair, NULL);
	sh_map_init(&s->under, free_found);
	sh_map_init(&s->open, free_source);
	for (size_t i = 0; i < rules->n; i++)
		sh_sources_expect(s, &rules->rule[i]);
}

void sh_sources_expect(struct sh_sources *s, const struct sh_rule *r)
{
	for (const char **name = r->inhibited_by; name && *name; name++) {
		SH_CLEANUP_FREE char *pair = pair_of(r->inhibit_on, *name);

		sh_map_puts(&s->pair, pair, s);
	}
}

void sh_sources_release(struct sh_sources *s)
{
	sh_map_release(&s->pair);
	sh_map_release(&s->under);
	sh_map_release(&s->open);
}

static const char *value_of(const json_t *picture, const char *on)
{
	if (!strncmp(on, "labels.", 7))
		return sh_json_str(json_object_get(picture, "labels"), on + 7, NULL);
	return sh_json_str(picture, on, NULL);
}

/* Ordered by fingerprint. */
static void enter(struct sh_sources *s, struct source *source, char *key)
{
	struct found *f = sh_map_gets(&s->under, key);
	size_t i;

	sh_grow(source->key, source->n, source->cap);
	source->key[source->n++] = key;
	if (!f) {
		f = sh_calloc(1, sizeof(*f));
		sh_map_puts(&s->under, key, f);
	}
	sh_grow(f->item, f->n, f->cap);
	for (i = f->n++; i && strcmp(f->item[i - 1]->fingerprint, source->fingerprint) > 0; i--)
		f->item[i] = f->item[i - 1];
	f->item[i] = source;
}

static void enter_name(struct sh_sources *s, struct source *source, const char *name)
{
	const struct sh_map_entry *e;
	const json_t *picture = picture_of(source);

	for (size_t i = 0; (e = sh_map_next(&s->pair, &i));) {
		const char *space = strchr(e->key, ' ');
		SH_CLEANUP_FREE char *on = sh_strndup(e->key, (size_t)(space - e->key));
		const char *value = strcmp(space + 1, name) ? NULL : value_of(picture, on);

		if (value)
			enter(s, source, sh_asprintf("%s %s", e->key, value));
	}
}

static struct source *new_source(const char *fingerprint)
{
	struct source *source = sh_calloc(1, sizeof(*source));

	snprintf(source->fingerprint, sizeof(source->fingerprint), "%s", fingerprint);
	return source;
}

static void enter_names(struct sh_sources *s, struct source *source, const char *rule, const char *fault_type)
{
	enter_name(s, source, rule);
	if (strcmp(rule, fault_type))
		enter_name(s, source, fault_type);
}

static void keep(struct sh_sources *s, struct source *source)
{
	if (source->n)
		sh_map_puts(&s->open, source->fingerprint, source);
	else
		free_source(source);
}

void sh_sources_put(struct sh_sources *s, const struct sh_watched *w)
{
	const struct sh_rule *r = &s->rules->rule[w->rule];
	const char *fingerprint = sh_json_str(w->shown, "fingerprint", NULL);
	struct source *source;

	if (!fingerprint || sh_map_gets(&s->open, fingerprint) || (!r->means_down && !s->pair.live))
		return;
	source = new_source(fingerprint);
	source->watched = w;
	enter_names(s, source, r->id, r->fault_type);
	if (r->means_down)
		enter(s, source, sh_asprintf("down %s", sh_json_str(w->shown, "entity", "")));
	keep(s, source);
}

void sh_sources_put_other(struct sh_sources *s, json_t *picture)
{
	const char *fingerprint = sh_json_str(picture, "fingerprint", ""), *rule = sh_json_str(picture, "rule_id", "");
	struct source *source = sh_map_gets(&s->open, fingerprint);

	if (source && !source->watched) {
		json_decref(source->own);
		source->own = json_incref(picture);
	} else if (!source && s->pair.live) {
		source = new_source(fingerprint);
		source->own = json_incref(picture);
		enter_names(s, source, rule, sh_json_str(picture, "fault_type", rule));
		keep(s, source);
	}
}

static void leave(struct sh_sources *s, const struct source *source, const char *key)
{
	struct found *f = sh_map_gets(&s->under, key);
	size_t i = 0;

	while (i < f->n && f->item[i] != source)
		i++;
	f->n--;
	memmove(f->item + i, f->item + i + 1, (f->n - i) * sizeof(struct source *));
	if (!f->n)
		sh_map_remove(&s->under, key, strlen(key));
}

static void drop(struct sh_sources *s, const struct sh_watched *w, const char *fingerprint)
{
	struct source *source = sh_map_gets(&s->open, fingerprint);

	if (!source || source->watched != w)
		return;
	for (size_t i = 0; i < source->n; i++)
		leave(s, source, source->key[i]);
	sh_map_remove(&s->open, fingerprint, strlen(fingerprint));
}

void sh_sources_drop(struct sh_sources *s, const struct sh_watched *w)
{
	drop(s, w, sh_json_str(w->shown, "fingerprint", ""));
}

void sh_sources_drop_other(struct sh_sources *s, const char *fingerprint)
{
	drop(s, NULL, fingerprint);
}

static const json_t *first_but(const struct sh_sources *s, const char *key, const char *own)
{
	const struct found *f = sh_map_gets(&s->under, key);

	for (size_t i = 0; f && i < f->n; i++) {
		const json_t *root = sh_sources_root(s, picture_of(f->item[i]));

		if (strcmp(sh_json_str(root, "fingerprint", ""), own))
			return root;
	}
	return NULL;
}

const json_t *sh_sources_inhibitor(const struct sh_sources *s, const struct sh_rule *rule,
				   const json_t *picture)
{
	const char *value = rule->inhibited_by ? value_of(picture, rule->inhibit_on) : NULL;
	const json_t *found = NULL;

	for (const char **name = rule->inhibited_by; value && *name && !found; name++) {
		SH_CLEANUP_FREE char *key = sh_asprintf("%s %s %s", rule->inhibit_on, *name, value);

		found = first_but(s, key, sh_json_str(picture, "fingerprint", ""));
	}
	return found;
}

const json_t *sh_sources_down(const struct sh_sources *s, const char *entity)
{
	SH_CLEANUP_FREE char *key = sh_asprintf("down %s", entity);
	const struct found *f = sh_map_gets(&s->under, key);

	return f ? picture_of(f->item[0]) : NULL;
}

const json_t *sh_sources_root(const struct sh_sources *s, const json_t *picture)
{
	for (int i = 0; i < LONGEST_CHAIN; i++) {
		const char *of = sh_json_str(sh_fault_suppression(picture), "of", NULL);
		const struct source *source = of ? sh_map_gets(&s->open, of) : NULL;

		if (!source || picture_of(source) == picture)
			break;
		picture = picture_of(source);
	}
	return picture;
}
