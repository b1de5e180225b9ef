/* SPDX-License-Identifier: MIT */
/*
 * fuzz_json - our scanner and builder against json_loadb
 *
 * Both accept and reject the same, but for what json.h and scan.h say: numbers
 * beyond 64 bits or a double, U+0000 in names, our depth limit, and jansson's
 * acceptance of a raw NUL. What both accept is equal; what we dump both read. The
 * metrics that are picked from a record are those that are built from it. A line
 * is viewed by a shape that is known as it is when none is.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "record/json.h"
#include "record/pick.h"
#include "record/record.h"
#include "record/scan.h"
#include "../unit/shaped.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                           \
	do {                                                                 \
		if (!(cond)) {                                               \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                             \
		}                                                            \
	} while (0)

static bool same(const json_t *a, const json_t *b);

static bool same_object(const json_t *a, const json_t *b)
{
	json_t *left = (json_t *)(uintptr_t)a, *right = (json_t *)(uintptr_t)b;

	if (json_object_size(a) != json_object_size(b))
		return false;
	for (void *i = json_object_iter(left); i; i = json_object_iter_next(left, i)) {
		const json_t *other = json_object_getn(right, json_object_iter_key(i),
						       json_object_iter_key_len(i));

		if (!other || !same(json_object_iter_value(i), other))
			return false;
	}
	return true;
}

/* json_equal, but 5.0 is written as 5 and then read as an integer; and names may hold U+0000. */
static bool same(const json_t *a, const json_t *b)
{
	if (json_is_number(a) && json_is_number(b)) {
		if (json_is_integer(a) && json_is_integer(b))
			return json_integer_value(a) == json_integer_value(b);
		return json_number_value(a) == json_number_value(b);
	}
	if (json_typeof(a) != json_typeof(b))
		return false;
	if (json_is_object(a))
		return same_object(a, b);
	if (!json_is_array(a))
		return json_equal(a, b);
	if (json_array_size(a) != json_array_size(b))
		return false;
	for (size_t i = 0; i < json_array_size(a); i++)
		if (!same(json_array_get(a, i), json_array_get(b, i)))
			return false;
	return true;
}

/* Whether jansson refuses for a reason that we do not share. */
static bool is_known_refusal(const json_error_t *err)
{
	enum json_error_code code = json_error_code(err);

	return code == json_error_numeric_overflow || code == json_error_null_byte_in_key ||
	       code == json_error_null_character;
}

static json_t *load(const char *s, size_t len, json_error_t *err)
{
	return json_loadb(s, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, err);
}

static void check_dump(const json_t *value)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf text = SH_BUF_INIT;
	json_error_t why;
	json_t *ours, *theirs;

	sh_json_dump(&text, value);
	ours = sh_json_parse(sh_buf_str(&text), text.len, &err);
	MUST(ours);
	MUST(same(value, ours));
	theirs = load(sh_buf_str(&text), text.len, &why);
	MUST(theirs || is_known_refusal(&why));
	MUST(!theirs || same(value, theirs));
	json_decref(ours);
	json_decref(theirs);
	sh_buf_release(&text);
}

/* The index finds what the whole value holds. */
static void check_index(const char *s, size_t len, json_t *value)
{
	struct sh_index ix = SH_INDEX_INIT;

	MUST((sh_scan_object(&ix, s, len) == 0) == json_is_object(value));
	for (void *i = json_object_iter(value); i; i = json_object_iter_next(value, i)) {
		const char *key = json_object_iter_key(i);
		const struct sh_member *m;
		json_t *built;

		if (strlen(key) != json_object_iter_key_len(i))
			continue; /* cannot be asked for by a C string */
		m = sh_index_find(&ix, key);
		MUST(m);
		built = sh_json_build(m->value);
		MUST(same(built, json_object_iter_value(i)));
		json_decref(built);
	}
	sh_index_release(&ix);
}

/* Each number of METRICS is picked under its path. */
static void check_pick(const struct sh_record *r, json_t *metrics)
{
	struct sh_pick p = SH_PICK_INIT;

	sh_pick_ask(&p, "a.x");
	for (void *i = json_object_iter(metrics); i; i = json_object_iter_next(metrics, i)) {
		json_t *group = json_object_iter_value(i);

		for (void *k = json_object_iter(group); k; k = json_object_iter_next(group, k)) {
			char path[256];
			int n = snprintf(path, sizeof(path), "%s.%s", json_object_iter_key(i),
					 json_object_iter_key(k));
			size_t slot = sh_pick_ask(&p, path);

			if (strchr(json_object_iter_key(i), '.') || n >= (int)sizeof(path) ||
			    (size_t)n != json_object_iter_key_len(i) + 1 + json_object_iter_key_len(k))
				continue; /* cannot be asked for by this path */
			sh_pick_take(&p, r);
			MUST(p.value[slot] == json_number_value(json_object_iter_value(k)));
		}
	}
	sh_pick_take(&p, r);
	for (size_t i = 0; i < p.n; i++)
		MUST(isnan(p.value[p.found[i]]) != isnan(p.text[p.found[i]]));
	sh_pick_release(&p);
}

static void check_record(const char *s, size_t len)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf key = SH_BUF_INIT;

	if (sh_record_view(&r, s, len, "here", 1, &err) == 0) {
		json_t *parts[] = { sh_record_json(&r), sh_record_metrics(&r), sh_record_dims(&r),
				    sh_record_labels(&r), sh_record_source(&r) };

		MUST(parts[0] && !parts[1] == (r.kind != SH_KIND_SAMPLE));
		MUST(r.host.len && r.entity.len);
		check_pick(&r, parts[1]);
		sh_record_series_key(&r, &key);
		MUST(key.len >= r.entity.len);
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			json_decref(parts[i]);
	} else {
		MUST(err.code == SH_ERRC_INPUT);
	}
	sh_buf_release(&key);
	sh_record_release(&r);
}

/* Its shape is learnt; then it comes again, and with any one byte another. */
static void check_shape(const char *s, size_t len)
{
	static const char bytes[] = "05-.e\"\\{}[:, nt\x01\x80";
	char *line = malloc(len + 1);
	struct shaped shaped;

	MUST(line);
	memcpy(line, s, len);
	shaped_init(&shaped);
	shaped_ask(&shaped, "a.x");
	shaped_ask(&shaped, "a.y");
	MUST(!shaped_differs(&shaped, s, len));
	for (size_t i = 0; i < len && i < 256; i++) {
		char kept = line[i];

		/* In one of the turns its head is expected of the line behind it. */
		MUST(!shaped_differs(&shaped, s, len) && (i % 2 || !shaped_differs(&shaped, s, len)));
		line[i] = bytes[(i + len) % (sizeof(bytes) - 1)];
		MUST(!shaped_differs(&shaped, line, len));
		line[i] = kept;
	}
	shaped_release(&shaped);
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = size ? (const char *)data : "";
	struct sh_error err = SH_ERROR_INIT;
	json_error_t why;
	json_t *theirs = load(s, size, &why), *ours = sh_json_parse(s, size, &err);

	if (!ours && theirs)
		MUST(memchr(s, '\0', size) || strstr(err.text, "nested too deeply"));
	if (ours && !theirs)
		MUST(is_known_refusal(&why));
	if (ours && theirs)
		MUST(json_equal(ours, theirs));
	if (ours) {
		check_dump(ours);
		check_index(s, size, ours);
	}
	check_record(s, size);
	check_shape(s, size);
	json_decref(ours);
	json_decref(theirs);
	return 0;
}
