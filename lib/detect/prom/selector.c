/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "detect/prom/parse.h"
#include "expr/regex.h"

#define MAX_MATCHERS 64

int sh_prom_expect(struct sh_prom_parser *s, const char *mark)
{
	if (!sh_prom_lex_is(&s->lex, mark))
		return sh_prom_lex_fail(&s->lex, s->lex.start, s->err, "'%s' expected%s", mark,
					s->lex.token == SH_PROM_T_END ? " at the end" : "");
	return sh_prom_lex_next(&s->lex, s->err);
}

static char *copy(struct sh_prom_parser *s, struct sh_span text)
{
	char *to = sh_arena_alloc(&s->p->arena, text.len + 1);

	if (text.len)
		memcpy(to, text.p, text.len);
	to[text.len] = '\0';
	return to;
}

/* A label's name, bare or in quotes. */
static const char *label_name(struct sh_prom_parser *s)
{
	const char *name = s->lex.token == SH_PROM_T_STRING ? s->lex.string : NULL;

	if (s->lex.token == SH_PROM_T_NAME && !memchr(s->lex.word.p, ':', s->lex.word.len))
		name = copy(s, s->lex.word);
	if (!name) {
		(void)sh_prom_lex_fail(&s->lex, s->lex.start, s->err, "the name of a label expected");
		return NULL;
	}
	return sh_prom_lex_next(&s->lex, s->err) < 0 ? NULL : name;
}

int sh_prom_parse_names(struct sh_prom_parser *s, struct sh_prom_names *names)
{
	if (sh_prom_expect(s, "(") < 0)
		return -1;
	names->name = sh_arena_alloc(&s->p->arena, MAX_MATCHERS * sizeof(*names->name));
	while (!sh_prom_lex_is(&s->lex, ")")) {
		const char *name = label_name(s);

		if (!name)
			return -1;
		if (names->n == MAX_MATCHERS)
			return sh_prom_lex_fail(&s->lex, s->lex.start, s->err, "too many labels");
		names->name[names->n++] = name;
		if (!sh_prom_lex_is(&s->lex, ",")) 
			break;
		if (sh_prom_lex_next(&s->lex, s->err) < 0)
			return -1;
	}
	return sh_prom_expect(s, ")");
}

void *sh_prom_compile(struct sh_prom_parser *s, const char *pattern, size_t at)
{
	SH_CLEANUP_FREE char *whole = sh_asprintf("^(?:%s)$", pattern);
	char why[120];
	void *regex = sh_regex_compile(sh_span_of(whole), why, sizeof(why));

	if (!regex) {
		(void)sh_prom_lex_fail(&s->lex, at, s->err, "a pattern that is none: %s", why);
		return NULL;
	}
	sh_grow(s->p->regex, s->p->regexes, s->p->regex_cap);
	s->p->regex[s->p->regexes++] = regex;
	return regex;
}

static struct sh_prom_matcher *add_matcher(struct sh_prom_parser *s, struct sh_prom_ast *a)
{
	if (!a->matcher)
		a->matcher = sh_arena_alloc(&s->p->arena, MAX_MATCHERS * sizeof(*a->matcher));
	if (a->matchers == MAX_MATCHERS) {
		(void)sh_prom_lex_fail(&s->lex, s->lex.start, s->err, "too many matchers");
		return NULL;
	}
	memset(&a->matcher[a->matchers], 0, sizeof(*a->matcher));
	return &a->matcher[a->matchers++];
}

static int add_name(struct sh_prom_parser *s, struct sh_prom_ast *a, const char *name)
{
	struct sh_prom_matcher *m = add_matcher(s, a);

	if (!m)
		return -1;
	for (size_t i = 0; i + 1 < a->matchers; i++)
		if (!strcmp(a->matcher[i].name, "__name__"))
			return sh_prom_lex_fail(&s->lex, a->start, s->err, "a metric with two names");
	*m = (struct sh_prom_matcher){ SH_PROM_IS, "__name__", name, NULL };
	return 0;
}

/* NAMED: the metric's name stands before the braces. */
static int parse_matcher(struct sh_prom_parser *s, struct sh_prom_ast *a, bool named)
{
	static const char *const marks[] = { "=", "!=", "=~", "!~" };
	bool quoted = s->lex.token == SH_PROM_T_STRING;
	const char *name = label_name(s);
	struct sh_prom_matcher *m;
	size_t i = 0, at;

	if (!name)
		return -1;
	while (i < 4 && !sh_prom_lex_is(&s->lex, marks[i]))
		i++;
	if (i == 4 && quoted) /* {"a metric's name", ...} */
		return add_name(s, a, name);
	if (i == 4)
		return sh_prom_lex_fail(&s->lex, s->lex.start, s->err, "one of = != =~ !~ expected");
	if (sh_prom_lex_next(&s->lex, s->err) < 0)
		return -1;
	if (s->lex.token != SH_PROM_T_STRING)
		return sh_prom_lex_fail(&s->lex, s->lex.start, s->err, "a text in quotes expected");
	if (named && !strcmp(name, "__name__"))
		return sh_prom_lex_fail(&s->lex, a->start, s->err, "a metric with two names");
	m = add_matcher(s, a);
	if (!m)
		return -1;
	*m = (struct sh_prom_matcher){ (enum sh_prom_match)i, name, s->lex.string, NULL };
	at = s->lex.start;
	if (i >= SH_PROM_LIKE && !(m->regex = sh_prom_compile(s, m->value, at)))
		return -1;
	return sh_prom_lex_next(&s->lex, s->err);
}

/* All series there are would be meant. */
static int check_narrow(struct sh_prom_parser *s, const struct sh_prom_ast *a)
{
	for (size_t i = 0; i < a->matchers; i++) {
		const struct sh_prom_matcher *m = &a->matcher[i];
		char why[120];
		bool takes_empty;

		if (m->regex)
			takes_empty = (sh_regex_search(m->regex, sh_span_of(""), why, sizeof(why)) ==
				       1) == (m->match == SH_PROM_LIKE);
		else
			takes_empty = !m->value[0] == (m->match == SH_PROM_IS);
		if (!takes_empty)
			return 0;
	}
	return sh_prom_lex_fail(&s->lex, a->start, s->err,
				"a selector needs a matcher that does not take the empty text");
}

struct sh_prom_ast *sh_prom_parse_selector(struct sh_prom_parser *s)
{
	struct sh_prom_ast *a = sh_prom_new_node(s, SH_PROM_SELECTOR, s->lex.start);
	bool named = s->lex.token == SH_PROM_T_NAME;

	a->type = SH_PROM_VECTOR;
	if (named && (add_name(s, a, copy(s, s->lex.word)) < 0 ||
					       sh_prom_lex_next(&s->lex, s->err) < 0))
		return NULL;
	if (sh_prom_lex_is(&s->lex, "{")) {
		do {
			if (sh_prom_lex_next(&s->lex, s->err) < 0)
				return NULL;
			if (sh_prom_lex_is(&s->lex, "}"))
				break;
			if (parse_matcher(s, a, named) < 0)
				return NULL;
		} while (sh_prom_lex_is(&s->lex, ","));
		if (sh_prom_expect(s, "}") < 0)
			return NULL;
	}
	a->end = s->lex.last_end;
	a->id = s->p->selectors;
	sh_grow(s->p->selector, s->p->selectors, s->p->selector_cap);
	s->p->selector[s->p->selectors++] = a;
	return check_narrow(s, a) < 0 ? NULL : a;
}

/* A duration, or a number of seconds. */
static int take_duration(struct sh_prom_parser *s, int64_t *out)
{
	double v = s->lex.number;

	if (s->lex.token != SH_PROM_T_DURATION && s->lex.token != SH_PROM_T_NUMBER)
		return sh_prom_lex_fail(&s->lex, s->lex.start, s->err, "a duration expected");
	if (!(v < 3.2e9))
		return sh_prom_lex_fail(&s->lex, s->lex.start, s->err, "a duration too long");
	*out = s->lex.token == SH_PROM_T_DURATION ? s->lex.duration : (int64_t)(v * 1e9);
	return sh_prom_lex_next(&s->lex, s->err);
}

static struct sh_prom_ast *parse_range(struct sh_prom_parser *s, struct sh_prom_ast *of)
{
	struct sh_prom_ast *a = of;
	size_t at = s->lex.start;
	int64_t range;

	if (of->type != SH_PROM_VECTOR || (of->kind == SH_PROM_SELECTOR && of->range)) {
		(void)sh_prom_lex_fail(&s->lex, at, s->err, "a range of what is no instant vector");
		return NULL;
	}
	if (sh_prom_lex_next(&s->lex, s->err) < 0 || take_duration(s, &range) < 0)
		return NULL;
	if (sh_prom_lex_is(&s->lex, ":")) {
		a = sh_prom_new_node(s, SH_PROM_SUBQUERY, of->start);
		if (sh_prom_add_arg(s, a, of) < 0 || sh_prom_lex_next(&s->lex, s->err) < 0)
			return NULL;
		if (!sh_prom_lex_is(&s->lex, "]") && take_duration(s, &a->step) < 0)
			return NULL;
	}
	if (sh_prom_expect(s, "]") < 0)
		return NULL;
	if (range <= 0 || (a == of && (of->kind != SH_PROM_SELECTOR || of->paren || of->offset || of->has_at))) {
		(void)sh_prom_lex_fail(&s->lex, at, s->err, range > 0 ?
				"a range stands right after a selector" : "a range is longer than nothing");
		return NULL;
	}
	a->range = range;
	a->type = SH_PROM_MATRIX;
	a->end = s->lex.last_end;
	return a;
}

static int parse_offset(struct sh_prom_parser *s, struct sh_prom_ast *of)
{
	bool minus;

	if (sh_prom_lex_next(&s->lex, s->err) < 0)
		return -1;
	minus = sh_prom_lex_is(&s->lex, "-");
	if ((minus || sh_prom_lex_is(&s->lex, "+")) && sh_prom_lex_next(&s->lex, s->err) < 0)
		return -1;
	if (take_duration(s, &of->offset) < 0)
		return -1;
	of->offset = minus ? -of->offset : of->offset;
	return 0;
}

static int parse_at(struct sh_prom_parser *s, struct sh_prom_ast *of)
{
	bool minus;

	if (sh_prom_lex_next(&s->lex, s->err) < 0)
		return -1;
	/* A rule is evaluated at one instant, which is its start and its end. */
	if (sh_prom_lex_is_word(&s->lex, "start") || sh_prom_lex_is_word(&s->lex, "end"))
		return sh_prom_lex_next(&s->lex, s->err) < 0 || sh_prom_expect(s, "(") < 0 ?
			       -1 :
			       sh_prom_expect(s, ")");
	minus = sh_prom_lex_is(&s->lex, "-");
	if (minus && sh_prom_lex_next(&s->lex, s->err) < 0)
		return -1;
	if (s->lex.token != SH_PROM_T_NUMBER || !(fabs(s->lex.number) < 9e9))
		return sh_prom_lex_fail(&s->lex, s->lex.start, s->err, "a time in seconds expected");
	of->has_at = true;
	of->at = (int64_t)(s->lex.number * 1e9) * (minus ? -1 : 1);
	return sh_prom_lex_next(&s->lex, s->err);
}

struct sh_prom_ast *sh_prom_parse_suffix(struct sh_prom_parser *s, struct sh_prom_ast *of)
{
	bool offset = false, at = false;

	for (;;) {
		bool is_offset = sh_prom_lex_is_word(&s->lex, "offset");
		bool is_at = sh_prom_lex_is(&s->lex, "@");

		if (sh_prom_lex_is(&s->lex, "[")) {
			of = parse_range(s, of);
			if (!of)
				return NULL;
			offset = at = false;
			continue;
		}
		if (!is_offset && !is_at)
			return of;
		if ((of->kind != SH_PROM_SELECTOR && of->kind != SH_PROM_SUBQUERY) ||
		    (is_offset ? offset : at)) {
			(void)sh_prom_lex_fail(&s->lex, s->lex.start, s->err,
				"offset and @ stand once after a selector or a subquery");
			return NULL;
		}
		if ((is_offset ? parse_offset(s, of) : parse_at(s, of)) < 0)
			return NULL;
		*(is_offset ? &offset : &at) = true;
		of->end = s->lex.last_end;
	}
}
