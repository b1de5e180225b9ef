/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr_cases.h"

#include "base/mem.h"

/* PART N times, then MIDDLE, then TAIL N times. */
static char *repeat(const char *part, size_t n, const char *middle, const char *tail)
{
	struct sh_buf b = SH_BUF_INIT;

	for (size_t i = 0; i < n; i++)
		sh_buf_addstr(&b, part);
	sh_buf_addstr(&b, middle);
	for (size_t i = 0; i < n; i++)
		sh_buf_addstr(&b, tail);
	return sh_buf_take(&b);
}

static const struct {
	const char *name, *part;
	size_t n;
	const char *middle, *tail;
	const char *want; /* what the result contains */
} cases[] = {
	{ "90 brackets", "(", 90, "1", ")", "int 1" },
	{ "101 brackets", "(", 101, "1", ")", "nested too deeply" },
	{ "30000 brackets", "(", 30000, "", "", "nested too deeply" },
	{ "60000 lists", "[", 60000, "", "", "nested too deeply" },
	{ "60000 maps", "{1:", 20000, "", "", "nested too deeply" },
	{ "60000 negations", "!", 60000, "true", "", "nested too deeply" },
	{ "60000 minuses", "-", 60000, "x", "", "nested too deeply" },
	{ "200 sums", "1+", 200, "1", "", "int 201" },
	{ "20000 sums", "1+", 20000, "1", "", "nested too deeply" },
	{ "20000 or", "false||", 9000, "true", "", "bool true" },
	{ "9000 and", "true&&", 9000, "false", "", "bool false" },
	{ "20000 selections", "", 20000, "a", ".b", "nested too deeply" },
	{ "20000 indices", "", 20000, "a", "[0]", "nested too deeply" },
	{ "9000 conditionals", "true?1:", 9000, "2", "", "nested too deeply" },
	{ "9000 calls", "int(", 9000, "2", "", "nested too deeply" },
	{ "33 macros", "[1].map(a,", 33, "1", ")", "nested too deeply" },
	{ "70000 bytes", "1 ", 35000, "", "", "longer than 65536 bytes" },
	{ "doubling text", "", 24, "'aaaaaaaaaaaaaaaaaaaa'", ".replace('a','aa')", "too large" },
	{ "doubling lists", "", 40, "[1]", ".map(x, [x, x])", "too large" },
	{ "nested loops", "[1,2,3,4,5,6,7,8,9,0].map(x,", 12, "1", ")", "too " },
	{ "nested quantifiers", "[1,2,3,4,5,6,7,8,9,0].all(x,", 12, "true", ")", "too much work" },
	{ "patterns within loops", "[1,2,3,4,5,6,7,8,9,0].all(x,", 6,
	  "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$') || true", ")",
	  "match limit exceeded" },
	{ "34 lists within lists", "[0].map(x,", 30, "[[[[]]]]", ")", "list [[" },
};

static void test_sizes(void)
{
	json_t *record = json_loads(expr_record, 0, NULL);
	struct sh_buf got = SH_BUF_INIT;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SH_CLEANUP_FREE char *text = repeat(cases[i].part, cases[i].n, cases[i].middle,
						    cases[i].tail);

		expr_result(text, record, &got);
		if (!OK(strstr(sh_buf_str(&got), cases[i].want), "%s: %s", cases[i].name,
			cases[i].want))
			diag("got %.200s", sh_buf_str(&got));
	}
	sh_buf_release(&got);
	json_decref(record);
}

/* What one evaluation keeps is bounded, and evaluating again after a reset needs nothing more. */
static void test_memory(void)
{
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_eval eval = { .lookup = json_lookup, .arena = &arena };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_expr *e = sh_expr_parse("[1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8].map(x, [1,2,3,4,5,6,7,8].map(y, "
					  "'aaaaaaaaaaaaaaaa'.replace('a', 'bbbbbbbbbbbbbbbb')"
					  ".replace('b', 'cccccccccccccccc')"
					  ".replace('c', 'dddddddddddddddddddddddddddddddd')))",
					  NULL, &err);
	struct sh_value v = sh_expr_eval(e, &eval);

	OK(v.type == SH_VALUE_ERROR && strstr(eval.error, "too "), "memory is bounded: %s", eval.error);
	OK(arena.used < 24 << 20, "and was (%zu bytes)", arena.used);
	sh_arena_reset(&arena);
	OK(arena.used == 0, "a reset arena is empty");
	sh_expr_free(e);
	sh_arena_release(&arena);
}

static void test_without_arena(void)
{
	static const struct {
		const char *expr;
		enum sh_value_type want;
	} plain[] = {
		{ "1 + 1 == 2", SH_VALUE_BOOL },
		{ "'b' in ['a', 'b']", SH_VALUE_BOOL },
		{ "[1, 2].exists(x, x == 2)", SH_VALUE_BOOL },
		{ "'a' + 'b'", SH_VALUE_ERROR },
		{ "[1, 1 + 1]", SH_VALUE_ERROR },
		{ "[1].map(x, x)", SH_VALUE_ERROR },
		{ "{'a': 1}", SH_VALUE_ERROR },
		{ "'a,b'.split(',')", SH_VALUE_ERROR },
		{ "[1] + [2]", SH_VALUE_ERROR },
	};
	json_t *none = json_object();

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		struct sh_eval eval = { .lookup = json_lookup, .user = none };
		struct sh_error err = SH_ERROR_INIT;
		struct sh_expr *e = sh_expr_parse(plain[i].expr, NULL, &err);

		OK(sh_expr_eval(e, &eval).type == plain[i].want, "without an arena: %s", plain[i].expr);
		sh_expr_free(e);
	}
	json_decref(none);
}

int main(void)
{
	test_sizes();
	test_memory();
	test_without_arena();
	return plan_done();
}
