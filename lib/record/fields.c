/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/fields.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

static void *at(void *base, const struct sh_field *f)
{
	return (char *)base + f->offset;
}

static const void *at_const(const void *base, const struct sh_field *f)
{
	return (const char *)base + f->offset;
}

static int wrong(const struct sh_field *f, const char *wanted, struct sh_error *err)
{
	return sh_error_set(err, SH_ERRC_INPUT, "member '%s' is not %s", f->name, wanted);
}

static int load_word(void *to, const struct sh_field *f, const json_t *v, struct sh_error *err)
{
	const char *text = json_string_value(v);

	for (int i = 0; text && f->words[i]; i++)
		if (!strcmp(f->words[i], text)) {
			memcpy(to, &i, sizeof(i));
			return 0;
		}
	return wrong(f, "one of its words", err);
}

static int load_time(void *to, const struct sh_field *f, const json_t *v, struct sh_error *err)
{
	int64_t t;

	if (!json_is_string(v) ||
	    sh_time_parse(json_string_value(v), json_string_length(v), &t) < 0)
		return wrong(f, "an RFC 3339 time", err);
	memcpy(to, &t, sizeof(t));
	return 0;
}

static int load_json(void *to, const struct sh_field *f, json_t *v, struct sh_error *err)
{
	if (f->type == SH_FIELD_OBJECT ? !json_is_object(v) : !json_is_array(v))
		return wrong(f, f->type == SH_FIELD_OBJECT ? "an object" : "an array", err);
	json_decref(*(json_t **)to);
	*(json_t **)to = json_incref(v);
	return 0;
}

static int load_one(void *to, const struct sh_field *f, json_t *v, struct sh_error *err)
{
	switch (f->type) {
	case SH_FIELD_STRING:
		if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
			return wrong(f, "a text", err);
		free(*(char **)to);
		*(char **)to = sh_strdup(json_string_value(v));
		return 0;
	case SH_FIELD_TIME:
		return load_time(to, f, v, err);
	case SH_FIELD_INT:
	case SH_FIELD_COUNT:
		if (!json_is_integer(v))
			return wrong(f, "a whole number", err);
		*(int64_t *)to = json_integer_value(v);
		return 0;
	case SH_FIELD_NUMBER:
		if (!json_is_number(v))
			return wrong(f, "a number", err);
		*(double *)to = json_number_value(v);
		return 0;
	case SH_FIELD_BOOL:
		if (!json_is_boolean(v))
			return wrong(f, "true or false", err);
		*(bool *)to = json_is_true(v);
		return 0;
	case SH_FIELD_WORD:
		return load_word(to, f, v, err);
	case SH_FIELD_OBJECT:
	case SH_FIELD_ARRAY:
		return load_json(to, f, v, err);
	}
	return 0;
}

static bool is_named(const char *name, const struct sh_field *fields, const char *const *skip)
{
	for (; fields->name; fields++)
		if (!strcmp(fields->name, name))
			return true;
	for (; skip && *skip; skip++)
		if (!strcmp(*skip, name))
			return true;
	return false;
}

static void keep_extra(const struct sh_field *fields, const json_t *object,
		       const char *const *skip, json_t **extra)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)object, name, v) {
		if (is_named(name, fields, skip))
			continue;
		if (!*extra)
			*extra = json_object();
		json_object_set(*extra, name, v);
	}
}

int sh_fields_load(void *base, const struct sh_field *fields, const json_t *object,
		   const char *const *skip, json_t **extra, struct sh_error *err)
{
	for (const struct sh_field *f = fields; f->name; f++) {
		json_t *v = json_object_get(object, f->name);

		if (!v || json_is_null(v)) {
			if (f->required)
				return sh_error_set(err, SH_ERRC_INPUT, "member '%s' is missing",
						    f->name);
			continue;
		}
		if (load_one(at(base, f), f, v, err) < 0)
			return -1;
	}
	if (extra)
		keep_extra(fields, object, skip, extra);
	return 0;
}

int sh_fields_list(const json_t *object, const char *name, const json_t **out, struct sh_error *err)
{
	const json_t *list = json_object_get(object, name);

	*out = json_is_array(list) ? list : NULL;
	if (*out || !list || json_is_null(list))
		return 0;
	return sh_error_set(err, SH_ERRC_INPUT, "member '%s' is not an array", name);
}

static json_t *time_text(int64_t t)
{
	char text[SH_TIME_TEXT];
	size_t n;

	if (!t)
		return NULL;
	n = sh_time_format(text, t);
	return json_stringn_nocheck(text, n);
}

static json_t *store_one(const void *from, const struct sh_field *f)
{
	int word;

	switch (f->type) {
	case SH_FIELD_STRING:
		return *(char *const *)from ? json_string(*(char *const *)from) : NULL;
	case SH_FIELD_TIME:
		return time_text(*(const int64_t *)from);
	case SH_FIELD_INT:
		return json_integer(*(const int64_t *)from);
	case SH_FIELD_COUNT:
		return *(const int64_t *)from ? json_integer(*(const int64_t *)from) : NULL;
	case SH_FIELD_NUMBER:
		return isfinite(*(const double *)from) ? json_real(*(const double *)from) : NULL;
	case SH_FIELD_BOOL:
		return json_boolean(*(const bool *)from);
	case SH_FIELD_WORD:
		memcpy(&word, from, sizeof(word));
		return *f->words[word] ? json_string(f->words[word]) : NULL;
	case SH_FIELD_OBJECT:
	case SH_FIELD_ARRAY:
		return json_incref(*(json_t *const *)from);
	}
	return NULL;
}

void sh_fields_store(const void *base, const struct sh_field *fields, json_t *object)
{
	for (const struct sh_field *f = fields; f->name; f++) {
		json_t *v = store_one(at_const(base, f), f);

		if (v)
			json_object_set_new(object, f->name, v);
	}
}

void sh_fields_release(void *base, const struct sh_field *fields)
{
	for (const struct sh_field *f = fields; f->name; f++) {
		void *p = at(base, f);

		if (f->type == SH_FIELD_STRING) {
			free(*(char **)p);
			*(char **)p = NULL;
		} else if (f->type == SH_FIELD_OBJECT || f->type == SH_FIELD_ARRAY) {
			json_decref(*(json_t **)p);
			*(json_t **)p = NULL;
		}
	}
}
