/* SPDX-License-Identifier: MIT */
/*
 * expr_cases - tables of expressions and what they yield, over one record
 *
 * The result is written as type and text ("int 3", "string ab"), "unknown NAME",
 * "error PLACE: TEXT" or, when it does not parse, "parse PLACE: TEXT".
 */
#ifndef SH_TESTS_EXPR_CASES_H
#define SH_TESTS_EXPR_CASES_H

#include <string.h>

#include "base/clock.h"
#include "expr/expr.h"
#include "expr/present.h"
#include "json_lookup.h"
#include "tap.h"

struct expr_case {
	const char *expr, *want;
};

static const char expr_record[] =
	"{\"storage\":{\"utilization\":95.2,\"read_only\":0,\"total\":10,\"online\":8,\"zero\":0},"
	"\"host\":{\"cpu\":{\"usage\":20},\"name\":\"db-1\"},"
	"\"tags\":[\"a\",\"b\",\"c\"],\"numbers\":[3,1,2],\"empty\":{},\"none\":null,"
	"\"flag\":true,\"deep\":{\"list\":[{\"k\":1},{\"k\":2}]},\"text\":\"h\\u00e9llo\"}";

/* last(PATH): the number of this call; over(PATH, DURATION, X): X; not_yet(PATH): unknown; broken(): an error. */
static inline struct sh_value call_last(const struct sh_call *call)
{
	return sh_value_int((int64_t)call->id);
}

static inline struct sh_value call_over(const struct sh_call *call)
{
	return call->n == 3 ? call->arg[2] : sh_value_string(sh_span_of(call->path));
}

static inline struct sh_value call_not_yet(const struct sh_call *call)
{
	(void)call;
	return sh_value_unknown();
}

static inline struct sh_value call_broken(const struct sh_call *call)
{
	return sh_value_error(call, "%s: out of order", call->function);
}

static const struct sh_function expr_functions[] = {
	{ "last", 1, 1, true, true, call_last, false, false },
	{ "over", 2, 3, true, true, call_over, false, false },
	{ "not_yet", 1, 1, true, true, call_not_yet, false, false },
	{ "broken", 0, 0, false, false, call_broken, false, false },
	{ NULL, 0, 0, false, false, NULL, false, false },
};

static inline void expr_describe(const struct sh_value *v, const struct sh_eval *eval,
				 struct sh_buf *out)
{
	if (v->type == SH_VALUE_UNKNOWN) {
		sh_buf_addf(out, "unknown %s", eval->missing);
	} else if (v->type == SH_VALUE_ERROR) {
		sh_buf_addf(out, "error %s", eval->error);
	} else {
		sh_buf_addf(out, "%s ", sh_value_type_name(v->type));
		sh_value_text(v, out);
	}
}

/* Evaluate TEXT over the JSON of the record; OUT is cleared first. */
static inline void expr_result(const char *text, json_t *record, struct sh_buf *out)
{
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_eval eval = { .lookup = json_lookup, .user = record, .arena = &arena,
				.now = 1000 * SH_SEC };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_expr *e = sh_expr_parse(text, expr_functions, &err);
	struct sh_value v;

	sh_buf_clear(out);
	if (e) {
		v = sh_expr_eval(e, &eval);
		expr_describe(&v, &eval, out);
	} else {
		sh_buf_addf(out, "parse %s", err.text);
	}
	sh_expr_free(e);
	sh_arena_release(&arena);
}

static inline void expr_run_cases(const struct expr_case *cases, size_t n)
{
	json_t *record = json_loads(expr_record, 0, NULL);
	struct sh_buf got = SH_BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;

		sh_present_quoted(sh_span_of(cases[i].expr), &name); /* may have line ends */
		expr_result(cases[i].expr, record, &got);
		if (!OK(!strcmp(sh_buf_str(&got), cases[i].want), "%s", sh_buf_str(&name)))
			diag("got '%s', not '%s'", sh_buf_str(&got), cases[i].want);
	}
	sh_buf_release(&got);
	json_decref(record);
}

#endif
