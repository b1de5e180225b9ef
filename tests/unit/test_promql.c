/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/promql.h"

#include <string.h>

#include "base/buf.h"
#include "tap.h"

/* The tree as text with all its brackets. */
static void show(const struct sh_prom_ast *a, struct sh_buf *out);

static void show_names(const char *what, const struct sh_prom_names *names, struct sh_buf *out)
{
	sh_buf_addf(out, " %s(", what);
	for (size_t i = 0; i < names->n; i++)
		sh_buf_addf(out, "%s%s", i ? "," : "", names->name[i]);
	sh_buf_addch(out, ')');
}

static void show_selector(const struct sh_prom_ast *a, struct sh_buf *out)
{
	static const char *const match[] = { "=", "!=", "=~", "!~" };

	for (size_t i = 0; i < a->matchers; i++)
		sh_buf_addf(out, "%s%s%s%s", i ? "," : "{", a->matcher[i].name,
			    match[a->matcher[i].match], a->matcher[i].value);
	sh_buf_addch(out, '}');
}

static void show_times(const struct sh_prom_ast *a, struct sh_buf *out)
{
	if (a->range)
		sh_buf_addf(out, "[%g", (double)a->range / 1e9);
	if (a->kind == SH_PROM_SUBQUERY)
		sh_buf_addf(out, ":%g", (double)a->step / 1e9);
	sh_buf_addstr(out, a->range ? "]" : "");
	if (a->offset)
		sh_buf_addf(out, "-%g", (double)a->offset / 1e9);
	if (a->has_at)
		sh_buf_addf(out, "@%g", (double)a->at / 1e9);
}

static void show_args(const struct sh_prom_ast *a, struct sh_buf *out)
{
	sh_buf_addch(out, '(');
	for (size_t i = 0; i < a->n; i++) {
		sh_buf_addstr(out, i ? ", " : "");
		show(a->arg[i], out);
	}
	sh_buf_addch(out, ')');
}

static void show_binary(const struct sh_prom_ast *a, struct sh_buf *out)
{
	static const char *const op[] = { "+", "-", "*", "/", "%", "^", "atan2", "==",
					  "!=", "<", "<=", ">", ">=", "and", "or", "unless" };

	sh_buf_addch(out, '(');
	show(a->arg[0], out);
	sh_buf_addf(out, " %s%s", op[a->op], a->is_bool ? " bool" : "");
	if (a->has_on || a->names.n)
		show_names(a->has_on ? "on" : "ignoring", &a->names, out);
	if (a->group != SH_PROM_ONE_TO_ONE)
		show_names(a->group == SH_PROM_GROUP_LEFT ? "group_left" : "group_right", &a->include,
			   out);
	sh_buf_addch(out, ' ');
	show(a->arg[1], out);
	sh_buf_addch(out, ')');
}

static void show(const struct sh_prom_ast *a, struct sh_buf *out)
{
	switch (a->kind) {
	case SH_PROM_NUMBER:
		sh_buf_addf(out, "%g", a->number);
		break;
	case SH_PROM_STRING:
		sh_buf_addf(out, "'%s'", a->string);
		break;
	case SH_PROM_SELECTOR:
		show_selector(a, out);
		break;
	case SH_PROM_SUBQUERY:
		show(a->arg[0], out);
		break;
	case SH_PROM_CALL:
		sh_buf_addstr(out, a->function->name);
		show_args(a, out);
		break;
	case SH_PROM_AGGREGATE:
		sh_buf_addstr(out, sh_prom_aggregate_name(a->aggregate));
		if (a->names.n || a->without)
			show_names(a->without ? "without" : "by", &a->names, out);
		show_args(a, out);
		break;
	case SH_PROM_BINARY:
		show_binary(a, out);
		break;
	case SH_PROM_NEGATE:
		sh_buf_addch(out, '-');
		show(a->arg[0], out);
		break;
	}
	show_times(a, out);
}

static const struct {
	const char *text, *tree;
} good[] = {
	{ "a", "{__name__=a}" },
	{ "a{}", "{__name__=a}" },
	{ "a{x=\"1\", y!='2',z=~`\\d+`,w!~\"b|c\",}", "{__name__=a,x=1,y!=2,z=~\\d+,w!~b|c}" },
	{ "{\"disk used\", \"path name\"=\"/\"}", "{__name__=disk used,path name=/}" },
	{ "job:a:sum5m{x=\"\\u00e9\\t\\\"\\x41\\101\"}", "{__name__=job:a:sum5m,x=\u00e9\t\"AA}" },
	{ "1 + 2 * 3 ^ 2 ^ 2", "(1 + (2 * (3 ^ (2 ^ 2))))" },
	{ "-a ^ 2 * b", "(-({__name__=a} ^ 2) * {__name__=b})" },
	{ "-1 - +2", "(-1 - 2)" },
	{ "a or b and c unless d", "({__name__=a} or (({__name__=b} and {__name__=c}) unless {__name__=d}))" },
	{ "a - b - c", "(({__name__=a} - {__name__=b}) - {__name__=c})" },
	{ "a > b == bool c", "(({__name__=a} > {__name__=b}) == bool {__name__=c})" },
	{ "a atan2 b % 2", "(({__name__=a} atan2 {__name__=b}) % 2)" },
	{ "1 == bool 2", "(1 == bool 2)" },
	{ "0x1F + 1e3 + .5 + 5. + Inf + 1.5e-3", "(((((31 + 1000) + 0.5) + 5) + inf) + 0.0015)" },
	{ "rate(a[1h30m])", "rate({__name__=a}[5400])" },
	{ "rate(a[300] offset 1d)", "rate({__name__=a}[300]-86400)" },
	{ "a offset -5m @ 12.5", "{__name__=a}--300@12.5" },
	{ "a @ end()", "{__name__=a}" },
	{ "max_over_time(rate(a[5m])[1h:1m] offset 2m)", "max_over_time(rate({__name__=a}[300])[3600:60]-120)" },
	{ "sum_over_time(a[1h:])", "sum_over_time({__name__=a}[3600:0])" },
	{ "(a > 1)[10m:1m] offset 1m # why not\n", NULL },
	{ "sum(a)", "sum({__name__=a})" },
	{ "SUM BY (x, y) (a)", "sum by(x,y)({__name__=a})" },
	{ "topk(3, a) without (x,)", "topk without(x)(3, {__name__=a})" },
	{ "count_values(\"v\", a)", "count_values('v', {__name__=a})" },
	{ "a * on (x) group_left (y, z) b", "({__name__=a} * on(x) group_left(y,z) {__name__=b})" },
	{ "a / ignoring (x) group_right b", "({__name__=a} / ignoring(x) group_right() {__name__=b})" },
	{ "a == on() b", "({__name__=a} == on() {__name__=b})" },
	{ "sum + by + group", "(({__name__=sum} + {__name__=by}) + {__name__=group})" },
	{ "# first\na # second\n+ b", "({__name__=a} + {__name__=b})" },
	{ "time() - 1y", "(time() - 3.1536e+07)" },
	{ "label_replace(a, \"x\", \"$1\", \"y\", \"(.*)\")", "label_replace({__name__=a}, 'x', '$1', 'y', '(.*)')" },
	{ "hour() > 5 and hour(a) > 6", "((hour() > 5) and (hour({__name__=a}) > 6))" },
};

static const struct {
	const char *text, *error;
} bad[] = {
	{ "", "1:1: a value expected at the end" },
	{ "a +", "1:4: a value expected at the end" },
	{ "a b", "1:3: an operator or the end expected" },
	{ "a\n + )", "2:4: a value expected" },
	{ "a{x=1}", "1:5: a text in quotes expected" },
	{ "a{x~\"1\"}", "1:4: a character that has no meaning here" },
	{ "a{x=\"1}", "1:5: a string without its end" },
	{ "a{x=\"\\q\"}", "1:5: an escape in a string that is none" },
	{ "a{x=~\"(\"}", "1:6: a pattern that is none: missing closing parenthesis" },
	{ "{}", "1:1: a selector needs a matcher that does not take the empty text" },
	{ "{x=~\".*\"}", "1:1: a selector needs a matcher that does not take the empty text" },
	{ "a{__name__=~\"b\"}", "1:1: a metric with two names" },
	{ "{\"a\", \"b\"}", "1:1: a metric with two names" },
	{ "rate(a)", "1:6: rate wants a value of type range vector, not instant vector" },
	{ "abs(a[5m])", "1:5: abs wants a value of type instant vector, not range vector" },
	{ "a[5m] + 1", "1:1: an operator works on scalars and instant vectors only" },
	{ "a[5q]", "1:3: no number" },
	{ "a[5m5q]", "1:3: no duration, or one too long" },
	{ "a[0]", "1:2: a range is longer than nothing" },
	{ "(a)[5m]", "1:4: a range stands right after a selector" },
	{ "a[5m][5m]", "1:6: a range of what is no instant vector" },
	{ "1 offset 5m", "1:3: offset and @ stand once after a selector or a subquery" },
	{ "a offset 5m offset 6m", "1:13: offset and @ stand once after a selector or a subquery" },
	{ "1 == 2", "1:1: a comparison between scalars needs bool" },
	{ "a + bool b", "1:1: bool stands with comparisons only" },
	{ "a and 1", "1:1: and, or and unless work between vectors only" },
	{ "a and on(x) group_left b", "1:1: and, or and unless know no grouping" },
	{ "a + on(x) 1", "1:1: matching by labels is between vectors only" },
	{ "a * on(x) group_left(x) b", "1:1: a label stands both in on and in the group" },
	{ "nosuch(a)", "1:1: unknown function 'nosuch'" },
	{ "round(a, 1, 2)", "1:1: round takes 1 to 2 arguments, not 3" },
	{ "topk(a)", "1:1: topk takes a parameter and a vector, not 1 arguments" },
	{ "sum by (1) (a)", "1:9: the name of a label expected" },
	{ "sum by (a:b) (a)", "1:9: the name of a label expected" },
	{ "-\"a\"", "1:1: a sign before what is neither scalar nor vector" },
	{ "a $", "1:3: a character that has no meaning here" },
};

static void test_good(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_promql *p = sh_promql_parse(good[i].text, &err);
		struct sh_buf out = SH_BUF_INIT;

		if (p)
			show(p->root, &out);
		if (!good[i].tree)
			OK(p && p->root->type == SH_PROM_MATRIX, "a range of brackets is a range");
		else if (!OK(p && !strcmp(sh_buf_str(&out), good[i].tree), "%s", good[i].tree))
			diag("%s%s", sh_buf_str(&out), err.text);
		sh_buf_release(&out);
		sh_promql_free(p);
	}
}

static void test_bad(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_promql *p = sh_promql_parse(bad[i].text, &err);

		if (!OK(!p && sh_error_is_set(&err) && !strcmp(err.text, bad[i].error),
			"refused: %zu", i))
			diag("%s: %s", bad[i].text, err.text);
		sh_promql_free(p);
	}
}

static char *repeat(const char *text, size_t n, const char *end)
{
	struct sh_buf b = SH_BUF_INIT;

	for (size_t i = 0; i < n; i++)
		sh_buf_addstr(&b, text);
	sh_buf_addstr(&b, end);
	return sh_buf_take(&b);
}

static void test_limits(void)
{
	static const char *const deep[] = { "(", "-", "abs(", "a + ", "a ^ " };

	for (size_t i = 0; i < sizeof(deep) / sizeof(deep[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		char *text = repeat(deep[i], 10000, "a");
		struct sh_promql *p = sh_promql_parse(text, &err);

		OK(!p && strstr(err.text, "expression"), "too much of '%s' is refused: %s", deep[i],
		   err.text);
		sh_promql_free(p);
		free(text);
	}
}

static void test_places(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_promql *p = sh_promql_parse("1 +  sum by (x) (rate(a{b=\"c\"}[5m] offset 1m) )  > 2", &err);
	const struct sh_prom_ast *sum = p->root->arg[0]->arg[1], *rate = sum->arg[0];

	OK(sum->start == 5 && sum->end == 47, "an aggregation from its name to its bracket");
	OK(rate->arg[0]->start == 22 && rate->arg[0]->end == 44, "a selector with its range and offset");
	OK(p->selectors == 1 && p->selector[0] == rate->arg[0], "the selectors are listed");
	sh_promql_free(p);
}

int main(void)
{
	test_good();
	test_bad();
	test_limits();
	test_places();
	return plan_done();
}
