/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/document.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "collect/format/values.h"
#include "record/json.h"

/* Objects in objects that put_all follows. */
#define MAX_DEPTH 8

/* What was bad last, not told yet: when nothing else is understood it is the reason for all. */
struct pending {
	struct sh_error err;
	uint64_t line;
};

static void tell(struct sh_import *in, struct pending *p)
{
	if (sh_error_is_set(&p->err))
		sh_import_bad(in, p->line, &p->err);
}

int sh_document_each(struct sh_import *in, struct sh_span text,
		     bool (*fn)(struct sh_import *in, const json_t *value), struct sh_error *err)
{
	struct sh_values values = SH_VALUES(text);
	struct pending bad = { SH_ERROR_INIT, 0 };
	bool known = false;
	struct sh_span one;

	while (sh_values_next(&values, &one)) {
		struct sh_error e = SH_ERROR_INIT;
		json_t *value = sh_json_parse(one.p, one.len, &e);

		in->line = values.line;
		if (value && fn(in, value)) {
			known = true;
		} else {
			tell(in, &bad);
			sh_error_set(&e, SH_ERRC_INPUT, "no document of %s", in->format->name);
			bad = (struct pending){ e, values.line };
		}
		json_decref(value);
	}
	if (known) {
		tell(in, &bad);
		return 0;
	}
	in->line = bad.line;
	sh_error_set(&bad.err, SH_ERRC_INPUT, "no document of %s", in->format->name);
	*err = bad.err;
	return -1;
}

const json_t *sh_document_at(const json_t *v, const char *path)
{
	while (v && path && *path) {
		size_t len = strcspn(path, ".");

		v = json_object_getn(v, path, len);
		path += len + (path[len] == '.');
	}
	return v;
}

double sh_document_value(const json_t *v)
{
	if (json_is_boolean(v))
		return json_is_true(v);
	return json_is_number(v) ? json_number_value(v) : NAN;
}

double sh_document_number(const json_t *v, const char *path)
{
	return sh_document_value(sh_document_at(v, path));
}

double sh_document_numeric(const json_t *v, const char *path)
{
	const json_t *at = sh_document_at(v, path);
	double n;

	if (!json_is_string(at))
		return sh_document_value(at);
	return sh_parse_double(json_string_value(at), &n) == 0 ? n : NAN;
}

const char *sh_document_text(const json_t *v, const char *path)
{
	const char *s = json_string_value(sh_document_at(v, path));

	return s && *s ? s : NULL;
}

double sh_document_time(const json_t *v, const char *path)
{
	const char *s = sh_document_text(v, path);
	int64_t t;

	/* Go writes the year 1 for "never", which is before what can be parsed. */
	return s && sh_time_parse(s, strlen(s), &t) == 0 ? (double)t / 1e9 : NAN;
}

double sh_first_number(double a, double b)
{
	return isnan(a) ? b : a;
}

double sh_document_count(const json_t *v, const char *path)
{
	const json_t *at = sh_document_at(v, path);

	if (json_is_array(at))
		return (double)json_array_size(at);
	return json_is_object(at) ? (double)json_object_size(at) : NAN;
}

double sh_percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : NAN;
}

void *sh_members(const json_t *object)
{
	return json_object_iter((json_t *)(uintptr_t)object); /* looking changes nothing */
}

void *sh_members_next(const json_t *object, void *at)
{
	return json_object_iter_next((json_t *)(uintptr_t)object, at);
}

void sh_metric_name(struct sh_buf *out, const char *name)
{
	for (; *name; name++) {
		unsigned char ch = (unsigned char)*name;

		if (ch >= 'A' && ch <= 'Z')
			ch = (unsigned char)(ch + ('a' - 'A'));
		if ((ch < 'a' || ch > 'z') && (ch < '0' || ch > '9'))
			ch = '_';
		sh_buf_addch(out, (char)ch);
	}
}

void sh_document_begin(struct sh_sample_writer *s, struct sh_import *in, const char *type,
		       const char *name, const char *const *dims, const char *const *labels)
{
	sh_import_begin(in, s, name && *name ? type : NULL, name, dims, labels);
}

void sh_document_begin_fleet(struct sh_sample_writer *s, struct sh_import *in, const char *type,
			     const char *name, const char *const *dims, const char *const *labels)
{
	if (name && *name)
		sh_import_begin_fleet(in, s, type, name, dims, labels);
	else
		sh_import_begin(in, s, NULL, NULL, dims, labels);
}

static void put_members(struct sh_sample_writer *s, const json_t *object, struct sh_buf *name,
			int depth)
{
	size_t len = name->len;

	for (void *i = sh_members(object); i; i = sh_members_next(object, i)) {
		const json_t *v = json_object_iter_value(i);

		name->len = len;
		sh_metric_name(name, json_object_iter_key(i));
		if (json_is_object(v) && depth < MAX_DEPTH) {
			sh_buf_addch(name, '_');
			put_members(s, v, name, depth + 1);
		} else if (name->len) {
			sh_sample_number(s, sh_buf_str(name), sh_document_value(v));
		}
	}
}

void sh_document_put_all(struct sh_sample_writer *s, const json_t *object)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;

	put_members(s, object, &name, 0);
}

void sh_document_put_text(struct sh_sample_writer *s, const char *name, const char *value)
{
	if (value)
		sh_sample_text(s, name, value);
}

const char *sh_import_cluster(const struct sh_import *in, const char *fallback)
{
	if (in->entity && !strncmp(in->entity, "cluster:", 8) && in->entity[8])
		return in->entity + 8;
	return fallback;
}
