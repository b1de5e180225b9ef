/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/keys.h"
#include "config/node.h"
#include "config/yaml.h"

#include "tap.h"

static void test_content(void)
{
	static const struct {
		const char *yaml, *json;
	} cases[] = {
		{ "", "null" },
		{ "# only a comment\n", "null" },
		{ "{}", "{}" },
		{ "a: 1", "{\"a\":1}" },
		{ "{\"a\": [1, 2.5, \"x\", null, true]}", "{\"a\":[1,2.5,\"x\",null,true]}" },
		{ "a: [yes, no, on, off, y]", "{\"a\":[\"yes\",\"no\",\"on\",\"off\",\"y\"]}" },
		{ "a: [True, FALSE, ~, Null, '']", "{\"a\":[true,false,null,null,\"\"]}" },
		{ "a:\nb:", "{\"a\":null,\"b\":null}" },
		{ "a: [010, 0o10, 0x1F, +5, -0, 1_000]", "{\"a\":[10,8,31,5,0,\"1_000\"]}" },
		{ "a: [1e3, 5., .5, -.5, 1e, ., +, 1.2.3]",
		  "{\"a\":[1000.0,5.0,0.5,-0.5,\"1e\",\".\",\"+\",\"1.2.3\"]}" },
		{ "a: [.inf, -.INF, .nan]", "{\"a\":[\".inf\",\"-.INF\",\".nan\"]}" },
		{ "a: [9223372036854775807, 9223372036854775808, 1e999]",
		  "{\"a\":[9223372036854775807,9.2233720368547758e18,\"1e999\"]}" },
		{ "a: [\"1\", '2', !!str 3, ! 4]", "{\"a\":[\"1\",\"2\",\"3\",\"4\"]}" },
		{ "a: [1d, 51%, 10:30, 1-2]", "{\"a\":[\"1d\",\"51%\",\"10:30\",\"1-2\"]}" },
		{ "a: !!int 5\nb: !!map {}", "{\"a\":5,\"b\":{}}" },
		{ "a: |\n  one\n  two\nb: >-\n  three\n  four\n", "{\"a\":\"one\\ntwo\\n\",\"b\":\"three four\"}" },
		{ "a: \"\\u00e4\\n\"", "{\"a\":\"\xc3\xa4\\n\"}" },
		{ "a: &x {b: 1}\nc: *x", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}" },
		{ "a: &x 5\nb: [*x, *x]", "{\"a\":5,\"b\":[5,5]}" },
		{ "a: &x 1\nb: &x 2\nc: *x", "{\"a\":1,\"b\":2,\"c\":2}" },
		{ "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", "{\"a\":{\"b\":1,\"c\":2},\"d\":{\"c\":3,\"b\":1}}" },
		{ "a: &x {b: 1}\ne: &y {b: 2, f: 3}\nd: {<<: [*x, *y]}",
		  "{\"a\":{\"b\":1},\"e\":{\"b\":2,\"f\":3},\"d\":{\"b\":1,\"f\":3}}" },
		{ "d: {<<: &x {b: 1}}\ne: *x", "{\"d\":{\"b\":1},\"e\":{\"b\":1}}" },
		{ "a: {'<<': 1}", "{\"a\":{\"<<\":1}}" },
		{ "1: a\ntrue: b", "{\"1\":\"a\",\"true\":\"b\"}" },
		{ "%YAML 1.2\n---\na: b\n...\n", "{\"a\":\"b\"}" },
		{ "[a, [b, {c: d}]]", "[\"a\",[\"b\",{\"c\":\"d\"}]]" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_node *n = sh_node_parse("f", cases[i].yaml, strlen(cases[i].yaml), &err);
		json_t *json = n ? sh_node_json(n) : NULL;
		char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

		if (!OK(text && strcmp(text, cases[i].json) == 0, "content %zu: %s", i, cases[i].json))
			diag("got %s %s", text ? text : "nothing", err.text);
		free(text);
		json_decref(json);
		sh_node_free(n);
	}
}

static void test_refused(void)
{
	static const struct {
		const char *yaml, *want;
	} cases[] = {
		{ "a: 1\na: 2", "f:2:1: duplicate key 'a'" },
		{ "{x: 1, \"x\": 2}", "f:1:8: duplicate key 'x'" },
		{ "a: {<<: {b: 1}, <<: {c: 1}}", "duplicate key '<<'" },
		{ "a: \"", "f:1:5: double-quoted scalar" },
		{ "a: [1,", "f:" },
		{ "a: }", "f:1:" },
		{ "a: b: c", "f:1:5: invalid nested block mapping" },
		{ "a:\n  - x\n y: 1\n", "f:3:" },
		{ "a:\n\tb: 1", "f:2:" },
		{ "a: *none", "f:1:5: alias of an anchor" },
		{ "a: &x [*x]", "alias of an anchor" },
		{ "a: 1\n--- \nb: 2\n", "f:2:1: a second document" },
		{ "[a]: b", "a key must be a plain word" },
		{ "{a: b}: c", "a key must be a plain word" },
		{ "a: !!int x", "f:1:10: a tag that does not fit" },
		{ "a: !!python/object x", "a tag that does not fit" },
		{ "a: !!str [1]", "a tag that does not fit" },
		{ "a: {<<: 5}", "'<<' merges a map" },
		{ "a: {<<: [5]}", "'<<' merges a map" },
		{ "a: \xff", "f:1:4: not UTF-8" },
		{ "a: 1\nb: \xc0\xaf", "f:2:4: not UTF-8" },
		{ "a: \xed\xa0\x80", "not UTF-8" },
		{ "a: \x01", "f:1:4: a control character" },
		{ "a: 0123456\nb: 12345678\x7f" "9", "f:2:12: a control character" },
		{ "a: \xc3\xa9" "12345678901234\x1f 89", "f:1:19: a control character" },
		{ "a: 123456789\xff" "23456789", "f:1:13: not UTF-8" },
		{ "a: \"\\0\"", "a NUL character" },
		{ "@", "f:1:" },
		{ "a: `x`", "f:1:" },
		{ "%YAML 9.9\n---\na: b", "f:" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_node *n = sh_node_parse("f", cases[i].yaml, strlen(cases[i].yaml), &err);

		if (!OK(!n && err.code == SH_ERRC_CONFIG && strstr(err.text, cases[i].want),
			"refused %zu: %s", i, cases[i].want))
			diag("said: %s", err.text);
		sh_node_free(n);
	}
}

static bool refuses(const struct sh_buf *text, const char *want)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_node *n = sh_node_parse("f", sh_buf_str(text), text->len, &err);
	bool right = !n && strstr(err.text, want);

	if (!right)
		diag("said: %s", err.text);
	sh_node_free(n);
	return right;
}

static void test_limits(void)
{
	SH_CLEANUP_BUF struct sh_buf b = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_node *n;

	for (int i = 0; i < SH_YAML_MAX_DEPTH; i++)
		sh_buf_addch(&b, '[');
	for (int i = 0; i < SH_YAML_MAX_DEPTH; i++)
		sh_buf_addch(&b, ']');
	n = sh_node_parse("f", sh_buf_str(&b), b.len, &err);
	OK(n, "%d levels are fine %s", SH_YAML_MAX_DEPTH, err.text);
	sh_node_free(n);
	sh_buf_clear(&b);
	for (int i = 0; i < SH_YAML_MAX_DEPTH + 1; i++)
		sh_buf_addch(&b, '[');
	OK(refuses(&b, "nested too deeply"), "one more is refused");
	sh_buf_clear(&b);
	for (int i = 0; i < 100000; i++)
		sh_buf_addch(&b, '[');
	OK(refuses(&b, "nested too deeply"), "100000 levels are refused");
	sh_buf_clear(&b);
	for (int i = 0; i < 100000; i++)
		sh_buf_addf(&b, "%*s-\n", i % 200, "");
	OK(refuses(&b, "f:"), "a staircase of lists is refused");
	sh_buf_clear(&b);
	sh_buf_addstr(&b, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 10; i++)
		sh_buf_addf(&b, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1,
			    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	OK(refuses(&b, "too many values"), "aliases that multiply are refused");
	sh_buf_clear(&b);
	while (b.len <= SH_YAML_MAX_BYTES)
		sh_buf_addstr(&b, "# as long as it takes\n");
	OK(refuses(&b, "larger than"), "a text that is too large is refused");
}

static void test_places(void)
{
	static const char text[] = "a: 1\nb:\n  - x\n  - {c: 'y', d: 2}\n";
	struct sh_error err = SH_ERROR_INIT;
	struct sh_node *n = sh_node_parse("dir/f.yaml", text, strlen(text), &err);
	const struct sh_node *list = sh_node_get(n, "b"), *d;

	if (!OK(n && list && list->n == 2, "parsed %s", err.text))
		return;
	d = sh_node_get(list->item[1], "d");
	OK(d->line == 4 && d->column == 17 && strcmp(d->text, "2") == 0, "a value knows its place");
	OK(list->item[1]->key_at[1].line == 4 && list->item[1]->key_at[1].column == 14, "and a key");
	sh_node_fail(d, &err, "wrong by %d", 5);
	OK(strcmp(err.text, "dir/f.yaml:4:17: wrong by 5") == 0, "which errors begin with");
	OK(!sh_node_get(d, "x") && !sh_node_get(NULL, "x") && !sh_node_get(n, "zz"), "absent is NULL");
	sh_node_free(n);
}

static void test_getters(void)
{
	static const char text[] = "{s: x, n: 5, r: 2.5, t: true, z: ~, l: [a, 7, true], d: 1h30m, "
				   "k: 64k, h: 0x10, big: 99999999999999999999, m: {}}";
	struct sh_error err = SH_ERROR_INIT;
	struct sh_node *n = sh_node_parse("f", text, strlen(text), &err);
	static const char *const words[] = { "x", "y", NULL };
	const char *s = "kept", **list = NULL;
	bool flag = false;
	int64_t i = -1;
	uint64_t u = 0;
	double d = 0;
	int choice = -1;

	OK(sh_node_string(n, "none", &s, &err) == 0 && strcmp(s, "kept") == 0, "absent keeps the default");
	OK(sh_node_string(n, "n", &s, &err) == 1 && strcmp(s, "5") == 0, "a number as text");
	OK(sh_node_string(n, "t", &s, &err) == 1 && strcmp(s, "true") == 0, "true as text");
	OK(sh_node_int(n, "n", 0, 9, &i, &err) == 1 && i == 5, "an integer");
	OK(sh_node_int(n, "h", 0, 99, &i, &err) == 1 && i == 16, "a hexadecimal one");
	OK(sh_node_number(n, "r", &d, &err) == 1 && d == 2.5, "a real");
	OK(sh_node_number(n, "n", &d, &err) == 1 && d == 5, "an integer as real");
	OK(sh_node_bool(n, "t", &flag, &err) == 1 && flag, "a boolean");
	OK(sh_node_duration(n, "d", &i, &err) == 1 && i == INT64_C(5400000000000), "a duration");
	OK(sh_node_size(n, "k", &u, &err) == 1 && u == 65536, "a size");
	OK(sh_node_choice(n, "s", words, &choice, &err) == 1 && choice == 0, "a word of a list");
	OK(sh_node_strings(n, "l", &list, &err) == 1 && strcmp(list[1], "7") == 0 && !list[3], "a list of text");
	free(list);
	OK(sh_node_strings(n, "s", &list, &err) == 1 && strcmp(list[0], "x") == 0 && !list[1], "one text as list");
	free(list);
	OK(!sh_error_is_set(&err), "no error was set");
#define REFUSED(call) (sh_error_clear(&err), (call) == -1 && strncmp(err.text, "f:1:", 4) == 0)
	OK(REFUSED(sh_node_string(n, "z", &s, &err)), "null is no text");
	OK(REFUSED(sh_node_string(n, "m", &s, &err)), "nor is a map");
	OK(REFUSED(sh_node_int(n, "n", 6, 9, &i, &err)), "below the least");
	OK(REFUSED(sh_node_int(n, "r", 0, 9, &i, &err)), "2.5 is not whole");
	OK(REFUSED(sh_node_int(n, "big", 0, INT64_MAX, &i, &err)), "beyond 64 bits");
	OK(REFUSED(sh_node_int(n, "s", 0, 9, &i, &err)), "text is no number");
	OK(REFUSED(sh_node_number(n, "s", &d, &err)), "nor a real");
	OK(REFUSED(sh_node_bool(n, "n", &flag, &err)), "5 is not true or false");
	OK(REFUSED(sh_node_duration(n, "n", &i, &err)), "a duration needs its unit");
	OK(REFUSED(sh_node_size(n, "r", &u, &err)), "a size is whole");
	OK(REFUSED(sh_node_choice(n, "d", words, &choice, &err)), "a word that is not in the list");
	OK(REFUSED(sh_node_strings(n, "z", &list, &err)), "null is no list");
	sh_node_free(n);
}

static void test_nearest(void)
{
	static const char *const known[] = { "rules", "tasks", "services", "diagnoses", "filesystems", NULL };
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "rule", "rules" }, { "ruels", "rules" }, { "task", "tasks" }, { "service", "services" },
		{ "diagnosis", "diagnoses" }, { "filesystem", "filesystems" }, { "Services", "services" },
		{ "completely", NULL }, { "", NULL }, { "x", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *got = sh_keys_nearest(cases[i].text, known);

		OK(cases[i].want ? got && strcmp(got, cases[i].want) == 0 : !got, "nearest to '%s' is %s",
		   cases[i].text, cases[i].want ? cases[i].want : "nothing");
	}
}

int main(void)
{
	test_content();
	test_refused();
	test_limits();
	test_places();
	test_getters();
	test_nearest();
	return plan_done();
}
