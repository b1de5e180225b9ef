/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/silence.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/fields.h"

static void release(struct sh_silence *s)
{
	free(s->id);
	free(s->owner);
	free(s->reason);
	json_decref(s->match);
	sh_window_free(s->every);
}

static int load_time(const struct sh_node *n, const char *key, int64_t *out, struct sh_error *err)
{
	const char *text = NULL;
	int rc = sh_node_string(n, key, &text, err);

	if (rc > 0 && sh_time_parse(text, strlen(text), out) < 0)
		return sh_node_fail(sh_node_get(n, key), err, "'%s' must be a time such as 2026-01-31T12:00:00Z",
				    key);
	return rc;
}

/* One pattern is a list of one. */
static json_t *as_list(const struct sh_node *n)
{
	json_t *list, *one;

	if (n->type == SH_NODE_LIST || n->type == SH_NODE_MAP || n->type == SH_NODE_NULL)
		return sh_node_json(n);
	list = json_array();
	one = json_string(n->text);
	json_array_append_new(list, one);
	return list;
}

static json_t *match_of(const struct sh_node *n)
{
	json_t *match = json_object();

	for (size_t i = 0; i < n->n; i++) {
		const struct sh_node *v = n->item[i];
		json_t *map;

		if (v->type != SH_NODE_MAP) {
			json_object_set_new(match, n->key[i], as_list(v));
			continue;
		}
		map = json_object();
		for (size_t k = 0; k < v->n; k++)
			json_object_set_new(map, v->key[k], as_list(v->item[k]));
		json_object_set_new(match, n->key[i], map);
	}
	return match;
}

static int load_match(struct sh_silence *s, const struct sh_node *n, struct sh_error *err)
{
	const struct sh_node *match = sh_node_get(n, "match");
	struct sh_error why = SH_ERROR_INIT;

	if (!match || match->type != SH_NODE_MAP)
		return sh_node_fail(match ? match : n, err, "a silence needs 'match', a map");
	s->match = match_of(match);
	if (sh_match_check(s->match, &why) == 0)
		return 0;
	return sh_node_fail(match, err, "%s", why.text);
}

static int load_every(struct sh_silence *s, const struct sh_node *n, struct sh_error *err)
{
	const char *text = NULL;
	struct sh_error why = SH_ERROR_INIT;
	int rc = sh_field_text(n, "every", &text, err);

	if (rc > 0 && sh_window_parse(&s->every, text, &why) < 0)
		return sh_node_fail(sh_node_get(n, "every"), err, "every: %s", why.text);
	return rc;
}

static int load_times(struct sh_silence *s, const struct sh_node *n, struct sh_error *err)
{
	static const char *const kinds[] = { "silence", "maintenance", NULL };
	int kind;

	s->start = INT64_MIN;
	s->end = INT64_MAX;
	if (load_time(n, "start", &s->start, err) < 0 || load_time(n, "end", &s->end, err) < 0 ||
	    load_every(s, n, err) < 0)
		return -1;
	if (!s->every && s->end == INT64_MAX)
		return sh_node_fail(n, err, "a silence needs an 'end': one that nobody ends is forgotten");
	if (s->start >= s->end)
		return sh_node_fail(sh_node_get(n, "end"), err, "the end is not after the start");
	kind = s->every != NULL;
	if (sh_node_choice(n, "kind", kinds, &kind, err) < 0)
		return -1;
	s->maintenance = kind;
	return 0;
}

static int load(struct sh_silence *s, const struct sh_config_entry *e, struct sh_error *err)
{
	static const char *const known[] = { "id", "match", "start", "end", "every", "owner", "comment",
					     "kind", NULL };
	const char *owner = NULL, *comment = NULL;
	const struct sh_node *n = e->node;

	if (sh_node_check_keys(n, "silence", known, err) < 0 || load_match(s, n, err) < 0 ||
	    load_times(s, n, err) < 0 || sh_field_text(n, "owner", &owner, err) < 0 ||
	    sh_field_text(n, "comment", &comment, err) < 0)
		return -1;
	if (!owner || !comment)
		return sh_node_fail(n, err, "a silence needs '%s'", owner ? "comment" : "owner");
	s->id = sh_strdup(e->id);
	s->owner = sh_strdup(owner);
	s->reason = sh_strdup(comment);
	return 0;
}

size_t sh_silences_load(struct sh_silences *s, const struct sh_config *c,
			sh_config_report_fn *report, void *arg)
{
	const struct sh_config_entry *e;
	size_t broken = 0;

	for (size_t i = 0; (e = sh_config_next(c, SH_SECTION_SILENCES, &i));) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_silence item = { 0 };

		if (load(&item, e, &err) == 0) {
			sh_silences_add(s, item);
			continue;
		}
		release(&item);
		broken++;
		if (report)
			report(arg, &err);
	}
	return broken;
}

void sh_silences_add(struct sh_silences *s, struct sh_silence item)
{
	sh_grow(s->item, s->n, s->cap);
	s->item[s->n++] = item;
}

void sh_silences_clear(struct sh_silences *s)
{
	while (s->n)
		release(&s->item[--s->n]);
}

void sh_silences_release(struct sh_silences *s)
{
	sh_silences_clear(s);
	free(s->item);
	memset(s, 0, sizeof(*s));
}

bool sh_silence_holds(const struct sh_silence *s, int64_t t, int64_t *until)
{
	int64_t end = s->end;

	if (t < s->start || t >= s->end || (s->every && !sh_window_covers(s->every, t, &end)))
		return false;
	*until = end < s->end ? end : s->end;
	return true;
}
