/* SPDX-License-Identifier: MIT */
/*
 * fuzz_expr - any bytes as an expression and as a template, over one record
 *
 * Besides not crashing: the text an expression reports parses again and yields
 * the same; unknown and error come with their word; every value has a text.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "expr/expr.h"
#include "json_lookup.h"

static const char record_text[] =
	"{\"storage\":{\"utilization\":95.2,\"zero\":0},\"host\":{\"cpu\":{\"usage\":20}},"
	"\"tags\":[\"a\",\"b\"],\"x\":{\"y\":[1,2,{\"z\":null}]},\"s\":\"h\\u00e9llo\",\"t\":true}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sh_value call_past(const struct sh_call *call)
{
	if (!call->path || !call->path[0])
		abort();
	return call->n > 1 ? call->arg[1] : sh_value_unknown();
}

static const struct sh_function functions[] = {
	{ "avg", 2, 3, true, true, call_past, false, false },
	{ "rate", 1, 2, true, true, call_past, false, false },
	{ NULL, 0, 0, false, false, NULL, false, false },
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static char *evaluate(const struct sh_expr *e, json_t *record)
{
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_eval eval = { .lookup = json_lookup, .user = record, .arena = &arena };
	struct sh_value v = sh_expr_eval(e, &eval);
	struct sh_buf text = SH_BUF_INIT;
	json_t *json = sh_value_to_json(&v);

	require((v.type == SH_VALUE_ERROR) == (eval.error[0] != '\0'));
	require(v.type == SH_VALUE_UNKNOWN || !eval.missing[0]);
	require((json != NULL) ==
		(v.type != SH_VALUE_ERROR && v.type != SH_VALUE_UNKNOWN && v.type != SH_VALUE_TYPE));
	sh_buf_addf(&text, "%d %s ", (int)v.type, eval.error);
	sh_value_text(&v, &text);
	json_decref(json);
	sh_arena_release(&arena);
	return sh_buf_take(&text);
}

static void try_expression(const char *text, json_t *record)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_expr *e = sh_expr_parse(text, functions, &err), *again;

	require((e == NULL) == sh_error_is_set(&err));
	if (!e)
		return;
	again = sh_expr_parse(sh_expr_text(e), functions, &err);
	require(again && !strcmp(sh_expr_text(e), sh_expr_text(again)));
	{
		SH_CLEANUP_FREE char *a = evaluate(e, record);
		SH_CLEANUP_FREE char *b = evaluate(again, record);

		require(!strcmp(a, b));
	}
	for (size_t i = 0; sh_expr_path(e, i); i++)
		require(sh_expr_path(e, i)[0] != '\0');
	sh_expr_free(e);
	sh_expr_free(again);
}

static void try_template(const char *text, json_t *record)
{
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_eval eval = { .lookup = json_lookup, .user = record, .arena = &arena };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_template *t = sh_template_parse(text, functions, &err);
	struct sh_buf out = SH_BUF_INIT;

	if (t)
		sh_template_fill(t, &eval, &out);
	sh_buf_release(&out);
	sh_template_free(t);
	sh_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SH_CLEANUP_FREE char *text = sh_strndup((const char *)data, size);
	json_t *record = json_loads(record_text, 0, NULL);

	try_expression(text, record);
	try_template(text, record);
	json_decref(record);
	return 0;
}
