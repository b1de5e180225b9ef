/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/node.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "config/keys.h"
#include "config/scalar.h"
#include "config/yaml.h"

struct sh_node *sh_node_parse(const char *file, const char *data, size_t len, struct sh_error *err)
{
	return sh_yaml_parse(file, data, len, err);
}

void sh_node_free(struct sh_node *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->n; i++) {
		sh_node_free(n->item[i]);
		if (n->key)
			free(n->key[i]);
	}
	free(n->item);
	free(n->key);
	free(n->key_at);
	free(n->text);
	free(n->file_owned);
	free(n);
}

static void fail_at(const char *file, int line, int column, struct sh_error *err, const char *fmt,
		    va_list ap) __attribute__((format(printf, 5, 0)));

static void fail_at(const char *file, int line, int column, struct sh_error *err, const char *fmt,
		    va_list ap)
{
	char text[sizeof(err->text)];

	vsnprintf(text, sizeof(text), fmt, ap);
	sh_error_set_(err, SH_ERRC_CONFIG, 0, "%s:%d:%d: %s", file, line, column, text);
}

int sh_node_fail(const struct sh_node *n, struct sh_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail_at(n->file, n->line, n->column, err, fmt, ap);
	va_end(ap);
	return -1;
}

int sh_node_fail_key(const struct sh_node *map, size_t i, struct sh_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail_at(map->file, map->key_at[i].line, map->key_at[i].column, err, fmt, ap);
	va_end(ap);
	return -1;
}

const struct sh_node *sh_node_get(const struct sh_node *n, const char *key)
{
	if (!n || n->type != SH_NODE_MAP)
		return NULL;
	for (size_t i = 0; i < n->n; i++)
		if (strcmp(n->key[i], key) == 0)
			return n->item[i];
	return NULL;
}

int sh_node_text(const struct sh_node *scalar, const char **out, struct sh_error *err)
{
	if (scalar->type != SH_NODE_STRING && scalar->type != SH_NODE_NUMBER &&
	    scalar->type != SH_NODE_BOOL)
		return sh_node_fail(scalar, err, "text was expected");
	*out = scalar->text;
	return 0;
}

/* 1 and the text of a scalar member, 0 absent, -1 refused; *at is the member. */
static int get_text(const struct sh_node *map, const char *key, const struct sh_node **at,
		    const char **text, struct sh_error *err)
{
	*at = sh_node_get(map, key);
	if (!*at)
		return 0;
	if ((*at)->type == SH_NODE_LIST || (*at)->type == SH_NODE_MAP || (*at)->type == SH_NODE_NULL)
		return sh_node_fail(*at, err, "'%s' must be a single value", key);
	*text = (*at)->text;
	return 1;
}

int sh_node_string(const struct sh_node *map, const char *key, const char **out, struct sh_error *err)
{
	const struct sh_node *at;

	return get_text(map, key, &at, out, err);
}

int sh_node_bool(const struct sh_node *map, const char *key, bool *out, struct sh_error *err)
{
	const struct sh_node *n = sh_node_get(map, key);

	if (!n)
		return 0;
	if (n->type != SH_NODE_BOOL)
		return sh_node_fail(n, err, "'%s' must be true or false", key);
	*out = sh_scalar_is_true(n->text);
	return 1;
}

int sh_node_int(const struct sh_node *map, const char *key, int64_t min, int64_t max, int64_t *out,
		struct sh_error *err)
{
	const struct sh_node *n = sh_node_get(map, key);
	int64_t v;

	if (!n)
		return 0;
	if (n->type != SH_NODE_NUMBER || !sh_scalar_int(n->text, &v))
		return sh_node_fail(n, err, "'%s' must be a whole number", key);
	if (v < min || v > max)
		return sh_node_fail(n, err, "'%s' must be from %" PRId64 " to %" PRId64, key, min, max);
	*out = v;
	return 1;
}

int sh_node_number(const struct sh_node *map, const char *key, double *out, struct sh_error *err)
{
	const struct sh_node *n = sh_node_get(map, key);

	if (!n)
		return 0;
	if (n->type != SH_NODE_NUMBER || !sh_scalar_double(n->text, out))
		return sh_node_fail(n, err, "'%s' must be a number", key);
	return 1;
}

int sh_node_duration(const struct sh_node *map, const char *key, int64_t *out, struct sh_error *err)
{
	const struct sh_node *n;
	const char *text = "";
	int rc = get_text(map, key, &n, &text, err);

	if (rc <= 0)
		return rc;
	if (n->type == SH_NODE_NUMBER && strcmp(text, "0") == 0)
		*out = 0;
	else if (sh_duration_parse(text, strlen(text), out) < 0)
		return sh_node_fail(n, err, "'%s' must be a duration such as 500ms, 10s, 5m or 1d, not '%.40s'",
				    key, text);
	return 1;
}

int sh_node_size(const struct sh_node *map, const char *key, uint64_t *out, struct sh_error *err)
{
	const struct sh_node *n;
	const char *text = "";
	int rc = get_text(map, key, &n, &text, err);

	if (rc > 0 && sh_parse_size(text, out) < 0)
		return sh_node_fail(n, err, "'%s' must be a size such as 512, 64k or 8M, not '%.40s'",
				    key, text);
	return rc;
}

static int fail_choice(const struct sh_node *n, const char *key, const char *text,
		       const char *const *words, struct sh_error *err)
{
	const char *nearest = sh_keys_nearest(text, words);
	SH_CLEANUP_BUF struct sh_buf list = SH_BUF_INIT;

	if (nearest)
		return sh_node_fail(n, err, "unknown '%s' '%.40s'; did you mean '%s'?", key, text, nearest);
	for (; *words; words++)
		sh_buf_addf(&list, "%s%s", list.len ? ", " : "", *words);
	return sh_node_fail(n, err, "unknown '%s' '%.40s'; it is one of: %s", key, text,
			    sh_buf_str(&list));
}

int sh_node_choice(const struct sh_node *map, const char *key, const char *const *words, int *out,
		   struct sh_error *err)
{
	const struct sh_node *n;
	const char *text = "";
	int rc = get_text(map, key, &n, &text, err);

	if (rc <= 0)
		return rc;
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], text) == 0) {
			*out = i;
			return 1;
		}
	}
	return fail_choice(n, key, text, words, err);
}

int sh_node_strings(const struct sh_node *map, const char *key, const char ***out, struct sh_error *err)
{
	const struct sh_node *n = sh_node_get(map, key);
	size_t count = n && n->type == SH_NODE_LIST ? n->n : 1;
	const char **list;

	if (!n)
		return 0;
	list = sh_calloc(count + 1, sizeof(*list));
	for (size_t i = 0; i < count; i++) {
		if (sh_node_text(n->type == SH_NODE_LIST ? n->item[i] : n, &list[i], err) < 0) {
			free(list);
			return -1;
		}
	}
	*out = list;
	return 1;
}

static json_t *collection_json(const struct sh_node *n)
{
	json_t *json = n->type == SH_NODE_MAP ? json_object() : json_array();

	for (size_t i = 0; i < n->n; i++) {
		if (n->type == SH_NODE_MAP)
			json_object_set_new(json, n->key[i], sh_node_json(n->item[i]));
		else
			json_array_append_new(json, sh_node_json(n->item[i]));
	}
	return json;
}

static json_t *number_json(const struct sh_node *n)
{
	int64_t whole;
	double real;

	if (sh_scalar_int(n->text, &whole))
		return json_integer(whole);
	if (sh_scalar_double(n->text, &real))
		return json_real(real);
	return json_string(n->text); /* beyond a double: nothing is lost */
}

json_t *sh_node_json(const struct sh_node *n)
{
	switch (n->type) {
	case SH_NODE_NULL:
		return json_null();
	case SH_NODE_BOOL:
		return json_boolean(sh_scalar_is_true(n->text));
	case SH_NODE_NUMBER:
		return number_json(n);
	case SH_NODE_STRING:
		return json_string(n->text);
	case SH_NODE_LIST:
	case SH_NODE_MAP:
		return collection_json(n);
	}
	return json_null();
}
