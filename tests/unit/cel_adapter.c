/* SPDX-License-Identifier: MIT */
/*
 * cel_adapter - one expression over one record, for conformance suites
 *
 * The environment variable EXPR has the expression, standard input one JSON
 * object of variables, whose integers stay ints. Prints the value as JSON. Exit
 * status 0: a value; 1: an error or unknown; 2: the expression does not parse.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "expr/expr.h"

static bool lookup(void *user, const char *name, struct sh_value *out)
{
	const json_t *json = json_object_get(user, name);

	if (!json)
		return false;
	*out = sh_value_from_json_exact(json);
	return true;
}

static int print_value(const struct sh_value *v)
{
	json_t *json = v->type == SH_VALUE_TYPE ? json_stringn(v->u.s.p, v->u.s.len)
						: sh_value_to_json(v);
	int r = json ? json_dumpf(json, stdout, JSON_ENCODE_ANY | JSON_COMPACT) : -1;

	json_decref(json);
	putchar('\n');
	return fflush(stdout) == 0 && r == 0 ? 0 : 1;
}

static int evaluate(const struct sh_expr *e, json_t *record)
{
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_eval eval = { .lookup = lookup, .user = record, .arena = &arena };
	struct sh_value v = sh_expr_eval(e, &eval);
	int r = 1;

	if (v.type == SH_VALUE_ERROR)
		fprintf(stderr, "%s\n", eval.error);
	else if (v.type == SH_VALUE_UNKNOWN)
		fprintf(stderr, "%s is absent\n", eval.missing);
	else
		r = print_value(&v);
	sh_arena_release(&arena);
	return r;
}

int main(void)
{
	struct sh_error err = SH_ERROR_INIT;
	const char *text = getenv("EXPR");
	json_t *record = json_loadf(stdin, JSON_ALLOW_NUL, NULL);
	struct sh_expr *e = text ? sh_expr_parse(text, NULL, &err) : NULL;
	int r = 2;

	if (!e)
		fprintf(stderr, "%s\n", text ? err.text : "EXPR is not set");
	else if (!json_is_object(record))
		fprintf(stderr, "no JSON object on standard input\n");
	else
		r = evaluate(e, record);
	sh_expr_free(e);
	json_decref(record);
	return r;
}
