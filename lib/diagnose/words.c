/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/nls.h"

/* "before {name}"; the last piece of a text has no name. */
struct piece {
	struct sh_buf before; /* "{{" is "{" there */
	struct sh_span name;
};

struct pieces {
	struct piece piece[SH_WORDS_VALUES + 1];
	size_t n;
};

static void release(struct pieces *p)
{
	for (size_t i = 0; i < p->n; i++)
		sh_buf_release(&p->piece[i].before);
	p->n = 0;
}

/* Up to the next expression or the end; what is behind it, NULL at the end. One without end has no value. */
static const char *take(struct piece *p, const char *text)
{
	const char *end;

	for (; *text; text++) {
		if (*text == '{' && *++text != '{')
			break;
		sh_buf_addch(&p->before, *text);
	}
	if (!*text)
		return NULL;
	end = strchr(text, '}');
	p->name = (struct sh_span){ text, end ? (size_t)(end - text) : 0 };
	return end ? end + 1 : NULL;
}

/* false when there are too many. */
static bool split(struct pieces *p, const char *text)
{
	p->n = 0;
	while (text && p->n <= SH_WORDS_VALUES) {
		struct piece *next = &p->piece[p->n++];

		*next = (struct piece){ SH_BUF_INIT, { NULL, 0 } };
		text = take(next, text);
	}
	return !text;
}

/* What of FILLED stands between the pieces, the shortest first: as with "*" in names of files. */
static bool read_values(const struct pieces *p, const char *filled, struct sh_span *value)
{
	const struct sh_buf *first = &p->piece[0].before, *last = &p->piece[p->n - 1].before;
	size_t len = strlen(filled);
	const char *at = filled + first->len, *end = filled + len - last->len;

	if (p->n == 1)
		return !strcmp(sh_buf_str(first), filled);
	if (len < first->len + last->len || strncmp(filled, sh_buf_str(first), first->len) != 0 ||
	    strcmp(end, sh_buf_str(last)) != 0)
		return false;
	for (size_t i = 1; i + 1 < p->n; i++) {
		const struct sh_buf *text = &p->piece[i].before;
		const char *found = memmem(at, (size_t)(end - at), sh_buf_str(text), text->len);

		if (!found)
			return false;
		value[i - 1] = (struct sh_span){ at, (size_t)(found - at) };
		at = found + text->len;
	}
	value[p->n - 2] = (struct sh_span){ at, (size_t)(end - at) };
	return true;
}

static const struct sh_span *value_of(const struct pieces *p, const struct sh_span *value,
				      struct sh_span name)
{
	for (size_t i = 0; i + 1 < p->n; i++)
		if (sh_span_equal(p->piece[i].name, name))
			return &value[i];
	return NULL;
}

static bool put(const struct pieces *to, const struct pieces *from, const struct sh_span *value,
		struct sh_buf *out)
{
	for (size_t i = 0; i < to->n; i++) {
		const struct piece *p = &to->piece[i];
		const struct sh_span *v = p->name.p ? value_of(from, value, p->name) : NULL;

		if (p->name.p && !v)
			return false;
		sh_buf_add(out, sh_buf_str(&p->before), p->before.len);
		if (v)
			sh_buf_add(out, v->p, v->len);
	}
	return true;
}

char *sh_words_fill(const char *template, const char *translated, const char *filled)
{
	struct sh_span value[SH_WORDS_VALUES];
	struct sh_buf out = SH_BUF_INIT;
	struct pieces from, to;
	bool good = split(&from, template);

	good = split(&to, translated) && good && read_values(&from, filled, value) &&
	       put(&to, &from, value, &out);
	release(&from);
	release(&to);
	if (good)
		return sh_buf_take(&out);
	sh_buf_release(&out);
	return NULL;
}

/* NULL when there is no translation of it. */
static char *translate(const char *template, const char *filled)
{
	const char *translated = template ? sh_tr(template) : NULL;

	return translated && filled && translated != template
		       ? sh_words_fill(template, translated, filled)
		       : NULL;
}

static bool translate_evidence(json_t *evidence, const char *template)
{
	bool any = false;
	size_t i;
	json_t *text;

	json_array_foreach(evidence, i, text) {
		SH_CLEANUP_FREE char *words = translate(template, json_string_value(text));

		any = any || words;
		if (words)
			json_array_set_new(evidence, i, json_string(words));
	}
	return any;
}

/* Of the cases of one cause the one that the text is of. */
static void translate_cause(struct sh_cause *c, const struct sh_opinion *o)
{
	bool recommended = false, because = false;

	for (size_t i = 0; i < o->n; i++) {
		const struct sh_case *k = &o->cases[i];
		char *words = NULL;

		if (strcmp(k->root_cause, c->root_cause) != 0)
			continue;
		if (!recommended)
			words = translate(k->recommendation_text, c->recommendation);
		if (words) {
			free(c->recommendation);
			c->recommendation = words;
			recommended = true;
		}
		because = because || translate_evidence(c->evidence, k->because_text);
	}
}

/* Of a rule of detection, as it is configured. */
static void translate_fault(struct sh_fault *f, const struct sh_config *c)
{
	const struct sh_config_entry *rule =
		c && f->rule_id ? sh_config_find(c, SH_SECTION_RULES, f->rule_id) : NULL;
	struct sh_error ignored = SH_ERROR_INIT;
	const char *template = NULL;
	char *words;

	if (!rule || sh_node_string(rule->node, "description", &template, &ignored) < 0)
		return;
	words = translate(template, f->description);
	if (!words)
		return;
	free(f->description);
	f->description = words;
}

void sh_words_translate(struct sh_diagnosis *d, const struct sh_opinions *o, const struct sh_config *config)
{
	translate_fault(&d->fault, config);
	for (size_t i = 0; i < d->results; i++) {
		struct sh_cause *c = &d->result[i];
		char *title = c->title ? sh_strdup(sh_tr(c->title)) : NULL;

		free(c->title);
		c->title = title;
		for (size_t k = 0; k < o->n && c->rule_id; k++)
			if (!strcmp(o->opinion[k].id, c->rule_id))
				translate_cause(c, &o->opinion[k]);
	}
}
