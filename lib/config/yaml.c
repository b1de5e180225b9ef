/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/yaml.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "config/characters.h"
#include "config/scalar.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_LEAK_CHECK 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_LEAK_CHECK 1
#endif
#endif
#ifdef HAVE_LEAK_CHECK
#include <sanitizer/lsan_interface.h>
#define LIBRARY_LEAKS_BEGIN() __lsan_disable()
#define LIBRARY_LEAKS_END() __lsan_enable()
#else
#define LIBRARY_LEAKS_BEGIN() ((void)0)
#define LIBRARY_LEAKS_END() ((void)0)
#endif

#define CORE_TAG "tag:yaml.org,2002:"

struct loader {
	const char *file; /* owned by the root node in the end */
	struct fy_parser *parser;
	struct fy_diag *diag;
	struct sh_map anchor; /* name -> struct sh_node *, borrowed; complete ones only */
	size_t nodes;
	struct sh_node **merged; /* what "<<" brought: anchors may point into it until the end */
	size_t n_merged, cap_merged;
	struct sh_error *err;
};

static struct sh_node *build(struct loader *l, struct fy_event *e, int depth);

static struct sh_node *fail(struct loader *l, int line, int column, const char *text)
{
	sh_error_set_(l->err, SH_ERRC_CONFIG, 0, "%s:%d:%d: %s", l->file, line, column, text);
	return NULL;
}

static struct sh_node *fail_at(struct loader *l, const struct sh_node *n, const char *text)
{
	return fail(l, n->line, n->column, text);
}

/* The library counts lines and columns from 0, its errors from 1. */
static void fail_from_library(struct loader *l)
{
	void *it = NULL;
	struct fy_diag_error *first = fy_diag_errors_iterate(l->diag, &it);

	if (first && first->msg)
		fail(l, first->line > 0 ? first->line : 1, first->column > 0 ? first->column : 1,
		     first->msg);
	else
		fail(l, 1, 1, "not valid YAML");
}

/*
 * Errors are collected, not printed: printing reads beyond the text in 0.7.12.
 * It never frees what it collected, some 200 bytes for each file that is refused.
 */
static struct fy_event *parse_event(struct loader *l)
{
	struct fy_event *e;

	LIBRARY_LEAKS_BEGIN();
	e = fy_parser_parse(l->parser);
	LIBRARY_LEAKS_END();
	return e;
}

/* NULL at the end of the stream and on an error, which is then set. */
static struct fy_event *next_event(struct loader *l)
{
	struct fy_event *e = parse_event(l);

	if (!e && (fy_parser_get_stream_error(l->parser) || fy_diag_got_error(l->diag)))
		fail_from_library(l);
	return e;
}

static struct sh_node *new_node(struct loader *l, enum sh_node_type type, int line, int column)
{
	struct sh_node *n;

	if (++l->nodes > SH_YAML_MAX_NODES)
		return fail(l, line, column, "the document has too many values");
	n = sh_calloc(1, sizeof(*n));
	n->type = type;
	n->file = l->file;
	n->line = line;
	n->column = column;
	return n;
}

static void add_item(struct sh_node *n, const char *key, struct sh_node_place at, struct sh_node *item)
{
	if (n->n == n->cap) {
		n->cap = n->cap ? n->cap * 2 : 4;
		n->item = sh_reallocn(n->item, n->cap, sizeof(*n->item));
		if (n->type == SH_NODE_MAP) {
			n->key = sh_reallocn(n->key, n->cap, sizeof(*n->key));
			n->key_at = sh_reallocn(n->key_at, n->cap, sizeof(*n->key_at));
		}
	}
	if (key) {
		n->key[n->n] = sh_strdup(key);
		n->key_at[n->n] = at;
	}
	n->item[n->n++] = item;
}

static struct sh_node *copy(struct loader *l, const struct sh_node *from)
{
	struct sh_node *n = new_node(l, from->type, from->line, from->column);

	if (!n)
		return NULL;
	n->text = sh_strdup_or_null(from->text);
	for (size_t i = 0; i < from->n; i++) {
		struct sh_node *item = copy(l, from->item[i]);

		if (!item) {
			sh_node_free(n);
			return NULL;
		}
		add_item(n, from->key ? from->key[i] : NULL,
			 from->key ? from->key_at[i] : (struct sh_node_place){ 0, 0 }, item);
	}
	return n;
}

static int depth_of(const struct sh_node *n)
{
	int deepest = 0;

	for (size_t i = 0; i < n->n; i++) {
		int d = depth_of(n->item[i]);

		if (d > deepest)
			deepest = d;
	}
	return deepest + 1;
}

static struct sh_node *resolve_alias(struct loader *l, struct fy_token *anchor, int line, int column,
				     int depth)
{
	size_t len;
	const char *name = fy_token_get_text(anchor, &len);
	struct sh_node *to = name ? sh_map_get(&l->anchor, name, len) : NULL;

	if (!to)
		return fail(l, line, column, "alias of an anchor that is not complete before it");
	if (depth + depth_of(to) > SH_YAML_MAX_DEPTH)
		return fail(l, line, column, "nested too deeply");
	return copy(l, to);
}

/* Whether the tag agrees with what the scalar is; !!str (and "!") makes any scalar a string. */
static int apply_tag(struct loader *l, struct fy_token *tag, struct sh_node *n)
{
	static const char *const names[] = { "null", "bool", "int", "float", "str", "seq", "map" };
	static const enum sh_node_type types[] = {
		SH_NODE_NULL, SH_NODE_BOOL, SH_NODE_NUMBER, SH_NODE_NUMBER,
		SH_NODE_STRING, SH_NODE_LIST, SH_NODE_MAP,
	};
	const char *text = fy_token_get_text0(tag);
	bool is_scalar = n->type != SH_NODE_LIST && n->type != SH_NODE_MAP;

	if (text && is_scalar && (strcmp(text, "!") == 0 || strcmp(text, CORE_TAG "str") == 0)) {
		n->type = SH_NODE_STRING;
		return 0;
	}
	for (size_t i = 0; text && i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(text, CORE_TAG, strlen(CORE_TAG)) == 0 && n->type == types[i] &&
		    strcmp(text + strlen(CORE_TAG), names[i]) == 0)
			return 0;
	fail_at(l, n, "a tag that does not fit the value, or is not known");
	return -1;
}

static int remember_anchor(struct loader *l, struct fy_token *anchor, struct sh_node *n)
{
	size_t len;
	const char *name = fy_token_get_text(anchor, &len);

	if (!name) {
		fail_at(l, n, "an anchor without a name");
		return -1;
	}
	sh_map_put(&l->anchor, name, len, n);
	return 0;
}

static struct sh_node *build_scalar(struct loader *l, struct fy_token *value, int line, int column)
{
	size_t len = 0;
	const char *text = "";
	struct sh_node *n;

	LIBRARY_LEAKS_BEGIN(); /* of its scratch space for long scalars */
	if (value)
		text = fy_token_get_text(value, &len);
	LIBRARY_LEAKS_END();
	if (!text)
		return fail(l, line, column, "a value that cannot be read");
	if (memchr(text, '\0', len))
		return fail(l, line, column, "a NUL character in a value");
	n = new_node(l, SH_NODE_STRING, line, column);
	if (!n)
		return NULL;
	n->text = sh_strndup(text, len);
	if (!value || fy_token_scalar_style(value) == FYSS_PLAIN)
		n->type = sh_scalar_type(n->text);
	return n;
}

static int build_list(struct loader *l, struct sh_node *n, int depth)
{
	for (;;) {
		struct fy_event *e = next_event(l);
		struct sh_node *item;

		if (!e || e->type == FYET_SEQUENCE_END) {
			fy_parser_event_free(l->parser, e);
			return e ? 0 : -1;
		}
		item = build(l, e, depth);
		fy_parser_event_free(l->parser, e);
		if (!item)
			return -1;
		add_item(n, NULL, (struct sh_node_place){ 0, 0 }, item);
	}
}

/* Where a value begins. The library's mark of a quoted scalar is behind the quote. */
static struct sh_node_place place_of(struct fy_event *e)
{
	const struct fy_mark *mark = fy_event_start_mark(e);
	struct sh_node_place at = { 1, 1 };

	if (mark) {
		at.line = mark->line + 1;
		at.column = mark->column + 1;
	}
	if (e->type == FYET_SCALAR && e->scalar.value && at.column > 1) {
		enum fy_scalar_style style = fy_token_scalar_style(e->scalar.value);

		at.column -= style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
	}
	return at;
}

/* A key as text, NULL with the error. */
static char *take_key(struct loader *l, struct fy_event *e, struct sh_node_place *at, bool *plain)
{
	struct sh_node *n = NULL;
	char *key = NULL;

	*at = place_of(e);
	*plain = false;
	if (e->type == FYET_SCALAR) {
		struct fy_token *value = e->scalar.value;

		*plain = value && fy_token_scalar_style(value) == FYSS_PLAIN;
		n = build_scalar(l, value, at->line, at->column);
	} else if (e->type == FYET_ALIAS) {
		n = resolve_alias(l, e->alias.anchor, at->line, at->column, SH_YAML_MAX_DEPTH - 1);
	} else {
		fail(l, at->line, at->column, "a key must be a plain word or a string");
	}
	if (n && !n->text)
		fail_at(l, n, "a key must be a plain word or a string");
	else if (n) {
		key = n->text;
		n->text = NULL;
	}
	sh_node_free(n);
	return key;
}

/* Members of one merged map: those that the map itself or an earlier merge has not. */
static int merge_map(struct loader *l, struct sh_node *into, struct sh_map *seen,
		     const struct sh_node *from)
{
	if (from->type != SH_NODE_MAP) {
		fail_at(l, from, "'<<' merges a map or a list of maps");
		return -1;
	}
	for (size_t i = 0; i < from->n; i++) {
		struct sh_node *item;

		if (sh_map_gets(seen, from->key[i]))
			continue;
		item = copy(l, from->item[i]);
		if (!item)
			return -1;
		sh_map_puts(seen, from->key[i], item);
		add_item(into, from->key[i], from->key_at[i], item);
	}
	return 0;
}

static int merge(struct loader *l, struct sh_node *into, struct sh_map *seen, const struct sh_node *from)
{
	if (from->type != SH_NODE_LIST)
		return merge_map(l, into, seen, from);
	for (size_t i = 0; i < from->n; i++)
		if (merge_map(l, into, seen, from->item[i]) < 0)
			return -1;
	return 0;
}

/* One member; what "<<" brings is kept in *merged until the map is complete. */
static int build_member(struct loader *l, struct sh_node *n, struct sh_map *seen, struct fy_event *e,
			struct sh_node **merged, int depth)
{
	struct sh_node_place at;
	bool plain;
	SH_CLEANUP_FREE char *key = take_key(l, e, &at, &plain);
	struct fy_event *value_event;
	struct sh_node *value;

	if (!key)
		return -1;
	if (sh_map_gets(seen, key) || (*merged && plain && strcmp(key, "<<") == 0)) {
		sh_error_set_(l->err, SH_ERRC_CONFIG, 0, "%s:%d:%d: duplicate key '%s'", l->file,
			     at.line, at.column, key);
		return -1;
	}
	value_event = next_event(l);
	if (!value_event) {
		fail(l, at.line, at.column, "a key without a value");
		return -1;
	}
	value = build(l, value_event, depth);
	fy_parser_event_free(l->parser, value_event);
	if (!value)
		return -1;
	if (plain && strcmp(key, "<<") == 0) {
		sh_grow(l->merged, l->n_merged, l->cap_merged);
		l->merged[l->n_merged++] = *merged = value;
		return 0;
	}
	sh_map_puts(seen, key, value);
	add_item(n, key, at, value);
	return 0;
}

static int build_map(struct loader *l, struct sh_node *n, int depth)
{
	struct sh_map seen = SH_MAP_INIT(NULL);
	struct sh_node *merged = NULL;
	int rc;

	for (;;) {
		struct fy_event *e = next_event(l);
		bool is_end = e && e->type == FYET_MAPPING_END;

		rc = e && !is_end ? build_member(l, n, &seen, e, &merged, depth) : (e ? 0 : -1);
		fy_parser_event_free(l->parser, e);
		if (rc < 0 || is_end)
			break;
	}
	if (rc == 0 && merged)
		rc = merge(l, n, &seen, merged);
	sh_map_release(&seen);
	return rc;
}

static struct sh_node *build_collection(struct loader *l, struct fy_event *e, int line, int column,
					int depth)
{
	bool is_map = e->type == FYET_MAPPING_START;
	struct sh_node *n;
	int rc;

	if (depth >= SH_YAML_MAX_DEPTH)
		return fail(l, line, column, "nested too deeply");
	n = new_node(l, is_map ? SH_NODE_MAP : SH_NODE_LIST, line, column);
	if (!n)
		return NULL;
	rc = is_map ? build_map(l, n, depth + 1) : build_list(l, n, depth + 1);
	if (rc == 0)
		return n;
	fail_at(l, n, "the document ends inside a list or map");
	sh_node_free(n);
	return NULL;
}

static struct fy_token *anchor_of(const struct fy_event *e)
{
	if (e->type == FYET_SCALAR)
		return e->scalar.anchor;
	return e->type == FYET_MAPPING_START ? e->mapping_start.anchor : e->sequence_start.anchor;
}

static struct fy_token *tag_of(const struct fy_event *e)
{
	if (e->type == FYET_SCALAR)
		return e->scalar.tag;
	return e->type == FYET_MAPPING_START ? e->mapping_start.tag : e->sequence_start.tag;
}

/* The value that starts with event E. */
static struct sh_node *build(struct loader *l, struct fy_event *e, int depth)
{
	struct sh_node_place at = place_of(e);
	int line = at.line, column = at.column;
	struct sh_node *n;

	if (e->type == FYET_ALIAS)
		return resolve_alias(l, e->alias.anchor, line, column, depth);
	if (e->type == FYET_SCALAR)
		n = build_scalar(l, e->scalar.value, line, column);
	else if (e->type == FYET_MAPPING_START || e->type == FYET_SEQUENCE_START)
		n = build_collection(l, e, line, column, depth);
	else
		return fail(l, line, column, "a value was expected");
	if (!n)
		return NULL;
	if ((tag_of(e) && apply_tag(l, tag_of(e), n) < 0) ||
	    (anchor_of(e) && remember_anchor(l, anchor_of(e), n) < 0)) {
		sh_node_free(n);
		return NULL;
	}
	return n;
}

static struct sh_node *build_document(struct loader *l)
{
	struct sh_node *root = NULL;
	int documents = 0;
	struct fy_event *e;

	while (!sh_error_is_set(l->err) && (e = next_event(l))) {
		if (e->type == FYET_DOCUMENT_START && documents++ > 0)
			fail(l, place_of(e).line, 1, "a second document; one file holds one");
		else if (e->type != FYET_DOCUMENT_START && e->type != FYET_DOCUMENT_END &&
			 e->type != FYET_STREAM_START && e->type != FYET_STREAM_END)
			root = build(l, e, 0);
		fy_parser_event_free(l->parser, e);
	}
	if (!sh_error_is_set(l->err))
		return root ? root : new_node(l, SH_NODE_NULL, 1, 1);
	sh_node_free(root);
	return NULL;
}

static struct sh_node *parse(struct loader *l, const char *data, size_t len)
{
	struct fy_diag_cfg diag_cfg;
	struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE };
	struct sh_node *root = NULL;

	fy_diag_cfg_default(&diag_cfg);
	diag_cfg.fp = NULL;
	l->diag = fy_diag_create(&diag_cfg);
	cfg.diag = l->diag;
	if (l->diag)
		fy_diag_set_collect_errors(l->diag, true);
	l->parser = l->diag ? fy_parser_create(&cfg) : NULL;
	if (!l->parser || fy_parser_set_string(l->parser, data, len) < 0)
		sh_error_set_(l->err, SH_ERRC_SYSTEM, 0, "%s: cannot start the YAML parser", l->file);
	else
		root = build_document(l);
	if (l->parser)
		fy_parser_destroy(l->parser);
	if (l->diag)
		fy_diag_unref(l->diag);
	return root;
}

struct sh_node *sh_yaml_parse(const char *file, const char *data, size_t len, struct sh_error *err)
{
	char *name = sh_strdup(file);
	struct loader l = { .file = name, .anchor = SH_MAP_INIT(NULL), .err = err };
	struct sh_node *root = NULL;
	struct sh_node_place at;
	const char *wrong;

	if (len > SH_YAML_MAX_BYTES)
		sh_error_set_(err, SH_ERRC_CONFIG, 0, "%s: larger than %zu bytes", file, SH_YAML_MAX_BYTES);
	else if ((wrong = sh_characters_check(data, len, &at)))
		fail(&l, at.line, at.column, wrong);
	else
		root = len ? parse(&l, data, len) : new_node(&l, SH_NODE_NULL, 1, 1);
	sh_map_release(&l.anchor);
	while (l.n_merged)
		sh_node_free(l.merged[--l.n_merged]);
	free(l.merged);
	if (root)
		root->file_owned = name;
	else
		free(name);
	return root;
}
