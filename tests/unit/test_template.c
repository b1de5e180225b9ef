/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr_cases.h"

static const struct expr_case cases[] = {
	{ "plain text", "plain text" },
	{ "", "" },
	{ "disk {storage.utilization}% full", "disk 95.2% full" },
	{ "{storage.total} of {storage.online}", "10 of 8" },
	{ "{storage.absent} and {1 / 0}", "? and ?" },
	{ "{{literal}", "{literal}" },
	{ "a }{{ b }} c", "a }{ b }} c" },
	{ "{ {'a': '}'}['a'] }!", "}!" },
	{ "{tags}{'{'}", "[\"a\",\"b\",\"c\"]{" },
	{ "{'%.0f'.format([storage.utilization])}", "95" },
	{ "{5m}", "5m" },
	{ "broken {", "parse 1:9: the expression is empty" },
	{ "broken {}", "parse 1:9: a value expected, not '}'" },
	{ "broken {a", "parse 1:10: '}' expected at the end (the '{' at 1:8 is open)" },
	{ "two\nlines {a b}", "parse 2:10: unexpected 'b' after the expression" },
};

static void fill(const char *text, json_t *record, struct sh_buf *out)
{
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_eval eval = { .lookup = json_lookup, .user = record, .arena = &arena };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_template *t = sh_template_parse(text, NULL, &err);

	sh_buf_clear(out);
	if (t)
		sh_template_fill(t, &eval, out);
	else
		sh_buf_addf(out, "parse %s", err.text);
	sh_template_free(t);
	sh_arena_release(&arena);
}

static void test_parts(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_template *t = sh_template_parse("{a.b}x{c}", NULL, &err);

	OK(!strcmp(sh_expr_text(sh_template_expr(t, 0)), "a.b"), "the first expression");
	OK(!strcmp(sh_expr_text(sh_template_expr(t, 1)), "c"), "the second");
	OK(!sh_template_expr(t, 2), "no third");
	sh_template_free(t);
	t = sh_template_parse("", NULL, &err);
	OK(!sh_template_expr(t, 0), "the empty text has none");
	sh_template_free(t);
}

/* What an expression yields, as JSON. */
static void test_json(void)
{
	static const struct expr_case values[] = {
		{ "{'a': [1, 2.5, storage.total], 'b': null}", "{\"a\":[1,2.5,10],\"b\":null}" },
		{ "5400s", "\"5400s\"" },
		{ "timestamp(0)", "\"1970-01-01T00:00:00Z\"" },
		{ "b'abc'", "\"YWJj\"" },
		{ "double('NaN')", "\"NaN\"" },
		{ "-double('inf')", "\"-Infinity\"" },
		{ "deep", "{\"list\":[{\"k\":1},{\"k\":2}]}" },
		{ "{1: 'a', true: 'b'}", "{\"1\":\"a\",\"true\":\"b\"}" },
		{ "18446744073709551615u > 1u", "true" },
		{ "storage.absent", "none" },
		{ "1 / 0", "none" },
		{ "type(1)", "none" },
	};
	json_t *record = json_loads(expr_record, 0, NULL);

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct sh_arena arena = SH_ARENA_INIT;
		struct sh_eval eval = { .lookup = json_lookup, .user = record, .arena = &arena };
		struct sh_error err = SH_ERROR_INIT;
		struct sh_expr *e = sh_expr_parse(values[i].expr, NULL, &err);
		struct sh_value v = sh_expr_eval(e, &eval);
		json_t *json = sh_value_to_json(&v);
		char *text = json ? json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

		if (!OK(!strcmp(text ? text : "none", values[i].want), "JSON of %s", values[i].expr))
			diag("got %s", text ? text : "none");
		free(text);
		json_decref(json);
		sh_expr_free(e);
		sh_arena_release(&arena);
	}
	json_decref(record);
}

int main(void)
{
	json_t *record = json_loads(expr_record, 0, NULL);
	struct sh_buf got = SH_BUF_INIT;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fill(cases[i].expr, record, &got);
		if (!OK(!strcmp(sh_buf_str(&got), cases[i].want), "case %zu: %s", i, cases[i].want))
			diag("got '%s'", sh_buf_str(&got));
	}
	sh_buf_release(&got);
	json_decref(record);
	test_parts();
	test_json();
	return plan_done();
}
