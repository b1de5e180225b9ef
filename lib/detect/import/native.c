/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/import/native.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/num.h"
#include "detect/prom/labels.h"
#include "record/json.h"

#define MAX_PARTS 24

enum strength { ANY, SUM, PRODUCT, ATOM }; /* of the outermost operator of a text */

/* A vector's element, or a scalar. */
struct val {
	const char *text;
	enum strength strength;
	bool is_constant;
	double number;              /* of a constant */
	bool is_plain;              /* a metric itself: has() may ask for it */
	const char *part[MAX_PARTS]; /* what must hold for the element to be there, joined by && */
	size_t parts, wheres;        /* of these the first WHERES are about labels */
	/* It is infinite, with this sign times that of ABOVE, where BELOW is 0; NULL nowhere. */
	const char *above, *below;
	int sign;
};

struct writer {
	struct sh_arena *arena;
	const struct sh_map *recorded;
	struct sh_import_native *out;
};

static const char *SH_PRINTF(2, 3) say(struct writer *w, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	text = sh_arena_alloc(w->arena, (size_t)(n < 0 ? 0 : n) + 1);
	text[0] = '\0';
	vsnprintf(text, (size_t)(n < 0 ? 0 : n) + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return text;
}

static bool refuse(struct writer *w, const struct sh_prom_ast *a)
{
	if (!w->out->why)
		w->out->why = a;
	return false;
}

static const char *quoted(struct writer *w, const char *text)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;

	sh_json_add_string(&out, text, strlen(text));
	return say(w, "%s", sh_buf_str(&out));
}

static const char *bracketed(struct writer *w, const struct val *v, enum strength wanted)
{
	return v->strength >= wanted ? v->text : say(w, "(%s)", v->text);
}

static const char *number_text(struct writer *w, double v)
{
	char text[SH_DOUBLE_MAX_TEXT + 1];

	text[sh_format_double(text, v)] = '\0';
	return say(w, "%s", text);
}

/* "5m": an integer and the largest unit that fits. */
static const char *duration_text(struct writer *w, int64_t ns)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = { { "d", SH_DAY }, { "h", SH_HOUR }, { "m", SH_MIN }, { "s", SH_SEC }, { "ms", SH_MS } };
	size_t i = 0;

	while (i < 4 && ns % units[i].ns)
		i++;
	return say(w, "%lld%s", (long long)(ns / units[i].ns), units[i].unit);
}

static bool add_part(struct val *v, const char *part, bool where)
{
	for (size_t i = 0; i < v->parts; i++)
		if (!strcmp(v->part[i], part))
			return true;
	if (v->parts == MAX_PARTS)
		return false;
	if (where) {
		memmove(&v->part[v->wheres + 1], &v->part[v->wheres],
			(v->parts - v->wheres) * sizeof(v->part[0]));
		v->part[v->wheres++] = part;
	} else {
		v->part[v->parts] = part;
	}
	v->parts++;
	return true;
}

static bool add_parts(struct val *to, const struct val *from)
{
	for (size_t i = 0; i < from->parts; i++)
		if (!add_part(to, from->part[i], i < from->wheres))
			return false;
	return true;
}

static const char *joined(struct writer *w, const struct val *v)
{
	const char *text = v->part[0];

	for (size_t i = 1; i < v->parts; i++)
		text = say(w, "%s && %s", text, v->part[i]);
	return text;
}

/* Names that our language can say after a dot. */
static bool is_sayable(const char *name)
{
	static const char *const words[] = { "in", "true", "false", "null", NULL };

	for (size_t i = 0; words[i]; i++)
		if (!strcmp(name, words[i]))
			return false;
	for (const char *c = name; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_' ||
		      (c > name && *c >= '0' && *c <= '9')))
			return false;
	return name[0] != '\0';
}

/* A label that is not there is the empty text. */
static const char *matcher_text(struct writer *w, const struct sh_prom_matcher *m)
{
	bool is_regex = m->match >= SH_PROM_LIKE;
	bool positive = m->match == SH_PROM_IS || m->match == SH_PROM_LIKE;
	SH_CLEANUP_BUF struct sh_buf pattern = SH_BUF_INIT;
	const char *test;

	if (!is_regex && !m->value[0])
		return say(w, positive ? "!has(dims.%s)" : "has(dims.%s)", m->name);
	sh_buf_addf(&pattern, "^(?:%s)$", m->value);
	if (is_regex)
		test = say(w, "%sdims.%s.matches(%s)", positive ? "" : "!", m->name,
			   quoted(w, sh_buf_str(&pattern)));
	else
		test = say(w, "dims.%s %s %s", m->name, positive ? "==" : "!=", quoted(w, m->value));
	return sh_prom_value_matches(m, "") ? say(w, "(!has(dims.%s) || %s)", m->name, test) :
						say(w, "has(dims.%s) && %s", m->name, test);
}

static bool is_elsewhere(const struct writer *w, const char *metric)
{
	return !is_sayable(metric) || !strcmp(metric, "up") || !strcmp(metric, "ALERTS") ||
	       sh_map_gets(w->recorded, metric);
}

/* The path of the metric; its labels become parts. */
static bool put_selector(struct writer *w, const struct sh_prom_ast *a, struct val *v)
{
	const char *metric = NULL;

	if (a->kind != SH_PROM_SELECTOR || a->offset || a->has_at)
		return refuse(w, a);
	for (size_t i = 0; i < a->matchers; i++) {
		const struct sh_prom_matcher *m = &a->matcher[i];

		if (!strcmp(m->name, "__name__")) {
			if (metric || m->match != SH_PROM_IS || is_elsewhere(w, m->value))
				return refuse(w, a);
			metric = m->value;
			continue;
		}
		if (!strcmp(m->name, "instance") || !strcmp(m->name, "job") || !is_sayable(m->name) ||
		    !add_part(v, matcher_text(w, m), true))
			return refuse(w, a);
	}
	if (!metric)
		return refuse(w, a);
	v->text = say(w, "prom.%s", metric);
	v->strength = ATOM;
	v->is_plain = true;
	return true;
}

static bool put_value(struct writer *w, const struct sh_prom_ast *a, struct val *v);

static bool put_over_time(struct writer *w, const struct sh_prom_ast *a, struct val *v)
{
	static const struct {
		enum sh_prom_fn fn;
		const char *name;
	} names[] = {
		{ SH_PROM_FN_RATE, "rate" }, { SH_PROM_FN_INCREASE, "increase" },
		{ SH_PROM_FN_DELTA, "delta" }, { SH_PROM_FN_IRATE, "irate" },
		{ SH_PROM_FN_IDELTA, "idelta" }, { SH_PROM_FN_DERIV, "deriv" },
		{ SH_PROM_FN_PREDICT_LINEAR, "predict_linear" }, { SH_PROM_FN_CHANGES, "changes" },
		{ SH_PROM_FN_RESETS, "resets" }, { SH_PROM_FN_AVG_OVER_TIME, "avg" },
		{ SH_PROM_FN_MIN_OVER_TIME, "min" }, { SH_PROM_FN_MAX_OVER_TIME, "max" },
		{ SH_PROM_FN_SUM_OVER_TIME, "sum" }, { SH_PROM_FN_COUNT_OVER_TIME, "count" },
		{ SH_PROM_FN_STDDEV_OVER_TIME, "stddev" }, { SH_PROM_FN_LAST_OVER_TIME, "last" },
		{ SH_PROM_FN_QUANTILE_OVER_TIME, "quantile" },
	};
	bool is_quantile = a->function->fn == SH_PROM_FN_QUANTILE_OVER_TIME;
	const struct sh_prom_ast *range = a->arg[is_quantile ? 1 : 0];
	const char *window, *more = "", *before = "";
	struct val extra = { 0 };
	size_t i = 0;

	while (i < sizeof(names) / sizeof(names[0]) && names[i].fn != a->function->fn)
		i++;
	if (i == sizeof(names) / sizeof(names[0]) || !put_selector(w, range, v))
		return refuse(w, a);
	window = duration_text(w, range->range);
	if (a->n > 1) {
		if (!put_value(w, a->arg[is_quantile ? 0 : 1], &extra) || !extra.is_constant)
			return refuse(w, a);
		if (is_quantile)
			before = say(w, "%s, ", extra.text);
		else if (extra.number > 0 && extra.number < 1e9)
			more = say(w, ", %s", duration_text(w, (int64_t)(extra.number * 1e3) * SH_MS));
		else
			return refuse(w, a);
	}
	v->text = say(w, "%s(%s, %s%s%s)", names[i].name, v->text, before, window, more);
	v->is_plain = false;
	w->out->needs_past = true;
	return true;
}

static bool put_math(struct writer *w, const struct sh_prom_ast *a, struct val *v)
{
	enum sh_prom_fn fn = a->function->fn;
	const char *name = fn == SH_PROM_FN_ABS	      ? "math.abs" :
			   fn == SH_PROM_FN_CEIL      ? "math.ceil" :
			   fn == SH_PROM_FN_FLOOR     ? "math.floor" :
			   fn == SH_PROM_FN_CLAMP_MIN ? "math.greatest" :
			   fn == SH_PROM_FN_CLAMP_MAX ? "math.least" :
							NULL;
	struct val second = { 0 };

	if (!name || !put_value(w, a->arg[0], v) || v->below)
		return refuse(w, a);
	if (a->n == 2 && (!put_value(w, a->arg[1], &second) || !second.is_constant))
		return refuse(w, a);
	v->text = a->n == 2 ? say(w, "%s(%s, %s)", name, v->text, second.text) :
			      say(w, "%s(%s)", name, v->text);
	v->strength = ATOM;
	v->is_constant = v->is_plain = false;
	return true;
}

static bool put_call(struct writer *w, const struct sh_prom_ast *a, struct val *v)
{
	if (a->function->fn == SH_PROM_FN_TIME ||
	    (a->function->fn == SH_PROM_FN_TIMESTAMP && a->arg[0]->kind == SH_PROM_SELECTOR)) {
		/* Of what a record says it is the time of the record. */
		if (a->n && !put_selector(w, a->arg[0], v))
			return false;
		v->text = "int(now())";
		v->strength = ATOM;
		v->is_plain = false;
		return true;
	}
	for (size_t i = 0; i < a->n; i++)
		if (a->arg[i]->type == SH_PROM_MATRIX)
			return put_over_time(w, a, v);
	return a->n ? put_math(w, a, v) : refuse(w, a);
}

/* By which sign an infinite operand is infinite in the result; 0: who knows. */
static int keeps_sign(enum sh_prom_op op, const struct val *other, bool other_is_left)
{
	if (op == SH_PROM_ADD)
		return 1;
	if (op == SH_PROM_SUB)
		return other_is_left ? -1 : 1;
	if (!other->is_constant || other->number == 0 || (op == SH_PROM_DIV && other_is_left))
		return 0;
	return other->number > 0 ? 1 : -1;
}

static bool put_pole(const struct sh_prom_ast *a, struct val *v, const struct val *l,
		     const struct val *r)
{
	const struct val *infinite = l->below ? l : r, *other = l->below ? r : l;
	int sign;

	if (a->op == SH_PROM_DIV && !r->is_constant) {
		v->above = l->text;
		v->below = r->text;
		v->sign = 1;
		return !l->below && !r->below;
	}
	if (!infinite->below)
		return true;
	sign = keeps_sign(a->op, other, other == l);
	v->above = infinite->above;
	v->below = infinite->below;
	v->sign = infinite->sign * sign;
	return sign && !other->below;
}

static bool put_arithmetic(struct writer *w, const struct sh_prom_ast *a, struct val *v,
			   const struct val *l, const struct val *r)
{
	static const char signs[] = "+-*/";
	static const enum strength strengths[] = { SUM, SUM, PRODUCT, PRODUCT };

	if (a->op > SH_PROM_DIV || !put_pole(a, v, l, r) ||
	    (a->op == SH_PROM_DIV && r->is_constant && r->number == 0))
		return refuse(w, a);
	v->strength = strengths[a->op];
	v->is_constant = l->is_constant && r->is_constant;
	if (v->is_constant) {
		v->number = a->op == SH_PROM_ADD ? l->number + r->number :
			    a->op == SH_PROM_SUB ? l->number - r->number :
			    a->op == SH_PROM_MUL ? l->number * r->number :
						   l->number / r->number;
		v->strength = v->number < 0 ? ANY : ATOM;
		v->text = number_text(w, v->number);
		return isfinite(v->number);
	}
	v->text = say(w, "%s %c %s", bracketed(w, l, v->strength), signs[a->op],
		      bracketed(w, r, v->strength + 1));
	return true;
}

static const char *comparison(struct writer *w, const struct sh_prom_ast *a, const struct val *l,
			      const struct val *r)
{
	static const char *const marks[] = { "==", "!=", "<", "<=", ">", ">=" };
	const char *test = say(w, "%s %s %s", bracketed(w, l, SUM), marks[a->op - SH_PROM_EQ],
			       bracketed(w, r, SUM));
	const struct val *pole = l->below ? l : r;
	bool greater = a->op == SH_PROM_GT || a->op == SH_PROM_GE;
	bool up = (pole->sign > 0) == (greater == (pole == l));

	if (!pole->below)
		return test;
	if (a->op == SH_PROM_EQ)
		return say(w, "%s != 0 && %s", pole->below, test);
	if (a->op == SH_PROM_NE)
		return say(w, "(%s != 0 ? %s : %s != 0)", pole->below, test, pole->above);
	return say(w, "(%s != 0 ? %s : %s %s 0)", pole->below, test, pole->above, up ? ">" : "<");
}

static bool put_comparison(struct writer *w, const struct sh_prom_ast *a, struct val *v,
			   const struct val *l, const struct val *r)
{
	const struct val *kept = a->arg[0]->type == SH_PROM_VECTOR ? l : r;
	const char *test;

	if (l->below && r->below)
		return refuse(w, a);
	test = comparison(w, a, l, r);
	if (a->is_bool) {
		v->text = say(w, "(%s ? 1 : 0)", test);
		v->strength = ATOM;
		return true;
	}
	v->text = kept->text;
	v->strength = kept->strength;
	v->above = kept->above;
	v->below = kept->below;
	v->sign = kept->sign;
	return add_part(v, test, false) || refuse(w, a);
}

/* That the element is there at all. */
static bool put_condition(struct writer *w, const struct sh_prom_ast *a, struct val *v)
{
	if (!put_value(w, a, v))
		return false;
	if (v->parts > v->wheres)
		return true;
	if (!v->is_plain)
		return refuse(w, a);
	return add_part(v, say(w, "has(%s)", v->text), false) || refuse(w, a);
}

/* Whether it is known as soon as the record has the metric: only then its absence can be told. */
static bool has_past(const struct sh_prom_ast *a)
{
	bool past = a->kind == SH_PROM_SELECTOR && a->range;

	for (size_t i = 0; i < a->n; i++)
		past = past || has_past(a->arg[i]);
	return past;
}

static bool add_presence(struct writer *w, const struct sh_prom_ast *a, struct val *v)
{
	struct val one = { 0 };

	if (a->kind == SH_PROM_SELECTOR &&
	    (!put_selector(w, a, &one) || !add_part(v, say(w, "has(%s)", one.text), true)))
		return refuse(w, a);
	for (size_t i = 0; i < a->n; i++)
		if (!add_presence(w, a->arg[i], v))
			return false;
	return true;
}

static bool put_set(struct writer *w, const struct sh_prom_ast *a, struct val *v)
{
	struct val l = { 0 }, r = { 0 };

	if (a->op == SH_PROM_UNLESS && (has_past(a->arg[1]) || !add_presence(w, a->arg[1], &r)))
		return refuse(w, a);
	if (!put_condition(w, a->arg[0], &l) || !put_condition(w, a->arg[1], &r))
		return false;
	if (a->op == SH_PROM_OR) {
		v->text = NULL;
		return add_part(v, say(w, "(%s || %s)", joined(w, &l), joined(w, &r)), false);
	}
	*v = l;
	if (a->op == SH_PROM_AND)
		return add_parts(v, &r) || refuse(w, a);
	return add_part(v, say(w, "!(%s)", joined(w, &r)), false) || refuse(w, a);
}

static bool put_binary(struct writer *w, const struct sh_prom_ast *a, struct val *v)
{
	struct val l = { 0 }, r = { 0 };

	if (a->has_on || a->names.n || a->group != SH_PROM_ONE_TO_ONE)
		return refuse(w, a);
	if (sh_prom_op_is_set(a->op))
		return put_set(w, a, v);
	if (!put_value(w, a->arg[0], &l) || !put_value(w, a->arg[1], &r))
		return false;
	if (!l.text || !r.text || !add_parts(v, &l) || !add_parts(v, &r))
		return refuse(w, a);
	return sh_prom_op_compares(a->op) ? put_comparison(w, a, v, &l, &r) :
					    put_arithmetic(w, a, v, &l, &r);
}

static bool put_value(struct writer *w, const struct sh_prom_ast *a, struct val *v)
{
	switch (a->kind) {
	case SH_PROM_NUMBER:
		if (!isfinite(a->number))
			return refuse(w, a);
		v->is_constant = true;
		v->number = a->number;
		v->text = number_text(w, a->number);
		v->strength = ATOM;
		return true;
	case SH_PROM_SELECTOR:
		return put_selector(w, a, v);
	case SH_PROM_CALL:
		return put_call(w, a, v);
	case SH_PROM_BINARY:
		return put_binary(w, a, v);
	case SH_PROM_NEGATE:
		if (!put_value(w, a->arg[0], v) || !v->text)
			return refuse(w, a);
		v->number = -v->number;
		v->sign = -v->sign;
		v->text = v->is_constant ? number_text(w, v->number) : say(w, "-%s", bracketed(w, v, ATOM));
		v->strength = v->is_constant ? ANY : PRODUCT;
		v->is_plain = false;
		return true;
	default:
		return refuse(w, a);
	}
}

bool sh_import_native(const struct sh_promql *p, const struct sh_map *recorded,
		      struct sh_arena *arena, struct sh_import_native *out)
{
	struct writer w = { arena, recorded, out };
	struct val v = { 0 };

	memset(out, 0, sizeof(*out));
	if (p->root->type != SH_PROM_VECTOR)
		return refuse(&w, p->root);
	if (!put_condition(&w, p->root, &v))
		return refuse(&w, p->root);
	out->expr = joined(&w, &v);
	out->value = v.text;
	return true;
}
