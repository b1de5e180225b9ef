/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/recall.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "detect/look.h"
#include "record/json.h"

void sh_recalls_init(struct sh_recalls *rs)
{
	*rs = (struct sh_recalls){ NULL, 0, 0, SH_MAP_INIT(NULL), SH_MAP_INIT(NULL) };
}

void sh_recalls_release(struct sh_recalls *rs)
{
	for (size_t i = 0; i < rs->n; i++) {
		free(rs->item[i].path);
		free(rs->item[i].text);
		free(rs->item[i].shown);
	}
	free(rs->item);
	sh_map_release(&rs->by_text);
	sh_map_release(&rs->names);
}

/* peers(key) alone is no value. */
static struct sh_value no_macro(const struct sh_call *call)
{
	return sh_value_error(call, "peers(key) is followed by .count(p, ...), .share, .sum, .avg, .min or .max");
}

struct sh_function *sh_recall_functions(void)
{
	const struct sh_past_kind *k;
	struct sh_function *table;
	size_t n = 0;

	while (sh_past_at(n))
		n++;
	table = sh_calloc(n + 2, sizeof(*table));
	for (size_t i = 0; (k = sh_past_at(i)); i++)
		table[i] = (struct sh_function){ .name = k->name,
						 .min_args = k->min_args + !k->note_metric,
						 .max_args = k->max_args + !k->note_metric,
						 .takes_path = true,
						 .needs_past = true,
						 .call = sh_look_recall };
	table[n] = (struct sh_function){ .name = "peers", .min_args = 1, .max_args = 1,
					 .needs_past = true, .call = no_macro, .is_group = true };
	return table;
}

static bool read_arg(const struct sh_value *v, struct sh_past_arg *out)
{
	switch (v->type) {
	case SH_VALUE_INT:
		*out = (struct sh_past_arg){ SH_PAST_NUMBER, (double)v->u.i, 0 };
		return true;
	case SH_VALUE_DOUBLE:
		*out = (struct sh_past_arg){ SH_PAST_NUMBER, v->u.d, 0 };
		return isfinite(v->u.d);
	case SH_VALUE_DURATION:
		*out = (struct sh_past_arg){ SH_PAST_DURATION, (double)v->u.i / 1e9, v->u.i };
		return true;
	default:
		return false;
	}
}

/* Terms of a call; false when an argument is neither a number nor a duration. */
static bool read_terms(struct sh_past_terms *t, const char *function, const struct sh_value *arg,
		       size_t n, bool eager)
{
	memset(t, 0, sizeof(*t));
	t->kind = sh_past_find(function);
	t->eager = eager;
	t->n = n;
	if (!t->kind || n > SH_PAST_ARGS)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!read_arg(&arg[i], &t->arg[i]))
			return false;
	return true;
}

/* The same text for the same call, however it was written. */
static void name_call(struct sh_buf *out, const struct sh_past_terms *t, const char *path)
{
	sh_buf_addf(out, "%s%s(%s", t->eager ? "eager " : "", t->kind->name, path);
	for (size_t i = 0; i < t->n; i++) {
		if (t->arg[i].type == SH_PAST_DURATION)
			sh_buf_addf(out, ",%lldns", (long long)t->arg[i].ns);
		else
			sh_buf_addf(out, ",%.17g", t->arg[i].number);
	}
	sh_buf_addch(out, ')');
}

long sh_recalls_named(const struct sh_recalls *rs, const void *text, size_t len)
{
	return (long)(intptr_t)sh_map_get(&rs->by_text, text, len) - 1;
}

static char *show_call(const struct sh_past_terms *t, const char *path)
{
	struct sh_buf out = SH_BUF_INIT;
	char text[SH_DURATION_TEXT];

	sh_buf_addf(&out, "%s(%s", t->kind->name, t->kind->note_metric ? "" : path);
	for (size_t i = 0; i < t->n; i++) {
		sh_buf_addstr(&out, ", ");
		if (t->arg[i].type == SH_PAST_DURATION) {
			sh_duration_format(text, t->arg[i].ns);
			sh_buf_addstr(&out, text);
		} else {
			sh_json_add_number(&out, t->arg[i].number);
		}
	}
	sh_buf_addch(&out, ')');
	return sh_buf_take(&out);
}

static long add(struct sh_recalls *rs, const struct sh_past_terms *t, const char *path)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	long known;

	name_call(&text, t, path);
	known = sh_recalls_named(rs, text.data, text.len);
	if (known >= 0)
		return known;
	sh_grow(rs->item, rs->n, rs->cap);
	rs->item[rs->n] = (struct sh_recall){ *t, sh_strdup(path),
					      sh_strndup(text.data, text.len), show_call(t, path), 0 };
	rs->item[rs->n].terms.names = &rs->names;
	sh_map_put(&rs->by_text, text.data, text.len, (void *)(intptr_t)(rs->n + 1));
	return (long)rs->n++;
}

long sh_recalls_add(struct sh_recalls *rs, const struct sh_call_site *site, bool eager,
		    struct sh_error *err)
{
	struct sh_past_terms t;

	if (!site->constant ||
	    !read_terms(&t, site->function->name, site->arg, site->n, eager))
		return sh_error_set(err, SH_ERRC_CONFIG,
				    "%u:%u: the arguments of %s after the metric are numbers or durations as they stand",
				    site->line, site->column, site->function->name);
	if (t.kind->check && t.kind->check(&t, err) < 0) {
		sh_error_prefix(err, "%u:%u", site->line, site->column);
		return -1;
	}
	return add(rs, &t, site->path);
}

long sh_recalls_find(const struct sh_recalls *rs, const struct sh_call *call, bool eager)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_past_terms t;

	if (!read_terms(&t, call->function, call->arg + 1, call->n ? call->n - 1 : 0, eager))
		return -1;
	name_call(&text, &t, call->path);
	return sh_recalls_named(rs, text.data, text.len);
}

struct sh_value sh_recall_value(const struct sh_past_kind *kind, const struct sh_past_answer *a)
{
	if (!a->known)
		return sh_value_unknown();
	if (kind->is_truth)
		return sh_value_bool(a->value != 0);
	if (kind->is_duration) /* a time that does not fit is as long as one can be */
		return sh_value_duration(fabs(a->value) < 9e9 ? (int64_t)(a->value * 1e9)
					 : a->value < 0	      ? INT64_MIN
							      : INT64_MAX);
	return sh_value_double(a->value);
}
