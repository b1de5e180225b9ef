/* SPDX-License-Identifier: MIT */
/* Unknown is a value: everything but && and || is unknown where a part that it needs is. */
#include "config.h"

#include "expr_cases.h"

#include "base/mem.h"
#include "expr/builtin.h"

/* The operands that no operator absorbs, whatever stands beside them. */
static const struct expr_case operators[] = {
	{ "nothing == 1", "unknown nothing" },
	{ "1 != nothing", "unknown nothing" },
	{ "nothing < 1", "unknown nothing" },
	{ "1 >= nothing", "unknown nothing" },
	{ "nothing == null", "unknown nothing" },
	{ "nothing + 1", "unknown nothing" },
	{ "1 - nothing", "unknown nothing" },
	{ "nothing * 0", "unknown nothing" },
	{ "0 / nothing", "unknown nothing" },
	{ "nothing % 2", "unknown nothing" },
	{ "-nothing", "unknown nothing" },
	{ "!nothing", "unknown nothing" },
	{ "nothing in tags", "unknown nothing" },
	{ "'a' in nothing", "unknown nothing" },
	{ "nothing in []", "unknown nothing" },
	{ "nothing.a", "unknown nothing" },
	{ "nothing[0]", "unknown nothing" },
	{ "tags[nothing]", "unknown nothing" },
	{ "host[nothing]", "unknown nothing" },
	{ "nothing ? 1 : 1", "unknown nothing" },
	{ "true ? nothing : 1", "unknown nothing" },
	{ "false ? nothing : 1", "int 1" },
	{ "true ? 1 : nothing", "int 1" },
	{ "[1, nothing]", "unknown nothing" },
	{ "{nothing: 1}", "unknown nothing" },
	{ "{'a': nothing}", "unknown nothing" },
	{ "[nothing].size() == 1", "unknown nothing" },
	{ "storage.absent > 1 && host.absent > 2", "unknown storage.absent" },
	{ "storage.absent > 1 || host.absent > 2", "unknown storage.absent" },
	{ "storage.total > 100 || host.absent > 2", "unknown host.absent" },
	{ "storage.total > 1 && host.absent > 2", "unknown host.absent" },
	{ "(storage.absent > 1 && false) || host.absent > 2", "unknown host.absent" },
	{ "nothing && 1", "unknown nothing" },
	{ "1 && nothing", "unknown nothing" },
	{ "!(nothing && false)", "bool true" },
	{ "(nothing || true) == true", "bool true" },
};

static const struct expr_case macros[] = {
	{ "nothing.all(x, true)", "unknown nothing" },
	{ "nothing.exists(x, true)", "unknown nothing" },
	{ "nothing.exists_one(x, true)", "unknown nothing" },
	{ "nothing.filter(x, true)", "unknown nothing" },
	{ "nothing.map(x, 1)", "unknown nothing" },
	{ "nothing.transformList(i, v, 1)", "unknown nothing" },
	{ "nothing.transformMap(k, v, 1)", "unknown nothing" },
	{ "nothing.transformMapEntry(k, v, {k: v})", "unknown nothing" },
	{ "nothing.sortBy(x, x)", "unknown nothing" },
	{ "numbers.all(x, nothing > x)", "unknown nothing" },
	{ "numbers.all(x, x != 2 && nothing > x)", "bool false" },
	{ "numbers.all(x, nothing > x || x > 0)", "bool true" },
	{ "[].all(x, nothing > x)", "bool true" },
	{ "numbers.exists(x, nothing > x)", "unknown nothing" },
	{ "numbers.exists(x, x == 2 || nothing > x)", "bool true" },
	{ "numbers.exists(x, nothing > x && x > 5)", "bool false" },
	{ "numbers.exists_one(x, x == 2 || nothing > x)", "unknown nothing" },
	{ "numbers.filter(x, x == 2 || nothing > x)", "unknown nothing" },
	{ "numbers.map(x, nothing)", "unknown nothing" },
	{ "numbers.map(x, nothing, x)", "unknown nothing" },
	{ "numbers.transformList(i, v, i > 5, nothing)", "list []" },
	{ "numbers.transformMap(i, v, nothing)", "unknown nothing" },
	{ "numbers.transformMapEntry(i, v, {nothing: v})", "unknown nothing" },
	{ "numbers.sortBy(x, nothing)", "unknown nothing" },
	{ "deep.list.exists(e, e.absent > 1)", "unknown absent" },
	{ "deep.list.exists(e, has(e.absent))", "bool false" },
	{ "has(nothing[0].a)", "bool false" },
	{ "has(tags[nothing].a)", "bool false" },
};

/* "name(1, nothing, 1)", or "[].name(nothing)" */
static char *call_text(const struct sh_builtin *b, size_t n, size_t at, bool method)
{
	struct sh_buf text = SH_BUF_INIT;

	if (method)
		sh_buf_addf(&text, "%s.", at ? "[]" : "nothing");
	sh_buf_addf(&text, "%s(", b->function.name);
	for (size_t i = method; i < n; i++)
		sh_buf_addf(&text, "%s%s", i > method ? ", " : "", i == at ? "nothing" : "1");
	sh_buf_addch(&text, ')');
	return sh_buf_take(&text);
}

static void test_calls(const struct sh_builtin *b, json_t *record)
{
	size_t max = b->function.max_args < 0 ? 3 : (size_t)b->function.max_args;
	struct sh_buf got = SH_BUF_INIT;

	for (size_t n = (size_t)b->function.min_args; n <= max; n++) {
		for (size_t at = 0; at < 2 * n; at++) {
			bool method = at >= n;

			if (method && !strcmp(b->function.name, "last"))
				continue; /* the cases have a function of a path by this name */
			if (!(b->style & (method ? SH_STYLE_METHOD : SH_STYLE_FUNCTION)))
				continue;
			SH_CLEANUP_FREE char *text = call_text(b, n, at % n, method);

			expr_result(text, record, &got);
			if (!OK(!strcmp(sh_buf_str(&got), "unknown nothing"), "%s", text))
				diag("got '%s'", sh_buf_str(&got));
		}
	}
	sh_buf_release(&got);
}

static void test_functions(void)
{
	json_t *record = json_loads(expr_record, 0, NULL);

	for (size_t i = 0; sh_builtin_tables[i]; i++)
		for (const struct sh_builtin *b = sh_builtin_tables[i]; b->function.name; b++)
			test_calls(b, record);
	json_decref(record);
}

#define RUN(table) expr_run_cases(table, sizeof(table) / sizeof((table)[0]))

int main(void)
{
	RUN(operators);
	RUN(macros);
	test_functions();
	return plan_done();
}
