/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/check_keys.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/fields.h"
#include "config/scalar.h"
#include "expr/regex.h"

#define MAX_NAME 64
#define MAX_CODES 64

enum type { TEXT, NAME, PATTERN, PATH, DIGEST, STRINGS, CODES, BOOL, INT, SIZE, DURATION, OCTAL,
	    TEXTS_BY_NAME, PATHS_BY_NAME, MAP };

struct row {
	const char *name;
	enum type type;
	size_t at;        /* offset of the member */
	int64_t min, max; /* of INT and CODES */
};

#define AT(member) offsetof(struct sh_check, member)

static const struct row rows[] = {
	{ "absent", BOOL, AT(absent), 0, 0 },
	{ "answer", STRINGS, AT(answer), 0, 0 },
	{ "any_host", BOOL, AT(any_host), 0, 0 },
	{ "ca", PATH, AT(ca), 0, 0 },
	{ "cmdline", TEXT, AT(cmdline), 0, 0 },
	{ "count", INT, AT(count), 1, 20 },
	{ "database", TEXT, AT(database), 0, 0 },
	{ "device", TEXT, AT(device), 0, 0 },
	{ "exe", PATH, AT(exe), 0, 0 },
	{ "expect", PATTERN, AT(expect), 0, 0 },
	{ "format", NAME, AT(format), 0, 0 },
	{ "from", NAME, AT(from), 0, 0 },
	{ "fstype", TEXT, AT(fstype), 0, 0 },
	{ "header_files", PATHS_BY_NAME, AT(header_files), 0, 0 },
	{ "headers", TEXTS_BY_NAME, AT(headers), 0, 0 },
	{ "ignore", PATTERN, AT(ignore), 0, 0 },
	{ "match", TEXT, AT(match), 0, 0 },
	{ "max", INT, AT(max), 0, 1000000000 },
	{ "max_age", DURATION, AT(max_age), 0, 0 },
	{ "max_behind", SIZE, AT(max_behind), 0, 0 },
	{ "max_loss", INT, AT(max_loss), 0, 100 },
	{ "max_offset", DURATION, AT(max_offset), 0, 0 },
	{ "max_size", SIZE, AT(max_size), 0, 0 },
	{ "method", NAME, AT(method), 0, 0 },
	{ "min", INT, AT(min), 0, 1000000000 },
	{ "min_days", INT, AT(min_days), 0, 36500 },
	{ "min_size", SIZE, AT(min_size), 0, 0 },
	{ "name", TEXT, AT(name), 0, 0 },
	{ "options", STRINGS, AT(options), 0, 0 },
	{ "owner", TEXT, AT(owner), 0, 0 },
	{ "password_file", PATH, AT(password_file), 0, 0 },
	{ "path", PATH, AT(path), 0, 0 },
	{ "permissions", OCTAL, AT(permissions), 0, 0 },
	{ "recursive", BOOL, AT(recursive), 0, 0 },
	{ "redirects", INT, AT(redirects), 0, 20 },
	{ "send", TEXT, AT(send), 0, 0 },
	{ "settings", MAP, AT(settings), 0, 0 },
	{ "sha256", DIGEST, AT(sha256), 0, 0 },
	{ "status", CODES, AT(status), 100, 599 },
	{ "type", NAME, AT(type), 0, 0 },
	{ "user", TEXT, AT(user), 0, 0 },
	{ "within", DURATION, AT(max_age), 0, 0 },
};

#define ROWS (sizeof(rows) / sizeof(*rows))

static void *member(struct sh_check *check, const struct row *row)
{
	return (char *)check + row->at;
}

static const struct row *find(const char *key)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, key) == 0)
			return &rows[i];
	return NULL;
}

static bool is_number(enum type type)
{
	return type == INT || type == SIZE || type == DURATION || type == OCTAL;
}

void sh_check_keys_clear(struct sh_check *check)
{
	for (size_t i = 0; i < ROWS; i++)
		if (is_number(rows[i].type))
			*(int64_t *)member(check, &rows[i]) = SH_CHECK_UNSET;
}

static int read_name(const struct sh_node *map, const char *key, const char **out, struct sh_error *err)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	int rc = sh_field_text(map, key, out, err);

	if (rc > 0 && ((*out)[strspn(*out, allowed)] || strlen(*out) > MAX_NAME))
		return sh_node_fail(sh_node_get(map, key), err,
				    "'%s' must be of letters, digits, '_' and '-', not '%.80s'", key, *out);
	return rc;
}

static int read_pattern(const struct sh_node *map, const char *key, const char **out,
			struct sh_error *err)
{
	int rc = sh_field_text(map, key, out, err);
	char why[120];
	void *regex;

	if (rc <= 0)
		return rc;
	regex = sh_regex_compile(sh_span_of(*out), why, sizeof(why));
	if (!regex)
		return sh_node_fail(sh_node_get(map, key), err, "'%s' is no pattern: %s", key, why);
	sh_regex_free(regex);
	return rc;
}

static int read_digest(const struct sh_node *map, const char *key, const char **out,
		       struct sh_error *err)
{
	int rc = sh_field_text(map, key, out, err);

	if (rc > 0 && (strlen(*out) != 64 || (*out)[strspn(*out, "0123456789abcdef")]))
		return sh_node_fail(sh_node_get(map, key), err,
				    "'%s' must be 64 hexadecimal digits in lower case", key);
	return rc;
}

/* Octal digits as chmod takes them; YAML itself would read 0644 as decimal. */
static int read_octal(const struct sh_node *map, const char *key, int64_t *out, struct sh_error *err)
{
	const char *text;
	int rc = sh_field_text(map, key, &text, err);

	if (rc <= 0)
		return rc;
	if (strncmp(text, "0o", 2) == 0)
		text += 2;
	if (!*text || strlen(text) > 5 || text[strspn(text, "01234567")] || strtol(text, NULL, 8) > 07777)
		return sh_node_fail(sh_node_get(map, key), err, "'%s' must be permissions such as 0644",
				    key);
	*out = strtol(text, NULL, 8);
	return rc;
}

static int read_size(const struct sh_node *map, const char *key, int64_t *out, struct sh_error *err)
{
	uint64_t size;
	int rc = sh_node_size(map, key, &size, err);

	if (rc > 0)
		*out = size > INT64_MAX ? INT64_MAX : (int64_t)size;
	return rc;
}

static int read_duration(const struct sh_node *map, const char *key, int64_t *out, struct sh_error *err)
{
	int rc = sh_node_duration(map, key, out, err);

	if (rc > 0 && *out < 0)
		return sh_node_fail(sh_node_get(map, key), err, "'%s' must not be negative", key);
	return rc;
}

static int read_code(const struct row *row, const struct sh_node *node, int64_t *out,
		     struct sh_error *err)
{
	if (node->type != SH_NODE_NUMBER || !sh_scalar_int(node->text, out))
		return sh_node_fail(node, err, "'%s' must be a whole number, or a list of such", row->name);
	if (*out < row->min || *out > row->max)
		return sh_node_fail(node, err, "'%s' must be from %" PRId64 " to %" PRId64, row->name,
				    row->min, row->max);
	return 0;
}

/* One, or a list of them; 0-terminated. */
static int read_codes(const struct row *row, const struct sh_node *map, int64_t **out,
		      struct sh_error *err)
{
	const struct sh_node *at = sh_node_get(map, row->name);
	bool list = at && at->type == SH_NODE_LIST;

	if (!at)
		return 0;
	if (list && (at->n < 1 || at->n > MAX_CODES))
		return sh_node_fail(at, err, "'%s' must have from 1 to %d numbers", row->name, MAX_CODES);
	*out = sh_calloc((list ? at->n : 1) + 1, sizeof(**out));
	if (!list)
		return read_code(row, at, *out, err);
	for (size_t i = 0; i < at->n; i++)
		if (read_code(row, at->item[i], &(*out)[i], err) < 0)
			return -1;
	return 1;
}

static int read_map(const struct row *row, const struct sh_node *map, json_t **out, struct sh_error *err)
{
	const struct sh_node *at = sh_node_get(map, row->name);
	const char *text;

	if (!at)
		return 0;
	if (at->type != SH_NODE_MAP)
		return sh_node_fail(at, err, "'%s' must be a map", row->name);
	if (row->type == MAP) {
		*out = sh_node_json(at);
		return 1;
	}
	*out = json_object();
	for (size_t i = 0; i < at->n; i++) {
		if (row->type == PATHS_BY_NAME ? sh_field_path(at, at->key[i], &text, err) < 0 :
						 sh_node_text(at->item[i], &text, err) < 0)
			return -1;
		if (!*at->key[i] || strpbrk(at->key[i], ":\r\n") || strpbrk(text, "\r\n"))
			return sh_node_fail_key(at, i, err, "'%.60s' is no name and value of a header",
						at->key[i]);
		json_object_set_new(*out, at->key[i], json_string(text));
	}
	return 1;
}

static int read_row(const struct row *row, void *to, const struct sh_node *map, struct sh_error *err)
{
	const char *key = row->name;

	switch (row->type) {
	case TEXT:
		return sh_field_text(map, key, to, err);
	case NAME:
		return read_name(map, key, to, err);
	case PATTERN:
		return read_pattern(map, key, to, err);
	case PATH:
		return sh_field_path(map, key, to, err);
	case DIGEST:
		return read_digest(map, key, to, err);
	case STRINGS:
		return sh_node_strings(map, key, to, err);
	case CODES:
		return read_codes(row, map, to, err);
	case BOOL:
		return sh_node_bool(map, key, to, err);
	case INT:
		return sh_node_int(map, key, row->min, row->max, to, err);
	case SIZE:
		return read_size(map, key, to, err);
	case DURATION:
		return read_duration(map, key, to, err);
	case OCTAL:
		return read_octal(map, key, to, err);
	case TEXTS_BY_NAME:
	case PATHS_BY_NAME:
	case MAP:
		return read_map(row, map, to, err);
	}
	return 0;
}

/* What a key means for logs and journals alone. */
static int read_of_log(struct sh_check *check, const char *key, const struct sh_node *node,
		       struct sh_error *err)
{
	if (!strcmp(key, "match"))
		return read_pattern(node, key, &check->match, err);
	if (!strcmp(key, "from") && check->from && strcmp(check->from, "start") && strcmp(check->from, "end"))
		return sh_node_fail(sh_node_get(node, key), err, "'from' is start or end, not '%.80s'",
				    check->from);
	return 0;
}

int sh_check_key_read(struct sh_check *check, const char *key, const struct sh_node *node,
		      struct sh_error *err)
{
	const struct row *row = find(key);
	int rc = row ? read_row(row, member(check, row), node, err) : 0;
	bool log = check->kind == SH_CHECK_LOG || check->kind == SH_CHECK_JOURNAL;

	if (rc > 0 && log && read_of_log(check, key, node, err) < 0)
		return -1;
	return rc;
}

void sh_check_keys_release(struct sh_check *check)
{
	for (size_t i = 0; i < ROWS; i++) {
		void *at = member(check, &rows[i]);

		if (rows[i].type == STRINGS || rows[i].type == CODES)
			free(*(void **)at);
		else if (rows[i].type >= TEXTS_BY_NAME)
			json_decref(*(json_t **)at);
	}
}
